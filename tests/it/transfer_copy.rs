//! Copies and moves inside the lake, through the queue.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use lakehand::lake::PutWith;
use lakehand::local::principal::Principal;
use lakehand::local::s3::PutOptions;
use lakehand::model::object::Role;
use lakehand::model::settings::{RoleBucket, Settings};
use lakehand::model::storage::{Class, Tier};
use lakehand::model::tags::Tags;
use lakehand::model::transfer::{Direction, Proof, TransferState};
use lakehand::model::uri::S3Uri;
use lakehand::transfer::{BatchState, Copy, CopyHow, Copying, Finished, Journal, Options, Plan};
use tokio::sync::mpsc;

use crate::transfer_rig::{BUCKET, Fault, MIB, Rig, drain, failure, first, is, noise, uri};

const TO: &str = "rig-analyst";

fn there(key: &str) -> S3Uri {
    S3Uri::new(TO, key)
}

/// Objects of more than 6 MiB go in parts of 5 MiB.
fn small_parts(options: &mut Options) {
    options.copying = Copying { whole: 6 * MIB as u64, part_size: 5 * MIB as u64 };
}

fn plan(sources: &[&str], to: S3Uri, how: CopyHow) -> Copy {
    let sources = sources.iter().map(|key| uri(key)).collect();
    Copy { sources, to, recursive: true, how }
}

fn moving() -> CopyHow {
    CopyHow { remove_source: true, ..CopyHow::default() }
}

async fn ready(rig: Rig) -> Rig {
    rig.lake.create_bucket(TO).await.unwrap();
    rig
}

async fn rig() -> Rig {
    ready(Rig::new().await).await
}

async fn put(rig: &Rig, key: &str, bytes: Vec<u8>) {
    let with = PutWith { overwrite: true, ..PutWith::default() };
    rig.lake.put_bytes(&uri(key), Bytes::from(bytes), &with).await.unwrap();
}

async fn copy(rig: &Rig, plan: Copy) -> Vec<Finished> {
    let (engine, mut ends) = rig.engine_with(small_parts);
    let ended = tokio::spawn(async move { all(&mut ends).await });
    engine.add(Plan::Copy(plan));
    engine.idle().await;
    drop(engine);
    ended.await.unwrap()
}

/// Every end until the engine is gone.
async fn all(ends: &mut mpsc::Receiver<Finished>) -> Vec<Finished> {
    let mut all = Vec::new();
    while let Some(end) = ends.recv().await {
        all.push(end);
    }
    all
}

async fn copy_one(rig: &Rig, key: &str, how: CopyHow) -> Finished {
    let mut ends = copy(rig, plan(&[key], there("out/"), how)).await;
    assert_eq!(ends.len(), 1, "{ends:?}");
    ends.remove(0)
}

async fn read(rig: &Rig, uri: &S3Uri) -> Bytes {
    rig.lake.get(uri, None).await.unwrap().collect().await.unwrap()
}

async fn strays(rig: &Rig) -> usize {
    rig.lake.unfinished_uploads(&there("")).await.unwrap().len()
}

async fn is_there(rig: &Rig, uri: &S3Uri) -> bool {
    rig.lake.find(uri).await.unwrap().is_some()
}

