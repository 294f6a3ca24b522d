//! What one lakehand leaves, the next one goes on with.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use lakehand::govern::PathGuard;
use lakehand::lake::PutWith;
use lakehand::lake::body::{Meter, Slice};
use lakehand::lake::parts::Check;
use lakehand::model::transfer::{Proof, TransferState};
use lakehand::transfer::digest::{Method, crc_sum};
use lakehand::transfer::{
    BatchState, Download, Engine, Finished, Journal, Placer, Plan, Upload, UploadHow,
};
use tokio::sync::mpsc;

use crate::transfer_rig::{Fault, MIB, Rig, failure, is, noise, uri};

/// A lake that never answers what `stuck` names until it is told to.
async fn holding(method: &'static str, stuck: &'static str) -> (Rig, Arc<AtomicBool>) {
    let hold = Arc::new(AtomicBool::new(true));
    let held = hold.clone();
    let rig = Rig::faulty(move |request| {
        match is(request, method, stuck) && held.load(Ordering::SeqCst) {
            true => Fault::Stall,
            false => Fault::None,
        }
    })
    .await;
    (rig, hold)
}

/// An engine with the journal of the rig's folder: a process of its own, as far as that goes.
fn lakehand(rig: &Rig) -> (Engine, mpsc::Receiver<Finished>) {
    let journal = Journal::open(&rig.dir.path().join("data"), rig.lake.settings()).unwrap();
    // Two at a time: a few parts are through while others have yet to go.
    rig.engine_with(|options| {
        options.journal = Some(journal);
        options.concurrency = Some(2);
    })
}

fn upload(rig: &Rig, name: &str) -> Plan {
    let how = UploadHow { part_size: Some(5 * MIB as u64), ..UploadHow::default() };
    Plan::Upload(Upload { how, ..Upload::new(vec![rig.path(name)], uri("in/")) })
}

fn placer(folder: &Path) -> Placer {
    let folder = folder.to_owned();
    Arc::new(move |name, _| Ok(PathGuard::new(folder.clone()).place(name, name).unwrap()))
}

