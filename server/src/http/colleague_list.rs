//! `GET /api/colleagues`: members of staff by name, to put one on a team.

use crate::{extract::InQuery, problem::Problem, session::SignedIn, state::AppState, store::Colleague};
use axum::{Json, extract::State};
use coplan_core::policy::Role;
use serde::{Deserialize, Serialize};

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ColleagueQuery {
    /// Part of a name, at least two letters.
    q: String,
}

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ColleagueBody {
    user: String,
    name: String,
    job_title: String,
    organisation: String,
}

impl From<Colleague> for ColleagueBody {
    fn from(Colleague { user, name, job_title, organisation }: Colleague) -> Self {
        Self { user: user.to_string(), name, job_title, organisation }
    }
}

/// At most 20 members of staff in whose name these letters stand, by name. For staff only.
#[utoipa::path(
    get, path = "/api/colleagues", tag = "access", params(ColleagueQuery),
    responses(
        (status = 200, body = Vec<ColleagueBody>),
        (status = 401, body = Problem),
        (status = 403, body = Problem, description = "`not-allowed`"),
        (status = 422, body = Problem, description = "`name-too-short`, `name-too-long`"),
    )
)]
pub(crate) async fn colleague_list(
    State(state): State<AppState>,
    who: SignedIn,
    InQuery(query): InQuery<ColleagueQuery>,
) -> Result<Json<Vec<ColleagueBody>>, Problem> {
    if matches!(who.subject.role, Role::Person | Role::Proxy) {
        return Err(Problem::not_allowed("your role does not look for members of staff"));
    }
    let part = query.q.trim();
    let letters = part.chars().count();
    if letters < LETTERS_MIN {
        let detail = format!("write at least {LETTERS_MIN} letters of a name");
        return Err(Problem::unprocessable("name-too-short", "Name too short", detail));
    }
    if letters > LETTERS_MAX {
        let detail = format!("a name has at most {LETTERS_MAX} letters");
        return Err(Problem::unprocessable("name-too-long", "Name too long", detail));
    }
    let found = state.store.colleagues(part).await?;
    Ok(Json(found.into_iter().map(ColleagueBody::from).collect()))
}

/// Letters of a name that are looked for.
const LETTERS_MIN: usize = 2;

/// Most letters of a name that are looked for.
const LETTERS_MAX: usize = 100;
