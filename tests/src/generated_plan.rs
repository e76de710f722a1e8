//! Plans that nobody wrote: every kind of field, disputes, records, people whose whereabouts are withheld, names and words
//! in any script, and characters that somebody's program stumbles over.

mod disputes;
mod values;

use crate::chance::Chance;
use automerge::ChangeHash;
use coplan_core::{
    conflict::Conflict,
    content::Content,
    decision,
    demographics::Demographics,
    fhir,
    id::PlanId,
    policy::Subject,
    section::{Section, Sections, SignOff},
    time::UtcMillis,
    view::{Author, Authors, Circumstances, Custodian, Header, Person, SectionView, Signed},
};
use serde_json::json;
use std::sync::Arc;
pub use values::{LINES, TEXTS};

/// One plan as a publication would hold it.
#[derive(Debug, Clone)]
pub struct GeneratedPlan {
    /// Its id.
    pub plan: PlanId,
    /// Number of the publication.
    pub version: u32,
    /// When it was made.
    pub published_at: UtcMillis,
    /// Whose plan it is.
    pub person: Person,
    /// What stands around it.
    pub circumstances: Circumstances,
    /// Its sections.
    pub sections: Vec<GeneratedSection>,
    /// Who wrote what is disputed, as far as that is known.
    pub authors: Authors,
}

/// One section of such a plan.
#[derive(Debug, Clone)]
pub struct GeneratedSection {
    /// Its definition.
    pub section: Arc<Section>,
    /// What it holds.
    pub content: Content,
    /// What is disputed in it.
    pub conflicts: Vec<Conflict>,
    /// Its decision records.
    pub records: Vec<decision::Kind>,
    /// Who signed it.
    pub signed: Option<Signed>,
}

impl GeneratedPlan {
    /// The plan of this seed, of a few sections that are published, with little in each.
    #[must_use]
    pub fn of(seed: u64, definitions: &Sections) -> Self {
        let mut chance = Chance::of(seed);
        let published: Vec<_> = definitions.in_order().into_iter().filter(|section| section.is_published()).collect();
        let mut chosen: Vec<Arc<Section>> = Vec::new();
        for _ in 0..1 + chance.below(SECTIONS_MAX) {
            let section = chance.one(&published);
            if chosen.iter().all(|known| known.id != section.id) {
                chosen.push(Arc::clone(section));
            }
        }
        Self::with(seed, &chosen, FILLED_ONCE_IN)
    }

    /// The plan of this seed with all of these sections, in which one of so many fields holds something.
    #[must_use]
    pub fn with(seed: u64, sections: &[Arc<Section>], filled_once_in: usize) -> Self {
        let mut chance = Chance::of(seed ^ 0x5eed);
        let withheld = chance.once_in(6);
        let person = person(&mut chance, withheld);
        let published_at = UtcMillis(1_790_000_000_000 + chance.below(1_000_000_000) as i64);
        let sections: Vec<_> = sections.iter().map(|section| filled(section, &mut chance, filled_once_in)).collect();
        let authors = authors(&sections, &mut chance);
        Self {
            plan: format!("plan-{seed}").parse().expect("letters and digits make an id"),
            version: 1 + u32::try_from(chance.below(3)).unwrap_or_default(),
            published_at,
            circumstances: circumstances(&mut chance).of(&person),
            person,
            sections,
            authors,
        }
    }

    /// The FHIR document of it.
    #[must_use]
    pub fn document(&self) -> Vec<u8> {
        let header = Header {
            plan: &self.plan,
            version: self.version,
            published_at: self.published_at,
            person: &self.person,
            circumstances: &self.circumstances,
        };
        let views: Vec<SectionView<'_>> = self.sections.iter().map(GeneratedSection::view).collect();
        fhir::document(&header, &views, &self.authors, &[7; 32])
    }
}

impl GeneratedSection {
    fn view(&self) -> SectionView<'_> {
        SectionView {
            section: &self.section,
            content: &self.content,
            conflicts: &self.conflicts,
            records: &self.records,
            since_version: 1,
            since_at: UtcMillis(1_780_000_000_000),
            signed: self.signed.as_ref(),
            heads: &HEADS,
        }
    }
}

