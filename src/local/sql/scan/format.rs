//! Which format a table's SerDe says its objects have.

use std::collections::BTreeMap;

use crate::local::glue::types::{Parameters, StorageDescriptor};
use crate::local::sql::error::SqlError;

/// How the objects of a table or partition are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Format {
    Text(Text),
    Csv(Csv),
    Json(Json),
    Parquet,
}

/// LazySimpleSerDe: fields end at a character; nothing quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    pub field: u8,
    pub collection: u8,
    pub map_key: u8,
    pub escape: Option<u8>,
    /// This text is NULL.
    pub null: String,
    /// Lines to leave out at the top of each object.
    pub skip: usize,
}

/// OpenCSVSerde.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Csv {
    pub separator: char,
    pub quote: char,
    pub escape: char,
    pub skip: usize,
}

/// The JSON SerDes: one object a line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Json {
    /// A line that is no object becomes a row of NULLs.
    pub ignore_malformed: bool,
    /// Column → key in the file (openx's `mapping.column = key`).
    pub mapping: BTreeMap<String, String>,
    pub skip: usize,
}

/// Finds out; an unsupported SerDe is refused by name.
pub fn format_of(
    storage: &StorageDescriptor,
    table: &Parameters,
    name: &str,
) -> Result<Format, SqlError> {
    let library = storage.serde_library();
    let short = library.rsplit('.').next().unwrap_or_default();
    let classification = table
        .get("classification")
        .or_else(|| storage.parameters.get("classification"))
        .map(String::as_str)
        .unwrap_or_default();
    let skip = ["skip.header.line.count"]
        .iter()
        .find_map(|key| {
            table
                .get(*key)
                .or_else(|| storage.parameters.get(*key))
                .map(String::as_str)
                .or_else(|| storage.serde_parameter(key))
        })
        .and_then(|n| n.trim().parse().ok())
        .unwrap_or(0);
    match (short, classification) {
        ("LazySimpleSerDe", _) => Ok(Format::Text(text(storage, skip))),
        ("OpenCSVSerde", _) => Ok(Format::Csv(csv(storage, skip))),
        ("JsonSerDe", _) => Ok(Format::Json(json(storage, skip))),
        ("ParquetHiveSerDe", _) => Ok(Format::Parquet),
        ("", "parquet") => Ok(Format::Parquet),
        ("", "json") => Ok(Format::Json(json(storage, skip))),
        ("", "csv") => Ok(Format::Text(text(storage, skip))),
        ("", _) => Err(SqlError::user(format!(
            "HIVE_UNSUPPORTED_FORMAT: The table {name} names no SerDe, so its objects cannot be read"
        ))),
        _ => Err(SqlError::user(format!(
            "HIVE_UNSUPPORTED_FORMAT: The local lake reads CSV, JSON and Parquet; the table {name} has the SerDe {library}"
        ))),
    }
}

fn text(storage: &StorageDescriptor, skip: usize) -> Text {
    let byte = |keys: &[&str], default: u8| {
        keys.iter()
            .find_map(|key| storage.serde_parameter(key))
            .and_then(delimiter)
            .unwrap_or(default)
    };
    Text {
        field: byte(&["field.delim", "serialization.format"], 1),
        collection: byte(&["collection.delim", "colelction.delim"], 2),
        map_key: byte(&["mapkey.delim"], 3),
        escape: storage.serde_parameter("escape.delim").and_then(delimiter),
        null: storage.serde_parameter("serialization.null.format").unwrap_or("\\N").to_owned(),
        skip,
    }
}

/// A delimiter is a character, or the number of one ("1" is Ctrl-A), as Hive reads it.
fn delimiter(text: &str) -> Option<u8> {
    match text.as_bytes() {
        [] => None,
        [digit] if digit.is_ascii_digit() => Some(digit - b'0'),
        bytes if bytes.len() > 1 && bytes.iter().all(u8::is_ascii_digit) => text.parse().ok(),
        b"\\t" => Some(b'\t'),
        [first, ..] => Some(*first),
    }
}

fn csv(storage: &StorageDescriptor, skip: usize) -> Csv {
    let one = |key: &str, default: char| {
        storage
            .serde_parameter(key)
            .map(|text| if text == "\\t" { '\t' } else { text.chars().next().unwrap_or(default) })
            .unwrap_or(default)
    };
    Csv {
        separator: one("separatorChar", ','),
        quote: one("quoteChar", '"'),
        escape: one("escapeChar", '\\'),
        skip,
    }
}

fn json(storage: &StorageDescriptor, skip: usize) -> Json {
    let flag = |key: &str| {
        storage.serde_parameter(key).is_some_and(|v| v.trim().eq_ignore_ascii_case("true"))
    };
    let mapping = storage
        .serde_info
        .iter()
        .flat_map(|info| &info.parameters)
        .filter_map(|(key, value)| {
            Some((key.strip_prefix("mapping.")?.to_lowercase(), value.clone()))
        })
        .collect();
    Json { ignore_malformed: flag("ignore.malformed.json"), mapping, skip }
}
