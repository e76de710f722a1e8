//! Decisions as paper says them, with who recorded and who endorsed each, and their registration numbers.
//!
//! INVARIANT: decisions that contradict each other stand side by side in a striped frame, alike, and none looks like the
//! one in force.

use super::{
    fields,
    html::Html,
    reading::{Field, Record, Signature},
};
use crate::london;

/// All standing decisions of one kind.
pub(super) fn records(html: &mut Html, kind: &Field, kept: &[Record]) {
    let big = kind.field == CPR;
    html.raw(if big { "<section class=\"decision first\">" } else { "<section class=\"decision\">" });
    html.within("<h3>", &kind.label, "</h3>");
    let (disputed, agreed): (Vec<&Record>, Vec<&Record>) = kept.iter().partition(|record| record.state == DISPUTED);
    let mut agreed = agreed.as_slice();
    while let Some((record, rest)) = agreed.split_first() {
        one(html, record, big, !rest.first().is_some_and(|next| alike(record, next)));
        agreed = rest;
    }
    if !disputed.is_empty() {
        html.raw("<div class=\"disputed\"><p><strong>NOT AGREED. Different decisions were recorded, and none of them counts alone.</strong>");
        if big {
            html.raw(" ").raw(CPR_IN_DOUBT);
        }
        html.raw("</p>");
        for record in &disputed {
            one(html, record, big, true);
        }
        if let Some(lead) =
            disputed.iter().find(|record| record.applies).and_then(|record| record.fields.first()?.said())
        {
            html.within("<p>Until they agree, keep to the narrower: <strong>", lead, "</strong></p>");
        }
        html.raw("</div>");
    }
    html.raw("</section>");
}

/// One decision, `whole` or in short; `signed` where it carries the signature, which one that stands before another of the same hand leaves to it.
fn one(html: &mut Html, record: &Record, whole: bool, signed: bool) {
    let (review, mut said): (Vec<&Field>, Vec<&Field>) =
        record.fields.iter().partition(|field| field.field == REVIEW_DUE);
    // What a definition marks urgent is what a stranger needs; one that marks nothing is shown whole.
    if !whole && said.iter().any(|field| field.urgent) {
        said.retain(|field| field.urgent);
    }
    html.raw("<p class=\"record\">");
    if let [lead, rest @ ..] = said.as_slice() {
        // The second says what is recommended for what the first names.
        let paired = rest
            .first()
            .filter(|second| lead.urgent && second.urgent && second.kind == "coded" && lead.kind == "coded");
        html.raw("<strong class=\"lead\">").words(lead.said().unwrap_or_default());
        if let Some(second) = paired {
            html.raw(": ").words(second.said().unwrap_or_default());
        }
        html.raw("</strong>");
        let rest = if paired.is_some() { &rest[1..] } else { rest };
        if rest.iter().any(|field| !field.says_nothing()) {
            html.raw(" · ");
            fields::facts_without_lead(html, rest);
        }
    }
    html.raw("</p>");
    if record.needs_endorsement {
        html.raw("<p class=\"unsigned\"><strong>Not yet endorsed by a senior decision-maker.</strong></p>");
    }
    if !signed {
        return;
    }
    html.raw("<p class=\"by\">");
    signature(html, "Recorded by ", &record.recorded);
    if let Some(endorsed) = &record.endorsed {
        html.raw(" ");
        signature(html, "<strong>Endorsed</strong> by ", endorsed);
    }
    for review in review.iter().filter_map(|field| field.said()) {
        html.raw(" Review by ").text(review).raw(".");
    }
    html.raw("</p>");
}

fn signature(html: &mut Html, word: &'static str, of: &Signature) {
    html.raw(word).words(&of.by).raw(", ").words(&of.job_title).raw(", ").words(&of.organisation);
    if let Some(registration) = &of.registration {
        html.within(", <strong>", registration, "</strong>");
    }
    html.raw(", ").text(&london::day(&of.at)).raw(".");
}

/// Whether both were recorded by one hand on one day and are reviewed on one day, so that they can share a signature.
fn alike(a: &Record, b: &Record) -> bool {
    let plain = |record: &Record| record.endorsed.is_none() && !record.needs_endorsement;
    let review = |record: &Record| {
        let due = record.fields.iter().find(|field| field.field == REVIEW_DUE);
        due.and_then(|field| field.display.clone())
    };
    let hand = |record: &Record| {
        let by = &record.recorded;
        (by.by.clone(), by.organisation.clone(), by.registration.clone(), london::day(&by.at))
    };
    plain(a) && plain(b) && hand(a) == hand(b) && review(a) == review(b)
}

/// What a review is called in every definition that has one.
pub(super) const REVIEW_DUE: &str = "review_due";

const DISPUTED: &str = "disputed";

/// The recommendation about cardiopulmonary resuscitation, which stands first and largest.
const CPR: &str = "cpr";

/// What whoever is there goes by while there is no agreed recommendation; the crew's screen says the same.
const CPR_IN_DOUBT: &str = "Use your own judgement; where there is doubt, the usual rule is to start CPR.";
