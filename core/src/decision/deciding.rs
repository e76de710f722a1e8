//! Carrying commands out: every check, then one change which holds all of it.

use super::{
    Command, DecisionError, Kind, NewRecord, Outcome, RECORDS_MAX, Record, SUPERSEDES_MAX, Signature, State,
    command::clipped,
    is_professional, kinds,
    read::{about, read},
    values::Values,
};
use crate::{
    policy::Subject,
    section::{Field, RecordRule, Section, check_removed_reason},
    time::UtcMillis,
};
use automerge::{
    Automerge, AutomergeError, ObjId, ObjType, ROOT, ReadDoc, ScalarValue, Value,
    transaction::{CommitOptions, Transactable, Transaction},
};
use uuid::Uuid;

/// Carries a command out as one change of the document's own actor, which the caller has set. The same command again, by
/// the same person, makes no change, and gives what it did before.
///
/// # Errors
/// `DecisionError`; the document is then as it was.
pub fn carry_out(
    document: &mut Automerge,
    section: &Section,
    command: &Command,
    by: &Subject,
    now: UtcMillis,
) -> Result<Outcome, DecisionError> {
    match command {
        Command::Record(new) => record(document, section, new, by, now),
        Command::Endorse { kind, id } => endorse(document, section, kind, id, by, now),
        Command::Withdraw { kind, id, reason } => withdraw(document, section, kind, id, reason, by, now),
    }
}

/// Records a decision. It may supersede one that is superseded, and may stand beside a current one: that is a dispute,
/// which is how two decisions meet that were made without having seen each other.
///
/// # Errors
/// `DecisionError`; the document is then as it was.
pub fn record(
    document: &mut Automerge,
    section: &Section,
    new: &NewRecord,
    by: &Subject,
    now: UtcMillis,
) -> Result<Outcome, DecisionError> {
    let (field, rule) = defined(section, &new.kind)?;
    may_decide(rule, by)?;
    if !is_record_id(&new.id) {
        return Err(DecisionError::RecordId);
    }
    let all = read(document, None, section);
    let values = Values::read(field, &new.values)?;
    let mut supersedes = new.supersedes.clone();
    supersedes.sort_unstable();
    supersedes.dedup();
    if let Some(there) = all.iter().find_map(|kind| kind.record(&new.id)) {
        let same = there.recorded.user == by.user.as_str()
            && all.iter().any(|kind| kind.field == field.id && kind.record(&new.id).is_some())
            && there.supersedes == supersedes
            && there.reason == new.reason
            && there.made_at == new.made_at
            && values.are_those_of(there);
        return if same { Ok(Outcome::Before(Box::new(there.clone()))) } else { Err(DecisionError::RecordExists) };
    }
    values.check(field, now)?;
    if supersedes.len() > SUPERSEDES_MAX {
        return Err(DecisionError::TooManySuperseded);
    }
    let kind = all.iter().find(|kind| kind.field == field.id);
    takes_the_place(&supersedes, kind, rule, &values)?;
    match &new.reason {
        Some(reason) => check_reason(reason)?,
        None if !supersedes.is_empty() => return Err(DecisionError::ReasonRequired),
        None => {}
    }
    if all.iter().map(|kind| kind.records.len()).sum::<usize>() >= RECORDS_MAX {
        return Err(DecisionError::Full);
    }
    let order = next_order(&all);
    change(document, section, (field, &new.id), now, |transaction| {
        let list = list(transaction, field)?;
        let record = transaction.put_object(&list, new.id.as_str(), ObjType::Map)?;
        transaction.put(&record, "order", order)?;
        if let Some(made_at) = new.made_at {
            transaction.put(&record, "made_at", made_at.to_rfc3339())?;
        }
        if !supersedes.is_empty() {
            transaction.put(&record, "supersedes", supersedes.join(" "))?;
        }
        if let Some(reason) = &new.reason {
            transaction.put(&record, "reason", reason.as_str())?;
        }
        sign(transaction, &record, "recorded", by, now)?;
        Ok(values.write(transaction, &record)?)
    })
}

