//! One copy or move inside the lake: the store moves the bytes, this side asks for it, proves
//! it, and for a move deletes the source afterwards.
//!
//! Both objects are bound: the source by its ETag, so that one which is replaced under way is
//! not copied half and half; the destination by `If-None-Match`, so that nothing is replaced
//! that was not meant to be.

mod feed;
mod parts;
mod remove;

use std::time::Duration;

pub(super) use feed::{feed, misplaced};

use self::remove::{finish, moved_before};
use super::digest::{Sum, comparable, plain_etag};
use super::item::{CopyJob, Landed};
use super::journal::Known;
use super::key;
use super::parts::{GIB, Layout, MIB};
use super::task::{End, Ended, Task};
use super::up::is_conflict;
use super::verify::{Claim, in_the_way, same_but_for_its_key, verify};
use crate::lake::{Original, PutWith, Written};
use crate::model::object::Head;
use crate::model::settings::Settings;
use crate::model::storage::Class;
use crate::model::transfer::{Proof, TransferState};
use crate::model::trouble::{Kind, Trouble};

/// From where on a copy goes in parts, and how large they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Copying {
    /// Up to so many bytes one CopyObject does it; S3 takes 5 GiB.
    pub whole: u64,
    /// Bytes of a part, or more where they would be too many; at least 5 MiB. Large ones: no
    /// byte comes through here, and a request costs its round trip.
    pub part_size: u64,
}

impl Default for Copying {
    fn default() -> Self {
        Self { whole: 5 * GIB, part_size: 256 * MIB }
    }
}

/// Slower than this a store is not working on a copy any more.
const SLOWEST: u64 = 4 * MIB;

pub(super) async fn run(task: &Task, job: &CopyJob) -> Ended {
    may_go_there(task.lake().settings(), job)?;
    task.set(TransferState::Checking);
    let version = job.how.version.as_deref();
    let head = match task.patiently(|| task.lake().head_of(&job.from, version)).await {
        Err(End::Trouble(gone)) if gone.kind == Kind::NotFound => {
            return moved_before(task, job).await?.ok_or(End::Trouble(gone));
        }
        head => head?,
    };
    let layout = layout(task, job, &head)?;
    let original = Original::of(job.from.clone(), &head).version(job.how.version.clone());
    let this = Source { original, head, layout };
    task.item.sized(this.head.size, this.parts(task));
    let gone_on = match known(task, &this).await?.left {
        Some(left) => parts::go_on_with(task, job, &this, *left).await?,
        None => None,
    };
    let copied = match gone_on {
        Some(copied) => Copied::Now(copied),
        None => fresh(task, job, &this).await?,
    };
    let landed = match copied {
        Copied::Before(landed) => landed,
        Copied::Now(done) => proven(task, job, &this, done).await?,
    };
    finish(task, job, &this, landed).await
}

/// What the journal knows of this copy. Not asked for what goes in one request of a new batch:
/// that leaves nothing behind to go on with.
async fn known(task: &Task, this: &Source) -> Result<Known, End> {
    if !task.may_be_known() && this.is_whole(task) {
        return Ok(Known::default());
    }
    Ok(task.core.journal.known(task.item.batch.id, task.item.place()).await?)
}

/// A copy of which nothing is there yet, or nothing that could be used.
async fn fresh(task: &Task, job: &CopyJob, this: &Source) -> Result<Copied, End> {
    if let Some(landed) = already_there(task, job, this).await? {
        return Ok(Copied::Before(landed));
    }
    task.set(TransferState::Running);
    match this.is_whole(task) {
        true => whole(task, job, this).await,
        false => parts::begin(task, job, this).await.map(Copied::Now),
    }
}

enum Copied {
    Now(Done),
    /// Before this process came to it, by a try whose answer was lost, or by somebody else.
    Before(Landed),
}

/// What the store has made.
pub(super) struct Done {
    pub written: Written,
    /// Parts that were there from before.
    pub reused: u32,
}

/// The source of a copy, as it was looked at.
pub(super) struct Source {
    pub original: Original,
    pub head: Head,
    pub layout: Layout,
}

impl Source {
    fn is_whole(&self, task: &Task) -> bool {
        self.head.size <= task.core.options.copying.whole
    }

    fn parts(&self, task: &Task) -> u32 {
        if self.is_whole(task) { 1 } else { self.layout.count() }
    }

