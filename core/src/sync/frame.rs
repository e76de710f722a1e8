//! The automerge-repo envelope: one binary WebSocket message is one CBOR map with text keys.
//!
//! Read from the code of `@automerge/automerge-repo-network-websocket` 2.5 (`messages.ts`), which is the only
//! specification. Its encoder writes map lengths in two bytes, JavaScript's `undefined` as CBOR `undefined`, and whole
//! numbers beyond 32 bits as floats; all of that is read here. Unknown keys are skipped, unknown message types ignored.

use crate::sync::DocumentId;
use bytes::Bytes;
use minicbor::{Decoder, Encoder, data::Type};

/// Largest frame read or written, in bytes. The socket is set to the same.
///
/// A section typed in for a week without a signal comes back as one message: 25,000 keystrokes need about 4 MiB.
pub const FRAME_BYTES_MAX: usize = 4 << 20;
/// Longest peer or session id, in bytes.
pub const PEER_ID_BYTES_MAX: usize = 128;
/// Most keys in an envelope; the protocol uses at most seven.
const KEYS_MAX: u64 = 32;
/// The one version of the protocol there is.
pub const PROTOCOL_VERSION: &str = "1";

/// One message of the protocol.
#[derive(Debug, Clone, PartialEq)]
pub enum Frame {
    /// The client's first message.
    Join {
        /// The client's name for itself: a claim, not an identity.
        sender: String,
        /// Versions it speaks; empty if it did not say, which counts as "1".
        versions: Vec<String>,
    },
    /// The server's answer to `join`.
    Peer {
        /// The server's peer id.
        sender: String,
        /// The client's peer id.
        target: String,
        /// The server's storage id, if it says so.
        storage_id: Option<String>,
    },
    /// The server gives up on the client. Version 2.5 of the client only logs it.
    Error {
        /// The server's peer id.
        sender: String,
        /// The client's peer id.
        target: String,
        /// For the log.
        message: String,
    },
    /// A sync message with the question "do you have it?".
    Request(DocumentMessage),
    /// A sync message.
    Sync(DocumentMessage),
    /// "I do not have it", or may not give it.
    Unavailable {
        /// Who says so.
        sender: String,
        /// To whom.
        target: String,
        /// The document.
        document: DocumentId,
    },
    /// Something said about a document that is not kept.
    Ephemeral {
        /// Who said it.
        sender: String,
        /// To whom this copy goes.
        target: String,
        /// The document.
        document: DocumentId,
        /// A session of the sender.
        session: String,
        /// Counts up within the session.
        count: u64,
        /// One CBOR item.
        data: Bytes,
    },
    /// A type that is not needed here: `leave`, `remote-heads-changed`, or one not yet invented.
    Ignored,
}

/// A message about one document.
#[derive(Debug, Clone, PartialEq)]
pub struct DocumentMessage {
    /// Who says it.
    pub sender: String,
    /// To whom.
    pub target: String,
    /// The document.
    pub document: DocumentId,
    /// An automerge sync message.
    pub data: Bytes,
}

/// Bytes that are not a message of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// Larger than `FRAME_BYTES_MAX`.
    #[error("the frame is larger than {FRAME_BYTES_MAX} bytes")]
    TooLarge,
    /// Not CBOR, not a map, or cut off.
    #[error("the frame is not a CBOR map with text keys")]
    NotCbor,
    /// A field that the type needs is missing or of another kind.
    #[error("the frame lacks `{0}`")]
    Missing(&'static str),
    /// An id is too long.
    #[error("an id in the frame is longer than {PEER_ID_BYTES_MAX} bytes")]
    IdTooLong,
    /// The document id does not check.
    #[error("the frame names no valid document")]
    BadDocument,
}

impl From<minicbor::decode::Error> for FrameError {
    fn from(_: minicbor::decode::Error) -> Self {
        Self::NotCbor
    }
}

#[derive(Default)]
struct Parts<'a> {
    kind: Option<&'a str>,
    sender: Option<&'a str>,
    target: Option<&'a str>,
    document: Option<&'a str>,
    session: Option<&'a str>,
    message: Option<&'a str>,
    storage_id: Option<&'a str>,
    versions: Vec<&'a str>,
    count: Option<u64>,
    data: Option<&'a [u8]>,
}

