//! Tables and their versions.

use rusqlite::{Connection, OptionalExtension, params};

use crate::local::ApiError;
use crate::local::glue::fault::{Fault, already_exists, invalid, not_found, read, write};
use crate::local::glue::names::fold;
use crate::local::glue::types::{Table, TableInput, now};
use crate::local::principal::ACCOUNT;

use super::{Catalog, databases};

/// Old versions of one table that are kept; Glue keeps more, nobody needs them locally.
const VERSIONS_KEPT: i64 = 100;

impl Catalog {
    /// The tables of a database, by name.
    ///
    /// # Errors
    /// EntityNotFoundException where the database is unknown.
    pub fn tables(&self, database: &str) -> Result<Vec<Table>, ApiError> {
        read(&self.state, |db| {
            let database = databases::find(db, database)?.input.name;
            let sql = "SELECT body FROM glue_tables WHERE database = ?1 ORDER BY name";
            let mut rows = db.prepare_cached(sql)?;
            let bodies = rows.query_map([database], |row| row.get::<_, String>(0))?;
            bodies.map(|body| Ok(serde_json::from_str(&body?)?)).collect()
        })
    }

    /// # Errors
    /// EntityNotFoundException for the database or the table.
    pub fn table(&self, database: &str, name: &str) -> Result<Table, ApiError> {
        read(&self.state, |db| find(db, database, name))
    }

    /// # Errors
    /// EntityNotFoundException for the database, AlreadyExistsException, InvalidInputException.
    pub fn create_table(&self, database: &str, input: TableInput) -> Result<(), ApiError> {
        self.create_table_by(database, input, None)
    }

    /// The same, noting the ARN of who made it.
    ///
    /// # Errors
    /// As [`Catalog::create_table`].
    pub fn create_table_by(
        &self,
        database: &str,
        input: TableInput,
        by: Option<String>,
    ) -> Result<(), ApiError> {
        let input = tidy(input)?;
        write(&self.state, |db| {
            let database_name = databases::find(db, database)?.input.name;
            let time = now();
            let table = Table {
                input,
                database_name,
                create_time: time,
                update_time: time,
                created_by: by,
                is_registered_with_lake_formation: false,
                catalog_id: ACCOUNT.to_owned(),
                version_id: "0".to_owned(),
            };
            let sql =
                "INSERT OR IGNORE INTO glue_tables (database, name, body) VALUES (?1, ?2, ?3)";
            let body = serde_json::to_string(&table)?;
            match db.execute(sql, params![table.database_name, table.name, body])? {
                0 => Err(already_exists("Table already exists.").into()),
                _ => Ok(()),
            }
        })
    }

    /// Replaces a table's definition. The earlier one stays as a version.
    ///
    /// # Errors
    /// EntityNotFoundException, InvalidInputException.
    pub fn update_table(&self, database: &str, input: TableInput) -> Result<(), ApiError> {
        self.replace_table(database, input, true)
    }

    /// The same; `archive` false forgets the earlier definition (`SkipArchive`).
    ///
    /// # Errors
    /// As [`Catalog::update_table`].
    pub fn replace_table(
        &self,
        database: &str,
        input: TableInput,
        archive: bool,
    ) -> Result<(), ApiError> {
        let input = tidy(input)?;
        write(&self.state, |db| {
            let mut table = find(db, database, &input.name)?;
            let version: i64 = table.version_id.parse().unwrap_or(0);
            if archive {
                keep(db, &table, version)?;
            }
            table.input = input;
            table.update_time = now();
            table.version_id = (version + 1).to_string();
            let sql = "UPDATE glue_tables SET body = ?3 WHERE database = ?1 AND name = ?2";
            let body = serde_json::to_string(&table)?;
            db.execute(sql, params![table.database_name, table.name, body])?;
            Ok(())
        })
    }

    /// Deletes a table with its partitions and versions. No data is touched.
    ///
    /// # Errors
    /// EntityNotFoundException.
    pub fn delete_table(&self, database: &str, name: &str) -> Result<(), ApiError> {
        write(&self.state, |db| {
            let table = find(db, database, name)?;
            let key = params![table.database_name, table.name];
            let wheres = [
                ("glue_partitions", "table_name"),
                ("glue_table_versions", "name"),
                ("glue_tables", "name"),
            ];
            for (from, column) in wheres {
                let sql = format!("DELETE FROM {from} WHERE database = ?1 AND {column} = ?2");
                db.execute(&sql, key)?;
            }
            Ok(())
        })
    }

    /// Every version, the newest (the table as it is) first.
    ///
    /// # Errors
    /// EntityNotFoundException.
    pub fn table_versions(&self, database: &str, name: &str) -> Result<Vec<Table>, ApiError> {
        read(&self.state, |db| {
            let table = find(db, database, name)?;
            let sql = "SELECT body FROM glue_table_versions
                       WHERE database = ?1 AND name = ?2 ORDER BY version DESC";
            let mut rows = db.prepare_cached(sql)?;
            let key = params![table.database_name, table.name];
            let bodies = rows.query_map(key, |row| row.get::<_, String>(0))?;
            let old = bodies.map(|body| Ok::<_, Fault>(serde_json::from_str(&body?)?));
            std::iter::once(Ok(table.clone())).chain(old).collect()
        })
    }
}

/// The table of this name, in any case.
pub(super) fn find(db: &Connection, database: &str, name: &str) -> Result<Table, Fault> {
    let database = databases::find(db, database)?.input.name;
    let sql = "SELECT body FROM glue_tables WHERE database = ?1 AND name = ?2";
    let key = params![database, name.to_lowercase()];
    let body: Option<String> = db.query_row(sql, key, |row| row.get(0)).optional()?;
    match body {
        Some(body) => Ok(serde_json::from_str(&body)?),
        None => Err(not_found(format!("Table {name} not found.")).into()),
    }
}

fn keep(db: &Connection, table: &Table, version: i64) -> Result<(), Fault> {
    let sql = "INSERT OR REPLACE INTO glue_table_versions (database, name, version, body)
               VALUES (?1, ?2, ?3, ?4)";
    let body = serde_json::to_string(table)?;
    db.execute(sql, params![table.database_name, table.name, version, body])?;
    let sql = "DELETE FROM glue_table_versions WHERE database = ?1 AND name = ?2 AND version <= ?3";
    db.execute(sql, params![table.database_name, table.name, version - VERSIONS_KEPT])?;
    Ok(())
}

/// Lower-cases names; refuses columns without a name or with one twice.
fn tidy(mut input: TableInput) -> Result<TableInput, ApiError> {
    input.name = fold("table", &input.name)?;
    let mut seen = std::collections::BTreeSet::new();
    let storage = input.storage_descriptor.iter_mut().flat_map(|storage| &mut storage.columns);
    for column in storage.chain(&mut input.partition_keys) {
        column.name = fold("column", &column.name)?;
        if column.kind.trim().is_empty() {
            column.kind = "string".to_owned();
        }
        if !seen.insert(column.name.clone()) {
            return Err(invalid(format!("The column {} is there twice.", column.name)));
        }
    }
    Ok(input)
}
