//! OpenID Connect: the code flow with PKCE, state and nonce, against one provider.
//!
//! What a provider publishes of itself is read at the start, or later if it is away then, and again when it is old or a
//! token is signed with a key that is not in it.

use super::{ClientAuth, FetchError, HttpClient, ProviderConfig, Refusal, oidc_token};
use coplan_core::time::UtcMillis;
use openidconnect::{
    AdditionalProviderMetadata, AsyncHttpClient, AuthType, AuthorizationCode, Client, ClientId, ClientSecret,
    CsrfToken, EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpRequest, HttpResponse,
    IdTokenFields, Nonce, PkceCodeChallenge, PkceCodeVerifier, ProviderMetadata, RedirectUrl, RequestTokenError, Scope,
    StandardErrorResponse, StandardTokenResponse,
    core::{
        CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreClaimName, CoreClaimType, CoreClientAuthMethod,
        CoreErrorResponseType, CoreGenderClaim, CoreGrantType, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm,
        CoreJweKeyManagementAlgorithm, CoreJwsSigningAlgorithm, CoreResponseMode, CoreResponseType, CoreRevocableToken,
        CoreRevocationErrorResponse, CoreSubjectIdentifierType, CoreTokenIntrospectionResponse, CoreTokenType,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
};
use url::Url;

/// Claims beyond those that OpenID Connect names, as they stand.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct MoreClaims {
    #[serde(flatten)]
    claims: Map<String, Value>,
}

impl openidconnect::AdditionalClaims for MoreClaims {}

type Fields = IdTokenFields<
    MoreClaims,
    EmptyExtraTokenFields,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;

pub(super) type Tokens = StandardTokenResponse<Fields, CoreTokenType>;

pub(super) type OidcClient = Client<
    MoreClaims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Tokens,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// What a provider publishes of itself beyond the usual (RFC 9207).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct NamesItself {
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

impl AdditionalProviderMetadata for NamesItself {}

pub(super) type Metadata = ProviderMetadata<
    NamesItself,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// A provider, and what it last published of itself.
pub struct Provider {
    /// What the identity file says of it.
    pub config: ProviderConfig,
    redirect: RedirectUrl,
    http: HttpClient,
    published: Mutex<Option<Published>>,
}

#[derive(Clone)]
struct Published {
    metadata: Arc<Metadata>,
    at: UtcMillis,
}

/// A sign-in to send a browser away with.
pub struct Begun {
    /// Where to.
    pub url: Url,
    /// What comes back in the address.
    pub state: String,
    /// What comes back in the token.
    pub nonce: String,
    /// What the code is redeemed with.
    pub verifier: String,
}

/// What a browser brings back.
#[derive(Debug, Clone, Deserialize)]
pub struct CameBack {
    /// The state that it was sent away with.
    pub state: Option<String>,
    /// The code, if all went well.
    pub code: Option<String>,
    /// What went wrong, if something did.
    pub error: Option<String>,
    /// Who answers.
    pub iss: Option<String>,
}

/// What a provider says of somebody, checked.
#[derive(Debug, Clone)]
pub struct Told {
    /// Them, to the provider.
    pub subject: String,
    /// Everything it says.
    pub claims: Map<String, Value>,
}

impl Provider {
    /// The provider of these lines of the identity file; `redirect` is where it sends browsers back.
    #[must_use]
    pub fn new(config: ProviderConfig, redirect: RedirectUrl, http: HttpClient) -> Self {
        Self { config, redirect, http, published: Mutex::default() }
    }

    /// Begins a sign-in.
    ///
    /// # Errors
    /// `Refusal::Unavailable` if the provider has never said where to send people, and does not now.
    pub async fn begin(&self, now: UtcMillis) -> Result<Begun, Refusal> {
        let client = self.client(&*self.recent(now).await?);
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let flow = CoreAuthenticationFlow::AuthorizationCode;
        let mut request =
            client.authorize_url(flow, CsrfToken::new_random, Nonce::new_random).set_pkce_challenge(challenge);
        for scope in &self.config.scopes {
            request = request.add_scope(Scope::new(scope.clone()));
        }
        for (name, value) in &self.config.extra {
            request = request.add_extra_param(name, value);
        }
        let (url, state, nonce) = request.url();
        let (state, nonce) = (state.into_secret(), nonce.secret().clone());
        Ok(Begun { url, state, nonce, verifier: verifier.into_secret() })
    }

    /// Redeems what a browser has brought back.
    ///
    /// # Errors
    /// `Refusal` with the reason.
    pub async fn finish(
        &self,
        came_back: CameBack,
        nonce: String,
        verifier: String,
        now: UtcMillis,
    ) -> Result<Told, Refusal> {
        let metadata = self.recent(now).await?;
        self.check_issuer(&metadata, came_back.iss.as_deref())?;
        if let Some(error) = came_back.error {
            return Err(Refusal::SaidNo(known_error(&error)));
        }
        let code = came_back.code.ok_or(Refusal::NoCode)?;
        let client = self.client(&metadata);
        let tokens = self.redeem(&client, code, verifier, now).await?;
        let nonce = Nonce::new(nonce);
        let checked = match oidc_token::check(&client, &self.config, &tokens, &nonce, now) {
            // It may have begun to sign with another key since it was last asked.
            Err(Refusal::UnknownKey) if self.may_ask_again(now) => {
                let client = self.client(&*self.ask(now).await?);
                oidc_token::check(&client, &self.config, &tokens, &nonce, now)
            }
            checked => checked,
        };
        oidc_token::with_userinfo(&client, &tokens, checked?, &self.http).await
    }

