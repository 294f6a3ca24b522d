//! What of this lake's queue is not this process's: what waits to be asked for, and what
//! others work on.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, Result as Sql, params};

use super::batches::{BatchId, BatchState, Counts};
use super::order::Order;
use super::owner::{self, OwnerId, OwnerNote};

/// A batch that is not over and that this process does not work on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beside {
    pub id: BatchId,
    /// Open or stopped.
    pub state: BatchState,
    pub counts: Counts,
    /// Milliseconds since the epoch; when it last got on.
    pub changed: i64,
    /// `None` for a plan that this version cannot read.
    pub order: Option<Order>,
    /// The living process that works on it, and where that can be asked.
    pub owner: Option<(OwnerNote, PathBuf)>,
    /// Files of which something has arrived, or may have, and that are not through.
    pub unfinished: u64,
    /// Bytes of them that have arrived.
    pub arrived: u64,
}

pub(super) fn beside(db: &Connection, lake: &str, me: &OwnerId, owners: &Path) -> Sql<Vec<Beside>> {
    let mut find = db.prepare(
        "SELECT id, plan, state, changed, counts, owner FROM batch
         WHERE lake = ?1 AND state <> ?2 AND coalesce(owner <> ?3, 1) ORDER BY id",
    )?;
    let found = find.query_map(params![lake, BatchState::Over.name(), me.0], |row| {
        let batch = Beside {
            id: BatchId(row.get(0)?),
            order: serde_json::from_str(&row.get::<_, String>(1)?).ok(),
            state: BatchState::parse(&row.get::<_, String>(2)?),
            changed: row.get(3)?,
            counts: serde_json::from_str(&row.get::<_, String>(4)?).unwrap_or_default(),
            owner: None,
            unfinished: 0,
            arrived: 0,
        };
        Ok((batch, row.get::<_, Option<String>>(5)?.map(OwnerId)))
    })?;
    let with_the_rest = |found: Sql<(Beside, Option<OwnerId>)>| {
        let (batch, owner) = found?;
        let (unfinished, arrived) = unfinished(db, batch.id)?;
        let living = owner.filter(|id| owner::lives(Some(owners), id));
        let note = living.map(|id| owner::find(db, &id)).transpose()?.flatten();
        let owner = note.map(|note| {
            let socket = owner::socket_of(owners, &note.id);
            (note, socket)
        });
        Ok(Beside { owner, unfinished, arrived, ..batch })
    };
    found.map(with_the_rest).collect()
}

/// What [`super::remnant`] would find, counted.
fn unfinished(db: &Connection, batch: BatchId) -> Sql<(u64, u64)> {
    db.prepare_cached(
        "SELECT count(DISTINCT transfer.id), coalesce(sum(part.size), 0)
         FROM transfer LEFT JOIN part ON part.transfer = transfer.id
         WHERE batch = ?1 AND (ended IS NULL
            OR (state = 'failed' AND (upload_id IS NOT NULL OR temp IS NOT NULL)))",
    )?
    .query_row([batch.0], |row| {
        let count = |at| row.get::<_, i64>(at).map(i64::cast_unsigned);
        Ok((count(0)?, count(1)?))
    })
}
