//! What the store refuses, by the code S3 has for it.

use std::fmt;

/// An S3 error: its code as AWS spells it, and one sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreError {
    pub code: &'static str,
    pub message: String,
}

impl StoreError {
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    pub(crate) fn no_such_bucket(bucket: &str) -> Self {
        Self::new("NoSuchBucket", format!("The specified bucket does not exist: {bucket}"))
    }

    pub(crate) fn no_such_key(key: &str) -> Self {
        Self::new("NoSuchKey", format!("The specified key does not exist: {key}"))
    }

    pub(crate) fn precondition(which: &str) -> Self {
        Self::new(
            "PreconditionFailed",
            format!("At least one of the pre-conditions you specified did not hold: {which}"),
        )
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for StoreError {}

impl From<std::io::Error> for StoreError {
    fn from(why: std::io::Error) -> Self {
        Self::new("InternalError", format!("The local lake's disk failed: {why}"))
    }
}

impl From<rustix::io::Errno> for StoreError {
    fn from(why: rustix::io::Errno) -> Self {
        std::io::Error::from(why).into()
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(why: rusqlite::Error) -> Self {
        Self::new("InternalError", format!("The local lake's state.sqlite failed: {why}"))
    }
}
