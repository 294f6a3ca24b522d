use super::*;
use std::fs;
use std::os::unix::fs::PermissionsExt;

fn record(resource: &str) -> Record {
    Record {
        time: "2026-11-21T10:00:00Z".to_owned(),
        lake: "tre".to_owned(),
        action: "s3:PutObject".to_owned(),
        resource: resource.to_owned(),
        outcome: "done".to_owned(),
        ..Record::default()
    }
}

/// A log of `count` lines in a folder of its own.
fn log(count: usize) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("data/audit.jsonl");
    for number in 0..count {
        append(&file, &[record(&format!("s3://b/{number}"))]).unwrap();
    }
    (dir, file)
}

fn lines(file: &Path) -> Vec<String> {
    fs::read_to_string(file).unwrap().lines().map(str::to_owned).collect()
}

fn rewrite(file: &Path, lines: &[String]) {
    fs::write(file, lines.iter().map(|line| format!("{line}\n")).collect::<String>()).unwrap();
}

fn faults(file: &Path) -> Vec<String> {
    verify(file).unwrap().faults.iter().map(Fault::to_string).collect()
}

#[test]
fn an_untouched_log_is_good() {
    let (_dir, file) = log(5);
    let verdict = verify(&file).unwrap();
    assert!(verdict.is_good(), "{verdict:?}");
    assert_eq!(verdict.records, 5);
    assert_eq!(verdict.head, head(&file).unwrap());
    assert!(verify(Path::new("/nowhere/audit.jsonl")).unwrap().is_good());
}

#[test]
fn nobody_else_can_read_it() {
    let (_dir, file) = log(1);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&file), 0o600);
    assert_eq!(mode(&file.with_extension("head")), 0o600);
    assert_eq!(mode(file.parent().unwrap()), 0o700);
}

#[test]
fn an_edit_is_found() {
    let (_dir, file) = log(5);
    let mut all = lines(&file);
    all[2] = all[2].replace("s3://b/2", "s3://b/X");
    rewrite(&file, &all);
    assert_eq!(faults(&file), ["line 3: it was edited: its hash does not fit"]);
}

#[test]
fn an_edit_with_a_new_hash_is_found() {
    let (_dir, file) = log(3);
    let mut all = lines(&file);
    let found = record::read_line(all[1].as_bytes()).unwrap();
    let forged = record::Link { record: record("s3://b/X"), ..found.link };
    all[1] = forged.to_line().unwrap().0;
    rewrite(&file, &all);
    assert_eq!(faults(&file), ["line 3: the line before it is not the one it was written after"]);
}

#[test]
fn a_gap_is_found() {
    let (_dir, file) = log(6);
    let mut all = lines(&file);
    all.drain(2..4);
    rewrite(&file, &all);
    assert_eq!(faults(&file), ["line 3: records 3 to 4 are missing before it"]);
}

#[test]
fn a_changed_order_is_found() {
    let (_dir, file) = log(4);
    let mut all = lines(&file);
    all.swap(1, 2);
    rewrite(&file, &all);
    assert!(faults(&file).iter().any(|fault| fault.contains("the order was changed")));
}

#[test]
fn a_cut_off_end_is_found_and_stays_found() {
    let (_dir, file) = log(5);
    rewrite(&file, &lines(&file)[..3]);
    assert_eq!(faults(&file), ["line 4: 2 lines are missing at the end"]);
    append(&file, &[record("s3://b/later")]).unwrap();
    assert_eq!(faults(&file), ["line 4: records 4 to 5 are missing before it"]);
}

#[test]
fn a_lost_log_is_found() {
    let (_dir, file) = log(2);
    fs::remove_file(&file).unwrap();
    assert_eq!(faults(&file), ["line 1: 2 lines are missing at the end"]);
}

#[test]
fn a_torn_line_is_reported_then_sealed() {
    let (_dir, file) = log(3);
    let whole = fs::read(&file).unwrap();
    let mut torn = whole.clone();
    torn.extend_from_slice(b"{\"seq\":4,\"time\":\"20");
    fs::write(&file, &torn).unwrap();
    let verdict = verify(&file).unwrap();
    assert!(verdict.is_good());
    assert_eq!(verdict.torn, 19);

    append(&file, &[record("s3://b/after")]).unwrap();
    let verdict = verify(&file).unwrap();
    assert!(verdict.is_good(), "{verdict:?}");
    assert_eq!((verdict.records, verdict.sealed, verdict.torn), (5, 1, 0));

    let sealed = fs::read_to_string(&file).unwrap().replace("\"time\":\"20\n", "\"time\":\"2\n");
    fs::write(&file, sealed).unwrap();
    assert_eq!(faults(&file), ["line 4: it is no record: it was edited or damaged"]);
}

#[test]
fn a_line_cut_in_half_that_was_acknowledged_is_a_fault() {
    let (_dir, file) = log(3);
    let bytes = fs::read(&file).unwrap();
    fs::write(&file, &bytes[..bytes.len() - 20]).unwrap();
    assert_eq!(faults(&file), ["line 3: 1 lines are missing at the end"]);
}

#[test]
fn long_lines_are_found_from_the_end() {
    let (_dir, file) = log(1);
    append(&file, &[record(&"x".repeat(200_000))]).unwrap();
    append(&file, &[record("s3://b/2")]).unwrap();
    assert!(verify(&file).unwrap().is_good());
}

#[test]
fn many_writers_make_one_chain() {
    let (_dir, file) = log(0);
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let file = &file;
            scope.spawn(move || {
                for number in 0..10 {
                    append(file, &[record(&format!("s3://b/{writer}/{number}"))]).unwrap();
                }
            });
        }
    });
    let verdict = verify(&file).unwrap();
    assert!(verdict.is_good(), "{:?}", verdict.faults);
    assert_eq!(verdict.records, 40);
}

#[tokio::test]
async fn lines_that_arrive_together_are_all_written() {
    let dir = tempfile::tempdir().unwrap();
    let log = Log::new(dir.path().join("audit.jsonl"));
    log.settle().await.unwrap();
    assert!(!log.file().exists(), "nothing was noted");
    for number in 0..50 {
        log.note(record(&format!("s3://b/{number}")));
    }
    log.settle().await.unwrap();
    let verdict = verify(log.file()).unwrap();
    assert!(verdict.is_good());
    assert_eq!(verdict.records, 50);
    assert_eq!(log.head().unwrap(), verdict.head);
}

#[tokio::test]
async fn a_log_that_cannot_be_written_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let log = Log::new(dir.path().join("audit.jsonl"));
    fs::create_dir(log.file()).unwrap();
    log.note(record("s3://b/k"));
    assert!(log.settle().await.unwrap_err().contains("audit.jsonl"));
}
