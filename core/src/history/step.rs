//! What happened between two moments of one document: fields, settlements and decisions, in words.

use super::{
    Difference, DifferenceKind, Moment, Settlement, differences,
    words::{fields_words, name_of, place, short},
};
use crate::{
    conflict::{self, Conflict},
    content::Content,
    decision::{self, Record, State},
    section::{Field, Section},
};
use automerge::{Automerge, ChangeHash};

/// What happened from each of these moments to the next, each given by its heads; no heads are the moment before the first
/// change. One less than there are moments.
#[must_use]
pub fn steps(document: &Automerge, section: &Section, moments: &[Vec<ChangeHash>]) -> Vec<Vec<Difference>> {
    let mut all = Vec::new();
    let mut before: Option<(&Vec<ChangeHash>, Moment)> = None;
    for heads in moments {
        let now = Moment::read(document, Some(heads), section);
        if let Some((before_heads, then)) = &before {
            all.push(between(section, then, &now, || conflict::conflicts(document, Some(before_heads), section)));
        }
        before = Some((heads, now));
    }
    all
}

/// What happened between two moments of a section. `disputed` gives the conflicts at the first; it is asked only if
/// something was settled.
#[must_use]
pub fn between(
    section: &Section,
    before: &Moment,
    after: &Moment,
    disputed: impl FnOnce() -> Vec<Conflict>,
) -> Vec<Difference> {
    let mut found = differences(section, &before.content, &after.content);
    let is_record = |field: &Field| field.record.is_some();
    found.retain(|difference| {
        let field = difference.path.split('.').next().unwrap_or_default();
        !section.field(field).is_some_and(is_record)
    });
    for (field, _) in decision::kinds(section) {
        let of = |moment: &Moment| moment.decisions.iter().find(|kind| kind.field == field.id).cloned();
        let (then, now) = (of(before).map_or_else(Vec::new, |kind| kind.records), of(after));
        for record in now.iter().flat_map(|kind| &kind.records) {
            let then = then.iter().find(|then| (&then.id, then.change) == (&record.id, record.change));
            decided(&mut found, field, now.as_ref().map_or(&[], |kind| kind.records.as_slice()), then, record);
        }
    }
    let new: Vec<_> = after.settled.iter().filter(|(id, _)| !before.settled.contains_key(*id)).collect();
    if !new.is_empty() {
        let disputed = disputed();
        for (_, settlement) in new {
            settled(&mut found, (section, &after.content), &disputed, settlement);
        }
    }
    found
}

/// What happened to one record: it was made, endorsed, withdrawn.
fn decided(found: &mut Vec<Difference>, field: &Field, all: &[Record], then: Option<&Record>, now: &Record) {
    let name = name_of(field, &now.fields);
    let words = fields_words(&field.items, &now.fields);
    let (path, label) = (format!("{}.{}", field.id, now.id), format!("{}: {name}", field.label));
    let difference = |kind, words| Difference {
        path: path.clone(),
        label: label.clone(),
        kind,
        before: None,
        after: None,
        reason: None,
        words,
    };
    if then.is_none() {
        let replaced = all.iter().filter(|record| now.supersedes.contains(&record.id));
        let replaced: Vec<String> = replaced.map(|record| name_of(field, &record.fields)).collect();
        let before = (!replaced.is_empty()).then(|| replaced.join("; "));
        let mut said = format!("recorded {label}");
        if let Some(before) = &before {
            said.push_str(&format!(" in place of {}", short(before)));
        }
        if let Some(reason) = &now.reason {
            said.push_str(&format!(" (reason: {})", short(reason)));
        }
        if now.state == State::Disputed {
            said.push_str(", while another stands beside it");
        }
        let (after, reason) = (Some(words.clone()), now.reason.clone());
        found.push(Difference { before, after, reason, ..difference(DifferenceKind::Added, said) });
    }
    if let (Some(endorsed), None) = (&now.endorsed, then.and_then(|then| then.endorsed.as_ref())) {
        let after = Some(format!("endorsed by {}, {}", endorsed.name, endorsed.organisation_name));
        found.push(Difference { after, ..difference(DifferenceKind::Set, format!("endorsed {label}")) });
    }
    if let (Some(withdrawn), None) = (&now.withdrawn, then.and_then(|then| then.withdrawn.as_ref())) {
        let said = format!("withdrew {label} (reason: {})", short(&withdrawn.reason));
        let (before, reason) = (Some(words), Some(withdrawn.reason.clone()));
        found.push(Difference { before, reason, ..difference(DifferenceKind::Removed, said) });
    }
}

/// Says of a place that it was settled: what was chosen, what was not, and why. Takes the place of what else is said of it.
fn settled(
    found: &mut Vec<Difference>,
    (section, content): (&Section, &Content),
    disputed: &[Conflict],
    settlement: &Settlement,
) {
    let path = &settlement.path;
    let Some((label, chosen)) = place(section, content, path) else { return };
    let at = found.iter().position(|difference| difference.path == *path);
    let plain = at.map(|at| found.remove(at));
    let contenders = disputed.iter().find(|conflict| conflict.path == *path).map(|conflict| &conflict.contenders);
    let displays: Vec<&str> = contenders.into_iter().flatten().map(|contender| contender.display.as_str()).collect();
    let before = if displays.is_empty() { plain.and_then(|plain| plain.before) } else { Some(displays.join(" or ")) };
    let kept = chosen.as_deref().unwrap_or("nothing");
    let not: Vec<&str> = displays.into_iter().filter(|display| Some(*display) != chosen.as_deref()).collect();
    let mut words = format!("settled {label}: {}", short(kept));
    if !not.is_empty() {
        words.push_str(&format!(", not {}", short(&not.join(" or "))));
    }
    words.push_str(&format!(" (reason: {})", short(&settlement.reason)));
    found.push(Difference {
        path: path.clone(),
        label,
        kind: DifferenceKind::Settled,
        before,
        after: chosen,
        reason: Some(settlement.reason.clone()),
        words,
    });
}
