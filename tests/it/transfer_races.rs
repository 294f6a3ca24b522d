//! What happens at the same moment: a cancel and a walk, a retry and an end, a pause and a
//! start. Nothing is lost by it, and nothing waits for ever.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use lakehand::model::manifest::Anchor;
use lakehand::model::transfer::{Proof, TransferId, TransferState};
use lakehand::model::trouble::{Kind, Trouble};
use lakehand::transfer::journal::{BatchView, read};
use lakehand::transfer::manifest::Manifests;
use lakehand::transfer::{
    BatchState, Download, Engine, Finished, Journal, Options, Plan, Upload, UploadHow,
};
use tokio::sync::{Notify, mpsc};

use crate::transfer_rig::{Fault, MIB, Rig, failure, is, uri};

/// An engine with the journal of the rig's folder.
pub fn journaled(
    rig: &Rig,
    change: impl FnOnce(&mut Options),
) -> (Engine, mpsc::Receiver<Finished>) {
    let journal = Journal::open(&data(rig), rig.lake.settings()).unwrap();
    rig.engine_with(|options| {
        options.journal = Some(journal);
        change(options);
    })
}

pub fn data(rig: &Rig) -> std::path::PathBuf {
    rig.dir.path().join("data")
}

/// What the journal has of the only batch, everything told so far included.
pub async fn noted(engine: &Engine, rig: &Rig) -> BatchView {
    let mut batches = all_noted(engine, rig).await;
    assert_eq!(batches.len(), 1, "{batches:?}");
    batches.remove(0)
}

pub async fn all_noted(engine: &Engine, rig: &Rig) -> Vec<BatchView> {
    // An answer from the writing thread comes after what was told it before.
    engine.journal().upload_ids().await.unwrap();
    read(&data(rig)).unwrap()
}

pub fn upload(rig: &Rig, name: &str) -> Plan {
    let how = UploadHow { part_size: Some(5 * MIB as u64), ..UploadHow::default() };
    Plan::Upload(Upload { how, ..Upload::new(vec![rig.path(name)], uri("in/")) })
}

