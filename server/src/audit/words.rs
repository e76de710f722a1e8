//! What an event says to people.

use super::{action, chain::Row};

/// Whose words: the plan is "your plan" to the one whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// The person.
    Person,
    /// Anybody else.
    Another,
}

/// What happened, in a sentence without names of people: "Three Rivers Ambulance Service opened your plan in an emergency".
#[must_use]
pub fn sentence(row: &Row, reader: Reader) -> String {
    let plan = match reader {
        Reader::Person => "your plan",
        Reader::Another => "the plan",
    };
    let who = who(row, reader);
    let did = did(row, plan);
    let how = if is_emergency(row) && !did.contains("emergency") { " in an emergency" } else { "" };
    match row.outcome.as_str() {
        "refused" => format!("{who} was not allowed to do this: {did}{how}"),
        "failed" => format!("{who} tried this, and it came to nothing: {did}{how}"),
        _ => format!("{who} {did}{how}"),
    }
}

/// Whether it was done in an emergency, or with broken glass.
#[must_use]
pub fn is_emergency(row: &Row) -> bool {
    row.job.is_some() || matches!(row.connection.as_deref(), Some("emergency" | "break-glass"))
}

fn who(row: &Row, reader: Reader) -> String {
    match (row.author.as_ref(), row.connection.as_deref()) {
        (None, _) => "Somebody".to_owned(),
        (Some(_), Some("own")) if reader == Reader::Person => "You".to_owned(),
        (Some(_), Some("own")) => "The person".to_owned(),
        (Some(author), Some("proxy")) => author.1.clone(),
        (Some(author), _) => author.5.clone(),
    }
}

/// Words that stand after who did it, and after "to do this:".
fn did(row: &Row, plan: &str) -> String {
    let vault = || vault(row.resource.as_deref());
    match row.action.as_str() {
        "plan:create" => format!("began {plan}"),
        "section:write" => format!("opened {plan} to write in it"),
        action::CHANGE => format!("wrote in {plan}"),
        "section:sign" => format!("signed a part of {plan}"),
        action::PUBLISH => format!("published a new version of {plan}"),
        "section:suggest" => format!("proposed a change to {plan}, or settled one"),
        "record:decide" => format!("recorded a decision in {plan}"),
        "vault:list" => format!("looked at which codes are kept with {plan}"),
        "vault:reveal" => format!("looked at {} kept with {plan}", vault()),
        "vault:write" => format!("set {} kept with {plan}", vault()),
        "vault:destroy" => format!("destroyed the codes kept with {plan}"),
        "relationship:assert" => format!("said why they need {plan}"),
        "relationship:break-glass" => format!("opened {plan} in an emergency, against what is usual"),
        "team:manage" => format!("changed who works with {plan}"),
        "sharing:set" => format!("changed what is shared of {plan}"),
        "audit:read" => format!("looked at who opened {plan}"),
        action::FIND_PLANS => format!("found {plan} by NHS number"),
        action::SIGN_IN => format!("came to {plan} from another record"),
        _ => format!("opened {plan}"),
    }
}

fn vault(resource: Option<&str>) -> &'static str {
    match resource.and_then(|resource| resource.strip_prefix("vault:")) {
        Some("key-safe-code") => "the code of the key safe",
        Some("door-code") => "the code of a door",
        Some("alarm-code") => "the code of the alarm",
        Some("withheld-address") => "the address",
        _ => "something",
    }
}
