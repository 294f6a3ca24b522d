//! Maps as lists of their entries, which is how they are stored: of a map whose keys and values
//! disagree the crate's reader of maps panics, and its readers of lists and structures answer an
//! error. LogicalTypes.md of github.com/apache/parquet-format.

use parquet::basic::{ConvertedType, LogicalType, Repetition};
use parquet::errors::Result;
use parquet::schema::types::{SchemaDescriptor, Type, TypePtr};

/// The same columns with the same levels, and lists of structures of a key and a value for maps.
pub(super) fn as_lists(schema: &SchemaDescriptor) -> Result<SchemaDescriptor> {
    listed(&schema.root_schema_ptr()).map(SchemaDescriptor::new)
}

fn listed(kind: &TypePtr) -> Result<TypePtr> {
    if kind.is_primitive() {
        return Ok(kind.clone());
    }
    let info = kind.get_basic_info();
    let (old, new) = match is_map(kind) {
        true => (ConvertedType::LIST, Some(LogicalType::List)),
        false => (info.converted_type(), info.logical_type_ref().cloned()),
    };
    let mut group = Type::group_type_builder(info.name())
        .with_converted_type(old)
        .with_logical_type(new)
        .with_id(info.has_id().then(|| info.id()))
        .with_fields(kind.get_fields().iter().map(listed).collect::<Result<_>>()?);
    if info.has_repetition() {
        group = group.with_repetition(info.repetition());
    }
    Ok(group.build()?.into())
}

/// Whether the crate would make a map of it. Of one whose entries have a key only it makes a list
/// anyhow, and of what else is not as it must be an error; the entries themselves may be called a
/// map by old writers.
fn is_map(kind: &Type) -> bool {
    let info = kind.get_basic_info();
    matches!(info.converted_type(), ConvertedType::MAP | ConvertedType::MAP_KEY_VALUE)
        && info.has_repetition()
        && info.repetition() != Repetition::REPEATED
        && matches!(kind.get_fields(), [entries] if entries.is_group() && entries.get_fields().len() == 2)
}

#[cfg(test)]
mod tests {
    use parquet::arrow::parquet_to_arrow_schema;
    use parquet::schema::parser::parse_message_type;

    use super::*;

    /// The types of a message's columns as they are, and as lists.
    fn kinds(message: &str) -> (Vec<String>, Vec<String>) {
        let schema = SchemaDescriptor::new(parse_message_type(message).unwrap().into());
        let lists = as_lists(&schema).unwrap();
        assert_eq!(schema.num_columns(), lists.num_columns());
        for (one, other) in schema.columns().iter().zip(lists.columns()) {
            assert_eq!(one, other, "the levels and the path are kept");
        }
        let told = |schema| {
            let fields = parquet_to_arrow_schema(schema, None).unwrap().fields;
            fields.iter().map(|field| super::super::types::hive(field.data_type())).collect()
        };
        (told(&schema), told(&lists))
    }

    #[test]
    fn maps_however_they_are_annotated_become_lists() {
        let message = "message m {
            required group new (MAP) {
                repeated group key_value { required binary key (UTF8); optional int32 value; }
            }
            optional group old (MAP_KEY_VALUE) {
                repeated group map { optional int32 key; required group value (MAP) {
                    repeated group map (MAP_KEY_VALUE) { required int32 a; required int32 b; }
                } }
            }
            optional group keys (MAP) { repeated group map { required int32 key; } }
        }";
        let (maps, lists) = kinds(message);
        assert_eq!(maps, ["map<string,int>", "map<int,map<int,int>>", "array<int>",]);
        assert_eq!(
            lists,
            [
                "array<struct<key:string,value:int>>",
                "array<struct<key:int,value:array<struct<a:int,b:int>>>>",
                "array<int>",
            ]
        );
    }
}
