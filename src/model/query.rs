//! Athena's nouns.

use jiff::Timestamp;

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
