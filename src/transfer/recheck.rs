//! Holding a bucket against a manifest: one HEAD an object, nothing downloaded.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use futures::{Stream, StreamExt as _, stream};
use tokio::sync::mpsc;

use super::digest::{Method, Sum, comparable};
use super::item::{Finished, Landed};
use super::key::{self, Key};
use super::line::Line;
use super::manifest::{Entry, Manifest, each};
use crate::lake::Lake;
use crate::model::object::Head;
use crate::model::transfer::{Direction, Proof, TransferId, TransferState};
use crate::model::trouble::{Kind, Trouble};
use crate::model::uri::S3Uri;

/// The lake, and how well it can be reached.
struct Store {
    lake: Lake,
    line: Line,
}

/// Looks at every object of the manifest, so many at a time, in no order. What is found is told
/// as a transfer's end: done where the object is there as the manifest has it, skipped where it
/// never was.
///
/// An error is one of reading the manifest, and the last item.
pub fn recheck(
    lake: Lake,
    manifest: Manifest,
    at_a_time: usize,
) -> impl Stream<Item = Result<Finished, Trouble>> {
    let (found, entries) = mpsc::channel(at_a_time.max(1));
    tokio::task::spawn_blocking(move || {
        let tell = |entry| match found.blocking_send(Ok(entry)) {
            Ok(()) => ControlFlow::Continue(()),
            // Nobody wants to know any more.
            Err(_) => ControlFlow::Break(()),
        };
        if let Err(trouble) = each(&manifest, tell) {
            let _ = found.blocking_send(Err(trouble));
        }
    });
    let entries = stream::unfold(entries, |mut entries| async {
        let next: Result<Entry, Trouble> = entries.recv().await?;
        Some((next, entries))
    });
    let store = Arc::new(Store { lake, line: Line::default() });
    entries
        .enumerate()
        .map(move |(at, entry)| {
            let store = store.clone();
            async move { Ok(look(&store, TransferId(at as u64), entry?).await) }
        })
        .buffer_unordered(at_a_time.max(1))
}

async fn look(store: &Store, id: TransferId, entry: Entry) -> Finished {
    let uri = S3Uri::new(&entry.bucket, &entry.key);
    let (state, landed, note) = match entry.is_there() {
        true => match store.line.patiently(|| store.lake.find(&uri)).await {
            Ok(Some(head)) => match judge(store, &uri, &entry, &head).await {
                Ok((proof, note)) => {
                    (TransferState::Done(proof), Some(landed(&entry, proof, head)), note)
                }
                Err(trouble) => (TransferState::Failed(trouble), None, None),
            },
            Ok(None) => (TransferState::Failed(gone(store, &uri, &entry).await), None, None),
            Err(trouble) => (TransferState::Failed(trouble), None, None),
        },
        false => {
            let why = entry.error.as_deref().unwrap_or("it was cancelled");
            (TransferState::Skipped(Proof::None), None, Some(format!("it was never put: {why}")))
        }
    };
    Finished {
        id,
        direction: Direction::Up,
        local: PathBuf::from(entry.source),
        remote: uri,
        origin: None,
        size: entry.bytes,
        moved: 0,
        upload_id: None,
        state,
        landed,
        note,
    }
}

fn landed(entry: &Entry, proof: Proof, head: Head) -> Landed {
    Landed {
        proof,
        checksum: entry.checksum.as_deref().and_then(sum),
        sha256: entry.sha256.clone(),
        etag: head.etag,
        version_id: head.version_id,
        kms_key: head.encryption.kms_key,
        ..Landed::default()
    }
}

/// What is proven of an object that is there, and what else is to be known of it.
async fn judge(
    store: &Store,
    uri: &S3Uri,
    entry: &Entry,
    head: &Head,
) -> Result<(Proof, Option<String>), Trouble> {
    let newer = newer(entry, head);
    let (verdict, key) = with_key(store, entry, head, compare(entry, head)).await?;
    let why = match verdict {
        Verdict::Proven(proof) => {
            let again = newer.map(|id| format!("it was put again, as version {id}"));
            return Ok((proof, both(again, key)));
        }
        // It was put where nothing could be compared, and is as it was.
        Verdict::Unproven(why) if !entry.verified => {
            return Ok((Proof::None, both(Some(format!("unproven: {why}")), key)));
        }
        Verdict::Unproven(why) => format!("it cannot be proven any more: {why}"),
        Verdict::Wrong(why) => why,
    };
    let why = match newer {
        Some(id) => {
            let old = old_version(store, uri, entry).await;
            format!("{why}: a newer version is there, {id}{old}")
        }
        None => why,
    };
    Err(Trouble::new(Kind::Integrity, format!("verify {uri}"), why))
}

