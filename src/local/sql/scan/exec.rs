//! The plan node that reads objects: decoding runs on blocking threads and stops when the
//! stream is dropped.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, RecordBatch, RecordBatchOptions, StringArray, UInt32Array,
};
use datafusion::arrow::compute::take;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::metrics::{
    Count, ExecutionPlanMetricsSet, MetricBuilder, MetricsSet,
};
use datafusion::physical_plan::stream::RecordBatchReceiverStreamBuilder;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties,
};

use super::column::Column;
use super::files::Unit;
use super::format::Format;
use super::meter::Metered;
use super::parquet::ParquetReader;
use super::prune::RowGroups;
use super::rows::{RowReader, Rows, Wanted};
use super::table::{Reach, constant};
use crate::local::sql::error::SqlError;
use crate::local::sql::types::HiveType;

/// What the node is called.
pub const SCAN: &str = "TableScan";

/// Where a column of the answer comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Out {
    /// The n-th wanted column of the object.
    Data(usize),
    /// The n-th partition key.
    Key(usize, HiveType),
    /// The object's URI.
    Path,
}

/// Reads the objects of one table.
#[derive(Debug)]
pub struct ScanExec {
    table: String,
    reach: Reach,
    parts: Vec<Vec<Unit>>,
    task: Arc<Task>,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

/// What every partition does alike.
#[derive(Debug)]
struct Task {
    wanted: Vec<Wanted>,
    out: Vec<Out>,
    schema: SchemaRef,
    limit: Option<usize>,
    groups: Option<RowGroups>,
}

impl ScanExec {
    #[allow(clippy::too_many_arguments)]
    pub fn new(
        table: String,
        reach: Reach,
        parts: Vec<Vec<Unit>>,
        wanted: Vec<Wanted>,
        out: Vec<Out>,
        schema: SchemaRef,
        limit: Option<usize>,
        groups: Option<RowGroups>,
    ) -> Self {
        let properties = Arc::new(PlanProperties::new(
            EquivalenceProperties::new(schema.clone()),
            Partitioning::UnknownPartitioning(parts.len()),
            EmissionType::Incremental,
            Boundedness::Bounded,
        ));
        let task = Arc::new(Task { wanted, out, schema, limit, groups });
        let metrics = ExecutionPlanMetricsSet::new();
        Self { table, reach, parts, task, properties, metrics }
    }
}

impl DisplayAs for ScanExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let objects: usize = self.parts.iter().map(Vec::len).sum();
        let bytes: u64 = self.parts.iter().flatten().map(|u| u.size).sum();
        let columns: Vec<&str> = self.task.wanted.iter().map(|w| w.name.as_str()).collect();
        write!(
            f,
            "TableScan[table = {}, columns = [{}], objects = {objects}, bytes = {bytes}]",
            self.table,
            columns.join(", ")
        )
    }
}

impl ExecutionPlan for ScanExec {
    fn name(&self) -> &str {
        SCAN
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        _: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }

    fn execute(&self, partition: usize, _: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let units = self.parts.get(partition).cloned().unwrap_or_default();
        let (task, reach) = (self.task.clone(), self.reach.clone());
        let mut builder = RecordBatchReceiverStreamBuilder::new(task.schema.clone(), 2);
        let out = builder.tx();
        let read = MetricBuilder::new(&self.metrics).output_rows(partition);
        let bytes = MetricBuilder::new(&self.metrics).counter("bytes_scanned", partition);
        builder.spawn_blocking(move || {
            let mut left = task.limit.unwrap_or(usize::MAX);
            for unit in units {
                if left == 0 {
                    break;
                }
                for rows in task.open(&reach, &unit, left, &bytes)? {
                    let batch = task.batch(&unit, rows?)?;
                    read.add(batch.num_rows());
                    left = left.saturating_sub(batch.num_rows());
                    // The stream was dropped: the query is over or stopped.
                    if out.blocking_send(Ok(batch)).is_err() {
                        return Ok(());
                    }
                }
                if out.is_closed() {
                    return Ok(());
                }
            }
            Ok(())
        });
        Ok(builder.build())
    }
}

type Batches = Box<dyn Iterator<Item = Result<Rows, SqlError>>>;

impl Task {
    fn open(
        &self,
        reach: &Reach,
        unit: &Unit,
        left: usize,
        bytes: &Count,
    ) -> Result<Batches, SqlError> {
        let (file, info) = reach.store.file(&unit.bucket, &unit.key).map_err(|e| {
            SqlError::user(format!(
                "HIVE_CANNOT_OPEN_SPLIT: Error opening {}: {}",
                unit.uri(),
                e.message
            ))
        })?;
        let object = Metered::new(file, info.size, reach.meter.clone(), bytes.clone());
        let limit = self.limit.map(|_| left);
        let name = unit.uri();
        Ok(match unit.format.as_ref() {
            Format::Parquet => Box::new(ParquetReader::open(
                &object,
                &name,
                &self.wanted,
                limit,
                self.groups.as_ref(),
            )?),
            rows => Box::new(RowReader::open(&object, &name, rows, &self.wanted, limit)?),
        })
    }

    /// Puts the columns into the order of the schema, partition values and path among them.
    fn batch(&self, unit: &Unit, rows: Rows) -> Result<RecordBatch> {
        let columns = self
            .out
            .iter()
            .map(|out| match out {
                Out::Data(at) => rows
                    .columns
                    .get(*at)
                    .cloned()
                    .ok_or_else(|| DataFusionError::Internal("a column is missing".into())),
                Out::Key(at, kind) => {
                    let mut column = Column::new(kind);
                    constant(&mut column, unit.partition.get(*at).and_then(Option::as_deref));
                    repeat(&column.finish(), rows.count)
                }
                Out::Path => {
                    let path: ArrayRef = Arc::new(StringArray::from(vec![unit.uri()]));
                    repeat(&path, rows.count)
                }
            })
            .collect::<Result<Vec<_>>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(rows.count));
        Ok(RecordBatch::try_new_with_options(self.schema.clone(), columns, &options)?)
    }
}

fn repeat(one: &ArrayRef, count: usize) -> Result<ArrayRef> {
    debug_assert_eq!(one.len(), 1);
    Ok(take(one, &UInt32Array::from(vec![0; count]), None)?)
}
