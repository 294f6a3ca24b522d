//! Manifests of what was put, and holding a lake against them, through the binary.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;

use futures::StreamExt as _;
use lakehand::govern::audit;
use lakehand::local::LocalLake;
use lakehand::model::manifest::Anchor;
use lakehand::model::transfer::{Proof, TransferState};
use lakehand::transfer::manifest::{Kept, Manifests};
use lakehand::transfer::{Copy, CopyHow, Engine, Plan, Upload, UploadHow, recheck};
use serde_json::Value;
use tokio::sync::mpsc;

use crate::process::{Ended, Home};
use crate::transfer_rig::{BUCKET, Rig, noise, uri};

const KEY: &str = "arn:aws:kms:us-east-1:000000000000:key/source";

/// A home with a local lake: a source bucket with a KMS key, a target, and `more` of the
/// lake's configuration.
fn home(more: &str) -> Home {
    let home = Home::new();
    let lake = home.path().join("lake");
    for bucket in ["the-source", "the-target", "the-manifests"] {
        fs::create_dir_all(lake.join("buckets").join(bucket)).unwrap();
    }
    let config = format!(
        "[lakes.l]\nlocal = {lake:?}\n{more}\n[lakes.l.buckets]\n\
         source = {{ name = \"the-source\", kms_key = \"{KEY}\" }}\n\
         target = {{ name = \"the-target\" }}\n"
    );
    fs::write(home.path().join("config.toml"), config).unwrap();
    file(&home, "tree/a/x", 100);
    file(&home, "tree/y", 11 << 20);
    home
}

fn file(home: &Home, name: &str, size: usize) -> PathBuf {
    let path = home.path().join("files").join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, noise(size, 7)).unwrap();
    path
}

fn store(home: &Home) -> Arc<LocalLake> {
    LocalLake::open(&home.path().join("lake")).unwrap()
}

fn on_lake(home: &Home, args: &[&str]) -> Ended {
    home.run(&[&["--lake", "l"], args].concat())
}

fn put_tree(home: &Home) -> Ended {
    let put = ["put", "-r", "--json", "--part-size", "5MiB", "files/tree", "s3://the-source/P/"];
    on_lake(home, &put)
}

fn put_one(home: &Home, more: &[&str], name: &str, to: &str) -> Ended {
    let source = format!("files/{name}");
    on_lake(home, &[&["put", "--json"], more, &[&source, to]].concat())
}

fn verify(home: &Home, manifest: &Path) -> Ended {
    on_lake(home, &["put", "--json", "--verify-only", manifest.to_str().unwrap()])
}

fn lines(ended: &Ended) -> Vec<Value> {
    ended.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// The line of the object whose key ends so.
fn object(ended: &Ended, key: &str) -> Value {
    let ends = |line: &Value| line["key"].as_str().is_some_and(|there| there.ends_with(key));
    lines(ended).into_iter().find(ends).unwrap_or_else(|| panic!("{key}: {}", ended.stdout))
}

fn manifest_of(ended: &Ended) -> PathBuf {
    let summary = lines(ended).pop().unwrap();
    PathBuf::from(summary["manifest"].as_str().unwrap_or_else(|| panic!("{summary}")))
}

fn read(manifest: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(manifest).unwrap()).unwrap()
}

fn manifests(home: &Home) -> usize {
    fs::read_dir(home.path().join("data/manifests")).map_or(0, Iterator::count)
}

fn replace(home: &Home, key: &str, bytes: &[u8]) {
    let local = store(home);
    let options = lakehand::local::s3::PutOptions {
        sse: Some("aws:kms".into()),
        kms_key: Some(KEY.into()),
        ..Default::default()
    };
    let admin = lakehand::local::principal::Principal::Administrator;
    local.store().put(&admin, "the-source", key, bytes, options).unwrap();
}

fn delete(home: &Home, key: &str) {
    let admin = lakehand::local::principal::Principal::Administrator;
    store(home).store().delete(&admin, "the-source", key).unwrap();
}

