//! Glue jobs of the local lake: SQL scripts that run on its engine.

use std::time::{Duration, Instant};

use lakehand::local::glue::{Catalog, Glue};
use lakehand::local::principal::Principal;
use lakehand::local::s3::{PutOptions, Store};
use lakehand::local::sql::Engine;
use lakehand::local::state::State;
use serde_json::{Value, json};

const ADMIN: Principal = Principal::Administrator;

/// Joins a table of a thousand rows with itself, far more often than anybody waits for.
const ENDLESS: &str = "CREATE EXTERNAL TABLE IF NOT EXISTS n (x bigint)
    ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' LOCATION 's3://lake/n/';
    SELECT count(*) FROM n a CROSS JOIN (n b CROSS JOIN (n c CROSS JOIN n d))
    WHERE (a.x * b.x + c.x * d.x) % 7 = 3";

struct Rig {
    glue: Glue,
    catalog: Catalog,
    store: Store,
    state: State,
    _dir: tempfile::TempDir,
}

impl Rig {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let state = State::open(dir.path()).unwrap();
        let store = Store::open(dir.path(), state.clone()).unwrap();
        let catalog = Catalog::open(state.clone()).unwrap();
        let engine = Engine::open(store.clone(), catalog.clone()).unwrap();
        let glue = Glue::open(state.clone(), store.clone(), catalog.clone(), engine).unwrap();
        store.create_bucket("lake").unwrap();
        let numbers: String = (0..1000).map(|n| format!("{n}\n")).collect();
        let numbers = numbers.as_bytes();
        store.put(&ADMIN, "lake", "n/n.csv", numbers, PutOptions::default()).unwrap();
        Self { glue, catalog, store, state, _dir: dir }
    }

    fn put(&self, key: &str, body: &str) {
        self.store.put(&ADMIN, "lake", key, body.as_bytes(), PutOptions::default()).unwrap();
    }

    async fn ok(&self, op: &str, input: Value) -> Value {
        self.glue.call(&ADMIN, op, input).await.unwrap_or_else(|why| panic!("{op}: {why}"))
    }

    async fn code(&self, op: &str, input: Value) -> String {
        match self.glue.call(&ADMIN, op, input).await {
            Ok(answer) => panic!("{op} answered {answer}"),
            Err(why) => why.code,
        }
    }

    /// A job of this script, at `scripts/NAME.sql`.
    async fn job(&self, name: &str, script: &str, more: Value) {
        self.put(&format!("scripts/{name}.sql"), script);
        let location = format!("s3://lake/scripts/{name}.sql");
        let mut input = json!({"Name": name, "Role": "r",
            "Command": {"Name": "glueetl", "ScriptLocation": location}});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.ok("CreateJob", input).await;
    }

    async fn start(&self, job: &str, arguments: Value) -> String {
        let input = json!({"JobName": job, "Arguments": arguments});
        self.ok("StartJobRun", input).await["JobRunId"].as_str().unwrap().to_owned()
    }

    async fn wait(&self, job: &str, id: &str) -> Value {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let run =
                self.ok("GetJobRun", json!({"JobName": job, "RunId": id})).await["JobRun"].clone();
            if !run["CompletedOn"].is_null() {
                return run;
            }
            assert!(Instant::now() < deadline, "the run does not end: {run}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn run(&self, job: &str, arguments: Value) -> Value {
        let id = self.start(job, arguments).await;
        self.wait(job, &id).await
    }
}

fn error(run: &Value) -> &str {
    assert_eq!(run["JobRunState"], "FAILED", "{run}");
    run["ErrorMessage"].as_str().unwrap()
}