/// Two remarks as one.
fn both(one: Option<String>, other: Option<String>) -> Option<String> {
    match (one, other) {
        (Some(one), Some(other)) => Some(format!("{one}; {other}")),
        (one, other) => one.or(other),
    }
}

/// The same with what KMS says of its key, and a remark where KMS does not say it.
async fn with_key(
    store: &Store,
    entry: &Entry,
    head: &Head,
    verdict: Verdict,
) -> Result<(Verdict, Option<String>), Trouble> {
    let Some(named) = entry.kms_key.as_deref().filter(|_| verdict.may_stand()) else {
        return Ok((verdict, None));
    };
    Ok(
        match store
            .line
            .patiently(|| key::compare(&store.lake, &entry.bucket, named, &head.encryption))
            .await?
        {
            Key::Same => (verdict, None),
            Key::Other(why) => (Verdict::Wrong(why), None),
            Key::Unproven(why) => (verdict, Some(key::unproven(&why))),
        },
    )
}

async fn gone(store: &Store, uri: &S3Uri, entry: &Entry) -> Trouble {
    let old = old_version(store, uri, entry).await;
    Trouble::new(Kind::NotFound, format!("verify {uri}"), format!("it is not there any more{old}"))
}

/// What has become of the manifest's own version, where it is not the newest.
async fn old_version(store: &Store, uri: &S3Uri, entry: &Entry) -> String {
    let Some(id) = &entry.version_id else { return String::new() };
    match store.line.patiently(|| store.lake.head_version(uri, id)).await {
        Ok(head) => match compare(entry, &head) {
            Verdict::Proven(_) => format!("; the manifest's, {id}, is kept and intact"),
            Verdict::Unproven(_) => format!("; the manifest's, {id}, is kept"),
            Verdict::Wrong(_) => format!("; the manifest's, {id}, is not what it was"),
        },
        Err(trouble) if trouble.kind == Kind::NotFound => {
            format!("; the manifest's, {id}, is gone")
        }
        // Whoever may not look at old versions is told of the newest.
        Err(_) => String::new(),
    }
}

/// The version that is there, where the manifest names another.
fn newer(entry: &Entry, head: &Head) -> Option<String> {
    let (put, there) = (entry.version_id.as_ref()?, head.version_id.as_ref()?);
    (put != there).then(|| there.clone())
}

#[derive(Debug, PartialEq)]
enum Verdict {
    Proven(Proof),
    /// Nothing there says more than the length.
    Unproven(String),
    Wrong(String),
}

impl Verdict {
    fn may_stand(&self) -> bool {
        !matches!(self, Self::Wrong(_))
    }
}

/// The object as it is against what the manifest says of it; of its key only what names alone
/// tell. Pure.
fn compare(entry: &Entry, head: &Head) -> Verdict {
    if head.size != entry.bytes {
        let (put, there) = (entry.bytes, head.size);
        return Verdict::Wrong(format!("{put} bytes were put and {there} are there"));
    }
    let key = entry.kms_key.as_deref().and_then(|named| key::by_name(named, &head.encryption));
    if let Some(Key::Other(why)) = key {
        return Verdict::Wrong(why);
    }
    let theirs = comparable(head);
    let ours = theirs.as_ref().and_then(|theirs| claimed(entry, theirs.method));
    if let (Some(theirs), Some(ours)) = (&theirs, ours) {
        return match ours.value == theirs.value {
            true => Verdict::Proven(ours.method.proof()),
            false => {
                let (ours, theirs) = (ours.text(), theirs.text());
                Verdict::Wrong(format!("{ours} was put and {theirs} is there"))
            }
        };
    }
    // A store without checksums: its ETag was compared with the MD5 of what was sent.
    if entry.proof == Proof::Md5.name()
        && let (Some(put), Some(there)) = (&entry.etag, &head.etag)
    {
        return match put == there {
            true => Verdict::Proven(Proof::Md5),
            false => Verdict::Unproven(format!("its ETag was {put} and is {there}")),
        };
    }
    Verdict::Unproven(match &head.checksum {
        Some(sum) if !sum.full_object => {
            format!("the store has a checksum of its parts' checksums ({})", sum.algorithm)
        }
        Some(sum) => format!("the store has its {}, and the manifest has not", sum.algorithm),
        None => "the store has no checksum of it".to_owned(),
    })
}

