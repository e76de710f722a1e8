//! `GET /api/sections`: what a plan is made of.

use crate::{problem::Problem, session::SignedIn, state::AppState};
use axum::{Json, extract::State};
use serde_json::{Value, json};

/// The definitions of all sections, in the order in which they are shown.
#[utoipa::path(
    get, path = "/api/sections", tag = "plans",
    responses((status = 200, body = Value, description = "`{sections: [...]}`, each as its definition file has it"), (status = 401, body = Problem))
)]
pub(crate) async fn section_list(State(state): State<AppState>, _who: SignedIn) -> Json<Value> {
    let all = state.sections();
    let sections: Vec<_> = all.in_order().into_iter().map(AsRef::as_ref).collect();
    Json(json!({ "sections": sections }))
}
