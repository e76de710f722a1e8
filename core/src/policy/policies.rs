//! The rules, read and checked.
//!
//! INVARIANT: `Policies` that exist parse, fit the schema under strict validation, name and explain every rule, and answer
//! every case that came with them as the case says.

use super::{
    Action,
    answers::{Answers, Question},
    cases,
    engine::Answer,
    request::{PrincipalKind, ResourceKind, Words},
};
use cedar_policy::{
    ActionConstraint, Authorizer, Decision, Effect, EntityTypeName, EntityUid, Policy, PolicyId, PolicySet,
    PrincipalConstraint, ResourceConstraint, ValidationMode, Validator,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::{Arc, OnceLock},
};

/// The name of a rule: `crew-reads-urgent-view`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleId(pub String);

/// What a rule says, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Its name.
    pub id: RuleId,
    /// What it says, in one sentence.
    pub title: String,
    /// What somebody is told to whom it says no. Rules that forbid have it, and only they.
    pub reason: Option<String>,
    /// The file it stands in.
    pub file: String,
}

impl Rule {
    /// Whether it forbids. Whatever a rule forbids stays forbidden, whatever others permit.
    #[must_use]
    pub const fn forbids(&self) -> bool {
        self.reason.is_some()
    }
}

/// One thing that is wrong with a folder of rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyFault {
    /// The file.
    pub file: String,
    /// The rule, by its id, or by its place in the file if it has none.
    pub rule: Option<String>,
    /// What is wrong.
    pub fault: String,
}

impl fmt::Display for PolicyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.rule {
            Some(rule) => write!(f, "{}, rule `{rule}`: {}", self.file, self.fault),
            None => write!(f, "{}: {}", self.file, self.fault),
        }
    }
}

/// Why policies were not taken: everything that is wrong with them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct PoliciesError(pub Vec<PolicyFault>);

/// The rules in force. Clones share them.
#[derive(Clone)]
pub struct Policies(Arc<Read>);

struct Read {
    words: Words,
    authorizer: Authorizer,
    rules: Vec<Rule>,
    #[cfg(test)]
    all: PolicySet,
    /// For each kind of principal, action and kind of resource, the rules whose scope lets them apply.
    applying: Vec<PolicySet>,
    /// Some rule names a principal. Otherwise it makes no difference who of a kind asks.
    principals_are_named: bool,
    /// Some rule names a plan.
    plans_are_named: bool,
    answers: Answers,
}

impl fmt::Debug for Policies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Policies").field("rules", &self.0.rules.len()).finish()
    }
}

impl Policies {
    /// Those that are built in.
    #[must_use]
    pub fn embedded() -> Self {
        static EMBEDDED_ONCE: OnceLock<Policies> = OnceLock::new();
        let read = || {
            let files = EMBEDDED.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
            Self::read(files).expect("the embedded rules are right, as a test of this crate shows")
        };
        EMBEDDED_ONCE.get_or_init(read).clone()
    }

    /// Reads rules (`*.cedar`), and the cases (`*.json`) that they must answer, each file with its name.
    ///
    /// # Errors
    /// Every fault of every file, not only the first.
    pub fn read(files: impl IntoIterator<Item = (String, String)>) -> Result<Self, PoliciesError> {
        let mut reading = Reading::default();
        let mut cases = Vec::new();
        for (number, (name, text)) in files.into_iter().enumerate() {
            if number >= FILES_MAX || text.len() > FILE_BYTES_MAX {
                reading.fault(&name, None, format!("more than {FILES_MAX} files, or {FILE_BYTES_MAX} bytes in one"));
            } else if name.ends_with(".json") {
                cases.push((name, text));
            } else {
                reading.file(&name, &text);
            }
        }
        if reading.rules.is_empty() {
            reading.fault(".", None, "there is no rule".to_owned());
        }
        let words = Words::of_schema();
        reading.validate(&words);
        if !reading.faults.is_empty() {
            return Err(PoliciesError(reading.faults));
        }
        let policies = reading.finish(words);
        let wrong = cases::wrong(&policies, &cases);
        if wrong.is_empty() { Ok(policies) } else { Err(PoliciesError(wrong)) }
    }