/// The manifest's value of this kind.
fn claimed(entry: &Entry, method: Method) -> Option<Sum> {
    let whole = entry.checksum.as_deref().and_then(sum).filter(|sum| sum.method == method);
    whole.or_else(|| match method {
        Method::Sha256 => {
            let value = BASE64.encode(hex::decode(entry.sha256.as_deref()?).ok()?);
            Some(Sum { method, value })
        }
        _ => None,
    })
}

/// `CRC64NVME:…`, as [`Sum::text`] writes it.
fn sum(text: &str) -> Option<Sum> {
    let (name, value) = text.split_once(':')?;
    let method = match name {
        "MD5" => Method::Md5,
        name => Method::parse(name)?,
    };
    Some(Sum { method, value: value.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::super::manifest::Status;
    use super::*;
    use crate::model::object::{Checksum, Encryption};

    const MD5: &str = "d41d8cd98f00b204e9800998ecf8427e";

    fn entry() -> Entry {
        Entry {
            source: "/d/x".into(),
            bucket: "b".into(),
            key: "x".into(),
            bytes: 5,
            status: Status::Done,
            error: None,
            checksum: Some("CRC64NVME:abc=".into()),
            sha256: Some("00ff".into()),
            verified: true,
            proof: "crc64nvme".into(),
            etag: Some(MD5.into()),
            version_id: Some("v1".into()),
            kms_key: None,
            note: None,
            began: String::new(),
            ended: String::new(),
        }
    }

    fn head(algorithm: &str, value: &str, full_object: bool) -> Head {
        let checksum = Checksum { algorithm: algorithm.into(), value: value.into(), full_object };
        Head { size: 5, checksum: Some(checksum), ..Head::default() }
    }

    #[test]
    fn what_can_be_compared_is() {
        let entry = entry();
        let check = |head: &Head| compare(&entry, head);
        assert_eq!(check(&head("CRC64NVME", "abc=", true)), Verdict::Proven(Proof::Crc64Nvme));
        assert_eq!(check(&head("SHA256", "AP8=", true)), Verdict::Proven(Proof::Sha256));
        for wrong in [
            head("CRC64NVME", "xyz=", true),
            head("SHA256", "APA=", true),
            Head { size: 4, ..head("CRC64NVME", "abc=", true) },
        ] {
            assert!(matches!(check(&wrong), Verdict::Wrong(_)), "{wrong:?}");
        }
    }

    #[test]
    fn what_says_nothing_of_the_whole_proves_nothing() {
        for head in [
            head("CRC64NVME", "abc=", false),
            head("CRC32", "abc=", true),
            Head { size: 5, ..Head::default() },
        ] {
            assert!(matches!(compare(&entry(), &head), Verdict::Unproven(_)), "{head:?}");
        }
    }

    #[test]
    fn an_etag_counts_where_it_was_the_proof() {
        let by_md5 = Entry { proof: "md5".into(), ..entry() };
        let mut there = Head { size: 5, etag: Some(format!("{MD5}-2")), ..Head::default() };
        assert!(matches!(compare(&by_md5, &there), Verdict::Unproven(_)));
        there.etag = Some(MD5.into());
        assert_eq!(compare(&by_md5, &there), Verdict::Proven(Proof::Md5));
        assert!(matches!(compare(&entry(), &there), Verdict::Unproven(_)));
    }

    #[test]
    fn another_key_is_wrong() {
        let key = |id: &str| format!("arn:aws:kms:eu-west-2:1:key/{id}");
        let entry = Entry { kms_key: Some(key("1")), ..entry() };
        let mut there = head("CRC64NVME", "abc=", true);
        assert!(matches!(compare(&entry, &there), Verdict::Wrong(_)));
        let sse = |id| Encryption {
            algorithm: Some("aws:kms".into()),
            kms_key: Some(key(id)),
            ..Encryption::default()
        };
        there.encryption = sse("2");
        assert!(matches!(compare(&entry, &there), Verdict::Wrong(_)));
        there.encryption = sse("1");
        assert_eq!(compare(&entry, &there), Verdict::Proven(Proof::Crc64Nvme));
    }
}
