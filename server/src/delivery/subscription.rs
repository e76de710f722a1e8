//! Subscribers: a notification that there is a new version, after a handshake.
//!
//! Written by the guide Subscriptions R5 Backport for FHIR R4 (`hl7.fhir.uv.subscriptions-backport`), or as plain FHIR R4
//! `rest-hook`. A notification is the same bytes at each attempt, and its event number tells a subscriber one from the next.

use super::{
    attempt::{Attempt, Document, Done, Stop, below},
    kinds::{Payload, Subscription, SubscriptionStyle},
};
use crate::store::Told;
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

pub(super) async fn deliver(attempt: &Attempt<'_>, subscription: &Subscription) -> Result<Done, Stop> {
    if attempt.claimed.told == Told::Withdraw && attempt.claimed.there.is_empty() {
        return Ok(Done::nothing());
    }
    let document = match (attempt.claimed.told, subscription.payload) {
        (_, Payload::Empty) => None,
        (Told::Publish, _) => Some(attempt.document().await?),
        (Told::Withdraw, _) => None,
    };
    let now = match (&document, attempt.claimed.told) {
        (Some(document), _) => Some(document.id()?.to_owned()),
        (None, Told::Publish) => Some(TOLD.to_owned()),
        (None, Told::Withdraw) => None,
    };
    let all = attempt.expect(now.as_ref()).await?;
    let before = attempt.claimed.there.iter().filter(|id| *id != TOLD);
    let named = now.as_ref().map_or_else(|| before.collect(), |now| vec![now]);
    let named = if subscription.payload == Payload::Empty { Vec::new() } else { named };
    let at = attempt.claimed.at.to_rfc3339();
    let event =
        Event { target: &attempt.target.id, number: attempt.claimed.event, at: &at, told: attempt.claimed.told };
    let bytes = match subscription.style {
        SubscriptionStyle::Backport => {
            greet(attempt, subscription, &event).await?;
            let notification = event.notification(subscription, &named, document.as_ref());
            let bytes = notification.to_string().into_bytes();
            attempt.send(Method::POST, subscription.url.clone(), Some(bytes.clone())).await?;
            bytes
        }
        SubscriptionStyle::R4 => hook(attempt, subscription, document, &named).await?,
    };
    // A subscriber who was told of versions, or given them, has each of them until it is told that they are gone.
    let there = match (now, subscription.style) {
        (Some(_), SubscriptionStyle::Backport) => all,
        (now, _) => now.into_iter().collect::<BTreeSet<_>>(),
    };
    Ok(Done { there, note: String::new(), sha256: Sha256::digest(&bytes).into(), sent: true })
}

/// Nothing is sent to a subscriber that has not answered a handshake.
async fn greet(attempt: &Attempt<'_>, subscription: &Subscription, event: &Event<'_>) -> Result<(), Stop> {
    let target = &attempt.target.id;
    if attempt.store.is_greeted(target).await? {
        return Ok(());
    }
    // Several plans may be due at once; whoever comes second finds it greeted.
    let _greeting = attempt.greeting.lock().await;
    if attempt.store.is_greeted(target).await? {
        return Ok(());
    }
    let handshake = event.handshake(subscription).to_string().into_bytes();
    attempt.send(Method::POST, subscription.url.clone(), Some(handshake)).await?;
    Ok(attempt.store.greeted(target).await?)
}

/// FHIR R4, Subscription, `rest-hook`: nothing but the call, or the resource put below the address.
async fn hook(
    attempt: &Attempt<'_>,
    subscription: &Subscription,
    document: Option<Document>,
    named: &[&String],
) -> Result<Vec<u8>, Stop> {
    if let Some(document) = document {
        let id = document.id()?;
        let url = below(&subscription.url, &format!("Bundle/{id}"));
        attempt.send(Method::PUT, url, Some(document.bytes.clone())).await?;
        for old in attempt.claimed.there.iter().filter(|name| *name != id && *name != TOLD) {
            attempt.delete(below(&subscription.url, &format!("Bundle/{old}"))).await?;
        }
        return Ok(document.bytes);
    }
    for id in named {
        attempt.delete(below(&subscription.url, &format!("Bundle/{id}"))).await?;
    }
    if named.is_empty() {
        attempt.send(Method::POST, subscription.url.clone(), None).await?;
    }
    Ok(Vec::new())
}

/// What is notified.
struct Event<'a> {
    target: &'a str,
    number: i64,
    at: &'a str,
    told: Told,
}

