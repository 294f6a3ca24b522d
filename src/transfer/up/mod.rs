//! One upload, from looking at what is there to the proof that it arrived.

mod there;

use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use bytes::Bytes;

use self::there::already_there;
pub(super) use self::there::conflict;
use super::budget::Share;
use super::digest::{self, Method, PassError, Running, Sum, comparable};
use super::item::{Landed, UpJob};
use super::journal::Known;
use super::key;
use super::multipart;
use super::parts::{KIB, Layout};
use super::source::{self, Fingerprint};
use super::task::{End, Ended, Task};
use super::verify::{Claim, verify};
use crate::lake::body::Slice;
use crate::lake::parts::Begun;
use crate::lake::{PutWith, Written};
use crate::model::transfer::{Proof, TransferState};
use crate::model::trouble::{Kind, Trouble};

/// Up to here a file is put without asking first: the condition on the request tells as much
/// as a HEAD, and the few bytes cost less than the round trip.
const STRAIGHT: u64 = 256 * KIB;

/// The local side of an upload, open.
pub(super) struct Source {
    pub path: PathBuf,
    pub file: Arc<File>,
    pub print: Fingerprint,
    pub layout: Layout,
    /// The content of a small one.
    held: Option<Held>,
}

/// Bytes in memory, and the leave to have them there.
struct Held {
    bytes: Bytes,
    _share: Share,
}

impl Source {
    /// The same file cut otherwise: as the upload that is gone on with was begun.
    pub fn with_layout(&self, layout: Layout) -> Self {
        let (path, file) = (self.path.clone(), self.file.clone());
        Self { path, file, print: self.print, layout, held: None }
    }

    pub fn slice(&self, range: Range<u64>) -> Slice {
        if let Some(held) = &self.held {
            return Slice::Held(held.bytes.slice(range.start as usize..range.end as usize));
        }
        let (path, file, print) = (self.path.clone(), self.file.clone(), self.print);
        let still = move || {
            source::unchanged(&path, &file, print).map_err(|trouble| io::Error::other(trouble.why))
        };
        Slice::File { file: self.file.clone(), range, still: Arc::new(still) }
    }
}

pub(super) async fn run(task: &Task, job: &UpJob) -> Ended {
    if task.lake().settings().wants_approval(&job.to.bucket) && job.how.approval.is_none() {
        let what = format!("put {}", job.path.display());
        let why = format!("{} is in the target bucket, and names no approval", job.to);
        return Err(Trouble::new(Kind::Refused, what, why).hint("give --approval REF").into());
    }
    let source = Arc::new(open(task, job).await?);
    task.item.sized(source.layout.size, source.layout.count());
    task.item.lock().print = Some(source.print);
    let known = known(task, job, &source).await?;
    if let Some(left) = known.left {
        return Box::pin(multipart::go_on_with(task, job, source, *left)).await;
    }
    if let Some(upload_id) = &job.how.adopt {
        return Box::pin(multipart::adopt(task, job, source, upload_id)).await;
    }
    fresh(task, job, source, known.before).await
}

/// An upload of which nothing is there yet, or nothing that could be used.
pub(super) async fn fresh(
    task: &Task,
    job: &UpJob,
    source: Arc<Source>,
    before: Option<(Fingerprint, String)>,
) -> Ended {
    if source.layout.size > STRAIGHT || job.how.overwrite {
        task.set(TransferState::Checking);
        if let Some(landed) = already_there(task, job, &source, before).await? {
            return Ok(landed);
        }
    }
    task.set(TransferState::Running);
    if source.layout.is_one_put() {
        put(task, job, &source).await
    } else {
        Box::pin(multipart::begin(task, job, source)).await
    }
}

/// What the journal knows of this file and place. Not asked for what goes in one request of a
/// new batch: that leaves nothing behind to go on with.
async fn known(task: &Task, job: &UpJob, source: &Source) -> Result<Known, End> {
    if is_new(task, job) && source.layout.is_one_put() {
        return Ok(Known::default());
    }
    Ok(task.core.journal.known(task.item.batch.id, task.item.place()).await?)
}

/// Nothing can have been left behind by an earlier try.
fn is_new(task: &Task, job: &UpJob) -> bool {
    let has_row = task.item.lock().row.is_some();
    !has_row && !task.item.batch.inherits && job.how.adopt.is_none()
}

