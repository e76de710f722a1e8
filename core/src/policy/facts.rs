//! What the rules ask about a plan: who works with it, who objects to what, what is withheld.
//!
//! The store reads it whole; nothing in it is content of the plan. INVARIANT: it says the same until `changes_at`, so that
//! a decision made from it may be kept until then, or until a newer one of the plan arrives.

use super::{SharingChoice, SharingReach, Subject};
use crate::{
    id::{OrganisationCode, PlanId, SectionId, UserId},
    role::Role,
    time::UtcMillis,
};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// The facts of one plan, or of a plan that is yet to be begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanFacts {
    /// The plan.
    pub plan: PlanId,
    /// Number of the newest change of access that it takes account of: of two, the one with the higher number is newer.
    pub as_of: i64,
    /// False if there is no such plan: then nothing may be done to it.
    pub exists: bool,
    /// The organisation that keeps it.
    pub home: Option<OrganisationCode>,
    /// The person's own account.
    pub person: Option<UserId>,
    /// Accounts of those who act for the person, each until a moment.
    pub proxies: BTreeMap<UserId, UtcMillis>,
    /// Sections that the person keeps from one of those who act for them.
    pub kept: BTreeMap<UserId, BTreeSet<SectionId>>,
    /// Organisations that share plans with the one that keeps this plan, under an agreement in force for direct care; that
    /// one itself is among them.
    pub parties: Arc<BTreeMap<OrganisationCode, Party>>,
    /// Organisations that look after the person.
    pub care_team: BTreeSet<OrganisationCode>,
    /// Members of staff named for the person: they alone see what is restricted.
    pub members: BTreeSet<UserId>,
    /// Members of staff who must not see the plan, whatever else holds.
    pub excluded: BTreeSet<UserId>,
    /// What single members of staff have said of themselves, or were launched with.
    pub relationships: Vec<Relationship>,
    /// Objections in force.
    pub objections: Vec<Objection>,
    /// What the person chose about sharing, as far as it narrows it: those choices that stand.
    pub sharing: Vec<SharingChoice>,
    /// Whether the demographics feed withholds where the person lives.
    pub restriction: Option<crate::demographics::Restriction>,
    /// The person is not to be counted in reports.
    pub national_data_opt_out: bool,
    /// When something begins that is not in force yet, or something ends behind which something else stands: then they must
    /// be read again.
    pub stale_at: Option<UtcMillis>,
}

/// An organisation that takes part in a sharing agreement with the plan's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// What kind of organisation it is.
    pub kind: OrganisationKind,
    /// The region whose shared record it belongs to.
    pub region: String,
    /// Whether it meets the standards of the Data Security and Protection Toolkit.
    pub standards_met: bool,
    /// Whether it takes part for emergency care only.
    pub emergency_only: bool,
    /// When its part ends, if that is known.
    pub until: Option<UtcMillis>,
}

/// Kinds of organisation that a rule may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum OrganisationKind {
    /// General practice.
    GeneralPractice,
    /// Community health services.
    Community,
    /// Hospice.
    Hospice,
    /// Hospital.
    Hospital,
    /// Council: adult social care.
    SocialCare,
    /// Care home, home care or supported living.
    CareProvider,
    /// Ambulance, 111, out-of-hours.
    Emergency,
    /// Pharmacy.
    Pharmacy,
    /// Anything else.
    #[default]
    Other,
}

impl OrganisationKind {
    /// Every kind.
    pub const ALL: [Self; 9] = [
        Self::GeneralPractice,
        Self::Community,
        Self::Hospice,
        Self::Hospital,
        Self::SocialCare,
        Self::CareProvider,
        Self::Emergency,
        Self::Pharmacy,
        Self::Other,
    ];

    /// Its name in policies, in the database and in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::GeneralPractice => "general-practice",
            Self::Community => "community",
            Self::Hospice => "hospice",
            Self::Hospital => "hospital",
            Self::SocialCare => "social-care",
            Self::CareProvider => "care-provider",
            Self::Emergency => "emergency",
            Self::Pharmacy => "pharmacy",
            Self::Other => "other",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// Why one member of staff may have to do with the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relationship {
    /// Whose.
    pub user: UserId,
    /// In which organisation's name.
    pub organisation: OrganisationCode,
    /// By what.
    pub kind: RelationshipKind,
    /// Until when.
    pub until: UtcMillis,
}

