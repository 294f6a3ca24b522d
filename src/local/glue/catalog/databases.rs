//! Databases.

use rusqlite::{Connection, OptionalExtension, params};

use crate::local::ApiError;
use crate::local::glue::fault::{Fault, already_exists, not_found, read, write};
use crate::local::glue::names::fold;
use crate::local::glue::types::{Database, DatabaseInput, now};
use crate::local::principal::ACCOUNT;

use super::Catalog;

impl Catalog {
    /// All of them, by name.
    ///
    /// # Errors
    /// Those of the store.
    pub fn databases(&self) -> Result<Vec<Database>, ApiError> {
        read(&self.state, |db| {
            let mut rows = db.prepare_cached("SELECT body FROM glue_databases ORDER BY name")?;
            let bodies = rows.query_map([], |row| row.get::<_, String>(0))?;
            bodies.map(|body| Ok(serde_json::from_str(&body?)?)).collect()
        })
    }

    /// # Errors
    /// EntityNotFoundException.
    pub fn database(&self, name: &str) -> Result<Database, ApiError> {
        read(&self.state, |db| find(db, name))
    }

    /// # Errors
    /// AlreadyExistsException; InvalidInputException for a name that cannot be one.
    pub fn create_database(&self, mut input: DatabaseInput) -> Result<(), ApiError> {
        input.name = fold("database", &input.name)?;
        let database = Database { input, create_time: now(), catalog_id: ACCOUNT.to_owned() };
        write(&self.state, |db| {
            let body = serde_json::to_string(&database)?;
            let sql = "INSERT OR IGNORE INTO glue_databases (name, body) VALUES (?1, ?2)";
            match db.execute(sql, params![database.input.name, body])? {
                0 => Err(already_exists("Database already exists.").into()),
                _ => Ok(()),
            }
        })
    }

    /// Replaces what a database says of itself; it keeps its name and tables.
    ///
    /// # Errors
    /// EntityNotFoundException.
    pub fn update_database(&self, name: &str, mut input: DatabaseInput) -> Result<(), ApiError> {
        write(&self.state, |db| {
            let mut database = find(db, name)?;
            input.name = database.input.name;
            database.input = input;
            let body = serde_json::to_string(&database)?;
            let sql = "UPDATE glue_databases SET body = ?2 WHERE name = ?1";
            db.execute(sql, params![database.input.name, body])?;
            Ok(())
        })
    }

    /// Deletes a database with its tables and partitions, as Glue does. No data is touched.
    ///
    /// # Errors
    /// EntityNotFoundException.
    pub fn delete_database(&self, name: &str) -> Result<(), ApiError> {
        write(&self.state, |db| {
            let name = find(db, name)?.input.name;
            for table in ["glue_partitions", "glue_table_versions", "glue_tables"] {
                db.execute(&format!("DELETE FROM {table} WHERE database = ?1"), [&name])?;
            }
            db.execute("DELETE FROM glue_databases WHERE name = ?1", [&name])?;
            Ok(())
        })
    }
}

/// The database of this name, in any case.
pub(super) fn find(db: &Connection, name: &str) -> Result<Database, Fault> {
    let sql = "SELECT body FROM glue_databases WHERE name = ?1";
    let body: Option<String> =
        db.query_row(sql, [name.to_lowercase()], |row| row.get(0)).optional()?;
    match body {
        Some(body) => Ok(serde_json::from_str(&body)?),
        None => Err(not_found(format!("Database {name} not found.")).into()),
    }
}
