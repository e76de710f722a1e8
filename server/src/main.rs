//! The binary `coplan`.

use coplan_core::{catalogue, section::Sections};
use coplan_server::{
    accounts_command,
    audit_checkpoint::AuditKey,
    clock::Clock,
    config::{self, AuditCommand, Command, SectionsCommand, Serve},
    definitions, delivery, demo, import, organisations_command, person, prints, replay,
    serve::{self, ServeError},
    telemetry, verify,
};
use std::{error::Error, path::PathBuf, process::ExitCode};

fn main() -> ExitCode {
    let config = match config::parse(std::env::args_os()) {
        Ok(config) => config,
        Err((text, 0)) => {
            print!("{text}");
            return ExitCode::SUCCESS;
        }
        Err((text, code)) => {
            eprintln!("coplan: {text}");
            return ExitCode::from(code);
        }
    };
    match run(config.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("coplan: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<(), Box<dyn Error>> {
    match command {
        Command::Serve(config) => block_on(&config, async |config| {
            let opened = serve::open(config).await?;
            serve::run(opened, config.development).await
        })?,
        Command::Demo(demo) => block_on(&Serve::for_demo(demo), async |config| {
            let opened = serve::open(config).await?;
            demo::make(&opened.store, &opened.sections, Clock.now()).await?;
            serve::run(opened, config.development).await
        })?,
        Command::Sections(SectionsCommand::Check { dir }) => {
            println!("{} sections, nothing wrong with them", sections(dir)?.in_order().len());
        }
        Command::Sections(SectionsCommand::Docs { dir }) => print!("{}", catalogue::markdown(&sections(dir)?)),
        Command::Account(command) => {
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
            runtime.block_on(accounts_command::run(&command))?;
        }
        Command::Organisation(command) => {
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
            runtime.block_on(organisations_command::run(&command))?;
        }
        Command::Person(command) => {
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
            runtime.block_on(person::run(&command))?;
        }
        Command::Print(command) => {
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
            println!("{}", runtime.block_on(prints::run(&command))?);
        }
        Command::Import(config) => {
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
            runtime.block_on(import::command::run(&config))?;
        }
        Command::Verify(config) => {
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
            runtime.block_on(verify::run(&config))?;
        }
        Command::Outbox(command) => {
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
            runtime.block_on(delivery::command::run(&command))?;
        }
        Command::Audit(AuditCommand::Key { data }) => println!("{}", AuditKey::of(&data)?.public()),
        Command::Replay(config) => {
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
            runtime.block_on(replay::run(&config))?;
        }
    }
    Ok(())
}

/// The definitions of a folder, or those that are built in.
fn sections(folder: Option<PathBuf>) -> Result<Sections, ServeError> {
    Ok(match folder {
        Some(folder) => definitions::read(&folder)?,
        None => Sections::embedded(),
    })
}

fn block_on(config: &Serve, service: impl AsyncFnOnce(&Serve) -> Result<(), ServeError>) -> Result<(), ServeError> {
    telemetry::log(config.place.log_json);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(ServeError::System)?;
    let served = runtime.block_on(service(config));
    // Whatever still runs has been asked to end and given its time.
    runtime.shutdown_background();
    served
}
