//! `POST /api/plans/{plan}/publications`: sign and publish what is on the screen.

use super::publication_list::PublicationBody;
use crate::{
    access::PlanAccess,
    extract::{Body, InPath},
    problem::Problem,
    publish::{self, PublishFailure, Selection, Wanted},
    session::SignedIn,
    state::AppState,
};
use automerge::ChangeHash;
use axum::{
    Json,
    extract::State,
    http::{HeaderName, StatusCode, header},
};
use coplan_core::{
    id::{PlanId, SectionId},
    policy::{Action, Granted, Resource},
    publication::{Blocked, PublishError},
    section::SignOff,
};
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPublication {
    sections: Vec<WantedSection>,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct WantedSection {
    #[schema(value_type = String)]
    section: SectionId,
    /// The heads that were on the screen, each in hex or as automerge-repo writes it.
    heads: Vec<String>,
}

impl From<PublishFailure> for Problem {
    fn from(failure: PublishFailure) -> Self {
        let detail = failure.to_string();
        match failure {
            PublishFailure::Refused(refused) => refusal(&refused, detail),
            PublishFailure::UnknownPlan => Self::not_found(),
            PublishFailure::Store(error) => error.into(),
            PublishFailure::Raced => Self::new(StatusCode::CONFLICT, "raced", "Others were first", detail),
            PublishFailure::Unusable => {
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "unusable-document", "Unusable document", detail)
            }
        }
    }
}

fn refusal(refused: &PublishError, detail: String) -> Problem {
    let (status, title) = match refused {
        PublishError::NotAllowed(_) => (StatusCode::FORBIDDEN, "Not allowed"),
        PublishError::SupersededHeads(_) => (StatusCode::CONFLICT, "Superseded heads"),
        PublishError::UnknownDefinition(_) => (StatusCode::INTERNAL_SERVER_ERROR, "Missing definition"),
        _ => (StatusCode::UNPROCESSABLE_ENTITY, "Cannot be published"),
    };
    let problem = Problem::new(status, refused.code(), title, detail);
    match refused {
        PublishError::MissingRequired(blocked) | PublishError::OpenConflicts(blocked) => {
            problem.with("fields", blocked.iter().map(blocked_field).collect::<Vec<_>>())
        }
        PublishError::Twice(section)
        | PublishError::UnknownSection(section)
        | PublishError::NeverPublished(section)
        | PublishError::NotAllowed(section)
        | PublishError::UnknownHeads(section)
        | PublishError::UnknownDefinition(section)
        | PublishError::SupersededHeads(section) => problem.with("section", section.as_str()),
        PublishError::Contradiction(rules) => problem.with("rules", json!(rules)),
        PublishError::Nothing => problem,
    }
}

/// Freezes the named sections at the named heads, renders every view, and publishes both.
#[utoipa::path(
    post, path = "/api/plans/{plan}/publications", tag = "publications", params(("plan" = String, Path)),
    request_body = NewPublication,
    responses(
        (status = 201, body = PublicationBody, headers(("Location" = String))),
        (status = 401, body = Problem),
        (status = 403, body = Problem, description = "`not-allowed`"),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "`superseded-heads`, `raced`"),
        (status = 422, body = Problem,
            description = "`unknown-heads`, `unknown-section`, `section-twice`, `nothing-to-publish`; `missing-required` and `open-conflicts` with the member `fields`; `contradiction` with the member `rules`"),
    )
)]
pub(crate) async fn publication_create(
    State(state): State<AppState>,
    who: SignedIn,
    InPath(plan): InPath<PlanId>,
    Body(wanted): Body<NewPublication>,
) -> Result<(StatusCode, [(HeaderName, String); 1], Json<PublicationBody>), Problem> {
    let granted = super::granted(&state, &who, Action::See, &plan).await?;
    state.store.plan(&granted).await?.ok_or_else(Problem::not_found)?;
    if wanted.sections.len() > SECTIONS_AT_ONCE_MAX {
        let detail = format!("at most {SECTIONS_AT_ONCE_MAX} sections at once");
        return Err(Problem::unprocessable("too-many", "Too many sections", detail));
    }
    let access = super::access(&state, &who, &plan).await?;
    let these = wanted.sections.into_iter().map(|section| permitted(&state, &access, section));
    let selection = Selection::These(these.collect::<Result<_, _>>()?);
    let now = state.clock.now();
    let made = publish::publish(&state.store, &state.sections(), &granted, &who.subject, &selection, None, now).await?;
    // Only the worker's selection can come to nothing without being refused.
    let made = made.ok_or(PublishFailure::Refused(PublishError::Nothing))?;
    metrics::counter!("coplan_publications_total", "by" => "signer").increment(1);
    let location = format!("/api/plans/{plan}/publications/{}", made.version);
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(PublicationBody::from(&made))))
}

/// The section with the right to publish it: to sign it, or, where nobody signs, to write it.
fn permitted(state: &AppState, access: &PlanAccess<'_>, wanted: WantedSection) -> Result<Wanted, Problem> {
    let unknown = || PublishFailure::Refused(PublishError::UnknownSection(wanted.section.clone()));
    let sections = state.sections();
    let section = sections.section(&wanted.section).ok_or_else(unknown)?;
    let resource = Resource::Section(section);
    let signing: Option<Granted> = if section.sign_off == SignOff::None {
        access.decide(Action::Write, resource)?;
        None
    } else {
        Some(access.decide(Action::Sign, resource)?)
    };
    let unreadable = || PublishFailure::Refused(PublishError::UnknownHeads(wanted.section.clone()));
    if wanted.heads.len() > HEADS_MAX {
        return Err(unreadable().into());
    }
    let heads = wanted.heads.iter().map(|text| head(text)).collect::<Option<Vec<_>>>().ok_or_else(unreadable)?;
    Ok(Wanted { section: section.id.clone(), heads, signing })
}

/// A head in hex, as automerge writes it, or in base58 with a checksum, as automerge-repo does.
fn head(text: &str) -> Option<ChangeHash> {
    // 32 bytes and a checksum never need more than 50 base58 digits; the cap keeps decoding linear.
    let bytes = match text.len() {
        64 => hex::decode(text).ok()?,
        0..=50 => bs58::decode(text).with_check(None).into_vec().ok()?,
        _ => return None,
    };
    bytes.try_into().ok().map(ChangeHash)
}

fn blocked_field(blocked: &Blocked) -> serde_json::Value {
    json!(blocked)
}

/// Most sections in one publication request.
const SECTIONS_AT_ONCE_MAX: usize = 64;

/// Most heads of one section in a request.
const HEADS_MAX: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_read_in_both_ways_of_writing_them() {
        let hash = [0xab; 32];
        let repo = bs58::encode(hash).with_check().into_string();
        assert_eq!(head(&hex::encode(hash)), Some(ChangeHash(hash)));
        assert_eq!(head(&repo), Some(ChangeHash(hash)));
        let one_less = &repo[1..];
        for wrong in ["", "zz", &"g".repeat(64), one_less, &"1".repeat(51), &hex::encode([1; 31])] {
            assert_eq!(head(wrong), None, "{wrong}");
        }
    }
}