/// Endorses a record that somebody else made.
///
/// # Errors
/// `DecisionError`; the document is then as it was.
pub fn endorse(
    document: &mut Automerge,
    section: &Section,
    kind: &str,
    id: &str,
    by: &Subject,
    now: UtcMillis,
) -> Result<Outcome, DecisionError> {
    let (field, rule) = defined(section, kind)?;
    let all = read(document, None, section);
    let record = find(&all, field, id)?;
    if !rule.endorsed {
        return Err(DecisionError::NotEndorsed);
    }
    may_endorse(rule, record, by)?;
    match &record.endorsed {
        Some(signature) if signature.user == by.user.as_str() => return Ok(Outcome::Before(Box::new(record.clone()))),
        Some(_) => return Err(DecisionError::AlreadyEndorsed),
        None => stands(record)?,
    }
    change(document, section, (field, id), now, |transaction| {
        let item = item(transaction, field, id)?;
        sign(transaction, &item, "endorsed", by, now).map(|_| ())
    })
}

/// Takes a record back. What it superseded stays superseded.
///
/// # Errors
/// `DecisionError`; the document is then as it was.
pub fn withdraw(
    document: &mut Automerge,
    section: &Section,
    kind: &str,
    id: &str,
    reason: &str,
    by: &Subject,
    now: UtcMillis,
) -> Result<Outcome, DecisionError> {
    let (field, rule) = defined(section, kind)?;
    let all = read(document, None, section);
    let record = find(&all, field, id)?;
    may_decide(rule, by)?;
    check_reason(reason)?;
    match &record.withdrawn {
        Some(withdrawn) if withdrawn.by.user == by.user.as_str() && withdrawn.reason == reason => {
            return Ok(Outcome::Before(Box::new(record.clone())));
        }
        _ => stands(record)?,
    }
    change(document, section, (field, id), now, |transaction| {
        let item = item(transaction, field, id)?;
        let map = sign(transaction, &item, "withdrawn", by, now)?;
        Ok(transaction.put(&map, "reason", reason)?)
    })
}

/// Whether somebody may record, supersede and withdraw.
pub(super) fn may_decide(rule: &RecordRule, by: &Subject) -> Result<(), DecisionError> {
    may_sign(rule, by)?;
    if rule.senior && !by.senior { Err(DecisionError::SeniorRequired) } else { Ok(()) }
}

/// Whether somebody may endorse this record: another person than its recorder, and a senior one.
pub(super) fn may_endorse(rule: &RecordRule, record: &Record, by: &Subject) -> Result<(), DecisionError> {
    may_sign(rule, by)?;
    if record.recorded.user == by.user.as_str() {
        return Err(DecisionError::OwnRecord);
    }
    if by.senior { Ok(()) } else { Err(DecisionError::SeniorRequired) }
}

fn may_sign(rule: &RecordRule, by: &Subject) -> Result<(), DecisionError> {
    if !rule.recorders.contains(&by.role) {
        return Err(DecisionError::NotAllowed);
    }
    let registered = by.registration.as_ref().is_some_and(|number| !number.trim().is_empty());
    if is_professional(by.role) && !registered {
        return Err(DecisionError::RegistrationRequired);
    }
    Ok(())
}

fn defined<'s>(section: &'s Section, kind: &str) -> Result<(&'s Field, &'s RecordRule), DecisionError> {
    kinds(section).find(|(field, _)| field.id.as_str() == kind).ok_or_else(|| DecisionError::unknown_kind(kind))
}

fn find<'k>(all: &'k [Kind], field: &Field, id: &str) -> Result<&'k Record, DecisionError> {
    let kind = all.iter().find(|kind| kind.field == field.id);
    kind.and_then(|kind| kind.record(id)).ok_or_else(|| DecisionError::UnknownRecord(clipped(id)))
}

fn stands(record: &Record) -> Result<(), DecisionError> {
    match record.state {
        State::Current | State::Disputed => Ok(()),
        State::Withdrawn => Err(DecisionError::AlreadyWithdrawn),
        State::Superseded => Err(DecisionError::Superseded),
    }
}

