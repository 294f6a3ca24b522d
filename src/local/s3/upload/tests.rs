use super::super::checksum::Hashing;
use super::super::tests::{ROOT, lake, open, put, read};
use super::super::*;
use super::*;
use crate::local::s3::commit::Condition;

const BIG: usize = 5 * 1024 * 1024;

fn begin(
    store: &Store,
    key: &str,
    algorithm: Option<Algorithm>,
    kind: Option<ChecksumKind>,
) -> Upload {
    let options =
        PutOptions { checksum: algorithm, sse: Some("aws:kms".into()), ..Default::default() };
    store.create_upload(&ROOT, "lake", key, &options, kind).unwrap()
}

fn part(store: &Store, upload: &Upload, number: u32, bytes: &[u8]) -> Finished {
    let sent = upload.plan.algorithm;
    let stored = store
        .put_part(&ROOT, upload, number, bytes, sent, &Expected::default(), || {
            Ok(Expected::default())
        })
        .unwrap();
    let sums = sent.into_iter().filter_map(|a| Some((a, stored.sum(a)?.to_owned()))).collect();
    Finished { number, etag: stored.etag, sums }
}

fn bodies() -> [Vec<u8>; 3] {
    [vec![1; BIG], vec![2; BIG + 7], b"tail".to_vec()]
}

fn fill(store: &Store, upload: &Upload) -> Vec<Finished> {
    bodies().iter().zip(1..).map(|(body, n)| part(store, upload, n, body)).collect()
}

fn complete(
    store: &Store,
    upload: &Upload,
    wanted: &Completion,
) -> Result<ObjectInfo, &'static str> {
    store.complete_upload(&ROOT, "lake", &upload.key, &upload.id, wanted).map_err(|e| e.code)
}

#[test]
fn parts_become_one_object_even_after_a_restart() {
    let (dir, store) = lake();
    for (algorithm, kind) in [
        (None, ChecksumKind::FullObject),
        (Some(Algorithm::Crc64Nvme), ChecksumKind::FullObject),
        (Some(Algorithm::Crc32), ChecksumKind::FullObject),
        (Some(Algorithm::Crc32c), ChecksumKind::Composite),
        (Some(Algorithm::Sha256), ChecksumKind::Composite),
    ] {
        let upload = begin(&store, "a/b", algorithm, algorithm.map(|_| kind));
        let parts = fill(&store, &upload);
        let store = open(dir.path());
        let whole = bodies().concat();
        let stored = algorithm.unwrap_or(Algorithm::Crc64Nvme);
        let mut hashing = Hashing::new(&[stored]);
        hashing.update(&whole);
        let sum = hashing.finish().sum(stored).unwrap();
        let full = kind == ChecksumKind::FullObject;
        let sums = if full { vec![(stored, sum.clone())] } else { Vec::new() };
        let wanted =
            Completion { parts, sums, size: Some(whole.len() as u64), ..Default::default() };
        let info = complete(&store, &upload, &wanted).unwrap();
        assert!(info.etag.ends_with("-3"), "{}", info.etag);
        assert_eq!(info.meta.sse.as_deref(), Some("aws:kms"));
        let checksum = info.meta.checksum.clone().unwrap();
        assert_eq!((checksum.algorithm, checksum.kind), (stored, kind));
        assert_eq!(checksum.value == sum, full);
        assert!(read(&store, "a/b").unwrap() == whole);
        assert_eq!(store.head("lake", "a/b").unwrap(), info);
        assert_eq!(complete(&store, &upload, &wanted), Err("NoSuchUpload"));
        assert_eq!(std::fs::read_dir(dir.path().join("uploads")).unwrap().count(), 0);
    }
}

#[test]
fn a_refused_complete_loses_nothing() {
    let (_dir, store) = lake();
    let old = put(&store, "k", b"old");
    let upload = begin(&store, "k", Some(Algorithm::Crc32), None);
    let parts = fill(&store, &upload);
    let with = |change: &dyn Fn(&mut Completion)| {
        let mut wanted = Completion { parts: parts.clone(), ..Default::default() };
        change(&mut wanted);
        complete(&store, &upload, &wanted).map(drop)
    };
    assert_eq!(with(&|w| w.parts[1].etag = "0".repeat(32)), Err("InvalidPart"));
    assert_eq!(with(&|w| w.parts[1].number = 9), Err("InvalidPartOrder"));
    assert_eq!(with(&|w| w.parts[2].number = 9), Err("InvalidPart"));
    assert_eq!(with(&|w| w.parts.swap(0, 1)), Err("InvalidPartOrder"));
    assert_eq!(with(&|w| w.parts[1] = w.parts[0].clone()), Err("InvalidPartOrder"));
    assert_eq!(with(&|w| w.parts.clear()), Err("MalformedXML"));
    assert_eq!(with(&|w| w.parts[0].sums[0].1 = "AAAAAA==".into()), Err("InvalidPart"));
    assert_eq!(with(&|w| w.parts[0].sums.clear()), Err("InvalidRequest"));
    assert_eq!(with(&|w| w.size = Some(1)), Err("InvalidRequest"));
    assert_eq!(with(&|w| w.kind = Some(ChecksumKind::FullObject)), Err("InvalidRequest"));
    assert_eq!(with(&|w| w.sums = vec![(Algorithm::Crc32, "AAAAAA==".into())]), Err("BadDigest"));
    assert_eq!(
        with(&|w| w.condition = Condition { absent: true, etag: None }),
        Err("PreconditionFailed")
    );
    let mut small = parts.clone();
    small[1] = part(&store, &upload, 2, b"small");
    assert_eq!(
        complete(&store, &upload, &Completion { parts: small, ..Default::default() }),
        Err("EntityTooSmall")
    );
    part(&store, &upload, 2, &bodies()[1]);
    assert_eq!(store.head("lake", "k").unwrap(), old);
    assert_eq!(with(&|_| ()), Ok(()));
}

