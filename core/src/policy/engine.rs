//! The decision.

use super::{
    Access, Action, ConnectionKind, Decision, Denied, Granted, Remedy, Resource, ResourceId, Role, RuleId, Subject,
};
use crate::section::{Section, SignOff};

pub(super) fn decide(
    access: &Access<'_>,
    subject: &Subject,
    action: Action,
    resource: Resource<'_>,
) -> Result<Granted, Denied> {
    let allowed = allows(access, subject, action, resource);
    let decision = Decision {
        subject: subject.clone(),
        action,
        plan: access.facts.plan.clone(),
        resource: ResourceId::from(resource),
        connection: access.facts.connection(subject, access.now),
        rules: if allowed { vec![RuleId("role".to_owned())] } else { Vec::new() },
        at: access.now,
    };
    if allowed {
        return Ok(Granted { decision });
    }
    let remedy = |action, remedy| allows(access, subject, action, Resource::Plan).then_some(remedy);
    let remedies: Vec<Remedy> = [
        remedy(Action::AssertRelationship, Remedy::AssertRelationship),
        remedy(Action::BreakGlass, Remedy::BreakGlass),
    ]
    .into_iter()
    .flatten()
    .collect();
    let disclosed = allows(access, subject, Action::See, Resource::Plan);
    Err(Denied { decision: Box::new(decision), reason: reason(action).to_owned(), remedies, disclosed })
}

pub(super) fn allows(access: &Access<'_>, subject: &Subject, action: Action, resource: Resource<'_>) -> bool {
    let facts = access.facts;
    let connected = facts.exists && facts.connection(subject, access.now) > ConnectionKind::None;
    match (action, resource) {
        (Action::CreatePlan, _) => staff(subject.role) || subject.role == Role::System,
        (Action::See, Resource::Plan) => connected,
        (Action::ReadPublished, Resource::Plan) => connected,
        (Action::ReadPublished, Resource::View(kind)) => connected && kind.is_read_by(subject.role),
        (Action::Read, Resource::Section(section)) => connected && syncs(subject.role, section),
        (Action::Write, Resource::Section(section)) => connected && section.writes.contains(&subject.role),
        (Action::Sign, Resource::Section(section)) => {
            connected && syncs(subject.role, section) && signs(subject, section.sign_off)
        }
        (Action::Suggest, Resource::Section(section)) => connected && section.suggests.contains(&subject.role),
        (Action::Decide, Resource::Section(section)) => {
            connected && section.records().any(|record| record.recorders.contains(&subject.role))
        }
        (Action::ListVault | Action::RevealVault, _) => {
            connected && (staff(subject.role) || subject.role == Role::Crew) && subject.role != Role::Pharmacist
        }
        (Action::WriteVault, _) => connected && staff(subject.role) && subject.role != Role::Pharmacist,
        (Action::DestroyVault, _) => {
            connected && matches!(subject.role, Role::RegisteredProfessional | Role::Doctor | Role::Specialist)
        }
        _ => false,
    }
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
        Action::CreatePlan => "your role does not begin plans",
        Action::ListVault | Action::RevealVault => "your role does not look into the vault",
        Action::WriteVault => "your role does not write in the vault",
        Action::DestroyVault => "your role does not destroy the vault",
        _ => "you may not do this",
    }
}
