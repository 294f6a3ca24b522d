//! Athena's errors, and reading its inputs.

use serde_json::Value;

use crate::local::ApiError;

/// The caller's mistake.
pub fn invalid(message: impl Into<String>) -> ApiError {
    ApiError { code: "InvalidRequestException".into(), message: message.into(), status: 400 }
}

/// The lake's own.
pub fn internal(message: impl std::fmt::Display) -> ApiError {
    ApiError { code: "InternalServerException".into(), message: message.to_string(), status: 500 }
}

pub fn unknown_operation(op: &str) -> ApiError {
    ApiError {
        code: "UnknownOperationException".into(),
        message: format!("The local lake's Athena has no operation {op}"),
        status: 400,
    }
}

/// Not for users of the lake.
pub fn denied(who: &crate::local::principal::Principal, action: &str) -> ApiError {
    ApiError {
        code: "AccessDeniedException".into(),
        message: format!("User: {} is not authorized to perform: athena:{action}", who.arn()),
        status: 400,
    }
}

/// A string member that must be there.
pub fn required<'a>(input: &'a Value, name: &str) -> Result<&'a str, ApiError> {
    text(input, name).filter(|t| !t.is_empty()).ok_or_else(|| {
        invalid(format!("1 validation error detected: Value at '{name}' failed to satisfy constraint: Member must not be null"))
    })
}

/// A string member.
pub fn text<'a>(input: &'a Value, name: &str) -> Option<&'a str> {
    input.get(name).and_then(Value::as_str)
}

/// MaxResults within its limits.
pub fn page_size(input: &Value, most: usize) -> Result<usize, ApiError> {
    match input.get("MaxResults").and_then(Value::as_i64) {
        None => Ok(most),
        Some(n) => usize::try_from(n)
            .ok()
            .filter(|n| (1..=most).contains(n))
            .ok_or_else(|| invalid(format!("MaxResults must be between 1 and {most}"))),
    }
}

/// The place a token of ours stands for.
pub fn token(input: &Value) -> Result<u64, ApiError> {
    match text(input, "NextToken") {
        None | Some("") => Ok(0),
        Some(token) => {
            token.parse().map_err(|_| invalid("The token is not one that was given out"))
        }
    }
}

/// A list of ids.
pub fn ids(input: &Value, name: &str) -> Result<Vec<String>, ApiError> {
    ids_up_to(50, input, name)
}

/// A list of at most so many ids or names.
pub fn ids_up_to(most: usize, input: &Value, name: &str) -> Result<Vec<String>, ApiError> {
    let ids: Vec<String> = input
        .get(name)
        .and_then(Value::as_array)
        .map(|all| all.iter().filter_map(Value::as_str).map(str::to_owned).collect())
        .unwrap_or_default();
    if ids.is_empty() || ids.len() > most {
        return Err(invalid(format!("{name} must have 1 to {most} members")));
    }
    Ok(ids)
}
