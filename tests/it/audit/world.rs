//! A server with a plan in which something has happened, and its audit as the database has it.

use crate::{
    http::call::{Answer, Call},
    service::{Service, binary, invented_numbers},
};
use coplan_client::{Peer, field};
use serde_json::json;
use sqlx::{ConnectOptions, Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use std::{
    collections::BTreeMap,
    path::Path,
    process::{Command, Output},
    sync::Mutex,
};

/// A row of the audit, as far as tests look at it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub(super) struct Event {
    pub(super) seq: i64,
    pub(super) action: String,
    pub(super) plan: Option<String>,
    pub(super) resource: Option<String>,
    pub(super) outcome: String,
    pub(super) account: Option<String>,
    pub(super) via: Option<String>,
    pub(super) rules: String,
    pub(super) connection: Option<String>,
    pub(super) reason: Option<String>,
    pub(super) sha256: Option<Vec<u8>>,
}

pub(super) struct World {
    pub(super) service: Service,
    pub(super) plan: String,
    pub(super) number: String,
    cookies: Mutex<BTreeMap<String, String>>,
}

impl World {
    /// A server on which the doctor has begun a plan.
    pub(super) async fn start() -> Self {
        Self::on(Service::start(4).await).await
    }

    /// The same on a server of the test's own.
    pub(super) async fn on(service: Service) -> Self {
        let number = invented_numbers().next().unwrap().as_str().to_owned();
        let plan = service.sign_in("doctor").await.create_plan(&number).await.unwrap().id;
        Self { service, plan, number, cookies: Mutex::default() }
    }

    /// One request of somebody who is signed in already.
    pub(super) fn send(&self, user: &str, call: Call) -> Answer {
        let cookie = self.cookie(user);
        call.header("cookie", &cookie).send(self.service.address())
    }

    /// Signs in, once.
    pub(super) fn cookie(&self, user: &str) -> String {
        let mut cookies = self.cookies.lock().unwrap();
        if let Some(cookie) = cookies.get(user) {
            return cookie.clone();
        }
        let answer = Call::post("/dev/sign-in", &json!({ "user": user })).send(self.service.address());
        assert_eq!(answer.status, 200, "{user}");
        let cookie = answer.headers["set-cookie"].split(';').next().unwrap().to_owned();
        cookies.insert(user.to_owned(), cookie.clone());
        cookie
    }

    /// Forgets that somebody is signed in.
    pub(super) fn forget(&self, user: &str) {
        self.cookies.lock().unwrap().remove(user);
    }

    /// Events after a row, without those that the service leaves by itself.
    pub(super) async fn events_after(&self, seq: i64) -> Vec<Event> {
        let mut events = self.every_event_after(seq).await;
        events.retain(|event| event.account.as_deref() != Some("system"));
        events
    }

    /// Events after a row.
    pub(super) async fn every_event_after(&self, seq: i64) -> Vec<Event> {
        let mut database = open(&self.service.database(), true).await;
        sqlx::query_as(
            "select seq, action, plan, resource, outcome, account, via, rules, connection, reason, sha256
             from audit left join author on author.id = audit.author
             where seq > ? order by seq",
        )
        .bind(seq)
        .fetch_all(&mut database)
        .await
        .unwrap()
    }

    pub(super) async fn last_event(&self) -> i64 {
        let mut database = open(&self.service.database(), true).await;
        sqlx::query_scalar("select ifnull(max(seq), 0) from audit").fetch_one(&mut database).await.unwrap()
    }

    /// Somebody writes in a section, in a socket of their own.
    pub(super) async fn writes(&self, user: &str, section: &str, field_id: &str, text: &str) {
        let session = self.service.sign_in(user).await;
        let peer = Peer::connect(&session);
        let url = session.plan(&self.plan).await.unwrap().section(section).unwrap().url.clone();
        let document = peer.open(&url).await.unwrap();
        let (field_id, text) = (field_id.to_owned(), text.to_owned());
        document.edit(move |tx| field::type_text(tx, &field_id, 0, 0, &text)).unwrap();
        document.wait_until_stored().await.unwrap();
    }

    /// Waits until there is a publication of that version.
    pub(super) async fn is_published(&self, version: i64) {
        let waiting = async {
            while self.published().await < version {
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(60), waiting).await.expect("it is published");
    }

    async fn published(&self) -> i64 {
        let mut database = open(&self.service.database(), true).await;
        sqlx::query_scalar("select ifnull(max(version), 0) from publication").fetch_one(&mut database).await.unwrap()
    }
}

/// The database as somebody has it who needs no service.
pub(super) async fn open(database: &Path, read_only: bool) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(database).read_only(read_only).foreign_keys(false);
    options.connect().await.unwrap()
}

pub(super) async fn execute(database: &Path, sql: &str) {
    let mut connection = open(database, false).await;
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

/// What the command says of a data folder.
pub(super) fn verify(data: &Path, more: &[&str]) -> Output {
    Command::new(binary()).arg("verify").arg("--data").arg(data).args(more).output().unwrap()
}
