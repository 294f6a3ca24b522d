//! What a person does to objects beside moving them, asked of the lake itself: tags, restores,
//! links, comparisons.

use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::HttpConnector as _;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::byte_stream::ByteStream;
use bytes::Bytes;
use lakehand::lake::witness::Outcome;
use lakehand::lake::{Lake, PutWith};
use lakehand::local::principal::Principal;
use lakehand::local::s3::PutOptions;
use lakehand::model::mode::Mode;
use lakehand::model::object::Entry;
use lakehand::model::settings::Settings;
use lakehand::model::storage::{Restore, Tier};
use lakehand::model::tags::Tags;
use lakehand::model::transfer::Proof;
use lakehand::model::trouble::Kind;
use lakehand::model::uri::S3Uri;
use lakehand::transfer::{Compared, Verdict, compare};
use tokio_util::sync::CancellationToken;

use crate::local_lake::{Fixture, Memory};

fn uri(key: &str) -> S3Uri {
    S3Uri::new("source", key)
}

/// A lake that does not know that it is a local one, seen through these settings.
fn lake(change: impl FnOnce(&mut Settings)) -> (Fixture, Lake, Memory) {
    let fixture = Fixture::new();
    fixture.local.store().create_bucket("source").unwrap();
    let mut settings = Settings { mode: Mode::Curate, ..Settings::aws("test") };
    change(&mut settings);
    let memory = Memory::default();
    let lake = fixture.lake_with(settings, memory.witness());
    (fixture, lake, memory)
}

async fn put(lake: &Lake, key: &str, text: &'static str) {
    let bytes = Bytes::from_static(text.as_bytes());
    lake.put_bytes(&uri(key), bytes, &PutWith::default()).await.unwrap();
}

