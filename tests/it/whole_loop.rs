//! The data lake manager's loop in the real binary, with keys: browse, upload, crawl, run a
//! job, query, save; then what is left in the buckets.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::support::pty::Terminal;
use crate::support::weed::Weed;

const SMALL: (u16, u16) = (80, 24);
const SOURCE: &str = "tredatalake1-tresourcebucket-demo01";
const ANALYST: &str = "tredatalake1-treanalystbucket-demo01";
const UP: &str = "\x1b[A";

/// Three invented samples, in a folder that no table covers yet.
fn incoming(home: &Path) {
    let dir = home.join("incoming/cohort");
    fs::create_dir_all(&dir).unwrap();
    fs::write(dir.join("cohort.csv"), "sample,age,arm\nS1,34,case\nS2,51,control\nS3,47,case\n")
        .unwrap();
}

#[test]
fn the_whole_loop_at_80_by_24() {
    let home = tempfile::tempdir().unwrap();
    incoming(home.path());
    let mut at = Terminal::start(home.path(), SMALL, &["--demo"]);

    // Browse: roles first, the source bucket at the top.
    at.wait(SOURCE);
    at.wait("000000000000");
    at.keys("\r");
    at.wait("variants/");

    // Upload a folder here and watch it arrive.
    at.keys("u");
    at.wait("Upload to");
    at.keys("incoming/cohort\r");
    at.wait("cohort/");
    at.keys("2");
    at.wait_until("the upload to be done", |s| s.contains("cohort.csv") && s.contains("100%"));

    // Crawl.
    at.keys("4");
    at.wait("genomics-crawler");
    at.keys("G");
    at.keys("r");
    at.wait("Start crawler genomics-crawler?");
    at.keys("y");
    at.wait("Crawler genomics-crawler: SUCCEEDED");

    // Run the job that works, one row up; its arguments as they are.
    at.keys(UP);
    at.keys("r");
    at.wait("Start gene-summary");
    at.keys("\n");
    at.wait("Start job gene-summary?");
    at.keys("y");
    at.wait("Job gene-summary: SUCCEEDED");

    // Query what was uploaded; the paste ends in a line feed and must not run anything.
    at.keys("3");
    at.wait("SQL goes here");
    at.keys(&format!(
        "\x1b[200~CREATE EXTERNAL TABLE cohort (sample string, age int, arm string) \
         ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' LOCATION 's3://{SOURCE}/cohort/' \
         TBLPROPERTIES ('skip.header.line.count'='1');\n\x1b[201~"
    ));
    at.settle(Duration::from_millis(500));
    let screen = at.screen();
    assert!(screen.contains("ctrl-j runs the marked statement"), "a paste ran:\n{screen}");
    at.keys("\x1b[15~");
    at.wait("─ SUCCEEDED");
    // The result takes the keys; back to the editor.
    at.wait("e edit");
    at.keys("e");
    at.wait("tab complete");
    at.keys("\x1b[200~SELECT arm, count(*) AS n, avg(age) AS age FROM cohort GROUP BY arm ORDER BY arm\x1b[201~");
    at.keys("\n");
    at.wait_until("the result", |s| s.contains("control") && s.contains("40.5"));

    // Save it into the analyst bucket.
    at.wait("e edit");
    at.keys("s");
    at.wait("Save into");
    at.keys("\x15cohort-by-arm.csv\r");
    at.wait("Saved s3://");
    at.wait("e edit");
    at.keys("q");
    assert_eq!(at.wait_exit(), 0, "{}", at.screen());
    assert!(!at.in_alternate_screen());

    // What is left in the buckets.
    let buckets = home.path().join("data/demo/buckets");
    let sent = fs::read(home.path().join("incoming/cohort/cohort.csv")).unwrap();
    assert_eq!(fs::read(buckets.join(SOURCE).join("cohort/cohort.csv")).unwrap(), sent);
    let results = buckets.join(ANALYST).join("results");
    let saved = fs::read_to_string(results.join("cohort-by-arm.csv")).unwrap();
    assert_eq!(
        saved,
        "\"arm\",\"n\",\"age\"\n\"case\",\"2\",\"40.5\"\n\"control\",\"1\",\"51.0\"\n"
    );
    let manifest = fs::read_to_string(results.join("cohort-by-arm.manifest.json")).unwrap();
    let manifest: Value = serde_json::from_str(&manifest).unwrap();
    assert!(manifest.to_string().contains("count(*)"), "{manifest}");
    assert!(manifest.to_string().contains(&saved.len().to_string()), "{manifest}");

    // Every write is in the audit log, and its chain holds.
    let audit = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lakehand"));
        let output = command.args(args).env("LAKEHAND_HOME", home.path()).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let log = audit(&["audit"]);
    for action in
        ["s3:PutObject", "glue:StartCrawler", "glue:StartJobRun", "athena:StartQueryExecution"]
    {
        assert!(log.contains(action), "no {action} in\n{log}");
    }
    assert!(!log.contains("FROM cohort"), "the audit log holds SQL:\n{log}");
    audit(&["audit", "verify"]);
}

