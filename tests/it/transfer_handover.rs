//! The journal from outside: `lakehand transfers`, lines that drop, queues that change hands.

use std::fs;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::process::Home;
use crate::transfer_cli::{file, home, in_lake, uploads};

/// 30 MiB in parts of 5 MiB, one after the other.
const PUT: &[&str] = &["--lake", "l", "put", "--part-size", "5MiB", "--concurrency", "1"];
const SIZE: usize = 30 << 20;

/// A put that will take some ten seconds and has sent at least one part.
fn slow_put(home: &Home) -> Child {
    file(home, "big", SIZE);
    let child = home
        .command(PUT)
        .args(["--limit", "3MiB", "files/big", "s3://the-source/P/"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    wait(home, "a part", |lines| done(lines) > 0);
    child
}

fn transfers(home: &Home) -> Vec<Value> {
    let ended = home.run(&["transfers", "--json"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    crate::transfer_cli::lines(&ended)
}

/// Bytes of the parts that the journal knows of.
fn done(lines: &[Value]) -> u64 {
    lines
        .iter()
        .filter(|line| line["event"] == "transfer")
        .map(|l| l["done"].as_u64().unwrap())
        .sum()
}

/// The one batch.
fn batch(lines: &[Value]) -> &Value {
    let batches: Vec<_> = lines.iter().filter(|line| line["event"] == "batch").collect();
    assert_eq!(batches.len(), 1, "{lines:?}");
    batches[0]
}

#[track_caller]
fn wait(home: &Home, what: &str, holds: impl Fn(&[Value]) -> bool) -> Vec<Value> {
    let deadline = Instant::now() + Duration::from_secs(90);
    loop {
        let lines = transfers(home);
        if holds(&lines) {
            return lines;
        }
        assert!(Instant::now() < deadline, "waited for {what}: {lines:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

fn arrived(home: &Home) -> bool {
    fs::read(in_lake(home, "P/big")).ok() == fs::read(home.path().join("files/big")).ok()
}

#[test]
fn an_empty_journal_is_one_sentence_and_needs_no_lake() {
    let home = Home::new();
    let ended = home.run(&["transfers"]);
    assert_eq!((ended.code, ended.stdout.lines().count()), (0, 1), "{}", ended.stdout);
    let ended = home.run(&["transfers", "--json"]);
    assert_eq!((ended.code, ended.stdout.as_str()), (0, ""));
    let ended = home.run(&["transfers", "resume", "7"]);
    assert_eq!(ended.code, 1);
    assert!(ended.complaint().contains("none of that number"), "{}", ended.stderr);
}

#[test]
fn what_was_killed_is_seen_and_gone_on_with() {
    let home = home();
    let mut put = slow_put(&home);
    let running = transfers(&home);
    assert_eq!(batch(&running)["state"], "running");
    assert_eq!(batch(&running)["pid"], put.id());
    let refused = home.run(&["--lake", "l", "transfers", "resume", "1"]);
    assert_eq!(refused.code, 1);
    let why = format!("resume transfer 1: process {} is working on it", put.id());
    assert!(refused.complaint().contains(&why), "{}", refused.stderr);

    put.kill().unwrap();
    put.wait().unwrap();
    let left = transfers(&home);
    assert_eq!(batch(&left)["state"], "interrupted");
    assert_eq!(batch(&left)["verb"], "put");
    let text = home.run(&["transfers"]).stdout;
    assert!(text.contains("interrupted") && text.contains("s3://the-source/P/big"), "{text}");

    let other = home.run(&["--local", "elsewhere", "transfers", "resume", "1"]);
    assert_eq!(other.code, 2);
    assert!(other.complaint().contains("it belongs to the lake local /"), "{}", other.stderr);

    let resumed = home.run(&["--lake", "l", "transfers", "resume", "1", "--json"]);
    assert_eq!(resumed.code, 0, "{}", resumed.stderr);
    let said = crate::transfer_cli::lines(&resumed);
    assert_eq!(said[0]["status"], "done");
    assert!(said[0]["parts_reused"].as_u64() > Some(0), "{said:?}");
    assert_eq!(said[1]["event"], "summary");
    assert!(arrived(&home) && uploads(&home).is_empty());
    assert_eq!(batch(&transfers(&home))["state"], "done");
    let again = home.run(&["--lake", "l", "transfers", "resume", "1"]);
    assert_eq!(again.code, 1);
    assert!(again.complaint().contains("it is over"), "{}", again.stderr);
}

#[test]
fn what_was_stopped_can_be_cancelled_and_leaves_nothing() {
    let home = home();
    let mut put = slow_put(&home);
    signal(&put, Signal::INT);
    assert_eq!(put.wait().unwrap().code(), Some(130));
    let left = transfers(&home);
    assert_eq!(batch(&left)["state"], "stopped");
    assert_eq!(uploads(&home).len(), 1);

    let cancelled = home.run(&["--lake", "l", "transfers", "cancel", "1", "--json"]);
    assert_eq!(cancelled.code, 0, "{}", cancelled.stderr);
    let said = &crate::transfer_cli::lines(&cancelled)[0];
    assert_eq!(said["bytes_thrown_away"].as_u64(), Some(done(&left)));
    assert!(uploads(&home).is_empty());
    let after = transfers(&home);
    assert_eq!((after.len(), &batch(&after)["state"]), (1, &"cancelled".into()));
    let again = home.run(&["--lake", "l", "transfers", "cancel", "1"]);
    assert_eq!(again.code, 1);
    assert!(again.complaint().contains("it is over"), "{}", again.stderr);
}
