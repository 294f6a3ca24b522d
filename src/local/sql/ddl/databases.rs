//! Databases.

use super::{Answer, Desk, failed};
use crate::local::glue::types::{DatabaseInput, Table};
use crate::local::sql::error::SqlError;

impl Desk {
    pub(super) fn create_database(
        &self,
        name: String,
        if_not_exists: bool,
        comment: Option<String>,
        location: Option<String>,
        properties: Vec<(String, String)>,
    ) -> Result<Answer, SqlError> {
        let input = DatabaseInput {
            name: name.clone(),
            description: comment,
            location_uri: location,
            parameters: properties.into_iter().collect(),
            ..DatabaseInput::default()
        };
        match self.catalog.create_database(input) {
            Ok(()) => Ok(Answer::default()),
            Err(e) if e.code == "AlreadyExistsException" && if_not_exists => Ok(Answer::default()),
            Err(e) if e.code == "AlreadyExistsException" => Err(SqlError::user(format!(
                "FAILED: Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask. Database {name} already exists"
            ))),
            Err(e) => Err(failed(e)),
        }
    }

    pub(super) fn drop_database(
        &self,
        name: &str,
        if_exists: bool,
        cascade: bool,
    ) -> Result<Answer, SqlError> {
        let tables = match self.catalog.tables(name) {
            Ok(tables) => tables,
            Err(e) if e.code == "EntityNotFoundException" && if_exists => {
                return Ok(Answer::default());
            }
            Err(e) if e.code == "EntityNotFoundException" => {
                return Err(SqlError::user(format!(
                    "FAILED: SemanticException [Error 10072]: Database does not exist: {name}"
                )));
            }
            Err(e) => return Err(failed(e)),
        };
        if !tables.is_empty() && !cascade {
            return Err(SqlError::user(format!(
                "FAILED: Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask. InvalidOperationException(message:Database {name} is not empty. One or more tables exist.)"
            )));
        }
        self.catalog.delete_database(name).map_err(failed)?;
        Ok(Answer::default())
    }

    pub(super) fn show_databases(&self, like: Option<&str>) -> Result<Answer, SqlError> {
        let all = self.catalog.databases().map_err(failed)?;
        let names = all.into_iter().map(|d| d.input.name).filter(|n| fits(n, like)).collect();
        Ok(Answer::one("database_name", names))
    }

    pub(super) fn show_tables(
        &self,
        database: Option<&str>,
        like: Option<&str>,
    ) -> Result<Answer, SqlError> {
        let tables = self.tables_of(database)?;
        let names = tables.into_iter().map(|t| t.input.name).filter(|n| fits(n, like)).collect();
        Ok(Answer::one("tab_name", names))
    }

    /// Tables and views of a database.
    pub(super) fn tables_of(&self, database: Option<&str>) -> Result<Vec<Table>, SqlError> {
        let database = self.database_of(database);
        self.catalog.tables(&database).map_err(|e| match e.code.as_str() {
            "EntityNotFoundException" => SqlError::user(format!(
                "FAILED: SemanticException [Error 10072]: Database does not exist: {database}"
            )),
            _ => failed(e),
        })
    }
}

/// Hive's patterns: `*` is anything, `|` separates alternatives.
pub(super) fn fits(name: &str, pattern: Option<&str>) -> bool {
    let Some(pattern) = pattern else { return true };
    pattern.to_lowercase().split('|').any(|one| {
        let body: Vec<String> = one.split('*').map(regex::escape).collect();
        regex::Regex::new(&format!("^{}$", body.join(".*"))).is_ok_and(|r| r.is_match(name))
    })
}
