//! The JSON SerDes: one object a line, keys in any case.

use serde_json::Value;

use super::column::{Column, member};
use super::format::Json;
use super::rows::{Append, Wanted};
use crate::local::sql::error::SqlError;

/// Makes the function that takes one line apart.
pub fn append(format: Json, wanted: &[Wanted], name: &str) -> Append {
    let keys: Vec<String> = wanted
        .iter()
        .map(|w| format.mapping.get(&w.name).map_or(w.name.clone(), |key| key.to_lowercase()))
        .collect();
    let names: Vec<String> = wanted.iter().map(|w| w.name.clone()).collect();
    let name = name.to_owned();
    Box::new(move |line, columns| {
        if line.trim().is_empty() {
            return Ok(false);
        }
        let object = match serde_json::from_str(line) {
            Ok(Value::Object(object)) => object,
            _ if format.ignore_malformed => {
                columns.iter_mut().for_each(Column::null);
                return Ok(true);
            }
            _ => {
                return Err(SqlError::user(format!(
                    "HIVE_CURSOR_ERROR: Row is not a valid JSON Object - {name}"
                )));
            }
        };
        for ((key, column), named) in keys.iter().zip(columns.iter_mut()).zip(&names) {
            match member(&object, key) {
                None => column.null(),
                Some(value) => column.json(value).map_err(|_| {
                    SqlError::user(format!(
                        "HIVE_BAD_DATA: Error parsing the value of the column '{named}' of {name}: it is not of the column's type"
                    ))
                })?,
            }
        }
        Ok(true)
    })
}
