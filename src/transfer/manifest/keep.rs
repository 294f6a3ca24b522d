//! Keeping the manifest of a batch that is over: on this machine, and in the lake where that
//! is configured.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use super::super::digest::{Method, PassError, Running, pass};
use super::super::journal::{Asked, BatchId, Ending, Journal};
use super::{Entry, Header, SCHEMA, Totals, time, write};
use crate::lake::body::{Meter, Slice};
use crate::lake::{Lake, PutWith};
use crate::model::manifest::Anchor;
use crate::model::trouble::{Kind, Trouble};
use crate::model::uri::S3Uri;

/// What an engine is given so that its batches leave manifests.
#[derive(Clone)]
pub struct Manifests {
    /// Made, for its owner alone, with the first.
    pub folder: PathBuf,
    /// Where the audit log stands.
    pub anchor: Anchor,
    /// Told of each.
    pub kept: mpsc::UnboundedSender<Kept>,
}

impl std::fmt::Debug for Manifests {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Manifests").field("folder", &self.folder).finish_non_exhaustive()
    }
}

/// The manifest of one batch, and where it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    pub batch: BatchId,
    /// What is in it, and the file; or why there is none.
    pub file: Result<(PathBuf, Totals), Trouble>,
    /// In the lake, where the configuration wants it there; or why it is not.
    pub in_lake: Option<Result<S3Uri, Trouble>>,
}

/// How long a manifest waits to learn whose name it should bear.
const NAME_WAIT: Duration = Duration::from_secs(3);

/// Writes the manifest of a batch that is over, unless it has brought nothing into the lake.
/// No failure here is the batch's: it is told.
pub async fn keep(lake: &Lake, journal: &Journal, how: &Manifests, batch: BatchId) {
    let asked = match journal.asked(batch).await {
        Ok(Some(asked)) if asked.order.destination().is_some() => asked,
        Ok(_) => return,
        Err(trouble) => {
            let file = Err(trouble);
            let _ = how.kept.send(Kept { batch, file, in_lake: None });
            return;
        }
    };
    let header = header(lake, how, batch, &asked).await;
    let file = write_file(journal, how, batch, header).await;
    let in_lake = match (&file, &lake.settings().manifests, asked.order.folder()) {
        (Ok((path, _)), Some(place), Some(folder)) => {
            let folder = place.folder(&folder);
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let approval = asked.order.approval().map(ToOwned::to_owned);
            Some(put(lake, path.clone(), folder.join(&name), approval).await)
        }
        _ => None,
    };
    // Nobody may listen any more.
    let _ = how.kept.send(Kept { batch, file, in_lake });
}

async fn header(lake: &Lake, how: &Manifests, batch: BatchId, asked: &Asked) -> Header {
    let order = &asked.order;
    let identity = tokio::time::timeout(NAME_WAIT, lake.identity()).await;
    Header {
        schema: SCHEMA.to_owned(),
        lakehand: env!("CARGO_PKG_VERSION").to_owned(),
        lake: lake.settings().name.clone(),
        batch: batch.0,
        verb: order.verb().to_owned(),
        sources: order.sources(),
        destination: order.destination().map(|uri| uri.to_string()).unwrap_or_default(),
        approval: order.approval().map(ToOwned::to_owned),
        identity: identity.ok().and_then(Result::ok).map(|identity| identity.arn),
        audit_head: (how.anchor)().await,
        began: time(asked.began),
        ended: time(jiff::Timestamp::now().as_millisecond()),
    }
}

async fn write_file(
    journal: &Journal,
    how: &Manifests,
    batch: BatchId,
    header: Header,
) -> Result<(PathBuf, Totals), Trouble> {
    let folder = how.folder.clone();
    let what = format!("write a manifest into {}", folder.display());
    let written = journal
        .endings(batch, move |endings: &mut dyn Iterator<Item = Ending>| {
            file(&folder, &header, endings.map(Entry::of))
        })
        .await?;
    written.map_err(|error| Trouble::disk(what, &error))
}

