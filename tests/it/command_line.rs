//! What the binary answers to flags, environment and definitions that cannot be.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use crate::service::binary;
use std::{path::Path, process::Command};

#[test]
fn a_wrong_command_line_says_why_and_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let wrong = folder.path().join("definitions");
    std::fs::create_dir(&wrong).unwrap();
    std::fs::write(wrong.join("about-me.toml"), "id = \"other\"\ntitle = 3\n").unwrap();
    let (data, wrong) = (folder.path().join("data"), wrong.to_str().unwrap().to_owned());
    let data = data.to_str().unwrap();
    let serve = |more: &[&str]| [&["serve", "--data", data, "--listen", "127.0.0.1:0"], more].concat().join(" ");
    for (line, variable, said) in [
        (String::new(), None, "coplan --help"),
        ("fly".to_owned(), None, "'fly'"),
        ("serve".to_owned(), None, "--data"),
        (serve(&["--what"]), None, "'--what'"),
        (serve(&["--nats-url", "nats://127.0.0.1"]), None, "--nats-url is not supported yet"),
        (serve(&["--policies", "/nonexistent"]), None, "`/nonexistent`"),
        (serve(&["--database-url", "postgres://u:secret@h/d"]), None, "`postgres` are not supported yet"),
        (serve(&["--sections", "/nonexistent"]), None, "`/nonexistent`"),
        (serve(&["--sections", &wrong]), None, "about-me.toml"),
        (format!("sections check {wrong}"), None, "about-me.toml"),
        (format!("serve --data {data} --listen 0.0.0.0:0 --development"), None, "loopback"),
        (format!("serve --data {data} --listen 203.0.113.1:1"), None, "203.0.113.1:1"),
        (format!("serve --data {data}"), Some(("COPLAN_LISTEN", "nowhere")), "'nowhere'"),
        (format!("serve --data {data}"), Some(("COPLAN_DEVELOPMENT", "perhaps")), "'perhaps'"),
        ("serve --listen 127.0.0.1:0".to_owned(), Some(("COPLAN_DATA", "/proc/none")), "/proc/none"),
    ] {
        let mut command = Command::new(binary());
        command.args(line.split_whitespace()).envs(variable);
        let output = command.output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && output.stdout.is_empty(), "{line}");
        assert!(error.contains(said) && error.starts_with("coplan: "), "{line}: {error}");
        assert!(!error.contains("secret"), "{error}");
        assert!(!Path::new(data).exists(), "{line} wrote something");
    }
}
