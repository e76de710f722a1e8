//! Why a sign-in came to nothing: a stable name for the log, and the little that the page is told.

use super::FetchError;
use openidconnect::{ClaimsVerificationError, SignatureVerificationError};

/// Why somebody was not signed in. No variant holds a token, a claim's value, or anything else of the person.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The provider does not answer, or not as one.
    #[error("the provider cannot be used: {0}")]
    Unavailable(String),
    /// The provider sent the browser back with an error.
    #[error("the provider said `{0}`")]
    SaidNo(&'static str),
    /// No sign-in was begun with that state, or it came back before.
    #[error("no sign-in was begun with this state, or it came back before")]
    UnknownState,
    /// It came back too late.
    #[error("the sign-in came back too late")]
    TooLate,
    /// It came back in a browser that did not begin it.
    #[error("the sign-in came back in another browser")]
    OtherBrowser,
    /// Another provider answered than was asked.
    #[error("the answer names another issuer")]
    WrongResponseIssuer,
    /// No code in the answer.
    #[error("the answer has no code")]
    NoCode,
    /// The token endpoint did not take the code.
    #[error("the token endpoint said `{0}`")]
    CodeRefused(&'static str),
    /// The token endpoint's answer is none.
    #[error("the token endpoint's answer cannot be read")]
    TokenUnreadable,
    /// Nothing says who it is.
    #[error("the token endpoint gave no id_token")]
    NoIdToken,
    /// The token is another's.
    #[error("the id_token is of another issuer")]
    WrongIssuer,
    /// The token is for somebody else, or for others as well.
    #[error("the id_token is not for this service alone")]
    WrongAudience,
    /// The token belongs to another sign-in.
    #[error("the id_token does not repeat the nonce")]
    WrongNonce,
    /// The token is too old.
    #[error("the id_token has expired")]
    Expired,
    /// The token is of the future, or of long ago.
    #[error("the id_token was issued at another time")]
    WrongTime,
    /// The token is signed by an algorithm that was not agreed on, or not at all.
    #[error("the id_token is signed with another algorithm, or not at all")]
    WrongAlgorithm,
    /// The token is signed with a key that the provider does not publish.
    #[error("the id_token is signed with a key that the provider does not publish")]
    UnknownKey,
    /// The signature does not fit.
    #[error("the signature of the id_token does not fit")]
    WrongSignature,
    /// The access token is not the one that the token speaks of.
    #[error("the id_token belongs to another access token")]
    WrongAccessToken,
    /// Userinfo speaks of somebody else, or not at all.
    #[error("userinfo cannot be used: {0}")]
    Userinfo(&'static str),
    /// A claim that is needed is not there, or cannot be read.
    #[error("the claim `{0}` is missing or cannot be read")]
    Claim(&'static str),
    /// It is not sure enough who they are.
    #[error("`{0}` is too low")]
    Assurance(&'static str),
    /// A person whose identity was not proved to the level that a record needs.
    #[error("identity_proofing_level is below P9")]
    ProofingTooLow,
    /// A person we know nothing of.
    #[error("there are no demographics of this person")]
    UnknownPerson,
    /// A person whose demographics are of somebody born on another day.
    #[error("the date of birth is not the one in the demographics")]
    OtherBirthday,
    /// An identity that was linked to another person before.
    #[error("the identity belongs to another person here")]
    OtherPerson,
    /// An account that was closed.
    #[error("the account is closed")]
    Closed,
    /// None of the roles is one here.
    #[error("none of the roles is at an organisation known here and in the table of roles")]
    NoRole,
    /// Something of ours.
    #[error("the service could not finish it")]
    Internal,
}

impl Refusal {
    /// Its stable name.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Unavailable(_) => "provider-unavailable",
            Self::SaidNo(_) => "provider-said-no",
            Self::UnknownState => "unknown-state",
            Self::TooLate => "too-late",
            Self::OtherBrowser => "other-browser",
            Self::WrongResponseIssuer => "wrong-response-issuer",
            Self::NoCode => "no-code",
            Self::CodeRefused(_) => "code-refused",
            Self::TokenUnreadable => "token-unreadable",
            Self::NoIdToken => "no-id-token",
            Self::WrongIssuer => "wrong-issuer",
            Self::WrongAudience => "wrong-audience",
            Self::WrongNonce => "wrong-nonce",
            Self::Expired => "expired-token",
            Self::WrongTime => "wrong-time",
            Self::WrongAlgorithm => "wrong-algorithm",
            Self::UnknownKey => "unknown-key",
            Self::WrongSignature => "wrong-signature",
            Self::WrongAccessToken => "wrong-access-token",
            Self::Userinfo(_) => "userinfo",
            Self::Claim(_) => "missing-claim",
            Self::Assurance(_) => "assurance-too-low",
            Self::ProofingTooLow => "proofing-too-low",
            Self::UnknownPerson => "unknown-person",
            Self::OtherBirthday => "other-birthday",
            Self::OtherPerson => "other-person",
            Self::Closed => "closed-account",
            Self::NoRole => "no-role",
            Self::Internal => "internal",
        }
    }

    /// What the front page is told: whether one can do something about it, and nothing of the reason.
    #[must_use]
    pub const fn trouble(&self) -> &'static str {
        match self {
            Self::TooLate => "expired",
            Self::ProofingTooLow => "proofing-too-low",
            Self::UnknownPerson | Self::OtherBirthday | Self::OtherPerson | Self::Closed => "no-account",
            Self::NoRole => "no-role",
            _ => "sign-in-failed",
        }
    }
}

impl From<FetchError> for Refusal {
    fn from(error: FetchError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl From<ClaimsVerificationError> for Refusal {
    /// The library's own texts hold values of claims.
    fn from(error: ClaimsVerificationError) -> Self {
        match error {
            ClaimsVerificationError::Expired(why) if why == NOT_NOW => Self::WrongTime,
            ClaimsVerificationError::Expired(_) => Self::Expired,
            ClaimsVerificationError::InvalidAudience(_) => Self::WrongAudience,
            ClaimsVerificationError::InvalidIssuer(_) => Self::WrongIssuer,
            ClaimsVerificationError::InvalidNonce(_) => Self::WrongNonce,
            ClaimsVerificationError::SignatureVerification(error) => match error {
                SignatureVerificationError::DisallowedAlg(_)
                | SignatureVerificationError::UnsupportedAlg(_)
                | SignatureVerificationError::NoSignature => Self::WrongAlgorithm,
                SignatureVerificationError::NoMatchingKey => Self::UnknownKey,
                _ => Self::WrongSignature,
            },
            _ => Self::TokenUnreadable,
        }
    }
}

/// What the check of the time of issue says, to be told from an expiry.
pub(super) const NOT_NOW: &str = "not now";
