//! Accounts of those whom a host launches: made at the first launch, and kept as the host says ever after.

use super::host::{HostRules, HostSays, LaunchRefused};
use crate::{
    random,
    store::{GrantedRole, RecogniseError, Recognised, Store, Vouched, VouchedStaff},
};
use coplan_core::{id::UserId, time::UtcMillis};
use std::collections::BTreeMap;

/// The account of a host's user, with the roles that the host says they have now at its organisation.
///
/// # Errors
/// `LaunchRefused` if nobody may be launched as them.
pub async fn enrol(
    store: &Store,
    rules: &HostRules,
    says: &HostSays,
    now: UtcMillis,
) -> Result<Recognised, LaunchRefused> {
    let organisation = store.organisation(&rules.organisation).await?.ok_or(LaunchRefused::UnknownOrganisation)?;
    let mapped = says.roles.iter().filter_map(|code| Some((code, rules.role_map.get(code)?)));
    let mapped: BTreeMap<_, _> = mapped.take(ROLES_MAX).collect();
    let own_title = says.job_title.as_ref().filter(|_| mapped.len() == 1);
    let granted = mapped.into_iter().map(|(code, mapped)| {
        let job_title = own_title.unwrap_or(&mapped.job_title).clone();
        let (role, senior) = (mapped.role, mapped.senior);
        (code.clone(), GrantedRole { role, job_title, organisation: organisation.clone(), senior })
    });
    let roles: BTreeMap<_, _> = granted.collect();
    if roles.is_empty() {
        return Err(LaunchRefused::NoRole);
    }
    let staff = VouchedStaff {
        identity: Vouched { provider: rules.id.clone(), subject: says.subject.clone() },
        name: says.name.clone(),
        registration: says.registration.clone(),
        roles,
    };
    store.recognise_staff(&staff, &fresh_id(), now).await.map_err(|error| match error {
        RecogniseError::Store(error) => LaunchRefused::Store(error),
        _ => LaunchRefused::AccountEnded,
    })
}

/// Says nothing of who it is.
fn fresh_id() -> UserId {
    format!("host-{}", hex::encode(random::bytes::<16>())).parse().expect("hexadecimal digits are an id")
}

/// Most roles that a host may name for one of its users.
const ROLES_MAX: usize = 20;
