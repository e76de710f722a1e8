//! The demo world as a database, for a server that serves what is there.

use crate::{server::DATABASE_FILE, world::BenchError};
use coplan_core::section::Sections;
use coplan_server::{clock::Clock, demo, store::Store};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Makes it in a new folder; its database.
pub(crate) async fn make(folder: &Path) -> Result<PathBuf, BenchError> {
    fs::create_dir(folder).map_err(BenchError::world)?;
    let database = folder.join(DATABASE_FILE);
    let store = Store::open(&database.to_string_lossy()).await.map_err(BenchError::world)?;
    demo::make(&store, &Sections::embedded(), Clock.now()).await.map_err(BenchError::world)?;
    store.close().await;
    Ok(database)
}

/// The same in another new folder.
pub(crate) fn copy(database: &Path, folder: &Path) -> Result<(), BenchError> {
    fs::create_dir(folder).map_err(BenchError::world)?;
    fs::copy(database, folder.join(DATABASE_FILE)).map_err(BenchError::world)?;
    Ok(())
}

/// Bytes of a file.
pub(crate) fn size_of(file: &Path) -> Result<u64, BenchError> {
    Ok(fs::metadata(file).map_err(BenchError::world)?.len())
}