fn filled(section: &Arc<Section>, chance: &mut Chance, filled_once_in: usize) -> GeneratedSection {
    let fields = values::fields(&section.fields, chance, filled_once_in);
    let content = Content { fields, problems: Vec::new() };
    let signed =
        (section.sign_off != SignOff::None).then(|| Signed { by: subject(chance), at: UtcMillis(1_785_000_000_000) });
    GeneratedSection {
        conflicts: disputes::conflicts(section, &content, chance),
        records: disputes::records(section, chance, filled_once_in),
        section: Arc::clone(section),
        content,
        signed,
    }
}

fn person(chance: &mut Chance, withheld: bool) -> Person {
    Person {
        nhs_number: chance.one(&NHS_NUMBERS).parse().expect("they have their check digits"),
        name: (*chance.one(NAMES)).to_owned(),
        preferred_name: chance.once_in(2).then(|| (*chance.one(NAMES)).to_owned()),
        born: format!("19{:02}-{:02}-{:02}", chance.below(100), 1 + chance.below(12), 1 + chance.below(28)),
        withheld,
    }
}

fn circumstances(chance: &mut Chance) -> Circumstances {
    let custodian =
        Custodian { code: "RX199".parse().expect("letters make a code"), name: "Northgate Hospital".to_owned() };
    let demographics = json!({
        "nhs_number_status": "01",
        "phenotypic_sex": chance.one(&["1", "2", "9", "X"]),
        "addresses": [
            { "type": "home", "lines": ["1 Invented Street", chance.one(LINES)], "postcode": "ZZ99 3VZ", "from": "2020-01-01" },
            { "type": "temporary", "lines": ["2 Invented Street"], "from": "2026-01-01", "to": "2026-12-31" },
        ],
        "telecom": [
            { "type": "mobile", "value": "07700 900001", "preference": 1 }, { "type": "email", "value": "a@example.org" },
        ],
        "language": { "code": chance.one(&["en", "cy", "ur"]), "display": "A language" },
        "gp_practice": { "ods": "A81001", "name": "Invented Practice" },
    });
    let demographics = Demographics::from_json(&demographics.to_string()).ok();
    Circumstances { custodian: (!chance.once_in(5)).then_some(custodian), demographics, check: None }
}

/// Somebody who signs or writes.
pub(crate) fn subject(chance: &mut Chance) -> Subject {
    let number = chance.below(5);
    serde_json::from_value(json!({
        "user": format!("user-{number}"), "name": NAMES[number], "role": "doctor", "job_title": "Consultant",
        "organisation": "RX199", "organisation_name": "Northgate Hospital",
        "registration": if number == 0 { None } else { Some(format!("GMC 790000{number}")) },
    }))
    .expect("it has what a subject has")
}

fn authors(sections: &[GeneratedSection], chance: &mut Chance) -> Authors {
    let mut authors = Authors::new();
    for contender in sections.iter().flat_map(|section| &section.conflicts).flat_map(|conflict| &conflict.contenders) {
        if !chance.once_in(4) {
            authors.insert(contender.change, Author { by: subject(chance), at: UtcMillis(1_784_000_000_000) });
        }
    }
    authors
}

/// Most sections of a plan, so that thousands of documents are judged in a minute.
const SECTIONS_MAX: usize = 4;
const FILLED_ONCE_IN: usize = 3;
static HEADS: [ChangeHash; 2] = [ChangeHash([3; 32]), ChangeHash([5; 32])];
/// Numbers of nobody.
const NHS_NUMBERS: [&str; 4] = ["9990000018", "9990170177", "9990000026", "9990000034"];
/// As people write their names.
const NAMES: &[&str] = &[
    "Zofia Nowak",
    "Adaeze Okonkwo-O’Brien",
    "محمد الأحمد",
    "李小龍",
    "José & María <Núñez>",
    "Ἀριστοτέλης",
    "תמר כהן",
    "ऋचा \"शर्मा\"",
    "N̈́ame 👩🏽‍⚕️",
];