impl Event<'_> {
    fn handshake(&self, subscription: &Subscription) -> Value {
        let status = self.status(subscription, "requested", "handshake", &[]);
        self.bundle(subscription, "handshake", status, &[])
    }

    fn notification(&self, subscription: &Subscription, named: &[&String], document: Option<&Document>) -> Value {
        let url = |id: &String| below(&subscription.base_url, &format!("Bundle/{id}")).to_string();
        let mut parts = vec![
            json!({ "name": "eventNumber", "valueString": self.number.to_string() }),
            json!({ "name": "timestamp", "valueInstant": self.at }),
        ];
        let focus = |id: &&String| json!({ "name": "focus", "valueReference": { "reference": url(id) } });
        // The guide knows one focus of an event; more than one are there only if an answer was lost.
        parts.extend(named.iter().take(1).map(focus));
        let event = json!({ "name": "notificationEvent", "part": parts });
        let status = self.status(subscription, "active", "event-notification", &[event]);
        let entries: Vec<Value> = named.iter().map(|id| self.entry(&url(id), id, subscription, document)).collect();
        self.bundle(subscription, &self.number.to_string(), status, &entries)
    }

    fn entry(&self, url: &str, id: &str, subscription: &Subscription, document: Option<&Document>) -> Value {
        let (method, status) = match self.told {
            Told::Publish => ("PUT", "201"),
            Told::Withdraw => ("DELETE", "204"),
        };
        let mut entry = json!({ "fullUrl": url });
        if let (Payload::Full, Some(document)) = (subscription.payload, document) {
            entry["resource"] = document.bundle.clone();
        }
        entry["request"] = json!({ "method": method, "url": format!("Bundle/{id}") });
        entry["response"] = json!({ "status": status });
        entry
    }

    fn status(&self, subscription: &Subscription, status: &str, kind: &str, events: &[Value]) -> Value {
        let url = below(&subscription.base_url, &format!("Subscription/{}", self.target));
        let since_start = if events.is_empty() { 0 } else { self.number };
        let mut parameters = vec![
            json!({ "name": "subscription", "valueReference": { "reference": url.as_str() } }),
            json!({ "name": "topic", "valueCanonical": subscription.topic }),
            json!({ "name": "status", "valueCode": status }),
            json!({ "name": "type", "valueCode": kind }),
            json!({ "name": "eventsSinceSubscriptionStart", "valueString": since_start.to_string() }),
        ];
        parameters.extend_from_slice(events);
        json!({
            "resourceType": "Parameters",
            "id": self.id(&format!("status {kind}")),
            "meta": { "profile": [format!("{BACKPORT}backport-subscription-status-r4")] },
            "parameter": parameters,
        })
    }

    fn bundle(&self, subscription: &Subscription, what: &str, status: Value, more: &[Value]) -> Value {
        let url = below(&subscription.base_url, &format!("Subscription/{}/$status", self.target));
        let status = json!({
            "fullUrl": format!("urn:uuid:{}", status["id"].as_str().unwrap_or_default()),
            "resource": status,
            "request": { "method": "GET", "url": url.as_str() },
            "response": { "status": "200" },
        });
        let mut entries = vec![status];
        entries.extend_from_slice(more);
        json!({
            "resourceType": "Bundle",
            "id": self.id(what),
            "meta": { "profile": [format!("{BACKPORT}backport-subscription-notification-r4")] },
            "type": "history",
            "timestamp": self.at,
            "entry": entries,
        })
    }

    /// The same for the same event.
    fn id(&self, what: &str) -> String {
        let digest: [u8; 32] = Sha256::digest(format!("{} {} {what}", self.target, self.number)).into();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        uuid::Builder::from_custom_bytes(bytes).into_uuid().hyphenated().to_string()
    }
}

/// Stands for a plan that a subscriber was told of without its name.
const TOLD: &str = "told";

const BACKPORT: &str = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/";

#[cfg(test)]
mod tests {
    use super::*;

    fn notified(payload: &str, told: Told) -> Value {
        let text = format!(
            "url = 'https://sub.example/hook'\nbase_url = 'https://coplan.example/fhir/R4'\npayload = '{payload}'"
        );
        let subscription: Subscription = toml::from_str(&text).unwrap();
        let bundle = json!({ "resourceType": "Bundle", "id": "b1" });
        let document = Document { bytes: Vec::new(), bundle, sha256: [0; 32] };
        let id = "b1".to_owned();
        let named = if subscription.payload == Payload::Empty { vec![] } else { vec![&id] };
        let event = Event { target: "sub", number: 7, at: "2026-11-22T09:00:00Z", told };
        event.notification(&subscription, &named, (told == Told::Publish).then_some(&document))
    }

    #[test]
    fn a_notification_holds_as_much_as_was_asked_for() {
        let empty = notified("empty", Told::Publish);
        assert_eq!(empty["entry"].as_array().unwrap().len(), 1);
        assert!(!empty.to_string().contains("focus"));
        let id_only = notified("id-only", Told::Publish);
        assert_eq!(id_only["entry"][1]["fullUrl"], "https://coplan.example/fhir/R4/Bundle/b1");
        assert_eq!(id_only["entry"][1].get("resource"), None);
        let full = notified("full", Told::Publish);
        assert_eq!(full["entry"][1]["resource"]["id"], "b1");
        assert_eq!(full["entry"][0]["resource"]["parameter"][5]["part"][0]["valueString"], "7");
        let withdrawn = notified("full", Told::Withdraw);
        assert_eq!(withdrawn["entry"][1]["request"]["method"], "DELETE");
        assert_eq!(withdrawn["entry"][1].get("resource"), None);
        assert_eq!(full, notified("full", Told::Publish), "the same bytes at each attempt");
    }
}
