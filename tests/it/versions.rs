//! Versions, deletes and what brings them back: against the local lake and SeaweedFS, by keys,
//! with boto3 as the witness.

use std::fs;
use std::process::Command;

use bytes::Bytes;
use lakehand::lake::witness::Outcome;
use lakehand::lake::{Gone, Lake, PutWith};
use lakehand::listing::Past;
use lakehand::model::bucket::Versioning;
use lakehand::model::mode::Mode;
use lakehand::model::trouble::Kind;
use lakehand::model::uri::S3Uri;
use lakehand::model::version::{Marker, Verdict, Version, bring_back};

use crate::local_lake::{Fixture, Memory};
use crate::support::outside::{bin, script};
use crate::support::pty::Terminal;
use crate::support::serve::Serve;
use crate::support::weed::Weed;

const SMALL: (u16, u16) = (80, 24);

fn boto(url: &str, args: &[&str]) {
    let output =
        Command::new(bin("python")).arg(script("versions.py")).arg(url).args(args).output();
    let output = output.expect("python starts");
    assert!(output.status.success(), "{args:?}\n{}", String::from_utf8_lossy(&output.stderr));
}

fn env(url: &str) -> [(&'static str, &str); 4] {
    [
        ("AWS_ENDPOINT_URL_S3", url),
        ("AWS_ACCESS_KEY_ID", "local"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
        ("AWS_REGION", "us-east-1"),
    ]
}

/// An object of 1,500 versions, deleted: found, brought back, looked into, fetched, restored.
fn a_long_history(url: &str) {
    boto(url, &["bucket"]);
    boto(url, &["history", "h/k", "1500"]);
    let home = tempfile::tempdir().unwrap();
    let mut at = Terminal::start_with(home.path(), SMALL, &[], &env(url));
    at.wait("kept");
    at.keys("\r");
    at.wait("h/");
    // What is deleted in the folder; the object that only begins alike is not.
    at.keys("v");
    at.wait("1 of 2 keys");
    at.keys("\r");
    at.wait("1,500 versions, 1 delete marker");
    at.keys("U");
    at.wait("Undelete?");
    at.keys("y");
    at.wait("Brought back 1 object");
    at.wait_until("the marker gone", |s| s.contains("1,500 versions, 1"));
    // The oldest one.
    at.keys("G");
    at.keys("p");
    at.wait("version 0000");
    at.keys("\x7f");
    at.wait("1,500 versions");
    at.keys("d");
    at.wait("Into which folder");
    at.keys("\r");
    let file = home.path().join("k");
    at.wait_until("the file", |_| file.exists());
    assert_eq!(fs::read_to_string(&file).unwrap(), "version 0000\n");
    at.keys("R");
    at.wait("Restore the version?");
    at.keys("y");
    at.wait("1,501 versions");
    at.keys("\x03");
    at.wait_exit();
    boto(url, &["holds", "h/k", "version 0000", "1501"]);
}

#[test]
fn the_local_lake_has_an_object_of_1500_versions() {
    let dir = tempfile::tempdir().unwrap();
    a_long_history(Serve::start(dir.path()).url());
}

#[test]
fn seaweedfs_has_an_object_of_1500_versions() {
    a_long_history(Weed::start().url());
}

/// How many are deleted; with `LAKEHAND_MANY=30000` by hand, which takes minutes.
fn many() -> usize {
    std::env::var("LAKEHAND_MANY").map_or(2_500, |text| text.parse().expect("a number"))
}

/// Marked by one key, deleted and brought back with their count.
fn many_are_deleted_and_brought_back(url: &str, many: usize) {
    boto(url, &["bucket"]);
    boto(url, &["fill", "in/", &many.to_string()]);
    let home = tempfile::tempdir().unwrap();
    let told = lakehand::ui::widgets::text::plural(many as u64, "object");
    let mut at = Terminal::start_with(home.path(), SMALL, &[], &env(url));
    at.wait("kept");
    at.keys("\r");
    at.wait("in/");
    at.keys("\r");
    at.wait_until("all of them", |s| s.contains(&told) && !s.contains("iB…"));
    at.keys("\x01D");
    at.wait(&format!("Type {many} to delete"));
    at.keys(&format!("{many}\r"));
    at.wait(&format!("Deleted {told}, old versions are kept"));
    // SeaweedFS keeps an object that stands for the folder.
    at.wait_until("none of them left", |s| !s.contains("00000"));
    at.keys("U");
    at.wait("As of");
    at.keys("\r");
    at.wait(&format!("Type {many} to undelete"));
    at.keys(&format!("{many}\r"));
    at.wait(&format!("Brought back {told}"));
    at.wait_until("all of them again", |s| s.contains("00000"));
    at.keys("\x03");
    at.wait_exit();
    boto(url, &["alive", "in/", &many.to_string()]);
}

#[test]
fn the_local_lake_loses_many_and_gets_them_back() {
    // In memory where there is such a folder: how long a disk takes to sync is not the matter.
    let dir = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    many_are_deleted_and_brought_back(Serve::start(dir.path()).url(), many());
}

#[test]
fn seaweedfs_loses_many_and_gets_them_back() {
    many_are_deleted_and_brought_back(Weed::start().url(), many());
}

const BUCKET: &str = "kept";

fn kept() -> Fixture {
    let fixture = Fixture::new();
    let store = fixture.local.store();
    store.create_bucket(BUCKET).unwrap();
    store.set_versioning(BUCKET, true).unwrap();
    fixture
}

fn uri(key: &str) -> S3Uri {
    S3Uri::new(BUCKET, key)
}

async fn put(lake: &Lake, key: &str, text: &'static str) {
    let with = PutWith { overwrite: true, ..PutWith::default() };
    lake.put_bytes(&uri(key), Bytes::from_static(text.as_bytes()), &with).await.unwrap();
}

async fn delete(lake: &Lake, key: &str) {
    let fates = lake.delete(BUCKET, &[key.to_owned()]).await.unwrap();
    assert_eq!(fates, [(key.to_owned(), Ok(Gone::Marked))]);
}

async fn histories(lake: &Lake, prefix: &str) -> Vec<Vec<Version>> {
    let mut past = Past::below(lake, uri(prefix));
    let mut all = Vec::new();
    while let Some(some) = past.histories().await.unwrap() {
        all.extend(some);
    }
    all
}

/// Later than all that was done before, and sooner than all that is done after.
async fn now() -> jiff::Timestamp {
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    let now = jiff::Timestamp::now();
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    now
}

fn is_marker(versions: &[Version]) -> Vec<bool> {
    versions.iter().map(Version::is_marker).collect()
}

#[tokio::test]
async fn a_prefix_is_again_what_it_was_at_a_time() {
    let fixture = kept();
    let lake = fixture.lake();
    put(&lake, "in/early", "1").await;
    put(&lake, "in/gone", "1").await;
    put(&lake, "in/lost", "1").await;
    put(&lake, "in/new", "1").await;
    delete(&lake, "in/early").await;
    let then = now().await;
    delete(&lake, "in/gone").await;
    delete(&lake, "in/gone").await;
    delete(&lake, "in/lost").await;
    put(&lake, "in/lost", "2").await;
    delete(&lake, "in/lost").await;
    put(&lake, "in/new", "2").await;
    put(&lake, "out/gone", "1").await;

    let all = histories(&lake, "in/").await;
    let names: Vec<&str> = all.iter().map(|one| one[0].key.as_str()).collect();
    assert_eq!(names, ["in/early", "in/gone", "in/lost", "in/new"]);
    assert_eq!(is_marker(&all[1]), [true, true, false]);
    assert_eq!(is_marker(&all[2]), [true, false, true, false]);

    let verdicts: Vec<Verdict> = all.iter().map(|one| bring_back(one, Some(then))).collect();
    let [Verdict::Leave, Verdict::Remove(markers), Verdict::Overwritten, Verdict::Leave] =
        &verdicts[..]
    else {
        panic!("{verdicts:?}")
    };
    let fates = lake.undelete(BUCKET, markers).await.unwrap();
    assert!(fates.iter().all(|(_, fate)| fate.is_ok()), "{fates:?}");
    assert_eq!(lake.read_range(&uri("in/gone"), 0..9).await.unwrap(), "1");
    assert_eq!(lake.find(&uri("in/lost")).await.unwrap(), None);
    let left = histories(&lake, "in/gone").await;
    assert_eq!(is_marker(&left[0]), [false]);
}

/// Many of them are of one millisecond, so that their times do not tell it.
#[tokio::test]
async fn a_history_is_told_in_its_order_however_quickly_it_was_made() {
    let fixture = kept();
    let lake = fixture.lake();
    for _ in 0..50 {
        put(&lake, "k", "1").await;
        delete(&lake, "k").await;
    }
    let all = histories(&lake, "k").await;
    assert_eq!(is_marker(&all[0]), [true, false].repeat(50));
}

#[tokio::test]
async fn one_keys_history_ends_where_another_begins_and_goes_on_over_pages() {
    let fixture = kept();
    let lake = fixture.lake();
    put(&lake, "k", "old").await;
    for _ in 0..1001 {
        delete(&lake, "k").await;
    }
    put(&lake, "k.other", "1").await;
    let mut past = Past::of(&lake, uri("k"));
    let (mut all, mut pages) = (Vec::new(), 0);
    while let Some(page) = past.page().await.unwrap() {
        pages += 1;
        all.extend(page);
    }
    assert_eq!((all.len(), pages), (1002, 2));
    assert!(all.iter().all(|version| version.key == "k"));
    assert!(all[0].latest && all[0].is_marker() && !all[1001].is_marker());
    let times: Vec<_> = all.iter().map(|version| version.modified).collect();
    assert!(times.is_sorted_by(|newer, older| newer >= older), "from the newest on");
    // The whole of it is one history, however many pages it takes.
    let whole = histories(&lake, "k").await;
    assert_eq!(whole.iter().map(Vec::len).collect::<Vec<_>>(), [1002, 1]);
    let id = all[1001].id.clone();
    assert_eq!(lake.read_range_of(&uri("k"), Some(&id), 0..9).await.unwrap(), "old");
    let marker = lake.read_range_of(&uri("k"), Some(&all[0].id), 0..9).await;
    assert!(marker.is_err(), "a delete marker has no bytes");
}

#[tokio::test]
async fn markers_go_in_curate_mode_and_versions_in_admin_mode_only() {
    let fixture = kept();
    let memory = Memory::default();
    let as_mode = |mode| {
        let settings = lakehand::model::settings::Settings { mode, ..fixture.settings() };
        fixture.lake_with(settings, memory.witness())
    };
    let lake = as_mode(Mode::Curate);
    put(&lake, "a", "1").await;
    delete(&lake, "a").await;
    let history = histories(&lake, "a").await.remove(0);
    let marker: Marker = history[0].marker().unwrap();
    let made = memory.take().pop().unwrap();
    assert_eq!(made.version_id.as_deref(), Some(marker.id()), "the log names the marker");

    let refused =
        as_mode(Mode::ReadOnly).undelete(BUCKET, std::slice::from_ref(&marker)).await.unwrap_err();
    assert_eq!(refused.kind, Kind::Refused);
    let refused = lake.delete_version(&uri("a"), &history[1].id).await.unwrap_err();
    assert_eq!(refused.kind, Kind::Refused);
    assert!(refused.to_string().contains("--mode admin"), "{refused}");
    let acts = memory.take();
    assert!(acts.iter().all(|act| matches!(act.outcome, Outcome::Refused(_))), "{acts:?}");
    assert_eq!(histories(&lake, "a").await[0].len(), 2);

    lake.undelete(BUCKET, std::slice::from_ref(&marker)).await.unwrap();
    let act = memory.take().pop().unwrap();
    assert_eq!((act.action, act.outcome), ("s3:DeleteObjectVersion", Outcome::Done));
    assert_eq!(act.version_id.as_deref(), Some(marker.id()));
    as_mode(Mode::Admin).delete_version(&uri("a"), &history[1].id).await.unwrap();
    assert_eq!(histories(&lake, "a").await, Vec::<Vec<Version>>::new());
}

#[tokio::test]
async fn whether_a_bucket_keeps_versions_is_told_and_so_is_what_a_delete_has_left() {
    let fixture = Fixture::new();
    let store = fixture.local.store();
    store.create_bucket(BUCKET).unwrap();
    let lake = fixture.lake();
    assert_eq!(lake.versioning(BUCKET).await.unwrap(), Versioning::Off);
    put(&lake, "a", "1").await;
    let fates = lake.delete(BUCKET, &["a".to_owned()]).await.unwrap();
    assert_eq!(fates, [("a".to_owned(), Ok(Gone::ForEver))]);
    store.set_versioning(BUCKET, true).unwrap();
    assert_eq!(lake.versioning(BUCKET).await.unwrap(), Versioning::Enabled);
    put(&lake, "a", "1").await;
    delete(&lake, "a").await;
    store.set_versioning(BUCKET, false).unwrap();
    assert_eq!(lake.versioning(BUCKET).await.unwrap(), Versioning::Suspended);
}

#[tokio::test]
async fn what_may_not_be_deleted_is_told_key_by_key() {
    let fixture = kept();
    let lake = fixture.lake();
    for key in ["a", "locked/b", "c"] {
        put(&lake, key, "1").await;
    }
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*",
        "Action":"s3:DeleteObject","Resource":"arn:aws:s3:::kept/locked/*"}]}"#;
    fixture.local.store().set_policy(BUCKET, Some(policy)).unwrap();
    let keys = ["a", "locked/b", "c"].map(ToOwned::to_owned);
    let fates = lake.delete(BUCKET, &keys).await.unwrap();
    assert_eq!([&fates[0].1, &fates[2].1], [&Ok(Gone::Marked), &Ok(Gone::Marked)]);
    let trouble = fates[1].1.as_ref().unwrap_err();
    assert_eq!((trouble.kind, fates[1].0.as_str()), (Kind::Denied, "locked/b"));
    assert!(lake.find(&uri("locked/b")).await.unwrap().is_some());
}
