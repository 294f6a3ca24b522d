//! What jobs and crawlers write about themselves, in log groups and streams as CloudWatch has
//! them. Lines hold names, numbers and sentences: never a value of a table or a literal.

use rusqlite::params;
use serde::Serialize;

use crate::local::ApiError;
use crate::local::state::State;

use super::fault::{Fault, read};
use super::types::now;

/// Where crawlers write; the stream is the crawler's name.
pub const CRAWLERS: &str = "/aws-glue/crawlers";
/// Where job runs write; the stream is the run's id.
pub const OUTPUT: &str = "/aws-glue/jobs/output";
/// Where failed job runs say why.
pub const ERROR: &str = "/aws-glue/jobs/error";

pub const STEPS: &[&str] = &["
    CREATE TABLE glue_logs (
        id INTEGER PRIMARY KEY,
        log_group TEXT NOT NULL,
        stream TEXT NOT NULL,
        time REAL NOT NULL,
        line TEXT NOT NULL
    );
    CREATE INDEX glue_logs_of ON glue_logs (stream, log_group, id);
"];

/// One line of a log.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Line {
    /// The log group.
    pub group: String,
    /// Epoch seconds.
    pub time: f64,
    pub line: String,
}

/// A stream to write to.
pub struct Log {
    state: State,
    group: &'static str,
    stream: String,
}

impl Log {
    pub fn new(state: &State, group: &'static str, stream: &str) -> Self {
        Self { state: state.clone(), group, stream: stream.to_owned() }
    }

    /// Writes a line. A log that cannot be written stops nothing.
    pub fn line(&self, line: &str) {
        let sql = "INSERT INTO glue_logs (log_group, stream, time, line) VALUES (?1, ?2, ?3, ?4)";
        let written = self
            .state
            .with(|db| db.execute(sql, params![self.group, self.stream, now(), line]).map(drop));
        if let Err(why) = written {
            tracing::warn!(group = self.group, error = %why, "a log line could not be kept");
        }
    }
}

/// The lines of a stream, in all groups, the oldest first.
///
/// # Errors
/// Those of the store.
pub fn lines(state: &State, stream: &str) -> Result<Vec<Line>, ApiError> {
    read(state, |db| {
        let sql = "SELECT log_group, time, line FROM glue_logs WHERE stream = ?1 ORDER BY id";
        let mut statement = db.prepare_cached(sql)?;
        let rows = statement.query_map([stream], |row| {
            Ok(Line { group: row.get(0)?, time: row.get(1)?, line: row.get(2)? })
        })?;
        Ok::<_, Fault>(rows.collect::<Result<_, _>>()?)
    })
}
