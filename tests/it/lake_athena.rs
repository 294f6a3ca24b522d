//! Statements through the lake, against the embedded one.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use lakehand::lake::witness::Outcome;
use lakehand::lake::{Lake, StartQuery};
use lakehand::model::query::{QueryExecution, QueryState};
use lakehand::model::trouble::Kind;
use tokio_util::sync::CancellationToken;

use crate::local_lake::{Fixture, Memory};
use crate::transfer_rig::{BUCKET, Fault, Rig};

fn lake() -> (Fixture, Lake, Memory) {
    let fixture = Fixture::new();
    fixture.local.store().create_bucket("analyst").unwrap();
    let memory = Memory::default();
    let lake = fixture.lake_with(fixture.settings(), memory.witness());
    (fixture, lake, memory)
}

fn start(sql: &str) -> StartQuery {
    StartQuery {
        sql: sql.into(),
        database: Some("default".into()),
        output_location: Some("s3://analyst/athena/".into()),
        ..StartQuery::default()
    }
}

async fn until_over(lake: &Lake, id: &str) -> QueryExecution {
    for _ in 0..400 {
        let execution = lake.query(id).await.unwrap();
        if execution.state.is_over() {
            return execution;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("the query does not come to an end");
}

#[tokio::test]
async fn rows_come_without_their_header_and_null_is_not_empty() {
    let (_fixture, lake, memory) = lake();
    let sql = "SELECT * FROM (VALUES (1, 'a'), (2, ''), (3, NULL)) AS t (n, s) ORDER BY n";
    let id = lake.start_query(&start(sql)).await.unwrap();
    let execution = until_over(&lake, &id).await;
    assert_eq!(execution.state, QueryState::Succeeded, "{:?}", execution.reason);
    assert_eq!(execution.output.unwrap().bucket, "analyst");
    let page = lake.results(&id, None, 1000).await.unwrap();
    let text = |value: &str| Some(value.to_owned());
    assert_eq!(page.columns.iter().map(|c| c.name.as_str()).collect::<Vec<_>>(), ["n", "s"]);
    assert_eq!(
        page.rows,
        [vec![text("1"), text("a")], vec![text("2"), text("")], vec![text("3"), None]]
    );
    let act = &memory.take()[0];
    assert_eq!((act.action, &act.outcome), ("athena:StartQueryExecution", &Outcome::Done));
    assert_eq!(act.request_id.as_deref(), Some(id.as_str()));
    assert_eq!(act.sql_sha256.as_deref(), Some(lakehand::lake::sha256(sql).as_str()));
}

#[tokio::test]
async fn pages_go_on_where_the_last_one_ended() {
    let (_fixture, lake, _memory) = lake();
    let values: Vec<String> = (0..25).map(|n| format!("({n})")).collect();
    let sql = format!("SELECT x FROM (VALUES {}) AS t (x)", values.join(", "));
    let id = lake.start_query(&start(&sql)).await.unwrap();
    let execution = until_over(&lake, &id).await;
    assert_eq!(execution.state, QueryState::Succeeded, "{:?}", execution.reason);
    let (mut rows, mut token) = (Vec::new(), None);
    loop {
        let page = lake.results(&id, token.as_deref(), 10).await.unwrap();
        rows.extend(page.rows);
        token = page.next;
        if token.is_none() {
            break;
        }
    }
    assert_eq!(rows.len(), 25);
}

#[tokio::test]
async fn a_statement_that_cannot_run_fails_with_its_sentence() {
    let (_fixture, lake, _memory) = lake();
    let id = lake.start_query(&start("SELECT * FROM nothing_of_that_name")).await.unwrap();
    let execution = until_over(&lake, &id).await;
    assert_eq!(execution.state, QueryState::Failed);
    assert!(execution.reason.unwrap().contains("nothing_of_that_name"));
}

#[tokio::test]
async fn a_query_that_is_stopped_is_cancelled() {
    let (_fixture, lake, _memory) = lake();
    // Ten thousand million rows: minutes, unless it really stops.
    let ten = "(VALUES 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)";
    let tables: Vec<String> = (0..10).map(|n| format!("{ten} AS t{n} (x{n})")).collect();
    let sql =
        format!("SELECT count(*) FROM {} WHERE x0 * x9 % 7 = x5", tables.join(" CROSS JOIN "));
    let id = lake.start_query(&start(&sql)).await.unwrap();
    lake.stop_query(&id).await.unwrap();
    assert_eq!(until_over(&lake, &id).await.state, QueryState::Cancelled);
}

#[tokio::test]
async fn queries_are_kept_by_name() {
    let (_fixture, lake, _memory) = lake();
    lake.create_named_query("b", Some("why"), "default", "SELECT 2", "primary").await.unwrap();
    lake.create_named_query("a", None, "default", "SELECT 1", "primary").await.unwrap();
    let kept = lake.named_queries("primary").await.unwrap();
    let kept: Vec<_> =
        kept.iter().map(|q| (q.name.as_str(), q.sql.as_str(), q.description.as_deref())).collect();
    assert_eq!(kept, [("a", "SELECT 1", None), ("b", "SELECT 2", Some("why"))]);
    assert_eq!(lake.workgroup("primary").await.unwrap().name, "primary");
    assert!(lake.workgroup("nobodys").await.is_err());
}

#[tokio::test]
async fn a_statement_too_long_is_not_sent() {
    let (_fixture, lake, memory) = lake();
    let sql = format!("SELECT 1 -- {}", "x".repeat(262_144));
    let trouble = lake.start_query(&start(&sql)).await.unwrap_err();
    assert_eq!(trouble.kind, Kind::Invalid);
    assert!(memory.take().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_that_does_not_get_through_is_asked_for_again() {
    // More than the SDK tries by itself.
    const LOST: usize = 4;
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let rule = move |request: &HttpRequest| {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let stops = target.ends_with(".StopQueryExecution");
        match stops && count.fetch_add(1, Ordering::SeqCst) < LOST {
            true => Fault::Reset,
            false => Fault::None,
        }
    };
    let rig = Rig::faulty(rule).await;
    let start = StartQuery {
        output_location: Some(format!("s3://{BUCKET}/athena/")),
        ..start(
            "SELECT count(*) FROM UNNEST(sequence(1,10000)) t(x) \
             CROSS JOIN UNNEST(sequence(1,10000)) u(y) CROSS JOIN UNNEST(sequence(1,10000)) v(z)",
        )
    };
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    let on_state = move |_: &QueryExecution| stop.cancel();
    let over = lakehand::query::run(&rig.lake, start, on_state, cancel).await.unwrap();
    assert_eq!(over.state, QueryState::Cancelled);
    assert_eq!(rig.lake.query(&over.id).await.unwrap().state, QueryState::Cancelled);
    assert!(asked.load(Ordering::SeqCst) > LOST);
}
