//! A view in a query: its own query, analysed in its place with the caller's rights.

use std::sync::Arc;

use datafusion::arrow::datatypes::Field;
use datafusion::catalog::TableProvider;
use datafusion::catalog::view::ViewTable;
use datafusion::common::Column;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, cast};
use datafusion::sql::sqlparser::tokenizer::Span;
use futures::future::BoxFuture;

use super::View;
use crate::local::sql::Engine;
use crate::local::sql::error::SqlError;
use crate::local::sql::parse::Source;
use crate::local::sql::rewrite::{CATALOG, TableName};
use crate::local::sql::scan::Reach;
use crate::local::sql::types::{parse_trino, trino_name, widens};

impl Engine {
    /// The view as a table of the query. `within` are the views that are being expanded.
    pub(in crate::local::sql) fn expand<'a>(
        &'a self,
        name: &'a TableName,
        view: View,
        span: Span,
        reach: Reach,
        within: &'a [TableName],
    ) -> BoxFuture<'a, Result<Arc<dyn TableProvider>, SqlError>> {
        Box::pin(async move {
            let at = format!("line {}:{}", span.start.line, span.start.column);
            let full = format!("{CATALOG}.{}.{}", name.database, name.table);
            if within.contains(name) {
                return Err(SqlError::user(format!("VIEW_IS_RECURSIVE: {at}: View is recursive")));
            }
            let invalid = |e: SqlError| SqlError {
                message: format!(
                    "INVALID_VIEW: {at}: Failed analyzing stored view '{full}': {}",
                    e.message
                ),
                ..e
            };
            let source = Source::new(&view.original_sql).map_err(invalid)?;
            let query = source.query().map_err(invalid)?;
            let database = view.schema.as_deref().unwrap_or(&name.database);
            let within = [within, std::slice::from_ref(name)].concat();
            let analysed =
                self.analyse(query, source, database, reach, &within).await.map_err(invalid)?;
            let plan = projected(analysed.logical, &view).map_err(|why| {
                SqlError::user(format!(
                    "VIEW_IS_STALE: {at}: View '{full}' is stale or in invalid state: {why}"
                ))
            })?;
            Ok(Arc::new(ViewTable::new(plan, Some(view.original_sql))) as Arc<dyn TableProvider>)
        })
    }
}

/// The columns under the names and of the types that the view was made with.
fn projected(plan: LogicalPlan, view: &View) -> Result<LogicalPlan, String> {
    let found = plan.schema().fields().len();
    if found != view.columns.len() {
        return Err(format!(
            "stored view column count ({}) does not match column count derived from the view query analysis ({found})",
            view.columns.len()
        ));
    }
    let mut made = Vec::with_capacity(found);
    for (at, ((qualifier, field), stored)) in plan.schema().iter().zip(&view.columns).enumerate() {
        let column = Expr::Column(Column::new(qualifier.cloned(), field.name()));
        // A type that another tool spells in its own way is taken as it comes.
        let wanted = parse_trino(&stored.kind).ok().map(|t| t.field.data_type().clone());
        let column = match wanted {
            Some(wanted) if wanted != *field.data_type() => {
                if !widens(field.data_type(), &wanted) {
                    return Err(cannot(field, at, &stored.name, &stored.kind));
                }
                cast(column, wanted)
            }
            _ => column,
        };
        made.push(column.alias(stored.name.to_lowercase()));
    }
    LogicalPlanBuilder::from(plan)
        .project(made)
        .and_then(LogicalPlanBuilder::build)
        .map_err(|e| e.strip_backtrace())
}

fn cannot(field: &Field, at: usize, name: &str, kind: &str) -> String {
    format!(
        "column [{}] of type {} projected from query view at position {at} cannot be coerced to column [{name}] of type {kind} stored in view definition",
        field.name(),
        trino_name(field)
    )
}
