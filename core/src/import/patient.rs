//! `Patient`: demographics, laid over what is known already.

use super::{
    bundle::{Bundle, NHS_NUMBER, list, text},
    coding::{day, tidy, words},
};
use crate::demographics::{
    Address, AddressKind, Concept, Death, Demographics, EthnicCategory, NhsNumberStatus, PhenotypicSex, Practice,
    Restriction, Telecom, TelecomKind,
};
use serde_json::Value;

/// What became of the demographics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// These are they now.
    New(Box<Demographics>),
    /// They are what they were.
    Same,
    /// They stay what they were: the plan's are restricted and the record does not say so. A restriction is lifted by the
    /// national feed alone, never by a record that knows nothing of it.
    Restricted,
    /// They stay what they were: what the Patient says does not fit.
    Unusable,
}

/// What the Bundle's Patient says, laid over `known`: what it does not say stays as it is.
#[must_use]
pub fn demographics(bundle: &Bundle, known: &Demographics) -> Taken {
    let patient = &bundle.patient().value;
    let restriction = restriction(patient);
    if known.is_withheld() && restriction.is_none_or(|said| said == Restriction::Unrestricted) {
        return Taken::Restricted;
    }
    let mut new = known.clone();
    keep(&mut new.nhs_number_status, status(patient));
    keep(&mut new.phenotypic_sex, extension(patient, BIRTH_SEX).and_then(sex));
    keep(&mut new.ethnic_category, extension(patient, ETHNIC_CATEGORY).and_then(ethnic_category));
    keep(&mut new.language, language(patient));
    keep(&mut new.gp_practice, practice(patient));
    new.restriction = stricter(known.restriction, restriction);
    keep(
        &mut new.death,
        text(patient, "/deceasedDateTime").and_then(day).map(|date| {
            let place = known.death.as_ref().and_then(|death| death.place);
            Death { date: date.to_owned(), place }
        }),
    );
    let addresses: Vec<Address> = list(patient, "address").iter().filter_map(address).collect();
    if !addresses.is_empty() {
        new.addresses = addresses;
    }
    let telecom = telecom(patient);
    if !telecom.is_empty() {
        new.telecom = telecom;
    }
    match new.to_json() {
        Err(_) => Taken::Unusable,
        Ok(_) if new == *known => Taken::Same,
        Ok(_) => Taken::New(Box::new(new)),
    }
}

fn keep<T>(place: &mut Option<T>, said: Option<T>) {
    if said.is_some() {
        *place = said;
    }
}

/// The value of an extension: UK Core's own, or one that it nests.
fn extension<'v>(value: &'v Value, url: &str) -> Option<&'v Value> {
    list(value, "extension").iter().find(|extension| text(extension, "/url") == Some(url))
}

fn code_of(extension: &Value) -> Option<&str> {
    text(extension, "/valueCodeableConcept/coding/0/code").or_else(|| text(extension, "/valueCode"))
}

fn of_code<T: serde::de::DeserializeOwned>(code: &str) -> Option<T> {
    serde_json::from_value(code.into()).ok()
}

fn status(patient: &Value) -> Option<NhsNumberStatus> {
    let of_nhs = |identifier: &&Value| text(identifier, "/system") == Some(NHS_NUMBER);
    let code = code_of(extension(list(patient, "identifier").iter().find(of_nhs)?, NUMBER_STATUS)?)?;
    // UK Core writes the codes of the data dictionary in words.
    let number = NUMBER_STATUSES.iter().position(|word| *word == code).map(|at| format!("{:02}", at + 1));
    of_code(number.as_deref().unwrap_or(code))
}

fn sex(extension: &Value) -> Option<PhenotypicSex> {
    match code_of(extension)? {
        "male" => Some(PhenotypicSex::Male),
        "female" => Some(PhenotypicSex::Female),
        "indeterminate" => Some(PhenotypicSex::Indeterminate),
        "unknown" => Some(PhenotypicSex::NotKnown),
        _ => None,
    }
}

fn ethnic_category(extension: &Value) -> Option<EthnicCategory> {
    of_code(code_of(extension)?)
}

fn language(patient: &Value) -> Option<Concept> {
    let all = list(patient, "communication");
    let preferred = all.iter().find(|one| one.get("preferred") == Some(&Value::Bool(true)));
    let language = preferred.or(if let [only] = all { Some(only) } else { None })?.get("language")?;
    let code = text(language, "/coding/0/code")?.to_owned();
    Some(Concept { display: words(language).unwrap_or_else(|| code.clone()), code })
}

