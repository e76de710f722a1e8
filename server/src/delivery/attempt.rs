//! One attempt at one delivery: what every kind of target needs, and what its end means.

use super::{
    client::{Answer, Client, Failure, Request},
    fhir_documents, fhir_server,
    kinds::Kind,
    mesh, record_locator, subscription,
    targets::Target,
};
use crate::{
    clock::Clock,
    random,
    store::{Claimed, SettledDelivery, Store, StoreError, StoredView, Told},
};
use coplan_core::{nhs_number::NhsNumber, policy::Granted, view::ViewKind};
use reqwest::Method;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use url::Url;

/// One attempt.
pub(super) struct Attempt<'a> {
    pub(super) store: &'a Store,
    pub(super) target: &'a Target,
    pub(super) client: &'a Client,
    pub(super) granted: &'a Granted,
    pub(super) claimed: &'a Claimed,
    /// Held by whoever greets the target, so that it is greeted once.
    pub(super) greeting: &'a tokio::sync::Mutex<()>,
}

/// What is at the target now.
pub(super) struct Done {
    /// Names of what is there.
    pub(super) there: BTreeSet<String>,
    /// For the next time.
    pub(super) note: String,
    /// Hash of what was delivered.
    pub(super) sha256: [u8; 32],
    /// Whether anything was sent.
    pub(super) sent: bool,
}

impl Done {
    /// Nothing was there, and nothing is to be.
    pub(super) fn nothing() -> Self {
        Self { there: BTreeSet::new(), note: String::new(), sha256: Sha256::digest([]).into(), sent: false }
    }
}

/// Why an attempt came to nothing.
#[derive(Debug)]
pub(super) enum Stop {
    /// The target, or the message.
    Failure(Failure),
    /// It can never be made.
    Impossible(&'static str),
    /// Our own store.
    Store(StoreError),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// A publication as a FHIR document.
pub(super) struct Document {
    /// As it is stored.
    pub(super) bytes: Vec<u8>,
    /// The same, read.
    pub(super) bundle: Value,
    /// SHA-256 of the bytes.
    pub(super) sha256: [u8; 32],
}

impl Document {
    /// The id of the Bundle, which is another for each version.
    pub(super) fn id(&self) -> Result<&str, Stop> {
        self.bundle.get("id").and_then(Value::as_str).ok_or(Stop::Impossible(NOT_A_DOCUMENT))
    }
}

impl Attempt<'_> {
    /// Makes what is there what should be there.
    pub(super) async fn make(&self) -> Result<Done, Stop> {
        match &self.target.kind {
            Kind::FhirServer(kind) => fhir_server::deliver(self, kind).await,
            Kind::FhirDocuments(kind) => fhir_documents::deliver(self, kind).await,
            Kind::RecordLocator(kind) => record_locator::deliver(self, kind).await,
            Kind::Subscription(kind) => subscription::deliver(self, kind).await,
            Kind::Mesh(kind) => mesh::deliver(self, kind).await,
        }
    }

    /// The document of the publication that is told.
    pub(super) async fn document(&self) -> Result<Document, Stop> {
        let view = self.view(ViewKind::Fhir).await?.ok_or(Stop::Impossible("the publication has no FHIR document"))?;
        let bundle = serde_json::from_slice(&view.bytes).map_err(|_| Stop::Impossible(NOT_A_DOCUMENT))?;
        Ok(Document { bundle, sha256: view.sha256, bytes: view.bytes })
    }

    /// A view of the publication that is told, if it has it.
    pub(super) async fn view(&self, kind: ViewKind) -> Result<Option<StoredView>, Stop> {
        Ok(self.store.view(self.granted, kind, Some(self.claimed.version)).await?)
    }

    /// Whose plan it is.
    pub(super) async fn nhs_number(&self) -> Result<NhsNumber, Stop> {
        let (person, _) = self.store.plan(self.granted).await?.ok_or(Stop::Impossible("there is no such plan"))?;
        Ok(person.nhs_number)
    }

    /// Writes down what may be there beside what may be there already, before it is sent; gives both.
    pub(super) async fn expect<'n>(
        &self,
        names: impl IntoIterator<Item = &'n String>,
    ) -> Result<BTreeSet<String>, Stop> {
        let before: BTreeSet<String> = self.claimed.there.iter().cloned().collect();
        let all: BTreeSet<String> = before.iter().cloned().chain(names.into_iter().cloned()).collect();
        if all.len() > NAMES_MAX {
            return Err(Stop::Impossible("more things at the target than are kept account of"));
        }
        if all != before {
            let all: Vec<String> = all.iter().cloned().collect();
            self.store.expect_there(&self.target.id, self.granted.plan(), &all).await?;
        }
        Ok(all)
    }

    /// Sends FHIR in JSON, unless the plan was withdrawn since the attempt began.
    pub(super) async fn send(&self, method: Method, url: Url, body: Option<Vec<u8>>) -> Result<Answer, Failure> {
        self.check_stands().await?;
        let key = self.key(&method, &url, body.as_deref().unwrap_or_default());
        let organisation = self.target.kind.end_user_organisation().map(|code| code.as_str().to_owned());
        self.client.send(Request { method, url, key, body, organisation }).await
    }

