//! Glue's nouns: the Data Catalog, jobs and crawlers.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::query::Column;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    pub database: String,
    pub name: String,
    /// `EXTERNAL_TABLE`, `VIRTUAL_VIEW`, …
    pub kind: Option<String>,
    pub columns: Vec<Column>,
    pub partition_keys: Vec<Column>,
    pub location: Option<String>,
    /// `classification` of the table's parameters, else the input format's short name.
    pub format: Option<String>,
    pub updated: Option<Timestamp>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    pub name: String,
    /// `glueetl`, `pythonshell`, …
    pub command: Option<String>,
    pub script: Option<String>,
    pub glue_version: Option<String>,
    /// Default arguments, `--name` → value.
    pub arguments: BTreeMap<String, String>,
}

/// The state of a job run; an unknown one is kept verbatim.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum RunState {
    Starting,
    Running,
    Waiting,
    Stopping,
    Stopped,
    Succeeded,
    Failed,
    Timeout,
    Error,
    Expired,
    Other(String),
}

impl RunState {
    pub fn parse(text: &str) -> Self {
        match text {
            "STARTING" => Self::Starting,
            "RUNNING" => Self::Running,
            "WAITING" => Self::Waiting,
            "STOPPING" => Self::Stopping,
            "STOPPED" => Self::Stopped,
            "SUCCEEDED" => Self::Succeeded,
            "FAILED" => Self::Failed,
            "TIMEOUT" => Self::Timeout,
            "ERROR" => Self::Error,
            "EXPIRED" => Self::Expired,
            other => Self::Other(other.to_owned()),
        }
    }

    /// As Glue spells it.
    pub fn name(&self) -> &str {
        match self {
            Self::Starting => "STARTING",
            Self::Running => "RUNNING",
            Self::Waiting => "WAITING",
            Self::Stopping => "STOPPING",
            Self::Stopped => "STOPPED",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::Timeout => "TIMEOUT",
            Self::Error => "ERROR",
            Self::Expired => "EXPIRED",
            Self::Other(text) => text,
        }
    }

    /// True where it will not change any more. An unknown state counts as still going.
    pub fn is_over(&self) -> bool {
        matches!(
            self,
            Self::Stopped
                | Self::Succeeded
                | Self::Failed
                | Self::Timeout
                | Self::Error
                | Self::Expired
        )
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobRun {
    pub id: String,
    pub job: String,
    pub state: RunState,
    pub started: Option<Timestamp>,
    pub completed: Option<Timestamp>,
    /// Seconds of execution, as Glue counts them.
    pub seconds: Option<u64>,
    pub error: Option<String>,
    pub arguments: BTreeMap<String, String>,
    pub attempt: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crawler {
    pub name: String,
    /// `READY`, `RUNNING`, `STOPPING`.
    pub state: String,
    pub database: Option<String>,
    pub targets: Vec<String>,
    pub last: Option<Crawl>,
    /// Milliseconds since the running crawl began.
    pub elapsed_ms: Option<u64>,
}

/// The last crawl of a crawler.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Crawl {
    /// `SUCCEEDED`, `FAILED`, `CANCELLED`.
    pub state: String,
    pub started: Option<Timestamp>,
    pub error: Option<String>,
    pub tables_created: Option<u32>,
    pub tables_updated: Option<u32>,
    pub tables_deleted: Option<u32>,
}
