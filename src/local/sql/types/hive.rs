//! The Hive type language that the Data Catalog stores (`array<struct<a:int,b:string>>`).

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, Fields};

/// A parsed Hive type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HiveType {
    Boolean,
    Tinyint,
    Smallint,
    Int,
    Bigint,
    Float,
    Double,
    Decimal(u8, i8),
    String,
    Date,
    Timestamp,
    Binary,
    Array(Box<HiveType>),
    Map(Box<HiveType>, Box<HiveType>),
    Struct(Vec<(String, HiveType)>),
}

impl HiveType {
    /// Parses a Hive type; the error is a sentence that names what was not understood.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut rest = text.trim();
        let kind = parse(&mut rest).map_err(|why| format!("{why} in the type '{text}'"))?;
        if !rest.trim().is_empty() {
            return Err(format!("unexpected '{}' in the type '{text}'", rest.trim()));
        }
        Ok(kind)
    }

    /// The Arrow type that holds it.
    pub fn arrow(&self) -> DataType {
        match self {
            Self::Boolean => DataType::Boolean,
            Self::Tinyint => DataType::Int8,
            Self::Smallint => DataType::Int16,
            Self::Int => DataType::Int32,
            Self::Bigint => DataType::Int64,
            Self::Float => DataType::Float32,
            Self::Double => DataType::Float64,
            Self::Decimal(p, s) => DataType::Decimal128(*p, *s),
            Self::String => DataType::Utf8,
            Self::Date => DataType::Date32,
            Self::Timestamp => super::TIMESTAMP,
            Self::Binary => DataType::Binary,
            Self::Array(of) => DataType::new_list(of.arrow(), true),
            Self::Map(key, value) => map_type(key.arrow(), value.arrow()),
            Self::Struct(fields) => DataType::Struct(
                fields
                    .iter()
                    .map(|(name, kind)| Field::new(name, kind.arrow(), true))
                    .collect::<Fields>(),
            ),
        }
    }
}

/// The Arrow map type with DataFusion's own field names.
pub(super) fn map_type(key: DataType, value: DataType) -> DataType {
    let entry = Fields::from(vec![Field::new("key", key, false), Field::new("value", value, true)]);
    DataType::Map(Arc::new(Field::new("entries", DataType::Struct(entry), false)), false)
}

fn parse(rest: &mut &str) -> Result<HiveType, String> {
    let word = word(rest);
    let kind = match word.as_str() {
        "boolean" => HiveType::Boolean,
        "tinyint" => HiveType::Tinyint,
        "smallint" => HiveType::Smallint,
        "int" | "integer" => HiveType::Int,
        "bigint" => HiveType::Bigint,
        "float" | "real" => HiveType::Float,
        "double" => {
            // "double precision" is an old spelling of the same.
            let mut ahead = *rest;
            if self::word(&mut ahead) == "precision" {
                *rest = ahead;
            }
            HiveType::Double
        }
        "decimal" | "numeric" => {
            let (p, s) = match arguments(rest)?.as_slice() {
                [] => (10, 0),
                [p] => (*p, 0),
                [p, s] => (*p, *s),
                _ => return Err("decimal takes precision and scale".into()),
            };
            if !(1..=38).contains(&p) || s > p {
                return Err(format!("decimal({p},{s}) is out of range"));
            }
            HiveType::Decimal(p as u8, s as i8)
        }
        "string" => HiveType::String,
        // Lengths are not enforced: the files hold what they hold.
        "varchar" | "char" => {
            arguments(rest)?;
            HiveType::String
        }
        "date" => HiveType::Date,
        "timestamp" => HiveType::Timestamp,
        "binary" | "varbinary" => HiveType::Binary,
        "array" => {
            expect(rest, '<')?;
            let of = parse(rest)?;
            expect(rest, '>')?;
            HiveType::Array(Box::new(of))
        }
        "map" => {
            expect(rest, '<')?;
            let key = parse(rest)?;
            expect(rest, ',')?;
            let value = parse(rest)?;
            expect(rest, '>')?;
            HiveType::Map(Box::new(key), Box::new(value))
        }
        "struct" => {
            expect(rest, '<')?;
            let mut fields = Vec::new();
            loop {
                let name = field_name(rest)?;
                expect(rest, ':')?;
                fields.push((name, parse(rest)?));
                if expect(rest, ',').is_err() {
                    break;
                }
            }
            expect(rest, '>')?;
            HiveType::Struct(fields)
        }
        "" => return Err("a type is missing".into()),
        other => return Err(format!("unknown type '{other}'")),
    };
    Ok(kind)
}

fn word(rest: &mut &str) -> String {
    let text = rest.trim_start();
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(text.len());
    *rest = &text[end..];
    text[..end].to_ascii_lowercase()
}

fn field_name(rest: &mut &str) -> Result<String, String> {
    let text = rest.trim_start().trim_start_matches('`');
    let end = text.find([':', '`']).ok_or("a struct field has no type")?;
    *rest = text[end..].trim_start_matches('`');
    Ok(text[..end].trim().to_lowercase())
}

fn expect(rest: &mut &str, what: char) -> Result<(), String> {
    let text = rest.trim_start();
    match text.strip_prefix(what) {
        Some(after) => {
            *rest = after;
            Ok(())
        }
        None => Err(format!("'{what}' is missing")),
    }
}

fn arguments(rest: &mut &str) -> Result<Vec<i64>, String> {
    if expect(rest, '(').is_err() {
        return Ok(Vec::new());
    }
    let end = rest.find(')').ok_or("')' is missing")?;
    let inside = &rest[..end];
    let numbers = inside
        .split(',')
        .map(|n| n.trim().parse().map_err(|_| format!("'{n}' is no number")))
        .collect();
    *rest = &rest[end + 1..];
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_types_parse() {
        let kind = HiveType::parse("array<struct<A:int, b:map<string,decimal(10,2)>>>").unwrap();
        let HiveType::Array(of) = kind else { panic!() };
        let HiveType::Struct(fields) = *of else { panic!() };
        assert_eq!(fields[0], ("a".into(), HiveType::Int));
        assert_eq!(
            fields[1].1,
            HiveType::Map(Box::new(HiveType::String), Box::new(HiveType::Decimal(10, 2)))
        );
    }

    #[test]
    fn nonsense_is_named() {
        assert!(HiveType::parse("int>").unwrap_err().contains("'>'"));
        assert!(HiveType::parse("blob").unwrap_err().contains("blob"));
        assert!(HiveType::parse("array<int").unwrap_err().contains("'>'"));
    }
}
