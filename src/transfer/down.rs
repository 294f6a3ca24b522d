//! One download: ranged parts into a temporary file beside the destination, compared, then
//! given its name. A name is never given to what has not been compared as far as it can be.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::task::JoinSet;

use super::budget::Share;
use super::digest::{self, BLOCK, Method, PassError, Running, Sum, combine, comparable, crc_sum};
use super::item::{DownJob, Landed, Live};
use super::journal::{Begin, Left, PartRow, RowId};
use super::parts::Layout;
use super::progress::PartMeter;
use super::task::{End, Ended, Task};
use crate::lake::body::Meter as _;
use crate::model::object::Head;
use crate::model::transfer::TransferState;
use crate::model::trouble::{Kind, Trouble};
use crate::model::uri::S3Uri;

pub(super) async fn run(task: &Task, job: &DownJob) -> Ended {
    if !task.lake().settings().downloads {
        let why = "downloads are switched off for this lake";
        let trouble = Trouble::new(Kind::Refused, format!("get {}", job.from), why);
        return Err(trouble
            .hint(format!("downloads = false in [lakes.{}]", task.lake().settings().name))
            .into());
    }
    // One that goes in one request leaves nothing worth keeping; its size is not known yet.
    let known = task.core.journal.known(task.item.batch.id, task.item.place()).await?;
    task.set(TransferState::Checking);
    let head = task.patiently(|| task.lake().head(&job.from)).await?;
    let kept = match known.left {
        Some(left) => go_on_with(task, &head, *left).await?,
        None => None,
    };
    let going = match kept {
        Some(going) => going,
        None => match begin(task, job, head).await? {
            Begun::Skip(landed) => return Ok(landed),
            Begun::Go(going) => *going,
        },
    };
    task.set(TransferState::Running);
    receive(task, job, going).await
}

/// Removes the temporary file of a download that will not go on.
pub(super) async fn discard(temp: PathBuf) -> Result<(), Trouble> {
    match tokio::fs::remove_file(&temp).await {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(Trouble::disk(format!("remove {}", temp.display()), &error))
        }
        _ => Ok(()),
    }
}

/// A download under way.
struct Going {
    row: RowId,
    temp: PathBuf,
    head: Head,
    layout: Layout,
    /// Part number → its CRC, where the object's checksum is one.
    parts: BTreeMap<u32, u64>,
}

enum Begun {
    Skip(Landed),
    Go(Box<Going>),
}

/// A new download. The journal knows of the temporary file before there is one.
async fn begin(task: &Task, job: &DownJob, head: Head) -> Result<Begun, End> {
    let layout = Layout::new(head.size, None)
        .map_err(|bad| Trouble::new(Kind::Invalid, format!("get {}", job.from), bad.to_string()))?;
    task.item.progress.begin(head.size, layout.count());
    if let Some(landed) = already_here(task, job, &head).await? {
        return Ok(Begun::Skip(landed));
    }
    let temp = temp_of(&job.to);
    let intent = Begin {
        batch: task.item.batch.id,
        place: task.item.place(),
        print: None,
        size: layout.size,
        part_size: layout.part_size,
        etag: head.etag.clone(),
        temp: Some(temp.clone()),
    };
    let row = task.core.journal.intend(intent).await?;
    task.item.began(row, Live::Temp(temp.clone()));
    let path = temp.clone();
    task.blocking(move |_| Ok(make_temp(&path)?)).await?;
    Ok(Begun::Go(Box::new(Going { row, temp, head, layout, parts: BTreeMap::new() })))
}

/// What an earlier try has fetched, where the object is still the same one. The parts are read
/// again: after a loss of power the journal may know of bytes that never reached the disk.
async fn go_on_with(task: &Task, head: &Head, left: Left) -> Result<Option<Going>, End> {
    let row = left.row;
    let Some(temp) = left.temp else {
        task.core.journal.forget(row).await?;
        task.item.lock().row = None;
        return Ok(None);
    };
    let layout = Layout { size: left.size, part_size: left.part_size };
    let same = head.size == left.size && head.etag.is_some() && head.etag == left.etag;
    let path = temp.clone();
    let file = task.blocking(move |_| Ok(File::open(&path).ok())).await?;
    let Some(file) = file.filter(|_| same) else {
        discard(temp).await?;
        task.core.journal.forget(row).await?;
        task.item.lock().row = None;
        return Ok(None);
    };
    task.item.began(row, Live::Temp(temp.clone()));
    let method = comparable(head).map_or(Method::Crc64Nvme, |sum| sum.method);
    let file = Arc::new(file);
    let mut parts = BTreeMap::new();
    for part in left.parts.iter().filter(|part| part.number <= layout.count()) {
        let range = layout.range(part.number);
        let crc = match method.crc() {
            Some(algorithm) => Some(part_crc(task, &file, range, algorithm).await?),
            // Compared as a whole at the end.
            None => Some(0),
        };
        if crc == Some(part.crc) || method.crc().is_none() {
            parts.insert(part.number, part.crc);
        }
    }
    task.item.progress.begin(layout.size, layout.count());
    Ok(Some(Going { row, temp, head: head.clone(), layout, parts }))
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
        Err(error) => return Err(disk(&job.to, &error).into()),
    };
    let theirs = comparable(head).filter(|_| meta.is_file() && meta.len() == head.size);
    if let Some(theirs) = theirs {
        let path = job.to.clone();
        let file = task
            .blocking(move |_| Ok(File::open(&path).map_err(|error| disk(&path, &error))?))
            .await?;
        if sum(task, job, Arc::new(file), head.size, theirs.method).await? == theirs {
            return Ok(Some(Landed {
                skipped: true,
                proof: theirs.method.proof(),
                checksum: Some(theirs),
                version_id: head.version_id.clone(),
                kms_key: head.encryption.kms_key.clone(),
                ..Landed::default()
            }));
        }
    }
    Err(in_the_way(&job.from, &job.to).into())
}

