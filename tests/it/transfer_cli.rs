//! `put` and `get` as a script meets them: JSON lines, exit statuses, Ctrl-C.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::Stdio;

use serde_json::Value;

use crate::process::{Ended, Home};

/// A home with a local lake that has a bucket `source` and a `target`.
pub fn home() -> Home {
    let home = Home::with_config(
        "[lakes.l]\nlocal = \"lake\"\n[lakes.l.buckets]\nsource = { name = \"the-source\" }\n\
         target = { name = \"the-target\" }\n[lakes.shut]\nlocal = \"lake\"\ndownloads = false\n",
    );
    let text = fs::read_to_string(home.path().join("config.toml")).unwrap();
    let lake = home.path().join("lake");
    let text = text.replace("\"lake\"", &format!("{:?}", lake.to_str().unwrap()));
    fs::write(home.path().join("config.toml"), text).unwrap();
    for bucket in ["the-source", "the-target"] {
        fs::create_dir_all(lake.join("buckets").join(bucket)).unwrap();
    }
    home
}

pub fn file(home: &Home, name: &str, size: usize) -> PathBuf {
    let path = home.path().join("files").join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, crate::transfer_rig::noise(size, 7)).unwrap();
    path
}

pub fn lines(ended: &Ended) -> Vec<Value> {
    ended.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

pub fn in_lake(home: &Home, key: &str) -> PathBuf {
    home.path().join("lake/buckets/the-source").join(key)
}

#[test]
fn a_name_that_xml_cannot_hold_is_put_in_parts_and_read_back() {
    let home = home();
    let name = "a\u{1}b\u{1b}[31mc";
    let path = file(&home, name, 11 << 20);
    let to = ["s3://the-source/in/"];
    let put = ["--lake", "l", "put", "--json", "--part-size", "5MiB", path.to_str().unwrap()];
    let ended = home.run(&[&put[..], &to].concat());
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let key = format!("in/{name}");
    let object = &lines(&ended)[0];
    assert_eq!((&object["key"], &object["verified"]), (&key.as_str().into(), &true.into()));
    assert!(object["upload_id"].is_string());
    let uri = format!("s3://the-source/{key}");
    fs::remove_file(&path).unwrap();
    let got = home.run(&["--lake", "l", "get", &uri, "files"]);
    assert_eq!(got.code, 0, "{}", got.stderr);
    assert!(!got.stdout.contains(['\u{1}', '\u{1b}']), "{:?}", got.stdout);
    assert!(fs::read(&path).unwrap() == crate::transfer_rig::noise(11 << 20, 7));
}

#[test]
fn put_says_what_was_proven_and_get_brings_it_back() {
    let home = home();
    file(&home, "tree/a/x", 100);
    file(&home, "tree/y", 12 << 20);
    let put =
        ["--lake", "l", "put", "-r", "--json", "--sha256", "--part-size", "5MiB", "files/tree"];
    let put = [&put[..], &["s3://the-source/P/"]].concat();
    let ended = home.run(&put);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let said = lines(&ended);
    assert_eq!(said.len(), 3);
    for object in &said[..2] {
        assert_eq!(object["event"], "object");
        assert_eq!(object["status"], "done");
        assert_eq!(object["verified"], true);
        assert_eq!(object["proof"], "crc64nvme");
        assert_eq!(object["bytes_sent"], object["bytes"]);
        assert_eq!(object["error"], Value::Null);
        let key = object["key"].as_str().unwrap();
        let sent = fs::read(home.path().join("files/tree").join(&key[2..])).unwrap();
        assert!(fs::read(in_lake(&home, key)).unwrap() == sent);
        use sha2::Digest as _;
        assert_eq!(object["sha256"], hex::encode(sha2::Sha256::digest(&sent)));
        assert_eq!(object["upload_id"].is_string(), key == "P/y");
    }
    assert_eq!(said[2]["event"], "summary");
    assert_eq!((&said[2]["done"], &said[2]["failed"]), (&2.into(), &0.into()));

    let again = home.run(&put);
    assert_eq!(again.code, 0);
    assert!(lines(&again)[..2].iter().all(|object| object["status"] == "skipped"));

    let ended = home.run(&["--lake", "l", "get", "-r", "--json", "s3://the-source/P/", "back"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    for name in ["a/x", "y"] {
        let (sent, back) = (home.path().join("files/tree"), home.path().join("back"));
        assert!(fs::read(sent.join(name)).unwrap() == fs::read(back.join(name)).unwrap());
    }
}

#[test]
fn exit_statuses_tell_all_from_some() {
    let home = home();
    file(&home, "x", 10);
    let ended = home.run(&["--lake", "l", "put", "files/x", "files/none", "s3://the-source/P/"]);
    assert_eq!(ended.code, 3);
    assert!(ended.stderr.contains("lakehand: put files/none: No such file"), "{}", ended.stderr);
    assert!(ended.stdout.contains("s3://the-source/P/x"), "{}", ended.stdout);
    let ended = home.run(&["--lake", "l", "put", "files/none", "s3://the-source/P/"]);
    assert_eq!(ended.code, 1);
    assert!(ended.complaint().starts_with("lakehand: put files/none: "));

    fs::write(home.path().join("files/x"), "other").unwrap();
    let ended = home.run(&["--lake", "l", "put", "files/x", "s3://the-source/P/"]);
    assert_eq!(ended.code, 1);
    assert!(ended.complaint().contains("--overwrite"), "{}", ended.stderr);
    let ended = home.run(&["--lake", "l", "put", "--overwrite", "files/x", "s3://the-source/P/"]);
    assert_eq!(ended.code, 0);
    assert_eq!(fs::read(in_lake(&home, "P/x")).unwrap(), b"other");
}

#[test]
fn what_cannot_be_asked_is_refused_before_anything_moves() {
    let home = home();
    file(&home, "x", 10);
    for (args, said) in [
        (vec!["l", "put", "files/x", "s3://the-target/"], "give --approval REF"),
        (vec!["l", "put", "--part-size", "1MiB", "files/x", "s3://the-source/"], "at least 5 MiB"),
        (vec!["l", "put", "--limit", "fast", "files/x", "s3://the-source/"], "is not a size"),
        (vec!["l", "put", "files/x", "the-source"], "must begin with s3://"),
        (vec!["l", "put", "s3://the-source/x", "s3://the-source/y"], "a source is a local file"),
        (vec!["shut", "get", "s3://the-source/x", "back"], "downloads are switched off"),
    ] {
        let ended = home.run(&[&["--lake"], &args[..]].concat());
        assert_eq!(ended.code, 2, "{args:?}: {}", ended.stderr);
        assert!(ended.complaint().contains(said), "{args:?}: {}", ended.stderr);
    }
    assert!(!home.path().join("back").exists());
    let bucket = home.path().join("lake/buckets/the-target");
    assert_eq!(fs::read_dir(bucket).unwrap().count(), 0);
}

#[test]
fn an_approval_goes_into_the_audit_log() {
    let home = home();
    file(&home, "x", 10);
    let put = ["--lake", "l", "put", "--approval", "EG-17", "files/x", "s3://the-target/out/"];
    let ended = home.run(&put);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let audit = fs::read_to_string(home.audit_file()).unwrap();
    let line = audit.lines().find(|line| line.contains("the-target/out/x")).unwrap();
    assert!(line.contains("EG-17") && line.contains("CRC64NVME:"), "{line}");
}

#[test]
fn ctrl_c_leaves_what_is_unfinished_and_the_same_command_goes_on() {
    let home = home();
    let path = file(&home, "big", 30 << 20);
    let put = ["--lake", "l", "put", "--json", "--part-size", "5MiB", "--concurrency", "1"];
    let mut child = home
        .command(&put)
        .args(["--limit", "4MiB", "files/big", "s3://the-source/P/"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The first line of progress says that it is on its way.
    let mut progress = BufReader::new(child.stderr.take().unwrap()).lines();
    let first = progress.next().unwrap().unwrap();
    assert!(first.contains("of 31.5 MB"), "{first}");
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let said: String = progress.map_while(Result::ok).collect();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    assert!(said.contains("the same command goes on from there"), "{said}");
    assert!(!in_lake(&home, "P/big").exists());
    assert_eq!(uploads(&home).len(), 1, "what was sent is kept");

    let again = home.run(&[&put[..], &["files/big", "s3://the-source/P/"]].concat());
    assert_eq!(again.code, 0, "{}", again.stderr);
    let object = again.stdout.lines().next().unwrap();
    let object: serde_json::Value = serde_json::from_str(object).unwrap();
    assert_eq!(object["status"], "done");
    assert!(object["parts_reused"].as_u64() > Some(0), "{object}");
    assert!(object["bytes_sent"].as_u64() < Some(30 << 20), "{object}");
    assert!(std::fs::read(in_lake(&home, "P/big")).unwrap() == std::fs::read(path).unwrap());
    assert!(uploads(&home).is_empty());
}

/// The unfinished uploads of the source bucket.
pub fn uploads(home: &Home) -> Vec<lakehand::lake::strays::Stray> {
    let local = lakehand::local::LocalLake::open(&home.path().join("lake")).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let (access_key, secret_key) = local.sign_as(None).unwrap();
        let seam = lakehand::lake::Seam { http: local.connector(), access_key, secret_key };
        let settings = lakehand::model::settings::Settings::aws("l");
        let nobody = lakehand::lake::witness::nobody();
        let lake = lakehand::lake::Lake::open(settings, Some(seam), nobody);
        lake.unfinished_uploads(&"s3://the-source/".parse().unwrap()).await.unwrap()
    })
}
