//! The demo's crawler, jobs and saved queries, made through the same API that everybody uses.

use std::time::Duration;

use serde_json::{Value, json};

use super::settings::{ANALYST, DATABASE, SOURCE, TARGET, key_of};
use super::{DemoError, Parts, scripts};
use crate::local::ApiError;
use crate::local::principal::Principal;

const CRAWLER: &str = "genomics-crawler";
const ROLE: &str = "arn:aws:iam::000000000000:role/TREGlueRole";
const ADMIN: Principal = Principal::Administrator;

/// Makes what is missing, and runs each job once if it never ran.
///
/// # Errors
/// Those of the services.
pub async fn make(parts: &Parts) -> Result<(), DemoError> {
    unless_there(parts.glue.call(&ADMIN, "CreateCrawler", crawler()).await)?;
    let jobs = jobs();
    for job in &jobs {
        unless_there(parts.glue.call(&ADMIN, "CreateJob", job.clone()).await)?;
    }
    queries(parts).await?;
    for job in &jobs {
        run_once(parts, &job["Name"]).await?;
    }
    Ok(())
}

fn unless_there(made: Result<Value, ApiError>) -> Result<(), ApiError> {
    match made {
        Err(why) if why.code == "AlreadyExistsException" => Ok(()),
        other => other.map(drop),
    }
}

fn crawler() -> Value {
    let target = |folder: &str| json!({"Path": format!("s3://{SOURCE}/{folder}/")});
    let folders = ["clinvar", "fhir", "panel", "qc", "raw", "variants"];
    json!({
        "Name": CRAWLER,
        "Role": ROLE,
        "DatabaseName": DATABASE,
        "Description": "Finds the tables of the source bucket; not run yet",
        "Targets": {"S3Targets": folders.map(target)},
    })
}

fn jobs() -> [Value; 2] {
    let job = |name: &str, about: &str, script: &str, arguments: Value| {
        json!({
            "Name": name,
            "Description": about,
            "Role": ROLE,
            "Command": {"Name": "glueetl", "ScriptLocation": format!("s3://{SOURCE}/{script}")},
            "DefaultArguments": arguments,
            "GlueVersion": "5.0",
            "Timeout": 60,
        })
    };
    let summary = json!({
        "--database": DATABASE,
        "--results": format!("s3://{ANALYST}/results/"),
        "--rare": "0.01",
        "--kms-key": key_of(ANALYST),
    });
    let egress = json!({
        "--database": DATABASE,
        "--egress": format!("s3://{TARGET}/approved_egress/"),
    });
    [
        job(
            "gene-summary",
            "Counts the variants in each gene of the panel",
            scripts::SUMMARY,
            summary,
        ),
        job(
            "approved-egress",
            "Hands BRCA1 variants over; fails until it is started with --kms-key=alias/TRETargetBucketKey",
            scripts::EGRESS,
            egress,
        ),
    ]
}

/// Really runs the job, if there is no run of it, and waits for its end: one that fails is
/// part of the story.
async fn run_once(parts: &Parts, job: &Value) -> Result<(), DemoError> {
    let of = json!({"JobName": job});
    let runs = parts.glue.call(&ADMIN, "GetJobRuns", of.clone()).await?;
    if runs["JobRuns"].as_array().is_some_and(|runs| !runs.is_empty()) {
        return Ok(());
    }
    let id = parts.glue.call(&ADMIN, "StartJobRun", of).await?["JobRunId"].clone();
    loop {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let asked = json!({"JobName": job, "RunId": id});
        let run = parts.glue.call(&ADMIN, "GetJobRun", asked).await?;
        if !run["JobRun"]["CompletedOn"].is_null() {
            return Ok(());
        }
    }
}

async fn queries(parts: &Parts) -> Result<(), DemoError> {
    let mut known = Vec::new();
    let listed = parts.athena.call(&ADMIN, "ListNamedQueries", json!({})).await?;
    for id in listed["NamedQueryIds"].as_array().into_iter().flatten() {
        let asked = json!({"NamedQueryId": id});
        let query = parts.athena.call(&ADMIN, "GetNamedQuery", asked).await?;
        known.extend(query["NamedQuery"]["Name"].as_str().map(str::to_owned));
    }
    for query in scripts::saved() {
        if known.iter().any(|name| name == query.name) {
            continue;
        }
        let input = json!({
            "Name": query.name,
            "Description": query.about,
            "Database": DATABASE,
            "QueryString": query.sql,
        });
        parts.athena.call(&ADMIN, "CreateNamedQuery", input).await?;
    }
    Ok(())
}