fn in_the_way(from: &S3Uri, to: &Path) -> Trouble {
    let why = format!("{} is there already, and not shown to be the same", to.display());
    Trouble::new(Kind::Precondition, format!("get {from}"), why)
        .hint("move it away, or choose another folder")
}

async fn receive(task: &Task, job: &DownJob, going: Going) -> Ended {
    let Going { row, temp, head, layout, parts: mut crcs } = going;
    let reused = crcs.len() as u32;
    task.item.progress.reset();
    task.item.progress.begin(layout.size, layout.count());
    task.item.flight.begin(layout.count(), crcs.keys().copied());
    for number in crcs.keys() {
        let range = layout.range(*number);
        task.item.progress.reuse(range.end - range.start);
    }

    let path = temp.clone();
    let file = task
        .blocking(move |_| {
            let options = File::options().read(true).write(true).open(&path);
            Ok(Arc::new(options.map_err(|error| disk(&path, &error))?))
        })
        .await?;
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
    let (from, to) = (job.from.clone(), job.to.clone());
    task.blocking(move |_| Ok(give_name(&from, &temp, &to)?)).await?;
    task.item.lock().live = None;
    Ok(Landed {
        skipped: false,
        proof: theirs.map(|sum| sum.method.proof()).unwrap_or_default(),
        checksum: Some(ours),
        sha256: None,
        version_id: head.version_id,
        kms_key: head.encryption.kms_key,
        parts_reused: reused,
    })
}

/// Where a download's parts go, and how they are summed.
struct Fetching {
    row: RowId,
    method: Method,
    file: Arc<File>,
}

async fn get_parts(
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
                let (number, crc) = super::task::joined(got)?;
                let range = layout.range(number);
                let size = range.end - range.start;
                let part = PartRow { number, size, etag: String::new(), crc, md5: None };
                task.core.journal.part(row, part).await;
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
    let mut tried = 1;
    loop {
        let _share = match share.take() {
            Some(share) => share,
            None => task.or_stop(task.core.budget.share(part.layout.part_size)).await?,
        };
        let before = at;
        meter.stir();
        let fetch = fetch(&task, &part, number, &meter, &mut at, &mut crc);
        let what = format!("get {}", part.from);
        let got = task.or_stop(task.unless_silent(&meter, &what, fetch)).await?;
        match got {
            Ok(()) => {
                meter.arrived();
                leg.arrived();
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
                tried = if at > before { 1 } else { tried };
                if !task.patience().again(tried, &trouble) {
                    return Err(trouble.into());
                }
                tried += 1;
                drop(_share);
                leg.again(tried, &trouble);
                task.wait_before(tried, &trouble).await?;
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
    let mut body = match &part.etag {
        Some(etag) => task.lake().get_same(&part.from, Some(range.clone()), etag).await?,
        None => task.lake().get(&part.from, Some(range.clone())).await?,
    };
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
        part.file.write_all_at(&data, offset).map_err(|error| disk(&part.to, &error))
    })
    .await;
    written.unwrap_or_else(|error| {
        Err(Trouble::new(Kind::Other, "write a block", error.to_string()))
    })?;
    crc.update(&block);
    *at += block.len() as u64;
    Ok(())
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
                PassError::Io(error) => disk(&to, &error).into(),
            },
        )?;
        Ok(running.finish())
    })
    .await
}

/// A name of its own beside `to`.
fn temp_of(to: &Path) -> PathBuf {
    let folder = to.parent().unwrap_or(Path::new("."));
    folder.join(format!(".lakehand-{}.part", uuid::Uuid::new_v4().simple()))
}

/// An empty file, its folders made. Blocking.
fn make_temp(temp: &Path) -> Result<(), Trouble> {
    if let Some(folder) = temp.parent() {
        fs::create_dir_all(folder).map_err(|error| disk(folder, &error))?;
    }
    File::options()
        .write(true)
        .create_new(true)
        .open(temp)
        .map(drop)
        .map_err(|error| disk(temp, &error))
}

/// Renames without replacing what may have appeared meanwhile. Blocking.
fn give_name(from: &S3Uri, temp: &Path, to: &Path) -> Result<(), Trouble> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    use rustix::io::Errno;
    match renameat_with(CWD, temp, CWD, to, RenameFlags::NOREPLACE) {
        Ok(()) => Ok(()),
        Err(Errno::EXIST) => Err(in_the_way(from, to)),
        // A file system that cannot: a link fails over an existing name just as well.
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => match fs::hard_link(temp, to) {
            Ok(()) => fs::remove_file(temp).map_err(|error| disk(temp, &error)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(in_the_way(from, to)),
            Err(_) if to.symlink_metadata().is_ok() => Err(in_the_way(from, to)),
            Err(_) => fs::rename(temp, to).map_err(|error| disk(to, &error)),
        },
        Err(error) => Err(disk(to, &error.into())),
    }
}

fn disk(path: &Path, error: &io::Error) -> Trouble {
    Trouble::disk(format!("write {}", path.display()), error)
}
