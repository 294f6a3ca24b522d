//! Glue of the local lake: the catalog's API and crawlers over real files.

use std::io::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use lakehand::local::glue::{Catalog, Glue};
use lakehand::local::principal::Principal;
use lakehand::local::s3::{PutOptions, Store};
use lakehand::local::sql::Engine;
use lakehand::local::state::State;
use serde_json::{Value, json};

const ADMIN: Principal = Principal::Administrator;

struct Rig {
    glue: Glue,
    store: Store,
    _dir: tempfile::TempDir,
}

impl Rig {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let state = State::open(dir.path()).unwrap();
        let store = Store::open(dir.path(), state.clone()).unwrap();
        let catalog = Catalog::open(state.clone()).unwrap();
        let engine = Engine::open(store.clone(), catalog.clone()).unwrap();
        let glue = Glue::open(state, store.clone(), catalog, engine).unwrap();
        store.create_bucket("lake").unwrap();
        Self { glue, store, _dir: dir }
    }

    fn put(&self, key: &str, body: &[u8]) {
        self.store.put(&ADMIN, "lake", key, body, PutOptions::default()).unwrap();
    }

    async fn ok(&self, op: &str, input: Value) -> Value {
        self.glue.call(&ADMIN, op, input).await.unwrap_or_else(|why| panic!("{op}: {why}"))
    }

    async fn code(&self, op: &str, input: Value) -> String {
        match self.glue.call(&ADMIN, op, input).await {
            Ok(answer) => panic!("{op} answered {answer}"),
            Err(why) => why.code,
        }
    }

    /// Crawls and answers the crawler when it is at rest.
    async fn crawl(&self, name: &str) -> Value {
        self.ok("StartCrawler", json!({"Name": name})).await;
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let crawler = self.ok("GetCrawler", json!({"Name": name})).await["Crawler"].clone();
            if crawler["State"] == "READY" {
                return crawler;
            }
            assert!(Instant::now() < deadline, "the crawl does not end: {crawler}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn crawler(&self, name: &str, targets: &[&str], more: Value) {
        let targets: Vec<Value> = targets.iter().map(|path| json!({"Path": path})).collect();
        let mut input = json!({
            "Name": name, "Role": "glue", "DatabaseName": "default",
            "Targets": {"S3Targets": targets},
        });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.ok("CreateCrawler", input).await;
    }

    async fn tables(&self) -> Vec<String> {
        let tables = self.ok("GetTables", json!({"DatabaseName": "default"})).await;
        let tables = tables["TableList"].as_array().unwrap().clone();
        tables.iter().map(|table| table["Name"].as_str().unwrap().to_owned()).collect()
    }

    async fn table(&self, name: &str) -> Value {
        self.ok("GetTable", json!({"DatabaseName": "default", "Name": name})).await["Table"].clone()
    }
}

fn columns(table: &Value) -> Vec<String> {
    let columns = table["StorageDescriptor"]["Columns"].as_array().unwrap();
    let brief =
        |c: &Value| format!("{} {}", c["Name"].as_str().unwrap(), c["Type"].as_str().unwrap());
    columns.iter().map(brief).collect()
}

fn gz(text: &str) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(text.as_bytes()).unwrap();
    packed.finish().unwrap()
}

/// A small Parquet file with a nested column.
fn parquet() -> Vec<u8> {
    use datafusion::arrow::array::{
        ArrayRef, Float32Array, Int64Array, RecordBatch, StringArray, StructArray,
    };
    use datafusion::arrow::datatypes::{DataType, Field};
    use datafusion::parquet::arrow::ArrowWriter;
    let af: ArrayRef = Arc::new(Float32Array::from(vec![0.1, 0.2, 0.3]));
    let info = StructArray::from(vec![(Arc::new(Field::new("af", DataType::Float32, true)), af)]);
    let batch = RecordBatch::try_from_iter([
        ("pos", Arc::new(Int64Array::from(vec![1, 2, 3])) as ArrayRef),
        ("ref", Arc::new(StringArray::from(vec!["A", "C", "G"]))),
        ("info", Arc::new(info)),
    ])
    .unwrap();
    let mut file = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut file, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    file
}

