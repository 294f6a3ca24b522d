//! Views as Athena keeps them in the Data Catalog: a table of the type VIRTUAL_VIEW whose
//! ViewOriginalText is `/* Presto View: … */` around the base64 of a JSON object with the text of
//! the query, the database that it stands in, and the names and types of its columns.

mod create;
mod expand;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::error::SqlError;
use crate::local::glue::types::Table;

const TYPE: &str = "VIRTUAL_VIEW";
const OPEN: &str = "/* Presto View: ";
const CLOSE: &str = " */";

/// A view's definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct View {
    pub original_sql: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub catalog: Option<String>,
    /// The database that names without one are looked up in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    pub columns: Vec<ViewColumn>,
}

/// A column, its type in Trino's spelling.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewColumn {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: String,
}

/// True where the catalog's entry is a view of any engine.
pub fn is_view(table: &Table) -> bool {
    table.view_original_text.is_some() || table.table_type.as_deref() == Some(TYPE)
}

impl View {
    /// The view that an entry of the catalog is; None for a table.
    ///
    /// # Errors
    /// Where it is a view of Hive's, or its text is broken.
    pub fn of(table: &Table) -> Result<Option<Self>, SqlError> {
        if !is_view(table) {
            return Ok(None);
        }
        let text = table.view_original_text.as_deref().unwrap_or_default().trim();
        let name = format!("{}.{}", table.database_name, table.name);
        let Some(inside) = text.strip_prefix(OPEN.trim_end()).and_then(|t| t.strip_suffix("*/"))
        else {
            return Err(SqlError::user(format!(
                "NOT_SUPPORTED: {name} is a Hive view, which the local lake cannot read"
            )));
        };
        let decoded = STANDARD.decode(inside.trim()).ok();
        let view = decoded.and_then(|json| serde_json::from_slice(&json).ok());
        view.map(Some).ok_or_else(|| {
            SqlError::user(format!("INVALID_VIEW: the stored text of the view {name} is broken"))
        })
    }

    /// ViewOriginalText.
    fn text(&self) -> Result<String, SqlError> {
        let json = serde_json::to_vec(self).map_err(|e| SqlError::system(e.to_string()))?;
        Ok(format!("{OPEN}{}{CLOSE}", STANDARD.encode(json)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::glue::types::TableInput;

    #[test]
    fn what_other_tools_write_is_read() {
        let json = r#"{"originalSql":"SELECT 1 a","catalog":"awsdatacatalog","schema":"d","columns":[{"name":"a","type":"integer"}],"owner":"x"}"#;
        let input = TableInput {
            view_original_text: Some(format!("/* Presto View: {} */", STANDARD.encode(json))),
            ..TableInput::default()
        };
        let view = View::of(&Table { input, ..Table::default() }).unwrap().unwrap();
        assert_eq!(view.original_sql, "SELECT 1 a");
        assert_eq!(view.columns[0].kind, "integer");
        assert_eq!(View::of(&Table::default()).unwrap(), None);
    }
}