/// Writes to a temporary name, syncs, and gives it its own. A crash leaves nothing half.
fn file(
    folder: &Path,
    header: &Header,
    entries: impl Iterator<Item = Entry>,
) -> io::Result<(PathBuf, Totals)> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let temp = folder.join(format!(".{}.{}.part", header.batch, std::process::id()));
    let done = write_and_name(folder, &temp, header, entries);
    if done.is_err() {
        // What cannot be taken back is a hidden file that nobody reads.
        let _ = std::fs::remove_file(&temp);
    }
    done
}

fn write_and_name(
    folder: &Path,
    temp: &Path,
    header: &Header,
    entries: impl Iterator<Item = Entry>,
) -> io::Result<(PathBuf, Totals)> {
    let open = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(temp)?;
    let mut out = BufWriter::with_capacity(256 * 1024, open);
    let totals = write::write(&mut out, header, entries)?;
    out.flush()?;
    out.get_ref().sync_all()?;
    let path = free_name(folder, header);
    std::fs::rename(temp, &path)?;
    File::open(folder)?.sync_all()?;
    Ok((path, totals))
}

/// `20261122T012556Z-12.json`: when it was over, and its number. Nothing is written over: a
/// batch that is tried again leaves another.
fn free_name(folder: &Path, header: &Header) -> PathBuf {
    let to_the_second = header.ended.split(['.', 'Z']).next().unwrap_or_default();
    let stem = format!("{}Z-{}", to_the_second.replace(['-', ':'], ""), header.batch);
    let mut path = folder.join(format!("{stem}.json"));
    // One process at a time works on a batch.
    for more in 2.. {
        if !path.exists() {
            break;
        }
        path = folder.join(format!("{stem}-{more}.json"));
    }
    path
}

/// Puts the manifest into the lake, as any object of it is put, and over nothing.
async fn put(
    lake: &Lake,
    path: PathBuf,
    to: S3Uri,
    approval: Option<String>,
) -> Result<S3Uri, Trouble> {
    let what = format!("write the manifest {to}");
    let read = move || -> io::Result<(Slice, String)> {
        let file = Arc::new(File::open(&path)?);
        let range = 0..file.metadata()?.len();
        let mut sum = Running::new(Method::Crc64Nvme);
        pass(&file, range.clone(), || false, |block| sum.update(block)).map_err(
            |error| match error {
                PassError::Io(error) => error,
                PassError::Stopped => io::ErrorKind::Interrupted.into(),
            },
        )?;
        Ok((Slice::File { file, range, still: Arc::new(|| Ok(())) }, sum.finish().value))
    };
    let (slice, sum) = tokio::task::spawn_blocking(read)
        .await
        .map_err(|error| Trouble::new(Kind::Other, &what, error.to_string()))?
        .map_err(|error| Trouble::disk(&what, &error))?;
    let content_type = Some("application/json".to_owned());
    let mut with = PutWith { content_type, approval, ..PutWith::default() };
    let send =
        async |with: &PutWith| lake.put_slice(&to, &slice, &sum, with, Arc::new(NoMeter)).await;
    let mut sent = send(&with).await;
    // A store without the condition is asked first.
    if sent.as_ref().is_err_and(Trouble::is_unknown_there) {
        if lake.find(&to).await?.is_some() {
            return Err(Trouble::new(Kind::Precondition, what, "it is there already"));
        }
        with.overwrite = true;
        sent = send(&with).await;
    }
    sent.map(|_| to)
}

/// A few bytes that no budget counts.
struct NoMeter;

impl Meter for NoMeter {
    fn begin(&self) {}

    fn quantum(&self) -> usize {
        usize::MAX
    }

    fn reserve(&self, _: usize) -> Duration {
        Duration::ZERO
    }

    fn sent(&self, _: usize) {}
}
