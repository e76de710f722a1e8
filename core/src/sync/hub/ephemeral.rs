//! Ephemeral messages: whoever says something about a document says it under the name of the session.

use crate::policy::Subject;
use bytes::Bytes;
use minicbor::{Decoder, Encoder, data::Type};

/// Most keys of an ephemeral map.
const KEYS_MAX: u64 = 64;
/// The key that the hub alone writes.
const IDENTITY: &str = "identity";

/// The message with the sender's verified identity under `identity`, whatever stood there before.
///
/// `None` if the data is not one CBOR map with text keys.
pub(super) fn stamp(data: &[u8], subject: &Subject) -> Option<Bytes> {
    let entries = entries(data)?;
    let mut out = Vec::with_capacity(data.len() + 256);
    let mut cbor = Encoder::new(&mut out);
    cbor.map(entries.len() as u64 + 1).ok()?;
    for (key, value) in entries {
        cbor.str(key).ok()?;
        cbor.writer_mut().extend_from_slice(value);
    }
    identity(&mut cbor, subject).expect("writing to a vector cannot fail");
    Some(Bytes::from(out))
}

/// What the hub says to a client whose changes it refused.
pub(super) fn refusal(code: &str, reason: &str, hashes: &[automerge::ChangeHash]) -> Bytes {
    let mut out = Vec::new();
    let mut cbor = Encoder::new(&mut out);
    let mut fill = || -> Result<(), minicbor::encode::Error<std::convert::Infallible>> {
        cbor.map(4)?.str("kind")?.str("refused")?.str("code")?.str(code)?.str("reason")?.str(reason)?;
        cbor.str("hashes")?.array(hashes.len() as u64)?;
        for hash in hashes {
            cbor.str(&hash.to_string())?;
        }
        Ok(())
    };
    fill().expect("writing to a vector cannot fail");
    Bytes::from(out)
}

fn entries(data: &[u8]) -> Option<Vec<(&str, &[u8])>> {
    let mut cbor = Decoder::new(data);
    if cbor.datatype().ok()? != Type::Map {
        return None;
    }
    let keys = cbor.map().ok()??;
    if keys > KEYS_MAX {
        return None;
    }
    let mut entries = Vec::new();
    for _ in 0..keys {
        let key = cbor.str().ok()?;
        let start = cbor.position();
        cbor.skip().ok()?;
        let value = data.get(start..cbor.position())?;
        if key != IDENTITY {
            entries.push((key, value));
        }
    }
    (cbor.position() == data.len()).then_some(entries)
}

fn identity(
    cbor: &mut Encoder<&mut Vec<u8>>,
    subject: &Subject,
) -> Result<(), minicbor::encode::Error<std::convert::Infallible>> {
    cbor.str(IDENTITY)?.map(5)?;
    cbor.str("user")?.str(subject.user.as_str())?.str("name")?.str(&subject.name)?;
    cbor.str("job_title")?.str(&subject.job_title)?.str("organisation")?.str(subject.organisation.as_str())?;
    cbor.str("organisation_name")?.str(&subject.organisation_name)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;
    use crate::policy::{Role, Scope};

    fn nurse() -> Subject {
        Subject {
            user: "nurse".parse().unwrap(),
            name: "Ama Owusu".into(),
            role: Role::RegisteredProfessional,
            job_title: "District nurse".into(),
            organisation: "Z9A01".parse().unwrap(),
            organisation_name: "Riverside Community Nursing".into(),
            registration: None,
            senior: false,
            scope: Scope::default(),
        }
    }

    #[test]
    fn a_forged_identity_is_replaced_and_the_rest_is_kept() {
        // {"kind": "presence", "identity": "the consultant"} with the two-byte map length of cbor-x
        let forged = b"\xb9\x00\x02\x64kind\x68presence\x68identity\x6ethe consultant";
        let stamped = stamp(forged, &nurse()).unwrap();
        let mut cbor = Decoder::new(&stamped);
        assert_eq!(cbor.map().unwrap(), Some(2));
        assert_eq!((cbor.str().unwrap(), cbor.str().unwrap()), ("kind", "presence"));
        assert_eq!((cbor.str().unwrap(), cbor.map().unwrap()), ("identity", Some(5)));
        assert_eq!((cbor.str().unwrap(), cbor.str().unwrap()), ("user", "nurse"));
    }

    #[test]
    fn what_is_not_one_map_with_text_keys_is_not_relayed() {
        for data in [&b""[..], b"\x01", b"\xa1\x01\x02", b"\xbf\xff", b"\xa0\x00", b"\xa1\x61a", b"\x81\xa0"] {
            assert_eq!(stamp(data, &nurse()), None, "{data:?}");
        }
    }
}