#[test]
fn a_manifest_says_what_went_where_and_is_anchored() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = home("");
    std::os::unix::fs::symlink("/etc/hostname", home.path().join("files/tree/out")).unwrap();
    let ended = put_tree(&home);
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    let path = manifest_of(&ended);
    assert!(ended.stderr.contains(&format!("manifest: {}", path.display())), "{}", ended.stderr);
    assert_eq!(path.parent().unwrap(), home.path().join("data/manifests"));
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
    assert_eq!(manifests(&home), 1, "nothing half is left");

    let said = read(&path);
    assert_eq!(said["schema"], "lakehand.transfer/1");
    assert_eq!(said["lakehand"], env!("CARGO_PKG_VERSION"));
    assert_eq!((&said["lake"], &said["verb"]), (&"l".into(), &"put".into()));
    assert_eq!(said["destination"], "s3://the-source/P/");
    assert!(said["identity"].as_str().unwrap().starts_with("arn:aws:"), "{said}");
    assert!(said["began"].as_str() <= said["ended"].as_str());
    let head = audit::verify(&home.audit_file()).unwrap().head.unwrap();
    assert_eq!(said["audit_head"], head.hash);
    let totals = &said["totals"];
    assert_eq!(
        (&totals["done"], &totals["failed"], &totals["objects"]),
        (&2.into(), &1.into(), &3.into())
    );

    let objects = said["objects"].as_array().unwrap();
    for (name, parts) in [("a/x", false), ("y", true)] {
        let key = format!("P/{name}");
        let entry = objects.iter().find(|entry| entry["key"] == key.as_str()).unwrap();
        let printed = object(&ended, &key);
        for field in ["bytes", "checksum", "verified", "proof", "status"] {
            assert_eq!(entry[field], printed[field], "{field}");
        }
        assert_eq!((&entry["bucket"], &entry["kms_key"]), (&"the-source".into(), &KEY.into()));
        let source = home.path().join("files/tree").join(name);
        assert_eq!(entry["source"], source.to_str().unwrap());
        assert_eq!(entry["etag"].as_str().unwrap().contains('-'), parts);
    }
    let failed = objects.iter().find(|entry| entry["status"] == "failed").unwrap();
    assert!(failed["error"].as_str().unwrap().contains("leads out of the folder"), "{failed}");

    let verified = verify(&home, &path);
    assert_eq!(verified.code, 0, "{}", verified.stderr);
    for key in ["P/a/x", "P/y"] {
        let line = object(&verified, key);
        assert_eq!((&line["status"], &line["verified"]), (&"done".into(), &true.into()));
        assert_eq!((&line["proof"], &line["bytes_sent"]), (&"crc64nvme".into(), &0.into()));
    }
    let never = lines(&verified).into_iter().find(|line| line["status"] == "skipped").unwrap();
    assert!(never["note"].as_str().unwrap().starts_with("it was never put: "), "{never}");
    let summary = lines(&verified).pop().unwrap();
    assert_eq!((&summary["done"], &summary["skipped"]), (&2.into(), &1.into()));
    assert!(verified.stderr.contains("2 verified, 1 never put"), "{}", verified.stderr);
    assert_eq!(manifests(&home), 1, "looking leaves none");
}

#[test]
fn what_was_replaced_or_deleted_since_is_found() {
    let home = home("");
    let path = manifest_of(&put_tree(&home));
    replace(&home, "P/a/x", &noise(100, 8));
    let ended = verify(&home, &path);
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    let line = object(&ended, "a/x");
    assert_eq!((&line["status"], &line["verified"]), (&"failed".into(), &false.into()));
    assert!(line["error"].as_str().unwrap().contains("was put and CRC64NVME:"), "{line}");
    assert_eq!(object(&ended, "P/y")["status"], "done");

    replace(&home, "P/a/x", b"short");
    let error = object(&verify(&home, &path), "a/x")["error"].clone();
    assert!(error.as_str().unwrap().contains("100 bytes were put and 5 are there"), "{error}");

    for key in ["P/a/x", "P/y"] {
        delete(&home, key);
    }
    let ended = verify(&home, &path);
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    let error = object(&ended, "P/y")["error"].clone();
    assert!(error.as_str().unwrap().ends_with("it is not there any more"), "{error}");

    let text = on_lake(&home, &["put", "--verify-only", path.to_str().unwrap()]);
    assert_eq!((text.code, text.stdout.as_str()), (1, ""));
    assert!(
        text.stderr.contains("lakehand: verify s3://the-source/P/y: it is not there"),
        "{}",
        text.stderr
    );
}

