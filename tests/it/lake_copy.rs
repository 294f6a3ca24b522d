//! Copies on the server through the lake, against the embedded one.

use std::sync::{Arc, Mutex};

use lakehand::lake::parts::Whole;
use lakehand::lake::witness::{Act, Outcome, nobody};
use lakehand::lake::{Lake, Original, PutWith};
use lakehand::local::principal::Principal;
use lakehand::local::s3::PutOptions;
use lakehand::model::object::Role;
use lakehand::model::settings::RoleBucket;
use lakehand::model::trouble::Kind;
use lakehand::model::uri::S3Uri;

use crate::local_lake::Fixture;

const KEY: &str = "arn:aws:kms:us-east-1:000000000000:key/analyst";
const MIB: usize = 1 << 20;

fn fixture() -> Fixture {
    let fixture = Fixture::new();
    for bucket in ["source", "analyst"] {
        fixture.local.store().create_bucket(bucket).unwrap();
    }
    fixture
}

fn put(fixture: &Fixture, key: &str, bytes: &[u8]) -> S3Uri {
    let options = PutOptions {
        content_type: Some("text/csv".into()),
        content_encoding: Some("gzip".into()),
        content_disposition: Some("attachment".into()),
        cache_control: Some("no-store".into()),
        metadata: [("study".to_owned(), "17".to_owned())].into(),
        tags: [("project".to_owned(), "tre 17/ä".to_owned())].into(),
        ..PutOptions::default()
    };
    let store = fixture.local.store();
    store.put(&Principal::Administrator, "source", key, bytes, options).unwrap();
    S3Uri::new("source", key)
}

async fn original(lake: &Lake, uri: &S3Uri) -> Original {
    Original::of(uri.clone(), &lake.head(uri).await.unwrap())
}

#[tokio::test]
async fn a_copy_in_parts_takes_everything_over() {
    let fixture = fixture();
    let bytes: Vec<u8> = (0..11 * MIB).map(|at| (at % 251) as u8).collect();
    let from = put(&fixture, "in/ö +?.csv", &bytes);
    let acts: Arc<Mutex<Vec<Act>>> = Arc::default();
    let kept = acts.clone();
    let mut settings = fixture.settings();
    settings.buckets = vec![RoleBucket {
        role: Role::Analyst,
        name: "analyst".into(),
        kms_key: Some(KEY.into()),
        prefix: String::new(),
    }];
    let witness = move |act: &Act| kept.lock().unwrap().push(act.clone());
    let lake = fixture.lake_with(settings, Arc::new(witness));

    let (from, to) = (original(&lake, &from).await, S3Uri::new("analyst", "kept"));
    let with = PutWith { approval: Some("IG-1".into()), ..PutWith::default() };
    let begun = lake.begin_copy(&from, &to, &with, false).await.unwrap();
    assert!(begun.checksums);
    let ranges =
        [0..5 * MIB as u64, 5 * MIB as u64..10 * MIB as u64, 10 * MIB as u64..11 * MIB as u64];
    let mut parts = Vec::new();
    for (number, range) in (1..).zip(ranges) {
        parts.push(lake.copy_part(&begun, number, &from, range).await.unwrap());
    }
    assert!(parts.iter().all(|part| part.crc64nvme.is_some()), "{parts:?}");
    let theirs = lake.head(&from.uri).await.unwrap().checksum.unwrap();
    let whole = Whole {
        size: bytes.len() as u64,
        crc64nvme: Some(theirs.value.clone()),
        only_if_absent: true,
    };
    lake.complete_upload(&begun, &parts, &whole, &with).await.unwrap();

    let head = lake.head(&to).await.unwrap();
    assert_eq!(head.size, bytes.len() as u64);
    assert_eq!(head.checksum.as_ref(), Some(&theirs));
    assert_eq!(head.encryption.kms_key.as_deref(), Some(KEY));
    assert_eq!(head.content_type.as_deref(), Some("text/csv"));
    assert_eq!(head.metadata["study"], "17");
    assert_eq!(lake.tags(&to).await.unwrap()["project"], "tre 17/ä");
    let store = fixture.local.store();
    let headers = |bucket, key| store.head(bucket, key).unwrap().meta.headers;
    assert_eq!(headers("analyst", "kept"), headers("source", "in/ö +?.csv"));
    assert_eq!(lake.get(&to, None).await.unwrap().collect().await.unwrap(), bytes);

    let acts = acts.lock().unwrap();
    let told: Vec<_> = acts.iter().map(|act| (act.action, &act.outcome)).collect();
    assert_eq!(told, [("s3:PutObject", &Outcome::Done), ("s3:PutObject", &Outcome::Done)]);
    assert!(acts.iter().all(|act| act.approval.as_deref() == Some("IG-1")));
}

