//! Trino's spelling of types, as `CAST` has them: `array(row("a" bigint, "b" varchar(3)))`.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, Fields, TimeUnit};

use super::names::json_field;

/// What a CAST aims at: a field, since `json` is a string with a mark, and a length to cut to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub field: Field,
    /// `varchar(n)`: text is cut to n characters.
    pub length: Option<usize>,
}

/// Parses the canonical spelling that the dialect made.
pub fn parse_trino(text: &str) -> Result<Target, String> {
    let text = text.trim();
    let (name, inside) = match text.split_once('(') {
        Some((name, rest)) => (name.trim(), Some(rest.strip_suffix(')').ok_or("')' is missing")?)),
        None => (text, None),
    };
    let plain = |kind: DataType| Field::new("cast", kind, true);
    let mut length = None;
    let field = match name {
        "boolean" => plain(DataType::Boolean),
        "tinyint" => plain(DataType::Int8),
        "smallint" => plain(DataType::Int16),
        "integer" | "int" => plain(DataType::Int32),
        "bigint" => plain(DataType::Int64),
        "real" | "float" => plain(DataType::Float32),
        "double" => plain(DataType::Float64),
        "decimal" => {
            let sizes: Vec<i64> = inside
                .map(|i| i.split(',').filter_map(|n| n.trim().parse().ok()).collect())
                .unwrap_or_default();
            let p = sizes.first().copied().unwrap_or(38);
            let s = sizes.get(1).copied().unwrap_or(0);
            if !(1..=38).contains(&p) || s > p {
                return Err(format!("DECIMAL precision must be in range [1, 38]: {p}"));
            }
            plain(DataType::Decimal128(p as u8, s as i8))
        }
        "varchar" | "char" | "string" => {
            length = inside.and_then(|n| n.trim().parse().ok());
            plain(DataType::Utf8)
        }
        "varbinary" => plain(DataType::Binary),
        "date" => plain(DataType::Date32),
        "time" => plain(DataType::Time32(TimeUnit::Millisecond)),
        "timestamp" => plain(super::TIMESTAMP),
        "timestamp with time zone" => {
            plain(DataType::Timestamp(TimeUnit::Millisecond, Some(Arc::from("UTC"))))
        }
        "json" => json_field("cast"),
        "array" => plain(DataType::new_list(
            parse_trino(inside.ok_or("array wants an element type")?)?.field.data_type().clone(),
            true,
        )),
        "map" => {
            let parts = split(inside.ok_or("map wants two types")?);
            let [key, value] = parts.as_slice() else {
                return Err("map wants two types".into());
            };
            plain(super::hive::map_type(
                parse_trino(key)?.field.data_type().clone(),
                parse_trino(value)?.field.data_type().clone(),
            ))
        }
        "row" => {
            let mut fields = Vec::new();
            for part in split(inside.ok_or("row wants fields")?) {
                let part = part.trim().strip_prefix('"').ok_or("a row field has no name")?;
                let (name, kind) = part.split_once("\" ").ok_or("a row field has no type")?;
                let kind = parse_trino(kind)?.field.data_type().clone();
                fields.push(Field::new(name, kind, true));
            }
            plain(DataType::Struct(Fields::from(fields)))
        }
        other => return Err(format!("Unknown type: {other}")),
    };
    Ok(Target { field, length })
}

/// Splits at the commas outside of brackets.
fn split(text: &str) -> Vec<String> {
    let (mut depth, mut parts) = (0, vec![String::new()]);
    for c in text.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(last) = parts.last_mut() {
            last.push(c);
        }
    }
    parts.iter().map(|p| p.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_in_arrays_parse() {
        let target = parse_trino("array(row(\"a\" bigint,\"b\" decimal(10,2)))").unwrap();
        let DataType::List(of) = target.field.data_type() else { panic!() };
        let DataType::Struct(fields) = of.data_type() else { panic!() };
        assert_eq!(fields[1].data_type(), &DataType::Decimal128(10, 2));
        assert_eq!(parse_trino("varchar(3)").unwrap().length, Some(3));
    }
}
