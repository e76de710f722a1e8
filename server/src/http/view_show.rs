//! `GET /api/plans/{plan}/views/{view}`: a published view, as bytes.

use crate::{
    audit::trail,
    extract::{InPath, InQuery},
    problem::Problem,
    session::SignedIn,
    state::AppState,
    store::StoredView,
};
use axum::{
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{AppendHeaders, IntoResponse, Response},
};
use coplan_core::{
    id::PlanId,
    policy::{Action, ConnectionKind, Granted, Resource},
    print,
    view::ViewKind,
};
use serde::Deserialize;
use sha2::{Digest, Sha256};

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ViewQuery {
    /// Of this publication; of the newest if it is not named.
    version: Option<u32>,
    /// Of `print`: the person's own plan in easy words instead of the two sides for whoever comes.
    #[param(inline)]
    variant: Option<Variant>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Variant {
    EasyRead,
}

/// The bytes of a view, exactly as they were published.
#[utoipa::path(
    get, path = "/api/plans/{plan}/views/{view}", tag = "publications",
    params(("plan" = String, Path), ("view" = String, Path, description = "`urgent`, `clinical`, `person`, `social-care`, `fhir` or `print`"), ViewQuery),
    responses(
        (status = 200, description = "JSON; `fhir` is a Bundle, and `print` a page",
            content(
                (serde_json::Value = "application/json"),
                (serde_json::Value = "application/fhir+json"),
                (String = "text/html"),
            ),
            headers(("ETag" = String), ("Coplan-Now" = String))),
        (status = 304, description = "the one who asks has these bytes"),
        (status = 400, body = Problem, description = "`bad-query`: a variant that is none"),
        (status = 401, body = Problem),
        (status = 403, body = Problem, description = "`not-allowed`"),
        (status = 404, body = Problem),
    )
)]
pub(crate) async fn view_show(
    State(state): State<AppState>,
    who: SignedIn,
    InPath((plan, view)): InPath<(PlanId, String)>,
    InQuery(query): InQuery<ViewQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let kind = ViewKind::named(&view).ok_or_else(Problem::not_found)?;
    if query.variant.is_some() {
        return easy_read(&state, &who, &plan, kind, query.version, &headers).await;
    }
    let access = super::access(&state, &who, &plan).await?;
    let granted = access.decide(Action::ReadPublished, Resource::View(kind))?;
    let stored = state.store.view(&granted, kind, query.version).await?.ok_or_else(Problem::not_found)?;
    Ok(kept_by_nobody(&granted, answer(&state, kind, stored, &headers)))
}

/// The bytes, or 304 to whoever has them. Both carry the server's time, so that an age can be shown by one clock.
pub(super) fn answer(state: &AppState, kind: ViewKind, stored: StoredView, asked: &HeaderMap) -> Response {
    trail::shows(stored.version, stored.sha256);
    let etag = format!("\"{}\"", hex::encode(stored.sha256));
    let now = state.clock.now().to_rfc3339();
    let common = [(header::ETAG, etag.clone()), (NOW, now), (header::CACHE_CONTROL, "private, no-cache".to_owned())];
    // A page keeps its policy in a 304 as well: a browser takes what that says in place of what it has.
    let policy = (kind == ViewKind::Print).then(|| super::plain_page::policy(&stored.bytes));
    let policy: Vec<_> = policy.map(|policy| (header::CONTENT_SECURITY_POLICY, policy)).into_iter().collect();
    if has(asked, &etag) {
        return (StatusCode::NOT_MODIFIED, common, AppendHeaders(policy)).into_response();
    }
    (common, AppendHeaders(policy), [(header::CONTENT_TYPE, kind.media_type())], stored.bytes).into_response()
}

/// What somebody reads who acts for the person stays in no cache of theirs: the person may keep a part of it from them.
fn kept_by_nobody(granted: &Granted, mut answer: Response) -> Response {
    if granted.decision().connection == ConnectionKind::Proxy {
        answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    answer
}

/// The person's view in easy words. Few ask for it, and the same view gives the same page: so it is written now.
async fn easy_read(
    state: &AppState,
    who: &SignedIn,
    plan: &PlanId,
    kind: ViewKind,
    version: Option<u32>,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    if kind != ViewKind::Print {
        return Err(Problem::bad_request("bad-query", "only `print` has a `variant`"));
    }
    let access = super::access(state, who, plan).await?;
    let granted = access.decide(Action::ReadPublished, Resource::View(ViewKind::Person))?;
    let stored = state.store.view(&granted, ViewKind::Person, version).await?.ok_or_else(Problem::not_found)?;
    let published = state.store.publication(&granted, Some(stored.version)).await?.ok_or_else(Problem::not_found)?;
    let (check, read) = (published.circumstances.check, (stored.version, stored.sha256));
    let page = tokio::task::spawn_blocking(move || {
        let page = print::easy_read(&stored.bytes, check.as_deref())?;
        Ok::<_, serde_json::Error>(StoredView { sha256: Sha256::digest(&page).into(), bytes: page, ..stored })
    });
    let page = page.await.ok().and_then(Result::ok).ok_or_else(|| {
        tracing::error!("a person's view cannot be read");
        Problem::unavailable()
    })?;
    let answer = answer(state, ViewKind::Print, page, headers);
    // What somebody read is the view; how it was set is no other content.
    trail::shows(read.0, read.1);
    Ok(kept_by_nobody(&granted, answer))
}

fn has(asked: &HeaderMap, etag: &str) -> bool {
    let mut tags = asked.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    tags.any(|tags| tags.split(',').any(|tag| tag.trim().trim_start_matches("W/") == etag))
}

/// The server's time.
const NOW: HeaderName = HeaderName::from_static("coplan-now");
