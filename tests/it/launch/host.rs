//! A host record that signs its launches, and the service that it launches into, with everything that is logged.

use crate::{
    http::call::{Answer, Call},
    service::{Service, binary, invented_numbers},
};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use std::{
    fs::{self, File},
    process::{Command, Output},
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, SystemTime},
};

/// The host and the service.
pub(super) struct Host {
    service: Service,
    folder: tempfile::TempDir,
    key: EncodingKey,
    next: AtomicU64,
}

/// What the host says.
#[derive(Clone)]
pub(super) struct Says(pub(super) Value);

impl Says {
    pub(super) fn with(mut self, name: &str, value: Value) -> Self {
        self.0[name] = value;
        self
    }

    pub(super) fn without(mut self, name: &str) -> Self {
        self.0.as_object_mut().unwrap().remove(name);
        self
    }

    pub(super) fn of_user(mut self, name: &str, value: Value) -> Self {
        self.0["user"][name] = value;
        self
    }

    pub(super) fn role(self, code: &str) -> Self {
        self.of_user("role", json!(code)).of_user("job_title", Value::Null)
    }

    pub(super) fn roles(self, codes: &[&str]) -> Self {
        self.of_user("role", json!(codes)).of_user("job_title", Value::Null)
    }

    pub(super) fn user(self, id: &str) -> Self {
        self.of_user("id", json!(id))
    }

    pub(super) fn app(self, app: &str) -> Self {
        self.with("app", json!(app))
    }

    pub(super) fn job(self, job: &str) -> Self {
        self.with("job", json!(job))
    }
}

impl Host {
    /// Starts a service that knows this host, with people who have no plan yet.
    pub(super) async fn start(people: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let pair = rcgen::KeyPair::generate().unwrap();
        fs::write(folder.path().join("host.pem"), pair.public_key_pem()).unwrap();
        fs::write(folder.path().join("identity.toml"), IDENTITY).unwrap();
        let log = File::create(folder.path().join("log")).unwrap();
        let file = folder.path().join("identity.toml");
        let service = Service::start_logged(people, &["--identity", file.to_str().unwrap(), "--log-json"], log).await;
        let key = EncodingKey::from_ec_pem(pair.serialize_pem().as_bytes()).unwrap();
        Self { service, folder, key, next: AtomicU64::new(0) }
    }

    /// The NHS number of the nth person.
    pub(super) fn number(&self, n: usize) -> String {
        invented_numbers().nth(n).unwrap().as_str().to_owned()
    }

    /// Begins a plan for the nth person, by somebody who is signed in.
    pub(super) fn begin_plan(&self, n: usize) -> String {
        let signed_in = self.send(&Call::post("/dev/sign-in", &json!({ "user": "doctor" })));
        let cookie = signed_in.header("set-cookie").split(';').next().unwrap().to_owned();
        let body = json!({ "nhs_number": self.number(n) });
        let made = self.send(&Call::post("/api/plans", &body).header("cookie", &cookie));
        assert_eq!(made.status, 201, "{made:?}");
        made.json()["id"].as_str().unwrap().to_owned()
    }

    /// That a GP has opened the record of the nth person.
    pub(super) fn says(&self, n: usize) -> Says {
        let now = now_s();
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        Says(json!({
            "iss": ISSUER, "aud": self.service.base_url(), "jti": format!("launch-{id}"),
            "iat": now, "exp": now + 60, "nhs_number": self.number(n),
            "user": {
                "id": "u-1", "name": "Dr Ada Fernsby", "role": "gp", "job_title": "GP partner",
                "registration": "GMC 7099901",
            },
            "app": "professional",
        }))
    }

    pub(super) fn sign(&self, says: &Says) -> String {
        jsonwebtoken::encode(&Header::new(Algorithm::ES256), &says.0, &self.key).unwrap()
    }

    /// The public key, as the service has it.
    pub(super) fn public_key(&self) -> Vec<u8> {
        fs::read(self.folder.path().join("host.pem")).unwrap()
    }

    pub(super) fn post_token(&self, token: &str) -> Answer {
        self.send(&Call::post_text("/launch/tickets", "").header("authorization", &format!("Bearer {token}")))
    }

    /// The ticket that the service gives for a launch.
    pub(super) fn ticket(&self, says: &Says) -> String {
        let taken = self.post_token(&self.sign(says));
        assert_eq!(taken.status, 201, "{taken:?} {}", self.log());
        let url = taken.json()["url"].as_str().unwrap().to_owned();
        let start = format!("{}/launch/ticket?t=", self.service.base_url());
        url.strip_prefix(&start).unwrap_or_else(|| panic!("{url}")).to_owned()
    }

