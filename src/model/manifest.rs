//! The sidecar of a saved query result: what it is, where it came from, how to check it.

use std::sync::Arc;

use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};

/// Tells where the audit log stands, everything noted so far included: goes into every
/// manifest. Given from outside, since whoever writes one does not know the log.
pub type Anchor = Arc<dyn Fn() -> BoxFuture<'static, Option<String>> + Send + Sync>;

/// Written as JSON beside the result, `NAME.manifest.json`.
///
/// This is the one place where the SQL of a query is kept, unless the lake's configuration says
/// that its hash is enough (`sql_in_manifests = false`): the audit log has the hash alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// `lakehand.query-result/1`
    pub schema: String,
    /// RFC 3339, UTC.
    pub saved_at: String,
    /// Athena's id of the execution.
    pub execution_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sql: Option<String>,
    /// Of the query as it was written, whatever it was wrapped into.
    pub sql_sha256: String,
    /// What the `?` of the SQL stand for, in order: kept where the SQL is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<String>,
    /// The tables that the SQL names, `database.table`.
    #[serde(default)]
    pub source_tables: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workgroup: Option<String>,
    /// The result object it was copied from; for an UNLOAD there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// `csv`, `parquet`, `orc`, `json` or `table`; `txt` where the statement was DDL.
    pub format: String,
    /// The table that it was made as, `database.table`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// Where Athena tells how many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    /// Of all objects together.
    #[serde(default)]
    pub bytes: u64,
    /// What was saved.
    pub objects: Vec<SavedObject>,
    /// The caller's ARN, where STS has answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
    /// Where the audit log stood: the anchor that a rewritten log would not fit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audit_head: Option<String>,
}

/// One object of it, as HeadObject told after the save.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedObject {
    /// `s3://bucket/key`
    pub uri: String,
    pub bytes: u64,
    /// `CRC64NVME:…`, where the store has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checksum: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version_id: Option<String>,
    /// `aws:kms`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encryption: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kms_key: Option<String>,
    /// True where its checksum was compared with that of the object it was copied from.
    pub verified: bool,
}

impl Manifest {
    pub const SCHEMA: &str = "lakehand.query-result/1";
    /// After the result's name.
    pub const SUFFIX: &str = ".manifest.json";
}
