//! Walks over every key below a prefix, against a scripted store with small pages.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use lakehand::lake::witness::nobody;
use lakehand::lake::{Lake, Seam};
use lakehand::listing::{Gait, Item, Level, Measure, Walk, level, sweep, walk};
use lakehand::model::settings::Settings;
use lakehand::model::trouble::{Kind, Trouble};
use lakehand::model::uri::S3Uri;
use proptest::prelude::*;

use crate::local_lake::Fixture;

/// A request as the store reads it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Asked {
    prefix: String,
    delimiter: Option<String>,
    after: Option<String>,
    token: Option<String>,
    max: usize,
}

/// Whether a store plays along.
type Temper = dyn Fn(usize, &Asked) -> Option<(u16, &'static str)> + Send + Sync;

/// Answers ListObjectsV2 over keys in memory.
#[derive(Clone)]
struct Shelf {
    /// In the order in which it lists them.
    keys: Arc<Vec<String>>,
    sorted: bool,
    temper: Arc<Temper>,
    delay: Duration,
    asked: Arc<Mutex<Vec<Asked>>>,
    under_way: Arc<AtomicUsize>,
    at_once: Arc<AtomicUsize>,
    /// Names a folder again behind itself, since what is in it lies there.
    again: bool,
}

impl std::fmt::Debug for Shelf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shelf")
    }
}

impl Shelf {
    fn new(keys: impl IntoIterator<Item = String>) -> Self {
        let sorted: BTreeSet<String> = keys.into_iter().collect();
        Self { sorted: true, ..Self::listing_as(sorted.into_iter().collect()) }
    }

    fn listing_as(keys: Vec<String>) -> Self {
        Self {
            keys: Arc::new(keys),
            sorted: false,
            temper: Arc::new(|_, _| None),
            delay: Duration::ZERO,
            asked: Arc::default(),
            under_way: Arc::default(),
            at_once: Arc::default(),
            again: false,
        }
    }

    fn with(
        mut self,
        temper: impl Fn(usize, &Asked) -> Option<(u16, &'static str)> + Send + Sync + 'static,
    ) -> Self {
        self.temper = Arc::new(temper);
        self
    }

    fn lake(&self) -> Lake {
        let http = SharedHttpConnector::new(self.clone());
        let seam = Seam { http, access_key: "key".into(), secret_key: "secret".into() };
        Lake::open(Settings::aws("test"), Some(seam), nobody())
    }

    fn walk(&self, prefix: &str, page: u16, widest: usize) -> Walk {
        walk(&self.lake(), S3Uri::new("b", prefix), Gait { page, widest })
    }

    fn level(&self, prefix: &str, page: u16, widest: usize) -> Level {
        level(&self.lake(), S3Uri::new("b", prefix), Gait { page, widest })
    }

    /// The level below a prefix, folders with a `/` at their ends.
    fn folded(&self, prefix: &str) -> Vec<String> {
        let fold = |key: &String| {
            let end = key[prefix.len()..].find('/').map_or(key.len(), |at| prefix.len() + at + 1);
            key[..end].to_owned()
        };
        let mut items: Vec<String> = self.below(prefix).iter().map(fold).collect();
        items.dedup();
        items
    }

    fn below(&self, prefix: &str) -> Vec<String> {
        self.keys.iter().filter(|key| key.starts_with(prefix)).cloned().collect()
    }

    fn requests(&self) -> usize {
        self.asked.lock().unwrap().len()
    }

    fn answer(&self, asked: &Asked) -> String {
        let start = match (&asked.token, &asked.after) {
            (Some(token), _) => token.parse().unwrap(),
            (None, Some(after)) if self.sorted => self.keys.partition_point(|key| key <= after),
            (None, Some(after)) => {
                self.keys.iter().position(|key| key > after).unwrap_or(self.keys.len())
            }
            (None, None) => 0,
        };
        let mut items: Vec<(String, usize)> = Vec::new();
        let mut more = None;
        for (at, key) in self.keys.iter().enumerate().skip(start) {
            let Some(rest) = key.strip_prefix(&asked.prefix) else { continue };
            let folder = asked.delimiter.as_deref().and_then(|mark| {
                rest.find(mark).map(|end| format!("{}{}", asked.prefix, &rest[..end + mark.len()]))
            });
            let tag = match &folder {
                Some(folder)
                    if !self.again && asked.after.as_ref().is_some_and(|after| folder <= after) =>
                {
                    continue;
                }
                Some(folder) => {
                    format!("<CommonPrefixes><Prefix>{}</Prefix></CommonPrefixes>", encode(folder))
                }
                None => format!("<Contents><Key>{}</Key><Size>{at}</Size></Contents>", encode(key)),
            };
            if items.last().is_some_and(|(last, _)| folder.is_some() && *last == tag) {
                continue;
            }
            if items.len() == asked.max {
                more = Some(at);
                break;
            }
            items.push((tag, at));
        }
        let items: String = items.into_iter().map(|(tag, _)| tag).collect();
        let next = more.map_or(String::new(), |at| {
            format!("<NextContinuationToken>{at}</NextContinuationToken>")
        });
        format!(
            "<ListBucketResult><IsTruncated>{}</IsTruncated>{next}{items}\
             <EncodingType>url</EncodingType></ListBucketResult>",
            more.is_some()
        )
    }
}

fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b' ' => "+".to_owned(),
            b'/' | b'-' | b'.' | b'_' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        match (first, tail) {
            (b'%', [high, low, after @ ..]) => {
                let pair = [*high, *low];
                bytes.push(u8::from_str_radix(std::str::from_utf8(&pair).unwrap(), 16).unwrap());
                rest = after;
            }
            _ => bytes.push(*first),
        }
    }
    String::from_utf8(bytes).unwrap()
}

