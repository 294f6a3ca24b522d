//! `lakehand sql -f`: files of several statements, and results that become tables.

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::Duration;

use lakehand::local::LocalLake;
use lakehand::model::manifest::Manifest;
use serde_json::Value;

use crate::process::{Ended, Home};
use crate::support::serve::Serve;

const CONFIG: &str = r#"
default_lake = "tre"
[lakes.tre]
local = "lake"
buckets.analyst = { name = "analyst", kms_key = "alias/K", prefix = "results/" }
[lakes.hashed]
local = "lake"
sql_in_manifests = false
buckets.analyst = { name = "analyst" }
"#;

fn home() -> Home {
    let home = Home::with_config(CONFIG);
    let local = LocalLake::open(&home.path().join("lake")).expect("a local lake");
    local.store().create_bucket("analyst").expect("a bucket");
    home
}

fn script(home: &Home, text: &str, more: &[&str]) -> Ended {
    std::fs::write(home.path().join("s.sql"), text).expect("the script");
    home.run(&[&["sql", "-f", "s.sql"], more].concat())
}

fn good(home: &Home, args: &[&str]) -> String {
    let ended = home.run(&[&["sql"], args].concat());
    assert_eq!(ended.code, 0, "{args:?}: {}", ended.stderr);
    ended.stdout
}

fn manifest(home: &Home, name: &str) -> Manifest {
    let path = home.path().join(format!("lake/buckets/analyst/kept/{name}.manifest.json"));
    serde_json::from_slice(&std::fs::read(path).expect("the manifest")).expect("a manifest")
}