/// Reads one message. Byte strings are slices of `frame`, not copies.
///
/// # Errors
/// `FrameError` for anything that is not a complete message of the protocol.
pub fn decode(frame: &Bytes) -> Result<Frame, FrameError> {
    if frame.len() > FRAME_BYTES_MAX {
        return Err(FrameError::TooLarge);
    }
    let parts = read_parts(frame)?;
    let sender = || owned_id(parts.sender, "senderId");
    let target = || owned_id(parts.target.or(Some("")), "targetId");
    let document = || {
        let text = parts.document.ok_or(FrameError::Missing("documentId"))?;
        text.parse::<DocumentId>().map_err(|_| FrameError::BadDocument)
    };
    let data = || parts.data.map(|d| frame.slice_ref(d)).ok_or(FrameError::Missing("data"));
    let about = || {
        Ok::<_, FrameError>(DocumentMessage {
            sender: sender()?,
            target: target()?,
            document: document()?,
            data: data()?,
        })
    };
    Ok(match parts.kind.ok_or(FrameError::Missing("type"))? {
        "join" => Frame::Join { sender: sender()?, versions: parts.versions.iter().map(|v| (*v).to_owned()).collect() },
        "peer" => Frame::Peer { sender: sender()?, target: target()?, storage_id: parts.storage_id.map(str::to_owned) },
        "error" => {
            Frame::Error { sender: sender()?, target: target()?, message: parts.message.unwrap_or_default().to_owned() }
        }
        "request" => Frame::Request(about()?),
        "sync" => Frame::Sync(about()?),
        "doc-unavailable" => Frame::Unavailable { sender: sender()?, target: target()?, document: document()? },
        "ephemeral" => Frame::Ephemeral {
            sender: sender()?,
            target: target()?,
            document: document()?,
            session: owned_id(parts.session, "sessionId")?,
            count: parts.count.ok_or(FrameError::Missing("count"))?,
            data: data()?,
        },
        _ => Frame::Ignored,
    })
}

fn owned_id(text: Option<&str>, name: &'static str) -> Result<String, FrameError> {
    let text = text.ok_or(FrameError::Missing(name))?;
    if text.len() > PEER_ID_BYTES_MAX {
        return Err(FrameError::IdTooLong);
    }
    Ok(text.to_owned())
}

fn read_parts(frame: &[u8]) -> Result<Parts<'_>, FrameError> {
    let mut cbor = Decoder::new(frame);
    let mut parts = Parts::default();
    let keys = cbor.map()?.ok_or(FrameError::NotCbor)?;
    if keys > KEYS_MAX {
        return Err(FrameError::NotCbor);
    }
    for _ in 0..keys {
        match cbor.str()? {
            "type" => parts.kind = text(&mut cbor)?,
            "senderId" => parts.sender = text(&mut cbor)?,
            "targetId" => parts.target = text(&mut cbor)?,
            "documentId" => parts.document = text(&mut cbor)?,
            "sessionId" => parts.session = text(&mut cbor)?,
            "message" => parts.message = text(&mut cbor)?,
            "count" => parts.count = whole_number(&mut cbor)?,
            "data" => parts.data = byte_string(&mut cbor)?,
            "supportedProtocolVersions" => parts.versions = texts(&mut cbor)?,
            // The code of the client says `peerMetadata`, its README `metadata`.
            "peerMetadata" | "metadata" => parts.storage_id = storage_id(&mut cbor)?,
            _ => cbor.skip()?,
        }
    }
    if cbor.position() != frame.len() {
        return Err(FrameError::NotCbor);
    }
    Ok(parts)
}

fn text<'a>(cbor: &mut Decoder<'a>) -> Result<Option<&'a str>, FrameError> {
    if cbor.datatype()? == Type::String {
        return Ok(Some(cbor.str()?));
    }
    cbor.skip()?;
    Ok(None)
}

fn byte_string<'a>(cbor: &mut Decoder<'a>) -> Result<Option<&'a [u8]>, FrameError> {
    match cbor.datatype()? {
        Type::Bytes => Ok(Some(cbor.bytes()?)),
        // Some encoders mark a Uint8Array with tag 64 (RFC 8746).
        Type::Tag => {
            cbor.tag()?;
            Ok(Some(cbor.bytes()?))
        }
        _ => {
            cbor.skip()?;
            Ok(None)
        }
    }
}

fn whole_number(cbor: &mut Decoder<'_>) -> Result<Option<u64>, FrameError> {
    /// 2^53: beyond it a float is no longer a count.
    const EXACT_MAX: f64 = 9_007_199_254_740_992.0;
    let number = match cbor.datatype()? {
        Type::U8 | Type::U16 | Type::U32 | Type::U64 => return Ok(Some(cbor.u64()?)),
        Type::F16 | Type::F32 | Type::F64 => cbor.f64()?,
        _ => {
            cbor.skip()?;
            return Ok(None);
        }
    };
    let exact = (0.0..=EXACT_MAX).contains(&number) && number.fract() == 0.0;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be whole and in range")]
    Ok(exact.then_some(number as u64))
}

