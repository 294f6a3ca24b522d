//! CreateTable, GetTable, GetTables, UpdateTable, DeleteTable, BatchDeleteTable and the versions.

use regex_lite::Regex;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{detail, listed, nothing, take};
use crate::local::ApiError;
use crate::local::glue::catalog::Catalog;
use crate::local::glue::fault::{invalid, not_found};
use crate::local::glue::page::{Paging, page};
use crate::local::glue::types::{Table, TableInput};
use crate::local::principal::Principal;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Write {
    database_name: String,
    table_input: TableInput,
    skip_archive: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Named {
    database_name: String,
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct List {
    database_name: String,
    expression: Option<String>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DeleteMany {
    database_name: String,
    tables_to_delete: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Versions {
    database_name: String,
    table_name: String,
    version_id: Option<String>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

pub(super) fn answer(
    catalog: &Catalog,
    who: &Principal,
    op: &str,
    input: &Value,
) -> Option<Result<Value, ApiError>> {
    Some(match op {
        "CreateTable" => take::<Write>(input)
            .and_then(|asked| {
                let by = Some(who.arn());
                catalog.create_table_by(&asked.database_name, asked.table_input, by)
            })
            .map(nothing),
        "GetTable" => take::<Named>(input)
            .and_then(|asked| catalog.table(&asked.database_name, &asked.name))
            .map(|table| json!({"Table": table})),
        "GetTables" => take(input).and_then(|asked| list(catalog, &asked)),
        "UpdateTable" => take::<Write>(input)
            .and_then(|asked| {
                let archive = !asked.skip_archive.unwrap_or(false);
                catalog.replace_table(&asked.database_name, asked.table_input, archive)
            })
            .map(nothing),
        "DeleteTable" => take::<Named>(input)
            .and_then(|asked| catalog.delete_table(&asked.database_name, &asked.name))
            .map(nothing),
        "BatchDeleteTable" => take(input).and_then(|asked| delete_many(catalog, &asked)),
        "GetTableVersions" => take(input).and_then(|asked| versions(catalog, &asked)),
        "GetTableVersion" => take(input).and_then(|asked| version(catalog, &asked)),
        _ => return None,
    })
}

fn list(catalog: &Catalog, asked: &List) -> Result<Value, ApiError> {
    let mut tables = catalog.tables(&asked.database_name)?;
    if let Some(text) = asked.expression.as_deref().filter(|text| !text.is_empty()) {
        let wanted = pattern(text)?;
        tables.retain(|table| wanted.is_match(&table.name));
    }
    let paging =
        Paging { token: asked.next_token.as_deref(), wanted: asked.max_results, most: 100 };
    let (items, next) = page(tables, paging, |table| table.name.clone())?;
    listed("TableList", &items, next)
}

/// The expression is a regular expression for the whole name. A star with nothing before it
/// that it could repeat is the Hive pattern for "anything".
fn pattern(text: &str) -> Result<Regex, ApiError> {
    let text = if text == "*" { ".*" } else { text };
    let text = text.replace("|*", "|.*");
    let text = text.strip_prefix('*').map_or_else(|| text.clone(), |rest| format!(".*{rest}"));
    Regex::new(&format!("(?i)^(?:{text})$"))
        .map_err(|_| invalid("The Expression is not a regular expression."))
}

fn delete_many(catalog: &Catalog, asked: &DeleteMany) -> Result<Value, ApiError> {
    catalog.database(&asked.database_name)?;
    let mut errors = Vec::new();
    for name in &asked.tables_to_delete {
        if let Err(error) = catalog.delete_table(&asked.database_name, name) {
            errors.push(json!({"TableName": name, "ErrorDetail": detail(&error)}));
        }
    }
    Ok(json!({"Errors": errors}))
}

fn in_version(table: &Table) -> Value {
    json!({"Table": table, "VersionId": table.version_id})
}

fn versions(catalog: &Catalog, asked: &Versions) -> Result<Value, ApiError> {
    let versions = catalog.table_versions(&asked.database_name, &asked.table_name)?;
    let paging =
        Paging { token: asked.next_token.as_deref(), wanted: asked.max_results, most: 100 };
    // Newest first: the key counts down.
    let (items, next) = page(versions, paging, |table| {
        let version: u32 = table.version_id.parse().unwrap_or(0);
        format!("{:010}", u32::MAX - version)
    })?;
    listed("TableVersions", &items.iter().map(in_version).collect::<Vec<_>>(), next)
}

fn version(catalog: &Catalog, asked: &Versions) -> Result<Value, ApiError> {
    let versions = catalog.table_versions(&asked.database_name, &asked.table_name)?;
    let wanted = asked.version_id.as_deref();
    let found = match wanted {
        None => versions.first(),
        Some(id) => versions.iter().find(|table| table.version_id == id),
    };
    match found {
        Some(table) => Ok(json!({"TableVersion": in_version(table)})),
        None => Err(not_found(format!("Table {} has no such version.", asked.table_name))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_patterns() {
        let hits = |text: &str, name: &str| pattern(text).unwrap().is_match(name);
        assert!(hits("*", "anything"));
        assert!(hits("var.*", "variants"));
        assert!(!hits("var", "variants"), "the whole name");
        assert!(hits("*ants", "variants"));
        assert!(hits("a|VARIANTS", "variants"));
        assert!(pattern("(").is_err());
    }
}
