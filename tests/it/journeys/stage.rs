//! A plan and the people of six organisations around it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use crate::{
    http::call::Call,
    service::{Service, invented_numbers},
};
use coplan_client::{Document, Peer, RequestError, Session, Status};
use coplan_core::{
    content::edit::{Choice, Edit},
    policy::Role,
    section::{Section, Sections},
};
use coplan_server::store::{Account, AccountKind, Organisation};
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::Arc, time::Duration};

/// A running server with one plan.
pub(super) struct Stage {
    pub(super) service: Service,
    pub(super) plan: String,
    pub(super) nhs_number: String,
    sections: Sections,
}

/// Somebody signed in on one device.
pub(super) struct Colleague {
    pub(super) session: Session,
    pub(super) peer: Peer,
    pub(super) plan: String,
    sections: Sections,
}

/// A section as somebody has it open.
pub(super) struct Open {
    pub(super) document: Document,
    section: Arc<Section>,
}

impl Stage {
    /// A server on which the GP has begun a plan.
    pub(super) async fn set() -> Self {
        let accounts: Vec<Account> = PEOPLE.iter().map(account).collect();
        let service = Service::start_with(1, &accounts).await;
        let nhs_number = invented_numbers().next().unwrap().as_str().to_owned();
        let plan = service.sign_in("gp").await.create_plan(&nhs_number).await.unwrap().id;
        Self { service, plan, nhs_number, sections: Sections::embedded() }
    }

    /// What a request of somebody's is answered, as JSON.
    pub(super) fn asks(&self, user: &str, path: &str) -> Value {
        let signed_in = Call::post("/dev/sign-in", &json!({ "user": user })).send(self.service.address());
        let cookie = signed_in.headers["set-cookie"].split(';').next().unwrap().to_owned();
        Call::get(path).header("cookie", &cookie).send(self.service.address()).json()
    }

    pub(super) async fn arrives(&self, user: &str) -> Colleague {
        let session = self.service.sign_in(user).await;
        let peer = Peer::connect(&session);
        Colleague { session, peer, plan: self.plan.clone(), sections: self.sections.clone() }
    }