fn texts<'a>(cbor: &mut Decoder<'a>) -> Result<Vec<&'a str>, FrameError> {
    if cbor.datatype()? != Type::Array {
        cbor.skip()?;
        return Ok(Vec::new());
    }
    let count = cbor.array()?.ok_or(FrameError::NotCbor)?;
    if count > KEYS_MAX {
        return Err(FrameError::NotCbor);
    }
    (0..count).filter_map(|_| text(cbor).transpose()).collect()
}

fn storage_id<'a>(cbor: &mut Decoder<'a>) -> Result<Option<&'a str>, FrameError> {
    if cbor.datatype()? != Type::Map {
        cbor.skip()?;
        return Ok(None);
    }
    let keys = cbor.map()?.ok_or(FrameError::NotCbor)?;
    if keys > KEYS_MAX {
        return Err(FrameError::NotCbor);
    }
    let mut found = None;
    for _ in 0..keys {
        match cbor.str()? {
            "storageId" => found = text(cbor)?,
            _ => cbor.skip()?,
        }
    }
    Ok(found)
}

/// Writes one message. `Ignored` writes nothing.
#[must_use]
pub fn encode(frame: &Frame) -> Vec<u8> {
    let mut out = Vec::with_capacity(192);
    write(&mut Encoder::new(&mut out), frame).expect("writing to a vector cannot fail");
    out
}

type Writer<'a> = Encoder<&'a mut Vec<u8>>;
type Written = Result<(), minicbor::encode::Error<std::convert::Infallible>>;

fn write(cbor: &mut Writer<'_>, frame: &Frame) -> Written {
    match frame {
        Frame::Join { sender, versions } => {
            cbor.map(4)?.str("type")?.str("join")?.str("senderId")?.str(sender)?;
            cbor.str("peerMetadata")?.map(1)?.str("isEphemeral")?.bool(true)?;
            cbor.str("supportedProtocolVersions")?.array(versions.len() as u64)?;
            for version in versions {
                cbor.str(version)?;
            }
        }
        Frame::Peer { sender, target, storage_id } => {
            head(cbor, 5, "peer", sender, target)?;
            cbor.str("selectedProtocolVersion")?.str(PROTOCOL_VERSION)?.str("peerMetadata")?;
            match storage_id {
                Some(id) => cbor.map(2)?.str("storageId")?.str(id)?.str("isEphemeral")?.bool(false)?,
                None => cbor.map(1)?.str("isEphemeral")?.bool(true)?,
            };
        }
        Frame::Error { sender, target, message } => {
            head(cbor, 4, "error", sender, target)?;
            cbor.str("message")?.str(message)?;
        }
        Frame::Request(m) => about(cbor, "request", m)?,
        Frame::Sync(m) => about(cbor, "sync", m)?,
        Frame::Unavailable { sender, target, document } => {
            head(cbor, 4, "doc-unavailable", sender, target)?;
            cbor.str("documentId")?.str(&document.to_string())?;
        }
        Frame::Ephemeral { sender, target, document, session, count, data } => {
            head(cbor, 7, "ephemeral", sender, target)?;
            cbor.str("documentId")?.str(&document.to_string())?;
            cbor.str("sessionId")?.str(session)?.str("count")?.u64(*count)?;
            cbor.str("data")?.bytes(data)?;
        }
        Frame::Ignored => {}
    }
    Ok(())
}

fn head(cbor: &mut Writer<'_>, keys: u64, kind: &str, sender: &str, target: &str) -> Written {
    cbor.map(keys)?.str("type")?.str(kind)?.str("senderId")?.str(sender)?.str("targetId")?.str(target)?;
    Ok(())
}

fn about(cbor: &mut Writer<'_>, kind: &str, message: &DocumentMessage) -> Written {
    head(cbor, 5, kind, &message.sender, &message.target)?;
    cbor.str("documentId")?.str(&message.document.to_string())?.str("data")?.bytes(&message.data)?;
    Ok(())
}

/// A `sync` frame around bytes that many peers get alike. `document` is the id's text, kept by the caller.
#[must_use]
pub fn encode_sync(sender: &str, target: &str, document: &str, data: &[u8]) -> Bytes {
    let mut out = Vec::with_capacity(data.len() + sender.len() + target.len() + 112);
    let mut cbor = Encoder::new(&mut out);
    let mut fill = || -> Written {
        head(&mut cbor, 5, "sync", sender, target)?;
        cbor.str("documentId")?.str(document)?.str("data")?.bytes(data)?;
        Ok(())
    };
    fill().expect("writing to a vector cannot fail");
    Bytes::from(out)
}

#[cfg(test)]
mod tests;
