//! Cases: what the rules must answer, as data beside the rules. A folder whose cases do not come out is not taken.
//!
//! A case says who asks, for what, of what, how they stand to the plan, what the answer is, which rules decide, and the
//! sentence that it proves. What it leaves out is the plainest: see `Standing::default`.

use super::{
    Action, RuleId, ViewKind,
    answers::Question,
    engine::Answer,
    policies::{Policies, PolicyFault},
    request::{Asked, Asking, PrincipalKind, ResourceKind},
    standing::Standing,
};
use serde::Deserialize;
use std::collections::BTreeMap;

/// One case of a file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Case {
    /// The rule that it is about.
    pub about: String,
    /// What it proves.
    pub sentence: String,
    /// Who asks.
    principal: Who,
    /// For what, by the action's name.
    action: String,
    /// Of what; the plan if not said.
    #[serde(default)]
    resource: What,
    /// How the principal stands to the plan.
    #[serde(default)]
    facts: Standing,
    /// The answer.
    pub effect: Effect,
    /// The rules that decide; none for a no by default.
    #[serde(default)]
    pub rules: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Effect {
    Permit,
    Deny,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Who {
    /// The type's name in the schema.
    is: String,
    #[serde(default)]
    role: String,
    #[serde(default)]
    senior: bool,
}

#[derive(Debug, Deserialize)]
#[serde(default)]
struct What {
    /// The type's name in the schema.
    is: String,
    id: String,
    locates: bool,
    needs_senior: bool,
    /// Lists of roles, by name: `writers`.
    #[serde(flatten)]
    lists: BTreeMap<String, Vec<String>>,
}

impl Default for What {
    fn default() -> Self {
        let (is, id) = (ResourceKind::Plan.as_str().to_owned(), "a-plan".to_owned());
        Self { is, id, locates: false, needs_senior: false, lists: BTreeMap::new() }
    }
}

/// The cases of a file.
pub(super) fn read(text: &str) -> Result<Vec<Case>, serde_json::Error> {
    serde_json::from_str(text)
}

/// Those that are built in.
#[cfg(test)]
pub(super) fn embedded() -> Vec<Case> {
    let files = super::policies::EMBEDDED.iter().filter(|(name, _)| name.ends_with(".json"));
    files.flat_map(|(_, text)| read(text).expect("the embedded cases are read, as every test shows")).collect()
}

/// What does not come out as the cases say.
pub(super) fn wrong(policies: &Policies, files: &[(String, String)]) -> Vec<PolicyFault> {
    let mut faults = Vec::new();
    for (file, text) in files {
        let mut fault = |fault| faults.push(PolicyFault { file: file.clone(), rule: None, fault });
        match read(text) {
            Err(error) => fault(error.to_string()),
            Ok(cases) => cases.iter().filter_map(|case| case.wrong(policies)).for_each(&mut fault),
        }
    }
    faults
}

impl Case {
    /// What the rules answer.
    pub(super) fn answer(&self, policies: &Policies) -> Result<Answer, String> {
        let unknown = |what: &str, name: &str| format!("there is no {what} `{name}`");
        let action = Action::named(&self.action).ok_or_else(|| unknown("action", &self.action))?;
        let who = PrincipalKind::ALL.into_iter().find(|kind| kind.as_str() == self.principal.is);
        let what = ResourceKind::ALL.into_iter().find(|kind| kind.as_str() == self.resource.is);
        let who = who.ok_or_else(|| unknown("principal", &self.principal.is))?;
        let what = what.ok_or_else(|| unknown("resource", &self.resource.is))?;
        if what == ResourceKind::View && ViewKind::named(&self.resource.id).is_none() {
            return Err(unknown("view", &self.resource.id));
        }
        if let Some(list) = self.resource.lists.keys().find(|list| !Asked::lists_of(what).contains(&list.as_str())) {
            return Err(unknown("list", list));
        }
        let Who { role, senior, .. } = &self.principal;
        let asking = Asking { kind: who, id: "somebody".to_owned(), role: role.clone().into(), senior: *senior };
        let names = |list: &&'static str| {
            let names = self.resource.lists.get(*list).cloned().unwrap_or_default();
            (*list, names.into_iter().map(Into::into).collect())
        };
        let asked = Asked {
            kind: what,
            id: self.resource.id.clone(),
            locates: self.resource.locates,
            lists: Asked::lists_of(what).iter().map(names).collect(),
            needs_senior: self.resource.needs_senior,
        };
        Ok(policies.ask(Question { asking, action, asked, standing: self.facts.clone() }))
    }

    fn wrong(&self, policies: &Policies) -> Option<String> {
        let said = |what: String| Some(format!("the case \"{}\": {what}", self.sentence));
        let answer = match self.answer(policies) {
            Ok(answer) => answer,
            Err(error) => return said(error),
        };
        if !policies.rules().iter().any(|rule| rule.id.0 == self.about) {
            return said(format!("it is about `{}`, which is no rule", self.about));
        }
        let mut expected: Vec<RuleId> = self.rules.iter().cloned().map(RuleId).collect();
        expected.sort();
        let effect = if answer.allowed { Effect::Permit } else { Effect::Deny };
        if (effect, &answer.rules) == (self.effect, &expected) {
            return None;
        }
        let names: Vec<&str> = answer.rules.iter().map(|rule| rule.0.as_str()).collect();
        said(format!("the answer is {effect:?} by [{}]", names.join(", ")))
    }
}