#[test]
fn versions_and_keys_are_looked_at() {
    let home = home("");
    store(&home).store().set_versioning("the-source", true).unwrap();
    let path = manifest_of(&put_one(&home, &[], "tree/a/x", "s3://the-source/V/"));
    let put = read(&path)["objects"][0]["version_id"].as_str().unwrap().to_owned();
    let line = object(&verify(&home, &path), "V/x");
    assert_eq!((&line["version_id"], &line["note"]), (&put.as_str().into(), &Value::Null));

    let bytes = fs::read(home.path().join("files/tree/a/x")).unwrap();
    replace(&home, "V/x", &bytes);
    let line = object(&verify(&home, &path), "V/x");
    assert_eq!(line["status"], "done");
    assert_ne!(line["version_id"], put.as_str());
    assert!(line["note"].as_str().unwrap().starts_with("it was put again, as version "), "{line}");

    let kept = format!("; the manifest's, {put}, is kept and intact");
    replace(&home, "V/x", b"other");
    let error = object(&verify(&home, &path), "V/x")["error"].as_str().unwrap().to_owned();
    assert!(error.contains("a newer version is there, ") && error.ends_with(&kept), "{error}");
    delete(&home, "V/x");
    let error = object(&verify(&home, &path), "V/x")["error"].as_str().unwrap().to_owned();
    assert!(error.ends_with(&format!("it is not there any more{kept}")), "{error}");

    let path = manifest_of(&put_one(&home, &[], "tree/a/x", "s3://the-source/K/"));
    let text = fs::read_to_string(&path).unwrap().replace("key/source", "key/other");
    fs::write(&path, text).unwrap();
    let ended = verify(&home, &path);
    let error = object(&ended, "K/x")["error"].as_str().unwrap().to_owned();
    assert!(error.contains("it is encrypted with KMS key") && ended.code == 1, "{error}");
}

#[test]
fn an_alias_is_proven_by_kms_or_the_manifest_says_that_it_is_not() {
    let home = home("");
    let config = home.path().join("config.toml");
    let text = fs::read_to_string(&config).unwrap().replace(KEY, "alias/lake");
    fs::write(&config, text).unwrap();
    let arn = lakehand::local::kms::key_arn("alias/lake");

    let ended = put_one(&home, &[], "tree/a/x", "s3://the-source/A/");
    assert_eq!(object(&ended, "A/x").get("note"), None);
    let path = manifest_of(&ended);
    let entry = read(&path)["objects"][0].clone();
    assert_eq!((&entry["kms_key"], entry.get("note")), (&arn.as_str().into(), None));

    let as_analyst =
        |args: &[&str]| home.run(&[&["--lake", "l", "--as", "analyst"], args].concat());
    let put = ["put", "--json", "files/tree/a/x", "s3://the-source/B/"];
    let ended = as_analyst(&put);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let line = object(&ended, "B/x");
    assert_eq!((&line["status"], &line["verified"]), (&"done".into(), &true.into()));
    let note = line["note"].as_str().unwrap();
    assert!(
        note.starts_with("KMS key not compared: ") && note.contains("kms:DescribeKey"),
        "{note}"
    );
    let unproven = manifest_of(&ended);
    assert_eq!(read(&unproven)["objects"][0]["note"], note);
    let text = as_analyst(&["put", "-r", "files/tree", "s3://the-source/C/"]);
    let told = text.stderr.lines().filter(|line| line.contains("KMS key not compared")).count();
    assert_eq!((text.code, told), (0, 1), "{}", text.stderr);
    assert!(text.stderr.contains(" and 1 more: KMS key not compared"), "{}", text.stderr);

    // The manifest has the key by its ARN: nobody need be asked what it is.
    for (path, key) in [(&path, "A/x"), (&unproven, "B/x")] {
        let verify = ["put", "--json", "--verify-only", path.to_str().unwrap()];
        let line = object(&as_analyst(&verify), key);
        assert_eq!((&line["status"], line.get("note")), (&"done".into(), None), "{line}");
        let other = fs::read_to_string(path).unwrap().replace(&arn, "alias/other");
        fs::write(path, other).unwrap();
        let error = object(&self::verify(&home, path), key)["error"].clone();
        let why = format!("it is encrypted with KMS key {arn}, not with alias/other, which is ");
        assert!(error.as_str().unwrap().contains(&why), "{error}");
        let line = object(&as_analyst(&verify), key);
        assert_eq!(line["status"], "done", "{line}");
        assert!(line["note"].as_str().unwrap().contains("KMS key not compared"), "{line}");
    }
}