impl HttpConnector for Shelf {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let uri: http::Uri = request.uri().parse().expect("a URI");
        let mut asked = Asked { max: 1000, ..Asked::default() };
        for pair in uri.query().unwrap_or_default().split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = decode(value);
            match name {
                "prefix" => asked.prefix = value,
                "delimiter" => asked.delimiter = Some(value),
                "start-after" => asked.after = Some(value),
                "continuation-token" => asked.token = Some(value),
                "max-keys" => asked.max = value.parse().expect("a number"),
                _ => {}
            }
        }
        let number = {
            let mut all = self.asked.lock().unwrap();
            all.push(asked.clone());
            all.len() - 1
        };
        let (status, body) = match (self.temper)(number, &asked) {
            None => (200, self.answer(&asked)),
            Some((status, code)) => (status, format!("<Error><Code>{code}</Code></Error>")),
        };
        let (delay, under_way, at_once) =
            (self.delay, self.under_way.clone(), self.at_once.clone());
        HttpConnectorFuture::new(async move {
            at_once.fetch_max(under_way.fetch_add(1, SeqCst) + 1, SeqCst);
            tokio::time::sleep(delay).await;
            under_way.fetch_sub(1, SeqCst);
            let answer = http::Response::builder().status(status).body(SdkBody::from(body));
            Ok(HttpResponse::try_from(answer.expect("an answer")).expect("an answer"))
        })
    }
}

async fn all(mut walk: Walk) -> Result<Vec<String>, Trouble> {
    let mut keys = Vec::new();
    while let Some(page) = walk.next().await {
        keys.extend(page?.names().iter().map(ToOwned::to_owned));
    }
    Ok(keys)
}

async fn items(mut level: Level) -> Result<Vec<String>, Trouble> {
    let mut names = Vec::new();
    while let Some(items) = level.next().await {
        for item in items?.iter() {
            names.push(match item {
                Item::Folder(name) => {
                    assert!(name.ends_with('/'));
                    name.to_owned()
                }
                Item::Object(key) => key.key.to_owned(),
            });
        }
    }
    Ok(names)
}

#[tokio::test]
async fn the_first_of_a_level_is_one_request_and_leaving_ends_the_others() {
    let shelf = Shelf { delay: Duration::from_millis(5), ..Shelf::new(numbered(20_000)) };
    let mut level = shelf.level("data/", 100, 16);
    let first = level.next().await.unwrap().unwrap();
    assert_eq!(first.iter().count(), 100);
    // Whoever looks at it has it before anything else is waited for.
    let asked = shelf.asked.lock().unwrap()[0].clone();
    let wanted =
        Asked { prefix: "data/".into(), delimiter: Some("/".into()), max: 100, ..Asked::default() };
    assert_eq!(asked, wanted);
    level.next().await.unwrap().unwrap();
    drop(level);
    let under_way = shelf.under_way.clone();
    tokio::time::sleep(Duration::from_millis(50)).await;
    let requests = shelf.requests();
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(shelf.requests(), requests, "nobody is there to look");
    assert!(requests < 100, "{requests}");
    drop(under_way);
}

