//! What a mutating call leaves behind for the audit log.

use std::sync::Arc;

use jiff::Timestamp;

use crate::model::trouble::Trouble;

/// How a mutating call ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The service said yes.
    Done,
    /// The mode or the account guard said no before anything was sent.
    Refused(String),
    /// The service said no, or nothing was heard: the error's code where it has one. Never its
    /// message: engines quote SQL literals in theirs.
    Failed(String),
    /// The call was dropped before its answer came, so that nobody knows.
    Unknown,
}

/// One mutating call, whatever became of it. Holds no value, no SQL text and no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    pub time: Timestamp,
    /// The lake's name in the configuration.
    pub lake: String,
    /// The caller's ARN, where STS has answered.
    pub identity: Option<String>,
    /// IAM's name of the action: `s3:PutObject`; `s3:GetObject by link` of what is opened to
    /// others.
    pub action: &'static str,
    /// An ARN where the service has one, else the thing's name.
    pub resource: String,
    pub version_id: Option<String>,
    /// The service's request id, or the id of what was started (a query, a job run).
    pub request_id: Option<String>,
    /// `CRC64NVME:…`, where the service confirmed one.
    pub checksum: Option<String>,
    /// The approval a person gave as a reference.
    pub approval: Option<String>,
    /// Hex SHA-256 of the statement, for a query.
    pub sql_sha256: Option<String>,
    /// When a link that was made opens nothing any more.
    pub until: Option<Timestamp>,
    pub outcome: Outcome,
}

/// Hears of every act. Called on the task that acted, so it must be quick; `govern::audit`
/// writes the chained line.
pub type Witness = Arc<dyn Fn(&Act) + Send + Sync>;

/// A witness who keeps nothing, for tests and for verbs that cannot write.
pub fn nobody() -> Witness {
    Arc::new(|_| {})
}

/// The code an audit line keeps of a failure.
pub fn code(trouble: &Trouble) -> String {
    trouble.code.clone().unwrap_or_else(|| format!("{:?}", trouble.kind))
}
