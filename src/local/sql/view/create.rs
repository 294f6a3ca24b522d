//! `CREATE [OR REPLACE] VIEW name AS query`.

use datafusion::sql::sqlparser::ast::{ObjectName, Query};
use datafusion::sql::sqlparser::keywords::Keyword;

use super::{TYPE, View, ViewColumn, is_view};
use crate::local::glue::types::{Column, StorageDescriptor, TableInput};
use crate::local::sql::Engine;
use crate::local::sql::ddl::may_change;
use crate::local::sql::engine::parsed;
use crate::local::sql::error::SqlError;
use crate::local::sql::parse::{Source, text_from};
use crate::local::sql::query::Analysed;
use crate::local::sql::request::{Outcome, Request};
use crate::local::sql::rewrite::{CATALOG, TableName};
use crate::local::sql::save::blocking;
use crate::local::sql::statement::Class;
use crate::local::sql::types::{hive_name, trino_name};
use crate::local::sql::write::{column_names, split};

/// The statement, taken apart.
struct Head {
    replace: bool,
    name: ObjectName,
    query: Box<Query>,
    /// The query's own text.
    text: String,
}

impl Engine {
    /// Runs a CREATE VIEW. The query is analysed, as the caller, and not run.
    pub(in crate::local::sql) async fn create_view(
        &self,
        request: &Request,
        class: Class,
    ) -> Result<Outcome, SqlError> {
        let sql = request.sql.clone();
        let (source, head) = parsed(request, move |source| head(source, &sql)).await?;
        let name = split(&head.name, &request.database);
        may_change(&request.who, "Create Table", &name.database)?;
        let reach = self.reach(request);
        let analysed = self.analysed(*head.query, source, &request.database, reach).await?;
        if analysed.tables.contains(&name) {
            return Err(SqlError::user(
                "VIEW_IS_RECURSIVE: line 1:1: Statement would create a recursive view",
            ));
        }
        let input = input(&analysed, &name, head.text, &request.database)?;
        self.keep_view(request, name, input, head.replace).await?;
        self.lines(request, class, Vec::new(), Vec::new()).await
    }

    async fn keep_view(
        &self,
        request: &Request,
        name: TableName,
        input: TableInput,
        replace: bool,
    ) -> Result<(), SqlError> {
        let (catalog, by) = (self.catalog.clone(), request.who.arn());
        blocking(move || {
            let TableName { database, table } = name;
            let fail = |e: crate::local::ApiError| match e.code.as_str() {
                "EntityNotFoundException" => SqlError::user(format!(
                    "SCHEMA_NOT_FOUND: line 1:1: Schema '{database}' does not exist"
                )),
                _ => SqlError::system(format!("{}: {}", e.code, e.message)),
            };
            match catalog.table(&database, &table) {
                Err(_) => catalog.create_table_by(&database, input, Some(by)).map_err(fail),
                Ok(found) if !is_view(&found) => Err(SqlError::user(format!(
                    "TABLE_ALREADY_EXISTS: line 1:1: Table already exists: '{CATALOG}.{database}.{table}'"
                ))),
                Ok(_) if !replace => Err(SqlError::user(format!(
                    "ALREADY_EXISTS: line 1:1: View already exists: '{CATALOG}.{database}.{table}'"
                ))),
                Ok(_) => catalog.update_table(&database, input).map_err(fail),
            }
        })
        .await
    }
}

fn head(source: &Source, sql: &str) -> Result<Head, SqlError> {
    let mut parser = source.parser();
    let fail = |e| source.error(e);
    parser.expect_keyword(Keyword::CREATE).map_err(fail)?;
    let replace = parser.parse_keywords(&[Keyword::OR, Keyword::REPLACE]);
    parser.expect_keyword(Keyword::VIEW).map_err(fail)?;
    let name = parser.parse_object_name(false).map_err(fail)?;
    parser.expect_keyword(Keyword::AS).map_err(fail)?;
    let begin = parser.peek_token().span.start;
    let query = parser.parse_query().map_err(fail)?;
    source.finish(&mut parser)?;
    let text = text_from(sql, begin);
    let text = text.trim_end_matches(|c: char| c == ';' || c.is_whitespace()).to_owned();
    Ok(Head { replace, name, query, text })
}

/// The catalog's entry.
fn input(
    analysed: &Analysed,
    name: &TableName,
    text: String,
    database: &str,
) -> Result<TableInput, SqlError> {
    let names = column_names(&analysed.columns())?;
    let fields = analysed.fields();
    let typed = || names.iter().zip(&fields);
    let view = View {
        original_sql: text,
        catalog: Some(CATALOG.to_owned()),
        schema: Some(database.to_lowercase()),
        columns: typed()
            .map(|(name, field)| ViewColumn { name: name.clone(), kind: trino_name(field) })
            .collect(),
    };
    // Hive has no word for some of Trino's types.
    let hive = typed()
        .map(|(n, f)| Column::new(n, hive_name(f.data_type()).unwrap_or_else(|_| trino_name(f))));
    let storage = StorageDescriptor { columns: hive.collect(), ..StorageDescriptor::default() };
    Ok(TableInput {
        name: name.table.clone(),
        table_type: Some(TYPE.into()),
        storage_descriptor: Some(storage),
        view_original_text: Some(view.text()?),
        view_expanded_text: Some("/* Presto View */".into()),
        parameters: [("comment", "Presto View"), ("presto_view", "true")]
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .into(),
        ..TableInput::default()
    })
}
