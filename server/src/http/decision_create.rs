//! `POST /api/plans/{plan}/decisions`: record a decision, endorse one, or take one back.

use super::decision_list::RecordBody;
use crate::{
    extract::{Body, InPath},
    problem::Problem,
    session::SignedIn,
    sharing_choice,
    state::AppState,
    sync::WriteError,
};
use automerge::Automerge;
use axum::{Json, extract::State, http::StatusCode};
use coplan_core::{
    decision::{self, Command, DecisionError, NewRecord, Outcome, Record},
    id::PlanId,
    policy::{Action, Resource},
    section::{Section, Sections},
    time::UtcMillis,
};
use serde::Deserialize;
use serde_json::Value;
use std::{collections::BTreeMap, sync::Arc};

/// What is asked for. The same command again, by the same person, finds what it did before.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(tag = "command", rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum CommandBody {
    /// Record a decision.
    Record {
        /// The kind, as `GET` of the same address lists it.
        kind: String,
        /// A UUID in lower case that the client made.
        id: String,
        /// What was decided, as the definition asks; for a group an object of its parts.
        #[schema(value_type = Object)]
        values: BTreeMap<String, Value>,
        /// Ids of the records whose place it takes.
        #[serde(default)]
        supersedes: Vec<String>,
        /// Why it takes their place.
        #[serde(default)]
        reason: Option<String>,
        /// When it was made, by the clock of the device; RFC 3339.
        #[serde(default)]
        made_at: Option<String>,
    },
    /// Endorse a decision that somebody else recorded.
    Endorse {
        /// The kind.
        kind: String,
        /// The record.
        id: String,
    },
    /// Take a decision back.
    Withdraw {
        /// The kind.
        kind: String,
        /// The record.
        id: String,
        /// Why.
        #[serde(default)]
        reason: String,
    },
}

impl CommandBody {
    fn name(&self) -> &'static str {
        match self {
            Self::Record { .. } => "record",
            Self::Endorse { .. } => "endorse",
            Self::Withdraw { .. } => "withdraw",
        }
    }

    fn read(self) -> Result<Command, Problem> {
        Ok(match self {
            Self::Record { kind, id, values, supersedes, reason, made_at } => {
                let made_at = made_at.as_deref().map(time).transpose()?;
                Command::Record(NewRecord { kind, id, values, supersedes, reason, made_at })
            }
            Self::Endorse { kind, id } => Command::Endorse { kind, id },
            Self::Withdraw { kind, id, reason } => Command::Withdraw { kind, id, reason },
        })
    }
}

fn time(text: &str) -> Result<UtcMillis, Problem> {
    let unreadable = || {
        let detail = "`made_at` is a time as RFC 3339 writes it";
        Problem::unprocessable("value-not-a-date", "Wrong value", detail).with("field", "made_at")
    };
    UtcMillis::from_rfc3339(text).ok_or_else(unreadable)
}

