//! One part of an upload, sent again and again until it is there.
//!
//! Its checksum goes behind its bytes, summed up while they are sent, so that the file is read
//! once: on a machine with little memory a second reading comes from the disk. Where the store
//! does not take it there, the part is read for it first, and it goes in a header.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

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
use crate::lake::body::Summed;
use crate::lake::parts::{Begun, Check, SentPart};
use crate::model::trouble::{Kind, Trouble};

/// Whether the store takes checksums behind the bytes. It does until it is seen not to.
#[derive(Debug, Default)]
pub(super) struct Trailers {
    refused: AtomicBool,
}

impl Trailers {
    fn taken(&self) -> bool {
        !self.refused.load(Ordering::Relaxed)
    }

    /// True where `trouble` may come of the checksum's place: the store says that it does not
    /// know such requests, in one way or another, or took the frames for content.
    fn may_be_why(trouble: &Trouble) -> bool {
        let code = trouble.code.as_deref();
        match trouble.kind {
            // BadDigest alone says that the store knew what to compare.
            Kind::Integrity => code != Some("BadDigest"),
            Kind::Denied => code == Some("SignatureDoesNotMatch"),
            // AuthorizationHeaderMalformed is as well what another region answers.
            Kind::Invalid | Kind::WrongRegion => code.is_some(),
            Kind::Other => code.is_some() && !passes(trouble),
            _ => false,
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
    let mut share = Some(share);
    let mut known: Option<Sums> = None;
    let mut tries = task.tries();
    loop {
        let _share = match share.take() {
            Some(share) => share,
            None => task.or_stop(task.core.budget.share(size)).await?,
        };
        let behind = begun.checksums && trailers.taken();
        if !behind && known.is_none() {
            known = Some(part_sums(&task, &source, range.clone(), !begun.checksums).await?);
        }
        let sum = Summed::default();
        let check = match known {
            None => Check::Behind(sum.clone()),
            Some((_, Some(md5))) => Check::Md5(BASE64.encode(md5)),
            Some((crc, None)) => Check::Crc64Nvme(crc_sum(Method::Crc64Nvme, crc).value),
        };
        tries.begin().await?;
        let meter = task.meter();
        let request = task.lake().send_part(&begun, number, &slice, &check, meter.clone());
        let what = format!("send part {number} of {}", begun.to);
        let sent = task.or_stop(task.unless_silent(&meter, &what, request)).await?;
        match up::or_changed(&source, sent).await {
            Ok(etag) => {
                meter.arrived();
                leg.arrived();
                tries.worked();
                let (crc, md5) = known.unwrap_or_else(|| (sum.value(), None));
                let crc64nvme = begun.checksums.then(|| crc_sum(Method::Crc64Nvme, crc).value);
                let sent = SentPart { number, size, etag, crc64nvme };
                return Ok(DonePart { sent, crc64nvme: crc, md5 });
            }
            Err(trouble) if behind && Trailers::may_be_why(&trouble) => {
                tracing::info!(%trouble, "checksums go in front of the bytes from here on");
                trailers.refused.store(true, Ordering::Relaxed);
            }
            Err(trouble) => {
                drop((meter, _share));
                leg.again(tries.next(), &trouble);
                tries.failed(trouble).await?;
            }
        }
    }
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