#[tokio::test]
async fn what_changed_under_way_is_not_copied() {
    let fixture = fixture();
    let lake = fixture.lake_with(fixture.settings(), nobody());
    let from = original(&lake, &put(&fixture, "a", b"one")).await;
    put(&fixture, "a", b"two");
    let to = S3Uri::new("analyst", "a");
    let whole = lake.copy_object(&from, &to, &PutWith::default()).await.unwrap_err();
    assert_eq!(
        (whole.kind, whole.code.as_deref()),
        (Kind::Precondition, Some("PreconditionFailed"))
    );
    assert_eq!(
        lake.begin_copy(&from, &to, &PutWith::default(), false).await.unwrap_err().kind,
        Kind::Precondition
    );
    let now = original(&lake, &from.uri).await;
    let begun = lake.begin_copy(&now, &to, &PutWith::default(), false).await.unwrap();
    let part = lake.copy_part(&begun, 1, &from, 0..3).await.unwrap_err();
    assert_eq!(part.kind, Kind::Precondition);
    lake.abort_upload(&begun).await.unwrap();
}

#[tokio::test]
async fn an_object_that_appears_meanwhile_is_not_replaced() {
    let fixture = fixture();
    let lake = fixture.lake_with(fixture.settings(), nobody());
    let from = original(&lake, &put(&fixture, "a", b"one")).await;
    let to = original(&lake, &put(&fixture, "b", b"mine")).await.uri;
    let refused = lake.copy_object(&from, &to, &PutWith::default()).await.unwrap_err();
    assert_eq!(refused.kind, Kind::Precondition);
    assert_eq!(lake.read_range(&to, 0..9).await.unwrap(), "mine");
    let over = PutWith { overwrite: true, ..PutWith::default() };
    lake.copy_object(&from, &to, &over).await.unwrap();
    assert_eq!(lake.read_range(&to, 0..9).await.unwrap(), "one");
}

#[tokio::test]
async fn only_the_very_object_is_deleted() {
    let fixture = fixture();
    let lake = fixture.lake_with(fixture.settings(), nobody());
    let first = original(&lake, &put(&fixture, "a", b"one")).await;
    put(&fixture, "a", b"two");
    let stale = lake.delete_same(&first.uri, first.etag.as_deref().unwrap(), None).await;
    assert_eq!(stale.unwrap_err().kind, Kind::Precondition);
    let now = original(&lake, &first.uri).await;
    lake.delete_same(&now.uri, now.etag.as_deref().unwrap(), None).await.unwrap();
    assert_eq!(lake.find(&now.uri).await.unwrap(), None);

    // Behind a marker the version is still there.
    fixture.local.store().set_versioning("source", true).unwrap();
    let kept = original(&lake, &put(&fixture, "v", b"kept")).await;
    lake.delete_same(&kept.uri, kept.etag.as_deref().unwrap(), None).await.unwrap();
    assert_eq!(lake.find(&kept.uri).await.unwrap(), None);
    let gone = lake.delete_same(&kept.uri, kept.etag.as_deref().unwrap(), None).await;
    assert_eq!(gone.unwrap_err().kind, Kind::NotFound);
}