fn practice(patient: &Value) -> Option<Practice> {
    let [practitioner] = list(patient, "generalPractitioner") else { return None };
    let identifier = practitioner.get("identifier")?;
    let ods = text(identifier, "/value").filter(|_| text(identifier, "/system") == Some(ODS))?.to_owned();
    let name = text(practitioner, "/display").map(tidy).unwrap_or_else(|| ods.clone());
    Some(Practice { ods, name })
}

/// Confidentiality as the Personal Demographics Service marks it, in `meta.security`.
fn restriction(patient: &Value) -> Option<Restriction> {
    let codes: Vec<&str> = list(patient.get("meta")?, "security").iter().filter_map(|one| text(one, "/code")).collect();
    let said = |code: &str| codes.contains(&code);
    match () {
        () if said("V") => Some(Restriction::VeryRestricted),
        () if said("R") => Some(Restriction::Restricted),
        () if said("U") => Some(Restriction::Unrestricted),
        () => None,
    }
}

/// The one that withholds more: whoever knows of less restriction than somebody else does not lift theirs.
fn stricter(known: Option<Restriction>, said: Option<Restriction>) -> Option<Restriction> {
    let rank = |one: &Restriction| match one {
        Restriction::Unrestricted => 0,
        Restriction::Restricted => 1,
        Restriction::VeryRestricted => 2,
    };
    known.into_iter().chain(said).max_by_key(rank)
}

fn address(value: &Value) -> Option<Address> {
    let kind = match (text(value, "/use"), text(value, "/type")) {
        (Some("old" | "work"), _) => return None,
        (_, Some("postal")) => AddressKind::Correspondence,
        (Some("temp"), _) => AddressKind::Temporary,
        _ => AddressKind::Home,
    };
    let mut lines: Vec<String> = list(value, "line").iter().filter_map(Value::as_str).map(tidy).collect();
    lines.extend(["/city", "/district"].iter().filter_map(|part| text(value, part)).map(tidy));
    lines.retain(|line| !line.is_empty());
    let day_at = |pointer| text(value, pointer).and_then(day).map(str::to_owned);
    let postcode = text(value, "/postalCode").map(tidy);
    let address = Address { kind, lines, postcode, from: day_at("/period/start"), to: day_at("/period/end") };
    (!address.lines.is_empty() || address.postcode.is_some()).then_some(address)
}

/// In the order of their ranks; those that are not numbers or addresses we know are left out.
fn telecom(patient: &Value) -> Vec<Telecom> {
    let mut all: Vec<(u64, Telecom)> = list(patient, "telecom").iter().filter_map(telecom_one).collect();
    all.sort_by_key(|(rank, _)| *rank);
    let ranked = all.into_iter().enumerate().map(|(at, (rank, telecom))| {
        let preference = u8::try_from(at + 1).ok().filter(|at| *at <= RANKS_MAX && rank != u64::MAX);
        Telecom { preference, ..telecom }
    });
    ranked.collect()
}

fn telecom_one(value: &Value) -> Option<(u64, Telecom)> {
    let kind = match (text(value, "/system")?, text(value, "/use")) {
        (_, Some("old")) => return None,
        ("phone", Some("mobile")) => TelecomKind::Mobile,
        ("phone", _) => TelecomKind::Phone,
        ("email", _) => TelecomKind::Email,
        _ => return None,
    };
    let said = tidy(text(value, "/value")?);
    if kind != TelecomKind::Email && crate::section::check_phone(&said).is_err() {
        return None;
    }
    let rank = value.get("rank").and_then(Value::as_u64).unwrap_or(u64::MAX);
    Some((rank, Telecom { kind, value: said, preference: None }))
}

const BIRTH_SEX: &str = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-BirthSex";
const ETHNIC_CATEGORY: &str = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-EthnicCategory";
const NUMBER_STATUS: &str = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus";
const ODS: &str = "https://fhir.nhs.uk/Id/ods-organization-code";
/// UK Core's words for the statuses 01 to 08.
const NUMBER_STATUSES: [&str; 8] = [
    "number-present-and-verified",
    "number-present-but-not-traced",
    "trace-required",
    "trace-attempted-no-match-or-multiple-match-found",
    "trace-needs-to-be-resolved-nhs-number-or-patient-detail-conflict",
    "trace-in-progress",
    "number-not-present-and-trace-not-required",
    "trace-postponed-baby-under-six-weeks-old",
];
/// The last in the order in which to try them.
const RANKS_MAX: u8 = 5;
