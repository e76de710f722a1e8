//! What was typed, read into a `Command`.

use crate::test::STEPS;
use std::{
    fmt,
    net::{SocketAddr, ToSocketAddrs},
    path::PathBuf,
};

/// The page that `cargo xtask help` prints.
pub(crate) const USAGE: &str = "\
cargo xtask demo [--listen 127.0.0.1:8080] [--data demo-data]
    build the web apps and the server, make the demo world if it is missing, serve it
cargo xtask test [STEP ...]
    install what the tests need (it says first what), build, and run everything, or only the named steps:
    build format lint rust web interop fhir identity browser
cargo xtask web
    build the web apps
cargo xtask bench sync [ARGUMENT ...]
    start a server and measure co-editing
cargo xtask bench plan [ARGUMENT ...]
    measure what a full plan costs: views, conflicts, history
cargo xtask bench access [ARGUMENT ...]
    start a server and measure what decisions cost, and the audit of a read
cargo xtask bench publish [ARGUMENT ...]
    start a server and measure how published views are read and delivered
cargo xtask sqlx
    renew the query descriptions that the server is compiled with";

/// One command, ready to run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// Print the usage page.
    Help,
    /// Build everything and serve the demo world.
    Demo {
        /// Address to listen on.
        listen: String,
        /// Folder of the demo world.
        data: PathBuf,
    },
    /// The far end of the demo's pipe: pass the server's lines on and say where to look. Not for people.
    Announce,
    /// Build the web apps.
    Web,
    /// Renew the offline query descriptions.
    Sqlx,
    /// Run the tests, all of them if no step is named.
    Test {
        /// Names of steps.
        steps: Vec<String>,
    },
    /// Measure something.
    Bench {
        /// One of `BENCHES`.
        name: &'static str,
        /// Handed to the bench as they are.
        arguments: Vec<String>,
    },
}

/// Why a command line cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ArgumentError {
    /// No such command.
    Command(String),
    /// No such flag, or a word where none is expected.
    Unexpected(String),
    /// A flag that stands without its value.
    ValueMissing(&'static str),
    /// Not `ADDRESS:PORT`.
    Address(String),
    /// No such test step.
    Step(String),
    /// No such bench.
    Bench(String),
}

impl fmt::Display for ArgumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Command(word) => write!(f, "no command `{word}`"),
            Self::Unexpected(word) => write!(f, "unexpected `{word}`"),
            Self::ValueMissing(flag) => write!(f, "`{flag}` needs a value"),
            Self::Address(text) => write!(f, "`{text}` is not an address such as `127.0.0.1:8080`"),
            Self::Step(word) => write!(f, "no test step `{word}`"),
            Self::Bench(word) => write!(f, "no bench `{word}`; there are {}", BENCHES.join(", ")),
        }
    }
}

/// Reads the words after `cargo xtask`.
///
/// # Errors
/// The first word that cannot be understood.
pub(crate) fn parse(words: &[String]) -> Result<Command, ArgumentError> {
    let Some((command, rest)) = words.split_first() else {
        return Ok(Command::Help);
    };
    match command.as_str() {
        "help" | "--help" | "-h" => nothing_more(rest, Command::Help),
        "demo" => demo(rest),
        "announce" => nothing_more(rest, Command::Announce),
        "web" => nothing_more(rest, Command::Web),
        "sqlx" => nothing_more(rest, Command::Sqlx),
        "test" => test(rest),
        "bench" => bench(rest),
        other => Err(ArgumentError::Command(other.to_owned())),
    }
}

fn nothing_more(rest: &[String], command: Command) -> Result<Command, ArgumentError> {
    match rest.first() {
        None => Ok(command),
        Some(word) => Err(ArgumentError::Unexpected(word.clone())),
    }
}

fn demo(words: &[String]) -> Result<Command, ArgumentError> {
    let mut listen = LISTEN_DEFAULT.to_owned();
    let mut data = PathBuf::from(DATA_DEFAULT);
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--listen" => listen = address(words.next().ok_or(ArgumentError::ValueMissing("--listen"))?)?,
            "--data" => data = words.next().ok_or(ArgumentError::ValueMissing("--data"))?.into(),
            "--help" | "-h" => return Ok(Command::Help),
            other => return Err(ArgumentError::Unexpected(other.to_owned())),
        }
    }
    Ok(Command::Demo { listen, data })
}

fn address(text: &str) -> Result<String, ArgumentError> {
    let wrong = || ArgumentError::Address(text.to_owned());
    let resolved: Option<SocketAddr> = text.to_socket_addrs().map_err(|_| wrong())?.next();
    resolved.map(|_| text.to_owned()).ok_or_else(wrong)
}

fn test(words: &[String]) -> Result<Command, ArgumentError> {
    for word in words {
        match word.as_str() {
            "--help" | "-h" => return Ok(Command::Help),
            flag if flag.starts_with('-') => return Err(ArgumentError::Unexpected(flag.to_owned())),
            name if STEPS.iter().any(|step| step.name == name) => {}
            name => return Err(ArgumentError::Step(name.to_owned())),
        }
    }
    Ok(Command::Test { steps: words.to_vec() })
}

fn bench(words: &[String]) -> Result<Command, ArgumentError> {
    match words.split_first() {
        Some((name, arguments)) => {
            let known = BENCHES.into_iter().find(|bench| bench == name);
            let name = known.ok_or_else(|| ArgumentError::Bench(name.clone()))?;
            Ok(Command::Bench { name, arguments: arguments.to_vec() })
        }
        None => Err(ArgumentError::ValueMissing("bench")),
    }
}

/// What can be measured.
const BENCHES: [&str; 4] = ["sync", "plan", "access", "publish"];

const LISTEN_DEFAULT: &str = "127.0.0.1:8080";
const DATA_DEFAULT: &str = "demo-data";

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Command, ArgumentError> {
        parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn the_two_commands_need_no_arguments() {
        assert_eq!(read("demo"), Ok(Command::Demo { listen: LISTEN_DEFAULT.into(), data: DATA_DEFAULT.into() }));
        assert_eq!(read("test"), Ok(Command::Test { steps: vec![] }));
    }

    #[test]
    fn a_demo_takes_its_address_and_folder() {
        let expected = Command::Demo { listen: "127.0.0.1:0".into(), data: "there".into() };
        assert_eq!(read("demo --data there --listen 127.0.0.1:0"), Ok(expected));
    }

    #[test]
    fn a_wrong_word_is_named() {
        assert_eq!(read("dmeo"), Err(ArgumentError::Command("dmeo".into())));
        assert_eq!(read("demo --port 1"), Err(ArgumentError::Unexpected("--port".into())));
        assert_eq!(read("demo --listen"), Err(ArgumentError::ValueMissing("--listen")));
        assert_eq!(read("demo --listen nowhere"), Err(ArgumentError::Address("nowhere".into())));
        assert_eq!(read("test inter"), Err(ArgumentError::Step("inter".into())));
        assert_eq!(read("bench disk"), Err(ArgumentError::Bench("disk".into())));
        assert_eq!(read("web now"), Err(ArgumentError::Unexpected("now".into())));
    }

    #[test]
    fn the_usage_page_names_every_step() {
        for step in STEPS {
            assert!(USAGE.contains(step.name), "{} is not on the page", step.name);
        }
    }
}