    /// Reads what the provider publishes of itself.
    ///
    /// # Errors
    /// `Refusal::Unavailable`.
    pub(super) async fn ask(&self, now: UtcMillis) -> Result<Arc<Metadata>, Refusal> {
        let metadata = match Metadata::discover_async(self.config.issuer.clone(), &self.http).await {
            Ok(metadata) => Arc::new(metadata),
            // The library's own texts hold bodies of answers.
            Err(openidconnect::DiscoveryError::Request(error)) => return Err(error.into()),
            Err(openidconnect::DiscoveryError::Validation(_)) => {
                return Err(Refusal::Unavailable(
                    "it publishes another issuer than the identity file names".to_owned(),
                ));
            }
            Err(_) => return Err(Refusal::Unavailable("what it publishes of itself cannot be read".to_owned())),
        };
        let published = Published { metadata: Arc::clone(&metadata), at: now };
        *self.published.lock().unwrap_or_else(PoisonError::into_inner) = Some(published);
        Ok(metadata)
    }

    /// Whether it has said anything of itself yet.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.published().is_some()
    }

    fn published(&self) -> Option<Published> {
        self.published.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What it publishes of itself, not much older than it may be. While it does not answer, what it said last stands.
    async fn recent(&self, now: UtcMillis) -> Result<Arc<Metadata>, Refusal> {
        match self.published() {
            Some(published) if now.since_ms(published.at) < PUBLISHED_MS_MAX => Ok(published.metadata),
            Some(published) => Ok(self.ask(now).await.unwrap_or(published.metadata)),
            None => self.ask(now).await,
        }
    }

    fn may_ask_again(&self, now: UtcMillis) -> bool {
        self.published().is_none_or(|published| now.since_ms(published.at) > ASK_AGAIN_MS_MIN)
    }

    /// Whoever plays providers off against each other is found here: the answer names who gives it.
    fn check_issuer(&self, metadata: &Metadata, named: Option<&str>) -> Result<(), Refusal> {
        let needed = metadata.additional_metadata().authorization_response_iss_parameter_supported;
        match named {
            Some(named) if named == metadata.issuer().as_str() => Ok(()),
            None if !needed => Ok(()),
            _ => Err(Refusal::WrongResponseIssuer),
        }
    }

    fn client(&self, metadata: &Metadata) -> OidcClient {
        let (id, auth) = (ClientId::new(self.config.client_id.clone()), &self.config.auth);
        let secret = match auth {
            ClientAuth::Secret(secret) => Some(ClientSecret::new(secret.to_string())),
            ClientAuth::None | ClientAuth::Key(_) => None,
        };
        let client = OidcClient::from_provider_metadata(metadata.clone(), id, secret);
        let client = client.set_redirect_uri(self.redirect.clone());
        match auth {
            ClientAuth::Secret(_) => client.set_auth_type(AuthType::BasicAuth),
            // Whoever we are stands in the body, beside the assertion if there is one.
            ClientAuth::None | ClientAuth::Key(_) => client.set_auth_type(AuthType::RequestBody),
        }
    }

    async fn redeem(
        &self,
        client: &OidcClient,
        code: String,
        verifier: String,
        now: UtcMillis,
    ) -> Result<Tokens, Refusal> {
        let no_endpoint = || Refusal::Unavailable("it publishes no token endpoint".to_owned());
        let endpoint = client.token_uri().ok_or_else(no_endpoint)?.to_string();
        let request = client.exchange_code(AuthorizationCode::new(code)).map_err(|_| no_endpoint())?;
        let mut request = request.set_pkce_verifier(PkceCodeVerifier::new(verifier));
        if let ClientAuth::Key(key) = &self.config.auth {
            let assertion = key.assertion(&self.config.client_id, &endpoint, now).map_err(|_| Refusal::Internal)?;
            request = request.add_extra_param("client_assertion_type", ASSERTION_TYPE);
            request = request.add_extra_param("client_assertion", assertion);
        }
        request.request_async(&self.http).await.map_err(|error| match error {
            RequestTokenError::ServerResponse(said) => Refusal::CodeRefused(known_error(said.error().as_ref())),
            RequestTokenError::Request(error) => error.into(),
            RequestTokenError::Parse(..) | RequestTokenError::Other(_) => Refusal::TokenUnreadable,
        })
    }
}

impl<'c> AsyncHttpClient<'c> for HttpClient {
    type Error = FetchError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, FetchError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}

/// An error of OAuth or OpenID Connect, if it is one that they name: anything else may be anybody's words.
fn known_error(text: &str) -> &'static str {
    ERRORS.into_iter().find(|known| *known == text).unwrap_or("something else")
}

/// Errors that OAuth 2.0 and OpenID Connect name.
const ERRORS: [&str; 16] = [
    "access_denied",
    "account_selection_required",
    "consent_required",
    "interaction_required",
    "invalid_client",
    "invalid_grant",
    "invalid_request",
    "invalid_request_object",
    "invalid_scope",
    "login_required",
    "request_not_supported",
    "server_error",
    "temporarily_unavailable",
    "unauthorized_client",
    "unsupported_grant_type",
    "unsupported_response_type",
];

/// How old what a provider publishes of itself may be, in milliseconds.
const PUBLISHED_MS_MAX: i64 = 60 * 60 * 1_000;

/// How soon a provider is asked again because of a key that it has not published, in milliseconds.
const ASK_AGAIN_MS_MIN: i64 = 5_000;

/// An assertion that is a JWT (RFC 7523).
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
