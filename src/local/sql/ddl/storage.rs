//! Storage formats by their short names.

use std::collections::BTreeMap;

use crate::local::glue::types::{SerdeInfo, StorageDescriptor};

/// Input format, output format and SerDe of a short name.
pub fn classes(stored_as: &str) -> Option<(&'static str, &'static str, &'static str)> {
    Some(match stored_as {
        "TEXTFILE" => (
            "org.apache.hadoop.mapred.TextInputFormat",
            "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
            "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
        ),
        "PARQUET" => (
            "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
            "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
            "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
        ),
        "ORC" => (
            "org.apache.hadoop.hive.ql.io.orc.OrcInputFormat",
            "org.apache.hadoop.hive.ql.io.orc.OrcOutputFormat",
            "org.apache.hadoop.hive.ql.io.orc.OrcSerde",
        ),
        "AVRO" => (
            "org.apache.hadoop.hive.ql.io.avro.AvroContainerInputFormat",
            "org.apache.hadoop.hive.ql.io.avro.AvroContainerOutputFormat",
            "org.apache.hadoop.hive.serde2.avro.AvroSerDe",
        ),
        "JSON" => (
            "org.apache.hadoop.mapred.TextInputFormat",
            "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
            "org.openx.data.jsonserde.JsonSerDe",
        ),
        _ => return None,
    })
}

/// A descriptor of a short name.
pub fn descriptor(
    stored_as: &str,
    serde: Option<String>,
    properties: BTreeMap<String, String>,
) -> Option<StorageDescriptor> {
    let (input, output, library) = classes(stored_as)?;
    Some(StorageDescriptor {
        input_format: Some(input.into()),
        output_format: Some(output.into()),
        serde_info: Some(SerdeInfo {
            serialization_library: Some(serde.unwrap_or_else(|| library.into())),
            parameters: properties,
            ..SerdeInfo::default()
        }),
        ..StorageDescriptor::default()
    })
}
