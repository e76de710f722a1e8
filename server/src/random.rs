//! The one place that asks the machine for chance.

/// `N` bytes that nobody can guess.
///
/// # Panics
/// If the operating system gives none: a token or id made without them would be worse than no service.
#[must_use]
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

/// A token for a cookie or a ticket: 32 random bytes in hex.
#[must_use]
pub fn token() -> String {
    hex::encode(bytes::<32>())
}
