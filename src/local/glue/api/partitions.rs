//! CreatePartition, GetPartition, GetPartitions, UpdatePartition, DeletePartition and the batches.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{detail, listed, nothing, take};
use crate::local::ApiError;
use crate::local::glue::catalog::Catalog;
use crate::local::glue::fault::{invalid, not_found};
use crate::local::glue::page::{Paging, page};
use crate::local::glue::types::{Partition, PartitionInput};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Of {
    database_name: String,
    table_name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Create {
    #[serde(flatten)]
    of: Of,
    partition_input: PartitionInput,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreateMany {
    #[serde(flatten)]
    of: Of,
    partition_input_list: Vec<PartitionInput>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct One {
    #[serde(flatten)]
    of: Of,
    partition_values: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Update {
    #[serde(flatten)]
    of: Of,
    partition_value_list: Vec<String>,
    partition_input: PartitionInput,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Values {
    values: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Many {
    #[serde(flatten)]
    of: Of,
    #[serde(alias = "PartitionsToDelete")]
    partitions_to_get: Vec<Values>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct List {
    #[serde(flatten)]
    of: Of,
    expression: Option<String>,
    next_token: Option<String>,
    max_results: Option<i64>,
    segment: Option<Segment>,
    exclude_column_schema: Option<bool>,
}

/// Partitions are dealt out to scanners by their place in the list.
#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "PascalCase")]
struct Segment {
    segment_number: usize,
    total_segments: usize,
}

pub(super) fn answer(
    catalog: &Catalog,
    op: &str,
    input: &Value,
) -> Option<Result<Value, ApiError>> {
    Some(match op {
        "CreatePartition" => take::<Create>(input)
            .and_then(|asked| {
                let Of { database_name, table_name } = &asked.of;
                catalog.add_partition(database_name, table_name, asked.partition_input)
            })
            .map(nothing),
        "BatchCreatePartition" => take(input).and_then(|asked| create_many(catalog, asked)),
        "GetPartition" => take::<One>(input)
            .and_then(|asked| {
                let Of { database_name, table_name } = &asked.of;
                catalog.partition(database_name, table_name, &asked.partition_values)
            })
            .map(|partition| json!({"Partition": partition})),
        "GetPartitions" => take(input).and_then(|asked| list(catalog, &asked)),
        "BatchGetPartition" => take(input).and_then(|asked| get_many(catalog, &asked)),
        "UpdatePartition" => take::<Update>(input)
            .and_then(|asked| {
                let Of { database_name, table_name } = &asked.of;
                let values = &asked.partition_value_list;
                catalog.update_partition(database_name, table_name, values, asked.partition_input)
            })
            .map(nothing),
        "DeletePartition" => take::<One>(input)
            .and_then(|asked| {
                let Of { database_name, table_name } = &asked.of;
                catalog.delete_partition(database_name, table_name, &asked.partition_values)
            })
            .map(nothing),
        "BatchDeletePartition" => take(input).and_then(|asked| delete_many(catalog, &asked)),
        _ => return None,
    })
}

fn create_many(catalog: &Catalog, asked: CreateMany) -> Result<Value, ApiError> {
    let Of { database_name, table_name } = &asked.of;
    let refused = catalog.add_partitions(database_name, table_name, asked.partition_input_list)?;
    let errors: Vec<Value> = refused.iter().map(|(values, why)| failed(values, why)).collect();
    Ok(json!({"Errors": errors}))
}

fn failed(values: &[String], why: &ApiError) -> Value {
    json!({"PartitionValues": values, "ErrorDetail": detail(why)})
}

fn get_many(catalog: &Catalog, asked: &Many) -> Result<Value, ApiError> {
    let Of { database_name, table_name } = &asked.of;
    catalog.table(database_name, table_name)?;
    let mut found = Vec::new();
    for Values { values } in &asked.partitions_to_get {
        match catalog.partition(database_name, table_name, values) {
            Ok(partition) => found.push(partition),
            // Glue leaves unknown ones out; unprocessed are those it had no time for.
            Err(error) if error.code == "EntityNotFoundException" => {}
            Err(error) => return Err(error),
        }
    }
    Ok(json!({"Partitions": found, "UnprocessedKeys": []}))
}

fn delete_many(catalog: &Catalog, asked: &Many) -> Result<Value, ApiError> {
    let Of { database_name, table_name } = &asked.of;
    let list: Vec<Vec<String>> = asked.partitions_to_get.iter().map(|v| v.values.clone()).collect();
    let unknown = catalog.delete_partitions(database_name, table_name, &list)?;
    let why = not_found("Cannot find partition.");
    let errors: Vec<Value> = unknown.iter().map(|values| failed(values, &why)).collect();
    Ok(json!({"Errors": errors}))
}

fn list(catalog: &Catalog, asked: &List) -> Result<Value, ApiError> {
    let Of { database_name, table_name } = &asked.of;
    let found = catalog.partitions(database_name, table_name, asked.expression.as_deref())?;
    let mut found = in_segment(found, asked.segment)?;
    if asked.exclude_column_schema == Some(true) {
        for partition in &mut found {
            if let Some(storage) = &mut partition.input.storage_descriptor {
                storage.columns.clear();
            }
        }
    }
    let paging =
        Paging { token: asked.next_token.as_deref(), wanted: asked.max_results, most: 1000 };
    let (items, next) =
        page(found, paging, |one| serde_json::to_string(&one.values).unwrap_or_default())?;
    listed("Partitions", &items, next)
}

fn in_segment(found: Vec<Partition>, segment: Option<Segment>) -> Result<Vec<Partition>, ApiError> {
    let Some(Segment { segment_number: number, total_segments: total }) = segment else {
        return Ok(found);
    };
    if !(1..=10).contains(&total) || number >= total {
        return Err(invalid("TotalSegments must be 1 to 10 and SegmentNumber below it."));
    }
    let mine = found.into_iter().enumerate().filter(|(index, _)| index % total == number);
    Ok(mine.map(|(_, partition)| partition).collect())
}
