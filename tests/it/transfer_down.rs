//! Downloads: ranged, compared, and never outside the folder.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use lakehand::govern::PathGuard;
use lakehand::lake::PutWith;
use lakehand::model::transfer::{Proof, TransferState};
use lakehand::model::trouble::{Kind, Trouble};
use lakehand::model::uri::S3Uri;
use lakehand::transfer::{Download, Finished, Plan, UploadHow};

use crate::transfer_rig::{BUCKET, Fault, MIB, Rig, drain, failure, first, noise, uri};

fn download(rig: &Rig, sources: Vec<S3Uri>, recursive: bool) -> Plan {
    let folder = into(rig);
    let guard = Mutex::new(PathGuard::new(&folder));
    let place = move |name: &str, from: &S3Uri| {
        guard.lock().unwrap().place(name, &from.key).map_err(|refused| {
            Trouble::new(Kind::Refused, format!("get {from}"), refused.to_string())
        })
    };
    Plan::Download(Download { sources, folder, recursive, version: None, place: Arc::new(place) })
}

fn into(rig: &Rig) -> PathBuf {
    rig.dir.path().join("out")
}

async fn get(rig: &Rig, sources: Vec<S3Uri>, recursive: bool) -> Vec<Finished> {
    let (engine, ends) = rig.engine();
    engine.add(download(rig, sources, recursive));
    engine.idle().await;
    drain(ends)
}