async fn until_parts(engine: &Engine, parts: u32) {
    while engine.snapshot().first().is_none_or(|row| row.parts_done < parts) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn take_up(engine: &Engine) -> usize {
    let taken = engine.journal().take_up(BatchState::Open).await.unwrap();
    let count = taken.len();
    for batch in taken {
        engine.take_up(batch.id, batch.order.plan(placer));
    }
    count
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_is_taken_up_by_the_next_and_its_parts_are_not_sent_again() {
    let (rig, hold) = holding("PUT", "partNumber=3").await;
    rig.file("f", 21 * MIB);
    let (first, _ends) = lakehand(&rig);
    first.add(upload(&rig, "f"));
    until_parts(&first, 4).await;

    // While the first lives, nobody else can have it.
    let (other, mut ends) = lakehand(&rig);
    assert_eq!(take_up(&other).await, 0);
    other.add(upload(&rig, "f"));
    let said = failure(&ends.recv().await.unwrap());
    assert!(said.contains("another lakehand, process"), "{said}");
    drop(other);

    first.leave(BatchState::Open, false).await;
    drop(first);
    hold.store(false, Ordering::SeqCst);
    let (second, mut ends) = lakehand(&rig);
    assert_eq!(take_up(&second).await, 1);
    let end = ends.recv().await.unwrap();
    assert_eq!(end.state, TransferState::Done(Proof::Crc64Nvme));
    assert_eq!((end.landed.unwrap().parts_reused, end.moved), (4, 5 * MIB as u64));
    second.idle().await;
    assert!(rig.read("in/f").await == std::fs::read(rig.path("f")).unwrap());
    assert_eq!(rig.stray_uploads().await, 0);
    assert_eq!(take_up(&second).await, 0, "it is over");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hand_over_waits_for_the_parts_in_flight() {
    let rig = Rig::new().await;
    rig.file("f", 60 * MIB);
    let (first, _ends) = lakehand(&rig);
    first.set_limit(Some(40 * MIB as u64));
    first.add(upload(&rig, "f"));
    until_parts(&first, 1).await;
    let sent = || first.snapshot()[0].done;
    first.leave(BatchState::Open, true).await;
    assert_eq!(sent() % (5 * MIB as u64), 0, "whole parts only");
    let before = sent();
    drop(first);
    let (second, mut ends) = lakehand(&rig);
    assert_eq!(take_up(&second).await, 1);
    let end = ends.recv().await.unwrap();
    assert_eq!(end.state, TransferState::Done(Proof::Crc64Nvme));
    assert_eq!(end.moved + before, 60 * MIB as u64, "nothing was sent twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_changed_meanwhile_begins_again() {
    let (rig, hold) = holding("PUT", "partNumber=3").await;
    rig.file("f", 21 * MIB);
    let (first, _ends) = lakehand(&rig);
    first.add(upload(&rig, "f"));
    until_parts(&first, 4).await;
    first.leave(BatchState::Open, false).await;
    drop(first);
    hold.store(false, Ordering::SeqCst);
    std::fs::write(rig.path("f"), noise(22 * MIB, 5)).unwrap();
    let (second, mut ends) = lakehand(&rig);
    // The same command picks it up by itself.
    second.add(upload(&rig, "f"));
    let end = ends.recv().await.unwrap();
    assert_eq!(end.state, TransferState::Done(Proof::Crc64Nvme));
    assert_eq!((end.landed.unwrap().parts_reused, end.moved), (0, 22 * MIB as u64));
    assert!(rig.read("in/f").await == noise(22 * MIB, 5));
    assert_eq!(rig.stray_uploads().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_paused_stays_so_and_what_is_through_is_left_out() {
    let (rig, hold) = holding("PUT", "partNumber=3").await;
    rig.file("d/big", 21 * MIB);
    rig.file("d/small", 10);
    let how = UploadHow { part_size: Some(5 * MIB as u64), ..UploadHow::default() };
    let plan = Upload { how, recursive: true, ..Upload::new(vec![rig.path("d")], uri("in/")) };
    let (first, mut ends) = lakehand(&rig);
    first.add(Plan::Upload(plan));
    assert_eq!(ends.recv().await.unwrap().remote.key, "in/small");
    while !first.snapshot().iter().any(|row| row.parts_done == 4) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let big = first.snapshot().iter().find(|row| row.name == "big").unwrap().id;
    first.pause(big);
    first.idle().await;
    first.leave(BatchState::Open, false).await;
    drop(first);
    hold.store(false, Ordering::SeqCst);

    let (second, _ends) = lakehand(&rig);
    assert_eq!(take_up(&second).await, 1);
    second.idle().await;
    let rows = second.snapshot();
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert_eq!(rows[0].state, TransferState::Paused);
    second.leave(BatchState::Open, false).await;
    drop(second);

    // Who asks for the whole of it means what was paused too.
    let (third, mut ends) = lakehand(&rig);
    for batch in third.journal().take_up(BatchState::Open).await.unwrap() {
        third.take_up_whole(batch.id, batch.order.plan(placer));
    }
    let end = ends.recv().await.unwrap();
    assert_eq!(end.state, TransferState::Done(Proof::Crc64Nvme));
    assert_eq!(end.landed.unwrap().parts_reused, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_download_goes_on_in_the_same_file() {
    let (rig, hold) = holding("GET", "in/f").await;
    rig.file("f", 60 * MIB);
    rig.put(Upload::new(vec![rig.path("f")], uri("in/"))).await;
    let into = rig.dir.path().join("into");
    let plan = || {
        Plan::Download(Download {
            sources: vec![uri("in/f")],
            folder: into.clone(),
            recursive: false,
            version: None,
            place: placer(&into),
        })
    };
    let (first, _ends) = lakehand(&rig);
    // Slowly enough that some parts are whole when it stops, and never all.
    hold.store(false, Ordering::SeqCst);
    first.set_limit(Some(20 * MIB as u64));
    first.add(plan());
    until_parts(&first, 1).await;
    first.leave(BatchState::Stopped, true).await;
    drop(first);
    let (second, mut ends) = lakehand(&rig);
    assert_eq!(take_up(&second).await, 0, "who interrupted it is not gone over");
    second.add(plan());
    let end = ends.recv().await.unwrap();
    assert_eq!(end.state, TransferState::Done(Proof::Crc64Nvme));
    let landed = end.landed.unwrap();
    assert!(landed.parts_reused > 0 || end.moved == 0, "{landed:?}");
    assert!(std::fs::read(into.join("f")).unwrap() == std::fs::read(rig.path("f")).unwrap());
    let names: Vec<_> = std::fs::read_dir(&into).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names, ["f"], "no temporary file is left");
}

/// A meter that lets everything through.
struct Open;

impl Meter for Open {
    fn begin(&self) {}
    fn quantum(&self) -> usize {
        1 << 18
    }
    fn reserve(&self, _: usize) -> Duration {
        Duration::ZERO
    }
    fn sent(&self, _: usize) {}
}

#[tokio::test(flavor = "multi_thread")]
async fn a_strangers_upload_is_adopted_where_it_fits() {
    let rig = Rig::new().await;
    let path = rig.file("f", 21 * MIB);
    let begun = rig.lake.begin_upload(&uri("in/f"), &PutWith::default()).await.unwrap();
    let file = Arc::new(std::fs::File::open(&path).unwrap());
    let bytes = std::fs::read(&path).unwrap();
    // Part 1 is the file's, part 2 somebody else's.
    for (number, from) in [(1, 0), (2, 7 * MIB)] {
        let to = from + 6 * MIB;
        let crc = crc_fast::checksum(crc_fast::CrcAlgorithm::Crc64Nvme, &bytes[from..to]);
        let check = Check::Crc64Nvme(crc_sum(Method::Crc64Nvme, crc).value);
        let range = from as u64..to as u64;
        let slice = Slice::File { file: file.clone(), range, still: Arc::new(|| Ok(())) };
        rig.lake.send_part(&begun, number, &slice, &check, Arc::new(Open)).await.unwrap();
    }
    let how = UploadHow { adopt: Some(begun.upload_id.clone()), ..UploadHow::default() };
    let end = rig.put_one(&path, how).await;
    assert_eq!(end.state, TransferState::Done(Proof::Crc64Nvme));
    assert_eq!((end.landed.unwrap().parts_reused, end.moved), (1, 15 * MIB as u64));
    assert!(rig.read("in/f").await == bytes);

    let how = UploadHow { adopt: Some(begun.upload_id), ..UploadHow::default() };
    let said = failure(&rig.put_one(&path, how).await);
    assert!(said.contains("there is no such upload any more"), "{said}");
}
