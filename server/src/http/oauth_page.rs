//! The pages on which somebody allows an app to read for them.

use super::{
    oauth_authorize::Asked,
    plain_page::{escaped, page, policy},
};
use crate::session::SignedIn;
use axum::{
    http::{HeaderName, StatusCode, header},
    response::{IntoResponse, Response},
};

/// Goes on by itself to another page, of ours or of the app; with a link, for whoever has that turned off.
pub(super) fn go_on(url: &str) -> Response {
    let url = escaped(url);
    let main = format!(
        "<meta http-equiv=\"refresh\" content=\"0;url={url}\"><h1>One moment</h1><p><a href=\"{url}\">Go on</a></p>"
    );
    answer(StatusCode::OK, "One moment", &main)
}

/// Nobody knows where to send the browser back to.
pub(super) fn not_known(why: &str) -> Response {
    let main = format!(
        "<h1>This app cannot read care plans</h1><p>{}</p><p>Go back to where you came from. If it happens again, tell your \
         IT service desk.</p>",
        escaped(why)
    );
    answer(StatusCode::BAD_REQUEST, "This app cannot read care plans", &main)
}

/// Asks whoever is signed in; `asks` comes back with the answer.
pub(super) fn consent(asked: &Asked<'_>, who: &SignedIn, asks: &str) -> Response {
    let app = escaped(&asked.app.title);
    let title = format!("Let {} read care plans for you?", asked.app.title);
    let subject = &who.subject;
    let (name, job, organisation) =
        (escaped(&subject.name), escaped(&subject.job_title), escaped(&subject.organisation_name));
    let main = format!(
        "<h1>Let {app} read care plans for you?</h1>\
         <p>You are signed in as <strong>{name}</strong>, {job}, {organisation}.</p>\
         <p>Of the care plans that you may read yourself, {app} could read:</p><ul>{}</ul>\
         <p>It could change nothing. It ends when you sign out here, and after an hour at the latest. Whatever it reads is recorded under your name.</p>\
         <form method=\"post\"><input type=\"hidden\" name=\"asks\" value=\"{asks}\"><p><button name=\"decision\" value=\"allow\">Allow</button>\
         <button class=\"other\" name=\"decision\" value=\"no\">Do not allow</button></p></form>\
         <p class=\"small\">If you did not just begin this in {app}, choose “Do not allow”.</p>",
        what(asked)
    );
    answer(StatusCode::OK, &title, &main)
}

/// What the scopes reach, in words: a list's entries.
fn what(asked: &Asked<'_>) -> String {
    let mut words: Vec<&str> = Vec::new();
    for scope in &asked.scopes {
        let word = match scope.kind() {
            None => return "<li>everything</li>".to_owned(),
            Some("Bundle" | "Composition") => "the plans as documents",
            Some("CarePlan") => "which plans there are",
            Some("DocumentReference") => "where the plans are",
            Some("Patient") => "whose plans they are",
            Some("Provenance") => "who signed the plans",
            Some("AuditEvent") => "who opened the plans",
            Some(_) => "what plans ask",
        };
        if !words.contains(&word) {
            words.push(word);
        }
    }
    words.iter().map(|word| format!("<li>{word}</li>")).collect()
}

fn answer(status: StatusCode, title: &str, main: &str) -> Response {
    let html = page(title, main);
    let policy = policy(html.as_bytes());
    let kind = (header::CONTENT_TYPE, "text/html; charset=utf-8");
    (status, NOT_KEPT, [kind], [(header::CONTENT_SECURITY_POLICY, policy)], html).into_response()
}

const NOT_KEPT: [(HeaderName, &str); 2] =
    [(header::CACHE_CONTROL, "no-store"), (HeaderName::from_static("x-robots-tag"), "noindex")];
