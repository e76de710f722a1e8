//! What is wrong with what was to be imported, and where. No message holds anything of what it says.

/// Why nothing is imported.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {fault}")]
pub struct ImportError {
    /// Where, as FHIR writes it: `Bundle.entry[3].resource.patient`.
    pub place: String,
    /// What.
    pub fault: Fault,
}

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// More bytes than may be sent.
    #[error("more than {bytes_max} bytes")]
    TooLarge {
        /// Most bytes.
        bytes_max: usize,
    },
    /// Brackets within brackets.
    #[error("nested deeper than {depth_max}")]
    TooDeep {
        /// Deepest.
        depth_max: usize,
    },
    /// Not JSON.
    #[error("not JSON")]
    NotJson,
    /// Some other resource, or none.
    #[error("not a Bundle of type {0}")]
    NotABundle(&'static str),
    /// More entries than are taken.
    #[error("more than {max} resources")]
    TooMany {
        /// Most.
        max: usize,
    },
    /// What every such resource has.
    #[error("{0} is missing, or not of its type")]
    Missing(&'static str),
    /// No Patient, or several.
    #[error("there must be one Patient, with an NHS number")]
    NotOnePatient,
    /// The Patient is somebody else, or the resource is about somebody else.
    #[error("this is not about the person of the plan")]
    AnotherPerson,
    /// More items than the section's list takes.
    #[error("with these the list would hold more than {max}")]
    ListFull {
        /// Most, those removed included.
        max: u32,
    },
    /// The section's definition has no place for what an import writes.
    #[error("the section takes nothing from other records")]
    NoPlace,
    /// The definition does not take a value that was made to fit it.
    #[error("the section does not take it")]
    Refused,
}

impl Fault {
    /// A stable name for problem documents.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "import-too-large",
            Self::TooDeep { .. } => "import-too-deep",
            Self::NotJson => "import-not-json",
            Self::NotABundle(_) => "import-not-a-bundle",
            Self::TooMany { .. } => "import-too-many",
            Self::Missing(_) => "import-missing",
            Self::NotOnePatient => "import-not-one-patient",
            Self::AnotherPerson => "import-another-person",
            Self::ListFull { .. } => "import-list-full",
            Self::NoPlace => "import-no-place",
            Self::Refused => "import-refused",
        }
    }

    pub(super) fn at(self, place: impl Into<String>) -> ImportError {
        ImportError { place: place.into(), fault: self }
    }
}
