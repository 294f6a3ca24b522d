//! What an earlier try has left of an upload, and how much of it can be used.
//!
//! The store's list of parts is the authority; the journal says what was in them. A part that
//! only the store knows of (the journal's last group was lost with the crash) is compared with
//! the file, which costs a read and no byte on the line.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::digest::{Method, comparable, crc_sum};
use super::item::{DonePart, Landed, UpJob};
use super::journal::{Left, PartRow};
use super::key;
use super::multipart::{Going, is_gone};
use super::part::part_sums;
use super::parts::Layout;
use super::task::{End, Task};
use super::up::{self, Source};
use crate::lake::parts::{Begun, SentPart};
use crate::lake::strays::Stray;
use crate::model::trouble::{Kind, Trouble};
use crate::model::uri::S3Uri;

/// The store's clock may be behind ours by so much.
const CLOCKS: Duration = Duration::from_secs(60);

/// What there is to go on with.
pub(super) enum Found {
    /// The object is there, whole: only the answer had been lost.
    Landed(Box<Landed>),
    Going(Layout, Going),
    /// It had not begun.
    Nothing,
    /// What there was could not be used, and is gone.
    Useless(&'static str),
}

pub(super) async fn look(
    task: &Task,
    job: &UpJob,
    source: &Arc<Source>,
    left: Left,
) -> Result<Found, End> {
    if left.part_size == 0 {
        return Ok(Found::Nothing);
    }
    let layout = Layout { size: left.size, part_size: left.part_size };
    let begun = match &left.upload_id {
        Some(upload_id) => Some(Begun {
            to: job.to.clone(),
            upload_id: upload_id.clone(),
            checksums: left.checksums,
        }),
        None => unheard(task, &job.to, left.began).await?,
    };
    let Some(begun) = begun else { return Ok(Found::Nothing) };
    let other_size = job.how.part_size.is_some_and(|wanted| wanted != left.part_size);
    let why = match (left.print == Some(source.print), other_size) {
        (false, _) => Some("its file has changed"),
        (_, true) => Some("another part size is wanted"),
        _ => None,
    };
    if let Some(why) = why {
        up::abort(task, &begun).await?;
        return Ok(Found::Useless(why));
    }
    if left.upload_id.is_none() {
        task.core.journal.begun(left.row, begun.upload_id.clone(), begun.checksums).await?;
    }
    let source = Arc::new(source.with_layout(layout));
    match arrived(task, &source, &begun, &left.parts).await {
        Ok(parts) => Ok(Found::Going(layout, Going { row: left.row, begun, parts })),
        Err(End::Trouble(trouble)) if is_gone(&trouble) => completed(task, job, &left).await,
        Err(end) => Err(end),
    }
}

/// The upload is gone. Where all its parts had arrived it may have become the object.
async fn completed(task: &Task, job: &UpJob, left: &Left) -> Result<Found, End> {
    let gone = Found::Useless("its upload was aborted");
    let Some(checksum) = &left.checksum else { return Ok(gone) };
    let Some(head) = task.patiently(|| task.lake().find(&job.to)).await? else {
        return Ok(gone);
    };
    let same = comparable(&head).filter(|sum| sum.text() == *checksum && head.size == left.size);
    let Some(sum) = same else { return Ok(gone) };
    task.item.lock().upload_id.clone_from(&left.upload_id);
    let named = task.lake().settings().kms_key(&job.to.bucket);
    key::prove(task, &format!("put {}", job.path.display()), named, &head.encryption).await?;
    Ok(Found::Landed(Box::new(Landed {
        skipped: false,
        proof: sum.method.proof(),
        checksum: Some(sum),
        sha256: None,
        etag: head.etag,
        version_id: head.version_id,
        kms_key: head.encryption.kms_key,
        parts_reused: Layout { size: left.size, part_size: left.part_size }.count(),
    })))
}

/// The upload whose id was never heard: of that very key, begun after we meant to (in
/// milliseconds since the epoch), unknown to the journal, and empty. More than one is ours as
/// well (the answer was lost twice): those are aborted.
pub(super) async fn unheard(task: &Task, to: &S3Uri, began: i64) -> Result<Option<Begun>, End> {
    let listed = task.patiently(|| task.lake().unfinished_uploads(to)).await;
    let listed = match listed {
        Ok(listed) => listed,
        // Who may not look cannot find it either: it is left to the bucket's lifecycle.
        Err(End::Trouble(trouble)) if trouble.kind == Kind::Denied => return Ok(None),
        Err(end) => return Err(end),
    };
    let known = task.core.journal.upload_ids().await?;
    let mut ours = None;
    for stray in newest_first(listed, to, began, &known) {
        let checksums = stray.has_own_checksum();
        let begun = Begun { to: to.clone(), upload_id: stray.upload_id, checksums };
        let parts = task.patiently(|| task.lake().sent_parts(&begun)).await?;
        match (parts.is_empty(), &ours) {
            (true, None) => ours = Some(begun),
            (true, Some(_)) => up::abort(task, &begun).await?,
            (false, _) => {}
        }
    }
    Ok(ours)
}

/// Uploads of the object `to` that were begun after `began` (milliseconds since the epoch) and
/// that nobody knows of.
pub(super) fn newest_first(
    listed: Vec<Stray>,
    to: &S3Uri,
    began: i64,
    known: &[String],
) -> Vec<Stray> {
    let since = began - CLOCKS.as_millis() as i64;
    let mut strays: Vec<_> = listed
        .into_iter()
        .filter(|stray| stray.key == to.key && !known.contains(&stray.upload_id))
        .filter(|stray| stray.initiated.is_some_and(|at| at.as_millisecond() >= since))
        .collect();
    strays.sort_by_key(|stray| std::cmp::Reverse(stray.initiated));
    strays
}

/// The parts that are there and hold what the file does.
///
/// # Errors
/// NoSuchUpload, where the upload is gone.
pub(super) async fn arrived(
    task: &Task,
    source: &Arc<Source>,
    begun: &Begun,
    journal: &[PartRow],
) -> Result<BTreeMap<u32, DonePart>, End> {
    let listed = task.patiently(|| task.lake().sent_parts(begun)).await?;
    let mut kept = BTreeMap::new();
    for part in listed {
        if part.number == 0 || part.number > source.layout.count() {
            continue;
        }
        let range = source.layout.range(part.number);
        if part.size != range.end - range.start {
            continue;
        }
        let done = match agreed(&part, journal, begun.checksums) {
            Some(done) => Some(done),
            None => compared(task, source, part, begun.checksums).await?,
        };
        if let Some(done) = done {
            kept.insert(done.sent.number, done);
        }
    }
    Ok(kept)
}

/// The part as the journal has it, where the store tells the same of it.
fn agreed(part: &SentPart, journal: &[PartRow], checksums: bool) -> Option<DonePart> {
    let row = journal.iter().find(|row| row.number == part.number)?;
    let ours = checksums.then(|| crc_sum(Method::Crc64Nvme, row.crc).value);
    let same = row.etag == part.etag
        && row.size == part.size
        && (part.crc64nvme.is_none() || part.crc64nvme == ours);
    same.then(|| DonePart {
        sent: SentPart { crc64nvme: ours, ..part.clone() },
        crc64nvme: row.crc,
        md5: row.md5,
    })
}

/// The part, where the file has the same bytes: by its CRC64NVME, else by the MD5 that an ETag
/// is where no KMS key is in play. (Where one is, they differ, and the part is sent again.)
async fn compared(
    task: &Task,
    source: &Arc<Source>,
    part: SentPart,
    checksums: bool,
) -> Result<Option<DonePart>, End> {
    let range = source.layout.range(part.number);
    let (crc, md5) = part_sums(task, source, range, !checksums).await?;
    let ours = checksums.then(|| crc_sum(Method::Crc64Nvme, crc).value);
    let same = match (&ours, md5) {
        (Some(ours), _) => part.crc64nvme.as_ref() == Some(ours),
        (None, Some(md5)) => hex::encode(md5).eq_ignore_ascii_case(&part.etag),
        (None, None) => false,
    };
    let sent = SentPart { crc64nvme: ours, ..part };
    Ok(same.then_some(DonePart { sent, crc64nvme: crc, md5 }))
}

/// How an upload that somebody else began is cut, and whether it carries checksums.
pub(super) async fn adoptable(
    task: &Task,
    job: &UpJob,
    source: &Arc<Source>,
    upload_id: &str,
) -> Result<(Layout, Begun), End> {
    let refuse = |why: &str| -> End {
        let what = format!("adopt upload {upload_id} of {}", job.to);
        Trouble::new(Kind::Invalid, what, why).hint("abort it, and put the file anew").into()
    };
    let listed = task.patiently(|| task.lake().unfinished_uploads(&job.to)).await?;
    let stray = listed
        .into_iter()
        .find(|stray| stray.key == job.to.key && stray.upload_id == upload_id)
        .ok_or_else(|| refuse("there is no such upload any more"))?;
    if stray.has_other_checksum() {
        return Err(refuse("it was begun with a checksum that lakehand does not continue"));
    }
    let begun = Begun {
        to: job.to.clone(),
        upload_id: upload_id.to_owned(),
        checksums: stray.has_own_checksum(),
    };
    let parts = task.patiently(|| task.lake().sent_parts(&begun)).await?;
    let layout = cut(source.layout.size, &parts, source.layout)
        .ok_or_else(|| refuse("its parts do not fit this file"))?;
    Ok((layout, begun))
}

/// The layout that these parts are cut by: all of one size but the last. A single part tells
/// nothing unless it is followed by others, so it is taken for a whole one.
fn cut(size: u64, parts: &[SentPart], default: Layout) -> Option<Layout> {
    let Some(largest) = parts.iter().map(|part| part.size).max() else { return Some(default) };
    let layout = Layout::new(size, Some(largest)).ok()?;
    let fits = parts.iter().all(|part| {
        part.number <= layout.count() && {
            let range = layout.range(part.number);
            range.end - range.start == part.size
        }
    });
    fits.then_some(layout)
}

/// A part as the journal keeps it.
pub(super) fn row_of(part: &DonePart) -> PartRow {
    PartRow {
        number: part.sent.number,
        size: part.sent.size,
        etag: part.sent.etag.clone(),
        crc: part.crc64nvme,
        md5: part.md5,
    }
}

#[cfg(test)]
mod tests {
    use super::super::parts::MIB;
    use super::*;