#[tokio::test]
async fn a_long_level_is_read_by_many_at_once_and_its_folders_stay_folders() {
    let files = (0..6_000).map(|n| format!("in/part-{n:06}"));
    let folders = (0..500).flat_map(|n| (0..20).map(move |file| format!("in/run-{n:04}/f{file}")));
    let shelf = Shelf { delay: Duration::from_millis(15), ..Shelf::new(files.chain(folders)) };
    for again in [false, true] {
        let shelf =
            Shelf { again, at_once: Arc::default(), asked: Arc::default(), ..shelf.clone() };
        let told = items(shelf.level("in/", 100, 64)).await.unwrap();
        assert_eq!(told, shelf.folded("in/"));
        assert_eq!(told.len(), 6_500);
        let at_once = shelf.at_once.load(SeqCst);
        assert!((16..=64).contains(&at_once), "{at_once}");
        assert!(shelf.requests() < 300, "{}", shelf.requests());
    }
}

fn numbered(count: usize) -> impl Iterator<Item = String> {
    (0..count).map(|number| format!("data/part-{number:08}"))
}

#[tokio::test]
async fn a_flat_prefix_is_read_by_many_at_once_and_told_in_order() {
    let shelf = Shelf { delay: Duration::from_millis(15), ..Shelf::new(numbered(20_000)) };
    assert_eq!(all(shelf.walk("", 100, 64)).await.unwrap(), shelf.below(""));
    assert!(shelf.requests() < 800, "{}", shelf.requests());
    let at_once = shelf.at_once.load(SeqCst);
    assert!((24..=64).contains(&at_once), "{at_once}");
}

#[tokio::test]
async fn folders_are_read_beside_one_another() {
    let words = ["ash", "Beech", "cedar", "élan", "fir", "oak", "yew", "Zelkova"];
    let keys = words.iter().flat_map(|word| (0..2_000).map(move |n| format!("{word}/{n:x}/f")));
    let shelf = Shelf { delay: Duration::from_millis(15), ..Shelf::new(keys) };
    assert_eq!(all(shelf.walk("", 100, 64)).await.unwrap(), shelf.below(""));
    let at_once = shelf.at_once.load(SeqCst);
    assert!((24..=64).contains(&at_once), "{at_once}");
    let asked = shelf.asked.lock().unwrap();
    assert!(asked.iter().any(|asked| asked.delimiter.is_some()));
    assert!(asked.len() < 800, "{}", asked.len());
}

#[tokio::test]
async fn where_pages_are_quick_there_are_few_more_requests_than_pages() {
    let shelf = Shelf::new(numbered(40_000));
    assert_eq!(all(shelf.walk("", 100, 64)).await.unwrap(), shelf.below(""));
    assert!((400..500).contains(&shelf.requests()), "{}", shelf.requests());
}

#[tokio::test]
async fn one_page_is_one_request() {
    let shelf = Shelf::new(numbered(100));
    assert_eq!(all(shelf.walk("data/", 100, 64)).await.unwrap().len(), 100);
    assert_eq!(shelf.requests(), 1);
    assert_eq!(all(shelf.walk("nothing/", 100, 64)).await.unwrap(), [""; 0]);
}

#[tokio::test]
async fn who_may_not_ask_for_cuts_gets_every_page() {
    for denied in [
        |asked: &Asked| asked.delimiter.is_some(),
        |asked: &Asked| asked.after.is_some() && asked.delimiter.is_none(),
        |asked: &Asked| asked.after.is_some(),
    ] {
        let shelf = Shelf::new(numbered(3_000))
            .with(move |_, asked| denied(asked).then_some((403, "AccessDenied")));
        assert_eq!(all(shelf.walk("", 50, 16)).await.unwrap(), shelf.below(""));
    }
}

#[tokio::test]
async fn a_store_that_lists_out_of_order_is_walked_page_by_page() {
    // Found out on the first page, and on one far behind.
    for swapped in [3, 1_234] {
        let mut keys: Vec<String> = numbered(2_000).collect();
        keys.swap(swapped, swapped + 40);
        let shelf = Shelf::listing_as(keys.clone());
        let told = all(shelf.walk("", 100, 1)).await.unwrap();
        let (mut told, mut wanted) = (told, keys);
        told.sort();
        wanted.sort();
        assert_eq!(told, wanted, "{swapped}");
    }
    let mut keys: Vec<String> = numbered(2_000).collect();
    keys.swap(3, 1_999);
    let shelf = Shelf::listing_as(keys);
    let told: BTreeSet<String> = all(shelf.walk("", 100, 64)).await.unwrap().into_iter().collect();
    assert_eq!(told.len(), 2_000);
}

