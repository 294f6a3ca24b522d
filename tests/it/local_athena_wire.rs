//! Athena of the local lake under AWS's own SDK: prepared statements, reuse, statistics.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_athena::Client;
use aws_sdk_athena::types::{
    QueryExecution, QueryExecutionContext, QueryExecutionState, QueryStagePlanNode,
    ResultConfiguration, ResultReuseByAgeConfiguration, ResultReuseConfiguration, StatementType,
};
use lakehand::local::LocalLake;
use lakehand::local::principal::Principal;
use lakehand::local::s3::PutOptions;

use crate::local_lake::sdk;

struct Bench {
    lake: Arc<LocalLake>,
    athena: Client,
    _dir: tempfile::TempDir,
}

/// What StartQueryExecution is asked beside the SQL.
#[derive(Default, Clone, Copy)]
struct Ask<'a> {
    parameters: &'a [&'a str],
    reuse_minutes: Option<i32>,
    place: &'a str,
    database: &'a str,
}

impl Bench {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let lake = LocalLake::open(dir.path()).unwrap();
        lake.store().create_bucket("lake").unwrap();
        let athena = Client::new(&sdk(&lake, None));
        Self { lake, athena, _dir: dir }
    }

    fn put(&self, key: &str, body: &'static str) {
        let body = body.as_bytes();
        let options = PutOptions::default();
        self.lake.store().put(&Principal::Administrator, "lake", key, body, options).unwrap();
    }

    async fn run_by(&self, athena: &Client, sql: &str, ask: Ask<'_>) -> QueryExecution {
        let place = if ask.place.is_empty() { "s3://lake/out/" } else { ask.place };
        let mut start = athena
            .start_query_execution()
            .query_string(sql)
            .result_configuration(ResultConfiguration::builder().output_location(place).build());
        for value in ask.parameters {
            start = start.execution_parameters(*value);
        }
        if !ask.database.is_empty() {
            let context = QueryExecutionContext::builder().database(ask.database).build();
            start = start.query_execution_context(context);
        }
        if let Some(minutes) = ask.reuse_minutes {
            let by_age = ResultReuseByAgeConfiguration::builder()
                .enabled(true)
                .max_age_in_minutes(minutes)
                .build();
            let reuse = ResultReuseConfiguration::builder();
            start = start.result_reuse_configuration(
                reuse.result_reuse_by_age_configuration(by_age).build(),
            );
        }
        let id = start.send().await.unwrap().query_execution_id.unwrap();
        loop {
            let found = athena.get_query_execution().query_execution_id(&id).send().await.unwrap();
            let execution = found.query_execution.unwrap();
            match execution.status().unwrap().state().unwrap() {
                QueryExecutionState::Queued | QueryExecutionState::Running => {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                _ => return execution,
            }
        }
    }

    async fn run(&self, sql: &str, ask: Ask<'_>) -> QueryExecution {
        self.run_by(&self.athena, sql, ask).await
    }

    async fn ok(&self, sql: &str) -> QueryExecution {
        let execution = self.run(sql, Ask::default()).await;
        assert_eq!(reason(&execution), "", "{sql}");
        execution
    }

    /// The rows without the header, cells joined by `|`.
    async fn rows(&self, execution: &QueryExecution) -> Vec<String> {
        assert_eq!(reason(execution), "");
        let id = execution.query_execution_id().unwrap();
        let page = self.athena.get_query_results().query_execution_id(id).send().await.unwrap();
        let rows = page.result_set.unwrap().rows.unwrap();
        let show = |row: &aws_sdk_athena::types::Row| {
            let cells: Vec<&str> =
                row.data().iter().map(|d| d.var_char_value().unwrap_or("~")).collect();
            cells.join("|")
        };
        rows.iter().skip(1).map(show).collect()
    }
}

/// StateChangeReason; empty where it succeeded.
fn reason(execution: &QueryExecution) -> &str {
    execution.status().unwrap().state_change_reason().unwrap_or_default()
}

fn reused(execution: &QueryExecution) -> bool {
    let statistics = execution.statistics().unwrap();
    statistics.result_reuse_information().unwrap().reused_previous_result()
}

