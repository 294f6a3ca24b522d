//! What the store promises, on a real disk.

use std::collections::BTreeMap;
use std::io::Read as _;

use proptest::prelude::*;

use super::listing::{Item, Query};
use super::*;
use crate::local::principal::Principal;

pub(super) const ROOT: Principal = Principal::Administrator;

pub(super) fn lake() -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    store.create_bucket("lake").unwrap();
    (dir, store)
}

pub(super) fn open(dir: &Path) -> Store {
    Store::open(dir, State::open(dir).unwrap()).unwrap()
}

pub(super) fn put(store: &Store, key: &str, bytes: &[u8]) -> ObjectInfo {
    store.put(&ROOT, "lake", key, bytes, PutOptions::default()).unwrap()
}

pub(super) fn read(store: &Store, key: &str) -> Result<Vec<u8>, &'static str> {
    let (mut file, _) = store.file("lake", key).map_err(|e| e.code)?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).unwrap();
    Ok(bytes)
}

fn keys(store: &Store) -> Vec<String> {
    store.list("lake", "", None, usize::MAX).unwrap().into_iter().map(|o| o.key).collect()
}

#[test]
fn what_was_put_is_read_back_after_a_restart() {
    let (dir, store) = lake();
    let options = PutOptions {
        content_type: Some("text/csv".into()),
        metadata: BTreeMap::from([("owner".into(), "me".into())]),
        ..Default::default()
    };
    let put = store.put(&ROOT, "lake", "a/b.csv", b"hello".as_slice(), options).unwrap();
    assert_eq!(put.etag, "5d41402abc4b2a76b9719d911017c592");
    let store = open(dir.path());
    assert_eq!(store.head("lake", "a/b.csv").unwrap(), put);
    assert_eq!(read(&store, "a/b.csv").unwrap(), b"hello");
    assert_eq!(std::fs::read(dir.path().join("buckets/lake/a/b.csv")).unwrap(), b"hello");
    assert_eq!(put.meta.checksum.unwrap().algorithm, Algorithm::Crc64Nvme);
}

#[test]
fn keys_that_are_no_paths_are_objects_all_the_same() {
    let (dir, store) = lake();
    let long = format!("d/{}", "x".repeat(300));
    let odd =
        ["a", "a/", "a/b", "a//b", "/a", "..", "../../escape", "./x", "nul\0", "z/", long.as_str()];
    for key in odd {
        put(&store, key, key.as_bytes());
    }
    let mut want: Vec<_> = odd.iter().map(|k| (*k).to_owned()).collect();
    want.sort_unstable();
    assert_eq!(keys(&store), want);
    let store = open(dir.path());
    for key in odd {
        assert_eq!(read(&store, key).unwrap(), key.as_bytes(), "{key:?}");
    }
    assert!(!dir.path().join("escape").exists());
    for key in odd {
        store.delete(&ROOT, "lake", key).unwrap();
        assert_eq!(read(&store, key), Err("NoSuchKey"), "{key:?}");
    }
    assert!(keys(&store).is_empty());
    assert_eq!(std::fs::read_dir(dir.path().join("blobs")).unwrap().count(), 0);
    store.delete_bucket("lake").unwrap();
}

#[test]
fn a_folder_dropped_in_is_a_bucket() {
    let (dir, store) = lake();
    let at = dir.path().join("buckets/dropped/year=2024");
    std::fs::create_dir_all(&at).unwrap();
    std::fs::write(at.join("x.csv"), "1,2\n").unwrap();
    std::os::unix::fs::symlink("/etc", at.join("out")).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", at.join("passwd")).unwrap();
    assert_eq!(
        store.buckets().unwrap().iter().map(|b| b.name.as_str()).collect::<Vec<_>>(),
        ["dropped", "lake"]
    );
    let listed = store.list("dropped", "", None, 10).unwrap();
    assert_eq!(listed.iter().map(|o| o.key.as_str()).collect::<Vec<_>>(), ["year=2024/x.csv"]);
    let head = store.head("dropped", "year=2024/x.csv").unwrap();
    assert_eq!(head.etag, hex::encode(<md5::Md5 as md5::Digest>::digest(b"1,2\n")));
    assert_eq!(store.head("dropped", "year=2024/passwd").unwrap_err().code, "NoSuchKey");
    assert_eq!(store.head("dropped", "year=2024/out/passwd").unwrap_err().code, "NoSuchKey");
    // A write does not go through a link either.
    store
        .put(&ROOT, "dropped", "year=2024/out/new", b"x".as_slice(), PutOptions::default())
        .unwrap();
    assert!(!Path::new("/etc/new").exists());
    assert_eq!(store.head("dropped", "year=2024/out/new").unwrap().size, 1);
}

