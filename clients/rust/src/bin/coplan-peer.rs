//! The peer on a command line: one JSON document a line on standard output, one reason on standard error.

use clap::{Parser, Subcommand};
use coplan_client::{Document, Event, OpenError, Peer, Session, field};
use serde_json::{Value, json};
use std::{error::Error, io::Write, process::ExitCode, time::Duration};

/// A headless peer of a Coplan server.
#[derive(Debug, Parser)]
#[command(name = "coplan-peer", version)]
struct Arguments {
    /// The server's address.
    #[arg(long, env = "COPLAN_SERVER", default_value = "http://127.0.0.1:8080")]
    server: String,
    /// Who to sign in as, by the id that `users` lists; under `--development` only.
    #[arg(long, env = "COPLAN_USER", default_value = "")]
    user: String,
    /// Longest wait for the server, in seconds.
    #[arg(long, env = "COPLAN_WAIT_S", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    wait_s: u64,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List who can sign in.
    Users,
    /// List the plans that the user may see.
    Plans {
        /// Only that of this NHS number.
        #[arg(long)]
        nhs_number: Option<String>,
    },
    /// Print a plan with the addresses of its sections.
    Plan {
        /// The plan's id.
        plan: String,
    },
    /// Print a section's content once.
    Open {
        /// Its `automerge:` address.
        url: String,
    },
    /// Set a field, and wait until it is stored.
    Set {
        /// The section's `automerge:` address.
        url: String,
        /// The field's id.
        field: String,
        /// Its new value: JSON (`true`, `3`, `"text"`), or else taken as text. `null` clears it.
        value: String,
    },
    /// Print a section's content, and again after every change, until interrupted.
    Follow {
        /// Its `automerge:` address.
        url: String,
    },
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("coplan-peer: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Box<dyn Error>> {
    if let Command::Users = arguments.command {
        return print_each(Session::users(&arguments.server).await?);
    }
    if arguments.user.is_empty() {
        return Err("name who to sign in as with --user or COPLAN_USER; `users` lists them".into());
    }
    let session = Session::sign_in(&arguments.server, &arguments.user).await?;
    let wait = Duration::from_secs(arguments.wait_s);
    match arguments.command {
        Command::Users => Ok(()),
        Command::Plans { nhs_number } => print_each(session.plans(nhs_number.as_deref()).await?),
        Command::Plan { plan } => print(&session.plan(&plan).await?),
        Command::Open { url } => {
            let document = open(&session, &url, wait).await?;
            print(&line(&document))
        }
        Command::Set { url, field, value } => {
            let document = open(&session, &url, wait).await?;
            set(&document, &field, &value)?;
            tokio::time::timeout(wait, document.wait_until_stored()).await.map_err(|_| "not stored in time")??;
            print(&line(&document))
        }
        Command::Follow { url } => follow(&open(&session, &url, wait).await?).await,
    }
}

async fn open(session: &Session, url: &str, wait: Duration) -> Result<Document, Box<dyn Error>> {
    let opened: Result<Result<Document, OpenError>, _> =
        tokio::time::timeout(wait, Peer::connect(session).open(url)).await;
    Ok(opened.map_err(|_| "the server did not answer in time")??)
}

fn set(document: &Document, name: &str, value: &str) -> Result<(), Box<dyn Error>> {
    let value: Value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
    document.edit(|tx| match &value {
        Value::Null => field::clear(tx, name),
        Value::Bool(yes) => field::set(tx, name, *yes),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => field::set(tx, name, whole),
            None => field::set(tx, name, number.as_f64().unwrap_or_default()),
        },
        Value::String(text) => field::set(tx, name, text.as_str()),
        other => field::set(tx, name, other.to_string()),
    })?;
    Ok(())
}

async fn follow(document: &Document) -> Result<(), Box<dyn Error>> {
    let mut events = document.follow();
    print(&line(document))?;
    while let Some(event) = events.next().await {
        match event {
            Event::Changed(_) | Event::Missed(_) => print(&line(document))?,
            Event::Ephemeral { sender, value } => print(&json!({ "said": value, "sender": sender }))?,
            Event::Refused(refusal) => print(&json!({ "refused": refusal.reason, "code": refusal.code }))?,
            Event::Unavailable => print(&json!({ "unavailable": document.url() }))?,
            Event::Stored(_) => {}
        }
    }
    Ok(())
}

fn line(document: &Document) -> Value {
    let heads: Vec<String> = document.heads().iter().map(ToString::to_string).collect();
    json!({ "url": document.url(), "heads": heads, "access": document.access(), "content": document.json() })
}

fn print_each<T: serde::Serialize>(values: Vec<T>) -> Result<(), Box<dyn Error>> {
    values.iter().try_for_each(print)
}

fn print<T: serde::Serialize>(value: &T) -> Result<(), Box<dyn Error>> {
    let mut out = std::io::stdout().lock();
    serde_json::to_writer(&mut out, value)?;
    Ok(writeln!(out)?)
}
