//! Start, poll, stop.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::lake::{Lake, StartQuery};
use crate::model::query::{self, QueryExecution};
use crate::model::settings;
use crate::model::trouble::{Kind, Trouble};

/// Between the first polls, and at the end of a slow growth.
const POLL: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(2));
/// The same where a poll costs nothing.
const LOCAL_POLL: (Duration, Duration) = (Duration::from_millis(20), Duration::from_millis(250));
/// A stop is asked for once; Athena then takes its time.
const STOP_WAIT: Duration = Duration::from_secs(20);
/// Polls that may fail in a row before we give up on an answer.
const PATIENCE: u32 = 5;

/// Starts the statement and waits until it is over. `on_state` hears of every poll, the first
/// time with the execution's id. A cancelled token **stops** the query; what comes back then is
/// its last state, usually CANCELLED. Dropping the future leaves the query running.
///
/// # Errors
/// What keeps Athena from starting it or from telling of it. A query that FAILED is no error
/// here: its state and reason say so.
pub async fn run(
    lake: &Lake,
    mut start: StartQuery,
    mut on_state: impl FnMut(&QueryExecution),
    cancel: CancellationToken,
) -> Result<QueryExecution, Trouble> {
    if cancel.is_cancelled() {
        return Err(Trouble::new(Kind::Cancelled, "start the query", "it was cancelled"));
    }
    // With a token the SDK's retries cannot start it twice.
    start.token.get_or_insert_with(|| uuid::Uuid::new_v4().to_string());
    // Never raced against the cancellation: the id is what a stop needs.
    let id = lake.start_query(&start).await?;
    follow(lake, &id, &mut on_state, cancel).await
}

/// The same for a query that was started before, by whomever.
///
/// # Errors
/// What keeps Athena from telling of it.
pub async fn follow(
    lake: &Lake,
    id: &str,
    mut on_state: impl FnMut(&QueryExecution),
    cancel: CancellationToken,
) -> Result<QueryExecution, Trouble> {
    tokio::select! {
        biased;
        () = cancel.cancelled() => stop(lake, id, &mut on_state).await,
        done = watch(lake, id, &mut on_state) => done,
    }
}

/// Asks it to stop and waits for the end of it: only the server knows when that is.
async fn stop(
    lake: &Lake,
    id: &str,
    on_state: &mut impl FnMut(&QueryExecution),
) -> Result<QueryExecution, Trouble> {
    ask_to_stop(lake, id).await?;
    match tokio::time::timeout(STOP_WAIT, watch(lake, id, on_state)).await {
        Ok(done) => done,
        Err(_) => {
            let waited = STOP_WAIT.as_secs();
            let why = format!("it still runs {waited} seconds after it was asked to stop");
            Err(Trouble::new(Kind::Other, format!("stop query {id}"), why))
        }
    }
}

/// A query that nobody stops costs money: a line that is down for a moment is tried again.
async fn ask_to_stop(lake: &Lake, id: &str) -> Result<(), Trouble> {
    let mut failed = 0;
    loop {
        match lake.stop_query(id).await {
            Err(trouble) if passes(trouble.kind) && failed < PATIENCE => failed += 1,
            asked => return asked,
        }
        tokio::time::sleep(POLL.0).await;
    }
}

async fn watch(
    lake: &Lake,
    id: &str,
    on_state: &mut impl FnMut(&QueryExecution),
) -> Result<QueryExecution, Trouble> {
    let (mut pause, longest) = match lake.settings().place {
        settings::Place::Local(_) => LOCAL_POLL,
        settings::Place::Aws => POLL,
    };
    let mut failed = 0;
    loop {
        match lake.query(id).await {
            Ok(execution) => {
                failed = 0;
                on_state(&execution);
                if execution.state.is_over() {
                    return Ok(execution);
                }
            }
            // The query goes on without us: a line that is down for a moment ends nothing.
            Err(trouble) if passes(trouble.kind) && failed < PATIENCE => failed += 1,
            Err(trouble) => return Err(trouble),
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 3 / 2).min(longest);
    }
}

fn passes(kind: Kind) -> bool {
    matches!(kind, Kind::Unreachable | Kind::Throttled)
}

/// What the scanned bytes cost in US dollars, at a price for 10^12 of them. DDL is free, and
/// so is a result that was there.
pub fn cost(execution: &QueryExecution, price_per_tb: f64) -> Option<f64> {
    let scanned = execution.scanned?;
    if execution.reused || execution.statement_type.as_deref() == Some("DDL") {
        return Some(0.0);
    }
    Some(query::cost(scanned, price_per_tb))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::model::query::QueryState;

    pub fn execution(kind: &str, scanned: Option<u64>) -> QueryExecution {
        QueryExecution {
            id: "q".to_owned(),
            sql: String::new(),
            parameters: Vec::new(),
            state: QueryState::Succeeded,
            reason: None,
            database: None,
            workgroup: None,
            statement_type: Some(kind.to_owned()),
            output: None,
            submitted: None,
            completed: None,
            scanned,
            engine_ms: None,
            reused: false,
        }
    }

    #[test]
    fn a_query_costs_its_bytes_and_ten_megabytes_at_least() {
        assert_eq!(cost(&execution("DML", Some(2_000_000_000_000)), 5.0), Some(10.0));
        assert_eq!(cost(&execution("DML", Some(1)), 5.0), Some(0.000_05));
        assert_eq!(cost(&execution("DML", Some(0)), 5.0), Some(0.0));
        assert_eq!(cost(&execution("DDL", Some(1)), 5.0), Some(0.0));
        assert_eq!(cost(&execution("DML", None), 5.0), None);
        let reused = QueryExecution { reused: true, ..execution("DML", Some(1)) };
        assert_eq!(cost(&reused, 5.0), Some(0.0));
    }
}
