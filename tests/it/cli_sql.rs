//! `lakehand sql` on a local lake: formats, saving, stopping.

use std::process::Stdio;
use std::time::{Duration, Instant};

use lakehand::local::LocalLake;
use lakehand::model::manifest::Manifest;
use serde_json::{Value, json};

use crate::process::{Ended, Home};

const CONFIG: &str = r#"
default_lake = "tre"
[lakes.tre]
local = "lake"
buckets.analyst = { name = "analyst", kms_key = "alias/K", prefix = "results/" }
buckets.target = { name = "target" }
[lakes.shut]
local = "lake"
downloads = false
buckets.analyst = { name = "analyst" }
"#;

/// A home whose default lake has an analyst bucket.
fn home() -> Home {
    let home = Home::with_config(CONFIG);
    let local = LocalLake::open(&home.path().join("lake")).expect("a local lake");
    local.store().create_bucket("analyst").expect("a bucket");
    home
}

fn sql(home: &Home, args: &[&str]) -> Ended {
    home.run(&[&["sql"], args].concat())
}

fn good(home: &Home, args: &[&str]) -> String {
    let ended = sql(home, args);
    assert_eq!(ended.code, 0, "{args:?}: {}", ended.stderr);
    ended.stdout
}

#[test]
fn every_format_tells_null_from_empty() {
    let home = home();
    let statement = "SELECT 1 AS n, '' AS e, CAST(NULL AS varchar) AS z, 'a\"b' AS q";
    let csv = good(&home, &[statement, "--format", "csv"]);
    assert_eq!(csv, "\"n\",\"e\",\"z\",\"q\"\n\"1\",\"\",,\"a\"\"b\"\n");
    assert_eq!(good(&home, &[statement]), csv, "csv is what a pipe gets");
    let json = good(&home, &[statement, "--format", "json"]);
    assert_eq!(json, "{\"n\":1,\"e\":\"\",\"z\":null,\"q\":\"a\\\"b\"}\n");
    let table = good(&home, &[statement, "--format", "table"]);
    assert!(table.lines().nth(2).is_some_and(|line| line.contains("NULL")), "{table}");

    let statistics = sql(&home, &[statement]).stderr;
    assert_eq!(statistics.lines().count(), 1, "{statistics}");
    for part in ["lakehand: query ", "SUCCEEDED", "1 rows", "scanned", "$", "s3://"] {
        assert!(statistics.contains(part), "{part}: {statistics}");
    }
}

#[test]
fn a_result_of_many_pages_arrives_whole_and_in_order() {
    let home = home();
    let out = good(
        &home,
        &[
            "SELECT x FROM (VALUES (1)) AS one (k) CROSS JOIN UNNEST(sequence(1, 2500)) AS t (x) ORDER BY x",
        ],
    );
    let wanted = (1..=2500).map(|n| format!("\"{n}\""));
    assert!(out.lines().skip(1).map(str::to_owned).eq(wanted), "{} lines", out.lines().count());
}

#[test]
fn rows_go_into_a_file_that_is_whole_or_absent() {
    let home = home();
    assert_eq!(good(&home, &["SELECT 7 AS n", "-o", "out.parquet"]), "");
    let bytes = std::fs::read(home.path().join("out.parquet")).expect("the file");
    assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"));
    good(&home, &["SELECT 7 AS n", "-o", "out.json"]);
    let json = std::fs::read_to_string(home.path().join("out.json")).expect("the file");
    assert_eq!(json, "{\"n\":7}\n");
    assert_eq!(sql(&home, &["SELECT nothing", "-o", "none.csv"]).code, 1);
    assert!(!home.path().join("none.csv").exists());
    assert!(!home.path().join("none.csv.part").exists());
}

#[test]
fn statements_come_from_files_and_pipes_with_parameters() {
    let home = home();
    std::fs::write(home.path().join("q.sql"), "-- a comment\nSELECT :a AS a, :b AS b;\n").unwrap();
    let out = good(&home, &["-f", "q.sql", "--param", "a=it's", "--param", "b=5"]);
    assert_eq!(out, "\"a\",\"b\"\n\"it's\",\"5\"\n");

    let mut command = home.command(&["sql"]);
    let file = std::fs::File::open(home.path().join("q.sql")).unwrap();
    command.args(["--param", "a=1", "--param", "b=NULL"]).stdin(Stdio::from(file));
    let ended = Ended::of(command.output().expect("lakehand runs"));
    assert_eq!(ended.stdout, "\"a\",\"b\"\n\"1\",\n", "{}", ended.stderr);
}

#[test]
fn what_athena_refuses_is_its_own_sentence() {
    let home = home();
    let ended = sql(&home, &["SELEC 1"]);
    assert_eq!(ended.code, 1);
    assert!(ended.complaint().contains("line 1:"), "{}", ended.stderr);
    let ended = sql(&home, &["SELECT * FROM nowhere.nothing"]);
    assert_eq!(ended.code, 1);
    assert!(ended.complaint().contains("nowhere"), "{}", ended.stderr);
}

