//! CTAS, INSERT and UNLOAD: the rows of a query as files of the store.

mod ctas;
mod file;
mod insert;
mod options;
mod parts;
mod unload;

use std::sync::Arc;
use std::time::{Duration, Instant};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::sql::sqlparser::ast::ObjectName;
use futures::StreamExt;

use super::Engine;
use super::ddl::escape;
use super::engine::disk;
use super::error::SqlError;
use super::figures::Figures;
use super::query::Planned;
use super::request::{Outcome, Output, Request};
use super::rewrite::TableName;
use super::save::blocking;
use super::scan::convert;
use super::statement::Class;
use super::types::{ColumnInfo, HiveType, hive_name, is_json};
use crate::local::glue::types::{Column, PartitionInput, StorageDescriptor};
use options::Options;
use parts::{Part, Parts};

/// The value of a partition key that is NULL.
const NO_VALUE: &str = "__HIVE_DEFAULT_PARTITION__";

/// Files written below a location.
#[derive(Default)]
struct Written {
    rows: u64,
    bytes: u64,
    /// To move them to their places.
    took: Duration,
    /// The URIs of the files.
    files: Vec<String>,
    /// Values of the partition keys, one set a folder.
    partitions: Vec<Vec<Option<String>>>,
}

/// Where files go.
struct Target {
    bucket: String,
    /// With its slash.
    prefix: String,
}

impl Target {
    fn uri(&self) -> String {
        format!("s3://{}/{}", self.bucket, self.prefix)
    }

    /// A folder of it; the empty one is itself.
    fn below(&self, folder: &str) -> Self {
        let slash = if folder.is_empty() { "" } else { "/" };
        Self { bucket: self.bucket.clone(), prefix: format!("{}{folder}{slash}", self.prefix) }
    }
}

impl Engine {
    /// Nothing may lie at the target.
    async fn want_empty(&self, target: &Target, what: &str) -> Result<(), SqlError> {
        let store = self.store.clone();
        let (bucket, prefix, uri) = (target.bucket.clone(), target.prefix.clone(), target.uri());
        let what = what.to_owned();
        blocking(move || {
            let found = store.list(&bucket, &prefix, None, 1).map_err(|e| {
                SqlError::user(format!("HIVE_FILESYSTEM_ERROR: Cannot list {uri}: {}", e.message))
            })?;
            if found.is_empty() {
                return Ok(());
            }
            Err(SqlError::user(format!(
                "HIVE_PATH_ALREADY_EXISTS: Target directory for {what} already exists: {uri}. You may need to manually clean the data at location '{uri}' before retrying. Athena will not delete data in your account"
            )))
        })
        .await
    }

    /// Runs the query into files, then moves them to the target.
    async fn write_files(
        &self,
        request: &Request,
        planned: &Planned,
        names: &[String],
        options: &Options,
        target: &Target,
    ) -> Result<Written, SqlError> {
        let schema = stored_schema(planned, names)?;
        self.may_write(request, &target.bucket, &format!("{}part", target.prefix)).await?;
        let (rows, parts) = self
            .write_parts(planned, schema.clone(), options, |batch| stored(batch, &schema))
            .await?;
        self.move_parts(request, rows, parts, options, |part| target.below(&part.folder)).await
    }

    /// Runs the query into files beside the objects; `shape` makes a batch what is written.
    async fn write_parts(
        &self,
        planned: &Planned,
        schema: SchemaRef,
        options: &Options,
        shape: impl Fn(&RecordBatch) -> Result<RecordBatch, SqlError>,
    ) -> Result<(u64, Vec<Part>), SqlError> {
        let mut parts = Parts::new(self, schema, options)?;
        let mut stream = planned.start()?;
        while let Some(batch) = stream.next().await {
            let batch = batch.map_err(|e| planned.failure(&e))?;
            parts.write(&shape(&batch)?)?;
        }
        parts.finish()
    }

    /// Moves finished files to where each belongs.
    async fn move_parts(
        &self,
        request: &Request,
        rows: u64,
        parts: Vec<Part>,
        options: &Options,
        place: impl Fn(&Part) -> Target,
    ) -> Result<Written, SqlError> {
        let begun = Instant::now();
        let stamp = jiff::Timestamp::now().strftime("%Y%m%d_%H%M%S").to_string();
        let id = uuid::Uuid::new_v4().simple().to_string();
        let mut written = Written { rows, ..Written::default() };
        for (n, part) in parts.into_iter().enumerate() {
            let target = place(&part);
            let key = format!(
                "{}{stamp}_{n:05}_{}_{}{}",
                target.prefix,
                &id[..5],
                uuid::Uuid::new_v4(),
                options.suffix()
            );
            written.bytes += std::fs::metadata(part.file.path()).map_err(disk)?.len();
            let kind = options.format.content_type();
            self.deliver(request, &target.bucket, &key, part.file, kind).await?;
            written.files.push(format!("s3://{}/{key}", target.bucket));
            if !options.partitioned_by.is_empty() {
                written.partitions.push(part.values);
            }
        }
        written.took = begun.elapsed();
        Ok(written)
    }