/// Whether a record with these values may take the place of those.
fn takes_the_place(
    supersedes: &[String],
    kind: Option<&Kind>,
    rule: &RecordRule,
    values: &Values<'_>,
) -> Result<(), DecisionError> {
    let subject = rule.per.as_ref().and_then(|per| values.scalar(per.as_str()));
    for id in supersedes {
        let old = kind.and_then(|kind| kind.record(id)).ok_or_else(|| DecisionError::UnknownRecord(clipped(id)))?;
        if about(old, rule) != subject.map(words) {
            return Err(DecisionError::OtherSubject(clipped(id)));
        }
    }
    Ok(())
}

fn check_reason(reason: &str) -> Result<(), DecisionError> {
    use crate::section::ValueError;
    check_removed_reason(reason).map_err(|error| match error {
        ValueError::Empty => DecisionError::ReasonRequired,
        error => DecisionError::Value { field: "reason".to_owned(), error },
    })
}

fn words(value: &ScalarValue) -> String {
    match value {
        ScalarValue::Str(text) => text.to_string(),
        ScalarValue::Boolean(yes) => yes.to_string(),
        ScalarValue::Int(number) => number.to_string(),
        ScalarValue::F64(number) => number.to_string(),
        _ => String::new(),
    }
}

/// Higher than every order that can be seen: by that a record is known to be newer than those it supersedes.
fn next_order(all: &[Kind]) -> i64 {
    let orders = all.iter().flat_map(|kind| &kind.records).map(|record| record.order).filter(|order| order.is_finite());
    orders.fold(0.0, f64::max) as i64 + 1
}

/// One change, with what the record is after it.
fn change(
    document: &mut Automerge,
    section: &Section,
    (field, id): (&Field, &str),
    now: UtcMillis,
    write: impl FnOnce(&mut Transaction<'_>) -> Result<(), DecisionError>,
) -> Result<Outcome, DecisionError> {
    // A transaction that is dropped takes its operations back.
    let mut transaction = document.transaction();
    write(&mut transaction)?;
    transaction.commit_with(CommitOptions::default().with_time(now.0.div_euclid(1_000)));
    let all = read(document, None, section);
    find(&all, field, id).map(|record| Outcome::Made(Box::new(record.clone())))
}

fn sign(
    transaction: &mut Transaction<'_>,
    record: &ObjId,
    key: &str,
    by: &Subject,
    now: UtcMillis,
) -> Result<ObjId, DecisionError> {
    let signature = Signature::of(by, now);
    let map = transaction.put_object(record, key, ObjType::Map)?;
    for (key, value) in [
        ("user", &signature.user),
        ("name", &signature.name),
        ("role", &signature.role),
        ("job_title", &signature.job_title),
        ("organisation", &signature.organisation),
        ("organisation_name", &signature.organisation_name),
    ] {
        transaction.put(&map, key, value.as_str())?;
    }
    if let Some(registration) = signature.registration {
        transaction.put(&map, "registration", registration)?;
    }
    transaction.put(&map, "senior", signature.senior)?;
    transaction.put(&map, "at", signature.at.to_rfc3339())?;
    Ok(map)
}

fn item(transaction: &Transaction<'_>, field: &Field, id: &str) -> Result<ObjId, DecisionError> {
    map(transaction, &list(transaction, field)?, id)
}

fn list(transaction: &Transaction<'_>, field: &Field) -> Result<ObjId, DecisionError> {
    map(transaction, &map(transaction, &ROOT, "fields")?, field.id.as_str())
}

fn map(transaction: &Transaction<'_>, object: &ObjId, key: &str) -> Result<ObjId, DecisionError> {
    match transaction.get(object, key)? {
        Some((Value::Object(ObjType::Map), id)) => Ok(id),
        _ => Err(DecisionError::NoPlace),
    }
}

fn is_record_id(id: &str) -> bool {
    Uuid::try_parse(id).is_ok_and(|uuid| !uuid.is_nil() && uuid.hyphenated().to_string() == id)
}

impl From<AutomergeError> for DecisionError {
    fn from(_: AutomergeError) -> Self {
        Self::Document
    }
}
