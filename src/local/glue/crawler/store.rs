//! Crawlers and crawls in `state.sqlite`.

use rusqlite::{Connection, OptionalExtension, params};

use super::types::{Changes, Definition};
use crate::local::glue::fault::{Fault, already_exists, fault, not_found};
use crate::local::glue::types::now;
use crate::local::process::{ORPHANED, Owner};

pub const STEPS: &[&str] = &["
    CREATE TABLE glue_crawlers (
        name TEXT PRIMARY KEY,
        body TEXT NOT NULL,
        created REAL NOT NULL,
        updated REAL NOT NULL,
        version INTEGER NOT NULL,
        state TEXT NOT NULL,  -- READY, RUNNING, STOPPING
        owner TEXT            -- the process that crawls
    ) WITHOUT ROWID;
    CREATE TABLE glue_crawls (
        id TEXT PRIMARY KEY,
        crawler TEXT NOT NULL,
        state TEXT NOT NULL,  -- RUNNING, COMPLETED, FAILED, STOPPED
        started REAL NOT NULL,
        ended REAL,
        error TEXT,
        changes TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX glue_crawls_of ON glue_crawls (crawler, started);
"];

/// A crawler as it is stored.
pub struct Row {
    pub definition: Definition,
    pub created: f64,
    pub updated: f64,
    pub version: i64,
    pub state: String,
}

/// One crawl.
pub struct CrawlRow {
    pub id: String,
    pub state: String,
    pub started: f64,
    pub ended: Option<f64>,
    pub error: Option<String>,
    pub changes: Changes,
}

pub fn all(db: &Connection) -> Result<Vec<Row>, Fault> {
    let mut statement = db.prepare_cached(
        "SELECT body, created, updated, version, state FROM glue_crawlers ORDER BY name",
    )?;
    let mut rows = statement.query([])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        all.push(read(row)?);
    }
    Ok(all)
}

pub fn find(db: &Connection, name: &str) -> Result<Row, Fault> {
    let mut statement = db.prepare_cached(
        "SELECT body, created, updated, version, state FROM glue_crawlers WHERE name = ?1",
    )?;
    let mut rows = statement.query([name])?;
    match rows.next()? {
        Some(row) => read(row),
        None => Err(not_found(format!("Crawler with name {name} does not exist")).into()),
    }
}

fn read(row: &rusqlite::Row<'_>) -> Result<Row, Fault> {
    Ok(Row {
        definition: serde_json::from_str(row.get_ref(0)?.as_str().unwrap_or_default())?,
        created: row.get(1)?,
        updated: row.get(2)?,
        version: row.get(3)?,
        state: row.get(4)?,
    })
}

pub fn create(db: &Connection, definition: &Definition) -> Result<(), Fault> {
    let sql = "INSERT OR IGNORE INTO glue_crawlers
               (name, body, created, updated, version, state) VALUES (?1, ?2, ?3, ?3, 1, 'READY')";
    let body = serde_json::to_string(definition)?;
    match db.execute(sql, params![definition.name, body, now()])? {
        0 => Err(already_exists(format!("Crawler {} already exists", definition.name)).into()),
        _ => Ok(()),
    }
}

pub fn update(db: &Connection, definition: &Definition) -> Result<(), Fault> {
    ready(db, &definition.name)?;
    let sql = "UPDATE glue_crawlers SET body = ?2, updated = ?3, version = version + 1
               WHERE name = ?1";
    db.execute(sql, params![definition.name, serde_json::to_string(definition)?, now()])?;
    Ok(())
}

pub fn delete(db: &Connection, name: &str) -> Result<(), Fault> {
    ready(db, name)?;
    db.execute("DELETE FROM glue_crawls WHERE crawler = ?1", [name])?;
    db.execute("DELETE FROM glue_crawlers WHERE name = ?1", [name])?;
    Ok(())
}

/// The crawler, if it is at rest.
fn ready(db: &Connection, name: &str) -> Result<Row, Fault> {
    let row = find(db, name)?;
    match row.state.as_str() {
        "READY" => Ok(row),
        _ => {
            let text = format!("Crawler with name {name} has already started");
            Err(fault("CrawlerRunningException", text).into())
        }
    }
}

/// Takes the crawler for this process and begins a crawl.
pub fn begin(db: &Connection, name: &str, crawl: &str) -> Result<Definition, Fault> {
    let row = ready(db, name)?;
    let sql = "UPDATE glue_crawlers SET state = 'RUNNING', owner = ?2 WHERE name = ?1";
    db.execute(sql, params![name, Owner::here().to_string()])?;
    let sql = "INSERT INTO glue_crawls (id, crawler, state, started, changes)
               VALUES (?1, ?2, 'RUNNING', ?3, ?4)";
    db.execute(sql, params![crawl, name, now(), serde_json::to_string(&Changes::default())?])?;
    Ok(row.definition)
}

/// Asks the crawl, in whichever process it is, to stop.
pub fn stop(db: &Connection, name: &str) -> Result<(), Fault> {
    match find(db, name)?.state.as_str() {
        "RUNNING" => {
            db.execute("UPDATE glue_crawlers SET state = 'STOPPING' WHERE name = ?1", [name])?;
            Ok(())
        }
        "STOPPING" => {
            let text = format!("Crawler with name {name} is stopping");
            Err(fault("CrawlerStoppingException", text).into())
        }
        _ => {
            let text = format!("Crawler with name {name} isn't running");
            Err(fault("CrawlerNotRunningException", text).into())
        }
    }
}

pub fn is_stopping(db: &Connection, name: &str) -> Result<bool, Fault> {
    let sql = "SELECT state FROM glue_crawlers WHERE name = ?1";
    let state: Option<String> = db.query_row(sql, [name], |row| row.get(0)).optional()?;
    Ok(state.is_none_or(|state| state != "RUNNING"))
}

/// How a crawl ended.
pub struct Ending<'a> {
    /// COMPLETED, FAILED or STOPPED.
    pub state: &'a str,
    pub error: Option<&'a str>,
    pub changes: &'a Changes,
}

