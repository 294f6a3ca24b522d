//! The table that a group of files becomes.

use super::found::{Format, Found};
use super::group::{Group, Part};
use crate::local::glue::names;
use crate::local::glue::types::{
    Column, Parameters, PartitionInput, SerdeInfo, StorageDescriptor, TableInput,
};

/// The parameter that says whose table it is.
pub const OWNED_BY: &str = "UPDATED_BY_CRAWLER";
/// The parameter of tables and partitions whose data has gone.
pub const DEPRECATED: &str = "DEPRECATED_BY_CRAWLER";

const TEXT_IN: &str = "org.apache.hadoop.mapred.TextInputFormat";
const TEXT_OUT: &str = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat";
const PARQUET_IN: &str = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat";
const PARQUET_OUT: &str = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat";
const LAZY_SERDE: &str = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe";
const CSV_SERDE: &str = "org.apache.hadoop.hive.serde2.OpenCSVSerde";
const JSON_SERDE: &str = "org.openx.data.jsonserde.JsonSerDe";
const PARQUET_SERDE: &str = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe";

/// `base` is the target as `s3://bucket/prefix/`.
pub fn table(crawler: &str, name: String, base: &str, group: &Group) -> TableInput {
    let keys = partition_keys(group);
    let parameters = table_parameters(crawler, &group.found, group.objects);
    TableInput {
        name,
        owner: Some("owner".to_owned()),
        table_type: Some("EXTERNAL_TABLE".to_owned()),
        storage_descriptor: Some(storage(
            &group.found,
            &keys,
            format!("{base}{}", group.path),
            parameters.clone(),
        )),
        partition_keys: keys,
        parameters,
        ..TableInput::default()
    }
}

/// The partitions of that table; none where it has no keys.
pub fn partitions(crawler: &str, base: &str, group: &Group) -> Vec<PartitionInput> {
    if group.levels.is_empty() {
        return Vec::new();
    }
    let keys = partition_keys(group);
    let one = |part: &Part| {
        let parameters = table_parameters(crawler, &part.found, part.objects);
        // A partition is read with the table's columns, so it carries those.
        let found = Found { columns: group.found.columns.clone(), ..part.found.clone() };
        let location = format!("{base}{}", part.path);
        PartitionInput {
            values: part.values.clone(),
            storage_descriptor: Some(storage(&found, &keys, location, parameters.clone())),
            parameters,
            ..PartitionInput::default()
        }
    };
    group.parts.iter().map(one).collect()
}

/// The table's name: that of its folder (or file), else of the target's last folder.
pub fn name(prefix: &str, base: &str, group: &Group) -> String {
    let whole = format!("{base}{}", group.path);
    let path = whole.trim_start_matches("s3://").trim_end_matches('/');
    let last = path.rsplit('/').next().unwrap_or(path);
    format!("{}{}", prefix.to_lowercase(), names::from_folder(last))
}

/// A column of the same name makes room for its partition key, except in CSV, where columns
/// go by place: there the key is the one that changes its name.
fn partition_keys(group: &Group) -> Vec<Column> {
    let by_place = matches!(group.found.format, Format::Csv { .. });
    let taken =
        |key: &str| group.found.columns.iter().any(|(name, _)| name.eq_ignore_ascii_case(key));
    let levels = group.levels.iter().enumerate();
    let name = |(index, level): (usize, &Option<String>)| match level {
        Some(key) if !(by_place && taken(key)) => Column::new(key, "string"),
        _ => Column::new(format!("partition_{index}"), "string"),
    };
    levels.map(name).collect()
}

fn columns(found: &Found, keys: &[Column]) -> Vec<Column> {
    let mut columns: Vec<Column> = Vec::new();
    for (name, kind) in &found.columns {
        let name = name.trim().to_lowercase();
        let is_key = keys.iter().any(|key| key.name == name);
        if name.is_empty() {
            columns.push(Column::new(format!("col{}", columns.len()), kind.hive()));
        } else if !is_key && columns.iter().all(|column| column.name != name) {
            columns.push(Column::new(name, kind.hive()));
        }
    }
    columns
}

fn storage(
    found: &Found,
    keys: &[Column],
    location: String,
    parameters: Parameters,
) -> StorageDescriptor {
    let (input, output) = match found.format {
        Format::Parquet => (PARQUET_IN, PARQUET_OUT),
        Format::Csv { .. } | Format::Json => (TEXT_IN, TEXT_OUT),
    };
    StorageDescriptor {
        columns: columns(found, keys),
        location: Some(location),
        input_format: Some(input.to_owned()),
        output_format: Some(output.to_owned()),
        compressed: found.gzip,
        number_of_buckets: -1,
        serde_info: Some(serde(found)),
        parameters,
        ..StorageDescriptor::default()
    }
}

