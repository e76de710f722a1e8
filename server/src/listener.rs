//! Connections: accepted, limited, and brought to an end.

use crate::peer::{Network, Peer};
use axum::{Router, body::Body, extract::Request, response::Response};
use hyper::server::conn::http1;
use hyper_util::{rt::TokioIo, rt::TokioTimer, service::TowerToHyperService};
use std::{convert::Infallible, net::IpAddr, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
};
use tokio_rustls::TlsAcceptor;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::{Service, ServiceExt};

/// Serves connections until `stopping`; those that are open then may finish the request they are at.
///
/// axum's own `serve` sets neither a time limit for the headers of a request nor a number of connections.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    tls: Option<TlsAcceptor>,
    trusted: Arc<[Network]>,
    stopping: CancellationToken,
    tasks: &TaskTracker,
) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let accepted = tokio::select! {
            () = stopping.cancelled() => return,
            accepted = accept(&listener, &places) => accepted,
        };
        if let Some((stream, address, place)) = accepted {
            let trusted = Arc::clone(&trusted);
            let service = router.clone().map_request(move |request| with_peer(request, address, &trusted));
            // Small frames must not wait for each other.
            let _best_effort = stream.set_nodelay(true);
            match tls.clone() {
                Some(tls) => drop(tasks.spawn(shake_hands(tls, stream, service, stopping.clone(), place))),
                None => drop(tasks.spawn(converse(stream, service, stopping.clone(), place))),
            }
        }
    }
}

async fn accept(listener: &TcpListener, places: &Arc<Semaphore>) -> Option<(TcpStream, IpAddr, OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, address)) => Some((stream, address.ip(), place)),
        Err(error) => {
            // Out of file descriptors, or the client was gone at once: wait a moment and go on.
            tracing::warn!(%error, "a connection was not accepted");
            tokio::time::sleep(ACCEPT_AGAIN_AFTER).await;
            None
        }
    }
}

fn with_peer(request: Request<hyper::body::Incoming>, address: IpAddr, trusted: &[Network]) -> Request {
    let mut request = request.map(Body::new);
    let peer = Peer::of(address, request.headers(), trusted);
    request.extensions_mut().insert(peer);
    request
}

/// A connection that does not finish its handshake in time gives its place back.
async fn shake_hands<S>(
    tls: TlsAcceptor,
    stream: TcpStream,
    service: S,
    stopping: CancellationToken,
    place: OwnedSemaphorePermit,
) where
    S: Service<Request<hyper::body::Incoming>, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    match tokio::time::timeout(HANDSHAKE_WITHIN, tls.accept(stream)).await {
        Ok(Ok(stream)) => converse(stream, service, stopping, place).await,
        Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
        Err(_) => tracing::debug!("a TLS handshake took too long"),
    }
}

async fn converse<IO, S>(stream: IO, service: S, stopping: CancellationToken, _place: OwnedSemaphorePermit)
where
    IO: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    S: Service<Request<hyper::body::Incoming>, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS_WITHIN)
        .max_buf_size(HEADER_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service))
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopping.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}

/// Connections at the same time; more wait to be accepted.
const CONNECTIONS_MAX: usize = 20_000;

/// How long a client may take over its TLS handshake.
const HANDSHAKE_WITHIN: Duration = Duration::from_secs(5);

/// How long a client may take to send the headers of a request.
const HEADERS_WITHIN: Duration = Duration::from_secs(5);

/// Most bytes of a request's headers.
const HEADER_BYTES_MAX: usize = 32 * 1024;

/// How long to wait after a connection could not be accepted.
const ACCEPT_AGAIN_AFTER: Duration = Duration::from_millis(50);