#[test]
fn it_is_kept_beside_the_data_where_that_is_configured() {
    let home = home("manifests = \"beside\"");
    let ended = put_one(&home, &["--approval", "EG-17"], "tree/a/x", "s3://the-target/out/x");
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let path = manifest_of(&ended);
    assert_eq!(read(&path)["approval"], "EG-17");
    let folder = home.path().join("lake/buckets/the-target/out/_manifests");
    let beside = folder.join(path.file_name().unwrap());
    assert_eq!(fs::read(&beside).unwrap(), fs::read(&path).unwrap());
    assert!(ended.stderr.contains("manifest: s3://the-target/out/_manifests/"), "{}", ended.stderr);
    let audit = fs::read_to_string(home.audit_file()).unwrap();
    let line = audit.lines().find(|line| line.contains("out/_manifests/")).unwrap();
    assert!(line.contains("EG-17"), "{line}");
    assert_eq!(verify(&home, &beside).code, 0, "the copy is as good");

    let home = self::home("manifests = \"s3://the-source/m\"");
    let ended = put_tree(&home);
    let name = manifest_of(&ended).file_name().unwrap().to_owned();
    assert!(home.path().join("lake/buckets/the-source/m").join(&name).exists());
    let local = store(&home);
    let key = format!("m/{}", name.to_str().unwrap());
    let there = local.store().head("the-source", &key).unwrap();
    assert!(format!("{there:?}").contains(KEY), "{there:?}");
}

#[test]
fn a_manifest_that_cannot_be_kept_fails_nothing() {
    let home = home("manifests = \"s3://no-such-bucket/m/\"");
    let ended = put_tree(&home);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(
        ended
            .stderr
            .contains("lakehand: the manifest is not in the lake: write s3://no-such-bucket/m/"),
        "{}",
        ended.stderr
    );
    assert_eq!(verify(&home, &manifest_of(&ended)).code, 0);

    fs::remove_dir_all(home.path().join("data/manifests")).unwrap();
    fs::write(home.path().join("data/manifests"), "in the way").unwrap();
    let ended = put_one(&home, &[], "tree/a/x", "s3://the-source/again/");
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(
        ended.stderr.contains("lakehand: there is no manifest: write a manifest into"),
        "{}",
        ended.stderr
    );
    assert_eq!(lines(&ended).pop().unwrap()["manifest"], Value::Null);
}

#[test]
fn what_was_interrupted_has_one_manifest_when_it_is_through() {
    let home = home("");
    let put = ["--lake", "l", "put", "-r", "--json", "--part-size", "5MiB", "--concurrency", "1"];
    let to = ["files/tree", "s3://the-source/P/"];
    file(&home, "tree/z", 30 << 20);
    let mut child = home
        .command(&put)
        .args(["--limit", "4MiB"])
        .args(to)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    use std::io::BufRead as _;
    let mut said = std::io::BufReader::new(child.stderr.take().unwrap()).lines();
    said.next().unwrap().unwrap();
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let rest: Vec<String> = said.map_while(Result::ok).collect();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{rest:?}");
    assert_eq!(manifests(&home), 0);

    let ended = home.run(&[&put[..], &to[..]].concat());
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let path = manifest_of(&ended);
    assert_eq!((manifests(&home), &read(&path)["totals"]["objects"]), (1, &3.into()));
    assert_eq!(verify(&home, &path).code, 0);

    // What was interrupted is not called done.
    let batches = lines(&home.run(&["transfers", "--json"]));
    let [old, new] = &batches[..] else { panic!("{batches:?}") };
    assert_eq!((&old["state"], &old["continued_as"]), (&"continued".into(), &new["id"]));
    assert_eq!((&new["state"], &new["done"]), (&"done".into(), &3.into()));
    let id = old["id"].to_string();
    for verb in ["resume", "cancel"] {
        let refused = home.run(&["transfers", verb, &id]);
        assert_eq!(refused.code, 1);
        let said = format!("transfer {} went on with it", new["id"]);
        assert!(refused.stderr.contains(&said), "{}", refused.stderr);
    }
}

#[test]
fn a_get_leaves_none() {
    let home = home("");
    put_tree(&home);
    assert_eq!(on_lake(&home, &["get", "s3://the-source/P/a/x", "back"]).code, 0);
    assert_eq!(manifests(&home), 1);
}

