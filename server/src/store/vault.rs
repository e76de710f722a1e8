//! The vault's rows: sealed values, the sealed keys of their plans, and who looked.
//!
//! Keys come in from outside and are never kept here.

use super::{Store, StoreError, audit};
use crate::audit::{Event, Outcome};
use crate::vault::{MasterKey, PlanKey, Sealed, Secret, Unreadable, VaultKind};
use coplan_core::{
    id::PlanId,
    policy::{Action, Granted, Subject},
    time::UtcMillis,
};
use sqlx::{Connection, SqliteConnection};

/// A value that the vault holds, without the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VaultItem {
    /// What it is.
    pub kind: VaultKind,
    /// When it was set.
    pub changed_at: UtcMillis,
}

/// Why the vault gave nothing, or took nothing.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// What was granted is another action.
    #[error("the right to do this to the vault was not granted")]
    NotGranted,
    /// The value, or its plan's key, does not open.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for VaultError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

impl Store {
    /// What the vault of the plan holds, in the order of kinds.
    ///
    /// # Errors
    /// `VaultError`.
    pub async fn vault_items(&self, granted: &Granted) -> Result<Vec<VaultItem>, VaultError> {
        let plan = plan(granted, Action::ListVault)?;
        let rows = sqlx::query!("select kind, changed_at from vault_item where plan = ?", plan)
            .fetch_all(&self.readers)
            .await?;
        let mut items = Vec::with_capacity(rows.len());
        for row in rows {
            let kind = VaultKind::named(&row.kind).ok_or_else(|| damaged(plan))?;
            items.push(VaultItem { kind, changed_at: UtcMillis(row.changed_at) });
        }
        items.sort_by_key(|item| item.kind);
        Ok(items)
    }

    /// Seals a value, in the place of one of its kind. The plan must be there.
    ///
    /// # Errors
    /// `VaultError`; nothing was written then.
    pub async fn put_into_vault(
        &self,
        granted: &Granted,
        master: &MasterKey,
        (kind, secret): (VaultKind, &Secret),
        by: &Subject,
        now: UtcMillis,
    ) -> Result<(), VaultError> {
        let plan = plan(granted, Action::WriteVault)?;
        let mut writer = self.writer().await?;
        let author = writer.author(by).await?;
        let event = writer.event(Event::decided(granted.decision(), Outcome::Allowed)).await?;
        let mut transaction = writer.connection.begin().await?;
        let key = match plan_key(&mut transaction, granted.plan(), master).await? {
            Some(key) => key,
            None => make_plan_key(&mut transaction, granted.plan(), master).await?,
        };
        let (name, sealed) = (kind.as_str(), key.seal(granted.plan(), kind, secret));
        let (nonce, bytes) = (&sealed.nonce[..], &sealed.bytes[..]);
        sqlx::query!(
            "insert into vault_item (plan, kind, nonce, sealed, author, changed_at) values (?, ?, ?, ?, ?, ?)
             on conflict (plan, kind) do update
                 set nonce = excluded.nonce, sealed = excluded.sealed, author = excluded.author,
                     changed_at = excluded.changed_at",
            plan,
            name,
            nonce,
            bytes,
            author,
            now.0
        )
        .execute(&mut *transaction)
        .await?;
        audit::commit(transaction, event).await?;
        Ok(())
    }

    /// One value, once a row is durable that says who looked and why; `None` if the vault holds none of that kind.
    ///
    /// # Errors
    /// `VaultError`; then nobody has seen the value.
    pub async fn look_into_vault(
        &self,
        granted: &Granted,
        master: &MasterKey,
        (kind, reason): (VaultKind, &str),
        by: &Subject,
        now: UtcMillis,
    ) -> Result<Option<Secret>, VaultError> {
        let (plan, name) = (plan(granted, Action::RevealVault)?, kind.as_str());
        let mut writer = self.writer().await?;
        let author = writer.author(by).await?;
        let event = writer.event(Event::decided(granted.decision(), Outcome::Allowed)).await?;
        let mut transaction = writer.connection.begin().await?;
        let row = sqlx::query!("select nonce, sealed from vault_item where plan = ? and kind = ?", plan, name)
            .fetch_optional(&mut *transaction)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let sealed = Sealed::from_columns(&row.nonce, row.sealed).ok_or_else(|| damaged(plan))?;
        let key = plan_key(&mut transaction, granted.plan(), master).await?.ok_or(Unreadable)?;
        let secret = key.open(granted.plan(), kind, &sealed)?;
        sqlx::query!(
            "insert into vault_look (plan, kind, author, reason, at) values (?, ?, ?, ?, ?)",
            plan,
            name,
            author,
            reason,
            now.0
        )
        .execute(&mut *transaction)
        .await?;
        // Until here the value has left this function for nobody.
        audit::commit(transaction, event.map(|event| event.because(reason))).await?;
        Ok(Some(secret))
    }