#[tokio::test]
async fn a_sql_script_really_runs() {
    let rig = Rig::new();
    rig.put("in/a.csv", "a,1\nb,2\nb,3\n");
    let script = "
        CREATE EXTERNAL TABLE numbers (name string, n int)
        ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' LOCATION 's3://lake/in/';
        -- not a statement; nor this: ${nothing}
        CREATE TABLE totals WITH (format = 'PARQUET', external_location = 's3://lake/out/${day}/${JOB_RUN_ID}/')
        AS SELECT name, sum(n) AS n FROM numbers WHERE name <> '${skip}' GROUP BY name;";
    rig.job("sums", script, json!({"DefaultArguments": {"--skip": "it's", "--day": "monday"}}))
        .await;
    let run = rig.run("sums", json!({"--day": "tuesday"})).await;
    assert_eq!(run["JobRunState"], "SUCCEEDED", "{run}");
    assert_eq!(run["Attempt"], 0);
    assert_eq!(run["Arguments"], json!({"--day": "tuesday"}));
    let location = rig.catalog.table("default", "totals").unwrap().location().unwrap().to_owned();
    assert!(location.starts_with("s3://lake/out/tuesday/jr_"), "{location}");
    assert!(!rig.store.list("lake", "out/tuesday/", None, 10).unwrap().is_empty());
    let lines = rig.glue.log_lines(run["Id"].as_str().unwrap()).unwrap();
    let text: Vec<&str> = lines.iter().map(|line| line.line.as_str()).collect();
    assert!(text[1].starts_with("statement 2 of 2 (line 5): "), "{text:?}");
    assert!(text[1].contains("2 rows"), "{text:?}");
    assert!(!text.join(" ").contains("monday") && !text.join(" ").contains("it's"));
}

#[tokio::test]
async fn what_fails_says_which_statement_and_why() {
    let rig = Rig::new();
    rig.job("bad", "SELECT 1;\nSELECT *\nFROM not_there", json!({})).await;
    let run = rig.run("bad", json!({})).await;
    let message = error(&run);
    assert!(message.starts_with("statement 2 of 2 (line 2): "), "{message}");
    assert!(message.contains("not_there"), "{message}");
    let errors = rig.glue.log_lines(run["Id"].as_str().unwrap()).unwrap();
    assert!(errors.iter().any(|line| line.group == "/aws-glue/jobs/error"));

    rig.job("wants", "SELECT '${run}'", json!({})).await;
    let run = rig.run("wants", json!({})).await;
    assert!(error(&run).contains("--run"), "{run}");
    let command = json!({"Command": {"Name": "glueetl", "ScriptLocation": "s3://lake/x.py"}});
    rig.job("spark", "", command).await;
    assert!(error(&rig.run("spark", json!({})).await).contains("no Spark"));
    let command = json!({"Command": {"ScriptLocation": "s3://lake/gone.sql"}});
    rig.job("gone", "", command).await;
    assert!(error(&rig.run("gone", json!({})).await).contains("s3://lake/gone.sql"));
    rig.job("empty", "-- nothing\n", json!({})).await;
    assert!(error(&rig.run("empty", json!({})).await).contains("no statement"));
}

#[tokio::test]
async fn a_run_is_stopped_and_runs_are_counted() {
    let rig = Rig::new();
    rig.job("long", ENDLESS, json!({})).await;
    let id = rig.start("long", json!({})).await;
    assert_eq!(
        rig.code("StartJobRun", json!({"JobName": "long"})).await,
        "ConcurrentRunsExceededException"
    );
    tokio::time::sleep(Duration::from_millis(300)).await;
    let began = Instant::now();
    let stop = json!({"JobName": "long", "JobRunIds": [id, "jr_none"]});
    let stopped = rig.ok("BatchStopJobRun", stop).await;
    assert_eq!(stopped["SuccessfulSubmissions"][0]["JobRunId"], id.as_str());
    assert_eq!(stopped["Errors"][0]["ErrorDetail"]["ErrorCode"], "EntityNotFoundException");
    let run = rig.wait("long", &id).await;
    assert_eq!(run["JobRunState"], "STOPPED");
    assert!(began.elapsed() < Duration::from_secs(10));
    let again = rig.start("long", json!({})).await;
    rig.ok("BatchStopJobRun", json!({"JobName": "long", "JobRunIds": [again]})).await;
    rig.wait("long", &again).await;
    let runs = rig.ok("GetJobRuns", json!({"JobName": "long", "MaxResults": 1})).await;
    assert_eq!(runs["JobRuns"][0]["Id"], again.as_str(), "newest first");
    let next = json!({"JobName": "long", "NextToken": runs["NextToken"]});
    let runs = rig.ok("GetJobRuns", next).await;
    assert_eq!(runs["JobRuns"][0]["Id"], id.as_str());
    assert!(runs.get("NextToken").is_none());
}

