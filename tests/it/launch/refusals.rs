//! What a host may say wrong: each is refused, with its reason in the log and none of it in the answer.

use super::host::{Host, ISSUER, Says, now_s};
use crate::http::call::Call;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use sha2::Digest;

#[tokio::test]
async fn whatever_a_host_says_wrong_is_refused_with_a_reason_in_the_log_and_none_in_the_answer() {
    let host = Host::start(1).await;
    host.begin_plan(0);
    let now = now_s();
    let says = || host.says(0);
    let cases: Vec<(&str, Says, &str)> = vec![
        ("another issuer", says().with("iss", json!("https://evil.example")), "unknown-host"),
        ("another audience", says().with("aud", json!("https://another.example")), "wrong-audience"),
        ("no audience", says().without("aud"), "malformed"),
        ("expired", says().with("iat", json!(now - 120)).with("exp", json!(now - 60)), "expired"),
        ("holds too long", says().with("exp", json!(now + 3_600)), "expired"),
        ("too old, and holds", says().with("iat", json!(now - 400)).with("exp", json!(now + 10)), "expired"),
        ("from the future", says().with("iat", json!(now + 600)).with("exp", json!(now + 660)), "malformed"),
        ("before all time", says().with("iat", json!(i64::MIN)), "expired"),
        ("no issue time", says().without("iat"), "malformed"),
        ("no end", says().without("exp"), "malformed"),
        ("no id", says().without("jti"), "malformed"),
        ("no person", says().without("nhs_number"), "malformed"),
        ("a number that is none", says().with("nhs_number", json!("1234567890")), "malformed"),
        ("nobody whom we know", says().with("nhs_number", json!("9990018057")), "unknown-person"),
        ("no user", says().without("user"), "malformed"),
        ("a user without a name", says().of_user("name", json!("  ")), "malformed"),
        ("a role that is not mapped", says().role("clerk"), "no-role"),
        ("no role", says().of_user("role", Value::Null), "no-role"),
        ("another's organisation", says().with("organisation", json!("X26")), "unknown-organisation"),
        ("an organisation not here", says().with("iss", json!("https://elsewhere.example")), "unknown-organisation"),
        ("a run that is none", says().job("1 2\r\n3"), "malformed"),
    ];
    for (n, (what, says, reason)) in cases.iter().enumerate() {
        let answer = host.post_token(&host.sign(says));
        assert_eq!((answer.status, answer.problem()), (401, "launch-refused".to_owned()), "{what}");
        assert!(!String::from_utf8_lossy(&answer.body).contains(reason), "{what}");
        assert_eq!(host.reason_after(n).await, *reason, "{what}");
    }
}

#[tokio::test]
async fn a_token_that_the_host_has_not_signed_is_refused() {
    let host = Host::start(1).await;
    host.begin_plan(0);
    let says = host.says(0);
    let stranger = rcgen::KeyPair::generate().unwrap().serialize_pem();
    let stranger = EncodingKey::from_ec_pem(stranger.as_bytes()).unwrap();
    // What everybody may read, taken for a shared secret.
    let public = EncodingKey::from_secret(&host.public_key());
    let whole = host.sign(&says);
    let (signed, signature) = whole.rsplit_once('.').unwrap();
    let (header, _) = signed.split_once('.').unwrap();
    let other = host.sign(&host.says(0).with("nhs_number", json!(host.number(0))).role("nurse"));
    let other_claims = other.split('.').nth(1).unwrap();
    let cases = [
        ("another key", jsonwebtoken::encode(&Header::new(Algorithm::ES256), &says.0, &stranger).unwrap()),
        ("another algorithm", jsonwebtoken::encode(&Header::new(Algorithm::HS256), &says.0, &public).unwrap()),
        ("other claims", format!("{header}.{other_claims}.{signature}")),
        ("no signature", format!("{signed}.")),
    ];
    for (n, (what, token)) in cases.iter().enumerate() {
        assert_eq!(host.post_token(token).problem(), "launch-refused", "{what}");
        assert_eq!(host.reason_after(n).await, "wrong-signature", "{what}");
    }
    assert_eq!(host.post_token("not a token").problem(), "launch-refused");
    assert_eq!(host.reason_after(cases.len()).await, "malformed");
}

#[tokio::test]
async fn a_launch_is_taken_once() {
    let host = Host::start(1).await;
    host.begin_plan(0);
    let says = host.says(0);
    let token = host.sign(&says);
    assert_eq!(host.post_token(&token).status, 201);
    assert_eq!(host.post_token(&token).problem(), "launch-refused");
    assert_eq!(host.reason().await, "replayed");
    // Signed again, with the same id.
    assert_eq!(host.post_token(&host.sign(&says.with("iss", json!(ISSUER)))).problem(), "launch-refused");
    assert_eq!(host.reason_after(1).await, "replayed");
}

/// A launch under way as the browser's cookie has it: nothing of it is kept by the service.
fn attempt_begun_at(ms: u128) -> (String, String) {
    let hash = |text: &[u8]| hex::encode(sha2::Sha256::digest(text));
    let text = format!("{}.{ms}.smart-record.{}", "5".repeat(64), hash(b"what the host called it"));
    let state = hash(&[b"state\0", text.as_bytes()].concat());
    (text, state)
}

#[tokio::test]
async fn a_smart_launch_that_comes_back_after_five_minutes_is_refused_before_the_host_is_asked() {
    let host = Host::start(1).await;
    let now_ms = u128::from(now_s()) * 1_000;
    for (after_s, expected) in [(301, "expired"), (290, "no-answer")] {
        let (text, state) = attempt_begun_at(now_ms - after_s * 1_000);
        let callback = Call::get(&format!("/launch/callback?state={state}&code=of-the-host"));
        let seen = host.reasons().len();
        let answer = host.send(&callback.header("cookie", &format!("coplan_launch_{}={text}", &state[..8])));
        assert_eq!((answer.status, answer.header("location")), (303, "/?trouble=launch-failed"));
        assert_eq!(host.reason_after(seen).await, expected, "after {after_s} s");
    }
}
