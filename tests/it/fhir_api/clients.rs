//! Systems that read by themselves: what proves them, and what their tokens reach.

use super::world::World;
use crate::http::call::{Answer, Call};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, SystemTime},
};

/// What an honest system says.
fn says(world: &World, client: &str) -> Value {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let id = NEXT.fetch_add(1, Ordering::Relaxed);
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    let audience = format!("{}/oauth/token", world.base());
    json!({ "iss": client, "sub": client, "aud": audience, "jti": format!("a-{id}"), "exp": now + 120 })
}

fn sign(world: &World, claims: &Value) -> String {
    jsonwebtoken::encode(&Header::new(Algorithm::ES384), claims, &world.key).unwrap()
}

fn ask(world: &World, assertion: &str, scope: &str) -> Answer {
    ask_with(world, &[("client_assertion", assertion), ("scope", scope)])
}

/// The form of the specification, with these fields put in or put right.
fn ask_with(world: &World, fields: &[(&str, &str)]) -> Answer {
    let usual = [
        ("grant_type", "client_credentials"),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
    ];
    let kept = usual.iter().filter(|(name, _)| fields.iter().all(|(other, _)| other != name));
    let pairs: Vec<String> = kept.chain(fields).map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    let call = Call::post_text("/oauth/token", &pairs.join("&"));
    world.send(&call.header("content-type", "application/x-www-form-urlencoded"))
}

