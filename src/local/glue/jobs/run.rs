//! One run of a job, in the background.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::script::{self, Statement};
use super::store;
use super::types::{Arguments, Definition, Run};
use crate::local::ApiError;
use crate::local::glue::Glue;
use crate::local::glue::catalog::DEFAULT_DATABASE;
use crate::local::glue::engine::Sql;
use crate::local::glue::fault::{read, write};
use crate::local::glue::logs::{ERROR, Log, OUTPUT};
use crate::local::principal::Principal;
use crate::local::process::ORPHANED;
use crate::model::uri::S3Uri;

/// How often a run looks whether it is asked to stop.
const LOOK: Duration = Duration::from_millis(200);

/// The longest script, in bytes: the longest statement that Athena takes, a few times over.
const LONGEST: u64 = 4 << 20;

/// Starts a run; it goes on after this returns.
///
/// # Errors
/// EntityNotFoundException, ConcurrentRunsExceededException, InvalidInputException.
pub fn start(
    glue: &Glue,
    who: &Principal,
    job: &str,
    arguments: Arguments,
    timeout: Option<u64>,
) -> Result<String, ApiError> {
    let definition = read(&glue.inner.state, |db| Ok(store::find(db, job)?.definition))?;
    definition.effective(&arguments)?;
    launch(glue, who, store::new_run(&definition, arguments, timeout))
}

fn launch(glue: &Glue, who: &Principal, run: Run) -> Result<String, ApiError> {
    let definition = write(&glue.inner.state, |db| store::begin(db, &run.job_name, &run))?;
    let id = run.id.clone();
    let running = Running { glue: glue.clone(), who: who.clone(), definition, run, over: false };
    tokio::spawn(running.run());
    Ok(id)
}

/// A run under way. Dropped before its end (a panic, the runtime gone), it is recorded as
/// failed.
struct Running {
    glue: Glue,
    who: Principal,
    definition: Definition,
    run: Run,
    over: bool,
}

/// How a run ends, other than well.
enum End {
    Failed(String),
    Stopped,
    Timeout,
}

impl Running {
    async fn run(mut self) {
        let log = Log::new(&self.glue.inner.state, OUTPUT, &self.run.id);
        self.advance("RUNNING", None);
        let done = tokio::select! {
            done = self.script(&log) => done.map_err(End::Failed),
            () = self.asked_to_stop() => Err(End::Stopped),
            () = out_of_time(self.run.timeout) => Err(End::Timeout),
        };
        let (state, error) = match done {
            Ok(()) => ("SUCCEEDED", None),
            Err(End::Failed(why)) => ("FAILED", Some(why)),
            Err(End::Stopped) => ("STOPPED", None),
            Err(End::Timeout) => {
                let minutes = self.run.timeout.unwrap_or_default();
                ("TIMEOUT", Some(format!("the run took longer than its timeout of {minutes} min")))
            }
        };
        if let Some(error) = &error {
            Log::new(&self.glue.inner.state, ERROR, &self.run.id).line(error);
        }
        log.line(&format!("run {state}"));
        self.over = true;
        self.advance(state, error.as_deref());
        if state == "FAILED" {
            self.try_again();
        }
    }

    fn advance(&self, state: &str, error: Option<&str>) {
        let (job, id) = (&self.definition.name, &self.run.id);
        let moved = write(&self.glue.inner.state, |db| {
            // A stop that came first stays what it is until the run has ended.
            let stopping =
                state == "RUNNING" && store::run(db, job, id)?.job_run_state == "STOPPING";
            if stopping { Ok(false) } else { store::advance(db, job, id, state, error) }
        });
        if let Err(why) = moved {
            tracing::error!(job, run = id, error = %why, "the state of a job run could not be recorded");
        }
    }

    async fn asked_to_stop(&self) {
        loop {
            tokio::time::sleep(LOOK).await;
            let (job, id) = (&self.definition.name, &self.run.id);
            let run = read(&self.glue.inner.state, |db| store::run(db, job, id));
            if run.is_ok_and(|run| run.job_run_state == "STOPPING") {
                return;
            }
        }
    }

