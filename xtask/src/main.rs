//! The commands a newcomer types: `cargo xtask demo` and `cargo xtask test`, and a few that they are made of.
//!
//! Only the standard library is used, so that this crate is compiled in a second or two. To add a command: a variant
//! of `Command`, its line in `USAGE`, its words in `arguments::parse`, and a module that runs it.

mod arguments;
mod bench;
mod demo;
mod install;
mod process;
mod server;
mod sqlx;
mod steps;
mod test;
mod web;

use arguments::{Command, USAGE};
use process::Failure;
use std::{path::PathBuf, process::ExitCode};

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let command = match arguments::parse(&words) {
        Ok(command) => command,
        Err(error) => {
            eprintln!("xtask: {error}; `cargo xtask help` lists what there is");
            return ExitCode::from(EXIT_USAGE);
        }
    };
    match run(command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("xtask: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Help => {
            println!("{USAGE}");
            Ok(())
        }
        Command::Demo { listen, data } => demo::run(&listen, &data),
        Command::Announce => demo::announce(),
        Command::Web => web::build(),
        Command::Sqlx => sqlx::prepare(),
        Command::Test { steps } => test::run(&steps),
        Command::Bench { name, arguments } => bench::run(name, &arguments),
    }
}

/// The checkout's top folder.
fn root() -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.parent().map(PathBuf::from).unwrap_or(here)
}

/// What a wrong command line answers with.
const EXIT_USAGE: u8 = 2;
