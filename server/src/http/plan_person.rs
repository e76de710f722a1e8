//! Whose plan it is, with the demographics that the one who asks may see.

use super::plan_show::PersonBody;
use coplan_core::{
    demographics::{Address, AddressKind, Concept, Death, Demographics, Practice, Telecom, TelecomKind},
    policy::Role,
    section::Audience,
    view::Person,
};
use serde::Serialize;

#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct PlanPersonBody {
    #[serde(flatten)]
    person: PersonBody,
    #[serde(flatten)]
    demographics: DemographicsBody,
}

/// What the demographics feed says; what it does not say, or what one may not see, is left out.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct DemographicsBody {
    #[serde(skip_serializing_if = "Option::is_none")]
    nhs_number_status: Option<CodeBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pronouns: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phenotypic_sex: Option<CodeBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stated_gender: Option<CodeBody>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    addresses: Vec<AddressBody>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    telecom: Vec<TelecomBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ethnic_category: Option<CodeBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    religion: Option<CodeBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<CodeBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gp_practice: Option<PracticeBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    restriction: Option<CodeBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    organ_donation: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    death: Option<DeathBody>,
    /// Whether addresses, telephone, e-mail and practice are withheld from everybody.
    withheld: bool,
}

#[derive(Serialize, utoipa::ToSchema)]
struct CodeBody {
    code: String,
    display: String,
}

#[derive(Serialize, utoipa::ToSchema)]
struct AddressBody {
    /// `home`, `temporary` or `correspondence`.
    #[serde(rename = "type")]
    #[schema(value_type = String)]
    kind: AddressKind,
    lines: Vec<String>,
    postcode: Option<String>,
    /// First day, `YYYY-MM-DD`.
    from: Option<String>,
    /// Last day, `YYYY-MM-DD`.
    to: Option<String>,
}

#[derive(Serialize, utoipa::ToSchema)]
struct TelecomBody {
    /// `phone`, `mobile` or `email`.
    #[serde(rename = "type")]
    #[schema(value_type = String)]
    kind: TelecomKind,
    value: String,
    /// In which order to try them, from 1.
    preference: Option<u8>,
}

#[derive(Serialize, utoipa::ToSchema)]
struct PracticeBody {
    /// ODS code.
    ods: String,
    name: String,
}

#[derive(Serialize, utoipa::ToSchema)]
struct DeathBody {
    /// `YYYY-MM-DD`.
    date: String,
    place: Option<CodeBody>,
}

impl PlanPersonBody {
    /// What somebody in this role sees of the person.
    pub(super) fn of(person: Person, demographics: Demographics, role: Role) -> Self {
        let withheld = demographics.is_withheld();
        let demographics = DemographicsBody::of(demographics.seen_by(audience(role)), withheld);
        Self { person: person.into(), demographics }
    }
}

impl DemographicsBody {
    fn of(seen: Demographics, withheld: bool) -> Self {
        let mut telecom = seen.telecom;
        telecom.sort_by_key(|telecom| telecom.preference.unwrap_or(u8::MAX));
        Self {
            nhs_number_status: seen.nhs_number_status.map(|status| code(status.code(), status.display())),
            pronouns: seen.pronouns,
            phenotypic_sex: seen.phenotypic_sex.map(|sex| code(sex.code(), sex.display())),
            stated_gender: seen.stated_gender.map(|gender| code(gender.code(), gender.display())),
            addresses: seen.addresses.into_iter().map(AddressBody::from).collect(),
            telecom: telecom.into_iter().map(TelecomBody::from).collect(),
            ethnic_category: seen.ethnic_category.map(|category| code(category.code(), category.display())),
            religion: seen.religion.map(CodeBody::from),
            language: seen.language.map(CodeBody::from),
            gp_practice: seen.gp_practice.map(|Practice { ods, name }| PracticeBody { ods, name }),
            restriction: seen.restriction.map(|restriction| code(restriction.code(), restriction.display())),
            organ_donation: seen.organ_donation,
            death: seen.death.map(|Death { date, place }| DeathBody {
                date,
                place: place.map(|place| code(place.code(), place.display())),
            }),
            withheld,
        }
    }
}

impl From<Concept> for CodeBody {
    fn from(Concept { code, display }: Concept) -> Self {
        Self { code, display }
    }
}

impl From<Address> for AddressBody {
    fn from(Address { kind, lines, postcode, from, to }: Address) -> Self {
        Self { kind, lines, postcode, from, to }
    }
}

impl From<Telecom> for TelecomBody {
    fn from(Telecom { kind, value, preference }: Telecom) -> Self {
        Self { kind, value, preference }
    }
}

fn code(code: &str, display: &str) -> CodeBody {
    CodeBody { code: code.to_owned(), display: display.to_owned() }
}

/// Which readers somebody in this role belongs to (content.md 3.1).
pub(super) fn audience(role: Role) -> Audience {
    match role {
        Role::Person | Role::Proxy => Audience::Person,
        Role::SocialCare => Audience::SocialCare,
        Role::Crew | Role::PrivacyOfficer | Role::Analyst => Audience::Emergency,
        Role::RegisteredProfessional | Role::Doctor | Role::Specialist | Role::Pharmacist | Role::System => {
            Audience::Clinician
        }
    }
}
