//! One download: ranged parts into a temporary file beside the destination, compared, then
//! given its name. A name is never given to what has not been compared as far as it can be.

mod parts;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::sync::Arc;

use self::parts::{Fetching, get_parts};
use super::digest::{self, Method, PassError, Running, Sum, combine, comparable, crc_sum};
use super::item::{DownJob, Landed, Live};
use super::journal::{Begin, RowId};
use super::parts::Layout;
use super::task::{End, Ended, Task};
use super::temp::{self, Temp};
use crate::model::object::Head;
use crate::model::transfer::TransferState;
use crate::model::trouble::{Kind, Trouble};

pub(super) async fn run(task: &Task, job: &DownJob) -> Ended {
    if !task.lake().settings().downloads {
        let why = "downloads are switched off for this lake";
        let trouble = Trouble::new(Kind::Refused, format!("get {}", job.from), why);
        return Err(trouble
            .hint(format!("downloads = false in [lakes.{}]", task.lake().settings().name))
            .into());
    }
    task.set(TransferState::Checking);
    let version = job.version.as_deref();
    let head = match task.patiently(|| task.lake().head_of(&job.from, version)).await {
        Err(End::Trouble(trouble)) if trouble.kind == Kind::NotFound => {
            return Err(what_is_missing(task, job, trouble).await.into());
        }
        head => head?,
    };
    let layout = layout(job, &head)?;
    task.item.sized(head.size, layout.count());
    // What comes in one request, of a new batch, leaves nothing that would be worth a row.
    let noted = layout.count() > 1 || task.may_be_known();
    let kept = match noted {
        true => go_on(task, job, &head).await?,
        false => None,
    };
    let begun = match kept {
        Some(begun) => begun,
        None => begin(task, job, head, layout, noted).await?,
    };
    let going = match begun {
        Begun::There(landed) => return Ok(landed),
        Begun::Go(going) => *going,
    };
    task.set(TransferState::Running);
    let head = going.head.clone();
    match receive(task, job, going).await {
        Err(End::Trouble(damaged)) if damaged.kind == Kind::Integrity => {
            fetch_again(task, job, head, noted, damaged).await
        }
        ended => ended,
    }
}

/// HEAD's answers have no body, so that a missing bucket looks like a missing object: a listing
/// tells them apart.
async fn what_is_missing(task: &Task, job: &DownJob, trouble: Trouble) -> Trouble {
    match task.lake().page(&job.from, false, None, 1).await {
        Err(no) if no.code.as_deref() == Some("NoSuchBucket") => {
            Trouble { what: trouble.what, ..no }
        }
        _ => trouble,
    }
}

/// What arrived damaged, on the line or on this disk, may be sound where it comes from: it is
/// thrown away and fetched once more, and not again.
async fn fetch_again(
    task: &Task,
    job: &DownJob,
    head: Head,
    noted: bool,
    damaged: Trouble,
) -> Ended {
    tracing::warn!(%damaged, "a download is fetched again");
    let (live, row) = {
        let inner = task.item.lock();
        (inner.live.clone(), inner.row)
    };
    if let Some(Live::Temp(path)) = live {
        temp::discard(path).await?;
    }
    if let Some(row) = row {
        task.core.journal.forget(row).await?;
    }
    {
        let mut inner = task.item.lock();
        (inner.live, inner.row) = (None, None);
    }
    let layout = layout(job, &head)?;
    let going = match begin(task, job, head, layout, noted).await? {
        Begun::There(landed) => return Ok(landed),
        Begun::Go(going) => *going,
    };
    task.set(TransferState::Running);
    task.item.retrying(Some(format!("{}: it is fetched again", damaged.why)));
    receive(task, job, going).await.map_err(|end| match end {
        End::Trouble(trouble) if trouble.kind == Kind::Integrity => trouble
            .hint("it was fetched twice: what is there may be damaged, or what lies between")
            .into(),
        end => end,
    })
}

fn layout(job: &DownJob, head: &Head) -> Result<Layout, Trouble> {
    Layout::new(head.size, None)
        .map_err(|bad| Trouble::new(Kind::Invalid, format!("get {}", job.from), bad.to_string()))
}

/// A download under way.
struct Going {
    row: Option<RowId>,
    temp: Temp,
    head: Head,
    layout: Layout,
    /// Part number → its CRC, where the object's checksum is one.
    parts: BTreeMap<u32, u64>,
}

