//! JSON: text with the mark of Trino's `json` type.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Int64Array, RecordBatch, StringArray, StringBuilder,
};
use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;
use serde_json::Value;

use super::fun::{Args, fun, invalid, returns};
use super::jsonpath::{Path, find};
use crate::local::sql::output::Cells;
use crate::local::sql::types::{is_json, json_field};

pub fn functions() -> Vec<ScalarUDF> {
    vec![
        fun("json_parse", (1, 1), |_, _| Ok(json_field("f")), |args| parse(args, false)),
        fun("try_json_parse", (1, 1), |_, _| Ok(json_field("f")), |args| parse(args, true)),
        fun("json_format", (1, 1), returns!(DataType::Utf8), |args| Ok(args.arrays[0].clone())),
        fun(
            "json_extract",
            (2, 2),
            |_, _| Ok(json_field("f")),
            |args| extract(args, |value| Some(value.to_string())),
        ),
        fun("json_extract_scalar", (2, 2), returns!(DataType::Utf8), |args| extract(args, scalar)),
        fun("json_size", (2, 2), returns!(DataType::Int64), |args| {
            let sizes = extract(args, |value| Some(size(value).to_string()))?;
            Ok(datafusion::arrow::compute::cast(&sizes, &DataType::Int64)?)
        }),
        fun("json_array_length", (1, 1), returns!(DataType::Int64), |args| {
            let lengths: Int64Array =
                args.strings(0)?.iter().map(|t| array(t).map(|a| a.len() as i64)).collect();
            Ok(Arc::new(lengths))
        }),
        fun("json_array_get", (2, 2), |_, _| Ok(json_field("f")), array_get),
        fun("json_array_contains", (2, 2), returns!(DataType::Boolean), array_contains),
    ]
}

fn parse(args: &Args, lenient: bool) -> Result<ArrayRef> {
    let mut out = StringBuilder::new();
    for text in &args.strings(0)? {
        match text.map(serde_json::from_str::<Value>) {
            None => out.append_null(),
            Some(Ok(value)) => out.append_value(value.to_string()),
            Some(Err(_)) if lenient => out.append_null(),
            Some(Err(_)) => return Err(invalid("Cannot convert value to JSON")),
        }
    }
    Ok(Arc::new(out.finish()))
}

fn extract(args: &Args, show: fn(&Value) -> Option<String>) -> Result<ArrayRef> {
    let paths = args.strings(1)?;
    let mut known: Option<(String, Path)> = None;
    let mut out = StringBuilder::new();
    for (text, path) in args.strings(0)?.iter().zip(&paths) {
        let (Some(text), Some(path)) = (text, path) else {
            out.append_null();
            continue;
        };
        if known.as_ref().is_none_or(|(spelled, _)| spelled != path) {
            known = Some((path.to_owned(), Path::parse(path).map_err(invalid)?));
        }
        let found = known.as_ref().and_then(|(_, path)| {
            let value: Value = serde_json::from_str(text).ok()?;
            find(&value, path).and_then(show)
        });
        out.append_option(found);
    }
    Ok(Arc::new(out.finish()))
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn size(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.len(),
        Value::Object(entries) => entries.len(),
        _ => 0,
    }
}

fn array(text: Option<&str>) -> Option<Vec<Value>> {
    match serde_json::from_str(text?).ok()? {
        Value::Array(items) => Some(items),
        _ => None,
    }
}

fn array_get(args: &Args) -> Result<ArrayRef> {
    let at = args.longs(1)?;
    let found: StringArray = args
        .strings(0)?
        .iter()
        .zip(&at)
        .map(|(text, at)| {
            let items = array(text)?;
            let at = at?;
            let at = if at < 0 { at + items.len() as i64 } else { at };
            items.get(usize::try_from(at).ok()?).map(Value::to_string)
        })
        .collect();
    Ok(Arc::new(found))
}

fn array_contains(args: &Args) -> Result<ArrayRef> {
    let wanted = args.strings(1)?;
    let found: BooleanArray = args
        .strings(0)?
        .iter()
        .zip(&wanted)
        .map(|(text, wanted)| {
            let (items, wanted) = (array(text)?, wanted?);
            Some(items.iter().any(|item| scalar(item).as_deref() == Some(wanted)))
        })
        .collect();
    Ok(Arc::new(found))
}

/// `CAST(x AS json)`.
pub fn to_json(array: &ArrayRef, field: &Field) -> Result<StringArray> {
    if is_json(field) {
        return Ok(array.as_string::<i32>().clone());
    }
    let mut out = StringBuilder::new();
    for row in 0..array.len() {
        if array.is_null(row) {
            out.append_null();
        } else {
            out.append_value(value(array, row).to_string());
        }
    }
    Ok(out.finish())
}

/// Rows as JSON objects; members that are NULL are left out.
pub fn to_json_text(batch: &RecordBatch) -> impl Iterator<Item = String> {
    (0..batch.num_rows()).map(|row| {
        let schema = batch.schema();
        let members = schema
            .fields()
            .iter()
            .zip(batch.columns())
            .filter(|(_, column)| column.is_valid(row))
            .map(|(field, column)| (field.name().clone(), value(column, row)));
        Value::Object(members.collect()).to_string()
    })
}

fn value(array: &ArrayRef, row: usize) -> Value {
    if array.is_null(row) {
        return Value::Null;
    }
    match array.data_type() {
        DataType::List(_) => {
            let items = array.as_list::<i32>().value(row);
            Value::Array((0..items.len()).map(|at| value(&items, at)).collect())
        }
        DataType::Map(..) => {
            let entries = array.as_map().value(row);
            let (keys, values) = (entries.column(0), entries.column(1));
            let entries = (0..entries.len()).map(|at| (plain(keys, at), value(values, at)));
            Value::Object(entries.collect())
        }
        DataType::Struct(fields) => {
            let columns = array.as_struct().columns();
            let entries =
                fields.iter().zip(columns).map(|(f, c)| (f.name().clone(), value(c, row)));
            Value::Object(entries.collect())
        }
        DataType::Boolean => Value::Bool(array.as_boolean().value(row)),
        kind if kind.is_numeric() => {
            let text = plain(array, row);
            serde_json::from_str(&text).unwrap_or(Value::String(text))
        }
        _ => Value::String(plain(array, row)),
    }
}

fn plain(array: &ArrayRef, row: usize) -> String {
    let mut out = String::new();
    let field = Field::new("", array.data_type().clone(), true);
    Cells::new(&array.slice(row, 1), &field).write(0, &mut out);
    out
}
