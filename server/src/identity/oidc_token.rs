//! The id_token: everything about it that is checked before a word of it is believed.

use super::{
    HttpClient, ProviderConfig, Refusal,
    oidc::{MoreClaims, OidcClient, Tokens, Told},
    refusal::NOT_NOW,
};
use coplan_core::time::UtcMillis;
use openidconnect::{
    AccessTokenHash, Nonce, OAuth2TokenResponse, SubjectIdentifier, TokenResponse, UserInfoClaims, UserInfoError,
    core::{CoreGenderClaim, CoreJwsSigningAlgorithm},
};
use serde_json::{Map, Value};
use std::time::{Duration, SystemTime};

/// Who it is, by a token that was made for this sign-in: issuer, audience, nonce, times, algorithm and signature.
pub(super) fn check(
    client: &OidcClient,
    config: &ProviderConfig,
    tokens: &Tokens,
    nonce: &Nonce,
    now: UtcMillis,
) -> Result<Told, Refusal> {
    let token = tokens.id_token().ok_or(Refusal::NoIdToken)?;
    let algorithm = algorithm(&config.id_token_alg).ok_or(Refusal::WrongAlgorithm)?;
    let (earliest, latest) = (moment(now, -ISSUED_MS_AGO_MAX), moment(now, LEEWAY_MS));
    let judged_at = moment(now, -LEEWAY_MS);
    let verifier = client
        .id_token_verifier()
        .set_allowed_algs([algorithm])
        .set_other_audience_verifier_fn(|_| false)
        .set_time_fn(move || judged_at.into())
        .set_issue_time_verifier_fn(move |issued| {
            let issued = SystemTime::from(issued);
            if (earliest..=latest).contains(&issued) { Ok(()) } else { Err(NOT_NOW.to_owned()) }
        });
    let claims = token.claims(&verifier, nonce)?;
    if claims.authorized_party().is_some_and(|party| party.as_str() != config.client_id) {
        return Err(Refusal::WrongAudience);
    }
    if let Some(expected) = claims.access_token_hash() {
        let key = token.signing_key(&verifier).map_err(|_| Refusal::WrongSignature)?;
        let algorithm = token.signing_alg().map_err(|_| Refusal::WrongAlgorithm)?;
        let actual = AccessTokenHash::from_token(tokens.access_token(), algorithm, key);
        if actual.map_err(|_| Refusal::WrongAccessToken)? != *expected {
            return Err(Refusal::WrongAccessToken);
        }
    }
    Ok(Told { subject: claims.subject().to_string(), claims: as_map(claims) })
}

/// The same, with what userinfo adds, if there is one. The token's own word goes before.
pub(super) async fn with_userinfo(
    client: &OidcClient,
    tokens: &Tokens,
    told: Told,
    http: &HttpClient,
) -> Result<Told, Refusal> {
    let subject = SubjectIdentifier::new(told.subject.clone());
    let Ok(request) = client.user_info(tokens.access_token().clone(), Some(subject)) else { return Ok(told) };
    let answer: Result<UserInfoClaims<MoreClaims, CoreGenderClaim>, _> = request.request_async(http).await;
    let claims = answer.map_err(|error| match error {
        UserInfoError::ClaimsVerification(_) => Refusal::Userinfo("it is of somebody else"),
        UserInfoError::Request(error) => error.into(),
        _ => Refusal::Userinfo("it cannot be read"),
    })?;
    let mut all = as_map(&claims);
    all.extend(told.claims);
    Ok(Told { claims: all, ..told })
}

fn as_map(claims: &impl serde::Serialize) -> Map<String, Value> {
    match serde_json::to_value(claims) {
        Ok(Value::Object(map)) => map,
        _ => Map::new(),
    }
}

/// An algorithm as the identity file names it.
fn algorithm(name: &str) -> Option<CoreJwsSigningAlgorithm> {
    serde_json::from_value(name.into()).ok()
}

fn moment(now: UtcMillis, later_ms: i64) -> SystemTime {
    let ms = now.0.saturating_add(later_ms).max(0).unsigned_abs();
    SystemTime::UNIX_EPOCH + Duration::from_millis(ms)
}

/// How much another clock may differ from ours, in milliseconds.
const LEEWAY_MS: i64 = 60_000;

/// How long ago a token may have been issued, in milliseconds: it was made for a code that was redeemed just now.
const ISSUED_MS_AGO_MAX: i64 = 10 * 60 * 1_000;
