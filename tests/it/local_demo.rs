//! The demo lake: filled, filled again, crawled.

use std::time::{Duration, Instant};

use lakehand::local::athena::Athena;
use lakehand::local::demo::{self, Parts};
use lakehand::local::glue::{Catalog, Glue};
use lakehand::local::principal::Principal;
use lakehand::local::s3::{PutOptions, Store};
use lakehand::local::sql::Engine;
use lakehand::local::state::State;
use serde_json::{Value, json};

const ADMIN: Principal = Principal::Administrator;

struct Rig {
    state: State,
    store: Store,
    catalog: Catalog,
    glue: Glue,
    athena: Athena,
    dir: tempfile::TempDir,
}

impl Rig {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let state = State::open(dir.path()).unwrap();
        let store = Store::open(dir.path(), state.clone()).unwrap();
        let catalog = Catalog::open(state.clone()).unwrap();
        let engine = Engine::open(store.clone(), catalog.clone()).unwrap();
        let glue =
            Glue::open(state.clone(), store.clone(), catalog.clone(), engine.clone()).unwrap();
        let athena = Athena::open(state.clone(), store.clone(), engine, catalog.clone()).unwrap();
        Self { state, store, catalog, glue, athena, dir }
    }

    async fn fill(&self) {
        let parts = Parts {
            dir: self.dir.path().to_owned(),
            state: self.state.clone(),
            store: self.store.clone(),
            catalog: self.catalog.clone(),
            glue: self.glue.clone(),
            athena: self.athena.clone(),
        };
        demo::fill(parts).await.unwrap();
    }

    async fn ok(&self, op: &str, input: Value) -> Value {
        self.glue.call(&ADMIN, op, input).await.unwrap_or_else(|why| panic!("{op}: {why}"))
    }

    async fn crawl(&self) {
        let crawler = json!({"Name": "genomics-crawler"});
        self.ok("StartCrawler", crawler.clone()).await;
        let deadline = Instant::now() + Duration::from_secs(60);
        while self.ok("GetCrawler", crawler.clone()).await["Crawler"]["State"] != "READY" {
            assert!(Instant::now() < deadline);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
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
    assert_eq!(names(), ["gene_summary", "variants"]);
    let known = rig.catalog.table(demo::DATABASE, "variants").unwrap();
    let crawler = json!({"Name": "genomics-crawler"});
    assert!(rig.ok("GetCrawler", crawler.clone()).await["Crawler"].get("LastCrawl").is_none());
    rig.crawl().await;
    let last = rig.ok("GetCrawler", crawler).await["Crawler"]["LastCrawl"].clone();
    assert_eq!(last["Status"], "SUCCEEDED", "{last}");
    let found = names().join(" ");
    assert_eq!(found, "clinvar condition gene_summary observation panel patient qc variants");
    let crawled = rig.catalog.table(demo::DATABASE, "variants").unwrap();
    assert_eq!(crawled.columns(), known.columns(), "the crawler agrees with what was registered");
    let all = rig.catalog.partitions(demo::DATABASE, "variants", None).unwrap();
    assert_eq!(all.len(), 24);
}

/// Runs a saved query by its name and answers its statistics and its number of rows.
async fn run_saved(rig: &Rig, name: &str) -> (Value, usize) {
    let ask = |op: &'static str, input: Value| rig.athena.call(&ADMIN, op, input);
    let ids = ask("ListNamedQueries", json!({})).await.unwrap()["NamedQueryIds"].clone();
    let all = ask("BatchGetNamedQuery", json!({"NamedQueryIds": ids})).await.unwrap();
    let all = all["NamedQueries"].as_array().unwrap().clone();
    let query = all.iter().find(|query| query["Name"] == name).unwrap().clone();
    let key = demo::buckets().into_iter().find(|b| b.name == demo::ANALYST).unwrap().kms_key;
    let started = ask(
        "StartQueryExecution",
        json!({
            "QueryString": query["QueryString"],
            "QueryExecutionContext": {"Database": query["Database"]},
            "ResultConfiguration": {
                "OutputLocation": format!("s3://{}/results/athena/", demo::ANALYST),
                "EncryptionConfiguration": {"EncryptionOption": "SSE_KMS", "KmsKey": key},
            },
        }),
    );
    let id = started.await.unwrap()["QueryExecutionId"].clone();
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let execution = ask("GetQueryExecution", json!({"QueryExecutionId": id})).await.unwrap();
        let execution = execution["QueryExecution"].clone();
        match execution["Status"]["State"].as_str().unwrap() {
            "SUCCEEDED" => {
                let rows = ask("GetQueryResults", json!({"QueryExecutionId": id})).await.unwrap();
                // The first is the header.
                let rows = rows["ResultSet"]["Rows"].as_array().unwrap().len() - 1;
                return (execution["Statistics"].clone(), rows);
            }
            "FAILED" => panic!("{name}: {}", execution["Status"]),
            _ => assert!(Instant::now() < deadline, "{name} does not end"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn every_saved_query_runs_and_brca1_is_pruned() {
    let rig = Rig::new();
    rig.fill().await;
    let (brca1, rows) = run_saved(&rig, "BRCA1 variants").await;
    assert!(rows >= 60, "{rows}");
    let (whole, chromosomes) = run_saved(&rig, "Variants by chromosome").await;
    assert_eq!(chromosomes, 24);
    let scanned = |stats: &Value| stats["DataScannedInBytes"].as_u64().unwrap();
    assert!(scanned(&brca1) > 0);
    assert!(scanned(&brca1) * 5 < scanned(&whole), "one file of 24: {brca1} {whole}");
    assert!(run_saved(&rig, "Rare variants that pass").await.1 > 0);
    rig.crawl().await;
    assert!(run_saved(&rig, "Pathogenic in ClinVar").await.1 > 0);
    assert_eq!(run_saved(&rig, "Patients by condition").await.1, 5);
    // They still do after the crawler has been over the table.
    assert_eq!(run_saved(&rig, "BRCA1 variants").await.1, rows);
}

#[tokio::test]
async fn one_job_ran_and_one_failed_as_it_should() {
    let rig = Rig::new();
    rig.fill().await;
    let newest =
        async |job: &str| rig.ok("GetJobRuns", json!({"JobName": job})).await["JobRuns"][0].clone();
    let good = newest("gene-summary").await;
    assert_eq!(good["JobRunState"], "SUCCEEDED", "{good}");
    let bad = newest("approved-egress").await;
    assert_eq!(bad["JobRunState"], "FAILED", "{bad}");
    assert!(bad["ErrorMessage"].as_str().unwrap().to_lowercase().contains("denied"), "{bad}");
    // Both can be started again: the one as it is, the other with the key.
    for (job, arguments) in [
        ("gene-summary", json!({})),
        ("approved-egress", json!({"--kms-key": "alias/TRETargetBucketKey"})),
    ] {
        rig.ok("StartJobRun", json!({"JobName": job, "Arguments": arguments})).await;
        let deadline = Instant::now() + Duration::from_secs(60);
        while newest(job).await["CompletedOn"].is_null() {
            assert!(Instant::now() < deadline);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let run = newest(job).await;
        assert_eq!(run["JobRunState"], "SUCCEEDED", "{run}");
    }
    let egress = rig.store.list(demo::TARGET, "approved_egress/brca1/", None, 10).unwrap();
    assert!(!egress.is_empty());
}
