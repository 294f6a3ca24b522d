//! The journal for scripts: a line a batch, and one for each of its transfers that is under way
//! or has failed.

use jiff::Timestamp;
use serde::Serialize;

use super::super::failure::Failure;
use super::super::out::Out;
use super::standing::Standing;
use crate::transfer::journal::{BatchId, BatchView, Counts, OpenView, Order};

pub(super) fn print(batches: &[BatchView], out: &mut Out) -> Result<(), Failure> {
    for batch in batches {
        out.json(&BatchLine::of(batch))?;
        for transfer in &batch.transfers {
            out.json(&TransferLine::of(batch, transfer))?;
        }
    }
    Ok(())
}

#[derive(Serialize)]
struct BatchLine<'a> {
    event: &'static str,
    id: i64,
    lake: &'a str,
    /// Of a plan that a newer version wrote nothing more is known.
    verb: Option<&'static str>,
    state: &'static str,
    pid: Option<u32>,
    /// Of one whose state is `continued`: the batch that went on with it.
    continued_as: Option<BatchId>,
    #[serde(flatten)]
    counts: Counts,
    began: Option<String>,
    changed: Option<String>,
    what: Option<String>,
}

impl<'a> BatchLine<'a> {
    fn of(batch: &'a BatchView) -> Self {
        let standing = Standing::of(batch);
        Self {
            event: "batch",
            id: batch.id.0,
            lake: &batch.lake,
            verb: batch.order.as_ref().map(Order::verb),
            state: standing.name(),
            pid: standing.pid(),
            continued_as: standing.heir(),
            counts: batch.counts,
            began: time(batch.began),
            changed: time(batch.changed),
            what: batch.order.as_ref().map(Order::sentence),
        }
    }
}

#[derive(Serialize)]
struct TransferLine<'a> {
    event: &'static str,
    batch: i64,
    /// The file on this machine that is sent, or written.
    source: String,
    bucket: &'a str,
    key: &'a str,
    size: u64,
    /// Bytes of the parts that arrived.
    done: u64,
    upload_id: Option<&'a str>,
    state: &'a str,
    error: Option<&'a str>,
}

impl<'a> TransferLine<'a> {
    fn of(batch: &BatchView, transfer: &'a OpenView) -> Self {
        Self {
            event: "transfer",
            batch: batch.id.0,
            source: transfer.local.to_string_lossy().into_owned(),
            bucket: &transfer.remote.bucket,
            key: &transfer.remote.key,
            size: transfer.size,
            done: transfer.done,
            upload_id: transfer.upload_id.as_deref(),
            state: &transfer.state,
            error: transfer.error.as_deref(),
        }
    }
}

/// RFC 3339, in whole seconds.
fn time(milliseconds: i64) -> Option<String> {
    let at = Timestamp::from_millisecond(milliseconds).ok()?;
    Some(at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_rfc_3339() {
        assert_eq!(time(1_700_000_000_999).as_deref(), Some("2023-11-14T22:13:20Z"));
        assert_eq!(time(i64::MAX), None);
    }
}
