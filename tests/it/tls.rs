//! TLS of the service's own, over a real listener: who comes in by it, and what happens to whoever does not.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

use crate::service::{binary, listening};
use reqwest::{Certificate, Client, StatusCode, header};
use serde_json::json;
use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Child, Command, Output},
    time::Duration,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// A service with a certificate for `localhost`, and whoever signed it.
struct Secure {
    process: Child,
    /// `127.0.0.1:port`.
    address: String,
    root: Certificate,
    _folder: tempfile::TempDir,
}

impl Secure {
    async fn start(more: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = make_certificate(folder.path());
        crate::service::make_world(folder.path()).await;
        let (process, address) = listening(command(folder.path(), more));
        Self { process, address, root, _folder: folder }
    }

    fn url(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.port())
    }

    fn port(&self) -> &str {
        self.address.rsplit(':').next().unwrap()
    }

    /// Somebody who trusts whoever signed the certificate.
    fn client(&self) -> Client {
        Client::builder().http1_only().add_root_certificate(self.root.clone()).timeout(LONG).build().unwrap()
    }
}

impl Drop for Secure {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn command(folder: &Path, more: &[&str]) -> Command {
    let mut command = Command::new(binary());
    command.arg("serve").arg("--data").arg(folder).args(["--listen", "127.0.0.1:0"]).args(more);
    command.arg("--tls-certificate").arg(folder.join("certificate.pem"));
    command.arg("--tls-key").arg(folder.join("key.pem")).env("RUST_LOG", "warn");
    command
}

/// A certificate for `localhost` and its key in a folder, signed by somebody who is made for it.
fn make_certificate(folder: &Path) -> Certificate {
    let (root_key, key) = (rcgen::KeyPair::generate().unwrap(), rcgen::KeyPair::generate().unwrap());
    let mut params = rcgen::CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let root = params.self_signed(&root_key).unwrap();
    let issuer = rcgen::Issuer::new(params, root_key);
    let of_host = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = of_host.signed_by(&key, &issuer).unwrap();
    fs::write(folder.join("certificate.pem"), certificate.pem()).unwrap();
    fs::write(folder.join("key.pem"), key.serialize_pem()).unwrap();
    fs::set_permissions(folder.join("key.pem"), fs::Permissions::from_mode(0o600)).unwrap();
    Certificate::from_pem(root.pem().as_bytes()).unwrap()
}

#[tokio::test]
async fn pages_cookies_and_sockets_come_by_tls() {
    let secure = Secure::start(&["--development"]).await;
    let client = secure.client();
    let page = client.get(secure.url("/")).send().await.unwrap();
    assert_eq!((page.status(), page.headers().get(header::STRICT_TRANSPORT_SECURITY)), (StatusCode::OK, None));
    let signed_in = client.post(secure.url("/dev/sign-in")).json(&json!({ "user": "nurse" })).send().await.unwrap();
    assert_eq!(signed_in.status(), StatusCode::OK);
    let cookie = signed_in.headers()[header::SET_COOKIE].to_str().unwrap().to_owned();
    assert!(cookie.contains("; Secure") && cookie.contains("; HttpOnly"), "{cookie}");

    let upgrade = client
        .get(secure.url("/sync"))
        .header(header::COOKIE, cookie.split(';').next().unwrap())
        .header(header::ORIGIN, format!("https://localhost:{}", secure.port()))
        .header(header::CONNECTION, "upgrade")
        .header(header::UPGRADE, "websocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
    let switched = upgrade.send().await.unwrap();
    assert_eq!(switched.status(), StatusCode::SWITCHING_PROTOCOLS);
    let mut socket = switched.upgrade().await.unwrap();
    // A ping, masked with zeros as a client has to; the service answers with a pong.
    socket.write_all(&[0x89, 0x80, 0, 0, 0, 0]).await.unwrap();
    let mut answer = [0; 2];
    tokio::time::timeout(LONG, socket.read_exact(&mut answer)).await.expect("the socket answers").unwrap();
    assert_eq!(answer, [0x8a, 0x00], "{answer:02x?}");
}

#[tokio::test]
async fn outside_development_browsers_are_told_to_come_by_tls_ever_after() {
    let secure = Secure::start(&[]).await;
    for path in ["/", "/api/me", "/healthz", "/no-such-page"] {
        let answer = secure.client().get(secure.url(path)).send().await.unwrap();
        assert_eq!(answer.headers()[header::STRICT_TRANSPORT_SECURITY], "max-age=31536000", "{path}");
    }
}

#[tokio::test]
async fn whoever_expects_somebody_else_or_trusts_nobody_hangs_up() {
    let secure = Secure::start(&[]).await;
    assert!(secure.client().get(secure.url("/healthz")).send().await.is_ok());
    let by_address = secure.client().get(format!("https://{}/healthz", secure.address)).send().await;
    assert!(by_address.unwrap_err().is_connect(), "the certificate is for `localhost`");
    let stranger = Client::builder().timeout(LONG).build().unwrap();
    assert!(stranger.get(secure.url("/healthz")).send().await.unwrap_err().is_connect(), "nobody known signed it");
}

#[tokio::test]
async fn plain_http_at_the_port_of_tls_comes_to_an_end_at_once_and_gets_nothing() {
    let secure = Secure::start(&[]).await;
    let mut stream = TcpStream::connect(&secure.address).unwrap();
    stream.set_read_timeout(Some(LONG)).unwrap();
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
    let mut heard = Vec::new();
    // Reset or closed: either is an end. Waiting until the time is over would be none.
    match stream.read_to_end(&mut heard) {
        Ok(_) => {}
        Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset),
    }
    assert!(heard.is_empty() || heard[0] == ALERT, "an alert of TLS at most: {heard:02x?}");
    assert!(secure.client().get(secure.url("/healthz")).send().await.is_ok(), "others are served on");
}

#[test]
fn a_key_that_others_may_read_or_that_is_of_another_certificate_starts_nothing() {
    let folder = tempfile::tempdir().unwrap();
    make_certificate(folder.path());
    let own = fs::read(folder.path().join("key.pem")).unwrap();
    fs::write(folder.path().join("key.pem"), rcgen::KeyPair::generate().unwrap().serialize_pem()).unwrap();
    assert!(says(&refused(folder.path()), "do not go together"));
    fs::write(folder.path().join("key.pem"), own).unwrap();
    fs::set_permissions(folder.path().join("key.pem"), fs::Permissions::from_mode(0o644)).unwrap();
    let refused = refused(folder.path());
    assert!(says(&refused, "key.pem"), "{refused:?}");
}

/// What a service says that does not start.
fn refused(folder: &Path) -> Output {
    let ended = command(folder, &[]).output().unwrap();
    assert!(!ended.status.success());
    ended
}

fn says(output: &Output, words: &str) -> bool {
    String::from_utf8_lossy(&output.stderr).contains(words)
}

/// The first byte of an alert.
const ALERT: u8 = 0x15;

/// Only bounds a failing test.
const LONG: Duration = Duration::from_secs(20);