#[test]
fn an_edit_by_hand_is_seen() {
    let (dir, store) = lake();
    let options = PutOptions { content_type: Some("text/csv".into()), ..Default::default() };
    store.put(&ROOT, "lake", "a", b"one".as_slice(), options).unwrap();
    std::fs::write(dir.path().join("buckets/lake/a"), "edited").unwrap();
    let head = store.head("lake", "a").unwrap();
    assert_eq!((head.size, head.meta.headers.content_type), (6, None));
    assert_eq!(head.etag, hex::encode(<md5::Md5 as md5::Digest>::digest(b"edited")));
    std::fs::remove_file(dir.path().join("buckets/lake/a")).unwrap();
    assert_eq!(store.head("lake", "a").unwrap_err().code, "NoSuchKey");
    assert!(keys(&store).is_empty());
}

#[test]
fn only_one_of_many_finds_the_key_free() {
    let (dir, _) = lake();
    let won = std::thread::scope(|scope| {
        let tries: Vec<_> = (0..8u8)
            .map(|i| {
                let dir = dir.path();
                // A store of its own each: as separate as processes are.
                scope.spawn(move || {
                    let options = PutOptions { if_none_match: true, ..Default::default() };
                    open(dir).put(&ROOT, "lake", "k", [i].as_slice(), options)
                })
            })
            .collect();
        let results: Vec<_> = tries.into_iter().map(|t| t.join().unwrap()).collect();
        for refused in results.iter().filter_map(|r| r.as_ref().err()) {
            assert_eq!(refused.code, "PreconditionFailed");
        }
        results.into_iter().filter_map(Result::ok).collect::<Vec<_>>()
    });
    assert_eq!(won.len(), 1);
    assert_eq!(open(dir.path()).head("lake", "k").unwrap(), won[0]);
}

#[test]
fn if_match_guards_an_overwrite() {
    let (_dir, store) = lake();
    let old = put(&store, "k", b"old");
    let over = |etag: &str| {
        let options = PutOptions { if_match: Some(etag.into()), ..Default::default() };
        store
            .put(&ROOT, "lake", "k", b"new".as_slice(), options)
            .map(|o| o.etag)
            .map_err(|e| e.code)
    };
    assert_eq!(over("0000"), Err("PreconditionFailed"));
    assert!(over(&old.etag).is_ok());
    let options = PutOptions { if_match: Some("x".into()), ..Default::default() };
    assert_eq!(
        store.put(&ROOT, "lake", "none", b"".as_slice(), options).unwrap_err().code,
        "NoSuchKey"
    );
}

#[test]
fn a_refused_write_changes_nothing() {
    let (dir, store) = lake();
    let old = put(&store, "k", b"old");
    let expected = Expected { md5: Some("AAAAAAAAAAAAAAAAAAAAAA==".into()), ..Default::default() };
    let options = PutOptions { expected, ..Default::default() };
    assert_eq!(
        store.put(&ROOT, "lake", "k", b"new".as_slice(), options).unwrap_err().code,
        "BadDigest"
    );
    struct Breaks;
    impl std::io::Read for Breaks {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("gone"))
        }
    }
    let body = b"half".as_slice().chain(Breaks);
    assert_eq!(
        store.put(&ROOT, "lake", "k", body, PutOptions::default()).unwrap_err().code,
        "IncompleteBody"
    );
    assert_eq!(store.head("lake", "k").unwrap(), old);
    assert_eq!(std::fs::read_dir(dir.path().join("tmp")).unwrap().count(), 0);
}

