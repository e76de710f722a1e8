//! Takes over into a plan what another record says: checked first, all of it, and then written section by section.
//!
//! INVARIANT: whatever is refused is refused before anything is written. Each section is one change, made from the section
//! as it is at that moment, by `core::import`, which leaves alone whatever anybody else wrote.

pub mod command;
mod fetch;
pub mod source;

pub use fetch::FetchError;

use crate::{
    access::PlanAccess,
    audit::trail,
    problem::Problem,
    publish::{self, PublishFailure},
    store::{GrantedDocument, KeptImport, PutDemographicsError, Store, StoreError},
    sync::{HubHandle, WriteError},
};
use automerge::Automerge;
use coplan_core::{
    content::edit::{self, EditError},
    id::SectionId,
    import::{self, Bundle, Found, ImportError, Left, Plan, Record, Taken, Topic, Touched},
    policy::{Action, Denied, Granted, Resource, Subject},
    section::{Section, Sections},
    time::UtcMillis,
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc};

/// What is to be taken over.
pub struct Wanted {
    /// What the record says.
    pub bundle: Bundle,
    /// Which record.
    pub record: Record,
    /// How much of the record this is.
    pub extent: Extent,
    /// Whether its demographics are taken over: from whoever answers for them, not from whoever writes a section.
    pub demographics: bool,
}

/// How much of a record a Bundle holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Some of it: what is not there may be in the record all the same.
    Some,
    /// All of the topics that it holds anything of.
    WholeTopics,
    /// All of the record.
    Whole,
}

/// What came of an import in one section.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SectionOutcome {
    /// The section.
    pub section: SectionId,
    /// The change, in hex; none if everything was as the record has it.
    pub change: Option<String>,
    /// Items that are new.
    pub added: Vec<Touched>,
    /// What says now what the record says.
    pub refreshed: Vec<Touched>,
    /// Items that are not in the record any more.
    pub removed: Vec<Touched>,
    /// What was left alone, and why.
    pub left: Vec<Left>,
}

/// What came of the demographics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DemographicsOutcome {
    /// They are as the record has them now.
    Taken,
    /// They were.
    Same,
    /// They are restricted here, and the record does not say so.
    Restricted,
    /// They do not fit.
    Unusable,
    /// Nobody asked for them.
    NotAsked,
}

impl DemographicsOutcome {
    /// Its name in answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Same => "same",
            Self::Restricted => "restricted",
            Self::Unusable => "unusable",
            Self::NotAsked => "not-asked",
        }
    }
}

