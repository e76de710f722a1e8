//! A server with plans about which different things are so, and people who are tied to them in different ways.

use crate::{
    http::call::{Answer, Call},
    service::{Service, invented_numbers},
};
use coplan_client::{Peer, Session};
use coplan_core::{
    demographics::{Demographics, Practice, Restriction},
    id::OrganisationCode,
    policy::{Assurance, OrganisationKind, Role, Scope},
    time::UtcMillis,
};
use coplan_server::store::{
    Account, AccountKind, AgreementParty, NewProxy, NewSession, Organisation, OrganisationStanding, Purpose,
    SignedInBy, Store, TokenHash,
};
use serde_json::{Value, json};
use std::{cell::RefCell, collections::BTreeMap};

/// Plans by what is so about them.
pub(super) const PLANS: [&str; 7] =
    ["plain", "emergency-only", "refused", "restricted", "very-restricted", "shared-with-some", "shared-with-team"];

pub(super) struct Court {
    pub(super) service: Service,
    plans: BTreeMap<&'static str, String>,
    cookies: RefCell<BTreeMap<String, String>>,
}

impl Court {
    pub(super) async fn open() -> Self {
        let before = [
            staff("kept-nurse", Role::RegisteredProfessional, "TEST1"),
            staff("low-nurse", Role::RegisteredProfessional, "LOW1"),
        ];
        let service = Service::start_with(PLANS.len() + 1, &before).await;
        let mut court = Self { service, plans: BTreeMap::new(), cookies: RefCell::default() };
        for (name, number) in PLANS.into_iter().zip(invented_numbers()) {
            let made = court.ask("doctor", Call::post("/api/plans", &json!({ "nhs_number": number.as_str() })));
            assert_eq!(made.status, 201, "{made:?}");
            court.plans.insert(name, made.json()["id"].as_str().unwrap().to_owned());
            court.publish(name).await;
        }
        court.say_what_is_so();
        let store = court.service.store().await;
        add_people(&store).await;
        store.close().await;
        // So that nothing stands in memory of what was so before.
        court.service.kill9();
        court.service.restart();
        court.say_with_whom_to_share();
        court
    }

    /// The id of the plan of that name; any other name stands for itself.
    pub(super) fn plan<'n>(&'n self, name: &'n str) -> &'n str {
        self.plans.get(name).map_or(name, String::as_str)
    }

    /// The answer to `user`.
    pub(super) fn ask(&self, user: &str, call: Call) -> Answer {
        call.header("cookie", &self.cookie(user)).send(self.service.address())
    }

    pub(super) async fn session(&self, user: &str) -> Session {
        self.service.sign_in(user).await
    }

    /// Every rule that the audit names after the row `after`, and the last row's number.
    pub(super) async fn rules_after(&self, after: i64) -> (Vec<String>, i64) {
        let select = "select seq || ' ' || rules from audit where seq > cast(? as integer) order by seq";
        let rows: Vec<String> = self.service.rows(select, &after.to_string()).await;
        let last = rows.last().and_then(|row| row.split(' ').next()?.parse().ok()).unwrap_or(after);
        (rows.iter().flat_map(|row| row.split(' ').skip(1).map(str::to_owned)).collect(), last)
    }

    pub(super) fn cookie(&self, user: &str) -> String {
        if let Some(known) = self.cookies.borrow().get(user) {
            return known.clone();
        }
        if let Some(token) = SPECIAL.iter().find(|(name, _)| *name == user) {
            return format!("coplan_session={}", token.1);
        }
        let signed_in = Call::post("/dev/sign-in", &json!({ "user": user })).send(self.service.address());
        assert_eq!(signed_in.status, 200, "{user}: {signed_in:?}");
        let cookie = signed_in.header("set-cookie").split(';').next().unwrap().to_owned();
        self.cookies.borrow_mut().insert(user.to_owned(), cookie.clone());
        cookie
    }

