//! Looking into objects of a local lake: how much is read, what becomes of it when the object
//! or the person goes away, and the SQL that is made of it.

use std::fs::File;
use std::io::Write as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use bytes::Bytes;
use lakehand::lake::witness::nobody;
use lakehand::lake::{Lake, PutWith, Seam, StartQuery};
use lakehand::model::object::ObjectRef;
use lakehand::model::query::QueryState;
use lakehand::model::sql;
use lakehand::model::sql::external::{Folder, create};
use lakehand::model::trouble::Kind;
use lakehand::model::uri::S3Uri;
use lakehand::preview::look::{Look, Row, Shape};
use lakehand::preview::{self, Opened, Remote, tabular};
use tokio_util::sync::CancellationToken;

use crate::local_lake::Fixture;
use crate::workbench::Bench;

/// Counts the bytes that answers bring, and may stop answering.
#[derive(Debug, Clone)]
struct Meter {
    http: SharedHttpConnector,
    /// Bytes of each answer.
    read: Arc<Mutex<Vec<u64>>>,
    /// So many requests are answered.
    answers: usize,
}

impl HttpConnector for Meter {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let meter = self.clone();
        HttpConnectorFuture::new(async move {
            if meter.read.lock().unwrap().len() >= meter.answers {
                std::future::pending::<()>().await;
            }
            let answer = meter.http.call(request).await?;
            let length = answer.headers().get("content-length").and_then(|text| text.parse().ok());
            meter.read.lock().unwrap().push(length.unwrap_or(0));
            Ok(answer)
        })
    }
}

/// A lake that is read through a meter.
fn metered(fixture: &Fixture, answers: usize) -> (Lake, Arc<Mutex<Vec<u64>>>) {
    let (access_key, secret_key) = fixture.local.sign_as(None).unwrap();
    let read = Arc::new(Mutex::default());
    let http = fixture.local.connector();
    let http = SharedHttpConnector::new(Meter { http, read: Arc::clone(&read), answers });
    let seam = Seam { http, access_key, secret_key };
    (Lake::open(fixture.settings(), Some(seam), nobody()), read)
}

fn source() -> Fixture {
    let fixture = Fixture::new();
    fixture.local.store().create_bucket("source").unwrap();
    fixture
}

async fn put(lake: &Lake, key: &str, bytes: &[u8]) {
    let with = PutWith { overwrite: true, ..PutWith::default() };
    lake.put_bytes(&S3Uri::new("source", key), Bytes::copy_from_slice(bytes), &with).await.unwrap();
}

async fn open(lake: &Lake, key: &str) -> Opened {
    let object = ObjectRef::newest(S3Uri::new("source", key));
    Remote::open(lake.clone(), object, CancellationToken::new()).await.unwrap()
}

/// What blocks belongs on a thread that may.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap()
}

#[tokio::test]
async fn of_200_mib_less_than_one_is_read() {
    let fixture = source();
    let row = "17,43044295,rs8176318,C,A,a note of some length that fills the row up a bit more\n";
    let mut file = File::create(fixture.dir().join("buckets/source/big.csv")).unwrap();
    let block = row.repeat((1 << 20) / row.len());
    file.write_all(b"chrom,pos,id,ref,alt,note\n").unwrap();
    for _ in 0..201 {
        file.write_all(block.as_bytes()).unwrap();
    }
    drop(file);
    let (lake, read) = metered(&fixture, usize::MAX);
    let opened = open(&lake, "big.csv").await;
    assert!(opened.size() > 200 << 20);
    let source = opened.source();
    let (rows, kind) = blocking(move || {
        let mut look = preview::open(source, "big.csv").unwrap();
        (look.pages.next(1000).unwrap(), look.kind)
    })
    .await;
    assert_eq!((rows.len(), kind.as_str()), (1000, "CSV"));
    let (total, told) = (read.lock().unwrap().iter().sum::<u64>(), opened.read());
    assert!(total < 1 << 20, "{total}");
    assert_eq!(total, told, "what is told is what was read");
    // Its last bytes cost one block more.
    let source = opened.source();
    let last = blocking(move || {
        let mut look = preview::as_bytes(source);
        look.pages.seek(look.pages.total().unwrap() - 1);
        look.pages.next(10).unwrap()
    })
    .await;
    assert_eq!(last.len(), 1);
    assert!(read.lock().unwrap().iter().sum::<u64>() < 1 << 20);
}