/// Why nothing was imported; of `Write`, why the section that failed was not.
#[derive(Debug, thiserror::Error)]
pub enum ImportFailure {
    /// What was sent.
    #[error(transparent)]
    Wrong(#[from] ImportError),
    /// It holds nothing that is taken over.
    #[error("there is nothing in it that is taken over")]
    Nothing,
    /// There is no such plan, or it has no such section.
    #[error("the plan has no section `{0}`")]
    NoSection(String),
    /// The subject may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The section's document cannot be read.
    #[error(transparent)]
    Document(#[from] PublishFailure),
    /// The change was not made.
    #[error(transparent)]
    Write(#[from] WriteError<NotMade>),
    /// The demographics were not kept.
    #[error(transparent)]
    Demographics(#[from] PutDemographicsError),
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why there is no change to make.
#[derive(Debug, thiserror::Error)]
pub enum NotMade {
    /// The section is as the record has it.
    #[error("everything is as the record has it")]
    Nothing(Box<Plan>),
    /// The section does not take it.
    #[error(transparent)]
    Wrong(#[from] ImportError),
    /// The document does not take the edits.
    #[error(transparent)]
    Edit(#[from] EditError),
}

impl From<ImportError> for Problem {
    fn from(error: ImportError) -> Self {
        let detail = error.to_string();
        Self::unprocessable(error.fault.code(), "Cannot be imported", detail).with("place", error.place)
    }
}

impl From<NotMade> for Problem {
    fn from(why: NotMade) -> Self {
        match why {
            NotMade::Wrong(error) => error.into(),
            NotMade::Edit(error) => error.into(),
            why @ NotMade::Nothing(_) => Self::unprocessable("no-change", "Nothing to change", why.to_string()),
        }
    }
}

impl From<ImportFailure> for Problem {
    fn from(failure: ImportFailure) -> Self {
        let detail = failure.to_string();
        match failure {
            ImportFailure::Wrong(error) => error.into(),
            ImportFailure::Nothing => Self::unprocessable("import-nothing", "Nothing to import", detail),
            ImportFailure::NoSection(_) => Self::unprocessable("unknown-section", "Unknown section", detail),
            ImportFailure::Denied(denied) => denied.into(),
            ImportFailure::Document(failure) => failure.into(),
            ImportFailure::Write(error) => error.into(),
            ImportFailure::Demographics(error) => error.into(),
            ImportFailure::Store(error) => error.into(),
        }
    }
}

/// Who imports into which plan.
pub struct Importer<'i> {
    /// The store.
    pub store: &'i Store,
    /// The way to the documents.
    pub hub: &'i HubHandle,
    /// Who.
    pub subject: &'i Subject,
    /// What they may do with the plan.
    pub access: &'i PlanAccess<'i>,
    /// That they see the plan.
    pub seeing: &'i Granted,
    /// The definitions.
    pub sections: &'i Sections,
    /// When.
    pub now: UtcMillis,
}

/// A section with what was found for it.
struct Target {
    section: Arc<Section>,
    document: GrantedDocument,
    granted: Granted,
    found: Vec<Found>,
}

impl Importer<'_> {
    /// Imports, and keeps what came of it under this id.
    ///
    /// # Errors
    /// `ImportFailure`. Nothing was written, but for `Write`, `Demographics` and `Store`: then what was written stands, and
    /// the same import again does the rest.
    pub async fn import(
        &self,
        id: String,
        source: String,
        wanted: &Wanted,
    ) -> Result<(KeptImport, DemographicsOutcome), ImportFailure> {
        let plan = self.store.plan(self.seeing).await?;
        let (person, _) = plan.ok_or_else(|| ImportFailure::NoSection(String::new()))?;
        wanted.bundle.check_person(&person.nhs_number, &person.born)?;
        let targets = self.targets(wanted).await?;
        if targets.is_empty() && !wanted.demographics {
            return Err(ImportFailure::Nothing);
        }
        for target in &targets {
            let document = publish::load(self.store, &target.document).await?;
            self.plan(&document, target, wanted)?;
        }
        trail::because(&import::mark(&id));
        let mut sections = Vec::with_capacity(targets.len());
        for target in &targets {
            sections.push(self.write(&id, target, wanted).await?);
        }
        let demographics = self.demographics(wanted).await?;
        let (by, record) = (self.subject.clone(), wanted.record.kind);
        let kept = KeptImport { id, source, record, by, made_at: self.now, sections };
        self.store.keep_import(self.seeing, &kept).await?;
        metrics::counter!("coplan_imports_total").increment(1);
        Ok((kept, demographics))
    }

    /// What was found, by section, with the right to write each.
    async fn targets(&self, wanted: &Wanted) -> Result<Vec<Target>, ImportFailure> {
        let mut by_section: BTreeMap<&str, Vec<Found>> = BTreeMap::new();
        for topic in Topic::ALL {
            if let Some(found) = found(wanted, topic)? {
                by_section.entry(topic.section()).or_default().push(found);
            }
        }
        let documents = self.store.plan_sections(self.seeing).await?;
        let mut targets = Vec::with_capacity(by_section.len());
        for (id, found) in by_section {
            let document = documents.iter().find(|document| document.section.as_str() == id);
            let section = document.and_then(|document| self.sections.section(&document.section));
            let (Some(document), Some(section)) = (document, section) else {
                return Err(ImportFailure::NoSection(id.to_owned()));
            };
            let granted = self.access.decide(Action::Write, Resource::Section(section))?;
            targets.push(Target { section: Arc::clone(section), document: document.document, granted, found });
        }
        Ok(targets)
    }

    fn plan(&self, document: &Automerge, target: &Target, wanted: &Wanted) -> Result<Plan, ImportError> {
        let day = day(self.now);
        // The hub's own tasks go on elsewhere while this thread looks through the document.
        tokio::task::block_in_place(|| import::plan(document, &target.section, &target.found, &wanted.record, &day))
    }

    async fn write(&self, id: &str, target: &Target, wanted: &Wanted) -> Result<SectionOutcome, ImportFailure> {
        let (mark, time_s) = (import::mark(id), self.now.0.div_euclid(1_000));
        let make = |document: &mut Automerge| {
            let plan = self.plan(document, target, wanted)?;
            if plan.edits.is_empty() {
                return Err(NotMade::Nothing(Box::new(plan)));
            }
            edit::apply_all_saying(document, &target.section, &plan.edits, time_s, &mark)?;
            Ok(plan)
        };
        let (plan, change) = match self.hub.write(*target.document, self.subject, &target.granted, make).await {
            Ok(written) => (written.made, Some(written.change.to_string())),
            Err(WriteError::NotMade(NotMade::Nothing(plan))) => (*plan, None),
            Err(error) => return Err(error.into()),
        };
        let Plan { added, refreshed, removed, left, edits: _ } = plan;
        Ok(SectionOutcome { section: target.section.id.clone(), change, added, refreshed, removed, left })
    }

    async fn demographics(&self, wanted: &Wanted) -> Result<DemographicsOutcome, ImportFailure> {
        if !wanted.demographics {
            return Ok(DemographicsOutcome::NotAsked);
        }
        let known = self.store.demographics(self.seeing).await?;
        Ok(match import::demographics(&wanted.bundle, &known) {
            Taken::New(new) => {
                let (person, _) = self.store.plan(self.seeing).await?.ok_or(ImportFailure::Nothing)?;
                self.store.put_demographics(&person.nhs_number, &new).await?;
                DemographicsOutcome::Taken
            }
            Taken::Same => DemographicsOutcome::Same,
            Taken::Restricted => DemographicsOutcome::Restricted,
            Taken::Unusable => DemographicsOutcome::Unusable,
        })
    }
}

fn found(wanted: &Wanted, topic: Topic) -> Result<Option<Found>, ImportError> {
    let find = |whole| import::found(&wanted.bundle, topic, &wanted.record, whole);
    match wanted.extent {
        Extent::Some => find(false),
        Extent::Whole => find(true),
        Extent::WholeTopics => {
            if find(false)?.is_some() {
                find(true)
            } else {
                Ok(None)
            }
        }
    }
}

/// An id for an import or an attachment.
#[must_use]
pub fn new_id() -> String {
    uuid::Builder::from_random_bytes(crate::random::bytes()).into_uuid().to_string()
}

/// The day on which something is imported, `YYYY-MM-DD` (UTC).
fn day(now: UtcMillis) -> String {
    now.to_rfc3339().chars().take("YYYY-MM-DD".len()).collect()
}
