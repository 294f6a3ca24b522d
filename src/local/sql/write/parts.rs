//! Rows spread over one file a partition.

use std::collections::BTreeMap;

use datafusion::arrow::array::{RecordBatch, UInt32Array};
use datafusion::arrow::compute::take_record_batch;
use datafusion::arrow::datatypes::SchemaRef;
use std::sync::Arc;

use super::NO_VALUE;
use super::file::RowFile;
use super::options::Options;
use crate::local::sql::Engine;
use crate::local::sql::ddl::escape;
use crate::local::sql::engine::disk;
use crate::local::sql::error::SqlError;
use crate::local::sql::output::Cells;
use crate::local::sql::save::Scratch;

/// Athena writes at most this many partitions in one statement.
const MOST: usize = 100;

/// A finished file.
pub struct Part {
    /// `day=2024-01-01`, or nothing.
    pub folder: String,
    pub values: Vec<Option<String>>,
    pub file: Scratch,
}

/// The files being written.
pub struct Parts {
    engine: Engine,
    options: Options,
    data: SchemaRef,
    data_at: Vec<usize>,
    keys_at: Vec<usize>,
    open: BTreeMap<Vec<Option<String>>, (RowFile, Scratch)>,
    rows: u64,
}

impl Parts {
    /// The partition keys must be the last columns, in their order.
    pub fn new(engine: &Engine, schema: SchemaRef, options: &Options) -> Result<Self, SqlError> {
        let count = schema.fields().len();
        let keys = options.partitioned_by.len();
        let names: Vec<&String> = schema.fields().iter().map(|f| f.name()).collect();
        if keys > 0 {
            let fits = keys < count
                && names[count - keys..].iter().zip(&options.partitioned_by).all(|(a, b)| *a == b);
            if !fits {
                return Err(SqlError::user(format!(
                    "HIVE_COLUMN_ORDER_MISMATCH: Partition keys must be the last columns in the table and in the same order as the table properties: [{}]",
                    options.partitioned_by.join(", ")
                )));
            }
        }
        let data_at: Vec<usize> = (0..count - keys).collect();
        let data = Arc::new(schema.project(&data_at).map_err(|e| SqlError::system(e.to_string()))?);
        Ok(Self {
            engine: engine.clone(),
            options: options.clone(),
            data,
            data_at,
            keys_at: (count - keys..count).collect(),
            open: BTreeMap::new(),
            rows: 0,
        })
    }

    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), SqlError> {
        if batch.num_rows() == 0 {
            return Ok(());
        }
        self.rows += batch.num_rows() as u64;
        let fail = |e: datafusion::arrow::error::ArrowError| SqlError::system(e.to_string());
        let data = batch.project(&self.data_at).map_err(fail)?;
        if self.keys_at.is_empty() {
            return self.file(Vec::new())?.write(&data);
        }
        for (values, rows) in self.groups(batch) {
            let rows = take_record_batch(&data, &UInt32Array::from(rows)).map_err(fail)?;
            self.file(values)?.write(&rows)?;
        }
        Ok(())
    }

    fn groups(&self, batch: &RecordBatch) -> BTreeMap<Vec<Option<String>>, Vec<u32>> {
        let schema = batch.schema();
        let cells: Vec<Cells> = self
            .keys_at
            .iter()
            .map(|at| Cells::new(batch.column(*at), schema.field(*at)))
            .collect();
        let mut groups: BTreeMap<_, Vec<u32>> = BTreeMap::new();
        for row in 0..batch.num_rows() {
            let values: Vec<Option<String>> = cells
                .iter()
                .map(|column| {
                    let mut text = String::new();
                    column.write(row, &mut text).then_some(text)
                })
                .collect();
            groups.entry(values).or_default().push(row as u32);
        }
        groups
    }

    fn file(&mut self, values: Vec<Option<String>>) -> Result<&mut RowFile, SqlError> {
        if !self.open.contains_key(&values) {
            if self.open.len() == MOST {
                return Err(SqlError::user(format!(
                    "HIVE_TOO_MANY_OPEN_PARTITIONS: Exceeded limit of {MOST} open writers for partitions/buckets"
                )));
            }
            let scratch = self.engine.scratch();
            let file = crate::local::private::create(scratch.path()).map_err(disk)?;
            let file = RowFile::new(file, self.data.clone(), &self.options)?;
            self.open.insert(values.clone(), (file, scratch));
        }
        match self.open.get_mut(&values) {
            Some((file, _)) => Ok(file),
            None => Err(SqlError::system("a file was not opened")),
        }
    }

    /// Ends every file.
    pub fn finish(self) -> Result<(u64, Vec<Part>), SqlError> {
        let keys = self.options.partitioned_by;
        let mut parts = Vec::new();
        for (values, (file, scratch)) in self.open {
            file.finish()?;
            let folders: Vec<String> = keys
                .iter()
                .zip(&values)
                .map(|(key, value)| match value {
                    Some(value) => format!("{key}={}", escape(value)),
                    None => format!("{key}={NO_VALUE}"),
                })
                .collect();
            parts.push(Part { folder: folders.join("/"), values, file: scratch });
        }
        Ok((self.rows, parts))
    }
}
