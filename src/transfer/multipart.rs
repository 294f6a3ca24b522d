//! A multipart upload: parts under the common budget, then one object of them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crc_fast::CrcAlgorithm;
use tokio::task::JoinSet;

use super::digest::{Method, Sum, combine, crc_sum, multipart_etag};
use super::item::{DonePart, Landed, Live, UpJob};
use super::journal::{Begin, Left, RowId};
use super::part::send_part;
use super::recover::{self, Found};
use super::task::{End, Ended, Task};
use super::up::{self, Source};
use super::verify::Claim;
use crate::lake::parts::{Begun, SentPart, Whole};
use crate::lake::{PutWith, Written};
use crate::model::object::Head;
use crate::model::transfer::TransferState;
use crate::model::trouble::{Kind, Trouble};
use crate::model::uri::S3Uri;

/// How long the store may take to make one object of the parts: S3 speaks of minutes.
const ASSEMBLY: Duration = Duration::from_secs(15 * 60);

/// An upload under way: its row in the journal, and the parts that are there.
pub(super) struct Going {
    pub row: RowId,
    pub begun: Begun,
    pub parts: BTreeMap<u32, DonePart>,
}

/// A new upload. The journal knows that one is wanted before the store is asked, and its id
/// before a part is sent, so that nothing is ever left that nobody knows of.
pub(super) async fn begin(task: &Task, job: &UpJob, source: Arc<Source>) -> Ended {
    let intent = Begin {
        batch: task.item.batch.id,
        place: task.item.place(),
        print: Some(source.print),
        size: source.layout.size,
        part_size: source.layout.part_size,
        etag: None,
        temp: None,
    };
    let row = task.core.journal.intend(intent).await?;
    task.item.lock().row = Some(row);
    let with = up::with(job);
    let begun = create(task, &job.to, || task.lake().begin_upload(&job.to, &with)).await?;
    task.item.began(Some(row), Live::Upload(begun.clone()));
    task.core.journal.begun(row, begun.upload_id.clone(), begun.checksums).await?;
    go_on(task, job, source, Going { row, begun, parts: BTreeMap::new() }).await
}

/// Asks the store for an upload to `to`. One whose id got lost with the answer is looked for
/// before another is asked for.
pub(super) async fn create<F, Fut>(task: &Task, to: &S3Uri, ask: F) -> Result<Begun, End>
where
    F: Fn() -> Fut,
    Fut: Future<Output = Result<Begun, Trouble>>,
{
    let began = jiff::Timestamp::now().as_millisecond();
    let mut lost = false;
    let mut tries = task.tries();
    loop {
        tries.begin().await?;
        if lost && let Some(begun) = Box::pin(recover::unheard(task, to, began)).await? {
            return Ok(begun);
        }
        // Not dropped half way: an upload whose id is never heard could not be aborted.
        match Box::pin(ask()).await {
            Ok(begun) => {
                tries.worked();
                return Ok(begun);
            }
            Err(trouble) => {
                // Without a code there was no answer, or none that could be read.
                if trouble.code.is_none() {
                    lost = true;
                    task.item.lock().live = Some(Live::Unheard { began });
                }
                tries.failed(trouble).await?;
            }
        }
    }
}

/// An upload that was paused, or that another process, living no more, has left.
pub(super) async fn go_on_with(task: &Task, job: &UpJob, source: Arc<Source>, left: Left) -> Ended {
    task.set(TransferState::Running);
    let row = left.row;
    let again = match recover::look(task, job, &source, left).await? {
        Found::Landed(landed) => return Ok(*landed),
        Found::Going(layout, going) => {
            let source = Arc::new(source.with_layout(layout));
            match go_on(task, job, source, going).await {
                // Aborted from elsewhere, or expired: the parts are lost, the file is not.
                Err(End::Trouble(trouble)) if is_gone(&trouble) => "its upload was aborted",
                ended => return ended,
            }
        }
        Found::Nothing => "it had not begun",
        Found::Useless(why) => why,
    };
    tracing::info!(to = %job.to, why = again, "an upload begins again");
    begin_again(task, job, source, row).await
}

