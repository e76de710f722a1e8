//! Rules from a folder, `--policies`: taken whole or not at all, and in force at once.

use crate::{
    http::call::Call,
    service::{Service, binary, invented_numbers},
};
use serde_json::json;
use std::{fs, path::Path, process::Command};

#[test]
fn a_folder_of_rules_with_anything_wrong_stops_the_service_before_it_starts_and_names_file_and_rule() {
    let folder = tempfile::tempdir().unwrap();
    let (data, rules) = (folder.path().join("data"), folder.path().join("rules"));
    copy_embedded(&rules);
    let wrong = "@id(\"moon\") @title(\"Only by moonlight.\") @reason(\"the moon is down\")\n\
                 forbid (principal, action, resource) when { context.moon };\n\
                 @id(\"nameless\")\npermit (principal is Crew, action == Action::\"plan:see\", resource is Plan);\n";
    fs::write(rules.join("moon.cedar"), wrong).unwrap();
    fs::write(rules.join("cases/moon.json"), "[{\"about\": 3}]").unwrap();
    let (data, rules) = (data.to_str().unwrap(), rules.to_str().unwrap());
    let ran = Command::new(binary())
        .args(["serve", "--data", data, "--listen", "127.0.0.1:0", "--policies", rules])
        .output()
        .unwrap();
    let said = String::from_utf8(ran.stderr).unwrap();
    assert!(!ran.status.success() && ran.stdout.is_empty());
    for named in ["moon.cedar, rule `moon`", "moon.cedar, rule `nameless`: it has no @title"] {
        assert!(said.contains(named), "`{named}` is not in:\n{said}");
    }
    assert!(!Path::new(data).exists(), "nothing was written");
}

#[tokio::test]
async fn a_rule_that_is_put_into_the_folder_is_in_force_once_the_service_starts() {
    let folder = tempfile::tempdir().unwrap();
    copy_embedded(folder.path());
    // They say that doctors do.
    fs::remove_dir_all(folder.path().join("cases")).unwrap();
    let rule = "@id(\"doctors-see-nothing\")\n@title(\"Doctors see no plan.\")\n@reason(\"doctors see nothing today\")\n\
                forbid (principal is Professional, action == Action::\"plan:see\", resource)\n\
                when { principal.role == \"doctor\" };\n";
    fs::write(folder.path().join("today.cedar"), rule).unwrap();
    let service = Service::start_with_policies(1, folder.path()).await;
    let number = invented_numbers().next().unwrap();
    let ask = |user: &str, call: Call| {
        let signed_in = Call::post("/dev/sign-in", &json!({ "user": user })).send(service.address());
        let cookie = signed_in.header("set-cookie").split(';').next().unwrap().to_owned();
        call.header("cookie", &cookie).send(service.address())
    };
    let made = ask("nurse", Call::post("/api/plans", &json!({ "nhs_number": number.as_str() })));
    assert_eq!(made.status, 201, "{made:?}");
    let plan = format!("/api/plans/{}", made.json()["id"].as_str().unwrap());
    assert_eq!(ask("nurse", Call::get(&plan)).status, 200);
    let refused = ask("doctor", Call::get(&plan));
    assert_eq!((refused.status, refused.problem().as_str()), (403, "not-allowed"));
    assert_eq!(refused.json()["detail"], "doctors see nothing today");
}

fn copy_embedded(to: &Path) {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../core/policies");
    fs::create_dir_all(to.join("cases")).unwrap();
    for folder in ["", "cases"] {
        for entry in fs::read_dir(from.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                fs::copy(&path, to.join(folder).join(path.file_name().unwrap())).unwrap();
            }
        }
    }
}
