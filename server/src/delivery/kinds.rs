//! The kinds of target, each with its settings.

use crate::store::Pace;
use coplan_core::id::OrganisationCode;
use serde::Deserialize;
use std::path::PathBuf;
use url::Url;

/// What a target takes.
#[derive(Debug, Clone)]
pub enum Kind {
    /// The resources of the document, and the document.
    FhirServer(FhirServer),
    /// The document as an attachment.
    FhirDocuments(FhirDocuments),
    /// A pointer to the plan.
    RecordLocator(RecordLocator),
    /// A notification that there is a new version.
    Subscription(Subscription),
    /// A file for a MESH client.
    Mesh(Mesh),
}

impl Kind {
    /// Which rows of the outbox it gets.
    #[must_use]
    pub const fn pace(&self) -> Pace {
        match self {
            Self::Mesh(_) => Pace::Each,
            _ => Pace::Newest,
        }
    }
}

/// What becomes of what is at a target when a plan is withdrawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnWithdraw {
    /// It is deleted.
    #[default]
    Delete,
    /// What has a status says that it is void, and holds nothing else; the rest is deleted.
    Mark,
}

/// A FHIR server that takes resources.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FhirServer {
    /// Base URL.
    pub url: Url,
    /// Which form it takes.
    #[serde(default)]
    pub send: Send,
    /// Most entries of one transaction; a document with more goes in several, and the document itself last.
    #[serde(default = "entries_max")]
    pub entries_max: usize,
    /// What a withdrawal does.
    #[serde(default)]
    pub on_withdraw: OnWithdraw,
}

/// Which form a FHIR server takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Send {
    /// The document Bundle.
    Document,
    /// Its entries, in transactions.
    Resources,
    /// Both.
    #[default]
    Both,
}

/// A FHIR server that takes documents only.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FhirDocuments {
    /// Base URL.
    pub url: Url,
    /// ODS code of the organisation that keeps the documents.
    pub ods: OrganisationCode,
    /// What a withdrawal does.
    #[serde(default)]
    pub on_withdraw: OnWithdraw,
}

/// A record locator in the manner of the National Record Locator.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordLocator {
    /// Base URL of its producer API.
    pub url: Url,
    /// ODS code of the organisation whose pointers they are.
    pub ods: OrganisationCode,
    /// Where a plan is read, with `{plan}` for its id.
    pub pointer_url: String,
    /// How it is spoken to.
    #[serde(default)]
    pub style: LocatorStyle,
    /// SNOMED CT code of the type of record.
    #[serde(default = "pointer_type")]
    pub record_type: SnomedCode,
    /// SNOMED CT code of the setting.
    #[serde(default = "practice_setting")]
    pub practice_setting: SnomedCode,
    /// What a withdrawal does; the National Record Locator knows deletion only.
    #[serde(default)]
    pub on_withdraw: OnWithdraw,
}

/// How a record locator is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LocatorStyle {
    /// Pointers are created, and what a new one replaces goes by itself.
    #[default]
    Nrl,
    /// Pointers are put at their ids, and what a new one replaces is marked.
    Fhir,
}

/// A code of SNOMED CT with its display, to the letter.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SnomedCode {
    /// The code.
    pub code: String,
    /// The words.
    pub display: String,
}

/// A subscriber.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subscription {
    /// Where notifications are sent.
    pub url: Url,
    /// What a notification holds.
    #[serde(default)]
    pub payload: Payload,
    /// How it is written.
    #[serde(default)]
    pub style: SubscriptionStyle,
    /// Canonical URL of the topic.
    #[serde(default = "topic")]
    pub topic: String,
    /// Base URL under which a reader finds what is named.
    pub base_url: Url,
}

/// What a notification holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Payload {
    /// That something is new.
    #[default]
    Empty,
    /// And what.
    IdOnly,
    /// And the document.
    Full,
}

/// How a notification is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub enum SubscriptionStyle {
    /// By the Subscriptions R5 Backport guide, for R4.
    #[default]
    #[serde(rename = "r5-backport")]
    Backport,
    /// By FHIR R4 itself: `rest-hook`.
    #[serde(rename = "r4")]
    R4,
}

/// The outbox folder of a MESH client.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mesh {
    /// The folder.
    pub dir: PathBuf,
    /// Our mailbox.
    pub from: String,
    /// Theirs.
    pub to: String,
    /// The workflow of a publication.
    pub workflow_id: String,
    /// The workflow of a withdrawal, if it is another.
    pub withdraw_workflow_id: Option<String>,
}

impl Kind {
    /// Where it is, unless it is a folder.
    #[must_use]
    pub const fn url(&self) -> Option<&Url> {
        match self {
            Self::FhirServer(FhirServer { url, .. })
            | Self::FhirDocuments(FhirDocuments { url, .. })
            | Self::RecordLocator(RecordLocator { url, .. })
            | Self::Subscription(Subscription { url, .. }) => Some(url),
            Self::Mesh(_) => None,
        }
    }

    /// In whose name it is spoken to, if it asks: the National Record Locator does.
    #[must_use]
    pub const fn end_user_organisation(&self) -> Option<&OrganisationCode> {
        match self {
            Self::RecordLocator(RecordLocator { ods, style: LocatorStyle::Nrl, .. }) => Some(ods),
            _ => None,
        }
    }
}

fn pointer_type() -> SnomedCode {
    SnomedCode { code: "2181441000000107".to_owned(), display: "Personalised Care and Support Plan".to_owned() }
}

fn practice_setting() -> SnomedCode {
    SnomedCode { code: "224891009".to_owned(), display: "Healthcare services".to_owned() }
}

fn topic() -> String {
    "https://coplan.example/fhir/SubscriptionTopic/plan-published".to_owned()
}

const fn entries_max() -> usize {
    1_000
}
