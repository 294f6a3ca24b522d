//! StartQueryExecution.

use std::sync::Arc;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::runtime::Handle;

use super::Athena;
use super::fault::{internal, invalid, required, text};
use super::reuse;
use super::rows::{by_token, insert};
use super::run::{Launch, enter, leave};
use super::workgroups::Workgroup;
use crate::local::ApiError;
use crate::local::glue::types::now;
use crate::local::principal::Principal;
use crate::local::sql::{Encryption, Meter, Output, Request, StatementType, classify};

/// Bytes of SQL that Athena takes.
const LONGEST: usize = 262_144;

impl Athena {
    pub(super) fn start(
        &self,
        who: &Principal,
        input: &Value,
        handle: &Handle,
    ) -> Result<Value, ApiError> {
        let sql = required(input, "QueryString")?;
        if sql.len() > LONGEST {
            return Err(invalid(format!(
                "Your query has exceeded the maximum query length of {LONGEST} bytes"
            )));
        }
        let workgroup = self.workgroup(text(input, "WorkGroup").unwrap_or("primary"))?;
        if !workgroup.is_enabled() {
            return Err(invalid(format!("WorkGroup {} is disabled.", workgroup.name())));
        }
        let reuse = reuse::asked(input)?;
        let token = text(input, "ClientRequestToken");
        let digest = hex::encode(Sha256::digest(format!("{sql}\u{0}{}", workgroup.name())));
        let configuration = workgroup.effective(input.get("ResultConfiguration"));
        let id = uuid::Uuid::new_v4().to_string();
        let location = text(&configuration, "OutputLocation").ok_or_else(|| {
            invalid("No output location provided. An output location is required either through the Workgroup result configuration setting or as an API input.")
        })?;
        let output = Output::at(location, &id)
            .map_err(|_| invalid(format!("outputLocation is not a valid S3 path: {location}")))?;
        let context = input.get("QueryExecutionContext").cloned().unwrap_or(json!({}));
        let database = text(&context, "Database").unwrap_or("default").to_owned();
        let parameters = strings(input.get("ExecutionParameters"));
        let mut body = body(&id, sql, &output, &configuration, &database, &parameters, &workgroup);
        if let Some(asked) = input.get("ResultReuseConfiguration") {
            body["ResultReuseConfiguration"] = asked.clone();
        }

        let known = self
            .inner
            .state
            .with(|db| {
                let tx = db.transaction()?;
                if let Some(token) = token
                    && let Some(known) = by_token(&tx, token)?
                {
                    return Ok(Some(known));
                }
                insert(&tx, &id, workgroup.name(), token.map(|t| (t, digest.as_str())), &body)?;
                // Entered before the row is seen: a row without its task would be an orphan.
                enter(&id);
                tx.commit()?;
                Ok(None)
            })
            .inspect_err(|_| leave(&id))
            .map_err(internal)?;
        if let Some((known, of)) = known {
            if of != digest {
                return Err(invalid("Idempotent parameters do not match"));
            }
            return Ok(json!({ "QueryExecutionId": known }));
        }
        let encryption = configuration.get("EncryptionConfiguration");
        let request = Request {
            who: who.clone(),
            database,
            sql: sql.to_owned(),
            parameters,
            output: Some(output),
            encryption: Encryption::of(
                encryption.and_then(|e| text(e, "EncryptionOption")),
                encryption.and_then(|e| text(e, "KmsKey")),
            ),
            meter: Arc::new(Meter::new(workgroup.cutoff())),
        };
        let likeness = reuse::likeness(&request, workgroup.name(), &configuration);
        let workgroup = workgroup.name().to_owned();
        let launch = Launch { id: id.clone(), workgroup, request, body, likeness, reuse };
        self.launch(launch, handle);
        Ok(json!({ "QueryExecutionId": id }))
    }
}

fn strings(list: Option<&Value>) -> Vec<String> {
    let all = list.and_then(Value::as_array);
    all.map(|a| a.iter().filter_map(Value::as_str).map(str::to_owned).collect()).unwrap_or_default()
}

/// The new QueryExecution.
fn body(
    id: &str,
    sql: &str,
    output: &Output,
    configuration: &Value,
    database: &str,
    parameters: &[String],
    workgroup: &Workgroup,
) -> Value {
    let class = classify(sql).ok();
    let suffix = match class.map(|c| c.statement) {
        None | Some(StatementType::Dml) => ".csv",
        Some(StatementType::Ddl | StatementType::Utility) => ".txt",
    };
    let mut results = configuration.clone();
    results["OutputLocation"] = json!(output.uri(suffix));
    let mut body = json!({
        "QueryExecutionId": id,
        "Query": sql,
        "StatementType": class.map_or("DML", |c| c.statement.name()),
        "ResultConfiguration": results,
        "QueryExecutionContext": { "Database": database, "Catalog": "awsdatacatalog" },
        "Status": { "State": "QUEUED", "SubmissionDateTime": now() },
        "Statistics": {
            "EngineExecutionTimeInMillis": 0,
            "DataScannedInBytes": 0,
            "TotalExecutionTimeInMillis": 0,
            "QueryQueueTimeInMillis": 0,
            "ResultReuseInformation": { "ReusedPreviousResult": false },
        },
        "WorkGroup": workgroup.name(),
        "EngineVersion": workgroup.engine_version(),
    });
    if let Some(class) = class {
        body["SubstatementType"] = json!(class.sub);
    }
    if !parameters.is_empty() {
        body["ExecutionParameters"] = json!(parameters);
    }
    body
}
