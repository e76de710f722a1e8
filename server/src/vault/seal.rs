//! Sealing and opening: XChaCha20-Poly1305, whose nonce is long enough to be random each time.
//!
//! What a sealed value belongs to is bound into its seal as associated data, so that a row moved to another plan or another
//! kind does not open.

use super::VaultKind;
use crate::random;
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use coplan_core::{id::PlanId, section::allowed_in_text};
use serde::Deserialize;
use std::fmt;
use zeroize::Zeroizing;

/// Bytes of a key.
pub(super) const KEY_BYTES: usize = 32;
/// Bytes of a nonce.
const NONCE_BYTES: usize = 24;
/// Characters of a value.
pub(super) const SECRET_CHARS_MAX: usize = 500;

/// Seals the keys of plans. Cleared from memory when it is dropped.
#[derive(Clone)]
pub struct MasterKey(Zeroizing<[u8; KEY_BYTES]>);

/// Seals the values of one plan. Cleared from memory when it is dropped.
pub struct PlanKey(Zeroizing<[u8; KEY_BYTES]>);

/// A value, or a key, that only its key opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// Random, another each time.
    pub nonce: [u8; NONCE_BYTES],
    /// What was sealed, and the tag that shows that nobody changed it.
    pub bytes: Vec<u8>,
}

/// A value in the clear. Cleared from memory when it is dropped, never printed.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub struct Secret(Zeroizing<String>);

/// Why a value does not go into the vault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// Blank.
    #[error("the value is empty")]
    Empty,
    /// Longer than a value may be.
    #[error("the value is longer than {SECRET_CHARS_MAX} characters")]
    TooLong,
    /// A control character.
    #[error("the value holds a character that does not belong in it")]
    Character,
}

/// The seal is not this key's, or not for this plan and kind, or somebody changed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the vault's value cannot be read with its key")]
pub struct Unreadable;

impl MasterKey {
    pub(super) fn from_bytes(bytes: Zeroizing<[u8; KEY_BYTES]>) -> Self {
        Self(bytes)
    }

    /// A key that nobody can guess.
    #[must_use]
    pub fn random() -> Self {
        Self(Zeroizing::new(random::bytes()))
    }

    pub(super) fn to_hex(&self) -> Zeroizing<String> {
        Zeroizing::new(hex::encode(self.0.as_slice()))
    }

    /// Seals the key of a plan.
    #[must_use]
    pub fn seal(&self, plan: &PlanId, key: &PlanKey) -> Sealed {
        seal(&self.0, &key_of(plan), &*key.0)
    }

    /// Opens the key of a plan.
    ///
    /// # Errors
    /// `Unreadable` if it was sealed by another key or for another plan.
    pub fn open(&self, plan: &PlanId, sealed: &Sealed) -> Result<PlanKey, Unreadable> {
        let bytes = open(&self.0, &key_of(plan), sealed)?;
        let key = <[u8; KEY_BYTES]>::try_from(bytes.as_slice()).map_err(|_| Unreadable)?;
        Ok(PlanKey(Zeroizing::new(key)))
    }
}

impl PlanKey {
    /// A key that nobody can guess.
    #[must_use]
    pub fn random() -> Self {
        Self(Zeroizing::new(random::bytes()))
    }

    /// Seals a value.
    #[must_use]
    pub fn seal(&self, plan: &PlanId, kind: VaultKind, secret: &Secret) -> Sealed {
        seal(&self.0, &value_of(plan, kind), secret.expose().as_bytes())
    }

    /// Opens a value.
    ///
    /// # Errors
    /// `Unreadable` if it was sealed by another key, or for another plan or kind.
    pub fn open(&self, plan: &PlanId, kind: VaultKind, sealed: &Sealed) -> Result<Secret, Unreadable> {
        let bytes = open(&self.0, &value_of(plan, kind), sealed)?;
        let text = std::str::from_utf8(&bytes).map_err(|_| Unreadable)?;
        Ok(Secret(Zeroizing::new(text.to_owned())))
    }
}

impl Sealed {
    /// As a row keeps it.
    pub(crate) fn from_columns(nonce: &[u8], bytes: Vec<u8>) -> Option<Self> {
        Some(Self { nonce: nonce.try_into().ok()?, bytes })
    }
}

impl Secret {
    /// Whether it may go into the vault.
    ///
    /// # Errors
    /// `SecretError` with what is wrong with it.
    pub fn check(&self) -> Result<(), SecretError> {
        if self.0.trim().is_empty() {
            return Err(SecretError::Empty);
        }
        // Never counts further than the limit, however long the text is.
        if self.0.chars().nth(SECRET_CHARS_MAX).is_some() {
            return Err(SecretError::TooLong);
        }
        if self.0.chars().all(allowed_in_text) { Ok(()) } else { Err(SecretError::Character) }
    }

    /// The value. Whoever asks writes it to the one who may see it, and nowhere else.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

fn key_of(plan: &PlanId) -> String {
    format!("coplan vault key\0{plan}")
}

fn value_of(plan: &PlanId, kind: VaultKind) -> String {
    format!("coplan vault value\0{plan}\0{}", kind.as_str())
}

fn seal(key: &[u8; KEY_BYTES], belongs_to: &str, clear: &[u8]) -> Sealed {
    let nonce = random::bytes();
    let payload = Payload { msg: clear, aad: belongs_to.as_bytes() };
    let bytes = cipher(key).encrypt(&XNonce::from(nonce), payload);
    Sealed { nonce, bytes: bytes.expect("a few hundred bytes are not too many for the cipher") }
}

fn open(key: &[u8; KEY_BYTES], belongs_to: &str, sealed: &Sealed) -> Result<Zeroizing<Vec<u8>>, Unreadable> {
    let payload = Payload { msg: sealed.bytes.as_slice(), aad: belongs_to.as_bytes() };
    cipher(key).decrypt(&XNonce::from(sealed.nonce), payload).map(Zeroizing::new).map_err(|_| Unreadable)
}

fn cipher(key: &[u8; KEY_BYTES]) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new_from_slice(key).expect("the key has the cipher's length")
}

macro_rules! hides_its_content {
    ($($name:ident),*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    )*};
}
hides_its_content!(MasterKey, PlanKey, Secret);
