//! Executions as rows of `state.sqlite`.

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::{Value, json};

use super::fault::internal;
use super::{Athena, running};
use crate::local::ApiError;
use crate::local::glue::types::now;
use crate::local::process::{ORPHANED, Owner};

/// An execution as it is kept.
#[derive(Debug, Clone)]
pub struct Stored {
    pub id: String,
    pub state: String,
    pub owner: String,
    pub body: Value,
    pub columns: Value,
    pub updated: u64,
    /// `Rows` and `OutputStage` of the runtime statistics; Null before the end.
    pub runtime: Value,
}

/// How an execution that is over ended.
#[derive(Debug, Clone, Default)]
pub struct Ending {
    /// ColumnInfo of the result.
    pub columns: Value,
    /// Rows that a CTAS, INSERT or UNLOAD wrote.
    pub updated: u64,
    pub runtime: Value,
    /// Set where the result may be reused.
    pub likeness: Option<String>,
}

const COLUMNS: &str = "id, state, owner, body, columns, updated, runtime";

/// The latest execution with a likeness (`?1`).
pub fn read_alike() -> String {
    format!(
        "SELECT {COLUMNS} FROM athena_executions WHERE likeness = ?1 AND state = 'SUCCEEDED' ORDER BY place DESC LIMIT 1"
    )
}

/// Reads a row of [`COLUMNS`].
pub fn read(row: &Row<'_>) -> rusqlite::Result<Stored> {
    let parse = |text: String| serde_json::from_str(&text).unwrap_or(Value::Null);
    Ok(Stored {
        id: row.get(0)?,
        state: row.get(1)?,
        owner: row.get(2)?,
        body: parse(row.get(3)?),
        columns: parse(row.get(4)?),
        updated: u64::try_from(row.get::<_, i64>(5)?).unwrap_or(0),
        runtime: row.get::<_, Option<String>>(6)?.map_or(Value::Null, parse),
    })
}

impl Athena {
    /// One execution.
    pub(super) fn find(&self, id: &str) -> Result<Option<Stored>, ApiError> {
        let sql = format!("SELECT {COLUMNS} FROM athena_executions WHERE id = ?1");
        let found = self
            .inner
            .state
            .with(|db| db.prepare_cached(&sql)?.query_row([id], read).optional())
            .map_err(internal)?;
        match found {
            Some(row) if self.is_orphan(&row) => {
                self.bury(&row)?;
                self.find(id)
            }
            found => Ok(found),
        }
    }

    fn is_orphan(&self, row: &Stored) -> bool {
        let open = matches!(row.state.as_str(), "QUEUED" | "RUNNING");
        open && match row.owner.parse::<Owner>() {
            Ok(owner) if owner == Owner::here() => !running().contains_key(&row.id),
            Ok(owner) => !owner.is_alive(),
            Err(_) => true,
        }
    }

    /// Executions of processes that are gone.
    pub(super) fn bury_orphans(&self) -> Result<(), ApiError> {
        let sql =
            format!("SELECT {COLUMNS} FROM athena_executions WHERE state IN ('QUEUED', 'RUNNING')");
        let open: Vec<Stored> = self
            .inner
            .state
            .with(|db| db.prepare_cached(&sql)?.query_map([], read)?.collect())
            .map_err(internal)?;
        for row in open.iter().filter(|row| self.is_orphan(row)) {
            self.bury(row)?;
        }
        Ok(())
    }

    fn bury(&self, row: &Stored) -> Result<(), ApiError> {
        let mut body = row.body.clone();
        body["Status"]["State"] = json!("FAILED");
        body["Status"]["StateChangeReason"] = json!(ORPHANED);
        body["Status"]["CompletionDateTime"] = json!(now());
        self.inner
            .state
            .with(|db| {
                db.execute(
                    "UPDATE athena_executions SET state = 'FAILED', body = ?3 WHERE id = ?1 AND owner = ?2 AND state IN ('QUEUED', 'RUNNING')",
                    params![row.id, row.owner, body.to_string()],
                )
            })
            .map(drop)
            .map_err(internal)
    }

    /// Writes the new state of an execution that is not over yet; false where it is.
    pub(super) fn store_state(
        &self,
        id: &str,
        state: &str,
        body: &Value,
        ending: &Ending,
    ) -> rusqlite::Result<bool> {
        let columns = match &ending.columns {
            Value::Null => json!([]),
            columns => columns.clone(),
        };
        let (body, columns) = (body.to_string(), columns.to_string());
        let updated = i64::try_from(ending.updated).unwrap_or(i64::MAX);
        let runtime = (!ending.runtime.is_null()).then(|| ending.runtime.to_string());
        let sql = "UPDATE athena_executions SET state = ?2, body = ?3, columns = ?4, updated = ?5,
                   runtime = ?6, likeness = ?7
                   WHERE id = ?1 AND state IN ('QUEUED', 'RUNNING')";
        self.inner.state.with(|db| {
            db.execute(sql, params![id, state, body, columns, updated, runtime, ending.likeness])
                .map(|n| n > 0)
        })
    }

    /// Whether another process asked this one to stop it.
    pub(super) fn asked_to_stop(&self, id: &str) -> bool {
        let sql = "SELECT stop FROM athena_executions WHERE id = ?1";
        let asked = self.inner.state.with(|db| {
            db.prepare_cached(sql)?.query_row([id], |row| row.get::<_, bool>(0)).optional()
        });
        matches!(asked, Ok(Some(true)))
    }
}

/// A new execution.
pub fn insert(
    db: &Connection,
    id: &str,
    workgroup: &str,
    token: Option<(&str, &str)>,
    body: &Value,
) -> rusqlite::Result<()> {
    db.execute(
        "INSERT INTO athena_executions (id, workgroup, token, digest, state, owner, body) VALUES (?1, ?2, ?3, ?4, 'QUEUED', ?5, ?6)",
        params![
            id,
            workgroup,
            token.map(|t| t.0),
            token.map(|t| t.1),
            Owner::here().to_string(),
            body.to_string()
        ],
    )
    .map(drop)
}

/// The execution that a ClientRequestToken made, and the digest of its request.
pub fn by_token(db: &Connection, token: &str) -> rusqlite::Result<Option<(String, String)>> {
    db.prepare_cached("SELECT id, digest FROM athena_executions WHERE token = ?1")?
        .query_row([token], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()
}
