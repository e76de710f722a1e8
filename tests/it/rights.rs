//! Every field, every role, every action: what the definitions and the policy together allow.
//!
//! Two things hold it. `rights.txt` is what they allow now, for people to read when it changes. `rights-of-content.txt`
//! was written by hand from the content standard, and knows nothing of the definitions: a definition that lets in
//! somebody too many differs from it.
//!
//! To accept a change that was meant: `COPLAN_ACCEPT=1 cargo test ... rights`, and read the difference.

use coplan_core::{
    decision::{self, Record, Signature, State},
    id::PlanId,
    policy::{Access, Action, PlanFacts, Policies, Resource, Role, Subject},
    section::{Audience, Field, Section, Sections},
    time::UtcMillis,
};
use coplan_server::worker;
use std::{collections::BTreeMap, fmt::Write, fs};

/// One column: a role, once as it is and once authorised as a senior decision-maker.
struct Column {
    heading: &'static str,
    code: &'static str,
    role: Role,
    senior: bool,
}

const COLUMNS: [Column; 13] = [
    column("person", "P", Role::Person, false),
    column("proxy", "X", Role::Proxy, false),
    column("social-care", "SC", Role::SocialCare, false),
    column("registered", "RN", Role::RegisteredProfessional, false),
    column("registered+", "RN", Role::RegisteredProfessional, true),
    column("doctor", "DR", Role::Doctor, false),
    column("doctor+", "DR", Role::Doctor, true),
    column("specialist", "SP", Role::Specialist, false),
    column("specialist+", "SP", Role::Specialist, true),
    column("pharmacist", "PH", Role::Pharmacist, false),
    column("pharmacist+", "PH", Role::Pharmacist, true),
    column("crew", "A", Role::Crew, false),
    column("service", "SYS", Role::System, false),
];

const fn column(heading: &'static str, code: &'static str, role: Role, senior: bool) -> Column {
    Column { heading, code, role, senior }
}

impl Column {
    fn subject(&self) -> Subject {
        let registered = !matches!(self.role, Role::Person | Role::Proxy | Role::SocialCare | Role::System);
        Subject {
            role: self.role,
            senior: self.senior,
            registration: registered.then(|| "GMC 7900037".to_owned()),
            ..worker::system()
        }
    }

    /// The audience that somebody in this role belongs to.
    fn audience(&self) -> Option<Audience> {
        match self.role {
            Role::Person | Role::Proxy => Some(Audience::Person),
            Role::SocialCare => Some(Audience::SocialCare),
            Role::Crew => Some(Audience::Emergency),
            Role::System => None,
            _ => Some(Audience::Clinician),
        }
    }
}

/// One letter for each action, in the order of `LETTERS`; `-` where it is not allowed.
type Cell = String;
const LETTERS: [(char, &str); 7] = [
    ('r', "reads it while it is worked on"),
    ('w', "writes it"),
    ('s', "suggests changes"),
    ('S', "signs its section"),
    ('R', "records such a decision"),
    ('E', "endorses one that somebody else recorded"),
    ('p', "is shown it published"),
];

fn cell(allowed: [bool; LETTERS.len()]) -> Cell {
    LETTERS.iter().zip(allowed).map(|((letter, _), allowed)| if allowed { *letter } else { '-' }).collect()
}

/// What the policy and the definitions allow: path of the field, then a cell for each column.
fn allowed(sections: &Sections) -> BTreeMap<String, Vec<Cell>> {
    let mut rows = BTreeMap::new();
    for section in sections.in_order() {
        for field in &section.fields {
            add_rows(&mut rows, section, field, field, field.id.as_str(), &section.audiences);
        }
    }
    rows
}

fn add_rows(
    rows: &mut BTreeMap<String, Vec<Cell>>,
    section: &Section,
    top: &Field,
    field: &Field,
    path: &str,
    around: &[Audience],
) {
    let seen_by = if field.audiences.is_empty() { around } else { &field.audiences };
    let cells = COLUMNS.iter().map(|column| allowed_cell(section, top, seen_by, column)).collect();
    rows.insert(format!("{}.{path}", section.id), cells);
    for inner in field.items.iter().chain(&field.parts) {
        add_rows(rows, section, top, inner, &format!("{path}.{}", inner.id), seen_by);
    }
}

