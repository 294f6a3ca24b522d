//! `put` and `get` against an S3 that nobody here wrote.

use std::fs;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::process::{Ended, Home};
use crate::support::weed::Weed;
use crate::transfer_rig::noise;

fn lakehand(home: &Home, weed: &Weed, args: &[&str]) -> Ended {
    let mut command: Command = home.command(args);
    command
        .env("AWS_ENDPOINT_URL_S3", weed.url())
        .env("AWS_ACCESS_KEY_ID", "local")
        .env("AWS_SECRET_ACCESS_KEY", "local")
        .env("AWS_REGION", "us-east-1");
    Ended::of(command.output().expect("lakehand runs"))
}

fn make_bucket(weed: &Weed, name: &str) {
    let made = Command::new(crate::support::outside::bin("aws"))
        .args(["--endpoint-url", weed.url(), "s3api", "create-bucket", "--bucket", name])
        .env("AWS_ACCESS_KEY_ID", "local")
        .env("AWS_SECRET_ACCESS_KEY", "local")
        .env("AWS_REGION", "us-east-1")
        .stdout(Stdio::null())
        .status()
        .expect("aws runs");
    assert!(made.success());
}

#[test]
fn seaweedfs_takes_and_gives_back_what_is_proven() {
    let (home, weed) = (Home::new(), Weed::start());
    make_bucket(&weed, "outside");
    fs::create_dir_all(home.path().join("d/a")).unwrap();
    for (name, size) in [("a/small", 100), ("empty", 0), ("large", 17 << 20)] {
        fs::write(home.path().join("d").join(name), noise(size, 3)).unwrap();
    }
    let put = ["put", "-r", "--json", "--part-size", "5MiB", "d", "s3://outside/P/"];
    for status in ["done", "skipped"] {
        let ended = lakehand(&home, &weed, &put);
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        let objects: Vec<Value> =
            ended.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(objects.len(), 4);
        for object in &objects[..3] {
            assert_eq!((&object["status"], &object["verified"]), (&status.into(), &true.into()));
        }
        let manifest = objects[3]["manifest"].as_str().unwrap();
        let ended = lakehand(&home, &weed, &["put", "--verify-only", manifest]);
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        assert!(ended.stderr.contains("3 verified: "), "{}", ended.stderr);
    }
    let list = lakehand(&home, &weed, &["ls", "-r", "s3://outside/"]);
    assert_eq!(list.stdout.lines().count(), 3, "{}", list.stdout);

    fs::write(home.path().join("d/a/small"), "other").unwrap();
    let ended = lakehand(&home, &weed, &["put", "d/a/small", "s3://outside/P/a/"]);
    assert_eq!(ended.code, 1);
    assert!(ended.complaint().contains("--overwrite"), "{}", ended.stderr);

    let ended = lakehand(&home, &weed, &["get", "-r", "s3://outside/P/", "back"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    for (name, size) in [("a/small", 100), ("empty", 0), ("large", 17 << 20)] {
        assert!(fs::read(home.path().join("back").join(name)).unwrap() == noise(size, 3), "{name}");
    }
}

#[test]
fn seaweedfs_is_walked_in_the_order_in_which_it_lists() {
    let (home, weed) = (Home::new(), Weed::start());
    make_bucket(&weed, "many");
    for folder in ["run-1", "run-10", "run 2", "run+3", "été", "e\u{301}te\u{301}", "a%2Fb", "Z"]
    {
        let folder = home.path().join("d").join(folder);
        fs::create_dir_all(&folder).unwrap();
        for number in 0..320 {
            fs::write(folder.join(format!("part-{number:x}&<\"'>.csv")), b"1").unwrap();
        }
    }
    for number in 0..100 {
        fs::write(home.path().join("d").join(format!("top{number}")), b"1").unwrap();
    }
    let ended = lakehand(&home, &weed, &["put", "-r", "d", "s3://many/"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let ended = lakehand(&home, &weed, &["ls", "-r", "--json", "s3://many/"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let key = |line: &str| {
        let object: Value = serde_json::from_str(line).unwrap();
        object["key"].as_str().unwrap().to_owned()
    };
    let walked: Vec<String> = ended.stdout.lines().map(key).collect();
    assert_eq!(walked.len(), 8 * 320 + 100);
    // Page after page, by another client.
    let listed = Command::new(crate::support::outside::bin("aws"))
        .args(["--endpoint-url", weed.url(), "--output", "json", "s3api", "list-objects-v2"])
        .args(["--bucket", "many", "--query", "Contents[].Key"])
        .env("AWS_ACCESS_KEY_ID", "local")
        .env("AWS_SECRET_ACCESS_KEY", "local")
        .env("AWS_REGION", "us-east-1")
        .output()
        .expect("aws runs");
    let listed: Vec<String> = serde_json::from_slice(&listed.stdout).unwrap();
    assert_eq!(walked, listed);
}
