#![allow(clippy::unwrap_used, reason = "a test may fail by panic")]

mod matrix;

use super::*;
use crate::section::Sections;
use crate::section::SignOff;
use Role::{Crew, Doctor, Person, Pharmacist, Proxy, RegisteredProfessional, SocialCare, Specialist, System};

const ROLES: [Role; 9] =
    [Person, Proxy, SocialCare, RegisteredProfessional, Doctor, Specialist, Pharmacist, Crew, System];

fn subject(role: Role) -> Subject {
    if role == System { Subject::system() } else { subject_of(role) }
}

/// Somebody of an organisation, a system of it included.
fn subject_of(role: Role) -> Subject {
    Subject {
        user: "u1".parse().unwrap(),
        name: "Invented".to_owned(),
        role,
        job_title: "Job".to_owned(),
        organisation: "RX1".parse().unwrap(),
        organisation_name: "Northgate Hospital".to_owned(),
        registration: Some("GMC 7000001".to_owned()),
        senior: matches!(role, Role::Doctor | Role::Specialist),
        scope: Scope::default(),
    }
}

fn decide(subject: &Subject, action: Action, resource: Resource<'_>) -> Result<Granted, Denied> {
    let facts = PlanFacts {
        person: Some("u1".parse().unwrap()),
        proxies: [("u1".parse().unwrap(), UtcMillis(1))].into(),
        ..PlanFacts::of_team("p1".parse().unwrap(), [subject.organisation.clone()])
    };
    Access { policies: &Policies::embedded(), facts: &facts, now: UtcMillis(0) }.decide(subject, action, resource)
}

/// Every role that may do this, in the order of `ROLES`.
fn allowed(action: Action, section: Option<&Section>) -> Vec<Role> {
    let resource = section.map_or(Resource::Plan, Resource::Section);
    ROLES.into_iter().filter(|role| decide(&subject(*role), action, resource).is_ok()).collect()
}

fn section(sign_off: &str) -> Section {
    let text = format!(
        "id = \"s\"\ntitle = \"S\"\nversion = 1\norder = 1\nsummary = \"S\"\nsource = \"S\"\n\
         writes = [\"person\", \"doctor\"]\nreads = [\"pharmacist\"]\naudiences = [\"clinician\"]\n\
         sign_off = \"{sign_off}\"\n[[field]]\nid = \"a\"\nlabel = \"A\"\ntype = \"yes-no\"\nmerge = \"R\"\n"
    );
    (**Sections::load([("s.toml".to_owned(), text)]).unwrap().in_order()[0]).clone()
}

#[test]
fn only_the_definitions_writers_write_and_only_writers_and_readers_read() {
    let section = section("none");
    assert_eq!(allowed(Action::Write, Some(&section)), [Person, Doctor]);
    assert_eq!(allowed(Action::Read, Some(&section)), [Person, Doctor, Pharmacist]);
}

#[test]
fn each_sign_off_is_signed_by_those_that_it_names_if_they_may_read_the_section() {
    assert_eq!(allowed(Action::Sign, Some(&section("none"))), []);
    assert_eq!(allowed(Action::Sign, Some(&section("self"))), [Doctor, Pharmacist]);
    assert_eq!(allowed(Action::Sign, Some(&section("registered"))), [Doctor, Pharmacist]);
    assert_eq!(allowed(Action::Sign, Some(&section("senior"))), [Doctor]);
    let mut open = section("self");
    open.reads = ROLES.to_vec();
    assert_eq!(allowed(Action::Sign, Some(&open)), [RegisteredProfessional, Doctor, Specialist, Pharmacist]);
    open.sign_off = SignOff::Senior;
    assert_eq!(allowed(Action::Sign, Some(&open)), [Doctor, Specialist]);
}

#[test]
fn everybody_who_has_to_do_with_a_plan_sees_it_and_what_was_published() {
    assert_eq!(allowed(Action::See, None), ROLES);
    assert_eq!(allowed(Action::ReadPublished, None), ROLES);
}

#[test]
fn an_action_on_the_wrong_kind_of_thing_is_denied_to_everybody() {
    let section = section("self");
    for action in [Action::Read, Action::Write, Action::Sign] {
        assert_eq!(allowed(action, None), []);
    }
    for action in [Action::See, Action::ReadPublished] {
        assert_eq!(allowed(action, Some(&section)), []);
    }
}

#[test]
fn crews_never_sync_any_embedded_section() {
    for section in Sections::embedded().in_order() {
        for action in [Action::Read, Action::Write, Action::Sign] {
            assert!(!allowed(action, Some(section)).contains(&Crew), "{}", section.id);
        }
    }
}

#[test]
fn what_is_granted_names_exactly_what_was_asked() {
    let (section, plan) = (section("senior"), "p1".parse().unwrap());
    let granted = decide(&subject(Doctor), Action::Sign, Resource::Section(&section)).unwrap();
    assert_eq!(granted.user().as_str(), "u1");
    assert_eq!((granted.plan(), granted.section(), granted.action()), (&plan, Some(&section.id), Action::Sign));
    let denied = decide(&subject(Person), Action::Sign, Resource::Section(&section)).unwrap_err();
    assert_eq!(denied.to_string(), "your role does not sign this section");
}

