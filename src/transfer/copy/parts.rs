//! A copy in parts: the store copies ranges of the source, many at a time, then makes one
//! object of them.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use tokio::task::JoinSet;

use super::super::item::{CopyJob, Live};
use super::super::journal::{Begin, Left, PartRow, RowId};
use super::super::multipart::{self, is_gone};
use super::super::parts::Layout;
use super::super::recover::unheard;
use super::super::task::{End, Task, joined};
use super::super::up;
use super::{Done, Source, changed, conflict, in_time, with};
use crate::lake::Original;
use crate::lake::parts::{Begun, SentPart};
use crate::model::transfer::TransferState;
use crate::model::trouble::{Kind, Trouble};

/// A copy under way: its row in the journal, and the parts that are there.
struct Going {
    row: RowId,
    begun: Begun,
    layout: Layout,
    parts: BTreeMap<u32, SentPart>,
}

/// A new upload. As of an upload from here, the journal knows of it before the store does.
pub(super) async fn begin(task: &Task, job: &CopyJob, this: &Source) -> Result<Done, End> {
    let intent = Begin {
        batch: task.item.batch.id,
        place: task.item.place(),
        print: None,
        size: this.layout.size,
        part_size: this.layout.part_size,
        etag: this.original.etag.clone(),
        temp: None,
    };
    let row = task.core.journal.intend(intent).await?;
    task.item.lock().row = Some(row);
    let with = with(task, job, this);
    // A move, or a copy onto itself, would destroy tags that it cannot read; any other does
    // without them.
    let untagged = !job.how.remove_source && job.how.class.is_none();
    let ask = || task.lake().begin_copy(&this.original, &job.to, &with, untagged);
    let begun = multipart::create(task, &job.to, ask).await.map_err(|end| or_changed(job, end))?;
    task.item.began(Some(row), Live::Upload(begun.clone()));
    task.core.journal.begun(row, begun.upload_id.clone(), begun.checksums).await?;
    go_on(task, job, this, Going { row, begun, layout: this.layout, parts: BTreeMap::new() }).await
}

/// A copy that was paused, or that a process, living no more, has left. `None` where nothing
/// of it could be used: what there was is gone.
pub(super) async fn go_on_with(
    task: &Task,
    job: &CopyJob,
    this: &Source,
    left: Left,
) -> Result<Option<Done>, End> {
    let row = left.row;
    task.item.lock().row = Some(row);
    let done = match look(task, job, this, left).await? {
        None => None,
        Some(going) => match go_on(task, job, this, going).await {
            // Aborted from elsewhere, expired, or completed by a try whose answer was lost:
            // whoever begins again looks at the destination first.
            Err(End::Trouble(trouble)) if is_gone(&trouble) => None,
            ended => Some(ended?),
        },
    };
    if done.is_none() {
        task.core.journal.forget(row).await?;
        let mut inner = task.item.lock();
        (inner.row, inner.live) = (None, None);
    }
    Ok(done)
}

/// What is there to go on with. The parts of an upload that was begun for this very source can
/// be of no other: each was copied under its ETag.
async fn look(task: &Task, job: &CopyJob, this: &Source, left: Left) -> Result<Option<Going>, End> {
    if left.part_size == 0 {
        // Paused before it began.
        return Ok(None);
    }
    let heard = left.upload_id.clone().map(|upload_id| Begun {
        to: job.to.clone(),
        upload_id,
        checksums: left.checksums,
    });
    let begun = match heard {
        Some(begun) => begun,
        None => {
            if let Some(empty) = unheard(task, &job.to, left.began).await? {
                up::abort(task, &empty).await?;
            }
            return Ok(None);
        }
    };
    if left.size != this.head.size || left.etag.is_none() || left.etag != this.original.etag {
        up::abort(task, &begun).await?;
        return Ok(None);
    }
    let layout = Layout { size: left.size, part_size: left.part_size };
    let listed = match task.patiently(|| task.lake().sent_parts(&begun)).await {
        Err(End::Trouble(trouble)) if is_gone(&trouble) => return Ok(None),
        other => other?,
    };
    let fits = |part: &SentPart| {
        (1..=layout.count()).contains(&part.number) && {
            let range = layout.range(part.number);
            part.size == range.end - range.start
        }
    };
    let parts = listed.into_iter().filter(fits).map(|part| (part.number, part)).collect();
    Ok(Some(Going { row: left.row, begun, layout, parts }))
}