#[test]
fn what_is_no_manifest_or_no_sense_is_a_sentence() {
    let home = home("");
    let path = manifest_of(&put_tree(&home));
    let good = fs::read_to_string(&path).unwrap();
    let bad = home.path().join("bad.json");
    for (text, said) in [
        (&good[..good.len() - 9], "it is damaged: "),
        (&good.replace("transfer/1", "transfer/9"), "a newer lakehand wrote it"),
        (&good.replace("lakehand.transfer", "\\u001b]0;x\\u0007"), "but \"\\u{1b}]0;x"),
        ("{\"objects\":[]}", "it is not a manifest of lakehand's transfers"),
    ] {
        fs::write(&bad, text).unwrap();
        let ended = verify(&home, &bad);
        assert_eq!((ended.code, ended.stdout.as_str()), (1, ""), "{said}: {}", ended.stderr);
        assert!(ended.complaint().contains(said), "{said}: {}", ended.stderr);
    }
    assert_eq!(verify(&home, Path::new("none.json")).code, 1);

    // Names are data: shown, and never obeyed.
    fs::write(&bad, good.replace("P/a/x", "P/a\\u001b[2Jx")).unwrap();
    let ended = on_lake(&home, &["put", "--verify-only", "bad.json"]);
    assert_eq!(ended.code, 3);
    assert!(ended.stderr.contains("P/a␛[2Jx: it is not there any more"), "{}", ended.stderr);

    for args in [
        &["put", "--verify-only", "bad.json", "files/tree"][..],
        &["put", "--verify-only", "bad.json", "files/tree", "s3://the-source/"],
        &["put", "--verify-only", "bad.json", "--overwrite"],
        &["put", "--verify-only"],
        &["put", "files/tree"],
        &["put"],
    ] {
        let ended = on_lake(&home, args);
        assert_eq!(ended.code, 2, "{args:?}: {}", ended.stderr);
        ended.complaint();
    }
}

/// An engine of the rig that keeps manifests, and what it tells of them.
fn keeping(rig: &Rig) -> (Engine, mpsc::UnboundedReceiver<Kept>) {
    let (kept, told) = mpsc::unbounded_channel();
    let anchor: Anchor = Arc::new(|| Box::pin(async { Some("head".to_owned()) }));
    let folder = rig.dir.path().join("manifests");
    let (engine, _) = rig.engine_with(|options| {
        options.manifests = Some(Manifests { folder, anchor, kept });
        options.finished = None;
    });
    (engine, told)
}

fn kept(told: &mut mpsc::UnboundedReceiver<Kept>) -> PathBuf {
    told.try_recv().unwrap().file.unwrap().0
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_leaves_one_too() {
    let rig = Rig::new().await;
    rig.put_one(&rig.file("x", 1000), UploadHow::default()).await;
    let (engine, mut told) = keeping(&rig);
    let (sources, how) = (vec![uri("in/x")], CopyHow::default());
    engine.add(Plan::Copy(Copy { sources, to: uri("out/y"), recursive: false, how }));
    engine.idle().await;
    let path = kept(&mut told);
    let said = read(&path);
    assert_eq!((&said["verb"], &said["audit_head"]), (&"copy".into(), &"head".into()));
    let entry = &said["objects"][0];
    assert_eq!(entry["source"], uri("in/x").to_string());
    assert_eq!((&entry["key"], &entry["proof"]), (&"out/y".into(), &"crc64nvme".into()));

    let manifest = lakehand::transfer::manifest::open(&path).unwrap();
    let found: Vec<_> = recheck(rig.lake.clone(), manifest, 4).collect().await;
    let end = found[0].as_ref().unwrap();
    assert_eq!((found.len(), &end.state), (1, &TransferState::Done(Proof::Crc64Nvme)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_tried_again_leaves_another_that_tells_of_it_once() {
    let rig = Rig::new().await;
    let (engine, mut told) = keeping(&rig);
    rig.lake.put_bytes(&uri("in/taken"), "theirs".into(), &Default::default()).await.unwrap();
    let files = vec![rig.file("x", 10), rig.file("taken", 10)];
    engine.add(Plan::Upload(Upload::new(files, uri("in/"))));
    engine.idle().await;
    let first = kept(&mut told);
    assert_eq!(read(&first)["totals"]["failed"], 1);
    rig.lake.delete(BUCKET, &["in/taken".to_owned()]).await.unwrap();
    let failed =
        engine.snapshot().into_iter().find(|row| !matches!(row.state, TransferState::Done(_)));
    engine.retry(failed.unwrap().id);
    engine.idle().await;
    let second = kept(&mut told);
    assert_ne!(first, second, "the first stays what it was");
    let totals = &read(&second)["totals"];
    assert_eq!((&totals["objects"], &totals["done"]), (&2.into(), &2.into()), "{totals}");
    assert_eq!(read(&first)["totals"]["failed"], 1);
}
