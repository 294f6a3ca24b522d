//! The task of one execution: QUEUED → RUNNING → its end.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use super::fault::{internal, invalid, required};
use super::{Athena, running};
use crate::local::ApiError;
use crate::local::glue::types::now;
use crate::local::sql::{Meter, Outcome, Request, SqlError};

/// How often a running execution looks whether another process wants it stopped.
const LOOK: Duration = Duration::from_millis(500);

/// What this process knows of an execution that it runs.
#[derive(Debug, Clone)]
pub struct Running {
    cancel: CancellationToken,
    /// None until it is launched.
    live: Option<(Arc<Meter>, Instant)>,
}

enum End {
    Done(Box<Result<Outcome, SqlError>>),
    Stopped,
}

/// Notes an execution as this process's.
pub(super) fn enter(id: &str) {
    let entry = Running { cancel: CancellationToken::new(), live: None };
    running().insert(id.to_owned(), entry);
}

pub(super) fn leave(id: &str) {
    running().remove(id);
}

struct Leaving(String);

impl Drop for Leaving {
    fn drop(&mut self) {
        leave(&self.0);
    }
}

impl Athena {
    /// Starts the task.
    pub(super) fn launch(&self, id: String, request: Request, body: Value, handle: &Handle) {
        let cancel = {
            let mut all = running();
            let Some(entry) = all.get_mut(&id) else { return };
            entry.live = Some((request.meter.clone(), Instant::now()));
            entry.cancel.clone()
        };
        let athena = self.clone();
        // Also where the runtime ends before the task does.
        let leaving = Leaving(id);
        handle.spawn(async move {
            athena.see_through(&leaving.0, &request, body, cancel).await;
        });
    }

    async fn see_through(
        &self,
        id: &str,
        request: &Request,
        mut body: Value,
        cancel: CancellationToken,
    ) {
        let submitted = Instant::now();
        let work = async {
            let _turn = self.inner.turn.acquire().await;
            let queued = submitted.elapsed();
            body["Status"]["State"] = json!("RUNNING");
            body["Statistics"]["QueryQueueTimeInMillis"] = json!(millis(queued));
            self.keep(id, "RUNNING", &body, &json!([]), 0).await;
            self.inner.engine.run(request).await
        };
        // Dropping the future is what stops the engine.
        let end = tokio::select! {
            result = work => End::Done(Box::new(result)),
            () = cancel.cancelled() => End::Stopped,
            () = self.stopped_elsewhere(id) => End::Stopped,
        };
        let total = submitted.elapsed();
        let queued = body["Statistics"]["QueryQueueTimeInMillis"].as_u64().unwrap_or(0);
        body["Statistics"]["TotalExecutionTimeInMillis"] = json!(millis(total));
        body["Statistics"]["EngineExecutionTimeInMillis"] =
            json!(millis(total).saturating_sub(queued));
        body["Statistics"]["DataScannedInBytes"] = json!(request.meter.bytes());
        body["Status"]["CompletionDateTime"] = json!(now());
        let (mut columns, mut updated) = (json!([]), 0);
        let state = match end {
            End::Stopped => {
                body["Status"]["StateChangeReason"] = json!("Query cancelled by user");
                "CANCELLED"
            }
            End::Done(result) => match *result {
                Ok(outcome) => {
                    if let Some(location) = &outcome.location {
                        body["ResultConfiguration"]["OutputLocation"] = json!(location);
                    }
                    if let Some(manifest) = &outcome.manifest {
                        body["Statistics"]["DataManifestLocation"] = json!(manifest);
                        updated = outcome.rows;
                    }
                    columns = json!(outcome.columns);
                    "SUCCEEDED"
                }
                Err(error) => {
                    body["Status"]["StateChangeReason"] = json!(error.message);
                    body["Status"]["AthenaError"] = json!({
                        "ErrorCategory": error.category as u8,
                        "ErrorType": error_type(&error),
                        "Retryable": false,
                        "ErrorMessage": error.message,
                    });
                    "FAILED"
                }
            },
        };
        body["Status"]["State"] = json!(state);
        self.keep(id, state, &body, &columns, updated).await;
    }

    async fn stopped_elsewhere(&self, id: &str) {
        loop {
            tokio::time::sleep(LOOK).await;
            let (athena, id) = (self.clone(), id.to_owned());
            let asked = tokio::task::spawn_blocking(move || athena.asked_to_stop(&id)).await;
            if asked.unwrap_or(false) {
                return;
            }
        }
    }

    async fn keep(
        &self,
        id: &str,
        state: &'static str,
        body: &Value,
        columns: &Value,
        updated: u64,
    ) {
        let (athena, id) = (self.clone(), id.to_owned());
        let (body, columns) = (body.clone(), columns.clone());
        let kept = tokio::task::spawn_blocking(move || {
            athena.store_state(&id, state, &body, &columns, updated)
        });
        if let Ok(Err(error)) = kept.await {
            tracing::error!(%error, "the state of a query cannot be kept");
        }
    }

    pub(super) fn stop(&self, input: &Value) -> Result<Value, ApiError> {
        let id = required(input, "QueryExecutionId")?;
        let found = self.find(id)?.ok_or_else(|| not_found(id))?;
        if matches!(found.state.as_str(), "QUEUED" | "RUNNING") {
            if let Some(entry) = running().get(id) {
                entry.cancel.cancel();
            }
            self.inner
                .state
                .with(|db| db.execute("UPDATE athena_executions SET stop = 1 WHERE id = ?1", [id]))
                .map_err(internal)?;
        }
        Ok(json!({}))
    }

    /// Fills in what only the running task knows.
    pub(super) fn enliven(&self, id: &str, body: &mut Value) {
        let live = running().get(id).and_then(|r| r.live.clone());
        if let Some((meter, since)) = live
            && body["Status"]["State"] == "RUNNING"
        {
            let total = millis(since.elapsed());
            let queued = body["Statistics"]["QueryQueueTimeInMillis"].as_u64().unwrap_or(0);
            body["Statistics"]["DataScannedInBytes"] = json!(meter.bytes());
            body["Statistics"]["TotalExecutionTimeInMillis"] = json!(total);
            body["Statistics"]["EngineExecutionTimeInMillis"] = json!(total.saturating_sub(queued));
        }
    }
}

pub(super) fn not_found(id: &str) -> ApiError {
    invalid(format!("QueryExecution {id} was not found"))
}

/// ErrorType of the AthenaError catalogue, as far as the message tells.
fn error_type(error: &SqlError) -> u16 {
    match error.message.split(':').next().unwrap_or_default() {
        "TABLE_NOT_FOUND" | "SCHEMA_NOT_FOUND" | "COLUMN_NOT_FOUND" => 1301,
        "PERMISSION_DENIED" | "AccessDeniedException" => 1003,
        "HIVE_PATH_ALREADY_EXISTS" => 1102,
        _ if error.message.starts_with("Bytes scanned limit") => 1006,
        _ => 1306,
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