    /// Makes all of a plan's vault unreadable for good. Who looked stays.
    ///
    /// # Errors
    /// `VaultError`; if the rows could not be deleted, all is as it was.
    pub async fn destroy_vault(&self, granted: &Granted) -> Result<(), VaultError> {
        let plan = plan(granted, Action::DestroyVault)?;
        let mut writer = self.writer().await?;
        // A deleted row would otherwise stand in the file until its place is needed.
        sqlx::query("pragma secure_delete = on").execute(&mut writer.connection).await?;
        let event = writer.event(Event::decided(granted.decision(), Outcome::Allowed)).await?;
        let mut transaction = writer.connection.begin().await?;
        sqlx::query!("delete from vault_item where plan = ?", plan).execute(&mut *transaction).await?;
        sqlx::query!("delete from vault_key where plan = ?", plan).execute(&mut *transaction).await?;
        audit::commit(transaction, event).await?;
        sqlx::query("pragma secure_delete = off").execute(&mut writer.connection).await?;
        // The log holds pages as they were before.
        sqlx::query("pragma wal_checkpoint(truncate)").execute(&mut writer.connection).await?;
        Ok(())
    }

    /// A few sealed keys of plans, to try a master key on; none if the vault is empty.
    ///
    /// # Errors
    /// `StoreError` if they could not be read.
    pub async fn some_vault_keys(&self) -> Result<Vec<(PlanId, Sealed)>, StoreError> {
        let rows = sqlx::query!("select plan, nonce, wrapped from vault_key limit ?", KEYS_TRIED)
            .fetch_all(&self.readers)
            .await?;
        rows.into_iter()
            .map(|row| {
                let sealed = Sealed::from_columns(&row.nonce, row.wrapped).ok_or_else(|| damaged(&row.plan))?;
                Ok((super::id(row.plan, "plan")?, sealed))
            })
            .collect()
    }
}

fn plan(granted: &Granted, action: Action) -> Result<&str, VaultError> {
    if granted.action() == action { Ok(granted.plan().as_str()) } else { Err(VaultError::NotGranted) }
}

async fn plan_key(
    transaction: &mut SqliteConnection,
    plan: &PlanId,
    master: &MasterKey,
) -> Result<Option<PlanKey>, VaultError> {
    let id = plan.as_str();
    let row =
        sqlx::query!("select nonce, wrapped from vault_key where plan = ?", id).fetch_optional(transaction).await?;
    let Some(row) = row else { return Ok(None) };
    let sealed = Sealed::from_columns(&row.nonce, row.wrapped).ok_or_else(|| damaged(id))?;
    Ok(Some(master.open(plan, &sealed)?))
}

async fn make_plan_key(
    transaction: &mut SqliteConnection,
    plan: &PlanId,
    master: &MasterKey,
) -> Result<PlanKey, VaultError> {
    let (id, key) = (plan.as_str(), PlanKey::random());
    let sealed = master.seal(plan, &key);
    let (nonce, wrapped) = (&sealed.nonce[..], &sealed.bytes[..]);
    sqlx::query!("insert into vault_key (plan, nonce, wrapped) values (?, ?, ?)", id, nonce, wrapped)
        .execute(transaction)
        .await?;
    Ok(key)
}

fn damaged(plan: &str) -> StoreError {
    StoreError::Damaged { what: "vault", id: plan.to_owned() }
}

/// How many plans' keys are tried at the start.
const KEYS_TRIED: i64 = 10;
