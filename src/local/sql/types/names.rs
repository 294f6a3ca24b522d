//! How Athena names a column's type in ResultSetMetadata, and how Hive spells it in DDL.

use std::collections::HashMap;

use datafusion::arrow::datatypes::{DataType, Field};
use serde::{Deserialize, Serialize};

/// Field metadata key that marks a string column as Trino's `json` type, which Arrow has not.
pub const JSON_KEY: &str = "athena.type";

/// True where the field carries JSON text of Trino's `json` type.
pub fn is_json(field: &Field) -> bool {
    field.metadata().get(JSON_KEY).is_some_and(|v| v == "json")
}

/// A nullable field of Trino's `json` type.
pub fn json_field(name: &str) -> Field {
    Field::new(name, DataType::Utf8, true)
        .with_metadata(HashMap::from([(JSON_KEY.to_owned(), "json".to_owned())]))
}

/// One column of a result, as `ResultSetMetadata.ColumnInfo` has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ColumnInfo {
    pub catalog_name: String,
    pub schema_name: String,
    pub table_name: String,
    pub name: String,
    pub label: String,
    pub r#type: String,
    pub precision: i32,
    pub scale: i32,
    pub nullable: String,
    pub case_sensitive: bool,
}

impl ColumnInfo {
    /// A column of the given Athena type.
    pub fn new(name: &str, kind: &str, precision: i32, scale: i32) -> Self {
        Self {
            catalog_name: "hive".into(),
            schema_name: String::new(),
            table_name: String::new(),
            name: name.into(),
            label: name.into(),
            r#type: kind.into(),
            precision,
            scale,
            nullable: "UNKNOWN".into(),
            case_sensitive: matches!(kind, "varchar" | "char" | "string"),
        }
    }

    /// A column of a SHOW or DESCRIBE answer, which Athena calls `string`.
    pub fn string(name: &str) -> Self {
        Self::new(name, "string", 0, 0)
    }
}

/// Describes a result field as Athena does.
pub fn column_info(name: &str, field: &Field) -> ColumnInfo {
    if is_json(field) {
        return ColumnInfo::new(name, "json", 0, 0);
    }
    let (kind, precision, scale) = match field.data_type() {
        DataType::Boolean => ("boolean", 0, 0),
        DataType::Int8 => ("tinyint", 3, 0),
        DataType::Int16 | DataType::UInt8 => ("smallint", 5, 0),
        DataType::Int32 | DataType::UInt16 => ("integer", 10, 0),
        DataType::Int64 | DataType::UInt32 | DataType::UInt64 => ("bigint", 19, 0),
        DataType::Float16 | DataType::Float32 => ("float", 17, 0),
        DataType::Float64 => ("double", 17, 0),
        DataType::Decimal32(p, s)
        | DataType::Decimal64(p, s)
        | DataType::Decimal128(p, s)
        | DataType::Decimal256(p, s) => ("decimal", i32::from(*p), i32::from(*s)),
        DataType::Date32 | DataType::Date64 => ("date", 0, 0),
        DataType::Time32(_) | DataType::Time64(_) => ("time", 3, 0),
        DataType::Timestamp(_, None) => ("timestamp", 3, 0),
        DataType::Timestamp(_, Some(_)) => ("timestamp with time zone", 3, 0),
        DataType::Interval(_) | DataType::Duration(_) => ("interval day to second", 0, 0),
        DataType::Binary
        | DataType::LargeBinary
        | DataType::BinaryView
        | DataType::FixedSizeBinary(_) => ("varbinary", 1_073_741_824, 0),
        DataType::List(_)
        | DataType::LargeList(_)
        | DataType::ListView(_)
        | DataType::LargeListView(_)
        | DataType::FixedSizeList(_, _) => ("array", 0, 0),
        DataType::Map(_, _) => ("map", 0, 0),
        DataType::Struct(_) => ("row", 0, 0),
        DataType::Null => ("unknown", 0, 0),
        DataType::Dictionary(_, value) => {
            return column_info(name, &Field::new(name, value.as_ref().clone(), true));
        }
        _ => ("varchar", i32::MAX, 0),
    };
    ColumnInfo::new(name, kind, precision, scale)
}

/// Trino's whole spelling of a type: `decimal(10,2)`, `array(varchar)`, `row("a" integer)`.
pub fn trino_name(field: &Field) -> String {
    let element = |of: &Field| trino_name(of);
    match field.data_type() {
        _ if is_json(field) => "json".into(),
        DataType::Float16 | DataType::Float32 => "real".into(),
        DataType::Decimal32(p, s)
        | DataType::Decimal64(p, s)
        | DataType::Decimal128(p, s)
        | DataType::Decimal256(p, s) => format!("decimal({p},{s})"),
        DataType::Timestamp(_, None) => "timestamp(3)".into(),
        DataType::Timestamp(_, Some(_)) => "timestamp(3) with time zone".into(),
        DataType::List(of)
        | DataType::LargeList(of)
        | DataType::ListView(of)
        | DataType::LargeListView(of)
        | DataType::FixedSizeList(of, _) => format!("array({})", element(of)),
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(kv) => format!("map({}, {})", element(&kv[0]), element(&kv[1])),
            _ => "map".into(),
        },
        DataType::Struct(fields) => {
            let fields: Vec<String> =
                fields.iter().map(|f| format!("\"{}\" {}", f.name(), element(f))).collect();
            format!("row({})", fields.join(", "))
        }
        _ => column_info("", field).r#type,
    }
}

/// The Hive spelling of a type, for tables that CTAS makes. An error where Hive has no such type.
pub fn hive_name(kind: &DataType) -> Result<String, String> {
    Ok(match kind {
        DataType::Boolean => "boolean".into(),
        DataType::Int8 => "tinyint".into(),
        DataType::Int16 | DataType::UInt8 => "smallint".into(),
        DataType::Int32 | DataType::UInt16 => "int".into(),
        DataType::Int64 | DataType::UInt32 | DataType::UInt64 => "bigint".into(),
        DataType::Float32 => "float".into(),
        DataType::Float64 => "double".into(),
        DataType::Decimal128(p, s) => format!("decimal({p},{s})"),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "string".into(),
        DataType::Date32 => "date".into(),
        DataType::Timestamp(_, None) => "timestamp".into(),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => "binary".into(),
        DataType::List(of) | DataType::LargeList(of) | DataType::FixedSizeList(of, _) => {
            format!("array<{}>", hive_name(of.data_type())?)
        }
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(kv) => {
                format!("map<{},{}>", hive_name(kv[0].data_type())?, hive_name(kv[1].data_type())?)
            }
            other => return Err(format!("{other} is no map")),
        },
        DataType::Struct(fields) => {
            let fields = fields
                .iter()
                .map(|f| Ok(format!("{}:{}", f.name(), hive_name(f.data_type())?)))
                .collect::<Result<Vec<_>, String>>()?;
            format!("struct<{}>", fields.join(","))
        }
        DataType::Null => return Err("unknown".into()),
        other => return Err(other.to_string()),
    })
}
