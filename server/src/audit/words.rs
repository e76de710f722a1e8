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

const YOUR_PLAN: &str = "your plan";

/// What happened, in a sentence without names of people: "Three Rivers Ambulance Service opened your plan in an emergency".
#[must_use]
pub fn sentence(row: &Row, reader: Reader) -> String {
    let plan = match reader {
        Reader::Person => YOUR_PLAN,
        Reader::Another => "the plan",
    };
    let who = who(row, reader);
    let (did, to_do, what) = did(row, plan);
    let how = if is_emergency(row) && !what.contains("emergency") { " in an emergency" } else { "" };
    match row.outcome.as_str() {
        "refused" => format!("{who} tried to {to_do} {what}{how}, and was not allowed to"),
        "failed" => format!("{who} tried to {to_do} {what}{how}, and nothing came of it"),
        _ => format!("{who} {did} {what}{how}"),
    }
}

/// Whether it was done in an emergency, or with broken glass.
#[must_use]
pub fn is_emergency(row: &Row) -> bool {
    row.job.is_some() || matches!(row.connection.as_deref(), Some("emergency" | "break-glass"))
}

fn who(row: &Row, reader: Reader) -> String {
    let role = row.author.as_ref().map(|author| author.2.as_str());
    // What is written in a section carries who wrote it and no connection; a person writes in their own plan alone.
    let connection = match (row.connection.as_deref(), role) {
        (None, Some("person")) if row.outcome != "refused" => Some("own"),
        (None, Some("proxy")) if row.outcome != "refused" => Some("proxy"),
        (connection, _) => connection,
    };
    match (row.author.as_ref(), connection) {
        (None, _) => "Somebody".to_owned(),
        (Some(_), Some("own")) if reader == Reader::Person => "You".to_owned(),
        (Some(_), Some("own")) => "The person".to_owned(),
        (Some(author), Some("proxy")) => author.1.clone(),
        (Some(author), _) => author.5.clone(),
    }
}

/// The verb as it stands after who did it, as it stands after "tried to", and what it is about.
fn did(row: &Row, plan: &str) -> (&'static str, &'static str, String) {
    let vault = || vault(row.resource.as_deref());
    match row.action.as_str() {
        "plan:create" => ("began", "begin", plan.to_owned()),
        "section:write" => ("opened", "open", format!("{plan} to write in it")),
        action::CHANGE => ("wrote", "write", format!("in {plan}")),
        "section:sign" => ("signed", "sign", format!("a part of {plan}")),
        action::PUBLISH => ("published", "publish", format!("a new version of {plan}")),
        action::REVOKE_PRINT => ("withdrew", "withdraw", format!("printed copies of {plan}")),
        action::DELIVER => ("sent", "send", format!("a copy of {plan} to a shared record")),
        action::WITHDRAW => ("took", "take", format!("back what it had sent of {plan} to a shared record")),
        "section:suggest" => ("proposed", "propose", format!("a change to {plan}, or settled one")),
        "record:decide" => ("recorded", "record", format!("a decision in {plan}")),
        "vault:list" => ("looked", "look", format!("at which codes are kept with {plan}")),
        "vault:reveal" => ("looked", "look", format!("at {} kept with {plan}", vault())),
        "vault:write" => ("set", "set", format!("{} kept with {plan}", vault())),
        "vault:destroy" => ("destroyed", "destroy", format!("the codes kept with {plan}")),
        "relationship:assert" => ("said", "say", format!("why they need {plan}")),
        "relationship:break-glass" => ("opened", "open", format!("{plan} in an emergency, against what is usual")),
        "team:manage" => ("changed", "change", format!("who works with {plan}")),
        "sharing:set" => ("changed", "change", format!("what is shared of {plan}")),
        "sharing:keep" => {
            let whom = if plan == YOUR_PLAN { "you" } else { "the person" };
            match row.resource.as_deref().is_some_and(|resource| resource.starts_with("shown:")) {
                true => ("let", "let", format!("somebody who acts for {whom} see a part of {plan} again")),
                false => ("kept", "keep", format!("a part of {plan} from somebody who acts for {whom}")),
            }
        }
        "audit:read" => ("looked", "look", format!("at who opened {plan}")),
        action::DEMOGRAPHICS => ("took over", "take over", format!("what the national record says for {plan}")),
        action::OPT_OUT => ("took over", "take over", format!("whether {plan} is counted in reports")),
        action::PUT_OWN_ACCOUNT => ("made", "make", format!("an account that may open {plan}")),
        action::IMPORT => ("compared", "compare", format!("{plan} with another record")),
        action::ATTACH => ("added", "add", format!("a document of another record to {plan}")),
        action::READ_ATTACHMENT => ("read", "read", format!("a document of another record, kept with {plan}")),
        action::FIND_PLANS => ("found", "find", format!("{plan} by NHS number")),
        action::SIGN_IN => ("came", "come", format!("to {plan} from another record")),
        _ => ("opened", "open", plan.to_owned()),
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
