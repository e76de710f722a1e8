//! Apps that read for whoever uses them: what they have to say, what is asked of people, and what their tokens reach.

use super::{
    clients::{encoded, later},
    world::{World, numbers},
};
use crate::http::call::{Answer, Call};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::json;
use sha2::{Digest, Sha256};

const BACK: &str = "http://127.0.0.1:9/back?kept=1";
const VERIFIER: &str = "what-the-app-proves-itself-by-and-nobody-else-knows";

/// What an honest app asks, with these put in or put right.
fn asks(world: &World, but: &[(&str, &str)]) -> Answer {
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
    let base = format!("{}/fhir/R4", world.base());
    let usual = [
        ("response_type", "code"),
        ("client_id", "ward-list"),
        ("redirect_uri", BACK),
        ("scope", "user/CarePlan.rs user/Patient.rs launch openid"),
        ("state", "s & t"),
        ("aud", &base),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    let kept = usual.iter().filter(|(name, _)| but.iter().all(|(other, _)| other != name));
    world.send(&Call::get(&format!("/oauth/authorize?{}", form(kept.chain(but)))))
}

fn form<'p>(pairs: impl Iterator<Item = &'p (&'p str, &'p str)>) -> String {
    pairs.map(|(name, value)| format!("{name}={}", encoded(value))).collect::<Vec<_>>().join("&")
}

fn allow(world: &World) -> String {
    goes_on(&asks(world, &[]))
}

/// Where a page goes on to by itself.
fn goes_on(page: &Answer) -> String {
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"), "{page:?}");
    after(page, "0;url=").replace("&amp;", "&")
}

/// What stands in a page between these words and the next quotation mark.
fn after(page: &Answer, words: &str) -> String {
    let html = String::from_utf8(page.body.clone()).unwrap();
    html.split(words).nth(1).unwrap_or_default().split('"').next().unwrap().to_owned()
}

/// What the page says of whom it asks.
fn asked(world: &World, user: &str, path: &str) -> String {
    after(&world.ask(user, Call::get(path)), "name=\"asks\" value=\"")
}

fn decide(world: &World, user: &str, path: &str, decision: &str) -> Answer {
    let call = Call::post_text(path, &format!("decision={decision}&asks={}", asked(world, user, path)));
    world.ask(user, call.header("content-type", "application/x-www-form-urlencoded"))
}

/// The code that the app is sent.
fn code(world: &World, user: &str) -> String {
    let url = goes_on(&decide(world, user, &allow(world), "allow"));
    let back = url.strip_prefix(BACK).unwrap_or_else(|| panic!("{url}"));
    back.strip_prefix("&code=").unwrap().strip_suffix("&state=s+%26+t").unwrap().to_owned()
}

fn exchange(world: &World, code: &str, but: &[(&str, &str)]) -> Answer {
    let usual = [
        ("grant_type", "authorization_code"),
        ("client_id", "ward-list"),
        ("redirect_uri", BACK),
        ("code_verifier", VERIFIER),
        ("code", code),
    ];
    let kept = usual.iter().filter(|(name, _)| but.iter().all(|(other, _)| other != name));
    let call = Call::post_text("/oauth/token", &form(kept.chain(but)));
    // As a page of another site sends it.
    let call = call.header("origin", "http://127.0.0.1:9").header("sec-fetch-site", "cross-site");
    world.send(&call.header("content-type", "application/x-www-form-urlencoded"))
}

fn token(world: &World, user: &str) -> String {
    let given = exchange(world, &code(world, user), &[]);
    assert_eq!(given.status, 200, "{given:?}");
    assert_eq!(given.header("cache-control"), "no-store");
    let body = given.json();
    assert_eq!((&body["token_type"], &body["expires_in"]), (&json!("bearer"), &json!(3_600)));
    assert_eq!(body["scope"], "user/CarePlan.rs");
    body["access_token"].as_str().unwrap().to_owned()
}

fn read(world: &World, token: &str, below: &str) -> u16 {
    world.send(&world.fhir(below).header("authorization", &format!("Bearer {token}"))).status
}

