//! What is asked of a plan beside its documents: decisions, conflicts, suggestions, history.
//!
//! Answers are JSON as the API describes them (`/openapi.json`); only what a peer must branch on has a type of its own.

use crate::{http::RequestError, session::Session};
use bytes::Bytes;
use hyper::Method;
use serde_json::{Value, json};

impl Session {
    /// The plan's decision records, by kind.
    ///
    /// # Errors
    /// `RequestError` if there is no such plan, or no right to read decisions.
    pub async fn decisions(&self, plan: &str) -> Result<Value, RequestError> {
        self.http().get(&format!("/api/plans/{plan}/decisions")).await
    }

    /// Records, endorses or withdraws a decision: `{"command": "record", "kind", "id", "values", ...}`. The same command
    /// again gives the same record.
    ///
    /// # Errors
    /// `RequestError::Problem` with the reason, for one: `senior-required`, `own-record`, `missing-required`.
    pub async fn decide(&self, plan: &str, command: &Value) -> Result<Value, RequestError> {
        self.http().post(&format!("/api/plans/{plan}/decisions"), command).await
    }

    /// What people disagree about, and what contradicts itself, in the sections that the user may read.
    ///
    /// # Errors
    /// `RequestError` if there is no such plan, or no right to see it.
    pub async fn conflicts(&self, plan: &str) -> Result<Value, RequestError> {
        self.http().get(&format!("/api/plans/{plan}/conflicts")).await
    }

    /// The plan's suggestions that the user may see.
    ///
    /// # Errors
    /// `RequestError` if there is no such plan, or no right to see it.
    pub async fn suggestions(&self, plan: &str) -> Result<Value, RequestError> {
        self.http().get(&format!("/api/plans/{plan}/suggestions")).await
    }

    /// Proposes an edit of a section that the user may not write: `{"id", "section", "edit", "reason"}`.
    ///
    /// # Errors
    /// `RequestError::Problem` with the reason.
    pub async fn suggest(&self, plan: &str, suggestion: &Value) -> Result<Value, RequestError> {
        self.http().post(&format!("/api/plans/{plan}/suggestions"), suggestion).await
    }

    /// Accepts, edits, declines or withdraws a suggestion: `{"decision", "edit", "reason"}`.
    ///
    /// # Errors
    /// `RequestError::Problem` with the reason, for one: `changed-since`.
    pub async fn decide_suggestion(&self, plan: &str, id: &str, decision: &Value) -> Result<Value, RequestError> {
        self.http().post(&format!("/api/plans/{plan}/suggestions/{id}/decision"), decision).await
    }

    /// What happened to the plan, newest first. `query` narrows it: `section=contacts&limit=20`.
    ///
    /// # Errors
    /// `RequestError` if there is no such plan, or no right to see it.
    pub async fn history(&self, plan: &str, query: &str) -> Result<Value, RequestError> {
        self.http().get(&format!("/api/plans/{plan}/history?{query}")).await
    }

    /// What differs between two moments: a time (RFC 3339), `version:3`, `last-look` or `now`.
    ///
    /// # Errors
    /// `RequestError` if there is no such plan or moment, or no right to see it.
    pub async fn compare(&self, plan: &str, from: &str, to: &str) -> Result<Value, RequestError> {
        self.http().get(&format!("/api/plans/{plan}/compare?from={from}&to={to}")).await
    }

    /// The plan, and its published views, as they were at a time (RFC 3339).
    ///
    /// # Errors
    /// `RequestError` if the plan was not there then, or no right to see it.
    pub async fn plan_at(&self, plan: &str, at: &str) -> Result<Value, RequestError> {
        self.http().get(&format!("/api/plans/{plan}/at?at={at}")).await
    }

    /// Says that the user has looked at the plan, for `compare` from `last-look`.
    ///
    /// # Errors
    /// `RequestError` if there is no such plan, or no right to see it.
    pub async fn look(&self, plan: &str) -> Result<(), RequestError> {
        self.http().send(Method::POST, &format!("/api/plans/{plan}/look"), Bytes::new()).await.map(drop)
    }

    /// Takes the user's own changes to a section back.
    ///
    /// # Errors
    /// `RequestError::Problem` with code `changed-since` or `not-own-change`.
    pub async fn undo(&self, plan: &str, section: &str, changes: &[Value]) -> Result<Value, RequestError> {
        let body = json!({ "section": section, "changes": changes });
        self.http().post(&format!("/api/plans/{plan}/undo"), &body).await
    }

    /// Starts a section that the plan does not have yet: a pathway's, for one.
    ///
    /// # Errors
    /// `RequestError::Problem` with code `section-exists` or `unknown-section`.
    pub async fn start_section(&self, plan: &str, section: &str) -> Result<Value, RequestError> {
        self.http().post(&format!("/api/plans/{plan}/sections"), &json!({ "section": section })).await
    }
}