#[test]
fn every_rule_has_a_case_in_which_it_decides_and_one_in_which_it_does_not() {
    let policies = Policies::embedded();
    let all = cases::embedded();
    let about = |rule: &Rule, decides: bool| {
        let of = |case: &&cases::Case| case.about == rule.id.0 && case.rules.contains(&rule.id.0) == decides;
        all.iter().filter(of).count()
    };
    let without: Vec<&str> = policies
        .rules()
        .iter()
        .filter(|rule| about(rule, true) == 0 || about(rule, false) == 0)
        .map(|rule| rule.id.0.as_str())
        .collect();
    assert!(without.is_empty(), "rules without a case for yes or for no: {without:?}");
    assert!(all.len() >= 2 * policies.rules().len(), "{} cases", all.len());
}

#[test]
fn a_folder_of_rules_is_refused_with_every_fault_by_file_and_rule() {
    let scope = "(principal is Crew, action == Action::\"plan:see\", resource is Plan)";
    let files = [
        ("a.cedar", format!("@title(\"No id.\")\npermit {scope};\n@id(\"no-title\")\npermit {scope};")),
        ("b.cedar", format!("@id(\"Not Kebab\") @title(\"A.\") permit {scope};")),
        ("c.cedar", format!("@id(\"no-reason\") @title(\"A.\") forbid {scope};")),
        (
            "d.cedar",
            format!("@id(\"two\") @title(\"A.\") permit {scope};\n@id(\"two\") @title(\"A.\") permit {scope};"),
        ),
        ("e.cedar", format!("@id(\"odd\") @title(\"A.\") permit {scope} when {{ context.moon == 1 }};")),
        ("f.cedar", "permit (".to_owned()),
        ("g.cedar", format!("@id(\"never\") @title(\"A.\") permit {scope} when {{ false }};")),
        ("h.cedar", format!("@id(\"titel\") @titel(\"A.\") permit {scope};")),
        ("i.cedar", format!("@id(\"why\") @title(\"A.\") @reason(\"a\") permit {scope};")),
    ];
    let files = files.map(|(name, text)| (name.to_owned(), text));
    let PoliciesError(faults) = Policies::read(files).unwrap_err();
    let named: Vec<String> =
        faults.iter().map(|fault| format!("{} {}", fault.file, fault.rule.as_deref().unwrap_or("-"))).collect();
    for expected in [
        "a.cedar 1",
        "a.cedar no-title",
        "b.cedar Not Kebab",
        "c.cedar no-reason",
        "d.cedar two",
        "e.cedar odd",
        "f.cedar -",
        "g.cedar never",
        "h.cedar titel",
        "i.cedar why",
    ] {
        assert!(named.iter().any(|name| name == expected), "{expected} is not among {named:?}");
    }
}

#[test]
fn a_folder_whose_cases_do_not_come_out_is_refused() {
    let rule = "@id(\"crews\") @title(\"Crews see plans.\")\n\
                permit (principal is Crew, action == Action::\"plan:see\", resource is Plan);";
    let case = |principal: &str, effect: &str, about: &str| {
        format!(
            "[{{\"about\":\"{about}\",\"sentence\":\"S\",\"principal\":{{\"is\":\"{principal}\"}},\
             \"action\":\"plan:see\",\"effect\":\"{effect}\",\"rules\":[\"crews\"]}}]"
        )
    };
    let read = |case: String| {
        let files = [("a.cedar", rule.to_owned()), ("a.json", case)];
        Policies::read(files.map(|(name, text)| (name.to_owned(), text)))
    };
    assert!(read(case("Crew", "permit", "crews")).is_ok());
    for (principal, effect, about) in [
        ("Crew", "deny", "crews"),
        ("Person", "permit", "crews"),
        ("Nobody", "permit", "crews"),
        ("Crew", "permit", "x"),
    ] {
        let PoliciesError(faults) = read(case(principal, effect, about)).unwrap_err();
        assert_eq!(faults[0].file, "a.json", "{faults:?}");
    }
    assert!(read("[{}]".to_owned()).is_err());
    assert!(Policies::read([]).is_err(), "no rule at all is not a set of rules");
}

#[test]
fn a_rule_may_name_one_principal_and_one_plan() {
    let rule = "@id(\"one\") @title(\"One crew sees one plan.\")\n\
                permit (principal == Crew::\"u1\", action == Action::\"plan:see\", resource == Plan::\"p1\");";
    let policies = Policies::read([("a.cedar".to_owned(), rule.to_owned())]).unwrap();
    let sees = |user: &str, plan: &str| {
        let facts = PlanFacts::of_team(plan.parse().unwrap(), ["RX1".parse().unwrap()]);
        let who = Subject { user: user.parse().unwrap(), ..subject(Crew) };
        Access { policies: &policies, facts: &facts, now: UtcMillis(0) }.allows(&who, Action::See, Resource::Plan)
    };
    assert_eq!([sees("u1", "p1"), sees("u2", "p1"), sees("u1", "p2"), sees("u1", "p1")], [true, false, false, true]);
}
