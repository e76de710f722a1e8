//! People, by the claims that NHS login makes of them: a proved identity, an NHS number, a date of birth.

use super::{
    Refusal,
    oidc::Told,
    sign_in::{Recognition, fresh_account},
};
use crate::store::{Store, Vouched, VouchedPerson};
use coplan_core::{nhs_number::NhsNumber, policy::Assurance, time::UtcMillis};
use serde_json::{Map, Value};

/// Finds or makes the account of somebody whose demographics are known.
pub(super) async fn recognise(
    provider: &str,
    told: &Told,
    store: &Store,
    now: UtcMillis,
) -> Result<Recognition, Refusal> {
    let claims = &told.claims;
    // Before anything else is looked at: the number of somebody who was not proved to be them may be another's.
    if text(claims, "identity_proofing_level") != Some(PROOFING) {
        return Err(Refusal::ProofingTooLow);
    }
    let nhs_number = text(claims, "nhs_number").and_then(|text| NhsNumber::parse(text).ok());
    let person = VouchedPerson {
        identity: Vouched { provider: provider.to_owned(), subject: told.subject.clone() },
        nhs_number: nhs_number.ok_or(Refusal::Claim("nhs_number"))?,
        born: text(claims, "birthdate").ok_or(Refusal::Claim("birthdate"))?.to_owned(),
    };
    let recognised = store.recognise_person(&person, &fresh_account(), now).await?;
    let role = if recognised.roles.len() == 1 { recognised.roles.values().next().copied() } else { None };
    Ok(Recognition { user: recognised.user, role, assurance: assurance(claims), ended: recognised.ended, known: true })
}

/// By the vector of trust: a second factor, or a key.
fn assurance(claims: &Map<String, Value>) -> Assurance {
    let vector = text(claims, "vot").unwrap_or_default();
    if vector.split('.').any(|part| SECOND_FACTORS.contains(&part)) { Assurance::Aal2 } else { Assurance::Aal1 }
}

fn text<'c>(claims: &'c Map<String, Value>, claim: &str) -> Option<&'c str> {
    claims.get(claim)?.as_str()
}

/// The level of proof that a record needs.
const PROOFING: &str = "P9";

/// Parts of a vector of trust: a code sent to a device, a key, a passkey.
const SECOND_FACTORS: [&str; 3] = ["Cd", "Ck", "Cm"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_alone_is_one_factor() {
        for (vector, expected) in [
            ("P9.Cp.Cd", Assurance::Aal2),
            ("P9.Cp.Ck", Assurance::Aal2),
            ("P9.Cm", Assurance::Aal2),
            ("P9.Cp", Assurance::Aal1),
            ("", Assurance::Aal1),
        ] {
            let claims = Map::from_iter([("vot".to_owned(), vector.into())]);
            assert_eq!(assurance(&claims), expected, "{vector}");
        }
    }
}
