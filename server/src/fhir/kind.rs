//! The types of resource that are read here: one table, from which the routes, the searches and the CapabilityStatement
//! come.
//!
//! To add a type: its row in `KINDS`, and where it comes from.

/// One type of resource.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Kind {
    /// Its name in FHIR.
    pub(crate) name: &'static str,
    /// Where it comes from.
    pub(crate) source: Source,
    /// Which profile it keeps to beside FHIR's own, if one.
    pub(crate) profile: Option<&'static str>,
    /// What it can be searched by, beside what every type can be.
    pub(crate) parameters: &'static [Parameter],
}

/// Where resources of a type come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// The stored document of a publication, as it is. Every publication has one, named `<plan>-<version>`.
    Document,
    /// The entry of that type in the newest document of a plan, named as the plan.
    Entry,
    /// Says where the newest document of a plan is; named as the plan.
    Pointer,
    /// The definitions of sections.
    Definitions,
    /// The audit.
    Trail,
}

/// What resources can be searched by.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Parameter {
    /// As it stands in the query.
    pub(crate) name: &'static str,
    /// Of FHIR's `search-param-type`.
    pub(crate) kind: &'static str,
    /// What a value says.
    pub(crate) means: Means,
    /// For whoever reads the CapabilityStatement.
    pub(crate) about: &'static str,
}

/// What the value of a parameter says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Means {
    /// The logical id.
    Id,
    /// Whose plan: an NHS number, with its system before a bar or alone.
    NhsNumber,
    /// Whose plan: a Patient by reference, or an NHS number.
    Patient,
    /// Which plan, by its identifier.
    Plan,
    /// Which publication, by its identifier.
    Publication,
    /// When it was published, or what happened.
    Date,
    /// The code of a care plan.
    Type,
    /// The canonical URL of a Questionnaire.
    Url,
}

impl Kind {
    /// The type of that name.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        KINDS.iter().find(|kind| kind.name == name)
    }

    /// Whether earlier versions of a resource can be read.
    pub(crate) const fn has_versions(&self) -> bool {
        matches!(self.source, Source::Entry | Source::Pointer)
    }

    /// The parameter of that name; `patient:identifier` is another spelling of `patient.identifier`.
    pub(crate) fn parameter(&self, name: &str) -> Option<&'static Parameter> {
        let name = match name {
            "patient:identifier" => "patient.identifier",
            "subject" | "subject:Patient" | "patient:Patient" => "patient",
            "subject:identifier" | "subject.identifier" => "patient.identifier",
            name => name,
        };
        self.parameters.iter().find(|parameter| parameter.name == name)
    }
}

const fn parameter(name: &'static str, kind: &'static str, means: Means, about: &'static str) -> Parameter {
    Parameter { name, kind, means, about }
}

const ID: Parameter = parameter("_id", "token", Means::Id, "The logical id");
const OF_PERSON: Parameter =
    parameter("patient.identifier", "token", Means::NhsNumber, "The NHS number of the person whose plan it is");
const PATIENT: Parameter =
    parameter("patient", "reference", Means::Patient, "The person whose plan it is, by reference or by NHS number");
const OF_PLAN: Parameter =
    parameter("identifier", "token", Means::Plan, "The plan, by `https://coplan.example/id/plan`");
const DATE: Parameter = parameter("date", "date", Means::Date, "When it was published");
const TYPE: Parameter = parameter("type", "token", Means::Type, "What kind of document: a care plan");

/// Every type.
pub(crate) const KINDS: [Kind; 8] = [
    Kind {
        name: "Bundle",
        source: Source::Document,
        profile: Some("https://fhir.hl7.org.uk/StructureDefinition/UKCore-Bundle"),
        parameters: &[
            ID,
            parameter(
                "identifier",
                "token",
                Means::Publication,
                "The publication, by `https://coplan.example/id/publication`: plan, stroke, version",
            ),
            parameter(
                "composition.patient.identifier",
                "reference",
                Means::NhsNumber,
                "The NHS number of the person whose plan it is",
            ),
            parameter("composition.identifier", "reference", Means::Plan, "The plan"),
            parameter("timestamp", "date", Means::Date, "When it was published"),
        ],
    },
    Kind {
        name: "Composition",
        source: Source::Entry,
        profile: Some("https://fhir.hl7.org.uk/StructureDefinition/UKCore-Composition"),
        parameters: &[ID, OF_PERSON, PATIENT, OF_PLAN, DATE, TYPE],
    },
    Kind {
        name: "CarePlan",
        source: Source::Entry,
        profile: Some("https://fhir.hl7.org.uk/StructureDefinition/UKCore-CarePlan"),
        parameters: &[ID, OF_PERSON, PATIENT, OF_PLAN],
    },
    Kind {
        name: "DocumentReference",
        source: Source::Pointer,
        profile: None,
        parameters: &[ID, OF_PERSON, PATIENT, OF_PLAN, DATE, TYPE],
    },
    Kind {
        name: "Patient",
        source: Source::Entry,
        profile: Some("https://fhir.hl7.org.uk/StructureDefinition/UKCore-Patient"),
        parameters: &[ID, parameter("identifier", "token", Means::NhsNumber, "The NHS number")],
    },
    Kind { name: "Provenance", source: Source::Entry, profile: None, parameters: &[ID, OF_PERSON, PATIENT] },
    Kind {
        name: "Questionnaire",
        source: Source::Definitions,
        profile: None,
        parameters: &[ID, parameter("url", "uri", Means::Url, "The canonical URL, with or without its version")],
    },
    Kind {
        name: "AuditEvent",
        source: Source::Trail,
        profile: None,
        parameters: &[
            ID,
            OF_PERSON,
            PATIENT,
            parameter("entity.identifier", "token", Means::Plan, "The plan"),
            parameter("date", "date", Means::Date, "When it happened"),
        ],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_but_definitions_is_found_by_person_and_every_one_by_id() {
        for kind in &KINDS {
            let means = |wanted| kind.parameters.iter().any(|parameter| parameter.means == wanted);
            assert!(means(Means::Id), "{}", kind.name);
            assert_eq!(means(Means::NhsNumber), kind.source != Source::Definitions, "{}", kind.name);
        }
    }
}
