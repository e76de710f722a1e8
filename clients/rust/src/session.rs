//! A signed-in user at one server, and what the API offers beside the sync socket.

use crate::{
    http::{Http, RequestError},
    plan::{Plan, PlanSummary, User},
};
use automerge::ChangeHash;
use bytes::Bytes;
use hyper::{Method, header};
use serde::Deserialize;
use serde_json::{Value, json};

/// A signed-in user at one server.
#[derive(Debug, Clone)]
pub struct Session {
    http: Http,
    user: User,
}

/// The bytes of a published view.
#[derive(Debug, Clone)]
pub struct Published {
    /// The view, byte for byte as it was published.
    pub bytes: Bytes,
    /// Its content hash, as the `ETag` header gives it.
    pub etag: Option<String>,
    /// The server's clock when it answered, from the `Coplan-Now` header; the age of the view is told against it.
    pub now: Option<String>,
}

impl Session {
    /// Who can sign in. Only under `--development`.
    ///
    /// # Errors
    /// `RequestError` if the server does not answer so.
    pub async fn users(base_url: &str) -> Result<Vec<User>, RequestError> {
        Http::new(base_url)?.get("/dev/users").await
    }

    /// What the server counts, in Prometheus' text format.
    ///
    /// # Errors
    /// `RequestError` if the server does not answer so.
    pub async fn metrics(base_url: &str) -> Result<String, RequestError> {
        let answer = Http::new(base_url)?.send(Method::GET, "/metrics", Bytes::new()).await?;
        Ok(String::from_utf8_lossy(&answer.body).into_owned())
    }

    /// Signs in without any proof of who one is. Only under `--development`.
    ///
    /// # Errors
    /// `RequestError` if the server does not know the user, or does not run for development.
    pub async fn sign_in(base_url: &str, user: &str) -> Result<Self, RequestError> {
        #[derive(Deserialize)]
        struct SignedIn {
            user: User,
        }
        let path = "/dev/sign-in";
        let unreadable = |reason: &str| RequestError::Unreadable { path: path.to_owned(), reason: reason.to_owned() };
        let mut http = Http::new(base_url)?;
        let answer = http.post_for_answer(path, &json!({ "user": user })).await?;
        let signed_in: SignedIn = serde_json::from_slice(&answer.body).map_err(|e| unreadable(&e.to_string()))?;
        let cookies = answer.headers.get_all(header::SET_COOKIE).iter().filter_map(|c| c.to_str().ok());
        let cookie = cookies.filter_map(|c| c.split(';').next()).find(|c| c.starts_with("coplan_session="));
        http.cookie = Some(cookie.ok_or_else(|| unreadable("it sets no session cookie"))?.to_owned());
        Ok(Self { http, user: signed_in.user })
    }

    /// The cookie of the session, as a request of another client's sends it.
    #[must_use]
    pub fn cookie(&self) -> &str {
        self.http.cookie.as_deref().unwrap_or_default()
    }

    /// Ends the session at the server; sockets opened with it are closed.
    ///
    /// # Errors
    /// `RequestError` if the server does not answer so.
    pub async fn sign_out(self) -> Result<(), RequestError> {
        self.http.send(Method::POST, "/api/sign-out", Bytes::new()).await.map(|_| ())
    }

    /// Who is signed in.
    #[must_use]
    pub fn user(&self) -> &User {
        &self.user
    }

    pub(crate) fn http(&self) -> &Http {
        &self.http
    }

    /// The first page of plans that the user may see, or those of one NHS number.
    ///
    /// # Errors
    /// `RequestError` if the server does not answer so.
    pub async fn plans(&self, nhs_number: Option<&str>) -> Result<Vec<PlanSummary>, RequestError> {
        match nhs_number {
            Some(number) => self.http.get(&format!("/api/plans?nhs_number={number}")).await,
            None => self.http.get("/api/plans").await,
        }
    }

    /// The page of at most `limit` plans that follows the plan `after`.
    ///
    /// # Errors
    /// `RequestError` if the server does not answer so.
    pub async fn plans_after(&self, after: Option<&str>, limit: usize) -> Result<Vec<PlanSummary>, RequestError> {
        let after = after.map(|plan| format!("&after={plan}")).unwrap_or_default();
        self.http.get(&format!("/api/plans?limit={limit}{after}")).await
    }

