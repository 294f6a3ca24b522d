//! The Data Catalog's storage: databases, tables, partitions in `state.sqlite`. It checks
//! what belongs together (a table needs its database) and nothing about who asks: that is
//! the API's part. Every method blocks for a short transaction.

mod databases;
mod partitions;
mod search;
mod tables;

use crate::local::ApiError;
use crate::local::state::State;

use super::fault::Fault;
use super::types::DatabaseInput;

pub use search::{Comparator, Filter, Search};

/// The database that every lake has.
pub const DEFAULT_DATABASE: &str = "default";

const STEPS: &[&str] = &["
    CREATE TABLE glue_databases (
        name TEXT PRIMARY KEY,
        body TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE glue_tables (
        database TEXT NOT NULL,
        name TEXT NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY (database, name)
    ) WITHOUT ROWID;
    CREATE TABLE glue_table_versions (
        database TEXT NOT NULL,
        name TEXT NOT NULL,
        version INTEGER NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY (database, name, version)
    ) WITHOUT ROWID;
    CREATE TABLE glue_partitions (
        database TEXT NOT NULL,
        table_name TEXT NOT NULL,
        spec TEXT NOT NULL, -- the values as a JSON list
        body TEXT NOT NULL,
        PRIMARY KEY (database, table_name, spec)
    ) WITHOUT ROWID;
"];

/// Databases, tables and partitions.
#[derive(Clone)]
pub struct Catalog {
    state: State,
}

impl Catalog {
    /// Opens the catalog and makes the database `default` where there is none.
    ///
    /// # Errors
    /// Those of the store.
    pub fn open(state: State) -> Result<Self, ApiError> {
        state.migrate("glue_catalog", STEPS).map_err(Fault::from)?;
        let catalog = Self { state };
        let name = DEFAULT_DATABASE.to_owned();
        let made = catalog.create_database(DatabaseInput { name, ..DatabaseInput::default() });
        match made {
            Err(error) if error.code != "AlreadyExistsException" => Err(error),
            _ => Ok(catalog),
        }
    }
}

#[cfg(test)]
mod tests;
