//! CreateJob, UpdateJob, DeleteJob, GetJob, GetJobs, ListJobs, BatchGetJobs, StartJobRun,
//! GetJobRun, GetJobRuns, BatchStopJobRun.

use serde::Deserialize;
use serde_json::{Value, json};

use super::run;
use super::store;
use super::types::{Arguments, Definition, Run};
use crate::local::ApiError;
use crate::local::glue::Glue;
use crate::local::glue::api::{detail, listed, take};
use crate::local::glue::fault::{Fault, read, write};
use crate::local::glue::page::{Paging, page};
use crate::local::principal::Principal;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Named {
    job_name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct List {
    next_token: Option<String>,
    max_results: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Names {
    job_names: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Update {
    job_name: String,
    job_update: Definition,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Start {
    job_name: String,
    /// A run to be tried again, with its arguments.
    job_run_id: Option<String>,
    arguments: Option<Arguments>,
    timeout: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OneRun {
    job_name: String,
    run_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Runs {
    job_name: String,
    next_token: Option<String>,
    max_results: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Stop {
    job_name: String,
    job_run_ids: Vec<String>,
}

pub fn answer(
    glue: &Glue,
    who: &Principal,
    op: &str,
    input: &Value,
) -> Option<Result<Value, ApiError>> {
    let state = &glue.inner.state;
    Some(match op {
        "CreateJob" => create(glue, input),
        "UpdateJob" => take(input).and_then(|asked| update(glue, asked)),
        "DeleteJob" => take::<Named>(input).and_then(|Named { job_name }| {
            write(state, |db| store::delete(db, &job_name))?;
            Ok(json!({"JobName": job_name}))
        }),
        "GetJob" => take::<Named>(input).and_then(|asked| {
            let job = read(state, |db| store::wire(&store::find(db, &asked.job_name)?))?;
            Ok(json!({"Job": job}))
        }),
        "GetJobs" => take(input).and_then(|asked| get_all(glue, &asked)),
        "ListJobs" => take(input).and_then(|asked| list(glue, &asked)),
        "BatchGetJobs" => take(input).and_then(|asked| get_many(glue, &asked)),
        "StartJobRun" => take(input).and_then(|asked| start(glue, who, asked)),
        "GetJobRun" => take::<OneRun>(input).and_then(|asked| {
            let run = read(state, |db| store::run(db, &asked.job_name, &asked.run_id))?;
            Ok(json!({"JobRun": run}))
        }),
        "GetJobRuns" => take(input).and_then(|asked| runs(glue, &asked)),
        "BatchStopJobRun" => take(input).and_then(|asked| stop(glue, &asked)),
        _ => return None,
    })
}

fn create(glue: &Glue, input: &Value) -> Result<Value, ApiError> {
    let mut definition: Definition = take(input)?;
    definition.others.remove("Tags");
    definition.check()?;
    write(&glue.inner.state, |db| store::create(db, &definition))?;
    Ok(json!({"Name": definition.name}))
}

fn update(glue: &Glue, asked: Update) -> Result<Value, ApiError> {
    let definition = Definition { name: asked.job_name, ..asked.job_update };
    definition.check()?;
    write(&glue.inner.state, |db| store::update(db, &definition))?;
    Ok(json!({"JobName": definition.name}))
}

fn get_all(glue: &Glue, asked: &List) -> Result<Value, ApiError> {
    let paging =
        Paging { token: asked.next_token.as_deref(), wanted: asked.max_results, most: 1000 };
    let rows = read(&glue.inner.state, store::all)?;
    let (rows, next) = page(rows, paging, |row| row.definition.name.clone())?;
    let jobs: Vec<Value> = rows.iter().map(store::wire).collect::<Result<_, Fault>>()?;
    listed("Jobs", &jobs, next)
}

fn list(glue: &Glue, asked: &List) -> Result<Value, ApiError> {
    let paging =
        Paging { token: asked.next_token.as_deref(), wanted: asked.max_results, most: 1000 };
    let rows = read(&glue.inner.state, store::all)?;
    let names = rows.into_iter().map(|row| row.definition.name).collect();
    let (names, next) = page(names, paging, String::clone)?;
    listed("JobNames", &names, next)
}

fn get_many(glue: &Glue, asked: &Names) -> Result<Value, ApiError> {
    let rows = read(&glue.inner.state, store::all)?;
    let mut found = Vec::new();
    let mut unknown = Vec::new();
    for name in &asked.job_names {
        match rows.iter().find(|row| row.definition.name == *name) {
            Some(row) => found.push(store::wire(row).map_err(ApiError::from)?),
            None => unknown.push(name),
        }
    }
    Ok(json!({"Jobs": found, "JobsNotFound": unknown}))
}

fn start(glue: &Glue, who: &Principal, asked: Start) -> Result<Value, ApiError> {
    let job = &asked.job_name;
    let arguments = match (asked.arguments, asked.job_run_id) {
        (Some(arguments), _) => arguments,
        (None, Some(id)) => read(&glue.inner.state, |db| Ok(store::run(db, job, &id)?.arguments))?,
        (None, None) => Arguments::new(),
    };
    let id = run::start(glue, who, job, arguments, asked.timeout)?;
    Ok(json!({"JobRunId": id}))
}

fn runs(glue: &Glue, asked: &Runs) -> Result<Value, ApiError> {
    let runs = read(&glue.inner.state, |db| {
        store::find(db, &asked.job_name)?;
        store::runs(db, &asked.job_name)
    })?;
    let paging =
        Paging { token: asked.next_token.as_deref(), wanted: asked.max_results, most: 200 };
    // Newest first: the key counts down.
    let key = |run: &Run| format!("{:020.3} {}", 1e12 - run.started_on, run.id);
    let (runs, next) = page(runs, paging, key)?;
    listed("JobRuns", &runs, next)
}

fn stop(glue: &Glue, asked: &Stop) -> Result<Value, ApiError> {
    let job = &asked.job_name;
    read(&glue.inner.state, |db| store::find(db, job).map(drop))?;
    let mut done = Vec::new();
    let mut errors = Vec::new();
    for id in &asked.job_run_ids {
        match write(&glue.inner.state, |db| store::stop(db, job, id)) {
            Ok(()) => done.push(json!({"JobName": job, "JobRunId": id})),
            Err(why) => {
                errors.push(json!({"JobName": job, "JobRunId": id, "ErrorDetail": detail(&why)}));
            }
        }
    }
    Ok(json!({"SuccessfulSubmissions": done, "Errors": errors}))
}
