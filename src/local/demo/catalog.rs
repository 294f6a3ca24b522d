//! What the demo's catalog knows from the start: the variants, so that the first query works.
//! The rest is the crawler's to find.

use super::genes::CHROMOSOMES;
use super::objects::VARIANTS;
use super::settings::{DATABASE, SOURCE};
use super::variants;
use crate::local::ApiError;
use crate::local::glue::Catalog;
use crate::local::glue::types::{
    Column, DatabaseInput, PartitionInput, SerdeInfo, StorageDescriptor, TableInput,
};

/// Registers the database, the table `variants` and its partitions, as far as they are missing.
///
/// # Errors
/// Those of the catalog.
pub fn register(catalog: &Catalog) -> Result<(), ApiError> {
    let description = Some("Generated sample data: genomics of invented people".to_owned());
    let database =
        DatabaseInput { name: DATABASE.to_owned(), description, ..DatabaseInput::default() };
    unless_there(catalog.create_database(database))?;
    unless_there(catalog.create_table(DATABASE, table()))?;
    let partitions = CHROMOSOMES.iter().map(|(chrom, _)| PartitionInput {
        values: vec![(*chrom).to_owned()],
        storage_descriptor: Some(storage(&format!("chrom={chrom}/"))),
        ..PartitionInput::default()
    });
    catalog.add_partitions(DATABASE, "variants", partitions.collect()).map(drop)
}

fn unless_there(made: Result<(), ApiError>) -> Result<(), ApiError> {
    match made {
        Err(why) if why.code == "AlreadyExistsException" => Ok(()),
        other => other,
    }
}

fn table() -> TableInput {
    let parameters = [("EXTERNAL", "TRUE"), ("classification", "parquet")];
    TableInput {
        name: "variants".to_owned(),
        description: Some("Variants by chromosome (GRCh38), as called from short reads".to_owned()),
        table_type: Some("EXTERNAL_TABLE".to_owned()),
        storage_descriptor: Some(storage("")),
        partition_keys: vec![Column::new("chrom", "string")],
        parameters: parameters.map(|(k, v)| (k.to_owned(), v.to_owned())).into(),
        ..TableInput::default()
    }
}

fn storage(folder: &str) -> StorageDescriptor {
    let class = |tail: &str| Some(format!("org.apache.hadoop.hive.ql.io.parquet.{tail}"));
    StorageDescriptor {
        columns: variants::columns(),
        location: Some(format!("s3://{SOURCE}/{VARIANTS}{folder}")),
        input_format: class("MapredParquetInputFormat"),
        output_format: class("MapredParquetOutputFormat"),
        number_of_buckets: -1,
        serde_info: Some(SerdeInfo {
            name: None,
            serialization_library: class("serde.ParquetHiveSerDe"),
            parameters: [("serialization.format".to_owned(), "1".to_owned())].into(),
        }),
        ..StorageDescriptor::default()
    }
}
