//! Keys that no file system would hold: listed, looked at and deleted by the screen and by `ls`,
//! in the local lake and in a store that nobody here wrote.

use std::collections::BTreeSet;

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use lakehand::lake::witness::nobody;
use lakehand::lake::{Lake, PutWith, Seam, connector};
use lakehand::listing::{Gait, walk};
use lakehand::local::LocalLake;
use lakehand::model::mode::Mode;
use lakehand::model::settings::{Place, Settings};
use lakehand::model::uri::S3Uri;

use crate::listing::awkward;
use crate::process::{Ended, Home};
use crate::support::weed::Weed;
use crate::workbench::Bench;

const BUCKET: &str = "awkward";

/// Puts those that are wanted, and tells which are there then: stores differ in what they take.
async fn put_all(lake: &Lake, wanted: fn(&str) -> bool) -> BTreeSet<String> {
    lake.create_bucket(BUCKET).await.unwrap();
    let more = ["a b/ c+d", "e\u{301}/x", "\u{e9}/x", "/lead", "ctl\u{1}\u{7f}/\t\r\n", "%2F/%"];
    for key in awkward().into_iter().chain(more.map(ToOwned::to_owned)) {
        if !wanted(&key) {
            continue;
        }
        let size = format!("{} bytes", key.len());
        let uri = S3Uri::new(BUCKET, &key);
        if let Err(trouble) = lake.put_bytes(&uri, size.into(), &PutWith::default()).await {
            println!("{key:?} is not taken: {trouble}");
        }
    }
    listed(lake).await
}

async fn listed(lake: &Lake) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    let mut walk = walk(lake, S3Uri::new(BUCKET, ""), Gait { page: 1000, widest: 1 });
    while let Some(some) = walk.next().await {
        keys.extend(some.unwrap().names().iter().map(ToOwned::to_owned));
    }
    keys
}

/// The lines of a level: folders, then objects, both in byte order.
fn level(keys: &BTreeSet<String>, prefix: &str) -> Vec<String> {
    let below = keys.iter().filter_map(|key| key.strip_prefix(prefix));
    let fold = |tail: &str| tail.split_inclusive('/').next().unwrap_or_default().to_owned();
    let items: BTreeSet<String> = below.map(fold).collect();
    let (folders, objects): (Vec<_>, Vec<_>) =
        items.into_iter().partition(|item| item.ends_with('/'));
    folders.into_iter().chain(objects).collect()
}

/// From the bucket down to the key, by the cursor alone.
async fn walk_to(bench: &mut Bench, keys: &BTreeSet<String>, key: &str) {
    bench.press("f ctrl-u");
    bench.paste(&format!("s3://{BUCKET}/"));
    bench.press("enter");
    bench.settle().await;
    let mut prefix = String::new();
    loop {
        let lines = level(keys, &prefix);
        let tail = key[prefix.len()..].split_inclusive('/').next().unwrap_or_default();
        let line = lines.iter().position(|line| line == tail).unwrap();
        bench.press("g g");
        (0..line).for_each(|_| bench.press("down"));
        prefix.push_str(tail);
        if !tail.ends_with('/') {
            return;
        }
        bench.press("enter");
        bench.settle().await;
    }
}

/// Goes to a key and sees its details: it is the one that was meant, by its size.
async fn look_at(bench: &mut Bench, keys: &BTreeSet<String>, key: &str) {
    walk_to(bench, keys, key).await;
    bench.press("i");
    bench.settle().await;
    let size = format!(" {} B ", format!("{} bytes", key.len()).len());
    assert!(bench.screen().contains(&size), "{key:?}\n{}", bench.screen());
    bench.press("i");
}

/// Looks at each, and deletes it and nothing else.
async fn look_at_and_delete(bench: &mut Bench, mut keys: BTreeSet<String>) {
    while let Some(key) = keys.iter().nth(keys.len() / 2).cloned() {
        look_at(bench, &keys, &key).await;
        bench.press("D");
        bench.until("Delete?").await;
        bench.press("y");
        bench.until("Deleted 1 object").await;
        bench.settle().await;
        // The word of the last time may still be there.
        while listed(&bench.lake).await.contains(&key) {
            bench.hear().await;
        }
        bench.settle().await;
        keys.remove(&key);
        assert_eq!(listed(&bench.lake).await, keys, "after {key:?}");
    }
}

