//! A handler of axum that gives bytes from memory and does nothing else: what a read costs at least.

use crate::{
    options::BareOptions,
    server::{Server, Starter},
    world::BenchError,
};
use axum::{
    Router,
    body::Bytes,
    extract::{Path as InPath, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use std::{fs, path::Path, sync::Arc};

/// Writes the bytes into a new folder, and starts this program once more on a core to serve them.
pub(super) fn start(folder: &Path, bodies: &[&[u8]], core: usize) -> Result<Server, BenchError> {
    fs::create_dir(folder).map_err(BenchError::world)?;
    for (nth, body) in bodies.iter().enumerate() {
        fs::write(folder.join(nth.to_string()), body).map_err(BenchError::world)?;
    }
    let program = std::env::current_exe().map_err(BenchError::world)?;
    let starter = Starter { program, core: Some(core), arguments: Vec::new() };
    Ok(starter.begin(starter.command().arg("bare").arg(folder))?)
}

/// Serves `/0`, `/1` and so on from the files of those names, until it is killed.
///
/// # Errors
/// `BenchError` if there is nothing to serve, or no address to serve it at.
pub(crate) fn serve(options: &BareOptions) -> Result<(), BenchError> {
    let bodies: Vec<Bytes> =
        (0..).map_while(|nth: usize| fs::read(options.folder.join(nth.to_string())).ok().map(Bytes::from)).collect();
    let app = Router::new().route("/{nth}", get(one)).with_state(Arc::new(bodies));
    // As the service's own.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(BenchError::world)?.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.map_err(BenchError::world)?;
        println!("listening on http://{}", listener.local_addr().map_err(BenchError::world)?);
        axum::serve(listener, app).await.map_err(BenchError::world)
    })
}

async fn one(State(bodies): State<Arc<Vec<Bytes>>>, InPath(nth): InPath<usize>) -> Response {
    match bodies.get(nth) {
        Some(body) => ([(header::CONTENT_TYPE, "application/json")], body.clone()).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
