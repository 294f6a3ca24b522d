//! What is asked of the engine, and what it answers.

use std::sync::Arc;

use super::error::SqlError;
use super::figures::Figures;
use super::scan::{Meter, place};
use super::statement::Class;
use super::types::ColumnInfo;
use crate::local::principal::Principal;
use crate::local::s3::PutOptions;

/// One statement to run.
#[derive(Debug, Clone)]
pub struct Request {
    pub who: Principal,
    pub database: String,
    pub sql: String,
    /// `ExecutionParameters`: SQL literals for the `?` of the statement, in order.
    pub parameters: Vec<String>,
    /// Where the result goes; without it rows are counted and dropped.
    pub output: Option<Output>,
    pub encryption: Encryption,
    /// Counts what is read, while it runs.
    pub meter: Arc<Meter>,
}

/// Where a result goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    pub bucket: String,
    /// The folder, with its slash; may be empty.
    pub prefix: String,
    /// The query execution id: the result's name.
    pub id: String,
}

impl Output {
    /// Of an OutputLocation.
    pub fn at(location: &str, id: &str) -> Result<Self, SqlError> {
        let (bucket, prefix) = place(location)?;
        Ok(Self { bucket, prefix, id: id.to_owned() })
    }

    /// `prefix/id` with a suffix.
    pub fn key(&self, suffix: &str) -> String {
        format!("{}{}{suffix}", self.prefix, self.id)
    }

    /// The URI of the result object.
    pub fn uri(&self, suffix: &str) -> String {
        format!("s3://{}/{}", self.bucket, self.key(suffix))
    }
}

/// EncryptionConfiguration of a result.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Encryption {
    /// `aws:kms`, `AES256`, or nothing: no header is sent.
    pub algorithm: Option<String>,
    pub kms_key: Option<String>,
}

impl Encryption {
    /// From Athena's EncryptionOption.
    pub fn of(option: Option<&str>, key: Option<&str>) -> Self {
        let algorithm = match option {
            Some("SSE_KMS" | "CSE_KMS") => Some("aws:kms".to_owned()),
            Some("SSE_S3") => Some("AES256".to_owned()),
            _ => None,
        };
        Self { algorithm, kms_key: key.map(str::to_owned) }
    }

    /// The options of a write.
    pub fn put(&self, content_type: &str) -> PutOptions {
        PutOptions {
            content_type: Some(content_type.to_owned()),
            sse: self.algorithm.clone(),
            kms_key: self.kms_key.clone(),
            ..PutOptions::default()
        }
    }
}

/// What a statement came to.
#[derive(Debug, Clone)]
pub struct Outcome {
    pub class: Class,
    pub columns: Vec<ColumnInfo>,
    /// Rows of the result, or rows written by CTAS, INSERT and UNLOAD.
    pub rows: u64,
    /// The result object, where one was written.
    pub location: Option<String>,
    /// The list of files that CTAS, INSERT or UNLOAD wrote.
    pub manifest: Option<String>,
    pub scanned_bytes: u64,
    pub figures: Figures,
}

impl Outcome {
    /// Nothing yet.
    pub(super) fn of(class: Class) -> Self {
        Self {
            class,
            columns: Vec::new(),
            rows: 0,
            location: None,
            manifest: None,
            scanned_bytes: 0,
            figures: Figures::default(),
        }
    }
}
