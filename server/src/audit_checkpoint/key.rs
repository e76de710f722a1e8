//! The key that checkpoints are signed with: in a file of its own, so that a copy of the database signs for nothing.

use crate::random;
use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use std::{
    env, fs,
    io::{self, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// Signs checkpoints. Has no `Debug`, so that nothing can print it.
pub struct AuditKey(SigningKey);

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum AuditKeyError {
    /// The file cannot be read or made.
    #[error("cannot use the audit's key `{0}`: {1}")]
    File(PathBuf, #[source] io::Error),
    /// The file holds something else.
    #[error("the audit's key `{0}` is not 64 hexadecimal digits")]
    NotAKey(PathBuf),
    /// Others may read the file.
    #[error("the audit's key `{0}` is open to others than its owner: give it mode 0600")]
    OpenToOthers(PathBuf),
    /// A public key that is none.
    #[error("a public key is 64 hexadecimal digits, as `coplan audit key` prints them")]
    Public,
}

impl AuditKey {
    /// The key of a data folder, or of the file that the environment names; made if there is none.
    ///
    /// # Errors
    /// `AuditKeyError` with what is wrong.
    pub fn of(data: &Path) -> Result<Self, AuditKeyError> {
        let path = path(data);
        match read(&path)? {
            Some(key) => Ok(key),
            None => make(&path).map_err(|error| AuditKeyError::File(path, error)),
        }
    }

    /// What others need to know that this key signed; in hex.
    #[must_use]
    pub fn public(&self) -> String {
        hex::encode(self.0.verifying_key().as_bytes())
    }

    pub(super) fn sign(&self, bytes: &[u8]) -> [u8; 64] {
        self.0.sign(bytes).to_bytes()
    }

    fn verifying_key(&self) -> VerifyingKey {
        self.0.verifying_key()
    }
}

/// The public key to check checkpoints with: the one given, or that of the folder's key. `None` if there is neither.
///
/// # Errors
/// `AuditKeyError` if what there is, is none.
pub fn public_key_of(given: Option<&str>, data: &Path) -> Result<Option<VerifyingKey>, AuditKeyError> {
    let Some(text) = given else {
        return Ok(read(&path(data))?.map(|key| key.verifying_key()));
    };
    let bytes = hex::decode(text.trim()).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    let key = bytes.and_then(|bytes| VerifyingKey::from_bytes(&bytes).ok());
    key.map(Some).ok_or(AuditKeyError::Public)
}

fn path(data: &Path) -> PathBuf {
    env::var_os(ENVIRONMENT).map_or_else(|| data.join(FILE), PathBuf::from)
}

fn read(path: &Path) -> Result<Option<AuditKey>, AuditKeyError> {
    let failed = |error| AuditKeyError::File(path.to_path_buf(), error);
    let mode = match fs::metadata(path) {
        Ok(metadata) => metadata.permissions().mode(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    if mode & OTHERS != 0 {
        return Err(AuditKeyError::OpenToOthers(path.to_path_buf()));
    }
    let text = Zeroizing::new(fs::read_to_string(path).map_err(failed)?);
    let mut seed = Zeroizing::new([0; 32]);
    let read = hex::decode_to_slice(text.trim_end(), &mut *seed);
    read.map_err(|_| AuditKeyError::NotAKey(path.to_path_buf()))?;
    Ok(Some(AuditKey(SigningKey::from_bytes(&seed))))
}

/// Makes the file whole, or not at all: half a key would be found at the next start.
fn make(path: &Path) -> io::Result<AuditKey> {
    let seed = Zeroizing::new(random::bytes::<32>());
    let fresh = path.with_extension("fresh");
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
    file.write_all(Zeroizing::new(hex::encode(*seed)).as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    fs::rename(&fresh, path)?;
    if let Some(folder) = path.parent() {
        fs::File::open(folder)?.sync_all()?;
    }
    Ok(AuditKey(SigningKey::from_bytes(&seed)))
}

/// The variable that names the key's file, if it is not the one in the data folder.
const ENVIRONMENT: &str = "COPLAN_AUDIT_KEY";

/// The key's file in the data folder.
const FILE: &str = "audit.key";

/// What others than the owner may do, in a file's mode.
const OTHERS: u32 = 0o077;
