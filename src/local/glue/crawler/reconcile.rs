//! What was found against what the catalog has: create, update, delete, as the crawler's
//! SchemaChangePolicy says.

use std::collections::{BTreeMap, BTreeSet};

use super::types::{Changes, Definition};
use super::write::{DEPRECATED, OWNED_BY};
use crate::local::ApiError;
use crate::local::glue::catalog::Catalog;
use crate::local::glue::fault::invalid;
use crate::local::glue::types::{
    Partition, PartitionInput, StorageDescriptor, Table, TableInput, now,
};

/// A table with its partitions, as the crawl found it.
pub struct Wanted {
    pub table: TableInput,
    pub partitions: Vec<PartitionInput>,
}

/// Writes one crawl's outcome.
pub struct Reconciler<'a> {
    catalog: &'a Catalog,
    crawler: &'a Definition,
    database: &'a str,
    /// Tables seen in this crawl, whatever became of them.
    seen: BTreeSet<String>,
    pub changes: Changes,
}

impl<'a> Reconciler<'a> {
    /// # Errors
    /// EntityNotFoundException where the database is gone.
    pub fn new(catalog: &'a Catalog, crawler: &'a Definition) -> Result<Self, ApiError> {
        let database = crawler.database_name.as_deref().unwrap_or_default();
        catalog.database(database)?;
        Ok(Self { catalog, crawler, database, seen: BTreeSet::new(), changes: Changes::default() })
    }

    /// Brings one table up to date.
    ///
    /// # Errors
    /// Those of the catalog.
    pub fn put(&mut self, mut wanted: Wanted) -> Result<(), ApiError> {
        let existing = self.settle_name(&mut wanted.table)?;
        self.seen.insert(wanted.table.name.clone());
        let name = wanted.table.name.clone();
        let updates = self.crawler.schema_change_policy.update_behavior == "UPDATE_IN_DATABASE";
        match existing {
            None => {
                self.catalog.create_table(self.database, wanted.table)?;
                self.changes.tables_added.push(name.clone());
            }
            Some(table) if updates => self.update(&table, wanted.table)?,
            Some(_) => {}
        }
        self.partitions(&name, wanted.partitions, updates)
    }

    /// A name that is free, or that of the table which already describes this location. A
    /// name that is taken gets the location's hash behind it, as Glue does.
    fn settle_name(&self, table: &mut TableInput) -> Result<Option<Table>, ApiError> {
        let location = location(&table.storage_descriptor);
        let base = table.name.clone();
        let hash = hash(&location);
        for name in [base.clone(), format!("{base}_{hash}")] {
            match self.catalog.table(self.database, &name) {
                Err(error)
                    if error.code == "EntityNotFoundException" && !self.seen.contains(&name) =>
                {
                    table.name = name;
                    return Ok(None);
                }
                Err(error) if error.code != "EntityNotFoundException" => return Err(error),
                Ok(known) if same_place(&known, &location) => {
                    table.name = name;
                    return Ok(Some(known));
                }
                _ => {}
            }
        }
        Err(invalid(format!("There is already a table {base} of another location.")))
    }

    fn update(&mut self, known: &Table, mut wanted: TableInput) -> Result<(), ApiError> {
        if known.partition_keys.len() != wanted.partition_keys.len() {
            // Its partitions have values for other keys: they are made anew.
            self.forget_partitions(&known.name)?;
        }
        wanted.description.clone_from(&known.description);
        let mut parameters = known.parameters.clone();
        parameters.remove(DEPRECATED);
        parameters.append(&mut wanted.parameters);
        wanted.parameters = parameters;
        if wanted == known.input {
            return Ok(());
        }
        self.changes.tables_updated.push(known.name.clone());
        self.catalog.update_table(self.database, wanted)
    }

