//! GetQueryExecution and BatchGetQueryExecution.

use serde_json::{Value, json};

use super::Athena;
use super::fault::{ids, required};
use super::run::not_found;
use crate::local::ApiError;

impl Athena {
    pub(super) fn get_execution(&self, input: &Value) -> Result<Value, ApiError> {
        let id = required(input, "QueryExecutionId")?;
        let body = self.execution(id)?.ok_or_else(|| not_found(id))?;
        Ok(json!({ "QueryExecution": body }))
    }

    pub(super) fn batch_get_executions(&self, input: &Value) -> Result<Value, ApiError> {
        let (mut found, mut missing) = (Vec::new(), Vec::new());
        for id in ids(input, "QueryExecutionIds")? {
            match self.execution(&id)? {
                Some(body) => found.push(body),
                None => missing.push(json!({
                    "QueryExecutionId": id,
                    "ErrorCode": "INVALID_INPUT",
                    "ErrorMessage": not_found(&id).message,
                })),
            }
        }
        Ok(json!({ "QueryExecutions": found, "UnprocessedQueryExecutionIds": missing }))
    }

    fn execution(&self, id: &str) -> Result<Option<Value>, ApiError> {
        Ok(self.find(id)?.map(|row| {
            let mut body = row.body;
            self.enliven(id, &mut body);
            body
        }))
    }
}
