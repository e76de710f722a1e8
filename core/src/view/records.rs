//! Decision records that stand, as one audience reads them: those that are current, and those that are disputed side by
//! side.

use super::{
    ViewKind,
    body::{FieldBody, RecordBody, SignatureBody},
    fields::Reading,
};
use crate::{
    decision::{Record, Signature, State},
    section::{Audience, Field},
};

impl<'a> Reading<'a> {
    /// The standing records of one kind, if this audience sees any.
    pub(super) fn decisions(&self, definition: &'a Field, around: &'a [Audience]) -> Option<FieldBody<'a>> {
        let kind = self.records.iter().find(|kind| kind.field == definition.id)?;
        let mut body = FieldBody::of(definition);
        if kind.is_disputed() {
            body.disputed = true;
            body.label = format!("{} (not agreed)", definition.label);
        }
        let records: Vec<_> = kind.standing().filter_map(|record| self.record(definition, around, record)).collect();
        body.records = Some(records).filter(|records| !records.is_empty());
        body.records.is_some().then_some(body)
    }

    fn record(&self, definition: &'a Field, around: &'a [Audience], record: &'a Record) -> Option<RecordBody<'a>> {
        let said = Reading { conflicts: &[], ..*self };
        let fields = said.fields(&definition.items, around, &record.fields, "");
        if fields.is_empty() {
            return None;
        }
        let endorsed = record.endorsed.as_ref();
        let needs_endorsement = endorsed.is_none() && definition.record.as_ref().is_some_and(|rule| rule.endorsed);
        Some(RecordBody {
            id: &record.id,
            state: record.state.as_str(),
            applies: record.applies,
            fields,
            recorded: signature(&record.recorded, self.withheld),
            endorsed: endorsed.map(|endorsed| signature(endorsed, self.withheld)),
            needs_endorsement,
            note: self.note(record, needs_endorsement),
        })
    }

    fn note(&self, record: &Record, needs_endorsement: bool) -> Option<&'static str> {
        match (self.kind, record.state) {
            (ViewKind::Person, State::Disputed) if record.applies => Some(APPLIES_IN_WORDS),
            (ViewKind::Person, State::Disputed) => Some(DISPUTED_IN_WORDS),
            (ViewKind::Person, _) if needs_endorsement => Some(UNENDORSED_IN_WORDS),
            _ => None,
        }
    }
}

fn signature(signature: &Signature, withheld: bool) -> SignatureBody<'_> {
    SignatureBody {
        whose: signature,
        by: &signature.name,
        job_title: &signature.job_title,
        organisation: super::organisation(&signature.organisation_name, withheld),
        registration: signature.registration.as_deref(),
        at: signature.at.to_rfc3339(),
    }
}

const DISPUTED_IN_WORDS: &str =
    "Your team wrote down more than one of these, and they do not agree. They have to settle which one counts.";
const APPLIES_IN_WORDS: &str = "Your team wrote down more than one of these, and they do not agree. Until they do, this one counts: it shares less.";
const UNENDORSED_IN_WORDS: &str =
    "One member of your team wrote this down. A second, senior one still has to confirm it.";
