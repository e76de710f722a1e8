//! Who may do what. One pure function decides; what it hands out is the only key to plan content.
//!
//! For now the rules are the definitions' own lists of writers, readers and signers. A policy engine will stand behind
//! the same function, with the same signature.

use crate::{
    id::{OrganisationCode, PlanId, SectionId, UserId},
    section::{Section, SignOff},
};
use serde::{Deserialize, Serialize};

pub use crate::role::Role;

/// A signed-in identity with exactly one selected role at one organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// Who.
    pub user: UserId,
    /// The name other people see, as the identity provider gives it.
    pub name: String,
    /// The one selected role.
    pub role: Role,
    /// The role in the organisation's words: "District nurse".
    pub job_title: String,
    /// ODS code of the organisation of that role.
    pub organisation: OrganisationCode,
    /// The organisation's name.
    pub organisation_name: String,
    /// Professional registration as body and number: `GMC 7000001`. Decisions are not recorded without one.
    #[serde(default)]
    pub registration: Option<String>,
    /// Authorised by the organisation as a senior decision-maker: signs what needs a senior, and endorses decisions.
    #[serde(default)]
    pub senior: bool,
}

impl Subject {
    /// The service itself, where it does something by itself.
    #[must_use]
    pub fn system() -> Self {
        Self {
            user: "system".parse().expect("a word is an id"),
            name: "Coplan".to_owned(),
            role: Role::System,
            job_title: "Service".to_owned(),
            organisation: "coplan".parse().expect("a word is an id"),
            organisation_name: "Coplan".to_owned(),
            registration: None,
            senior: false,
        }
    }
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
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
    /// Read the published views.
    ReadPublished,
    /// See that a plan exists, whose it is, and its list of sections.
    See,
}

/// What it is asked of: a plan, and within it a section where the action concerns one.
#[derive(Debug, Clone, Copy)]
pub struct Resource<'a> {
    /// The plan.
    pub plan: &'a PlanId,
    /// The section, if the action concerns one.
    pub section: Option<&'a Section>,
}

/// Proof that `decide` said yes. It has no other maker, and the store asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    user: UserId,
    plan: PlanId,
    section: Option<SectionId>,
    action: Action,
}

impl Granted {
    /// Who was granted.
    #[must_use]
    pub fn user(&self) -> &UserId {
        &self.user
    }
    /// The plan it holds for.
    #[must_use]
    pub fn plan(&self) -> &PlanId {
        &self.plan
    }
    /// The section it holds for; `None` for the plan as a whole.
    #[must_use]
    pub fn section(&self) -> Option<&SectionId> {
        self.section.as_ref()
    }
    /// The action it holds for.
    #[must_use]
    pub fn action(&self) -> Action {
        self.action
    }
}

/// A no, with the sentence that the subject may be told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Denied {
    /// Plain words, no content of the plan.
    pub reason: &'static str,
}

/// Decides whether `subject` may do `action` to `resource`. Deny by default.
///
/// # Errors
/// `Denied` with the reason, where no rule allows it.
pub fn decide(subject: &Subject, action: Action, resource: Resource<'_>) -> Result<Granted, Denied> {
    let allowed = match (action, resource.section) {
        (Action::See | Action::ReadPublished, None) => {
            // The service itself, so that it can publish what needs nobody's signature.
            staff(subject.role) || matches!(subject.role, Role::Crew | Role::System)
        }
        (Action::Read, Some(section)) => syncs(subject.role, section),
        (Action::Write, Some(section)) => section.writes.contains(&subject.role),
        // Nobody signs what they may not read.
        (Action::Sign, Some(section)) => syncs(subject.role, section) && signs(subject, section.sign_off),
        (Action::Suggest, Some(section)) => section.suggests.contains(&subject.role),
        // Which kinds of record, and what each asks of them, `decision` checks.
        (Action::Decide, Some(section)) => section.records().any(|record| record.recorders.contains(&subject.role)),
        _ => false,
    };
    if !allowed {
        return Err(Denied { reason: reason(action) });
    }
    Ok(Granted {
        user: subject.user.clone(),
        plan: resource.plan.clone(),
        section: resource.section.map(|s| s.id.clone()),
        action,
    })
}

fn syncs(role: Role, section: &Section) -> bool {
    section.writes.contains(&role) || section.reads.contains(&role)
}

fn signs(subject: &Subject, sign_off: SignOff) -> bool {
    let senior = matches!(sign_off, SignOff::Senior | SignOff::Dual);
    sign_off.may_be_given_by(subject.role) && (subject.senior || !senior)
}

fn staff(role: Role) -> bool {
    use Role::{Doctor, Pharmacist, RegisteredProfessional, SocialCare, Specialist};
    matches!(role, SocialCare | RegisteredProfessional | Doctor | Specialist | Pharmacist)
}

fn reason(action: Action) -> &'static str {
    match action {
        Action::Read => "your role does not read this section",
        Action::Write => "your role does not write this section",
        Action::Sign => "your role does not sign this section",
        Action::Suggest => "your role does not suggest changes to this section",
        Action::Decide => "your role records no decisions",
        Action::ReadPublished => "your role does not read published plans",
        Action::See => "your role does not see this plan",
    }
}

#[cfg(test)]
mod tests;
