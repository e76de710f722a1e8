//! The endpoints, one file each: its error, its handler, its documentation.
//!
//! To add one: a file here, its `mod` line, and its line in `router`.

pub(crate) mod attachment_create;
pub(crate) mod attachment_show;
pub(crate) mod audit_list;
pub(crate) mod audited;
pub(crate) mod auth;
pub(crate) mod auth_callback;
pub(crate) mod auth_start;
pub(crate) mod author;
pub(crate) mod authors;
pub(crate) mod check;
pub(crate) mod check_page;
pub(crate) mod colleague_list;
pub(crate) mod compare;
pub(crate) mod conflict_list;
pub(crate) mod decision_create;
pub(crate) mod decision_list;
pub(crate) mod dev_person;
pub(crate) mod dev_sign_in;
pub(crate) mod dev_users;
pub(crate) mod field_body;
pub(crate) mod health;
pub(crate) mod history_list;
pub(crate) mod import_create;
pub(crate) mod import_list;
pub(crate) mod launch;
pub(crate) mod launch_show;
pub(crate) mod launch_smart;
pub(crate) mod launch_ticket;
pub(crate) mod look;
pub(crate) mod me;
pub(crate) mod me_role;
pub(crate) mod oauth_authorize;
pub(crate) mod oauth_code;
pub(crate) mod oauth_page;
pub(crate) mod oauth_token;
pub(crate) mod organisation_list;
pub(crate) mod passkey_list;
pub(crate) mod passkey_register;
pub(crate) mod passkey_sign_in;
pub(crate) mod plain_page;
pub(crate) mod plan_at;
pub(crate) mod plan_create;
pub(crate) mod plan_events;
pub(crate) mod plan_list;
pub(crate) mod plan_person;
pub(crate) mod plan_show;
pub(crate) mod publication_create;
pub(crate) mod publication_list;
pub(crate) mod publication_show;
pub(crate) mod quarantine;
pub(crate) mod reason;
pub(crate) mod relationship_create;
pub(crate) mod relationship_end;
pub(crate) mod report_plans;
pub(crate) mod review;
pub(crate) mod run_show;
pub(crate) mod section_list;
pub(crate) mod section_start;
pub(crate) mod sharing_keep;
pub(crate) mod sharing_object;
pub(crate) mod sharing_show;
pub(crate) mod sign_in_ways;
pub(crate) mod sign_out;
pub(crate) mod suggestion;
pub(crate) mod suggestion_create;
pub(crate) mod suggestion_decide;
pub(crate) mod suggestion_list;
pub(crate) mod sync_ticket;
pub(crate) mod team_member;
pub(crate) mod team_organisation;
pub(crate) mod team_show;
pub(crate) mod undo;
pub(crate) mod urgent;
pub(crate) mod urgent_events;
pub(crate) mod user;
pub(crate) mod vault_destroy;
pub(crate) mod vault_list;
pub(crate) mod vault_put;
pub(crate) mod vault_reveal;
pub(crate) mod view_show;

use crate::{access::PlanAccess, problem::Problem, session::SignedIn, state::AppState};
use coplan_core::{
    id::PlanId,
    policy::{Action, Granted, Resource},
};

/// The right to `action` on a plan as a whole. Without it the plan is not there, unless the rules disclose it.
async fn granted(state: &AppState, who: &SignedIn, action: Action, plan: &PlanId) -> Result<Granted, Problem> {
    Ok(access(state, who, plan).await?.decide(action, Resource::Plan)?)
}

/// What the one who asks may do with a plan.
pub(crate) async fn access<'r>(
    state: &'r AppState,
    who: &'r SignedIn,
    plan: &PlanId,
) -> Result<PlanAccess<'r>, Problem> {
    Ok(PlanAccess::of(&state.store, &state.policies, &who.subject, plan, state.clock.now()).await?)
}