#[tokio::test]
async fn the_catalog_answers_as_glue_does() {
    let rig = Rig::new();
    let input = json!({"DatabaseInput": {"Name": "Lab"}});
    rig.ok("CreateDatabase", input.clone()).await;
    assert_eq!(rig.code("CreateDatabase", input).await, "AlreadyExistsException");
    for n in 0..5 {
        let table = json!({"Name": format!("T{n}"), "PartitionKeys": [{"Name": "day", "Type": "date"}],
            "StorageDescriptor": {"Columns": [{"Name": "a", "Type": "int"}], "Location": "s3://lake/t/"}});
        rig.ok("CreateTable", json!({"DatabaseName": "lab", "TableInput": table})).await;
    }
    let first = rig.ok("GetTables", json!({"DatabaseName": "lab", "MaxResults": 3})).await;
    assert_eq!(first["TableList"].as_array().unwrap().len(), 3);
    let rest = json!({"DatabaseName": "lab", "NextToken": first["NextToken"], "MaxResults": 3});
    let rest = rig.ok("GetTables", rest).await;
    assert_eq!(rest["TableList"][0]["Name"], "t3");
    assert!(rest.get("NextToken").is_none());
    let some = rig.ok("GetTables", json!({"DatabaseName": "lab", "Expression": "t[12]"})).await;
    assert_eq!(some["TableList"].as_array().unwrap().len(), 2);
    let missing =
        rig.glue.call(&ADMIN, "GetTable", json!({"DatabaseName": "lab", "Name": "x"})).await;
    assert_eq!(missing.unwrap_err().code, "EntityNotFoundException");
    assert_eq!(rig.code("GetTable", json!({"DatabaseName": "lab"})).await, "InvalidInputException");
    assert_eq!(rig.code("MakeCoffee", json!({})).await, "UnknownOperationException");

    let days = ["2026-01-01", "2026-01-02", "2026-01-01", "nonsense"];
    let inputs: Vec<Value> = days.iter().map(|day| json!({"Values": [day]})).collect();
    let of = json!({"DatabaseName": "lab", "TableName": "t0"});
    let with = |more: Value| {
        let mut input = of.clone();
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input
    };
    let made = rig.ok("BatchCreatePartition", with(json!({"PartitionInputList": inputs}))).await;
    assert_eq!(made["Errors"][0]["ErrorDetail"]["ErrorCode"], "AlreadyExistsException");
    let found = rig.ok("GetPartitions", with(json!({"Expression": "day > '2026-01-01'"}))).await;
    assert_eq!(found["Partitions"].as_array().unwrap().len(), 1);
    assert_eq!(found["Partitions"][0]["Values"], json!(["2026-01-02"]));
    let bad = with(json!({"Expression": "hour = 1"}));
    assert_eq!(rig.code("GetPartitions", bad).await, "InvalidInputException");
    let mut dealt = 0;
    for number in 0..2 {
        let segment = json!({"Segment": {"SegmentNumber": number, "TotalSegments": 2}});
        let answer = rig.ok("GetPartitions", with(segment)).await;
        dealt += answer["Partitions"].as_array().unwrap().len();
    }
    assert_eq!(dealt, 3);
    let gone = with(json!({"PartitionsToDelete": [{"Values": ["nonsense"]}, {"Values": ["x"]}]}));
    let gone = rig.ok("BatchDeletePartition", gone).await;
    assert_eq!(gone["Errors"].as_array().unwrap().len(), 1);
    let found = rig.ok("SearchTables", json!({"SearchText": "t4"})).await;
    assert_eq!(found["TableList"].as_array().unwrap().len(), 1);
    rig.ok("DeleteDatabase", json!({"Name": "LAB"})).await;
    assert_eq!(
        rig.code("GetTables", json!({"DatabaseName": "lab"})).await,
        "EntityNotFoundException"
    );
}

#[tokio::test]
async fn only_the_administrator_changes_anything() {
    let rig = Rig::new();
    let analyst = Principal::named("analyst").unwrap();
    for op in
        ["CreateDatabase", "DeleteTable", "StartCrawler", "BatchCreatePartition", "UpdateTable"]
    {
        let refused = rig.glue.call(&analyst, op, json!({})).await.unwrap_err();
        assert_eq!(refused.code, "AccessDeniedException", "{op}");
        assert!(refused.message.contains("user/analyst"), "{}", refused.message);
    }
    assert!(rig.glue.call(&analyst, "GetDatabases", json!({})).await.is_ok());
}

