//! Prepared statements: a name in a workgroup, and the SQL with its `?`.

use rusqlite::{OptionalExtension, params};
use serde_json::{Value, json};

use super::Athena;
use super::fault::{ids_up_to, internal, invalid, required, text};
use super::lists::page;
use crate::local::ApiError;
use crate::local::glue::types::now;
use crate::local::sql::{Outcome, Prepared, Request, SqlError, prepared};

/// How many names BatchGetPreparedStatement takes.
const MOST_NAMES: usize = 256;

impl Athena {
    pub(super) fn create_prepared(&self, input: &Value) -> Result<Value, ApiError> {
        let workgroup = self.workgroup(required(input, "WorkGroup")?)?;
        let name = required(input, "StatementName")?;
        let description = text(input, "Description");
        self.prepare(workgroup.name(), name, required(input, "QueryStatement")?, description)?;
        Ok(json!({}))
    }

    fn prepare(
        &self,
        workgroup: &str,
        name: &str,
        statement: &str,
        description: Option<&str>,
    ) -> Result<(), ApiError> {
        let begins = |c: char| c.is_ascii_alphabetic() || c == '_';
        let goes_on = |c: char| c.is_ascii_alphanumeric() || "_@:".contains(c);
        if name.len() > 256 || !name.starts_with(begins) || !name.chars().all(goes_on) {
            return Err(invalid(format!("StatementName {name} is not valid")));
        }
        let body = body(workgroup, name, statement, description);
        let made = self
            .inner
            .state
            .with(|db| {
                db.execute(
                    "INSERT OR IGNORE INTO athena_prepared (workgroup, name, body) VALUES (?1, ?2, ?3)",
                    params![workgroup, name, body.to_string()],
                )
            })
            .map_err(internal)?;
        match made {
            0 => Err(invalid(format!(
                "PreparedStatement {name} already exists in workGroup {workgroup}"
            ))),
            _ => Ok(()),
        }
    }

    fn one_prepared(&self, workgroup: &str, name: &str) -> Result<Value, ApiError> {
        let sql = "SELECT body FROM athena_prepared WHERE workgroup = ?1 AND name = ?2";
        let body: Option<String> = self
            .inner
            .state
            .with(|db| {
                db.prepare_cached(sql)?.query_row([workgroup, name], |row| row.get(0)).optional()
            })
            .map_err(internal)?;
        let body = body.ok_or_else(|| not_found(workgroup, name))?;
        serde_json::from_str(&body).map_err(internal)
    }

    pub(super) fn get_prepared(&self, input: &Value) -> Result<Value, ApiError> {
        let workgroup = self.workgroup(required(input, "WorkGroup")?)?;
        let found = self.one_prepared(workgroup.name(), required(input, "StatementName")?)?;
        Ok(json!({ "PreparedStatement": found }))
    }

    pub(super) fn batch_get_prepared(&self, input: &Value) -> Result<Value, ApiError> {
        let workgroup = self.workgroup(required(input, "WorkGroup")?)?;
        let (mut found, mut missing) = (Vec::new(), Vec::new());
        for name in ids_up_to(MOST_NAMES, input, "PreparedStatementNames")? {
            match self.one_prepared(workgroup.name(), &name) {
                Ok(body) => found.push(body),
                Err(error) => missing.push(json!({
                    "StatementName": name,
                    "ErrorCode": error.code,
                    "ErrorMessage": error.message,
                })),
            }
        }
        Ok(json!({ "PreparedStatements": found, "UnprocessedPreparedStatementNames": missing }))
    }

    pub(super) fn list_prepared(&self, input: &Value) -> Result<Value, ApiError> {
        let workgroup = self.workgroup(required(input, "WorkGroup")?)?;
        let summary = |body: Value| {
            json!({
                "StatementName": body["StatementName"],
                "LastModifiedTime": body["LastModifiedTime"],
            })
        };
        let sql = "SELECT body FROM athena_prepared WHERE workgroup = ?1 ORDER BY name";
        let all = self.bodies(sql, &[workgroup.name()])?;
        page(all.into_iter().map(summary).collect(), input, 50, "PreparedStatements")
    }

