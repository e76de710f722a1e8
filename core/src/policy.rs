//! Who may do what. `Access::decide` is the one place that says yes, and what it hands out is the only key to plan content.
//!
//! It is a pure function of who asks, what for, and the facts of the plan (`PlanFacts`); the rules stand in
//! `core/policies`. Deny is the default, and a rule that forbids wins over any that permits.
//!
//! INVARIANT: nothing but `Access::decide` makes a `Granted`.
//!
//! To add an action: a variant of `Action` with its name, its line in the schema, a rule and the rule's cases.

mod answers;
mod cases;
mod engine;
mod facts;
pub mod handbook;
mod policies;
mod request;
mod sharing;
mod standing;
mod subject;
#[cfg(test)]
mod tests;

pub use crate::role::Role;
pub use facts::{
    ConnectionKind, Objection, ObjectionGrade, OrganisationKind, Party, PlanFacts, Relationship, RelationshipKind,
};
pub use policies::{Policies, PoliciesError, PolicyFault, Rule, RuleId};
pub use sharing::{SharingChoice, SharingReach};
pub use subject::{Assurance, Scope, Subject};

use crate::{
    id::{PlanId, SectionId, UserId},
    section::Section,
    time::UtcMillis,
    view_kind::ViewKind,
};
use std::collections::BTreeSet;

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// See that a plan exists, whose it is, and its list of sections.
    See,
    /// Begin the plan of a person.
    CreatePlan,
    /// Read the published views.
    ReadPublished,
    /// Sync a section's document read-only: its working content and its whole history.
    Read,
    /// Sync a section's document and change it.
    Write,
    /// Sign a section and publish it.
    Sign,
    /// Propose a change to a section that somebody else may write.
    Suggest,
    /// Record, endorse, supersede or withdraw a decision.
    Decide,
    /// See which kinds of value the vault holds.
    ListVault,
    /// Read one value of the vault.
    RevealVault,
    /// Put a value into the vault.
    WriteVault,
    /// Make the vault unreadable for good.
    DestroyVault,
    /// Say that one cares for this person, with a reason; lasts a while.
    AssertRelationship,
    /// Open a plan although nothing else allows it, with a reason; somebody looks at every one.
    BreakGlass,
    /// Say which organisations and which members of staff work with the plan.
    ManageTeam,
    /// Record or withdraw an objection, a refusal, or who may see what.
    SetSharing,
    /// Keep a section from somebody who acts for the person, and let them see it again.
    KeepFromProxy,
    /// Read who opened the plan.
    ReadAudit,
    /// Look at self-asserted relationships and broken glass of one's own organisation.
    ReviewAccess,
    /// Count the plan in a report that is not about anybody's care.
    Report,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 20] = [
        Self::See,
        Self::CreatePlan,
        Self::ReadPublished,
        Self::Read,
        Self::Write,
        Self::Sign,
        Self::Suggest,
        Self::Decide,
        Self::ListVault,
        Self::RevealVault,
        Self::WriteVault,
        Self::DestroyVault,
        Self::AssertRelationship,
        Self::BreakGlass,
        Self::ManageTeam,
        Self::SetSharing,
        Self::KeepFromProxy,
        Self::ReadAudit,
        Self::ReviewAccess,
        Self::Report,
    ];

    /// Its name in policies and in the audit.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::See => "plan:see",
            Self::CreatePlan => "plan:create",
            Self::ReadPublished => "view:read",
            Self::Read => "section:read",
            Self::Write => "section:write",
            Self::Sign => "section:sign",
            Self::Suggest => "section:suggest",
            Self::Decide => "record:decide",
            Self::ListVault => "vault:list",
            Self::RevealVault => "vault:reveal",
            Self::WriteVault => "vault:write",
            Self::DestroyVault => "vault:destroy",
            Self::AssertRelationship => "relationship:assert",
            Self::BreakGlass => "relationship:break-glass",
            Self::ManageTeam => "team:manage",
            Self::SetSharing => "sharing:set",
            Self::KeepFromProxy => "sharing:keep",
            Self::ReadAudit => "audit:read",
            Self::ReviewAccess => "audit:review",
            Self::Report => "report:read",
        }
    }

    /// The action of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str() == name)
    }
}

/// What of the plan it is asked of.
#[derive(Debug, Clone, Copy)]
pub enum Resource<'a> {
    /// The plan as a whole.
    Plan,
    /// One section.
    Section(&'a Section),
    /// A published view.
    View(ViewKind),
    /// One kind of value in the vault, by its name: `key-safe-code`.
    VaultItem(&'a str),
    /// The access of one's own organisation: no plan.
    Organisation,
}

/// What of the plan a decision was about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResourceId {
    /// The plan as a whole.
    Plan,
    /// One section.
    Section(SectionId),
    /// A published view.
    View(ViewKind),
    /// One kind of value in the vault.
    VaultItem(String),
    /// The access of one's own organisation.
    Organisation,
}

