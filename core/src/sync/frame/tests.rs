#![allow(clippy::unwrap_used, reason = "a test may")]
use super::*;

fn frames() -> Vec<Frame> {
    let document = DocumentId::from_random([9; 16]);
    let about =
        DocumentMessage { sender: "a".into(), target: "b".into(), document, data: Bytes::from_static(b"\x42\0\0\0\0") };
    vec![
        Frame::Join { sender: "a".into(), versions: vec!["1".into()] },
        Frame::Peer { sender: "s".into(), target: "a".into(), storage_id: Some("u".into()) },
        Frame::Error { sender: "s".into(), target: "a".into(), message: "no".into() },
        Frame::Request(about.clone()),
        Frame::Sync(about),
        Frame::Unavailable { sender: "s".into(), target: "a".into(), document },
        Frame::Ephemeral {
            sender: "a".into(),
            target: "b".into(),
            document,
            session: "x".into(),
            count: 7,
            data: Bytes::from_static(b"\xa0"),
        },
    ]
}

#[test]
fn every_message_reads_back_as_it_was_written() {
    for frame in frames() {
        assert_eq!(decode(&Bytes::from(encode(&frame))), Ok(frame));
    }
}

#[test]
fn a_frame_that_is_cut_off_or_longer_than_its_map_is_refused() {
    for frame in frames() {
        let whole = encode(&frame);
        for cut in 0..whole.len() {
            assert!(decode(&Bytes::copy_from_slice(&whole[..cut])).is_err(), "cut at {cut}");
        }
        let mut long = whole.clone();
        long.push(0);
        assert_eq!(decode(&Bytes::from(long)), Err(FrameError::NotCbor));
    }
}

#[test]
fn what_the_javascript_client_writes_is_read() {
    // {type, senderId, peerMetadata: {storageId: undefined, isEphemeral: true}, supportedProtocolVersions: ["1"]}, with
    // the two-byte map lengths of cbor-x.
    let mut join = vec![0xb9, 0, 4];
    join.extend(b"\x64type\x64join\x68senderId\x63abc\x6cpeerMetadata\xb9\x00\x02\x69storageId\xf7\x6bisEphemeral\xf5");
    join.extend(b"\x78\x19supportedProtocolVersions\x81\x611");
    assert_eq!(decode(&Bytes::from(join)), Ok(Frame::Join { sender: "abc".into(), versions: vec!["1".into()] }));
}

#[test]
fn a_count_written_as_a_float_is_read_and_a_fraction_is_not() {
    let document = DocumentId::from_random([9; 16]).to_string();
    let with_count = |count: f64| {
        let mut out = Vec::new();
        let mut cbor = Encoder::new(&mut out);
        cbor.map(6).unwrap().str("type").unwrap().str("ephemeral").unwrap().str("senderId").unwrap().str("a").unwrap();
        cbor.str("documentId").unwrap().str(&document).unwrap().str("sessionId").unwrap().str("s").unwrap();
        cbor.str("count").unwrap().f64(count).unwrap().str("data").unwrap().bytes(b"\xa0").unwrap();
        decode(&Bytes::from(out))
    };
    assert!(matches!(with_count(5e9), Ok(Frame::Ephemeral { count: 5_000_000_000, .. })));
    assert_eq!(with_count(1.5), Err(FrameError::Missing("count")));
    assert_eq!(with_count(f64::NAN), Err(FrameError::Missing("count")));
}