#[test]
fn parts_are_verified_and_paged() {
    let (_dir, store) = lake();
    let upload = begin(&store, "k", Some(Algorithm::Crc32), None);
    let send = |number, sent, expected: Expected, trailer: Expected| {
        store
            .put_part(&ROOT, &upload, number, b"x".as_slice(), sent, &expected, || Ok(trailer))
            .map(|p| p.number)
            .map_err(|e| e.code)
    };
    let wrong =
        || Expected { sums: vec![(Algorithm::Crc32, "AAAAAA==".into())], ..Default::default() };
    assert_eq!(send(1, None, wrong(), Expected::default()), Err("BadDigest"));
    assert_eq!(send(1, Some(Algorithm::Crc32), Expected::default(), wrong()), Err("BadDigest"));
    assert_eq!(
        send(1, Some(Algorithm::Sha1), Expected::default(), Expected::default()),
        Err("InvalidRequest")
    );
    assert_eq!(send(0, None, Expected::default(), Expected::default()), Err("InvalidArgument"));
    assert_eq!(
        send(10_001, None, Expected::default(), Expected::default()),
        Err("InvalidArgument")
    );
    for number in [10_000, 3, 2, 3] {
        assert_eq!(send(number, None, Expected::default(), Expected::default()), Ok(number));
    }
    let page = store.parts("lake", "k", &upload.id, 0, 2).unwrap();
    assert_eq!(page.parts.iter().map(|p| p.number).collect::<Vec<_>>(), [2, 3]);
    assert!(page.truncated);
    let page = store.parts("lake", "k", &upload.id, 3, 2).unwrap();
    assert_eq!(page.parts.iter().map(|p| p.number).collect::<Vec<_>>(), [10_000]);
    assert!(!page.truncated);
    assert_eq!(store.parts("lake", "other", &upload.id, 0, 2).unwrap_err().code, "NoSuchUpload");
    store.abort_upload(&ROOT, "lake", "k", &upload.id).unwrap();
    assert_eq!(send(1, None, Expected::default(), Expected::default()), Err("NoSuchUpload"));
    assert_eq!(
        store.abort_upload(&ROOT, "lake", "k", &upload.id).unwrap_err().code,
        "NoSuchUpload"
    );
}

#[test]
fn algorithms_and_kinds_that_do_not_exist_are_refused() {
    let (_dir, store) = lake();
    for (algorithm, kind) in [
        (Some(Algorithm::Sha256), ChecksumKind::FullObject),
        (Some(Algorithm::Crc64Nvme), ChecksumKind::Composite),
        (None, ChecksumKind::Composite),
    ] {
        let options = PutOptions { checksum: algorithm, ..Default::default() };
        assert_eq!(
            store.create_upload(&ROOT, "lake", "k", &options, Some(kind)).unwrap_err().code,
            "InvalidRequest"
        );
    }
}

#[test]
fn uploads_are_listed_by_key_then_age() {
    let (_dir, store) = lake();
    let mut begun = Vec::new();
    for key in ["b", "a/2", "a/1", "b", "c"] {
        begun.push((key, begin(&store, key, None, None).id));
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    begun.sort();
    let mut seen = Vec::new();
    let (mut key, mut id) = (String::new(), None::<String>);
    loop {
        let query = UploadQuery {
            key_marker: &key,
            id_marker: id.as_deref(),
            limit: 2,
            ..Default::default()
        };
        let page = store.uploads("lake", &query).unwrap();
        let mut last = None;
        for item in &page.items {
            let UploadItem::Upload(upload) = item else { panic!("no delimiter, no prefix") };
            seen.push((upload.key.clone(), upload.id.clone()));
            last = Some((upload.key.clone(), upload.id.clone()));
        }
        if !page.truncated {
            break;
        }
        let (k, i) = last.unwrap();
        (key, id) = (k, Some(i));
    }
    assert_eq!(seen, begun.iter().map(|(k, i)| ((*k).to_owned(), i.clone())).collect::<Vec<_>>());
    let folded = store
        .uploads("lake", &UploadQuery { delimiter: Some("/"), limit: 9, ..Default::default() })
        .unwrap();
    assert!(matches!(&folded.items[0], UploadItem::Prefix(p) if p == "a/"));
    assert_eq!(folded.items.len(), 4);
    let under = store
        .uploads("lake", &UploadQuery { prefix: "a/", limit: 9, ..Default::default() })
        .unwrap();
    assert_eq!(under.items.len(), 2);
}
