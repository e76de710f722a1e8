//! The moments between which somebody compares.

use super::Reading;
use crate::store::{Published, Store, StoreError};
use automerge::ChangeHash;
use coplan_core::{policy::Granted, time::UtcMillis};

/// A moment, once it is known which one is meant.
#[derive(Debug, Clone)]
pub(crate) enum Moment {
    /// The plan as it stood then: whatever had arrived.
    At(UtcMillis),
    /// The plan as a publication holds it.
    Version(Box<Published>),
}

/// A moment that is not one.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MomentError {
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Neither a time nor one of the words.
    #[error("`{0}` is no moment: a time as RFC 3339 writes it, `version:N`, `last-look` or `now`")]
    Unreadable(String),
    /// A publication that was never made.
    #[error("the plan has no version {0}")]
    UnknownVersion(u32),
}

impl Moment {
    /// The moment that the text names. Whoever never looked last looked before the plan began.
    ///
    /// # Errors
    /// `MomentError` if there is no such moment.
    pub(crate) async fn named(
        text: &str,
        store: &Store,
        granted: &Granted,
        now: UtcMillis,
    ) -> Result<Self, MomentError> {
        let unreadable = || MomentError::Unreadable(text.chars().take(MOMENT_CHARS_MAX).collect());
        if let Some(version) = text.strip_prefix("version:") {
            let version: u32 = version.parse().map_err(|_| unreadable())?;
            let found = store.publication(granted, Some(version)).await?;
            return found.map(|found| Self::Version(Box::new(found))).ok_or(MomentError::UnknownVersion(version));
        }
        match text {
            "now" => Ok(Self::At(now)),
            "last-look" => Ok(Self::At(store.last_look(granted).await?.unwrap_or(UtcMillis(0)))),
            // A `+` in a query is a space to most who read one.
            time => UtcMillis::from_rfc3339(&time.replace(' ', "+")).map(Self::At).ok_or_else(unreadable),
        }
    }

    /// When it was.
    pub(crate) fn at(&self) -> UtcMillis {
        match self {
            Self::At(at) => *at,
            Self::Version(published) => published.published_at,
        }
    }

    /// The heads of a section at this moment; none where there was nothing of it yet.
    pub(crate) fn heads(&self, reading: &Reading) -> Vec<ChangeHash> {
        match self {
            Self::At(at) => heads_at(reading, *at),
            Self::Version(published) => {
                let of = published.sections.iter().find(|section| section.section == reading.part.section.id);
                of.map_or_else(Vec::new, |section| section.heads.clone())
            }
        }
    }
}

/// The heads of what had arrived of a section by a moment.
pub(crate) fn heads_at(reading: &Reading, at: UtcMillis) -> Vec<ChangeHash> {
    let arrived = reading.log.iter().take_while(|change| change.received_at <= at).count();
    reading.heads_after(&[arrived as u64]).pop().unwrap_or_default()
}

/// How much of a text that is no moment is said back.
const MOMENT_CHARS_MAX: usize = 40;
