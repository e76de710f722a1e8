//! The names of code systems, identifiers, profiles and extensions.

/// SNOMED CT.
pub(super) const SNOMED_CT: &str = "http://snomed.info/sct";
/// NHS numbers.
pub(super) const NHS_NUMBER: &str = "https://fhir.nhs.uk/Id/nhs-number";
/// ODS codes of organisations.
pub(super) const ODS_CODE: &str = "https://fhir.nhs.uk/Id/ods-organization-code";
/// Plans, by their id.
pub(super) const PLAN: &str = "https://coplan.example/id/plan";
/// Publications: `<plan>/<version>`.
pub(super) const PUBLICATION: &str = "https://coplan.example/id/publication";
/// Sections of a plan: `<plan>/<section>`.
pub(super) const SECTION: &str = "https://coplan.example/id/section";
/// The hash of a publication's content, in hex.
pub(super) const CONTENT_HASH: &str = "https://coplan.example/id/content-hash";
/// PRSB headings, as UK Core lists them.
pub(super) const HEADINGS: &str = "https://fhir.hl7.org.uk/CodeSystem/UKCore-RecordStandardHeadings";
/// Professional registrations as they are shown: `GMC 0000000`.
pub(super) const REGISTRATION: &str = "https://coplan.example/id/professional-registration";
/// Generated Questionnaires: this and the section's id.
pub(super) const QUESTIONNAIRE: &str = "https://coplan.example/fhir/Questionnaire/";

/// Holds what people wrote who disagree.
pub(super) const DISPUTED: &str = "https://coplan.example/fhir/StructureDefinition/disputed";
/// The id of a list's item in the plan.
pub(super) const ITEM_ID: &str = "https://coplan.example/fhir/StructureDefinition/item-id";
/// A decision record: its id, its state and whose it is.
pub(super) const RECORD: &str = "https://coplan.example/fhir/StructureDefinition/record";
/// A head of a section's change log, in hex.
pub(super) const HEADS: &str = "https://coplan.example/fhir/StructureDefinition/head";
/// A text that a FHIR string cannot hold, as a JSON string.
pub(super) const EXACT: &str = "https://coplan.example/fhir/StructureDefinition/exact";

/// The UK Core profile of that resource.
pub(super) fn uk_core(resource: &str) -> String {
    format!("https://fhir.hl7.org.uk/StructureDefinition/UKCore-{resource}")
}
