//! The task of one execution: QUEUED → RUNNING → its end.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use super::fault::{internal, invalid, required};
use super::rows::{Ending, Stored};
use super::{Athena, running, statistics};
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
    /// An earlier execution's result serves.
    Reused(Box<Stored>),
    Stopped,
}

/// An execution about to run.
pub struct Launch {
    pub id: String,
    pub workgroup: String,
    pub request: Request,
    /// QueryExecution as it stands.
    pub body: Value,
    /// What another execution must share to have the same result; None where none can.
    pub likeness: Option<String>,
    /// How many minutes old a result may be to be reused; None where none is wanted.
    pub reuse: Option<i64>,
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
    pub(super) fn launch(&self, launch: Launch, handle: &Handle) {
        let cancel = {
            let mut all = running();
            let Some(entry) = all.get_mut(&launch.id) else { return };
            entry.live = Some((launch.request.meter.clone(), Instant::now()));
            entry.cancel.clone()
        };
        let athena = self.clone();
        // Also where the runtime ends before the task does.
        let leaving = Leaving(launch.id.clone());
        handle.spawn(async move {
            let _leaving = leaving;
            athena.see_through(launch, cancel).await;
        });
    }

    async fn see_through(&self, launch: Launch, cancel: CancellationToken) {
        let Launch { id, workgroup, request, mut body, likeness, reuse } = launch;
        let submitted = Instant::now();
        let work = async {
            let _turn = self.inner.turn.acquire().await;
            let queued = submitted.elapsed();
            body["Status"]["State"] = json!("RUNNING");
            body["Statistics"]["QueryQueueTimeInMillis"] = json!(millis(queued));
            self.keep(&id, "RUNNING", &body, Ending::default()).await;
            match self.reusable(likeness.clone(), reuse, &request).await {
                Some(found) => End::Reused(Box::new(found)),
                None => End::Done(Box::new(self.run_in(&workgroup, &request).await)),
            }
        };
        // Dropping the future is what stops the engine.
        let end = tokio::select! {
            end = work => end,
            () = cancel.cancelled() => End::Stopped,
            () = self.stopped_elsewhere(&id) => End::Stopped,
        };
        let total = submitted.elapsed();
        let queued = body["Statistics"]["QueryQueueTimeInMillis"].as_u64().unwrap_or(0);
        let engine = millis(total).saturating_sub(queued);
        let statistics = &mut body["Statistics"];
        statistics["TotalExecutionTimeInMillis"] = json!(millis(total));
        statistics["EngineExecutionTimeInMillis"] = json!(engine);
        statistics["DataScannedInBytes"] = json!(request.meter.bytes());
        body["Status"]["CompletionDateTime"] = json!(now());
        let mut ending = Ending::default();
        let state = match end {
            End::Stopped => {
                body["Status"]["StateChangeReason"] = json!("Query cancelled by user");
                "CANCELLED"
            }
            End::Reused(found) => {
                body["ResultConfiguration"]["OutputLocation"] =
                    found.body["ResultConfiguration"]["OutputLocation"].clone();
                body["Statistics"]["DataScannedInBytes"] = json!(0);
                body["Statistics"]["ResultReuseInformation"]["ReusedPreviousResult"] = json!(true);
                ending.columns = found.columns;
                "SUCCEEDED"
            }
            End::Done(result) => match *result {
                Ok(outcome) => {
                    ending = conclude(&mut body, &outcome, engine);
                    ending.likeness = likeness;
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
        self.keep(&id, state, &body, ending).await;
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

    async fn keep(&self, id: &str, state: &'static str, body: &Value, ending: Ending) {
        let (athena, id, body) = (self.clone(), id.to_owned(), body.clone());
        let kept =
            tokio::task::spawn_blocking(move || athena.store_state(&id, state, &body, &ending));
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

/// Notes what a statement came to.
fn conclude(body: &mut Value, outcome: &Outcome, engine_millis: u64) -> Ending {
    if let Some(location) = &outcome.location {
        body["ResultConfiguration"]["OutputLocation"] = json!(location);
    }
    let mut updated = 0;
    if let Some(manifest) = &outcome.manifest {
        body["Statistics"]["DataManifestLocation"] = json!(manifest);
        updated = outcome.rows;
    }
    if outcome.figures.plan.is_some() {
        body["Statistics"]["QueryPlanningTimeInMillis"] = json!(millis(outcome.figures.planning));
    }
    body["Statistics"]["ServiceProcessingTimeInMillis"] = json!(millis(outcome.figures.publishing));
    Ending {
        columns: json!(outcome.columns),
        updated,
        runtime: statistics::runtime(outcome, engine_millis),
        likeness: None,
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

pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