#[tokio::test]
async fn a_crawl_reads_every_format() {
    let rig = Rig::new();
    rig.put("data/plain/a.csv", b"id,day,dose\n1,2026-01-01,1.5\n2,2026-01-02,2\n");
    rig.put("data/quoted/a.csv", b"id,name\n1,\"Doe, Ann\"\n2,Zoe\n");
    rig.put("data/packed/a.txt.gz", &gz("gene\tstart\nBRCA1\t43044295\n"));
    rig.put("data/events/day=2024-01-01/p.json", b"{\"id\":1,\"v\":{\"Code\":\"x\"}}\n");
    rig.put("data/events/day=2024-01-02/p.json", b"{\"id\":2,\"v\":{\"Code\":\"y\",\"n\":0.5}}\n");
    for chrom in ["chr1", "chr17"] {
        rig.put(&format!("data/variants/chrom={chrom}/part-0.parquet"), &parquet());
    }
    rig.put("data/variants/_SUCCESS", b"");
    rig.put("data/raw/s.vcf.gz", &gz("##fileformat=VCFv4.2\n#CHROM\tPOS\n"));
    rig.put("data/raw/s_1.fastq.gz", &gz("@r1\nACGT\n+\nFFFF\n"));
    rig.crawler("all", &["s3://lake/data/"], json!({"TablePrefix": "c_"})).await;
    let crawler = rig.crawl("all").await;
    assert_eq!(crawler["LastCrawl"]["Status"], "SUCCEEDED", "{crawler}");
    let names = ["c_events", "c_packed", "c_plain", "c_quoted", "c_variants"];
    assert_eq!(rig.tables().await, names);

    let plain = rig.table("c_plain").await;
    assert_eq!(columns(&plain), ["id bigint", "day string", "dose double"]);
    assert_eq!(plain["Parameters"]["skip.header.line.count"], "1");
    assert_eq!(plain["Parameters"]["recordCount"], "2");
    assert_eq!(plain["Parameters"]["UPDATED_BY_CRAWLER"], "all");
    let quoted = rig.table("c_quoted").await;
    let library =
        quoted["StorageDescriptor"]["SerdeInfo"]["SerializationLibrary"].as_str().unwrap();
    assert!(library.ends_with("OpenCSVSerde"));
    let packed = rig.table("c_packed").await;
    assert_eq!(packed["Parameters"]["compressionType"], "gzip");
    assert_eq!(packed["StorageDescriptor"]["SerdeInfo"]["Parameters"]["field.delim"], "\t");
    let events = rig.table("c_events").await;
    assert_eq!(columns(&events), ["id bigint", "v struct<Code:string,n:double>"]);
    assert_eq!(events["PartitionKeys"][0]["Name"], "day");
    let variants = rig.table("c_variants").await;
    assert_eq!(columns(&variants), ["pos bigint", "ref string", "info struct<af:float>"]);
    assert_eq!(variants["Parameters"]["recordCount"], "6");
    let of = json!({"DatabaseName": "default", "TableName": "c_variants", "Expression": "chrom = 'chr17'"});
    let parts = rig.ok("GetPartitions", of).await;
    let location = &parts["Partitions"][0]["StorageDescriptor"]["Location"];
    assert_eq!(location, "s3://lake/data/variants/chrom=chr17/");
    let metrics = rig.ok("GetCrawlerMetrics", json!({"CrawlerNameList": ["all"]})).await;
    assert_eq!(metrics["CrawlerMetricsList"][0]["TablesCreated"], 5);
    let log = rig.glue.log_lines("all").unwrap();
    let unknown = log.iter().filter(|line| line.line.contains("is UNKNOWN: VCF"));
    assert_eq!(unknown.count(), 1);
}

#[tokio::test]
async fn a_second_crawl_reports_what_changed() {
    let rig = Rig::new();
    rig.put("t/day=1/a.json", b"{\"id\":1,\"a\":1,\"b\":1}\n");
    let more = json!({"SchemaChangePolicy": {"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": "DELETE_FROM_DATABASE"}});
    rig.crawler("c", &["s3://lake/t/"], more).await;
    rig.crawl("c").await;
    rig.crawl("c").await;
    let crawls = rig.ok("ListCrawls", json!({"CrawlerName": "c"})).await;
    assert_eq!(crawls["Crawls"][0]["Summary"], "{}", "nothing changed");
    rig.put("t/day=2/a.json", b"{\"id\":1.5,\"a\":1,\"b\":1,\"c\":\"x\"}\n");
    rig.crawl("c").await;
    let crawls = rig.ok("ListCrawls", json!({"CrawlerName": "c", "MaxResults": 1})).await;
    let summary: Value =
        serde_json::from_str(crawls["Crawls"][0]["Summary"].as_str().unwrap()).unwrap();
    assert_eq!(summary["TABLE"]["UPDATE"]["Count"], 1, "{summary}");
    assert_eq!(summary["PARTITION"]["ADD"]["Details"]["names"], json!(["t/2"]));
    assert_eq!(columns(&rig.table("t").await), ["id double", "a bigint", "b bigint", "c string"]);
    rig.store.delete(&ADMIN, "lake", "t/day=1/a.json").unwrap();
    rig.store.delete(&ADMIN, "lake", "t/day=2/a.json").unwrap();
    rig.crawl("c").await;
    assert!(rig.tables().await.is_empty());
    let metrics = rig.ok("GetCrawlerMetrics", json!({})).await;
    assert_eq!(metrics["CrawlerMetricsList"][0]["TablesDeleted"], 1);
}