#[tokio::test]
async fn prepared_statements_are_kept_by_the_api() {
    let bench = Bench::new();
    let athena = &bench.athena;
    let create = |name: &str, sql: &str| {
        athena
            .create_prepared_statement()
            .work_group("primary")
            .statement_name(name)
            .query_statement(sql)
    };
    create("one", "SELECT ? AS a").description("first").send().await.unwrap();
    create("two", "SELECT 2 AS b").send().await.unwrap();
    let again = create("one", "SELECT 1").send().await.unwrap_err().into_service_error();
    assert!(again.is_invalid_request_exception(), "{again:?}");
    create("no space", "SELECT 1").send().await.unwrap_err();
    let get =
        |name: &str| athena.get_prepared_statement().work_group("primary").statement_name(name);
    let found = get("one").send().await.unwrap().prepared_statement.unwrap();
    assert_eq!(found.query_statement(), Some("SELECT ? AS a"));
    assert_eq!((found.work_group_name(), found.description()), (Some("primary"), Some("first")));
    athena
        .update_prepared_statement()
        .work_group("primary")
        .statement_name("one")
        .query_statement("SELECT ? AS c, 'x' AS d")
        .send()
        .await
        .unwrap();
    let found = get("one").send().await.unwrap().prepared_statement.unwrap();
    assert_eq!(found.query_statement(), Some("SELECT ? AS c, 'x' AS d"));
    assert_eq!(found.description(), Some("first"));
    let page = athena.list_prepared_statements().work_group("primary").max_results(1);
    let page = page.send().await.unwrap();
    assert_eq!(page.prepared_statements()[0].statement_name(), Some("one"));
    assert!(page.prepared_statements()[0].last_modified_time().is_some());
    let token = page.next_token().unwrap();
    let page = athena.list_prepared_statements().work_group("primary").next_token(token);
    let page = page.send().await.unwrap();
    assert_eq!(page.prepared_statements()[0].statement_name(), Some("two"));
    assert_eq!(page.next_token(), None);
    let some = athena.batch_get_prepared_statement().work_group("primary");
    let some = some.prepared_statement_names("two").prepared_statement_names("nope");
    let some = some.send().await.unwrap();
    assert_eq!(some.prepared_statements()[0].query_statement(), Some("SELECT 2 AS b"));
    let missing = &some.unprocessed_prepared_statement_names()[0];
    assert_eq!(missing.statement_name(), Some("nope"));
    let delete =
        |name: &str| athena.delete_prepared_statement().work_group("primary").statement_name(name);
    delete("two").send().await.unwrap();
    let gone = get("two").send().await.unwrap_err().into_service_error();
    assert!(gone.is_resource_not_found_exception(), "{gone:?}");
    let gone = delete("two").send().await.unwrap_err().into_service_error();
    assert!(gone.is_resource_not_found_exception(), "{gone:?}");

    let ask = Ask { parameters: &["'é'"], ..Ask::default() };
    let done = bench.run("EXECUTE one", ask).await;
    assert_eq!(bench.rows(&done).await, ["é|x"]);
}

#[tokio::test]
async fn prepared_statements_are_kept_by_sql() {
    let bench = Bench::new();
    bench.put("t/a.txt", "1,x\n2,y\n3,z\n");
    bench.ok("CREATE EXTERNAL TABLE t (id int, name string) ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' LOCATION 's3://lake/t/'").await;
    let made = bench
        .ok("PREPARE Mine FROM SELECT name FROM t WHERE id > ? AND name <> ? ORDER BY 1")
        .await;
    assert_eq!(made.substatement_type(), Some("PREPARE"));
    assert_eq!(made.statement_type(), Some(&StatementType::Utility));
    let done = bench.ok("EXECUTE Mine USING 1, concat('z', '')").await;
    assert_eq!(bench.rows(&done).await, ["y"]);
    let few = bench.run("EXECUTE Mine USING 1", Ask::default()).await;
    assert!(reason(&few).starts_with("INVALID_PARAMETER_USAGE"), "{}", reason(&few));
    // A value is one expression and no more.
    let sly = bench.run("EXECUTE Mine USING 1, '' OR true", Ask::default()).await;
    assert!(reason(&sly).contains("OR"), "a text is no truth value: {}", reason(&sly));
    bench.ok("PREPARE add FROM INSERT INTO t VALUES (?, ?)").await;
    let done = bench.ok("EXECUTE add USING 9, 'nine'").await;
    assert!(done.statistics().unwrap().data_manifest_location().is_some());
    let id = done.query_execution_id().unwrap();
    let page = bench.athena.get_query_results().query_execution_id(id).send().await.unwrap();
    assert_eq!(page.update_count(), Some(1));
    let done = bench.ok("EXECUTE Mine USING 8, ''").await;
    assert_eq!(bench.rows(&done).await, ["nine"]);
    bench.ok("DEALLOCATE PREPARE Mine").await;
    let gone = bench.run("EXECUTE Mine USING 1, ''", Ask::default()).await;
    assert_eq!(reason(&gone), "PreparedStatement Mine was not found in workGroup primary");
}

