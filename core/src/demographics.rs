//! Demographics: what the national feed says of a person beyond name, birth and NHS number (content.md A).
//!
//! Nobody edits them here: a feed brings them whole, the store keeps them as JSON. INVARIANT: what `from_json` gives and
//! what `to_json` writes is whole, bounded and of known keys.
//! INVARIANT: `seen_by` gives nobody the address, telephone, e-mail or practice of a person whom a restriction protects.
//!
//! To add one: a field of `Demographics`, its check in `check`, and in `seen_by` if not everybody sees it.

mod codes;
#[cfg(test)]
mod tests;

pub use codes::{
    AddressKind, DeathPlace, EthnicCategory, NhsNumberStatus, PhenotypicSex, Restriction, StatedGender, TelecomKind,
};

use crate::section::{Audience, ValueError, check_date, check_line, check_phone};
use serde::{Deserialize, Serialize};

/// All of it is optional: a feed says what it knows.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Demographics {
    /// How far the NHS number has been verified.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nhs_number_status: Option<NhsNumberStatus>,
    /// As the person writes them: "she/her".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pronouns: Option<String>,
    /// Phenotypic sex.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phenotypic_sex: Option<PhenotypicSex>,
    /// Gender as the person states it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stated_gender: Option<StatedGender>,
    /// Where they live, stay and get post.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<Address>,
    /// How to reach them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub telecom: Vec<Telecom>,
    /// Ethnic category as the person states it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ethnic_category: Option<EthnicCategory>,
    /// Religion or belief, a SNOMED CT concept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub religion: Option<Concept>,
    /// The language they prefer, an ISO 639-1 code. Whether they need an interpreter stands in the plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<Concept>,
    /// The practice where they are registered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gp_practice: Option<Practice>,
    /// Whether their whereabouts are withheld.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restriction: Option<Restriction>,
    /// Registered to donate organs and tissue, or not to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organ_donation: Option<bool>,
    /// When and where they died.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub death: Option<Death>,
}

/// An address with the time for which it holds.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Address {
    /// What it is for.
    #[serde(rename = "type")]
    pub kind: AddressKind,
    /// House, street, town.
    pub lines: Vec<String>,
    /// Postcode.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postcode: Option<String>,
    /// First day, `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Last day, `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

/// A telephone number or an e-mail address.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Telecom {
    /// Which of them.
    #[serde(rename = "type")]
    pub kind: TelecomKind,
    /// The number or address.
    pub value: String,
    /// In which order to try them, 1 to 5, no two alike.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preference: Option<u8>,
}

/// A code of a list that is too long to be kept here, with its words.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Concept {
    /// The code.
    pub code: String,
    /// What people read.
    pub display: String,
}

/// A general practice.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Practice {
    /// Its ODS code.
    pub ods: String,
    /// Its name.
    pub name: String,
}

/// The end of a life, as the feed has it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Death {
    /// The day, `YYYY-MM-DD`.
    pub date: String,
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<DeathPlace>,
}

/// Why demographics were not taken. The messages name keys and limits, never what stands there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DemographicsError {
    /// Not JSON, a key that is not known, a code of no list, or a value of another shape.
    #[error("not demographics, from line {line}, column {column}")]
    Shape {
        /// Line of the JSON.
        line: usize,
        /// Column of the line.
        column: usize,
    },
    /// A value that cannot be.
    #[error("`{key}`: {error}")]
    Value {
        /// The key.
        key: &'static str,
        /// What is wrong.
        error: ValueError,
    },
    /// More of something than anybody has.
    #[error("`{key}` holds more than {max}")]
    TooMany {
        /// The key.
        key: &'static str,
        /// Most of them.
        max: usize,
    },
    /// It ends before it begins.
    #[error("an address ends before it begins")]
    Dates,
    /// Not 1 to 5, or given twice.
    #[error("`preference` is 1 to {PREFERENCE_MAX}, and no two are alike")]
    Preference,
}

impl Restriction {
    /// Whether it withholds address, telephone, e-mail and practice.
    #[must_use]
    pub const fn withholds(self) -> bool {
        matches!(self, Self::Restricted | Self::VeryRestricted)
    }
}

impl Demographics {
    /// Reads the JSON of a feed or of a row.
    ///
    /// # Errors
    /// `DemographicsError` with what is wrong.
    pub fn from_json(text: &str) -> Result<Self, DemographicsError> {
        let shape = |error: serde_json::Error| DemographicsError::Shape { line: error.line(), column: error.column() };
        let demographics: Self = serde_json::from_str(text).map_err(shape)?;
        demographics.check()?;
        Ok(demographics)
    }

    /// The JSON that a row keeps.
    ///
    /// # Errors
    /// `DemographicsError` with what is wrong; no text is made of what `from_json` would refuse.
    pub fn to_json(&self) -> Result<String, DemographicsError> {
        self.check()?;
        Ok(serde_json::to_string(self).expect("text keys and plain values make JSON"))
    }

