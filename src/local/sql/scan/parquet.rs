//! Parquet: columns by name in any case; absent ones are NULL; compatible types are converted.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch, new_null_array};
use datafusion::arrow::datatypes::{DataType, Schema};
use datafusion::parquet::arrow::ProjectionMask;
use datafusion::parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
    ParquetRecordBatchReaderBuilder,
};
use datafusion::parquet::errors::ParquetError;

use super::convert::convert;
use super::meter::Metered;
use super::prune::RowGroups;
use super::rows::{BATCH, Rows, Wanted};
use super::window::Windowed;
use crate::local::sql::error::SqlError;

/// Reads one Parquet object.
pub struct ParquetReader {
    reader: Option<ParquetRecordBatchReader>,
    wanted: Vec<Wanted>,
    /// Rows still to count where no column is wanted: the footer knows.
    count: usize,
    name: String,
}

impl ParquetReader {
    /// Opens an object; row groups that `groups` rules out are not read.
    pub fn open(
        object: &Metered,
        name: &str,
        wanted: &[Wanted],
        limit: Option<usize>,
        groups: Option<&RowGroups>,
    ) -> Result<Self, SqlError> {
        let fail = |e: ParquetError| bad(name, &e);
        let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
        let object = Windowed::new(object.clone());
        let metadata = ArrowReaderMetadata::load(&object, options).map_err(fail)?;
        let schema = metadata.schema().clone();
        let roots: Vec<usize> = wanted.iter().filter_map(|w| position(&schema, &w.name)).collect();
        if roots.is_empty() {
            let rows = usize::try_from(metadata.metadata().file_metadata().num_rows()).unwrap_or(0);
            let count = rows.min(limit.unwrap_or(usize::MAX));
            return Ok(Self {
                reader: None,
                wanted: wanted.to_vec(),
                count,
                name: name.to_owned(),
            });
        }
        let keep = groups.map(|groups| groups.keep(&metadata));
        let mask = ProjectionMask::roots(metadata.parquet_schema(), roots);
        let mut builder = ParquetRecordBatchReaderBuilder::new_with_metadata(object, metadata)
            .with_projection(mask)
            .with_batch_size(BATCH);
        if let Some(keep) = keep {
            builder = builder.with_row_groups(keep);
        }
        if let Some(limit) = limit {
            builder = builder.with_limit(limit);
        }
        let reader = builder.build().map_err(fail)?;
        Ok(Self { reader: Some(reader), wanted: wanted.to_vec(), count: 0, name: name.to_owned() })
    }

    fn columns(&self, batch: &RecordBatch) -> Result<Vec<ArrayRef>, SqlError> {
        let schema = batch.schema();
        self.wanted
            .iter()
            .map(|w| match position(&schema, &w.name) {
                None => Ok(new_null_array(&w.kind.arrow(), batch.num_rows())),
                Some(at) => convert(batch.column(at), &w.kind.arrow()).map_err(|found| {
                    SqlError::user(format!(
                        "HIVE_BAD_DATA: Field {}'s type {found} in parquet file {} is incompatible with type {} defined in table schema",
                        w.name,
                        self.name,
                        plain(&w.kind.arrow()),
                    ))
                }),
            })
            .collect()
    }
}

impl Iterator for ParquetReader {
    type Item = Result<Rows, SqlError>;

    fn next(&mut self) -> Option<Self::Item> {
        let Some(reader) = &mut self.reader else {
            if self.count == 0 {
                return None;
            }
            let count = self.count.min(BATCH);
            self.count -= count;
            let columns =
                self.wanted.iter().map(|w| new_null_array(&w.kind.arrow(), count)).collect();
            return Some(Ok(Rows { columns, count }));
        };
        let batch = match reader.next()? {
            Ok(batch) => batch,
            Err(e) => {
                let inner = ParquetError::ArrowError(e.to_string());
                return Some(Err(bad(&self.name, &inner)));
            }
        };
        let count = batch.num_rows();
        Some(self.columns(&batch).map(|columns| Rows { columns, count }))
    }
}

/// The place of a column, whatever the case of its name.
pub fn position(schema: &Arc<Schema>, name: &str) -> Option<usize> {
    schema
        .fields()
        .iter()
        .position(|f| f.name() == name)
        .or_else(|| schema.fields().iter().position(|f| f.name().to_lowercase() == name))
}

fn plain(kind: &DataType) -> String {
    crate::local::sql::types::hive_name(kind).unwrap_or_else(|other| other)
}

fn bad(name: &str, error: &ParquetError) -> SqlError {
    let text = error.to_string();
    match text.find("Bytes scanned limit") {
        Some(at) => SqlError::user(&text[at..]),
        None => {
            SqlError::user(format!("HIVE_BAD_DATA: {name} is not a readable Parquet file: {text}"))
        }
    }
}