    async fn script(&self, log: &Log) -> Result<(), String> {
        let text = self.load().await?;
        let arguments =
            self.definition.effective(&self.run.arguments).map_err(|why| why.message)?;
        let statements = script::statements(&text, &self.names(&arguments))
            .map_err(|why| self.in_script(&why))?;
        if statements.is_empty() {
            return Err(self.in_script(&"there is no statement in it"));
        }
        let sql = Sql {
            engine: &self.glue.inner.engine,
            who: &self.who,
            database: arguments.get("--database").map_or(DEFAULT_DATABASE, String::as_str),
            kms_key: arguments.get("--kms-key").map(String::as_str),
        };
        let count = statements.len();
        for (index, statement) in statements.iter().enumerate() {
            let place = format!("statement {} of {count} (line {})", index + 1, statement.line);
            one(&sql, statement, &place, log).await?;
        }
        Ok(())
    }

    /// What a script may name: the arguments without their dashes, and the run itself, as
    /// Glue gives it to scripts.
    fn names(&self, arguments: &Arguments) -> BTreeMap<String, String> {
        let plain = |name: &str| name.trim_start_matches('-').to_owned();
        let mut names: BTreeMap<String, String> =
            arguments.iter().map(|(name, value)| (plain(name), value.clone())).collect();
        names.insert("JOB_NAME".to_owned(), self.definition.name.clone());
        names.insert("JOB_RUN_ID".to_owned(), self.run.id.clone());
        names
    }

    fn in_script(&self, why: &dyn std::fmt::Display) -> String {
        format!("{}: {why}", self.definition.command.script_location)
    }

    async fn load(&self) -> Result<String, String> {
        let location = self.definition.command.script_location.clone();
        let uri: S3Uri = location.parse().map_err(|why| format!("the job's script: {why}"))?;
        if !uri.key.to_ascii_lowercase().ends_with(".sql") {
            return Err(format!(
                "the local lake has no Spark and runs no {location}: it runs SQL scripts, whose names end in .sql"
            ));
        }
        let store = self.glue.inner.store.clone();
        let read = tokio::task::spawn_blocking(move || {
            let (file, object) = store
                .file(&uri.bucket, &uri.key)
                .map_err(|why| format!("{uri}: {}", why.message))?;
            if object.size > LONGEST {
                return Err(format!("{uri} is too long for a script: {} bytes", object.size));
            }
            std::io::read_to_string(file).map_err(|why| format!("{uri}: {why}"))
        });
        read.await.unwrap_or_else(|why| {
            Err(if why.is_cancelled() { ORPHANED.to_owned() } else { why.to_string() })
        })
    }

    /// Begins the next attempt, where the job has some left.
    fn try_again(&self) {
        if self.run.attempt >= self.definition.max_retries {
            return;
        }
        let mut next =
            store::new_run(&self.definition, self.run.arguments.clone(), self.run.timeout);
        let first = self.run.id.split("_attempt_").next().unwrap_or_default();
        next.attempt = self.run.attempt + 1;
        next.id = format!("{first}_attempt_{}", next.attempt);
        next.previous_run_id = Some(self.run.id.clone());
        if let Err(why) = launch(&self.glue, &self.who, next) {
            tracing::warn!(job = self.definition.name, error = %why, "a failed run was not tried again");
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.over {
            self.advance("FAILED", Some(ORPHANED));
        }
    }
}

/// Runs one statement and says what it did, in numbers.
async fn one(sql: &Sql<'_>, statement: &Statement, place: &str, log: &Log) -> Result<(), String> {
    let began = Instant::now();
    let done = sql.run(&statement.text).await.map_err(|why| format!("{place}: {why}"))?;
    let seconds = began.elapsed().as_secs_f64();
    log.line(&format!(
        "{place}: {}, {} rows, {} bytes scanned, {seconds:.1} s",
        done.kind, done.rows, done.scanned,
    ));
    Ok(())
}

async fn out_of_time(minutes: Option<u64>) {
    match minutes {
        Some(minutes) => tokio::time::sleep(Duration::from_secs(minutes.saturating_mul(60))).await,
        None => std::future::pending().await,
    }
}
