//! Deliveries: every plan of the demo world, to targets that take everything at once.

use crate::{figures::Figures, server::Starter, world::BenchError};
use axum::{Router, body::Bytes, extract::State};
use std::{
    fs,
    path::Path,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

/// One kind of target, and how many of it.
#[derive(Clone, Copy)]
pub(super) struct Targets {
    pub(super) name: &'static str,
    kind: &'static str,
    many: usize,
}

pub(super) const SCENARIOS: [Targets; 2] = [
    Targets { name: "documents", kind: "kind = \"fhir-server\"\nsend = \"document\"", many: 1 },
    Targets {
        name: "notifications",
        kind: "kind = \"subscription\"\npayload = \"id-only\"\nstyle = \"r5-backport\"\n\
               base_url = \"https://coplan.example/fhir/R4\"",
        many: 8,
    },
];

/// When each request came, and how long its body was.
type Seen = Arc<Mutex<Vec<(Instant, usize)>>>;

/// From the first request to the last; nothing was delivered before the server began.
pub(super) async fn measure(starter: &Starter, data: &Path, targets: Targets) -> Result<Figures, BenchError> {
    let seen = Seen::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.map_err(BenchError::world)?;
    let address = listener.local_addr().map_err(BenchError::world)?;
    let app = Router::new().fallback(take).with_state(Arc::clone(&seen));
    let sink = tokio::spawn(async move { axum::serve(listener, app).await });
    let table = |nth: usize| {
        let way = format!("url = \"http://{address}/{nth}\"\nallow_http = true\nallow_private = true\n");
        format!("[[target]]\nid = \"target-{nth}\"\n{}\n{way}", targets.kind)
    };
    let file = data.join("targets.toml");
    fs::write(&file, (0..targets.many).map(table).collect::<String>()).map_err(BenchError::world)?;
    let arguments = vec!["--targets".to_owned(), file.to_string_lossy().into_owned()];
    let server = Starter { arguments, ..starter.clone() };
    let data = data.to_path_buf();
    let server = tokio::task::spawn_blocking(move || server.start(&data)).await.map_err(BenchError::world)??;
    let cpu = server.cpu();
    let arrived = until_quiet(&seen).await?;
    let cpu = server.cpu().saturating_sub(cpu).as_secs_f64();
    sink.abort();
    let (first, last) = (arrived[0].0, arrived[arrived.len() - 1].0);
    let many = arrived.len() as f64;
    let bytes: usize = arrived.iter().map(|(_, bytes)| bytes).sum();
    Ok(Figures::default()
        .with("deliveries/s", (many - 1.0) / last.duration_since(first).as_secs_f64())
        .with("deliveries", many)
        .with("bytes of each", bytes as f64 / many)
        .with("server CPU per delivery us", cpu * 1e6 / many))
}

async fn take(State(seen): State<Seen>, body: Bytes) {
    seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push((Instant::now(), body.len()));
}

/// Everything that came, once nothing has come for a while.
async fn until_quiet(seen: &Seen) -> Result<Vec<(Instant, usize)>, BenchError> {
    let begun = Instant::now();
    while begun.elapsed() < LONGEST {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let seen = seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if seen.last().is_some_and(|(at, _)| at.elapsed() > QUIET) {
            return Ok(seen.clone());
        }
    }
    Err(BenchError::Slow("the targets heard nothing, or too much"))
}

const QUIET: Duration = Duration::from_secs(1);

const LONGEST: Duration = Duration::from_secs(60);
