//! Batches: what one command or one answer in the workbench asked for.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension as _, Result as Sql, Row, params};
use serde::{Deserialize, Serialize};

use super::super::plan::{Copy, CopyHow, Download, Placer, Plan, Upload, UploadHow, as_folder};
use super::owner::{self, OwnerId};
use super::text::{now, path_text, text_path};
use crate::model::trouble::{Kind, Trouble};
use crate::model::uri::S3Uri;

/// The number of a batch, as `lakehand transfers` shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct BatchId(pub i64);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BatchState {
    /// Somebody works on it, or was killed while doing so.
    Open,
    /// Interrupted by its user: nobody goes on with it unasked.
    Stopped,
    /// Every transfer has ended.
    Over,
}

impl BatchState {
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Stopped => "stopped",
            Self::Over => "over",
        }
    }

    pub(super) fn parse(name: &str) -> Self {
        match name {
            "open" => Self::Open,
            "stopped" => Self::Stopped,
            _ => Self::Over,
        }
    }
}

/// How far a batch is, in files and bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Counts {
    /// Its folders are still being read: the figures grow.
    pub walking: bool,
    pub found: u64,
    pub done: u64,
    pub skipped: u64,
    pub failed: u64,
    pub cancelled: u64,
    pub bytes_total: u64,
    pub bytes_done: u64,
}