fn tags(pairs: &[(&str, &str)]) -> Tags {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

#[tokio::test]
async fn tags_are_set_replaced_and_taken_off() {
    let (_fixture, lake, memory) = lake(|_| {});
    put(&lake, "a", "x").await;
    memory.take();
    let wanted = tags(&[("project", "tre 17"), ("a=b/c", "größe")]);
    lake.set_tags(&uri("a"), &wanted).await.unwrap();
    assert_eq!(lake.tags(&uri("a")).await.unwrap(), wanted);
    lake.set_tags(&uri("a"), &Tags::new()).await.unwrap();
    assert_eq!(lake.tags(&uri("a")).await.unwrap(), Tags::new());
    let actions: Vec<&str> = memory.take().iter().map(|act| act.action).collect();
    assert_eq!(actions, ["s3:PutObjectTagging", "s3:DeleteObjectTagging"]);
    let missing = lake.set_tags(&uri("nothing"), &wanted).await.unwrap_err();
    assert_eq!(missing.kind, Kind::NotFound, "{missing}");
}

fn archived(fixture: &Fixture, key: &str, class: &str) {
    let options = PutOptions { storage_class: Some(class.into()), ..PutOptions::default() };
    let store = fixture.local.store();
    store.put(&Principal::Administrator, "source", key, &b"cold"[..], options).unwrap();
}

async fn listed(lake: &Lake, key: &str) -> Option<Restore> {
    let page = lake.page(&uri(key), false, None, 1).await.unwrap();
    match page.entries.first() {
        Some(Entry::Object(object)) => object.restore,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_archived_object_is_read_only_once_it_was_restored() {
    let (fixture, lake, memory) = lake(|_| {});
    archived(&fixture, "cold", "GLACIER");
    let cold = uri("cold");
    let head = lake.head(&cold).await.unwrap();
    assert_eq!((head.storage_class.as_deref(), head.restore), (Some("GLACIER"), None));
    let shut = lake.read_range(&cold, 0..4).await.unwrap_err();
    assert!(shut.why.contains("has to be restored"), "{shut}");
    let copied = lake.copy(&cold, &uri("copy"), &PutWith::default()).await.unwrap_err();
    assert_eq!(copied.code.as_deref(), Some("ObjectNotInActiveTierError"), "{copied}");
    memory.take();

    lake.restore(&cold, 2, Tier::Standard).await.unwrap();
    assert_eq!(lake.head(&cold).await.unwrap().restore, Some(Restore::Ongoing));
    assert_eq!(listed(&lake, "cold").await, Some(Restore::Ongoing));
    let again = lake.restore(&cold, 2, Tier::Bulk).await.unwrap_err();
    assert_eq!(again.code.as_deref(), Some("RestoreAlreadyInProgress"), "{again}");
    assert!(lake.read_range(&cold, 0..4).await.is_err());

    lake.restore(&cold, 2, Tier::Expedited).await.unwrap();
    let Some(Restore::Until(Some(until))) = lake.head(&cold).await.unwrap().restore else {
        panic!("it is not there");
    };
    let days = (until.as_second() - jiff::Timestamp::now().as_second()) / 86_400;
    assert!((2..=3).contains(&days) && until.as_second() % 86_400 == 0, "{until}");
    assert_eq!(listed(&lake, "cold").await, Some(Restore::Until(Some(until))));
    assert_eq!(lake.read_range(&cold, 0..4).await.unwrap(), "cold");
    let acts = memory.take();
    let outcomes: Vec<&Outcome> = acts.iter().map(|act| &act.outcome).collect();
    assert!(matches!(outcomes[..], [Outcome::Done, Outcome::Failed(_), Outcome::Done]));

    put(&lake, "warm", "x").await;
    let warm = lake.restore(&uri("warm"), 1, Tier::Bulk).await.unwrap_err();
    assert!(warm.why.contains("not archived"), "{warm}");
}

/// Opens a link as a stranger would: without a key.
async fn follow(fixture: &Fixture, url: &str) -> (u16, Vec<u8>) {
    let mut request = HttpRequest::empty();
    request.set_uri(url).unwrap();
    let answer = fixture.local.connector().call(request).await.unwrap();
    let status = answer.status().as_u16();
    let body = ByteStream::new(answer.into_body()).collect().await.unwrap();
    (status, body.to_vec())
}

#[tokio::test]
async fn a_link_reads_its_object_and_leaves_an_audit_line() {
    let (fixture, lake, memory) = lake(|settings| settings.mode = Mode::ReadOnly);
    let options = PutOptions::default();
    let store = fixture.local.store();
    store.put(&Principal::Administrator, "source", "in/ö +.txt", &b"hello"[..], options).unwrap();
    let object = uri("in/ö +.txt");
    let link = lake.link(&object, None, Duration::from_secs(3600)).await.unwrap();
    assert_eq!(follow(&fixture, &link.url).await, (200, b"hello".to_vec()));
    let (status, _) = follow(&fixture, &link.url.replace("in/", "out/")).await;
    assert_eq!(status, 403, "it opens nothing else");
    let acts = memory.take();
    let [act] = acts.as_slice() else { panic!("{acts:?}") };
    assert_eq!((act.action, &act.outcome), ("s3:GetObject by link", &Outcome::Done));
    assert_eq!(act.until, Some(link.until));
    let (acts, shown) = (format!("{act:?}"), format!("{link:?}"));
    assert!(!acts.contains("Signature") && !shown.contains("Signature"));

    let missing = lake.link(&uri("nothing"), None, Duration::from_secs(60)).await.unwrap_err();
    assert_eq!(missing.kind, Kind::NotFound, "{missing}");
    let long = lake.link(&object, None, Duration::from_secs(8 * 86_400)).await.unwrap_err();
    assert!(long.why.contains("seven days"), "{long}");
}

#[tokio::test]
async fn a_link_to_a_version_reads_that_version() {
    let (fixture, lake, _) = lake(|_| {});
    fixture.local.store().set_versioning("source", true).unwrap();
    put(&lake, "a", "first").await;
    let old = lake.head(&uri("a")).await.unwrap().version_id.unwrap();
    let with = PutWith { overwrite: true, ..PutWith::default() };
    lake.put_bytes(&uri("a"), Bytes::from_static(b"second"), &with).await.unwrap();
    let link = lake.link(&uri("a"), Some(&old), Duration::from_secs(60)).await.unwrap();
    assert_eq!(follow(&fixture, &link.url).await, (200, b"first".to_vec()));
}

#[tokio::test]
async fn where_nothing_may_leave_no_link_is_made() {
    let (_fixture, lake, memory) = lake(|settings| settings.downloads = false);
    put(&lake, "a", "x").await;
    memory.take();
    let refused = lake.link(&uri("a"), None, Duration::from_secs(60)).await.unwrap_err();
    assert_eq!(refused.kind, Kind::Refused);
    assert!(refused.to_string().contains("downloads = false"), "{refused}");
    assert!(matches!(&memory.take()[..], [act] if matches!(act.outcome, Outcome::Refused(_))));
    let fixture = Fixture::new();
    let inside = fixture.lake().link(&uri("a"), None, Duration::from_secs(60)).await.unwrap_err();
    assert!(inside.why.contains("no link leads into it"), "{inside}");
}

async fn held_against(lake: &Lake, path: &std::path::Path, key: &str) -> Verdict {
    let progress = Arc::new(Compared::default());
    compare(lake, path, &uri(key), progress, CancellationToken::new()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_held_against_whatever_checksum_the_object_has() {
    let (fixture, lake, _) = lake(|_| {});
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let (same, other, shorter) = (file("a", "hello"), file("b", "hallo"), file("c", "hell"));
    use lakehand::local::s3::Algorithm;
    for (algorithm, proof) in [
        (Algorithm::Crc64Nvme, Proof::Crc64Nvme),
        (Algorithm::Crc32, Proof::Crc32),
        (Algorithm::Crc32c, Proof::Crc32C),
        (Algorithm::Sha1, Proof::Sha1),
        (Algorithm::Sha256, Proof::Sha256),
    ] {
        let options = PutOptions { checksum: Some(algorithm), ..PutOptions::default() };
        let store = fixture.local.store();
        store.put(&Principal::Administrator, "source", "o", &b"hello"[..], options).unwrap();
        assert_eq!(held_against(&lake, &same, "o").await, Verdict::Same(proof));
        let said = held_against(&lake, &other, "o").await;
        assert!(matches!(&said, Verdict::Other(why) if why.contains("not the same")), "{said:?}");
        let said = held_against(&lake, &shorter, "o").await;
        assert!(matches!(&said, Verdict::Other(why) if why.contains("4 bytes")), "{said:?}");
    }
    let token = CancellationToken::new();
    token.cancel();
    let stopped = compare(&lake, &same, &uri("o"), Arc::default(), token).await.unwrap_err();
    assert_eq!(stopped.kind, Kind::Cancelled);
    let object = uri("o");
    let folder = compare(&lake, dir.path(), &object, Arc::default(), CancellationToken::new());
    assert_eq!(folder.await.unwrap_err().kind, Kind::Invalid);
}
