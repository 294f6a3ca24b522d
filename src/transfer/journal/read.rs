//! Reading the journal beside whoever writes it.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, Result as Sql};

use super::batches::{BatchId, BatchState, Counts};
use super::endings;
use super::entry::Stand;
use super::order::Order;
use super::owner::{self, OwnerId, OwnerNote};
use super::{FILE, OWNERS, broken, schema};
use crate::model::trouble::Trouble;
use crate::model::uri::S3Uri;

/// One batch, as it stood when it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct BatchView {
    pub id: BatchId,
    pub lake: String,
    pub state: BatchState,
    pub counts: Counts,
    /// Milliseconds since the epoch.
    pub began: i64,
    pub changed: i64,
    /// `None` for a plan that this version cannot read.
    pub order: Option<Order>,
    /// The batch of the same sources and destination that went on with it.
    pub heir: Option<BatchId>,
    /// The living process that works on it.
    pub owner: Option<OwnerNote>,
    /// What is begun and not through, and what failed.
    pub transfers: Vec<OpenView>,
}

/// One transfer that is under way or has failed.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenView {
    pub local: std::path::PathBuf,
    pub remote: S3Uri,
    pub state: String,
    pub size: u64,
    /// Bytes of the parts that arrived.
    pub done: u64,
    pub upload_id: Option<String>,
    pub error: Option<String>,
}

/// All batches, the newest last. Blocking.
///
/// # Errors
/// Where there is a journal and it cannot be read.
pub fn read(data_dir: &Path) -> Result<Vec<BatchView>, Trouble> {
    let file = data_dir.join(FILE);
    if !file.exists() {
        return Ok(Vec::new());
    }
    schema::open_if_made(&file)
        .and_then(|db| db.map_or(Ok(Vec::new()), |db| all(&db, &data_dir.join(OWNERS))))
        .map_err(|error| broken(&file, &error))
}

fn all(db: &Connection, owners: &Path) -> Sql<Vec<BatchView>> {
    let mut find = db.prepare(
        "SELECT id, lake, plan, state, owner, began, changed, counts, heir FROM batch ORDER BY id",
    )?;
    let mut views = find
        .query_map([], |row| {
            let view = BatchView {
                id: BatchId(row.get(0)?),
                lake: row.get(1)?,
                order: serde_json::from_str(&row.get::<_, String>(2)?).ok(),
                state: BatchState::parse(&row.get::<_, String>(3)?),
                began: row.get(5)?,
                changed: row.get(6)?,
                counts: serde_json::from_str(&row.get::<_, String>(7)?).unwrap_or_default(),
                heir: row.get::<_, Option<i64>>(8)?.map(BatchId),
                owner: None,
                transfers: Vec::new(),
            };
            Ok((view, row.get::<_, Option<String>>(4)?))
        })?
        .collect::<Sql<Vec<_>>>()?;
    for (view, owner) in &mut views {
        if let Some(id) = owner.take().map(OwnerId)
            && owner::lives(Some(owners), &id)
        {
            view.owner = owner::find(db, &id)?;
        }
        view.transfers = open(db, view.id)?;
    }
    Ok(views.into_iter().map(|(view, _)| view).collect())
}

fn open(db: &Connection, batch: BatchId) -> Sql<Vec<OpenView>> {
    db.prepare_cached(
        "SELECT local, bucket, key, state, size, upload_id, error,
            (SELECT coalesce(sum(part.size), 0) FROM part WHERE part.transfer = transfer.id)
         FROM transfer WHERE batch = ?1 AND state IN ('open', 'paused', 'failed') ORDER BY id",
    )?
    .query_map([batch.0], |row| {
        Ok(OpenView {
            local: super::text::bytes_path(row.get(0)?),
            remote: S3Uri::new(row.get::<_, String>(1)?, row.get::<_, String>(2)?),
            state: row.get(3)?,
            size: row.get::<_, Option<i64>>(4)?.unwrap_or_default().cast_unsigned(),
            upload_id: row.get(5)?,
            error: row.get(6)?,
            done: row.get::<_, i64>(7)?.cast_unsigned(),
        })
    })?
    .collect()
}

/// Tells, while a batch is walked again, what has become of its transfers. Blocking.
pub struct Through {
    db: Mutex<Connection>,
    batch: BatchId,
}

impl Through {
    pub(super) fn open(data_dir: &Path, batch: BatchId) -> Result<Self, Trouble> {
        let file = data_dir.join(FILE);
        let db = schema::open_to_read(&file).map_err(|error| broken(&file, &error))?;
        Ok(Self { db: Mutex::new(db), batch })
    }

    /// How the batch has left the transfer to or from `remote`. One that cannot be looked up
    /// is taken up again, which costs a comparison.
    pub fn stand(&self, remote: &S3Uri) -> Option<Stand> {
        let db = self.db.lock().unwrap_or_else(PoisonError::into_inner);
        endings::stand(&db, self.batch, remote).unwrap_or_default()
    }
}
