//! One request in Cedar's words: who asks, for what, of what, and how they stand to the plan.
//!
//! Entities are made here without asking the schema, because that costs more than the decision; a test asks it for every
//! kind there is. INVARIANT: what is made here fits `schema.cedarschema`.

use super::{Action, Resource, Role, Subject, answers::Question, standing::Standing};
use crate::section::{Section, SignOff};
use cedar_policy::{
    Context, Entities, Entity, EntityId, EntityTypeName, EntityUid, Request, RestrictedExpression, Schema,
};
use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

/// Principals as the schema has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum PrincipalKind {
    Person,
    Proxy,
    Professional,
    Crew,
    Officer,
    Analyst,
    IntegrationSystem,
    Service,
}

/// Resources as the schema has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum ResourceKind {
    Plan,
    Section,
    Record,
    View,
    VaultItem,
    Organisation,
    Report,
}

/// Who asks, as the rules know them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Asking {
    pub kind: PrincipalKind,
    pub id: String,
    pub role: Cow<'static, str>,
    pub senior: bool,
}

/// What of the plan is asked for, as the rules know it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Asked {
    pub kind: ResourceKind,
    pub id: String,
    pub locates: bool,
    /// Names of roles, by the name of the list.
    pub lists: Vec<(&'static str, Vec<Cow<'static, str>>)>,
    pub needs_senior: bool,
}

impl PrincipalKind {
    pub(super) const ALL: [Self; 8] = [
        Self::Person,
        Self::Proxy,
        Self::Professional,
        Self::Crew,
        Self::Officer,
        Self::Analyst,
        Self::IntegrationSystem,
        Self::Service,
    ];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Person => "Person",
            Self::Proxy => "Proxy",
            Self::Professional => "Professional",
            Self::Crew => "Crew",
            Self::Officer => "Officer",
            Self::Analyst => "Analyst",
            Self::IntegrationSystem => "IntegrationSystem",
            Self::Service => "Service",
        }
    }
}

impl ResourceKind {
    pub(super) const ALL: [Self; 7] =
        [Self::Plan, Self::Section, Self::Record, Self::View, Self::VaultItem, Self::Organisation, Self::Report];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Plan => "Plan",
            Self::Section => "Section",
            Self::Record => "Record",
            Self::View => "View",
            Self::VaultItem => "VaultItem",
            Self::Organisation => "Organisation",
            Self::Report => "Report",
        }
    }
}

impl Asking {
    pub(super) fn of(subject: &Subject) -> Self {
        let kind = match subject.role {
            Role::Person => PrincipalKind::Person,
            Role::Proxy => PrincipalKind::Proxy,
            Role::Crew => PrincipalKind::Crew,
            Role::PrivacyOfficer => PrincipalKind::Officer,
            Role::Analyst => PrincipalKind::Analyst,
            Role::System if subject.is_service() => PrincipalKind::Service,
            Role::System => PrincipalKind::IntegrationSystem,
            Role::SocialCare | Role::RegisteredProfessional | Role::Doctor | Role::Specialist | Role::Pharmacist => {
                PrincipalKind::Professional
            }
        };
        Self { kind, id: subject.user.as_str().to_owned(), role: subject.role.as_str().into(), senior: subject.senior }
    }
}

impl Asked {
    /// `None` where the action is not one that is done to such a thing.
    pub(super) fn of(action: Action, resource: Resource<'_>, plan: &str) -> Option<Self> {
        use Action::{Decide, DestroyVault, ListVault, Read, ReadPublished, Report, RevealVault, ReviewAccess};
        use Action::{Sign, Suggest, Write, WriteVault};
        match (action, resource) {
            (Read | Write | Sign | Suggest, Resource::Section(section)) => Some(Self::of_section(section)),
            (Decide, Resource::Section(section)) => Some(Self::of_records(section)),
            (ReadPublished, Resource::View(kind)) => Some(Self::plain(ResourceKind::View, kind.as_str())),
            (ListVault | RevealVault | WriteVault | DestroyVault, Resource::VaultItem(kind)) => {
                let item = Self::plain(ResourceKind::VaultItem, kind);
                Some(Self { locates: VAULT_THAT_LOCATES.contains(&kind), ..item })
            }
            (ReviewAccess, Resource::Organisation) => Some(Self::plain(ResourceKind::Organisation, "own")),
            (Report, Resource::Plan | Resource::Organisation) => Some(Self::plain(ResourceKind::Report, "plans")),
            (Read | Write | Sign | Suggest | Decide | ReviewAccess | Report, _) => None,
            (_, Resource::Plan) => Some(Self::plain(ResourceKind::Plan, plan)),
            _ => None,
        }
    }