/// A plan as the journal keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verb", rename_all = "lowercase")]
pub enum Order {
    Put {
        sources: Vec<String>,
        bucket: String,
        key: String,
        recursive: bool,
        #[serde(flatten)]
        how: How,
    },
    Get {
        /// Bucket and key.
        sources: Vec<(String, String)>,
        folder: String,
        recursive: bool,
    },
    Copy {
        /// Bucket and key.
        sources: Vec<(String, String)>,
        bucket: String,
        key: String,
        recursive: bool,
        overwrite: bool,
        /// A move.
        remove_source: bool,
        approval: Option<String>,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct How {
    overwrite: bool,
    part_size: Option<u64>,
    sha256: bool,
    approval: Option<String>,
}

impl Order {
    /// # Errors
    /// Where the working directory, which relative paths start from, is gone.
    pub fn of(plan: &Plan) -> Result<Self, Trouble> {
        Ok(match plan {
            Plan::Upload(plan) => Self::Put {
                sources: plan
                    .sources
                    .iter()
                    .map(|path| absolute(path))
                    .collect::<Result<_, _>>()?,
                bucket: plan.bucket.clone(),
                key: plan.key.clone(),
                recursive: plan.recursive,
                how: How {
                    overwrite: plan.how.overwrite,
                    part_size: plan.how.part_size,
                    sha256: plan.how.sha256,
                    approval: plan.how.approval.clone(),
                },
            },
            Plan::Download(plan) => Self::Get {
                sources: pairs(&plan.sources),
                folder: absolute(&plan.folder)?,
                recursive: plan.recursive,
            },
            Plan::Copy(plan) => Self::Copy {
                sources: pairs(&plan.sources),
                bucket: plan.to.bucket.clone(),
                key: plan.to.key.clone(),
                recursive: plan.recursive,
                overwrite: plan.how.overwrite,
                remove_source: plan.how.remove_source,
                approval: plan.how.approval.clone(),
            },
        })
    }

    /// The plan again. `placer` makes the rules of where objects may land below a folder.
    pub fn plan(self, placer: impl FnOnce(&Path) -> Placer) -> Plan {
        match self {
            Self::Put { sources, bucket, key, recursive, how } => Plan::Upload(Upload {
                sources: sources.iter().map(|text| text_path(text)).collect(),
                bucket,
                key,
                recursive,
                how: UploadHow {
                    overwrite: how.overwrite,
                    part_size: how.part_size,
                    sha256: how.sha256,
                    approval: how.approval,
                    adopt: None,
                },
            }),
            Self::Get { sources, folder, recursive } => {
                let folder = text_path(&folder);
                Plan::Download(Download {
                    sources: uris(sources),
                    recursive,
                    place: placer(&folder),
                    folder,
                })
            }
            Self::Copy { sources, bucket, key, recursive, overwrite, remove_source, approval } => {
                Plan::Copy(Copy {
                    sources: uris(sources),
                    to: S3Uri::new(bucket, key),
                    recursive,
                    how: CopyHow { overwrite, remove_source, approval },
                })
            }
        }
    }

    /// The command that it was.
    pub fn verb(&self) -> &'static str {
        match self {
            Self::Put { .. } => "put",
            Self::Get { .. } => "get",
            Self::Copy { remove_source: false, .. } => "copy",
            Self::Copy { remove_source: true, .. } => "move",
        }
    }

    /// `put /data/run7 → s3://source/run7/`, not fit for a terminal yet.
    pub fn sentence(&self) -> String {
        let many = |first: Option<String>, count: usize| match (first, count) {
            (Some(first), 1) => first,
            (Some(first), more) => format!("{first} and {} more", more - 1),
            (None, _) => String::new(),
        };
        match self {
            Self::Put { sources, bucket, key, .. } => {
                let first = sources.first().map(|text| text_path(text).display().to_string());
                format!("put {} → s3://{bucket}/{key}", many(first, sources.len()))
            }
            Self::Get { sources, folder, .. } => {
                let folder = text_path(folder);
                format!("get {} → {}", many(first(sources), sources.len()), folder.display())
            }
            Self::Copy { sources, bucket, key, .. } => {
                let what = many(first(sources), sources.len());
                format!("{} {what} → s3://{bucket}/{key}", self.verb())
            }
        }
    }

    /// Where in the lake it brings something; `None` for what only takes out.
    pub fn destination(&self) -> Option<S3Uri> {
        match self {
            Self::Put { bucket, key, .. } | Self::Copy { bucket, key, .. } => {
                Some(S3Uri::new(bucket, key))
            }
            Self::Get { .. } => None,
        }
    }

    /// The folder of [`Self::destination`]: the place of what is said about the whole.
    pub fn folder(&self) -> Option<S3Uri> {
        let to = self.destination()?;
        let one = match self {
            Self::Put { sources, recursive, .. } => sources.len() == 1 && !recursive,
            Self::Copy { sources, .. } => {
                matches!(&sources[..], [(_, key)] if !key.is_empty() && !key.ends_with('/'))
            }
            Self::Get { .. } => false,
        };
        match one && !to.is_prefix() {
            true => to.parent(),
            false => Some(S3Uri::new(to.bucket, as_folder(&to.key))),
        }
    }

    /// Where everything goes, not fit for a terminal yet.
    pub fn target(&self) -> String {
        match self {
            Self::Put { bucket, key, .. } | Self::Copy { bucket, key, .. } => {
                format!("s3://{bucket}/{key}")
            }
            Self::Get { folder, .. } => text_path(folder).display().to_string(),
        }
    }

    /// As they were named, not fit for a terminal yet.
    pub fn sources(&self) -> Vec<String> {
        match self {
            Self::Put { sources, .. } => {
                sources.iter().map(|text| text_path(text).display().to_string()).collect()
            }
            Self::Get { sources, .. } | Self::Copy { sources, .. } => {
                sources.iter().map(|(bucket, key)| format!("s3://{bucket}/{key}")).collect()
            }
        }
    }

    /// The reference of the approval.
    pub fn approval(&self) -> Option<&str> {
        match self {
            Self::Put { how, .. } => how.approval.as_deref(),
            Self::Copy { approval, .. } => approval.as_deref(),
            Self::Get { .. } => None,
        }
    }

    /// What makes two batches the same work: where from and where to, not how.
    fn place(&self) -> String {
        let place = match self {
            Self::Put { sources, bucket, key, recursive, .. } => {
                serde_json::to_string(&("put", sources, bucket, key, recursive))
            }
            Self::Get { sources, folder, recursive } => {
                serde_json::to_string(&("get", sources, folder, recursive))
            }
            Self::Copy { sources, bucket, key, recursive, .. } => {
                serde_json::to_string(&(self.verb(), sources, bucket, key, recursive))
            }
        };
        place.unwrap_or_default()
    }
}

fn pairs(uris: &[S3Uri]) -> Vec<(String, String)> {
    uris.iter().map(|uri| (uri.bucket.clone(), uri.key.clone())).collect()
}

fn uris(pairs: Vec<(String, String)>) -> Vec<S3Uri> {
    pairs.into_iter().map(|(bucket, key)| S3Uri::new(bucket, key)).collect()
}

fn first(pairs: &[(String, String)]) -> Option<String> {
    pairs.first().map(|(bucket, key)| format!("s3://{bucket}/{key}"))
}

fn absolute(path: &Path) -> Result<String, Trouble> {
    let what = || format!("find {}", path.display());
    let path: PathBuf = std::path::absolute(path).map_err(|error| Trouble::disk(what(), &error))?;
    Ok(path_text(&path))
}

/// What was asked for, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    pub order: Order,
    /// Milliseconds since the epoch.
    pub began: i64,
}

/// A batch that this process goes on with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenUp {
    pub id: BatchId,
    pub order: Order,
}

/// Why one batch could not be taken.
pub(super) enum NotTaken {
    Unknown,
    Busy(u32),
}

impl NotTaken {
    pub fn trouble(self, id: BatchId) -> Trouble {
        let what = format!("take up transfer {}", id.0);
        match self {
            Self::Unknown => {
                Trouble::new(Kind::NotFound, what, "this lake's journal has none of that number")
                    .hint("lakehand transfers lists them")
            }
            Self::Busy(pid) => {
                Trouble::new(Kind::Refused, what, format!("process {pid} is working on it"))
            }
        }
    }
}

