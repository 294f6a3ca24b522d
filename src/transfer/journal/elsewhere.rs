//! What is going on beside this process.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, Result as Sql, params};

use super::batches::{BatchId, BatchState};
use super::owner::{self, OwnerId, OwnerNote};

/// Another living process's part of this lake's queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Elsewhere {
    pub owner: OwnerNote,
    /// Where it can be asked.
    pub socket: PathBuf,
    /// How many batches it works on.
    pub batches: u32,
}

pub(super) fn elsewhere(
    db: &Connection,
    lake: &str,
    me: &OwnerId,
    owners: Option<&Path>,
) -> Sql<Vec<Elsewhere>> {
    let Some(folder) = owners else { return Ok(Vec::new()) };
    let mut find = db.prepare_cached(
        "SELECT owner, count(*) FROM batch
         WHERE lake = ?1 AND state = 'open' AND owner <> ?2 GROUP BY owner",
    )?;
    let held = find
        .query_map(params![lake, me.0], |row| Ok((OwnerId(row.get(0)?), row.get(1)?)))?
        .collect::<Sql<Vec<_>>>()?;
    let mut found = Vec::new();
    for (id, batches) in held.into_iter().filter(|(id, _)| owner::lives(owners, id)) {
        if let Some(owner) = owner::find(db, &id)? {
            found.push(Elsewhere { owner, socket: owner::socket_of(folder, &id), batches });
        }
    }
    Ok(found)
}

/// The batches that their users have interrupted.
pub(super) fn stopped(db: &Connection, lake: &str) -> Sql<Vec<BatchId>> {
    db.prepare_cached("SELECT id FROM batch WHERE lake = ?1 AND state = ?2 ORDER BY id")?
        .query_map(params![lake, BatchState::Stopped.name()], |row| Ok(BatchId(row.get(0)?)))?
        .collect()
}