    /// What its content can be known by.
    fn sum(&self) -> Option<Sum> {
        comparable(&self.head)
    }

    /// What its copy must come to. An ETag that is one of the content counts too: equal ones
    /// are of equal bytes, while unequal ones prove nothing.
    pub fn claim(&self, kms_key: Option<&str>) -> Claim {
        Claim {
            size: self.head.size,
            sums: self.sum().into_iter().collect(),
            multipart_etag: plain_etag(&self.head),
            kms_key: kms_key.map(ToOwned::to_owned),
        }
    }
}

fn layout(task: &Task, job: &CopyJob, head: &Head) -> Result<Layout, Trouble> {
    Layout::coarse(head.size, task.core.options.copying.part_size)
        .map_err(|bad| Trouble::new(Kind::Invalid, job.what(), bad.to_string()))
}

/// What leaves by the target bucket names its approval, and where nothing may leave the lake,
/// only its own buckets are copied to.
fn may_go_there(settings: &Settings, job: &CopyJob) -> Result<(), Trouble> {
    // What stays where it is goes nowhere.
    if job.how.class.is_some() {
        return Ok(());
    }
    let refused = |why| Trouble::new(Kind::Refused, job.what(), why);
    let bucket = &job.to.bucket;
    if settings.wants_approval(bucket) && job.how.approval.is_none() {
        return Err(refused(format!("{} is in the target bucket, and names no approval", job.to))
            .hint("give the reference of the approval"));
    }
    if !settings.downloads && settings.bucket(bucket).is_none() {
        return Err(refused(format!("nothing may leave this lake, and {bucket} is no part of it"))
            .hint(format!("downloads = false in [lakes.{}]", settings.name)));
    }
    Ok(())
}

/// How every request of this job writes. What stays where it is keeps its key, where the
/// configuration names none.
fn with(task: &Task, job: &CopyJob, this: &Source) -> PutWith {
    let named = task.lake().settings().kms_key(&job.to.bucket);
    let own = this.head.encryption.kms_key.as_deref().filter(|_| job.how.class.is_some());
    PutWith {
        kms_key: named.or(own).map(ToOwned::to_owned),
        overwrite: job.how.overwrite || job.how.class.is_some(),
        content_type: None,
        approval: job.how.approval.clone(),
        class: job.how.class,
    }
}

/// S3 leaves the standard class out of its answers.
fn class_of(head: &Head) -> &str {
    head.storage_class.as_deref().unwrap_or(Class::Standard.name())
}

/// Looks for an object of that name. `None` where there is none, it may be replaced, or we
/// may not look: then the condition on the request has the say.
async fn already_there(task: &Task, job: &CopyJob, this: &Source) -> Result<Option<Landed>, End> {
    let there = match task.patiently(|| task.lake().find(&job.to)).await {
        Ok(Some(there)) => there,
        Ok(None) => return Ok(None),
        Err(End::Trouble(trouble)) if trouble.kind == Kind::Denied => return Ok(None),
        Err(end) => return Err(end),
    };
    if let Some(wanted) = job.how.class {
        // Put there by a try whose answer was lost, or by somebody else.
        return Ok((class_of(&there) == wanted.name()).then(|| Landed {
            skipped: true,
            etag: there.etag,
            version_id: there.version_id,
            kms_key: there.encryption.kms_key,
            ..Landed::default()
        }));
    }
    let proof = match verify("", &this.claim(None), &there) {
        Ok(proof) if proof.is_proof() => proof,
        _ if job.how.overwrite => return Ok(None),
        _ => return Err(conflict(job, &there, this).into()),
    };
    let named = task.lake().settings().kms_key(&job.to.bucket);
    match key::other(task, named, &there.encryption).await? {
        None => {}
        Some(_) if job.how.overwrite => return Ok(None),
        Some(why) => {
            return Err(same_but_for_its_key(job.what(), &job.to, &why).hint(REPLACE).into());
        }
    }
    Ok(Some(Landed {
        skipped: true,
        proof,
        checksum: this.sum().filter(|sum| sum.method.proof() == proof),
        etag: there.etag,
        version_id: there.version_id,
        kms_key: there.encryption.kms_key,
        ..Landed::default()
    }))
}

const REPLACE: &str = "replace it expressly, or choose another destination";

fn conflict(job: &CopyJob, there: &Head, this: &Source) -> Trouble {
    in_the_way(job.what(), &job.to, there, this.head.size).hint(REPLACE)
}

