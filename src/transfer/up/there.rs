//! What is there already under the name that an upload wants.

use std::sync::Arc;

use super::{Source, hex_sha256, still, sums};
use crate::model::object::Head;
use crate::model::trouble::{Kind, Trouble};
use crate::transfer::digest::{Method, Sum, comparable};
use crate::transfer::item::{Landed, UpJob};
use crate::transfer::key;
use crate::transfer::source::Fingerprint;
use crate::transfer::task::{End, Task};
use crate::transfer::verify::{in_the_way, same_but_for_its_key};

/// Looks for an object of that name. `None` where there is none, it may be replaced, or we
/// may not look: a principal who can only write still has the condition on the request.
pub(super) async fn already_there(
    task: &Task,
    job: &UpJob,
    source: &Arc<Source>,
    before: Option<(Fingerprint, String)>,
) -> Result<Option<Landed>, End> {
    let found = task.patiently(|| task.lake().find(&job.to)).await;
    match found {
        Ok(None) => Ok(None),
        Err(End::Trouble(trouble)) if trouble.kind == Kind::Denied => Ok(None),
        Err(end) => Err(end),
        Ok(Some(head)) => match same_content(task, job, source, &head, before).await? {
            Some(landed) => with_its_key(task, job, &head, landed).await,
            None if job.how.overwrite => Ok(None),
            None => Err(conflict(job, &head, source.layout.size).into()),
        },
    }
}

/// The same content counts as there where it is encrypted with the bucket's key, too, as far
/// as that can be told.
async fn with_its_key(
    task: &Task,
    job: &UpJob,
    head: &Head,
    landed: Landed,
) -> Result<Option<Landed>, End> {
    let named = task.lake().settings().kms_key(&job.to.bucket);
    match key::other(task, named, &head.encryption).await? {
        None => Ok(Some(landed)),
        Some(_) if job.how.overwrite => Ok(None),
        Some(why) => {
            let what = format!("put {}", job.path.display());
            Err(same_but_for_its_key(what, &job.to, &why)
                .hint("give --overwrite to replace it")
                .into())
        }
    }
}

/// The object there, if it can be shown to hold what the file does.
/// A file that is what it was when lakehand last read it whole is not read again.
async fn same_content(
    task: &Task,
    job: &UpJob,
    source: &Arc<Source>,
    head: &Head,
    before: Option<(Fingerprint, String)>,
) -> Result<Option<Landed>, End> {
    if head.size != source.layout.size {
        return Ok(None);
    }
    let Some(theirs) = comparable(head) else { return Ok(None) };
    if let Some((print, checksum)) = before
        && print == source.print
        && checksum == theirs.text()
        && !job.how.sha256
    {
        return Ok(Some(skipped(theirs, None, head)));
    }
    let mut methods = vec![theirs.method];
    if job.how.sha256 && theirs.method != Method::Sha256 {
        methods.push(Method::Sha256);
    }
    let sums = sums(task, source, 0..source.layout.size, methods).await?;
    still(task, source).await?;
    if sums[0] != theirs {
        return Ok(None);
    }
    let sha256 = job.how.sha256.then(|| hex_sha256(&sums)).flatten();
    Ok(Some(skipped(theirs, sha256, head)))
}

fn skipped(same: Sum, sha256: Option<String>, head: &Head) -> Landed {
    Landed {
        skipped: true,
        proof: same.method.proof(),
        checksum: Some(same),
        sha256,
        etag: head.etag.clone(),
        version_id: head.version_id.clone(),
        kms_key: head.encryption.kms_key.clone(),
        parts_reused: 0,
    }
}

/// The refusal to replace what is there.
pub(in crate::transfer) fn conflict(job: &UpJob, head: &Head, size: u64) -> Trouble {
    in_the_way(format!("put {}", job.path.display()), &job.to, head, size)
        .hint("give --overwrite to replace it")
}
