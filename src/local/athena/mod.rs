//! Athena's API (JSON 1.1) over the local lake's SQL engine.
//!
//! Operations and shapes are those of the
//! [Athena API reference](https://docs.aws.amazon.com/athena/latest/APIReference/Welcome.html).
//! Executions, workgroups, named queries and prepared statements live in `state.sqlite`; a running execution also
//! has a task of this process, which holds its engine future: stopping drops it.

mod catalogs;
mod execution;
mod fault;
mod lists;
mod named;
mod prepared;
mod results;
mod reuse;
mod rows;
mod run;
mod schema;
mod start;
mod statistics;
mod workgroups;

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tokio::sync::Semaphore;

use crate::local::ApiError;
use crate::local::glue::Catalog;
use crate::local::principal::Principal;
use crate::local::s3::Store;
use crate::local::sql::Engine;
use crate::local::state::State;
use fault::{internal, unknown_operation};
use run::Running;

/// How many statements run at a time; more are QUEUED.
const AT_ONCE: usize = 4;

/// The service. Cloning shares it.
#[derive(Clone)]
pub struct Athena {
    inner: Arc<Inner>,
}

struct Inner {
    state: State,
    store: Store,
    engine: Engine,
    catalog: Catalog,
    turn: Arc<Semaphore>,
}

impl Athena {
    /// Opens: makes the tables and the workgroup `primary`; executions whose process is gone
    /// become FAILED.
    ///
    /// # Errors
    /// When `state.sqlite` cannot be used.
    pub fn open(
        state: State,
        store: Store,
        engine: Engine,
        catalog: Catalog,
    ) -> Result<Self, ApiError> {
        state.migrate("athena", schema::STEPS).map_err(internal)?;
        workgroups::make_primary(&state)?;
        let inner =
            Inner { state, store, engine, catalog, turn: Arc::new(Semaphore::new(AT_ONCE)) };
        let athena = Self { inner: Arc::new(inner) };
        athena.bury_orphans()?;
        Ok(athena)
    }

    /// Answers one operation, such as `StartQueryExecution`. Must be called within the local
    /// lake's runtime: that is where queries then run.
    ///
    /// # Errors
    /// What Athena would answer: mostly InvalidRequestException.
    pub async fn call(&self, who: &Principal, op: &str, input: Value) -> Result<Value, ApiError> {
        let (athena, who, op) = (self.clone(), who.clone(), op.to_owned());
        let handle = tokio::runtime::Handle::current();
        // All of it is SQLite and files: off the worker.
        tokio::task::spawn_blocking(move || athena.answer(&who, &op, &input, &handle))
            .await
            .unwrap_or_else(|_| Err(internal("the request broke down")))
    }

    fn answer(
        &self,
        who: &Principal,
        op: &str,
        input: &Value,
        handle: &tokio::runtime::Handle,
    ) -> Result<Value, ApiError> {
        match op {
            "StartQueryExecution" => self.start(who, input, handle),
            "StopQueryExecution" => self.stop(input),
            "GetQueryExecution" => self.get_execution(input),
            "BatchGetQueryExecution" => self.batch_get_executions(input),
            "ListQueryExecutions" => self.list_executions(input),
            "GetQueryResults" => self.results(who, input),
            "GetQueryRuntimeStatistics" => self.runtime_statistics(input),
            "CreateWorkGroup" => self.create_workgroup(who, input),
            "GetWorkGroup" => self.get_workgroup(input),
            "UpdateWorkGroup" => self.update_workgroup(who, input),
            "DeleteWorkGroup" => self.delete_workgroup(who, input),
            "ListWorkGroups" => self.list_workgroups(input),
            "CreateNamedQuery" => self.create_named(input),
            "GetNamedQuery" => self.get_named(input),
            "BatchGetNamedQuery" => self.batch_get_named(input),
            "ListNamedQueries" => self.list_named(input),
            "UpdateNamedQuery" => self.update_named(input),
            "DeleteNamedQuery" => self.delete_named(input),
            "CreatePreparedStatement" => self.create_prepared(input),
            "GetPreparedStatement" => self.get_prepared(input),
            "BatchGetPreparedStatement" => self.batch_get_prepared(input),
            "ListPreparedStatements" => self.list_prepared(input),
            "UpdatePreparedStatement" => self.update_prepared(input),
            "DeletePreparedStatement" => self.delete_prepared(input),
            "ListDataCatalogs" => catalogs::list(),
            "GetDataCatalog" => catalogs::get(input),
            "ListDatabases" => self.list_databases(input),
            "GetDatabase" => self.get_database(input),
            "ListTableMetadata" => self.list_tables(input),
            "GetTableMetadata" => self.get_table(input),
            "ListEngineVersions" => catalogs::engine_versions(),
            other => Err(unknown_operation(other)),
        }
    }
}

/// What this process runs, by execution id. One for the process, not for the lake: a process
/// may open the same folder twice, and owns an execution as a whole.
fn running() -> MutexGuard<'static, HashMap<String, Running>> {
    static RUNNING: LazyLock<Mutex<HashMap<String, Running>>> = LazyLock::new(Mutex::default);
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}