fn serde(found: &Found) -> SerdeInfo {
    let (library, parameters) = match found.format {
        Format::Csv { delimiter, quoted: true, .. } => {
            (CSV_SERDE, vec![("separatorChar", text(delimiter)), ("quoteChar", "\"".to_owned())])
        }
        Format::Csv { delimiter, quoted: false, .. } => {
            (LAZY_SERDE, vec![("field.delim", text(delimiter))])
        }
        Format::Json => {
            let paths: Vec<&str> = found.columns.iter().map(|(name, _)| name.as_str()).collect();
            (JSON_SERDE, vec![("paths", paths.join(","))])
        }
        Format::Parquet => (PARQUET_SERDE, vec![("serialization.format", "1".to_owned())]),
    };
    SerdeInfo {
        name: None,
        serialization_library: Some(library.to_owned()),
        parameters: owned(parameters),
    }
}

fn text(delimiter: u8) -> String {
    char::from(delimiter).to_string()
}

fn owned(pairs: Vec<(&str, String)>) -> Parameters {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn table_parameters(crawler: &str, found: &Found, objects: u64) -> Parameters {
    let average = found.bytes.checked_div(found.records).unwrap_or(0);
    let mut pairs = vec![
        ("CrawlerSchemaDeserializerVersion", "1.0".to_owned()),
        ("CrawlerSchemaSerializerVersion", "1.0".to_owned()),
        (OWNED_BY, crawler.to_owned()),
        ("averageRecordSize", average.to_string()),
        ("classification", found.format.name().to_owned()),
        ("compressionType", if found.gzip { "gzip" } else { "none" }.to_owned()),
        ("objectCount", objects.to_string()),
        ("recordCount", found.records.to_string()),
        ("sizeKey", found.bytes.to_string()),
        ("typeOfData", "file".to_owned()),
    ];
    if let Format::Csv { delimiter, header, .. } = found.format {
        pairs.push((
            "areColumnsQuoted",
            matches!(found.format, Format::Csv { quoted: true, .. }).to_string(),
        ));
        pairs.push(("columnsOrdered", "true".to_owned()));
        pairs.push(("delimiter", text(delimiter)));
        if header {
            pairs.push(("skip.header.line.count", "1".to_owned()));
        }
    }
    owned(pairs)
}

#[cfg(test)]
mod tests {
    use super::super::kind::Kind;
    use super::*;

    fn group(format: Format, columns: &[&str], levels: Vec<Option<String>>) -> Group {
        let columns = columns.iter().map(|name| ((*name).to_owned(), Kind::Bigint)).collect();
        let found = Found { format, gzip: false, columns, records: 2, bytes: 20 };
        let values = levels.iter().map(|_| "v".to_owned()).collect();
        let part = Part { path: "t/k=v/".to_owned(), values, found: found.clone(), objects: 1 };
        Group { path: "t/".to_owned(), found, objects: 1, levels, parts: vec![part] }
    }

    #[test]
    fn a_partition_key_wins_over_a_column() {
        let keyed = group(Format::Parquet, &["K", "x"], vec![Some("k".to_owned())]);
        let table = table("c", "t".to_owned(), "s3://b/", &keyed);
        let storage = table.storage_descriptor.unwrap();
        assert_eq!(storage.columns, [Column::new("x", "bigint")]);
        assert_eq!(storage.location.as_deref(), Some("s3://b/t/"));
        assert_eq!(table.partition_keys, [Column::new("k", "string")]);
        let parts = partitions("c", "s3://b/", &keyed);
        let location = parts[0].storage_descriptor.as_ref().unwrap().location.clone();
        assert_eq!(location.as_deref(), Some("s3://b/t/k=v/"));
    }

    #[test]
    fn columns_of_csv_keep_their_places() {
        let csv = Format::Csv { delimiter: b'\t', quoted: false, header: true };
        let keyed = group(csv, &["K", "x"], vec![Some("k".to_owned())]);
        let table = table("c", "t".to_owned(), "s3://b/", &keyed);
        assert_eq!(table.partition_keys, [Column::new("partition_0", "string")]);
        assert_eq!(table.storage_descriptor.as_ref().unwrap().columns.len(), 2);
        assert_eq!(table.parameters["skip.header.line.count"], "1");
        assert_eq!(table.parameters["averageRecordSize"], "10");
        assert_eq!(table.storage_descriptor.unwrap().serde_parameter("field.delim"), Some("\t"));
    }

    #[test]
    fn names_come_from_the_last_folder() {
        let named =
            |path: &str| Group { path: path.to_owned(), ..group(Format::Json, &["x"], vec![]) };
        assert_eq!(name("", "s3://bucket/data/", &named("")), "data");
        assert_eq!(
            name("Pre_", "s3://bucket/", &named("a/Variant-Summary/")),
            "pre_variant_summary"
        );
        assert_eq!(name("", "s3://my-bucket/", &named("")), "my_bucket");
        assert_eq!(name("", "s3://b/", &named("d/x.json")), "x_json");
    }
}
