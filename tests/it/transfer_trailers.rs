//! Where the checksum of a part goes: behind its bytes, or in front of them where the store does
//! not take it there.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use lakehand::model::transfer::{Proof, TransferState};
use lakehand::transfer::{Plan, Upload, UploadHow};

use crate::transfer_rig::{Fault, MIB, Rig, drain, failure, first, is, uri};

const SUM: &str = "x-amz-checksum-crc64nvme";

fn parts_of_5_mib() -> UploadHow {
    UploadHow { part_size: Some(5 * MIB as u64), ..UploadHow::default() }
}

fn is_part(request: &HttpRequest) -> bool {
    is(request, "PUT", "partNumber")
}

fn is_behind(request: &HttpRequest) -> bool {
    is_part(request) && request.headers().get("x-amz-trailer") == Some(SUM)
}

fn is_in_front(request: &HttpRequest) -> bool {
    is_part(request) && request.headers().get(SUM).is_some()
}

/// How many requests were of a kind.
#[derive(Clone, Default)]
struct Count(Arc<AtomicUsize>);

impl Count {
    fn one_if(&self, is: bool) {
        self.0.fetch_add(usize::from(is), Ordering::SeqCst);
    }

    fn get(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

/// Uploads two files of three parts, one after the other.
async fn put_one_and_two(rig: &Rig) -> Vec<TransferState> {
    let (engine, ends) = rig.engine();
    for name in ["one", "two"] {
        let from = vec![rig.file(name, 11 * MIB)];
        let plan = Upload { how: parts_of_5_mib(), ..Upload::new(from, uri("in/")) };
        engine.add(Plan::Upload(plan));
        engine.idle().await;
    }
    drain(ends).into_iter().map(|end| end.state).collect()
}

/// Uploads both to a store that answers `fault` to parts with their checksum behind, and gives
/// how many parts had it behind and in front.
async fn where_it_goes(fault: fn() -> Fault) -> (usize, usize) {
    let (behind, in_front) = (Count::default(), Count::default());
    let seen = (behind.clone(), in_front.clone());
    let rig = Rig::faulty(move |request| {
        seen.0.one_if(is_behind(request));
        seen.1.one_if(is_in_front(request));
        if is_behind(request) { fault() } else { Fault::None }
    })
    .await;
    for state in put_one_and_two(&rig).await {
        assert_eq!(state, TransferState::Done(Proof::Crc64Nvme));
    }
    for name in ["one", "two"] {
        let key = format!("in/{name}");
        assert!(rig.read(&key).await == fs::read(rig.path(name)).unwrap(), "{name} is another");
    }
    assert_eq!(rig.stray_uploads().await, 0);
    (behind.get(), in_front.get())
}

#[tokio::test(flavor = "multi_thread")]
async fn it_goes_behind_the_bytes() {
    assert_eq!(where_it_goes(|| Fault::None).await, (6, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn it_goes_in_front_where_a_store_does_not_take_it_behind() {
    let stores: [fn() -> Fault; 10] = [
        || Fault::Answer(501, "NotImplemented"),
        || Fault::Answer(411, "MissingContentLength"),
        || Fault::Answer(400, "InvalidRequest"),
        || Fault::Answer(400, "XAmzContentSHA256Mismatch"),
        || Fault::Answer(400, "BadRequest"),
        || Fault::Answer(403, "SignatureDoesNotMatch"),
        || Fault::Answer(500, "InternalError"),
        // It summed up the frames.
        || Fault::Answer(400, "BadDigest"),
        // It took the frames for content, or did not look at the checksum.
        || Fault::Headers(&[(SUM, Some("AAAAAAAAAAA="))]),
        || Fault::Headers(&[(SUM, None)]),
    ];
    for (nth, store) in stores.into_iter().enumerate() {
        let (behind, in_front) = where_it_goes(store).await;
        // The parts that were on their way when the first was refused, none of them twice, and
        // none of the second file's.
        assert!((1..=3).contains(&behind), "{nth}: {behind} behind");
        assert_eq!(in_front, 6, "{nth}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_hangs_up_over_it_gets_every_part_in_front() {
    let (behind, in_front) = where_it_goes(|| Fault::Reset).await;
    assert_eq!((behind, in_front), (6, 6), "the line may have been why");
}

/// Uploads both, the second with faults.
async fn once_taken(fault: fn() -> Fault) -> (Vec<TransferState>, usize, usize) {
    let (second, behind, in_front) = (first(2), Count::default(), Count::default());
    let seen = (behind.clone(), in_front.clone());
    let rig = Rig::faulty(move |request| {
        seen.0.one_if(is_behind(request));
        seen.1.one_if(is_in_front(request));
        match is_behind(request) && request.uri().contains("/in/two") && second() {
            true => fault(),
            false => Fault::None,
        }
    })
    .await;
    let states = put_one_and_two(&rig).await;
    (states, behind.get(), in_front.get())
}

#[tokio::test(flavor = "multi_thread")]
async fn once_a_part_was_taken_so_its_place_is_never_why() {
    let done = TransferState::Done(Proof::Crc64Nvme);
    let damaged = once_taken(|| Fault::Answer(400, "BadDigest")).await;
    assert_eq!(damaged, (vec![done.clone(), done.clone()], 8, 0));
    let other = once_taken(|| Fault::Headers(&[(SUM, Some("AAAAAAAAAAA="))])).await;
    assert_eq!(other, (vec![done.clone(), done.clone()], 8, 0));
    let (states, _, in_front) = once_taken(|| Fault::Answer(400, "InvalidRequest")).await;
    assert_eq!((&states[0], in_front), (&done, 0));
    assert!(matches!(states[1], TransferState::Failed(_)), "{states:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_write_fails() {
    let rig = Rig::faulty(move |request| match is_part(request) {
        true => Fault::Answer(403, "AccessDenied"),
        false => Fault::None,
    })
    .await;
    let end = rig.put_one(&rig.file("f", 11 * MIB), parts_of_5_mib()).await;
    assert!(failure(&end).contains("AccessDenied"), "{}", failure(&end));
}

/// The client's own way, which sets the clock right, makes trailers of its own.
#[tokio::test(flavor = "multi_thread")]
async fn the_client_sends_it_behind_the_bytes_as_well() {
    let (late, by_client, in_front) = (first(1), Count::default(), Count::default());
    let seen = (by_client.clone(), in_front.clone());
    let rig = Rig::faulty(move |request| {
        let signed = request.headers().get("x-amz-content-sha256").unwrap_or_default();
        seen.0.one_if(is_behind(request) && signed == "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER");
        seen.1.one_if(is_in_front(request));
        match is_behind(request) && late() {
            true => Fault::Answer(403, "RequestTimeTooSkewed"),
            false => Fault::None,
        }
    })
    .await;
    let path = rig.file("f", 11 * MIB);
    let end = rig.put_one(&path, parts_of_5_mib()).await;
    assert_eq!(end.state, TransferState::Done(Proof::Crc64Nvme));
    assert_eq!((by_client.get(), in_front.get()), (1, 0));
    assert!(rig.read("in/f").await == fs::read(&path).unwrap());
}
