//! Results as they are read: what the spool keeps is what the server has, by whichever way.

use lakehand::lake::{Lake, StartQuery};
use lakehand::model::query::{QueryExecution, QueryState};
use lakehand::query::Rows;
use lakehand::query::batch::Row;
use lakehand::query::spool::Spool;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use tokio_util::sync::CancellationToken;

use crate::local_lake::{Fixture, Memory};

type Plain = Vec<Vec<Option<String>>>;

async fn run(lake: &Lake, sql: &str) -> QueryExecution {
    let start = StartQuery {
        sql: sql.into(),
        database: Some("default".into()),
        output_location: Some("s3://analyst/athena/".into()),
        ..StartQuery::default()
    };
    let done = lakehand::query::run(lake, start, |_| (), CancellationToken::new()).await.unwrap();
    assert_eq!(done.state, QueryState::Succeeded, "{:?}", done.reason);
    done
}

/// All rows, through a spool.
async fn spooled(mut rows: Rows) -> Plain {
    let dir = tempfile::tempdir().unwrap();
    let mut spool = Spool::new(dir.path()).unwrap();
    while let Some(batch) = rows.next().await.unwrap() {
        spool.append(&batch).unwrap();
    }
    let mut scan = spool.snapshot().scan(0).unwrap();
    let mut all = Plain::new();
    while let Some(row) = scan.next_row().unwrap() {
        all.push(Row::to_vec(row));
    }
    all
}

fn literal(value: &Option<String>) -> String {
    match value {
        Some(text) => format!("'{}'", text.replace('\'', "''")),
        None => "CAST(NULL AS varchar)".to_owned(),
    }
}

#[tokio::test]
async fn the_spool_has_what_the_server_has() {
    let fixture = Fixture::new();
    fixture.local.store().create_bucket("analyst").unwrap();
    let lake = fixture.lake_with(fixture.settings(), Memory::default().witness());
    let cell = prop::option::of("[a\"',\r\n\t é漢🧬\\\\]{0,8}");
    let table = prop::collection::vec(prop::collection::vec(cell, 3), 1..6);
    let mut runner = TestRunner::deterministic();
    for turn in 0..5 {
        let some = table.new_tree(&mut runner).unwrap().current();
        let values: Vec<String> = some
            .iter()
            .enumerate()
            .map(|(at, row)| {
                let cells: Vec<String> = row.iter().map(literal).collect();
                format!("({at}, {})", cells.join(", "))
            })
            .collect();
        // More than a page where the turn is odd: then the rest comes from the object.
        let times = if turn % 2 == 1 { 1500 } else { 1 };
        let sql = format!(
            "SELECT a, b, c FROM (VALUES {}) AS t (at, a, b, c) \
             CROSS JOIN UNNEST(sequence(1, {times})) AS u (n) ORDER BY n, at",
            values.join(", ")
        );
        let wanted: Plain = (0..times).flat_map(|_| some.clone()).collect();
        let execution = run(&lake, &sql).await;
        let object = spooled(Rows::open(&lake, &execution).await.unwrap()).await;
        assert!(object == wanted, "by the object, turn {turn}: {some:?}");
        let paged = spooled(Rows::open_paged(&lake, &execution).await.unwrap()).await;
        assert!(paged == wanted, "by pages, turn {turn}: {some:?}");
    }
}

#[tokio::test]
async fn results_without_rows_or_columns_and_huge_cells_are_read() {
    let fixture = Fixture::new();
    fixture.local.store().create_bucket("analyst").unwrap();
    let lake = fixture.lake_with(fixture.settings(), Memory::default().witness());
    let none = run(&lake, "SELECT x FROM (VALUES 1) AS t (x) WHERE x > 1").await;
    let rows = Rows::open(&lake, &none).await.unwrap();
    assert_eq!(rows.columns().len(), 1);
    assert!(spooled(rows).await.is_empty());

    let ddl = run(&lake, "CREATE DATABASE looked_at").await;
    let rows = Rows::open(&lake, &ddl).await.unwrap();
    assert!(rows.columns().is_empty());
    assert!(spooled(rows).await.is_empty());

    // The first page has the small rows; the huge cell is in the object.
    let sql = "SELECT n, CASE WHEN n = 1200 THEN lpad('x', 16777216, '\"') ELSE 'y' END AS big \
               FROM UNNEST(sequence(1, 1201)) AS t (n) ORDER BY n";
    let execution = run(&lake, sql).await;
    let rows = spooled(Rows::open(&lake, &execution).await.unwrap()).await;
    assert_eq!(rows.len(), 1201);
    let huge = rows[1199][1].as_ref().unwrap();
    assert!(huge.len() == 16 << 20 && huge.ends_with("\"x"));
    assert_eq!(rows[1200], [Some("1201".to_owned()), Some("y".to_owned())]);
}
