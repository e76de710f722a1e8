//! Opening a database to read it and nothing else, also one that a service is using.

use super::{
    MIGRATOR, OpenError, READERS_MAX, Store, Writer, access::FactsKept, audit::Audit, connect_options, tidings::Tidings,
};
use sqlx::{Connection, SqliteConnection, sqlite::SqlitePoolOptions};
use std::{collections::HashMap, sync::Arc};
use tokio::sync::Mutex;

impl Store {
    /// Opens the database at a path, or at a `sqlite:` URL, so that whatever would write is refused. It must be there and
    /// have the layout of this build.
    ///
    /// # Errors
    /// `OpenError` with the reason; the database is as it was.
    pub async fn open_to_read(path_or_url: &str) -> Result<Self, OpenError> {
        let options = connect_options(path_or_url)?.create_if_missing(false).read_only(true);
        let path = options.get_filename().to_path_buf();
        let failed = |source| OpenError::Connect { path: path.clone(), source };
        let mut connection = SqliteConnection::connect_with(&options).await.map_err(failed)?;
        let applied: Vec<i64> =
            sqlx::query_scalar("select version from _sqlx_migrations where success order by version")
                .fetch_all(&mut connection)
                .await
                .map_err(failed)?;
        if !MIGRATOR.iter().map(|migration| migration.version).eq(applied) {
            return Err(OpenError::OtherLayout(path));
        }
        let readers =
            SqlitePoolOptions::new().max_connections(READERS_MAX).connect_with(options).await.map_err(failed)?;
        let writer = Writer { connection, in_doubt: false, authors: HashMap::new() };
        Ok(Self {
            writer: Arc::new(Mutex::new(writer)),
            readers,
            facts_kept: FactsKept::default(),
            audit: Audit::default(),
            tidings: Tidings::default(),
            public_url: Arc::default(),
        })
    }
}
