//! The code lists of demographics, each with its words.

use serde::{Deserialize, Serialize};

macro_rules! coded {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $code:literal, $display:literal;)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum $name {
            $(#[doc = concat!($display, ".")] #[serde(rename = $code)] $variant,)*
        }

        impl $name {
            /// Every choice, in the list's order.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// As it is exchanged and kept.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// What people read.
            #[must_use]
            pub const fn display(self) -> &'static str {
                match self { $(Self::$variant => $display,)* }
            }
        }
    };
}

coded!(
    /// NHS Data Dictionary, NHS NUMBER STATUS INDICATOR CODE.
    NhsNumberStatus {
        Verified = "01", "Number present and verified";
        NotTraced = "02", "Number present but not traced";
        TraceRequired = "03", "Trace required";
        NoMatch = "04", "Trace attempted, no match or several";
        ToBeResolved = "05", "Trace needs to be resolved";
        InProgress = "06", "Trace in progress";
        NotPresent = "07", "Number not present and trace not required";
        Postponed = "08", "Trace postponed: a baby under six weeks old";
    }
);

coded!(
    /// NHS Data Dictionary, PERSON PHENOTYPIC SEX CLASSIFICATION.
    PhenotypicSex {
        Male = "1", "Male";
        Female = "2", "Female";
        Indeterminate = "9", "Indeterminate";
        NotKnown = "X", "Not known";
    }
);

coded!(
    /// NHS Data Dictionary, PERSON STATED GENDER CODE.
    StatedGender {
        Male = "1", "Male";
        Female = "2", "Female";
        Indeterminate = "9", "Indeterminate";
        NotKnown = "X", "Not known";
    }
);

coded!(
    /// NHS Data Dictionary, ETHNIC CATEGORY CODE 2001.
    EthnicCategory {
        WhiteBritish = "A", "White: British";
        WhiteIrish = "B", "White: Irish";
        WhiteOther = "C", "Any other White background";
        MixedWhiteAndBlackCaribbean = "D", "Mixed: White and Black Caribbean";
        MixedWhiteAndBlackAfrican = "E", "Mixed: White and Black African";
        MixedWhiteAndAsian = "F", "Mixed: White and Asian";
        MixedOther = "G", "Any other mixed background";
        Indian = "H", "Asian or Asian British: Indian";
        Pakistani = "J", "Asian or Asian British: Pakistani";
        Bangladeshi = "K", "Asian or Asian British: Bangladeshi";
        AsianOther = "L", "Any other Asian background";
        Caribbean = "M", "Black or Black British: Caribbean";
        African = "N", "Black or Black British: African";
        BlackOther = "P", "Any other Black background";
        Chinese = "R", "Chinese";
        Other = "S", "Any other ethnic group";
        NotStated = "Z", "Not stated";
        NotKnown = "99", "Not known";
    }
);

coded!(
    /// What an address is for.
    AddressKind {
        Home = "home", "Home";
        Temporary = "temporary", "Temporary";
        Correspondence = "correspondence", "Correspondence";
    }
);

coded!(
    /// What reaches somebody.
    TelecomKind {
        Phone = "phone", "Telephone";
        Mobile = "mobile", "Mobile";
        Email = "email", "E-mail";
    }
);

coded!(
    /// Confidentiality of whereabouts, as the Personal Demographics Service marks it.
    Restriction {
        Unrestricted = "U", "Unrestricted";
        Restricted = "R", "Restricted";
        VeryRestricted = "V", "Very restricted";
    }
);

coded!(
    /// Where somebody died, SNOMED CT (content.md A).
    DeathPlace {
        Home = "876879006", "Died at home";
        Hospice = "876882001", "Died in hospice";
        Hospital = "183676005", "Died in hospital";
        NursingHome = "876884000", "Died in nursing home";
        CommunityHospital = "713049009", "Died in community hospital";
        ResidentialHome = "1325731000000106", "Died in residential home";
        Ambulance = "714342001", "Died in ambulance";
    }
);