    /// Nothing more is sent of a plan that may no longer be shared; its withdrawal is next.
    pub(super) async fn check_stands(&self) -> Result<(), Failure> {
        if self.claimed.told == Told::Withdraw {
            return Ok(());
        }
        match self.store.is_withdrawn_after(self.granted.plan(), self.claimed.seq).await {
            Ok(false) => Ok(()),
            Ok(true) => Err(Failure::Failed("it may no longer be shared".to_owned())),
            Err(_) => Err(Failure::Failed("our own store did not answer".to_owned())),
        }
    }

    /// Deletes; what is not there is deleted. Gives whether it was there.
    pub(super) async fn delete(&self, url: Url) -> Result<bool, Failure> {
        match self.send(Method::DELETE, url, None).await {
            Err(Failure::Refused(reason)) if is_gone(&reason) => Ok(false),
            answer => answer.map(|_| true),
        }
    }

    /// The same for the same thing, however often it is sent.
    fn key(&self, method: &Method, url: &Url, body: &[u8]) -> String {
        let mut hasher = Sha256::new();
        for part in [&self.target.id, method.as_str(), url.as_str(), &self.claimed.seq.to_string()] {
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part);
        }
        hasher.update(body);
        hex::encode(&hasher.finalize()[..16])
    }
}

/// `404` and `410`, with a code or without.
fn is_gone(reason: &str) -> bool {
    ["status 404", "status 410"].iter().any(|gone| reason.starts_with(gone))
}

/// Below a base URL, which may or may not end with a stroke.
pub(super) fn below(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    let root = base.path().trim_end_matches('/');
    let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
    url.set_path(&if path.is_empty() { root.to_owned() } else { format!("{root}/{path}") });
    url.set_query(query);
    url
}

/// What becomes of the delivery after this.
pub(super) fn settled(target: &Target, claimed: &Claimed, made: Result<Done, Stop>) -> (SettledDelivery, &'static str) {
    let later = |reason: String, failure| {
        let chance = u64::from_be_bytes(random::bytes());
        let wait_ms = target.backoff.wait_ms(claimed.attempts + 1, chance);
        SettledDelivery::Later { at: Clock.now().plus_ms(wait_ms), reason, failure }
    };
    match made {
        Ok(Done { there, note, sha256, sent }) => {
            let there = there.into_iter().collect();
            (SettledDelivery::Delivered { there, note, sha256, sent }, "delivered")
        }
        Err(Stop::Impossible(reason)) => (SettledDelivery::Dead { reason: reason.to_owned() }, "dead"),
        Err(Stop::Store(error)) => {
            tracing::error!(delivery.target = target.id, %error, "a delivery could not be read or written");
            (later("our own store did not answer".to_owned(), false), "away")
        }
        Err(Stop::Failure(Failure::Away(reason, wish))) => match (later(reason, false), wish) {
            (SettledDelivery::Later { at, reason, failure }, Some(wish)) => {
                let asked = Clock.now().plus_ms(i64::try_from(wish.as_millis()).unwrap_or(i64::MAX));
                (SettledDelivery::Later { at: at.max(asked), reason, failure }, "away")
            }
            (settled, _) => (settled, "away"),
        },
        Err(Stop::Failure(Failure::Failed(reason))) if is_given_up(claimed, target.failures_max) => {
            (SettledDelivery::Dead { reason }, "dead")
        }
        Err(Stop::Failure(Failure::Refused(reason))) if is_given_up(claimed, target.refusals_max) => {
            (SettledDelivery::Dead { reason }, "dead")
        }
        Err(Stop::Failure(Failure::Failed(reason))) => (later(reason, true), "failed"),
        Err(Stop::Failure(Failure::Refused(reason))) => (later(reason, true), "refused"),
    }
}

/// What may no longer be shared is never given up on: it would stay at the target until somebody looked.
const fn is_given_up(claimed: &Claimed, failures_max: u32) -> bool {
    matches!(claimed.told, Told::Publish) && claimed.failures + 1 >= failures_max
}

const NOT_A_DOCUMENT: &str = "the stored document cannot be read";

/// Most names of what may be at a target of one plan.
const NAMES_MAX: usize = 10_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_go_below_a_base_with_or_without_a_stroke() {
        for base in ["https://fhir.example/r4", "https://fhir.example/r4/"] {
            let base: Url = base.parse().unwrap();
            assert_eq!(below(&base, "").as_str(), "https://fhir.example/r4");
            assert_eq!(below(&base, "Bundle/1").as_str(), "https://fhir.example/r4/Bundle/1");
            assert_eq!(below(&base, "A?identifier=x%7Cy").as_str(), "https://fhir.example/r4/A?identifier=x%7Cy");
        }
        assert_eq!(below(&"https://fhir.example".parse().unwrap(), "A/1").as_str(), "https://fhir.example/A/1");
    }

    #[test]
    fn a_publication_is_given_up_in_the_end_and_a_withdrawal_never() {
        let claimed = |told, failures| Claimed {
            seq: 1,
            told,
            version: 1,
            at: coplan_core::time::UtcMillis(0),
            attempts: failures,
            failures,
            event: 1,
            there: Vec::new(),
            note: String::new(),
            sha256: None,
        };
        assert!(!is_given_up(&claimed(Told::Publish, 1), 3) && is_given_up(&claimed(Told::Publish, 2), 3));
        assert!(!is_given_up(&claimed(Told::Withdraw, 2), 3) && !is_given_up(&claimed(Told::Withdraw, 1_000_000), 3));
    }

    #[test]
    fn what_is_not_there_is_deleted() {
        assert!(is_gone("status 404") && is_gone("status 410 (deleted)") && !is_gone("status 400"));
    }
}
