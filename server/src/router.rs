//! The whole HTTP surface on one page.

use crate::{
    assets, fhir,
    http::*,
    identity::AppConfig,
    origin,
    problem::{BODY_BYTES_MAX, Problem},
    state::AppState,
    telemetry,
};
use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Request, State},
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::{self, Next},
    response::Response,
    routing::get,
};
use coplan_core::import::BUNDLE_BYTES_MAX;
use std::{any::Any, time::Duration};
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::{CompressionLayer, CompressionLevel},
    cors::CorsLayer,
    timeout::TimeoutLayer,
};
use utoipa::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Everything the service answers to.
pub fn router(state: AppState) -> Router {
    let (api, description) = api(state.development, &for_apps(&state)).split_for_parts();
    let timed = TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, REQUEST_TIMEOUT);
    api.route("/openapi.json", get(|| async { Json(description) }))
        .layer(middleware::from_fn_with_state(state.clone(), audited::audited))
        // What its answers depend on they say themselves.
        .nest("/fhir/R4", fhir::routes(state.clone()).layer(for_apps(&state).vary([])))
        .route("/.well-known/smart-configuration", fhir::smart_configuration().layer(for_apps(&state)))
        .layer(timed)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        // A plan of 70 kB goes to a phone on a weak signal as 12 kB. The web apps' files are compressed when they are built.
        .layer(CompressionLayer::new().quality(CompressionLevel::Precise(COMPRESSION_LEVEL)))
        // A socket lives longer than a request, and limits its own messages.
        .route("/sync", get(crate::sync::upgrade))
        .fallback(assets::serve)
        .method_not_allowed_fallback(async || Problem::method_not_allowed())
        .layer(middleware::from_fn_with_state(state.clone(), origin::guard))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn_with_state(state.clone(), headers))
        .layer(middleware::from_fn(telemetry::observe))
        .with_state(state)
}

/// The description of the API, as `/openapi.json` gives it.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    api(true, &CorsLayer::new()).split_for_parts().1
}

/// Pages of the apps that the identity file names may read by their tokens, in browsers too; never by the cookie.
fn for_apps(state: &AppState) -> CorsLayer {
    let origins = state.identity.config.apps.iter().flat_map(AppConfig::origins);
    let origins: Vec<HeaderValue> = origins.filter_map(|origin| HeaderValue::from_str(&origin).ok()).collect();
    CorsLayer::new()
        .allow_origin(origins)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([
            header::AUTHORIZATION,
            header::ACCEPT,
            header::CONTENT_TYPE,
            header::IF_NONE_MATCH,
            header::IF_MODIFIED_SINCE,
            HeaderName::from_static("prefer"),
        ])
        .expose_headers([header::ETAG, header::LAST_MODIFIED, header::RETRY_AFTER])
        .max_age(PREFLIGHT_HOLDS)
}

fn api(development: bool, for_apps: &CorsLayer) -> OpenApiRouter<AppState> {
    let router = OpenApiRouter::with_openapi(Description::openapi());
    // systems, and apps in browsers
    let router = router.merge(OpenApiRouter::new().routes(routes!(oauth_token::oauth_token)).layer(for_apps.clone()));
    let router = router.merge(door()).merge(plans()).merge(access());
    if !development {
        return router;
    }
    router
        .routes(routes!(dev_users::dev_users))
        .routes(routes!(dev_sign_in::dev_sign_in))
        .routes(routes!(dev_person::dev_person_demographics))
        .routes(routes!(dev_person::dev_person_opt_out))
}

/// Who comes in, and how.
fn door() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        // operation
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .routes(routes!(health::metrics))
        // session
        .routes(routes!(sign_in_ways::sign_in_ways))
        .routes(routes!(auth_start::auth_start))
        .routes(routes!(auth_callback::auth_callback))
        .routes(routes!(me::me))
        .routes(routes!(me_role::choose_role))
        .routes(routes!(sign_out::sign_out))
        .routes(routes!(sync_ticket::sync_ticket))
        // apps of others
        .routes(routes!(oauth_authorize::oauth_authorize))
        .routes(routes!(oauth_authorize::oauth_allow, oauth_authorize::oauth_allow_decide))
        // launch
        .routes(routes!(launch_show::launch_show))
        .routes(routes!(launch_smart::launch_begin))
        .routes(routes!(launch_smart::launch_callback))
        .routes(routes!(launch_ticket::launch_ticket_create))
        .routes(routes!(launch_ticket::launch_ticket_open))
        // passkeys
        .routes(routes!(passkey_list::passkey_list))
        .routes(routes!(passkey_list::passkey_remove))
        .routes(routes!(passkey_register::passkey_registration))
        .routes(routes!(passkey_register::passkey_registration_finish))
        .routes(routes!(passkey_sign_in::passkey_start))
        .routes(routes!(passkey_sign_in::passkey_finish))
}

