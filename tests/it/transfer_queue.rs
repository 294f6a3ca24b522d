//! Pausing, resuming, cancelling and retrying.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use lakehand::model::transfer::{Proof, TransferId, TransferState};
use lakehand::transfer::{Engine, Plan, Upload, UploadHow};

use crate::transfer_rig::{Fault, MIB, Rig, is, uri};

fn upload(rig: &Rig, name: &str) -> Plan {
    let how = UploadHow { part_size: Some(5 * MIB as u64), ..UploadHow::default() };
    Plan::Upload(Upload { how, ..Upload::new(vec![rig.path(name)], uri("in/")) })
}

/// Waits until the first row is as `wanted`; the watch over the test's time is the suite's.
async fn until(engine: &Engine, wanted: impl Fn(&TransferState, u32) -> bool) -> TransferId {
    loop {
        if let Some(row) = engine.snapshot().first()
            && wanted(&row.state, row.parts_done)
        {
            return row.id;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
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
    })
    .await;
    rig.file("f", 21 * MIB);
    (rig, hold, parts)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_upload_leaves_nothing_behind() {
    let (rig, _, _) = holding().await;
    let (engine, mut ends) = rig.engine();
    engine.add(upload(&rig, "f"));
    let id = until(&engine, |_, parts| parts == 4).await;
    assert_eq!(rig.stray_uploads().await, 1);
    engine.cancel(id);
    engine.idle().await;
    assert_eq!(ends.recv().await.unwrap().state, TransferState::Cancelled);
    assert_eq!(rig.stray_uploads().await, 0);
    assert!(rig.lake.find(&uri("in/f")).await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_upload_goes_on_without_sending_its_parts_again() {
    let (rig, hold, parts) = holding().await;
    let (engine, mut ends) = rig.engine();
    engine.add(upload(&rig, "f"));
    let id = until(&engine, |_, parts| parts == 4).await;
    engine.pause(id);
    until(&engine, |state, _| *state == TransferState::Paused).await;
    engine.idle().await;
    assert_eq!(rig.stray_uploads().await, 1, "pausing keeps the parts");
    let totals = engine.totals();
    assert_eq!((totals.paused, totals.active), (1, 0));

    hold.store(false, Ordering::SeqCst);
    engine.resume(id);
    let end = ends.recv().await.unwrap();
    assert_eq!(end.state, TransferState::Done(Proof::Crc64Nvme));
    assert_eq!(end.landed.unwrap().parts_reused, 4);
    assert_eq!(parts.load(Ordering::SeqCst), 5, "five parts, each accepted once");
    assert!(rig.read("in/f").await == std::fs::read(rig.path("f")).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_upload_whose_file_changed_or_whose_parts_are_gone() {
    let (rig, hold, _) = holding().await;
    let (engine, mut ends) = rig.engine();
    engine.add(upload(&rig, "f"));
    let id = until(&engine, |_, parts| parts == 4).await;
    engine.pause(id);
    until(&engine, |state, _| *state == TransferState::Paused).await;
    // Aborted from elsewhere: begun again by itself.
    for stray in rig.lake.unfinished_uploads(&uri("")).await.unwrap() {
        let begun = lakehand::lake::parts::Begun {
            to: uri(&stray.key),
            upload_id: stray.upload_id,
            checksums: true,
        };
        rig.lake.abort_upload(&begun).await.unwrap();
    }
    hold.store(false, Ordering::SeqCst);
    engine.resume(id);
    assert_eq!(ends.recv().await.unwrap().state, TransferState::Done(Proof::Crc64Nvme));

    // Changed: what was sent of it is aborted, and it begins again as it is now.
    hold.store(true, Ordering::SeqCst);
    rig.file("g", 21 * MIB);
    engine.clear_finished();
    engine.add(upload(&rig, "g"));
    let id = until(&engine, |_, parts| parts == 4).await;
    engine.pause(id);
    until(&engine, |state, _| *state == TransferState::Paused).await;
    std::fs::write(rig.path("g"), "something else").unwrap();
    engine.resume(id);
    assert_eq!(ends.recv().await.unwrap().state, TransferState::Done(Proof::Crc64Nvme));
    assert!(rig.read("in/g").await == b"something else");
    assert_eq!(rig.stray_uploads().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_upload_can_be_cancelled_and_begun_again() {
    let (rig, hold, _) = holding().await;
    let (engine, mut ends) = rig.engine();
    engine.add(upload(&rig, "f"));
    let id = until(&engine, |_, parts| parts == 4).await;
    engine.pause(id);
    until(&engine, |state, _| *state == TransferState::Paused).await;
    engine.cancel(id);
    assert_eq!(ends.recv().await.unwrap().state, TransferState::Cancelled);
    assert_eq!(rig.stray_uploads().await, 0);
    hold.store(false, Ordering::SeqCst);
    engine.retry(id);
    assert_eq!(ends.recv().await.unwrap().state, TransferState::Done(Proof::Crc64Nvme));
    engine.idle().await;
    let totals = engine.totals();
    assert_eq!((totals.done, totals.cancelled), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_everything_ends_the_walk_too() {
    let rig = Rig::faulty(|request| match request.uri().contains("/many/") {
        true => Fault::Stall,
        false => Fault::None,
    })
    .await;
    for number in 0..1500 {
        rig.file(&format!("many/{number}"), 10);
    }
    let (engine, ends) = rig.engine_with(|options| {
        options.concurrency = 3;
        options.patience.silence = Duration::from_secs(3600);
    });
    engine.add(Plan::Upload(Upload {
        recursive: true,
        ..Upload::new(vec![rig.path("many")], uri("many/"))
    }));
    until(&engine, |state, _| *state == TransferState::Running).await;
    while engine.snapshot().len() < 1003 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(engine.snapshot().len() <= 1003, "the walk waits for room");
    // A reader, since a thousand ends do not fit the channel.
    let reader = tokio::spawn(async move {
        let mut ends = ends;
        let mut count = 0;
        while let Some(end) = ends.recv().await {
            assert_eq!(end.state, TransferState::Cancelled);
            count += 1;
        }
        count
    });
    engine.cancel_all();
    engine.idle().await;
    assert!(engine.totals().is_idle());
    drop(engine);
    assert!(reader.await.unwrap() >= 1000);
}