/// An upload that another program began and left.
pub(super) async fn adopt(task: &Task, job: &UpJob, source: Arc<Source>, upload_id: &str) -> Ended {
    task.set(TransferState::Running);
    let (layout, begun) = recover::adoptable(task, job, &source, upload_id).await?;
    let source = Arc::new(source.with_layout(layout));
    let intent = Begin {
        batch: task.item.batch.id,
        place: task.item.place(),
        print: Some(source.print),
        size: layout.size,
        part_size: layout.part_size,
        etag: None,
        temp: None,
    };
    let row = task.core.journal.intend(intent).await?;
    task.core.journal.begun(row, begun.upload_id.clone(), begun.checksums).await?;
    task.item.lock().row = Some(row);
    let parts = recover::arrived(task, &source, &begun, &[]).await?;
    go_on(task, job, source, Going { row, begun, parts }).await
}

async fn begin_again(task: &Task, job: &UpJob, source: Arc<Source>, row: RowId) -> Ended {
    task.core.journal.forget(row).await?;
    {
        let mut inner = task.item.lock();
        (inner.row, inner.live) = (None, None);
    }
    up::fresh(task, job, source, None).await
}

async fn go_on(task: &Task, job: &UpJob, source: Arc<Source>, going: Going) -> Ended {
    let Going { row, begun, parts: done } = going;
    let reused = done.len() as u32;
    task.item.progress.reset();
    task.item.sized(source.layout.size, source.layout.count());
    task.item.flight.begin(source.layout.count(), done.keys().copied());
    for part in done.values() {
        task.item.progress.reuse(part.sent.size);
    }
    task.item.began(Some(row), Live::Upload(begun.clone()));
    task.item.lock().upload_id = Some(begun.upload_id.clone());
    let sha256 = async {
        if !job.how.sha256 {
            return Ok(None);
        }
        let whole = 0..source.layout.size;
        Ok(up::hex_sha256(&up::sums(task, &source, whole, vec![Method::Sha256]).await?))
    };
    let parts = send_parts(task, &source, &begun, row, done);
    let (parts, sha256) = tokio::try_join!(parts, sha256)?;
    up::still(task, &source).await?;
    task.or_stop(async {}).await?;

    let claim = claim(task, job, &source, &begun, &parts);
    let checksum = claim.sums.first().cloned();
    task.core.journal.completing(row, checksum.as_ref().map(Sum::text).unwrap_or_default()).await?;
    let sent: Vec<_> = parts.iter().map(|part| part.sent.clone()).collect();
    let conflict = |head: &Head| up::conflict(job, head, claim.size);
    let with = up::with(job);
    let written = match complete(task, &with, &begun, &sent, &claim, &conflict).await {
        Err(End::Trouble(trouble)) if has_other_parts(&trouble) => {
            let sent = settle(task, &source, &begun, row, &parts).await?;
            complete(task, &with, &begun, &sent, &claim, &conflict).await?
        }
        written => written?,
    };
    // There is no upload left to abort.
    task.item.lock().live = None;
    let (proof, kms_key) = up::proven(task, job, &source, claim, &written).await?;
    Ok(Landed {
        skipped: false,
        proof,
        checksum,
        sha256,
        etag: written.etag,
        version_id: written.version_id,
        kms_key,
        parts_reused: reused,
    })
}

/// The parts as the store has them, where it says that they are not those it answered of:
/// what is not there as it is here is sent again.
async fn settle(
    task: &Task,
    source: &Arc<Source>,
    begun: &Begun,
    row: RowId,
    parts: &[DonePart],
) -> Result<Vec<SentPart>, End> {
    let known: Vec<_> = parts.iter().map(recover::row_of).collect();
    let there = Box::pin(recover::arrived(task, source, begun, &known)).await?;
    let parts = Box::pin(send_parts(task, source, begun, row, there)).await?;
    Ok(parts.into_iter().map(|part| part.sent).collect())
}