fn printed(ended: &Ended) -> BTreeSet<String> {
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let line = |line| {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let name = line.get("key").or(line.get("prefix")).unwrap();
        name.as_str().unwrap().to_owned()
    };
    ended.stdout.lines().map(line).collect()
}

/// Every level by `ls`, from the bucket down.
fn ls_all(ls: &dyn Fn(&[&str]) -> Ended, keys: &BTreeSet<String>) {
    let uri = format!("s3://{BUCKET}/");
    assert_eq!(&printed(&ls(&["ls", "-r", "--json", &uri])), keys);
    let mut prefixes = vec![String::new()];
    while let Some(prefix) = prefixes.pop() {
        let told = printed(&ls(&["ls", "--json", &format!("{uri}{prefix}")]));
        let wanted: BTreeSet<String> =
            level(keys, &prefix).iter().map(|tail| format!("{prefix}{tail}")).collect();
        assert_eq!(told, wanted, "below {prefix:?}");
        prefixes.extend(wanted.into_iter().filter(|name| name.ends_with('/') && *name != prefix));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_local_lake_keeps_them_apart() {
    let (dir, home) = (tempfile::tempdir().unwrap(), Home::new());
    let folder = dir.path().join("lake");
    let local = LocalLake::open(&folder).unwrap();
    let (access_key, secret_key) = local.sign_as(None).unwrap();
    let seam = Seam { http: local.connector(), access_key, secret_key };
    let place = Place::Local(folder.clone());
    let settings = Settings { place, mode: Mode::Admin, ..Settings::aws("test") };
    let lake = Lake::open(settings, Some(seam), nobody());
    let keys = put_all(&lake, |_| true).await;
    assert!(keys.len() >= 20, "{keys:?}");
    let folder = folder.to_str().unwrap().to_owned();
    ls_all(
        &|args| Ended::of(home.command(&[&["--local", &folder], args].concat()).output().unwrap()),
        &keys,
    );
    let mut bench = Bench::over(lake, dir, |lake| lake);
    bench.until(BUCKET).await;
    look_at_and_delete(&mut bench, keys).await;
    bench.crew.dismiss().await;
}

/// Sends what a seam is given to a server that listens.
#[derive(Debug)]
struct There {
    inner: SharedHttpConnector,
    url: String,
}

impl HttpConnector for There {
    fn call(&self, mut request: HttpRequest) -> HttpConnectorFuture {
        let uri: http::Uri = request.uri().parse().expect("a URI");
        // It was signed for this host.
        let host = uri.host().expect("a host").to_owned();
        request.headers_mut().insert("host", host);
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        request.set_uri(format!("{}{path}", self.url)).expect("a URI");
        self.inner.call(request)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn seaweedfs_keeps_apart_what_it_takes() {
    let (weed, home) = (Weed::start(), Home::new());
    let there = There { inner: connector().unwrap(), url: weed.url().to_owned() };
    let seam = Seam {
        http: SharedHttpConnector::new(there),
        access_key: "local".into(),
        secret_key: "local".into(),
    };
    let settings = Settings { mode: Mode::Admin, ..Settings::aws("test") };
    let lake = Lake::open(settings, Some(seam), nobody());
    // Its own XML has no place for these.
    let sayable = |key: &str| {
        !key.contains(
            |c: char| matches!(c, '\0'..='\x08' | '\x0b' | '\x0c' | '\x0e'..='\x1f' | '\u{fffe}'),
        )
    };
    let keys = put_all(&lake, sayable).await;
    assert!(keys.len() >= 10, "{keys:?}");
    ls_all(&|args| weed.lakehand(&home, args), &keys);
    let mut bench = Bench::over(lake, tempfile::tempdir().unwrap(), |lake| lake);
    bench.until(BUCKET).await;
    for key in &keys {
        look_at(&mut bench, &keys, key).await;
    }
    bench.crew.dismiss().await;
}
