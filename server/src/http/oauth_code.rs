//! A code that somebody allowed an app, for a token that reads for them (RFC 6749, section 4.1.3; RFC 7636, section 4.6).

use super::oauth_token::{Refused, TokenBody, TokenForm, request};
use crate::{random, state::AppState, store::TokenHash};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

/// Gives the token, if everything fits. A code is used up by being shown, whatever comes of it.
pub(super) async fn exchange(state: &AppState, form: TokenForm) -> Result<TokenBody, Refused> {
    let (Some(code), Some(verifier)) = (form.code, form.code_verifier) else {
        return Err(request("invalid_request", "`code` and `code_verifier` are needed"));
    };
    let (token, now) = (random::token(), state.clock.now());
    let hashes = (&TokenHash::of(&code), &TokenHash::of(&token));
    let given = state.store.exchange_app_code(hashes, TOKEN_MS, now, |allowed| {
        form.client_id.as_ref() == Some(&allowed.app)
            && form.redirect_uri.as_ref() == Some(&allowed.redirect_uri)
            && allowed.challenge == URL_SAFE_NO_PAD.encode(Sha256::digest(&verifier))
    });
    let Some((new, expires_at)) = given.await? else {
        tracing::warn!("an app got no token: its code does not fit, was used before, or holds no longer");
        return Err(request("invalid_grant", NOT_A_CODE));
    };
    tracing::info!(client.id = new.app, "an app got a token");
    Ok(TokenBody::new(token, expires_at.since_ms(now) / 1_000, new.scopes))
}

const NOT_A_CODE: &str = "the code is not this app's, was used before, or holds no longer";

/// How long a token holds at most, in milliseconds; the session that it reads in may end sooner.
const TOKEN_MS: i64 = 60 * 60 * 1_000;
