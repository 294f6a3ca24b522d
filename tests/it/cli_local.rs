//! The verbs against a local lake in a folder, as a script meets them.

use std::collections::BTreeMap;
use std::io::BufRead as _;
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
fn ls_prints_the_same_of_an_object_whichever_way_it_was_found() {
    let home =
        with_objects(&["a \"q\"\\", "b\u{1b}[2Jx\u{202e}gpj.\nexe", "e\u{301}", "c%2F+d", "é"]);
    for form in [&["ls", "s3://box/"][..], &["ls", "--json", "s3://box/"]] {
        let level = run(&home, form);
        let all = run(&home, &[form, &["-r"]].concat());
        assert_eq!((level.code, all.code, all.stderr.as_str()), (0, 0, ""));
        assert_eq!(level.stdout.lines().count(), 5);
        assert_eq!(level.stdout, all.stdout);
    }
}

#[test]
fn a_reader_that_leaves_in_the_middle_ends_it_quietly() {
    let home = with_objects(&[]);
    let folder = lake_dir(&home).join("buckets/box");
    for number in 0..6_000 {
        std::fs::write(folder.join(format!("{number:0100}")), b"").expect("an object");
    }
    let mut command = home.command(&["--local", "lake", "ls", "-r", "s3://box"]);
    let mut child =
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("lakehand runs");
    let mut first = String::new();
    // Dropped with its pipe at the end of the statement.
    std::io::BufReader::new(child.stdout.take().expect("a pipe"))
        .read_line(&mut first)
        .expect("a line");
    assert!(first.ends_with("00\n"), "{first}");
    let ended = Ended::of(child.wait_with_output().expect("its end"));
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
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

#[test]
fn pages_follow_one_another() {
    let keys: Vec<String> = (0..1005).map(|number| format!("k/{number:05}")).collect();
    let names: Vec<&str> = keys.iter().map(String::as_str).collect();
    let home = with_objects(&names);
    let ended = run(&home, &["ls", "-r", "s3://box/", "--json"]);
    let listed: Vec<Value> = json_lines(&ended.stdout);
    assert!(listed.iter().map(|line| &line["key"]).eq(keys.iter()), "{} keys", listed.len());
}

#[test]
fn a_reader_that_leaves_ends_it_quietly() {
    let home = with_objects(&["one", "two"]);
    let mut command = home.command(&["--local", "lake", "ls", "-r", "s3://box/"]);
    let mut child =
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("lakehand runs");
    drop(child.stdout.take());
    let ended = Ended::of(child.wait_with_output().expect("it ends"));
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
}

#[test]
fn only_a_local_lake_is_served_and_only_here() {
    let home = with_objects(&[]);
    let ended = home.run(&["serve"]);
    assert_eq!(ended.code, 2);
    assert!(ended.complaint().contains("--local DIR"), "{}", ended.stderr);
    let ended = run(&home, &["serve", "--listen", "0.0.0.0:0"]);
    assert_eq!(ended.code, 2);
    assert!(ended.complaint().contains("loopback"), "{}", ended.stderr);
}

#[test]
fn a_principal_of_another_name_has_its_own_keys() {
    let home = with_objects(&["x"]);
    let ended = run(&home, &["--as", "no such\nname", "ls"]);
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    assert!(!ended.complaint().contains('\n'));
    let ended = run(&home, &["--as", "analyst", "ls", "s3://box/"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
}

/// A home with three lines in its audit log: an upload, another, and one that was refused.
fn with_audited_writes() -> Home {
    let home = with_objects(&[]);
    for name in ["one.txt", "two.txt"] {
        std::fs::write(home.path().join(name), name).expect("a file");
        let ended = run(&home, &["put", name, "s3://box/in/"]);
        assert_eq!(ended.code, 0, "{}", ended.stderr);
    }
    std::fs::write(home.path().join("one.txt"), "changed").expect("a file");
    let ended = run(&home, &["--read-only", "put", "--overwrite", "one.txt", "s3://box/in/"]);
    assert_ne!(ended.code, 0, "a read-only lake took a file");
    home
}

#[test]
fn every_write_leaves_a_line_and_an_edit_is_found() {
    let home = with_audited_writes();
    let lines = json_lines(&run(&home, &["audit"]).stdout);
    let outcomes: Vec<&str> = lines.iter().filter_map(|line| line["outcome"].as_str()).collect();
    assert_eq!(outcomes[..2], ["done", "done"], "{lines:?}");
    assert!(outcomes[2].starts_with("refused: "), "{lines:?}");
    assert_eq!(lines[0]["action"], "s3:PutObject");
    assert!(lines[0]["identity"].as_str().is_some_and(|arn| arn.contains(":root")), "{}", lines[0]);
    let good = run(&home, &["audit", "verify"]);
    assert_eq!(good.code, 0, "{}", good.stderr);
    assert!(good.stdout.starts_with("good: 3 records, head "), "{}", good.stdout);

    let text = std::fs::read_to_string(home.audit_file()).expect("the log");
    std::fs::write(home.audit_file(), text.replacen("one.txt", "1ne.txt", 1)).expect("an edit");
    let bad = run(&home, &["audit", "verify"]);
    assert_eq!(bad.code, 1);
    assert!(bad.stdout.contains("line 1: it was edited"), "{}", bad.stdout);
    assert!(bad.complaint().contains("1 fault"), "{}", bad.stderr);
}

#[test]
fn what_it_keeps_is_nobody_elses_to_read() {
    use std::os::unix::fs::PermissionsExt;
    let home = with_audited_writes();
    let modes: BTreeMap<&str, u32> = ["data", "data/audit.jsonl", "state", "state/lakehand.log"]
        .into_iter()
        .map(|name| {
            let meta = std::fs::metadata(home.path().join(name)).expect(name);
            (name, meta.permissions().mode() & 0o777)
        })
        .collect();
    let wanted = [
        ("data", 0o700),
        ("data/audit.jsonl", 0o600),
        ("state", 0o700),
        ("state/lakehand.log", 0o600),
    ];
    assert_eq!(modes, BTreeMap::from(wanted));
}

#[test]
fn options_stand_anywhere_between_the_places() {
    let home = with_objects(&["a.txt", "b.txt"]);
    std::fs::write(home.path().join("one"), "1").expect("a file");
    std::fs::write(home.path().join("two"), "2").expect("a file");
    let put = home.run(&["put", "one", "--local", "lake", "two", "--json", "s3://box/in/"]);
    assert_eq!(put.code, 0, "{}", put.stderr);
    let got = run(&home, &["get", "s3://box/a.txt", "--json", "s3://box/b.txt", "out"]);
    assert_eq!((got.code, json_lines(&got.stdout).len()), (0, 3), "{}", got.stderr);
    assert_eq!(std::fs::read(home.path().join("out/b.txt")).expect("a file"), b"b.txt");
    for lone in [&["put", "one"][..], &["get", "s3://box/a.txt"]] {
        let ended = run(&home, lone);
        assert_eq!(ended.code, 2);
        assert!(ended.complaint().contains("were not provided"), "{}", ended.stderr);
    }
}

#[test]
fn get_with_r_takes_folders_and_objects() {
    let home = with_objects(&["a.txt", "d/b.txt"]);
    let got = run(&home, &["get", "-r", "s3://box/a.txt", "s3://box/d", "s3://box/none", "out"]);
    assert_eq!(got.code, 3, "{}", got.stderr);
    let said = "lakehand: look at s3://box/none: there is nothing of that name";
    assert!(got.stderr.starts_with(said), "{}", got.stderr);
    for name in ["a.txt", "b.txt"] {
        assert!(home.path().join("out").join(name).is_file(), "{name}");
    }
}

#[test]
fn the_journal_knows_the_size_of_what_was_fetched() {
    let home = with_objects(&["a.txt"]);
    assert_eq!(run(&home, &["get", "s3://box/a.txt", "out"]).code, 0);
    let batch = &json_lines(&run(&home, &["transfers", "--json"]).stdout)[0];
    assert_eq!((&batch["bytes_total"], &batch["bytes_done"]), (&5.into(), &5.into()));
}

#[test]
fn a_bucket_that_is_not_there_is_named_by_every_verb() {
    let home = with_objects(&["a.txt"]);
    std::fs::write(home.path().join("file"), "1").expect("a file");
    let said = |args: &[&str]| run(&home, args).complaint().to_owned();
    for args in [
        &["ls", "s3://absent/"][..],
        &["get", "s3://absent/k", "out"],
        &["get", "-r", "s3://absent/k/", "out"],
        &["put", "file", "s3://absent/k/"],
    ] {
        assert!(said(args).contains(": there is no bucket absent ("), "{}", said(args));
    }
    let bad = said(&["ls", "s3://b1"]);
    assert_eq!(bad, "lakehand: list s3://b1: b1 is not a name that a bucket can have");
}

#[test]
fn what_a_local_lake_writes_is_its_users_alone() {
    use std::os::unix::fs::MetadataExt as _;
    let home = Home::new();
    std::fs::write(home.path().join("file"), "1").expect("a file");
    let to = "s3://tredatalake1-tresourcebucket-demo01/a/b/";
    let ended = home.run(&["--demo", "put", "file", to]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let ended = home.run(&["--demo", "sql", "SELECT count(*) FROM variants"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let mut folders = vec![home.path().join("data"), home.path().join("state")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let meta = path.symlink_metadata().expect("it is there");
            let shown = format!("{:o} {}", meta.mode(), path.display());
            assert_eq!(meta.mode() & 0o077, 0, "{shown}");
            folders.extend(meta.is_dir().then_some(path));
        }
    }
}

#[test]
fn check_tells_a_pass_from_a_fail_from_what_nobody_knows() {
    let home = with_objects(&[]);
    let on_lake = |args: &[&str]| home.run(&[&["--lake", "laptop"], args].concat());
    let none = run(&home, &["check"]);
    assert_eq!(none.code, 2, "no bucket of this lake has a role: {}", none.stderr);
    assert!(none.complaint().contains("[lakes.lake.buckets]"), "{}", none.stderr);

    let config = "[lakes.laptop]\nlocal = \"lake\"\nbuckets.source = { name = \"box\" }\n";
    std::fs::write(home.path().join("config.toml"), config).expect("config.toml");
    let failed = on_lake(&["check"]);
    assert_eq!((failed.code, failed.stderr.as_str()), (1, ""));
    assert!(failed.stdout.starts_with("box (source)\n  fail     encryption "), "{}", failed.stdout);
    let lines = json_lines(&on_lake(&["check", "--json"]).stdout);
    let verdict = |check: &str| {
        let line = lines.iter().find(|line| line["check"] == check).expect("a finding");
        assert_eq!((&line["bucket"], &line["role"]), (&"box".into(), &"source".into()));
        line["verdict"].clone()
    };
    assert_eq!((lines.len(), verdict("versioning")), (11, "fail".into()));
    assert_eq!((verdict("public-access"), verdict("strays")), ("pass".into(), "pass".into()));

    // A bucket that is not there: all that S3 could tell is unknown.
    let config = config.replace("box", "gone").replace("source", "analyst");
    std::fs::write(home.path().join("config.toml"), config).expect("config.toml");
    let unknown = on_lake(&["check", "--json"]);
    assert_eq!(unknown.code, 3, "{}", unknown.stdout);
    let unknowns = json_lines(&unknown.stdout);
    assert_eq!(unknowns.iter().filter(|line| line["verdict"] == "unknown").count(), 10);
}
