//! The demo: a lake of generated sample data, the same at every filling. No real person's data
//! is in it.

mod catalog;
mod genes;
mod objects;
mod people;
mod scripts;
mod settings;
mod texts;
mod variants;
mod work;

use std::path::PathBuf;

use datafusion::parquet::errors::ParquetError;
use rusqlite::OptionalExtension as _;

use super::ApiError;
use super::athena::Athena;
use super::glue::{Catalog, Glue};
use super::s3::{Store, StoreError};
use super::state::State;

pub use settings::{ANALYST, DATABASE, SOURCE, TARGET, buckets, settings};

const STEPS: &[&str] = &["CREATE TABLE demo (filled INTEGER NOT NULL)"];

/// The services of the lake to fill.
#[derive(Clone)]
pub struct Parts {
    /// The lake's folder.
    pub dir: PathBuf,
    pub state: State,
    pub store: Store,
    pub catalog: Catalog,
    pub glue: Glue,
    pub athena: Athena,
}

/// Why the sample data could not be made.
#[derive(Debug, thiserror::Error)]
#[error("the demo's sample data could not be made: {0}")]
pub struct DemoError(String);

impl DemoError {
    pub(super) fn panicked<T>(why: tokio::task::JoinError) -> Result<T, Self> {
        Err(Self(why.to_string()))
    }
}

impl From<ApiError> for DemoError {
    fn from(why: ApiError) -> Self {
        Self(why.to_string())
    }
}

impl From<StoreError> for DemoError {
    fn from(why: StoreError) -> Self {
        Self(why.to_string())
    }
}

impl From<rusqlite::Error> for DemoError {
    fn from(why: rusqlite::Error) -> Self {
        Self(why.to_string())
    }
}

impl From<ParquetError> for DemoError {
    fn from(why: ParquetError) -> Self {
        Self(why.to_string())
    }
}

impl From<std::io::Error> for DemoError {
    fn from(why: std::io::Error) -> Self {
        Self(why.to_string())
    }
}

/// Fills the lake, once: a lake that is marked as filled is left as its user made it. A filling
/// that was interrupted is done again from the start; what it made already is kept or written
/// over with the same. Of several processes one fills and the others wait.
///
/// # Errors
/// Those of the disk.
pub async fn fill(parts: Parts) -> Result<(), DemoError> {
    parts.state.migrate("demo", STEPS)?;
    if is_filled(&parts.state)? {
        return Ok(());
    }
    let path = parts.dir.join("demo.lock");
    let lock = blocking(move || {
        let lock = crate::local::private::create(path)?;
        lock.lock()?;
        Ok(lock)
    })
    .await?;
    if !is_filled(&parts.state)? {
        let (state, store, catalog) =
            (parts.state.clone(), parts.store.clone(), parts.catalog.clone());
        blocking(move || {
            objects::make_buckets(&store)?;
            objects::make_objects(&store)?;
            objects::leave_upload(&store, &state)?;
            Ok(catalog::register(&catalog)?)
        })
        .await?;
        work::make(&parts).await?;
        parts.state.with(|db| db.execute("INSERT INTO demo (filled) VALUES (1)", []))?;
    }
    drop(lock);
    Ok(())
}

async fn blocking<T: Send + 'static>(
    act: impl FnOnce() -> Result<T, DemoError> + Send + 'static,
) -> Result<T, DemoError> {
    tokio::task::spawn_blocking(act).await.unwrap_or_else(DemoError::panicked)
}

fn is_filled(state: &State) -> Result<bool, DemoError> {
    let sql = "SELECT filled FROM demo LIMIT 1";
    let filled: Option<i64> =
        state.with(|db| db.query_row(sql, [], |row| row.get(0)).optional())?;
    Ok(filled.is_some())
}