    fn forget_partitions(&mut self, table: &str) -> Result<(), ApiError> {
        let known = self.catalog.partitions(self.database, table, None)?;
        let values: Vec<Vec<String>> = known.iter().map(|one| one.values.clone()).collect();
        self.catalog.delete_partitions(self.database, table, &values).map(drop)
    }

    fn partitions(
        &mut self,
        table: &str,
        wanted: Vec<PartitionInput>,
        updates: bool,
    ) -> Result<(), ApiError> {
        let known = self.catalog.partitions(self.database, table, None)?;
        let mut known: BTreeMap<Vec<String>, Partition> =
            known.into_iter().map(|one| (one.values.clone(), one)).collect();
        let mut added = Vec::new();
        for mut input in wanted {
            match known.remove(&input.values) {
                None => added.push(input),
                Some(old) if updates => {
                    input.last_access_time = old.last_access_time;
                    if input != old.input {
                        self.changes.partitions_updated.push(label(table, &input.values));
                        let values = input.values.clone();
                        self.catalog.update_partition(self.database, table, &values, input)?;
                    }
                }
                Some(_) => {}
            }
        }
        let names = added.iter().map(|input| label(table, &input.values));
        self.changes.partitions_added.extend(names);
        self.catalog.add_partitions(self.database, table, added)?;
        known.into_values().try_for_each(|gone| self.partition_gone(table, gone))
    }

    fn partition_gone(&mut self, table: &str, gone: Partition) -> Result<(), ApiError> {
        let values = gone.values.clone();
        match self.crawler.schema_change_policy.delete_behavior.as_str() {
            "DELETE_FROM_DATABASE" => {
                self.changes.partitions_deleted.push(label(table, &values));
                self.catalog.delete_partition(self.database, table, &values)
            }
            "DEPRECATE_IN_DATABASE" if !gone.parameters.contains_key(DEPRECATED) => {
                self.changes.partitions_updated.push(label(table, &values));
                let mut input = gone.input;
                input.parameters.insert(DEPRECATED.to_owned(), millis());
                self.catalog.update_partition(self.database, table, &values, input)
            }
            _ => Ok(()),
        }
    }

    /// Deals with the crawler's own tables that were not seen: their data has gone.
    ///
    /// # Errors
    /// Those of the catalog.
    pub fn finish(mut self) -> Result<Changes, ApiError> {
        for table in self.catalog.tables(self.database)? {
            let own = table.parameters.get(OWNED_BY) == Some(&self.crawler.name);
            if own && !self.seen.contains(&table.name) {
                self.table_gone(table)?;
            }
        }
        Ok(self.changes)
    }

    fn table_gone(&mut self, gone: Table) -> Result<(), ApiError> {
        match self.crawler.schema_change_policy.delete_behavior.as_str() {
            "DELETE_FROM_DATABASE" => {
                self.changes.tables_deleted.push(gone.name.clone());
                self.catalog.delete_table(self.database, &gone.name)
            }
            "DEPRECATE_IN_DATABASE" if !gone.parameters.contains_key(DEPRECATED) => {
                self.changes.tables_updated.push(gone.name.clone());
                let mut input = gone.input;
                input.parameters.insert(DEPRECATED.to_owned(), millis());
                self.catalog.update_table(self.database, input)
            }
            _ => Ok(()),
        }
    }
}

fn label(table: &str, values: &[String]) -> String {
    format!("{table}/{}", values.join("/"))
}

fn millis() -> String {
    format!("{:.0}", now() * 1000.0)
}

fn location(storage: &Option<StorageDescriptor>) -> String {
    let location = storage.as_ref().and_then(|storage| storage.location.clone());
    location.unwrap_or_default()
}

fn same_place(known: &Table, location: &str) -> bool {
    known.location().unwrap_or_default().trim_end_matches('/') == location.trim_end_matches('/')
}

fn hash(location: &str) -> String {
    use md5::Digest as _;
    hex::encode(md5::Md5::digest(location.as_bytes()))
}
