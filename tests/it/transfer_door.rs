//! Where other processes ask for a queue, from inside the process that is asked.

use std::thread;

use lakehand::transfer::handover::{self, Door};
use lakehand::transfer::{BatchId, Journal, Plan, Upload};
use tokio::runtime::Builder;

use crate::transfer_rig::{Fault, MIB, Rig, is, uri};

/// On one thread, whoever waits for the end of the queue is woken before the answer is written:
/// as it may happen on many. The end of the runtime stands for that of the process.
#[test]
fn who_has_asked_is_answered_before_the_process_ends() {
    let runtime = || Builder::new_current_thread().enable_all().event_interval(1).build().unwrap();
    let process = runtime();
    let (_rig, asked) = process.block_on(async {
        let rig = Rig::faulty(|request| match is(request, "PUT", "partNumber") {
            true => Fault::Stall,
            false => Fault::None,
        })
        .await;
        let journal = Journal::open(&rig.dir.path().join("data"), rig.lake.settings()).unwrap();
        let (engine, _ends) = rig.engine_with(|options| options.journal = Some(journal));
        let (door, trouble) = Door::open(&engine);
        assert_eq!(trouble, None);
        engine.add(Plan::Upload(Upload::new(vec![rig.file("big", 40 * MIB)], uri("in/"))));
        while rig.stray_uploads().await == 0 {
            tokio::task::yield_now().await;
        }
        let socket = engine.journal().socket().unwrap();
        let ask = async move { handover::cancel(&socket, BatchId(1)).await };
        let asked = thread::spawn(move || runtime().block_on(ask));
        assert!(!door.idle().await);
        (rig, asked)
    });
    drop(process);
    assert!(asked.join().unwrap().is_ok());
}