pub async fn until(mut wanted: impl FnMut() -> bool) {
    while !wanted() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

pub fn id_of(engine: &Engine, name: &str) -> Option<TransferId> {
    engine.snapshot().iter().find(|row| row.name == name).map(|row| row.id)
}

/// A lake that never answers what `method` and `query` name.
pub async fn stuck(method: &'static str, query: &'static str) -> (Rig, Arc<AtomicBool>) {
    let hold = Arc::new(AtomicBool::new(true));
    let held = hold.clone();
    let rig = Rig::faulty(move |request| {
        match is(request, method, query) && held.load(Ordering::SeqCst) {
            true => Fault::Stall,
            false => Fault::None,
        }
    })
    .await;
    (rig, hold)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_cancelled_while_its_walk_waits_for_room() {
    let rig = Rig::faulty(|request| match request.uri().contains("/many/") {
        true => Fault::Stall,
        false => Fault::None,
    })
    .await;
    for number in 0..1_100 {
        rig.file(&format!("many/{number}"), 10);
    }
    let (engine, mut ends) = journaled(&rig, |options| options.concurrency = Some(2));
    engine.add(Plan::Upload(Upload {
        recursive: true,
        ..Upload::new(vec![rig.path("many")], uri("many/"))
    }));
    until(|| engine.snapshot().len() == 1_002).await;
    let reader = tokio::spawn(async move {
        let mut count = 0;
        while ends.recv().await.is_some() {
            count += 1;
        }
        count
    });
    let batch = noted(&engine, &rig).await.id;
    assert_eq!(engine.cancel_batch(batch).await, Some(0));
    engine.idle().await;
    let batch = noted(&engine, &rig).await;
    assert_eq!(batch.state, BatchState::Over, "else the next start would send the rest");
    drop(engine);
    assert_eq!(reader.await.unwrap() as u64, batch.counts.cancelled);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_is_left_while_a_refusal_waits_to_be_heard() {
    let rig = Rig::new().await;
    for number in 0..20 {
        let key = uri(&format!("p/{number}"));
        rig.lake.put_bytes(&key, "x".into(), &Default::default()).await.unwrap();
    }
    // A reader that is slow: one end fits, the second waits.
    let (finished, mut ends) = mpsc::channel(1);
    let (engine, _) = rig.engine_with(|options| options.finished = Some(finished));
    engine.add(Plan::Download(Download {
        sources: vec![uri("p/")],
        folder: rig.path("out"),
        recursive: true,
        version: None,
        place: Arc::new(|_, from| {
            Err(Trouble::new(Kind::Refused, format!("get {from}"), "not there"))
        }),
    }));
    until(|| engine.totals().failed == 2).await;
    let left = tokio::spawn({
        let engine = engine.clone();
        async move { engine.leave(BatchState::Stopped, false).await }
    });
    until(|| engine.totals().walking == 0).await;
    let reader = tokio::spawn(async move { while ends.recv().await.is_some() {} });
    left.await.unwrap();
    drop(engine);
    reader.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_cancelled_while_another_is_under_way() {
    let (rig, hold) = stuck("PUT", "partNumber=2").await;
    for name in ["f", "g"] {
        rig.file(name, 11 * MIB);
    }
    let (engine, mut ends) = journaled(&rig, |_| {});
    engine.add(upload(&rig, "f"));
    until(|| id_of(&engine, "f").is_some()).await;
    let other = noted(&engine, &rig).await.id;
    engine.add(upload(&rig, "g"));
    until(|| engine.snapshot().iter().filter(|row| row.parts_done == 2).count() == 2).await;
    assert_eq!(engine.cancel_batch(other).await, Some(6 * MIB as u64));
    let end = ends.recv().await.unwrap();
    assert_eq!((end.state, end.remote.name()), (TransferState::Cancelled, "f"));
    hold.store(false, Ordering::SeqCst);
    engine.pause_all();
    engine.idle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_cancelled_at_once_and_for_good() {
    let (rig, _hold) = stuck("PUT", "partNumber=2").await;
    rig.file("f", 11 * MIB);
    rig.file("d/small", 10);
    let (engine, mut ends) = journaled(&rig, |options| options.concurrency = Some(1));
    engine.add(upload(&rig, "f"));
    until(|| engine.snapshot().iter().any(|row| row.parts_done == 1)).await;
    engine.add(upload(&rig, "d/small"));
    until(|| id_of(&engine, "small").is_some()).await;
    engine.cancel(id_of(&engine, "small").unwrap());
    // The other one holds the only place, and does not end.
    let end = ends.recv().await.unwrap();
    assert_eq!((end.state, end.remote.name()), (TransferState::Cancelled, "small"));
    engine.leave(BatchState::Open, false).await;
    assert!(rig.lake.find(&uri("in/small")).await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_tried_again_while_its_batch_is_closed_keeps_it_open() {
    let (refused, held) = (AtomicBool::new(false), Arc::new(AtomicBool::new(true)));
    let hold = held.clone();
    let rig = Rig::faulty(move |request| match request.method() == "PUT" {
        true if request.uri().contains("in/f") && !refused.swap(true, Ordering::SeqCst) => {
            Fault::Answer(403, "AccessDenied")
        }
        true if request.uri().contains("in/f") && hold.load(Ordering::SeqCst) => Fault::Stall,
        _ => Fault::None,
    })
    .await;
    rig.file("f", 10);
    // The manifest waits for where the audit log stands.
    let (asked, told) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (ask, tell) = (asked.clone(), told.clone());
    let anchor: Anchor = Arc::new(move || {
        let (ask, tell) = (ask.clone(), tell.clone());
        Box::pin(async move {
            ask.notify_one();
            tell.notified().await;
            None
        })
    });
    let (kept, mut manifests) = mpsc::unbounded_channel();
    let folder = rig.dir.path().join("manifests");
    let (engine, mut ends) = journaled(&rig, |options| {
        options.manifests = Some(Manifests { folder, anchor, kept });
    });
    engine.add(upload(&rig, "f"));
    asked.notified().await;
    let row = engine.snapshot().remove(0);
    assert!(matches!(row.state, TransferState::Failed(_)), "{row:?}");
    engine.retry(row.id);
    until(|| engine.snapshot()[0].state == TransferState::Running).await;
    told.notify_one();
    manifests.recv().await.unwrap();
    assert!(failure(&ends.recv().await.unwrap()).contains("Denied"));
    let batch = noted(&engine, &rig).await;
    assert_eq!(batch.state, BatchState::Open, "a kill now would lose the transfer");
    assert!(batch.owner.is_some());
    held.store(false, Ordering::SeqCst);
    engine.pause(row.id);
    engine.idle().await;
    engine.resume(row.id);
    told.notify_one();
    let end = ends.recv().await.unwrap();
    assert_eq!(end.state, TransferState::Done(Proof::Crc64Nvme));
    engine.idle().await;
    let batch = noted(&engine, &rig).await;
    assert_eq!((batch.state, batch.counts.done, batch.counts.failed), (BatchState::Over, 1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_that_is_not_written_yet_does_not_outlast_its_transfer() {
    let (rig, hold) = stuck("PUT", "x-id=PutObject").await;
    rig.file("f", 10);
    rig.file("g", 10);
    let (engine, mut ends) = journaled(&rig, |options| options.concurrency = Some(1));
    let sources = vec![rig.path("f"), rig.path("g")];
    engine.add(Plan::Upload(Upload::new(sources, uri("in/"))));
    until(|| engine.snapshot().iter().any(|row| row.state == TransferState::Running)).await;
    until(|| id_of(&engine, "g").is_some()).await;
    let waiting = id_of(&engine, "g").unwrap();
    // Another process writes to the journal meanwhile.
    let other = rusqlite::Connection::open(data(&rig).join("journal.sqlite")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    engine.pause(waiting);
    tokio::time::sleep(Duration::from_millis(50)).await;
    engine.resume(waiting);
    hold.store(false, Ordering::SeqCst);
    // Its place is free without a word to the journal that somebody waits for.
    engine.cancel(id_of(&engine, "f").unwrap());
    tokio::time::sleep(Duration::from_millis(300)).await;
    other.execute_batch("ROLLBACK").unwrap();
    engine.idle().await;
    assert_eq!(ends.recv().await.unwrap().state, TransferState::Cancelled);
    assert_eq!(ends.recv().await.unwrap().state, TransferState::Done(Proof::Crc64Nvme));
    let batch = noted(&engine, &rig).await;
    assert!(batch.transfers.is_empty(), "nothing is paused any more: {batch:?}");
}

/// On one thread, so that nothing runs between the two orders.
#[tokio::test]
async fn who_cancels_and_leaves_has_cancelled() {
    let (rig, _hold) = stuck("PUT", "partNumber=2").await;
    rig.file("f", 11 * MIB);
    let (engine, mut ends) = journaled(&rig, |_| {});
    engine.add(upload(&rig, "f"));
    until(|| engine.snapshot().iter().any(|row| row.parts_done == 2)).await;
    engine.cancel(id_of(&engine, "f").unwrap());
    engine.leave(BatchState::Open, false).await;
    assert_eq!(ends.recv().await.unwrap().state, TransferState::Cancelled);
    assert_eq!(rig.stray_uploads().await, 0);
    assert_eq!(noted(&engine, &rig).await.state, BatchState::Over);
}
