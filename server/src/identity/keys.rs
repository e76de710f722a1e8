//! What proves who this service is to others: a key that signs, or a secret. Both stand in files that nobody else may read,
//! and are never printed.

use coplan_core::time::UtcMillis;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::json;
use std::{
    fmt, fs, io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// Why a key or a secret cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read.
    #[error("`{0}` cannot be read: {1}")]
    File(PathBuf, #[source] io::Error),
    /// Others may read the file.
    #[error("`{0}` is open to others than its owner: give it mode 0600")]
    OpenToOthers(PathBuf),
    /// The file holds something else.
    #[error("`{0}` is not a private key in PEM for {1}")]
    NotAKey(PathBuf, String),
    /// Nothing in it.
    #[error("`{0}` is empty")]
    Empty(PathBuf),
    /// An algorithm that signs no assertion.
    #[error("`{0}` is none of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, EdDSA")]
    Algorithm(String),
    /// The key did not sign.
    #[error("the key does not sign")]
    DoesNotSign,
}

/// How this service proves to a token endpoint who it is.
pub enum ClientAuth {
    /// Not at all: a public client, with PKCE.
    None,
    /// By a shared secret.
    Secret(Zeroizing<String>),
    /// By signing an assertion (RFC 7523).
    Key(ClientKey),
}

/// A key that signs assertions.
pub struct ClientKey {
    key: EncodingKey,
    algorithm: Algorithm,
    key_id: Option<String>,
}

impl ClientKey {
    /// Reads a private key in PEM.
    ///
    /// # Errors
    /// `KeyError` with what is wrong with the file or the algorithm's name.
    pub fn read(path: &Path, algorithm: &str, key_id: Option<String>) -> Result<Self, KeyError> {
        let known: Algorithm = algorithm.parse().map_err(|_| KeyError::Algorithm(algorithm.to_owned()))?;
        let pem = read_secret(path)?;
        let key = match known {
            Algorithm::ES256 | Algorithm::ES384 => EncodingKey::from_ec_pem(pem.as_bytes()),
            Algorithm::EdDSA => EncodingKey::from_ed_pem(pem.as_bytes()),
            Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512 => {
                return Err(KeyError::Algorithm(algorithm.to_owned()));
            }
            _ => EncodingKey::from_rsa_pem(pem.as_bytes()),
        };
        let key = key.map_err(|_| KeyError::NotAKey(path.to_path_buf(), algorithm.to_owned()))?;
        let key = Self { key, algorithm: known, key_id };
        // A key that cannot sign is found at the start, not at the first sign-in.
        key.assertion("start", "start", UtcMillis(0))
            .map_err(|_| KeyError::NotAKey(path.to_path_buf(), algorithm.to_owned()))?;
        Ok(key)
    }

    /// An assertion that `client` made at `now`, for one use by `audience`.
    ///
    /// # Errors
    /// `KeyError::DoesNotSign`.
    pub fn assertion(&self, client: &str, audience: &str, now: UtcMillis) -> Result<String, KeyError> {
        let header = Header { kid: self.key_id.clone(), ..Header::new(self.algorithm) };
        let seconds = now.0.div_euclid(1_000);
        let claims = json!({
            "iss": client, "sub": client, "aud": audience, "jti": crate::random::token(),
            "iat": seconds, "exp": seconds + ASSERTION_HOLDS_S,
        });
        jsonwebtoken::encode(&header, &claims, &self.key).map_err(|_| KeyError::DoesNotSign)
    }
}

impl fmt::Debug for ClientKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientKey").field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}

impl fmt::Debug for ClientAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Secret(_) => "Secret(..)",
            Self::Key(_) => "Key(..)",
        })
    }
}

/// The text of a file that only its owner may read, without the line end.
///
/// # Errors
/// `KeyError` if others may read it, or nothing is in it.
pub(crate) fn read_secret(path: &Path) -> Result<Zeroizing<String>, KeyError> {
    let failed = |error| KeyError::File(path.to_path_buf(), error);
    let mode = fs::metadata(path).map_err(failed)?.permissions().mode();
    if mode & OTHERS != 0 {
        return Err(KeyError::OpenToOthers(path.to_path_buf()));
    }
    let text = Zeroizing::new(fs::read_to_string(path).map_err(failed)?);
    match text.trim() {
        "" => Err(KeyError::Empty(path.to_path_buf())),
        text => Ok(Zeroizing::new(text.to_owned())),
    }
}

/// How long an assertion holds, in seconds.
const ASSERTION_HOLDS_S: i64 = 60;

/// What others than the owner may do, in a file's mode.
const OTHERS: u32 = 0o077;