    /// Every rule, file by file in the order of their names, and in each as it stands there.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.0.rules
    }

    /// What the rules say.
    pub(super) fn ask(&self, mut question: Question) -> Answer {
        if !self.0.principals_are_named {
            question.asking.id.clear();
        }
        if question.asked.kind == ResourceKind::Plan && !self.0.plans_are_named {
            question.asked.id.clear();
        }
        self.0.answers.of(question, |question| self.ask_cedar(question))
    }

    /// What Cedar says, of those rules that can apply to such a request at all.
    pub(super) fn ask_cedar(&self, question: &Question) -> Answer {
        let place = place(question.asking.kind, question.action, question.asked.kind);
        self.ask_set(&self.0.applying[place], question)
    }

    /// What Cedar says, of all rules: the same.
    #[cfg(test)]
    pub(super) fn ask_all(&self, question: &Question) -> Answer {
        self.ask_set(&self.0.all, question)
    }

    fn ask_set(&self, set: &PolicySet, question: &Question) -> Answer {
        let Ok((request, entities)) = self.0.words.request(question) else { return Answer::default() };
        let response = self.0.authorizer.is_authorized(&request, set, &entities);
        let said = response.diagnostics();
        let mut rules: Vec<RuleId> = said.reason().map(|id| RuleId(id.to_string())).collect();
        rules.sort();
        Answer { allowed: response.decision() == Decision::Allow && said.errors().next().is_none(), rules }
    }

    /// What somebody is told, by the first of these rules in the order of files.
    pub(super) fn reason_of(&self, rules: &[RuleId]) -> Option<&str> {
        let first = self.0.rules.iter().find(|rule| rule.forbids() && rules.contains(&rule.id))?;
        first.reason.as_deref()
    }
}

/// Rules on their way in, and what is wrong with them.
#[derive(Default)]
struct Reading {
    rules: Vec<Rule>,
    policies: Vec<Policy>,
    ids: BTreeSet<String>,
    faults: Vec<PolicyFault>,
}

impl Reading {
    fn fault(&mut self, file: &str, rule: Option<&str>, fault: String) {
        self.faults.push(PolicyFault { file: file.to_owned(), rule: rule.map(str::to_owned), fault });
    }

    fn file(&mut self, file: &str, text: &str) {
        let set: PolicySet = match text.parse() {
            Ok(set) => set,
            Err(errors) => {
                let errors: cedar_policy::ParseErrors = errors;
                return errors.iter().for_each(|error| self.fault(file, None, error.to_string()));
            }
        };
        if set.templates().next().is_some() {
            self.fault(file, None, "a template is not a rule".to_owned());
        }
        let place =
            |policy: &&Policy| policy.id().to_string().trim_start_matches("policy").parse().unwrap_or(usize::MAX);
        let mut policies: Vec<&Policy> = set.policies().collect();
        policies.sort_by_key(place);
        for (number, policy) in policies.into_iter().enumerate() {
            self.policy(file, number + 1, policy);
        }
    }

    fn policy(&mut self, file: &str, number: usize, policy: &Policy) {
        let Some(id) = policy.annotation("id").map(str::to_owned) else {
            return self.fault(file, Some(&number.to_string()), "it has no @id".to_owned());
        };
        let annotation =
            |name| policy.annotation(name).map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
        let (title, reason) = (annotation("title"), annotation("reason"));
        let forbids = policy.effect() == Effect::Forbid;
        if !is_kebab(&id) {
            self.fault(file, Some(&id), "its @id is not words in small letters with hyphens between them".to_owned());
        }
        if !self.ids.insert(id.clone()) {
            self.fault(file, Some(&id), "there are two rules of this @id".to_owned());
        }
        if title.as_ref().is_none_or(|title| !title.ends_with('.')) {
            self.fault(file, Some(&id), "it has no @title, one sentence that ends in a full stop".to_owned());
        }
        if reason.is_some() != forbids {
            let fault = if forbids { "it forbids and has no @reason" } else { "it permits, and a @reason is for a no" };
            self.fault(file, Some(&id), fault.to_owned());
        }
        for (name, _) in policy.annotations().filter(|(name, _)| !ANNOTATIONS.contains(name)) {
            self.fault(file, Some(&id), format!("nobody reads its @{name}"));
        }
        self.policies.push(policy.new_id(PolicyId::new(&id)));
        self.rules.push(Rule { id: RuleId(id), title: title.unwrap_or_default(), reason, file: file.to_owned() });
    }