pub(super) fn begin(
    db: &Connection,
    lake: &str,
    owner: &OwnerId,
    owners: Option<&Path>,
    order: &Order,
) -> Sql<(BatchId, bool)> {
    let place = order.place();
    let mut find = db.prepare_cached(
        "SELECT id, owner FROM batch WHERE lake = ?1 AND place = ?2 AND state <> 'over'",
    )?;
    let same = find
        .query_map(params![lake, place], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Sql<Vec<(i64, Option<String>)>>>()?;
    db.execute(
        "INSERT INTO batch (lake, plan, place, state, owner, began, changed)
         VALUES (?1, ?2, ?3, 'open', ?4, ?5, ?5)",
        params![lake, json(order), place, owner.0, now()],
    )?;
    let id = db.last_insert_rowid();
    let mut inherits = false;
    for (old, _) in same.into_iter().filter(|(_, owner)| is_orphan(owners, owner.as_deref())) {
        let moved = db.execute(
            "UPDATE transfer SET batch = ?1 WHERE batch = ?2 AND ended IS NULL",
            [id, old],
        )?;
        inherits |= moved > 0;
        db.execute("UPDATE batch SET state = 'over', owner = NULL WHERE id = ?1", [old])?;
    }
    Ok((BatchId(id), inherits))
}

pub(super) fn take_up(
    db: &Connection,
    lake: &str,
    owner: &OwnerId,
    owners: Option<&Path>,
    state: BatchState,
) -> Sql<Vec<TakenUp>> {
    let mut find =
        db.prepare_cached("SELECT id, plan, owner FROM batch WHERE lake = ?1 AND state = ?2")?;
    let all = find.query_map(params![lake, state.name()], entry)?.collect::<Sql<Vec<_>>>()?;
    let mut taken = Vec::new();
    for (id, order, held) in all {
        if let Some(order) = order.filter(|_| is_orphan(owners, held.as_deref())) {
            claim(db, owner, id)?;
            taken.push(TakenUp { id: BatchId(id), order });
        }
    }
    Ok(taken)
}

pub(super) fn take_up_one(
    db: &Connection,
    lake: &str,
    owner: &OwnerId,
    owners: Option<&Path>,
    id: BatchId,
) -> Sql<Result<TakenUp, NotTaken>> {
    let found = db
        .prepare_cached("SELECT id, plan, owner FROM batch WHERE lake = ?1 AND id = ?2")?
        .query_row(params![lake, id.0], entry)
        .optional()?;
    let Some((id, Some(order), held)) = found else { return Ok(Err(NotTaken::Unknown)) };
    if let Some(held) = held.filter(|held| !is_orphan(owners, Some(held))) {
        let pid = owner::find(db, &OwnerId(held))?.map_or(0, |note| note.pid);
        return Ok(Err(NotTaken::Busy(pid)));
    }
    claim(db, owner, id)?;
    Ok(Ok(TakenUp { id: BatchId(id), order }))
}

/// `None` where there is no such batch, or its plan is of a newer version.
pub(super) fn asked(db: &Connection, id: BatchId) -> Sql<Option<Asked>> {
    let found = db
        .prepare_cached("SELECT plan, began FROM batch WHERE id = ?1")?
        .query_row([id.0], |row| Ok((row.get::<_, String>(0)?, row.get(1)?)))
        .optional()?;
    Ok(found.and_then(|(plan, began)| {
        let order = serde_json::from_str(&plan).ok()?;
        Some(Asked { order, began })
    }))
}

pub(super) fn claim(db: &Connection, owner: &OwnerId, id: i64) -> Sql<()> {
    db.execute(
        "UPDATE batch SET owner = ?1, state = 'open', changed = ?2 WHERE id = ?3",
        params![owner.0, now(), id],
    )
    .map(drop)
}

pub(super) fn is_orphan(owners: Option<&Path>, owner: Option<&str>) -> bool {
    owner.is_none_or(|owner| !owner::lives(owners, &OwnerId(owner.to_owned())))
}

pub(super) fn count(db: &Connection, id: BatchId, counts: Counts) -> Sql<()> {
    db.prepare_cached("UPDATE batch SET counts = ?1, changed = ?2 WHERE id = ?3")?
        .execute(params![json(&counts), now(), id.0])
        .map(drop)
}

pub(super) fn leave(db: &Connection, id: BatchId, state: BatchState, counts: Counts) -> Sql<()> {
    count(db, id, counts)?;
    db.execute(
        "UPDATE batch SET state = ?1, owner = NULL WHERE id = ?2",
        params![state.name(), id.0],
    )
    .map(drop)
}

type Entry = (i64, Option<Order>, Option<String>);

/// A plan that a newer lakehand wrote and this one cannot read is left alone.
fn entry(row: &Row<'_>) -> Sql<Entry> {
    let plan: String = row.get(1)?;
    Ok((row.get(0)?, serde_json::from_str(&plan).ok(), row.get(2)?))
}

fn json(value: &impl Serialize) -> String {
    // Maps with keys that are no strings are the only failure, and there are none here.
    serde_json::to_string(value).unwrap_or_default()
}
