//! Steps that can be taken once only, and processes that ended before the journal heard of it:
//! a move's source that is gone, a download that has its name.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};

use bytes::Bytes;
use lakehand::lake::PutWith;
use lakehand::model::transfer::{Proof, TransferState};
use lakehand::model::uri::S3Uri;
use lakehand::transfer::{
    BatchState, Copy, CopyHow, Copying, Download, Engine, Finished, Journal, Placer, Plan,
};
use tokio::sync::mpsc;

use crate::transfer_rig::{Fault, MIB, Rig, drain, failure, noise, uri};

/// No content of what it answers can be compared with what arrived.
const NOTHING_TO_COMPARE: &[(&str, Option<&str>)] = &[
    ("x-amz-checksum-crc64nvme", None),
    ("x-amz-checksum-type", None),
    ("x-amz-server-side-encryption", Some("aws:kms")),
];

fn data(rig: &Rig) -> PathBuf {
    rig.dir.path().join("data")
}

fn lakehand(rig: &Rig) -> (Engine, mpsc::Receiver<Finished>) {
    let journal = Journal::open(&data(rig), rig.lake.settings()).unwrap();
    rig.engine_with(|options| {
        options.journal = Some(journal);
        options.copying = Copying { whole: 6 * MIB as u64, part_size: 5 * MIB as u64 };
    })
}

/// Lets no end be written, as if the process were killed when everything else was done.
fn deafen(rig: &Rig) -> rusqlite::Connection {
    let db = rusqlite::Connection::open(data(rig).join("journal.sqlite")).unwrap();
    db.execute_batch(
        "CREATE TRIGGER deaf_1 BEFORE UPDATE ON transfer WHEN NEW.ended IS NOT NULL
            BEGIN SELECT RAISE(ABORT, 'killed'); END;
         CREATE TRIGGER deaf_2 BEFORE INSERT ON transfer WHEN NEW.ended IS NOT NULL
            BEGIN SELECT RAISE(ABORT, 'killed'); END;
         CREATE TRIGGER deaf_3 BEFORE UPDATE ON batch WHEN NEW.state <> 'open'
            BEGIN SELECT RAISE(ABORT, 'killed'); END;",
    )
    .unwrap();
    db
}

fn hear_again(db: &rusqlite::Connection) {
    db.execute_batch("DROP TRIGGER deaf_1; DROP TRIGGER deaf_2; DROP TRIGGER deaf_3;").unwrap();
}

/// Runs a plan to its end, of which the journal hears nothing, then what goes on with it.
async fn killed_at_the_end(rig: &Rig, plan: Plan) -> (Vec<Finished>, Vec<Finished>) {
    killed_then(rig, plan, || {}).await
}

/// The same, with something that happens in between.
async fn killed_then(
    rig: &Rig,
    plan: Plan,
    between: impl FnOnce(),
) -> (Vec<Finished>, Vec<Finished>) {
    let (engine, ends) = lakehand(rig);
    let db = deafen(rig);
    engine.add(plan);
    engine.idle().await;
    drop(engine);
    let first = drain(ends);
    hear_again(&db);
    between();
    let (engine, ends) = lakehand(rig);
    let mut taken = Vec::new();
    // The first one's lease ends with the last of its tasks.
    while taken.is_empty() {
        tokio::task::yield_now().await;
        taken = engine.journal().take_up(BatchState::Open).await.unwrap();
    }
    for one in taken {
        engine.take_up(one.id, one.order.plan(below));
    }
    engine.idle().await;
    let left = engine.journal().take_up(BatchState::Open).await.unwrap();
    assert_eq!(left, [], "the batch is over");
    (first, drain(ends))
}

fn below(folder: &Path) -> Placer {
    let folder = folder.to_owned();
    Arc::new(move |name, _| Ok(folder.join(name)))
}

async fn put(rig: &Rig, key: &str, bytes: Vec<u8>) {
    let with = PutWith { overwrite: true, ..PutWith::default() };
    rig.lake.put_bytes(&uri(key), Bytes::from(bytes), &with).await.unwrap();
}

fn moving(sources: &[&str]) -> Plan {
    let how = CopyHow { remove_source: true, ..CopyHow::default() };
    let sources = sources.iter().map(|key| uri(key)).collect();
    Plan::Copy(Copy { sources, to: uri("out/"), recursive: true, how })
}

