//! Batches: what one command or one answer in the workbench asked for.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension as _, Result as Sql, Row, params};
use serde::{Deserialize, Serialize};

use super::order::Order;
use super::owner::{self, OwnerId};
use super::text::{json, now};
use crate::model::trouble::{Kind, Trouble};

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
        db.execute(
            "UPDATE batch SET state = 'over', owner = NULL, heir = ?2 WHERE id = ?1",
            [old, id],
        )?;
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
        "UPDATE batch SET owner = ?1, state = 'open', heir = NULL, changed = ?2 WHERE id = ?3",
        params![owner.0, now(), id],
    )
    .map(drop)
}

pub(super) fn is_orphan(owners: Option<&Path>, owner: Option<&str>) -> bool {
    owner.is_none_or(|owner| !owner::lives(owners, &OwnerId(owner.to_owned())))
}

/// Figures on the way; they may come late, and the last ones stand.
pub(super) fn count(db: &Connection, id: BatchId, counts: Counts) -> Sql<()> {
    db.prepare_cached(
        "UPDATE batch SET counts = ?1, changed = ?2 WHERE id = ?3 AND state <> 'over'",
    )?
    .execute(params![json(&counts), now(), id.0])
    .map(drop)
}

pub(super) fn leave(db: &Connection, id: BatchId, state: BatchState, counts: Counts) -> Sql<()> {
    db.execute(
        "UPDATE batch SET state = ?1, owner = NULL, counts = ?2, changed = ?3 WHERE id = ?4",
        params![state.name(), json(&counts), now(), id.0],
    )
    .map(drop)
}

type Entry = (i64, Option<Order>, Option<String>);

/// A plan that a newer lakehand wrote and this one cannot read is left alone.
fn entry(row: &Row<'_>) -> Sql<Entry> {
    let plan: String = row.get(1)?;
    Ok((row.get(0)?, serde_json::from_str(&plan).ok(), row.get(2)?))
}
