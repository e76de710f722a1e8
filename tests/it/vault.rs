//! The vault over HTTP: who sees what, what a look leaves, what is in the files, and what a wrong key does.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

use crate::{
    http::call::Answer,
    plan_desk::PlanDesk,
    service::{binary, database},
};
use serde_json::json;
use std::{
    fs,
    io::{BufRead, BufReader},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Output, Stdio},
};

const CODE: &str = "7193-marigold";

impl PlanDesk {
    fn keep(&self, user: &str, kind: &str, value: &str) -> Answer {
        self.put(user, &format!("/vault/{kind}"), &json!({ "value": value }))
    }

    fn reveal(&self, user: &str, kind: &str, reason: &str) -> Answer {
        self.post(user, &format!("/vault/{kind}/reveal"), &json!({ "reason": reason }))
    }

    /// Who looked at what, and why, oldest first.
    async fn looks(&self) -> Vec<String> {
        let select = "select author.account || ': ' || vault_look.kind || ': ' || vault_look.reason from vault_look
            join author on author.id = vault_look.author where vault_look.plan = ? order by vault_look.id";
        self.service.rows(select, &self.plan).await
    }
}

/// Whether any file of the folder holds these bytes.
fn anywhere(folder: &Path, bytes: &[u8]) -> bool {
    let mut files = fs::read_dir(folder).unwrap().map(|file| fs::read(file.unwrap().path()).unwrap());
    files.any(|file| file.windows(bytes.len()).any(|window| window == bytes))
}

#[tokio::test]
async fn a_code_is_listed_without_its_value_and_shown_for_a_reason_that_is_kept() {
    let desk = PlanDesk::open().await;
    assert_eq!(desk.keep("care-worker", "key-safe-code", "1111").status, 204);
    assert_eq!(desk.keep("nurse", "key-safe-code", CODE).status, 204);
    assert_eq!(desk.keep("nurse", "withheld-address", "4 Larch Walk\nNorthfield").status, 204);

    let listed = desk.get("crew", "/vault");
    let items = listed.json();
    let kinds: Vec<_> = items["items"].as_array().unwrap().iter().map(|item| (&item["kind"], &item["label"])).collect();
    let expected = [("key-safe-code", "Key-safe code"), ("withheld-address", "Address, withheld")]
        .map(|(k, l)| (json!(k), json!(l)));
    assert_eq!(kinds, expected.each_ref().map(|(kind, label)| (kind, label)));
    assert_eq!(items["may_write"], false);
    assert!(!String::from_utf8_lossy(&listed.body).contains(CODE));

    let shown = desk.reveal("crew", "key-safe-code", "No answer at the door");
    assert_eq!((shown.status, shown.json()), (200, json!({ "value": CODE, "hide_after_s": 60 })));
    assert_eq!(shown.header("cache-control"), "no-store");
    let address = desk.reveal("doctor", "withheld-address", "Home visit");
    assert_eq!(address.json()["value"], "4 Larch Walk\nNorthfield");
    let looks = ["crew: key-safe-code: No answer at the door", "doctor: withheld-address: Home visit"];
    assert_eq!(desk.looks().await, looks);
}

#[tokio::test]
async fn what_is_not_allowed_is_refused_by_name_and_leaves_nothing() {
    let mut desk = PlanDesk::open().await;
    assert_eq!(desk.keep("nurse", "door-code", CODE).status, 204);
    let long = "x".repeat(501);
    for (asked, status, code) in [
        (desk.get("pharmacist", "/vault"), 403, "not-allowed"),
        (desk.get("person", "/vault"), 404, "not-found"),
        (desk.keep("crew", "door-code", "1"), 403, "not-allowed"),
        (desk.keep("pharmacist", "door-code", "1"), 403, "not-allowed"),
        (desk.keep("person", "door-code", "1"), 404, "not-found"),
        (desk.keep("nurse", "bank-code", "1"), 404, "not-found"),
        (desk.keep("nurse", "door-code", " "), 422, "value-empty"),
        (desk.keep("nurse", "door-code", &long), 422, "value-too-long"),
        (desk.keep("nurse", "door-code", "1\u{7}"), 422, "value-character"),
        (desk.put("nurse", "/vault/door-code", &json!({ "value": 7193 })), 422, "bad-body"),
        (desk.put("nurse", "/vault/door-code", &json!({ "value": "1", "more": 1 })), 422, "bad-body"),
        (desk.reveal("pharmacist", "door-code", "Because"), 403, "not-allowed"),
        (desk.reveal("person", "door-code", "Because"), 404, "not-found"),
        (desk.reveal("crew", "door-code", ""), 422, "reason-required"),
        (desk.reveal("crew", "door-code", " \t"), 422, "reason-required"),
        (desk.reveal("crew", "door-code", &long), 422, "value-too-long"),
        (desk.post("crew", "/vault/door-code/reveal", &json!({})), 422, "bad-body"),
        (desk.reveal("crew", "alarm-code", "Because"), 404, "not-found"),
        (desk.delete("care-worker", "/vault"), 403, "not-allowed"),
        (desk.delete("crew", "/vault"), 403, "not-allowed"),
        (desk.delete("person", "/vault"), 404, "not-found"),
    ] {
        assert_eq!((asked.status, asked.problem().as_str()), (status, code), "{asked:?}");
        let said = String::from_utf8_lossy(&asked.body);
        assert!(!said.contains(CODE) && !said.contains("xxx"), "{said}");
    }
    assert_eq!(desk.looks().await, [] as [String; 0]);
    assert_eq!(desk.reveal("nurse", "door-code", "Because").json()["value"], CODE, "it is as it was");
    desk.plan = desk.new_plan(1);
    assert_eq!(desk.reveal("nurse", "door-code", "Because").status, 404);
    assert_eq!(desk.get("nurse", "/vault").json()["items"], json!([]));
}