#[test]
fn a_saved_result_has_a_manifest_that_fits() {
    let home = home();
    let folder = "s3://analyst/results/";
    let statement = "SELECT 1 AS one";
    assert_eq!(good(&home, &[statement, "--save", &format!("{folder}first")]), "");
    good(&home, &[statement, "--save", &format!("{folder}second"), "--as-format", "parquet"]);

    let manifest = |name: &str| -> Manifest {
        let uri = format!("{folder}{name}.manifest.json");
        let ended = home.run(&["get", &uri, "."]);
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        let path = home.path().join(format!("{name}.manifest.json"));
        serde_json::from_slice(&std::fs::read(path).expect("the manifest")).expect("a manifest")
    };
    let first = manifest("first");
    assert_eq!((first.sql.as_deref(), first.format.as_str()), (Some(statement), "csv"));
    let object = &first.objects[0];
    assert_eq!(object.uri, format!("{folder}first.csv"));
    assert_eq!(object.bytes, "\"one\"\n\"1\"\n".len() as u64);
    assert_eq!(object.encryption.as_deref(), Some("aws:kms"));
    assert!(object.verified && object.checksum.is_some(), "{object:?}");
    assert!(first.source.is_some_and(|source| source.contains(&first.execution_id)));
    assert_eq!(first.audit_head.map(|head| head.len()), Some(64));
    assert!(first.identity.is_some_and(|arn| arn.contains("000000000000")));
    let second = manifest("second");
    assert_eq!((second.sql.as_deref(), second.format.as_str()), (Some(statement), "parquet"));
    assert!(!second.objects.is_empty());

    let again = sql(&home, &[statement, "--save", &format!("{folder}first")]);
    assert_eq!(again.code, 1, "nothing is overwritten");
    assert!(again.stderr.contains("there already"), "{}", again.stderr);

    let log = home.run(&["audit"]).stdout;
    assert!(!log.contains("SELECT"), "the audit log holds no SQL");
    assert!(log.contains("sql_sha256") && log.contains("athena:StartQueryExecution"));
    assert_eq!(home.run(&["audit", "verify"]).code, 0);
}

#[test]
fn the_target_bucket_is_not_for_saving() {
    let home = home();
    let ended = sql(&home, &["SELECT 1", "--save", "s3://target/approved_egress/"]);
    assert_eq!(ended.code, 2);
    assert!(ended.complaint().contains("approval"), "{}", ended.stderr);
}

#[test]
fn without_a_place_for_results_the_key_to_set_is_named() {
    let home = home();
    let ended = home.run(&["--local", "plain", "sql", "SELECT 1"]);
    assert_eq!(ended.code, 2);
    assert!(ended.complaint().contains("output_location"), "{}", ended.stderr);
}

#[test]
fn a_lake_without_downloads_gives_no_rows() {
    let home = home();
    for args in [&["SELECT 1"][..], &["SELECT 1", "-o", "x.csv"], &["SHOW DATABASES"]] {
        let ended = home.run(&[&["--lake", "shut", "sql"], args].concat());
        assert_eq!((ended.code, ended.stdout.as_str()), (2, ""), "{args:?}");
        assert!(ended.complaint().contains("downloads = false"), "{}", ended.stderr);
    }
    let kept = "s3://analyst/kept/x";
    let ended = home.run(&["--lake", "shut", "sql", "SELECT 1", "--save", kept]);
    assert_eq!((ended.code, ended.stdout.as_str()), (0, ""), "{}", ended.stderr);
}

#[test]
fn what_lake_formation_denies_is_explained() {
    let home = home();
    good(&home, &["CREATE EXTERNAL TABLE t (a int) LOCATION 's3://analyst/t/'"]);
    let ended = home.run(&["--as", "ann", "sql", "DROP TABLE t"]);
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    let grant = "on t to arn:aws:iam::000000000000:user/ann.";
    let told = format!("Lake Formation has not granted DROP {grant} A data lake administrator");
    assert!(ended.stderr.contains(&told), "{}", ended.stderr);
}

/// Runs for hours unless it is stopped.
const ENDLESS: &str = "WITH n AS (SELECT x FROM (VALUES (1)) AS one (k) \
        CROSS JOIN UNNEST(sequence(1, 10000)) AS t (x)) \
    SELECT count(*) FROM n AS a CROSS JOIN (n AS b CROSS JOIN n AS c) WHERE a.x * b.x + c.x = 7";

#[test]
fn ctrl_c_stops_the_query_and_not_only_us() {
    let home = home();
    let mut command = home.command(&["sql", ENDLESS]);
    let child =
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("lakehand runs");
    std::thread::sleep(Duration::from_millis(1500));
    let began = Instant::now();
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).expect("a signal");
    let ended = Ended::of(child.wait_with_output().expect("it ends"));
    assert_eq!(ended.code, 130, "{}", ended.stderr);
    assert!(began.elapsed() < Duration::from_secs(10));
    assert!(ended.stderr.contains("CANCELLED"), "{}", ended.stderr);
    let log = home.run(&["audit"]).stdout;
    let last: Value = serde_json::from_str(log.lines().last().expect("a line")).expect("JSON");
    assert_eq!(last["action"], json!("athena:StopQueryExecution"));
}
