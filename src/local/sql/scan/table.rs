//! A table of the catalog as the engine sees it.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::array::{Array, ArrayRef, BooleanArray, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column as ColumnName, DFSchema, Result};
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;

use super::column::Column;
use super::exec::{Out, ScanExec};
use super::files::{Unit, may_read, objects, place, spread};
use super::format::format_of;
use super::meter::Meter;
use super::prune::RowGroups;
use super::rows::Wanted;
use crate::local::glue::Catalog;
use crate::local::glue::types::{Parameters, StorageDescriptor, Table};
use crate::local::principal::Principal;
use crate::local::s3::Store;
use crate::local::sql::error::SqlError;
use crate::local::sql::types::HiveType;

/// The hidden column that holds the object a row comes from.
pub const PATH: &str = "$path";

/// What a scan needs beside the table itself.
#[derive(Clone)]
pub struct Reach {
    pub store: Store,
    pub catalog: Catalog,
    pub who: Principal,
    pub meter: Arc<Meter>,
}

impl std::fmt::Debug for Reach {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "as {}", self.who)
    }
}

/// The columns of a table as its definition has them, names in lower case.
pub struct Columns {
    pub data: Vec<(String, HiveType)>,
    pub keys: Vec<(String, HiveType)>,
}

/// Understands the catalog's definition of a table.
///
/// # Errors
/// Where it is of a kind that the local lake does not know.
pub fn columns_of(table: &Table) -> Result<Columns, SqlError> {
    let name = format!("{}.{}", table.database_name, table.name);
    if table.parameters.get("table_type").is_some_and(|t| t.eq_ignore_ascii_case("iceberg")) {
        return Err(SqlError::user(format!(
            "NOT_SUPPORTED: {name} is an Iceberg table, which the local lake cannot read"
        )));
    }
    if table.parameters.get("projection.enabled").is_some_and(|v| v == "true") {
        return Err(SqlError::user(format!(
            "NOT_SUPPORTED: {name} uses partition projection, which the local lake does not do; add its partitions with MSCK REPAIR TABLE and remove projection.enabled"
        )));
    }
    let typed = |columns: &[crate::local::glue::types::Column]| {
        columns
            .iter()
            .map(|c| match HiveType::parse(&c.kind) {
                Ok(kind) => Ok((c.name.to_lowercase(), kind)),
                Err(why) => Err(SqlError::user(format!(
                    "HIVE_INVALID_METADATA: The column {} of {name}: {why}",
                    c.name
                ))),
            })
            .collect::<Result<Vec<_>, _>>()
    };
    Ok(Columns { data: typed(table.columns())?, keys: typed(&table.partition_keys)? })
}

/// A Glue table, read through the store.
#[derive(Debug)]
pub struct LakeTable {
    table: Table,
    columns: Vec<(String, HiveType)>,
    keys: Vec<(String, HiveType)>,
    schema: SchemaRef,
    reach: Reach,
}

impl LakeTable {
    /// Understands the catalog's definition; `path` adds the hidden column `"$path"`.
    pub fn new(table: Table, reach: Reach, path: bool) -> Result<Self, SqlError> {
        let Columns { data: columns, keys } = columns_of(&table)?;
        let mut fields: Vec<Field> = columns
            .iter()
            .chain(&keys)
            .map(|(name, kind)| Field::new(name, kind.arrow(), true))
            .collect();
        if path {
            fields.push(Field::new(PATH, DataType::Utf8, false));
        }
        Ok(Self { table, columns, keys, schema: Arc::new(Schema::new(fields)), reach })
    }

    /// Database and name, for the access check.
    pub fn names(&self) -> (&str, &str) {
        (&self.table.database_name, &self.table.name)
    }

    fn format_error(&self, why: SqlError) -> datafusion::common::DataFusionError {
        why.into()
    }

    /// The objects to read, partitions ruled out by the filters left out.
    fn units(&self, state: &dyn Session, filters: &[Expr]) -> Result<Vec<Unit>> {
        let storage = self.table.storage_descriptor.clone().unwrap_or_default();
        let mut units = Vec::new();
        if self.keys.is_empty() {
            self.gather(&storage, None, Vec::new(), &mut units)?;
        } else {
            for (partition, values) in self.partitions(state, filters)? {
                let own = partition.storage_descriptor.clone().unwrap_or_default();
                self.gather(
                    &storage,
                    Some((own, partition.parameters.clone())),
                    values,
                    &mut units,
                )?;
            }
        }
        for unit in &units {
            may_read(&self.reach.store, &self.reach.who, unit)?;
        }
        Ok(units)
    }

    fn gather(
        &self,
        table: &StorageDescriptor,
        partition: Option<(StorageDescriptor, Parameters)>,
        values: Vec<Option<String>>,
        units: &mut Vec<Unit>,
    ) -> Result<()> {
        let (own, _) = partition.unwrap_or_else(|| (table.clone(), Parameters::new()));
        let location = own.location.as_deref().unwrap_or_default();
        if location.is_empty() {
            return Ok(());
        }
        // A partition without a SerDe of its own has the table's.
        let storage = if own.serde_library().is_empty() { table } else { &own };
        let format = format_of(storage, &self.table.parameters, &self.table.name)
            .map_err(|e| self.format_error(e))?;
        let (bucket, prefix) = place(location)?;
        let (format, values) = (Arc::new(format), Arc::new(values));
        for (key, size) in objects(&self.reach.store, &bucket, &prefix)? {
            units.push(Unit {
                bucket: bucket.clone(),
                key,
                size,
                format: format.clone(),
                partition: values.clone(),
            });
        }
        Ok(())
    }