    pub(super) fn plain(kind: ResourceKind, id: &str) -> Self {
        Self { kind, id: id.to_owned(), locates: false, lists: Vec::new(), needs_senior: false }
    }

    fn of_section(section: &Section) -> Self {
        let mut readers = names(&section.reads);
        readers.extend(names(&section.writes));
        let signers: Vec<Role> = Role::ALL.into_iter().filter(|role| section.sign_off.may_be_given_by(*role)).collect();
        let lists = vec![
            (WRITERS, names(&section.writes)),
            (READERS, readers),
            (SUGGESTERS, names(&section.suggests)),
            (SIGNERS, names(&signers)),
        ];
        let needs_senior = matches!(section.sign_off, SignOff::Senior | SignOff::Dual);
        Self {
            locates: section.locates(),
            lists,
            needs_senior,
            ..Self::plain(ResourceKind::Section, section.id.as_str())
        }
    }

    fn of_records(section: &Section) -> Self {
        let recorders = section.records().flat_map(|record| names(&record.recorders)).collect();
        let records = Self::plain(ResourceKind::Record, section.id.as_str());
        Self { locates: section.locates(), lists: vec![(RECORDERS, recorders)], ..records }
    }

    /// The lists that an entity of this kind has.
    pub(super) const fn lists_of(kind: ResourceKind) -> &'static [&'static str] {
        match kind {
            ResourceKind::Section => &[WRITERS, READERS, SUGGESTERS, SIGNERS],
            ResourceKind::Record => &[RECORDERS],
            _ => &[],
        }
    }
}

fn names(roles: &[Role]) -> Vec<Cow<'static, str>> {
    roles.iter().map(|role| role.as_str().into()).collect()
}

/// The names that the schema gives to things, made once.
#[derive(Debug)]
pub(super) struct Words {
    pub schema: Schema,
    pub principals: Vec<EntityTypeName>,
    pub resources: Vec<EntityTypeName>,
    pub actions: Vec<EntityUid>,
    /// The actions and their groups.
    groups: Entities,
    /// Each action with the groups it is in.
    action_entities: Vec<Entity>,
}

impl Words {
    pub(super) fn of_schema() -> Self {
        let (schema, _) = Schema::from_cedarschema_str(SCHEMA).expect("the schema parses, as every test shows");
        let name = |name: &str| -> EntityTypeName { name.parse().expect("a word is the name of a type") };
        let all = schema.action_entities().expect("the schema's actions form no circle");
        let action_type = name("Action");
        let actions: Vec<EntityUid> = Action::ALL
            .iter()
            .map(|action| EntityUid::from_type_name_and_id(action_type.clone(), EntityId::new(action.as_str())))
            .collect();
        let with_groups = |action: &EntityUid| {
            let groups: HashSet<EntityUid> = all.ancestors(action).into_iter().flatten().cloned().collect();
            Entity::new_no_attrs(action.clone(), groups)
        };
        Self {
            principals: PrincipalKind::ALL.iter().map(|kind| name(kind.as_str())).collect(),
            resources: ResourceKind::ALL.iter().map(|kind| name(kind.as_str())).collect(),
            action_entities: actions.iter().map(with_groups).collect(),
            actions,
            groups: all,
            schema,
        }
    }

    /// Whether the schema puts `action` into the group `group`, or they are the same.
    pub(super) fn is_in(&self, action: &EntityUid, group: &EntityUid) -> bool {
        group == action || self.groups.is_ancestor_of(group, action)
    }

