//! A service that is made by commands alone: organisations, what they agreed to share, staff, people, and who acts for them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use crate::{
    http::call::{Answer, Call},
    service::{Service, binary, database, invented_numbers, listening},
};
use serde_json::json;
use std::{
    path::Path,
    process::{Command, Output},
    time::{Duration, Instant},
};

/// How long the service may take to notice what a command changed.
const NOTICED: Duration = Duration::from_secs(5);

/// A folder in which nothing is, and a service that began there.
struct Bare {
    folder: tempfile::TempDir,
    process: std::process::Child,
    address: String,
}

impl Bare {
    fn started() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new(binary());
        command.arg("serve").arg("--data").arg(folder.path());
        let (process, address) = listening({
            command.args(["--listen", "127.0.0.1:0", "--development"]).env("RUST_LOG", "warn");
            command
        });
        Self { folder, process, address }
    }

    fn run(&self, line: &[&str]) -> Output {
        coplan(self.folder.path(), line)
    }

    fn done(&self, line: &[&str]) -> String {
        let output = self.run(line);
        assert!(output.status.success(), "{line:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Takes over organisations, with this agreement between them.
    fn organisations(&self, agreement: &str) -> Output {
        let file = self.folder.path().join("organisations.toml");
        std::fs::write(&file, format!("{ORGANISATIONS}\n{agreement}")).unwrap();
        self.run(&["organisation", "put", file.to_str().unwrap()])
    }

    fn ask(&self, user: &str, call: &Call) -> Answer {
        let signed_in = Call::post("/dev/sign-in", &json!({ "user": user })).send(&self.address);
        let cookie = signed_in.header("set-cookie").split(';').next().unwrap().to_owned();
        call.clone().header("cookie", &cookie).send(&self.address)
    }

    /// Waits until asking gives this status.
    async fn until(&self, status: u16, user: &str, call: &Call) {
        let begun = Instant::now();
        loop {
            let answer = self.ask(user, call);
            if answer.status == status {
                return;
            }
            assert!(begun.elapsed() < NOTICED, "not {status}: {answer:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn coplan(folder: &Path, line: &[&str]) -> Output {
    Command::new(binary()).args(line).arg("--data").arg(folder).output().unwrap()
}

#[tokio::test]
async fn a_service_without_anybody_becomes_one_that_people_use_by_commands_alone() {
    let bare = Bare::started();
    let number = invented_numbers().next().unwrap();
    let staff = |id: &str, organisation: &str| {
        let who = ["account", "add", "--account", id, "--name", "An Invented Doctor", "--role", "doctor"];
        [&who[..], &["--job-title", "GP", "--organisation", organisation]].concat().join("\t")
    };
    let add = |line: &str| bare.run(&line.split('\t').collect::<Vec<_>>());
    assert!(!add(&staff("gp", "Z9A01")).status.success(), "nobody works where there is nothing");

    assert_eq!(bare.organisations("").status.code(), Some(0));
    let listed = bare.done(&["organisation", "list"]);
    assert_eq!(
        listed,
        "Z9B01\tNorthmoor Hospital\thospital\tnorth\nZ9A01\tNorthmoor Practice\tgeneral-practice\tnorth\n"
    );
    for (id, organisation) in [("gp", "Z9A01"), ("registrar", "Z9B01")] {
        assert!(add(&staff(id, organisation)).status.success());
    }
    let person = ["person", "put", "--name", "An Invented Person", "--born", "1950-01-01", "--nhs-number"];
    bare.done(&[&person[..], &[number.as_str()]].concat());

    let made = bare.ask("gp", &Call::post("/api/plans", &json!({ "nhs_number": number.as_str() })));
    assert_eq!(made.status, 201, "{made:?}");
    let plan = made.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(bare.ask("gp", &Call::get(&format!("/api/plans/{plan}"))).status, 200);
}

#[tokio::test]
async fn an_agreement_holds_from_its_first_day_to_its_last_and_for_a_party_from_and_until_its_own() {
    let bare = Bare::started();
    // Before the first plan: development lets everybody share who has agreed nothing.
    assert!(bare.organisations(&agreement("2999-01-01", "", "")).status.success());
    for (id, organisation) in [("gp", "Z9A01"), ("registrar", "Z9B01")] {
        let who = ["account", "add", "--account", id, "--name", "An Invented Doctor", "--role", "doctor"];
        bare.done(&[&who[..], &["--job-title", "Doctor", "--organisation", organisation]].concat());
    }
    let number = invented_numbers().next().unwrap();
    let person = ["person", "put", "--name", "An Invented Person", "--born", "1950-01-01", "--nhs-number"];
    bare.done(&[&person[..], &[number.as_str()]].concat());
    let made = bare.ask("gp", &Call::post("/api/plans", &json!({ "nhs_number": number.as_str() })));
    let plan = made.json()["id"].as_str().unwrap().to_owned();
    let see = Call::get(&format!("/api/plans/{plan}"));
    for (from, until, party) in [
        ("2999-01-01", "", ""),
        ("2020-01-01", "2020-12-31", ""),
        ("2020-01-01", "", "from = 2999-01-01"),
        ("2020-01-01", "", "until = 2020-12-31"),
    ] {
        assert!(bare.organisations(&agreement(from, until, party)).status.success());
        bare.until(404, "registrar", &see).await;
        assert!(bare.organisations(&agreement("2020-01-01", "2999-12-31", "")).status.success());
        bare.until(200, "registrar", &see).await;
    }
    assert_eq!(bare.ask("gp", &see).status, 200, "whoever keeps the plan needs no agreement");
}

/// Between both organisations; `party` says more of the hospital's part.
fn agreement(from: &str, until: &str, party: &str) -> String {
    let until = if until.is_empty() { String::new() } else { format!("until = {until}") };
    let parties = ["Z9A01", "Z9B01"].map(|code| {
        let own = if code == "Z9B01" { party } else { "" };
        format!("[[agreement.party]]\norganisation = '{code}'\npurpose = 'direct-care'\n{own}\n")
    });
    format!("[[agreement]]\nid = 'north'\ntitle = 'North'\nfrom = {from}\n{until}\n{}", parties.concat())
}

#[tokio::test]
async fn a_file_with_a_fault_is_refused_whole() {
    let bare = Bare::started();
    let refused = bare.organisations("[[agreement]]\nid = 'n'\ntitle = 'N'\nfrom = 2026-04-02\nuntil = 2026-04-01\n");
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(!refused.status.success() && said.contains("organisations.toml: agreement `n`: it ends before"), "{said}");
    assert_eq!(bare.done(&["organisation", "list"]), "", "nothing of it was taken over");
    let nowhere = coplan(&bare.folder.path().join("none"), &["organisation", "list"]);
    assert!(!nowhere.status.success() && !bare.folder.path().join("none").exists());
}

#[tokio::test]
async fn somebody_acts_for_a_person_until_a_day_that_is_over() {
    let service = Service::start(2).await;
    let numbers: Vec<String> = invented_numbers().take(2).map(|number| number.as_str().to_owned()).collect();
    let number = numbers[1].clone();
    service.sign_in("doctor").await.create_plan(&number).await.unwrap();
    let proxy = |account: &str, number: &str, basis: &str, until: &str| {
        let mut command = Command::new(binary());
        command.args(["person", "proxy", "--data"]).arg(service.folder()).arg("--database-url");
        command.arg(database(service.folder())).args(["--account", account, "--nhs-number", number]);
        command.args(["--basis", basis, "--from", "2026-01-01", "--until", until]).output().unwrap()
    };
    let of = |answer: &Answer| answer.json()["roles"].to_string();
    let me = || {
        let signed_in = Call::post("/dev/sign-in", &json!({ "user": "person" })).send(service.address());
        let cookie = signed_in.header("set-cookie").split(';').next().unwrap().to_owned();
        Call::get("/api/me").header("cookie", &cookie).send(service.address())
    };
    let attorney = "Lasting power of attorney for health and welfare";
    for (account, number, basis, until, why) in [
        ("nobody", &*number, attorney, "2999-01-01", "no account `nobody`"),
        ("nurse", &*number, attorney, "2999-01-01", "no account `nurse` of a person"),
        ("person", "9990009999", attorney, "2999-01-01", "NHS number"),
        ("person", &*number, "", "2999-01-01", "--basis"),
        ("person", &*number, attorney, "2025-01-01", "ends before"),
        ("person", &*number, attorney, "soon", "YYYY-MM-DD"),
    ] {
        let refused = proxy(account, number, basis, until);
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success() && said.contains(why), "{account} {until}: {said}");
    }
    assert!(!of(&me()).contains("Attorney for"));
    let done = proxy("person", &number, attorney, "2999-01-01");
    assert!(done.status.success(), "{done:?}");
    assert!(of(&me()).contains("Attorney for An Invented Person"), "{}", of(&me()));
}

const ORGANISATIONS: &str = r#"
[[organisation]]
code = "Z9A01"
name = "Northmoor Practice"
kind = "general-practice"
region = "north"
standards_met = true

[[organisation]]
code = "Z9B01"
name = "Northmoor Hospital"
kind = "hospital"
region = "north"
standards_met = true
"#;
