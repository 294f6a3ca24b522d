//! From a query to a stream of batches.

use std::sync::Arc;
use std::time::{Duration, Instant};

use datafusion::arrow::datatypes::{FieldRef, SchemaRef};
use datafusion::catalog::TableProvider;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::display::DisplayableExecutionPlan;
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use datafusion::sql::parser::Statement as DfStatement;
use datafusion::sql::sqlparser::ast::{Query, Statement};
use datafusion::sql::sqlparser::tokenizer::Span;

use super::access::authorise;
use super::error::SqlError;
use super::figures::Figures;
use super::parse::Source;
use super::rewrite::{Outputs, TableName, rewrite};
use super::scan::{LakeTable, Reach};
use super::types::{ColumnInfo, column_info};
use super::view::View;
use super::{Engine, information};
use crate::local::glue::types::Table;
use crate::local::principal::Principal;

/// A query planned and ready to run.
pub struct Planned {
    physical: Arc<dyn ExecutionPlan>,
    state: SessionState,
    source: Source,
    outputs: Outputs,
    took: Duration,
}

/// Parsing and planning recurse deeply; a worker's stack is too small for that, above all in a
/// debug build.
const STACK: usize = 256 << 20;

/// Runs `work` on a thread with a deep stack.
pub(super) async fn deep<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, SqlError> + Send + 'static,
) -> Result<T, SqlError> {
    let (send, receive) = tokio::sync::oneshot::channel();
    std::thread::Builder::new()
        .name("sql-plan".into())
        .stack_size(STACK)
        .spawn(move || {
            let _ = send.send(work());
        })
        .map_err(|e| SqlError::system(format!("no thread for planning: {e}")))?;
    receive.await.unwrap_or_else(|_| {
        Err(SqlError::system("GENERIC_INTERNAL_ERROR: the planner broke down on this statement"))
    })
}

/// A query bound to its tables; nothing is listed or read yet.
pub struct Analysed {
    pub logical: LogicalPlan,
    /// What it names, views as such.
    pub tables: Vec<TableName>,
    state: SessionState,
    source: Source,
    outputs: Outputs,
}

impl Analysed {
    /// The columns' fields; names are the engine's.
    pub fn fields(&self) -> Vec<FieldRef> {
        self.logical.schema().fields().iter().cloned().collect()
    }

    /// The columns as Athena describes them.
    pub fn columns(&self) -> Vec<ColumnInfo> {
        named(&self.outputs, &self.fields())
    }
}

fn named(outputs: &Outputs, fields: &[FieldRef]) -> Vec<ColumnInfo> {
    let numbered = fields.iter().enumerate();
    numbered.map(|(n, f)| column_info(&outputs.name(n, f.name()), f)).collect()
}

impl Engine {
    /// Rewrites, checks access, plans.
    pub(super) async fn plan(
        &self,
        query: Query,
        source: Source,
        database: &str,
        reach: Reach,
    ) -> Result<Planned, SqlError> {
        let begun = Instant::now();
        let engine = self.clone();
        let database = database.to_owned();
        let handle = tokio::runtime::Handle::current();
        let mut planned =
            deep(move || handle.block_on(engine.plan_here(query, source, &database, reach)))
                .await?;
        planned.took = begun.elapsed();
        Ok(planned)
    }

    /// The first half of it.
    pub(super) async fn analysed(
        &self,
        query: Query,
        source: Source,
        database: &str,
        reach: Reach,
    ) -> Result<Analysed, SqlError> {
        let engine = self.clone();
        let database = database.to_owned();
        let handle = tokio::runtime::Handle::current();
        deep(move || handle.block_on(engine.analyse(query, source, &database, reach, &[]))).await
    }

    async fn plan_here(
        &self,
        query: Query,
        source: Source,
        database: &str,
        reach: Reach,
    ) -> Result<Planned, SqlError> {
        let who = reach.who.clone();
        let Analysed { logical, state, source, outputs, .. } =
            self.analyse(query, source, database, reach, &[]).await?;
        let fail = |e| SqlError::from_engine(&e, &source);
        let logical = state.optimize(&logical).map_err(fail)?;
        check_access(&logical, &who)?;
        let physical =
            state.query_planner().create_physical_plan(&logical, &state).await.map_err(fail)?;
        Ok(Planned { physical, state, outputs, source, took: Duration::ZERO })
    }

