//! Pausing, resuming, cancelling and retrying.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use lakehand::model::transfer::{Proof, TransferId, TransferState};
use lakehand::transfer::{Engine, Plan, Upload, UploadHow};

use crate::transfer_rig::{Fault, MIB, Rig, drain, is, uri};

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
        options.concurrency = Some(3);
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

#[tokio::test(flavor = "multi_thread")]
async fn what_is_put_first_is_started_next() {
    let (rig, _, _) = holding().await;
    for name in ["a", "b", "c", "d"] {
        rig.file(name, 10);
    }
    // One at a time: the first upload keeps the others waiting.
    let (engine, ends) = rig.engine_with(|options| options.concurrency = Some(1));
    engine.add(upload(&rig, "f"));
    until(&engine, |_, parts| parts == 2).await;
    for name in ["a", "b", "c", "d"] {
        engine.add(upload(&rig, name));
        while !engine.snapshot().iter().any(|row| row.name == name) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    let id = |name: &str| engine.snapshot().iter().find(|row| row.name == name).unwrap().id;
    engine.pause(id("d"));
    engine.first(&[id("c"), id("d")]);
    engine.cancel(id("f"));
    engine.idle().await;
    drop(engine);
    let ended: Vec<String> =
        drain(ends).into_iter().map(|end| end.remote.name().to_owned()).collect();
    assert_eq!(ended, ["f", "c", "d", "a", "b"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_turns_that_are_told_are_those_that_are_taken() {
    let (rig, _, _) = holding().await;
    let (engine, ends) = rig.engine_with(|options| options.concurrency = Some(1));
    engine.add(upload(&rig, "f"));
    until(&engine, |_, parts| parts == 2).await;
    let id = |name: &str| engine.snapshot().iter().find(|row| row.name == name).map(|row| row.id);
    for name in ["a", "b", "c", "d", "e"] {
        rig.file(name, 10);
        engine.add(upload(&rig, name));
        while id(name).is_none() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        // Goes to the end of what waits by then, which a screen may not have seen yet.
        match name {
            "b" => engine.pause(id("a").unwrap()),
            "d" => engine.resume(id("a").unwrap()),
            _ => {}
        }
    }
    engine.first(&[id("e").unwrap()]);
    engine.cancel(id("b").unwrap());
    let ended_b = async {
        while engine.snapshot().iter().any(|row| row.name == "b" && row.state.is_active()) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        engine.retry(id("b").unwrap());
    };
    ended_b.await;
    let mut told: Vec<_> = engine
        .snapshot()
        .into_iter()
        .filter(|row| row.state == TransferState::Queued)
        .map(|row| (row.turn, row.name))
        .collect();
    told.sort();
    let told: Vec<String> = told.into_iter().map(|(_, name)| name).collect();
    assert_eq!(told, ["e", "c", "d", "a", "b"]);
    engine.cancel(id("f").unwrap());
    engine.idle().await;
    drop(engine);
    let ended: Vec<String> = drain(ends)
        .into_iter()
        .filter(|end| matches!(end.state, TransferState::Done(_)))
        .map(|end| end.remote.name().to_owned())
        .collect();
    assert_eq!(ended, told);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_transfer_is_told_from_near_by() {
    use lakehand::model::closeup::PartState::{Done, Flying};
    let (rig, hold, _) = holding().await;
    let (engine, mut ends) = rig.engine();
    assert_eq!(engine.limit(), None);
    engine.set_limit(Some(1 << 40));
    assert_eq!(engine.limit(), Some(1 << 40));
    engine.add(upload(&rig, "f"));
    let id = until(&engine, |_, parts| parts == 4).await;
    let near = engine.closeup(id).unwrap();
    assert_eq!(*near.parts, [Done, Done, Flying, Done, Done]);
    let upload_id = near.upload_id.unwrap();
    assert_eq!(engine.uploads(), [(uri("in/f"), Some(upload_id))], "it is no stray");
    hold.store(false, Ordering::SeqCst);
    engine.pause(id);
    until(&engine, |state, _| *state == TransferState::Paused).await;
    assert_eq!(engine.snapshot()[0].done, 16 * MIB as u64, "what was on its way is not there");
    engine.resume(id);
    assert!(ends.recv().await.is_some());
    let near = engine.closeup(id).unwrap();
    assert!(near.parts.is_empty() && near.checksum.is_some() && near.parts_reused == 4, "{near:?}");
    assert!(engine.uploads().is_empty());
}
