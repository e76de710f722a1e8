//! Targets as the targets file has them, and those that it had.

use super::{Store, StoreError};
use coplan_core::time::UtcMillis;
use sqlx::Connection;

impl Store {
    /// A target as the targets file has it now. If it was sent to another place or in another form before, everything is
    /// sent again.
    ///
    /// # Errors
    /// `StoreError` if it was not written.
    pub async fn begin_target(&self, target: &str, settings: [u8; 32], now: UtcMillis) -> Result<(), StoreError> {
        let settings = &settings[..];
        let mut writer = self.writer().await?;
        let mut transaction = writer.connection.begin().await?;
        let before = sqlx::query!("select settings from delivery_target where id = ?", target)
            .fetch_optional(&mut *transaction)
            .await?;
        if before.as_ref().is_some_and(|before| before.settings == settings) {
            return Ok(());
        }
        sqlx::query!(
            "insert into delivery_target (id, settings) values (?, ?)
             on conflict (id) do update set settings = excluded.settings, greeted = 0",
            target,
            settings
        )
        .execute(&mut *transaction)
        .await?;
        sqlx::query!(
            "update delivery set state = 'waiting', since = ?1, next_at = ?1, attempts = 0, failures = 0
             where target = ?2",
            now.0,
            target
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Targets that none of these is, and that have or may have something of so many plans.
    ///
    /// # Errors
    /// `StoreError` if they could not be read.
    pub async fn targets_left(&self, targets: &[&str]) -> Result<Vec<(String, i64)>, StoreError> {
        let targets = serde_json::to_string(targets).unwrap_or_default();
        let rows = sqlx::query!(
            r#"select target, count(*) as "plans!: i64" from delivery
             where there <> '[]' and target not in (select value from json_each(?)) group by target"#,
            targets
        )
        .fetch_all(&self.readers)
        .await?;
        Ok(rows.into_iter().map(|row| (row.target, row.plans)).collect())
    }

    /// Whether a subscriber has answered the handshake.
    ///
    /// # Errors
    /// `StoreError` if it could not be read.
    pub async fn is_greeted(&self, target: &str) -> Result<bool, StoreError> {
        let row = sqlx::query!(r#"select greeted as "greeted: bool" from delivery_target where id = ?"#, target)
            .fetch_optional(&self.readers)
            .await?;
        Ok(row.is_some_and(|row| row.greeted))
    }

    /// A subscriber has answered the handshake.
    ///
    /// # Errors
    /// `StoreError` if it was not written.
    pub async fn greeted(&self, target: &str) -> Result<(), StoreError> {
        let mut writer = self.writer().await?;
        sqlx::query!("update delivery_target set greeted = 1 where id = ?", target)
            .execute(&mut writer.connection)
            .await?;
        Ok(())
    }
}