fn states(ends: &[Finished]) -> Vec<(&'static str, &str)> {
    let mut states: Vec<_> =
        ends.iter().map(|end| (end.state.name(), end.remote.key.as_str())).collect();
    states.sort_unstable();
    states
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_whose_source_was_deleted_before_the_journal_heard_is_done() {
    for size in [10, 11 * MIB] {
        let rig = Rig::new().await;
        put(&rig, "in/a", noise(size, 1)).await;
        let (_, ends) = killed_at_the_end(&rig, moving(&["in/a"])).await;
        assert_eq!(ends.len(), 1, "{ends:?}");
        assert_eq!(ends[0].state, TransferState::Done(Proof::Crc64Nvme), "{size}");
        assert_eq!(ends[0].size, size as u64);
        let landed = ends[0].landed.as_ref().unwrap();
        assert!(landed.checksum.is_some() && landed.etag.is_some(), "{landed:?}");
        assert!(rig.read("out/a").await == noise(size, 1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_had_been_moved_of_a_folder_is_told_though_no_listing_finds_it() {
    let rig = Rig::new().await;
    for (key, seed) in [("in/a", 1), ("in/b", 2)] {
        put(&rig, key, noise(10, seed)).await;
    }
    let (_, ends) = killed_at_the_end(&rig, moving(&["in/"])).await;
    assert_eq!(states(&ends), [("done", "out/in/a"), ("done", "out/in/b")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_that_was_not_deleted_after_all_is_deleted_once() {
    // The delete never reaches the store; what goes on is let through.
    let (cut, deletes) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicUsize::new(0)));
    let (cutting, counted) = (cut.clone(), deletes.clone());
    let rig = Rig::faulty(move |request| match request.method() {
        "DELETE" if cutting.load(SeqCst) => Fault::Reset,
        "DELETE" => {
            counted.fetch_add(1, SeqCst);
            Fault::None
        }
        _ => Fault::None,
    })
    .await;
    for key in ["in/a", "in/b"] {
        put(&rig, key, noise(10, 1)).await;
    }
    let (first, ends) = killed_then(&rig, moving(&["in/"]), || cut.store(false, SeqCst)).await;
    assert_eq!(states(&first), [("failed", "out/in/a"), ("failed", "out/in/b")]);
    assert_eq!(states(&ends), [("done", "out/in/a"), ("done", "out/in/b")]);
    assert_eq!(deletes.load(SeqCst), 2);
    assert!(rig.lake.find(&uri("in/a")).await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_whose_copy_was_replaced_meanwhile_fails_and_says_that_its_source_is_gone() {
    let rig = Rig::new().await;
    put(&rig, "in/a", noise(10, 1)).await;
    let replaced = rig.dir.path().join("lake/buckets/rig-source/out/a");
    let (_, ends) = killed_then(&rig, moving(&["in/a"]), || {
        fs::write(&replaced, noise(12, 9)).unwrap();
    })
    .await;
    let said = failure(&ends[0]);
    assert!(
        said.contains("its source is deleted") && said.contains("s3://rig-source/out/a"),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_never_there_is_no_move_that_is_done() {
    let rig = Rig::new().await;
    let (_, ends) = killed_at_the_end(&rig, moving(&["in/none"])).await;
    assert_eq!(states(&ends), [("failed", "out/none")]);
}

/// A lake that tells nothing of the content of its objects.
async fn silent() -> Rig {
    Rig::faulty(|request| match request.method() {
        "HEAD" => Fault::Headers(NOTHING_TO_COMPARE),
        _ => Fault::None,
    })
    .await
}

fn getting(rig: &Rig, sources: Vec<S3Uri>) -> (Plan, PathBuf) {
    let folder = rig.dir.path().join("got");
    let place = below(&folder);
    let (recursive, version) = (false, None);
    let plan = Download { sources, folder: folder.clone(), recursive, version, place };
    (Plan::Download(plan), folder)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_download_that_had_its_name_before_the_journal_heard_is_done() {
    // In parts and in one; the store says nothing that a file could be compared with.
    for size in [33 * MIB, 10] {
        let rig = silent().await;
        put(&rig, "in/a", noise(size, 1)).await;
        let (plan, folder) = getting(&rig, vec![uri("in/a")]);
        let (first, ends) = killed_at_the_end(&rig, plan).await;
        assert_eq!(states(&first), [("done", "in/a")]);
        assert_eq!(ends.len(), 1, "{ends:?}");
        assert_eq!(ends[0].state, TransferState::Done(Proof::None), "{size}");
        assert_eq!(
            ends[0].landed.as_ref().unwrap().checksum,
            first[0].landed.as_ref().unwrap().checksum
        );
        assert_eq!(ends[0].moved, 0, "nothing is fetched again");
        assert!(fs::read(folder.join("a")).unwrap() == noise(size, 1));
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "no temporary file is left");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_another_by_now_is_not_taken_for_the_download() {
    let rig = silent().await;
    put(&rig, "in/a", noise(10, 1)).await;
    let (plan, folder) = getting(&rig, vec![uri("in/a")]);
    let file = folder.join("a");
    let (_, ends) = killed_then(&rig, plan, || fs::write(&file, noise(10, 2)).unwrap()).await;
    let said = failure(&ends[0]);
    assert!(said.contains("is there already"), "{said}");
    assert!(fs::read(&file).unwrap() == noise(10, 2));
}