impl From<Resource<'_>> for ResourceId {
    fn from(resource: Resource<'_>) -> Self {
        match resource {
            Resource::Plan => Self::Plan,
            Resource::Section(section) => Self::Section(section.id.clone()),
            Resource::View(kind) => Self::View(kind),
            Resource::VaultItem(kind) => Self::VaultItem(kind.to_owned()),
            Resource::Organisation => Self::Organisation,
        }
    }
}

/// A decision as the audit keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Who asked.
    pub subject: Subject,
    /// For what.
    pub action: Action,
    /// Of which plan.
    pub plan: PlanId,
    /// Of what in it.
    pub resource: ResourceId,
    /// By what the subject is connected to the plan, as far as the decision went.
    pub connection: ConnectionKind,
    /// Whether they had broken the glass, whatever else connects them.
    pub glass_broken: bool,
    /// The rules that decided: those that permit, or those that forbid. None for a no by default.
    pub rules: Vec<RuleId>,
    /// When.
    pub at: UtcMillis,
}

/// Proof that `Access::decide` said yes. It has no other maker, and the store asks for it.
///
/// Whoever has one reads it:
/// ```
/// use coplan_core::policy::{Decision, Granted};
/// fn read(granted: &Granted) -> &Decision {
///     granted.decision()
/// }
/// ```
/// Nobody else makes one, by its field,
/// ```compile_fail,E0451
/// use coplan_core::policy::{Decision, Granted};
/// fn forge(decision: Decision) -> Granted {
///     Granted { decision, kept: Default::default() }
/// }
/// ```
/// out of nothing,
/// ```compile_fail,E0277
/// fn make<T: Default>() -> T {
///     T::default()
/// }
/// let forged: coplan_core::policy::Granted = make();
/// ```
/// or from text.
/// ```compile_fail,E0277
/// fn read<T: serde::de::DeserializeOwned>(text: &str) -> T {
///     serde_json::from_str(text).unwrap()
/// }
/// let forged: coplan_core::policy::Granted = read("{}");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    decision: Decision,
    kept: BTreeSet<SectionId>,
}

impl Granted {
    /// The decision.
    #[must_use]
    pub fn decision(&self) -> &Decision {
        &self.decision
    }
    /// Sections that are to be left out of whatever is read by it: the person keeps them from the subject.
    #[must_use]
    pub fn kept(&self) -> &BTreeSet<SectionId> {
        &self.kept
    }
    /// Who was granted.
    #[must_use]
    pub fn user(&self) -> &UserId {
        &self.decision.subject.user
    }
    /// The plan it holds for.
    #[must_use]
    pub fn plan(&self) -> &PlanId {
        &self.decision.plan
    }
    /// The section it holds for; `None` for the plan as a whole.
    #[must_use]
    pub fn section(&self) -> Option<&SectionId> {
        match &self.decision.resource {
            ResourceId::Section(section) => Some(section),
            _ => None,
        }
    }
    /// The action it holds for.
    #[must_use]
    pub fn action(&self) -> Action {
        self.decision.action
    }
}

/// A no.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Denied {
    /// The decision.
    pub decision: Box<Decision>,
    /// Plain words that the subject may be told; no content of the plan.
    pub reason: String,
    /// What would open the plan to this subject. Empty unless `disclosed`.
    pub remedies: Vec<Remedy>,
    /// Whether the subject may know that there is such a plan. Otherwise the answer must be the one for no plan.
    pub disclosed: bool,
}

/// What somebody who was refused may do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// Say that they care for the person, and why.
    AssertRelationship,
    /// Break the glass, and say why.
    BreakGlass,
    /// Withdraw what the person objected to, once they have said so.
    SetSharing,
}

impl Remedy {
    /// Its name in problem documents.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AssertRelationship => "assert-relationship",
            Self::BreakGlass => "break-glass",
            Self::SetSharing => "set-sharing",
        }
    }
}

/// Everything a decision about one plan is made from, apart from who asks for what.
#[derive(Debug, Clone, Copy)]
pub struct Access<'a> {
    /// The rules.
    pub policies: &'a Policies,
    /// What is so about the plan.
    pub facts: &'a PlanFacts,
    /// When.
    pub now: UtcMillis,
}

impl Access<'_> {
    /// Decides whether `subject` may do `action` to `resource`. Deny by default.
    ///
    /// # Errors
    /// `Denied` with the reason, where no rule allows it or one forbids it.
    pub fn decide(&self, subject: &Subject, action: Action, resource: Resource<'_>) -> Result<Granted, Denied> {
        engine::decide(self, subject, action, resource)
    }

    /// Whether `decide` would say yes, where nothing is done with the answer but show it.
    #[must_use]
    pub fn allows(&self, subject: &Subject, action: Action, resource: Resource<'_>) -> bool {
        engine::allows(self, subject, action, resource)
    }
}
