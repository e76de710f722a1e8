//! The person, as demographics had them at the publication.

use super::{
    bundle::Bundle,
    narrative::{self, narrative},
    people,
    response::blank,
    systems::{NHS_NUMBER, uk_core},
};
use crate::{
    demographics::{Address, AddressKind, Demographics, PhenotypicSex, StatedGender, Telecom, TelecomKind},
    section::Audience,
    view::{Header, Person},
};
use serde_json::{Value, json};

/// Adds the Patient, and the practice where they are registered.
pub(super) fn patient(bundle: &mut Bundle<'_>, header: &Header<'_>) -> Value {
    let person = header.person;
    let known = header.circumstances.clone().of(person).demographics.unwrap_or_default().seen_by(Audience::Clinician);
    let mut patient = json!({
        "resourceType": "Patient",
        "meta": meta(person),
        "text": narrative(&words(person)),
        "identifier": [identifier(person, &known)],
        "name": names(person),
    });
    if !known.telecom.is_empty() {
        patient["telecom"] = known.telecom.iter().map(telecom).collect();
    }
    if let Some(gender) = gender(&known) {
        patient["gender"] = json!(gender);
    }
    patient["birthDate"] = json!(person.born);
    if let Some(death) = &known.death {
        patient["deceasedDateTime"] = json!(death.date);
    }
    if !known.addresses.is_empty() {
        patient["address"] = known.addresses.iter().map(address).collect();
    }
    if let Some(language) = &known.language {
        let coding = json!({ "system": "urn:ietf:bcp:47", "code": language.code, "display": language.display });
        patient["communication"] =
            json!([{ "language": { "coding": [coding], "text": language.display }, "preferred": true }]);
    }
    if let Some(practice) = &known.gp_practice {
        patient["generalPractitioner"] = json!([people::organisation(bundle, &practice.ods, &practice.name)]);
    }
    people::named(bundle.add(&["patient"], patient), &person.name)
}

fn meta(person: &Person) -> Value {
    let mut meta = json!({ "profile": [uk_core("Patient")] });
    if person.withheld {
        meta["security"] = json!([{
            "system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R", "display": "restricted"
        }]);
    }
    meta
}

fn words(person: &Person) -> String {
    let withheld = if person.withheld { "<p>Where the person lives is withheld.</p>" } else { "" };
    let (name, born) = (narrative::text(&person.name), narrative::text(&person.born));
    format!("<p>{name}, born {born}, NHS number {}</p>{withheld}", person.nhs_number.as_str())
}

fn identifier(person: &Person, known: &Demographics) -> Value {
    let mut identifier = json!({ "system": NHS_NUMBER, "value": person.nhs_number.as_str() });
    if let Some(status) = known.nhs_number_status {
        let coding = json!({
            "system": "https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatusEngland",
            "code": status.code(), "display": status.display(),
        });
        identifier["extension"] = json!([{
            "url": uk_core("NHSNumberVerificationStatus").replace("/UKCore", "/Extension-UKCore"),
            "valueCodeableConcept": { "coding": [coding] },
        }]);
    }
    identifier
}

fn names(person: &Person) -> Value {
    let mut names = vec![json!({ "use": "official", "text": person.name })];
    names.extend(
        person.preferred_name.as_ref().filter(|name| !blank(name)).map(|name| json!({ "use": "usual", "text": name })),
    );
    Value::Array(names)
}

fn telecom(telecom: &Telecom) -> Value {
    let (system, kind) = match telecom.kind {
        TelecomKind::Phone => ("phone", Some("home")),
        TelecomKind::Mobile => ("phone", Some("mobile")),
        TelecomKind::Email => ("email", None),
    };
    let mut point = json!({ "system": system, "value": telecom.value });
    if let Some(kind) = kind {
        point["use"] = json!(kind);
    }
    if let Some(rank) = telecom.preference {
        point["rank"] = json!(rank);
    }
    point
}

fn address(address: &Address) -> Value {
    let (purpose, kind) = match address.kind {
        AddressKind::Home => ("home", "both"),
        AddressKind::Temporary => ("temp", "physical"),
        AddressKind::Correspondence => ("home", "postal"),
    };
    let mut made = json!({ "use": purpose, "type": kind });
    let lines: Vec<&String> = address.lines.iter().filter(|line| !blank(line)).collect();
    if !lines.is_empty() {
        made["line"] = json!(lines);
    }
    if let Some(postcode) = &address.postcode {
        made["postalCode"] = json!(postcode);
    }
    let ends = [("start", &address.from), ("end", &address.to)];
    let ends: serde_json::Map<String, Value> =
        ends.into_iter().filter_map(|(end, date)| Some((end.to_owned(), json!(date.as_ref()?)))).collect();
    if !ends.is_empty() {
        made["period"] = Value::Object(ends);
    }
    made
}

/// Administrative gender: as the person states it, or else the phenotypic sex.
fn gender(known: &Demographics) -> Option<&'static str> {
    let stated = known.stated_gender.map(|gender| match gender {
        StatedGender::Male => "male",
        StatedGender::Female => "female",
        StatedGender::Indeterminate => "other",
        StatedGender::NotKnown => "unknown",
    });
    let sex = known.phenotypic_sex.map(|sex| match sex {
        PhenotypicSex::Male => "male",
        PhenotypicSex::Female => "female",
        PhenotypicSex::Indeterminate => "other",
        PhenotypicSex::NotKnown => "unknown",
    });
    stated.or(sex)
}