#[tokio::test]
async fn disorder_that_shows_too_late_is_told_with_a_way_out() {
    // What is held is far less than what is told before.
    let mut keys: Vec<String> = numbered(20_000).collect();
    keys.swap(19_951, 19_952);
    let shelf = Shelf::listing_as(keys);
    let trouble = all(shelf.walk("", 10, 64)).await.unwrap_err();
    assert!(trouble.why.contains("out of order"), "{trouble}");
    assert!(trouble.hint.is_some_and(|hint| hint.contains("folder by folder")));
}

#[tokio::test]
async fn a_directory_bucket_is_asked_for_page_after_page() {
    let mut keys: Vec<String> = numbered(500).collect();
    keys.reverse();
    let shelf = Shelf::listing_as(keys)
        .with(|_, asked| asked.after.as_ref().map(|_| (400, "InvalidRequest")));
    let bucket = S3Uri::new("runs--euw2-az1--x-s3", "");
    let told = all(walk(&shelf.lake(), bucket, Gait { page: 50, widest: 16 })).await.unwrap();
    assert_eq!(told.len(), 500);
    assert!(shelf.asked.lock().unwrap().iter().all(|asked| asked.after.is_none()));
}

/// What a count from the beginning to the end told.
async fn counted(shelf: &Shelf, prefix: &str, page: u16) -> Result<(u64, u64), Trouble> {
    let gait = Gait { page, widest: 16 };
    let mut measure = Measure::of(&shelf.lake(), S3Uri::new("b", prefix), gait);
    while measure.step().await? {}
    Ok((measure.totals().all.objects, measure.totals().all.bytes))
}

#[tokio::test]
async fn everything_is_counted_once_in_whatever_order() {
    let shelf = Shelf { delay: Duration::from_millis(12), ..Shelf::new(numbered(5_000)) };
    let bytes = (0..5_000).sum::<u64>();
    assert_eq!(counted(&shelf, "data/", 100).await.unwrap(), (5_000, bytes));
    assert!(shelf.at_once.load(SeqCst) > 4);
    // On the first page, and long after ranges were cut.
    for swapped in [3, 4_321] {
        let mut keys: Vec<String> = numbered(5_000).collect();
        keys.swap(swapped, swapped + 1);
        let shelf = Shelf::listing_as(keys);
        assert_eq!(counted(&shelf, "", 100).await.unwrap(), (5_000, bytes), "{swapped}");
    }
}

#[tokio::test]
async fn what_was_counted_before_a_failure_stays() {
    let shelf = Shelf::new(numbered(3_000)).with(|_, asked| {
        asked
            .token
            .as_ref()
            .is_some_and(|token| token.as_str() >= "2000")
            .then_some((403, "AccessDenied"))
    });
    let mut measure =
        Measure::of(&shelf.lake(), S3Uri::new("b", ""), Gait { page: 100, widest: 4 });
    let trouble = loop {
        match measure.step().await {
            Ok(more) => assert!(more, "it fails"),
            Err(trouble) => break trouble,
        }
    };
    assert_eq!(trouble.kind, Kind::Denied);
    assert!(measure.totals().all.objects > 0);
}

#[tokio::test]
async fn a_page_that_fails_for_a_while_is_asked_for_again() {
    let shelf =
        Shelf::new(numbered(500)).with(|number, _| (number % 5 == 1).then_some((503, "SlowDown")));
    assert_eq!(all(shelf.walk("", 50, 16)).await.unwrap(), shelf.below(""));
}

#[tokio::test]
async fn what_comes_before_a_failure_is_told() {
    let shelf = Shelf::new(numbered(1_000))
        .with(|_, asked| (asked.token.as_deref() == Some("300")).then_some((403, "AccessDenied")));
    let mut walk = shelf.walk("", 100, 1);
    let mut told = 0;
    let trouble = loop {
        match walk.next().await.expect("a failure") {
            Ok(keys) => told += keys.len(),
            Err(trouble) => break trouble,
        }
    };
    assert_eq!((told, trouble.kind), (300, Kind::Denied));
    assert!(walk.next().await.is_none());
}