    fn validate(&mut self, words: &Words) {
        let files: BTreeMap<String, String> =
            self.rules.iter().map(|rule| (rule.id.0.clone(), rule.file.clone())).collect();
        // What has the same id twice was said already.
        let mut set = PolicySet::new();
        for policy in &self.policies {
            let _ = set.add(policy.clone());
        }
        let result = Validator::new(words.schema.clone()).validate(&set, ValidationMode::Strict);
        let errors = result.validation_errors().map(|error| (error.policy_id().to_string(), error.to_string()));
        let warnings = result.validation_warnings().map(|error| (error.policy_id().to_string(), error.to_string()));
        let found: Vec<(String, String)> = errors.chain(warnings).collect();
        for (rule, fault) in found {
            let file = files.get(&rule).map_or(".", String::as_str);
            self.fault(file, Some(&rule), fault);
        }
    }

    fn finish(self, words: Words) -> Policies {
        let sets = || {
            PrincipalKind::ALL.into_iter().flat_map(|principal| {
                Action::ALL.into_iter().flat_map(move |action| {
                    ResourceKind::ALL.into_iter().map(move |resource| (principal, action, resource))
                })
            })
        };
        let set = |policies: Vec<&Policy>| {
            PolicySet::from_policies(policies.into_iter().cloned()).expect("every rule has an id of its own")
        };
        let applying = sets()
            .map(|(principal, action, resource)| {
                let applies = |policy: &&Policy| can_apply(policy, &words, principal, action, resource);
                set(self.policies.iter().filter(applies).collect())
            })
            .collect();
        let named: Vec<EntityUid> = self.policies.iter().flat_map(Policy::entity_literals).collect();
        let names = |kinds: &[EntityTypeName]| named.iter().any(|uid| kinds.contains(uid.type_name()));
        Policies(Arc::new(Read {
            principals_are_named: names(&words.principals),
            plans_are_named: names(&words.resources[..=ResourceKind::Plan as usize]),
            answers: Answers::default(),
            authorizer: Authorizer::new(),
            rules: self.rules,
            #[cfg(test)]
            all: set(self.policies.iter().collect()),
            applying,
            words,
        }))
    }
}

const fn place(principal: PrincipalKind, action: Action, resource: ResourceKind) -> usize {
    (principal as usize * Action::ALL.len() + action as usize) * ResourceKind::ALL.len() + resource as usize
}

/// Whether the scope of a rule lets it apply to such a request. Its conditions are asked each time.
fn can_apply(policy: &Policy, words: &Words, principal: PrincipalKind, action: Action, resource: ResourceKind) -> bool {
    let (principal, resource) = (&words.principals[principal as usize], &words.resources[resource as usize]);
    let action = &words.actions[action as usize];
    let of_type = |uid: &EntityUid, of: &EntityTypeName| uid.type_name() == of;
    let by_principal = match policy.principal_constraint() {
        PrincipalConstraint::Is(of) | PrincipalConstraint::IsIn(of, _) => of == *principal,
        PrincipalConstraint::Eq(uid) => of_type(&uid, principal),
        PrincipalConstraint::Any | PrincipalConstraint::In(_) => true,
    };
    let by_resource = match policy.resource_constraint() {
        ResourceConstraint::Is(of) | ResourceConstraint::IsIn(of, _) => of == *resource,
        ResourceConstraint::Eq(uid) => of_type(&uid, resource),
        ResourceConstraint::Any | ResourceConstraint::In(_) => true,
    };
    let by_action = match policy.action_constraint() {
        ActionConstraint::Any => true,
        ActionConstraint::Eq(uid) => uid == *action,
        ActionConstraint::In(groups) => groups.iter().any(|group| words.is_in(action, group)),
    };
    by_principal && by_resource && by_action
}

fn is_kebab(id: &str) -> bool {
    let word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    id.split('-').all(word)
}

/// What a rule may be annotated with.
const ANNOTATIONS: [&str; 3] = ["id", "title", "reason"];

/// Most files in a folder of rules.
const FILES_MAX: usize = 200;

/// Most bytes in one of them.
const FILE_BYTES_MAX: usize = 256 * 1024;

/// Name and text of every file under `core/policies/`, written by the build script.
pub(super) const EMBEDDED: &[(&str, &str)] = &include!(concat!(env!("OUT_DIR"), "/policy_files.rs"));
