//! What the API answers, as far as a peer needs it. Members that are not named here are ignored.

use coplan_core::policy::Role;
use serde::{Deserialize, Serialize};

/// Somebody who can sign in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// To sign in with.
    pub id: String,
    /// The name other people see.
    pub name: String,
    /// `staff`, `person` or `crew`.
    pub kind: String,
    /// The one selected role.
    pub role: Role,
    /// The role in the organisation's words.
    #[serde(default)]
    pub job_title: String,
    /// The organisation's name.
    #[serde(default)]
    pub organisation: String,
    /// Its ODS code.
    #[serde(default)]
    pub organisation_code: String,
}

/// Whose plan it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Ten digits.
    pub nhs_number: String,
    /// Full name.
    #[serde(default)]
    pub name: Option<String>,
    /// What they like to be called.
    #[serde(default)]
    pub preferred_name: Option<String>,
    /// `YYYY-MM-DD`.
    #[serde(default)]
    pub born: Option<String>,
}

/// A plan as it stands in the list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PlanSummary {
    /// Its id.
    pub id: String,
    /// Whose it is.
    pub person: Person,
    /// Number of its last publication.
    #[serde(default)]
    pub version: Option<u64>,
    /// When that was.
    #[serde(default)]
    pub published_at: Option<String>,
    /// When somebody last changed something.
    #[serde(default)]
    pub changed_at: Option<String>,
}

/// A plan with its sections.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Plan {
    /// Its id.
    pub id: String,
    /// Whose it is.
    pub person: Person,
    /// Number of its last publication.
    #[serde(default)]
    pub version: Option<u64>,
    /// What the signed-in user may sync.
    pub sections: Vec<PlanSection>,
    /// What they may read only as it was published.
    #[serde(default)]
    pub published_only: Vec<PublishedOnly>,
}

impl Plan {
    /// The section of that id, if the signed-in user may sync it.
    #[must_use]
    pub fn section(&self, id: &str) -> Option<&PlanSection> {
        self.sections.iter().find(|s| s.section == id)
    }
}

/// A section that the signed-in user may sync.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PlanSection {
    /// Its id: `about-me`.
    pub section: String,
    /// Its title.
    #[serde(default)]
    pub title: String,
    /// To open it with: `automerge:…`.
    pub url: String,
    /// Whether the user may change it.
    pub access: crate::Access,
    /// What it takes to publish it.
    pub sign_off: String,
    /// Whether the user may sign it.
    #[serde(default)]
    pub may_sign: bool,
    /// As it was last published.
    #[serde(default)]
    pub published: Option<PublishedSection>,
}

/// A section that the signed-in user reads only as it was published.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PublishedOnly {
    /// Its id.
    pub section: String,
    /// Its title.
    #[serde(default)]
    pub title: String,
}

/// A section as it was published.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PublishedSection {
    /// Number of the publication.
    #[serde(default)]
    pub version: Option<u64>,
    /// When it was.
    #[serde(default)]
    pub at: Option<String>,
    /// The heads it was frozen at, in hexadecimal.
    #[serde(default)]
    pub heads: Vec<String>,
    /// Who signed it.
    #[serde(default)]
    pub signed: Option<Signature>,
}

/// Who signed a section.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Signature {
    /// Their name.
    pub by: String,
    /// Their role in their organisation's words.
    #[serde(default)]
    pub job_title: String,
    /// Their organisation's name.
    #[serde(default)]
    pub organisation: String,
    /// When.
    pub at: String,
}
