//! `put` and `get` against an S3 that nobody here wrote.

use std::fs;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use bytes::Bytes;
use lakehand::lake::witness::nobody;
use lakehand::lake::{Lake, PutWith, Seam, connector};
use lakehand::model::settings::Settings;
use lakehand::model::transfer::TransferState;
use lakehand::model::uri::S3Uri;
use lakehand::transfer::{Copy, CopyHow, Copying, Engine, Options, Plan};
use serde_json::Value;
use tokio::sync::mpsc;

use crate::process::Home;
use crate::support::weed::Weed;
use crate::transfer_rig::noise;

fn make_bucket(weed: &Weed, name: &str) {
    let made = Command::new(crate::support::outside::bin("aws"))
        .args(["--endpoint-url", weed.url(), "s3api", "create-bucket", "--bucket", name])
        .env("AWS_ACCESS_KEY_ID", "local")
        .env("AWS_SECRET_ACCESS_KEY", "local")
        .env("AWS_REGION", "us-east-1")
        .stdout(Stdio::null())
        .status()
        .expect("aws runs");
    assert!(made.success());
}

#[test]
fn seaweedfs_takes_and_gives_back_what_is_proven() {
    let (home, weed) = (Home::new(), Weed::start());
    make_bucket(&weed, "outside");
    fs::create_dir_all(home.path().join("d/a")).unwrap();
    for (name, size) in [("a/small", 100), ("empty", 0), ("large", 17 << 20)] {
        fs::write(home.path().join("d").join(name), noise(size, 3)).unwrap();
    }
    let put = ["put", "-r", "--json", "--part-size", "5MiB", "d", "s3://outside/P/"];
    for status in ["done", "skipped"] {
        let ended = weed.lakehand(&home, &put);
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        let objects: Vec<Value> =
            ended.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(objects.len(), 4);
        for object in &objects[..3] {
            assert_eq!((&object["status"], &object["verified"]), (&status.into(), &true.into()));
            if status == "done" {
                assert_eq!(object["bytes_sent"], object["bytes"], "it takes checksums behind");
            }
        }
        let manifest = objects[3]["manifest"].as_str().unwrap();
        let ended = weed.lakehand(&home, &["put", "--verify-only", manifest]);
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        assert!(ended.stderr.contains("3 verified: "), "{}", ended.stderr);
    }
    let list = weed.lakehand(&home, &["ls", "-r", "s3://outside/"]);
    assert_eq!(list.stdout.lines().count(), 3, "{}", list.stdout);

    fs::write(home.path().join("d/a/small"), "other").unwrap();
    let ended = weed.lakehand(&home, &["put", "d/a/small", "s3://outside/P/a/"]);
    assert_eq!(ended.code, 1);
    assert!(ended.complaint().contains("--overwrite"), "{}", ended.stderr);

    let ended = weed.lakehand(&home, &["get", "-r", "s3://outside/P/", "back"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    for (name, size) in [("a/small", 100), ("empty", 0), ("large", 17 << 20)] {
        assert!(fs::read(home.path().join("back").join(name)).unwrap() == noise(size, 3), "{name}");
    }
}

#[test]
fn seaweedfs_is_walked_in_the_order_in_which_it_lists() {
    let (home, weed) = (Home::new(), Weed::start());
    make_bucket(&weed, "many");
    for folder in ["run-1", "run-10", "run 2", "run+3", "été", "e\u{301}te\u{301}", "a%2Fb", "Z"]
    {
        let folder = home.path().join("d").join(folder);
        fs::create_dir_all(&folder).unwrap();
        for number in 0..320 {
            fs::write(folder.join(format!("part-{number:x}&<\"'>.csv")), b"1").unwrap();
        }
    }
    for number in 0..100 {
        fs::write(home.path().join("d").join(format!("top{number}")), b"1").unwrap();
    }
    let ended = weed.lakehand(&home, &["put", "-r", "d", "s3://many/"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let ended = weed.lakehand(&home, &["ls", "-r", "--json", "s3://many/"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let key = |line: &str| {
        let object: Value = serde_json::from_str(line).unwrap();
        object["key"].as_str().unwrap().to_owned()
    };
    let walked: Vec<String> = ended.stdout.lines().map(key).collect();
    assert_eq!(walked.len(), 8 * 320 + 100);
    // Page after page, by another client.
    let listed = Command::new(crate::support::outside::bin("aws"))
        .args(["--endpoint-url", weed.url(), "--output", "json", "s3api", "list-objects-v2"])
        .args(["--bucket", "many", "--query", "Contents[].Key"])
        .env("AWS_ACCESS_KEY_ID", "local")
        .env("AWS_SECRET_ACCESS_KEY", "local")
        .env("AWS_REGION", "us-east-1")
        .output()
        .expect("aws runs");
    let listed: Vec<String> = serde_json::from_slice(&listed.stdout).unwrap();
    assert_eq!(walked, listed);
}

/// Brings requests that are addressed to a lake inside the program to SeaweedFS, as they were
/// signed, and counts the parts that are copied.
#[derive(Debug, Clone)]
struct Detour {
    inner: SharedHttpConnector,
    url: String,
    parts: Arc<AtomicUsize>,
}

impl HttpConnector for Detour {
    fn call(&self, mut request: HttpRequest) -> HttpConnectorFuture {
        if request.headers().get("x-amz-copy-source-range").is_some() {
            self.parts.fetch_add(1, Ordering::SeqCst);
        }
        let uri: http::Uri = request.uri().parse().expect("a URI");
        let host = uri.authority().map_or("", |authority| authority.as_str()).to_owned();
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        request.set_uri(format!("{}{path}", self.url)).expect("a URI");
        request.headers_mut().insert("host", host);
        self.inner.call(request)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn seaweedfs_copies_a_large_object_in_parts() {
    const MIB: u64 = 1 << 20;
    let weed = Weed::start();
    make_bucket(&weed, "outside");
    let parts = Arc::new(AtomicUsize::new(0));
    let detour = Detour {
        inner: connector().unwrap(),
        url: weed.url().trim_end_matches('/').to_owned(),
        parts: parts.clone(),
    };
    let http = SharedHttpConnector::new(detour);
    let seam = Seam { http, access_key: "local".into(), secret_key: "local".into() };
    let lake = Lake::open(Settings::aws("weed"), Some(seam), nobody());
    let (from, to) = (S3Uri::new("outside", "in/large"), S3Uri::new("outside", "out/large"));
    let bytes = noise(21 << 20, 9);
    lake.put_bytes(&from, Bytes::from(bytes.clone()), &PutWith::default()).await.unwrap();

    let (finished, mut ends) = mpsc::channel(10);
    // As of more than 5 GiB, at a size that a test can afford.
    let copying = Copying { whole: 6 * MIB, part_size: 5 * MIB };
    let options = Options { finished: Some(finished), copying, ..Options::default() };
    let engine = Engine::start(lake.clone(), options).unwrap();
    let how = CopyHow::default();
    engine.add(Plan::Copy(Copy { sources: vec![from], to: to.clone(), recursive: true, how }));
    let end = ends.recv().await.unwrap();
    assert!(matches!(end.state, TransferState::Done(_)), "{:?}", end.state);
    assert_eq!(parts.load(Ordering::SeqCst), 5);
    assert!(lake.get(&to, None).await.unwrap().collect().await.unwrap() == bytes);
}
