//! A published view as it is read back to be set on paper.
//!
//! What is printed is exactly what the view's own bytes hold, so that paper can never say more than the view.

use serde::Deserialize;
use serde_json::Value;

/// A view with its person and its sections.
#[derive(Debug, Deserialize)]
pub(super) struct View {
    pub version: u32,
    pub published_at: String,
    #[serde(default)]
    pub withheld: bool,
    pub person: Person,
    pub sections: Vec<Section>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Person {
    pub nhs_number: String,
    pub name: String,
    pub preferred_name: Option<String>,
    pub born: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Section {
    pub section: String,
    pub title: String,
    pub sign_off: String,
    pub standing: Standing,
    pub fields: Vec<Field>,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub(super) enum Standing {
    Signed { by: String, job_title: String, organisation: String, at: String },
    NotSigned { at: String },
    Shared { at: String },
}

#[derive(Debug, Deserialize)]
pub(super) struct Field {
    pub field: String,
    pub label: String,
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(default)]
    pub urgent: bool,
    #[serde(default)]
    pub disputed: bool,
    pub value: Option<Value>,
    pub display: Option<String>,
    pub fields: Option<Vec<Field>>,
    pub items: Option<Vec<Item>>,
    pub records: Option<Vec<Record>>,
    #[serde(default)]
    pub contenders: Vec<Contender>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Item {
    #[serde(default)]
    pub disputed: bool,
    pub fields: Vec<Field>,
    #[serde(default)]
    pub contenders: Vec<Contender>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Contender {
    pub display: String,
    pub fields: Option<Vec<Field>>,
    pub by: Option<String>,
    pub job_title: Option<String>,
    pub organisation: Option<String>,
    pub at: Option<String>,
    #[serde(default)]
    pub applies: bool,
}

#[derive(Debug, Deserialize)]
pub(super) struct Record {
    pub state: String,
    #[serde(default)]
    pub applies: bool,
    pub fields: Vec<Field>,
    pub recorded: Signature,
    pub endorsed: Option<Signature>,
    #[serde(default)]
    pub needs_endorsement: bool,
    pub note: Option<String>,
}

#[derive(Debug, Deserialize, PartialEq, Eq)]
pub(super) struct Signature {
    pub by: String,
    pub job_title: String,
    pub organisation: String,
    pub registration: Option<String>,
    pub at: String,
}

impl Field {
    /// The one value that people read, where the field has one and all agree.
    pub(super) fn said(&self) -> Option<&str> {
        if self.disputed { None } else { self.display.as_deref() }
    }

    /// Whether it says only that something is not so: nobody needs "Carer: No". But who asks waits for the answer: "Does
    /// it refuse life-sustaining treatment?" without one reads as if nobody knew, or is not read at all.
    pub(super) fn says_nothing(&self) -> bool {
        !self.disputed && !self.asks() && self.kind == "yes-no" && self.value == Some(Value::Bool(false))
    }

    /// What stands between its label and its value: after a question nothing more.
    pub(super) fn after_label(&self) -> &'static str {
        if self.asks() { "" } else { ":" }
    }

    fn asks(&self) -> bool {
        self.label.ends_with('?')
    }

    /// Whether it says that something is so, in its label alone.
    pub(super) fn is_yes(&self) -> bool {
        !self.disputed && self.kind == "yes-no" && self.value == Some(Value::Bool(true))
    }

    /// Whether people disagree about it, or about something in it.
    pub(super) fn is_disputed_somewhere(&self) -> bool {
        let inside = |fields: &[Self]| fields.iter().any(Self::is_disputed_somewhere);
        self.disputed
            || self.fields.as_deref().is_some_and(inside)
            || self.items.iter().flatten().any(|item| item.disputed || inside(&item.fields))
    }

    /// The value as a machine writes it, where that is text.
    pub(super) fn code(&self) -> Option<&str> {
        self.value.as_ref().and_then(Value::as_str)
    }
}
