//! Writes the FHIR documents of generated plans, one on a line, for validators that know nothing of Coplan.

use clap::Parser;
use coplan_core::section::Sections;
use coplan_tests::generated_plan::GeneratedPlan;
use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::PathBuf,
    process::ExitCode,
};

/// What to write, and where.
#[derive(Parser)]
struct Arguments {
    /// How many plans.
    #[arg(long, default_value_t = 2000)]
    plans: u64,
    /// The file, one document on each line.
    #[arg(long)]
    out: PathBuf,
    /// The first plan's seed; every other one has the next.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

fn main() -> ExitCode {
    match written(&Arguments::parse()) {
        Ok(bytes) => {
            println!("{bytes} bytes");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("cannot write the documents: {error}");
            ExitCode::FAILURE
        }
    }
}

fn written(arguments: &Arguments) -> io::Result<usize> {
    let definitions = Sections::embedded();
    let mut out = BufWriter::new(File::create(&arguments.out)?);
    let mut bytes = 0;
    for seed in arguments.seed..arguments.seed + arguments.plans {
        let document = GeneratedPlan::of(seed, &definitions).document();
        bytes += document.len() + 1;
        out.write_all(&document)?;
        out.write_all(b"\n")?;
    }
    out.flush()?;
    Ok(bytes)
}