#[tokio::test(flavor = "multi_thread")]
async fn small_and_large_ones_arrive_and_are_compared() {
    let parts = Arc::new(AtomicUsize::new(0));
    let seen = parts.clone();
    let rig = Rig::faulty(move |request| {
        if request.headers().get("x-amz-copy-source-range").is_some() {
            seen.fetch_add(1, Ordering::SeqCst);
        }
        Fault::None
    });
    let rig = ready(rig.await).await;
    for (key, size, wanted) in
        [("in/empty", 0, 0), ("in/ö +.csv", 1000, 0), ("in/large", 21 * MIB, 5)]
    {
        parts.store(0, Ordering::SeqCst);
        put(&rig, key, noise(size, 7)).await;
        let end = copy_one(&rig, key, CopyHow::default()).await;
        assert_eq!(end.state, TransferState::Done(Proof::Crc64Nvme), "{key}");
        assert_eq!(parts.load(Ordering::SeqCst), wanted, "{key}");
        let to = there(&format!("out/{}", uri(key).name()));
        assert_eq!((end.direction, &end.remote), (Direction::Across, &to));
        assert_eq!((end.size, end.moved), (size as u64, size as u64));
        assert_eq!(end.origin.unwrap().uri, uri(key));
        assert!(read(&rig, &to).await == noise(size, 7), "{key}");
        assert!(is_there(&rig, &uri(key)).await, "a copy leaves its source");
    }
    assert_eq!(strays(&rig).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_version_is_copied_over_its_own_key_whole_or_in_parts() {
    let rig = rig().await;
    rig.local.store().set_versioning(BUCKET, true).unwrap();
    for (key, size) in [("in/small", 1000), ("in/large", 11 * MIB)] {
        for seed in [1, 2] {
            put(&rig, key, noise(size, seed)).await;
        }
        let versions = rig.lake.versions(&uri(key), None).await.unwrap().versions;
        let old = versions[1].id.clone();
        let restored = || {
            let version = Some(old.clone());
            let how = CopyHow { overwrite: true, version, ..CopyHow::default() };
            plan(&[key], uri(key), how)
        };
        let end = copy(&rig, restored()).await.remove(0);
        assert_eq!(end.state, TransferState::Done(Proof::Crc64Nvme), "{key}");
        assert!(read(&rig, &uri(key)).await == noise(size, 1), "{key}");
        let versions = rig.lake.versions(&uri(key), None).await.unwrap().versions;
        assert_eq!(versions.len(), 3, "the one that was there is kept");
        let end = copy(&rig, restored()).await.remove(0);
        assert_eq!(end.state, TransferState::Skipped(Proof::Crc64Nvme), "it is what is there");
        // A deleted one comes back the same way.
        rig.lake.delete(BUCKET, &[key.to_owned()]).await.unwrap();
        let end = copy(&rig, restored()).await.remove(0);
        assert_eq!(end.state, TransferState::Done(Proof::Crc64Nvme), "{key}");
        assert!(read(&rig, &uri(key)).await == noise(size, 1), "{key}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_deletes_what_it_has_proven() {
    let rig = rig().await;
    for (key, size) in [("in/small", 10), ("in/large", 11 * MIB)] {
        put(&rig, key, noise(size, 3)).await;
        let end = copy_one(&rig, key, moving()).await;
        assert_eq!(end.state, TransferState::Done(Proof::Crc64Nvme));
        assert!(!is_there(&rig, &uri(key)).await);
        assert!(read(&rig, &end.remote).await == noise(size, 3));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_without_a_proof_keeps_its_source() {
    // A store that tells no checksums, and whose ETags are of no content.
    const NOTHING: &[(&str, Option<&str>)] = &[
        ("x-amz-checksum-crc64nvme", None),
        ("x-amz-checksum-type", None),
        ("x-amz-server-side-encryption", Some("aws:kms")),
    ];
    let rig = Rig::faulty(|request| match request.method() {
        "HEAD" => Fault::Headers(NOTHING),
        _ => Fault::None,
    });
    let rig = ready(rig.await).await;
    put(&rig, "in/a", noise(10, 1)).await;
    let end = copy_one(&rig, "in/a", CopyHow::default()).await;
    assert_eq!(end.state, TransferState::Done(Proof::None), "a copy says that nothing was proven");
    let how = CopyHow { overwrite: true, ..moving() };
    let said = failure(&copy_one(&rig, "in/a", how).await);
    assert!(said.starts_with("move s3://rig-source/in/a: it is copied to"), "{said}");
    assert!(said.contains("could not be compared") && said.contains("still there"), "{said}");
    assert!(is_there(&rig, &uri("in/a")).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_is_replaced_after_its_copy_is_not_deleted() {
    // Another writer comes between the copy and the delete.
    let rig = Rig::faulty(|request| match request.method() {
        "DELETE" => Fault::Answer(412, "PreconditionFailed"),
        _ => Fault::None,
    });
    let rig = ready(rig.await).await;
    put(&rig, "in/a", noise(10, 1)).await;
    let said = failure(&copy_one(&rig, "in/a", moving()).await);
    assert!(said.contains("taken its name meanwhile") && said.contains("still there"), "{said}");
    assert!(is_there(&rig, &uri("in/a")).await);
    assert!(is_there(&rig, &there("out/a")).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_is_skipped_and_other_content_refused() {
    let rig = rig().await;
    for size in [1000, 11 * MIB] {
        put(&rig, "in/a", noise(size, 1)).await;
        let over = CopyHow { overwrite: true, ..CopyHow::default() };
        let end = copy_one(&rig, "in/a", over.clone()).await;
        assert_eq!(end.state, TransferState::Done(Proof::Crc64Nvme));
        let end = copy_one(&rig, "in/a", CopyHow::default()).await;
        assert_eq!(end.state, TransferState::Skipped(Proof::Crc64Nvme));
        put(&rig, "in/a", noise(size, 2)).await;
        let said = failure(&copy_one(&rig, "in/a", CopyHow::default()).await);
        assert!(said.contains("s3://rig-analyst/out/a is there already"), "{said}");
        assert!(read(&rig, &there("out/a")).await == noise(size, 1));
        let end = copy_one(&rig, "in/a", over).await;
        assert_eq!(end.state, TransferState::Done(Proof::Crc64Nvme));
        assert!(read(&rig, &there("out/a")).await == noise(size, 2));
    }
    // A move of what has arrived before only has its source left to delete.
    let end = copy_one(&rig, "in/a", moving()).await;
    assert_eq!(end.state, TransferState::Done(Proof::Crc64Nvme));
    assert!(!is_there(&rig, &uri("in/a")).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_appears_under_way_is_not_replaced() {
    // The first look does not see it.
    let rig = Rig::faulty(|request| match request.method() {
        "HEAD" if request.uri().contains("/out/") => Fault::Answer(404, "NotFound"),
        _ => Fault::None,
    });
    let rig = ready(rig.await).await;
    for size in [1000, 11 * MIB] {
        put(&rig, "in/a", noise(size, 1)).await;
        let mine = Bytes::from_static(b"mine");
        let with = PutWith { overwrite: true, ..PutWith::default() };
        rig.lake.put_bytes(&there("out/a"), mine.clone(), &with).await.unwrap();
        failure(&copy_one(&rig, "in/a", CopyHow::default()).await);
        assert_eq!(read(&rig, &there("out/a")).await, mine);
        assert_eq!(strays(&rig).await, 0);
    }
}

/// A rig where the source is replaced once the store has been asked for `query`.
async fn changing(query: &'static str) -> Rig {
    let asked = Arc::new(AtomicBool::new(false));
    let rig = Rig::faulty(move |request| {
        // Seen by the conditions alone: the source has another ETag from now on.
        if request.method() == "PUT" && request.headers().get("x-amz-copy-source").is_some() {
            if request.uri().contains(query) {
                asked.store(true, Ordering::SeqCst);
            }
            if asked.load(Ordering::SeqCst) {
                return Fault::Answer(412, "PreconditionFailed");
            }
        }
        match request.method() == "HEAD" && asked.load(Ordering::SeqCst) {
            true => Fault::Headers(&[("etag", Some("\"00000000000000000000000000000000\""))]),
            false => Fault::None,
        }
    });
    ready(rig.await).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_changes_under_way_fails_and_leaves_nothing() {
    for (query, size) in [("/out/a", 1000), ("partNumber=2", 21 * MIB)] {
        let rig = changing(query).await;
        put(&rig, "in/a", noise(size, 1)).await;
        let said = failure(&copy_one(&rig, "in/a", moving()).await);
        assert!(said.contains("replaced while it was being copied"), "{said}");
        assert_eq!(strays(&rig).await, 0);
        assert!(is_there(&rig, &uri("in/a")).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_source_is_bound_by_its_etag() {
    // Truly replaced, between two parts.
    let hold = Arc::new(AtomicBool::new(true));
    let held = hold.clone();
    let rig = Rig::faulty(move |request| {
        match is(request, "PUT", "partNumber=3") && held.load(Ordering::SeqCst) {
            true => Fault::Reset,
            false => Fault::None,
        }
    });
    let rig = ready(rig.await).await;
    put(&rig, "in/a", noise(21 * MIB, 1)).await;
    let (engine, mut ends) = rig.engine_with(|options| {
        small_parts(options);
        options.patience.tries = u32::MAX;
    });
    engine.add(Plan::Copy(plan(&["in/a"], there("out/"), CopyHow::default())));
    until(&engine, |parts| parts == 4).await;
    put(&rig, "in/a", noise(21 * MIB, 2)).await;
    hold.store(false, Ordering::SeqCst);
    let said = failure(&ends.recv().await.unwrap());
    assert!(said.contains("replaced while it was being copied"), "{said}");
    assert_eq!(strays(&rig).await, 0);
    assert!(!is_there(&rig, &there("out/a")).await);
}

async fn until(engine: &lakehand::transfer::Engine, wanted: impl Fn(u32) -> bool) {
    while !engine.snapshot().first().is_some_and(|row| wanted(row.parts_done)) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_that_demands_its_key_gets_it() {
    let key = "arn:aws:kms:us-east-1:000000000000:key/analyst";
    let analyst = RoleBucket {
        role: Role::Analyst,
        name: TO.into(),
        kms_key: Some(key.into()),
        prefix: String::new(),
    };
    let add = |settings: &mut Settings| settings.buckets.push(analyst);
    let rig = ready(Rig::with(add, Arc::new(|_| Fault::None)).await).await;
    let deny = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:PutObject",
        "Resource":"arn:aws:s3:::rig-analyst/*","Condition":{"StringNotEquals":{"s3:x-amz-server-side-encryption":"aws:kms"}}}]}"#;
    rig.local.store().set_policy(TO, Some(deny)).unwrap();
    for (name, size) in [("in/small", 10), ("in/large", 11 * MIB)] {
        put(&rig, name, noise(size, 1)).await;
        let end = copy_one(&rig, name, CopyHow::default()).await;
        assert_eq!(end.state, TransferState::Done(Proof::Crc64Nvme));
        let head = rig.lake.head(&end.remote).await.unwrap();
        assert_eq!(head.encryption.kms_key.as_deref(), Some(key));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_target_bucket_asks_for_an_approval_and_a_closed_lake_keeps_its_data() {
    let target =
        RoleBucket { role: Role::Target, name: TO.into(), kms_key: None, prefix: String::new() };
    let close = |settings: &mut Settings| {
        settings.buckets.push(target);
        settings.downloads = false;
    };
    let rig = ready(Rig::with(close, Arc::new(|_| Fault::None)).await).await;
    put(&rig, "in/a", noise(10, 1)).await;
    let said = failure(&copy_one(&rig, "in/a", CopyHow::default()).await);
    assert!(said.contains("names no approval"), "{said}");
    let how = CopyHow { approval: Some("EG-17".into()), ..CopyHow::default() };
    let end = copy_one(&rig, "in/a", how).await;
    assert_eq!(end.state, TransferState::Done(Proof::Crc64Nvme));
    let out = plan(&["in/a"], S3Uri::new("elsewhere", "x/"), CopyHow::default());
    let said = failure(&copy(&rig, out).await[0]);
    assert!(said.contains("nothing may leave this lake"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_are_tried_again() {
    // Each request meets each of them once.
    let faults = [
        Fault::Reset,
        Fault::Deaf,
        Fault::Answer(503, "SlowDown"),
        Fault::Answer(500, "InternalError"),
        // As S3 fails a copy that it has begun to answer.
        Fault::Answer(200, "InternalError"),
    ];
    let faults = Arc::new(faults);
    let nth = Arc::new(AtomicUsize::new(0));
    let rig = Rig::faulty(move |request| {
        if request.headers().get("x-amz-copy-source").is_none() {
            return Fault::None;
        }
        match faults.get(nth.fetch_add(1, Ordering::SeqCst) / 2) {
            Some(Fault::Reset) => Fault::Reset,
            Some(Fault::Deaf) => Fault::Deaf,
            Some(Fault::Answer(status, code)) => Fault::Answer(*status, code),
            _ => Fault::None,
        }
    });
    let rig = ready(rig.await).await;
    put(&rig, "in/a", noise(21 * MIB, 1)).await;
    let end = copy_one(&rig, "in/a", moving()).await;
    assert_eq!(end.state, TransferState::Done(Proof::Crc64Nvme));
    assert!(read(&rig, &there("out/a")).await == noise(21 * MIB, 1));
    assert!(!is_there(&rig, &uri("in/a")).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_are_lost_are_found_out() {
    // Of the copy and of the delete: both were done.
    let lost = Arc::new(AtomicUsize::new(0));
    let rig = Rig::faulty(move |request| {
        let wanted =
            request.headers().get("x-amz-copy-source").is_some() || request.method() == "DELETE";
        // More often than the SDK itself tries.
        match wanted && lost.fetch_add(1, Ordering::SeqCst) % 4 != 3 {
            true => Fault::Deaf,
            false => Fault::None,
        }
    });
    let rig = ready(rig.await).await;
    put(&rig, "in/a", noise(10, 1)).await;
    let end = copy_one(&rig, "in/a", moving()).await;
    assert_eq!(end.state, TransferState::Done(Proof::Crc64Nvme));
    assert!(!is_there(&rig, &uri("in/a")).await);
    assert!(read(&rig, &there("out/a")).await == noise(10, 1));
}

/// A lake that never answers part 3 until it is told to.
async fn holding() -> (Rig, Arc<AtomicBool>, Arc<AtomicUsize>) {
    let (hold, parts) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicUsize::new(0)));
    let (held, counted) = (hold.clone(), parts.clone());
    let rig = Rig::faulty(move |request| {
        if is(request, "PUT", "partNumber=3") && held.load(Ordering::SeqCst) {
            return Fault::Stall;
        }
        if is(request, "PUT", "partNumber") {
            counted.fetch_add(1, Ordering::SeqCst);
        }
        Fault::None
    });
    let rig = ready(rig.await).await;
    put(&rig, "in/a", noise(21 * MIB, 1)).await;
    (rig, hold, parts)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_copy_leaves_nothing_behind() {
    let (rig, _, _) = holding().await;
    let (engine, mut ends) = rig.engine_with(small_parts);
    engine.add(Plan::Copy(plan(&["in/a"], there("out/"), moving())));
    until(&engine, |parts| parts == 4).await;
    assert_eq!(strays(&rig).await, 1);
    engine.cancel(engine.snapshot()[0].id);
    engine.idle().await;
    assert_eq!(ends.recv().await.unwrap().state, TransferState::Cancelled);
    assert_eq!(strays(&rig).await, 0);
    assert!(is_there(&rig, &uri("in/a")).await && !is_there(&rig, &there("out/a")).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_copy_goes_on_with_the_parts_it_has() {
    let (rig, hold, parts) = holding().await;
    let (engine, mut ends) = rig.engine_with(small_parts);
    engine.add(Plan::Copy(plan(&["in/a"], there("out/"), CopyHow::default())));
    until(&engine, |parts| parts == 4).await;
    let id = engine.snapshot()[0].id;
    engine.pause(id);
    engine.idle().await;
    assert_eq!(engine.snapshot()[0].state, TransferState::Paused);
    assert_eq!(strays(&rig).await, 1, "pausing keeps the parts");
    hold.store(false, Ordering::SeqCst);
    engine.resume(id);
    let end = ends.recv().await.unwrap();
    assert_eq!(end.state, TransferState::Done(Proof::Crc64Nvme));
    assert_eq!(end.landed.unwrap().parts_reused, 4);
    assert_eq!(parts.load(Ordering::SeqCst), 5, "five parts, each copied once");

    // Replaced while it is paused: what was copied is thrown away, the new one is copied.
    hold.store(true, Ordering::SeqCst);
    engine.idle().await;
    engine.clear_finished();
    put(&rig, "in/b", noise(21 * MIB, 1)).await;
    engine.add(Plan::Copy(plan(&["in/b"], there("out/"), CopyHow::default())));
    until(&engine, |parts| parts == 4).await;
    let id = engine.snapshot()[0].id;
    engine.pause(id);
    engine.idle().await;
    put(&rig, "in/b", noise(21 * MIB, 2)).await;
    hold.store(false, Ordering::SeqCst);
    engine.resume(id);
    let end = ends.recv().await.unwrap();
    assert_eq!(end.state, TransferState::Done(Proof::Crc64Nvme));
    assert_eq!(end.landed.unwrap().parts_reused, 0);
    assert!(read(&rig, &there("out/b")).await == noise(21 * MIB, 2));
    assert_eq!(strays(&rig).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_process_goes_on_with_a_copy() {
    let (rig, hold, parts) = holding().await;
    let data = rig.dir.path().join("data");
    let journal = || Journal::open(&data, rig.lake.settings()).unwrap();
    let (engine, _ends) = rig.engine_with(|options| {
        small_parts(options);
        options.journal = Some(journal());
    });
    engine.add(Plan::Copy(plan(&["in/a"], there("out/"), moving())));
    until(&engine, |parts| parts == 4).await;
    engine.leave(BatchState::Open, false).await;
    drop(engine);
    assert_eq!(strays(&rig).await, 1, "nothing is aborted");

    hold.store(false, Ordering::SeqCst);
    let (engine, mut ends) = rig.engine_with(|options| {
        small_parts(options);
        options.journal = Some(journal());
    });
    let taken = engine.journal().take_up(BatchState::Open).await.unwrap();
    let [one] = &taken[..] else { panic!("{taken:?}") };
    assert_eq!(one.order.sentence(), "move s3://rig-source/in/a → s3://rig-analyst/out/");
    let order = one.order.clone();
    engine.take_up(one.id, order.plan(|_| unreachable!("nothing is downloaded")));
    let end = ends.recv().await.unwrap();
    assert_eq!(end.state, TransferState::Done(Proof::Crc64Nvme));
    assert_eq!(end.landed.unwrap().parts_reused, 4);
    assert_eq!(parts.load(Ordering::SeqCst), 5, "five parts, each copied once");
    assert!(!is_there(&rig, &uri("in/a")).await);
    assert!(read(&rig, &there("out/a")).await == noise(21 * MIB, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_is_moved_page_after_page() {
    let rig = rig().await;
    let root = rig.dir.path().join("lake/buckets/rig-source/in");
    std::fs::create_dir_all(root.join("sub")).unwrap();
    for number in 0..1100 {
        std::fs::write(root.join(format!("sub/{number:04}")), number.to_string()).unwrap();
    }
    put(&rig, "in/sub/marker/", Vec::new()).await;
    put(&rig, "outside", noise(3, 1)).await;
    let ends = copy(&rig, plan(&["in/"], there("new"), moving())).await;
    assert_eq!(ends.len(), 1101);
    let failed: Vec<_> = ends
        .iter()
        .filter(|end| !matches!(end.state, TransferState::Done(proof) if proof.is_proof()))
        .collect();
    assert!(failed.is_empty(), "{:?}", failed[0]);
    assert_eq!(read(&rig, &there("new/sub/0042")).await, "42");
    assert!(is_there(&rig, &there("new/sub/marker/")).await);
    let left = rig.lake.page(&uri(""), false, None, 1000).await.unwrap();
    let left: Vec<_> = left.entries.iter().map(|entry| entry.key()).collect();
    assert_eq!(left, ["outside"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_copied_is_said_and_the_rest_goes_on() {
    let rig = rig().await;
    put(&rig, "in/a", noise(3, 1)).await;
    // Onto itself, into itself, nothing there, and one that can.
    let said = failure(&copy(&rig, plan(&["in/a"], uri("in/a"), moving())).await[0]);
    assert!(said.contains("copied onto itself"), "{said}");
    let said = failure(&copy(&rig, plan(&["in/"], uri("in/deeper/"), moving())).await[0]);
    assert!(said.contains("lies inside it"), "{said}");
    let ends = copy(&rig, plan(&["never", "none/", "in/a"], there("out/"), moving())).await;
    let mut states: Vec<_> =
        ends.iter().map(|end| (end.state.name(), end.remote.key.as_str())).collect();
    states.sort_unstable();
    assert_eq!(states, [("done", "out/a"), ("failed", "out/"), ("failed", "out/never")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_is_listed_again_where_the_line_drops() {
    let resets = first(5);
    let rig = Rig::faulty(move |request| match is(request, "GET", "list-type=2") && resets() {
        true => Fault::Reset,
        false => Fault::None,
    });
    let rig = ready(rig.await).await;
    put(&rig, "in/a", noise(3, 1)).await;
    let ends = copy(&rig, plan(&["in/"], there("out/"), CopyHow::default())).await;
    let keys: Vec<_> = ends.iter().map(|end| (end.state.name(), end.remote.key.as_str())).collect();
    assert_eq!(keys, [("done", "out/in/a")], "{ends:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_of_which_everything_had_been_moved_is_no_failure() {
    let hold = Arc::new(AtomicBool::new(true));
    let held = hold.clone();
    let rig = Rig::faulty(move |request| match request.method() {
        "PUT" if request.uri().contains("out/in/b") && held.load(Ordering::SeqCst) => Fault::Stall,
        _ => Fault::None,
    });
    let rig = ready(rig.await).await;
    put(&rig, "in/a", noise(3, 1)).await;
    put(&rig, "in/b", noise(3, 2)).await;
    let journal = || Journal::open(&rig.dir.path().join("data"), rig.lake.settings()).unwrap();
    let (engine, mut ends) = rig.engine_with(|options| options.journal = Some(journal()));
    engine.add(Plan::Copy(plan(&["in/"], there("out/"), moving())));
    assert_eq!(ends.recv().await.unwrap().remote.key, "out/in/a");
    // As if it had been killed when its last object was gone, and before the journal knew.
    engine.leave(BatchState::Open, false).await;
    drop(engine);
    hold.store(false, Ordering::SeqCst);
    rig.lake.delete(BUCKET, &["in/b".to_owned()]).await.unwrap();

    let (engine, ends) = rig.engine_with(|options| options.journal = Some(journal()));
    for one in engine.journal().take_up(BatchState::Open).await.unwrap() {
        engine.take_up(one.id, one.order.plan(|_| unreachable!("nothing is downloaded")));
    }
    engine.idle().await;
    assert_eq!(drain(ends), []);
    assert_eq!(engine.journal().take_up(BatchState::Open).await.unwrap(), [], "it is over");
}

/// What one object is put into another class by.
fn into(class: Class) -> CopyHow {
    CopyHow { class: Some(class), ..CopyHow::default() }
}

async fn reclassed(rig: &Rig, key: &str, class: Class) -> Finished {
    let ended = copy(rig, plan(&[key], uri("in/"), into(class))).await;
    ended.into_iter().next().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn another_class_keeps_everything_else_whole_or_in_parts() {
    let rig = rig().await;
    let store = rig.local.store();
    store.set_versioning(BUCKET, true).unwrap();
    let tags = [("stage".to_owned(), "raw".to_owned())];
    let metadata = [("sample".to_owned(), "NA12878".to_owned())];
    let options = || PutOptions {
        content_type: Some("text/x-vcf".into()),
        sse: Some("aws:kms".into()),
        kms_key: Some("alias/own".into()),
        tags: tags.clone().into(),
        metadata: metadata.clone().into(),
        ..PutOptions::default()
    };
    for (key, size) in [("in/small", 1000), ("in/large", 21 * MIB)] {
        let bytes = noise(size, 3);
        store.put(&Principal::Administrator, BUCKET, key, &bytes[..], options()).unwrap();
        let before = rig.lake.head(&uri(key)).await.unwrap();
        let end = reclassed(&rig, key, Class::GlacierIr).await;
        assert_eq!(end.state, TransferState::Done(Proof::Crc64Nvme), "{key}");
        let after = rig.lake.head(&uri(key)).await.unwrap();
        assert_eq!(after.storage_class.as_deref(), Some("GLACIER_IR"), "{key}");
        assert_ne!(after.version_id, before.version_id, "{key}: the old one stays");
        assert_eq!(
            (&after.metadata, &after.content_type),
            (&before.metadata, &before.content_type)
        );
        assert_eq!(after.encryption.kms_key, before.encryption.kms_key, "{key}");
        assert_eq!(rig.lake.tags(&uri(key)).await.unwrap(), Tags::from(tags.clone()), "{key}");
        assert!(read(&rig, &uri(key)).await == bytes, "{key}");
        let again = reclassed(&rig, key, Class::GlacierIr).await;
        assert!(matches!(again.state, TransferState::Skipped(_)), "{:?}", again.state);
    }
    assert_eq!(strays(&rig).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_archived_changes_its_class_only_once_it_was_restored() {
    let rig = rig().await;
    put(&rig, "in/a", noise(1000, 1)).await;
    let archived = reclassed(&rig, "in/a", Class::DeepArchive).await;
    assert_eq!(archived.state, TransferState::Done(Proof::Crc64Nvme));
    let shut = failure(&reclassed(&rig, "in/a", Class::Standard).await);
    assert!(shut.contains("has to be restored"), "{shut}");
    let options = PutOptions { storage_class: Some("GLACIER".into()), ..PutOptions::default() };
    let store = rig.local.store();
    store.put(&Principal::Administrator, BUCKET, "in/b", &b"cold"[..], options).unwrap();
    rig.lake.restore(&uri("in/b"), 1, Tier::Expedited).await.unwrap();
    let back = reclassed(&rig, "in/b", Class::Standard).await;
    assert_eq!(back.state, TransferState::Done(Proof::Crc64Nvme));
    let head = rig.lake.head(&uri("in/b")).await.unwrap();
    assert_eq!((head.storage_class, head.restore), (None, None));
}
