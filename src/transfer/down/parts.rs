//! The parts of a download: each is asked for, written and summed a block at a time, and goes
//! on where it broke off.

use std::collections::BTreeMap;
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::task::JoinSet;

use super::super::budget::Share;
use super::super::digest::{BLOCK, Method};
use super::super::item::DownJob;
use super::super::journal::{PartRow, RowId};
use super::super::parts::Layout;
use super::super::progress::PartMeter;
use super::super::task::{End, Task, joined};
use super::super::temp;
use crate::lake::Same;
use crate::lake::body::Meter as _;
use crate::model::object::Head;
use crate::model::trouble::{Kind, Trouble};
use crate::model::uri::S3Uri;

/// Where a download's parts go, and how they are summed.
pub(super) struct Fetching {
    pub row: Option<RowId>,
    pub method: Method,
    pub file: Arc<File>,
}

pub(super) async fn get_parts(
    task: &Task,
    job: &DownJob,
    head: &Head,
    layout: Layout,
    Fetching { row, method, file }: Fetching,
    crcs: &mut BTreeMap<u32, u64>,
) -> Result<(), End> {
    // An empty object has no range that HTTP could name.
    let count = if layout.size == 0 { 0 } else { layout.count() };
    let mut missing: Vec<u32> = (1..=count).filter(|n| !crcs.contains_key(n)).collect();
    missing.reverse();
    let part = Arc::new(Part {
        from: job.from.clone(),
        to: job.to.clone(),
        version: job.version.clone(),
        etag: head.etag.clone(),
        layout,
        file,
        method,
    });
    let mut flight = JoinSet::new();
    while !missing.is_empty() || !flight.is_empty() {
        let draining = task.core.draining.is_cancelled();
        if draining && flight.is_empty() {
            return Err(End::Stopped);
        }
        let more = !missing.is_empty() && !draining;
        tokio::select! {
            biased;
            () = task.stop.cancelled() => return Err(End::Stopped),
            () = task.core.draining.cancelled(), if more => {}
            Some(got) = flight.join_next() => {
                let (number, crc) = joined(got)?;
                let range = layout.range(number);
                let size = range.end - range.start;
                let part = PartRow { number, size, etag: String::new(), crc, md5: None };
                if let Some(row) = row {
                    task.core.journal.part(row, part).await;
                }
                crcs.insert(number, crc);
            }
            share = task.core.budget.share(layout.part_size), if more => {
                let Some(number) = missing.pop() else { continue };
                flight.spawn(get_part(task.clone(), part.clone(), number, share));
            }
        }
    }
    if layout.size == 0 {
        task.item.progress.reuse(0);
    }
    Ok(())
}

/// What all parts of one download have in common.
struct Part {
    from: S3Uri,
    to: PathBuf,
    version: Option<String>,
    etag: Option<String>,
    layout: Layout,
    file: Arc<File>,
    method: Method,
}

/// One part, going on where it broke off; gives its CRC (0 where the object's checksum is none).
async fn get_part(
    task: Task,
    part: Arc<Part>,
    number: u32,
    share: Share,
) -> Result<(u32, u64), End> {
    let leg = task.item.flight.leg(number);
    let mut at = part.layout.range(number).start;
    let mut crc =
        crc_fast::Digest::new(part.method.crc().unwrap_or(crc_fast::CrcAlgorithm::Crc64Nvme));
    let meter = task.meter();
    meter.begin();
    let mut share = Some(share);
    let mut tries = task.tries();
    loop {
        let _share = match share.take() {
            Some(share) => share,
            None => task.or_stop(task.core.budget.share(part.layout.part_size)).await?,
        };
        tries.begin().await?;
        let before = at;
        meter.stir();
        let fetch = fetch(&task, &part, number, &meter, &mut at, &mut crc);
        let what = format!("get {}", part.from);
        let got = task.or_stop(task.unless_silent(&meter, &what, fetch)).await?;
        match got {
            Ok(()) => {
                meter.arrived();
                leg.arrived();
                tries.worked();
                return Ok((number, crc.finalize()));
            }
            Err(trouble) if trouble.kind == Kind::Precondition => {
                let why = "the object was replaced while it was being downloaded";
                return Err(Trouble::new(Kind::Precondition, what, why)
                    .hint("get it again")
                    .into());
            }
            Err(trouble) => {
                // A line that drops now and then still moves on.
                if at > before {
                    tries.moved_on();
                }
                drop(_share);
                leg.again(tries.next(), &trouble);
                tries.failed(trouble).await?;
                task.item.retrying(None);
            }
        }
    }
}

/// Reads what is left of a part and writes it to the file, a block at a time.
async fn fetch(
    task: &Task,
    part: &Arc<Part>,
    number: u32,
    meter: &PartMeter,
    at: &mut u64,
    crc: &mut crc_fast::Digest,
) -> Result<(), Trouble> {
    let range = *at..part.layout.range(number).end;
    let same = Same { version_id: part.version.as_deref(), etag: part.etag.as_deref() };
    let mut body = task.lake().get_same(&part.from, Some(range.clone()), same).await?;
    let mut block = BytesMut::with_capacity(BLOCK);
    while let Some(chunk) = body.chunk().await? {
        allowed(meter, chunk.len()).await;
        block.extend_from_slice(&chunk);
        if block.len() >= BLOCK {
            keep(part, at, range.end, crc, block.split().freeze()).await?;
        }
    }
    keep(part, at, range.end, crc, block.freeze()).await?;
    if *at < range.end {
        let why = format!("the answer ended {} bytes early", range.end - *at);
        return Err(Trouble::new(Kind::Unreachable, format!("get {}", part.from), why));
    }
    Ok(())
}

/// Waits until the limit allows `bytes`, in steps, so that a thin line does not look stalled.
async fn allowed(meter: &PartMeter, mut bytes: usize) {
    while bytes > 0 {
        let step = bytes.min(meter.quantum());
        let wait = meter.reserve(step);
        if wait > Duration::ZERO {
            tokio::time::sleep(wait).await;
        }
        meter.sent(step);
        bytes -= step;
    }
}

async fn keep(
    part: &Arc<Part>,
    at: &mut u64,
    end: u64,
    crc: &mut crc_fast::Digest,
    block: Bytes,
) -> Result<(), Trouble> {
    if *at + block.len() as u64 > end {
        let why = "the store answered with more bytes than were asked for";
        return Err(Trouble::new(Kind::Other, format!("get {}", part.from), why));
    }
    if block.is_empty() {
        return Ok(());
    }
    let (part, offset, data) = (part.clone(), *at, block.clone());
    let written = tokio::task::spawn_blocking(move || {
        part.file.write_all_at(&data, offset).map_err(|error| temp::disk(&part.to, &error))
    })
    .await;
    written.unwrap_or_else(|error| {
        Err(Trouble::new(Kind::Other, "write a block", error.to_string()))
    })?;
    crc.update(&block);
    *at += block.len() as u64;
    Ok(())
}
