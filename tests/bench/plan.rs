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
    history,
    id::SectionId,
    publication::{Definitions, PublishedSection, Rendering},
    section::Sections,
    time::UtcMillis,
    trace::Trace,
    view::{Authors, Circumstances, Header, Person, ViewKind},
};
use full_plan::{Filled, full_plan};
use std::{collections::BTreeMap, error::Error, fs, hint::black_box};

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
    let row = |ms: f64| Figures::default().with("CPU, ms", ms).with("of loading", ms / load_ms);
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
    let publication = Publication::of(plan, documents.clone());
    let (own_ms, _) = timed(|| publication.views(&ViewKind::OWN))?;
    let (fhir_ms, _) = timed(|| publication.views(&[ViewKind::Fhir]))?;
    let (print_ms, _) = timed(|| publication.views(&[ViewKind::Print]))?;
    let (views_ms, made) = timed(|| publication.views(&ViewKind::ALL))?;
    let views =
        made.iter().zip(BYTES_OF).fold(row(views_ms), |row, ((_, bytes), name)| row.with(name, bytes.len() as f64));
    let views =
        views.with("of it the FHIR document, ms", fhir_ms - own_ms).with("of it the print, ms", print_ms - own_ms);
    let (ago_ms, _) = timed(|| {
        each(plan, &documents, |filled, document| content::read(document, Some(&filled.half_way), &filled.section))
    })?;
    Ok(vec![
        Figures::default().with("CPU, ms", load_ms),
        row(read_ms),
        views,
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

/// A first publication of everything that the plan holds.
struct Publication {
    published: Vec<PublishedSection>,
    documents: BTreeMap<SectionId, Automerge>,
    sections: Sections,
}

impl Publication {
    fn of(plan: &[Filled], documents: Vec<Automerge>) -> Self {
        let frozen = |filled: &Filled, document: &Automerge| PublishedSection {
            section: filled.section.id.clone(),
            definition: filled.section.version,
            definition_hash: None,
            heads: document.get_heads(),
            checked_heads: Some(document.get_heads()),
            changes: None,
            sign_off: filled.section.sign_off,
            signed: None,
            since_version: 1,
            since_at: AT,
        };
        let published = each(plan, &documents, frozen);
        let documents = plan.iter().map(|filled| filled.section.id.clone()).zip(documents).collect();
        Self { published, documents, sections: Sections::embedded() }
    }

    /// From loaded documents to the bytes of these views.
    fn views(&self, kinds: &[ViewKind]) -> Vec<(ViewKind, Vec<u8>)> {
        let read = Rendering::read(&self.published, &self.sections, &Definitions::default(), &self.documents);
        let person = Person {
            nhs_number: "9990000018".parse().expect("a number with its check digit"),
            name: "An Invented Person".to_owned(),
            preferred_name: None,
            born: "1950-01-01".to_owned(),
            withheld: false,
        };
        let plan = "bench".parse().expect("a word is an id");
        let circumstances = Circumstances::default();
        let header =
            Header { plan: &plan, version: 1, published_at: AT, person: &person, circumstances: &circumstances };
        read.expect("documents have their own heads").views(&header, kinds, &Authors::new())
    }
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

/// When it was published.
const AT: UtcMillis = UtcMillis(1_700_000_000_000);

/// In the order of `ViewKind::ALL`.
const BYTES_OF: [&str; 6] =
    ["bytes, urgent", "bytes, clinical", "bytes, person", "bytes, social care", "bytes, FHIR", "bytes, print"];

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