#[tokio::test]
async fn no_file_holds_a_value_and_a_destroyed_vault_is_gone_for_good() {
    let mut desk = PlanDesk::open().await;
    assert_eq!(desk.keep("nurse", "key-safe-code", CODE).status, 204);
    assert_eq!(desk.reveal("crew", "key-safe-code", "No answer").json()["value"], CODE);
    let key: Vec<Vec<u8>> = desk.service.rows("select wrapped from vault_key where plan = ?", &desk.plan).await;
    let folder = desk.service.folder().to_owned();
    assert!(!anywhere(&folder, CODE.as_bytes()) && anywhere(&folder, &key[0]));
    let mode = fs::metadata(folder.join("vault.key")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    desk.service.kill9();
    assert!(!anywhere(&folder, CODE.as_bytes()));
    desk.service.restart();
    assert_eq!(desk.reveal("crew", "key-safe-code", "No answer").json()["value"], CODE, "the key was kept");

    assert_eq!(desk.delete("nurse", "/vault").status, 204);
    assert!(!anywhere(&folder, &key[0]));
    assert_eq!(desk.reveal("nurse", "key-safe-code", "Because").status, 404);
    assert_eq!(desk.get("nurse", "/vault").json()["items"], json!([]));
    assert_eq!(desk.looks().await.len(), 2, "who looked stays");
    assert_eq!(desk.keep("nurse", "key-safe-code", "2222").status, 204);
    let fresh: Vec<Vec<u8>> = desk.service.rows("select wrapped from vault_key where plan = ?", &desk.plan).await;
    assert_ne!(fresh, key);
}

#[tokio::test]
async fn a_service_without_the_vaults_key_says_so_and_does_not_start() {
    let mut desk = PlanDesk::open().await;
    assert_eq!(desk.keep("nurse", "other", CODE).status, 204);
    desk.service.kill9();
    let folder = desk.service.folder().to_owned();
    let file = folder.join("vault.key");
    let key = fs::read_to_string(&file).unwrap();
    let wrong = "0".repeat(64);
    for (environment, says) in [
        (Some("not a key"), "`COPLAN_VAULT_KEY` is not 64 hexadecimal digits"),
        (Some(wrong.as_str()), "the vault's key is not the one that its values were sealed with"),
    ] {
        refuses(&serve(&folder, environment), says);
    }
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    refuses(&serve(&folder, None), "is open to others than its owner: give it mode 0600");
    fs::remove_file(&file).unwrap();
    refuses(&serve(&folder, None), "is missing, and the vault is not empty");
    assert!(!file.exists());

    fs::write(&file, key).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    desk.service.restart();
    assert_eq!(desk.reveal("nurse", "other", "Because").json()["value"], CODE);
}

/// What a server says that is started on the folder and must not serve.
fn serve(folder: &Path, key: Option<&str>) -> Output {
    let mut command = Command::new(binary());
    command.args(["serve", "--listen", "127.0.0.1:0", "--development", "--data"]).arg(folder);
    command.arg("--database-url").arg(database(folder)).env_remove("COPLAN_VAULT_KEY");
    command.envs(key.map(|key| ("COPLAN_VAULT_KEY", key))).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut server = command.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
    if !line.is_empty() {
        server.kill().unwrap();
    }
    let output = server.wait_with_output().unwrap();
    assert_eq!(line, "", "it serves");
    output
}

fn refuses(output: &Output, says: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains(says), "{said}");
    assert!(!said.contains("000000"), "{said}");
}
