//! Leaves out row groups that the query's filters rule out, by their statistics.

use std::collections::HashSet;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, BooleanArray};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::pruning::PruningStatistics;
use datafusion::common::{Column, ScalarValue};
use datafusion::parquet::arrow::arrow_reader::ArrowReaderMetadata;
use datafusion::parquet::arrow::arrow_reader::statistics::StatisticsConverter;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_optimizer::pruning::{PruningPredicate, PruningPredicateBuilder};

use super::convert::convert;
use super::parquet::position;

/// The query's filters over a table, ready to be asked about row groups.
#[derive(Debug, Clone)]
pub struct RowGroups {
    predicate: Arc<PruningPredicate>,
    /// The table's schema.
    schema: SchemaRef,
}

impl RowGroups {
    /// None where the filters say nothing about statistics.
    pub fn new(filter: Arc<dyn PhysicalExpr>, schema: SchemaRef) -> Option<Self> {
        let predicate = PruningPredicateBuilder::new()
            .with_file_schema(schema.clone())
            .try_build(filter)
            .ok()?;
        if predicate.always_true() {
            return None;
        }
        Some(Self { predicate: Arc::new(predicate), schema })
    }

    /// The row groups that may hold a row of the answer.
    pub fn keep(&self, file: &ArrowReaderMetadata) -> Vec<usize> {
        let count = file.metadata().num_row_groups();
        let statistics = Statistics { file, schema: &self.schema };
        match self.predicate.prune(&statistics) {
            Ok(keep) => (0..count).filter(|at| keep.get(*at).copied().unwrap_or(true)).collect(),
            Err(_) => (0..count).collect(),
        }
    }
}

struct Statistics<'a> {
    file: &'a ArrowReaderMetadata,
    schema: &'a SchemaRef,
}

impl Statistics<'_> {
    fn converter<'b>(&'b self, column: &Column) -> Option<StatisticsConverter<'b>> {
        let at = position(self.file.schema(), &column.name)?;
        let name = self.file.schema().field(at).name();
        StatisticsConverter::try_new(name, self.file.schema(), self.file.parquet_schema()).ok()
    }

    /// Statistics in the type that the table says.
    fn typed(&self, column: &Column, array: ArrayRef) -> Option<ArrayRef> {
        let to = self.schema.field_with_name(&column.name).ok()?.data_type();
        convert(&array, to).ok()
    }
}

impl PruningStatistics for Statistics<'_> {
    fn min_values(&self, column: &Column) -> Option<ArrayRef> {
        let found = self
            .converter(column)?
            .row_group_mins(self.file.metadata().row_groups().iter())
            .ok()?;
        self.typed(column, found)
    }

    fn max_values(&self, column: &Column) -> Option<ArrayRef> {
        let found = self
            .converter(column)?
            .row_group_maxes(self.file.metadata().row_groups().iter())
            .ok()?;
        self.typed(column, found)
    }

    fn num_containers(&self) -> usize {
        self.file.metadata().num_row_groups()
    }

    fn null_counts(&self, column: &Column) -> Option<ArrayRef> {
        let counts = self
            .converter(column)?
            .row_group_null_counts(self.file.metadata().row_groups().iter())
            .ok()?;
        Some(Arc::new(counts))
    }

    fn row_counts(&self) -> Option<ArrayRef> {
        let rows = self.file.metadata().row_groups().iter().map(|g| g.num_rows() as u64);
        Some(Arc::new(datafusion::arrow::array::UInt64Array::from_iter_values(rows)))
    }

    fn contained(&self, _: &Column, _: &HashSet<ScalarValue>) -> Option<BooleanArray> {
        None
    }
}
