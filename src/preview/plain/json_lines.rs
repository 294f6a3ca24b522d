//! JSON documents one a line, as a table of their fields.

use std::fmt;

use encoding_rs::Encoding;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::{Map, Value};

use super::lines::Lines;
use super::text::other_than_utf_8;
use super::{OneByOne, named};
use crate::preview::encoding::Utf8;
use crate::preview::input::Input;
use crate::preview::look::{Column, Fault, Look, Row, Shape};

/// Documents that are looked at to find the fields.
const SAMPLE: usize = 200;
/// With more fields it is no table that a person reads.
const WIDEST: usize = 500;
/// A line that is longer is no document. Bytes.
const LONGEST: usize = 1 << 20;

/// The fields of the documents that a text begins with, in the order in which they appear;
/// `None` where the first line is no object. `all`: there is nothing behind.
pub fn columns(head: &str, all: bool) -> Option<Vec<Column>> {
    let mut lines: Vec<&str> =
        head.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    if !all && !head.ends_with('\n') {
        lines.pop();
    }
    let documents = lines.iter().take(SAMPLE).map_while(|line| object(line).ok());
    let mut columns: Vec<Column> = Vec::new();
    for document in documents {
        for (name, value) in &document.0 {
            let kind = kind(value);
            let full = columns.len() == WIDEST;
            match columns.iter_mut().find(|column| column.name == *name) {
                None if !full => {
                    columns.push(Column { name: name.clone(), kind: kind.to_owned() });
                }
                Some(column) => column.kind = wider(&column.kind, kind).to_owned(),
                None => {}
            }
        }
    }
    for column in columns.iter_mut().filter(|column| column.kind.is_empty()) {
        column.kind = "varchar".to_owned();
    }
    (!columns.is_empty()).then_some(columns)
}

fn object(line: &str) -> serde_json::Result<Document> {
    serde_json::from_str(line)
}

/// The fields of an object, in the order in which they are written.
struct Document(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;

        impl<'de> Visitor<'de> for Fields {
            type Value = Document;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Document, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Document(fields))
            }
        }

        deserializer.deserialize_map(Fields)
    }
}

/// Empty: NULL has any type.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_i64() => "bigint",
        Value::Number(_) => "double",
        Value::String(_) => "varchar",
        Value::Array(_) => "array",
        Value::Object(_) => "struct",
    }
}

/// A type that has the values of both.
fn wider<'a>(one: &'a str, other: &'a str) -> &'a str {
    match (one, other) {
        ("", kind) | (kind, "") => kind,
        (one, other) if one == other => one,
        ("bigint", "double") | ("double", "bigint") => "double",
        _ => "varchar",
    }
}

/// Documents with these fields.
pub fn look(input: Input, encoding: &'static Encoding, mut columns: Vec<Column>) -> Look {
    let kind = named(&[Some("JSON lines"), other_than_utf_8(encoding), input.packing]);
    let fields: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
    // What only later documents have must not be missing from what is shown.
    columns.push(Column { name: "other fields".to_owned(), kind: String::new() });
    let mut lines = Lines::new(Utf8::new(input.content, encoding), LONGEST);
    let pages = OneByOne::new(move || {
        loop {
            let number = lines.number();
            let Some(line) = lines.read()? else { return Ok(None) };
            if !line.whole {
                return Err(Fault(format!("Line {number} is longer than 1 MiB.")));
            }
            if line.text.trim().is_empty() {
                continue;
            }
            return match object(&line.text) {
                Ok(document) => Ok(Some(row(document, &fields))),
                Err(error) => Err(Fault(format!("Line {number} is no JSON object: {error}."))),
            };
        }
    });
    Look { kind, sections: Vec::new(), shape: Shape::Table(columns), pages: Box::new(pages) }
}

fn row(document: Document, fields: &[String]) -> Row {
    let mut row: Row = vec![None; fields.len()];
    let mut others = Map::new();
    for (name, value) in document.0 {
        match fields.iter().position(|field| *field == name) {
            Some(at) => row[at] = cell(value),
            None => _ = others.insert(name, value),
        }
    }
    row.push((!others.is_empty()).then(|| Value::Object(others).to_string()));
    row
}

fn cell(value: Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text),
        other => Some(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preview::tests::{Seen, see};

    #[test]
    fn fields_are_those_of_all_that_was_looked_at() {
        let text = "{\"b\":1,\"a\":null}\n\n{\"a\":\"x\",\"c\":[1],\"b\":2.5}\n{\"d\":{}}\n{\"cut";
        let found = columns(text, false).unwrap();
        let found: Vec<_> = found.iter().map(|c| (c.name.as_str(), c.kind.as_str())).collect();
        let wanted = [("b", "double"), ("a", "varchar"), ("c", "array"), ("d", "struct")];
        assert_eq!(found, wanted);
        assert_eq!(columns("[1]\n", true), None);
        assert_eq!(columns("", true), None);
    }

    #[test]
    fn null_is_not_the_empty_text_and_late_fields_are_not_lost() {
        let mut text = "{\"a\":\"\",\"b\":null}\n".repeat(300);
        text.push_str("{\"a\":1,\"late\":true}\n{\"a\":");
        let Seen { kind, columns, rows, fault, .. } = see("x.jsonl", text.as_bytes());
        assert_eq!(kind, "JSON lines");
        assert_eq!(columns, ["a", "b", "other fields"]);
        assert_eq!(rows[0], [Some(String::new()), None, None]);
        assert_eq!(rows[300], [Some("1".to_owned()), None, Some("{\"late\":true}".to_owned())]);
        assert!(fault.unwrap().starts_with("Line 302 is no JSON object"));
    }
}
