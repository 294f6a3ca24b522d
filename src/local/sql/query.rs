//! From a query to a stream of batches.

use std::sync::Arc;

use datafusion::arrow::datatypes::SchemaRef;
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
use super::parse::Source;
use super::rewrite::{Outputs, TableName, rewrite};
use super::scan::{LakeTable, Reach};
use super::types::{ColumnInfo, column_info};
use super::{Engine, information};
use crate::local::principal::Principal;

/// A query planned and ready to run.
pub struct Planned {
    physical: Arc<dyn ExecutionPlan>,
    state: SessionState,
    source: Source,
    outputs: Outputs,
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

impl Engine {
    /// Rewrites, checks access, plans.
    pub(super) async fn plan(
        &self,
        query: Query,
        source: Source,
        database: &str,
        reach: Reach,
    ) -> Result<Planned, SqlError> {
        let engine = self.clone();
        let database = database.to_owned();
        let handle = tokio::runtime::Handle::current();
        deep(move || handle.block_on(engine.plan_here(query, source, &database, reach))).await
    }

    async fn plan_here(
        &self,
        query: Query,
        source: Source,
        database: &str,
        reach: Reach,
    ) -> Result<Planned, SqlError> {
        let rewritten = rewrite(query, &source, database)?;
        let who = reach.who.clone();
        let mut tables = Vec::new();
        let mut names = rewritten.tables;
        names.sort_by(|a, b| a.0.cmp(&b.0));
        names.dedup_by(|a, b| a.0 == b.0);
        for (name, span) in names {
            let table = self.table(&name, span, reach.clone(), rewritten.path)?;
            tables.push((name, table));
        }
        let state = super::session::with_tables(&self.base, tables)?;
        let fail = |e| SqlError::from_engine(&e, &source);
        let statement =
            DfStatement::Statement(Box::new(Statement::Query(Box::new(rewritten.query))));
        let logical = state.statement_to_plan(statement).await.map_err(fail)?;
        let logical = state.optimize(&logical).map_err(fail)?;
        check_access(&logical, &who)?;
        let physical =
            state.query_planner().create_physical_plan(&logical, &state).await.map_err(fail)?;
        Ok(Planned { physical, state, outputs: rewritten.outputs, source })
    }

    fn table(
        &self,
        name: &TableName,
        span: Span,
        reach: Reach,
        path: bool,
    ) -> Result<Arc<dyn TableProvider>, SqlError> {
        if name.database == information::DATABASE {
            return information::table(&self.catalog, &name.table)
                .ok_or_else(|| not_found(name, span))?;
        }
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
            Ok(table) => Ok(Arc::new(LakeTable::new(table, reach, path)?)),
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
        let schema = self.schema();
        let named = schema.fields().iter().enumerate();
        named.map(|(n, f)| column_info(&self.outputs.name(n, f.name()), f)).collect()
    }

    /// Starts; dropping the stream stops it.
    pub fn start(&self) -> Result<SendableRecordBatchStream, SqlError> {
        execute_stream(self.physical.clone(), self.state.task_ctx()).map_err(|e| self.failure(&e))
    }

    /// An error of the stream in Athena's words.
    pub fn failure(&self, error: &datafusion::common::DataFusionError) -> SqlError {
        SqlError::from_engine(error, &self.source)
    }

    /// The plan as text, a line a step.
    pub fn explain(&self) -> Vec<String> {
        let shown = DisplayableExecutionPlan::new(self.physical.as_ref()).indent(false).to_string();
        shown.lines().map(str::to_owned).collect()
    }
}
