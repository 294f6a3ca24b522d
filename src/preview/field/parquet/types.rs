//! Arrow's types by Hive's names, as Athena's DDL wants them.

use std::sync::Arc;

use arrow_schema::{DataType, Field, FieldRef, Fields};

/// `array<struct<name:string,born:date>>`. What Hive has no type for is named as what it is
/// stored as.
pub(super) fn hive(kind: &DataType) -> String {
    match kind {
        DataType::Boolean => "boolean".to_owned(),
        DataType::Int8 => "tinyint".to_owned(),
        DataType::Int16 | DataType::UInt8 => "smallint".to_owned(),
        DataType::Int32 | DataType::UInt16 | DataType::Time32(_) => "int".to_owned(),
        DataType::Int64 | DataType::UInt32 | DataType::UInt64 | DataType::Time64(_) => {
            "bigint".to_owned()
        }
        DataType::Float32 => "float".to_owned(),
        DataType::Float64 => "double".to_owned(),
        DataType::Decimal32(precision, scale)
        | DataType::Decimal64(precision, scale)
        | DataType::Decimal128(precision, scale)
        | DataType::Decimal256(precision, scale) => format!("decimal({precision},{scale})"),
        DataType::Date32 | DataType::Date64 => "date".to_owned(),
        DataType::Timestamp(..) => "timestamp".to_owned(),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null => {
            "string".to_owned()
        }
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
            format!("array<{}>", hive(item.data_type()))
        }
        DataType::Struct(fields) => {
            let member = |field: &FieldRef| format!("{}:{}", field.name(), hive(field.data_type()));
            format!("struct<{}>", fields.iter().map(member).collect::<Vec<_>>().join(","))
        }
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(both) if both.len() == 2 => {
                format!("map<{},{}>", hive(both[0].data_type()), hive(both[1].data_type()))
            }
            _ => "binary".to_owned(),
        },
        _ => "binary".to_owned(),
    }
}

/// The same as it is read: maps as lists of their entries, see [`super::maps`], and text and bytes
/// as views, since a long value that a dictionary holds once is then not copied for every row that
/// has it.
pub(super) fn as_read(fields: &Fields) -> Fields {
    fields.iter().map(field_as_read).collect()
}

fn field_as_read(field: &FieldRef) -> FieldRef {
    let kind = match field.data_type() {
        DataType::Utf8 => DataType::Utf8View,
        DataType::Binary => DataType::BinaryView,
        DataType::List(item) => DataType::List(field_as_read(item)),
        DataType::Struct(members) => DataType::Struct(as_read(members)),
        DataType::Map(entries, _) => DataType::List(field_as_read(entries)),
        _ => return field.clone(),
    };
    Arc::new(Field::clone(field).with_data_type(kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_types_are_told_as_ddl_has_them() {
        let member = Field::new("a", DataType::Decimal128(10, 2), true);
        let item = DataType::Struct(vec![member, Field::new("b", DataType::Utf8, true)].into());
        let list = DataType::List(Arc::new(Field::new("item", item, true)));
        assert_eq!(hive(&list), "array<struct<a:decimal(10,2),b:string>>");
    }
}
