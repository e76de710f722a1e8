//! `coplan organisation`: which organisations there are, how each of them stands, and what they agreed to share. Takes over a
//! file that says so; what it does not name stays as it is.
//!
//! Works beside a running service: what changes is noticed there within a second.

use crate::{
    accounts_command::{AccountData, AccountError, open},
    faults::Faults,
    store::{Agreement, AgreementParty, Organisation, OrganisationStanding, Purpose, Store, StoreError},
};
use clap::{Args, Subcommand};
use coplan_core::{id::OrganisationCode, london, policy::OrganisationKind, time::UtcMillis};
use serde::Deserialize;
use std::{
    collections::BTreeSet,
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};
use toml::value::Datetime;

/// What `coplan organisation` does.
#[derive(Debug, Subcommand)]
pub enum OrganisationCommand {
    /// Take over what a file says of organisations and of their sharing agreements: all of it, or nothing if anything is wrong.
    Put(OrganisationPut),
    /// List organisations: code, name, kind, region.
    List(AccountData),
}

/// What `coplan organisation put` takes.
#[derive(Debug, Clone, Args)]
pub struct OrganisationPut {
    /// Where organisations are kept.
    #[command(flatten)]
    pub place: AccountData,
    /// The file, in TOML.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

/// Why nothing was taken over.
#[derive(Debug, thiserror::Error)]
pub enum OrganisationError {
    /// The file.
    #[error("`{0}` cannot be read: {1}")]
    File(PathBuf, #[source] io::Error),
    /// What stands in it: a line for each fault.
    #[error("{0}")]
    Faults(Faults),
    /// The database.
    #[error(transparent)]
    Database(#[from] AccountError),
    /// The database, once it was open.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Standard output.
    #[error("cannot write: {0}")]
    Output(#[from] io::Error),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default, rename = "organisation")]
    organisations: Vec<OrganisationEntry>,
    #[serde(default, rename = "agreement")]
    agreements: Vec<AgreementEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OrganisationEntry {
    code: String,
    name: String,
    kind: String,
    region: String,
    standards_met: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AgreementEntry {
    id: String,
    title: String,
    from: Datetime,
    until: Option<Datetime>,
    #[serde(default, rename = "party")]
    parties: Vec<PartyEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PartyEntry {
    organisation: String,
    purpose: String,
    from: Option<Datetime>,
    until: Option<Datetime>,
}

/// What a file says, checked.
#[derive(Default)]
struct Directory {
    organisations: Vec<(Organisation, OrganisationStanding)>,
    agreements: Vec<(Agreement, Vec<AgreementParty>)>,
}

/// Does it.
///
/// # Errors
/// `OrganisationError`; what was there before stands, unless the database failed in the middle: then it is run again.
pub async fn run(command: &OrganisationCommand) -> Result<(), OrganisationError> {
    let mut out = io::stdout().lock();
    match command {
        OrganisationCommand::Put(put) => {
            let text =
                fs::read_to_string(&put.file).map_err(|error| OrganisationError::File(put.file.clone(), error))?;
            let store = open(&put.place).await?;
            let known: BTreeSet<OrganisationCode> =
                store.organisations().await?.into_iter().map(|listed| listed.organisation.code).collect();
            let directory = read(&text, &put.file, known)?;
            take_over(&store, &directory).await?;
            store.close().await;
            let (organisations, agreements) = (directory.organisations.len(), directory.agreements.len());
            writeln!(out, "{organisations} organisations and {agreements} agreements taken over")?;
        }
        OrganisationCommand::List(place) => {
            let store = open(place).await?;
            for listed in store.organisations().await? {
                let Organisation { code, name } = listed.organisation;
                writeln!(out, "{code}\t{name}\t{}\t{}", listed.kind.as_str(), listed.region)?;
            }
            store.close().await;
        }
    }
    Ok(())
}

async fn take_over(store: &Store, directory: &Directory) -> Result<(), StoreError> {
    for (organisation, standing) in &directory.organisations {
        store.put_organisation(organisation).await?;
        store.put_organisation_standing(&organisation.code, standing).await?;
    }
    for (agreement, parties) in &directory.agreements {
        store.put_agreement(agreement).await?;
        for party in parties {
            store.put_party(&agreement.id, party).await?;
        }
    }
    Ok(())
}

/// Everything that is wrong is said at once.
fn read(text: &str, file: &Path, mut known: BTreeSet<OrganisationCode>) -> Result<Directory, OrganisationError> {
    let (mut faults, mut directory) = (Faults::of(file), Directory::default());
    let entries: File = match toml::from_str(text) {
        Ok(entries) => entries,
        Err(error) => {
            faults.unreadable(text, &error);
            return Err(OrganisationError::Faults(faults));
        }
    };
    let mut named = BTreeSet::new();
    for entry in entries.organisations {
        let place = format!("organisation `{}`", entry.code);
        if !named.insert(entry.code.clone()) {
            faults.note(&place, "there are two of this code");
        }
        directory.organisations.extend(organisation(entry, &place, &mut faults));
    }
    known.extend(directory.organisations.iter().map(|(organisation, _)| organisation.code.clone()));
    let mut ids = BTreeSet::new();
    for entry in entries.agreements {
        if !ids.insert(entry.id.clone()) {
            faults.note(&format!("agreement `{}`", entry.id), "there are two of this id");
        }
        directory.agreements.extend(agreement(entry, &known, &mut faults));
    }
    faults.none().map_err(OrganisationError::Faults)?;
    Ok(directory)
}

fn organisation(
    entry: OrganisationEntry,
    place: &str,
    faults: &mut Faults,
) -> Option<(Organisation, OrganisationStanding)> {
    faults.check(is_line(&entry.name), place, "`name` is a line of words");
    faults.check(is_line(&entry.region), place, "`region` is a word or two");
    let kind = OrganisationKind::named(&entry.kind);
    if kind.is_none() {
        faults.note(
            place,
            format!("`kind` is none of {}", OrganisationKind::ALL.map(OrganisationKind::as_str).join(", ")),
        );
    }
    let code: Option<OrganisationCode> = entry.code.parse().ok();
    faults.check(code.is_some(), place, "`code` is no ODS code");
    let standing = OrganisationStanding { kind: kind?, region: entry.region, standards_met: entry.standards_met };
    Some((Organisation { code: code?, name: entry.name }, standing))
}

fn agreement(
    entry: AgreementEntry,
    known: &BTreeSet<OrganisationCode>,
    faults: &mut Faults,
) -> Option<(Agreement, Vec<AgreementParty>)> {
    let place = format!("agreement `{}`", entry.id);
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let fits = !entry.id.is_empty() && entry.id.len() <= ID_BYTES_MAX && entry.id.bytes().all(plain);
    faults.check(fits, &place, "`id` is lower-case letters, digits and hyphens");
    faults.check(is_line(&entry.title), &place, "`title` is a line of words");
    let (from, until) = period(Some(&entry.from), entry.until.as_ref(), &place, faults)?;
    let mut parties = Vec::new();
    for party in entry.parties {
        let place = format!("{place}, party `{}`", party.organisation);
        let organisation = party.organisation.parse().ok().filter(|code| known.contains(code));
        faults.check(organisation.is_some(), &place, "no organisation of that code is known, or stands in this file");
        let purpose = Purpose::named(&party.purpose);
        faults.check(purpose.is_some(), &place, "`purpose` is `direct-care` or `emergency-care`");
        let times = period(party.from.as_ref().or(Some(&entry.from)), party.until.as_ref(), &place, faults);
        if let (Some(organisation), Some(purpose), Some((from, until))) = (organisation, purpose, times) {
            parties.push(AgreementParty { organisation, purpose, from, until });
        }
    }
    Some((Agreement { id: entry.id, title: entry.title, from, until }, parties))
}

/// From the first moment of a day in London to the last of another; a moment may stand in place of a day.
fn period(
    from: Option<&Datetime>,
    until: Option<&Datetime>,
    place: &str,
    faults: &mut Faults,
) -> Option<(UtcMillis, Option<UtcMillis>)> {
    let from = from.and_then(|from| moment(from, london::begins));
    faults.check(from.is_some(), place, NOT_A_DAY);
    let ends = until.map(|until| moment(until, london::ends));
    faults.check(ends != Some(None), place, NOT_A_DAY);
    let (from, until) = (from?, ends.flatten());
    faults.check(until.is_none_or(|until| until > from), place, "it ends before it begins");
    Some((from, until))
}

fn moment(at: &Datetime, of_day: fn(&str) -> Option<UtcMillis>) -> Option<UtcMillis> {
    let text = at.to_string();
    if at.time.is_none() { of_day(&text) } else { UtcMillis::from_rfc3339(&text) }
}

fn is_line(text: &str) -> bool {
    !text.trim().is_empty() && text.len() <= LINE_BYTES_MAX && !text.chars().any(char::is_control)
}

const NOT_A_DAY: &str =
    "`from` and `until` are days (2026-04-01), or moments with where they are (2026-04-01T09:00:00Z)";

/// Longest id of an agreement, in bytes.
const ID_BYTES_MAX: usize = 64;

/// Longest name, title or region, in bytes.
const LINE_BYTES_MAX: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str) -> String {
        read(text, Path::new("o.toml"), BTreeSet::new()).err().unwrap().to_string()
    }

    #[test]
    fn the_example_of_the_documentation_is_read() {
        let page = include_str!("../../docs/access.md");
        let example = page.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
        let directory = read(example, Path::new("o.toml"), BTreeSet::new()).ok().unwrap();
        assert_eq!(directory.organisations.len(), 2);
        let (agreement, parties) = &directory.agreements[0];
        assert_eq!(agreement.from.to_rfc3339(), "2026-03-31T23:00:00.000Z", "midnight in London, in summer");
        assert_eq!(agreement.until.unwrap().to_rfc3339(), "2029-03-31T23:00:00.000Z", "its last day is whole");
        assert_eq!(parties[0].from, agreement.from);
    }

    #[test]
    fn every_fault_is_named_at_once() {
        let found = faults(
            "[[organisation]]\ncode = 'A B'\nname = ' '\nkind = 'bank'\nregion = 'north'\nstandards_met = true\n
             [[organisation]]\ncode = 'Z9A01'\nname = 'A'\nkind = 'hospice'\nregion = ''\nstandards_met = true\n
             [[organisation]]\ncode = 'Z9A01'\nname = 'A'\nkind = 'hospice'\nregion = 'north'\nstandards_met = true\n
             [[agreement]]\nid = 'North'\ntitle = 'North'\nfrom = 2026-04-02\nuntil = 2026-04-01\n
             [[agreement]]\nid = 'south'\ntitle = 'South'\nfrom = 09:00:00\n
             [[agreement]]\nid = 'east'\ntitle = 'East'\nfrom = 2026-04-02\n
             [[agreement.party]]\norganisation = 'Z9B01'\npurpose = 'profit'\n",
        );
        for part in [
            "o.toml: organisation `A B`: `code` is no ODS code",
            "organisation `A B`: `name` is a line",
            "organisation `A B`: `kind` is none of general-practice",
            "organisation `Z9A01`: `region`",
            "organisation `Z9A01`: there are two",
            "agreement `North`: `id` is lower-case",
            "agreement `North`: it ends before it begins",
            "agreement `south`: `from` and `until` are days",
            "agreement `east`, party `Z9B01`: no organisation",
            "agreement `east`, party `Z9B01`: `purpose`",
        ] {
            assert!(found.contains(part), "{part} is missing in:\n{found}");
        }
        assert!(faults("[[organisation]]\nname = 3\n").starts_with("o.toml: line 2: "));
    }
}
