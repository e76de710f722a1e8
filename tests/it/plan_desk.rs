//! A server with one plan, and people who ask it about that plan.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use crate::{
    http::call::{Answer, Call},
    service::{Service, invented_numbers},
};
use coplan_client::{Document, OpenError, Peer};
use coplan_core::nhs_number::NhsNumber;
use coplan_server::store::Account;
use serde_json::{Value, json};
use std::{
    cell::RefCell,
    collections::BTreeMap,
    path::Path,
    time::{Duration, Instant},
};

/// A second, and what a machine that does other things besides adds to it.
const RIGHTS_FOLLOW: Duration = Duration::from_secs(5);

/// A server with a plan; requests go to addresses below the plan's.
pub(crate) struct PlanDesk {
    pub(crate) service: Service,
    pub(crate) plan: String,
    pub(crate) number: NhsNumber,
    cookies: RefCell<BTreeMap<String, String>>,
}

impl PlanDesk {
    pub(crate) async fn open() -> Self {
        Self::of(Service::start(2).await)
    }

    /// The same by definitions from a folder.
    pub(crate) async fn open_with_sections(folder: &Path) -> Self {
        Self::of(Service::start_with_sections(2, folder).await)
    }

    /// The same with these people's accounts as well.
    pub(crate) async fn open_with(accounts: &[Account]) -> Self {
        Self::of(Service::start_with(2, accounts).await)
    }

    fn of(service: Service) -> Self {
        let number = invented_numbers().next().unwrap();
        let mut desk = Self { service, plan: String::new(), number, cookies: RefCell::default() };
        desk.plan = desk.new_plan(0);
        desk
    }

    /// Begins the plan of the person of that position.
    pub(crate) fn new_plan(&self, person: usize) -> String {
        let number = invented_numbers().nth(person).unwrap();
        let made = self.ask("doctor", Call::post("/api/plans", &json!({ "nhs_number": number.as_str() })));
        assert_eq!(made.status, 201, "{made:?}");
        made.json()["id"].as_str().unwrap().to_owned()
    }

    pub(crate) fn get(&self, user: &str, below: &str) -> Answer {
        self.ask(user, Call::get(&self.address(below)))
    }

    /// At an address of the server's, not of the plan's.
    pub(crate) fn get_anywhere(&self, user: &str, address: &str) -> Answer {
        self.ask(user, Call::get(address))
    }

    /// The same, with a body.
    pub(crate) fn post_anywhere(&self, user: &str, address: &str, body: &Value) -> Answer {
        self.ask(user, Call::post(address, body))
    }

    pub(crate) fn post(&self, user: &str, below: &str, body: &Value) -> Answer {
        self.ask(user, Call::post(&self.address(below), body))
    }

    pub(crate) fn put(&self, user: &str, below: &str, body: &Value) -> Answer {
        self.ask(user, Call::post(&self.address(below), body).method("PUT"))
    }

    pub(crate) fn delete(&self, user: &str, below: &str) -> Answer {
        self.ask(user, Call::get(&self.address(below)).method("DELETE"))
    }

    /// A section's document as `user` syncs it. Sockets have a second to follow what is true of rights by then.
    pub(crate) async fn document(&self, user: &str, section: &str) -> (Peer, Document) {
        let session = self.service.sign_in(user).await;
        let plan = session.plan(&self.plan).await.unwrap();
        let url = &plan.section(section).unwrap().url;
        let begun = Instant::now();
        loop {
            let peer = Peer::connect(&session);
            match peer.open(url).await {
                Err(OpenError::Unavailable) if begun.elapsed() < RIGHTS_FOLLOW => {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                opened => return (peer, opened.unwrap()),
            }
        }
    }

    fn ask(&self, user: &str, call: Call) -> Answer {
        call.header("cookie", &self.cookie(user)).send(self.service.address())
    }

    /// The session of `user`.
    pub(crate) fn cookie(&self, user: &str) -> String {
        let known = self.cookies.borrow().get(user).cloned();
        known.unwrap_or_else(|| self.sign_in(user))
    }

    fn sign_in(&self, user: &str) -> String {
        let signed_in = Call::post("/dev/sign-in", &json!({ "user": user })).send(self.service.address());
        assert_eq!(signed_in.status, 200, "{user}");
        let cookie = signed_in.header("set-cookie").split(';').next().unwrap().to_owned();
        self.cookies.borrow_mut().insert(user.to_owned(), cookie.clone());
        cookie
    }

    fn address(&self, below: &str) -> String {
        format!("/api/plans/{}{below}", self.plan)
    }
}