    async fn publish(&self, plan: &str) {
        let session = self.service.sign_in("doctor").await;
        let peer = Peer::connect(&session);
        let plan = session.plan(self.plan(plan)).await.unwrap();
        let document = peer.open(&plan.section("about-me").unwrap().url).await.unwrap();
        let heads: Vec<String> = document.heads().iter().map(ToString::to_string).collect();
        let body = json!({ "sections": [{ "section": "about-me", "heads": heads }] });
        let made = self.ask("doctor", Call::post(&format!("/api/plans/{}/publications", plan.id), &body));
        assert_eq!(made.status, 201, "{made:?}");
    }

    /// What the person chose, as the nurse records it.
    fn say_with_whom_to_share(&self) {
        let some = json!({ "choice": "named-organisations", "organisations": "Somebody Else; party1" });
        for (plan, values) in [("shared-with-some", some), ("shared-with-team", json!({ "choice": "none" }))] {
            let id = "00000000-0000-4000-8000-000000000000";
            let body = json!({ "command": "record", "kind": "sharing_choice", "id": id, "values": values });
            let said = self.ask("nurse", Call::post(&below(self, plan, "/decisions"), &body));
            assert_eq!(said.status, 201, "{said:?}");
        }
    }

    /// What the team says, while it still may.
    fn say_what_is_so(&self) {
        let member = |part: &str| json!({ "part": part, "reason": "As the team agreed" });
        let at = |plan: &str, below: &str| format!("/api/plans/{}{below}", self.plan(plan));
        for plan in PLANS {
            let named = Call::post(&at(plan, "/team/members/nurse"), &member("in")).method("PUT");
            assert_eq!(self.ask("doctor", named).status, 204);
        }
        let kept = Call::post(&at("plain", "/team/members/kept-nurse"), &member("out")).method("PUT");
        assert_eq!(self.ask("doctor", kept).status, 204);
        let code = Call::post(&at("refused", "/vault/key-safe-code"), &json!({ "value": "1066" })).method("PUT");
        assert_eq!(self.ask("doctor", code).status, 204);
        for grade in ["emergency-only", "refused"] {
            let body = json!({ "grade": grade, "reason": "She said so" });
            let said = self.ask("doctor", Call::post(&at(grade, "/sharing/objections"), &body));
            assert_eq!(said.status, 201, "{said:?}");
        }
    }
}

/// Sessions that no sign-in of the tests gives: their users, and their tokens.
const SPECIAL: [(&str, &str); 2] = [
    ("doctor, one factor", "1111111111111111111111111111111111111111111111111111111111111111"),
    ("doctor, elsewhere", "2222222222222222222222222222222222222222222222222222222222222222"),
];

