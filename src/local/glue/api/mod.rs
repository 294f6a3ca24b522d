//! From an operation's name and JSON to a call, and back. What an operation takes and gives is
//! in the file of its kind; the shapes are Glue's JSON 1.1 protocol.

mod databases;
mod partitions;
mod search;
mod tables;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::local::ApiError;
use crate::local::principal::Principal;

use super::fault::{denied, fault, internal, invalid};
use super::{Glue, crawler, jobs};

impl Glue {
    /// Answers one request.
    ///
    /// # Errors
    /// As Glue's: EntityNotFoundException, AlreadyExistsException, InvalidInputException,
    /// AccessDeniedException (only the administrator changes or starts anything), …
    pub async fn call(&self, who: &Principal, op: &str, input: Value) -> Result<Value, ApiError> {
        if !is_reading(op) && !who.is_admin() {
            let arn = who.arn();
            return Err(denied(format!(
                "User: {arn} is not authorized to perform: glue:{op}; in a local lake only the administrator may"
            )));
        }
        let glue = self.clone();
        let who = who.clone();
        let op = op.to_owned();
        // Every one of these is a short transaction of SQLite, which blocks.
        let done = tokio::task::spawn_blocking(move || glue.answer(&who, &op, input)).await;
        done.unwrap_or_else(|_| Err(internal("the request ended unexpectedly; see the log")))
    }

    fn answer(&self, who: &Principal, op: &str, input: Value) -> Result<Value, ApiError> {
        let catalog = &self.inner.catalog;
        if op.contains("Job") || op.contains("Crawl") {
            self.repair()?;
        }
        let tried = databases::answer(catalog, op, &input)
            .or_else(|| tables::answer(catalog, who, op, &input))
            .or_else(|| partitions::answer(catalog, op, &input))
            .or_else(|| search::answer(catalog, op, &input))
            .or_else(|| crawler::answer(self, op, &input))
            .or_else(|| jobs::answer(self, who, op, &input));
        tried.unwrap_or_else(|| {
            let text = format!("The local lake's Glue does not know the operation {op}.");
            Err(fault("UnknownOperationException", text))
        })
    }
}

fn is_reading(op: &str) -> bool {
    ["Get", "BatchGet", "List", "Search"].iter().any(|verb| op.starts_with(verb))
}

/// Reads a request.
///
/// # Errors
/// InvalidInputException that names the field.
pub(super) fn take<T: DeserializeOwned>(input: &Value) -> Result<T, ApiError> {
    T::deserialize(input).map_err(|why| invalid(format!("The request is not valid: {why}.")))
}

/// The answer of an operation that has nothing to say.
pub(super) fn nothing<T>(_: T) -> Value {
    json!({})
}

pub(super) fn wire(value: &impl Serialize) -> Result<Value, ApiError> {
    serde_json::to_value(value).map_err(|why| internal(why.to_string()))
}

/// `{name: items, "NextToken": …}`; the token is left out on the last page.
pub(super) fn listed(
    name: &str,
    items: &impl Serialize,
    next: Option<String>,
) -> Result<Value, ApiError> {
    let mut answer = serde_json::Map::new();
    answer.insert(name.to_owned(), wire(items)?);
    if let Some(next) = next {
        answer.insert("NextToken".to_owned(), next.into());
    }
    Ok(Value::Object(answer))
}

/// An error inside a batch's answer.
pub(super) fn detail(error: &ApiError) -> Value {
    json!({"ErrorCode": error.code, "ErrorMessage": error.message})
}