enum Begun {
    /// The file has its name already.
    There(Landed),
    Go(Box<Going>),
}

/// A new download. The journal knows of the temporary file before there is one.
async fn begin(
    task: &Task,
    job: &DownJob,
    head: Head,
    layout: Layout,
    noted: bool,
) -> Result<Begun, End> {
    if let Some(landed) = already_here(task, job, &head).await? {
        return Ok(Begun::There(landed));
    }
    let path = temp::name(&job.to, head.etag.as_deref());
    let row = match noted {
        true => Some(intend(task, &head, layout, &path).await?),
        false => None,
    };
    task.item.lock().row = row;
    let temp = {
        let path = path.clone();
        task.blocking(move |_| Ok(temp::create(&path)?)).await?
    };
    task.item.began(row, Live::Temp(path));
    Ok(Begun::Go(Box::new(Going { row, temp, head, layout, parts: BTreeMap::new() })))
}

async fn intend(task: &Task, head: &Head, layout: Layout, path: &Path) -> Result<RowId, Trouble> {
    let intent = Begin {
        batch: task.item.batch.id,
        place: task.item.place(),
        print: None,
        size: layout.size,
        part_size: layout.part_size,
        etag: head.etag.clone(),
        temp: Some(path.to_owned()),
    };
    task.core.journal.intend(intent).await
}

/// What an earlier try has fetched, where the object is still the same one. The parts are read
/// again: after a loss of power the journal may know of bytes that never reached the disk.
async fn go_on(task: &Task, job: &DownJob, head: &Head) -> Result<Option<Begun>, End> {
    let known = task.core.journal.known(task.item.batch.id, task.item.place()).await?;
    let Some(left) = known.left else { return Ok(None) };
    let row = left.row;
    let layout = Layout { size: left.size, part_size: left.part_size };
    let same = head.size == left.size && head.etag.is_some() && head.etag == left.etag;
    let closing = left.closing.filter(|landed| landed.etag.is_some() && landed.etag == head.etag);
    if let Some(landed) = closing
        && has_its_name(task, job, left.size, &landed).await?
    {
        task.item.lock().row = Some(row);
        task.item.progress.reset();
        task.item.sized(left.size, 1);
        task.item.progress.reuse(left.size);
        if let Some(path) = left.temp {
            temp::discard(path).await?;
        }
        return Ok(Some(Begun::There(landed)));
    }
    let temp = match left.temp.clone() {
        Some(path) => task.blocking(move |_| Ok(temp::open(&path)?)).await?,
        None => None,
    };
    let Some(temp) = temp.filter(|_| same) else {
        if let Some(path) = left.temp {
            temp::discard(path).await?;
        }
        task.core.journal.forget(row).await?;
        task.item.lock().row = None;
        return Ok(None);
    };
    task.item.began(Some(row), Live::Temp(temp.path.clone()));
    let method = comparable(head).map_or(Method::Crc64Nvme, |sum| sum.method);
    let mut parts = BTreeMap::new();
    for part in left.parts.iter().filter(|part| part.number <= layout.count()) {
        let range = layout.range(part.number);
        let crc = match method.crc() {
            Some(algorithm) => Some(part_crc(task, &temp.file, range, algorithm).await?),
            // Compared as a whole at the end.
            None => Some(0),
        };
        if crc == Some(part.crc) || method.crc().is_none() {
            parts.insert(part.number, part.crc);
        }
    }
    task.item.sized(layout.size, layout.count());
    let (row, head) = (Some(row), head.clone());
    Ok(Some(Begun::Go(Box::new(Going { row, temp, head, layout, parts }))))
}

/// True where a download that was about to be given its name has it: its process ended, or
/// could not say so. The file is read again, as it may be another by now.
async fn has_its_name(task: &Task, job: &DownJob, size: u64, landed: &Landed) -> Result<bool, End> {
    let is_file =
        fs::symlink_metadata(&job.to).is_ok_and(|meta| meta.is_file() && meta.len() == size);
    let Some(wanted) = landed.checksum.as_ref().filter(|_| is_file) else { return Ok(false) };
    Ok(local_sum(task, job, size, wanted.method).await? == *wanted)
}

/// A checksum of the file that has the name.
async fn local_sum(task: &Task, job: &DownJob, size: u64, method: Method) -> Result<Sum, End> {
    let path = job.to.clone();
    let file = task
        .blocking(move |_| Ok(File::open(&path).map_err(|error| temp::disk(&path, &error))?))
        .await?;
    sum(task, job, Arc::new(file), size, method).await
}

