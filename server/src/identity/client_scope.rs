//! What a token reaches: SMART scopes of the contexts `system` and `user`, as version 1 (`system/CarePlan.read`) or version 2
//! (`system/CarePlan.rs`) writes them. This service is read only, so there is nothing else to be had.

use super::Faults;
use std::fmt;

/// For whom a token reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientContext {
    /// A system, for itself.
    System,
    /// An app, for whoever uses it.
    User,
}

impl ClientContext {
    const ALL: [Self; 2] = [Self::System, Self::User];

    /// What stands before the stroke.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
        }
    }
}

/// One scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientScope {
    context: ClientContext,
    /// A type of resource, or `*` for every one.
    kind: String,
    read: bool,
    search: bool,
    /// Written as version 1 does.
    whole: bool,
}

/// What somebody asks of a type of resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interaction {
    /// One resource, by its id.
    Read,
    /// Those that fit.
    Search,
}

impl ClientScope {
    /// The scope that this text says; none if it says something else, or nothing that can be had here.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (context, rest) = text.split_once('/')?;
        let context = ClientContext::ALL.into_iter().find(|each| each.as_str() == context)?;
        let (kind, what) = rest.split_once('.')?;
        let is_kind = kind == "*" || (!kind.is_empty() && kind.bytes().all(|b| b.is_ascii_alphabetic()));
        let (read, search, whole) = match what {
            "read" => (true, true, true),
            // What writes is not given, the rest of it is.
            "*" => (true, true, true),
            _ if in_order(what) => (what.contains('r'), what.contains('s'), false),
            _ => return None,
        };
        (is_kind && (read || search)).then(|| Self { context, kind: kind.to_owned(), read, search, whole })
    }

    /// Those of a list with spaces between.
    #[must_use]
    pub fn all(text: &str) -> Vec<Self> {
        text.split(' ').filter_map(Self::parse).collect()
    }

    /// A list with spaces between.
    #[must_use]
    pub fn list(scopes: &[Self]) -> String {
        scopes.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    }

    /// Of what is asked for, that which is allowed.
    #[must_use]
    pub fn narrowed(asked: &[Self], allowed: &[Self]) -> Vec<Self> {
        let mut granted: Vec<Self> = Vec::new();
        let pairs = asked.iter().flat_map(|asked| allowed.iter().map(move |allowed| (asked, allowed)));
        for (asked, allowed) in pairs.filter(|(asked, allowed)| asked.context == allowed.context) {
            let kind = match (asked.kind.as_str(), allowed.kind.as_str()) {
                (kind, "*") | ("*", kind) => kind,
                (one, other) if one == other => one,
                _ => continue,
            };
            let (read, search) = (asked.read && allowed.read, asked.search && allowed.search);
            let (context, whole) = (asked.context, asked.whole && read && search);
            let scope = Self { context, kind: kind.to_owned(), read, search, whole };
            if (read || search) && !granted.contains(&scope) {
                granted.push(scope);
            }
        }
        granted
    }

    /// Those of an entry of the identity file, which are all of one context.
    pub(super) fn checked(texts: &[String], context: ClientContext, place: &str, faults: &mut Faults) -> Vec<Self> {
        if texts.is_empty() {
            faults.note(place, "`scopes` is empty: it would have nothing");
        }
        let mut scopes = Vec::new();
        for text in texts {
            match Self::parse(text).filter(|scope| scope.context == context) {
                Some(scope) => scopes.push(scope),
                None => {
                    let like = context.as_str();
                    faults.note(
                        place,
                        format!("`scopes`: `{text}` is none like `{like}/CarePlan.read` or `{like}/*.rs`"),
                    );
                }
            }
        }
        scopes
    }

    /// The type of resource, or `None` for every one.
    #[must_use]
    pub fn kind(&self) -> Option<&str> {
        (self.kind != "*").then_some(self.kind.as_str())
    }

    /// Whether one of them has this.
    #[must_use]
    pub fn allow(scopes: &[Self], kind: &str, interaction: Interaction) -> bool {
        scopes.iter().filter(|scope| scope.kind == "*" || scope.kind == kind).any(|scope| match interaction {
            Interaction::Read => scope.read,
            Interaction::Search => scope.search,
        })
    }
}

impl fmt::Display for ClientScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match (self.whole, self.read, self.search) {
            (true, ..) => "read",
            (_, true, true) => "rs",
            (_, true, false) => "r",
            _ => "s",
        };
        write!(f, "{}/{}.{what}", self.context.as_str(), self.kind)
    }
}

/// Letters of `cruds`, each once and in that order.
fn in_order(what: &str) -> bool {
    let places: Option<Vec<usize>> = what.chars().map(|letter| "cruds".find(letter)).collect();
    places.is_some_and(|places| places.is_sorted_by(|one, next| one < next))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_are_read_and_what_writes_is_not_given() {
        for (text, said) in [
            ("system/CarePlan.read", Some("system/CarePlan.read")),
            ("system/*.read", Some("system/*.read")),
            ("system/*.*", Some("system/*.read")),
            ("system/CarePlan.rs", Some("system/CarePlan.rs")),
            ("system/CarePlan.cruds", Some("system/CarePlan.rs")),
            ("system/Patient.s", Some("system/Patient.s")),
            ("system/Patient.sr", None),
            ("system/Patient.cud", None),
            ("system/Patient.write", None),
            ("system/Patient.rs?status=active", None),
            ("system/.rs", None),
            ("user/CarePlan.read", Some("user/CarePlan.read")),
            ("user/*.cruds", Some("user/*.rs")),
            ("user/Patient.cud", None),
            ("patient/*.rs", None),
            ("openid", None),
            ("system/CarePlan", None),
            ("", None),
        ] {
            assert_eq!(ClientScope::parse(text).map(|scope| scope.to_string()).as_deref(), said, "{text}");
        }
    }

    #[test]
    fn what_is_granted_is_what_is_both_asked_for_and_allowed() {
        for (asked, allowed, granted) in [
            ("system/*.read", "system/*.rs", "system/*.read"),
            ("system/*.rs", "system/CarePlan.r system/Bundle.rs", "system/CarePlan.r system/Bundle.rs"),
            ("system/*.read", "system/CarePlan.r", "system/CarePlan.r"),
            ("system/CarePlan.rs system/Patient.r", "system/*.r", "system/CarePlan.r system/Patient.r"),
            ("system/Patient.s", "system/Patient.r", ""),
            ("system/Patient.rs", "system/CarePlan.rs", ""),
            ("user/*.rs system/*.rs", "user/Bundle.r", "user/Bundle.r"),
            ("user/*.rs", "system/*.rs", ""),
        ] {
            let narrowed = ClientScope::narrowed(&ClientScope::all(asked), &ClientScope::all(allowed));
            assert_eq!(ClientScope::list(&narrowed), granted, "{asked} of {allowed}");
        }
    }

    #[test]
    fn a_scope_reaches_its_type_and_its_interaction_only() {
        let scopes = ClientScope::all("system/CarePlan.r system/Bundle.s");
        let allows = |kind, interaction| ClientScope::allow(&scopes, kind, interaction);
        assert!(allows("CarePlan", Interaction::Read) && !allows("CarePlan", Interaction::Search));
        assert!(allows("Bundle", Interaction::Search) && !allows("Patient", Interaction::Read));
        assert!(ClientScope::allow(&ClientScope::all("system/*.read"), "Patient", Interaction::Search));
    }
}
