//! `GET /api/plans/{plan}/publications`: what was published, newest first.

use super::plan_show::SignedBody;
use crate::{extract::InPath, problem::Problem, session::SignedIn, state::AppState, store::Published};
use axum::{Json, extract::State};
use coplan_core::{
    id::PlanId,
    policy::Action,
    publication::{Publication, PublishedSection},
    section::SignOff,
    time::UtcMillis,
};
use serde::Serialize;

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct PublicationBody {
    version: u32,
    published_at: String,
    /// SHA-256 over sections and views, in hex.
    hash: String,
    sections: Vec<FrozenBody>,
}

#[derive(Serialize, utoipa::ToSchema)]
struct FrozenBody {
    section: String,
    /// Hashes in hex, sorted.
    heads: Vec<String>,
    #[schema(value_type = String)]
    sign_off: SignOff,
    signed: Option<SignedBody>,
    /// The publication that froze the section at these heads.
    since_version: u32,
}

impl PublicationBody {
    fn new(version: u32, at: UtcMillis, hash: &[u8], sections: &[PublishedSection]) -> Self {
        let sections = sections.iter().map(|section| FrozenBody {
            section: section.section.to_string(),
            heads: section.heads.iter().map(ToString::to_string).collect(),
            sign_off: section.sign_off,
            signed: section.signed.as_ref().map(SignedBody::from),
            since_version: section.since_version,
        });
        Self { version, published_at: at.to_rfc3339(), hash: hex::encode(hash), sections: sections.collect() }
    }
}

impl From<&Published> for PublicationBody {
    fn from(published: &Published) -> Self {
        Self::new(published.version, published.published_at, &published.hash, &published.sections)
    }
}

impl From<&Publication> for PublicationBody {
    fn from(made: &Publication) -> Self {
        Self::new(made.version, made.published_at, &made.hash, &made.sections)
    }
}

/// All publications of a plan, newest first.
#[utoipa::path(
    get, path = "/api/plans/{plan}/publications", tag = "publications", params(("plan" = String, Path)),
    responses((status = 200, body = Vec<PublicationBody>), (status = 401, body = Problem), (status = 404, body = Problem))
)]
pub(crate) async fn publication_list(
    State(state): State<AppState>,
    who: SignedIn,
    InPath(plan): InPath<PlanId>,
) -> Result<Json<Vec<PublicationBody>>, Problem> {
    let granted = super::granted(&state, &who, Action::ReadPublished, &plan).await?;
    state.store.plan(&granted).await?.ok_or_else(Problem::not_found)?;
    let published = state.store.publications(&granted).await?;
    Ok(Json(published.iter().map(PublicationBody::from).collect()))
}
