//! What is left behind by what does not come to its end: nothing.

use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use lakehand::model::transfer::{Proof, TransferState};
use lakehand::transfer::{BatchState, Download, Engine, Plan, UploadHow};

use crate::transfer_races::{all_noted, id_of, journaled, noted, stuck, until, upload};
use crate::transfer_rig::{Fault, MIB, Rig, drain, failure, first, is, uri};

fn download(source: &str, recursive: bool, into: &Path) -> Plan {
    let folder = into.to_owned();
    Plan::Download(Download {
        sources: vec![uri(source)],
        folder: folder.clone(),
        recursive,
        version: None,
        place: Arc::new(move |name, _| Ok(folder.join(name))),
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_that_fails_while_it_is_cancelled_leaves_nothing() {
    let engine: Arc<OnceLock<Engine>> = Arc::default();
    let (seen, cancels) = (engine.clone(), first(1));
    let rig = Rig::faulty(move |request| match is(request, "POST", "uploads") && cancels() {
        true => {
            let engine = seen.get().expect("it is there before its requests");
            engine.cancel(id_of(engine, "f").unwrap());
            Fault::Answer(500, "InternalError")
        }
        false => Fault::None,
    })
    .await;
    rig.file("f", 11 * MIB);
    let (started, mut ends) = rig.engine_with(|options| options.patience.tries = 1);
    engine.set(started.clone()).ok().unwrap();
    started.add(upload(&rig, "f"));
    assert_eq!(ends.recv().await.unwrap().state, TransferState::Cancelled);
    started.idle().await;
    assert_eq!(rig.stray_uploads().await, 0);
}

/// The store has begun an upload, and its id was lost with the answer.
async fn unheard() -> Rig {
    let loses = first(1);
    let rig = Rig::faulty(move |request| match is(request, "POST", "uploads") && loses() {
        true => Fault::Deaf,
        false => Fault::None,
    })
    .await;
    rig.file("f", 11 * MIB);
    rig
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_was_never_heard_of_is_found_by_the_next_try() {
    let rig = unheard().await;
    let (engine, mut ends) = rig.engine_with(|options| options.patience.tries = 1);
    engine.add(upload(&rig, "f"));
    let end = ends.recv().await.unwrap();
    failure(&end);
    engine.idle().await;
    assert_eq!(rig.stray_uploads().await, 1);
    engine.retry(end.id);
    assert_eq!(ends.recv().await.unwrap().state, TransferState::Done(Proof::Crc64Nvme));
    assert_eq!(rig.stray_uploads().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_was_never_heard_of_is_cancelled_too() {
    let rig = unheard().await;
    let (engine, mut ends) = rig.engine_with(|options| {
        options.patience.first = Duration::from_secs(3600);
        options.patience.longest = Duration::from_secs(3600);
    });
    engine.add(upload(&rig, "f"));
    until(|| engine.snapshot().iter().any(|row| row.retrying.is_some())).await;
    engine.cancel(id_of(&engine, "f").unwrap());
    assert_eq!(ends.recv().await.unwrap().state, TransferState::Cancelled);
    assert_eq!(rig.stray_uploads().await, 0);
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_small_download_that_is_stopped_leaves_no_temporary_file() {
    let (rig, _hold) = stuck("GET", "x-id=GetObject").await;
    let out = rig.path("out");
    for (name, paused) in [("f", true), ("g", false)] {
        let key = format!("in/{name}");
        rig.lake.put_bytes(&uri(&key), "theirs".into(), &Default::default()).await.unwrap();
        let (engine, _ends) = journaled(&rig, |_| {});
        engine.add(download(&key, false, &out));
        until(|| !names(&out).is_empty()).await;
        if paused {
            engine.pause(id_of(&engine, name).unwrap());
            engine.idle().await;
        } else {
            engine.leave(BatchState::Stopped, false).await;
        }
        assert_eq!(names(&out), [""; 0], "paused: {paused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_small_download_that_fails_leaves_no_temporary_file() {
    let rig = Rig::faulty(|request| match is(request, "GET", "x-id=GetObject") {
        true => Fault::Reset,
        false => Fault::None,
    })
    .await;
    rig.lake.put_bytes(&uri("in/f"), "theirs".into(), &Default::default()).await.unwrap();
    let (engine, ends) = rig.engine_with(|options| {
        options.patience.tries = 1;
        options.patience.outage = Duration::ZERO;
    });
    engine.add(download("in/f", false, &rig.path("out")));
    engine.idle().await;
    assert!(failure(&drain(ends)[0]).contains("reset"));
    assert_eq!(names(&rig.path("out")), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_download_that_cannot_begin_is_not_noted_as_under_way() {
    let rig = Rig::new().await;
    rig.put_one(&rig.file("big", 40 * MIB), UploadHow::default()).await;
    // A link that leads nowhere, where the folder should be.
    std::os::unix::fs::symlink(rig.path("none/at/all"), rig.path("out")).unwrap();
    let (engine, ends) = journaled(&rig, |_| {});
    engine.add(download("in/big", false, &rig.path("out")));
    engine.idle().await;
    failure(&drain(ends)[0]);
    let batch = noted(&engine, &rig).await;
    let states: Vec<_> = batch.transfers.iter().map(|open| open.state.as_str()).collect();
    assert_eq!(states, ["failed"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_earlier_process_began_is_cleared_away_where_it_is_cancelled() {
    let (rig, _hold) = stuck("PUT", "partNumber=2").await;
    rig.file("f", 11 * MIB);
    rig.file("g", 11 * MIB);
    let (first, _ends) = journaled(&rig, |_| {});
    first.add(upload(&rig, "f"));
    first.add(upload(&rig, "g"));
    until(|| first.snapshot().iter().filter(|row| row.parts_done == 2).count() == 2).await;
    first.pause(id_of(&first, "f").unwrap());
    first.leave(BatchState::Open, false).await;
    drop(first);
    assert_eq!(rig.stray_uploads().await, 2);

    // One is paused; the other waits behind a third that holds the only place.
    let (second, ends) = journaled(&rig, |options| options.concurrency = Some(1));
    rig.file("h", 11 * MIB);
    second.add(upload(&rig, "h"));
    until(|| second.snapshot().iter().any(|row| row.state.is_active())).await;
    for batch in second.journal().take_up(BatchState::Open).await.unwrap() {
        let plan = batch.order.plan(|_| unreachable!("nothing is downloaded"));
        second.take_up(batch.id, plan);
    }
    until(|| second.snapshot().len() == 3).await;
    for name in ["f", "g", "h"] {
        second.cancel(id_of(&second, name).unwrap());
    }
    second.idle().await;
    assert_eq!(drain(ends).len(), 3);
    assert_eq!(rig.stray_uploads().await, 0);
    for batch in all_noted(&second, &rig).await {
        assert_eq!(batch.state, BatchState::Over);
        assert!(batch.transfers.iter().all(|one| one.state == "failed"), "{batch:?}");
    }
}