/// One CopyObject.
async fn whole(task: &Task, job: &CopyJob, this: &Source) -> Result<Copied, End> {
    let with = with(task, job, this);
    let copied = task
        .patiently(|| async {
            let _share = task.core.budget.request().await;
            let copying = task.lake().copy_object(&this.original, &job.to, &with);
            in_time(task, this.head.size, copying).await
        })
        .await;
    match copied {
        Ok(written) => {
            task.item.progress.copied(this.head.size);
            task.core.beat.notify_one();
            Ok(Copied::Now(Done { written, reused: 0 }))
        }
        Err(End::Trouble(trouble)) if is_conflict(&trouble) => {
            still(task, job, this).await?;
            match already_there(task, job, this).await? {
                Some(landed) => Ok(Copied::Before(landed)),
                None => Err(trouble.into()),
            }
        }
        Err(end) => Err(end),
    }
}

/// Gives a request up when the store would have to be slower than any is.
async fn in_time<T>(
    task: &Task,
    bytes: u64,
    request: impl Future<Output = Result<T, Trouble>>,
) -> Result<T, Trouble> {
    let limit = task.patience().silence + Duration::from_secs(bytes / SLOWEST);
    match tokio::time::timeout(limit, request).await {
        Ok(answer) => answer,
        Err(_) => {
            let why = format!("there was no answer for {} s", limit.as_secs());
            Err(Trouble::new(Kind::Unreachable, format!("copy {}", task.item.job.ends().0), why))
        }
    }
}

/// Fails where the source is no longer what it was.
async fn still(task: &Task, job: &CopyJob, this: &Source) -> Result<(), End> {
    if job.how.version.is_some() {
        // A version is never another one.
        return Ok(());
    }
    let now = task.patiently(|| task.lake().find(&job.from)).await?;
    match now {
        Some(head) if head.etag == this.original.etag => Ok(()),
        _ => Err(changed(job, "it was replaced while it was being copied").into()),
    }
}

fn changed(job: &CopyJob, why: &str) -> Trouble {
    Trouble::new(Kind::Precondition, job.what(), why).hint("try it again")
}

/// Compares what the store says of the copy with what it said of the source: length, checksum
/// of the whole object where both have one of the same kind, key. Where the caller may not look
/// at the copy, its checksum in the answer is what there is.
async fn proven(task: &Task, job: &CopyJob, this: &Source, done: Done) -> Ended {
    task.set(TransferState::Verifying);
    let Done { written, reused } = done;
    let named = task.lake().settings().kms_key(&job.to.bucket);
    let (proof, kms_key) = match task.patiently(|| task.lake().head(&job.to)).await {
        Ok(there) => {
            let proof = compared(task, job, this, named, &there).await.map_err(distrust)?;
            (proof, there.encryption.kms_key)
        }
        Err(End::Trouble(trouble)) if trouble.kind == Kind::Denied => {
            key::unseen(task, named);
            let same = this.sum().filter(|sum| Some(sum.text()) == written.checksum);
            (same.map_or(Proof::None, |sum| sum.method.proof()), None)
        }
        Err(end) => return Err(end),
    };
    Ok(Landed {
        skipped: false,
        proof,
        checksum: this.sum().filter(|sum| sum.method.proof() == proof),
        sha256: None,
        etag: written.etag,
        version_id: written.version_id,
        kms_key,
        parts_reused: reused,
    })
}

async fn compared(
    task: &Task,
    job: &CopyJob,
    this: &Source,
    named: Option<&str>,
    there: &Head,
) -> Result<Proof, End> {
    let proof = verify(&job.what(), &this.claim(named), there)?;
    if let Some(wanted) = job.how.class.filter(|wanted| wanted.name() != class_of(there)) {
        let (wanted, is) = (wanted.name(), class_of(there));
        let why = format!("the store keeps it in {is} all the same, and not in {wanted}");
        return Err(Trouble::new(Kind::Refused, job.what(), why).into());
    }
    key::prove(task, &job.what(), named, &there.encryption).await?;
    Ok(proof)
}

/// A copy that is not what it should be is not mended as an upload is.
fn distrust(end: End) -> End {
    match end {
        End::Trouble(wrong) if wrong.kind == Kind::Integrity => {
            let hint = "what is there now is not to be trusted: copy it again and replace it";
            End::Trouble(wrong.hint(hint))
        }
        end => end,
    }
}