    /// Asks again until the answer is as it should be. The worker publishes in rounds of its own.
    pub(super) async fn until<T, F: Future<Output = T>>(&self, ask: impl Fn() -> F, is: impl Fn(&T) -> bool) -> T {
        in_time(async {
            loop {
                let answer = ask().await;
                if is(&answer) {
                    return answer;
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        })
        .await
    }
}

impl Colleague {
    pub(super) async fn open(&self, section: &str) -> Open {
        let url = self.session.plan(&self.plan).await.unwrap().section(section).expect(section).url.clone();
        let document = in_time(self.peer.open(&url)).await.unwrap();
        let section = self.sections.section(&section.parse().unwrap()).unwrap();
        Open { document, section: Arc::clone(section) }
    }

    pub(super) async fn loses_the_signal(&self) {
        self.peer.go_offline();
        in_time(self.peer.wait_until(Status::Offline)).await;
    }

    pub(super) fn has_a_signal_again(&self) {
        self.peer.go_online();
    }

    pub(super) async fn signs(&self, sections: &[&Open]) -> Result<Value, RequestError> {
        let at = |open: &&Open| (open.section.id.to_string(), open.document.heads());
        let at: Vec<_> = sections.iter().map(at).collect();
        let at: Vec<_> = at.iter().map(|(id, heads)| (id.as_str(), heads.clone())).collect();
        self.session.publish(&self.plan, &at).await
    }

    pub(super) async fn conflicts(&self) -> Vec<Value> {
        self.session.conflicts(&self.plan).await.unwrap()["conflicts"].as_array().unwrap().clone()
    }

    pub(super) async fn view(&self, view: &str) -> Value {
        serde_json::from_slice(&self.session.view(&self.plan, view, None).await.unwrap().bytes).unwrap()
    }
}

impl Open {
    pub(super) fn does(&self, edit: Edit) {
        self.document.apply(&self.section, &[edit]).unwrap();
    }

    pub(super) fn sets(&self, field: &str, value: impl Into<Value>) {
        self.does(Edit::Set { field: field.to_owned(), value: value.into() });
    }

    pub(super) fn writes(&self, field: &str, text: &str) {
        self.does(Edit::SetText { field: field.to_owned(), text: text.to_owned() });
    }

    pub(super) fn adds(&self, field: &str, id: &str, values: &Value) {
        let values: BTreeMap<String, Value> = serde_json::from_value(values.clone()).unwrap();
        self.does(Edit::AddItem { field: field.to_owned(), id: id.to_owned(), order: None, values });
    }

    pub(super) fn settles(&self, path: &str, value: impl Into<Value>, reason: &str) {
        let choice = Choice::Value(value.into());
        self.does(Edit::Settle { path: path.to_owned(), choice, reason: reason.to_owned(), id: None });
    }

    pub(super) fn holds(&self, field: &str) -> Value {
        self.document.json()["fields"][field].clone()
    }

    pub(super) async fn is_stored(&self) {
        in_time(self.document.wait_until_stored()).await.unwrap();
    }

    /// Waits until this device has it so.
    pub(super) async fn shows(&self, is: impl Fn(&Self) -> bool) {
        let mut events = self.document.follow();
        in_time(async {
            while !is(self) {
                events.next().await.unwrap();
            }
        })
        .await;
    }
}

pub(super) async fn in_time<T>(wait: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(30), wait).await.expect("it happens in time")
}

/// A CPR recommendation that says all it must.
pub(super) fn cpr(id: &str, recommendation: &str, more: &Value) -> Value {
    let mut command = json!({
        "command": "record", "kind": "cpr", "id": id,
        "values": {
            "recommendation": recommendation, "reason_code": "reversible",
            "capacity": "lacks", "capacity_basis": "Could not keep what was said in mind",
            "involvement": "B", "person_informed": "unable", "person_not_informed_reason": "Too drowsy to take part",
            "family_informed": "713656002", "review_due": "2030-01-31",
        },
    });
    for (key, value) in more.as_object().unwrap() {
        command[key] = value.clone();
    }
    command
}

pub(super) const FOR_CPR: &str = "450475007";
pub(super) const NOT_FOR_CPR: &str = "450476008";

type Somebody =
    (&'static str, &'static str, Role, &'static str, (&'static str, &'static str), Option<&'static str>, bool);

const PEOPLE: [Somebody; 10] = [
    ("gp", "Dr Amara Okonkwo", Role::Doctor, "GP partner", SURGERY, Some("GMC 7000001"), true),
    ("nurse-ada", "Ada Marsh", Role::RegisteredProfessional, "District nurse", COMMUNITY, Some("NMC 99A0001E"), false),
    ("physio", "Piotr Zieba", Role::RegisteredProfessional, "Physiotherapist", COMMUNITY, Some("HCPC PH90001"), false),
    ("registrar", "Dr Naa Quarshie", Role::Doctor, "Specialty registrar", HOSPITAL, Some("GMC 7000002"), false),
    ("fy1", "Dr Robin Finch", Role::Doctor, "Foundation year 1 doctor", HOSPITAL, Some("GMC 7000003"), false),
    (
        "consultant",
        "Dr Lena Brandt",
        Role::Specialist,
        "Consultant in palliative medicine",
        HOSPICE,
        Some("GMC 7000004"),
        true,
    ),
    ("geriatrician", "Dr Owen Rhys", Role::Doctor, "Consultant geriatrician", HOSPITAL, Some("GMC 7000005"), true),
    (
        "social-worker",
        "Miriam Katz",
        Role::RegisteredProfessional,
        "Social worker",
        COUNCIL,
        Some("SWE SW90001"),
        false,
    ),
    ("senior-carer", "Bola Ade", Role::SocialCare, "Senior carer", CARE_HOME, None, false),
    (
        "practice-pharmacist",
        "Priya Nair",
        Role::Pharmacist,
        "Practice pharmacist",
        SURGERY,
        Some("GPhC 2290001"),
        false,
    ),
];

const SURGERY: (&str, &str) = ("TZ001", "Millpond Surgery");
const COMMUNITY: (&str, &str) = ("TZ002", "Wenford Community Nursing");
const HOSPITAL: (&str, &str) = ("TZ003", "Wenford General Hospital");
const HOSPICE: (&str, &str) = ("TZ004", "St Brannoc's Hospice");
const COUNCIL: (&str, &str) = ("TZ005", "Wenford Council");
const CARE_HOME: (&str, &str) = ("TZ006", "The Beeches Care Home");

fn account(&(id, name, role, job_title, (code, organisation), registration, senior): &Somebody) -> Account {
    Account {
        id: id.parse().unwrap(),
        kind: AccountKind::Staff,
        name: name.to_owned(),
        role,
        job_title: job_title.to_owned(),
        organisation: Organisation { code: code.parse().unwrap(), name: organisation.to_owned() },
        registration: registration.map(str::to_owned),
        senior,
    }
}
