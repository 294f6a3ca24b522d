//! `information_schema`: the catalog as tables.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use datafusion::arrow::datatypes::Field;
use datafusion::catalog::{MemTable, TableProvider};

use super::error::SqlError;
use super::rewrite::CATALOG;
use super::types::{HiveType, trino_name};
use super::view::{View, is_view};
use crate::local::error::ApiError;
use crate::local::glue::Catalog;
use crate::local::glue::types::Table;

/// The schema that is in every catalog.
pub const DATABASE: &str = "information_schema";

/// One of its tables; None for one that it does not have.
pub fn table(catalog: &Catalog, name: &str) -> Option<Result<Arc<dyn TableProvider>, SqlError>> {
    let batch = match name {
        "schemata" => schemata(catalog),
        "tables" => tables(catalog),
        "columns" => columns(catalog),
        "views" => views(catalog),
        _ => return None,
    };
    Some(batch.and_then(|batch| {
        let table = MemTable::try_new(batch.schema(), vec![vec![batch]])
            .map_err(|e| SqlError::system(e.to_string()))?;
        Ok(Arc::new(table) as Arc<dyn TableProvider>)
    }))
}

fn failed(error: ApiError) -> SqlError {
    SqlError::system(error.message)
}

fn all_tables(catalog: &Catalog) -> Result<Vec<Table>, SqlError> {
    let mut all = Vec::new();
    for database in catalog.databases().map_err(failed)? {
        all.extend(catalog.tables(&database.input.name).map_err(failed)?);
    }
    Ok(all)
}

fn texts<'a>(values: impl Iterator<Item = &'a str>) -> ArrayRef {
    Arc::new(values.map(Some).collect::<StringArray>())
}

fn batch(columns: Vec<(&str, ArrayRef)>) -> Result<RecordBatch, SqlError> {
    RecordBatch::try_from_iter(columns).map_err(|e| SqlError::system(e.to_string()))
}

fn schemata(catalog: &Catalog) -> Result<RecordBatch, SqlError> {
    let databases = catalog.databases().map_err(failed)?;
    batch(vec![
        ("catalog_name", texts(databases.iter().map(|_| CATALOG))),
        ("schema_name", texts(databases.iter().map(|d| d.input.name.as_str()))),
    ])
}

fn tables(catalog: &Catalog) -> Result<RecordBatch, SqlError> {
    let tables = all_tables(catalog)?;
    let kind = |t: &Table| if is_view(t) { "VIEW" } else { "BASE TABLE" };
    batch(vec![
        ("table_catalog", texts(tables.iter().map(|_| CATALOG))),
        ("table_schema", texts(tables.iter().map(|t| t.database_name.as_str()))),
        ("table_name", texts(tables.iter().map(|t| t.name.as_str()))),
        ("table_type", texts(tables.iter().map(kind))),
    ])
}

fn views(catalog: &Catalog) -> Result<RecordBatch, SqlError> {
    let tables = all_tables(catalog)?;
    // One that cannot be read has no definition to show.
    let views: Vec<(&Table, Option<String>)> = tables
        .iter()
        .filter(|t| is_view(t))
        .map(|t| (t, View::of(t).ok().flatten().map(|view| view.original_sql)))
        .collect();
    let definitions: StringArray = views.iter().map(|(_, sql)| sql.as_deref()).collect();
    batch(vec![
        ("table_catalog", texts(views.iter().map(|_| CATALOG))),
        ("table_schema", texts(views.iter().map(|(t, _)| t.database_name.as_str()))),
        ("table_name", texts(views.iter().map(|(t, _)| t.name.as_str()))),
        ("view_definition", Arc::new(definitions)),
    ])
}

fn columns(catalog: &Catalog) -> Result<RecordBatch, SqlError> {
    let tables = all_tables(catalog)?;
    let rows: Vec<(&Table, usize, &crate::local::glue::types::Column)> = tables
        .iter()
        .flat_map(|t| {
            let all = t.columns().iter().chain(&t.partition_keys);
            all.enumerate().map(move |(at, column)| (t, at + 1, column))
        })
        .collect();
    let types: StringArray = rows.iter().map(|(.., c)| Some(trino_type(&c.kind))).collect();
    let places: Int64Array = rows.iter().map(|(_, at, _)| Some(*at as i64)).collect();
    batch(vec![
        ("table_catalog", texts(rows.iter().map(|_| CATALOG))),
        ("table_schema", texts(rows.iter().map(|(t, ..)| t.database_name.as_str()))),
        ("table_name", texts(rows.iter().map(|(t, ..)| t.name.as_str()))),
        ("column_name", texts(rows.iter().map(|(.., c)| c.name.as_str()))),
        ("ordinal_position", Arc::new(places)),
        ("data_type", Arc::new(types)),
    ])
}

/// Trino's spelling of a type of the catalog's.
fn trino_type(hive: &str) -> String {
    match HiveType::parse(hive) {
        Ok(kind) => trino_name(&Field::new("", kind.arrow(), true)),
        Err(_) => hive.to_owned(),
    }
}