#[tokio::test]
async fn a_slow_reader_holds_the_walk_back() {
    let shelf = Shelf { delay: Duration::from_millis(20), ..Shelf::new(numbered(20_000)) };
    let mut walk = shelf.walk("", 10, 64);
    for _ in 0..200 {
        walk.next().await.unwrap().unwrap();
    }
    let mut before = 0;
    // Until nothing is asked any more.
    while shelf.requests() != before {
        before = shelf.requests();
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    // 2,000 pages there are; 200 were taken, 320 and some may wait.
    assert!(before < 1_200, "{before}");
    assert_eq!(all(walk).await.unwrap().len(), 18_000);
    assert!(shelf.requests() < 4_400, "{}", shelf.requests());
}

#[tokio::test]
async fn who_leaves_ends_it() {
    let shelf = Shelf { delay: Duration::from_millis(20), ..Shelf::new(numbered(10_000)) };
    let mut walk = shelf.walk("", 10, 64);
    for _ in 0..30 {
        walk.next().await.unwrap().unwrap();
    }
    drop(walk);
    tokio::time::sleep(Duration::from_millis(100)).await;
    let before = shelf.requests();
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(shelf.requests(), before);
}

/// Keys that were trouble somewhere.
/// Keys that S3 takes and file systems, URLs or XML would rather not.
pub fn awkward() -> Vec<String> {
    let strange = [
        "/a",
        "//",
        "a//b",
        "a/",
        "a b",
        "a+b",
        "a%2Fb",
        "a%",
        "a%2F",
        "%2Fa",
        "+",
        "a+",
        " ",
        "a ",
        "a//",
        "a///b",
        "/",
        "./",
        "../a",
        "\t",
        "a\r\nb",
        "\u{7f}",
        "\u{85}",
        "\u{202e}a",
        "]]>",
        "<Key>",
        "e\u{301}",
        "é",
        "\u{1b}[2J",
        "\u{1}",
        "x\u{10ffff}",
        "&lt;",
        "\"q\"",
        "日本語/🧬",
        "a\u{fffe}",
    ];
    // The longest that there are, and neighbours that differ in their last byte.
    let long = [
        "z".repeat(1024),
        "z".repeat(1023),
        "z".repeat(1023) + "y",
        "ü".repeat(512),
        "ü".repeat(511) + "ab",
        "/".repeat(1024),
    ];
    strange.iter().map(ToString::to_string).chain(long).collect()
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[ab0-9/]{1,6}",
        2 => "(run|été|x y)/[0-9]{1,4}",
        1 => "\\PC{1,5}",
        1 => prop::sample::select(awkward()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn ranges_tell_what_page_by_page_tells(
        keys in prop::collection::btree_set(key(), 0..250),
        prefix in prop_oneof![3 => Just(""), 1 => Just("a"), 1 => Just("run/"), 1 => Just("/")],
        page in 1u16..20,
        widest in 2usize..24,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let shelf = Shelf::new(keys);
        let beside = runtime.block_on(async { all(shelf.walk(prefix, page, widest)).await }).unwrap();
        let after = runtime.block_on(async { all(shelf.walk(prefix, page, 1)).await }).unwrap();
        let as_they_come = runtime.block_on(async {
            let gait = Gait { page, widest };
            let mut keys = sweep(&shelf.lake(), S3Uri::new("b", prefix), gait);
            let mut all = Vec::new();
            while let Some(page) = keys.next().await {
                all.extend(page.unwrap().names().iter().map(ToOwned::to_owned));
            }
            all.sort();
            all
        });
        prop_assert_eq!(&as_they_come, &after);
        prop_assert_eq!(&beside, &after);
        prop_assert_eq!(beside, shelf.below(prefix));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn ranges_tell_of_a_level_what_page_by_page_tells(
        keys in prop::collection::btree_set(key(), 0..250),
        prefix in prop_oneof![3 => Just(""), 1 => Just("a"), 1 => Just("run/"), 1 => Just("/")],
        page in 1u16..20,
        widest in 2usize..24,
        again: bool,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let shelf = Shelf { again, ..Shelf::new(keys) };
        let beside = runtime.block_on(async { items(shelf.level(prefix, page, widest)).await }).unwrap();
        let after = runtime.block_on(async { items(shelf.level(prefix, page, 1)).await }).unwrap();
        prop_assert_eq!(&beside, &after);
        prop_assert_eq!(beside, shelf.folded(prefix));
    }
}

#[tokio::test]
async fn the_local_lake_is_walked_too() {
    let fixture = Fixture::new();
    let store = fixture.local.store();
    store.create_bucket("source").unwrap();
    let who = lakehand::local::principal::Principal::Administrator;
    let keys: BTreeSet<String> =
        awkward().into_iter().filter(|key| key.len() < 1024).chain(numbered(300)).collect();
    let mut taken = BTreeSet::new();
    for key in keys {
        // What a local lake does not take as a key is no matter of listings.
        if store.put(&who, "source", &key, &b"1"[..], Default::default()).is_ok() {
            taken.insert(key);
        }
    }
    assert!(taken.len() > 310, "{}", taken.len());
    for widest in [1, 16] {
        let walk = walk(&fixture.lake(), S3Uri::new("source", ""), Gait { page: 20, widest });
        assert!(all(walk).await.unwrap().iter().eq(&taken));
    }
}
