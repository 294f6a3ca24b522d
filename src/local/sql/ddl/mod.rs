//! Hive's language: DDL, SHOW, DESCRIBE and MSCK.

mod databases;
mod lexer;
mod parser;
mod partitions;
mod show;
mod statement;
mod storage;
mod tables;
mod views;

use super::Engine;
use super::error::SqlError;
use super::request::{Outcome, Request};
use super::save::blocking;
use super::statement::Class;
use super::types::ColumnInfo;
use crate::local::error::ApiError;
use crate::local::glue::Catalog;
use crate::local::glue::types::Table;
use crate::local::principal::Principal;
use crate::local::s3::Store;
use parser::Named;
use statement::{Hive, parse};

pub(super) use partitions::escape;
pub(super) use storage::descriptor;

/// What a statement answers: columns and lines.
#[derive(Debug, Default)]
struct Answer {
    columns: Vec<ColumnInfo>,
    lines: Vec<String>,
}

impl Answer {
    fn one(column: &str, lines: Vec<String>) -> Self {
        Self { columns: vec![ColumnInfo::string(column)], lines }
    }
}

/// What statements work with.
struct Desk {
    catalog: Catalog,
    store: Store,
    who: Principal,
    database: String,
}

impl Engine {
    /// Runs a statement of Hive's language.
    pub(super) async fn hive(&self, request: &Request, class: Class) -> Result<Outcome, SqlError> {
        let statement = parse(&request.sql)?;
        let desk = Desk {
            catalog: self.catalog.clone(),
            store: self.store.clone(),
            who: request.who.clone(),
            database: request.database.to_lowercase(),
        };
        let answer = blocking(move || desk.run(statement)).await?;
        self.lines(request, class, answer.columns, answer.lines).await
    }
}

impl Desk {
    fn run(&self, statement: Hive) -> Result<Answer, SqlError> {
        match statement {
            Hive::CreateDatabase { name, if_not_exists, comment, location, properties } => {
                self.may_change("Create Database", &name)?;
                self.create_database(name, if_not_exists, comment, location, properties)
            }
            Hive::DropDatabase { name, if_exists, cascade } => {
                self.may_change("Drop", &name)?;
                self.drop_database(&name, if_exists, cascade)
            }
            Hive::CreateTable(table) => {
                self.may_change("Create Table", &self.database_of(table.database.as_deref()))?;
                self.create_table(*table)
            }
            Hive::DropTable { table, if_exists } => {
                self.may_change("Drop", &table.table)?;
                self.drop_table(&table, if_exists)
            }
            Hive::DropView { view, if_exists } => {
                self.may_change("Drop", &view.table)?;
                self.drop_view(&view, if_exists)
            }
            Hive::AddPartitions { table, if_not_exists, partitions } => {
                self.may_change("Alter", &table.table)?;
                self.add_partitions(&table, if_not_exists, partitions)
            }
            Hive::DropPartitions { table, if_exists, partitions } => {
                self.may_change("Alter", &table.table)?;
                self.drop_partitions(&table, if_exists, &partitions)
            }
            Hive::SetProperties { table, properties } => {
                self.may_change("Alter", &table.table)?;
                self.set_properties(&table, properties)
            }
            Hive::Repair { table } => {
                self.may_change("Alter", &table.table)?;
                self.repair(&table)
            }
            Hive::ShowDatabases { like } => self.show_databases(like.as_deref()),
            Hive::ShowTables { database, like } => {
                self.show_tables(database.as_deref(), like.as_deref())
            }
            Hive::ShowViews { database, like } => {
                self.show_views(database.as_deref(), like.as_deref())
            }
            Hive::ShowCreateView { view } => self.show_create_view(&view),
            Hive::ShowPartitions { table } => self.show_partitions(&table),
            Hive::ShowColumns { table } => self.show_columns(&table),
            Hive::ShowCreateTable { table } => self.show_create_table(&table),
            Hive::ShowProperties { table, key } => self.show_properties(&table, key.as_deref()),
            Hive::Describe { table, formatted } => self.describe(&table, formatted),
        }
    }

    /// Only the administrator changes the catalog of a local lake.
    fn may_change(&self, what: &str, on: &str) -> Result<(), SqlError> {
        may_change(&self.who, what, on)
    }

    fn database_of(&self, named: Option<&str>) -> String {
        named.unwrap_or(&self.database).to_owned()
    }

    fn find(&self, named: &Named) -> Result<Table, SqlError> {
        self.look_for(named)?.ok_or_else(|| {
            SqlError::user(format!(
                "FAILED: SemanticException [Error 10001]: Table not found {}.{}",
                self.database_of(named.database.as_deref()),
                named.table
            ))
        })
    }

    /// The same; None where there is none.
    fn look_for(&self, named: &Named) -> Result<Option<Table>, SqlError> {
        let database = self.database_of(named.database.as_deref());
        match self.catalog.table(&database, &named.table) {
            Ok(table) => Ok(Some(table)),
            Err(e) if e.code == "EntityNotFoundException" => Ok(None),
            Err(e) => Err(failed(e)),
        }
    }
}

/// The sentence of Lake Formation where `who` is not the administrator.
pub(super) fn may_change(who: &Principal, what: &str, on: &str) -> Result<(), SqlError> {
    if who.is_admin() {
        return Ok(());
    }
    Err(SqlError::user(format!(
        "AccessDeniedException: Insufficient Lake Formation permission(s): Required {what} on {on} for {}",
        who.arn()
    )))
}

/// The catalog's own error.
fn failed(error: ApiError) -> SqlError {
    SqlError::user(format!(
        "FAILED: Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask. {}(message:{})",
        error.code, error.message
    ))
}
