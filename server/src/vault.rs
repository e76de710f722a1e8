//! The vault: key-safe, door and alarm codes, addresses that are withheld. None of it stands in a document or a view.
//!
//! Each value is sealed under a random key of its plan, which is itself sealed under the master key. The master key is kept
//! apart from the database: whoever has a copy of the one and not of the other reads nothing. Destroying a plan's key makes
//! its values unreadable for good, wherever copies of their rows are.
//!
//! INVARIANT: a value is handed out one at a time, with a row that says who looked and why, written in the transaction that
//! read it. INVARIANT: no value and no key is ever in a log, an error or debug output.
//!
//! To add a kind: a variant of `VaultKind`, its name and its label. Who may do what stands in the policies.

mod key;
mod seal;
#[cfg(test)]
mod tests;

pub use key::{VaultKeyError, master_key, master_key_of_environment};
pub use seal::{MasterKey, PlanKey, Sealed, Secret, SecretError, Unreadable};

use serde::{Deserialize, Serialize};

/// What a value is. A plan has one of each at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum VaultKind {
    /// Opens the key safe by the door.
    KeySafeCode,
    /// Opens a door of the house.
    DoorCode,
    /// Turns the alarm off.
    AlarmCode,
    /// Where somebody lives of whom that must not be known.
    WithheldAddress,
    /// Anything else that must not be read by the way.
    Other,
}

impl VaultKind {
    /// Every kind, in the order in which they are shown.
    pub const ALL: [Self; 5] = [Self::KeySafeCode, Self::DoorCode, Self::AlarmCode, Self::WithheldAddress, Self::Other];

    /// Its name in addresses and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::KeySafeCode => "key-safe-code",
            Self::DoorCode => "door-code",
            Self::AlarmCode => "alarm-code",
            Self::WithheldAddress => "withheld-address",
            Self::Other => "other",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// What people call it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::KeySafeCode => "Key-safe code",
            Self::DoorCode => "Door code",
            Self::AlarmCode => "Alarm code",
            Self::WithheldAddress => "Address, withheld",
            Self::Other => "Other",
        }
    }
}