#[tokio::test]
async fn a_crawler_obeys_its_definition() {
    let rig = Rig::new();
    rig.put("t/keep.csv", b"a,b\n1,2\n");
    rig.put("t/skip.json", b"{\"a\":1}\n");
    let input = json!({"Name": "c", "Role": "r", "DatabaseName": "default",
        "Targets": {"S3Targets": [{"Path": "s3://lake/t", "Exclusions": ["*.json"]}]}});
    rig.ok("CreateCrawler", input.clone()).await;
    assert_eq!(rig.code("CreateCrawler", input).await, "AlreadyExistsException");
    rig.crawl("c").await;
    assert_eq!(rig.tables().await, ["t"]);
    let refused = [
        json!({"Targets": {"JdbcTargets": [{"Path": "x"}]}}),
        json!({"Targets": {"S3Targets": [{"Path": "t"}]}}),
        json!({"Targets": {"S3Targets": [{"Path": "s3://lake/t", "Exclusions": ["{"]}]}}),
        json!({"Schedule": "cron(0 1 * * ? *)"}),
        json!({"Classifiers": ["mine"]}),
    ];
    for mut change in refused {
        change["Name"] = "c".into();
        assert_eq!(
            rig.code("UpdateCrawler", change.clone()).await,
            "InvalidInputException",
            "{change}"
        );
    }
    assert_eq!(rig.code("StopCrawler", json!({"Name": "c"})).await, "CrawlerNotRunningException");
    assert_eq!(rig.code("StartCrawler", json!({"Name": "no"})).await, "EntityNotFoundException");
    rig.ok(
        "UpdateCrawler",
        json!({"Name": "c", "Targets": {"S3Targets": [{"Path": "s3://nowhere/x"}]}}),
    )
    .await;
    let crawler = rig.crawl("c").await;
    assert_eq!(crawler["LastCrawl"]["Status"], "FAILED");
    let message = crawler["LastCrawl"]["ErrorMessage"].as_str().unwrap();
    assert!(message.contains("s3://nowhere/x"), "{message}");
    rig.ok("DeleteCrawler", json!({"Name": "c"})).await;
    assert_eq!(rig.ok("ListCrawlers", json!({})).await["CrawlerNames"], json!([]));
}

#[tokio::test]
async fn a_name_that_is_taken_gets_another() {
    let rig = Rig::new();
    rig.put("a/t/x.json", b"{\"a\":1}\n");
    rig.put("b/t/x.json", b"{\"b\":1}\n");
    rig.crawler("c", &["s3://lake/a/t/", "s3://lake/b/t/"], json!({})).await;
    rig.crawl("c").await;
    let first = rig.tables().await;
    assert_eq!(first.len(), 2, "{first:?}");
    assert!(first[1].starts_with("t_"));
    rig.crawl("c").await;
    assert_eq!(rig.tables().await, first, "and keeps it");
}

#[tokio::test]
async fn a_running_crawl_can_be_stopped() {
    let rig = Rig::new();
    for n in 0..300 {
        rig.put(&format!("t/{n}.json"), b"{\"a\":1}\n");
    }
    rig.crawler("c", &["s3://lake/t/"], json!({})).await;
    rig.ok("StartCrawler", json!({"Name": "c"})).await;
    assert_eq!(rig.code("StartCrawler", json!({"Name": "c"})).await, "CrawlerRunningException");
    rig.ok("StopCrawler", json!({"Name": "c"})).await;
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let crawler = rig.ok("GetCrawler", json!({"Name": "c"})).await["Crawler"].clone();
        if crawler["State"] == "READY" {
            assert_eq!(crawler["LastCrawl"]["Status"], "CANCELLED");
            break;
        }
        assert!(Instant::now() < deadline);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(rig.tables().await.is_empty(), "nothing is written by half");
}
