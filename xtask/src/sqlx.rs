//! `cargo xtask sqlx`.

use crate::process::Failure;

/// Renews.
///
/// # Errors
/// Not yet.
pub(crate) fn prepare() -> Result<(), Failure> {
    Err(Failure("later".into()))
}