#[tokio::test]
async fn results_are_reused_where_all_is_alike() {
    let bench = Bench::new();
    bench.put("t/a.txt", "1\n2\n");
    bench.ok("CREATE EXTERNAL TABLE t (a int) LOCATION 's3://lake/t/'").await;
    bench.ok("CREATE DATABASE other").await;
    let sql = "SELECT sum(a) FROM default.t";
    let asked = Ask { reuse_minutes: Some(60), ..Ask::default() };
    let first = bench.run(sql, asked).await;
    assert!(!reused(&first) && first.statistics().unwrap().data_scanned_in_bytes() == Some(4));
    // The data changes; the result does not.
    bench.put("t/b.txt", "10\n");
    let second = bench.run(sql, asked).await;
    assert!(reused(&second));
    assert_eq!(second.statistics().unwrap().data_scanned_in_bytes(), Some(0));
    assert_eq!(bench.rows(&second).await, ["3"]);
    let place = |e: &QueryExecution| {
        e.result_configuration().unwrap().output_location().unwrap().to_owned()
    };
    assert_eq!(place(&first), place(&second));
    for (what, sql, ask) in [
        ("without asking", sql, Ask::default()),
        ("of another age", sql, Ask { reuse_minutes: Some(0), ..asked }),
        ("of another text", "SELECT sum(a)  FROM default.t", asked),
        ("in another database", sql, Ask { database: "other", ..asked }),
        ("in another place", sql, Ask { place: "s3://lake/out2/", ..asked }),
    ] {
        let other = bench.run(sql, ask).await;
        assert!(!reused(&other), "{what}");
        assert_eq!(bench.rows(&other).await, ["13"], "{what}");
    }
    // The newest counts.
    let latest = bench.run(sql, asked).await;
    assert!(reused(&latest));
    assert_eq!(bench.rows(&latest).await, ["13"]);
    // Chance is computed anew.
    for sql in ["SELECT rand() FROM t", "SELECT a FROM t LIMIT 1", "SHOW TABLES"] {
        bench.run(sql, asked).await;
        assert!(!reused(&bench.run(sql, asked).await), "{sql}");
    }
    // Whoever may not read the table is refused, not served from what others read.
    bench.lake.store().set_policy("lake", Some(r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":{"AWS":"arn:aws:iam::000000000000:user/bob"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::lake/t/*"}]}"#)).unwrap();
    let bob = Client::new(&sdk(&bench.lake, Some("bob")));
    let refused = bench.run_by(&bob, sql, asked).await;
    assert!(reason(&refused).starts_with("PERMISSION_DENIED"), "{}", reason(&refused));
    let ann = Client::new(&sdk(&bench.lake, Some("ann")));
    assert!(reused(&bench.run_by(&ann, sql, asked).await));
    // What is no longer there cannot be reused.
    let key = place(&latest).strip_prefix("s3://lake/").unwrap().to_owned();
    bench.lake.store().delete(&Principal::Administrator, "lake", &key).unwrap();
    assert!(!reused(&bench.run(sql, asked).await));
    let start = bench.athena.start_query_execution().query_string(sql);
    let by_age = ResultReuseByAgeConfiguration::builder().enabled(true).max_age_in_minutes(10_081);
    let reuse = ResultReuseConfiguration::builder();
    let reuse = reuse.result_reuse_by_age_configuration(by_age.build()).build();
    let wrong = start.result_reuse_configuration(reuse).send().await.unwrap_err();
    assert!(wrong.into_service_error().is_invalid_request_exception());
}

#[tokio::test]
async fn statistics_are_those_of_the_run() {
    let bench = Bench::new();
    bench.put("t/a.txt", "1\n2\n30\n");
    bench.ok("CREATE EXTERNAL TABLE t (a int) LOCATION 's3://lake/t/'").await;
    let done = bench.ok("SELECT a FROM t WHERE a > 1").await;
    let statistics = async |execution: &QueryExecution| {
        let id = execution.query_execution_id().unwrap();
        let got = bench.athena.get_query_runtime_statistics().query_execution_id(id);
        got.send().await.unwrap().query_runtime_statistics.unwrap()
    };
    let found = statistics(&done).await;
    let timeline = found.timeline().unwrap();
    let execution = done.statistics().unwrap();
    assert_eq!(
        timeline.total_execution_time_in_millis(),
        execution.total_execution_time_in_millis()
    );
    let planning = timeline.query_planning_time_in_millis().unwrap();
    assert!(planning <= timeline.engine_execution_time_in_millis().unwrap());
    let rows = found.rows().unwrap();
    assert_eq!((rows.input_rows(), rows.input_bytes()), (Some(3), Some(7)));
    // "a" and two numbers, each in quotes on its line.
    assert_eq!((rows.output_rows(), rows.output_bytes()), (Some(2), Some(4 + 4 + 5)));
    let stage = found.output_stage().unwrap();
    assert_eq!((stage.stage_id(), stage.state()), (Some(0), Some("FINISHED")));
    assert_eq!((stage.input_rows(), stage.output_rows()), (Some(3), Some(2)));
    fn leaf(node: &QueryStagePlanNode) -> &QueryStagePlanNode {
        node.children().first().map_or(node, leaf)
    }
    let scan = leaf(stage.query_stage_plan().unwrap());
    assert_eq!(scan.name(), Some("TableScan"));
    assert!(scan.identifier().unwrap().contains("default.t"), "{scan:?}");

    let written = bench
        .ok("CREATE TABLE w WITH (external_location = 's3://lake/w/') AS SELECT * FROM t")
        .await;
    let found = statistics(&written).await;
    let files = bench.lake.store().list("lake", "w/", None, 9).unwrap();
    let bytes: u64 = files.iter().map(|f| f.size).sum();
    assert_eq!(found.rows().unwrap().output_bytes(), Some(bytes as i64));
    assert_eq!(found.rows().unwrap().output_rows(), Some(3));
    let plain = statistics(&bench.ok("SHOW TABLES").await).await;
    assert!(plain.rows().is_none() && plain.timeline().is_some());
}