async fn go_on(task: &Task, job: &CopyJob, this: &Source, going: Going) -> Result<Done, End> {
    let reused = going.parts.len() as u32;
    let (layout, begun) = (going.layout, going.begun.clone());
    task.set(TransferState::Running);
    task.item.progress.reset();
    task.item.sized(layout.size, layout.count());
    task.item.flight.begin(layout.count(), going.parts.keys().copied());
    for part in going.parts.values() {
        task.item.progress.reuse(part.size);
    }
    task.item.began(Some(going.row), Live::Upload(begun.clone()));
    task.item.lock().upload_id = Some(begun.upload_id.clone());
    let parts = copy_parts(task, this, going).await.map_err(|end| or_changed(job, end))?;
    task.or_stop(async {}).await?;
    let claim = this.claim(None);
    let refusal = |there: &_| conflict(job, there, this);
    let written =
        multipart::complete(task, &with(task, job, this), &begun, &parts, &claim, refusal).await?;
    // There is no upload left to abort.
    task.item.lock().live = None;
    Ok(Done { written, reused })
}

/// Copies what is missing; gives all parts in order.
async fn copy_parts(task: &Task, this: &Source, going: Going) -> Result<Vec<SentPart>, End> {
    let Going { row, begun, layout, parts: mut done } = going;
    let missing = (1..=layout.count()).filter(|n| !done.contains_key(n)).collect::<Vec<_>>();
    let mut missing = missing.into_iter().peekable();
    let part =
        |number| Part { begun: begun.clone(), original: this.original.clone(), layout, number };
    // Dropped with this future, it takes the requests in flight along.
    let mut flight = JoinSet::new();
    let most = task.core.budget.files();
    while missing.peek().is_some() || !flight.is_empty() {
        let draining = task.core.draining.is_cancelled();
        if draining && flight.is_empty() {
            return Err(End::Stopped);
        }
        while flight.len() < most
            && !draining
            && let Some(number) = missing.next()
        {
            flight.spawn(copy_part(task.clone(), part(number)));
        }
        let copied = task.or_stop(flight.join_next()).await?;
        if let Some(copied) = copied {
            let part = joined(copied)?;
            task.core.journal.part(row, row_of(&part)).await;
            done.insert(part.number, part);
        }
    }
    Ok(done.into_values().collect())
}

/// One part to be copied.
struct Part {
    begun: Begun,
    original: Original,
    layout: Layout,
    number: u32,
}

/// Again and again until it is there. No request is held while it waits.
async fn copy_part(task: Task, part: Part) -> Result<SentPart, End> {
    let range = part.layout.range(part.number);
    let size = range.end - range.start;
    // From its first request on: until then it waits for its turn.
    let leg = OnceLock::new();
    let attempt = || async {
        let _share = task.core.budget.request().await;
        leg.get_or_init(|| task.item.flight.leg(part.number));
        let copying =
            task.lake().copy_part(&part.begun, part.number, &part.original, range.clone());
        in_time(&task, size, copying).await
    };
    let again = |tried, trouble: &Trouble| {
        if let Some(leg) = leg.get() {
            leg.again(tried, trouble);
        }
    };
    let copied = task.tries().run_telling(attempt, again).await?;
    if let Some(leg) = leg.get() {
        leg.arrived();
    }
    task.item.progress.copied(size);
    task.core.beat.notify_one();
    Ok(copied)
}

fn row_of(part: &SentPart) -> PartRow {
    let crc = part.crc64nvme.as_deref().and_then(|sum| BASE64.decode(sum).ok());
    let crc = crc.and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_be_bytes);
    PartRow { number: part.number, size: part.size, etag: part.etag.clone(), crc, md5: None }
}

/// A part's only condition is the source's ETag.
fn or_changed(job: &CopyJob, end: End) -> End {
    match end {
        End::Trouble(trouble) if trouble.kind == Kind::Precondition => {
            changed(job, "it was replaced while it was being copied").into()
        }
        other => other,
    }
}
