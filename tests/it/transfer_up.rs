//! Uploads through the real SDK into the local lake.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use lakehand::model::transfer::{Proof, TransferState};
use lakehand::model::trouble::Kind;
use lakehand::transfer::{Plan, Upload, UploadHow};

use crate::transfer_rig::{Fault, MIB, Rig, failure, first, is, noise, uri};

fn parts_of_5_mib() -> UploadHow {
    UploadHow { part_size: Some(5 * MIB as u64), ..UploadHow::default() }
}

fn overwrite() -> UploadHow {
    UploadHow { overwrite: true, ..UploadHow::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_small_file_arrives_proven() {
    let rig = Rig::new().await;
    let path = rig.file("a.txt", 1000);
    let end = rig.put_one(&path, UploadHow::default()).await;
    assert_eq!(end.state, TransferState::Done(Proof::Crc64Nvme));
    assert_eq!((end.size, end.moved), (1000, 1000));
    assert_eq!(end.remote, uri("in/a.txt"));
    assert_eq!(rig.read("in/a.txt").await, fs::read(&path).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_file_is_an_empty_object() {
    let rig = Rig::new().await;
    let path = rig.file("empty", 0);
    let end = rig.put_one(&path, UploadHow::default()).await;
    assert_eq!(end.state, TransferState::Done(Proof::Crc64Nvme));
    assert_eq!(rig.lake.head(&uri("in/empty")).await.unwrap().size, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_file_goes_in_parts_and_is_one_object_with_one_checksum() {
    let rig = Rig::new().await;
    let path = rig.file("big.bin", 40 * MIB + 7);
    let how = UploadHow { sha256: true, ..UploadHow::default() };
    let end = rig.put_one(&path, how).await;
    assert_eq!(end.state, TransferState::Done(Proof::Crc64Nvme));
    let landed = end.landed.unwrap();
    let sum = crc_fast::checksum(crc_fast::CrcAlgorithm::Crc64Nvme, &fs::read(&path).unwrap());
    let head = rig.lake.head(&uri("in/big.bin")).await.unwrap();
    let there = head.checksum.unwrap();
    assert!(there.full_object);
    assert_eq!(landed.checksum.unwrap().text(), format!("CRC64NVME:{}", there.value));
    assert_eq!(base64_of(sum), there.value);
    use sha2::Digest as _;
    let sha256 = hex::encode(sha2::Sha256::digest(fs::read(&path).unwrap()));
    assert_eq!(landed.sha256.as_deref(), Some(sha256.as_str()));
    assert!(head.etag.unwrap().ends_with("-3"), "three parts");
    assert!(end.upload_id.is_some());
    assert_eq!(rig.stray_uploads().await, 0);
    assert!(rig.read("in/big.bin").await == fs::read(&path).unwrap());
}

fn base64_of(crc: u64) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(crc.to_be_bytes())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_arrives_with_its_paths_whatever_some_files_do() {
    let rig = Rig::new().await;
    rig.file("tree/a/1.txt", 10);
    rig.file("tree/a/b/2.txt", 20);
    rig.file("tree/ü ß.txt", 30);
    std::os::unix::fs::symlink("/etc/hostname", rig.path("tree/out")).unwrap();
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9");
    use std::os::unix::ffi::OsStrExt as _;
    fs::write(rig.path("tree").join(name), "x").unwrap();
    let plan = Upload { recursive: true, ..Upload::new(vec![rig.path("tree")], uri("P/")) };
    let ends = rig.put(plan).await;
    let by_key: BTreeMap<_, _> = ends
        .iter()
        .filter(|end| matches!(end.state, TransferState::Done(_)))
        .map(|end| (end.remote.key.as_str(), end.size))
        .collect();
    let expected = [("P/a/1.txt", 10), ("P/a/b/2.txt", 20), ("P/ü ß.txt", 30)];
    assert_eq!(by_key, BTreeMap::from(expected));
    let failed: Vec<_> = ends
        .iter()
        .filter(|end| !matches!(end.state, TransferState::Done(_)))
        .map(failure)
        .collect();
    assert_eq!(failed.len(), 2, "{failed:?}");
    assert!(failed.iter().any(|text| text.contains("not UTF-8")));
    assert!(failed.iter().any(|text| text.contains("leads out of the folder")));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_content_is_skipped_and_other_content_is_not_replaced() {
    for size in [1000, MIB, 20 * MIB] {
        let rig = Rig::new().await;
        let path = rig.file("f", size);
        rig.put_one(&path, UploadHow::default()).await;
        let again = rig.put_one(&path, UploadHow::default()).await;
        assert_eq!(again.state, TransferState::Skipped(Proof::Crc64Nvme), "{size}");

        fs::write(&path, noise(size, 99)).unwrap();
        let refused = rig.put_one(&path, UploadHow::default()).await;
        let said = failure(&refused);
        assert!(said.contains("other content of the same size"), "{said}");
        assert!(said.contains("--overwrite"), "{said}");
        fs::write(&path, noise(size + 1, 99)).unwrap();
        let said = failure(&rig.put_one(&path, UploadHow::default()).await);
        assert!(said.contains(&format!("with {size} bytes instead of {}", size + 1)), "{said}");

        let replaced = rig.put_one(&path, overwrite()).await;
        assert_eq!(replaced.state, TransferState::Done(Proof::Crc64Nvme));
        assert!(rig.read("in/f").await == noise(size + 1, 99));
        let same = rig.put_one(&path, overwrite()).await;
        assert_eq!(same.state, TransferState::Skipped(Proof::Crc64Nvme));
        assert_eq!(rig.stray_uploads().await, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_appears_meanwhile_is_not_replaced() {
    // The first HEAD says there is nothing: the condition on the write has the last word.
    let (one, parts) = (first(1), first(1));
    let rig = Rig::faulty(move |request| {
        let looks = request.method() == "HEAD";
        match looks && if request.uri().contains("one-put") { one() } else { parts() } {
            true => Fault::Answer(404, "NotFound"),
            false => Fault::None,
        }
    })
    .await;
    for (name, size) in [("one-put", MIB), ("parts", 11 * MIB)] {
        let there = format!("in/{name}");
        rig.lake.put_bytes(&uri(&there), "theirs".into(), &Default::default()).await.unwrap();
        let end = rig.put_one(&rig.file(name, size), parts_of_5_mib()).await;
        let said = failure(&end);
        assert!(said.contains("is there already, with 6 bytes"), "{said}");
        assert_eq!(rig.read(&there).await, b"theirs");
    }
    assert_eq!(rig.stray_uploads().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_without_the_condition_is_asked_first() {
    let rig = Rig::faulty(|request| match request.headers().get("if-none-match").is_some() {
        true => Fault::Answer(501, "NotImplemented"),
        false => Fault::None,
    })
    .await;
    let small = rig.put_one(&rig.file("small", 10), UploadHow::default()).await;
    assert_eq!(small.state, TransferState::Done(Proof::Crc64Nvme));
    let large = rig.put_one(&rig.file("large", 11 * MIB), parts_of_5_mib()).await;
    assert_eq!(large.state, TransferState::Done(Proof::Crc64Nvme));
    fs::write(rig.path("small"), "other").unwrap();
    let said = failure(&rig.put_one(&rig.path("small"), UploadHow::default()).await);
    assert!(said.contains("is there already"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_changes_under_way_fails_and_leaves_nothing() {
    for size in [MIB, 11 * MIB] {
        let file = Arc::new(std::sync::Mutex::new(None::<std::path::PathBuf>));
        let touched = file.clone();
        let rig = Rig::faulty(move |request| {
            if request.method() == "PUT"
                && let Some(path) = touched.lock().unwrap().take()
            {
                use std::io::Write as _;
                fs::File::options().append(true).open(path).unwrap().write_all(b"!").unwrap();
            }
            Fault::None
        })
        .await;
        let path = rig.file("f", size);
        *file.lock().unwrap() = Some(path.clone());
        let end = rig.put_one(&path, parts_of_5_mib()).await;
        let said = failure(&end);
        assert!(said.contains("it changed while it was being uploaded"), "{said}");
        assert!(rig.lake.find(&uri("in/f")).await.unwrap().is_none(), "nothing was written");
        assert_eq!(rig.stray_uploads().await, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_that_fail_are_sent_again() {
    let (reset, busy, broken) = (first(2), first(4), first(4));
    let rig = Rig::faulty(move |request| {
        if is(request, "PUT", "partNumber=2") && reset() {
            return Fault::Reset;
        }
        if is(request, "PUT", "partNumber=1") && busy() {
            return Fault::Answer(503, "SlowDown");
        }
        if is(request, "POST", "uploads") && broken() {
            return Fault::Answer(500, "InternalError");
        }
        Fault::None
    })
    .await;
    let path = rig.file("f", 11 * MIB);
    let end = rig.put_one(&path, parts_of_5_mib()).await;
    assert_eq!(end.state, TransferState::Done(Proof::Crc64Nvme));
    assert!(rig.read("in/f").await == fs::read(&path).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_that_stalls_is_tried_again() {
    let stalls = first(2);
    let rig = Rig::faulty(move |request| match is(request, "PUT", "partNumber=2") && stalls() {
        true => Fault::Stall,
        false => Fault::None,
    })
    .await;
    rig.file("f", 11 * MIB);
    let (engine, mut ends) =
        rig.engine_with(|options| options.patience.silence = Duration::from_millis(500));
    let how = parts_of_5_mib();
    engine.add(Plan::Upload(Upload { how, ..Upload::new(vec![rig.path("f")], uri("in/")) }));
    assert_eq!(ends.recv().await.unwrap().state, TransferState::Done(Proof::Crc64Nvme));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_that_stays_fails_that_file_alone_and_aborts_its_upload() {
    let rig = Rig::faulty(|request| {
        let bad = request.uri().contains("/in/bad");
        match bad && is(request, "PUT", "partNumber=2") {
            true => Fault::Answer(403, "AccessDenied"),
            false => Fault::None,
        }
    })
    .await;
    let sources = vec![rig.file("bad", 11 * MIB), rig.file("good", 11 * MIB), rig.path("missing")];
    let ends = rig.put(Upload { how: parts_of_5_mib(), ..Upload::new(sources, uri("in/")) }).await;
    let state = |name: &str| &ends.iter().find(|end| end.local.ends_with(name)).unwrap().state;
    assert_eq!(state("good"), &TransferState::Done(Proof::Crc64Nvme));
    assert!(matches!(state("bad"), TransferState::Failed(trouble) if trouble.kind == Kind::Denied));
    assert!(
        matches!(state("missing"), TransferState::Failed(trouble) if trouble.kind == Kind::Disk)
    );
    assert_eq!(rig.stray_uploads().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_to_complete_is_found_out() {
    let deaf = first(3);
    let rig = Rig::faulty(move |request| match is(request, "POST", "uploadId") && deaf() {
        true => Fault::Deaf,
        false => Fault::None,
    })
    .await;
    let end = rig.put_one(&rig.file("f", 11 * MIB), parts_of_5_mib()).await;
    assert_eq!(end.state, TransferState::Done(Proof::Crc64Nvme));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_checksum_or_length_there_is_a_failure() {
    type Change = &'static [(&'static str, Option<&'static str>)];
    let sum: Change = &[("x-amz-checksum-crc64nvme", Some("AAAAAAAAAAA="))];
    let length: Change = &[("content-length", Some("5"))];
    for (wrong, said) in
        [(sum, "CRC64NVME:AAAAAAAAAAA= is there"), (length, "bytes were sent and 5 arrived")]
    {
        let rig = Rig::faulty(move |request| match request.method() == "HEAD" {
            true => Fault::Headers(wrong),
            false => Fault::None,
        })
        .await;
        let end = rig.put_one(&rig.file("f", 11 * MIB), parts_of_5_mib()).await;
        let text = failure(&end);
        assert!(text.contains(said), "{text}");
    }
}

/// A store that ignores the checksum headers: neither echoed at Create nor told by HEAD.
async fn without_checksums(hide: &'static [(&'static str, Option<&'static str>)]) -> TransferState {
    let rig = Rig::faulty(move |request| {
        if is(request, "POST", "uploads") {
            return Fault::Headers(&[("x-amz-checksum-algorithm", None)]);
        }
        if is(request, "PUT", "partNumber") {
            assert!(request.headers().get("content-md5").is_some());
            assert!(request.headers().get("x-amz-checksum-crc64nvme").is_none());
            assert!(request.headers().get("x-amz-trailer").is_none());
        }
        match request.method() == "HEAD" {
            true => Fault::Headers(hide),
            false => Fault::None,
        }
    })
    .await;
    let end = rig.put_one(&rig.file("f", 11 * MIB), parts_of_5_mib()).await;
    assert!(rig.read("in/f").await == fs::read(rig.path("f")).unwrap());
    end.state
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_without_checksums_proves_by_md5_or_says_none() {
    let md5 = without_checksums(&[("x-amz-checksum-crc64nvme", None)]).await;
    assert_eq!(md5, TransferState::Done(Proof::Md5));
    let none =
        without_checksums(&[("x-amz-checksum-crc64nvme", None), ("etag", Some("\"opaque\""))])
            .await;
    assert_eq!(none, TransferState::Done(Proof::None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_whose_name_xml_cannot_hold_arrives_in_parts_and_is_found_again() {
    let rig = Rig::new().await;
    let name = "a\u{1}b\u{1b}[31mc";
    let path = rig.file(name, 11 * MIB);
    let end = rig.put_one(&path, parts_of_5_mib()).await;
    assert_eq!(end.state, TransferState::Done(Proof::Crc64Nvme));
    assert_eq!(rig.stray_uploads().await, 0);
    assert!(rig.read(&format!("in/{name}")).await == fs::read(&path).unwrap());
    let again = rig.put_one(&path, parts_of_5_mib()).await;
    assert_eq!(again.state, TransferState::Skipped(Proof::Crc64Nvme));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bucket_s_key_is_named_and_compared() {
    use lakehand::model::object::Role;
    use lakehand::model::settings::RoleBucket;
    let key = "arn:aws:kms:us-east-1:000000000000:key/11111111-2222-3333-4444-555555555555";
    let headers = Arc::new(AtomicUsize::new(0));
    let seen = headers.clone();
    let rig = Rig::with(
        |settings| {
            settings.buckets.push(RoleBucket {
                role: Role::Source,
                name: crate::transfer_rig::BUCKET.into(),
                kms_key: Some(key.into()),
                prefix: String::new(),
            });
        },
        Arc::new(move |request| {
            if request.headers().get("x-amz-server-side-encryption") == Some("aws:kms") {
                seen.fetch_add(1, Ordering::SeqCst);
            }
            Fault::None
        }),
    )
    .await;
    for (name, size) in [("small", 10), ("large", 11 * MIB)] {
        let end = rig.put_one(&rig.file(name, size), parts_of_5_mib()).await;
        assert_eq!(end.state, TransferState::Done(Proof::Crc64Nvme));
        let head = rig.lake.head(&uri(&format!("in/{name}"))).await.unwrap();
        assert_eq!(head.encryption.kms_key.as_deref(), Some(key));
    }
    assert_eq!(headers.load(Ordering::SeqCst), 2, "PutObject and Create, not the parts");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_content_under_another_key_is_not_what_was_asked_for() {
    use lakehand::lake::Lake;
    use lakehand::lake::Seam;
    use lakehand::lake::witness::nobody;
    use lakehand::model::object::Role;
    use lakehand::model::settings::{RoleBucket, Settings};
    let mut rig = Rig::new().await;
    let plain = rig.lake.clone();
    let key = "arn:aws:kms:us-east-1:000000000000:key/11111111-2222-3333-4444-555555555555";
    let mut settings = Settings::aws("rig");
    settings.buckets.push(RoleBucket {
        role: Role::Source,
        name: crate::transfer_rig::BUCKET.into(),
        kms_key: Some(key.into()),
        prefix: String::new(),
    });
    let (access_key, secret_key) = rig.local.sign_as(None).unwrap();
    let seam = Seam { http: rig.http.clone(), access_key, secret_key };
    let keyed = Lake::open(settings, Some(seam), nobody());
    for (name, size) in [("small", 10), ("large", 11 * MIB)] {
        // Put by somebody who named no key.
        let path = rig.file(name, size);
        rig.lake = plain.clone();
        rig.put_one(&path, parts_of_5_mib()).await;
        rig.lake = keyed.clone();
        let said = failure(&rig.put_one(&path, parts_of_5_mib()).await);
        assert!(said.contains("same content") && said.contains(key), "{said}");
        assert!(said.contains("--overwrite"), "{said}");
        let over = UploadHow { overwrite: true, ..parts_of_5_mib() };
        let end = rig.put_one(&path, over).await;
        assert_eq!(end.state, TransferState::Done(Proof::Crc64Nvme), "{name}");
        let end = rig.put_one(&path, parts_of_5_mib()).await;
        assert_eq!(end.state, TransferState::Skipped(Proof::Crc64Nvme), "{name}");
        assert_eq!(end.landed.unwrap().kms_key.as_deref(), Some(key));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_target_bucket_asks_for_an_approval() {
    use lakehand::model::object::Role;
    use lakehand::model::settings::RoleBucket;
    let target = RoleBucket {
        role: Role::Target,
        name: crate::transfer_rig::BUCKET.into(),
        kms_key: None,
        prefix: String::new(),
    };
    let rig = Rig::with(|settings| settings.buckets.push(target), Arc::new(|_| Fault::None)).await;
    let path = rig.file("f", 10);
    let said = failure(&rig.put_one(&path, UploadHow::default()).await);
    assert!(said.contains("target bucket") && said.contains("--approval"), "{said}");
    let how = UploadHow { approval: Some("EG-17".into()), ..UploadHow::default() };
    let end = rig.put_one(&path, how).await;
    assert_eq!(end.state, TransferState::Done(Proof::Crc64Nvme));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_part_is_held_in_memory() {
    // Structure, not timing: no request carries a body that is in memory, whatever its size.
    let largest = Arc::new(AtomicU64::new(0));
    let seen = largest.clone();
    let rig = Rig::faulty(move |request| {
        if request.method() == "PUT" && request.body().content_length() > Some(0) {
            let held = request.body().bytes().map_or(0, |bytes| bytes.len() as u64);
            seen.fetch_max(held, Ordering::SeqCst);
            let (part, header) = (is(request, "PUT", "partNumber"), |n| request.headers().get(n));
            let signed = match part {
                true => "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
                false => "UNSIGNED-PAYLOAD",
            };
            assert_eq!(header("x-amz-content-sha256"), Some(signed));
            assert_eq!(header("x-amz-trailer").is_some(), part);
            assert_eq!(header("x-amz-checksum-crc64nvme").is_some(), !part);
        }
        Fault::None
    })
    .await;
    for (name, size) in [("small", 100), ("one", 10 * MIB), ("parts", 33 * MIB)] {
        let end = rig.put_one(&rig.file(name, size), UploadHow::default()).await;
        assert_eq!(end.state, TransferState::Done(Proof::Crc64Nvme));
    }
    assert_eq!(largest.load(Ordering::SeqCst), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_files_share_the_budget() {
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let seen = (now.clone(), most.clone());
    let rig = Rig::faulty(move |request| {
        if request.method() == "PUT" {
            seen.1.fetch_max(seen.0.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        }
        Fault::None
    })
    .await;
    for number in 0..300 {
        rig.file(&format!("many/{number}"), number);
    }
    let (engine, ends) = rig.engine_with(|options| options.concurrency = Some(4));
    engine.add(Plan::Upload(Upload {
        recursive: true,
        ..Upload::new(vec![rig.path("many")], uri("many/"))
    }));
    engine.idle().await;
    let ends = crate::transfer_rig::drain(ends);
    assert_eq!(ends.len(), 300);
    assert!(ends.iter().all(|end| end.state == TransferState::Done(Proof::Crc64Nvme)));
    let totals = engine.totals();
    assert_eq!((totals.done, totals.active, totals.queued, totals.walking), (300, 0, 0, 0));
    assert_eq!(totals.bytes_done, (0..300).sum::<u64>());
    assert_eq!(now.load(Ordering::SeqCst) - 1, 300, "one request a small file, and one bucket");
}
