//! The sidecar of a saved query result: what it is, where it came from, how to check it.

use std::sync::Arc;

use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};

/// Tells where the audit log stands, everything noted so far included: goes into every
/// manifest. Given from outside, since whoever writes one does not know the log.
pub type Anchor = Arc<dyn Fn() -> BoxFuture<'static, Option<String>> + Send + Sync>;

/// Written as JSON beside the result, `NAME.manifest.json`.
///
/// This is the one place where the SQL of a query is kept: the audit log has its hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// `lakehand.query-result/1`
    pub schema: String,
    /// RFC 3339, UTC.
    pub saved_at: String,
    /// Athena's id of the execution.
    pub execution_id: String,
    pub sql: String,
    pub sql_sha256: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workgroup: Option<String>,
    /// The result object it was copied from; for an UNLOAD there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// `csv`, `parquet` or `json`.
    pub format: String,
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
