//! The demo lake: filled, filled again, crawled.

use std::time::{Duration, Instant};

use lakehand::local::demo::{self, Parts};
use lakehand::local::glue::{Catalog, Glue};
use lakehand::local::principal::Principal;
use lakehand::local::s3::{PutOptions, Store};
use lakehand::local::state::State;
use serde_json::{Value, json};

const ADMIN: Principal = Principal::Administrator;

struct Rig {
    state: State,
    store: Store,
    catalog: Catalog,
    glue: Glue,
    dir: tempfile::TempDir,
}

impl Rig {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let state = State::open(dir.path()).unwrap();
        let store = Store::open(dir.path(), state.clone()).unwrap();
        let catalog = Catalog::open(state.clone()).unwrap();
        let glue = Glue::open(state.clone(), store.clone(), catalog.clone()).unwrap();
        Self { state, store, catalog, glue, dir }
    }

    async fn fill(&self) {
        let parts = Parts {
            dir: self.dir.path().to_owned(),
            state: self.state.clone(),
            store: self.store.clone(),
            catalog: self.catalog.clone(),
            glue: self.glue.clone(),
        };
        demo::fill(parts).await.unwrap();
    }

    async fn ok(&self, op: &str, input: Value) -> Value {
        self.glue.call(&ADMIN, op, input).await.unwrap_or_else(|why| panic!("{op}: {why}"))
    }

    fn objects(&self) -> Vec<(String, String)> {
        let objects = self.store.list(demo::SOURCE, "", None, 1000).unwrap();
        objects.into_iter().map(|object| (object.key, object.etag)).collect()
    }
}

#[tokio::test]
async fn filling_twice_is_filling_once() {
    let rig = Rig::new();
    rig.fill().await;
    let objects = rig.objects();
    assert!(objects.len() > 30);
    rig.store.delete(&ADMIN, demo::SOURCE, "qc/run_metrics.csv").unwrap();
    rig.fill().await;
    assert_eq!(rig.objects().len(), objects.len() - 1, "what its user did stays done");
    // As if the filling had been interrupted.
    rig.state.with(|db| db.execute("DELETE FROM demo", [])).unwrap();
    rig.fill().await;
    assert_eq!(rig.objects(), objects, "the same seed makes the same bytes");
    assert_eq!(rig.ok("GetCrawlers", json!({})).await["Crawlers"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn the_buckets_are_guarded() {
    let rig = Rig::new();
    rig.fill().await;
    for bucket in demo::buckets() {
        let bare = PutOptions::default();
        let refused = rig.store.put(&ADMIN, &bucket.name, "x", &b"x"[..], bare).unwrap_err();
        assert_eq!(refused.code, "AccessDenied");
        let kms = PutOptions {
            sse: Some("aws:kms".to_owned()),
            kms_key: bucket.kms_key,
            ..PutOptions::default()
        };
        rig.store.put(&ADMIN, &bucket.name, "x", &b"x"[..], kms).unwrap();
    }
}

#[tokio::test]
async fn the_crawler_finds_the_rest() {
    let rig = Rig::new();
    rig.fill().await;
    let names = || -> Vec<String> {
        let tables = rig.catalog.tables(demo::DATABASE).unwrap();
        tables.iter().map(|table| table.name.clone()).collect()
    };
    assert_eq!(names(), ["variants"]);
    let known = rig.catalog.table(demo::DATABASE, "variants").unwrap();
    let crawler = json!({"Name": "genomics-crawler"});
    assert!(rig.ok("GetCrawler", crawler.clone()).await["Crawler"].get("LastCrawl").is_none());
    rig.ok("StartCrawler", crawler.clone()).await;
    let deadline = Instant::now() + Duration::from_secs(60);
    while rig.ok("GetCrawler", crawler.clone()).await["Crawler"]["State"] != "READY" {
        assert!(Instant::now() < deadline);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let last = rig.ok("GetCrawler", crawler).await["Crawler"]["LastCrawl"].clone();
    assert_eq!(last["Status"], "SUCCEEDED", "{last}");
    let found = ["clinvar", "condition", "observation", "panel", "patient", "qc", "variants"];
    assert_eq!(names(), found);
    let crawled = rig.catalog.table(demo::DATABASE, "variants").unwrap();
    assert_eq!(crawled.columns(), known.columns(), "the crawler agrees with what was registered");
    let all = rig.catalog.partitions(demo::DATABASE, "variants", None).unwrap();
    assert_eq!(all.len(), 24);
}
