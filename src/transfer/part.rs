//! One part of an upload, sent again and again until it is there.
//!
//! Its checksum goes behind its bytes, summed up while they are sent, so that the file is read
//! once: on a machine with little memory a second reading comes from the disk. Where the store
//! does not take it there, the part is read for it first, and it goes in a header.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use crc_fast::CrcAlgorithm;
use md5::Digest as _;

use super::budget::Share;
use super::digest::{Method, crc_sum};
use super::item::DonePart;
use super::retry::passes;
use super::task::{End, Task};
use super::up::{self, Source};
use crate::lake::parts::{Begun, Check, SentPart};
use crate::model::trouble::{Kind, Trouble};

/// Whether the store takes checksums behind the bytes: what the parts so far have shown.
#[derive(Debug, Default)]
pub(super) struct Trailers {
    taken: AtomicBool,
    refused: AtomicBool,
}

impl Trailers {
    /// One part was taken so: whatever fails from here on has another reason.
    fn take(&self) {
        self.taken.store(true, Relaxed);
    }

    /// The store answered no to a part with it behind and yes to the same with it in front; where
    /// it has taken another behind meanwhile, that was not why.
    fn refuse(&self) {
        if !self.taken.load(Relaxed) && !self.refused.swap(true, Relaxed) {
            tracing::info!("checksums go in front of the bytes from here on");
        }
    }
}

/// Where the checksum of a part goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Behind,
    /// `refused` where the store was asked before with it behind, and answered.
    InFront {
        refused: bool,
    },
}

impl Place {
    async fn first(task: &Task, begun: &Begun) -> Self {
        let behind = begun.checksums
            && !task.core.trailers.refused.load(Relaxed)
            // Where there is no client, the request will say so.
            && task.lake().may_sum_up_behind().await.unwrap_or(true);
        if behind { Self::Behind } else { Self::InFront { refused: false } }
    }

    /// Before the store has taken one behind, that it is there may be why any try failed.
    fn after(self, trouble: &Trouble, trailers: &Trailers) -> Self {
        match self {
            Self::Behind if !trailers.taken.load(Relaxed) => {
                let answered = trouble.code.is_some() || trouble.kind == Kind::Integrity;
                let about_it = !matches!(trouble.kind, Kind::Throttled | Kind::Expired);
                Self::InFront { refused: answered && about_it }
            }
            place => place,
        }
    }
}

/// What of a part is known before it is sent.
type Sums = (u64, Option<[u8; 16]>);

/// Sends a part. The share is given back while it waits for another try.
pub(super) async fn send_part(
    task: Task,
    source: Arc<Source>,
    begun: Begun,
    number: u32,
    share: Share,
) -> Result<DonePart, End> {
    let leg = task.item.flight.leg(number);
    let range = source.layout.range(number);
    let size = range.end - range.start;
    let slice = source.slice(range.clone());
    let trailers = &task.core.trailers;
    let mut place = Place::first(&task, &begun).await;
    let mut share = Some(share);
    let mut known: Option<Sums> = None;
    let mut tries = task.tries();
    loop {
        let _share = match share.take() {
            Some(share) => share,
            None => task.or_stop(task.core.budget.share(size)).await?,
        };
        if place != Place::Behind && known.is_none() {
            known = Some(part_sums(&task, &source, range.clone(), !begun.checksums).await?);
        }
        let check = match known {
            None => Check::Behind,
            Some((_, Some(md5))) => Check::Md5(BASE64.encode(md5)),
            Some((crc, None)) => Check::Crc64Nvme(crc_sum(Method::Crc64Nvme, crc).value),
        };
        tries.begin().await?;
        let meter = task.meter();
        let request = task.lake().send_part(&begun, number, &slice, &check, meter.clone());
        let what = format!("send part {number} of {}", begun.to);
        let sent = task.or_stop(task.unless_silent(&meter, &what, request)).await?;
        let trouble = match up::or_changed(&source, sent).await {
            Ok(taken) => {
                meter.arrived();
                leg.arrived();
                tries.worked();
                match place {
                    Place::Behind => trailers.take(),
                    Place::InFront { refused: true } => trailers.refuse(),
                    Place::InFront { refused: false } => {}
                }
                let (crc, md5) = known.unwrap_or((taken.crc64nvme.unwrap_or_default(), None));
                let crc64nvme = begun.checksums.then(|| crc_sum(Method::Crc64Nvme, crc).value);
                let sent = SentPart { number, size, etag: taken.etag, crc64nvme };
                return Ok(DonePart { sent, crc64nvme: crc, md5 });
            }
            Err(trouble) => trouble,
        };
        drop((meter, _share));
        leg.again(tries.next(), &trouble);
        let next = place.after(&trouble, trailers);
        let moved = std::mem::replace(&mut place, next) != next;
        // What would end it is asked once more in the other way.
        if !(moved && is_final_answer(&trouble)) {
            tries.failed(trouble).await?;
        }
    }
}

/// True where the store said no to this request, and would again, for a reason that may lie in how
/// it was made.
fn is_final_answer(trouble: &Trouble) -> bool {
    let about_it = !matches!(trouble.kind, Kind::NotFound | Kind::Precondition | Kind::Expired);
    trouble.code.is_some() && about_it && !passes(trouble)
}

/// A part's CRC64NVME as a number, to be combined, and its MD5 where that is to be sent.
pub(super) async fn part_sums(
    task: &Task,
    source: &Arc<Source>,
    range: Range<u64>,
    md5: bool,
) -> Result<Sums, End> {
    let source = source.clone();
    task.blocking(move |stop| {
        let mut crc = crc_fast::Digest::new(CrcAlgorithm::Crc64Nvme);
        let mut md5 = md5.then(md5::Md5::new);
        up::pass(
            &source,
            range,
            || stop.is_cancelled(),
            |block| {
                crc.update(block);
                if let Some(md5) = &mut md5 {
                    md5.update(block);
                }
            },
        )?;
        Ok((crc.finalize(), md5.map(|md5| md5.finalize().into())))
    })
    .await
}
