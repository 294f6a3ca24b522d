//! Athena's nouns.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::uri::S3Uri;

/// The state of a query execution; `Other` holds one this program does not know, verbatim.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum QueryState {
    Queued,
    Running,
    Succeeded,
    Failed,
    Cancelled,
    Other(String),
}

impl QueryState {
    pub fn parse(text: &str) -> Self {
        match text {
            "QUEUED" => Self::Queued,
            "RUNNING" => Self::Running,
            "SUCCEEDED" => Self::Succeeded,
            "FAILED" => Self::Failed,
            "CANCELLED" => Self::Cancelled,
            other => Self::Other(other.to_owned()),
        }
    }

    /// As Athena spells it.
    pub fn name(&self) -> &str {
        match self {
            Self::Queued => "QUEUED",
            Self::Running => "RUNNING",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::Cancelled => "CANCELLED",
            Self::Other(text) => text,
        }
    }

    /// True where it will not change any more.
    pub fn is_over(&self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Cancelled)
    }
}

/// How a column's values compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    Number,
    /// A date, or a timestamp with or without a zone.
    Time,
    /// Everything else: by its bytes, as Athena does.
    Text,
}

impl Scale {
    /// Of an Athena type: `decimal(10,2)`.
    pub fn of(kind: &str) -> Self {
        let kind = kind.to_ascii_lowercase();
        match kind.split(['(', ' ']).next().unwrap_or_default() {
            "tinyint" | "smallint" | "integer" | "int" | "bigint" | "float" | "real" | "double"
            | "decimal" => Self::Number,
            "date" | "timestamp" => Self::Time,
            _ => Self::Text,
        }
    }
}

/// What a file of rows is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileFormat {
    Csv,
    Json,
    Parquet,
}

impl FileFormat {
    /// As a file's name ends.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Parquet => "parquet",
        }
    }
}

/// What GetQueryExecution tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryExecution {
    pub id: String,
    pub sql: String,
    /// SQL literals for its `?`.
    pub parameters: Vec<String>,
    pub state: QueryState,
    /// The engine's sentence when it failed.
    pub reason: Option<String>,
    pub database: Option<String>,
    pub workgroup: Option<String>,
    /// `DML`, `DDL` or `UTILITY`.
    pub statement_type: Option<String>,
    /// The result object; absent for managed results.
    pub output: Option<S3Uri>,
    pub submitted: Option<Timestamp>,
    pub completed: Option<Timestamp>,
    /// Bytes read by the engine.
    pub scanned: Option<u64>,
    /// Milliseconds of the engine's own time.
    pub engine_ms: Option<u64>,
    /// True where nothing ran: the result is an earlier one's.
    pub reused: bool,
}

/// A column of a result or of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    pub name: String,
    /// As the service spells it: `varchar`, `bigint`, `decimal(10,2)`. Of what a result's array
    /// holds Athena says nothing.
    pub kind: String,
}

/// One page of GetQueryResults; the header row that Athena sends first for DML is taken off.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ResultPage {
    pub columns: Vec<Column>,
    /// `None` is NULL, which is not the empty string.
    pub rows: Vec<Vec<Option<String>>>,
    pub next: Option<String>,
    /// Rows that the statement wrote, where it writes any.
    pub written: Option<u64>,
}

/// What a statement runs with beside its database; what is not named is the lake's own.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Terms {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workgroup: Option<String>,
    /// A data catalog; `None` for [`CATALOG`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub catalog: Option<String>,
    /// Minutes: a result that is no older is taken instead of running again. `None` always runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reuse: Option<u32>,
}

/// The workgroup that Athena uses where none is named.
pub const PRIMARY: &str = "primary";

/// The account's own Glue Data Catalog, as Athena calls it.
pub const CATALOG: &str = "AwsDataCatalog";

/// The oldest result that Athena reuses, in minutes: seven days
/// (<https://docs.aws.amazon.com/athena/latest/APIReference/API_ResultReuseByAgeConfiguration.html>).
pub const OLDEST_REUSED: u32 = 10_080;

/// What a statement will read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Estimate {
    /// Everything in the tables and partitions that it names. Of Parquet and ORC only the
    /// columns in use are read, and a LIMIT may end it earlier: it is the most.
    pub bytes: u64,
    /// False where there is more than was counted.
    pub whole: bool,
    /// Views, and tables that may not be looked at.
    pub unknown: Vec<String>,
}

/// A line of a list of Athena's: a workgroup, a data catalog, a database of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub name: String,
    /// Its description, or the kind of catalog.
    pub about: Option<String>,
    pub enabled: bool,
}

/// What a workgroup says of where results go.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Workgroup {
    pub name: String,
    pub enabled: bool,
    /// True where it overrides what the client asks for.
    pub enforces: bool,
    pub output: Option<String>,
    pub encryption: Option<String>,
    pub kms_key: Option<String>,
    /// True where results are managed by Athena and leave no object.
    pub managed: bool,
    /// Bytes; the query is stopped past it.
    pub scan_limit: Option<u64>,
    /// The engine that runs, not the choice of it: `Athena engine version 3`.
    pub engine: Option<String>,
}

/// A query kept by name in Athena.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedQuery {
    pub id: String,
    pub name: String,
    pub description: Option<String>,
    pub database: String,
    pub sql: String,
}

/// What Athena asks for the bytes that a query read, in US dollars: at least ten megabytes of
/// every query that reads (<https://aws.amazon.com/athena/pricing/>). DDL is free, which is
/// not known here.
pub fn cost(scanned: u64, price_per_tb: f64) -> f64 {
    const LEAST: u64 = 10_000_000;
    let billed = if scanned == 0 { 0 } else { scanned.max(LEAST) };
    billed as f64 / 1e12 * price_per_tb
}
