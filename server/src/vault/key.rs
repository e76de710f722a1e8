//! Where the master key comes from: the environment, or a file in the data folder that is made at the first start.
//!
//! The file is for one machine whose disk is trusted; in the environment the key can come from a secret store. A backup of
//! the database is of no use to a thief as long as the key is not in it, nor to anybody once the key is lost.

use super::seal::{KEY_BYTES, MasterKey};
use crate::store::{Store, StoreError};
use std::{
    env, fs,
    io::{self, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// Why there is no master key to serve with.
#[derive(Debug, thiserror::Error)]
pub enum VaultKeyError {
    /// The environment's is none.
    #[error("`{ENVIRONMENT}` is not 64 hexadecimal digits")]
    Environment,
    /// The file cannot be read or made.
    #[error("cannot use the vault's key `{0}`: {1}")]
    File(PathBuf, #[source] io::Error),
    /// The file holds something else.
    #[error("the vault's key `{0}` is not 64 hexadecimal digits")]
    NotAKey(PathBuf),
    /// Others may read the file.
    #[error("the vault's key `{0}` is open to others than its owner: give it mode 0600")]
    OpenToOthers(PathBuf),
    /// There are values and no key.
    #[error("the vault's key `{0}` is missing, and the vault is not empty: put it back, or set `{ENVIRONMENT}`")]
    Missing(PathBuf),
    /// The values were sealed by another key.
    #[error("the vault's key is not the one that its values were sealed with")]
    Wrong,
    /// The database did not say whether there are values.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The master key that the environment names, if it names one.
///
/// # Errors
/// `VaultKeyError::Environment` if it is none.
pub fn master_key_of_environment() -> Result<Option<MasterKey>, VaultKeyError> {
    let Some(text) = env::var_os(ENVIRONMENT) else { return Ok(None) };
    let text = Zeroizing::new(text.into_string().map_err(|_| VaultKeyError::Environment)?);
    parse(&text).map(Some).ok_or(VaultKeyError::Environment)
}

/// The master key of this service: the one given, or the file's, which is made if the vault is empty and has none.
///
/// # Errors
/// `VaultKeyError` with what is wrong, also if the key does not open what there is.
pub async fn master_key(given: Option<MasterKey>, data: &Path, store: &Store) -> Result<MasterKey, VaultKeyError> {
    let sealed = store.some_vault_keys().await?;
    let path = data.join(FILE);
    let key = match given {
        Some(key) => key,
        None => match read(&path)? {
            Some(key) => key,
            None if sealed.is_empty() => make(&path).map_err(|error| VaultKeyError::File(path, error))?,
            None => return Err(VaultKeyError::Missing(path)),
        },
    };
    // One damaged row is no reason to take a right key for a wrong one.
    let opens = sealed.is_empty() || sealed.iter().any(|(plan, sealed)| key.open(plan, sealed).is_ok());
    if opens { Ok(key) } else { Err(VaultKeyError::Wrong) }
}

fn read(path: &Path) -> Result<Option<MasterKey>, VaultKeyError> {
    let failed = |error| VaultKeyError::File(path.to_path_buf(), error);
    let mode = match fs::metadata(path) {
        Ok(metadata) => metadata.permissions().mode(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    if mode & OTHERS != 0 {
        return Err(VaultKeyError::OpenToOthers(path.to_path_buf()));
    }
    let text = Zeroizing::new(fs::read_to_string(path).map_err(failed)?);
    parse(text.trim_end()).map(Some).ok_or_else(|| VaultKeyError::NotAKey(path.to_path_buf()))
}

/// Makes the file whole, or not at all: half a key would be found at the next start.
fn make(path: &Path) -> io::Result<MasterKey> {
    let key = MasterKey::random();
    let fresh = path.with_extension("fresh");
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
    file.write_all(key.to_hex().as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    fs::rename(&fresh, path)?;
    if let Some(folder) = path.parent() {
        fs::File::open(folder)?.sync_all()?;
    }
    Ok(key)
}

fn parse(text: &str) -> Option<MasterKey> {
    let mut bytes = Zeroizing::new([0; KEY_BYTES]);
    hex::decode_to_slice(text, &mut *bytes).ok()?;
    Some(MasterKey::from_bytes(bytes))
}

/// The variable that holds the key, if a file shall not.
const ENVIRONMENT: &str = "COPLAN_VAULT_KEY";

/// The key's file in the data folder.
const FILE: &str = "vault.key";

/// What others than the owner may do, in a file's mode.
const OTHERS: u32 = 0o077;
