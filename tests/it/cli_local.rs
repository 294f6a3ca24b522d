//! The verbs against a local lake in a folder, as a script meets them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Stdio;

use lakehand::local::LocalLake;
use lakehand::local::principal::Principal;
use lakehand::local::s3::PutOptions;
use serde_json::Value;

use crate::process::{Ended, Home};

/// A key that would move the cursor, turn the text around and forge a line.
const HOSTILE: &str = "a/\u{1b}[2Jx\u{202e}gpj.\nexe";

/// A home whose lake `lake` has a bucket `box` with these keys, each holding its own name.
fn with_objects(keys: &[&str]) -> Home {
    let home = Home::new();
    let local = LocalLake::open(&lake_dir(&home)).expect("a local lake");
    let store = local.store();
    store.create_bucket("box").expect("a bucket");
    for key in keys {
        let body = key.as_bytes();
        store
            .put(&Principal::Administrator, "box", key, body, PutOptions::default())
            .expect("an object");
    }
    home
}

fn lake_dir(home: &Home) -> PathBuf {
    home.path().join("lake")
}

fn run(home: &Home, args: &[&str]) -> Ended {
    home.run(&[&["--local", "lake"], args].concat())
}

fn json_lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[test]
fn ls_prints_time_size_key_in_byte_order() {
    let home = with_objects(&["b.txt", "a/1", "a-b", "Z", "é", "a/2/3"]);
    let ended = run(&home, &["ls", "s3://box/"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
    let rows: Vec<Vec<&str>> =
        ended.stdout.lines().map(|line| line.split_whitespace().collect()).collect();
    let last: Vec<&str> = rows.iter().filter_map(|row| row.last().copied()).collect();
    assert_eq!(last, ["Z", "a-b", "a/", "b.txt", "é"]);
    assert_eq!(rows[2], ["PRE", "a/"]);
    assert_eq!(rows[3][1], "5");
    assert!(rows[3][0].parse::<jiff::Timestamp>().is_ok(), "{:?}", rows[3]);

    let all = run(&home, &["ls", "-r", "s3://box/a"]);
    let keys: Vec<&str> =
        all.stdout.lines().filter_map(|line| line.split(' ').next_back()).collect();
    assert_eq!(keys, ["a-b", "a/1", "a/2/3"]);
}

#[test]
fn ls_json_is_the_contract() {
    let home = with_objects(&["a/1", "b.txt"]);
    let lines = json_lines(&run(&home, &["ls", "s3://box/", "--json"]).stdout);
    assert_eq!(lines[0], serde_json::json!({"prefix": "a/"}));
    let object = lines[1].as_object().expect("an object");
    let mut names: Vec<&str> = object.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["etag", "key", "last_modified", "size", "storage_class"]);
    assert_eq!(object["key"], "b.txt");
    assert_eq!(object["size"], 5);
    assert!(!object["etag"].as_str().expect("an ETag").contains('"'));

    let buckets = json_lines(&run(&home, &["ls", "--json"]).stdout);
    assert_eq!(buckets, [serde_json::json!({"bucket": "box", "role": null})]);
}

#[test]
fn ls_names_the_roles_of_the_configuration() {
    let home = with_objects(&[]);
    let config = "[lakes.laptop]\nlocal = \"lake\"\nbuckets.analyst = { name = \"box\" }\n";
    std::fs::write(home.path().join("config.toml"), config).expect("config.toml");
    let ended = home.run(&["--lake", "laptop", "ls", "--json"]);
    let role = serde_json::json!({"bucket": "box", "role": "analyst"});
    assert_eq!(json_lines(&ended.stdout), [role], "{}", ended.stderr);
}

#[test]
fn a_hostile_key_shows_as_marks_and_survives_as_json() {
    let home = with_objects(&[HOSTILE]);
    let text = run(&home, &["ls", "-r", "s3://box/"]).stdout;
    assert_eq!(text.lines().count(), 1, "{text:?}");
    assert!(text.contains("a/␛[2Jx<U+202E>gpj.␊exe"), "{text:?}");

    let json = run(&home, &["ls", "-r", "--json", "s3://box/"]).stdout;
    assert_eq!(json.lines().count(), 1);
    assert!(!json.contains(['\u{1b}', '\u{202e}']), "{json:?}");
    assert_eq!(json_lines(&json)[0]["key"], HOSTILE);

    let ended = run(&home, &["ls", "s3://nowhere\u{1b}[2J/"]);
    assert!(!ended.stderr.contains('\u{1b}'), "{:?}", ended.stderr);
}

#[test]
fn a_bucket_that_is_not_there_is_one_sentence() {
    let home = with_objects(&[]);
    let ended = run(&home, &["ls", "s3://boxes/"]);
    assert_eq!(ended.code, 1);
    let said = ended.complaint();
    assert!(said.starts_with("lakehand: list s3://boxes: there is no bucket boxes"), "{said}");
}
