//! How a subject stands to a plan at a moment: everything the rules ask about, in one place.

use super::{Access, Action, Assurance, ConnectionKind, ObjectionGrade, SharingReach, Subject};
use crate::demographics::Restriction;
use serde::Deserialize;
use std::borrow::Cow;

/// What the rules call the facts. Cases write it by hand; what they leave out is as `default` has it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Standing {
    /// There is such a plan.
    pub exists: bool,
    /// By what the subject is connected to it: the name of a `ConnectionKind`.
    pub connection: Cow<'static, str>,
    /// The subject has broken the glass.
    pub glass_broken: bool,
    /// Its organisation shares plans with the one that keeps this plan.
    pub party: bool,
    /// For emergency care only.
    pub emergency_party: bool,
    /// Its organisation keeps the plan.
    pub home: bool,
    /// Its organisation meets the standards.
    pub standards_met: bool,
    /// It was kept from the plan by name.
    pub excluded: bool,
    /// Its session was opened for another plan.
    pub other_plan: bool,
    /// Authenticator assurance: 1 to 3.
    pub assurance: i64,
    /// What the person objects to: `none` or the name of an `ObjectionGrade`.
    pub objection: Cow<'static, str>,
    /// With whom the person chose to share: `all`, or the name of a `SharingReach`.
    pub sharing: Cow<'static, str>,
    /// The person named the subject's organisation, or that organisation keeps the plan.
    pub shared_with: bool,
    /// What the demographics feed withholds: `none`, `restricted` or `very-restricted`.
    pub restriction: Cow<'static, str>,
    /// The person keeps what is asked for from the subject, who acts for them.
    pub kept: bool,
    /// The person is not to be counted.
    pub national_data_opt_out: bool,
}

impl Default for Standing {
    /// A plan of a party, with which the subject has nothing to do.
    fn default() -> Self {
        Self {
            exists: true,
            connection: Cow::Borrowed(ConnectionKind::None.as_str()),
            glass_broken: false,
            party: true,
            emergency_party: false,
            home: false,
            standards_met: true,
            excluded: false,
            other_plan: false,
            assurance: 2,
            objection: Cow::Borrowed(NONE),
            sharing: Cow::Borrowed(ALL),
            shared_with: false,
            restriction: Cow::Borrowed(NONE),
            kept: false,
            national_data_opt_out: false,
        }
    }
}

impl Standing {
    /// How `subject` stands to the plan of these facts.
    pub(super) fn of(access: &Access<'_>, subject: &Subject) -> Self {
        let (facts, now) = (access.facts, access.now);
        let party = facts.parties.get(&subject.organisation);
        let home = facts.home.as_ref() == Some(&subject.organisation);
        let sharing = facts.sharing(now);
        let named = matches!(&sharing,
            Some(SharingReach::NamedOrganisations(named)) if named.contains(&subject.organisation));
        Self {
            exists: facts.exists,
            connection: facts.connection(subject, now).as_str().into(),
            glass_broken: facts.glass_is_broken(subject, now),
            party: facts.is_party(subject, now),
            emergency_party: party.is_some_and(|party| party.emergency_only),
            home,
            standards_met: party.is_none_or(|party| party.standards_met),
            excluded: facts.excluded.contains(&subject.user),
            other_plan: subject.scope.only.as_ref().is_some_and(|only| *only != facts.plan),
            assurance: match subject.scope.assurance {
                Assurance::Aal1 => 1,
                Assurance::Aal2 => 2,
                Assurance::Aal3 => 3,
            },
            objection: facts.objection(now).map_or(NONE, ObjectionGrade::as_str).into(),
            sharing: sharing.as_ref().map_or(ALL, SharingReach::as_str).into(),
            shared_with: named || home,
            restriction: restriction(facts.restriction).into(),
            kept: false,
            national_data_opt_out: facts.national_data_opt_out,
        }
    }

    /// As it would be once the subject had done `action`.
    pub(super) fn once(&self, action: Action, connection: ConnectionKind) -> Self {
        let so_far = ConnectionKind::named(&self.connection).unwrap_or(ConnectionKind::None);
        Self {
            connection: so_far.max(connection).as_str().into(),
            glass_broken: self.glass_broken || action == Action::BreakGlass,
            ..self.clone()
        }
    }
}

const fn restriction(restriction: Option<Restriction>) -> &'static str {
    match restriction {
        Some(Restriction::VeryRestricted) => "very-restricted",
        Some(Restriction::Restricted) => "restricted",
        Some(Restriction::Unrestricted) | None => NONE,
    }
}

const NONE: &str = "none";
const ALL: &str = "all";
