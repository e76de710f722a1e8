//! TLS of this service's own, for those who have no proxy that does it: rustls, TLS 1.2 and 1.3, HTTP/1.1.
//!
//! The files are read at the start; a new certificate is taken at the next.

use crate::identity::read_secret;
use clap::Args;
use std::{path::PathBuf, sync::Arc};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        self, ServerConfig,
        crypto::ring,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
        version::{TLS12, TLS13},
    },
};

/// Whether connections are by TLS, and whose.
#[derive(Debug, Clone, Default, Args)]
pub struct TlsFlags {
    /// Certificate to serve with, in PEM, with those between it and its root.
    #[arg(long, value_name = "FILE", env = "COPLAN_TLS_CERTIFICATE", requires = "tls_key")]
    pub tls_certificate: Option<PathBuf>,
    /// Its private key, in PEM, that nobody else may read.
    #[arg(long, value_name = "FILE", env = "COPLAN_TLS_KEY", requires = "tls_certificate")]
    pub tls_key: Option<PathBuf>,
    /// A proxy does TLS for this service: cookies are for TLS only, and browsers are told to come by TLS ever after.
    #[arg(long, env = "COPLAN_BEHIND_TLS", conflicts_with = "tls_certificate")]
    pub behind_tls: bool,
}

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The certificate.
    #[error("`{0}` is not a certificate in PEM: {1}")]
    Certificate(PathBuf, String),
    /// The key.
    #[error("the key of the certificate: {0}")]
    Key(String),
    /// Both, together.
    #[error("the certificate and its key do not go together: {0}")]
    Together(#[source] rustls::Error),
}

impl TlsFlags {
    /// Whether browsers come by TLS.
    #[must_use]
    pub const fn is_on(&self) -> bool {
        self.behind_tls || self.tls_certificate.is_some()
    }

    /// What shakes hands with connections, if this service does so itself.
    ///
    /// # Errors
    /// `TlsError` with what is wrong with a file.
    pub fn acceptor(&self) -> Result<Option<TlsAcceptor>, TlsError> {
        let (Some(certificate), Some(key)) = (&self.tls_certificate, &self.tls_key) else { return Ok(None) };
        let wrong = |why: String| TlsError::Certificate(certificate.clone(), why);
        let chain = CertificateDer::pem_file_iter(certificate).map_err(|error| wrong(error.to_string()))?;
        let chain: Vec<_> = chain.collect::<Result<_, _>>().map_err(|error| wrong(error.to_string()))?;
        if chain.is_empty() {
            return Err(wrong("there is none in it".to_owned()));
        }
        let pem = read_secret(key).map_err(|error| TlsError::Key(error.to_string()))?;
        // rustls' own text would not say which file.
        let key = PrivateKeyDer::from_pem_slice(pem.as_bytes())
            .map_err(|_| TlsError::Key(format!("`{}` is not a private key in PEM", key.display())))?;
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&[&TLS13, &TLS12])
            .map_err(TlsError::Together)?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(TlsError::Together)?;
        config.alpn_protocols = vec![ALPN.to_vec()];
        Ok(Some(TlsAcceptor::from(Arc::new(config))))
    }
}

/// All that is spoken here: sockets are upgraded from it.
const ALPN: &[u8] = b"http/1.1";