#[test]
fn an_idle_minute_on_the_demo_writes_nothing() {
    let home = tempfile::tempdir().unwrap();
    let mut at = Terminal::start(home.path(), (200, 50), &["--demo"]);
    at.wait(SOURCE);
    at.wait("000000000000");
    at.settle(Duration::from_secs(2));
    let before = at.bytes();
    std::thread::sleep(Duration::from_secs(60));
    assert_eq!(at.bytes(), before, "an idle minute wrote to the terminal:\n{}", at.screen());
}

#[test]
fn hostile_keys_are_visible_marks_in_the_grid() {
    let home = tempfile::tempdir().unwrap();
    let lake = home.path().join("lake");
    let bucket = lake.join("buckets/hostile");
    fs::create_dir_all(&bucket).unwrap();
    fs::write(bucket.join("red\u{1b}[31m\u{202e}line\nfeed.txt"), "x").unwrap();
    let mut at = Terminal::start(home.path(), SMALL, &["--local", lake.to_str().unwrap()]);
    at.wait("hostile");
    at.keys("\r");
    let screen = at.wait("feed.txt");
    let row = screen.lines().find(|line| line.contains("feed.txt")).unwrap();
    assert!(row.contains("red␛[31m<U+202E>line␊feed.txt"), "{screen}");
    // The notice that tells of it is as plain as the grid.
    at.keys("D");
    let screen = at.wait("Delete");
    assert!(!screen.contains('\u{202e}'), "{screen}");
}

#[test]
fn the_workbench_browses_an_s3_that_nobody_here_wrote() {
    let weed = Weed::start();
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("note.txt"), "over the wire\n").unwrap();
    let env = [
        ("AWS_ENDPOINT_URL_S3", weed.url()),
        ("AWS_ACCESS_KEY_ID", "local"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
        ("AWS_REGION", "us-east-1"),
    ];
    let made = Command::new(crate::support::outside::bin("aws"))
        .args(["--endpoint-url", weed.url(), "s3", "mb", "s3://abroad"])
        .envs(env)
        .env("AWS_DEFAULT_REGION", "us-east-1")
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");

    let mut at = Terminal::start_with(home.path(), SMALL, &[], &env);
    at.wait("abroad");
    at.keys("\r");
    at.wait("othing");
    at.keys("u");
    at.wait("Upload to");
    at.keys("note.txt\r");
    at.wait_until("the object in the list", |s| s.contains("note.txt") && s.contains("14 B"));
    at.keys("p");
    at.wait("over the wire");
    at.keys("\x1bd");
    at.settle(Duration::from_millis(300));
    at.keys("q");
}

#[test]
fn quitting_under_an_upload_asks_and_the_next_start_goes_on() {
    let home = tempfile::tempdir().unwrap();
    // Zeros that take no room here: long enough to quit under.
    let size = 1 << 30;
    fs::File::create(home.path().join("large.bin")).unwrap().set_len(size).unwrap();
    let mut at = Terminal::start(home.path(), SMALL, &["--demo"]);
    at.wait(SOURCE);
    at.keys("\r");
    at.wait("variants/");
    at.keys("u");
    at.wait("Upload to");
    at.keys("large.bin\r");
    at.keys("2");
    at.wait_until("the first part", |s| s.contains("large.bin") && s.contains("iB/s"));
    at.keys("q");
    at.wait("y/n");
    at.keys("y");
    assert_eq!(at.wait_exit(), 0, "{}", at.screen());
    let there = home.path().join("data/demo/buckets").join(SOURCE).join("large.bin");
    assert!(!there.exists());

    let mut at = Terminal::start(home.path(), SMALL, &["--demo"]);
    at.wait("Going on with");
    at.keys("2");
    at.wait_until("its end", |s| s.contains("large.bin") && s.contains("done"));
    at.keys("q");
    at.wait_exit();
    assert_eq!(there.metadata().unwrap().len(), size);
    let audit = Command::new(env!("CARGO_BIN_EXE_lakehand"))
        .args(["--demo", "audit"])
        .env("LAKEHAND_HOME", home.path())
        .output()
        .unwrap();
    let log = String::from_utf8(audit.stdout).unwrap();
    let begun = log.lines().filter(|line| line.contains("large.bin") && line.contains("PutObject"));
    assert_eq!(begun.count(), 2, "one Create and one Complete in\n{log}");
    assert!(!log.contains("s3:AbortMultipartUpload"), "an abort in\n{log}");
}
