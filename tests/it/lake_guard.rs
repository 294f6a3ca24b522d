//! The guard in front of every mutating call, and what the witness hears of it.

use std::collections::BTreeMap;

use bytes::Bytes;
use lakehand::lake::witness::Outcome;
use lakehand::lake::{PutWith, StartQuery};
use lakehand::model::mode::Mode;
use lakehand::model::settings::Settings;
use lakehand::model::trouble::{Kind, Trouble};
use lakehand::model::uri::S3Uri;

use crate::local_lake::{Fixture, Memory};

/// A lake with one bucket in it, seen through these settings.
async fn lake(change: impl FnOnce(&mut Settings)) -> (Fixture, lakehand::lake::Lake, Memory) {
    let fixture = Fixture::new();
    fixture.local.store().create_bucket("source").unwrap();
    let mut settings = fixture.settings();
    change(&mut settings);
    let memory = Memory::default();
    let lake = fixture.lake_with(settings, memory.witness());
    (fixture, lake, memory)
}

fn uri() -> S3Uri {
    S3Uri::new("source", "in/a.txt")
}

fn refused<T: std::fmt::Debug>(result: Result<T, Trouble>) -> String {
    let trouble = result.unwrap_err();
    assert_eq!(trouble.kind, Kind::Refused, "{trouble}");
    trouble.to_string()
}

#[tokio::test]
async fn a_write_is_witnessed_with_who_what_and_proof() {
    let (_fixture, lake, memory) = lake(|settings| settings.mode = Mode::Curate).await;
    let with = PutWith { approval: Some("IG-7".into()), ..PutWith::default() };
    lake.put_bytes(&uri(), Bytes::from_static(b"hello"), &with).await.unwrap();
    let acts = memory.take();
    let [act] = acts.as_slice() else { panic!("{acts:?}") };
    assert_eq!(
        (act.action, act.resource.as_str()),
        ("s3:PutObject", "arn:aws:s3:::source/in/a.txt")
    );
    assert_eq!(act.outcome, Outcome::Done);
    assert_eq!(act.identity.as_deref(), Some("arn:aws:iam::000000000000:root"));
    assert_eq!(act.approval.as_deref(), Some("IG-7"));
    assert!(act.request_id.is_some());
    assert!(act.checksum.as_deref().unwrap().starts_with("CRC64NVME:"), "{act:?}");
}

#[tokio::test]
async fn writes_that_begin_together_are_all_witnessed_with_a_name() {
    let (_fixture, lake, memory) = lake(|_| {}).await;
    let put = |key: String| {
        let lake = lake.clone();
        async move {
            let uri = S3Uri::new("source", key);
            lake.put_bytes(&uri, Bytes::from_static(b"x"), &PutWith::default()).await
        }
    };
    let puts: tokio::task::JoinSet<_> = (0..8).map(|n| put(n.to_string())).collect();
    assert!(puts.join_all().await.iter().all(Result::is_ok));
    let acts = memory.take();
    assert_eq!(acts.len(), 8);
    assert!(acts.iter().all(|act| act.identity.is_some()), "{acts:?}");
}

#[tokio::test]
async fn read_only_mode_reaches_no_write() {
    let (fixture, lake, memory) = lake(|settings| settings.mode = Mode::ReadOnly).await;
    let put = lake.put_bytes(&uri(), Bytes::from_static(b"x"), &PutWith::default()).await;
    assert_eq!(
        refused(put),
        "write s3://source/in/a.txt: the lake is in read-only mode (start with --mode curate)"
    );
    assert!(fixture.local.store().head("source", "in/a.txt").is_err());
    let other = S3Uri::new("source", "copy");
    refused(lake.copy(&uri(), &other, &PutWith::default()).await);
    refused(lake.delete("source", &["in/a.txt".into()]).await);
    refused(lake.create_bucket("other").await);
    refused(lake.delete_bucket("source").await);
    refused(lake.start_job_run("job", &BTreeMap::new()).await);
    refused(lake.stop_job_run("job", "run").await);
    refused(lake.start_crawler("crawler").await);
    refused(lake.stop_crawler("crawler").await);
    refused(lake.create_named_query("n", None, "default", "SELECT 1", "primary").await);
    let acts = memory.take();
    assert_eq!(acts.len(), 10);
    assert!(acts.iter().all(|act| matches!(act.outcome, Outcome::Refused(_))), "{acts:?}");
}

#[tokio::test]
async fn read_only_mode_runs_what_is_known_to_read() {
    let (_fixture, lake, memory) = lake(|settings| settings.mode = Mode::ReadOnly).await;
    let run = |sql: &str| {
        let start = StartQuery { sql: sql.into(), ..StartQuery::default() };
        let lake = lake.clone();
        async move { lake.start_query(&start).await }
    };
    assert!(refused(run("DROP TABLE t").await).contains("DROP may write"));
    refused(run("WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a").await);
    refused(run("SELECT 1; DROP TABLE t").await);
    // Past the guard: whatever Athena says of it, it was asked.
    if let Err(trouble) = run("SELECT 1").await {
        assert_ne!(trouble.kind, Kind::Refused, "{trouble}");
    }
    let acts = memory.take();
    assert_eq!(acts.len(), 4);
    assert!(acts.iter().all(|act| act.sql_sha256.as_deref().is_some_and(|hash| hash.len() == 64)));
}

#[tokio::test]
async fn another_account_than_the_configured_one_is_never_written_to() {
    let (fixture, lake, memory) =
        lake(|settings| settings.account_id = Some("111122223333".into())).await;
    let put = lake.put_bytes(&uri(), Bytes::from_static(b"x"), &PutWith::default()).await;
    let said = refused(put);
    assert!(said.contains("account 000000000000, the lake is in 111122223333"), "{said}");
    assert!(fixture.local.store().head("source", "in/a.txt").is_err());
    assert!(matches!(memory.take()[0].outcome, Outcome::Refused(_)));
    // Reading is no business of the guard.
    assert_eq!(lake.databases().await.unwrap(), ["default"]);
}

#[tokio::test]
async fn the_right_account_may_write() {
    let (_fixture, lake, _memory) =
        lake(|settings| settings.account_id = Some("000000000000".into())).await;
    lake.put_bytes(&uri(), Bytes::from_static(b"x"), &PutWith::default()).await.unwrap();
}

#[tokio::test]
async fn deleting_a_bucket_takes_admin_mode() {
    let (_fixture, lake, _memory) = lake(|settings| settings.mode = Mode::Curate).await;
    assert!(refused(lake.delete_bucket("source").await).contains("--mode admin"));
}

#[tokio::test]
async fn a_second_write_of_one_name_is_a_precondition() {
    let (_fixture, lake, memory) = lake(|_| {}).await;
    lake.put_bytes(&uri(), Bytes::from_static(b"one"), &PutWith::default()).await.unwrap();
    let again = lake.put_bytes(&uri(), Bytes::from_static(b"two"), &PutWith::default()).await;
    assert_eq!(again.unwrap_err().kind, Kind::Precondition);
    assert_eq!(lake.read_range(&uri(), 0..100).await.unwrap(), "one");
    let over = PutWith { overwrite: true, ..PutWith::default() };
    lake.put_bytes(&uri(), Bytes::from_static(b"two"), &over).await.unwrap();
    assert_eq!(lake.read_range(&uri(), 0..100).await.unwrap(), "two");
    let outcomes: Vec<_> = memory.take().into_iter().map(|act| act.outcome).collect();
    let failed = Outcome::Failed("PreconditionFailed".into());
    assert_eq!(outcomes, [Outcome::Done, failed, Outcome::Done]);
}