/// The CRC of a range of the temporary file; 0 where it cannot be read, which fits none.
async fn part_crc(
    task: &Task,
    file: &Arc<File>,
    range: std::ops::Range<u64>,
    algorithm: crc_fast::CrcAlgorithm,
) -> Result<u64, End> {
    let file = file.clone();
    task.blocking(move |stop| {
        let mut crc = crc_fast::Digest::new(algorithm);
        match digest::pass(&file, range, || stop.is_cancelled(), |block| crc.update(block)) {
            Ok(()) => Ok(crc.finalize()),
            Err(PassError::Stopped) => Err(End::Stopped),
            Err(PassError::Io(_)) => Ok(0),
        }
    })
    .await
}

/// Looks for a file of that name: one with the same content is done, any other is not replaced.
async fn already_here(task: &Task, job: &DownJob, head: &Head) -> Result<Option<Landed>, End> {
    let meta = match fs::symlink_metadata(&job.to) {
        Ok(meta) => meta,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(temp::disk(&job.to, &error).into()),
    };
    let theirs = comparable(head).filter(|_| meta.is_file() && meta.len() == head.size);
    if let Some(theirs) = theirs
        && local_sum(task, job, head.size, theirs.method).await? == theirs
    {
        return Ok(Some(Landed {
            skipped: true,
            proof: theirs.method.proof(),
            checksum: Some(theirs),
            version_id: head.version_id.clone(),
            kms_key: head.encryption.kms_key.clone(),
            ..Landed::default()
        }));
    }
    Err(temp::in_the_way(&job.from, &job.to).into())
}

async fn receive(task: &Task, job: &DownJob, going: Going) -> Ended {
    let Going { row, temp, head, layout, parts: mut crcs } = going;
    let reused = crcs.len() as u32;
    task.item.progress.reset();
    task.item.sized(layout.size, layout.count());
    task.item.flight.begin(layout.count(), crcs.keys().copied());
    for number in crcs.keys() {
        let range = layout.range(*number);
        task.item.progress.reuse(range.end - range.start);
    }

    let file = temp.file.clone();
    let theirs = comparable(&head);
    let method = theirs.as_ref().map_or(Method::Crc64Nvme, |sum| sum.method);
    let fetching = Fetching { row, method, file: file.clone() };
    get_parts(task, job, &head, layout, fetching, &mut crcs).await?;

    task.set(TransferState::Verifying);
    let ours = match method.crc() {
        Some(algorithm) => {
            let parts = crcs.iter().map(|(number, crc)| {
                let range = layout.range(*number);
                (*crc, range.end - range.start)
            });
            crc_sum(method, combine(algorithm, parts))
        }
        None => sum(task, job, file.clone(), layout.size, method).await?,
    };
    if let Some(theirs) = theirs.as_ref().filter(|theirs| **theirs != ours) {
        let why = format!("{} is there and {} arrived", theirs.text(), ours.text());
        return Err(Trouble::new(Kind::Integrity, format!("get {}", job.from), why).into());
    }
    // Compared with what is there, the file is known again; else the journal has to know it.
    let comparable = theirs.is_some();
    let landed = Landed {
        skipped: false,
        proof: theirs.map(|sum| sum.method.proof()).unwrap_or_default(),
        checksum: Some(ours),
        sha256: None,
        etag: head.etag,
        version_id: head.version_id,
        kms_key: head.encryption.kms_key,
        parts_reused: reused,
    };
    if row.is_some() || !comparable {
        task.closing(&landed).await?;
    }
    let (from, to) = (job.from.clone(), job.to.clone());
    let durable = layout.count() > 1;
    task.blocking(move |_| Ok(temp.give_name(&from, &to, durable)?)).await?;
    task.item.lock().live = None;
    Ok(landed)
}

/// A checksum of the whole local file.
async fn sum(
    task: &Task,
    job: &DownJob,
    file: Arc<File>,
    size: u64,
    method: Method,
) -> Result<Sum, End> {
    let to = job.to.clone();
    task.blocking(move |stop| {
        let mut running = Running::new(method);
        let each = |block: &[u8]| running.update(block);
        digest::pass(&file, 0..size, || stop.is_cancelled(), each).map_err(
            |error| match error {
                PassError::Stopped => End::Stopped,
                PassError::Io(error) => temp::disk(&to, &error).into(),
            },
        )?;
        Ok(running.finish())
    })
    .await
}