    fn part(number: u32, size: u64) -> SentPart {
        SentPart { number, size, etag: "e".into(), crc64nvme: Some("c".into()) }
    }

    fn row(number: u32, etag: &str) -> PartRow {
        PartRow { number, size: 5, etag: etag.into(), crc: 7, md5: None }
    }

    #[test]
    fn a_part_is_kept_where_store_and_journal_agree() {
        let crc = crc_sum(Method::Crc64Nvme, 7).value;
        let listed = |etag: &str, crc: &str| SentPart {
            etag: etag.into(),
            crc64nvme: Some(crc.into()),
            ..part(1, 5)
        };
        assert!(agreed(&listed("e", &crc), &[row(1, "e")], true).is_some());
        assert!(agreed(&listed("other", &crc), &[row(1, "e")], true).is_none());
        assert!(agreed(&listed("e", "other"), &[row(1, "e")], true).is_none());
        assert!(agreed(&listed("e", &crc), &[row(2, "e")], true).is_none());
    }

    #[test]
    fn a_strangers_parts_tell_how_it_was_cut() {
        let default = Layout::new(40 * MIB, None).unwrap();
        let cut = |parts: &[SentPart]| cut(40 * MIB, parts, default).map(|l| l.part_size);
        assert_eq!(cut(&[]), Some(16 * MIB));
        assert_eq!(cut(&[part(1, 8 * MIB), part(2, 8 * MIB)]), Some(8 * MIB));
        assert_eq!(cut(&[part(2, 15 * MIB), part(3, 10 * MIB)]), Some(15 * MIB));
        assert_eq!(cut(&[part(1, 8 * MIB), part(2, 9 * MIB)]), None);
        assert_eq!(cut(&[part(9, 8 * MIB)]), None);
    }
}
