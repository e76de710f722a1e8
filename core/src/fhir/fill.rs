//! Elements of one resource, filled from what a section holds by what its definition says.

use super::{response, systems::SNOMED_CT};
use crate::{
    content::Plain,
    section::{
        Field, Kind,
        mapping::{Element, Takes, element},
    },
    view::body::FieldBody,
};
use serde_json::{Value, json};

/// A resource on its way.
pub(super) struct Filling {
    resource: String,
    elements: Value,
    disputes: Vec<Value>,
    /// What stands against each other in the element that says what it is.
    disputed_code: Option<String>,
    /// The same of the first thing that is disputed, whichever.
    disputed_first: Option<String>,
    omitted: bool,
    /// Added to what people read of its code.
    qualification: Option<&'static str>,
}

impl Filling {
    pub(super) fn of(resource: &str) -> Self {
        Self {
            resource: resource.to_owned(),
            elements: defaults(resource),
            disputes: Vec::new(),
            disputed_code: None,
            disputed_first: None,
            omitted: false,
            qualification: None,
        }
    }

    pub(super) fn fields(&mut self, fields: &[FieldBody<'_>], definitions: &[Field]) {
        for field in fields {
            let Some(definition) = definitions.iter().find(|known| known.id.as_str() == field.field) else { continue };
            if definition.fhir.resource.is_none() {
                self.field(field, definition);
            }
        }
    }

    /// Fills what this field says it fills, and what its code means.
    pub(super) fn field(&mut self, field: &FieldBody<'_>, definition: &Field) {
        let named = definition.fhir.element.as_deref().and_then(|name| element(&self.resource, name));
        let means_something = definition.codes.iter().any(|code| !code.fhir.is_empty());
        if field.disputed {
            if let Some(contenders) = field.contenders.as_ref().filter(|_| named.is_some() || means_something) {
                let said: Vec<&str> = contenders.iter().map(|contender| contender.display.as_str()).collect();
                let said = said.join(" / ");
                if named.is_some_and(|element| ["code", "code.text"].contains(&element.path)) {
                    self.disputed_code = Some(said.clone());
                }
                self.dispute(response::disputed(contenders, definition, &definition.parts, ""), &said);
            }
            return;
        }
        if let Some(element) = named {
            self.element(element, field, definition);
        }
        if let Some(parts) = &field.fields {
            self.fields(parts, &definition.parts);
        }
        self.meaning(field, definition);
    }

    /// Something of it is disputed: `said` are the sides.
    pub(super) fn dispute(&mut self, dispute: Value, said: &str) {
        self.disputes.push(dispute);
        self.disputed_first.get_or_insert_with(|| said.to_owned());
    }

    /// Puts both sides in the place of the code that they are about. A coding beside them would assert one of the two:
    /// whoever wrote the other had no reason to touch it.
    fn say_both_sides(&mut self) {
        let instead = if self.elements["code"].is_null() { self.disputed_first.as_ref() } else { None };
        if let Some(said) = self.disputed_code.as_ref().or(instead) {
            self.elements["code"] = json!({ "text": format!("Not agreed: {said}") });
        }
    }

    /// What must be read with its code.
    pub(super) fn qualify(&mut self, words: &'static str) {
        self.qualification = Some(words);
    }

    fn element(&mut self, element: &Element, field: &FieldBody<'_>, definition: &Field) {
        let said = field.words();
        let value = match element.takes {
            Takes::Words => Some(json!(self.in_a_row(element, &said))),
            Takes::Note => Some(json!(format!("{}: {said}", definition.label))),
            Takes::Concept(system) => concept(field, definition, system, &said),
            Takes::Coding => coding(field),
            Takes::Date => response::fhir_date(&said_of(field)).map(|date| json!(date)),
            Takes::Phone => Some(json!({ "system": "phone", "value": said })),
            Takes::Flag | Takes::Code(_) | Takes::Coded(..) => None,
        };
        if let Some(value) = value.filter(|_| !response::blank(&said)) {
            put(&mut self.elements, element.path, value);
        }
    }

    fn in_a_row(&self, element: &Element, said: &str) -> String {
        let pointer = format!("/{}", element.path.replace("[]", "/0").replace('.', "/"));
        match self.elements.pointer(&pointer).and_then(Value::as_str) {
            Some(before) => format!("{before}; {said}"),
            None => said.to_owned(),
        }
    }

    fn meaning(&mut self, field: &FieldBody<'_>, definition: &Field) {
        let code = definition.code(&said_of(field)).filter(|_| definition.kind == Kind::Coded);
        for (name, value) in code.iter().flat_map(|code| &code.fhir) {
            if name == "resource" {
                self.omitted = true;
            }
            let Some(element) = element(&self.resource, name) else { continue };
            let value = match element.takes {
                Takes::Flag => json!(true),
                Takes::Coded(system, _) => coded(system, value),
                _ => json!(value),
            };
            put(&mut self.elements, element.path, value);
        }
    }

    /// The resource's name and its elements; nothing if it is not to be, or lacks what FHIR asks of it.
    pub(super) fn finished(mut self) -> Option<(String, Value)> {
        if self.resource == "AllergyIntolerance" {
            self.say_both_sides();
        }
        let needed = NEEDED.iter().filter(|(resource, _)| *resource == self.resource);
        let lacks = needed.into_iter().any(|(_, element)| self.elements[*element].is_null());
        let asserts = !self.disputes.is_empty() && self.resource != "AllergyIntolerance";
        if self.omitted || lacks || asserts {
            return None;
        }
        if !self.disputes.is_empty() {
            self.elements["verificationStatus"] = coded(ALLERGY_VERIFICATION, "unconfirmed");
            self.elements["extension"] = Value::Array(self.disputes);
        }
        if let Some(words) = self.qualification
            && let Some(said) = self.elements["code"]["text"].as_str()
        {
            let said = said.to_owned();
            put(&mut self.elements, "code.text", json!(format!("{said}{words}")));
        }
        if self.resource == "AllergyIntolerance"
            && self.elements["reaction"][0]["manifestation"].is_null()
            && let Some(reaction) = self.elements.get_mut("reaction")
        {
            reaction[0]["manifestation"] = json!([{ "text": "Not described" }]);
        }
        for period in ["period", "effectivePeriod"] {
            forwards(&mut self.elements, period);
        }
        Some((self.resource, self.elements))
    }
}

/// Puts a value at a path: `a.b`, with `[]` for the first of an array and `[+]` for another one.
pub(super) fn put(at: &mut Value, path: &str, value: Value) {
    let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    let (name, place) = first.split_once('[').map_or((first, None), |(name, place)| (name, Some(place)));
    let mut inner = &mut at[name];
    if let Some(place) = place {
        if !inner.is_array() {
            *inner = json!([]);
        }
        let Value::Array(all) = inner else { return };
        if all.is_empty() || place == "+]" {
            all.push(Value::Null);
        }
        let last = if place == "+]" { all.len() - 1 } else { 0 };
        inner = &mut all[last];
    }
    match (rest, value) {
        (Some(rest), value) => put(inner, rest, value),
        (None, Value::Object(members)) if inner.is_object() => {
            for (name, value) in members {
                inner[name] = value;
            }
        }
        (None, value) => *inner = value,
    }
}

/// What the resource says unless a code says otherwise, and what it always says.
fn defaults(resource: &str) -> Value {
    match resource {
        "AllergyIntolerance" => json!({
            "clinicalStatus": coded("http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "active"),
            "verificationStatus": coded(ALLERGY_VERIFICATION, "unconfirmed"),
        }),
        "MedicationStatement" => json!({ "status": "unknown" }),
        "Goal" => json!({ "lifecycleStatus": "proposed" }),
        "Flag" => json!({ "status": "active" }),
        "Task" => json!({ "status": "requested", "intent": "plan" }),
        "RelatedPerson" => json!({ "active": true }),
        "ServiceRequest" => json!({ "status": "active", "intent": "plan" }),
        "Procedure" => json!({ "status": "completed" }),
        _ => json!({}),
    }
}

fn concept(field: &FieldBody<'_>, definition: &Field, system: &str, said: &str) -> Option<Value> {
    match (definition.kind, field.value) {
        (Kind::YesNo, Some(Plain::Bool(true))) => {
            let code = definition.fhir.code.as_deref().filter(|_| !system.is_empty());
            let coding = code.map(|code| json!([{ "system": system, "code": code }]));
            let mut concept = json!({ "text": definition.label });
            if let Some(coding) = coding {
                concept["coding"] = coding;
            }
            Some(concept)
        }
        (Kind::YesNo, _) => None,
        (Kind::Coded, _) => Some(match definition.code(&said_of(field)) {
            // What people read here are not SNOMED CT's own words for it.
            Some(code) if code.system == SNOMED_CT => {
                json!({ "coding": [{ "system": SNOMED_CT, "code": code.code }], "text": said })
            }
            Some(code) => {
                json!({ "coding": [{ "system": code.system, "code": code.code, "display": code.display }], "text": said })
            }
            None => json!({ "text": said }),
        }),
        _ => Some(json!({ "text": said })),
    }
}

/// The code that a record system gave, if it can be one: concepts of the dictionary of medicines and devices are SNOMED
/// CT's, too.
fn coding(field: &FieldBody<'_>) -> Option<Value> {
    let parts = field.fields.as_deref().unwrap_or_default();
    let part = |name: &str| parts.iter().find(|part| part.field == name && !part.disputed);
    let code = part("code").map(said_of).filter(|code| is_sctid(code))?;
    let mut coding = json!({ "system": SNOMED_CT, "code": code });
    if let Some(display) = part("display").and_then(|part| part.display).filter(|words| !response::blank(words)) {
        coding["display"] = json!(display);
    }
    Some(coding)
}

/// The scalar as the document holds it, if it is a text.
fn said_of(field: &FieldBody<'_>) -> String {
    match field.value {
        Some(Plain::Text(text)) => text.clone(),
        Some(_) => String::new(),
        None => field.display.unwrap_or_default().to_owned(),
    }
}

fn coded(system: &str, code: &str) -> Value {
    json!({ "coding": [{ "system": system, "code": code }] })
}

/// A period that ends before it begins says nothing.
fn forwards(elements: &mut Value, period: &str) {
    let ends = (elements[period]["start"].as_str(), elements[period]["end"].as_str());
    if let (Some(start), Some(end)) = ends
        && start > end
        && let Value::Object(members) = elements
    {
        members.remove(period);
    }
    if let Value::Object(members) = elements
        && members.get(period).is_some_and(Value::is_null)
    {
        members.remove(period);
    }
}

/// Whether it is a SNOMED CT identifier: 6 to 18 digits of which the last checks the others (Verhoeff).
fn is_sctid(text: &str) -> bool {
    let digits = text.bytes().rev().map(|byte| usize::from(byte.wrapping_sub(b'0')));
    let plain = (6..=18).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0');
    plain && digits.enumerate().fold(0, |sum, (at, digit)| TIMES[sum][turned(digit, at % 8)]) == 0
}

/// The digit after so many turns of Verhoeff's permutation.
fn turned(digit: usize, turns: usize) -> usize {
    (0..turns).fold(digit, |digit, _| [1, 5, 7, 6, 2, 8, 3, 0, 9, 4][digit])
}

/// The multiplication of the dihedral group of ten.
const TIMES: [[usize; 10]; 10] = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    [1, 2, 3, 4, 0, 6, 7, 8, 9, 5],
    [2, 3, 4, 0, 1, 7, 8, 9, 5, 6],
    [3, 4, 0, 1, 2, 8, 9, 5, 6, 7],
    [4, 0, 1, 2, 3, 9, 5, 6, 7, 8],
    [5, 9, 8, 7, 6, 0, 4, 3, 2, 1],
    [6, 5, 9, 8, 7, 1, 0, 4, 3, 2],
    [7, 6, 5, 9, 8, 2, 1, 0, 4, 3],
    [8, 7, 6, 5, 9, 3, 2, 1, 0, 4],
    [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
];

/// What a resource is nothing without.
const NEEDED: &[(&str, &str)] = &[
    ("AllergyIntolerance", "code"),
    ("Condition", "code"),
    ("MedicationStatement", "medicationCodeableConcept"),
    ("Goal", "description"),
    ("Flag", "code"),
    ("Consent", "status"),
    ("Task", "description"),
    ("RelatedPerson", "name"),
    ("PractitionerRole", "practitioner"),
    ("Organization", "name"),
    ("ServiceRequest", "code"),
    ("Procedure", "code"),
];

const ALLERGY_VERIFICATION: &str = "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification";
