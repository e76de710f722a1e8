//! Logs on standard error, counts at `/metrics`. Neither ever holds names, NHS numbers, tokens, content, or a path with
//! an id in it: requests are named by their route.

use axum::{
    extract::{MatchedPath, Request},
    http::{HeaderValue, Method},
    middleware::Next,
    response::Response,
};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use std::{sync::OnceLock, time::Instant};
use tracing_subscriber::EnvFilter;

/// The counts of this process.
#[derive(Clone)]
pub struct Telemetry {
    exporter: PrometheusHandle,
}

impl Telemetry {
    /// Begins to count. A process counts once, however often this is called.
    #[must_use]
    pub fn install() -> Self {
        static EXPORTER: OnceLock<PrometheusHandle> = OnceLock::new();
        let exporter = EXPORTER.get_or_init(|| {
            let durations = Matcher::Suffix("_seconds".to_owned());
            let builder = PrometheusBuilder::new()
                .set_buckets_for_metric(durations, DURATION_BUCKETS_S)
                .expect("the list of buckets is not empty");
            let recorder = builder.build_recorder();
            let handle = recorder.handle();
            // Another recorder was there first, as a test may have it: then /metrics stays empty.
            let _other = metrics::set_global_recorder(recorder);
            handle
        });
        Self { exporter: exporter.clone() }
    }

    /// All counts, as Prometheus reads them.
    #[must_use]
    pub fn render(&self) -> String {
        self.exporter.render()
    }

    /// Moves what was measured into the buckets; to be called every few seconds.
    pub fn tidy(&self) {
        self.exporter.run_upkeep();
    }
}

/// Begins to log on standard error. `RUST_LOG` narrows or widens it.
pub fn log(json: bool) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(LOG_FILTER));
    let colours = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let to = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colours).with_writer(std::io::stderr);
    // A logger that is there already, as in a test, stays.
    let _already = if json { to.json().try_init() } else { to.try_init() };
}

/// Counts and logs each request by its route, and hands its id back so that a report can name it.
pub(crate) async fn observe(request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let method = method_name(request.method());
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let id = hex::encode(crate::random::bytes::<8>());
    let mut response = next.run(request).await;
    let (status, duration) = (response.status(), begun.elapsed());
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert("x-request-id", id);
    }
    let labels = [("method", method.to_owned()), ("route", route.clone()), ("status", status.as_u16().to_string())];
    metrics::counter!("coplan_http_requests_total", &labels).increment(1);
    metrics::histogram!("coplan_http_request_seconds", "route" => route.clone()).record(duration.as_secs_f64());
    let duration_ms = duration.as_secs_f64() * 1e3;
    let status = status.as_u16();
    if status >= 500 {
        tracing::error!(
            request.id = id,
            http.method = method,
            http.route = route,
            http.status = status,
            duration_ms,
            "a request failed"
        );
    } else {
        tracing::debug!(
            request.id = id,
            http.method = method,
            http.route = route,
            http.status = status,
            duration_ms,
            "answered a request"
        );
    }
    response
}

/// One of the names that requests have here: a client can make up any other, and each would become a series of its own.
fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// What is logged unless `RUST_LOG` says otherwise. sqlx would log slow statements with their text, which holds no
/// values; its warnings stay, its own level of detail does not.
const LOG_FILTER: &str = "info,sqlx=warn";

/// Upper ends of the buckets for durations, in seconds.
const DURATION_BUCKETS_S: &[f64] =
    &[0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0];