    /// Whether address, telephone, e-mail and practice are withheld from everybody.
    #[must_use]
    pub fn is_withheld(&self) -> bool {
        self.restriction.is_some_and(Restriction::withholds)
    }

    /// What this audience sees (content.md A, readers).
    #[must_use]
    pub fn seen_by(mut self, audience: Audience) -> Self {
        use Audience::{Clinician, Emergency, Person, SocialCare};
        if self.is_withheld() {
            (self.addresses, self.telecom, self.gp_practice) = (Vec::new(), Vec::new(), None);
        }
        let among = |audiences: &[Audience]| audiences.contains(&audience);
        self.restriction = self.restriction.filter(|_| among(&[Clinician, Emergency]));
        self.organ_donation = self.organ_donation.filter(|_| among(&[Clinician, Person]));
        self.death = self.death.filter(|_| among(&[Clinician, SocialCare]));
        self
    }

    fn check(&self) -> Result<(), DemographicsError> {
        at_most("addresses", self.addresses.len(), ADDRESSES_MAX)?;
        at_most("telecom", self.telecom.len(), TELECOM_MAX)?;
        line("pronouns", self.pronouns.as_deref(), NAME_CHARS_MAX)?;
        self.addresses.iter().try_for_each(Address::check)?;
        self.telecom.iter().try_for_each(Telecom::check)?;
        for (key, concept) in [("religion", &self.religion), ("language", &self.language)] {
            line(key, concept.as_ref().map(|concept| concept.code.as_str()), CODE_CHARS_MAX)?;
            line(key, concept.as_ref().map(|concept| concept.display.as_str()), NAME_CHARS_MAX)?;
        }
        line("ods", self.gp_practice.as_ref().map(|practice| practice.ods.as_str()), CODE_CHARS_MAX)?;
        line("name", self.gp_practice.as_ref().map(|practice| practice.name.as_str()), NAME_CHARS_MAX)?;
        date("date", self.death.as_ref().map(|death| death.date.as_str()))?;
        let mut preferences: Vec<u8> = self.telecom.iter().filter_map(|telecom| telecom.preference).collect();
        preferences.sort_unstable();
        let twice = preferences.windows(2).any(|pair| pair[0] == pair[1]);
        let within = preferences.iter().all(|preference| (1..=PREFERENCE_MAX).contains(preference));
        if twice || !within { Err(DemographicsError::Preference) } else { Ok(()) }
    }
}

impl Address {
    fn check(&self) -> Result<(), DemographicsError> {
        at_most("lines", self.lines.len(), ADDRESS_LINES_MAX)?;
        self.lines.iter().try_for_each(|text| line("lines", Some(text), NAME_CHARS_MAX))?;
        line("postcode", self.postcode.as_deref(), POSTCODE_CHARS_MAX)?;
        date("from", self.from.as_deref())?;
        date("to", self.to.as_deref())?;
        let backwards = self.from.as_ref().zip(self.to.as_ref()).is_some_and(|(from, to)| from > to);
        if backwards { Err(DemographicsError::Dates) } else { Ok(()) }
    }
}

impl Telecom {
    fn check(&self) -> Result<(), DemographicsError> {
        let fault = |error| DemographicsError::Value { key: "value", error };
        match self.kind {
            TelecomKind::Phone | TelecomKind::Mobile => check_phone(&self.value).map_err(fault),
            TelecomKind::Email => line("value", Some(&self.value), NAME_CHARS_MAX),
        }
    }
}

fn at_most(key: &'static str, count: usize, max: usize) -> Result<(), DemographicsError> {
    if count > max { Err(DemographicsError::TooMany { key, max }) } else { Ok(()) }
}

fn line(key: &'static str, text: Option<&str>, chars_max: u32) -> Result<(), DemographicsError> {
    let checked = text.map_or(Ok(()), |text| check_line(text, chars_max));
    checked.map_err(|error| DemographicsError::Value { key, error })
}

fn date(key: &'static str, text: Option<&str>) -> Result<(), DemographicsError> {
    text.map_or(Ok(()), check_date).map_err(|error| DemographicsError::Value { key, error })
}

/// Names the type alone: debug output ends in logs, and this says who and where somebody is.
macro_rules! hides_its_content {
    ($($name:ident),*) => {$(
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    )*};
}
hides_its_content!(Demographics, Address, Telecom, Concept, Practice, Death);

/// Addresses of one person, past ones included.
const ADDRESSES_MAX: usize = 10;
/// Lines of one address.
const ADDRESS_LINES_MAX: usize = 6;
/// Telephone numbers and e-mail addresses of one person.
const TELECOM_MAX: usize = 10;
/// The last in the order in which to try them.
const PREFERENCE_MAX: u8 = 5;
/// Characters of a name, a line of an address, an e-mail address, a display.
const NAME_CHARS_MAX: u32 = 254;
/// Characters of a code: a SNOMED CT identifier has 18 digits at most.
const CODE_CHARS_MAX: u32 = 20;
/// Characters of a postcode, with room for one from abroad.
const POSTCODE_CHARS_MAX: u32 = 12;
