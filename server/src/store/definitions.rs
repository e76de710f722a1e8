//! Definitions as their files were: what was published by one can be rendered again by it. Rows are only ever added.

use super::{Store, StoreError};
use coplan_core::{
    id::SectionId,
    section::{Section, Sections},
    time::UtcMillis,
};
use sqlx::Connection;
use std::{collections::BTreeSet, sync::Arc};

impl Store {
    /// Keeps these definitions; those that are here already stay as they are.
    ///
    /// # Errors
    /// `StoreError` if not all were written; none was then.
    pub async fn put_definitions(&self, sections: &Sections, now: UtcMillis) -> Result<(), StoreError> {
        let mut writer = self.writer().await?;
        let mut transaction = writer.connection.begin().await?;
        for section in sections.in_order() {
            let (hash, id) = (section.hash(), section.id.as_str());
            let (hash, file) = (&hash[..], sections.file(&section.id).unwrap_or_default());
            sqlx::query!(
                "insert into definition (hash, section, version, file, first_seen_at) values (?, ?, ?, ?, ?)
                 on conflict (hash) do nothing",
                hash,
                id,
                section.version,
                file,
                now.0
            )
            .execute(&mut *transaction)
            .await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// The definition of that hash, read again from its file; `None` if it was never current here.
    ///
    /// # Errors
    /// `StoreError::Damaged` if what is stored is not a definition any more.
    pub async fn definition(&self, hash: &[u8; 32]) -> Result<Option<Arc<Section>>, StoreError> {
        let key = &hash[..];
        let row = sqlx::query!("select section, file from definition where hash = ?", key)
            .fetch_optional(&self.readers)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let damaged = || StoreError::Damaged { what: "definition", id: hex::encode(hash) };
        let sections = one(&row.section, row.file).ok_or_else(damaged)?;
        let section = sections.in_order().first().map(|section| Arc::clone(section)).ok_or_else(damaged)?;
        Ok(Some(section))
    }

    /// The newest definition of each section that was ever current here, for telling what may follow on it.
    ///
    /// # Errors
    /// `StoreError` if they could not be read.
    pub async fn newest_definitions(&self) -> Result<Sections, StoreError> {
        let rows = sqlx::query!(
            r#"select section as "section!", file as "file!" from
                 (select section, file, row_number() over
                     (partition by section order by version desc, first_seen_at desc, hash) as nth from definition)
             where nth = 1"#
        )
        .fetch_all(&self.readers)
        .await?;
        // A rule that is newer than a stored file does not make the file an obstacle.
        let readable = |section: &str, file: &str| one(section, file.to_owned()).is_some();
        let files = rows.into_iter().filter(|row| readable(&row.section, &row.file));
        Ok(Sections::load(files.map(|row| (format!("{}.toml", row.section), row.file))).unwrap_or_default())
    }

    /// The sections that at least one plan holds.
    ///
    /// # Errors
    /// `StoreError` if they could not be read.
    pub async fn sections_in_use(&self) -> Result<BTreeSet<SectionId>, StoreError> {
        let rows = sqlx::query!("select distinct section from document").fetch_all(&self.readers).await?;
        rows.into_iter().map(|row| super::id(row.section, "section")).collect()
    }
}

fn one(section: &str, file: String) -> Option<Sections> {
    Sections::load([(format!("{section}.toml"), file)]).ok()
}
