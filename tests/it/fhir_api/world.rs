//! A published plan, and a server that knows systems.

use crate::{
    http::call::{Answer, Call},
    service::{Service, invented_numbers},
};
use coplan_client::{Document, Peer, Session, field};
use jsonwebtoken::EncodingKey;
use serde_json::{Value, json};
use std::{
    cell::RefCell,
    collections::BTreeMap,
    fs::{self, File},
};

pub(super) struct World {
    pub(super) service: Service,
    pub(super) plan: String,
    pub(super) number: String,
    /// Signs for the systems of `IDENTITY`.
    pub(super) key: EncodingKey,
    folder: tempfile::TempDir,
    nurse: Session,
    _peer: Peer,
    document: Document,
    cookies: RefCell<BTreeMap<String, String>>,
}

impl World {
    /// A plan whose first version is published.
    pub(super) async fn published() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap();
        fs::write(folder.path().join("system.pem"), pair.public_key_pem()).unwrap();
        fs::write(folder.path().join("identity.toml"), IDENTITY).unwrap();
        let log = File::create(folder.path().join("log")).unwrap();
        let file = folder.path().join("identity.toml");
        let service = Service::start_logged(2, &["--identity", file.to_str().unwrap(), "--log-json"], log).await;
        let number = numbers().next().unwrap();
        let plan = service.sign_in("doctor").await.create_plan(&number).await.unwrap();
        let nurse = service.sign_in("nurse").await;
        let peer = Peer::connect(&nurse);
        let document = peer.open(&plan.section("about-me").unwrap().url).await.unwrap();
        let key = EncodingKey::from_ec_pem(pair.serialize_pem().as_bytes()).unwrap();
        let cookies = RefCell::default();
        let world = Self { service, plan: plan.id, number, key, folder, nurse, _peer: peer, document, cookies };
        world.publish("Her sister").await;
        world
    }

    pub(super) async fn publish(&self, words: &str) {
        self.document.edit(|tx| field::set(tx, "supported_by", words)).unwrap();
        self.document.wait_until_stored().await.unwrap();
        self.nurse.publish(&self.plan, &[("about-me", self.document.heads())]).await.unwrap();
    }

    pub(super) fn base(&self) -> String {
        self.service.base_url()
    }

    /// What stands behind `/fhir/R4/` in an address.
    pub(super) fn below_base<'a>(&self, url: &'a Value) -> &'a str {
        let url = url.as_str().unwrap();
        url.strip_prefix(&format!("{}/fhir/R4/", self.base())).unwrap_or_else(|| panic!("{url}"))
    }

    pub(super) fn fhir(&self, below: &str) -> Call {
        Call::get(&format!("/fhir/R4/{}", below.replace('|', "%7C")))
    }

    pub(super) fn get(&self, user: &str, below: &str) -> Answer {
        self.ask(user, self.fhir(below))
    }

    pub(super) fn search(&self, user: &str, kind: &str, form: &str) -> Answer {
        let call = Call::post_text(&format!("/fhir/R4/{kind}/_search"), form);
        self.ask(user, call.header("content-type", "application/x-www-form-urlencoded"))
    }

    pub(super) fn ask(&self, user: &str, call: Call) -> Answer {
        let known = self.cookies.borrow().get(user).cloned();
        let cookie = known.unwrap_or_else(|| {
            let signed_in = self.send(&Call::post("/dev/sign-in", &json!({ "user": user })));
            signed_in.header("set-cookie").split(';').next().unwrap().to_owned()
        });
        self.cookies.borrow_mut().insert(user.to_owned(), cookie.clone());
        self.send(&call.header("cookie", &cookie))
    }

    pub(super) fn send(&self, call: &Call) -> Answer {
        call.send(self.service.address())
    }

    /// What somebody asked of plans, in order: action, resource, outcome, version.
    pub(super) async fn events(&self, user: &str) -> Vec<String> {
        let select =
            "select trim(action || ' ' || coalesce(resource, '') || ' ' || outcome || ' ' || coalesce(version, ''))
                      from audit join author on author.id = audit.author
                      where author.account = ? and action in ('view:read', 'audit:read') order by seq";
        self.service.rows(select, user).await
    }

    /// Why systems got no token, as the log says, in order.
    pub(super) fn reasons(&self) -> Vec<String> {
        let log = fs::read_to_string(self.folder.path().join("log")).unwrap();
        let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines.filter_map(|line| Some(line["fields"]["client.refused"].as_str()?.to_owned())).collect()
    }

    pub(super) fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap()
    }
}

pub(super) fn numbers() -> impl Iterator<Item = String> {
    invented_numbers().map(|number| number.as_str().to_owned())
}

const IDENTITY: &str = r#"
[[client]]
id = "shared-record"
title = "Shared record"
organisation = "TEST1"
keys = ["system.pem"]
scopes = ["system/*.read"]

[[client]]
id = "locator"
title = "Record locator"
organisation = "TEST1"
keys = ["system.pem"]
scopes = ["system/DocumentReference.rs", "system/CarePlan.r"]

[[client]]
id = "stranger"
title = "Somebody else's record"
organisation = "NONE1"
keys = ["system.pem"]
scopes = ["system/*.rs"]

[[app]]
id = "ward-list"
title = "Ward list"
redirect_uris = ["http://127.0.0.1:9/back?kept=1"]
scopes = ["user/CarePlan.rs", "user/Bundle.r"]

[[app]]
id = "other-list"
title = "Other list"
redirect_uris = ["http://127.0.0.1:9/back?kept=1"]
scopes = ["user/*.rs"]
"#;
