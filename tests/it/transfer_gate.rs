//! Outages and expired sessions: the whole queue waits, and goes on by itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use lakehand::model::transfer::{Proof, TransferState};
use lakehand::model::trouble::{Kind, Trouble};
use lakehand::transfer::{Engine, Plan, Upload, UploadHow};

use crate::transfer_rig::{Fault, MIB, Rig, drain, failure, is, uri};

fn upload(rig: &Rig, name: &str) -> Plan {
    let how = UploadHow { part_size: Some(5 * MIB as u64), ..UploadHow::default() };
    Plan::Upload(Upload { how, ..Upload::new(vec![rig.path(name)], uri("in/")) })
}

/// A lake that is away, from the third part on, until it is told otherwise.
struct Away {
    rig: Rig,
    away: Arc<AtomicBool>,
    /// Requests that came meanwhile: looks whether it is back, and others.
    looks: Arc<AtomicUsize>,
    others: Arc<AtomicUsize>,
}

impl Away {
    async fn new(fault: fn(bool) -> Fault) -> Self {
        let (away, parts) = (Arc::new(AtomicBool::new(false)), AtomicUsize::new(0));
        let (looks, others) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
        let (gone, looked, other) = (away.clone(), looks.clone(), others.clone());
        let rig = Rig::faulty(move |request| {
            if is(request, "PUT", "partNumber") && parts.fetch_add(1, SeqCst) == 2 {
                gone.store(true, SeqCst);
            }
            if !gone.load(SeqCst) {
                return Fault::None;
            }
            match is(request, "GET", "list-type=2") {
                true => looked.fetch_add(1, SeqCst),
                false => other.fetch_add(1, SeqCst),
            };
            fault(request.method() == "HEAD")
        })
        .await;
        rig.file("big", 26 * MIB);
        rig.file("small", 1000);
        Self { rig, away, looks, others }
    }

    /// Waits until so many more looks were taken.
    async fn looked(&self, more: usize) {
        let wanted = self.looks.load(SeqCst) + more;
        while self.looks.load(SeqCst) < wanted {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

async fn held(engine: &Engine) -> Trouble {
    loop {
        if let Some(why) = engine.held() {
            return why;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// 400 with a name, and without one where the answer has no body.
fn expired(bodiless: bool) -> Fault {
    Fault::Answer(400, if bodiless { "" } else { "ExpiredToken" })
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_session_holds_the_whole_queue_and_counts_no_try() {
    let away = Away::new(expired).await;
    let (engine, ends) = away.rig.engine_with(|options| {
        options.patience.tries = 1;
        options.concurrency = Some(3);
    });
    engine.add(upload(&away.rig, "big"));
    let why = held(&engine).await;
    assert_eq!(why.kind, Kind::Expired);
    assert!(why.to_string().contains("run: aws sso login --profile"), "{why}");
    // What was under way has had its answer, and what is added now is not even begun.
    away.looked(3).await;
    let others = away.others.load(SeqCst);
    engine.add(upload(&away.rig, "small"));
    away.looked(5).await;
    assert_eq!(away.others.load(SeqCst), others, "nothing but looks");
    let rows = engine.snapshot();
    assert!(rows.iter().all(|row| row.state.is_active()), "{rows:?}");
    let said = rows[0].retrying.clone().expect("it says why it waits");
    assert!(said.contains("the session has expired"), "{said}");

    away.away.store(false, SeqCst);
    engine.idle().await;
    assert_eq!(engine.held(), None);
    let ends = drain(ends);
    assert_eq!(ends.len(), 2);
    for end in ends {
        assert_eq!(end.state, TransferState::Done(Proof::Crc64Nvme), "{end:?}");
        let name = end.local.file_name().unwrap().to_str().unwrap();
        let there = away.rig.read(&format!("in/{name}")).await;
        assert!(there == std::fs::read(&end.local).unwrap());
    }
    assert_eq!(away.rig.stray_uploads().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_is_down_is_waited_for() {
    let away = Away::new(|_| Fault::Reset).await;
    let (engine, ends) = away.rig.engine_with(|options| options.patience.tries = 2);
    engine.add(upload(&away.rig, "big"));
    let why = held(&engine).await;
    assert_eq!(why.kind, Kind::Unreachable);
    // More looks, each of them three tries of the SDK, than there are tries.
    away.looked(9).await;
    away.away.store(false, SeqCst);
    engine.idle().await;
    assert_eq!(drain(ends)[0].state, TransferState::Done(Proof::Crc64Nvme));
    assert!(away.rig.read("in/big").await == std::fs::read(away.rig.path("big")).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_cannot_be_resolved_is_waited_for_once_it_has_worked() {
    let away = Away::new(|_| Fault::Nameless).await;
    let (engine, ends) = away.rig.engine_with(|options| options.patience.tries = 2);
    engine.add(upload(&away.rig, "big"));
    let why = held(&engine).await;
    assert_eq!(why.kind, Kind::Unreachable);
    assert!(why.why.contains("cannot be found: no such host"), "{why}");
    away.looked(3).await;
    away.away.store(false, SeqCst);
    engine.idle().await;
    assert_eq!(drain(ends)[0].state, TransferState::Done(Proof::Crc64Nvme));
    assert!(away.rig.read("in/big").await == std::fs::read(away.rig.path("big")).unwrap());

    let rig = Rig::faulty(|request| match request.uri().contains("/in/") {
        true => Fault::Nameless,
        false => Fault::None,
    })
    .await;
    let said = failure(&rig.put_one(&rig.file("f", 1000), UploadHow::default()).await);
    assert!(said.contains("cannot be found: no such host"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_never_worked_is_not_waited_for() {
    let rig = Rig::faulty(|request| match request.uri().contains("/in/") {
        true => expired(request.method() == "HEAD"),
        false => Fault::None,
    })
    .await;
    let said = failure(&rig.put_one(&rig.file("f", 1000), UploadHow::default()).await);
    assert!(said.contains("the session has expired (run: aws sso login"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_without_end_fails_with_its_reason_and_keeps_what_arrived() {
    let away = Away::new(expired).await;
    let (engine, mut ends) = away.rig.engine_with(|options| {
        options.patience.tries = 1;
        options.patience.outage = Duration::ZERO;
        // The first two parts have arrived before the third meets it.
        options.concurrency = Some(1);
    });
    engine.add(upload(&away.rig, "big"));
    engine.idle().await;
    let end = ends.recv().await.unwrap();
    assert!(failure(&end).contains("the session has expired"), "{end:?}");
    away.away.store(false, SeqCst);
    engine.retry(end.id);
    let end = ends.recv().await.unwrap();
    assert_eq!(end.state, TransferState::Done(Proof::Crc64Nvme));
    assert!(end.landed.unwrap().parts_reused > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_can_be_cancelled_and_the_others_go_on_looking() {
    let away = Away::new(expired).await;
    let (engine, ends) = away.rig.engine_with(|options| options.patience.tries = 1);
    engine.add(upload(&away.rig, "big"));
    held(&engine).await;
    engine.add(upload(&away.rig, "small"));
    away.looked(2).await;
    let rows = engine.snapshot();
    let big = rows.iter().find(|row| row.name == "big").unwrap().id;
    engine.cancel(big);
    // Its end does not wait for the session, so its upload stays, and it says so.
    while engine.totals().active > 1 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    away.looked(2).await;
    away.away.store(false, SeqCst);
    engine.idle().await;
    let ends = drain(ends);
    assert!(failure(&ends[0]).contains("its parts stay in the bucket"), "{ends:?}");
    assert_eq!(ends[1].state, TransferState::Done(Proof::Crc64Nvme));
}
