//! Reading and writing S3 through the lake, against the embedded one.

use bytes::Bytes;
use lakehand::lake::PutWith;
use lakehand::model::object::{Entry, Role};
use lakehand::model::settings::RoleBucket;
use lakehand::model::trouble::Kind;
use lakehand::model::uri::S3Uri;

use crate::local_lake::Fixture;

const STRANGE: &str = "in/a\u{1b}[31m\u{202e}b\nc +%&.txt";

fn put(fixture: &Fixture, key: &str, bytes: &[u8]) {
    let store = fixture.local.store();
    let who = lakehand::local::principal::Principal::Administrator;
    store.put(&who, "source", key, bytes, Default::default()).unwrap();
}

fn source() -> Fixture {
    let fixture = Fixture::new();
    fixture.local.store().create_bucket("source").unwrap();
    fixture
}

#[tokio::test]
async fn a_level_shows_folders_and_keys_byte_for_byte() {
    let fixture = source();
    for key in ["in/sub/x", "in/z", STRANGE, "out/y"] {
        put(&fixture, key, b"1");
    }
    let page = fixture.lake().page(&S3Uri::new("source", "in/"), true, None, 1000).await.unwrap();
    let keys: Vec<&str> = page.entries.iter().map(Entry::key).collect();
    assert_eq!(keys, ["in/sub/", STRANGE, "in/z"]);
    assert_eq!(page.next, None);
    let head = fixture.lake().head(&S3Uri::new("source", STRANGE)).await.unwrap();
    assert_eq!(head.size, 1);
}

#[tokio::test]
async fn roles_come_first_and_unlisted_buckets_come_too() {
    let fixture = source();
    fixture.local.store().create_bucket("another").unwrap();
    let mut settings = fixture.settings();
    let role = |role, name: &str| RoleBucket {
        role,
        name: name.into(),
        kms_key: None,
        prefix: String::new(),
    };
    settings.buckets = vec![role(Role::Analyst, "elsewhere"), role(Role::Source, "source")];
    let lake = fixture.lake_with(settings, lakehand::lake::witness::nobody());
    let buckets = lake.buckets().await.unwrap();
    let names: Vec<_> = buckets.iter().map(|bucket| (bucket.name.as_str(), bucket.role)).collect();
    assert_eq!(
        names,
        [("source", Some(Role::Source)), ("elsewhere", Some(Role::Analyst)), ("another", None)]
    );
}

#[tokio::test]
async fn ranges_read_only_what_they_need() {
    let fixture = source();
    let text: String = (0..50_000).map(|n| format!("{n},line\n")).collect();
    put(&fixture, "big.csv", text.as_bytes());
    let lake = fixture.lake();
    let uri = S3Uri::new("source", "big.csv");
    assert_eq!(lake.read_range(&uri, 2..8).await.unwrap(), "line\n1");
    assert_eq!(lake.read_range(&uri, 10_000_000..10_000_001).await.unwrap(), "");
    let mut body = lake.get(&uri, None).await.unwrap();
    let mut size = 0;
    while let Some(chunk) = body.chunk().await.unwrap() {
        size += chunk.len();
    }
    assert_eq!((size, body.whole), (text.len(), text.len() as u64));
}

#[tokio::test]
async fn a_copy_names_the_destinations_key() {
    let fixture = source();
    fixture.local.store().create_bucket("analyst").unwrap();
    put(&fixture, STRANGE, b"rows");
    let mut settings = fixture.settings();
    let key = "arn:aws:kms:us-east-1:000000000000:key/analyst";
    settings.buckets = vec![RoleBucket {
        role: Role::Analyst,
        name: "analyst".into(),
        kms_key: Some(key.into()),
        prefix: String::new(),
    }];
    let lake = fixture.lake_with(settings, lakehand::lake::witness::nobody());
    let (from, to) = (S3Uri::new("source", STRANGE), S3Uri::new("analyst", "saved/rows.csv"));
    lake.copy(&from, &to, &PutWith::default()).await.unwrap();
    let head = lake.head(&to).await.unwrap();
    assert_eq!(head.encryption.algorithm.as_deref(), Some("aws:kms"));
    assert_eq!(head.encryption.kms_key.as_deref(), Some(key));
    assert_eq!(lake.read_range(&to, 0..9).await.unwrap(), "rows");
    let again = lake.copy(&from, &to, &PutWith::default()).await.unwrap_err();
    assert_eq!(again.kind, Kind::Precondition);
}

#[tokio::test]
async fn deletes_say_what_became_of_each_key() {
    let fixture = source();
    let lake = fixture.lake();
    put(&fixture, "a", b"1");
    put(&fixture, STRANGE, b"2");
    let fates = lake.delete("source", &["a".into(), STRANGE.into(), "never".into()]).await.unwrap();
    assert!(fates.iter().all(|(_, fate)| fate.is_ok()), "{fates:?}");
    assert_eq!(lake.find(&S3Uri::new("source", STRANGE)).await.unwrap(), None);
}

#[tokio::test]
async fn what_is_not_there_is_said_in_a_sentence() {
    let fixture = source();
    let lake = fixture.lake();
    let missing = lake.page(&S3Uri::new("nowhere", ""), true, None, 10).await.unwrap_err();
    assert_eq!(
        missing.to_string(),
        "list s3://nowhere: there is no bucket nowhere (`lakehand ls` names the buckets)"
    );
    let missing = lake.read_range(&S3Uri::new("source", "k"), 0..1).await.unwrap_err();
    assert_eq!(missing.to_string(), "read s3://source/k: there is nothing of that name");
    let missing = lake.head(&S3Uri::new("source", "k")).await.unwrap_err();
    assert_eq!(missing.kind, Kind::NotFound);
}

#[tokio::test]
async fn a_policys_denial_names_the_action() {
    let fixture = source();
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*",
        "Action":"s3:PutObject","Resource":"arn:aws:s3:::source/*","Condition":
        {"StringNotEquals":{"s3:x-amz-server-side-encryption":"aws:kms"}}}]}"#;
    fixture.local.store().set_policy("source", Some(policy)).unwrap();
    let lake = fixture.lake();
    let uri = S3Uri::new("source", "a");
    let denied = lake.put_bytes(&uri, Bytes::from_static(b"x"), &PutWith::default()).await;
    let denied = denied.unwrap_err();
    assert_eq!(denied.kind, Kind::Denied);
    assert!(
        denied.to_string().ends_with("(it needs s3:PutObject on arn:aws:s3:::source/a)"),
        "{denied}"
    );
    let with = PutWith { kms_key: Some("alias/source".into()), ..PutWith::default() };
    lake.put_bytes(&uri, Bytes::from_static(b"x"), &with).await.unwrap();
}