#[tokio::test]
async fn an_app_reads_what_somebody_allowed_it_as_they_read_it_themselves() {
    let world = World::published().await;
    let search = Call::post_text("/fhir/R4/CarePlan/_search", &format!("patient.identifier={}", world.number));
    let search =
        search.header("content-type", "application/x-www-form-urlencoded").header("sec-fetch-site", "cross-site");
    let (care_plan, bundle) = (format!("CarePlan/{}", world.plan), format!("Bundle/{}-1", world.plan));
    let of_doctor = token(&world, "doctor");
    assert_eq!((read(&world, &of_doctor, &care_plan), read(&world, &of_doctor, &bundle)), (200, 403));
    let found = world.send(&search.clone().header("authorization", &format!("Bearer {of_doctor}")));
    assert_eq!((found.status, &found.json()["total"]), (200, &json!(1)), "a page of the app may search by form");
    assert_eq!(world.ask("doctor", search).status, 403, "by the cookie it may not");
    // Whoever may not read it may not through an app either.
    let of_care_worker = token(&world, "care-worker");
    let own = world.get("care-worker", &care_plan).status;
    assert!(own >= 400 && read(&world, &of_care_worker, &care_plan) == own, "{own}");
    assert_eq!(
        world.send(&Call::get("/api/plans").header("authorization", &format!("Bearer {of_doctor}"))).status,
        401
    );
    let allowed = "select action || ' ' || coalesce(resource, '') || ' ' || outcome from audit join author
                   on author.id = audit.author where author.account = ? and action = 'app:allow'";
    assert_eq!(world.service.rows::<String>(allowed, "doctor").await, ["app:allow app:ward-list allowed"]);
    let through = "select coalesce(via, '') || ' ' || outcome from audit join author on author.id = audit.author
                   where author.account = ? and action = 'view:read' order by seq";
    assert_eq!(world.service.rows::<String>(through, "doctor").await, ["app allowed", "app allowed"]);
    for secret in [&of_doctor, VERIFIER] {
        assert!(!world.log().contains(secret), "neither token nor proof stands in the log");
    }
}

#[tokio::test]
async fn a_token_of_an_app_ends_with_the_session_and_with_its_hour() {
    let world = World::published().await;
    let care_plan = format!("CarePlan/{}", world.plan);
    let old = token(&world, "doctor");
    later(&world, "update app_token set expires_at = 1").await;
    assert_eq!(read(&world, &old, &care_plan), 401);
    let new = token(&world, "doctor");
    let idle = token(&world, "nurse");
    assert_eq!((read(&world, &new, &care_plan), read(&world, &idle, &care_plan)), (200, 200));
    // What an app reads keeps nobody signed in.
    later(&world, "update session set seen_at = 1 where account = 'nurse'").await;
    assert_eq!(read(&world, &idle, &care_plan), 401);
    let waiting = code(&world, "doctor");
    assert_eq!(world.ask("doctor", Call::post("/api/sign-out", &json!({}))).status, 204);
    assert_eq!(read(&world, &new, &care_plan), 401);
    let late = exchange(&world, &waiting, &[]);
    assert_eq!((late.status, &late.json()["error"]), (400, &json!("invalid_grant")));
}

#[tokio::test]
async fn whatever_narrows_or_ends_a_right_narrows_and_ends_it_for_an_app() {
    let world = World::published().await;
    let care_plan = format!("CarePlan/{}", world.plan);
    let token = token(&world, "doctor");
    let same = |what: &str| {
        let (own, through) = (world.get("doctor", &care_plan).status, read(&world, &token, &care_plan));
        assert_eq!(own, through, "{what}");
        own
    };
    assert_eq!(same("as it begins"), 200);
    let objection = Call::post(
        &format!("/api/plans/{}/sharing/objections", world.plan),
        &json!({ "grade": "refused", "reason": "Nobody at all" }),
    );
    let objects = world.ask("care-worker", objection);
    assert_eq!(objects.status, 201, "{objects:?}");
    same("an objection");
    let ends = format!("/api/plans/{}/sharing/objections/{}", world.plan, objects.json()["id"].as_str().unwrap());
    assert_eq!(world.ask("care-worker", Call::get(&ends).method("DELETE")).status, 204);
    assert_eq!(same("its end"), 200);
    // As a session that came from another person's record.
    let other = numbers().nth(1).unwrap();
    world.service.sign_in("nurse").await.create_plan(&other).await.unwrap();
    later(
        &world,
        "update session set only_plan = (select id from plan order by rowid desc limit 1) where account = 'doctor'",
    )
    .await;
    assert!(same("a session for one other plan") >= 400);
}