#[tokio::test]
async fn an_object_that_is_replaced_meanwhile_is_a_sentence() {
    let fixture = source();
    let lake = fixture.lake();
    put(&lake, "a.txt", "line of the first\n".repeat(20_000).as_bytes()).await;
    let opened = open(&lake, "a.txt").await;
    put(&lake, "a.txt", "LINE OF THE OTHER\n".repeat(20_000).as_bytes()).await;
    let source = opened.source();
    let (seen, fault) = blocking(move || {
        let mut look = preview::open(source, "a.txt").unwrap();
        let mut seen = 0;
        loop {
            match look.pages.next(500) {
                Ok(rows) => {
                    assert!(
                        rows.iter()
                            .flatten()
                            .flatten()
                            .all(|l| "line of the first".starts_with(l.as_str()))
                    );
                    seen += rows.len();
                }
                Err(fault) => return (seen, fault),
            }
        }
    })
    .await;
    assert!(seen > 3000, "{seen} lines of what had been read");
    assert!(fault.0.contains("replaced meanwhile"), "{fault}");
    assert_eq!(opened.trouble().unwrap().kind, Kind::Precondition);
}

#[tokio::test]
async fn an_empty_object_has_nothing_in_it() {
    let fixture = source();
    let lake = fixture.lake();
    put(&lake, "none.csv", b"").await;
    let opened = open(&lake, "none.csv").await;
    assert_eq!((opened.size(), opened.read()), (0, 0));
    let source = opened.source();
    let rows = blocking(move || preview::open(source, "none.csv").unwrap().pages.next(10)).await;
    assert_eq!(rows.unwrap(), Vec::<Row>::new());
}

#[tokio::test]
async fn closing_ends_a_read_that_is_not_answered() {
    let fixture = source();
    put(&fixture.lake(), "a.txt", &vec![b'x'; 1 << 20]).await;
    let (lake, read) = metered(&fixture, 1);
    let object = ObjectRef::newest(S3Uri::new("source", "a.txt"));
    let cancel = CancellationToken::new();
    let opened = Remote::open(lake, object, cancel.clone()).await.unwrap();
    let source = opened.source();
    let reading = tokio::task::spawn_blocking(move || source.read(500_000..500_010));
    tokio::time::sleep(Duration::from_millis(50)).await;
    cancel.cancel();
    let error = reading.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionAborted);
    assert_eq!(read.lock().unwrap().len(), 1);
    assert_eq!(opened.trouble(), None);
}

