//! A publication as a FHIR R4 document: what systems that are not this one read of it.
//!
//! A `Bundle` of type `document` holds a Composition with a readable narrative of every section that clinicians see, and
//! entries for machines: for each section a QuestionnaireResponse, so that nothing is lost, and where the definition says
//! which resource something becomes, that resource.
//!
//! INVARIANT: the same inputs give the same bytes, and the same thing has the same id in every version: ids are made from
//! SHA-256 of the plan and of what names the thing in it.
//! INVARIANT: what is disputed is said to be disputed, in the narrative and in the structure. No resource asserts one side.
//! INVARIANT: of a person whose whereabouts are withheld, nothing says an address, a telephone number, a practice, who keeps
//! the plan, or in whose name anybody signed.
//!
//! It deliberately knows no section by its name. To carry something as a resource of its own, say so in its definition
//! (`fhir = ...`).

mod bundle;
mod document;
mod fill;
mod narrative;
mod patient;
mod people;
mod provenance;
mod questionnaire;
mod rebuilt;
mod response;
mod structured;
mod systems;
#[cfg(test)]
mod tests;

pub use document::document;
pub use questionnaire::questionnaire;
pub use rebuilt::{SectionFields, fields_of};