    /// The partitions that the filters leave, with their values.
    #[allow(clippy::type_complexity)]
    fn partitions(
        &self,
        state: &dyn Session,
        filters: &[Expr],
    ) -> Result<Vec<(crate::local::glue::types::Partition, Vec<Option<String>>)>> {
        let (db, name) = self.names();
        let all = self
            .reach
            .catalog
            .partitions(db, name, None)
            .map_err(|e| SqlError::system(format!("HIVE_METASTORE_ERROR: {}", e.message)))?;
        let values: Vec<Vec<Option<String>>> = all
            .iter()
            .map(|p| {
                p.values
                    .iter()
                    .map(|v| (v != "__HIVE_DEFAULT_PARTITION__").then(|| v.clone()))
                    .collect()
            })
            .collect();
        let keep = self.pruned(state, filters, &values)?;
        Ok(all
            .into_iter()
            .zip(values)
            .enumerate()
            .filter(|(at, _)| keep.as_ref().is_none_or(|k| k.is_valid(*at) && k.value(*at)))
            .map(|(_, pair)| pair)
            .collect())
    }

    /// Evaluates the filters that speak of partition keys alone.
    fn pruned(
        &self,
        state: &dyn Session,
        filters: &[Expr],
        values: &[Vec<Option<String>>],
    ) -> Result<Option<BooleanArray>> {
        let about_keys = filters.iter().filter(|f| {
            let names = f.column_refs();
            !names.is_empty() && names.iter().all(|c| self.keys.iter().any(|(k, _)| *k == c.name))
        });
        let Some(filter) = conjunction(about_keys.cloned()) else { return Ok(None) };
        let fields: Vec<Field> =
            self.keys.iter().map(|(n, k)| Field::new(n, k.arrow(), true)).collect();
        let schema = Arc::new(Schema::new(fields));
        let columns = self
            .keys
            .iter()
            .enumerate()
            .map(|(at, (_, kind))| {
                let mut column = Column::new(kind);
                for row in values {
                    constant(&mut column, row.get(at).and_then(Option::as_deref));
                }
                column.finish()
            })
            .collect::<Vec<ArrayRef>>();
        let batch = RecordBatch::try_new(schema.clone(), columns)?;
        let df = DFSchema::try_from(schema.as_ref().clone())?;
        let physical = state.create_physical_expr(unqualified(filter)?, &df)?;
        let answer = physical.evaluate(&batch)?.into_array(batch.num_rows())?;
        Ok(answer.as_any().downcast_ref::<BooleanArray>().cloned())
    }
}

/// Appends a partition value; one that is not of the key's type is NULL.
pub fn constant(column: &mut Column, value: Option<&str>) {
    match value {
        Some(text) if column.text(text).is_ok() => {}
        _ => column.null(),
    }
}

/// Filters name the table they are about; a schema of one table does not.
fn unqualified(filter: Expr) -> Result<Expr> {
    filter
        .transform(|e| match e {
            Expr::Column(c) => {
                Ok(Transformed::yes(Expr::Column(ColumnName::new_unqualified(c.name))))
            }
            other => Ok(Transformed::no(other)),
        })
        .map(|t| t.data)
}

#[async_trait]
impl TableProvider for LakeTable {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let units = self.units(state, filters)?;
        let all: Vec<usize> = (0..self.schema.fields().len()).collect();
        let chosen = projection.unwrap_or(&all);
        let mut wanted = Vec::new();
        let mut out = Vec::new();
        for &at in chosen {
            if let Some((name, kind)) = self.columns.get(at) {
                out.push(Out::Data(wanted.len()));
                wanted.push(Wanted { name: name.clone(), kind: kind.clone(), at });
            } else if let Some((_, kind)) = self.keys.get(at - self.columns.len()) {
                out.push(Out::Key(at - self.columns.len(), kind.clone()));
            } else {
                out.push(Out::Path);
            }
        }
        let groups = match conjunction(filters.iter().cloned()) {
            None => None,
            Some(filter) => {
                let df = DFSchema::try_from(self.schema.as_ref().clone())?;
                state
                    .create_physical_expr(unqualified(filter)?, &df)
                    .ok()
                    .and_then(|f| RowGroups::new(f, self.schema.clone()))
            }
        };
        let schema = Arc::new(self.schema.project(chosen)?);
        let parts = spread(units, state.config().target_partitions());
        let (db, name) = self.names();
        Ok(Arc::new(ScanExec::new(
            format!("{db}.{name}"),
            self.reach.clone(),
            parts,
            wanted,
            out,
            schema,
            // A limit below a filter would count rows that the filter drops.
            limit.filter(|_| filters.is_empty()),
            groups,
        )))
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        // Used to leave out partitions and row groups; the rows are filtered above.
        Ok(filters
            .iter()
            .map(|f| {
                if f.is_volatile() {
                    TableProviderFilterPushDown::Unsupported
                } else {
                    TableProviderFilterPushDown::Inexact
                }
            })
            .collect())
    }
}
