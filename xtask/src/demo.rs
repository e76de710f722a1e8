//! `cargo xtask demo`: build everything, serve the demo world, say where to look.
//!
//! The server takes this process's place, so that whoever stops the command stops the server. Its lines go through a
//! second small process, `announce`, which passes them on and adds the addresses once the server says that it listens.

use crate::{
    install,
    process::Failure,
    server::{self, Profile},
    web,
};
use std::{
    io::BufRead,
    os::unix::process::CommandExt,
    path::Path,
    process::{Command, Stdio},
};

/// Builds and serves; returns only if that fails.
///
/// # Errors
/// What is missing, a build's failure, or why the server cannot be started.
pub(crate) fn run(listen: &str, data: &Path) -> Result<(), Failure> {
    install::check_prerequisites()?;
    web::build()?;
    server::build(Profile::Release)?;
    let announcer = std::env::current_exe().map_err(|error| Failure(format!("cannot find this program: {error}")))?;
    let mut announcer = Command::new(announcer)
        .arg("announce")
        .stdin(Stdio::piped())
        .spawn()
        .map_err(|error| Failure(format!("cannot start a second process: {error}")))?;
    let mut coplan = Command::new(server::binary(Profile::Release));
    coplan.arg("demo").arg("--data").arg(data).arg("--listen").arg(listen);
    if let Some(pipe) = announcer.stdin.take() {
        coplan.stdout(pipe);
    }
    let error = coplan.exec();
    Err(Failure(format!("`{}` cannot be started: {error}", server::binary(Profile::Release).display())))
}

/// Passes lines on from standard input, and adds where to look after the one that says the server listens.
///
/// # Errors
/// None: it ends when the server does.
pub(crate) fn announce() -> Result<(), Failure> {
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        println!("{line}");
        if let Some(address) = line.strip_prefix(LISTENING) {
            println!("{}", where_to_look(address.trim()));
        }
    }
    Ok(())
}

fn where_to_look(address: &str) -> String {
    let [doctor, nurse, crew] = CAST;
    format!(
        "
  {address}/              everybody in the demo, all invented: choose who to be
  {address}/professional/ staff: be {doctor} in one window and {nurse}
                          in a second, private one; open the plan of {PERSON} in both, and type
  {address}/crew/         ambulance crew: be {crew}, and read the urgent page of NHS number {PERSON_NHS_NUMBER}

Stop with Ctrl-C. The demo's data stays in its folder; delete that to begin again."
    )
}

/// Two members of staff of different organisations who edit the same plan, and one who reads it.
const CAST: [&str; 3] = ["Dr Amara Okonkwo", "Denise Campbell", "Jess Tully"];
const PERSON: &str = "Ọlátúndé Adéyẹmí";
const PERSON_NHS_NUMBER: &str = "999 012 0005";

/// How the server's line begins; part of what it promises to whoever starts it.
const LISTENING: &str = "listening on ";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_addresses_are_those_the_server_listens_on() {
        let page = where_to_look("http://127.0.0.1:4321");
        for path in ["/ ", "/professional/ ", "/crew/ "] {
            assert!(page.contains(&format!("http://127.0.0.1:4321{path}")), "{path} is missing");
        }
    }

    #[test]
    fn those_who_are_named_are_in_the_demo_world() {
        let read = |file: &str| std::fs::read_to_string(crate::root().join("server/demo").join(file));
        let staff = read("staff.toml").unwrap_or_default();
        for name in CAST {
            assert!(staff.contains(&format!("name = \"{name}\"")), "{name} is not in staff.toml");
        }
        let person = read("people/tunde-adeyemi.toml").unwrap_or_default();
        assert!(person.contains(PERSON) && person.contains(&PERSON_NHS_NUMBER.replace(' ', "")));
    }
}