impl Relationship {
    /// Whether it is the subject's, in the organisation whose role they have selected, and stands at `now`.
    fn is_of(&self, subject: &Subject, now: UtcMillis) -> bool {
        self.user == subject.user && self.organisation == subject.organisation && self.until > now
    }
}

/// By what a relationship stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RelationshipKind {
    /// They said so, with a reason.
    Asserted,
    /// The record they came from says so.
    Launched,
    /// They broke the glass.
    BreakGlass,
}

impl RelationshipKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Asserted, Self::Launched, Self::BreakGlass];

    /// Its name in the database and in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Asserted => "asserted",
            Self::Launched => "launched",
            Self::BreakGlass => "break-glass",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// What the person does not want.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Objection {
    /// How far it goes.
    pub grade: ObjectionGrade,
    /// Until when; for good if not said.
    pub until: Option<UtcMillis>,
}

/// How far an objection to the shared plan goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ObjectionGrade {
    /// Only where it is an emergency: crews read the urgent view, nobody else anything.
    EmergencyOnly,
    /// Nobody, unless the glass is broken.
    Refused,
}

impl ObjectionGrade {
    /// Every grade.
    pub const ALL: [Self; 2] = [Self::EmergencyOnly, Self::Refused];

    /// Its name in the database and in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EmergencyOnly => "emergency-only",
            Self::Refused => "refused",
        }
    }

    /// The grade of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|grade| grade.as_str() == name)
    }
}

/// By what somebody is connected to a plan; the strongest that holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConnectionKind {
    /// By nothing.
    None,
    /// They were sent to an emergency: a crew of an emergency service.
    Emergency,
    /// They broke the glass.
    BreakGlass,
    /// They said so.
    Asserted,
    /// The record they came from says so.
    Launched,
    /// Their organisation looks after the person.
    CareTeam,
    /// They are named for the person.
    Member,
    /// They act for the person.
    Proxy,
    /// It is their own plan.
    Own,
    /// It is the service itself.
    Service,
}

impl ConnectionKind {
    /// Whether they are told where a person lives whose whereabouts are withheld: the person, and those named for them.
    #[must_use]
    pub const fn may_know_where(self) -> bool {
        matches!(self, Self::Own | Self::Member)
    }

    /// Every kind, from the weakest to the strongest.
    pub const ALL: [Self; 10] = [
        Self::None,
        Self::Emergency,
        Self::BreakGlass,
        Self::Asserted,
        Self::Launched,
        Self::CareTeam,
        Self::Member,
        Self::Proxy,
        Self::Own,
        Self::Service,
    ];

    /// The kind of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// Its name in policies and in the audit.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Emergency => "emergency",
            Self::BreakGlass => "break-glass",
            Self::Asserted => "asserted",
            Self::Launched => "launched",
            Self::CareTeam => "care-team",
            Self::Member => "member",
            Self::Proxy => "proxy",
            Self::Own => "own",
            Self::Service => "service",
        }
    }
}

impl PlanFacts {
    /// A plan that there is not.
    #[must_use]
    pub fn of_no_plan(plan: PlanId) -> Self {
        Self {
            plan,
            as_of: 0,
            exists: false,
            home: None,
            person: None,
            proxies: BTreeMap::new(),
            kept: BTreeMap::new(),
            parties: Arc::default(),
            care_team: BTreeSet::new(),
            members: BTreeSet::new(),
            excluded: BTreeSet::new(),
            relationships: Vec::new(),
            objections: Vec::new(),
            sharing: Vec::new(),
            restriction: None,
            national_data_opt_out: false,
            stale_at: None,
        }
    }

    /// A plan that these organisations keep and work with, and about which nothing else is known.
    #[must_use]
    pub fn of_team(plan: PlanId, organisations: impl IntoIterator<Item = OrganisationCode>) -> Self {
        let care_team: BTreeSet<_> = organisations.into_iter().collect();
        let party = |code: &OrganisationCode| (code.clone(), Party::default());
        Self {
            exists: true,
            parties: Arc::new(care_team.iter().map(party).collect()),
            care_team,
            ..Self::of_no_plan(plan)
        }
    }

