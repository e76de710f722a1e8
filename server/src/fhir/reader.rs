//! Who reads: somebody in a session, with all that their role may; by a bearer token an app for somebody, or a system, narrowed
//! by its scopes.

use super::{FhirProblem, kind::Kind};
use crate::{
    access::PlanAccess,
    audit::{Circumstances, trail},
    identity::{ClientScope, Interaction},
    peer::Peer,
    session::{self, SignedIn},
    state::AppState,
    store::{StoreError, TokenHash},
};
use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
};
use coplan_core::{id::PlanId, policy::Subject};

/// Who reads, as an extractor: a handler that takes it answers 401 to strangers.
#[derive(Debug, Clone)]
pub(super) struct Reader {
    subject: Subject,
    /// What a token reaches; a session reaches what its role may.
    scopes: Option<Vec<ClientScope>>,
}

impl FromRequestParts<AppState> for Reader {
    type Rejection = FhirProblem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, FhirProblem> {
        let Some(authorization) = parts.headers.get(header::AUTHORIZATION) else {
            let who = SignedIn::from_request_parts(parts, state).await?;
            return Ok(Self { subject: who.subject, scopes: None });
        };
        let token = authorization.to_str().ok().and_then(bearer);
        let found = match token.map(TokenHash::of) {
            Some(token) => match of_system(state, &token).await? {
                Some(reader) => Some(reader),
                None => of_app(state, &token).await?,
            },
            None => None,
        };
        let Some(reader) = found else {
            state.rates.stranger(&Peer::of_request(parts)).map_err(crate::problem::Problem::from)?;
            return Err(FhirProblem::bad_token());
        };
        state.rates.request(&reader.subject.user).map_err(crate::problem::Problem::from)?;
        Ok(reader)
    }
}

/// The token behind the scheme, which is written in any case (RFC 9110, section 11.1).
fn bearer(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// A system that the identity file no longer names has no token that holds.
async fn of_system(state: &AppState, token: &TokenHash) -> Result<Option<Reader>, StoreError> {
    let Some(found) = state.store.client_token(token, state.clock.now()).await? else {
        return Ok(None);
    };
    let Some(system) = state.identity.system(&found.client) else { return Ok(None) };
    let organisation = state.store.organisation(&system.organisation).await?.map(|organisation| organisation.name);
    let Some(subject) = system.subject(organisation) else { return Ok(None) };
    trail::signed_in(found.circumstances());
    let scopes = ClientScope::narrowed(&ClientScope::all(&found.scopes), &system.scopes);
    Ok(Some(Reader { subject, scopes: Some(scopes) }))
}

/// An app reads as whoever allowed it, in their session and no longer.
async fn of_app(state: &AppState, token: &TokenHash) -> Result<Option<Reader>, StoreError> {
    let Some(found) = state.store.app_token(token, state.clock.now()).await? else { return Ok(None) };
    let Some(app) = state.identity.app(&found.app) else { return Ok(None) };
    let Some(session) = session::unused(state, found.session).await? else { return Ok(None) };
    trail::signed_in(Circumstances { session: session.id.0, via: VIA_APP });
    let scopes = ClientScope::narrowed(&ClientScope::all(&found.scopes), &app.scopes);
    Ok(Some(Reader { subject: SignedIn::from(session).subject, scopes: Some(scopes) }))
}

/// By what the audit says that somebody read through an app.
const VIA_APP: &str = "app";

impl Reader {
    /// Refuses what the scopes of a token do not reach.
    pub(super) fn check_scope(&self, kind: &Kind, interaction: Interaction) -> Result<(), FhirProblem> {
        let reaches = |scopes: &Vec<ClientScope>| ClientScope::allow(scopes, kind.name, interaction);
        if self.scopes.as_ref().is_none_or(reaches) { Ok(()) } else { Err(FhirProblem::narrow_token()) }
    }

    /// What they may do with a plan.
    pub(super) async fn access<'r>(&'r self, state: &'r AppState, plan: &PlanId) -> Result<PlanAccess<'r>, StoreError> {
        PlanAccess::of(&state.store, &state.policies, &self.subject, plan, state.clock.now()).await
    }
}