    pub(super) fn open(&self, ticket: &str) -> Answer {
        self.send(&Call::get(&format!("/launch/ticket?t={ticket}")))
    }

    pub(super) fn send(&self, call: &Call) -> Answer {
        call.send(self.service.address())
    }

    /// Everything that was logged.
    pub(super) fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    /// Why the last launch was refused, as the log says.
    pub(super) async fn reason(&self) -> String {
        self.reason_after(0).await
    }

    /// The same, of those after the first `n` refusals.
    pub(super) async fn reason_after(&self, n: usize) -> String {
        let waiting = async {
            loop {
                if let Some(reason) = self.reasons().into_iter().skip(n).next_back() {
                    return reason;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), waiting).await.expect("a launch was refused")
    }

    /// Why launches were refused, in order.
    pub(super) fn reasons(&self) -> Vec<String> {
        let log = self.log();
        let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines.filter_map(|line| Some(line["fields"]["launch.refused"].as_str()?.to_owned())).collect()
    }

    /// Runs a command of the service beside it.
    pub(super) fn command(&self, words: &[&str]) -> Output {
        let mut command = Command::new(binary());
        command.args(words).arg("--data").arg(self.service.folder());
        command.arg("--database-url").arg(self.service.database()).output().unwrap()
    }

    /// Writes in the database, as time or another process would; how many rows it was.
    pub(super) async fn write(&self, statement: &'static str) -> u64 {
        use sqlx::{ConnectOptions, sqlite::SqliteConnectOptions};
        let options = SqliteConnectOptions::new().filename(self.service.database());
        let mut connection = options.busy_timeout(Duration::from_secs(5)).connect().await.unwrap();
        sqlx::query(statement).execute(&mut connection).await.unwrap().rows_affected()
    }

    pub(super) async fn count(&self, select: &'static str, of: &str) -> i64 {
        self.service.rows::<i64>(select, of).await[0]
    }

    /// A socket of a session.
    pub(super) async fn socket(&self, cookie: &str) -> Socket {
        let origin = self.service.base_url();
        Socket::open(self.service.address(), &origin, cookie).await
    }
}

/// An open WebSocket, of which only the end matters.
pub(super) struct Socket(tokio::net::TcpStream);

impl Socket {
    async fn open(address: &str, origin: &str, cookie: &str) -> Self {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let request = format!(
            "GET /sync HTTP/1.1\r\nhost: {address}\r\norigin: {origin}\r\ncookie: {cookie}\r\nconnection: upgrade\r\n\
             upgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut head = [0; 12];
        stream.read_exact(&mut head).await.unwrap();
        assert_eq!(&head, b"HTTP/1.1 101");
        Self(stream)
    }

    /// Waits until the service has ended it.
    pub(super) async fn closes(&mut self) {
        use tokio::io::AsyncReadExt;
        let waiting = async {
            let mut rest = Vec::new();
            let _ = self.0.read_to_end(&mut rest).await;
            String::from_utf8_lossy(&rest).into_owned()
        };
        let rest = tokio::time::timeout(Duration::from_secs(10), waiting).await.expect("the socket is closed");
        assert!(rest.contains("the session has ended"), "{rest}");
    }
}

pub(super) fn now_s() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs()
}

/// Who signs.
pub(super) const ISSUER: &str = "https://record.northgate.example";

const IDENTITY: &str = r#"
[[host]]
id = "northgate"
title = "Northgate record"
issuer = "https://record.northgate.example"
alg = "ES256"
keys = ["host.pem"]
organisation = "TEST1"
assurance = 2
[host.role_map]
gp = { role = "doctor", job_title = "General practitioner", senior = true }
nurse = { role = "registered-professional", job_title = "Practice nurse" }
paramedic = { role = "crew", job_title = "Paramedic" }

[[smart]]
id = "smart-record"
title = "A record with SMART"
iss = "http://127.0.0.1:9/fhir"
client_id = "coplan"
organisation = "TEST1"
assurance = 2
[smart.role_map]
gp = { role = "doctor", job_title = "General practitioner", senior = true }

[[host]]
id = "elsewhere"
title = "Elsewhere"
issuer = "https://elsewhere.example"
alg = "ES256"
keys = ["host.pem"]
organisation = "NONE1"
assurance = 2
[host.role_map]
gp = { role = "doctor", job_title = "General practitioner" }
"#;