/// Throws an upload's parts away, trying until the store has heard.
pub(super) async fn abort(task: &Task, begun: &Begun) -> Result<(), Trouble> {
    match task.patiently(|| task.lake().abort_upload(begun)).await {
        Err(End::Trouble(trouble)) => Err(trouble.hint(format!(
            "its parts stay in the bucket, and cost, until upload {} is aborted",
            begun.upload_id
        ))),
        Ok(()) | Err(End::Stopped) => Ok(()),
    }
}

/// Opens the file; one that is small, as far as the walk saw, is read as well: that is one
/// errand to the disk instead of three.
async fn open(task: &Task, job: &UpJob) -> Result<Source, End> {
    let guess = task.item.progress.size.load(Relaxed);
    let share = match guess <= STRAIGHT && is_new(task, job) {
        true => Some(task.or_stop(task.core.budget.share(guess)).await?),
        false => None,
    };
    let cached = share.as_ref().and_then(|_| source::read_cached(&job.path, STRAIGHT));
    let (file, print, bytes) = match cached {
        Some((file, print, bytes)) => (file, print, Some(bytes)),
        None => {
            let (path, read) = (job.path.clone(), share.is_some());
            task.blocking(move |_| {
                let (file, print) = source::open(&path)?;
                let small = read && print.size <= STRAIGHT;
                let bytes = small.then(|| source::read(&path, &file, print)).transpose()?;
                Ok((file, print, bytes))
            })
            .await?
        }
    };
    let held = bytes.zip(share).map(|(bytes, _share)| Held { bytes, _share });
    let layout = Layout::new(print.size, job.how.part_size).map_err(|bad| {
        Trouble::new(Kind::Invalid, format!("put {}", job.path.display()), bad.to_string())
            .hint("leave --part-size out to have it chosen")
    })?;
    Ok(Source { path: job.path.clone(), file: Arc::new(file), print, layout, held })
}

async fn put(task: &Task, job: &UpJob, source: &Arc<Source>) -> Ended {
    let size = source.layout.size;
    let share = match source.held {
        Some(_) => None,
        None => Some(task.or_stop(task.core.budget.share(size)).await?),
    };
    let methods = wanted_sums(job);
    let sums = sums(task, source, 0..size, methods).await?;
    let slice = source.slice(0..size);
    let mut with = with(job);
    let written = loop {
        let sent = task
            .patiently(|| async {
                let meter = task.meter();
                let put =
                    task.lake().put_slice(&job.to, &slice, &sums[0].value, &with, meter.clone());
                let sent = task.unless_silent(&meter, "send it", put).await;
                if sent.is_ok() {
                    meter.arrived();
                }
                or_changed(source, sent).await
            })
            .await;
        match sent {
            Ok(written) => break written,
            // The condition failed, or the store does not know it: look for ourselves.
            Err(End::Trouble(trouble)) if is_conflict(&trouble) || !knows_condition(&trouble) => {
                if with.overwrite {
                    return Err(trouble.into());
                }
                if let Some(landed) = already_there(task, job, source, None).await? {
                    return Ok(landed);
                }
                if is_conflict(&trouble) {
                    return Err(trouble.into());
                }
                with.overwrite = true;
            }
            Err(end) => return Err(end),
        }
    };
    drop(share);
    let claim = Claim { size, sums: sums.clone(), ..claim(task, job) };
    let (proof, kms_key) = proven(task, job, source, claim, &written).await?;
    Ok(Landed {
        skipped: false,
        proof,
        sha256: hex_sha256(&sums).filter(|_| job.how.sha256),
        checksum: sums.into_iter().next(),
        etag: written.etag,
        version_id: written.version_id,
        kms_key,
        parts_reused: 0,
    })
}

/// Compares what the store says with what is known here.
///
/// A small object is compared with the checksum and the key of the PutObject answer, where it
/// has both; everything else with a HEAD. Where HEAD is denied the answer is what there is.
/// Comes with the KMS key that the store names, where it was looked at.
pub(super) async fn proven(
    task: &Task,
    job: &UpJob,
    source: &Arc<Source>,
    mut claim: Claim,
    written: &Written,
) -> Result<(Proof, Option<String>), End> {
    task.set(TransferState::Verifying);
    let what = format!("put {}", job.path.display());
    let answered = claim.sums.iter().find(|sum| Some(sum.text()) == written.checksum);
    let answered = answered.map_or(Proof::None, |sum| sum.method.proof());
    let there = &written.encryption;
    let tells_key = claim.kms_key.is_none() || there.kms_key.is_some();
    if claim.size <= STRAIGHT && answered.is_proof() && tells_key {
        key::prove(task, &what, claim.kms_key.as_deref(), there).await?;
        return Ok((answered, there.kms_key.clone()));
    }
    let head = match task.patiently(|| task.lake().head(&job.to)).await {
        Ok(head) => head,
        Err(End::Trouble(trouble)) if trouble.kind == Kind::Denied => {
            key::unseen(task, claim.kms_key.as_deref());
            return Ok((answered, None));
        }
        Err(end) => return Err(end),
    };
    // A store with checksums of its own kind, or none but the ETag.
    if let Some(theirs) = comparable(&head)
        && claim.sums.iter().all(|sum| sum.method != theirs.method)
    {
        claim.sums.extend(sums(task, source, 0..claim.size, vec![theirs.method]).await?);
        still(task, source).await?;
    }
    let proof = verify(&what, &claim, &head)?;
    key::prove(task, &what, claim.kms_key.as_deref(), &head.encryption).await?;
    Ok((proof, head.encryption.kms_key))
}

