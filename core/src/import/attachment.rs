//! A document of another Coplan, or of another plan system: read to be listed and shown, never to be written from.

use super::{
    bundle::{Resource, check_patient, is_about, list, parse, resources, text},
    coding::{cut, tidy, words},
    fault::{Fault, ImportError},
    narrative::{escaped, sanitised},
};
use crate::{london, nhs_number::NhsNumber, view::Person};
use serde_json::Value;

/// A FHIR document, as it is listed and shown.
#[derive(Clone, PartialEq, Eq)]
pub struct AttachedDocument {
    /// What it calls itself.
    pub title: String,
    /// The organisation that wrote it; empty if it does not say.
    pub organisation: String,
    /// When it was written, as it says: an instant or a day of FHIR.
    pub dated: String,
    /// Its words, section by section.
    pub passages: Vec<Passage>,
}

impl std::fmt::Debug for AttachedDocument {
    /// Nothing of what it says: it is about a person.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AttachedDocument({} passages)", self.passages.len())
    }
}

/// One section of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passage {
    /// Its heading; empty for none.
    pub heading: String,
    /// How deep it stands: 0 for a section of the document itself.
    pub depth: usize,
    /// Its narrative, made harmless.
    pub html: String,
}

/// Reads a FHIR document: a Bundle of type `document` whose first entry is a Composition about this person (FHIR R4,
/// Documents, 3.3.1).
///
/// # Errors
/// `ImportError` with what is wrong and where.
pub fn read_document(bytes: &[u8], nhs_number: &NhsNumber) -> Result<AttachedDocument, ImportError> {
    let bundle = parse(bytes)?;
    let all = resources(&bundle, &["document"], "document")?;
    let composition = all.first().filter(|first| first.kind == "Composition");
    let composition = composition.ok_or_else(|| Fault::Missing("a Composition").at("Bundle.entry[0].resource"))?;
    let missing = |what: &'static str| Fault::Missing(what).at(composition.place.as_str());
    let patient = subject(composition, &all)?;
    check_patient(patient, nhs_number)?;
    if !is_about(composition, "subject", patient, nhs_number) {
        return Err(Fault::AnotherPerson.at(format!("{}.subject", composition.place)));
    }
    let dated = composition.text("/date").filter(|date| date.len() <= DATE_BYTES_MAX && date.is_ascii());
    let title = composition.text("/title").map(tidy).ok_or_else(|| missing("title"))?;
    let mut passages = Vec::new();
    if let Some(html) = composition.text("/text/div").map(sanitised) {
        passages.push(Passage { heading: String::new(), depth: 0, html });
    }
    for section in composition.list("section") {
        passage(section, 0, &mut passages);
    }
    Ok(AttachedDocument {
        title: cut(&title, TITLE_CHARS_MAX),
        organisation: cut(&organisation(composition, &all), TITLE_CHARS_MAX),
        dated: dated.ok_or_else(|| missing("date"))?.to_owned(),
        passages,
    })
}

/// The words of a document as a page of HTML, without anything that runs, loads, styles or leads elsewhere.
#[must_use]
pub fn page(document: &AttachedDocument, person: &Person) -> String {
    let title = escaped(&document.title);
    let dated: fn(&str) -> String = if document.dated.contains('T') { london::moment } else { london::calendar };
    let (by, dated) = (escaped(&document.organisation), escaped(&dated(&document.dated)));
    let (name, born) = (escaped(&person.name), escaped(&london::calendar(&person.born)));
    let number = person.nhs_number.as_str();
    let number = format!("{} {} {}", &number[..3], &number[3..6], &number[6..]);
    let by = if by.is_empty() { String::new() } else { format!(" by {by}") };
    let mut html = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><style>{STYLE}</style>\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title></head>\n\
         <body><p class=\"of\"><strong>{name}</strong>, born {born}, NHS number {number}</p>\n<h1>{title}</h1>\n\
         <p>From another record: written{by}, {dated}. It is not part of the plan.</p>\n"
    );
    for passage in &document.passages {
        let level = (passage.depth + 2).min(6);
        if !passage.heading.is_empty() {
            html.push_str(&format!("<h{level}>{}</h{level}>\n", escaped(&passage.heading)));
        }
        html.push_str(&passage.html);
        html.push('\n');
    }
    html.push_str("</body></html>\n");
    html
}

const STYLE: &str = "\
body{max-width:44rem;margin:0 auto;padding:1rem;background:#fff;color:#000;font:1.1rem/1.5 Arial,\"Helvetica Neue\",\"Noto Sans\",sans-serif}\
.of{margin:0 -1rem;padding:.5rem 1rem;background:#eee}\
table{border-collapse:collapse}\
td,th{border:1px solid #767676;padding:.25rem .5rem;text-align:left;vertical-align:top}";

/// The Patient that the Composition names. There may be other people's resources in a document, but no other Patient.
fn subject<'r>(composition: &Resource, all: &'r [Resource]) -> Result<&'r Resource, ImportError> {
    let mut patients = all.iter().filter(|resource| resource.kind == "Patient");
    match (patients.next(), patients.next()) {
        (Some(patient), None) => Ok(patient),
        (_, Some(second)) => Err(Fault::NotOnePatient.at(second.place.as_str())),
        (None, None) => Err(Fault::NotOnePatient.at(format!("{}.subject", composition.place))),
    }
}

/// The organisation among the authors, or the custodian.
fn organisation(composition: &Resource, all: &[Resource]) -> String {
    let authors = composition.list("author").iter().take(AUTHORS_MAX);
    let custodian = composition.value.get("custodian");
    let mut named = authors.chain(custodian).filter_map(|reference| {
        let of = text(reference, "/reference").and_then(|name| all.iter().find(|resource| resource.is_called(name)));
        match of {
            Some(resource) if resource.kind == "Organization" => resource.text("/name").map(tidy),
            Some(resource) => text(&resource.value, "/organization/display").map(tidy),
            None => text(reference, "/display").map(tidy),
        }
    });
    named.find(|name| !name.is_empty()).unwrap_or_default()
}

fn passage(section: &Value, depth: usize, passages: &mut Vec<Passage>) {
    if depth > SECTION_DEPTH_MAX || passages.len() >= PASSAGES_MAX {
        return;
    }
    let heading = text(section, "/title").map(tidy).or_else(|| section.get("code").and_then(words));
    let html = text(section, "/text/div").map(sanitised).unwrap_or_default();
    passages.push(Passage { heading: cut(&heading.unwrap_or_default(), TITLE_CHARS_MAX), depth, html });
    list(section, "section").iter().for_each(|section| self::passage(section, depth + 1, passages));
}

/// Characters of a title, of a heading, of an organisation's name.
const TITLE_CHARS_MAX: usize = 200;
/// Bytes of an instant of FHIR.
const DATE_BYTES_MAX: usize = 40;
/// Authors among whom an organisation is looked for.
const AUTHORS_MAX: usize = 20;
/// Sections within sections that are shown.
const SECTION_DEPTH_MAX: usize = 4;
/// Sections that are shown.
const PASSAGES_MAX: usize = 300;