/// Ends a crawl that is still under way, and gives the crawler free.
pub fn end(db: &Connection, name: &str, crawl: &str, ending: &Ending<'_>) -> Result<(), Fault> {
    let sql = "UPDATE glue_crawls SET state = ?2, ended = ?3, error = ?4, changes = ?5
               WHERE id = ?1 AND state = 'RUNNING'";
    let changes = serde_json::to_string(ending.changes)?;
    let changed = db.execute(sql, params![crawl, ending.state, now(), ending.error, changes])?;
    if changed > 0 {
        let sql = "UPDATE glue_crawlers SET state = 'READY', owner = NULL WHERE name = ?1";
        db.execute(sql, [name])?;
    }
    Ok(())
}

/// Crawlers whose process has gone.
fn orphans(db: &Connection) -> Result<Vec<String>, Fault> {
    let sql = "SELECT name, owner FROM glue_crawlers WHERE owner IS NOT NULL";
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let owner: String = row.get(1)?;
        if !owner.parse().is_ok_and(Owner::is_alive) {
            found.push(row.get(0)?);
        }
    }
    Ok(found)
}

/// Whether there are such.
pub fn orphaned(db: &Connection) -> Result<bool, Fault> {
    Ok(!orphans(db)?.is_empty())
}

/// Ends the crawls of processes that have gone.
pub fn repair(db: &Connection) -> Result<(), Fault> {
    for name in orphans(db)? {
        let sql = "SELECT id FROM glue_crawls WHERE crawler = ?1 AND state = 'RUNNING'";
        let crawl: Option<String> = db.query_row(sql, [&name], |row| row.get(0)).optional()?;
        let changes = Changes::default();
        let ending = Ending { state: "FAILED", error: Some(ORPHANED), changes: &changes };
        end(db, &name, crawl.as_deref().unwrap_or_default(), &ending)?;
        let sql = "UPDATE glue_crawlers SET state = 'READY', owner = NULL WHERE name = ?1";
        db.execute(sql, [&name])?;
    }
    Ok(())
}

/// The newest first.
pub fn crawls(db: &Connection, crawler: &str) -> Result<Vec<CrawlRow>, Fault> {
    let mut statement = db.prepare_cached(
        "SELECT id, state, started, ended, error, changes FROM glue_crawls
         WHERE crawler = ?1 ORDER BY started DESC, id",
    )?;
    let mut rows = statement.query([crawler])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        all.push(CrawlRow {
            id: row.get(0)?,
            state: row.get(1)?,
            started: row.get(2)?,
            ended: row.get(3)?,
            error: row.get(4)?,
            changes: serde_json::from_str(row.get_ref(5)?.as_str().unwrap_or_default())?,
        });
    }
    Ok(all)
}
