//! CreateDatabase, GetDatabase, GetDatabases, UpdateDatabase, DeleteDatabase.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{listed, nothing, take};
use crate::local::ApiError;
use crate::local::glue::catalog::Catalog;
use crate::local::glue::page::{Paging, page};
use crate::local::glue::types::DatabaseInput;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Create {
    database_input: DatabaseInput,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Named {
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Update {
    name: String,
    database_input: DatabaseInput,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct List {
    next_token: Option<String>,
    max_results: Option<i64>,
}

pub(super) fn answer(
    catalog: &Catalog,
    op: &str,
    input: &Value,
) -> Option<Result<Value, ApiError>> {
    Some(match op {
        "CreateDatabase" => take::<Create>(input)
            .and_then(|asked| catalog.create_database(asked.database_input))
            .map(nothing),
        "GetDatabase" => take::<Named>(input)
            .and_then(|asked| catalog.database(&asked.name))
            .map(|database| json!({"Database": database})),
        "GetDatabases" => take(input).and_then(|asked| list(catalog, &asked)),
        "UpdateDatabase" => take::<Update>(input)
            .and_then(|asked| catalog.update_database(&asked.name, asked.database_input))
            .map(nothing),
        "DeleteDatabase" => {
            take::<Named>(input).and_then(|asked| catalog.delete_database(&asked.name)).map(nothing)
        }
        _ => return None,
    })
}

fn list(catalog: &Catalog, asked: &List) -> Result<Value, ApiError> {
    let paging =
        Paging { token: asked.next_token.as_deref(), wanted: asked.max_results, most: 100 };
    let (items, next) = page(catalog.databases()?, paging, |item| item.input.name.clone())?;
    listed("DatabaseList", &items, next)
}