/// Runs a statement and answers its rows.
async fn run(lake: &Lake, sql: &str) -> Vec<Row> {
    let start = StartQuery {
        sql: sql.to_owned(),
        database: Some("default".into()),
        output_location: Some("s3://source/athena/".into()),
        ..StartQuery::default()
    };
    let id = lake.start_query(&start).await.unwrap();
    let execution = loop {
        let execution = lake.query(&id).await.unwrap();
        if execution.state.is_over() {
            break execution;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    assert_eq!(execution.state, QueryState::Succeeded, "{sql}\n{:?}", execution.reason);
    lake.results(&id, None, 1000).await.unwrap().rows
}

/// What a preview shows of an object, and the rows that the table made of its folder has.
async fn shown_and_queried(lake: &Lake, key: &str) -> (Vec<Row>, Vec<Row>) {
    let opened = open(lake, key).await;
    let (source, name) = (opened.source(), key.to_owned());
    let (shown, tabular) = blocking(move || {
        let Look { shape, mut pages, .. } = preview::open(source.clone(), &name).unwrap();
        let rows = pages.next(1000).unwrap();
        let Shape::Table(columns) = shape else { panic!("{name} is no table") };
        // Of JSON lines the last column is what the table does not have.
        let width = columns.iter().take_while(|column| column.name != "other fields").count();
        let rows = rows.into_iter().map(|row| row[..width].to_vec()).collect();
        (rows, tabular::tabular(source, &name).unwrap())
    })
    .await;
    let folder = Folder::of(&S3Uri::new("source", key));
    let text = create("default", &folder.table_name(&[]), &folder, &tabular);
    let mut rows = Vec::new();
    for statement in sql::split(&text) {
        rows = run(lake, statement.text(&text)).await;
    }
    (shown, rows)
}

#[tokio::test]
async fn the_table_of_a_folder_has_the_rows_that_the_preview_showed() {
    let fixture = source();
    let lake = fixture.lake();
    let plain = b"id\tname\tscore\tborn\n1\tann\t0.5\t1999-12-31\n2\tbob's\t2.25\t2000-01-01\n";
    put(&lake, "it's plain/a.tsv", plain).await;
    put(&lake, "quoted/a.csv", b"id;text\n1;\"a; b\"\n2;\"say \"\"x\"\"\"\n3;\n").await;
    put(
        &lake,
        "lines/a.jsonl",
        b"{\"Id\":1,\"birth-date\":\"x\",\"n\":null}\n{\"Id\":2,\"n\":2.5}\n",
    )
    .await;
    put(&lake, "bare/a.csv", b"1,2\n3,4\n").await;
    for key in ["it's plain/a.tsv", "quoted/a.csv", "lines/a.jsonl", "bare/a.csv"] {
        let (shown, queried) = shown_and_queried(&lake, key).await;
        assert_eq!(queried, shown, "{key}");
    }
}

#[tokio::test]
async fn partitions_are_columns_of_the_table() {
    let fixture = source();
    let lake = fixture.lake();
    put(&lake, "v/chrom=17/day=a b/a.csv", b"pos,x\n1,a\n").await;
    put(&lake, "v/chrom=X/day=2/a.csv", b"pos,x\n2,b\n").await;
    let (_, mut queried) = shown_and_queried(&lake, "v/chrom=17/day=a b/a.csv").await;
    queried.sort();
    let row = |cells: [&str; 4]| cells.map(|cell| Some(cell.to_owned())).to_vec();
    assert_eq!(queried, [row(["1", "a", "17", "a b"]), row(["2", "b", "X", "2"])]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_is_looked_into_and_queried_by_keys() {
    let mut bench = Bench::open().await;
    let mut csv = String::from("chrom,pos,note\n");
    for at in 0..3000 {
        csv.push_str(&format!("chr{},{at},{}\n", at % 22, if at % 3 == 0 { "" } else { "x" }));
    }
    let last_row = format!("{:08x}", (csv.len() - 1) / 16 * 16);
    let uri = S3Uri::new("bench-source", "variants/part-0.csv");
    bench.lake.put_bytes(&uri, csv.into(), &PutWith::default()).await.unwrap();
    bench.press("3");
    bench.paste("SELECT 'mine'");
    bench.press("esc 1 enter");
    bench.until("variants/").await;
    bench.press("enter");
    bench.until("part-0.csv").await;
    bench.press("enter");
    bench.until("CSV · 200 rows shown").await;
    assert!(bench.screen().contains("bigint"), "{}", bench.screen());
    bench.press("G");
    bench.until("CSV · 700 rows shown").await;
    for rows in ["1,200", "1,700", "2,200", "2,700", "3,000"] {
        bench.press("G");
        bench.until(&format!("CSV · {rows} row")).await;
    }
    bench.press("G");
    bench.until("2999").await;
    // The bytes, from the first to the last, and back.
    bench.press("x");
    bench.until("63 68 72 6f 6d").await;
    bench.press("G");
    bench.until(&last_row).await;
    bench.press("x");
    bench.until("CSV · 200 rows shown").await;
    // The table of its folder: written behind what was typed, run by a key of its own.
    bench.press("Q");
    bench.until("CREATE EXTERNAL TABLE `default`.`variants`").await;
    assert!(bench.screen().contains("SELECT 'mine';"), "{}", bench.screen());
    bench.until("CREATE · statement 2 of 3").await;
    assert!(!bench.screen().contains("SUCCEEDED"), "nothing runs by itself");
    bench.press("ctrl-j");
    bench.until("SUCCEEDED").await;
    // There is a table now, and the folder is known to be it.
    bench.press("esc 1 backspace Q");
    bench.until("SELECT · statement 4 of 4").await;
    bench.press("ctrl-j");
    bench.until("100 rows").await;
    bench.until("chr9").await;
    bench.crew.dismiss().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_queried_says_why() {
    let mut bench = Bench::open().await;
    let uri = S3Uri::new("bench-source", "a.bin");
    bench
        .lake
        .put_bytes(&uri, Bytes::from_static(b"\0\x01\x02"), &PutWith::default())
        .await
        .unwrap();
    bench.press("enter");
    bench.until("a.bin").await;
    bench.press("Q");
    bench.until("Athena reads Parquet, delimited text and JSON lines").await;
}
