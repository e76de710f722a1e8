//! The decision: Cedar's, over the rules that can apply to the request, by the schema's words.
//!
//! INVARIANT: a rule that cannot be evaluated makes the answer no. (Cedar by itself leaves such a rule out, which would
//! let through what it forbids.) Rules are checked against the schema when they are read, so there should be none.

use super::{
    Access, Action, ConnectionKind, Decision, Denied, Granted, Remedy, Resource, ResourceId, RuleId, Subject,
    answers::Question,
    request::{Asked, Asking},
    standing::Standing,
};

pub(super) fn decide(
    access: &Access<'_>,
    subject: &Subject,
    action: Action,
    resource: Resource<'_>,
) -> Result<Granted, Denied> {
    let standing = Standing::of(access, subject);
    let Answer { allowed, rules } = ask(access, subject, action, resource, &standing);
    let connection = ConnectionKind::named(&standing.connection).unwrap_or(ConnectionKind::None);
    let decision = Decision {
        subject: subject.clone(),
        action,
        plan: access.facts.plan.clone(),
        resource: ResourceId::from(resource),
        connection,
        glass_broken: standing.glass_broken,
        rules,
        at: access.now,
    };
    if allowed {
        let kept = access.facts.kept_from(subject).cloned().unwrap_or_default();
        return Ok(Granted { decision, kept });
    }
    let open = |action, connection| {
        let may = ask(access, subject, action, Resource::Plan, &standing).allowed;
        (may, may && ask(access, subject, decision.action, resource, &standing.once(action, connection)).allowed)
    };
    let (may_assert, asserting_helps) = open(Action::AssertRelationship, ConnectionKind::Asserted);
    let (may_break, breaking_helps) = open(Action::BreakGlass, ConnectionKind::BreakGlass);
    // Whoever names a person to begin a relationship may know of the plan if either way is open.
    let begins = matches!(action, Action::AssertRelationship | Action::BreakGlass) && (may_assert || may_break);
    // What is about no plan that there is gives none away.
    let of_none = matches!(action, Action::CreatePlan | Action::ReviewAccess | Action::Report);
    let disclosed = of_none || (standing.exists && (connection > ConnectionKind::Emergency || begins));
    let objected = action == Action::See && access.facts.objected(access.now).is_some();
    let may_withdraw = objected && ask(access, subject, Action::SetSharing, Resource::Plan, &standing).allowed;
    let remedies: Vec<Remedy> = [
        (asserting_helps || (begins && may_assert), Remedy::AssertRelationship),
        (breaking_helps || (begins && may_break), Remedy::BreakGlass),
        (may_withdraw, Remedy::SetSharing),
    ]
    .into_iter()
    .filter_map(|(helps, remedy)| (disclosed && helps).then_some(remedy))
    .collect();
    let reason = access.policies.reason_of(&decision.rules).unwrap_or_else(|| reason(action)).to_owned();
    Err(Denied { decision: Box::new(decision), reason, remedies, disclosed })
}

pub(super) fn allows(access: &Access<'_>, subject: &Subject, action: Action, resource: Resource<'_>) -> bool {
    ask(access, subject, action, resource, &Standing::of(access, subject)).allowed
}

/// What the rules say, and which of them said it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Answer {
    pub allowed: bool,
    pub rules: Vec<RuleId>,
}

fn ask(access: &Access<'_>, subject: &Subject, action: Action, resource: Resource<'_>, standing: &Standing) -> Answer {
    question(access, subject, action, resource, standing)
        .map_or_else(Answer::default, |question| access.policies.ask(question))
}

/// What is put to the rules; none where the action is not one that is done to such a thing.
pub(super) fn question(
    access: &Access<'_>,
    subject: &Subject,
    action: Action,
    resource: Resource<'_>,
    standing: &Standing,
) -> Option<Question> {
    let asked = Asked::of(action, resource, access.facts.plan.as_str())?;
    let kept = access.facts.kept_from(subject);
    let kept = matches!(resource, Resource::Section(section) if kept.is_some_and(|kept| kept.contains(&section.id)));
    Some(Question { asking: Asking::of(subject), action, asked, standing: Standing { kept, ..standing.clone() } })
}

fn reason(action: Action) -> &'static str {
    match action {
        Action::See => "you do not work with this plan",
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
        Action::AssertRelationship => "your role does not say for itself that it cares for somebody",
        Action::BreakGlass => "your role does not break the glass",
        Action::ManageTeam => "only the care team says who works with this plan",
        Action::SetSharing => "only the person and the care team say who may see this plan",
        Action::KeepFromProxy => "only the person keeps a part of their plan from those who act for them",
        Action::ReadAudit => "only the person and the care team read who opened this plan",
        Action::ReviewAccess => "only privacy officers review who opened what",
        Action::Report => "your role does not count plans",
    }
}
