//! Names of things. Each is its own type, so that a plan's id can never be passed for a person's.

use serde::{Deserialize, Serialize};

/// Longest id accepted from outside, in bytes.
pub const ID_BYTES_MAX: usize = 64;

/// An id that is not one: empty, too long, or with a character other than `a-z`, `A-Z`, `0-9`, `-`, `_`, `.`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an id: 1 to {ID_BYTES_MAX} letters, digits, `-`, `_` or `.`")]
pub struct BadId;

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = BadId;
            fn try_from(text: String) -> Result<Self, BadId> {
                let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
                if text.is_empty() || text.len() > ID_BYTES_MAX || !text.bytes().all(allowed) {
                    return Err(BadId);
                }
                Ok(Self(text))
            }
        }

        impl std::str::FromStr for $name {
            type Err = BadId;
            fn from_str(text: &str) -> Result<Self, BadId> {
                Self::try_from(text.to_owned())
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id!(
    /// One person's care plan.
    PlanId
);
text_id!(
    /// Somebody who signs in: a professional, the person, a crew member.
    UserId
);
text_id!(
    /// An organisation, by its ODS code.
    OrganisationCode
);
text_id!(
    /// A section of a plan, as its definition file names it: `about-me`.
    SectionId
);
text_id!(
    /// A field of a section, a list item or a group, as its definition names it: `first_line_analgesia`.
    FieldId
);