/// Killed between the new row and the rename, the old object stands; killed between
/// the rename and the removal of the old row, the new one does.
#[test]
fn a_kill_around_the_rename_leaves_old_or_new() {
    let (dir, store) = lake();
    let old = put(&store, "k", b"old");
    let content = rows::Content {
        etag: "new".into(),
        version: None,
        meta: Meta { sse: Some("aws:kms".into()), ..Meta::default() },
        parts: Vec::new(),
    };
    let mut incoming = incoming::Incoming::create(&dir.path().join("tmp")).unwrap();
    incoming.receive(b"newer".as_slice(), &[]).unwrap();
    let fingerprint = incoming.seal().unwrap();
    store.state.with(|db| rows::insert(db, "lake", "k", None, fingerprint, &content)).unwrap();
    assert_eq!(open(dir.path()).head("lake", "k").unwrap(), old);
    assert_eq!(read(&store, "k").unwrap(), b"old");
    std::fs::rename(incoming.path(), dir.path().join("buckets/lake/k")).unwrap();
    let head = open(dir.path()).head("lake", "k").unwrap();
    assert_eq!(
        (head.etag.as_str(), head.size, head.meta.sse.as_deref()),
        ("new", 5, Some("aws:kms"))
    );
}

#[test]
fn policy_and_principals_guard_the_store() {
    let (_dir, store) = lake();
    let policy = r#"{"Statement": {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::lake/*",
        "Condition": {"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}}}}"#;
    store.set_policy("lake", Some(policy)).unwrap();
    let rule =
        SseRule { algorithm: "aws:kms".into(), kms_key: Some("k".into()), bucket_key: false };
    store.set_default_encryption("lake", Some(rule)).unwrap();
    let refused =
        store.put(&ROOT, "lake", "k", b"x".as_slice(), PutOptions::default()).unwrap_err();
    assert_eq!(refused.code, "AccessDenied", "the default encryption does not satisfy the policy");
    let analyst = Principal::User("analyst".into());
    let options = PutOptions { sse: Some("aws:kms".into()), ..Default::default() };
    assert_eq!(
        store.put(&analyst, "lake", "k", b"x".as_slice(), options).unwrap().meta.sse.as_deref(),
        Some("aws:kms")
    );
    assert_eq!(store.delete(&analyst, "lake", "k").unwrap_err().code, "AccessDenied");
    store.delete(&ROOT, "lake", "k").unwrap();
}

#[test]
fn a_finished_file_is_taken_over() {
    let (_dir, store) = lake();
    let file = store.scratch().join("result.parquet");
    std::fs::write(&file, "rows").unwrap();
    store.put_file(&ROOT, "lake", "out/r.parquet", &file, PutOptions::default()).unwrap();
    assert!(!file.exists());
    assert_eq!(read(&store, "out/r.parquet").unwrap(), b"rows");
}

const WRITER: &str = "LAKEHAND_TEST_WRITER";

fn nth(n: u32) -> Vec<u8> {
    n.to_string().repeat(1 + 4000 * (n as usize % 5)).into_bytes()
}

/// Not a test of its own: the process that the next one kills.
#[test]
fn writer_to_be_killed() {
    let Some(dir) = std::env::var_os(WRITER) else { return };
    let store = open(Path::new(&dir));
    for n in 0.. {
        for (bucket, key) in [("lake", "a/k"), ("lake", "odd//k"), ("kept", "k")] {
            let metadata = BTreeMap::from([("n".to_owned(), n.to_string())]);
            let options =
                PutOptions { metadata, sse: Some("aws:kms".into()), ..Default::default() };
            store.put(&ROOT, bucket, key, nth(n).as_slice(), options).unwrap();
        }
    }
}

#[test]
fn a_killed_writer_leaves_whole_objects() {
    let (dir, store) = lake();
    store.create_bucket("kept").unwrap();
    store.set_versioning("kept", true).unwrap();
    let mut last = BTreeMap::new();
    for round in 0..12 {
        let mut writer = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "local::s3::tests::writer_to_be_killed", "--test-threads=1"])
            .env(WRITER, dir.path())
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let before = last.clone();
        // The kill falls somewhere into the writes after the first ones.
        let has_written = || {
            let now = store.head("kept", "k").ok();
            now.is_some() && now.map(|o| o.etag).as_ref() != before.get("k")
        };
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(90);
        while !has_written() {
            assert!(std::time::Instant::now() < deadline, "the writer writes nothing");
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        std::thread::sleep(std::time::Duration::from_millis(3 * round));
        writer.kill().unwrap();
        writer.wait().unwrap();
        let store = open(dir.path());
        for (bucket, key) in [("lake", "a/k"), ("lake", "odd//k"), ("kept", "k")] {
            let (mut file, info) = store.file(bucket, key).unwrap();
            let n: u32 = info.meta.metadata["n"].parse().expect("its own metadata");
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).unwrap();
            assert!(bytes == nth(n), "{key} is number {n}, whole");
            assert_eq!(info.etag, hex::encode(<md5::Md5 as md5::Digest>::digest(&bytes)));
            assert_eq!(info.meta.sse.as_deref(), Some("aws:kms"));
            last.insert(key, info.etag);
        }
        let query = versions::VersionQuery { limit: 10_000, ..Default::default() };
        let mut seen = std::collections::BTreeSet::new();
        for item in store.versions("kept", &query).unwrap().items {
            let versions::VersionItem::Version { info, .. } = item else { continue };
            assert!(seen.insert(info.version.clone()), "no version twice");
            let opened = store.open_object("kept", "k", info.version.as_deref()).ok().unwrap();
            let n: u32 = opened.info.meta.metadata["n"].parse().unwrap();
            assert_eq!(opened.found.fingerprint.size, nth(n).len() as u64);
        }
    }
    let buckets = dir.path().join("buckets");
    let names: Vec<_> = ["lake/a", "kept"]
        .iter()
        .flat_map(|folder| std::fs::read_dir(buckets.join(folder)).unwrap())
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names, ["k", "k"], "nothing but objects lies in buckets");
}

