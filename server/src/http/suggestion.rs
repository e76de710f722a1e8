//! A suggestion as the API shows it, and who may see one.

use super::author::AuthorBody;
use crate::{
    access::PlanAccess,
    problem::Problem,
    publish,
    session::SignedIn,
    state::AppState,
    store::{PlanSection, Suggestion},
};
use coplan_core::{
    content::{
        self, Content,
        edit::{Edit, EditError},
    },
    id::SectionId,
    policy::{Action, Granted, Resource},
    section::{Section, Sections, ValueError},
    suggestion::{self, SuggestionError},
};
use serde::Serialize;
use std::{collections::BTreeMap, sync::Arc};

/// A suggestion.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct SuggestionBody {
    id: String,
    section: String,
    /// The section's title.
    title: String,
    /// `field`, `list.item` or `list.item.subfield`.
    path: String,
    /// What people call that.
    label: String,
    /// What was proposed, as an edit.
    #[schema(value_type = Object)]
    edit: Edit,
    /// What stands there now, in words; null if nothing does, or if one may not read the section.
    current: Option<String>,
    /// What was proposed, in words.
    proposed: String,
    reason: String,
    by: AuthorBody,
    made_at: String,
    /// `open`, `accepted`, `edited`, `declined` or `withdrawn`.
    state: &'static str,
    decided_by: Option<AuthorBody>,
    decided_at: Option<String>,
    decision_reason: Option<String>,
    /// What was made of it, where that is not what was proposed.
    #[schema(value_type = Option<Object>)]
    decided_edit: Option<Edit>,
    /// The same in words.
    decided: Option<String>,
    /// Hash of the change that applied it, in hex; null if the section held it already.
    change: Option<String>,
    /// Whether one may accept, edit or decline it.
    may_decide: bool,
    /// Whether one may withdraw it.
    may_withdraw: bool,
}

/// Reads suggestions for one person, and the sections that they are about once each.
pub(super) struct Reader<'r> {
    state: &'r AppState,
    who: &'r SignedIn,
    /// What they may do with the plan.
    pub(super) access: PlanAccess<'r>,
    sections: Arc<Sections>,
    documents: Vec<PlanSection>,
    contents: BTreeMap<SectionId, Content>,
}

impl<'r> Reader<'r> {
    /// For the plan that was granted.
    pub(super) async fn of(state: &'r AppState, who: &'r SignedIn, granted: &'r Granted) -> Result<Self, Problem> {
        let documents = state.store.plan_sections(granted).await?;
        let (sections, contents) = (state.sections(), BTreeMap::new());
        let access = super::access(state, who, granted.plan()).await?;
        Ok(Self { state, who, access, sections, documents, contents })
    }

    /// The section of that id, and its document, if the plan has it.
    pub(super) fn section(&self, id: &SectionId) -> Option<(Arc<Section>, &PlanSection)> {
        let document = self.documents.iter().find(|document| document.section == *id)?;
        Some((Arc::clone(self.sections.section(id)?), document))
    }

    /// Whether one may do this in the section.
    pub(super) fn may(&self, action: Action, section: &Section) -> bool {
        self.access.allows(action, Resource::Section(section))
    }

    /// Whether one may see a suggestion for this section: one's own; any, if one reads the section; and if one suggests
    /// there without reading it, those about what one sees published.
    pub(super) fn may_see(&self, section: &Section, suggestion: &Suggestion) -> bool {
        let audience = super::plan_person::audience(self.who.subject.role);
        let published = || suggestion::is_published_to(section, &suggestion.proposed.edit, audience);
        let suggests = || self.may(Action::Suggest, section) && published();
        self.is_own(suggestion) || self.may(Action::Read, section) || suggests()
    }

    fn is_own(&self, suggestion: &Suggestion) -> bool {
        suggestion.by.user == self.who.subject.user
    }