/// People of organisations that came after the plans, so that nobody put them on a care team.
async fn add_people(store: &Store) {
    let now = UtcMillis(1_000_000_000_000);
    for (organisation, purpose) in
        [("PARTY1", Some(Purpose::DirectCare)), ("EMERG1", Some(Purpose::EmergencyCare)), ("STRANGE1", None)]
    {
        store.put_organisation(&named(organisation)).await.unwrap();
        if let Some(purpose) = purpose {
            let (organisation, from) = (organisation.parse().unwrap(), UtcMillis(0));
            let party = AgreementParty { organisation, purpose, from, until: None };
            store.put_party("development", &party).await.unwrap();
        }
    }
    for account in [
        staff("p-nurse", Role::RegisteredProfessional, "PARTY1"),
        staff("p-doctor", Role::Doctor, "PARTY1"),
        staff("p-worker", Role::SocialCare, "PARTY1"),
        staff("p-crew", Role::Crew, "PARTY1"),
        staff("p-officer", Role::PrivacyOfficer, "PARTY1"),
        staff("p-analyst", Role::Analyst, "PARTY1"),
        staff("p-system", Role::System, "PARTY1"),
        staff("e-doctor", Role::Doctor, "EMERG1"),
        staff("s-nurse", Role::RegisteredProfessional, "STRANGE1"),
    ] {
        store.put_account(&account).await.unwrap();
    }
    let standing =
        OrganisationStanding { kind: OrganisationKind::Community, region: String::new(), standards_met: false };
    assert!(store.put_organisation_standing(&"LOW1".parse().unwrap(), &standing).await.unwrap());
    let numbers: Vec<_> = invented_numbers().take(PLANS.len()).collect();
    let restricted = |restriction| Demographics { restriction: Some(restriction), ..Demographics::default() };
    assert!(store.put_demographics(&numbers[3], &restricted(Restriction::Restricted)).await.unwrap());
    assert!(store.put_demographics(&numbers[4], &restricted(Restriction::VeryRestricted)).await.unwrap());
    store.put_own_account(&"olive".parse().unwrap(), &numbers[0], now).await.unwrap();
    let without_plan = invented_numbers().nth(PLANS.len()).unwrap();
    store.put_own_account(&"newcomer".parse().unwrap(), &without_plan, now).await.unwrap();
    let practice = Practice { ods: "TEST1".to_owned(), name: "Northfield Community Trust".to_owned() };
    let registered = Demographics { gp_practice: Some(practice), ..Demographics::default() };
    assert!(store.put_demographics(&without_plan, &registered).await.unwrap());
    let proxy = NewProxy {
        user: "petra".parse().unwrap(),
        name: "Petra".to_owned(),
        nhs_number: numbers[0].clone(),
        basis: "Lasting power of attorney for health and welfare".to_owned(),
        from: UtcMillis(0),
        until: UtcMillis(FAR),
        sees_everything: false,
    };
    store.put_proxy(&proxy).await.unwrap();
    begin_special_sessions(store).await;
}

async fn begin_special_sessions(store: &Store) {
    let refused = store.plan_of(&invented_numbers().nth(2).unwrap()).await.unwrap();
    let role = store.roles_of(&"doctor".parse().unwrap()).await.unwrap()[0].0;
    let one_factor = Scope { assurance: Assurance::Aal1, ..Scope::default() };
    let elsewhere = Scope { only: refused, ..Scope::default() };
    for ((_, token), scope) in SPECIAL.into_iter().zip([one_factor, elsewhere]) {
        let (user, via) = ("doctor".parse().unwrap(), SignedInBy::Oidc);
        let new = NewSession { user, role: Some(role), via, scope, expires_at: UtcMillis(FAR) };
        store.begin_session(&TokenHash::of(token), &new, now()).await.unwrap();
    }
}

fn now() -> UtcMillis {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    UtcMillis(i64::try_from(since.as_millis()).unwrap())
}

fn staff(id: &str, role: Role, organisation: &str) -> Account {
    let kind = if role == Role::Crew { AccountKind::Crew } else { AccountKind::Staff };
    let registered = !matches!(role, Role::SocialCare | Role::PrivacyOfficer | Role::Analyst | Role::System);
    Account {
        id: id.parse().unwrap(),
        kind,
        name: format!("The {id}"),
        role,
        job_title: id.to_owned(),
        organisation: named(organisation),
        registration: registered.then(|| format!("TEST {id}")),
        senior: false,
    }
}

fn named(organisation: &str) -> Organisation {
    let code: OrganisationCode = organisation.parse().unwrap();
    let name = if organisation == "TEST1" { "Northfield Community Trust" } else { organisation };
    Organisation { code, name: name.to_owned() }
}

/// An address of a plan, by the plan's name.
pub(super) fn below(court: &Court, plan: &str, below: &str) -> String {
    format!("/api/plans/{}{below}", court.plan(plan))
}

/// A reason as the API wants one.
pub(super) fn because(more: Value) -> Value {
    let mut body = more;
    body["reason"] = json!("Called in by the family");
    body
}

/// A moment that no test sees, in 2100.
const FAR: i64 = 4_102_444_800_000;