/// Every page of a listing, with marker and folding as a client would do it.
fn walk_pages(store: &Store, prefix: &str, delimiter: Option<&str>, limit: usize) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let mut from = Vec::new();
    loop {
        let query = Query { prefix, delimiter, from, limit, ..Query::default() };
        let page = store.page("lake", &query).unwrap();
        assert!(page.items.len() <= limit);
        all.extend(page.items.iter().map(|item| item.name().to_owned()));
        if !page.truncated {
            return all;
        }
        from = page.items.last().map(Item::bound).unwrap();
    }
}

fn model(keys: &BTreeMap<String, ()>, prefix: &str, delimiter: Option<&str>) -> Vec<String> {
    let mut all: Vec<String> = keys
        .keys()
        .filter(|key| key.starts_with(prefix))
        .map(|key| listing::common(key, prefix, delimiter).unwrap_or(key).to_owned())
        .collect();
    all.dedup();
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 200, ..ProptestConfig::default() })]
    #[test]
    fn pages_are_in_byte_order(
        names in proptest::collection::btree_set("[ab/.é\u{10000}-]{1,6}", 1..24),
        deleted in proptest::collection::vec(0..24usize, 0..6),
        prefix in "[ab/é]{0,2}",
        limit in 1..5usize,
    ) {
        let (_dir, store) = lake();
        let mut keys: BTreeMap<String, ()> = names.iter().map(|name| (name.clone(), ())).collect();
        for name in &names {
            put(&store, name, b"");
        }
        for name in deleted.iter().filter_map(|i| names.iter().nth(*i)) {
            store.delete(&ROOT, "lake", name).unwrap();
            keys.remove(name);
        }
        for delimiter in [None, Some("/"), Some("a"), Some("/a")] {
            prop_assert_eq!(walk_pages(&store, &prefix, delimiter, limit), model(&keys, &prefix, delimiter));
        }
    }
}
