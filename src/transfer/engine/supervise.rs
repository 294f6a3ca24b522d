//! Starts transfers while there is leave to, and sees each to its end.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use tokio_util::sync::CancellationToken;

use super::Core;
use crate::lake::parts::Begun;
use crate::model::transfer::TransferState;
use crate::model::trouble::{Kind, Trouble};
use crate::transfer::item::{Item, Job, Live, Wish};
use crate::transfer::journal::RowId;
use crate::transfer::retry::passes;
use crate::transfer::task::{End, Ended, Task};
use crate::transfer::{copy, down, recover, temp, up};

/// How often the journal is told how far the batches are.
const TOLD_EVERY: Duration = Duration::from_secs(1);

/// Tells the journal how far the batches are, while they move.
pub(super) async fn keep_count(core: Arc<Core>) {
    loop {
        tokio::select! {
            () = core.closed.cancelled() => return,
            () = tokio::time::sleep(TOLD_EVERY) => {}
        }
        let batches = core.book().batches.clone();
        for batch in batches {
            if let Some(counts) = batch.news(core.under_way(&batch)) {
                core.journal.count(batch.id, counts).await;
            }
        }
    }
}

/// Starts what may be started, until the engine is dropped.
pub(super) async fn dispatch(core: Arc<Core>) {
    loop {
        while let Some(item) = core.take_next() {
            core.room.notify_one();
            tokio::spawn(supervise(core.clone(), item));
        }
        // A pause may have emptied the queue.
        core.quiet_if_idle();
        tokio::select! {
            () = core.closed.cancelled() => return,
            () = core.wake.notified() => {}
        }
    }
}

/// Runs one transfer to its end, whatever end that is.
pub(super) async fn supervise(core: Arc<Core>, item: Arc<Item>) {
    // A pause before this may still be on its way to the journal.
    drop(item.noting.lock().await);
    let stop = item.lock().stop.clone();
    let task = Task { core: core.clone(), item: item.clone(), stop, hasty: false };
    let ended = AssertUnwindSafe(run(&task)).catch_unwind().await.unwrap_or_else(|_| {
        Err(End::Trouble(Trouble::new(
            Kind::Other,
            format!("move {}", item.job.ends().0),
            "lakehand made a mistake here, which its log tells of",
        )))
    });
    if ended.is_err() {
        item.progress.cut();
    }
    let wish = item.lock().wish;
    match ended {
        Ok(landed) => {
            let state = match landed.skipped {
                true => TransferState::Skipped(landed.proof),
                false => TransferState::Done(landed.proof),
            };
            core.end(&item, state, Some(landed)).await;
        }
        // Whatever else went wrong with it.
        Err(_) if wish == Wish::Cancel => {
            let state = match Box::pin(clean_up(&task)).await {
                Ok(()) => TransferState::Cancelled,
                Err(left) => TransferState::Failed(left),
            };
            core.end(&item, state, None).await;
        }
        Err(End::Stopped) if wish == Wish::Pause => {
            drop_what_is_not_noted(&item).await;
            core.note_pause(&item).await;
            core.end(&item, TransferState::Paused, None).await;
        }
        // Given back as it is: whoever takes the batch up finds it in the journal.
        Err(End::Stopped) if wish == Wish::Leave || core.draining.is_cancelled() => {
            drop_what_is_not_noted(&item).await;
            core.end(&item, TransferState::Paused, None).await;
        }
        // What may yet pass keeps what has arrived, for another try.
        Err(End::Trouble(trouble)) if keeps(&trouble) => {
            drop_what_is_not_noted(&item).await;
            core.end(&item, TransferState::Failed(trouble), None).await;
        }
        Err(end) => {
            let state = match (end, Box::pin(clean_up(&task)).await) {
                (End::Trouble(trouble), Ok(())) => TransferState::Failed(trouble),
                (End::Stopped, Ok(())) => TransferState::Cancelled,
                (End::Trouble(trouble), Err(left)) => {
                    let left = format!("{}; {}: {}", trouble.why, left.what, left.why);
                    TransferState::Failed(Trouble { why: left, ..trouble })
                }
                (End::Stopped, Err(left)) => TransferState::Failed(left),
            };
            core.end(&item, state, None).await;
        }
    }
}

/// True for a failure after which the same transfer can go on from where it stands.
fn keeps(trouble: &Trouble) -> bool {
    match trouble.kind {
        // What is there is not what was sent: nothing of it is to be trusted.
        Kind::Integrity => false,
        Kind::Expired | Kind::NoCredentials => true,
        _ => passes(trouble),
    }
}

async fn run(task: &Task) -> Ended {
    if task.stop.is_cancelled() || task.item.lock().wish == Wish::Cancel {
        return Err(End::Stopped);
    }
    // Uploads may be many and small: the others' greater state is kept apart, not moved along.
    match &task.item.job {
        Job::Up(job) => up::run(task, job).await,
        Job::Down(job) => Box::pin(down::run(task, job)).await,
        Job::Copy(job) => Box::pin(copy::run(task, job)).await,
        Job::Misplaced { .. } => Err(End::Stopped),
    }
}

/// Removes the temporary file of a download that the journal has no row for: nobody could go
/// on with it.
async fn drop_what_is_not_noted(item: &Item) {
    let temp = {
        let mut inner = item.lock();
        match inner.live.take() {
            Some(Live::Temp(temp)) if inner.row.is_none() => temp,
            live => return inner.live = live,
        }
    };
    if let Err(trouble) = temp::discard(temp).await {
        tracing::warn!(%trouble, "a temporary file is left");
    }
}

/// Takes back what the store or the disk has of a transfer that will not go on.
async fn clean_up(task: &Task) -> Result<(), Trouble> {
    // The transfer's own token has been used up.
    let task = Task { stop: CancellationToken::new(), hasty: true, ..task.clone() };
    let (mut live, mut row) = {
        let mut inner = task.item.lock();
        (inner.live.take(), inner.row)
    };
    if live.is_none() && task.item.batch.inherits {
        (live, row) = inherited(&task).await?.unwrap_or((None, row));
    }
    match live {
        None => {}
        Some(Live::Upload(begun)) => up::abort(&task, &begun).await?,
        Some(Live::Unheard { began }) => {
            let to = task.item.job.remote();
            match recover::unheard(&task, to, began).await {
                Ok(Some(begun)) => up::abort(&task, &begun).await?,
                Ok(None) | Err(End::Stopped) => {}
                Err(End::Trouble(trouble)) => return Err(trouble),
            }
        }
        Some(Live::Temp(temp)) => temp::discard(temp).await?,
    }
    if let Some(row) = row {
        task.core.journal.forget(row).await?;
        task.item.lock().row = None;
    }
    Ok(())
}

/// What an earlier process has left of a transfer that this one has not come to.
async fn inherited(task: &Task) -> Result<Option<(Option<Live>, Option<RowId>)>, Trouble> {
    let item = &task.item;
    let known = task.core.journal.known(item.batch.id, item.place()).await?;
    let Some(left) = known.left else { return Ok(None) };
    let live = match (left.upload_id, left.temp) {
        (_, Some(temp)) => Some(Live::Temp(temp)),
        (Some(upload_id), None) => {
            let to = item.job.remote().clone();
            Some(Live::Upload(Begun { to, upload_id, checksums: left.checksums }))
        }
        // Paused before it began.
        (None, None) if left.part_size == 0 => None,
        (None, None) => Some(Live::Unheard { began: left.began }),
    };
    Ok(Some((live, Some(left.row))))
}