    /// The request, and the entities that it speaks of.
    pub(super) fn request(&self, question: &Question) -> Result<(Request, Entities), Unfit> {
        let Question { asking, action, asked, standing } = question;
        let principal = uid(&self.principals[asking.kind as usize], &asking.id);
        let resource = uid(&self.resources[asked.kind as usize], &asked.id);
        let action_uid = self.actions[*action as usize].clone();
        let entities = [
            Entity::new(principal.clone(), attributes_of(asking), HashSet::new())?,
            Entity::new(resource.clone(), attributes_of_asked(asked), HashSet::new())?,
            self.action_entities[*action as usize].clone(),
        ];
        let request = Request::new(principal, action_uid, resource, context(standing)?, None)?;
        Ok((request, Entities::from_entities(entities, None)?))
    }
}

/// A request that Cedar did not take. It cannot be, as tests show for every kind; if it is, the answer is no.
#[derive(Debug, thiserror::Error)]
#[error("the request does not fit the schema")]
pub(super) struct Unfit;

impl From<cedar_policy::EntityAttrEvaluationError> for Unfit {
    fn from(_: cedar_policy::EntityAttrEvaluationError) -> Self {
        Self
    }
}

impl From<cedar_policy::entities_errors::EntitiesError> for Unfit {
    fn from(_: cedar_policy::entities_errors::EntitiesError) -> Self {
        Self
    }
}

impl From<cedar_policy::RequestValidationError> for Unfit {
    fn from(_: cedar_policy::RequestValidationError) -> Self {
        Self
    }
}

impl From<cedar_policy::ContextCreationError> for Unfit {
    fn from(_: cedar_policy::ContextCreationError) -> Self {
        Self
    }
}

fn uid(kind: &EntityTypeName, id: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(kind.clone(), EntityId::new(id))
}

fn attributes_of(asking: &Asking) -> HashMap<String, RestrictedExpression> {
    if asking.kind != PrincipalKind::Professional {
        return HashMap::new();
    }
    HashMap::from([("role".to_owned(), text(&asking.role)), ("senior".to_owned(), flag(asking.senior))])
}

fn attributes_of_asked(asked: &Asked) -> HashMap<String, RestrictedExpression> {
    let set = |names: &Vec<Cow<'static, str>>| RestrictedExpression::new_set(names.iter().map(|name| text(name)));
    let mut attributes: HashMap<String, RestrictedExpression> =
        asked.lists.iter().map(|(list, names)| ((*list).to_owned(), set(names))).collect();
    if matches!(asked.kind, ResourceKind::Section | ResourceKind::Record | ResourceKind::VaultItem) {
        attributes.insert("locates".to_owned(), flag(asked.locates));
    }
    if asked.kind == ResourceKind::Section {
        attributes.insert("needs_senior".to_owned(), flag(asked.needs_senior));
    }
    attributes
}

fn context(standing: &Standing) -> Result<Context, Unfit> {
    let pairs = [
        ("exists", flag(standing.exists)),
        ("connection", text(&standing.connection)),
        ("glass_broken", flag(standing.glass_broken)),
        ("party", flag(standing.party)),
        ("emergency_party", flag(standing.emergency_party)),
        ("home", flag(standing.home)),
        ("standards_met", flag(standing.standards_met)),
        ("excluded", flag(standing.excluded)),
        ("other_plan", flag(standing.other_plan)),
        ("assurance", RestrictedExpression::new_long(standing.assurance)),
        ("objection", text(&standing.objection)),
        ("sharing", text(&standing.sharing)),
        ("shared_with", flag(standing.shared_with)),
        ("restriction", text(&standing.restriction)),
        ("kept", flag(standing.kept)),
        ("national_data_opt_out", flag(standing.national_data_opt_out)),
    ];
    Ok(Context::from_pairs(pairs.into_iter().map(|(name, value)| (name.to_owned(), value)))?)
}

fn text(text: &str) -> RestrictedExpression {
    RestrictedExpression::new_string(text.to_owned())
}

fn flag(flag: bool) -> RestrictedExpression {
    RestrictedExpression::new_bool(flag)
}

const WRITERS: &str = "writers";
const READERS: &str = "readers";
const SUGGESTERS: &str = "suggesters";
const SIGNERS: &str = "signers";
const RECORDERS: &str = "recorders";

/// Kinds of value in the vault that say where the person lives.
const VAULT_THAT_LOCATES: &[&str] = &["withheld-address"];

/// What the rules may speak of. It belongs to this build, because this file makes what it describes.
const SCHEMA: &str = include_str!("../../policies/schema.cedarschema");
