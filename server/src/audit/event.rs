//! One event.

use super::action;
use coplan_core::{
    id::PlanId,
    policy::{Action, ConnectionKind, Decision, ResourceId, Subject},
    time::UtcMillis,
};
use std::borrow::Cow;

/// What happened, before it has its place in the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// When.
    pub at: UtcMillis,
    /// Who; nobody if nobody was signed in.
    pub by: Option<Subject>,
    /// In which session, and how they had proved who they are.
    pub circumstances: Option<Circumstances>,
    /// What was asked for, or done: a name of `policy::Action`, or of `audit::action`.
    pub action: Cow<'static, str>,
    /// Of which plan.
    pub plan: Option<PlanId>,
    /// Of what: `section:medicines`, `view:urgent`.
    pub resource: Option<String>,
    /// What came of it.
    pub outcome: Outcome,
    /// Ids of the rules that decided, with spaces between.
    pub rules: String,
    /// By what they were connected to the plan.
    pub connection: Option<&'static str>,
    /// Why, in their words.
    pub reason: Option<String>,
    /// Of a publication; of a digest, how many rows it covers.
    pub version: Option<i64>,
    /// Of the bytes that were shown, or of what was published or digested.
    pub sha256: Option<[u8; 32]>,
}

/// The session that something happened in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Circumstances {
    /// Its number.
    pub session: i64,
    /// How whoever has it proved who they are.
    pub via: &'static str,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was allowed, and done.
    Allowed,
    /// It was not allowed.
    Refused,
    /// It was allowed, and came to nothing.
    Failed,
}

impl Outcome {
    const ALL: [Self; 3] = [Self::Allowed, Self::Refused, Self::Failed];

    /// Its name in the database and in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }

    /// The outcome of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == name)
    }
}

impl Event {
    /// Something that somebody did, without a decision of the policies.
    #[must_use]
    pub fn of(by: Option<&Subject>, action: impl Into<Cow<'static, str>>, at: UtcMillis) -> Self {
        Self {
            at,
            by: by.cloned(),
            circumstances: None,
            action: action.into(),
            plan: None,
            resource: None,
            outcome: Outcome::Allowed,
            rules: String::new(),
            connection: None,
            reason: None,
            version: None,
            sha256: None,
        }
    }

    /// A decision. What it was about when there is no plan yet is left out.
    #[must_use]
    pub fn decided(decision: &Decision, outcome: Outcome) -> Self {
        let rules: Vec<&str> = decision.rules.iter().map(|rule| rule.0.as_str()).collect();
        let of_none = matches!(decision.action, Action::CreatePlan | Action::ReviewAccess | Action::Report);
        let about_a_plan = !of_none && decision.plan.as_str() != NO_PLAN;
        Self {
            plan: about_a_plan.then(|| decision.plan.clone()),
            resource: resource(&decision.resource),
            outcome,
            rules: rules.join(" "),
            connection: connection(decision),
            ..Self::of(Some(&decision.subject), decision.action.as_str(), decision.at)
        }
    }

    /// Nobody was signed in, for a reason of ours.
    #[must_use]
    pub fn sign_in_refused(reason: &str, at: UtcMillis) -> Self {
        let event = Self::of(None, action::SIGN_IN, at);
        Self { outcome: Outcome::Refused, reason: Some(reason.to_owned()), ..event }
    }

    /// The same, of a plan.
    #[must_use]
    pub fn of_plan(self, plan: &PlanId) -> Self {
        Self { plan: Some(plan.clone()), ..self }
    }
}

/// What stands in the place of a plan where there is none.
const NO_PLAN: &str = "none";

/// By what they were connected: broken glass, if they broke it, though their organisation looks after the person too.
fn connection(decision: &Decision) -> Option<&'static str> {
    let kind = if decision.glass_broken { ConnectionKind::BreakGlass } else { decision.connection };
    (kind > ConnectionKind::None).then(|| kind.as_str())
}

fn resource(resource: &ResourceId) -> Option<String> {
    match resource {
        ResourceId::Plan => None,
        ResourceId::Section(section) => Some(format!("section:{section}")),
        ResourceId::View(kind) => Some(format!("view:{}", kind.as_str())),
        ResourceId::VaultItem(kind) => Some(format!("vault:{kind}")),
        ResourceId::Organisation => Some("organisation".to_owned()),
    }
}
