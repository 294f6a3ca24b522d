//! Glue's nouns: the Data Catalog, jobs and crawlers.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::columns::Columns;

/// A table or a view, as GetTables tells of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Table {
    pub database: String,
    pub name: String,
    /// `EXTERNAL_TABLE`, `VIRTUAL_VIEW`, …
    pub kind: Option<String>,
    /// What somebody wrote about it.
    pub comment: Option<String>,
    pub columns: Columns,
    pub partition_keys: Columns,
    pub location: Option<String>,
    /// `iceberg`, else `classification` of the table's parameters, else the input format's short
    /// name.
    pub format: Option<String>,
    /// The class that reads it.
    pub serde: Option<String>,
    pub created: Option<Timestamp>,
    pub updated: Option<Timestamp>,
    /// What a crawler or a writer counted last.
    pub counted: Counted,
    /// True where Lake Formation vends the credentials that read it.
    pub is_governed: bool,
    /// True where Athena makes its partitions up by a rule, and the catalog has none.
    pub is_projected: bool,
}

impl Table {
    pub fn is_view(&self) -> bool {
        self.kind.as_deref() == Some("VIRTUAL_VIEW")
    }

    /// What it is in a word: `view`, `parquet`; empty where the catalog does not say.
    pub fn what(&self) -> &str {
        if self.is_view() { "view" } else { self.format.as_deref().unwrap_or("") }
    }
}

/// What is kept about the size of a table or a partition in its parameters. It may be old.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counted {
    pub rows: Option<u64>,
    pub bytes: Option<u64>,
    pub objects: Option<u64>,
}

impl Counted {
    /// Crawlers write `recordCount`, `sizeKey` and `objectCount`; Hive and Spark `numRows`,
    /// `totalSize` and `numFiles`. Hive writes -1 for what it does not know.
    pub fn of<'a>(parameter: impl Fn(&str) -> Option<&'a str>) -> Self {
        let one =
            |names: [&str; 2]| names.into_iter().find_map(|name| parameter(name)?.parse().ok());
        Self {
            rows: one(["recordCount", "numRows"]),
            bytes: one(["sizeKey", "totalSize"]),
            objects: one(["objectCount", "numFiles"]),
        }
    }
}

/// A partition of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partition {
    /// One for each partition key, in its order.
    pub values: Vec<String>,
    pub location: Option<String>,
    pub created: Option<Timestamp>,
    pub counted: Counted,
}

/// Partitions in the order in which the catalog tells them, and where it goes on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PartitionPage {
    pub partitions: Vec<Partition>,
    pub next: Option<String>,
}

/// A grant of Lake Formation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grant {
    /// An ARN, an account, or `IAM_ALLOWED_PRINCIPALS`.
    pub principal: String,
    /// `SELECT`, `DESCRIBE`, …, as it spells them.
    pub permissions: Vec<String>,
    /// Those that may be passed on.
    pub grantable: Vec<String>,
    /// What it is on, where that is not the whole table.
    pub on: GrantOn,
}

/// What of a table a grant is on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum GrantOn {
    Table,
    Columns(Vec<String>),
    AllColumnsBut(Vec<String>),
    /// A data filter, by its name: some rows or columns.
    Filter(String),
    /// Tables that have these tags, as `key=value,value`.
    Tags(Vec<String>),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_counted_stands_in_parameters() {
        let hive = |name: &str| match name {
            "numRows" => Some("-1"),
            "totalSize" => Some("2048"),
            _ => None,
        };
        let counted = Counted { bytes: Some(2048), ..Counted::default() };
        assert_eq!(Counted::of(hive), counted);
        let crawled = |name: &str| (name == "recordCount").then_some("7");
        assert_eq!(Counted::of(crawled).rows, Some(7));
    }
}