    /// The outcome of a statement that wrote files.
    fn written(
        &self,
        request: &Request,
        class: Class,
        planned: &Planned,
        written: &Written,
    ) -> Outcome {
        Outcome {
            rows: written.rows,
            scanned_bytes: request.meter.bytes(),
            figures: Figures {
                publishing: written.took,
                output_bytes: written.bytes,
                ..planned.figures()
            },
            ..Outcome::of(class)
        }
    }

    /// The list of the files, beside the results.
    async fn write_manifest(
        &self,
        request: &Request,
        output: &Output,
        folder: &str,
        written: &Written,
    ) -> Result<String, SqlError> {
        let mut body = written.files.join("\n");
        if !body.is_empty() {
            body.push('\n');
        }
        let key = format!("{}{folder}{}-manifest.csv", output.prefix, output.id);
        self.write(request, &output.bucket, &key, body.into_bytes(), "text/csv").await?;
        Ok(format!("s3://{}/{key}", output.bucket))
    }
}

/// The types that tables have, under the names of the result.
fn stored_schema(planned: &Planned, names: &[String]) -> Result<SchemaRef, SqlError> {
    let fields = planned
        .schema()
        .fields()
        .iter()
        .zip(names)
        .map(|(field, name)| {
            let kind = if is_json(field) { DataType::Utf8 } else { field.data_type().clone() };
            let spelled = hive_name(&kind).map_err(|other| {
                SqlError::user(format!(
                    "NOT_SUPPORTED: Unsupported Hive type: {other} of the column '{name}'"
                ))
            })?;
            let kind = HiveType::parse(&spelled).map_err(SqlError::system)?;
            Ok(Field::new(name, kind.arrow(), true))
        })
        .collect::<Result<Vec<_>, SqlError>>()?;
    Ok(Arc::new(Schema::new(fields)))
}

fn stored(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, SqlError> {
    let columns = batch
        .columns()
        .iter()
        .zip(schema.fields())
        .map(|(column, field)| convert(column, field.data_type()).map_err(SqlError::system))
        .collect::<Result<Vec<_>, _>>()?;
    RecordBatch::try_new(schema.clone(), columns).map_err(|e| SqlError::system(e.to_string()))
}

/// Refuses equal and missing names; answers them in lower case.
pub(super) fn column_names(columns: &[ColumnInfo]) -> Result<Vec<String>, SqlError> {
    let mut names: Vec<String> = Vec::new();
    for (at, column) in columns.iter().enumerate() {
        let name = column.name.to_lowercase();
        if name == format!("_col{at}") {
            return Err(SqlError::user(format!(
                "MISSING_COLUMN_NAME: line 1:1: Column name not specified at position {}",
                at + 1
            )));
        }
        if names.contains(&name) {
            return Err(SqlError::user(format!(
                "DUPLICATE_COLUMN_NAME: line 1:1: Column name '{name}' specified more than once"
            )));
        }
        names.push(name);
    }
    Ok(names)
}

/// Database and table of a name; without a database it is the statement's.
pub(super) fn split(name: &ObjectName, database: &str) -> TableName {
    let mut parts: Vec<String> = name
        .0
        .iter()
        .filter_map(|p| p.as_ident())
        .map(|ident| ident.value.to_lowercase())
        .collect();
    let table = parts.pop().unwrap_or_default();
    TableName { database: parts.pop().unwrap_or_else(|| database.to_lowercase()), table }
}

/// A partition in its own folder below the table's location.
fn partition(
    table: &StorageDescriptor,
    location: &str,
    keys: &[Column],
    values: &[Option<String>],
) -> PartitionInput {
    let values: Vec<String> =
        values.iter().map(|v| v.clone().unwrap_or_else(|| NO_VALUE.into())).collect();
    let folders: Vec<String> =
        keys.iter().zip(&values).map(|(k, v)| format!("{}={}", k.name, escape(v))).collect();
    let location = Some(format!("{location}{}/", folders.join("/")));
    let storage_descriptor = Some(StorageDescriptor { location, ..table.clone() });
    PartitionInput { values, storage_descriptor, ..PartitionInput::default() }
}