/// Sends what is missing; gives all parts in order.
async fn send_parts(
    task: &Task,
    source: &Arc<Source>,
    begun: &Begun,
    row: RowId,
    mut done: BTreeMap<u32, DonePart>,
) -> Result<Vec<DonePart>, End> {
    let mut missing =
        (1..=source.layout.count()).filter(|n| !done.contains_key(n)).collect::<Vec<_>>();
    missing.reverse();
    // Dropped with this future, it takes the requests in flight along.
    let mut flight = JoinSet::new();
    while !missing.is_empty() || !flight.is_empty() {
        if task.core.draining.is_cancelled() && flight.is_empty() {
            return Err(End::Stopped);
        }
        let next = missing.last().copied().filter(|_| !task.core.draining.is_cancelled());
        let bytes = next.map_or(0, |n| {
            let range = source.layout.range(n);
            range.end - range.start
        });
        tokio::select! {
            biased;
            () = task.stop.cancelled() => return Err(End::Stopped),
            () = task.core.draining.cancelled(), if next.is_some() => {}
            Some(sent) = flight.join_next() => {
                let part: DonePart = super::task::joined(sent)?;
                task.core.journal.part(row, recover::row_of(&part)).await;
                done.insert(part.sent.number, part);
            }
            share = task.core.budget.share(bytes), if next.is_some() => {
                let Some(number) = missing.pop() else { continue };
                flight.spawn(send_part(task.clone(), source.clone(), begun.clone(), number, share));
            }
        }
    }
    Ok(done.into_values().collect())
}

fn claim(task: &Task, job: &UpJob, source: &Source, begun: &Begun, parts: &[DonePart]) -> Claim {
    let pairs = parts.iter().map(|part| (part.crc64nvme, part.sent.size));
    let whole: Sum = crc_sum(Method::Crc64Nvme, combine(CrcAlgorithm::Crc64Nvme, pairs));
    let md5s: Option<Vec<_>> = parts.iter().map(|part| part.md5).collect();
    Claim {
        size: source.layout.size,
        sums: vec![whole],
        multipart_etag: md5s.filter(|_| !begun.checksums).map(|md5s| multipart_etag(&md5s)),
        ..up::claim(task, job)
    }
}

/// Completes, and finds out what happened where the answer was lost. `conflict` is the
/// refusal to replace what is there.
pub(super) async fn complete(
    task: &Task,
    with: &PutWith,
    begun: &Begun,
    sent: &[SentPart],
    claim: &Claim,
    conflict: impl Fn(&Head) -> Trouble,
) -> Result<Written, End> {
    let crc = claim.sums.iter().find(|sum| sum.method == Method::Crc64Nvme);
    let mut whole = Whole {
        size: claim.size,
        crc64nvme: crc.filter(|_| begun.checksums).map(|sum| sum.value.clone()),
        only_if_absent: !with.overwrite,
    };
    let mut tries = task.tries();
    loop {
        tries.begin().await?;
        // Not dropped half way: whether the object is there would be anyone's guess.
        let completing = task.lake().complete_upload(begun, sent, &whole, with);
        let trouble = match tokio::time::timeout(ASSEMBLY, completing).await {
            Ok(Ok(written)) => {
                tries.worked();
                return Ok(written);
            }
            Ok(Err(trouble)) => trouble,
            Err(_) => Trouble::new(
                Kind::Unreachable,
                format!("complete the upload of {}", begun.to),
                format!("there was no answer for {} minutes", ASSEMBLY.as_secs() / 60),
            ),
        };
        if whole.only_if_absent && !up::knows_condition(&trouble) {
            if let Some(head) = task.patiently(|| task.lake().find(&begun.to)).await? {
                return Err(conflict(&head).into());
            }
            whole.only_if_absent = false;
            continue;
        }
        // A first answer that was lost makes the second try fail over its own success.
        if is_gone(&trouble) || up::is_conflict(&trouble) {
            return match task.patiently(|| task.lake().find(&begun.to)).await? {
                Some(head) if is_ours(claim, &head) => Ok(Written {
                    etag: head.etag,
                    version_id: head.version_id,
                    ..Written::default()
                }),
                Some(head) if up::is_conflict(&trouble) => Err(conflict(&head).into()),
                _ => Err(trouble.into()),
            };
        }
        tries.failed(trouble).await?;
    }
}

/// True where the object there is the one this upload was to make.
pub(super) fn is_ours(claim: &Claim, head: &Head) -> bool {
    super::verify::verify("", claim, head).is_ok_and(|proof| proof.is_proof())
}

/// True for a Complete that names parts which the store has otherwise, or not at all.
fn has_other_parts(trouble: &Trouble) -> bool {
    trouble.code.as_deref() == Some("InvalidPart")
}

pub(super) fn is_gone(trouble: &Trouble) -> bool {
    trouble.kind == Kind::NotFound && trouble.code.as_deref() == Some("NoSuchUpload")
}