/// What every upload of this job claims.
pub(super) fn claim(task: &Task, job: &UpJob) -> Claim {
    let kms_key = task.lake().settings().kms_key(&job.to.bucket).map(ToOwned::to_owned);
    Claim { kms_key, ..Claim::default() }
}

/// How every request of this job writes.
pub(super) fn with(job: &UpJob) -> PutWith {
    PutWith {
        kms_key: None,
        overwrite: job.how.overwrite,
        content_type: None,
        approval: job.how.approval.clone(),
        class: None,
    }
}

fn wanted_sums(job: &UpJob) -> Vec<Method> {
    match job.how.sha256 {
        true => vec![Method::Crc64Nvme, Method::Sha256],
        false => vec![Method::Crc64Nvme],
    }
}

/// SHA-256 as people compare it: hex.
pub(super) fn hex_sha256(sums: &[Sum]) -> Option<String> {
    use base64::Engine as _;
    let sum = sums.iter().find(|sum| sum.method == Method::Sha256)?;
    base64::engine::general_purpose::STANDARD.decode(&sum.value).ok().map(hex::encode)
}

/// True for the answer that an object has appeared: 412.
pub(super) fn is_conflict(trouble: &Trouble) -> bool {
    trouble.kind == Kind::Precondition
        && trouble.code.as_deref() != Some("ConditionalRequestConflict")
}

/// False for a store that answers the condition with 501.
pub(super) fn knows_condition(trouble: &Trouble) -> bool {
    !trouble.is_unknown_there()
}

/// Checksums of a range, in one pass off the async threads.
pub(super) async fn sums(
    task: &Task,
    source: &Arc<Source>,
    range: Range<u64>,
    methods: Vec<Method>,
) -> Result<Vec<Sum>, End> {
    let mut running: Vec<_> = methods.into_iter().map(Running::new).collect();
    if let Some(held) = &source.held {
        let held = &held.bytes[range.start as usize..range.end as usize];
        running.iter_mut().for_each(|sum| sum.update(held));
        return Ok(running.into_iter().map(Running::finish).collect());
    }
    let source = source.clone();
    task.blocking(move |stop| {
        let each = |block: &[u8]| running.iter_mut().for_each(|sum| sum.update(block));
        pass(&source, range, || stop.is_cancelled(), each)?;
        Ok(running.into_iter().map(Running::finish).collect())
    })
    .await
}

pub(super) fn pass(
    source: &Source,
    range: Range<u64>,
    stop: impl Fn() -> bool,
    each: impl FnMut(&[u8]),
) -> Result<(), End> {
    digest::pass(&source.file, range, stop, each).map_err(|error| match error {
        PassError::Stopped => End::Stopped,
        PassError::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            source::changed(&source.path, "it became shorter while it was being uploaded").into()
        }
        PassError::Io(error) => {
            Trouble::disk(format!("read {}", source.path.display()), &error).into()
        }
    })
}

/// Fails where the source is no longer what it was.
pub(super) async fn still(task: &Task, source: &Arc<Source>) -> Result<(), End> {
    let source = source.clone();
    task.blocking(move |_| Ok(source::unchanged(&source.path, &source.file, source.print)?)).await
}

/// A failed request whose file has changed failed for that reason, which no retry mends.
pub(super) async fn or_changed<T>(
    source: &Arc<Source>,
    sent: Result<T, Trouble>,
) -> Result<T, Trouble> {
    let Err(trouble) = sent else { return sent };
    let source = source.clone();
    let look = move || source::unchanged(&source.path, &source.file, source.print);
    match tokio::task::spawn_blocking(look).await {
        Ok(Err(changed)) => Err(changed),
        _ => Err(trouble),
    }
}
