//! Glue's errors, and how the catalog's storage turns into them.

use rusqlite::{Connection, TransactionBehavior};

use crate::local::ApiError;
use crate::local::state::State;

/// An error of the Glue API. Every one of them has HTTP status 400, except internal ones.
pub fn fault(code: &str, message: impl Into<String>) -> ApiError {
    ApiError { code: code.to_owned(), message: message.into(), status: 400 }
}

pub fn not_found(message: impl Into<String>) -> ApiError {
    fault("EntityNotFoundException", message)
}

pub fn already_exists(message: impl Into<String>) -> ApiError {
    fault("AlreadyExistsException", message)
}

pub fn invalid(message: impl Into<String>) -> ApiError {
    fault("InvalidInputException", message)
}

pub fn denied(message: impl Into<String>) -> ApiError {
    fault("AccessDeniedException", message)
}

pub fn internal(message: impl Into<String>) -> ApiError {
    let code = "InternalServiceException".to_owned();
    ApiError { code, message: message.into(), status: 500 }
}

/// What can go wrong inside a transaction: the caller's mistake, or the store's.
#[derive(Debug)]
pub enum Fault {
    Api(ApiError),
    Store(String),
}

impl From<ApiError> for Fault {
    fn from(error: ApiError) -> Self {
        Self::Api(error)
    }
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.to_string())
    }
}

impl From<serde_json::Error> for Fault {
    fn from(error: serde_json::Error) -> Self {
        Self::Store(error.to_string())
    }
}

impl From<Fault> for ApiError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Api(error) => error,
            Fault::Store(text) => internal(format!("the lake's state.sqlite: {text}")),
        }
    }
}

/// Reads under one snapshot.
pub fn read<T>(
    state: &State,
    act: impl FnOnce(&Connection) -> Result<T, Fault>,
) -> Result<T, ApiError> {
    run(state, TransactionBehavior::Deferred, act)
}

/// Changes all of it or nothing; an error rolls back.
pub fn write<T>(
    state: &State,
    act: impl FnOnce(&Connection) -> Result<T, Fault>,
) -> Result<T, ApiError> {
    run(state, TransactionBehavior::Immediate, act)
}

fn run<T>(
    state: &State,
    behavior: TransactionBehavior,
    act: impl FnOnce(&Connection) -> Result<T, Fault>,
) -> Result<T, ApiError> {
    let done = state.with(|connection| {
        let transaction = connection.transaction_with_behavior(behavior)?;
        let done = act(&transaction);
        if done.is_ok() {
            transaction.commit()?;
        }
        Ok(done)
    });
    Ok(done.map_err(Fault::from)??)
}
