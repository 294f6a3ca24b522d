//! One DataFusion session per query, with the tables that the query names.

use std::sync::Arc;

use datafusion::catalog::{
    CatalogProvider, MemoryCatalogProvider, MemoryCatalogProviderList, MemorySchemaProvider,
    SchemaProvider, TableProvider,
};
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::execution::{FunctionRegistry, SessionStateDefaults};
use datafusion::prelude::SessionConfig;

use super::breath::Breathe;
use super::error::SqlError;
use super::functions;
use super::plan::{AthenaOperators, LateralUnnest};
use super::rewrite::{CATALOG, TableName};

/// What all queries together may hold in memory before they spill.
const MEMORY: usize = 512 << 20;
/// The local lake has one worker, so that more partitions would gain nothing; and a nested loop
/// join that runs out of memory reads its left side a second time, which DataFusion's
/// `RepartitionExec` (55.2) answers with a panic.
const PARTITIONS: usize = 1;

/// Memory pool and spill folder.
pub fn runtime(spill: std::path::PathBuf) -> Result<Arc<RuntimeEnv>, SqlError> {
    let manager = datafusion::execution::disk_manager::DiskManagerBuilder::default()
        .with_mode(datafusion::execution::disk_manager::DiskManagerMode::Directories(vec![spill]));
    let failed =
        |e: &dyn std::fmt::Display| SqlError::system(format!("the SQL engine does not start: {e}"));
    let runtime = RuntimeEnvBuilder::new()
        .with_memory_pool(Arc::new(FairSpillPool::new(MEMORY)))
        .with_disk_manager_builder(manager)
        .build_arc()
        .map_err(|e| failed(&e))?;
    // What a query spills is rows.
    for folder in runtime.disk_manager.temp_dir_paths() {
        crate::local::private::close_folder(&folder).map_err(|e| failed(&e))?;
    }
    Ok(runtime)
}

/// The state that every query starts from: Athena's functions, operators and options.
pub fn base(runtime: Arc<RuntimeEnv>) -> Result<SessionState, SqlError> {
    let mut config = SessionConfig::new()
        .with_target_partitions(PARTITIONS)
        .with_create_default_catalog_and_schema(false)
        .with_default_catalog_and_schema(CATALOG, "default")
        .with_information_schema(false);
    let options = config.options_mut();
    options.sql_parser.parse_float_as_decimal = true;
    options.sql_parser.map_string_types_to_utf8view = false;
    options.sql_parser.default_null_ordering = "nulls_last".into();
    options.sql_parser.collect_spans = true;
    options.execution.time_zone = Some("UTC".into());
    let mut planners: Vec<Arc<dyn datafusion::logical_expr::planner::ExprPlanner>> =
        vec![Arc::new(AthenaOperators)];
    planners.extend(SessionStateDefaults::default_expr_planners());
    let mut state = SessionStateBuilder::new()
        .with_config(config)
        .with_runtime_env(runtime)
        .with_default_features()
        .with_expr_planners(planners)
        .with_relation_planners(vec![Arc::new(LateralUnnest)])
        .with_physical_optimizer_rule(Arc::new(Breathe))
        .build();
    for function in functions::all() {
        // What it replaces may be known by an alias, which would bring it back: all goes.
        let fail = |e| SqlError::system(format!("a function cannot be replaced: {e}"));
        if let Some(old) = state.deregister_udf(function.name()).map_err(fail)? {
            state.deregister_udf(old.name()).map_err(fail)?;
        }
        state
            .register_udf(Arc::new(function))
            .map_err(|e| SqlError::system(format!("a function cannot be registered: {e}")))?;
    }
    state
        .register_higher_order_function(Arc::new(functions::reduce()))
        .map_err(|e| SqlError::system(format!("a function cannot be registered: {e}")))?;
    Ok(state)
}

/// A session that knows these tables and no others.
pub fn with_tables(
    base: &SessionState,
    tables: Vec<(TableName, Arc<dyn TableProvider>)>,
) -> Result<SessionState, SqlError> {
    let fail = |e| SqlError::system(format!("a table cannot be registered: {e}"));
    let catalog = MemoryCatalogProvider::new();
    for (name, table) in tables {
        let schema = match catalog.schema(&name.database) {
            Some(schema) => schema,
            None => {
                let schema: Arc<dyn SchemaProvider> = Arc::new(MemorySchemaProvider::new());
                catalog.register_schema(&name.database, schema.clone()).map_err(fail)?;
                schema
            }
        };
        schema.register_table(name.table, table).map_err(fail)?;
    }
    let list = MemoryCatalogProviderList::new();
    datafusion::catalog::CatalogProviderList::register_catalog(
        &list,
        CATALOG.to_owned(),
        Arc::new(catalog),
    );
    let mut state = SessionStateBuilder::new_from_existing(base.clone())
        .with_catalog_list(Arc::new(list))
        .build();
    // now() and current_date are of this moment.
    state.mark_start_execution();
    Ok(state)
}