/// What is in a plan.
fn plans() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        // plans
        .routes(routes!(section_list::section_list))
        .routes(routes!(plan_list::plan_list, plan_create::plan_create))
        .routes(routes!(plan_show::plan_show))
        .routes(routes!(section_start::section_start))
        .routes(routes!(quarantine::quarantine))
        .routes(routes!(quarantine::quarantine_settle))
        .routes(routes!(conflict_list::conflict_list))
        // decisions
        .routes(routes!(decision_list::decision_list, decision_create::decision_create))
        // history
        .routes(routes!(history_list::history_list))
        .routes(routes!(authors::authors_of))
        .routes(routes!(compare::compare))
        .routes(routes!(plan_at::plan_at))
        .routes(routes!(undo::undo_changes))
        .routes(routes!(look::look))
        // suggestions
        .routes(routes!(suggestion_list::suggestion_list, suggestion_create::suggestion_create))
        .routes(routes!(suggestion_decide::suggestion_decide))
        // vault
        .routes(routes!(vault_list::vault_list, vault_destroy::vault_destroy))
        .routes(routes!(vault_put::vault_put))
        .routes(routes!(vault_reveal::vault_reveal))
        // other records
        .merge(from_other_records())
        // publications
        .routes(routes!(publication_list::publication_list, publication_create::publication_create))
        .routes(routes!(publication_show::publication_show))
        .routes(routes!(view_show::view_show))
        .routes(routes!(urgent::urgent))
        // live
        .routes(routes!(plan_events::plan_events))
        .routes(routes!(urgent_events::urgent_events))
        // printed plans
        .routes(routes!(check::check_form))
        .routes(routes!(check::check_show))
}

/// What other records say. Their documents are larger than what people write.
fn from_other_records() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(import_list::import_list, import_create::import_create))
        .routes(routes!(attachment_show::attachment_list, attachment_create::attachment_create))
        .routes(routes!(attachment_show::attachment_show))
        .routes(routes!(attachment_show::attachment_page))
        .layer(DefaultBodyLimit::max(BUNDLE_BYTES_MAX))
}

/// Who may see it, and who did.
fn access() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(relationship_create::relationship_create))
        .routes(routes!(relationship_end::relationship_end))
        .routes(routes!(team_show::team_show))
        .routes(routes!(team_organisation::team_organisation_put, team_organisation::team_organisation_delete))
        .routes(routes!(team_member::team_member_put, team_member::team_member_delete))
        .routes(routes!(organisation_list::organisation_list))
        .routes(routes!(colleague_list::colleague_list))
        .routes(routes!(sharing_show::sharing_show))
        .routes(routes!(sharing_keep::sharing_keep, sharing_keep::sharing_let_see))
        .routes(routes!(sharing_object::sharing_object))
        .routes(routes!(sharing_object::sharing_withdraw))
        .routes(routes!(report_plans::report_plans))
        // audit
        .routes(routes!(audit_list::audit_list))
        .routes(routes!(review::review_list))
        .routes(routes!(review::review_show, review::review_finish))
        .routes(routes!(run_show::run_show))
}

#[derive(OpenApi)]
#[openapi(info(
    title = "Coplan",
    description = "Collaborative care plans. Errors are problem documents (RFC 9457); times are RFC 3339 in UTC."
))]
struct Description;

/// Headers that every answer carries.
async fn headers(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let personal = ["/api/", "/dev/", "/fhir/"].iter().any(|start| request.uri().path().starts_with(start));
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let special: &[(&str, &str)] = if personal { &DATA_HEADERS } else { &PAGE_HEADERS };
    for (name, value) in HEADERS.iter().chain(special) {
        // What is one page by itself brings a policy that is narrower.
        headers.entry(HeaderName::from_static(name)).or_insert(HeaderValue::from_static(value));
    }
    if state.tls && !state.development {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(TLS_EVER_AFTER));
    }
    if personal && !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    // The panic's own text may hold content; the hook has printed where it was.
    let detail = "the server met a mistake of its own; nothing was changed";
    axum::response::IntoResponse::into_response(Problem::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "internal",
        "Internal error",
        detail,
    ))
}

/// Security headers of every answer.
const HEADERS: [(&str, &str); 3] = [
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-resource-policy", "same-origin"),
];

/// Of pages and their parts. `'self'` of `connect-src` covers the WebSocket of the same host.
const PAGE_HEADERS: [(&str, &str); 4] = [
    (
        "content-security-policy",
        "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; \
         connect-src 'self'; worker-src 'self'; manifest-src 'self'; object-src 'none'; base-uri 'none'; \
         form-action 'self'; frame-ancestors 'none'",
    ),
    ("x-frame-options", "DENY"),
    ("cross-origin-opener-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
];

/// Of data, which is no page: nothing may be loaded from it. Short, because a phone on a weak signal reads them too.
const DATA_HEADERS: [(&str, &str); 1] = [("content-security-policy", "default-src 'none'; frame-ancestors 'none'")];

/// For a year. Never in development: a browser would keep it for all that runs on loopback.
const TLS_EVER_AFTER: &str = "max-age=31536000";

/// Of brotli 6 is as quick as 4 on a plan, and 7 % smaller; of gzip it is the usual one.
const COMPRESSION_LEVEL: i32 = 6;

/// How long a browser goes by what it was told that an app's pages may do.
const PREFLIGHT_HOLDS: Duration = Duration::from_secs(600);

/// How long a request may take, from its last header to its answer.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
