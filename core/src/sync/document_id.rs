//! The name of one Automerge document, as automerge-repo writes it.

use std::{fmt, str::FromStr};

/// A document's name: a version 4 UUID, written in base58 with a four-byte checksum (automerge-repo `AutomergeUrl.ts`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocumentId([u8; 16]);

/// Text that is not a document's name: not base58, wrong checksum, or not 16 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a document id")]
pub struct BadDocumentId;

impl DocumentId {
    /// The id made of 16 random bytes handed in from outside; the version and variant bits of a UUIDv4 are set here,
    /// because automerge-repo 1.x refuses others.
    #[must_use]
    pub fn from_random(bytes: [u8; 16]) -> Self {
        Self(uuid::Builder::from_random_bytes(bytes).into_uuid().into_bytes())
    }

    /// The 16 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// The URL that clients open: `automerge:<id>`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("automerge:{self}")
    }

    /// The id in an `automerge:` URL.
    ///
    /// # Errors
    /// `BadDocumentId` if the text is not such a URL.
    pub fn from_url(url: &str) -> Result<Self, BadDocumentId> {
        url.strip_prefix("automerge:").ok_or(BadDocumentId)?.parse()
    }
}

impl FromStr for DocumentId {
    type Err = BadDocumentId;
    fn from_str(text: &str) -> Result<Self, BadDocumentId> {
        // 16 bytes and a checksum never need more than 28 base58 digits; the cap keeps decoding linear.
        if text.len() > 28 {
            return Err(BadDocumentId);
        }
        let bytes = bs58::decode(text).with_check(None).into_vec().map_err(|_| BadDocumentId)?;
        bytes.try_into().map(Self).map_err(|_| BadDocumentId)
    }
}

impl fmt::Display for DocumentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&bs58::encode(self.0).with_check().into_string())
    }
}

impl fmt::Debug for DocumentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DocumentId({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_id_reads_back_as_it_was_written() {
        let id = DocumentId::from_random([7; 16]);
        assert_eq!(DocumentId::from_url(&id.url()), Ok(id));
        assert_eq!("".parse::<DocumentId>(), Err(BadDocumentId));
        let mut wrong = id.to_string();
        wrong.replace_range(3..4, if &wrong[3..4] == "2" { "3" } else { "2" });
        assert_eq!(wrong.parse::<DocumentId>(), Err(BadDocumentId));
    }
}