    /// One plan with the sections that the user may sync.
    ///
    /// # Errors
    /// `RequestError` if there is no such plan, or no right to see it.
    pub async fn plan(&self, plan: &str) -> Result<Plan, RequestError> {
        self.http.get(&format!("/api/plans/{plan}")).await
    }

    /// Begins a plan for a person.
    ///
    /// # Errors
    /// `RequestError::Problem` with code `plan-exists` if there is one, `nhs-number` if the number is not valid.
    pub async fn create_plan(&self, nhs_number: &str) -> Result<Plan, RequestError> {
        self.http.post("/api/plans", &json!({ "nhs_number": nhs_number })).await
    }

    /// The definitions of all sections, in the order they are shown.
    ///
    /// # Errors
    /// `RequestError` if the server does not answer so.
    pub async fn sections(&self) -> Result<Vec<Value>, RequestError> {
        #[derive(Deserialize)]
        struct Sections {
            sections: Vec<Value>,
        }
        self.http.get::<Sections>("/api/sections").await.map(|s| s.sections)
    }

    /// Signs sections at exactly these heads, and publishes the plan.
    ///
    /// # Errors
    /// `RequestError::Problem` with code `unknown-heads`, `missing-required`, `superseded-heads` or `not-allowed`.
    pub async fn publish(&self, plan: &str, sections: &[(&str, Vec<ChangeHash>)]) -> Result<Value, RequestError> {
        let hex = |heads: &[ChangeHash]| heads.iter().map(ToString::to_string).collect::<Vec<_>>();
        let sections: Vec<_> = sections.iter().map(|(id, at)| json!({ "section": id, "heads": hex(at) })).collect();
        self.http.post(&format!("/api/plans/{plan}/publications"), &json!({ "sections": sections })).await
    }

    /// The plan's publications.
    ///
    /// # Errors
    /// `RequestError` if there is no such plan, or no right to see it.
    pub async fn publications(&self, plan: &str) -> Result<Vec<Value>, RequestError> {
        self.http.get(&format!("/api/plans/{plan}/publications")).await
    }

    /// A published view: `urgent`, `clinical` or `person`; the newest, or that of one version.
    ///
    /// # Errors
    /// `RequestError` if nothing was published, or there is no right to read it.
    pub async fn view(&self, plan: &str, view: &str, version: Option<u64>) -> Result<Published, RequestError> {
        let version = version.map(|v| format!("?version={v}")).unwrap_or_default();
        self.published(&format!("/api/plans/{plan}/views/{view}{version}")).await
    }

    /// The urgent view of a person, for crews.
    ///
    /// # Errors
    /// `RequestError::Problem` with code `not-found`, alike for no plan and no right.
    pub async fn urgent(&self, nhs_number: &str) -> Result<Published, RequestError> {
        self.published(&format!("/api/urgent?nhs_number={nhs_number}")).await
    }

    /// Changes to the plan that were refused, with their reasons.
    ///
    /// # Errors
    /// `RequestError` if there is no such plan, or no right to see it.
    pub async fn quarantine(&self, plan: &str) -> Result<Vec<Value>, RequestError> {
        self.http.get(&format!("/api/plans/{plan}/quarantine")).await
    }

    /// A ticket to open the sync socket once, where no cookie can be sent.
    ///
    /// # Errors
    /// `RequestError` if the session has ended.
    pub async fn sync_ticket(&self) -> Result<String, RequestError> {
        #[derive(Deserialize)]
        struct Ticket {
            ticket: String,
        }
        self.http.post::<Ticket>("/api/sync-tickets", &json!({})).await.map(|t| t.ticket)
    }

    async fn published(&self, path: &str) -> Result<Published, RequestError> {
        let answer = self.http.send(Method::GET, path, Bytes::new()).await?;
        let header = |name: &str| answer.headers.get(name).and_then(|v| v.to_str().ok()).map(str::to_owned);
        Ok(Published { etag: header("etag"), now: header("coplan-now"), bytes: answer.body.clone() })
    }
}
