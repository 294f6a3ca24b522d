//! Jobs and runs in `state.sqlite`.

use rusqlite::{Connection, OptionalExtension, params};
use serde_json::{Map, Value};

use super::types::{Arguments, Definition, Run, is_over};
use crate::local::glue::fault::{Fault, already_exists, fault, not_found};
use crate::local::glue::types::now;
use crate::local::process::{ORPHANED, Owner};

pub const STEPS: &[&str] = &["
    CREATE TABLE glue_jobs (
        name TEXT PRIMARY KEY,
        body TEXT NOT NULL,
        created REAL NOT NULL,
        updated REAL NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE glue_job_runs (
        id TEXT PRIMARY KEY,
        job TEXT NOT NULL,
        started REAL NOT NULL,
        owner TEXT, -- the process it runs in; NULL once it is over
        body TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX glue_job_runs_of ON glue_job_runs (job, started);
    CREATE INDEX glue_job_runs_going ON glue_job_runs (owner) WHERE owner IS NOT NULL;
"];

/// A job as it is stored.
pub struct Row {
    pub definition: Definition,
    pub created: f64,
    pub updated: f64,
}

pub fn all(db: &Connection) -> Result<Vec<Row>, Fault> {
    let mut statement =
        db.prepare_cached("SELECT body, created, updated FROM glue_jobs ORDER BY name")?;
    let mut rows = statement.query([])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        all.push(read(row)?);
    }
    Ok(all)
}

pub fn find(db: &Connection, name: &str) -> Result<Row, Fault> {
    let mut statement =
        db.prepare_cached("SELECT body, created, updated FROM glue_jobs WHERE name = ?1")?;
    let mut rows = statement.query([name])?;
    match rows.next()? {
        Some(row) => read(row),
        None => Err(not_found(format!("Job {name} not found.")).into()),
    }
}

fn read(row: &rusqlite::Row<'_>) -> Result<Row, Fault> {
    let definition = serde_json::from_str(row.get_ref(0)?.as_str().unwrap_or_default())?;
    Ok(Row { definition, created: row.get(1)?, updated: row.get(2)? })
}

pub fn create(db: &Connection, definition: &Definition) -> Result<(), Fault> {
    let sql = "INSERT OR IGNORE INTO glue_jobs (name, body, created, updated)
               VALUES (?1, ?2, ?3, ?3)";
    let body = serde_json::to_string(definition)?;
    match db.execute(sql, params![definition.name, body, now()])? {
        0 => Err(already_exists(format!("Job {} already exists.", definition.name)).into()),
        _ => Ok(()),
    }
}

/// Replaces the whole definition, as UpdateJob does; the name stays.
pub fn update(db: &Connection, definition: &Definition) -> Result<(), Fault> {
    find(db, &definition.name)?;
    let sql = "UPDATE glue_jobs SET body = ?2, updated = ?3 WHERE name = ?1";
    db.execute(sql, params![definition.name, serde_json::to_string(definition)?, now()])?;
    Ok(())
}

/// Deletes a job with its runs that are over. One that is not there is no error, as in Glue.
pub fn delete(db: &Connection, name: &str) -> Result<(), Fault> {
    db.execute("DELETE FROM glue_jobs WHERE name = ?1", [name])?;
    db.execute("DELETE FROM glue_job_runs WHERE job = ?1 AND owner IS NULL", [name])?;
    Ok(())
}

/// Begins a run that this process owns.
pub fn begin(db: &Connection, job: &str, run: &Run) -> Result<Definition, Fault> {
    let definition = find(db, job)?.definition;
    let sql = "SELECT count(*) FROM glue_job_runs WHERE job = ?1 AND owner IS NOT NULL";
    let going: u32 = db.query_row(sql, [job], |row| row.get(0))?;
    if going >= definition.execution_property.max_concurrent_runs {
        let text = format!("Concurrent runs exceeded for {job}");
        return Err(fault("ConcurrentRunsExceededException", text).into());
    }
    let sql = "INSERT INTO glue_job_runs (id, job, started, owner, body)
               VALUES (?1, ?2, ?3, ?4, ?5)";
    let body = serde_json::to_string(run)?;
    db.execute(sql, params![run.id, job, run.started_on, Owner::here().to_string(), body])?;
    Ok(definition)
}

/// The newest first.
pub fn runs(db: &Connection, job: &str) -> Result<Vec<Run>, Fault> {
    let sql = "SELECT body FROM glue_job_runs WHERE job = ?1 ORDER BY started DESC, id";
    let mut statement = db.prepare_cached(sql)?;
    let bodies = statement.query_map([job], |row| row.get::<_, String>(0))?;
    bodies.map(|body| Ok(serde_json::from_str(&body?)?)).collect()
}

pub fn run(db: &Connection, job: &str, id: &str) -> Result<Run, Fault> {
    let sql = "SELECT body FROM glue_job_runs WHERE id = ?1 AND job = ?2";
    let body: Option<String> = db.query_row(sql, [id, job], |row| row.get(0)).optional()?;
    match body {
        Some(body) => Ok(serde_json::from_str(&body)?),
        None => Err(not_found(format!("Job run {id} of job {job} not found.")).into()),
    }
}

/// Moves a run that is not over to another state; answers whether it did.
pub fn advance(
    db: &Connection,
    job: &str,
    id: &str,
    state: &str,
    error: Option<&str>,
) -> Result<bool, Fault> {
    let mut run = run(db, job, id)?;
    if run.is_over() {
        return Ok(false);
    }
    let time = now();
    run.job_run_state = state.to_owned();
    run.last_modified_on = time;
    run.error_message = error.map(str::to_owned);
    if is_over(state) {
        run.completed_on = Some(time);
        run.execution_time = (time - run.started_on).max(0.0).round() as u64;
    }
    let sql = "UPDATE glue_job_runs
               SET body = ?2, owner = CASE WHEN ?3 THEN NULL ELSE owner END WHERE id = ?1";
    db.execute(sql, params![id, serde_json::to_string(&run)?, is_over(state)])?;
    Ok(true)
}

/// Asks a run, in whichever process it is, to stop.
pub fn stop(db: &Connection, job: &str, id: &str) -> Result<(), Fault> {
    let known = run(db, job, id)?;
    if known.is_over() {
        let text = format!("Job run {id} is over already: {}", known.job_run_state);
        return Err(fault("InvalidInputException", text).into());
    }
    advance(db, job, id, "STOPPING", None).map(drop)
}

/// Runs of processes that have gone: job and id.
fn orphans(db: &Connection) -> Result<Vec<(String, String)>, Fault> {
    let sql = "SELECT job, id, owner FROM glue_job_runs WHERE owner IS NOT NULL";
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let owner: String = row.get(2)?;
        if !owner.parse().is_ok_and(Owner::is_alive) {
            found.push((row.get(0)?, row.get(1)?));
        }
    }
    Ok(found)
}

/// Whether there are such.
pub fn orphaned(db: &Connection) -> Result<bool, Fault> {
    Ok(!orphans(db)?.is_empty())
}

/// Ends the runs of processes that have gone.
pub fn repair(db: &Connection) -> Result<(), Fault> {
    for (job, id) in orphans(db)? {
        advance(db, &job, &id, "FAILED", Some(ORPHANED))?;
    }
    Ok(())
}

/// A job on the wire.
pub fn wire(row: &Row) -> Result<Value, Fault> {
    let mut fields: Map<String, Value> = match serde_json::to_value(&row.definition)? {
        Value::Object(fields) => fields,
        _ => Map::new(),
    };
    fields.insert("CreatedOn".to_owned(), row.created.into());
    fields.insert("LastModifiedOn".to_owned(), row.updated.into());
    fields.entry("JobMode").or_insert_with(|| "SCRIPT".into());
    Ok(Value::Object(fields))
}

/// A new run, STARTING.
pub fn new_run(definition: &Definition, arguments: Arguments, timeout: Option<u64>) -> Run {
    let time = now();
    let random = [uuid::Uuid::new_v4(), uuid::Uuid::new_v4()];
    let text = |key: &str| definition.others.get(key).and_then(Value::as_str).map(str::to_owned);
    Run {
        id: format!("jr_{}{}", random[0].simple(), random[1].simple()),
        job_name: definition.name.clone(),
        job_mode: "SCRIPT".to_owned(),
        started_on: time,
        last_modified_on: time,
        job_run_state: "STARTING".to_owned(),
        arguments,
        timeout: timeout.or(definition.timeout),
        log_group_name: "/aws-glue/jobs".to_owned(),
        glue_version: text("GlueVersion"),
        ..Run::default()
    }
}
