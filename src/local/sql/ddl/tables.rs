//! Tables.

use super::parser::{ColumnDef, Named};
use super::statement::CreateTable;
use super::storage::descriptor;
use super::{Answer, Desk, failed};
use crate::local::glue::types::{Column, Table, TableInput, now};
use crate::local::sql::error::SqlError;
use crate::local::sql::scan::place;
use crate::local::sql::view::is_view;

impl Desk {
    pub(super) fn create_table(&self, made: CreateTable) -> Result<Answer, SqlError> {
        if !made.external {
            return Err(SqlError::user(
                "NOT_SUPPORTED: the local lake makes tables by CREATE EXTERNAL TABLE and CREATE TABLE AS SELECT only",
            ));
        }
        let location = made.location.clone().ok_or_else(|| {
            SqlError::user("No location was specified for table. An S3 location must be specified")
        })?;
        place(&location)?;
        let stored_as = made.stored_as.as_deref().unwrap_or("TEXTFILE");
        let mut storage = descriptor(stored_as, made.serde.clone(), made.serde_properties.clone())
            .ok_or_else(|| SqlError::user(format!("NOT_SUPPORTED: STORED AS {stored_as}")))?;
        if let (Some(input), Some(output)) = (&made.input_format, &made.output_format) {
            storage.input_format = Some(input.clone());
            storage.output_format = Some(output.clone());
            if made.serde.is_none() && input.contains("Parquet") {
                storage.serde_info = descriptor("PARQUET", None, made.serde_properties.clone())
                    .and_then(|d| d.serde_info);
            }
        }
        if let Some(serde) = storage.serde_info.as_mut() {
            serde.parameters.entry("serialization.format".into()).or_insert_with(|| "1".into());
        }
        storage.columns = columns(&made.columns);
        storage.location = Some(location);
        let mut parameters = made.properties;
        parameters.insert("EXTERNAL".into(), "TRUE".into());
        parameters.insert("transient_lastDdlTime".into(), (now() as i64).to_string());
        let input = TableInput {
            name: made.table.clone(),
            description: made.comment,
            owner: Some("hadoop".into()),
            storage_descriptor: Some(storage),
            partition_keys: columns(&made.partitioned_by),
            table_type: Some("EXTERNAL_TABLE".into()),
            parameters,
            ..TableInput::default()
        };
        let database = self.database_of(made.database.as_deref());
        match self.catalog.create_table_by(&database, input, Some(self.who.arn())) {
            Ok(()) => Ok(Answer::default()),
            Err(e) if e.code == "AlreadyExistsException" && made.if_not_exists => {
                Ok(Answer::default())
            }
            Err(e) if e.code == "AlreadyExistsException" => Err(SqlError::user(format!(
                "FAILED: Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask. AlreadyExistsException(message:Table {} already exists.)",
                made.table
            ))),
            Err(e) if e.code == "EntityNotFoundException" => Err(SqlError::user(format!(
                "FAILED: SemanticException [Error 10072]: Database does not exist: {database}"
            ))),
            Err(e) => Err(failed(e)),
        }
    }

    pub(super) fn drop_table(&self, named: &Named, if_exists: bool) -> Result<Answer, SqlError> {
        if if_exists && self.look_for(named)?.is_none() {
            return Ok(Answer::default());
        }
        let found = self.find(named)?;
        if is_view(&found) {
            return Err(SqlError::user(
                "FAILED: SemanticException Cannot drop a view with DROP TABLE",
            ));
        }
        self.remove(&found)
    }

    /// Deletes a table or view from the catalog.
    pub(super) fn remove(&self, table: &Table) -> Result<Answer, SqlError> {
        self.catalog.delete_table(&table.database_name, &table.name).map_err(failed)?;
        Ok(Answer::default())
    }

    pub(super) fn set_properties(
        &self,
        named: &Named,
        properties: Vec<(String, String)>,
    ) -> Result<Answer, SqlError> {
        let mut table = self.find(named)?;
        table.input.parameters.extend(properties);
        self.catalog.update_table(&table.database_name, table.input).map_err(failed)?;
        Ok(Answer::default())
    }
}

fn columns(defs: &[ColumnDef]) -> Vec<Column> {
    defs.iter()
        .map(|def| Column { comment: def.comment.clone(), ..Column::new(&def.name, &def.kind) })
        .collect()
}