/// Every file below the target folder, temporary ones included.
fn files(rig: &Rig) -> Vec<String> {
    fn walk(dir: &std::path::Path, root: &std::path::Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
            match entry.file_type().unwrap().is_dir() {
                true => walk(&entry.path(), root, found),
                false => found
                    .push(entry.path().strip_prefix(root).unwrap().to_string_lossy().into_owned()),
            }
        }
    }
    let mut found = Vec::new();
    walk(&into(rig), &into(rig), &mut found);
    found.sort();
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_version_is_fetched_by_its_id_and_proven() {
    let rig = Rig::new().await;
    rig.local.store().set_versioning(BUCKET, true).unwrap();
    for (key, size) in [("in/small", 10), ("in/large", 20 * MIB)] {
        for seed in [1, 2] {
            let with = PutWith { overwrite: true, ..PutWith::default() };
            rig.lake.put_bytes(&uri(key), noise(size, seed).into(), &with).await.unwrap();
        }
        let versions = rig.lake.versions(&uri(key), None).await.unwrap().versions;
        let old = versions[1].id.clone();
        let Plan::Download(plan) = download(&rig, vec![uri(key)], false) else { unreachable!() };
        let (engine, ends) = rig.engine();
        engine.add(Plan::Download(Download { version: Some(old.clone()), ..plan }));
        engine.idle().await;
        let end = drain(ends).remove(0);
        assert_eq!(end.state, TransferState::Done(Proof::Crc64Nvme), "{key}");
        assert_eq!(end.landed.unwrap().version_id, Some(old));
        let file = into(&rig).join(uri(key).name());
        assert!(fs::read(file).unwrap() == noise(size, 1), "{key}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_put_comes_back_proven() {
    let rig = Rig::new().await;
    for (name, size) in [("small", 10), ("empty", 0), ("large", 40 * MIB + 3)] {
        let path = rig.file(name, size);
        rig.put_one(&path, UploadHow::default()).await;
        let ends = get(&rig, vec![uri(&format!("in/{name}"))], false).await;
        assert_eq!(ends[0].state, TransferState::Done(Proof::Crc64Nvme), "{name}");
        assert_eq!(ends[0].moved, size as u64);
        assert!(fs::read(into(&rig).join(name)).unwrap() == fs::read(&path).unwrap());
    }
    assert_eq!(files(&rig), ["empty", "large", "small"], "no temporary file is left");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prefix_comes_with_its_paths_and_without_its_markers() {
    let rig = Rig::new().await;
    for key in ["p/a.txt", "p/b/c.txt", "p/marker/", "pq/other"] {
        rig.lake.put_bytes(&uri(key), key.to_owned().into(), &Default::default()).await.unwrap();
    }
    for prefix in ["p/", "p"] {
        let ends = get(&rig, vec![uri(prefix)], true).await;
        assert_eq!(ends.len(), 2, "{ends:?}");
        assert_eq!(files(&rig), ["a.txt", "b/c.txt"]);
    }
    let ends = get(&rig, vec![uri("p/")], false).await;
    assert!(failure(&ends[0]).contains("give -r"));
    let ends = get(&rig, vec![uri("nothing/")], true).await;
    assert!(failure(&ends[0]).contains("there is nothing under it"));
    let ends = get(&rig, vec![uri("nothing")], false).await;
    assert!(failure(&ends[0]).contains("nothing of that name"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_local_file_is_not_replaced() {
    let rig = Rig::new().await;
    rig.lake.put_bytes(&uri("f"), "theirs".into(), &Default::default()).await.unwrap();
    fs::create_dir_all(into(&rig)).unwrap();
    fs::write(into(&rig).join("f"), "theirs").unwrap();
    let ends = get(&rig, vec![uri("f")], false).await;
    assert_eq!(ends[0].state, TransferState::Skipped(Proof::Crc64Nvme));
    fs::write(into(&rig).join("f"), "mine!!").unwrap();
    let ends = get(&rig, vec![uri("f")], false).await;
    assert!(failure(&ends[0]).contains("is there already"), "{ends:?}");
    assert_eq!(fs::read(into(&rig).join("f")).unwrap(), b"mine!!");
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_keys_stay_out_and_the_rest_arrive() {
    let rig = Rig::new().await;
    let keys =
        ["h/../../escape", "h//absolute", "h/a\\b", "h/ok", "h/OK", "h/esc\u{1b}[2J", "h/./x"];
    for key in keys {
        rig.lake.put_bytes(&uri(key), "x".into(), &Default::default()).await.unwrap();
    }
    let ends = get(&rig, vec![uri("h/")], true).await;
    assert_eq!(ends.len(), keys.len());
    let fate: BTreeMap<_, _> =
        ends.iter().map(|end| (end.remote.key.as_str(), &end.state)).collect();
    for key in ["h/../../escape", "h//absolute", "h/a\\b", "h/./x"] {
        assert!(
            matches!(fate[key], TransferState::Failed(trouble) if trouble.kind == Kind::Refused),
            "{key:?}: {:?}",
            fate[key]
        );
    }
    let cased = [fate["h/ok"], fate["h/OK"]];
    assert_eq!(cased.iter().filter(|state| matches!(state, TransferState::Done(_))).count(), 1);
    assert_eq!(fs::read_dir(rig.dir.path()).unwrap().count(), 3, "lake, files, out: no more");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_download_goes_on_and_a_replaced_object_fails() {
    let resets = first(3);
    let rig = Rig::faulty(move |request| match request.method() == "GET" && resets() {
        true => Fault::Reset,
        false => Fault::None,
    })
    .await;
    let path = rig.file("f", 33 * MIB);
    rig.put_one(&path, UploadHow::default()).await;
    let ends = get(&rig, vec![uri("in/f")], false).await;
    assert_eq!(ends[0].state, TransferState::Done(Proof::Crc64Nvme));
    assert!(fs::read(into(&rig).join("f")).unwrap() == fs::read(path).unwrap());

    let rig = Rig::faulty(|request| match request.method() == "HEAD" {
        true => Fault::Headers(&[("etag", Some("\"00000000000000000000000000000000\""))]),
        false => Fault::None,
    })
    .await;
    rig.lake.put_bytes(&uri("f"), "x".into(), &Default::default()).await.unwrap();
    let ends = get(&rig, vec![uri("f")], false).await;
    assert!(failure(&ends[0]).contains("replaced while"), "{ends:?}");
    assert_eq!(files(&rig), [""; 0], "no temporary file is left");
}

#[tokio::test(flavor = "multi_thread")]
async fn damaged_bytes_are_fetched_once_more_and_get_no_name() {
    let (fetched, hold) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(true)));
    let (counted, held) = (fetched.clone(), hold.clone());
    let rig = Rig::faulty(move |request| match request.method() {
        "HEAD" => Fault::Headers(&[("x-amz-checksum-crc64nvme", Some("AAAAAAAAAAA="))]),
        "GET" if request.uri().contains("list-type") => Fault::None,
        "GET" if counted.load(SeqCst) == 1 && held.load(SeqCst) => Fault::Stall,
        "GET" => {
            counted.fetch_add(1, SeqCst);
            Fault::None
        }
        _ => Fault::None,
    })
    .await;
    rig.lake.put_bytes(&uri("f"), "x".into(), &Default::default()).await.unwrap();
    let (engine, ends) = rig.engine_with(|options| {
        options.patience.silence = Duration::from_secs(1);
    });
    engine.add(download(&rig, vec![uri("f")], false));
    let said = loop {
        match engine.snapshot().first().and_then(|row| row.retrying.clone()) {
            Some(said) => break said,
            None => tokio::time::sleep(Duration::from_millis(5)).await,
        }
    };
    assert!(said.ends_with("arrived: it is fetched again"), "{said}");
    hold.store(false, SeqCst);
    engine.idle().await;
    let said = failure(&drain(ends)[0]);
    assert!(said.contains("CRC64NVME:AAAAAAAAAAA= is there"), "{said}");
    assert!(said.contains("twice"), "{said}");
    assert_eq!(fetched.load(SeqCst), 2);
    assert_eq!(files(&rig), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn downloads_can_be_switched_off() {
    let rig = Rig::with(|settings| settings.downloads = false, Arc::new(|_| Fault::None)).await;
    rig.lake.put_bytes(&uri("f"), "x".into(), &Default::default()).await.unwrap();
    let ends = get(&rig, vec![uri("f")], false).await;
    let said = failure(&ends[0]);
    assert!(said.contains("switched off"), "{said}");
    assert!(!into(&rig).exists());
}
