//! What FHIR clients read, over a real listener.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod apps;
mod clients;
mod world;

use crate::http::call::Call;
use serde_json::{Value, json};
use world::{World, numbers};

const NHS_NUMBER: &str = "https://fhir.nhs.uk/Id/nhs-number";

#[tokio::test]
async fn every_type_is_found_by_nhs_number_and_read_by_the_id_that_was_found() {
    let world = World::published().await;
    let number = &world.number;
    for (search, id) in [
        (format!("Bundle?composition.patient.identifier={NHS_NUMBER}%7C{number}"), format!("{}-1", world.plan)),
        (
            format!("Bundle?identifier=https://coplan.example/id/publication%7C{}/1", world.plan),
            format!("{}-1", world.plan),
        ),
        (
            format!("Composition?patient.identifier={number}&type=http://snomed.info/sct%7C734163000"),
            world.plan.clone(),
        ),
        (format!("CarePlan?patient.identifier={NHS_NUMBER}%7C{number}"), world.plan.clone()),
        (format!("CarePlan?patient=Patient/{}", world.plan), world.plan.clone()),
        (format!("DocumentReference?patient.identifier={number}&date=ge2020-01-01"), world.plan.clone()),
        (format!("Patient?identifier={number}"), world.plan.clone()),
        ("Questionnaire?_id=about-me".to_owned(), "about-me".to_owned()),
    ] {
        let found = world.get("doctor", &search);
        assert_eq!(found.status, 200, "{search}: {found:?}");
        let found = found.json();
        let entry = &found["entry"][0];
        let kind = search.split('?').next().unwrap();
        assert_eq!((&found["total"], &entry["search"]["mode"]), (&json!(1), &json!("match")), "{search}");
        assert_eq!(
            (&entry["resource"]["resourceType"], &entry["resource"]["id"]),
            (&json!(kind), &json!(id)),
            "{search}"
        );
        let read = world.get("doctor", &format!("{kind}/{id}"));
        assert_eq!((read.status, read.json()), (200, entry["resource"].clone()), "{search}");
        assert_eq!(entry["fullUrl"], format!("{}/fhir/R4/{kind}/{id}", world.base()), "{search}");
    }
    let document = world.get("doctor", &format!("Bundle/{}-1", world.plan));
    let published = "select cast(bytes as text) from publication_view where plan = ? and view = 'fhir'";
    let published: Vec<String> = world.service.rows(published, &world.plan).await;
    assert_eq!(published, [String::from_utf8(document.body).unwrap()], "byte for byte");
    let care_plan = world.get("doctor", &format!("CarePlan/{}", world.plan)).json();
    assert_eq!(care_plan["subject"]["reference"], format!("Patient/{}", world.plan));
    assert!(!care_plan.to_string().contains(r#""reference":"urn:"#), "{care_plan}");
}

#[tokio::test]
async fn no_link_holds_an_nhs_number_and_a_search_by_form_needs_none_in_an_address() {
    let world = World::published().await;
    world.publish("Her brother").await;
    let form = format!("composition.patient.identifier={}&_count=1", world.number);
    let found = world.search("doctor", "Bundle", &form);
    assert_eq!(found.status, 200, "{found:?}");
    let mut page = found.json();
    let mut ids = Vec::new();
    loop {
        let links = page["link"].as_array().unwrap().clone();
        assert!(links.iter().all(|link| !link.to_string().contains(&world.number)), "{links:?}");
        ids.extend(page["entry"].as_array().unwrap().iter().map(|entry| entry["resource"]["id"].clone()));
        let Some(next) = links.iter().find(|link| link["relation"] == "next") else { break };
        page = world.get("doctor", world.below_base(&next["url"])).json();
    }
    assert_eq!(ids, [json!(format!("{}-2", world.plan)), json!(format!("{}-1", world.plan))]);
    let own = world.below_base(&page["link"][0]["url"]);
    assert_eq!(world.get("doctor", own).json(), page, "the link to itself gives the same");
}

#[tokio::test]
async fn whoever_has_a_version_is_sent_nothing_and_that_is_audited_too() {
    let world = World::published().await;
    let target = format!("CarePlan/{}", world.plan);
    let first = world.get("doctor", &target);
    assert_eq!((first.header("etag"), first.header("cache-control")), ("W/\"1\"", "private, no-cache"));
    assert!(first.header("vary").contains("cookie") && first.header("last-modified").ends_with("GMT"), "{first:?}");
    assert_eq!(first.json()["meta"]["versionId"], "1");
    let before = world.events("doctor").await;
    for (name, value) in [("if-none-match", first.header("etag")), ("if-modified-since", first.header("last-modified"))]
    {
        let again = world.ask("doctor", world.fhir(&target).header(name, value));
        assert_eq!((again.status, again.body.len(), again.header("etag")), (304, 0, "W/\"1\""), "{name}");
    }
    let after = world.events("doctor").await;
    assert_eq!(after[before.len()..], ["view:read view:fhir allowed 1", "view:read view:fhir allowed 1"]);

    world.publish("Her brother").await;
    let again = world.ask("doctor", world.fhir(&target).header("if-none-match", first.header("etag")));
    assert_eq!((again.status, again.header("etag")), (200, "W/\"2\""));
    let earlier = world.get("doctor", &format!("{target}/_history/1"));
    assert_eq!((earlier.status, earlier.header("etag")), (200, "W/\"1\""));
    assert_eq!(world.get("doctor", &format!("{target}/_history/3")).status, 404);
    for encoding in ["br", "gzip"] {
        let small = world.ask("doctor", world.fhir(&target).header("accept-encoding", encoding));
        assert_eq!((small.status, small.header("content-encoding")), (200, encoding));
    }
}

#[tokio::test]
async fn what_may_not_be_known_is_answered_as_what_is_not_there() {
    let world = World::published().await;
    let without = numbers().nth(1).unwrap();
    let page = |answer: crate::http::call::Answer| {
        let mut body = answer.json();
        body.as_object_mut().unwrap().remove("link");
        (answer.status, body)
    };
    for kind in ["CarePlan", "Composition", "DocumentReference", "Provenance", "AuditEvent"] {
        let of = |user: &str, number: &str| page(world.search(user, kind, &format!("patient.identifier={number}")));
        let nothing = of("person", &without);
        assert_eq!((nothing.0, &nothing.1["resourceType"], &nothing.1["entry"]), (200, &json!("Bundle"), &Value::Null));
        assert_eq!(of("person", &world.number), nothing, "{kind}");
        let found = world.search("person", kind, &format!("patient.identifier={}", world.number)).json();
        assert!(!found.to_string().contains(&world.plan), "{kind}: {found}");
    }
    for kind in ["CarePlan", "Composition", "DocumentReference", "Patient"] {
        let nowhere = page(world.get("person", &format!("{kind}/nowhere")));
        assert_eq!((nowhere.0, &nowhere.1["issue"][0]["code"]), (404, &json!("not-found")));
        assert_eq!(page(world.get("person", &format!("{kind}/{}", world.plan))), nowhere, "{kind}");
    }
    assert_eq!(page(world.get("person", &format!("Bundle/{}-1", world.plan))), page(world.get("person", "Bundle/x-1")));
    let refused = world.events("person").await;
    assert!(refused.iter().all(|event| event.contains("refused")) && refused.len() > 10, "{refused:?}");
}

#[tokio::test]
async fn every_no_is_an_operation_outcome() {
    let world = World::published().await;
    let (plan, number) = (&world.plan, &world.number);
    let get = |below: &str| world.fhir(below);
    let form = |below: &str, text: &str| Call::post_text(&format!("/fhir/R4/{below}"), text);
    for (call, status, code) in [
        (get("Observation"), 404, "not-supported"),
        (get("CarePlan/nowhere"), 404, "not-found"),
        (get("CarePlan/%ff"), 404, "not-found"),
        (get("CarePlan/a b".replace(' ', "%20").as_str()), 404, "not-found"),
        (get(&format!("Bundle/{plan}")), 404, "not-found"),
        (get(&format!("Bundle/{plan}-9")), 404, "not-found"),
        (get(&format!("CarePlan/{plan}/_history/x")), 404, "not-found"),
        (get(&format!("Provenance/{plan}/$everything")), 404, "not-supported"),
        (get("CarePlan").method("DELETE"), 405, "not-supported"),
        (get(&format!("CarePlan/{plan}")).method("PUT"), 405, "not-supported"),
        (form("CarePlan", "{}").header("content-type", "application/fhir+json"), 405, "not-supported"),
        (form("CarePlan/_search", "{}").header("content-type", "application/json"), 415, "not-supported"),
        (form("CarePlan/_search", ""), 415, "not-supported"),
        (get(&format!("CarePlan/{plan}")).header("accept", "application/fhir+xml"), 406, "not-supported"),
        (get(&format!("CarePlan/{plan}?_format=xml")), 406, "not-supported"),
        (get("metadata?_format=xml"), 406, "not-supported"),
        (get("CarePlan"), 400, "required"),
        (get("CarePlan?patient.identifier=123"), 400, "invalid"),
        (get(&format!("CarePlan?patient.identifier={number}&status=active")), 400, "not-supported"),
        (get(&format!("CarePlan?patient.identifier={number}&_summary=true")), 400, "not-supported"),
        (get(&format!("CarePlan/{plan}?_elements=status")), 400, "not-supported"),
        (get(&format!("CarePlan?patient.identifier={number}&_id=another")), 400, "invalid"),
        (get(&format!("Composition?patient.identifier={number}&date=soon")), 400, "invalid"),
        (get(&format!("CarePlan?patient.identifier={number}&_count=many")), 400, "invalid"),
    ] {
        let said = call.to_string();
        let answer = world.ask("doctor", call);
        let outcome = answer.json();
        assert_eq!((answer.status, &outcome["resourceType"]), (status, &json!("OperationOutcome")), "{said}");
        assert_eq!(outcome["issue"][0]["code"], code, "{said}");
        assert_eq!(answer.header("content-type"), "application/fhir+json; charset=utf-8", "{said}");
    }
    let stranger = world.fhir(&format!("CarePlan/{plan}")).send(world.service.address());
    assert_eq!((stranger.status, stranger.header("www-authenticate")), (401, "Bearer"));
    assert_eq!(stranger.json()["issue"][0]["code"], "login");
}

#[tokio::test]
async fn a_lenient_client_is_told_what_was_left_out() {
    let world = World::published().await;
    let search = format!("CarePlan?patient.identifier={}&_summary=true&status=active", world.number);
    let found = world.ask("doctor", world.fhir(&search).header("prefer", "handling=lenient")).json();
    let entries = found["entry"].as_array().unwrap();
    assert_eq!((entries.len(), &entries[0]["resource"]["resourceType"]), (2, &json!("CarePlan")));
    let left_out = entries[1]["resource"]["issue"].as_array().unwrap();
    assert_eq!((&entries[1]["search"]["mode"], left_out.len()), (&json!("outcome"), 2));
    assert!(left_out.iter().all(|issue| issue["severity"] == "warning"), "{left_out:?}");
    let strict = world.ask("doctor", world.fhir(&search).header("prefer", "handling=strict"));
    assert_eq!(strict.status, 400);
}

#[tokio::test]
async fn what_the_capability_statement_says_can_be_done() {
    let world = World::published().await;
    let stated = world.fhir("metadata").send(world.service.address());
    assert_eq!(stated.status, 200, "open to everybody");
    let stated = stated.json();
    assert_eq!((&stated["resourceType"], &stated["fhirVersion"]), (&json!("CapabilityStatement"), &json!("4.0.1")));
    for resource in stated["rest"][0]["resource"].as_array().unwrap() {
        let kind = resource["type"].as_str().unwrap();
        for parameter in resource["searchParam"].as_array().unwrap() {
            let (name, about) = (parameter["name"].as_str().unwrap(), &parameter["type"]);
            let value = match (name, about.as_str().unwrap()) {
                ("_id", _) if kind == "AuditEvent" => "1".to_owned(),
                ("_id", _) => format!("{}-1", world.plan),
                (_, "date") => "ge2020-01-01".to_owned(),
                ("type", _) => "734163000".to_owned(),
                ("url", _) => "https://coplan.example/fhir/Questionnaire/about-me".to_owned(),
                _ => world.number.clone(),
            };
            let whose = match (kind, name) {
                ("Questionnaire", _) => String::new(),
                ("Bundle", "timestamp" | "_lastUpdated") => format!("&composition.patient.identifier={}", world.number),
                (_, "date" | "_lastUpdated" | "type") if kind == "Patient" => format!("&identifier={}", world.number),
                (_, "date" | "_lastUpdated" | "type") => format!("&patient.identifier={}", world.number),
                _ => String::new(),
            };
            let answer = world.search("doctor", kind, &format!("{name}={value}{whose}"));
            assert_eq!(answer.status, 200, "{kind} {name}: {answer:?}");
        }
    }
    for place in ["/.well-known/smart-configuration", "/fhir/R4/.well-known/smart-configuration"] {
        let smart = Call::get(place).send(world.service.address()).json();
        assert_eq!(smart["token_endpoint"], format!("{}/oauth/token", world.base()), "{place}");
    }
}

#[tokio::test]
async fn an_event_is_read_by_those_who_may_read_all_of_its_plan() {
    let world = World::published().await;
    let found = world.get("doctor", &format!("AuditEvent?patient.identifier={}", world.number)).json();
    let event = &found["entry"][0]["resource"];
    let id = event["id"].as_str().unwrap();
    assert_eq!(world.get("doctor", &format!("AuditEvent/{id}")).json(), *event);
    assert_eq!(world.get("person", &format!("AuditEvent/{id}")).status, 404);
    assert_eq!(world.get("doctor", "AuditEvent/99999999").status, 404);
}