fn allowed_cell(section: &Section, top: &Field, seen_by: &[Audience], column: &Column) -> Cell {
    let (subject, plan) = (column.subject(), "p1".parse::<PlanId>().unwrap());
    // Everybody is tied to the plan as closely as their role can be: the table is of roles.
    let facts = PlanFacts {
        person: Some(subject.user.clone()),
        proxies: [(subject.user.clone(), UtcMillis(1))].into(),
        members: [subject.user.clone()].into(),
        ..PlanFacts::of_team(plan, [subject.organisation.clone()])
    };
    let access = Access { policies: &Policies::embedded(), facts: &facts, now: UtcMillis(0) };
    let may = |action| access.allows(&subject, action, Resource::Section(section));
    let decides = may(Action::Decide);
    let record = top.record.as_ref().filter(|_| decides);
    let endorsing = top.record.as_ref().is_some_and(|rule| decision::rights(rule, &somebody_elses(), &subject).endorse);
    cell([
        may(Action::Read),
        may(Action::Write),
        may(Action::Suggest),
        may(Action::Sign),
        record.is_some_and(|rule| decision::may_record(rule, &subject)),
        endorsing && decides,
        column.audience().is_some_and(|audience| seen_by.contains(&audience)),
    ])
}

/// A record that stands and that nobody of these columns made.
fn somebody_elses() -> Record {
    let other = Subject { user: "somebody-else".parse().unwrap(), ..worker::system() };
    Record {
        id: "1".to_owned(),
        fields: Vec::new(),
        order: 1.0,
        supersedes: Vec::new(),
        superseded_by: Vec::new(),
        reason: None,
        made_at: None,
        recorded: Signature::of(&other, UtcMillis(0)),
        endorsed: None,
        withdrawn: None,
        state: State::Current,
        applies: true,
        change: automerge::ChangeHash([0; 32]),
    }
}

/// A row of the table by hand: who writes, reads, suggests and signs a section; who is shown a field; who records it.
#[derive(Default, Clone)]
struct Expected {
    writes: Vec<String>,
    reads: Vec<String>,
    suggests: Vec<String>,
    sign_off: String,
    seen_by: Vec<String>,
    recorders: Vec<String>,
    senior: bool,
    endorsed: bool,
}

impl Expected {
    fn cell(&self, column: &Column) -> Cell {
        let names = |codes: &[String]| codes.iter().any(|code| code == column.code);
        let syncs = names(&self.writes) || names(&self.reads);
        let signs = match self.sign_off.as_str() {
            "none" => false,
            "senior" => column.senior && ["DR", "SP"].contains(&column.code),
            _ => ["RN", "DR", "SP", "PH"].contains(&column.code),
        };
        let shown = match column.code {
            "P" | "X" => "P",
            "SC" => "S",
            "A" => "A",
            "SYS" => "nobody",
            _ => "C",
        };
        let records = names(&self.recorders) && (column.senior || !self.senior);
        // Whoever endorses is a senior decision-maker of a role that records them.
        let endorses = self.endorsed && column.senior && names(&self.recorders);
        let seen = self.seen_by.iter().any(|letter| letter == shown);
        cell([syncs, names(&self.writes), names(&self.suggests), syncs && signs, records, endorses, seen])
    }
}

/// Reads the table by hand; its own head says how it is written.
fn expected() -> BTreeMap<String, Vec<Cell>> {
    let text = fs::read_to_string(fixture("rights-of-content.txt")).unwrap();
    let mut rows = BTreeMap::new();
    let (mut name, mut of_section) = (String::new(), Expected::default());
    for line in text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        if let Some(section) = cells[0].strip_prefix("== ") {
            name = section.to_owned();
            of_section = Expected {
                writes: words(cells[1]),
                reads: words(cells[2]),
                suggests: words(cells[3]),
                sign_off: cells[4].to_owned(),
                ..Expected::default()
            };
            continue;
        }
        let mut row = Expected { seen_by: words(cells[1]), ..of_section.clone() };
        if let Some(rule) = cells.get(2) {
            row.endorsed = rule.contains("endorsed");
            row.senior = rule.contains("senior");
            row.recorders = words(rule).into_iter().filter(|word| word.len() <= 2).collect();
        }
        rows.insert(format!("{name}.{}", cells[0]), COLUMNS.iter().map(|column| row.cell(column)).collect());
    }
    rows
}