    pub(super) fn update_prepared(&self, input: &Value) -> Result<Value, ApiError> {
        let workgroup = self.workgroup(required(input, "WorkGroup")?)?;
        let name = required(input, "StatementName")?;
        let statement = required(input, "QueryStatement")?;
        let found = self.one_prepared(workgroup.name(), name)?;
        let description = text(input, "Description").or_else(|| text(&found, "Description"));
        let body = body(workgroup.name(), name, statement, description);
        self.inner
            .state
            .with(|db| {
                db.execute(
                    "UPDATE athena_prepared SET body = ?3 WHERE workgroup = ?1 AND name = ?2",
                    params![workgroup.name(), name, body.to_string()],
                )
            })
            .map_err(internal)?;
        Ok(json!({}))
    }

    pub(super) fn delete_prepared(&self, input: &Value) -> Result<Value, ApiError> {
        let workgroup = self.workgroup(required(input, "WorkGroup")?)?;
        self.deallocate(workgroup.name(), required(input, "StatementName")?)?;
        Ok(json!({}))
    }

    fn deallocate(&self, workgroup: &str, name: &str) -> Result<(), ApiError> {
        let sql = "DELETE FROM athena_prepared WHERE workgroup = ?1 AND name = ?2";
        let gone =
            self.inner.state.with(|db| db.execute(sql, [workgroup, name])).map_err(internal)?;
        if gone == 0 { Err(not_found(workgroup, name)) } else { Ok(()) }
    }

    /// Runs a statement; one about prepared statements in its workgroup.
    pub(super) async fn run_in(
        &self,
        workgroup: &str,
        request: &Request,
    ) -> Result<Outcome, SqlError> {
        let (athena, workgroup, own) = (self.clone(), workgroup.to_owned(), request.clone());
        let settled = tokio::task::spawn_blocking(move || athena.settle(&workgroup, own)).await;
        let engine = &self.inner.engine;
        match settled.unwrap_or_else(|_| Err(SqlError::system("the request broke down")))? {
            Some(request) => engine.run(&request).await,
            None => engine.answer_nothing(request).await,
        }
    }

    /// What is left to run: the prepared statement in the place of its EXECUTE, and nothing
    /// after PREPARE and DEALLOCATE.
    fn settle(&self, workgroup: &str, mut request: Request) -> Result<Option<Request>, SqlError> {
        match prepared(&request.sql)? {
            None => Ok(Some(request)),
            Some(Prepared::Prepare { name, statement }) => {
                self.prepare(workgroup, &name, &statement, None).map(|()| None).map_err(refused)
            }
            Some(Prepared::Deallocate { name }) => {
                self.deallocate(workgroup, &name).map(|()| None).map_err(refused)
            }
            Some(Prepared::Execute { name, values }) => {
                let found = self.one_prepared(workgroup, &name).map_err(refused)?;
                request.sql = text(&found, "QueryStatement").unwrap_or_default().to_owned();
                // Values also come as ExecutionParameters.
                if !values.is_empty() {
                    request.parameters = values;
                }
                Ok(Some(request))
            }
        }
    }
}

fn body(workgroup: &str, name: &str, statement: &str, description: Option<&str>) -> Value {
    let mut body = json!({
        "StatementName": name,
        "QueryStatement": statement,
        "WorkGroupName": workgroup,
        "LastModifiedTime": now(),
    });
    if let Some(description) = description {
        body["Description"] = json!(description);
    }
    body
}

fn not_found(workgroup: &str, name: &str) -> ApiError {
    ApiError {
        code: "ResourceNotFoundException".into(),
        message: format!("PreparedStatement {name} was not found in workGroup {workgroup}"),
        status: 400,
    }
}

fn refused(error: ApiError) -> SqlError {
    match error.status {
        500 => SqlError::system(error.message),
        _ => SqlError::user(error.message),
    }
}