#[test]
fn statements_run_in_order_and_each_prints_its_rows() {
    let home = home();
    let text = "-- first\nSELECT 1 AS a;\nCREATE DATABASE made;\nSELECT ';' AS b; ;\n";
    let ended = script(&home, text, &[]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(ended.stdout, "\"a\"\n\"1\"\n\"b\"\n\";\"\n");
    let told: Vec<&str> = ended.stderr.lines().collect();
    assert_eq!(told.len(), 3, "{}", ended.stderr);
    for (line, which) in told.iter().zip(["1 of 3: query", "2 of 3: query", "3 of 3: query"]) {
        assert!(line.contains(which) && line.contains("SUCCEEDED"), "{line}");
    }
    let json = script(&home, "SELECT 1 AS a; SELECT 'x' AS b", &["--format", "json"]);
    assert_eq!(json.stdout, "{\"a\":1}\n{\"b\":\"x\"}\n");
    let table = script(&home, "SELECT 1 AS a; SELECT 'x' AS b", &["--format", "table"]);
    assert_eq!(table.stdout, "a\n─\n1\n\nb\n─\nx\n");
    let mut piped = home.command(&["sql"]);
    piped.stdin(std::fs::File::open(home.path().join("s.sql")).expect("the script"));
    let piped = Ended::of(piped.output().expect("lakehand runs"));
    assert_eq!(piped.stdout, "\"a\"\n\"1\"\n\"b\"\n\"x\"\n", "{}", piped.stderr);
}

#[test]
fn the_first_failure_is_the_end() {
    let home = home();
    let text = "SELECT 1 AS a; SELECT nothing; CREATE DATABASE never";
    let ended = script(&home, text, &[]);
    assert_eq!((ended.code, ended.stdout.as_str()), (1, "\"a\"\n\"1\"\n"));
    let last = ended.stderr.lines().last().unwrap_or_default();
    assert!(last.starts_with("lakehand: statement 2 of 3: query "), "{last}");
    assert!(!good(&home, &["SHOW DATABASES"]).contains("never"));

    let ended = script(&home, text, &["-o", "rows.csv"]);
    assert_eq!(ended.code, 1);
    assert!(!home.path().join("rows.csv").exists(), "whole or absent");
    let ended = script(&home, "SELECT 1 AS a; SELECT 2 AS b", &["-o", "rows.csv"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let rows = std::fs::read_to_string(home.path().join("rows.csv")).expect("the file");
    assert_eq!(rows, "\"a\"\n\"1\"\n\"b\"\n\"2\"\n");
    let ended = script(&home, "SELECT 1 AS a; SELECT 2 AS b", &["-o", "rows.parquet"]);
    assert_eq!(ended.code, 2);
    assert!(ended.complaint().contains("the rows of one statement"), "{}", ended.stderr);
}

#[test]
fn a_value_serves_every_statement_that_asks_for_it() {
    let home = home();
    let text = "SELECT :a AS a; SELECT :b + 1 AS b, :a AS a; SELECT DATE '2026-01-01' < :day AS d";
    let day = "day=DATE '2026-11-27'";
    let values = ["--param", "a=it's", "--param", "b=5", "--param", day];
    let ended = script(&home, text, &values);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert_eq!(ended.stdout, "\"a\"\n\"it's\"\n\"b\",\"a\"\n\"6\",\"it's\"\n\"d\"\n\"true\"\n");
    let ended = script(&home, text, &values[..4]);
    assert_eq!(ended.code, 2, "before anything runs");
    assert!(ended.complaint().contains("no value for :day"), "{}", ended.stderr);
    let ended = script(&home, "SELECT 1; SELECT 2", &["--param", "x=1"]);
    assert_eq!(ended.complaint(), "lakehand: --param: no statement has :x");
}

#[test]
fn the_last_statements_result_is_kept() {
    let home = home();
    let text = "CREATE DATABASE d; SELECT 1 AS one";
    let ended = script(&home, text, &["--save", "s3://analyst/kept/last"]);
    assert_eq!((ended.code, ended.stdout.as_str()), (0, ""), "{}", ended.stderr);
    let kept = manifest(&home, "last");
    assert_eq!(kept.sql.as_deref(), Some("SELECT 1 AS one"));
    assert_eq!((kept.rows, kept.bytes, kept.objects.len()), (Some(1), 10, 1));
}

/// Values that a wrong SerDe would get wrong.
const AWKWARD: &str = "SELECT 1 AS n, 'a,\"b\"' AS t, CAST(2.50 AS decimal(10,2)) AS d \
     UNION ALL SELECT 2, '', NULL ORDER BY 1";

#[test]
fn what_is_saved_becomes_a_table_in_every_format() {
    let home = home();
    let save = |name: &str, format: &str| {
        let at = format!("s3://analyst/kept/{name}");
        let table = format!("default.{name}");
        let args = [AWKWARD, "--save", &at, "--as-format", format, "--table", &table];
        let ended = home.run(&[&["sql"], &args[..]].concat());
        assert_eq!(ended.code, 0, "{format}: {}", ended.stderr);
        assert!(ended.stderr.contains(&format!("table default.{name}")), "{}", ended.stderr);
    };
    for format in ["parquet", "json", "table"] {
        save(format!("as_{format}").as_str(), format);
        let rows = good(&home, &[&format!("SELECT n, t, d FROM as_{format} ORDER BY n")]);
        assert_eq!(
            rows, "\"n\",\"t\",\"d\"\n\"1\",\"a,\"\"b\"\"\",\"2.50\"\n\"2\",\"\",\n",
            "{format}"
        );
    }
    save("as_csv", "csv");
    // Of a CSV all is text, and NULL is empty.
    let rows = good(&home, &["SELECT n, t, d FROM as_csv ORDER BY n"]);
    assert_eq!(rows, "\"n\",\"t\",\"d\"\n\"1\",\"a,\"\"b\"\"\",\"2.50\"\n\"2\",\"\",\"\"\n");
    assert!(home.path().join("lake/buckets/analyst/kept/as_csv/as_csv.csv").exists());
    let log = home.run(&["audit"]).stdout;
    assert!(log.contains("glue:CreateTable") && !log.contains("a,"), "{log}");

    let made = manifest(&home, "as_table");
    assert_eq!(made.table.as_deref(), Some("default.as_table"));
    assert_eq!((made.format.as_str(), made.rows), ("table", Some(2)));
    assert!(made.objects.iter().all(|object| object.encryption.as_deref() == Some("aws:kms")));
}

#[test]
fn a_table_or_a_folder_that_is_there_is_one_sentence_and_nothing_runs() {
    let home = home();
    let save = |name: &str, format: &str, table: &[&str]| {
        let at = format!("s3://analyst/kept/{name}");
        let args = ["sql", "SELECT 1 AS a", "--save", &at, "--as-format", format];
        home.run(&[&args[..], table].concat())
    };
    let table = ["--table", "t"];
    assert_eq!(save("one", "table", &table).code, 0);
    let started = || home.run(&["audit"]).stdout.matches("athena:StartQueryExecution").count();
    let before = started();
    for (name, format, table, why) in [
        ("two", "table", &table[..], "there is a table of that name already"),
        ("two", "parquet", &table, "there is a table of that name already"),
        ("one", "json", &[], "there already"),
        ("one", "table", &["--table", "u"], "there already"),
    ] {
        let ended = save(name, format, table);
        assert_eq!(ended.code, 1, "{name} {format}: {}", ended.stderr);
        assert!(ended.complaint().contains(why), "{}", ended.stderr);
    }
    assert_eq!(started(), before);
    assert_eq!(save("x", "table", &[]).code, 2, "a table needs a name");
    assert_eq!(save("x", "csv", &["--table", "no name"]).code, 2);
    let ended = save("x", "orc", &[]);
    assert!(ended.code == 1 && ended.complaint().contains("not ORC"), "{}", ended.stderr);
}

#[test]
fn a_manifest_names_its_sources_and_may_leave_the_sql_out() {
    let home = home();
    good(&home, &["CREATE TABLE Base AS SELECT 1 AS a"]);
    let sql = "WITH x AS (SELECT a FROM base) SELECT b.a FROM x, \"default\".base b WHERE b.a = :a";
    let at = "s3://analyst/kept/spelled";
    good(&home, &[sql, "--param", "a=1", "--save", at]);
    let spelled = manifest(&home, "spelled");
    assert_eq!(spelled.source_tables, ["default.base"]);
    assert_eq!(spelled.parameters, ["1"]);
    assert!(spelled.sql.is_some_and(|sql| sql.contains("b.a = ?")));

    let at = "s3://analyst/kept/hashed";
    let ended = home.run(&[
        "--lake",
        "hashed",
        "sql",
        sql,
        "--param",
        "a=1",
        "--save",
        at,
        "--as-format",
        "parquet",
    ]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let hashed = manifest(&home, "hashed");
    assert_eq!((hashed.sql, hashed.parameters), (None, Vec::new()));
    assert_eq!(hashed.sql_sha256, spelled.sql_sha256);
    assert_eq!(hashed.source_tables, ["default.base"]);
}

/// Runs for hours unless it is stopped.
const ENDLESS: &str = "WITH n AS (SELECT x FROM (VALUES (1)) AS one (k) \
        CROSS JOIN UNNEST(sequence(1, 10000)) AS t (x)) \
    SELECT count(*) FROM n AS a CROSS JOIN (n AS b CROSS JOIN n AS c) WHERE a.x * b.x + c.x = 7";

#[test]
fn ctrl_c_stops_the_query_at_the_server_and_starts_no_other() {
    let dir = tempfile::tempdir().expect("a folder");
    let local = LocalLake::open(&dir.path().join("lake")).expect("a local lake");
    local.store().create_bucket("analyst").expect("a bucket");
    drop(local);
    let serve = Serve::start(&dir.path().join("lake"));
    let config = format!(
        "default_lake = \"far\"\n[lakes.far]\nregion = \"us-east-1\"\nendpoint_url = \"{}\"\n\
         buckets.analyst = {{ name = \"analyst\" }}\n",
        serve.url()
    );
    let home = Home::with_config(&config);
    let text = format!("SELECT 1 AS a; {ENDLESS}; CREATE DATABASE never");
    std::fs::write(home.path().join("s.sql"), text).expect("the script");
    let keys = [("AWS_ACCESS_KEY_ID", "local"), ("AWS_SECRET_ACCESS_KEY", "local")];
    let mut command = home.command(&["sql", "-f", "s.sql"]);
    command.envs(keys).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("lakehand runs");
    // The rows of the first statement are there while the second one runs.
    let mut rows = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    assert_eq!(rows.next().expect("a line").expect("text"), "\"a\"");
    assert_eq!(rows.next().expect("a line").expect("text"), "\"1\"");
    std::thread::sleep(Duration::from_millis(1500));
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).expect("a signal");
    let ended = Ended::of(child.wait_with_output().expect("it ends"));
    assert_eq!(ended.code, 130, "{}", ended.stderr);
    let stopped = ended.stderr.lines().find(|line| line.contains("CANCELLED"));
    let stopped = stopped.unwrap_or_else(|| panic!("{}", ended.stderr));
    assert!(stopped.contains("2 of 3: query "), "{stopped}");

    // What the server says of it, and of what came behind.
    let mut log = home.command(&["audit"]);
    let log = Ended::of(log.output().expect("lakehand runs")).stdout;
    let acts: Vec<Value> =
        log.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let last = acts.last().expect("an act");
    assert_eq!(
        (&last["action"], &last["outcome"]),
        (&Value::from("athena:StopQueryExecution"), &Value::from("done"))
    );
    let mut after = home.command(&["sql", "SHOW DATABASES"]);
    let after = Ended::of(after.envs(keys).output().expect("lakehand runs"));
    assert!(after.code == 0 && !after.stdout.contains("never"), "{}", after.stderr);
}
