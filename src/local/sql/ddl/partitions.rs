//! Partitions: added, dropped, listed, and found by MSCK REPAIR TABLE.

use std::collections::BTreeSet;

use super::parser::Named;
use super::statement::Partition;
use super::{Answer, Desk, failed};
use crate::local::glue::types::{PartitionInput, Table};
use crate::local::sql::error::SqlError;
use crate::local::sql::scan::{objects, place};

impl Desk {
    pub(super) fn add_partitions(
        &self,
        named: &Named,
        if_not_exists: bool,
        partitions: Vec<Partition>,
    ) -> Result<Answer, SqlError> {
        let table = self.find(named)?;
        let mut inputs = Vec::new();
        for (keys, location) in partitions {
            let values = values(&table, &keys)?;
            let location = match location {
                Some(location) => {
                    place(&location)?;
                    location
                }
                None => format!("{}{}/", folder(&table), folders(&table, &values)),
            };
            inputs.push(input(&table, values, location));
        }
        let refused = self
            .catalog
            .add_partitions(&table.database_name, &table.name, inputs)
            .map_err(failed)?;
        for (values, error) in refused {
            if !(if_not_exists && error.code == "AlreadyExistsException") {
                return Err(SqlError::user(format!(
                    "FAILED: Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask. {}(message:Partition already exists: {}:{})",
                    error.code,
                    table.name,
                    folders(&table, &values)
                )));
            }
        }
        Ok(Answer::default())
    }

    pub(super) fn drop_partitions(
        &self,
        named: &Named,
        if_exists: bool,
        partitions: &[Vec<(String, String)>],
    ) -> Result<Answer, SqlError> {
        let table = self.find(named)?;
        let list =
            partitions.iter().map(|keys| values(&table, keys)).collect::<Result<Vec<_>, _>>()?;
        let unknown = self
            .catalog
            .delete_partitions(&table.database_name, &table.name, &list)
            .map_err(failed)?;
        match unknown.first() {
            Some(values) if !if_exists => Err(SqlError::user(format!(
                "FAILED: SemanticException [Error 10006]: Partition not found {}",
                folders(&table, values)
            ))),
            _ => Ok(Answer::default()),
        }
    }

    pub(super) fn show_partitions(&self, named: &Named) -> Result<Answer, SqlError> {
        let table = self.find(named)?;
        if table.partition_keys.is_empty() {
            return Err(SqlError::user(format!(
                "FAILED: Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask. Table {} is not a partitioned table",
                table.name
            )));
        }
        let all =
            self.catalog.partitions(&table.database_name, &table.name, None).map_err(failed)?;
        let lines = all.iter().map(|p| folders(&table, &p.values)).collect();
        Ok(Answer::one("partition", lines))
    }

    /// Adds the partitions that lie below the table's location as `key=value` folders.
    pub(super) fn repair(&self, named: &Named) -> Result<Answer, SqlError> {
        let table = self.find(named)?;
        let (bucket, prefix) = place(table.location().unwrap_or_default())?;
        let known: BTreeSet<Vec<String>> = self
            .catalog
            .partitions(&table.database_name, &table.name, None)
            .map_err(failed)?
            .into_iter()
            .map(|p| p.input.values)
            .collect();
        let mut found = BTreeSet::new();
        for (key, _) in objects(&self.store, &bucket, &prefix)? {
            let below = &key[prefix.len()..];
            if let Some((values, path)) = hive_folders(&table, below)
                && !known.contains(&values)
            {
                found.insert((values, path));
            }
        }
        if found.is_empty() {
            return Ok(Answer::default());
        }
        let inputs = found.iter().map(|(values, path)| {
            input(&table, values.clone(), format!("s3://{bucket}/{prefix}{path}"))
        });
        self.catalog
            .add_partitions(&table.database_name, &table.name, inputs.collect())
            .map_err(failed)?;
        let names: Vec<String> = found
            .iter()
            .map(|(_, path)| format!("{}:{}", table.name, path.trim_end_matches('/')))
            .collect();
        let mut lines = vec![format!("Partitions not in metastore:\t{}", names.join("\t"))];
        lines.extend(names.iter().map(|n| format!("Repair: Added partition to metastore {n}")));
        Ok(Answer::one("result", lines))
    }
}

/// The values in the order of the table's keys.
fn values(table: &Table, keys: &[(String, String)]) -> Result<Vec<String>, SqlError> {
    let missing = || {
        SqlError::user(format!(
            "FAILED: SemanticException partition spec {{{}}} doesn't contain all ({}) partition columns",
            keys.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>().join(", "),
            table.partition_keys.len()
        ))
    };
    if keys.len() != table.partition_keys.len() {
        return Err(missing());
    }
    table
        .partition_keys
        .iter()
        .map(|key| {
            let value = keys.iter().find(|(name, _)| *name == key.name);
            value.map(|(_, v)| v.clone()).ok_or_else(missing)
        })
        .collect()
}

fn input(table: &Table, values: Vec<String>, location: String) -> PartitionInput {
    let storage = table.storage_descriptor.clone().map(|mut storage| {
        storage.location = Some(location);
        storage
    });
    PartitionInput { values, storage_descriptor: storage, ..PartitionInput::default() }
}

fn folder(table: &Table) -> String {
    let location = table.location().unwrap_or_default();
    format!("{}/", location.trim_end_matches('/'))
}

/// `day=2024-01-01/hour=3`.
fn folders(table: &Table, values: &[String]) -> String {
    let pairs = table.partition_keys.iter().zip(values);
    pairs
        .map(|(key, value)| format!("{}={}", key.name, escape(value)))
        .collect::<Vec<_>>()
        .join("/")
}

/// Hive escapes in folder names what a path would misread.
pub(in crate::local::sql) fn escape(value: &str) -> String {
    let mut out = String::new();
    for c in value.chars() {
        if c.is_control() || "\"#%'*/:=?\\{[]^".contains(c) {
            let mut bytes = [0; 4];
            for byte in c.encode_utf8(&mut bytes).bytes() {
                out.push_str(&format!("%{byte:02X}"));
            }
        } else {
            out.push(c);
        }
    }
    out
}

fn unescape(value: &str) -> String {
    let bytes = value.as_bytes();
    let (mut out, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while at < bytes.len() {
        let code = (bytes[at] == b'%')
            .then(|| value.get(at + 1..at + 3))
            .flatten()
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        out.push(code.unwrap_or(bytes[at]));
        at += if code.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// The partition that a key below the location lies in: its values and its folder.
fn hive_folders(table: &Table, below: &str) -> Option<(Vec<String>, String)> {
    let mut rest = below;
    let (mut values, mut path) = (Vec::new(), String::new());
    for key in &table.partition_keys {
        let (segment, after) = rest.split_once('/')?;
        let (name, value) = segment.split_once('=')?;
        if name.to_lowercase() != key.name {
            return None;
        }
        values.push(unescape(value));
        path.push_str(segment);
        path.push('/');
        rest = after;
    }
    (!values.is_empty()).then_some((values, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folder_names_go_both_ways() {
        assert_eq!(escape("a:b/c"), "a%3Ab%2Fc");
        assert_eq!(unescape("a%3Ab%2Fc"), "a:b/c");
        assert_eq!(unescape("100%"), "100%");
    }
}
