//! Data catalogs, databases and tables as Athena tells of them: Glue's, under other names.

use serde_json::{Value, json};

use super::Athena;
use super::fault::{internal, invalid, required, text};
use super::lists::page;
use crate::local::ApiError;
use crate::local::glue::types::{Column, Database, Table};

const CATALOG: &str = "AwsDataCatalog";

pub fn list() -> Result<Value, ApiError> {
    Ok(json!({ "DataCatalogsSummary": [{ "CatalogName": CATALOG, "Type": "GLUE" }] }))
}

pub fn get(input: &Value) -> Result<Value, ApiError> {
    is_ours(required(input, "Name")?)?;
    Ok(json!({ "DataCatalog": { "Name": CATALOG, "Type": "GLUE" } }))
}

pub fn engine_versions() -> Result<Value, ApiError> {
    let version = "Athena engine version 3";
    Ok(json!({ "EngineVersions": [
        { "SelectedEngineVersion": "AUTO", "EffectiveEngineVersion": version },
        { "SelectedEngineVersion": version, "EffectiveEngineVersion": version },
    ]}))
}

fn is_ours(name: &str) -> Result<(), ApiError> {
    if name.eq_ignore_ascii_case(CATALOG) {
        return Ok(());
    }
    Err(invalid(format!("Data catalog {name} was not found")))
}

fn metadata(error: ApiError) -> ApiError {
    match error.code.as_str() {
        "EntityNotFoundException" => ApiError { code: "MetadataException".into(), ..error },
        _ => internal(error.message),
    }
}

fn database(database: &Database) -> Value {
    json!({
        "Name": database.input.name,
        "Description": database.input.description,
        "Parameters": database.input.parameters,
    })
}

fn table(table: &Table) -> Value {
    let columns = |columns: &[Column]| -> Vec<Value> {
        columns
            .iter()
            .map(|c| json!({ "Name": c.name, "Type": c.kind, "Comment": c.comment }))
            .collect()
    };
    let storage = table.storage_descriptor.clone().unwrap_or_default();
    let mut parameters = table.parameters.clone();
    let more = [
        ("location", storage.location.clone()),
        ("inputformat", storage.input_format.clone()),
        ("outputformat", storage.output_format.clone()),
        ("serde.serialization.lib", Some(storage.serde_library().to_owned())),
    ];
    parameters.extend(more.into_iter().filter_map(|(k, v)| Some((k.to_owned(), v?))));
    json!({
        "Name": table.name,
        "CreateTime": table.create_time,
        "TableType": table.table_type,
        "Columns": columns(table.columns()),
        "PartitionKeys": columns(&table.partition_keys),
        "Parameters": parameters,
    })
}

impl Athena {
    pub(super) fn list_databases(&self, input: &Value) -> Result<Value, ApiError> {
        is_ours(required(input, "CatalogName")?)?;
        let all = self.inner.catalog.databases().map_err(metadata)?;
        page(all.iter().map(database).collect(), input, 50, "DatabaseList")
    }

    pub(super) fn get_database(&self, input: &Value) -> Result<Value, ApiError> {
        is_ours(required(input, "CatalogName")?)?;
        let found =
            self.inner.catalog.database(required(input, "DatabaseName")?).map_err(metadata)?;
        Ok(json!({ "Database": database(&found) }))
    }

    pub(super) fn list_tables(&self, input: &Value) -> Result<Value, ApiError> {
        is_ours(required(input, "CatalogName")?)?;
        let all = self.inner.catalog.tables(required(input, "DatabaseName")?).map_err(metadata)?;
        let wanted = match text(input, "Expression") {
            Some(pattern) => Some(
                regex::Regex::new(&format!("^(?:{pattern})$"))
                    .map_err(|_| invalid(format!("{pattern} is no regular expression")))?,
            ),
            None => None,
        };
        let fits = |t: &&Table| wanted.as_ref().is_none_or(|w| w.is_match(&t.name));
        page(all.iter().filter(fits).map(table).collect(), input, 50, "TableMetadataList")
    }

    pub(super) fn get_table(&self, input: &Value) -> Result<Value, ApiError> {
        is_ours(required(input, "CatalogName")?)?;
        let (db, name) = (required(input, "DatabaseName")?, required(input, "TableName")?);
        let found = self.inner.catalog.table(db, name).map_err(metadata)?;
        Ok(json!({ "TableMetadata": table(&found) }))
    }
}
