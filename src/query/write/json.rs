//! JSON: one object a line.

use std::io::{self, Write};

use serde_json::Value;

use super::Writer;
use crate::model::query::Column;
use crate::model::shown::escape_hidden;
use crate::query::batch::{Batch, Row};

pub struct Json {
    /// Each name as a JSON string, and how its values are written.
    columns: Vec<(String, Kind)>,
}

/// What an Athena type is in JSON. Decimals stay text: a JSON number would be rounded by most
/// who read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Number,
    Boolean,
    Text,
}

fn kind(name: &str) -> Kind {
    match name.to_ascii_lowercase().as_str() {
        "tinyint" | "smallint" | "integer" | "int" | "bigint" | "float" | "real" | "double" => {
            Kind::Number
        }
        "boolean" => Kind::Boolean,
        _ => Kind::Text,
    }
}

impl Json {
    pub fn new(columns: &[Column]) -> Self {
        let columns = columns
            .iter()
            .map(|column| (Value::from(column.name.as_str()).to_string(), kind(&column.kind)))
            .collect();
        Self { columns }
    }

    /// By hand, so that columns keep their order and two of one name are both there.
    pub fn line(&self, row: Row<'_>, out: &mut String) {
        out.push('{');
        let mut cells = row.cells();
        for (index, (name, kind)) in self.columns.iter().enumerate() {
            if index > 0 {
                out.push(',');
            }
            out.push_str(name);
            out.push(':');
            out.push_str(&value(cells.next().flatten(), *kind));
        }
        out.push_str("}\n");
    }
}

fn value(text: Option<&str>, kind: Kind) -> String {
    let Some(text) = text else { return "null".to_owned() };
    let plain = match kind {
        // NaN and Infinity are no JSON numbers, and stay text.
        Kind::Number => serde_json::from_str::<serde_json::Number>(text).is_ok(),
        Kind::Boolean => matches!(text, "true" | "false"),
        Kind::Text => false,
    };
    if plain { text.to_owned() } else { Value::from(text).to_string() }
}

impl Writer for Json {
    fn rows(&mut self, rows: &Batch, to: &mut (dyn Write + Send)) -> io::Result<()> {
        let mut text = String::new();
        for row in rows.rows() {
            self.line(row, &mut text);
        }
        to.write_all(escape_hidden(&text).as_bytes())
    }

    fn end(&mut self, _: &mut (dyn Write + Send)) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_keep_their_type_and_their_digits() {
        let column = |name: &str, kind: &str| Column { name: name.into(), kind: kind.into() };
        let mut json = Json::new(&[
            column("n", "bigint"),
            column("d", "double"),
            column("b", "boolean"),
            column("a \"b\"", "varchar"),
            column("m", "decimal(38,2)"),
        ]);
        let row = ["12345678901234567890", "NaN", "true", "1", "1.10"];
        let mut rows = Batch::default();
        rows.push(row.map(Some)).unwrap();
        rows.push([None; 5]).unwrap();
        let mut out = Vec::new();
        json.rows(&rows, &mut out).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "{\"n\":12345678901234567890,\"d\":\"NaN\",\"b\":true,\"a \\\"b\\\"\":\"1\",\"m\":\"1.10\"}\n\
             {\"n\":null,\"d\":null,\"b\":null,\"a \\\"b\\\"\":null,\"m\":null}\n"
        );
    }
}
