//! The end of a move: its source is deleted, once its copy is proven to be the same.
//!
//! A source can be deleted once only. So the journal knows before it what the move will have
//! come to: whoever finds no source any more, and what was proven in its place, is done.

use super::super::digest::lower_etag;
use super::super::item::{CopyJob, Landed};
use super::super::key;
use super::super::task::{End, Ended, Task};
use super::super::verify::{Claim, verify};
use super::Source;
use crate::model::object::Head;
use crate::model::transfer::TransferState;
use crate::model::trouble::{Kind, Trouble};

/// The end of a copy; of a move, the end of its source too.
pub(super) async fn finish(task: &Task, job: &CopyJob, this: &Source, landed: Landed) -> Ended {
    if !job.how.remove_source {
        return Ok(landed);
    }
    task.set(TransferState::Verifying);
    let landed = Landed { skipped: false, ..landed };
    remove(task, job, this, &landed).await?;
    Ok(landed)
}

/// Deletes the very object that was copied. Never without a proof that its copy is the same,
/// and never one that has taken its place since.
async fn remove(task: &Task, job: &CopyJob, this: &Source, landed: &Landed) -> Result<(), End> {
    let stays = |kind, why: &str| {
        let why = format!("it is copied to {}, but {why}: the source is still there", job.to);
        Trouble::new(kind, job.what(), why)
    };
    let Some(etag) = this.original.etag.as_deref().filter(|_| landed.proof.is_proof()) else {
        let why = "the copy could not be compared with it, for want of a checksum of the whole";
        return Err(stays(Kind::Refused, why).hint("look at both, then delete the source").into());
    };
    task.closing(landed).await?;
    let approval = || job.how.approval.clone();
    // Not dropped half way: whether the source is gone would be anyone's guess.
    match task.tries().run_through(|| task.lake().delete_same(&job.from, etag, approval())).await {
        // Gone already: by a first try whose answer was lost, or by somebody else.
        Err(End::Trouble(trouble)) if trouble.kind == Kind::NotFound => Ok(()),
        Err(End::Trouble(trouble)) if trouble.kind == Kind::Precondition => {
            let why = "another object has taken its name meanwhile";
            Err(stays(Kind::Precondition, why).hint("move that one too, or delete it").into())
        }
        Err(End::Trouble(trouble)) => {
            let told = stays(trouble.kind, &trouble.why);
            Err(Trouble { code: trouble.code, request_id: trouble.request_id, ..told }
                .maybe_hint(trouble.hint)
                .into())
        }
        other => other,
    }
}

/// Where there is no source: what a try has come to that was ended, or not answered, when it
/// deleted it. `None` where there was none.
///
/// # Errors
/// Where what was proven is not there any more.
pub(super) async fn moved_before(task: &Task, job: &CopyJob) -> Result<Option<Landed>, End> {
    if !job.how.remove_source || !task.may_be_known() {
        return Ok(None);
    }
    let known = task.core.journal.known(task.item.batch.id, task.item.place()).await?;
    let Some(mut left) = known.left else { return Ok(None) };
    let Some(landed) = left.closing.take() else { return Ok(None) };
    task.item.lock().row = Some(left.row);
    task.item.progress.reset();
    task.item.sized(left.size, 1);
    task.item.progress.reuse(left.size);
    let there = match task.patiently(|| task.lake().find(&job.to)).await {
        Ok(there) => there,
        // It was looked at before its source was deleted.
        Err(End::Trouble(trouble)) if trouble.kind == Kind::Denied => {
            key::unseen(task, task.lake().settings().kms_key(&job.to.bucket));
            return Ok(Some(landed));
        }
        Err(end) => return Err(end),
    };
    let Some(there) = there.filter(|there| is_the_same(left.size, &landed, there)) else {
        let why = format!(
            "its source is deleted, and what it was copied to {} is not there any more",
            job.to
        );
        return Err(Trouble::new(Kind::Precondition, job.what(), why)
            .hint("look for an older version of either")
            .into());
    };
    let named = task.lake().settings().kms_key(&job.to.bucket);
    key::prove(task, &job.what(), named, &there.encryption).await?;
    Ok(Some(landed))
}

/// True where an object is the one that was proven, or of the same content.
fn is_the_same(size: u64, landed: &Landed, there: &Head) -> bool {
    let claim = Claim {
        size,
        sums: landed.checksum.clone().into_iter().collect(),
        multipart_etag: landed.etag.as_deref().map(lower_etag),
        kms_key: None,
    };
    verify("", &claim, there).is_ok_and(|proof| proof.is_proof())
}
