//! Partitions. Their identity is the list of their values.

use rusqlite::{Connection, OptionalExtension, params};

use crate::local::ApiError;
use crate::local::glue::expression::Expression;
use crate::local::glue::fault::{Fault, already_exists, invalid, not_found, read, write};
use crate::local::glue::types::{Partition, PartitionInput, Table, now};
use crate::local::principal::ACCOUNT;

use super::{Catalog, tables};

impl Catalog {
    /// The partitions that the expression chooses (all without one), in the order of their
    /// values.
    ///
    /// # Errors
    /// EntityNotFoundException for database and table, InvalidInputException for the expression.
    pub fn partitions(
        &self,
        database: &str,
        table: &str,
        expression: Option<&str>,
    ) -> Result<Vec<Partition>, ApiError> {
        read(&self.state, |db| {
            let table = tables::find(db, database, table)?;
            let chosen = match expression.filter(|text| !text.trim().is_empty()) {
                Some(text) => Some(Expression::parse(text, &table.partition_keys)?),
                None => None,
            };
            let sql = "SELECT spec, body FROM glue_partitions
                       WHERE database = ?1 AND table_name = ?2 ORDER BY spec";
            let mut statement = db.prepare_cached(sql)?;
            let mut rows = statement.query(params![table.database_name, table.name])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                if let Some(chosen) = &chosen {
                    let values: Vec<String> =
                        serde_json::from_str(row.get_ref(0)?.as_str().unwrap_or("[]"))?;
                    if !chosen.chooses(&values) {
                        continue;
                    }
                }
                let body: String = row.get(1)?;
                found.push(serde_json::from_str(&body)?);
            }
            Ok(found)
        })
    }

    /// # Errors
    /// EntityNotFoundException.
    pub fn partition(
        &self,
        database: &str,
        table: &str,
        values: &[String],
    ) -> Result<Partition, ApiError> {
        read(&self.state, |db| find(db, &tables::find(db, database, table)?, values))
    }

    /// Adds one.
    ///
    /// # Errors
    /// EntityNotFoundException, AlreadyExistsException; InvalidInputException where the number
    /// of values is not that of the partition keys.
    pub fn add_partition(
        &self,
        database: &str,
        table: &str,
        input: PartitionInput,
    ) -> Result<(), ApiError> {
        match self.add_partitions(database, table, vec![input])?.pop() {
            Some((_, error)) => Err(error),
            None => Ok(()),
        }
    }

    /// Adds many in one transaction. Those that cannot be added come back with their error;
    /// the rest are in.
    ///
    /// # Errors
    /// EntityNotFoundException for database and table.
    pub fn add_partitions(
        &self,
        database: &str,
        table: &str,
        inputs: Vec<PartitionInput>,
    ) -> Result<Vec<(Vec<String>, ApiError)>, ApiError> {
        write(&self.state, |db| {
            let table = tables::find(db, database, table)?;
            let mut refused = Vec::new();
            for input in inputs {
                let values = input.values.clone();
                match insert(db, &table, input) {
                    Ok(()) => {}
                    Err(Fault::Api(error)) => refused.push((values, error)),
                    Err(fault) => return Err(fault),
                }
            }
            Ok(refused)
        })
    }

    /// Replaces one; its values may change too.
    ///
    /// # Errors
    /// As [`Catalog::add_partition`].
    pub fn update_partition(
        &self,
        database: &str,
        table: &str,
        values: &[String],
        input: PartitionInput,
    ) -> Result<(), ApiError> {
        write(&self.state, |db| {
            let table = tables::find(db, database, table)?;
            find(db, &table, values)?;
            remove(db, &table, values)?;
            insert(db, &table, input)
        })
    }

    /// Deletes many in one transaction; answers those that were not there.
    ///
    /// # Errors
    /// EntityNotFoundException for database and table.
    pub fn delete_partitions(
        &self,
        database: &str,
        table: &str,
        list: &[Vec<String>],
    ) -> Result<Vec<Vec<String>>, ApiError> {
        write(&self.state, |db| {
            let table = tables::find(db, database, table)?;
            let mut unknown = Vec::new();
            for values in list {
                if remove(db, &table, values)? == 0 {
                    unknown.push(values.clone());
                }
            }
            Ok(unknown)
        })
    }

    /// # Errors
    /// EntityNotFoundException.
    pub fn delete_partition(
        &self,
        database: &str,
        table: &str,
        values: &[String],
    ) -> Result<(), ApiError> {
        let unknown = self.delete_partitions(database, table, &[values.to_vec()])?;
        if unknown.is_empty() { Ok(()) } else { Err(no_partition()) }
    }
}

fn spec(values: &[String]) -> Result<String, Fault> {
    Ok(serde_json::to_string(values)?)
}

fn no_partition() -> ApiError {
    not_found("Cannot find partition.")
}

fn find(db: &Connection, table: &Table, values: &[String]) -> Result<Partition, Fault> {
    let sql = "SELECT body FROM glue_partitions
               WHERE database = ?1 AND table_name = ?2 AND spec = ?3";
    let key = params![table.database_name, table.name, spec(values)?];
    let body: Option<String> = db.query_row(sql, key, |row| row.get(0)).optional()?;
    match body {
        Some(body) => Ok(serde_json::from_str(&body)?),
        None => Err(no_partition().into()),
    }
}

fn insert(db: &Connection, table: &Table, input: PartitionInput) -> Result<(), Fault> {
    if input.values.len() != table.partition_keys.len() {
        let text = "The number of partition keys do not match the number of partition values";
        return Err(invalid(text).into());
    }
    let spec = spec(&input.values)?;
    let partition = Partition {
        input,
        database_name: table.database_name.clone(),
        table_name: table.name.clone(),
        creation_time: now(),
        catalog_id: ACCOUNT.to_owned(),
    };
    let sql = "INSERT OR IGNORE INTO glue_partitions (database, table_name, spec, body)
               VALUES (?1, ?2, ?3, ?4)";
    let body = serde_json::to_string(&partition)?;
    match db.execute(sql, params![table.database_name, table.name, spec, body])? {
        0 => Err(already_exists("Partition already exists.").into()),
        _ => Ok(()),
    }
}

fn remove(db: &Connection, table: &Table, values: &[String]) -> Result<usize, Fault> {
    let sql = "DELETE FROM glue_partitions
               WHERE database = ?1 AND table_name = ?2 AND spec = ?3";
    Ok(db.execute(sql, params![table.database_name, table.name, spec(values)?])?)
}
