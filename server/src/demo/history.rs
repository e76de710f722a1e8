//! One person's history: every sitting and every publication, in the order in which they happened.

use super::{
    DemoError,
    command::{Decision, Endorsement, Suggestion, Withdrawal},
    document::{SectionDocument, Sitting},
    person::{PersonFile, Signing, Visit},
    publishing::Publishing,
    world::World,
};
use crate::store::NewSuggestion;
use coplan_core::{
    decision::Command,
    demographics::Demographics,
    id::PlanId,
    policy::{Action, Granted, Role, Scope, Subject},
    publication::Publication,
    section::Section,
    suggestion,
    time::UtcMillis,
    view::Person,
};

/// A plan with all that happened to it.
pub(super) struct History {
    pub plan: PlanId,
    pub person: Person,
    pub demographics: Demographics,
    pub begun_by: Subject,
    pub begun_at: UtcMillis,
    pub documents: Vec<SectionDocument>,
    /// Each with who published it, oldest first.
    pub publications: Vec<(Publication, Subject)>,
    /// Oldest first.
    pub suggestions: Vec<Suggested>,
}

enum Event<'f> {
    Visit(&'f Visit),
    Signing(&'f Signing),
    Decision(&'f Decision),
    Endorsement(&'f Endorsement),
    Withdrawal(&'f Withdrawal),
    Suggestion(&'f Suggestion),
}

/// A suggestion as it was put in.
pub(super) struct Suggested {
    pub granted: Granted,
    pub new: NewSuggestion,
    pub by: Subject,
    pub at: UtcMillis,
}

impl History {
    pub(super) fn of(file: &str, person: &PersonFile, plan: PlanId, world: &World<'_>) -> Result<Self, DemoError> {
        let maker = Maker { file, person, world };
        let events = maker.events()?;
        let (begun_at, begun_by) = maker.beginning(&events)?;
        let mut history = Self {
            documents: maker.documents(&plan, &begun_by, begun_at)?,
            plan,
            person: Person {
                nhs_number: person.nhs_number.clone(),
                name: person.name.clone(),
                preferred_name: person.preferred_name.clone(),
                born: person.born.clone(),
                withheld: person.demographics.is_withheld(),
            },
            demographics: person.demographics.clone(),
            begun_by,
            begun_at,
            publications: Vec::new(),
            suggestions: Vec::new(),
        };
        let mut publishing = Publishing::of(file, &history, world);
        for (at, event) in &events {
            match event {
                Event::Visit(visit) => maker.visit(visit, *at, &history.plan, &mut history.documents)?,
                Event::Signing(signing) => {
                    let signer = maker.subject(&signing.by)?;
                    publishing.by_itself(&history.documents, *at)?;
                    publishing.signed(&signing.sections, &signer, &history.documents, *at)?;
                }
                Event::Decision(decision) => {
                    let section = maker.decisions(&history.documents)?.section.clone();
                    let command = decision.command(&history.plan, &section, world.now);
                    maker.decide(&command, &decision.by, *at, &mut history.documents)?;
                }
                Event::Endorsement(endorsement) => {
                    maker.decide(&endorsement.command(&history.plan), &endorsement.by, *at, &mut history.documents)?;
                }
                Event::Withdrawal(withdrawal) => {
                    maker.decide(&withdrawal.command(&history.plan), &withdrawal.by, *at, &mut history.documents)?;
                }
                Event::Suggestion(suggestion) => {
                    let made = maker.suggest(suggestion, *at, &history.plan, &history.documents)?;
                    history.suggestions.push(made);
                }
            }
        }
        publishing.by_itself(&history.documents, world.now)?;
        history.publications = publishing.into_publications();
        Ok(history)
    }
}

struct Maker<'m> {
    file: &'m str,
    person: &'m PersonFile,
    world: &'m World<'m>,
}

impl<'m> Maker<'m> {
    fn wrong(&self, reason: impl ToString) -> DemoError {
        DemoError::File { file: self.file.to_owned(), reason: reason.to_string() }
    }

    /// Everything that happened, oldest first; what the file says first comes first where times are equal.
    fn events(&self) -> Result<Vec<(UtcMillis, Event<'m>)>, DemoError> {
        let now = self.world.now;
        let visits = self.person.visits.iter().map(|visit| (visit.moment(now), Event::Visit(visit)));
        let signings = self.person.signings.iter().map(|signing| (signing.moment(now), Event::Signing(signing)));
        let mut events = Vec::new();
        let commands = self.commands(now);
        for (at, event) in visits.chain(signings).chain(commands) {
            events.push((at.ok_or_else(|| self.wrong("a time that is not one, or not in the past"))?, event));
        }
        events.sort_by_key(|(at, _)| *at);
        Ok(events)
    }

    fn commands(&self, now: UtcMillis) -> Vec<(Option<UtcMillis>, Event<'m>)> {
        let person = self.person;
        let decisions = person.decisions.iter().map(|it| (it.moment(now), Event::Decision(it)));
        let endorsements = person.endorsements.iter().map(|it| (it.moment(now), Event::Endorsement(it)));
        let withdrawals = person.withdrawals.iter().map(|it| (it.moment(now), Event::Withdrawal(it)));
        let suggestions = person.suggestions.iter().map(|it| (it.moment(now), Event::Suggestion(it)));
        decisions.chain(endorsements).chain(withdrawals).chain(suggestions).collect()
    }

    /// The document of the decisions.
    fn decisions<'d>(&self, documents: &'d [SectionDocument]) -> Result<&'d SectionDocument, DemoError> {
        let decided = documents.iter().find(|document| document.section.is_decided());
        decided.ok_or_else(|| self.wrong("there is no section of decisions"))
    }

    fn decide(
        &self,
        command: &Command,
        by: &str,
        at: UtcMillis,
        documents: &mut [SectionDocument],
    ) -> Result<(), DemoError> {
        let wrong = |reason: String| {
            self.wrong(format!("{} `{}` `{}` by `{by}`: {reason}", at.to_rfc3339(), command.kind(), command.id()))
        };
        let subject = self.subject(by)?;
        let document = documents.iter_mut().find(|document| document.section.is_decided());
        let document = document.ok_or_else(|| wrong("there is no section of decisions".to_owned()))?;
        document.decide(command, &subject, at).map_err(|error| wrong(error.to_string()))
    }

    fn suggest(
        &self,
        suggestion: &Suggestion,
        at: UtcMillis,
        plan: &PlanId,
        documents: &[SectionDocument],
    ) -> Result<Suggested, DemoError> {
        let wrong = |reason: String| {
            self.wrong(format!("suggestion for `{}` by `{}`: {reason}", suggestion.section, suggestion.by))
        };
        let document = documents.iter().find(|document| document.section.id == suggestion.section);
        let document = document.ok_or_else(|| wrong("there is no such section".to_owned()))?;
        let by = self.subject(&suggestion.by)?;
        let granted = self.world.decide(plan, &by, Action::Suggest, &document.section);
        let granted = granted.map_err(|denied| wrong(denied.to_string()))?;
        let edit = suggestion.edit.clone();
        suggestion::check_edit(&document.section, &edit).map_err(|error| wrong(error.to_string()))?;
        let new = NewSuggestion {
            id: suggestion.id(plan),
            section: suggestion.section.clone(),
            edit,
            reason: suggestion.reason.clone(),
            seen: document.state.get_heads(),
        };
        Ok(Suggested { granted, new, by, at })
    }

    /// A plan begins with its first visit.
    fn beginning(&self, events: &[(UtcMillis, Event<'_>)]) -> Result<(UtcMillis, Subject), DemoError> {
        match events.first() {
            Some((at, Event::Visit(visit))) => Ok((at.plus_ms(-BEFORE_FIRST_EDIT_MS), self.subject(&visit.by)?)),
            _ => Err(self.wrong("a plan begins with a visit")),
        }
    }

    /// As the service makes them: an empty document for every section of every plan, and for the modules that are used.
    fn documents(&self, plan: &PlanId, by: &Subject, at: UtcMillis) -> Result<Vec<SectionDocument>, DemoError> {
        let used = |section: &Section| self.person.visits.iter().any(|visit| visit.section == section.id);
        let sections = self.world.sections.in_order().into_iter();
        let sections = sections.filter(|section| section.pathway.is_none() || used(section));
        sections
            .map(|section| SectionDocument::begin(plan, section, by, at).map_err(|error| self.wrong(error)))
            .collect()
    }

    fn visit(
        &self,
        visit: &Visit,
        at: UtcMillis,
        plan: &PlanId,
        documents: &mut [SectionDocument],
    ) -> Result<(), DemoError> {
        let place = format!("{} in `{}` by `{}`", at.to_rfc3339(), visit.section, visit.by);
        let wrong = |reason: String| self.wrong(format!("{place}: {reason}"));
        let by = self.subject(&visit.by)?;
        let document = documents.iter_mut().find(|document| document.section.id == visit.section);
        let document = document.ok_or_else(|| wrong("there is no such section".to_owned()))?;
        let may_write = self.world.decide(plan, &by, Action::Write, &document.section);
        may_write.map_err(|denied| wrong(denied.to_string()))?;
        let edits = visit.edits(&document.section, self.world.now);
        let sitting = Sitting { by: &by, begun_at: at, offline: visit.beside, edits: &edits };
        document.sit(&sitting).map_err(|error| wrong(error.to_string()))
    }

    /// Who `by` is: a member of staff, the person, or who acts for them.
    fn subject(&self, by: &str) -> Result<Subject, DemoError> {
        let known = match by {
            "person" => Some(self.through_nhs_login("person", &self.person.name, Role::Person, "Has this plan")),
            "proxy" => self
                .person
                .proxy
                .as_ref()
                .map(|proxy| self.through_nhs_login("proxy", &proxy.name, Role::Proxy, &proxy.relationship)),
            staff => self.world.staff(staff),
        };
        known.ok_or_else(|| self.wrong(format!("there is no `{by}`")))
    }

    /// Few people have an account in this world; all are authors of what they wrote.
    fn through_nhs_login(&self, what: &str, name: &str, role: Role, job_title: &str) -> Subject {
        Subject {
            user: self
                .world
                .own_account(self.file, role)
                .unwrap_or_else(|| format!("{what}-{}", self.file).parse().expect("a file's name is short and plain")),
            name: name.to_owned(),
            role,
            job_title: job_title.to_owned(),
            organisation: "NHSLOGIN".parse().expect("letters make an id"),
            organisation_name: "NHS login".to_owned(),
            registration: None,
            senior: false,
            scope: Scope::default(),
        }
    }
}

/// A plan is there a little before its first edit.
const BEFORE_FIRST_EDIT_MS: i64 = 60_000;
