//! What every answer carries, whatever was asked by whomever: the headers that `router` promises, on every route of the
//! description and every file of the web apps.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

use crate::{
    http::call::{Answer, Call},
    plan_desk::PlanDesk,
};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

#[tokio::test]
async fn every_route_answers_with_the_security_headers_signed_in_or_not() {
    let desk = PlanDesk::open().await;
    let described = Call::get("/openapi.json").send(desk.service.address()).json();
    let mut asked = 0;
    for (path, methods) in described["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys().filter(|method| METHODS.contains(&method.as_str())) {
            let target = filled(path, &desk.plan);
            let call = Call::get(&target).method(&method.to_uppercase());
            // Whoever may follow a plan gets an answer without an end, and whoever signs out asks nothing more.
            let mut calls = vec![call.clone()];
            if !["sign-out", "/events"].iter().any(|end| path.ends_with(end)) {
                calls.push(call.header("cookie", &desk.cookie("doctor")));
            }
            for call in calls {
                let answer = call.send(desk.service.address());
                assert_protected(&target, &answer);
                asked += 1;
            }
        }
    }
    assert!(asked > 100, "{asked} requests");
    for target in
        ["/", "/no-such-page", "/professional", "/professional/plans/x", "/crew/", "/person/", "/%00", "/sync"]
    {
        assert_protected(target, &Call::get(target).send(desk.service.address()));
    }
    assert_protected("/api/me", &Call::get("/api/me").method("PATCH").send(desk.service.address()));
    let plan = &desk.plan;
    for below in ["metadata", ".well-known/smart-configuration", "Questionnaire", "none", "CarePlan/x/_history/1"] {
        let target = format!("/fhir/R4/{below}");
        assert_protected(&target, &Call::get(&target).send(desk.service.address()));
    }
    for below in [format!("CarePlan/{plan}"), format!("Bundle?identifier={plan}")] {
        let call = Call::get(&format!("/fhir/R4/{below}")).header("cookie", &desk.cookie("doctor"));
        assert_protected("/fhir/R4/", &call.send(desk.service.address()));
    }
}

#[tokio::test]
async fn every_file_of_the_web_apps_is_protected_and_no_page_has_script_or_style_in_it() {
    let desk = PlanDesk::open().await;
    let mut pages = 0;
    for (path, file) in built() {
        let answer = Call::get(&path).send(desk.service.address());
        assert_eq!(answer.status, 200, "{path}");
        assert_protected(&path, &answer);
        assert!(!answer.header("cache-control").is_empty() && !answer.header("content-type").is_empty(), "{path}");
        if path.ends_with(".html") {
            pages += 1;
            assert_no_inline(&path, &fs::read_to_string(file).unwrap());
        }
    }
    assert!(pages >= 4, "{pages} pages: the web apps are built before the server");
}

/// What the policy would not run anyway is not there to be tried.
fn assert_no_inline(path: &str, html: &str) {
    let html = html.to_lowercase();
    for tag in html.split('<').skip(1) {
        let tag = tag.split('>').next().unwrap();
        assert!(!tag.starts_with("style"), "{path}: <{tag}>");
        assert!(!tag.starts_with("script") || tag.contains(" src="), "{path}: <{tag}>");
        let attributes = tag.split_whitespace().skip(1);
        for attribute in attributes {
            let name = attribute.split('=').next().unwrap();
            assert!(name != "style" && !(name.starts_with("on") && attribute.contains('=')), "{path}: <{tag}>");
            assert!(!attribute.contains("javascript:"), "{path}: <{tag}>");
        }
    }
}

fn assert_protected(target: &str, answer: &Answer) {
    let personal = ["/api/", "/dev/", "/fhir/"].iter().any(|start| target.starts_with(start));
    let mut expected = BTreeMap::from([
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-resource-policy", "same-origin"),
    ]);
    if personal {
        expected.insert("content-security-policy", "default-src 'none'; frame-ancestors 'none'");
    } else {
        expected.insert("x-frame-options", "DENY");
        expected.insert("cross-origin-opener-policy", "same-origin");
        let policy = answer.header("content-security-policy");
        let has = |part: &str| policy.split("; ").any(|has| has == part);
        // The app's pages load what is of this server; a page that stands alone loads nothing.
        let loads = has("default-src 'self'") && has("object-src 'none'");
        assert!(loads || has("default-src 'none'"), "{target}: {policy}");
        assert!(has("base-uri 'none'") && has("frame-ancestors 'none'"), "{target}: {policy}");
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{target}: {policy}");
        assert!(!answer.header("permissions-policy").is_empty(), "{target}");
    }
    for (name, value) in expected {
        assert_eq!(answer.header(name), value, "{target}: {name} of {}", answer.status);
    }
    if personal {
        let caching = answer.header("cache-control");
        assert!(caching == "no-store" || caching == "private, no-cache", "{target}: {caching:?}");
    }
    assert_eq!(answer.header("x-request-id").len(), 16, "{target}");
    assert_eq!(answer.headers.get("server"), None, "{target}");
}

/// A path of the description with something in the place of each parameter.
fn filled(path: &str, plan: &str) -> String {
    let mut filled = String::new();
    for part in path.split('{') {
        match part.split_once('}') {
            Some((name, rest)) => filled += &format!("{}{rest}", if name == "plan" { plan } else { "none" }),
            None => filled += part,
        }
    }
    filled
}

/// Every file that the web build has left for the server to embed, by its address.
fn built() -> Vec<(String, PathBuf)> {
    let web = Path::new(env!("CARGO_MANIFEST_DIR")).join("../clients/web");
    let mut files = Vec::new();
    for (app, at) in [("landing", ""), ("professional", "/professional"), ("crew", "/crew"), ("person", "/person")] {
        let dist = web.join(app).join("dist");
        let mut folders = vec![dist.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).unwrap().map(Result::unwrap) {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_none_or(|extension| extension != "br") {
                    let below = path.strip_prefix(&dist).unwrap().to_string_lossy().into_owned();
                    files.push((format!("{at}/{below}"), path));
                }
            }
        }
    }
    files
}

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];