#[tokio::test]
async fn a_failed_run_is_tried_again() {
    let rig = Rig::new();
    rig.job("again", "SELECT * FROM not_there", json!({"MaxRetries": 1})).await;
    let first = rig.run("again", json!({})).await;
    let second = format!("{}_attempt_1", first["Id"].as_str().unwrap());
    tokio::time::sleep(Duration::from_millis(100)).await;
    let run = rig.wait("again", &second).await;
    assert_eq!((&run["Attempt"], &run["JobRunState"]), (&json!(1), &json!("FAILED")));
    assert_eq!(
        rig.ok("GetJobRuns", json!({"JobName": "again"})).await["JobRuns"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
}

#[tokio::test]
async fn jobs_are_kept_as_they_came() {
    let rig = Rig::new();
    rig.job("j", "SELECT 1", json!({"WorkerType": "G.1X", "Tags": {"a": "b"}, "NonOverridableArguments": {"--fixed": "1"}})).await;
    let job = rig.ok("GetJob", json!({"JobName": "j"})).await["Job"].clone();
    assert_eq!(job["WorkerType"], "G.1X");
    assert_eq!(job["ExecutionProperty"]["MaxConcurrentRuns"], 1);
    assert!(job["CreatedOn"].is_number() && job.get("Tags").is_none());
    let overridden = json!({"JobName": "j", "Arguments": {"--fixed": "2"}});
    assert_eq!(rig.code("StartJobRun", overridden).await, "InvalidInputException");
    let bare = json!({"JobName": "j", "Arguments": {"name": "2"}});
    assert_eq!(rig.code("StartJobRun", bare).await, "InvalidInputException");
    let update = json!({"JobName": "j", "JobUpdate": {"Role": "r", "Command": {"ScriptLocation": "s3://lake/y.sql"}}});
    rig.ok("UpdateJob", update).await;
    let many = rig.ok("BatchGetJobs", json!({"JobNames": ["j", "k"]})).await;
    assert_eq!(many["Jobs"][0]["Command"]["ScriptLocation"], "s3://lake/y.sql");
    assert_eq!(many["JobsNotFound"], json!(["k"]));
    let analyst = Principal::named("analyst").unwrap();
    let refused =
        rig.glue.call(&analyst, "StartJobRun", json!({"JobName": "j"})).await.unwrap_err();
    assert_eq!(refused.code, "AccessDeniedException");
    rig.ok("DeleteJob", json!({"JobName": "j"})).await;
    assert_eq!(rig.code("GetJob", json!({"JobName": "j"})).await, "EntityNotFoundException");
}

#[tokio::test]
async fn runs_of_a_process_that_has_gone_are_ended() {
    let rig = Rig::new();
    rig.job("long", ENDLESS, json!({})).await;
    let id = rig.start("long", json!({})).await;
    // As if that process had been killed: nobody has this id and began at that tick.
    let pretend = "UPDATE glue_job_runs SET owner = '4194304:1'";
    rig.state.with(|db| db.execute(pretend, [])).unwrap();
    let run = rig.ok("GetJobRun", json!({"JobName": "long", "RunId": id})).await;
    assert_eq!(error(&run["JobRun"]), "the local lake stopped");
}

#[test]
fn a_run_ends_with_its_lake() {
    let rig = Rig::new();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let id = runtime.block_on(async {
        rig.job("long", ENDLESS, json!({})).await;
        rig.start("long", json!({})).await
    });
    runtime.shutdown_timeout(Duration::from_secs(10));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let run = runtime.block_on(rig.ok("GetJobRun", json!({"JobName": "long", "RunId": id})));
    assert_eq!(error(&run["JobRun"]), "the local lake stopped");
}