    /// The suggestion, if one may see it.
    pub(super) async fn body(&mut self, suggestion: Suggestion) -> Result<Option<SuggestionBody>, Problem> {
        let Some((section, _)) = self.section(&suggestion.proposed.section) else { return Ok(None) };
        if !self.may_see(&section, &suggestion) {
            return Ok(None);
        }
        let open = suggestion.decision.is_none();
        let (may_decide, may_withdraw) = (open && self.may(Action::Write, &section), open && self.is_own(&suggestion));
        let reads = self.may(Action::Read, &section);
        let content = if reads { Some(self.content(&section).await?) } else { None };
        let mut body = shown(&section, suggestion, content);
        (body.may_decide, body.may_withdraw) = (may_decide, may_withdraw);
        Ok(Some(body))
    }

    async fn content(&mut self, section: &Section) -> Result<&Content, Problem> {
        if !self.contents.contains_key(&section.id) {
            let document = self.documents.iter().find(|document| document.section == section.id);
            let document = document.ok_or_else(Problem::not_found)?;
            let document = publish::load(&self.state.store, &document.document).await?;
            self.contents.insert(section.id.clone(), content::read(&document, None, section));
        }
        self.contents.get(&section.id).ok_or_else(Problem::not_found)
    }
}

fn shown(section: &Section, suggestion: Suggestion, content: Option<&Content>) -> SuggestionBody {
    let Suggestion { proposed: new, by, made_at, decision } = suggestion;
    let words = |edit: &Edit| suggestion::proposal(section, edit, content).ok();
    let (path, label, proposed) = match words(&new.edit) {
        Some(proposal) => (proposal.path, proposal.label, proposal.proposed),
        // The definition has changed since.
        None => (String::new(), section.title.clone(), NOT_POSSIBLE.to_owned()),
    };
    let decided_edit = decision.as_ref().and_then(|decision| decision.edit.clone());
    SuggestionBody {
        section: section.id.to_string(),
        title: section.title.clone(),
        path,
        label,
        current: content.and_then(|content| suggestion::held(section, &new.edit, content)),
        proposed,
        id: new.id,
        edit: new.edit,
        reason: new.reason,
        by: AuthorBody::from(&by),
        made_at: made_at.to_rfc3339(),
        state: decision.as_ref().map_or("open", |decision| decision.outcome.as_str()),
        decided_by: decision.as_ref().map(|decision| AuthorBody::from(&decision.by)),
        decided_at: decision.as_ref().map(|decision| decision.at.to_rfc3339()),
        decided: decided_edit.as_ref().and_then(words).map(|proposal| proposal.proposed),
        decided_edit,
        change: decision.as_ref().and_then(|decision| decision.change).map(|change| change.to_string()),
        decision_reason: decision.and_then(|decision| decision.reason),
        may_decide: false,
        may_withdraw: false,
    }
}

impl From<SuggestionError> for Problem {
    fn from(error: SuggestionError) -> Self {
        let detail = error.to_string();
        match error {
            SuggestionError::Edit(error) => error.into(),
            SuggestionError::Kind => Self::unprocessable("edit-kind", "Not to be suggested", detail),
            SuggestionError::TooLarge => Self::unprocessable("edit-too-large", "Too large", detail),
            SuggestionError::Reason(error) => reason_problem(error),
        }
    }
}

impl From<EditError> for Problem {
    fn from(error: EditError) -> Self {
        let detail = error.to_string();
        let (code, field) = match error {
            EditError::UnknownField(field) => ("unknown-field", Some(field)),
            EditError::Kind { field, .. } => ("edit-kind", Some(field)),
            EditError::Value { field, error } => (error.code(), Some(field)),
            EditError::NoItem(_) => ("unknown-item", None),
            EditError::ItemExists(_) => ("item-exists", None),
            EditError::ItemId(_) => ("item-id", None),
            EditError::ListFull => ("list-full", None),
            EditError::Order => ("item-order", None),
            EditError::NoChange => ("no-change", None),
            _ => ("edit-refused", None),
        };
        let problem = Self::unprocessable(code, "Cannot be written", detail);
        match field {
            Some(field) => problem.with("field", field),
            None => problem,
        }
    }
}

/// What is wrong with a reason that somebody gave, or did not give.
pub(super) fn reason_problem(error: ValueError) -> Problem {
    let code = if error == ValueError::Empty { "reason-required" } else { error.code() };
    Problem::unprocessable(code, "A reason is needed", format!("`reason`: {error}")).with("field", "reason")
}

const NOT_POSSIBLE: &str = "(the section does not hold this any more)";
