//! Whether a local file and an object are the same: sizes first, then the checksum that the
//! object has, computed here. Nothing is downloaded.

use std::fs::{File, Metadata};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use tokio_util::sync::CancellationToken;

use super::digest::{self, Method, PassError, Running, Sum, comparable};
use crate::lake::Lake;
use crate::model::object::{Checksum, Head};
use crate::model::transfer::Proof;
use crate::model::trouble::{Kind, Trouble};
use crate::model::uri::S3Uri;

const PARTS_UNTOLD: &str =
    "the store has a checksum of its parts only, and does not tell the parts";

/// What a comparison came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// By this proof.
    Same(Proof),
    /// What differs, in a clause.
    Other(String),
    /// Why nobody can say, in a clause.
    Unknown(String),
}

/// How far a comparison is, for whoever shows it.
#[derive(Debug, Default)]
pub struct Progress {
    /// Bytes of the file that have been read.
    pub read: AtomicU64,
    /// Bytes that there are to read; 0 until that is known.
    pub size: AtomicU64,
}

/// Compares a file of this machine with the object as it is now. `stop` ends the reading.
///
/// # Errors
/// [`Kind::Disk`] where the file cannot be read, [`Kind::Cancelled`], and as S3 answers.
pub async fn compare(
    lake: &Lake,
    path: &Path,
    uri: &S3Uri,
    progress: Arc<Progress>,
    stop: CancellationToken,
) -> Result<Verdict, Trouble> {
    let what = format!("compare {} with {uri}", path.display());
    let disk = |error: std::io::Error| Trouble::disk(&what, &error);
    let (file, before) = off_task(&what, opened(path)).await?.map_err(disk)?;
    if !before.is_file() {
        return Err(Trouble::new(Kind::Invalid, what, "it is no file"));
    }
    let head = lake.head(uri).await?;
    if head.size != before.len() {
        let (here, there) = (before.len(), head.size);
        return Ok(Verdict::Other(format!("the file has {here} bytes, the object {there}")));
    }
    let claim = match claim(lake, uri, &head).await? {
        Ok(claim) => claim,
        Err(why) => return Ok(Verdict::Unknown(why)),
    };
    progress.size.store(head.size, Ordering::Relaxed);
    let (sums, after) = off_task(&what, move || {
        let sums = sums(&file, &claim.cuts, claim.method, &progress, &stop)?;
        Ok::<_, PassError>((claim.judged(&sums), file.metadata()?))
    })
    .await?
    .map_err(|error| match error {
        PassError::Io(error) => disk(error),
        PassError::Stopped => Trouble::new(Kind::Cancelled, &what, "it was stopped"),
    })?;
    match print(&after) == print(&before) {
        true => Ok(sums),
        false => Ok(Verdict::Unknown("the file changed while it was read".to_owned())),
    }
}

fn opened(path: &Path) -> impl FnOnce() -> std::io::Result<(File, Metadata)> + use<> {
    let path = path.to_owned();
    move || {
        // Looked at before it is opened: opening a pipe would wait for somebody to write.
        let found = std::fs::metadata(&path)?;
        if !found.is_file() {
            return Ok((File::open("/dev/null")?, found));
        }
        let file = File::open(&path)?;
        let meta = file.metadata()?;
        Ok((file, meta))
    }
}

async fn off_task<T: Send + 'static>(
    what: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Trouble> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| Trouble::new(Kind::Other, what, "reading the file broke off"))
}

/// What a file is known by while nobody writes to it.
fn print(meta: &Metadata) -> (u64, u64, u64, i64, i64) {
    (meta.dev(), meta.ino(), meta.len(), meta.mtime(), meta.mtime_nsec())
}

/// What the store says of the content, and of which ranges it says it.
#[derive(Debug, PartialEq)]
struct Claim {
    method: Method,
    /// Bytes of each part in order; a whole is one.
    cuts: Vec<u64>,
    theirs: Theirs,
}

#[derive(Debug, PartialEq)]
enum Theirs {
    Whole(Sum),
    /// A checksum of the parts' checksums: `base64-count` (S3 user guide, "Checking object
    /// integrity").
    OfParts(String),
}

impl Claim {
    fn judged(&self, sums: &[Sum]) -> Verdict {
        let same = match &self.theirs {
            Theirs::Whole(theirs) => sums.first() == Some(theirs),
            Theirs::OfParts(theirs) => composite(self.method, sums).as_ref() == Some(theirs),
        };
        match same {
            true => Verdict::Same(self.method.proof()),
            false => Verdict::Other(format!("their {} is not the same", self.method.name())),
        }
    }
}