    /// By what `subject` is connected to the plan at `now`.
    #[must_use]
    pub fn connection(&self, subject: &Subject, now: UtcMillis) -> ConnectionKind {
        match subject.role {
            Role::System if subject.is_service() => return ConnectionKind::Service,
            // Neither is there to look after anybody.
            Role::PrivacyOfficer | Role::Analyst => return ConnectionKind::None,
            Role::Person if self.person.as_ref() == Some(&subject.user) => return ConnectionKind::Own,
            Role::Proxy if self.proxies.get(&subject.user).is_some_and(|until| *until > now) => {
                return ConnectionKind::Proxy;
            }
            Role::Person | Role::Proxy => return ConnectionKind::None,
            _ => {}
        }
        if !self.is_party(subject, now) {
            return ConnectionKind::None;
        }
        let said = self.relationships.iter().filter(|relationship| relationship.is_of(subject, now));
        let said = said.map(|relationship| match relationship.kind {
            RelationshipKind::Asserted => ConnectionKind::Asserted,
            RelationshipKind::Launched => ConnectionKind::Launched,
            RelationshipKind::BreakGlass => ConnectionKind::BreakGlass,
        });
        let member = self.members.contains(&subject.user).then_some(ConnectionKind::Member);
        let team = self.care_team.contains(&subject.organisation).then_some(ConnectionKind::CareTeam);
        let crew = (subject.role == Role::Crew).then_some(ConnectionKind::Emergency);
        said.chain(member).chain(team).chain(crew).max().unwrap_or(ConnectionKind::None)
    }

    /// What the person keeps from `subject`, if that is somebody who acts for them.
    #[must_use]
    pub fn kept_from(&self, subject: &Subject) -> Option<&BTreeSet<SectionId>> {
        if subject.role == Role::Proxy { self.kept.get(&subject.user) } else { None }
    }

    /// Whether the glass is broken for `subject` at `now`, whatever else connects them.
    #[must_use]
    pub fn glass_is_broken(&self, subject: &Subject, now: UtcMillis) -> bool {
        self.is_party(subject, now)
            && self.relationships.iter().any(|relationship| {
                relationship.kind == RelationshipKind::BreakGlass && relationship.is_of(subject, now)
            })
    }

    /// The furthest objection in force at `now`; a choice to share with emergency services only is one.
    #[must_use]
    pub fn objection(&self, now: UtcMillis) -> Option<ObjectionGrade> {
        let objected = self.objected(now);
        let chosen = (self.sharing(now) == Some(SharingReach::EmergencyOnly)).then_some(ObjectionGrade::EmergencyOnly);
        objected.max(chosen)
    }

    /// The furthest objection in force at `now` that was recorded as one, and may be withdrawn as one.
    #[must_use]
    pub fn objected(&self, now: UtcMillis) -> Option<ObjectionGrade> {
        let in_force = |objection: &&Objection| objection.until.is_none_or(|until| until > now);
        self.objections.iter().filter(in_force).map(|objection| objection.grade).max()
    }

    /// How far the plan is shared by the person's choice at `now`; none if with everybody who cares for them. Of choices that
    /// stand against each other the narrowest counts, and of two that name organisations what both name.
    #[must_use]
    pub fn sharing(&self, now: UtcMillis) -> Option<SharingReach> {
        let in_force = self.sharing.iter().filter(|choice| choice.until.is_none_or(|until| until > now));
        in_force.map(|choice| choice.reach.clone()).reduce(SharingReach::narrower)
    }

    /// Whether the subject's organisation takes part in an agreement with the plan's at `now`.
    #[must_use]
    pub fn is_party(&self, subject: &Subject, now: UtcMillis) -> bool {
        let party = self.parties.get(&subject.organisation);
        party.is_some_and(|party| party.until.is_none_or(|until| until > now))
    }

    /// Whether both say the same of the plan, as of whenever.
    #[must_use]
    pub fn says_the_same_as(&self, other: &Self) -> bool {
        *self == Self { as_of: self.as_of, ..other.clone() }
    }

    /// When something of it next changes by itself, if anything does.
    #[must_use]
    pub fn changes_at(&self, now: UtcMillis) -> Option<UtcMillis> {
        let relationships = self.relationships.iter().map(|relationship| relationship.until);
        let objections = self.objections.iter().filter_map(|objection| objection.until);
        let sharing = self.sharing.iter().filter_map(|choice| choice.until);
        let parties = self.parties.values().filter_map(|party| party.until);
        let proxies = self.proxies.values().copied();
        relationships
            .chain(objections)
            .chain(sharing)
            .chain(parties)
            .chain(proxies)
            .chain(self.stale_at)
            .filter(|at| *at > now)
            .min()
    }
}

impl Default for Party {
    /// For direct care, without an end, and in good standing.
    fn default() -> Self {
        Self {
            kind: OrganisationKind::Other,
            region: String::new(),
            standards_met: true,
            emergency_only: false,
            until: None,
        }
    }
}
