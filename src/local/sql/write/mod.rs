//! CTAS and UNLOAD: the rows of a query as files of the store.

mod ctas;
mod file;
mod options;
mod parts;
mod unload;

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use futures::StreamExt;

use super::Engine;
use super::error::SqlError;
use super::query::Planned;
use super::request::{Output, Request};
use super::save::blocking;
use super::scan::convert;
use super::types::{HiveType, hive_name, is_json};
use options::Options;
use parts::Parts;

/// Files written below a location.
struct Written {
    rows: u64,
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
        let mut parts = Parts::new(self, schema.clone(), options)?;
        let mut stream = planned.start()?;
        while let Some(batch) = stream.next().await {
            let batch = batch.map_err(|e| planned.failure(&e))?;
            parts.write(&stored(&batch, &schema)?)?;
        }
        let stamp = jiff::Timestamp::now().strftime("%Y%m%d_%H%M%S").to_string();
        let id = uuid::Uuid::new_v4().simple().to_string();
        let (rows, finished) = parts.finish()?;
        let mut written = Written { rows, files: Vec::new(), partitions: Vec::new() };
        for (n, part) in finished.into_iter().enumerate() {
            let folder = match part.folder.as_str() {
                "" => String::new(),
                folder => format!("{folder}/"),
            };
            let key = format!(
                "{}{folder}{stamp}_{n:05}_{}_{}{}",
                target.prefix,
                &id[..5],
                uuid::Uuid::new_v4(),
                options.suffix()
            );
            let kind = options.format.content_type();
            self.deliver(request, &target.bucket, &key, part.file, kind).await?;
            written.files.push(format!("s3://{}/{key}", target.bucket));
            if !options.partitioned_by.is_empty() {
                written.partitions.push(part.values);
            }
        }
        Ok(written)
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
fn column_names(planned: &Planned) -> Result<Vec<String>, SqlError> {
    let mut names: Vec<String> = Vec::new();
    for (at, column) in planned.columns().iter().enumerate() {
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
