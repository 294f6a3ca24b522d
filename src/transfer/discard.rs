//! Throws away what a batch has begun and nobody will go on with.

use super::journal::{BatchId, BatchState, Counts, Journal, Remnant};
use super::recover;
use super::temp;
use crate::lake::Lake;
use crate::lake::parts::Begun;
use crate::model::trouble::{Kind, Trouble};

/// What was thrown away.
#[derive(Debug, Default)]
pub struct Discarded {
    /// Of parts that had arrived.
    pub bytes: u64,
    /// What is still there, and why.
    pub left: Vec<Trouble>,
}

/// Aborts the uploads and removes the temporary files of a batch that this process has taken
/// up and does not run. `counts` are the batch's figures. Where all of it is gone the batch is
/// over, with what had not ended cancelled; where something could not be reached the batch is
/// left as one that was interrupted, to be cancelled again.
///
/// # Errors
/// Where the journal cannot be read or written.
pub async fn discard(
    lake: &Lake,
    journal: &Journal,
    batch: BatchId,
    counts: Counts,
) -> Result<Discarded, Trouble> {
    let remnants = journal.remnants(batch).await?;
    let mut done = Discarded::default();
    let mut failed = 0;
    for remnant in &remnants {
        match one(lake, journal, remnant).await {
            Ok(()) => {
                journal.thrown_away(remnant.row).await?;
                done.bytes += remnant.bytes;
                failed += u64::from(remnant.failed);
            }
            Err(trouble) => done.left.push(trouble),
        }
    }
    let state = if done.left.is_empty() { BatchState::Over } else { BatchState::Stopped };
    let gone = (remnants.len() - done.left.len()) as u64;
    journal.leave_batch(batch, state, after(counts, gone, failed, done.bytes)).await?;
    Ok(done)
}

/// The figures once `gone` transfers, `failed` of them failed ones, have been cancelled.
fn after(counts: Counts, gone: u64, failed: u64, bytes: u64) -> Counts {
    let failed = counts.failed.saturating_sub(failed);
    let ended = counts.done + counts.skipped + failed;
    Counts {
        walking: false,
        failed,
        // Files that had been found and not begun are cancelled with those that had.
        cancelled: counts.found.saturating_sub(ended).max(gone),
        bytes_done: counts.bytes_done.saturating_sub(bytes),
        ..counts
    }
}

async fn one(lake: &Lake, journal: &Journal, remnant: &Remnant) -> Result<(), Trouble> {
    if let Some(temp) = &remnant.temp {
        temp::discard(temp.clone()).await?;
    }
    let begun = |upload_id: &String| Begun {
        to: remnant.remote.clone(),
        upload_id: upload_id.clone(),
        checksums: remnant.checksums,
    };
    if let Some(upload_id) = &remnant.upload_id {
        lake.abort_upload(&begun(upload_id)).await?;
    } else if remnant.unheard {
        let listed = match lake.unfinished_uploads(&remnant.remote).await {
            Ok(listed) => listed,
            // Who may not look cannot find it either: it is left to the bucket's lifecycle.
            Err(trouble) if trouble.kind == Kind::Denied => return Ok(()),
            Err(trouble) => return Err(trouble),
        };
        let known = journal.upload_ids().await?;
        let ours = recover::newest_first(listed, &remnant.remote, remnant.began, &known);
        for stray in ours {
            let begun = begun(&stray.upload_id);
            if lake.sent_parts(&begun).await?.is_empty() {
                lake.abort_upload(&begun).await?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_through_counts_as_cancelled() {
        let counts = Counts {
            walking: true,
            found: 10,
            done: 3,
            skipped: 1,
            failed: 2,
            bytes_done: 500,
            ..Counts::default()
        };
        let after = after(counts, 3, 1, 200);
        assert_eq!((after.failed, after.cancelled, after.bytes_done), (1, 5, 300));
        assert!(!after.walking);
    }
}
