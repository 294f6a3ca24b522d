//! The demo's crawler, made through the same API that everybody uses.

use serde_json::{Value, json};

use super::settings::{DATABASE, SOURCE};
use super::{DemoError, Parts};
use crate::local::ApiError;
use crate::local::principal::Principal;

const CRAWLER: &str = "genomics-crawler";
const ROLE: &str = "arn:aws:iam::000000000000:role/TREGlueRole";
const ADMIN: Principal = Principal::Administrator;

/// Makes what is missing.
///
/// # Errors
/// Those of the services.
pub async fn make(parts: &Parts) -> Result<(), DemoError> {
    unless_there(parts.glue.call(&ADMIN, "CreateCrawler", crawler()).await)?;
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
