//! A day of looking after a prefix, in the real binary and by keys alone: find, look in, filter,
//! mark 300, copy them, delete one and bring it back.

use std::fs;
use std::time::Duration;

use crate::support::pty::Terminal;

const SOURCE: &str = "tredatalake1-tresourcebucket-demo01";
const ANALYST: &str = "tredatalake1-treanalystbucket-demo01";

fn day_at(size: (u16, u16)) {
    let home = tempfile::tempdir().unwrap();
    let mut at = Terminal::start(home.path(), size, &["--demo"]);
    at.wait(SOURCE);
    at.wait("000000000000");
    let buckets = home.path().join("data/demo/buckets");
    let intake = buckets.join(SOURCE).join("intake");
    fs::create_dir_all(&intake).unwrap();
    for number in 1..=300 {
        let text = format!("sample,site\nS{number},north\n");
        fs::write(intake.join(format!("keep-{number}.csv")), text).unwrap();
    }
    fs::write(intake.join("skip-1.txt"), "not for the analyst").unwrap();
    fs::write(intake.join("skip-2.txt"), "by mistake").unwrap();

    // Find it, and keep what is wanted.
    at.keys(":");
    at.wait("jumps");
    at.keys(&format!("s3 {SOURCE}/intake/\r"));
    at.wait("302 objects");
    at.keys("/keep\r");
    at.wait("300 of 302");

    // Look in.
    at.keys("p");
    at.wait("CSV");
    at.wait("S1");
    at.keys("\x7f");
    at.wait_until("the viewer to be closed", |screen| !screen.contains("CSV"));

    // Mark all that are shown, copy them to the analyst.
    at.keys("\x01");
    at.wait("300 marked");
    at.keys("c");
    at.wait("Copy 300 items");
    at.keys("\r");
    at.wait("Copy?");
    at.keys("y");
    at.keys("2");
    at.wait("300 done");

    // One that came by mistake goes.
    at.keys("1");
    at.wait("300 of 302");
    at.keys("\x1b");
    at.wait("302 objects");
    at.keys("G");
    at.wait("skip-2.txt");
    at.settle(Duration::from_millis(300));
    at.keys("D");
    at.wait("Delete?");
    at.keys("y");
    at.wait("Deleted 1 object");
    at.wait("301 objects");
    assert!(!intake.join("skip-2.txt").exists());

    // No: it was right. What the folder has lost is listed from above it, and comes back.
    at.keys("\x7f");
    at.wait("intake/");
    at.settle(Duration::from_millis(300));
    at.keys("v");
    at.wait("deleted in");
    at.wait("1 of 302 keys");
    at.keys("\r");
    at.wait("1 version, 1 delete marker");
    at.keys("j");
    at.keys("p");
    at.wait("by mistake");
    at.keys("\x7f");
    at.wait("1 delete marker");
    at.keys("U");
    at.wait("Undelete?");
    at.keys("y");
    at.wait("Brought back 1 object");
    at.wait_until("its marker to be gone", |screen| !screen.contains("delete marker,"));
    at.keys("\x1b");
    at.wait("Nothing that is deleted here");
    at.keys("\x1b");
    at.wait("name ↑");
    at.keys("q");
    assert_eq!(at.wait_exit(), 0, "{}", at.screen());

    let copied = buckets.join(ANALYST).join("results");
    for number in 1..=300 {
        let name = format!("keep-{number}.csv");
        let (sent, there) = (fs::read(intake.join(&name)), fs::read(copied.join(&name)));
        assert_eq!(sent.unwrap(), there.unwrap(), "{name}");
    }
    assert!(!copied.join("skip-1.txt").exists());
    assert!(intake.join("skip-1.txt").exists());
    assert_eq!(fs::read_to_string(intake.join("skip-2.txt")).unwrap(), "by mistake");
}

#[test]
fn a_day_at_80_by_24() {
    day_at((80, 24));
}

#[test]
fn a_day_at_200_by_50() {
    day_at((200, 50));
}
