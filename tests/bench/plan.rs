//! What a full plan costs in core alone: as CPU time, and as a ratio to loading the same documents in the same run.

mod full_plan;

use crate::{
    figures::{Figures, Result, Scenario},
    options::PlanOptions,
};
use automerge::Automerge;
use coplan_core::{
    conflict::conflicts,
    content::{self, Content},
    decision, history,
    section::Sections,
    time::UtcMillis,
    trace::Trace,
    view::{Authors, Header, Person, SectionView, ViewKind, render},
};
use full_plan::{Filled, full_plan};
use std::{error::Error, fs, hint::black_box};

/// Runs the scenarios and prints their table.
///
/// # Errors
/// If the thread's CPU time cannot be read, or a document does not load.
pub(crate) fn run(options: &PlanOptions) -> std::result::Result<(), Box<dyn Error>> {
    let sections = Sections::embedded();
    let plan = full_plan(&sections, options.changes as usize);
    let changes: usize = plan.iter().map(|filled| filled.changes).sum();
    let bytes: usize = plan.iter().map(|filled| filled.bytes.len()).sum();
    println!("a plan of {} sections, {changes} changes, {} kB as stored", plan.len(), bytes / 1_000);
    let mut results: Vec<Result> = SCENARIOS.into_iter().map(Result::new).collect();
    for _ in 0..options.runs {
        let runs = once(&plan)?;
        for (result, figures) in results.iter_mut().zip(runs) {
            result.add(figures);
        }
    }
    results.iter().for_each(Result::print);
    Ok(())
}

/// Each scenario once, in the order of `SCENARIOS`.
fn once(plan: &[Filled]) -> std::result::Result<Vec<Figures>, Box<dyn Error>> {
    let (load_ms, documents) = timed(|| load(plan))?;
    let documents = documents?;
    let read = || -> Vec<Content> {
        each(plan, &documents, |filled, document| content::read(document, None, &filled.section))
    };
    let (read_ms, contents) = timed(read)?;
    let (conflicts_ms, found) =
        timed(|| each(plan, &documents, |filled, document| conflicts(document, None, &filled.section)))?;
    let traced = |filled: &Filled, document: &Automerge| Trace::build(document, None, &filled.section);
    let (authors_ms, authors) = timed(|| -> usize {
        let traces = each(plan, &documents, traced);
        contents.iter().zip(&traces).map(|(content, trace)| history::authors(content, trace).len()).sum()
    })?;
    let (views_ms, bytes) = timed(|| views(plan, &documents))?;
    let (ago_ms, _) = timed(|| {
        each(plan, &documents, |filled, document| content::read(document, Some(&filled.half_way), &filled.section))
    })?;
    let row = |ms: f64| Figures::default().with("CPU, ms", ms).with("of loading", ms / load_ms);
    Ok(vec![
        Figures::default().with("CPU, ms", load_ms),
        row(read_ms),
        row(views_ms).with("bytes", bytes as f64),
        row(conflicts_ms).with("found", found.iter().map(Vec::len).sum::<usize>() as f64),
        row(authors_ms).with("places", authors as f64),
        row(ago_ms),
    ])
}

fn load(plan: &[Filled]) -> std::result::Result<Vec<Automerge>, Box<dyn Error>> {
    plan.iter().map(|filled| Ok(content::load_document(&filled.bytes)?)).collect()
}

fn each<T>(plan: &[Filled], documents: &[Automerge], of: impl Fn(&Filled, &Automerge) -> T) -> Vec<T> {
    plan.iter().zip(documents).map(|(filled, document)| of(filled, document)).collect()
}

/// From loaded documents to the bytes of every view; how many bytes.
fn views(plan: &[Filled], documents: &[Automerge]) -> usize {
    let contents = each(plan, documents, |filled, document| content::read(document, None, &filled.section));
    let found = each(plan, documents, |filled, document| conflicts(document, None, &filled.section));
    let records = each(plan, documents, |filled, document| match filled.section.is_decided() {
        true => decision::read(document, None, &filled.section),
        false => Vec::new(),
    });
    let views: Vec<SectionView<'_>> = plan
        .iter()
        .enumerate()
        .map(|(nth, filled)| SectionView {
            section: &filled.section,
            content: &contents[nth],
            conflicts: &found[nth],
            records: &records[nth],
            since_version: 1,
            since_at: UtcMillis(1_700_000_000_000),
            signed: None,
            heads: &[],
        })
        .collect();
    let person = Person {
        nhs_number: "9990000018".parse().expect("a number with its check digit"),
        name: "An Invented Person".to_owned(),
        preferred_name: None,
        born: "1950-01-01".to_owned(),
        withheld: false,
    };
    let plan = "bench".parse().expect("a word is an id");
    let header = Header {
        plan: &plan,
        version: 1,
        published_at: UtcMillis(1_700_000_000_000),
        person: &person,
        circumstances: &coplan_core::view::Circumstances::default(),
    };
    ViewKind::ALL.into_iter().map(|kind| render(kind, &header, &views, &Authors::new()).len()).sum()
}

/// What it gives, and the CPU time of this thread that it took, in milliseconds.
fn timed<T>(work: impl FnOnce() -> T) -> std::result::Result<(f64, T), Box<dyn Error>> {
    let before = cpu_ns()?;
    let made = black_box(work());
    Ok(((cpu_ns()? - before) as f64 / 1e6, made))
}

/// CPU time of this thread so far, in nanoseconds, as Linux keeps it.
fn cpu_ns() -> std::result::Result<u64, Box<dyn Error>> {
    let text = fs::read_to_string("/proc/thread-self/schedstat")?;
    Ok(text.split_whitespace().next().unwrap_or_default().parse()?)
}

const fn scenario(id: &'static str, title: &'static str) -> Scenario {
    Scenario { id, title, goal: "none set", best_peer: None }
}

const SCENARIOS: [Scenario; 6] = [
    scenario("W1", "loading every document of a full plan"),
    scenario("W2", "reading every field"),
    scenario("W3", "every view of a publication, from loaded documents to bytes"),
    scenario("W4", "finding every conflict"),
    scenario("W5", "who wrote each field, and when"),
    scenario("W6", "reading every field as it was half the history ago"),
];