    /// Analyses a query that stands in `within`, the views that are being expanded.
    pub(super) async fn analyse(
        &self,
        query: Query,
        source: Source,
        database: &str,
        reach: Reach,
        within: &[TableName],
    ) -> Result<Analysed, SqlError> {
        let rewritten = rewrite(query, &source, database)?;
        let mut names = rewritten.tables;
        names.sort_by(|a, b| a.0.cmp(&b.0));
        names.dedup_by(|a, b| a.0 == b.0);
        let mut tables = Vec::new();
        for (name, span) in &names {
            let path = rewritten.path;
            let table = self.table(name, *span, reach.clone(), path, within).await?;
            tables.push((name.clone(), table));
        }
        let state = super::session::with_tables(&self.base, tables)?;
        let statement =
            DfStatement::Statement(Box::new(Statement::Query(Box::new(rewritten.query))));
        let logical = state
            .statement_to_plan(statement)
            .await
            .map_err(|e| SqlError::from_engine(&e, &source))?;
        let tables = names.into_iter().map(|(name, _)| name).collect();
        Ok(Analysed { logical, tables, state, source, outputs: rewritten.outputs })
    }

    async fn table(
        &self,
        name: &TableName,
        span: Span,
        reach: Reach,
        path: bool,
        within: &[TableName],
    ) -> Result<Arc<dyn TableProvider>, SqlError> {
        if name.database == information::DATABASE {
            return information::table(&self.catalog, &name.table)
                .ok_or_else(|| not_found(name, span))?;
        }
        let table = self.definition(name, span)?;
        match View::of(&table)? {
            Some(view) => self.expand(name, view, span, reach, within).await,
            None => Ok(Arc::new(LakeTable::new(table, reach, path)?)),
        }
    }

    /// The catalog's entry of a table that a statement names at `span`.
    pub(super) fn definition(&self, name: &TableName, span: Span) -> Result<Table, SqlError> {
        if let Err(error) = self.catalog.database(&name.database) {
            if error.code == "EntityNotFoundException" {
                return Err(SqlError::user(format!(
                    "SCHEMA_NOT_FOUND: line {}:{}: Schema '{}' does not exist",
                    span.start.line, span.start.column, name.database
                )));
            }
            return Err(SqlError::system(error.message));
        }
        match self.catalog.table(&name.database, &name.table) {
            Ok(table) => Ok(table),
            Err(error) if error.code == "EntityNotFoundException" => Err(not_found(name, span)),
            Err(error) => Err(SqlError::system(error.message)),
        }
    }
}

fn not_found(name: &TableName, span: Span) -> SqlError {
    SqlError::user(format!(
        "TABLE_NOT_FOUND: line {}:{}: Table 'awsdatacatalog.{}.{}' does not exist",
        span.start.line, span.start.column, name.database, name.table
    ))
}

/// Asks for every table with the columns that the optimised plan really reads.
fn check_access(plan: &LogicalPlan, who: &Principal) -> Result<(), SqlError> {
    let mut outcome = Ok(());
    let walked = plan.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node {
            let columns: Vec<String> =
                scan.projected_schema.fields().iter().map(|f| f.name().clone()).collect();
            let database = scan.table_name.schema().unwrap_or_default();
            if let Err(refused) = authorise(who, database, scan.table_name.table(), &columns) {
                outcome = Err(refused);
                return Ok(TreeNodeRecursion::Stop);
            }
        }
        Ok(TreeNodeRecursion::Continue)
    });
    walked.map_err(|e| SqlError::system(e.to_string()))?;
    outcome
}

impl Planned {
    /// The batches' schema; names are the engine's.
    pub fn schema(&self) -> SchemaRef {
        self.physical.schema()
    }

    /// The columns as Athena describes them.
    pub fn columns(&self) -> Vec<ColumnInfo> {
        named(&self.outputs, self.schema().fields())
    }

    /// Starts; dropping the stream stops it.
    pub fn start(&self) -> Result<SendableRecordBatchStream, SqlError> {
        execute_stream(self.physical.clone(), self.state.task_ctx()).map_err(|e| self.failure(&e))
    }

    /// An error of the stream in Athena's words.
    pub fn failure(&self, error: &datafusion::common::DataFusionError) -> SqlError {
        SqlError::from_engine(error, &self.source)
    }

    /// The plan as text, a line a step; `analyze` adds what each step took, once it has run.
    pub fn explain(&self, analyze: bool) -> Vec<String> {
        let plan = self.physical.as_ref();
        let shown = match analyze {
            true => DisplayableExecutionPlan::with_metrics(plan),
            false => DisplayableExecutionPlan::new(plan),
        };
        let shown = shown.indent(false).to_string();
        shown.lines().map(str::to_owned).collect()
    }

    /// What it took so far.
    pub fn figures(&self) -> Figures {
        Figures::of(&self.physical, self.took)
    }
}