#[tokio::test]
async fn an_app_that_asks_amiss_hears_it_and_one_that_nobody_knows_is_sent_nowhere() {
    let world = World::published().await;
    for but in [
        ("client_id", "nobody"),
        ("client_id", "shared-record"),
        ("redirect_uri", "http://127.0.0.1:9/back"),
        ("redirect_uri", "http://127.0.0.1:9/back?kept=1&more=2"),
        ("redirect_uri", "https://evil.example/"),
    ] {
        let page = asks(&world, &[but]);
        assert_eq!((page.status, page.header("location")), (400, ""), "{but:?}");
    }
    for (but, error) in [
        (("response_type", "token"), "unsupported_response_type"),
        (("code_challenge_method", "plain"), "invalid_request"),
        (("code_challenge", "short"), "invalid_request"),
        (("aud", "https://elsewhere.example/fhir"), "invalid_request"),
        (("scope", "system/*.read"), "invalid_scope"),
        (("scope", "user/Patient.rs"), "invalid_scope"),
        (("scope", &*"user/CarePlan.rs ".repeat(100)), "invalid_scope"),
        (("state", &*"s".repeat(513)), "invalid_request"),
    ] {
        let back = asks(&world, &[but]);
        assert_eq!(back.status, 303, "{but:?}");
        let to = back.header("location");
        assert!(to.starts_with(&format!("{BACK}&error={error}&")), "{but:?}: {to}");
        assert_eq!(to.ends_with("&state=s+%26+t"), but.0 != "state", "{to}");
    }
}

#[tokio::test]
async fn only_staff_are_asked_and_only_on_our_own_page() {
    let world = World::published().await;
    let path = allow(&world);
    let stranger = world.send(&Call::get(&path));
    assert_eq!((stranger.status, stranger.header("location")), (303, &*format!("/?return={path}")));
    let straight_from_elsewhere = world.send(&Call::get(&path).header("sec-fetch-site", "cross-site"));
    assert_eq!(straight_from_elsewhere.status, 200, "it goes on to itself, and the cookie comes along");
    let page = world.ask("doctor", Call::get(&path));
    let html = String::from_utf8(page.body.clone()).unwrap();
    assert!(
        html.contains("Let Ward list read care plans for you?") && html.contains("which plans there are"),
        "{html}"
    );
    let policy = page.header("content-security-policy");
    assert!(policy.contains("form-action 'self';") && policy.contains("frame-ancestors 'none'"), "{policy}");
    let refused = goes_on(&decide(&world, "doctor", &path, "no"));
    assert!(refused.starts_with(&format!("{BACK}&error=access_denied&")), "{refused}");
    let form = |asks: &str| {
        let call = Call::post_text(&path, &format!("decision=allow&asks={asks}"));
        call.header("content-type", "application/x-www-form-urlencoded")
    };
    let of_doctor = asked(&world, "doctor", &path);
    assert_eq!(world.ask("doctor", form(&of_doctor).header("sec-fetch-site", "cross-site")).status, 403);
    // The page stood open while somebody else signed in: it is they who are asked.
    let again = world.ask("nurse", form(&of_doctor));
    assert_eq!((again.status, again.header("location")), (303, &*path));
    let crew = world.ask("crew", Call::get(&path));
    assert!(crew.header("location").contains("error=access_denied"), "{crew:?}");
    let broken = format!("{}x", &path[..path.len() - 9]);
    assert_eq!(world.ask("doctor", Call::get(&broken)).status, 400);
}

#[tokio::test]
async fn a_code_is_for_one_app_one_proof_and_one_time() {
    let world = World::published().await;
    for but in [
        ("client_id", "other-list"),
        ("code_verifier", "somebody-else-who-has-seen-the-code"),
        ("redirect_uri", "http://127.0.0.1:9/"),
        ("code", "nonsense"),
    ] {
        let refused = exchange(&world, &code(&world, "doctor"), &[but]);
        assert_eq!((refused.status, &refused.json()["error"]), (400, &json!("invalid_grant")), "{but:?}");
    }
    let late = code(&world, "doctor");
    later(&world, "update app_code set expires_at = 1").await;
    assert_eq!(exchange(&world, &late, &[]).status, 400);
    // A code that comes again was seen by somebody else: what was given for it ends.
    let code = code(&world, "doctor");
    let token = exchange(&world, &code, &[]).json()["access_token"].as_str().unwrap().to_owned();
    let care_plan = format!("CarePlan/{}", world.plan);
    assert_eq!(read(&world, &token, &care_plan), 200);
    assert_eq!(exchange(&world, &code, &[]).status, 400);
    assert_eq!(read(&world, &token, &care_plan), 401);
}
