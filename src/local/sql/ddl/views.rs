//! SHOW VIEWS, SHOW CREATE VIEW, DROP VIEW.

use super::databases::fits;
use super::parser::Named;
use super::{Answer, Desk};
use crate::local::sql::error::SqlError;
use crate::local::sql::view::{View, is_view};

impl Desk {
    pub(super) fn show_views(
        &self,
        database: Option<&str>,
        like: Option<&str>,
    ) -> Result<Answer, SqlError> {
        let tables = self.tables_of(database)?;
        let views = tables.into_iter().filter(is_view).map(|t| t.input.name);
        Ok(Answer::one("views", views.filter(|name| fits(name, like)).collect()))
    }

    pub(super) fn show_create_view(&self, named: &Named) -> Result<Answer, SqlError> {
        let table = self.find(named)?;
        let Some(view) = View::of(&table)? else {
            return Err(SqlError::user(format!(
                "NOT_SUPPORTED: line 1:1: Relation 'awsdatacatalog.{}.{}' is a table, not a view",
                table.database_name, table.name
            )));
        };
        let head = format!("CREATE VIEW \"{}\".\"{}\" AS", table.database_name, table.name);
        let lines = std::iter::once(head.as_str()).chain(view.original_sql.lines());
        Ok(Answer::one("Create View", lines.map(str::to_owned).collect()))
    }

    pub(super) fn drop_view(&self, named: &Named, if_exists: bool) -> Result<Answer, SqlError> {
        if if_exists && self.look_for(named)?.is_none() {
            return Ok(Answer::default());
        }
        let found = self.find(named)?;
        if !is_view(&found) {
            return Err(SqlError::user(
                "FAILED: SemanticException Cannot drop a base table with DROP VIEW",
            ));
        }
        self.remove(&found)
    }
}
