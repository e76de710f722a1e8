//! From what a provider says of somebody to the account, the role and the assurance that a session begins with.

use super::{Identity, Provider, Refusal, SignsIn, oidc::Told, sign_in_people, sign_in_staff};
use crate::{
    random,
    store::{RecogniseError, RoleGrantId, SessionId, Store},
};
use coplan_core::{id::UserId, policy::Assurance, time::UtcMillis};

/// Somebody who may have a session.
#[derive(Debug)]
pub struct Recognition {
    /// Their account.
    pub user: UserId,
    /// Their role; none if they have to choose first.
    pub role: Option<RoleGrantId>,
    /// How sure it is that it is them.
    pub assurance: Assurance,
    /// Sessions that ended because a role of theirs did.
    pub ended: Vec<SessionId>,
    /// Whether they have a role here at all. Without one there is no session, and what they had has ended.
    pub known: bool,
}

impl Identity {
    /// Finds or makes the account of somebody for whom `provider` vouches.
    ///
    /// # Errors
    /// `Refusal` with the reason; nothing was written then.
    pub async fn recognise(
        &self,
        provider: &Provider,
        told: &Told,
        store: &Store,
        now: UtcMillis,
    ) -> Result<Recognition, Refusal> {
        match provider.config.signs_in {
            SignsIn::Staff => sign_in_staff::recognise(&provider.config.id, &self.config.roles, told, store, now).await,
            SignsIn::People => sign_in_people::recognise(&provider.config.id, told, store, now).await,
        }
    }
}

impl From<RecogniseError> for Refusal {
    fn from(error: RecogniseError) -> Self {
        match error {
            RecogniseError::Closed => Self::Closed,
            RecogniseError::UnknownPerson => Self::UnknownPerson,
            RecogniseError::OtherBirthday => Self::OtherBirthday,
            RecogniseError::OtherPerson => Self::OtherPerson,
            RecogniseError::Store(error) => {
                tracing::error!(%error, "the store did not answer a sign-in");
                Self::Internal
            }
        }
    }
}

/// An id for an account that is new, if it is: it says nothing of whose it is.
pub(super) fn fresh_account() -> UserId {
    let id = format!("u-{}", hex::encode(random::bytes::<12>()));
    id.parse().expect("hexadecimal digits make an id")
}

/// A text of a provider as it may be shown and stored: one line, not endless.
pub(super) fn tidy(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let words: Vec<_> = plain.split_whitespace().collect();
    words.join(" ").chars().take(TEXT_CHARS_MAX).collect()
}

/// Longest text that is taken from a provider, in characters.
const TEXT_CHARS_MAX: usize = 120;