fn words(cell: &str) -> Vec<String> {
    cell.split_whitespace().map(str::to_owned).collect()
}

fn fixture(name: &str) -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)
}

/// The row of a field is that of what it stands in, unless it says otherwise.
fn row_of<'r>(rows: &'r BTreeMap<String, Vec<Cell>>, path: &str) -> Option<&'r Vec<Cell>> {
    let mut path = path;
    loop {
        if let Some(row) = rows.get(path) {
            return Some(row);
        }
        (path, _) = path.rsplit_once('.')?;
    }
}

fn table(rows: &BTreeMap<String, Vec<Cell>>, sections: &Sections) -> String {
    let mut text = String::from("What each role may do to each field, from the definitions and the policy. Letters:\n");
    for (letter, meaning) in LETTERS {
        writeln!(text, "  {letter}  {meaning}").unwrap();
    }
    text.push_str("A + stands for somebody authorised as a senior decision-maker.\n");
    text.push_str("Fields of items and groups are listed where they differ from what they stand in.\n");
    let headings: String = COLUMNS.iter().map(|column| format!("{:<12}", column.heading)).collect();
    for section in sections.in_order() {
        writeln!(text, "\n{:<58}{}", section.id.as_str(), headings.trim_end()).unwrap();
        for field in &section.fields {
            add_lines(&mut text, rows, field, &section.id.to_string(), 1);
        }
    }
    text
}

fn add_lines(text: &mut String, rows: &BTreeMap<String, Vec<Cell>>, field: &Field, inside: &str, depth: usize) {
    let path = format!("{inside}.{}", field.id);
    if depth == 1 || rows[&path] != rows[inside] {
        let name = format!("{}{}", "  ".repeat(depth), field.id);
        let cells: String = rows[&path].iter().map(|cell| format!("{cell:<12}")).collect();
        writeln!(text, "{name:<58}{}", cells.trim_end()).unwrap();
    }
    for inner in field.items.iter().chain(&field.parts) {
        add_lines(text, rows, inner, &path, depth + 1);
    }
}

#[test]
fn the_table_of_rights_is_the_one_that_was_reviewed() {
    let sections = Sections::embedded();
    let now = table(&allowed(&sections), &sections);
    if std::env::var_os("COPLAN_ACCEPT").is_some() {
        fs::write(fixture("rights.txt"), &now).unwrap();
    }
    let reviewed = fs::read_to_string(fixture("rights.txt")).unwrap_or_default();
    let different = now.lines().zip(reviewed.lines()).find(|(now, reviewed)| now != reviewed);
    assert!(now == reviewed, "rights.txt differs, first at {different:?}; read what changed before you accept it");
}

#[test]
fn the_definitions_allow_what_the_content_standard_does_and_no_more() {
    let sections = Sections::embedded();
    let (allowed, expected) = (allowed(&sections), expected());
    let mut wrong = Vec::new();
    for (path, cells) in &allowed {
        let Some(row) = row_of(&expected, path) else {
            wrong.push(format!("{path}: not in the table by hand"));
            continue;
        };
        for ((column, is), should) in COLUMNS.iter().zip(cells).zip(row) {
            if is != should {
                wrong.push(format!("{path}, {}: {is}, and should be {should}", column.heading));
            }
        }
    }
    let gone = expected.keys().filter(|path| !allowed.contains_key(*path));
    wrong.extend(gone.map(|path| format!("{path}: in the table by hand and in no definition")));
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn no_crew_syncs_and_no_role_both_writes_and_suggests() {
    for (path, cells) in allowed(&Sections::embedded()) {
        for (column, cell) in COLUMNS.iter().zip(cells) {
            let may = |letter: char| cell.contains(letter);
            assert!(!(may('w') && may('s')), "{path} {}", column.heading);
            assert!(!may('w') || may('r'), "{path} {}", column.heading);
            let acts = ['r', 'w', 's', 'S', 'R', 'E'].iter().any(|letter| may(*letter));
            assert!(!acts || !matches!(column.role, Role::Crew | Role::System), "{path} {}", column.heading);
        }
    }
}