/// Why a command made no change.
#[derive(Debug, thiserror::Error)]
enum Unchanged {
    #[error("the command was carried out before")]
    Before(Box<Record>),
    #[error(transparent)]
    Refused(#[from] DecisionError),
}

impl From<Unchanged> for Problem {
    fn from(unchanged: Unchanged) -> Self {
        match unchanged {
            Unchanged::Before(_) => refusal(&DecisionError::RecordExists),
            Unchanged::Refused(error) => refusal(&error),
        }
    }
}

fn refusal(error: &DecisionError) -> Problem {
    use DecisionError::{
        AlreadyEndorsed, AlreadyWithdrawn, Document, InThePast, MissingRequired, NoPlace, NotAllowed, OwnRecord,
        RecordExists, RegistrationRequired, SeniorRequired, Superseded, UnknownField, Value,
    };
    let (status, title) = match error {
        NotAllowed => (StatusCode::FORBIDDEN, "Not allowed"),
        RegistrationRequired => (StatusCode::FORBIDDEN, "Registration number required"),
        SeniorRequired => (StatusCode::FORBIDDEN, "Senior decision-maker required"),
        OwnRecord => (StatusCode::FORBIDDEN, "Your own record"),
        RecordExists => (StatusCode::CONFLICT, "Record exists"),
        AlreadyEndorsed => (StatusCode::CONFLICT, "Already endorsed"),
        AlreadyWithdrawn => (StatusCode::CONFLICT, "Already withdrawn"),
        Superseded => (StatusCode::CONFLICT, "Superseded"),
        NoPlace | Document => (StatusCode::INTERNAL_SERVER_ERROR, "Unusable document"),
        _ => (StatusCode::UNPROCESSABLE_ENTITY, "Cannot be carried out"),
    };
    let problem = Problem::new(status, error.code(), title, error.to_string());
    match error {
        MissingRequired(fields) => problem.with("fields", fields.clone()),
        Value { field, .. } | UnknownField(field) | InThePast(field) => problem.with("field", field.as_str()),
        _ => problem,
    }
}

/// Carries out one command on the plan's decisions.
///
/// The record is immutable; what supersedes it is another record. A command that was carried out before answers 200 with
/// the record as it is now.
#[utoipa::path(
    post, path = "/api/plans/{plan}/decisions", tag = "decisions", params(("plan" = String, Path)),
    request_body = CommandBody,
    responses(
        (status = 200, body = RecordBody, description = "carried out before"),
        (status = 201, body = RecordBody),
        (status = 401, body = Problem),
        (status = 403, body = Problem,
            description = "`not-allowed`, `registration-required`, `senior-required`, `own-record`"),
        (status = 404, body = Problem),
        (status = 409, body = Problem,
            description = "`record-exists`, `already-endorsed`, `already-withdrawn`, `superseded`, `no-section`"),
        (status = 422, body = Problem,
            description = "`unknown-kind`, `unknown-record`, `other-subject`, `reason-required`, `record-id`, `not-endorsed`, `too-many-superseded`, `records-full`; `missing-required` with the member `fields`; `value-...` with the member `field`"),
    )
)]
pub(crate) async fn decision_create(
    State(state): State<AppState>,
    who: SignedIn,
    InPath(plan): InPath<PlanId>,
    Body(body): Body<CommandBody>,
) -> Result<(StatusCode, Json<RecordBody>), Problem> {
    let name = body.name();
    let result = carry_out(&state, &who, &plan, body).await;
    let outcome = match &result {
        Ok((StatusCode::CREATED, _)) => "made",
        Ok(_) => "before",
        Err(problem) => {
            let code = problem.code();
            tracing::info!(plan.id = %plan, command = name, code, "a decision was not recorded, endorsed or withdrawn");
            code
        }
    };
    metrics::counter!("coplan_decisions_total", "command" => name, "outcome" => outcome).increment(1);
    result
}

async fn carry_out(
    state: &AppState,
    who: &SignedIn,
    plan: &PlanId,
    body: CommandBody,
) -> Result<(StatusCode, Json<RecordBody>), Problem> {
    let seen = super::granted(state, who, Action::See, plan).await?;
    state.store.plan(&seen).await?.ok_or_else(Problem::not_found)?;
    let command = body.read()?;
    let section = defining(&state.sections(), &command)?;
    let command_is_about_sharing = command.kind() == decision::SHARING_CHOICE;
    let granted = super::access(state, who, plan).await?.decide(Action::Decide, Resource::Section(&section))?;
    let documents = state.store.plan_sections(&seen).await?;
    let document = documents.iter().find(|document| document.section == section.id).ok_or_else(no_section)?.document;
    let now = state.clock.now();
    let make = |document: &mut Automerge| match decision::carry_out(document, &section, &command, &who.subject, now)? {
        Outcome::Made(record) => Ok(record),
        Outcome::Before(record) => Err(Unchanged::Before(record)),
    };
    let (status, record) = match state.hub.write(*document, &who.subject, &granted, make).await {
        Ok(written) => (StatusCode::CREATED, written.made),
        Err(WriteError::NotMade(Unchanged::Before(record))) => (StatusCode::OK, record),
        Err(error) => return Err(error.into()),
    };
    if command_is_about_sharing {
        sharing_choice::follow(&state.store, &state.sections(), &seen).await?;
    }
    let (field, rule) = decision::kinds(&section)
        .find(|(field, _)| field.id.as_str() == command.kind())
        .ok_or_else(|| refusal(&DecisionError::UnknownKind(String::new())))?;
    Ok((status, Json(RecordBody::of(field, rule, &record, &who.subject))))
}

/// The section whose decisions the command is about.
fn defining(sections: &Sections, command: &Command) -> Result<Arc<Section>, Problem> {
    let defines = |section: &&&Arc<Section>| {
        section.is_decided() && section.field(command.kind()).is_some_and(|field| field.record.is_some())
    };
    let kind = || refusal(&DecisionError::unknown_kind(command.kind()));
    sections.in_order().iter().find(defines).map(|section| Arc::clone(section)).ok_or_else(kind)
}

fn no_section() -> Problem {
    let detail = "the plan has no section of decisions yet; start it first";
    Problem::new(StatusCode::CONFLICT, "no-section", "No section", detail)
}
