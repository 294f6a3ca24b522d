//! The Transfers pane on a real local lake: keys go in, the screen and the buckets are looked at.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use crc_fast::CrcAlgorithm;
use lakehand::lake::PutWith;
use lakehand::lake::body::{Meter, Slice};
use lakehand::lake::parts::{Begun, Check};
use lakehand::model::uri::S3Uri;

use crate::workbench::Bench;

async fn begin(bench: &Bench, key: &str) -> Begun {
    let uri = S3Uri::new("bench-source", key);
    bench.lake.begin_upload(&uri, &PutWith::default()).await.unwrap()
}

async fn unfinished(bench: &Bench) -> Vec<String> {
    let page = bench.lake.strays("bench-source", None).await.unwrap();
    page.uploads.into_iter().map(|upload| upload.key).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn strays_are_found_and_those_that_are_marked_aborted() {
    let mut bench = Bench::open().await;
    for key in ["in/a.bam", "in/b\u{202e}mab.exe", "in/c.bam"] {
        begin(&bench, key).await;
    }
    bench.press("2 s");
    bench.until("3 unfinished uploads, 0 B").await;
    bench.until("in/b<U+202E>mab.exe").await;
    bench.press("j space space x");
    bench.until("Type 2 to abort").await;
    bench.press("enter");
    assert_eq!(unfinished(&bench).await.len(), 3, "no is the default");
    bench.press("x 2 enter");
    bench.until("Aborted 2 uploads").await;
    assert_eq!(unfinished(&bench).await, ["in/c.bam"]);
    bench.until("1 unfinished upload, 0 B").await;
    bench.press("esc");
    bench.until("The queue is empty").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_queue_is_sending_is_no_stray() {
    let mut bench = Bench::open().await;
    let file = bench.dir.path().join("live.bam");
    std::fs::File::create(&file).unwrap().set_len(40 << 20).unwrap();
    bench.press("2 L");
    bench.paste("64KiB");
    bench.press("enter");
    bench.until("limit 64.0 KiB/s").await;
    bench.press("1 enter u");
    bench.paste(file.to_str().unwrap());
    bench.press("enter");
    bench.until("Uploading 1 file").await;
    bench.press("2");
    bench.until("0 of 3 parts there").await;
    assert_eq!(unfinished(&bench).await, ["live.bam"]);
    begin(&bench, "other.bam").await;
    bench.press("s");
    bench.until("1 unfinished upload, 0 B").await;
    assert!(!bench.screen().contains("live.bam"), "{}", bench.screen());
    bench.press("s x y");
    bench.until("1 cancelled").await;
    assert_eq!(unfinished(&bench).await, ["other.bam"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stray_goes_on_from_its_file() {
    let mut bench = Bench::open().await;
    let content: Vec<u8> = (0..12 << 20).map(|at: u32| (at % 251) as u8).collect();
    let file = bench.dir.path().join("genome.bam");
    std::fs::write(&file, &content).unwrap();
    let begun = begin(&bench, "in/genome.bam").await;
    let slice = Slice::Held(bytes::Bytes::copy_from_slice(&content[..5 << 20]));
    let sum = crc_fast::checksum(CrcAlgorithm::Crc64Nvme, &content[..5 << 20]).to_be_bytes();
    let check = Check::Crc64Nvme(BASE64.encode(sum));
    bench.lake.send_part(&begun, 1, &slice, &check, std::sync::Arc::new(Free)).await.unwrap();
    bench.press("2 s");
    bench.until("1 unfinished upload, 5.0 MiB").await;
    bench.press("j a");
    bench.paste(file.to_str().unwrap());
    bench.press("enter");
    bench.until("There is no unfinished upload").await;
    bench.press("s");
    bench.until("done, crc64nvme compared").await;
    bench.press("i");
    bench.until("1 part").await;
    let uri = S3Uri::new("bench-source", "in/genome.bam");
    let mut body = bench.lake.get(&uri, None).await.unwrap();
    let mut there = Vec::new();
    while let Some(chunk) = body.chunk().await.unwrap() {
        there.extend_from_slice(&chunk);
    }
    assert!(there == content);
    assert_eq!(unfinished(&bench).await, Vec::<String>::new());
}

/// A meter that lets everything pass.
struct Free;

impl Meter for Free {
    fn begin(&self) {}
    fn quantum(&self) -> usize {
        256 << 10
    }
    fn reserve(&self, _bytes: usize) -> std::time::Duration {
        std::time::Duration::ZERO
    }
    fn sent(&self, _bytes: usize) {}
}