/// What can be compared, or why nothing can.
async fn claim(lake: &Lake, uri: &S3Uri, head: &Head) -> Result<Result<Claim, String>, Trouble> {
    if let Some(sum) = comparable(head) {
        let theirs = Theirs::Whole(sum.clone());
        return Ok(Ok(Claim { method: sum.method, cuts: vec![head.size], theirs }));
    }
    let Some(checksum) = &head.checksum else { return Ok(Err(wanting(head))) };
    let Some(method) = Method::parse(&checksum.algorithm) else {
        return Ok(Err(format!("its {} is not computed here", checksum.algorithm)));
    };
    match lake.part_sizes(uri, head.etag.as_deref()).await {
        Ok(cuts) => Ok(of_parts(method, checksum, cuts, head.size)),
        Err(trouble) if trouble.kind == Kind::Denied || trouble.is_unknown_there() => {
            Ok(Err(format!("{PARTS_UNTOLD}: {}", trouble.why)))
        }
        Err(trouble) => Err(trouble),
    }
}

fn wanting(head: &Head) -> String {
    let kms = head.encryption.algorithm.as_deref().is_some_and(|name| name != "AES256");
    match (head.parts(), kms) {
        (_, true) => "the store has no checksum of it, and under KMS its ETag says nothing",
        (Some(_), false) => "the store has no checksum of it, only an ETag of its parts",
        (None, false) => "the store has no checksum of it",
    }
    .to_owned()
}

fn of_parts(
    method: Method,
    checksum: &Checksum,
    cuts: Vec<u64>,
    size: u64,
) -> Result<Claim, String> {
    let whole = cuts.iter().try_fold(0_u64, |all, cut| all.checked_add(*cut));
    if cuts.is_empty() || whole != Some(size) {
        return Err(PARTS_UNTOLD.to_owned());
    }
    let theirs = match checksum.value.contains('-') {
        true => checksum.value.clone(),
        // As HEAD may write it: without the count.
        false => format!("{}-{}", checksum.value, cuts.len()),
    };
    Ok(Claim { method, cuts, theirs: Theirs::OfParts(theirs) })
}

/// The same checksum over the parts' checksums, each as its bytes.
fn composite(method: Method, sums: &[Sum]) -> Option<String> {
    let mut whole = Running::new(method);
    for sum in sums {
        whole.update(&BASE64.decode(&sum.value).ok()?);
    }
    Some(format!("{}-{}", whole.finish().value, sums.len()))
}

/// The checksum of each part, in one pass over the file. Blocking.
fn sums(
    file: &File,
    cuts: &[u64],
    method: Method,
    progress: &Progress,
    stop: &CancellationToken,
) -> Result<Vec<Sum>, PassError> {
    let mut at = 0;
    let mut sums = Vec::with_capacity(cuts.len());
    for cut in cuts {
        let mut running = Running::new(method);
        digest::pass(
            file,
            at..at + cut,
            || stop.is_cancelled(),
            |block| {
                running.update(block);
                progress.read.fetch_add(block.len() as u64, Ordering::Relaxed);
            },
        )?;
        at += cut;
        sums.push(running.finish());
    }
    Ok(sums)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(method: Method, data: &[u8]) -> Sum {
        let mut running = Running::new(method);
        running.update(data);
        running.finish()
    }

    #[test]
    fn a_checksum_of_parts_is_made_of_their_bytes() {
        use sha2::Digest as _;
        let parts = [sum(Method::Sha256, b"abc"), sum(Method::Sha256, b"d")];
        let both =
            [sha2::Sha256::digest(b"abc").to_vec(), sha2::Sha256::digest(b"d").to_vec()].concat();
        let wanted = format!("{}-2", BASE64.encode(sha2::Sha256::digest(both)));
        assert_eq!(composite(Method::Sha256, &parts), Some(wanted.clone()));
        let claim =
            Claim { method: Method::Sha256, cuts: vec![3, 1], theirs: Theirs::OfParts(wanted) };
        assert_eq!(claim.judged(&parts), Verdict::Same(Proof::Sha256));
        assert!(matches!(claim.judged(&parts[..1]), Verdict::Other(_)));
    }

    #[test]
    fn parts_that_do_not_make_the_whole_prove_nothing() {
        let checksum =
            Checksum { algorithm: "SHA1".into(), value: "x-2".into(), full_object: false };
        let of = |cuts: &[u64], size| of_parts(Method::Sha1, &checksum, cuts.to_vec(), size);
        assert!(of(&[3, 1], 4).is_ok());
        for (cuts, size) in [(&[][..], 0), (&[3], 4), (&[u64::MAX, 5], 4)] {
            assert!(of(cuts, size).unwrap_err().contains("does not tell the parts"));
        }
    }

    #[test]
    fn why_nothing_can_be_said_is_said() {
        let mut head = Head { etag: Some("abc-2".into()), ..Head::default() };
        assert!(wanting(&head).contains("of its parts"));
        head.encryption.algorithm = Some("aws:kms".into());
        assert!(wanting(&head).contains("KMS"));
    }
}
