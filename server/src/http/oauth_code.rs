//! A code that somebody allowed an app, for a token that reads for them (RFC 6749, section 4.1.3; RFC 7636, section 4.6).

use super::oauth_token::{Refused, TokenBody, TokenForm, request};
use crate::{
    random, session,
    state::AppState,
    store::{AppToken, TokenHash},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

/// Gives the token, if everything fits. A code is used up by being shown, whatever comes of it.
pub(super) async fn exchange(state: &AppState, form: TokenForm) -> Result<TokenBody, Refused> {
    let (Some(code), Some(verifier)) = (form.code, form.code_verifier) else {
        return Err(request("invalid_request", "`code` and `code_verifier` are needed"));
    };
    let (code, now) = (TokenHash::of(&code), state.clock.now());
    let allowed = state.store.use_app_code(&code, now).await?;
    let fits = allowed.filter(|allowed| {
        form.client_id.as_ref() == Some(&allowed.app)
            && form.redirect_uri.as_ref() == Some(&allowed.redirect_uri)
            && allowed.challenge == URL_SAFE_NO_PAD.encode(Sha256::digest(&verifier))
    });
    let allowed = fits.ok_or_else(|| request("invalid_grant", NOT_A_CODE))?;
    let session = session::unused(state, allowed.session).await?;
    let session = session.ok_or_else(|| request("invalid_grant", NOT_A_CODE))?;
    let token = random::token();
    let expires_at = now.plus_ms(TOKEN_MS).min(session.expires_at);
    let new = AppToken { app: allowed.app, session: allowed.session, scopes: allowed.scopes };
    state.store.give_app_token(&TokenHash::of(&token), &code, &new, expires_at, now).await?;
    tracing::info!(client.id = new.app, "an app got a token");
    Ok(TokenBody::new(token, expires_at.since_ms(now) / 1_000, new.scopes))
}

const NOT_A_CODE: &str = "the code is not this app's, was used before, or holds no longer";

/// How long a token holds at most, in milliseconds; the session that it reads in may end sooner.
const TOKEN_MS: i64 = 60 * 60 * 1_000;
