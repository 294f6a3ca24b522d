//! The journal from outside: `lakehand transfers`, lines that drop, queues that change hands.

use std::fs;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::process::Home;
use crate::support::pty::Terminal;
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

const SMALL: (u16, u16) = (80, 24);

/// A put at the end of a line, which has sent at least one part.
fn put_on_a_line(home: &Home) -> Terminal {
    file(home, "big", SIZE);
    let rest = ["--limit", "3MiB", "files/big", "s3://the-source/P/"];
    let terminal = Terminal::on_a_line(home.path(), SMALL, &[PUT, &rest].concat());
    wait(home, "a part", |lines| done(lines) > 0);
    terminal
}

/// Waits until no process holds a lease any more.
#[track_caller]
fn wait_until_nobody_is_left(home: &Home) {
    let deadline = Instant::now() + Duration::from_secs(90);
    let held = || {
        let files = fs::read_dir(home.path().join("data/owners")).unwrap();
        let locks = files
            .map(|file| file.unwrap().path())
            .filter(|path| path.extension().is_some_and(|kind| kind == "lock"));
        locks.filter_map(|path| fs::File::open(path).ok()).any(|file| file.try_lock().is_err())
    };
    while held() {
        assert!(Instant::now() < deadline, "somebody is left");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Lines of the audit log that tell of a write of this key: an upload has one for its beginning
/// and one for its end.
fn writes(home: &Home, key: &str) -> usize {
    let audit = fs::read_to_string(home.audit_file()).unwrap();
    audit.lines().filter(|line| line.contains("s3:PutObject") && line.contains(key)).count()
}

/// Parts that the process that ended the one transfer found there, and bytes that it sent.
fn reused_and_moved(home: &Home) -> (i64, i64) {
    let db = rusqlite::Connection::open(home.path().join("data/journal.sqlite")).unwrap();
    let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
    db.query_row("SELECT reused, moved FROM transfer WHERE state = 'done'", [], row).unwrap()
}

#[test]
fn a_put_whose_line_drops_goes_on_to_the_end() {
    let home = home();
    let terminal = put_on_a_line(&home);
    let pid = batch(&transfers(&home))["pid"].clone();
    terminal.cut();
    let lines = wait(&home, "headless", |lines| batch(lines)["state"] == "headless");
    assert_eq!(batch(&lines)["pid"], pid);
    wait(&home, "the end", |lines| batch(lines)["state"] == "done");
    assert!(arrived(&home));
    wait_until_nobody_is_left(&home);
    assert_eq!(reused_and_moved(&home), (0, SIZE as i64));
}

#[test]
fn a_workbench_takes_over_what_a_put_without_a_line_does() {
    let home = home();
    put_on_a_line(&home).cut();
    let lines = wait(&home, "headless", |lines| batch(lines)["state"] == "headless");
    let pid = batch(&lines)["pid"].as_u64().unwrap();

    let mut bench = Terminal::start(home.path(), SMALL, &["--lake", "l"]);
    bench.wait(&format!("Took over 1 transfer from process {pid}"));
    wait(&home, "the end", |lines| batch(lines)["state"] == "done");
    assert!(arrived(&home) && uploads(&home).is_empty());
    let (reused, moved) = reused_and_moved(&home);
    assert!(reused > 0);
    assert_eq!(reused * (5 << 20) + moved, SIZE as i64, "something was sent twice");
    assert_eq!(writes(&home, "P/big"), 2);
    bench.keys("\x03");
    assert_eq!(bench.wait_exit(), 130);
    wait_until_nobody_is_left(&home);
}

#[test]
fn a_workbench_whose_line_drops_goes_on_until_another_takes_over() {
    // At the limit below it takes 100 s: the machine may be slow to start the second workbench.
    const FILES: usize = 400;
    let home = home();
    let name = |n: usize| format!("tree/{n:03}");
    for n in 0..FILES {
        file(&home, &name(n), 64 << 10);
    }
    let mut first = Terminal::on_a_line(home.path(), SMALL, &["--lake", "l"]);
    first.wait("the-source");
    first.keys("2");
    first.wait("Nothing is being sent");
    first.keys("L");
    first.wait("Bytes a second");
    first.keys("256KiB\r");
    first.keys("1");
    first.wait("the-source");
    first.keys("\r");
    first.keys("u");
    first.wait("Upload to");
    first.keys("files/tree\r");
    wait(&home, "a file", |lines| lines.iter().any(|line| line["done"].as_u64() > Some(0)));
    first.cut();
    let lines = wait(&home, "headless", |lines| batch(lines)["state"] == "headless");
    let (pid, through) = (batch(&lines)["pid"].clone(), batch(&lines)["done"].clone());
    wait(&home, "more", |lines| batch(lines)["done"].as_u64() > through.as_u64());

    let mut second = Terminal::start(home.path(), SMALL, &["--lake", "l"]);
    second.wait(&format!("Took over 1 transfer from process {pid}"));
    let lines = wait(&home, "the end", |lines| batch(lines)["state"] == "done");
    assert_eq!(batch(&lines)["done"], FILES);
    for n in 0..FILES {
        let there = fs::read(in_lake(&home, &name(n))).unwrap();
        assert!(there == fs::read(home.path().join("files").join(name(n))).unwrap());
    }
    assert_eq!(writes(&home, "tree/"), FILES, "something was sent twice");
}

#[test]
fn a_workbench_with_nothing_to_do_ends_with_its_line() {
    let home = home();
    let mut bench = Terminal::on_a_line(home.path(), SMALL, &["--lake", "l"]);
    bench.wait("the-source");
    bench.cut();
    wait_until_nobody_is_left(&home);
}

#[test]
fn what_another_process_works_on_is_left_to_it_and_can_be_cancelled() {
    let home = home();
    let mut put = slow_put(&home);
    let mut bench = Terminal::start(home.path(), SMALL, &["--lake", "l"]);
    bench.wait(&format!("1 transfer is under way in process {}", put.id()));
    assert_eq!(batch(&transfers(&home))["pid"], put.id());

    let cancelled = home.run(&["--lake", "l", "transfers", "cancel", "1"]);
    assert_eq!(cancelled.code, 0, "{}", cancelled.stderr);
    assert!(cancelled.stdout.starts_with("Cancelled transfer 1: "), "{}", cancelled.stdout);
    assert_eq!(put.wait().unwrap().code(), Some(1));
    assert!(uploads(&home).is_empty());
    assert_eq!(batch(&transfers(&home))["state"], "cancelled");
}

#[test]
fn what_another_process_works_on_is_seen_in_the_pane_and_cancelled_there() {
    let home = home();
    let mut put = slow_put(&home);
    let mut bench = Terminal::start(home.path(), SMALL, &["--lake", "l"]);
    bench.wait("the-source");
    bench.keys("2");
    bench.wait(&format!("process {}: 1 batch, ", put.id()));
    bench.keys("b");
    bench.wait(&format!("pid {}", put.id()));
    bench.keys("r");
    bench.wait("is working on it, and goes on itself");
    bench.keys("x");
    bench.wait("and is asked to end it");
    bench.keys("y");
    bench.wait("Nothing waits, and no other process works on this lake");
    assert_eq!(put.wait().unwrap().code(), Some(1));
    assert!(uploads(&home).is_empty());
    assert_eq!(batch(&transfers(&home))["state"], "cancelled");
}

#[test]
fn what_has_lost_its_line_meanwhile_is_taken_over_by_a_key() {
    let home = home();
    let mut bench = Terminal::start(home.path(), SMALL, &["--lake", "l"]);
    bench.wait("the-source");
    put_on_a_line(&home).cut();
    let lines = wait(&home, "headless", |lines| batch(lines)["state"] == "headless");
    let pid = batch(&lines)["pid"].as_u64().unwrap();
    bench.keys("2");
    bench.wait(&format!("process {pid}: 1 batch, "));
    bench.keys("b");
    bench.wait(&format!("pid {pid}"));
    bench.keys("ir");
    bench.wait("Nothing waits");
    wait(&home, "the end", |lines| batch(lines)["state"] == "done");
    assert!(arrived(&home));
    let (reused, moved) = reused_and_moved(&home);
    assert!(reused > 0, "it did not go on here");
    assert_eq!(reused * (5 << 20) + moved, SIZE as i64, "something was sent twice");
}

/// A workbench with a batch before it that a signal has stopped.
fn bench_after(home: &Home, sent: Signal) -> Terminal {
    let mut put = slow_put(home);
    signal(&put, sent);
    assert_eq!(put.wait().unwrap().code(), Some(130));
    let mut bench = Terminal::start(home.path(), SMALL, &["--lake", "l"]);
    bench.wait("lakehand transfers resume 1");
    assert_eq!(batch(&transfers(home))["state"], "stopped");
    bench.keys("2");
    bench.wait(" MiB of 30.0 MiB: put ");
    bench.keys("b");
    bench.wait("stopped");
    bench
}

#[test]
fn what_was_stopped_waits_and_is_gone_on_with_by_a_key() {
    let home = home();
    let mut bench = bench_after(&home, Signal::INT);
    bench.keys("r");
    bench.wait("Going on with put ");
    bench.wait("Nothing waits");
    bench.keys("\x1b");
    bench.wait("1 done");
    wait(&home, "the end", |lines| batch(lines)["state"] == "done");
    assert!(arrived(&home) && uploads(&home).is_empty());
    let (reused, moved) = reused_and_moved(&home);
    assert!(reused > 0, "what had arrived was sent again");
    assert_eq!(reused * (5 << 20) + moved, SIZE as i64);
}

#[test]
fn what_was_stopped_is_thrown_away_by_a_key_and_no_is_the_default() {
    let home = home();
    let mut bench = bench_after(&home, Signal::TERM);
    bench.keys("x");
    bench.wait("of 1 unfinished file, for good");
    bench.keys("\r");
    bench.wait_until("no dialog", |screen| !screen.contains("for good"));
    assert_eq!((uploads(&home).len(), &batch(&transfers(&home))["state"]), (1, &"stopped".into()));
    bench.keys("x");
    bench.wait("for good");
    bench.keys("y");
    bench.wait("Nothing waits");
    assert!(uploads(&home).is_empty());
    let after = transfers(&home);
    assert_eq!((after.len(), &batch(&after)["state"]), (1, &"cancelled".into()));
    let manifests = fs::read_dir(home.path().join("data/manifests")).unwrap().count();
    assert_eq!(manifests, 1, "it is told what became of it");
}