pub(super) fn encoded(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

fn token(world: &World, client: &str, scope: &str) -> String {
    let given = ask(world, &sign(world, &says(world, client)), scope);
    assert_eq!(given.status, 200, "{given:?}");
    given.json()["access_token"].as_str().unwrap().to_owned()
}

fn with(world: &World, token: &str, below: &str) -> Answer {
    world.send(&world.fhir(below).header("authorization", &format!("Bearer {token}")))
}

#[tokio::test]
async fn a_system_reads_what_its_scopes_have_and_nothing_else() {
    let world = World::published().await;
    let given = ask(&world, &sign(&world, &says(&world, "locator")), "system/*.read system/Patient.write openid");
    let body = given.json();
    assert_eq!((&body["token_type"], &body["expires_in"]), (&json!("bearer"), &json!(300)));
    assert_eq!(body["scope"], "system/DocumentReference.read system/CarePlan.r");
    assert_eq!(given.header("cache-control"), "no-store");
    let token = body["access_token"].as_str().unwrap();
    let of_person = format!("patient.identifier={}", world.number);
    for (below, status) in [
        (format!("DocumentReference?{of_person}"), 200),
        (format!("DocumentReference/{}", world.plan), 200),
        (format!("CarePlan/{}", world.plan), 200),
        (format!("CarePlan?{of_person}"), 403),
        (format!("Composition?{of_person}"), 403),
        (format!("Bundle/{}-1", world.plan), 403),
        (format!("AuditEvent?{of_person}"), 403),
        ("Questionnaire".to_owned(), 403),
        ("metadata".to_owned(), 200),
    ] {
        let answer = with(&world, token, &below);
        assert_eq!(answer.status, status, "{below}: {answer:?}");
        if status == 403 {
            assert_eq!(answer.header("www-authenticate"), "Bearer error=\"insufficient_scope\"", "{below}");
            assert_eq!(answer.json()["issue"][0]["code"], "forbidden", "{below}");
        }
    }
    let audited = world.events("client.locator").await;
    assert_eq!(audited, ["view:read view:fhir allowed 1"; 3], "the reads that the scopes have, each once");
}

#[tokio::test]
async fn a_token_reaches_the_read_api_alone_and_for_five_minutes() {
    let world = World::published().await;
    let token = token(&world, "shared-record", "system/*.rs");
    let bearer = format!("Bearer {token}");
    let care_plan = format!("CarePlan/{}", world.plan);
    assert_eq!(with(&world, &token, &care_plan).status, 200);
    for target in ["/api/me", "/api/plans", "/sync"] {
        let answer = world.send(&Call::get(target).header("authorization", &bearer));
        assert!(answer.status >= 400, "{target}: {answer:?}");
    }
    // Whoever brings a token is that system, whatever cookie comes along.
    let both = world.ask("doctor", world.fhir(&care_plan).header("authorization", "Bearer nonsense"));
    assert_eq!((both.status, both.header("www-authenticate")), (401, "Bearer error=\"invalid_token\""));
    assert_eq!(with(&world, &format!("{token}0"), &care_plan).status, 401);
    assert!(!world.log().contains(&token), "no token stands in the log");
    later(&world, "update client_token set expires_at = 1").await;
    assert_eq!(with(&world, &token, &care_plan).status, 401);
}

pub(super) async fn later(world: &World, statement: &'static str) {
    use sqlx::{ConnectOptions, sqlite::SqliteConnectOptions};
    let options = SqliteConnectOptions::new().filename(world.service.database());
    let mut connection = options.busy_timeout(Duration::from_secs(5)).connect().await.unwrap();
    sqlx::raw_sql(statement).execute(&mut connection).await.unwrap();
}

#[tokio::test]
async fn whatever_is_wrong_with_an_assertion_is_invalid_client_and_the_log_says_what() {
    let world = World::published().await;
    let good = says(&world, "shared-record");
    let but = |name: &str, value: Value| {
        let mut claims = says(&world, "shared-record");
        claims[name] = value;
        sign(&world, &claims)
    };
    let without = |name: &str| {
        let mut claims = says(&world, "shared-record");
        claims.as_object_mut().unwrap().remove(name);
        sign(&world, &claims)
    };
    let other = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap();
    let other = EncodingKey::from_ec_pem(other.serialize_pem().as_bytes()).unwrap();
    let forged = jsonwebtoken::encode(&Header::new(Algorithm::ES384), &good, &other).unwrap();
    let secret = EncodingKey::from_secret(b"a secret that is long enough for the algorithm, or so one hopes");
    let symmetric = jsonwebtoken::encode(&Header::new(Algorithm::HS384), &good, &secret).unwrap();
    let unsigned = {
        let signed = sign(&world, &good);
        let mut parts = signed.split('.');
        let (_, claims) = (parts.next().unwrap(), parts.next().unwrap());
        // {"alg":"none"}
        format!("eyJhbGciOiJub25lIn0.{claims}.")
    };
    let exp = good["exp"].as_u64().unwrap();
    let used = sign(&world, &good);
    assert_eq!(ask(&world, &used, "system/*.read").status, 200);
    let mut expected = Vec::new();
    for (assertion, reason) in [
        ("nonsense".to_owned(), "malformed"),
        (sign(&world, &says(&world, "nobody")), "unknown-client"),
        (but("sub", json!("locator")), "wrong-issuer"),
        (but("aud", json!("https://elsewhere.example/oauth/token")), "wrong-audience"),
        (but("aud", json!(world.base())), "wrong-audience"),
        (but("exp", json!(exp - 600)), "expired"),
        (but("exp", json!(exp + 600)), "too-long"),
        (without("exp"), "malformed"),
        (without("jti"), "malformed"),
        (without("sub"), "malformed"),
        (but("jti", json!("")), "malformed"),
        (but("nbf", json!(exp)), "malformed"),
        (forged, "wrong-signature"),
        (symmetric, "wrong-signature"),
        (unsigned, "malformed"),
        (used, "replayed"),
    ] {
        let refused = ask(&world, &assertion, "system/*.read");
        let error = refused.json()["error"].clone();
        assert_eq!((refused.status, error), (401, json!("invalid_client")), "{reason}");
        assert!(!String::from_utf8_lossy(&refused.body).contains(reason), "{reason} is not said");
        expected.push(reason);
    }
    assert_eq!(world.reasons(), expected);
}

#[tokio::test]
async fn a_request_that_is_none_is_refused_by_the_name_that_oauth_has_for_it() {
    let world = World::published().await;
    let assertion = || sign(&world, &says(&world, "locator"));
    for (fields, status, error) in [
        (vec![("grant_type", "password".to_owned())], 400, "unsupported_grant_type"),
        (
            vec![("client_assertion_type", "basic".to_owned()), ("client_assertion", assertion())],
            400,
            "invalid_request",
        ),
        (vec![("client_assertion", assertion())], 400, "invalid_scope"),
        (vec![("client_assertion", assertion()), ("scope", "system/Patient.rs".to_owned())], 400, "invalid_scope"),
        (vec![("client_assertion", assertion()), ("scope", "user/*.read".to_owned())], 400, "invalid_scope"),
        (vec![("client_assertion", assertion()), ("client_id", "shared-record".to_owned())], 401, "invalid_client"),
        (vec![], 401, "invalid_client"),
    ] {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let refused = ask_with(&world, &fields);
        assert_eq!((refused.status, &refused.json()["error"]), (status, &json!(error)), "{refused:?}");
    }
    let text = world.send(&Call::post_text("/oauth/token", "{}").header("content-type", "application/json"));
    assert_eq!((text.status, &text.json()["error"]), (400, &json!("invalid_request")));
}

#[tokio::test]
async fn objections_and_agreements_hold_for_systems_as_for_staff() {
    let world = World::published().await;
    let read = |client: &str| {
        let token = token(&world, client, "system/*.rs");
        let found = with(&world, &token, &format!("CarePlan?patient.identifier={}", world.number));
        (found.status, found.json()["entry"].as_array().map_or(0, Vec::len))
    };
    assert_eq!(read("shared-record"), (200, 1));
    assert_eq!(read("stranger"), (200, 0), "an organisation without an agreement");
    let objection = json!({ "grade": "refused", "reason": "Nobody at all" });
    let target = format!("/api/plans/{}/sharing/objections", world.plan);
    let objects = world.ask("care-worker", Call::post(&target, &objection));
    assert_eq!(objects.status, 201, "{objects:?}");
    let (status, entries) = read("shared-record");
    assert!(entries == 0 && matches!(status, 200 | 403), "{status}");
}
