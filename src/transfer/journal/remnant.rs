//! What transfers that will not go on have left at the store and on the disk.

use std::path::PathBuf;

use rusqlite::{Connection, Result as Sql};

use super::batches::BatchId;
use super::entry::RowId;
use super::text::{bytes_path, now};
use crate::model::uri::S3Uri;

/// One transfer that has begun and not ended well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remnant {
    pub row: RowId,
    pub remote: S3Uri,
    /// Milliseconds since the epoch.
    pub began: i64,
    pub upload_id: Option<String>,
    /// The process died between asking for an upload and hearing its id.
    pub unheard: bool,
    pub checksums: bool,
    /// A download's temporary file.
    pub temp: Option<PathBuf>,
    /// Bytes of the parts that arrived.
    pub bytes: u64,
    pub failed: bool,
}

pub(super) fn remnants(db: &Connection, batch: BatchId) -> Sql<Vec<Remnant>> {
    db.prepare_cached(
        "SELECT id, bucket, key, began, upload_id, checksums, temp, state,
            direction <> 'down' AND upload_id IS NULL AND part_size > 0,
            (SELECT coalesce(sum(part.size), 0) FROM part WHERE part.transfer = transfer.id)
         FROM transfer WHERE batch = ?1
            AND (ended IS NULL OR (state = 'failed' AND (upload_id IS NOT NULL OR temp IS NOT NULL
                OR part_size > 0)))
         ORDER BY id",
    )?
    .query_map([batch.0], |row| {
        Ok(Remnant {
            row: RowId(row.get(0)?),
            remote: S3Uri::new(row.get::<_, String>(1)?, row.get::<_, String>(2)?),
            began: row.get(3)?,
            upload_id: row.get(4)?,
            checksums: row.get::<_, Option<bool>>(5)?.unwrap_or_default(),
            temp: row.get::<_, Option<Vec<u8>>>(6)?.map(bytes_path),
            failed: row.get::<_, String>(7)? == "failed",
            unheard: row.get::<_, Option<bool>>(8)?.unwrap_or_default(),
            bytes: row.get::<_, i64>(9)?.cast_unsigned(),
        })
    })?
    .collect()
}

/// Nothing of it is there any more.
pub(super) fn thrown_away(db: &Connection, row: RowId) -> Sql<()> {
    db.execute("DELETE FROM part WHERE transfer = ?1", [row.0])?;
    db.execute(
        "UPDATE transfer SET state = 'cancelled', ended = ?2, upload_id = NULL, temp = NULL,
            error = NULL WHERE id = ?1",
        [row.0, now()],
    )
    .map(drop)
}
