//! Transfers that have begun, and the parts of those under way.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension as _, Result as Sql, Row, params};

use super::super::item::Landed;
use super::super::source::Fingerprint;
use super::batches::{BatchId, is_orphan};
use super::entry::{Begin, Closing, Known, Left, PartRow, Place, RowId, Stand};
use super::owner::{self, OwnerId};
use super::text::{
    bytes_path, direction_name, json, modified, now, path_bytes, print, signed, unsigned,
};
use crate::model::transfer::Direction;
use crate::model::trouble::{Kind, Trouble};
use crate::model::uri::S3Uri;

/// A living process, of this number, is at it.
pub(super) struct Busy(Option<u32>);

impl Busy {
    pub fn trouble(self, what: &str) -> Trouble {
        let why = match self.0 {
            Some(pid) => format!("another lakehand, process {pid}, is at it already"),
            None => "it is in the queue already".to_owned(),
        };
        Trouble::new(Kind::Refused, what, why)
    }
}

const LEFT: &str = "SELECT transfer.id, transfer.batch, batch.owner, transfer.began, device, inode,
    size, modified, part_size, upload_id, checksums, etag, temp, checksum, transfer.state, closing
    FROM transfer JOIN batch ON batch.id = transfer.batch
    WHERE bucket = ?1 AND key = ?2 AND transfer.lake = ?3 AND local = ?4 AND direction = ?5
      AND (ended IS NULL OR (transfer.state = 'failed' AND (upload_id IS NOT NULL OR temp IS NOT NULL
        OR part_size > 0 OR closing IS NOT NULL)))
    ORDER BY transfer.id DESC LIMIT 1";

pub(super) fn known(
    db: &Connection,
    lake: &str,
    me: &OwnerId,
    owners: Option<&Path>,
    batch: BatchId,
    place: &Place,
) -> Sql<Result<Known, Busy>> {
    let found = db
        .prepare_cached(LEFT)?
        .query_row(
            params![
                place.remote.bucket,
                place.remote.key,
                lake,
                path_bytes(&place.local),
                direction_name(place.direction)
            ],
            |row| Ok((row.get::<_, i64>(1)?, row.get::<_, Option<String>>(2)?, left(row)?)),
        )
        .optional()?;
    let before = before(db, lake, place)?;
    let Some((its_batch, its_owner, mut left)) = found else {
        return Ok(Ok(Known { left: None, before }));
    };
    if its_batch != batch.0 {
        let mine = its_owner.as_deref() == Some(me.0.as_str());
        if mine && !me.0.is_empty() && left.1 != Stand::Failed {
            return Ok(Err(Busy(None)));
        }
        if !mine && !is_orphan(owners, its_owner.as_deref()) {
            let owner = its_owner.map(OwnerId).unwrap_or_default();
            let pid = owner::find(db, &owner)?.map(|note| note.pid);
            return Ok(Err(Busy(pid)));
        }
    }
    db.execute(
        "UPDATE transfer SET batch = ?1, state = 'open', ended = NULL, error = NULL WHERE id = ?2",
        params![batch.0, left.0.row.0],
    )?;
    left.0.parts = parts(db, left.0.row)?;
    Ok(Ok(Known { left: Some(Box::new(left.0)), before }))
}

fn left(row: &Row<'_>) -> Sql<(Left, Stand)> {
    let state = Stand::parse(&row.get::<_, String>(14)?);
    let size = unsigned(row.get::<_, Option<i64>>(6)?.unwrap_or_default());
    let left = Left {
        row: RowId(row.get(0)?),
        began: row.get(3)?,
        print: print(row, 4)?,
        size,
        part_size: unsigned(row.get::<_, Option<i64>>(8)?.unwrap_or_default()),
        upload_id: row.get(9)?,
        checksums: row.get::<_, Option<bool>>(10)?.unwrap_or_default(),
        etag: row.get(11)?,
        temp: row.get::<_, Option<Vec<u8>>>(12)?.map(bytes_path),
        checksum: row.get(13)?,
        closing: row
            .get::<_, Option<String>>(15)?
            .and_then(|landed| serde_json::from_str(&landed).ok()),
        paused: state == Stand::Paused,
        parts: Vec::new(),
    };
    Ok((left, state))
}

fn before(db: &Connection, lake: &str, place: &Place) -> Sql<Option<(Fingerprint, String)>> {
    let found = db
        .prepare_cached(
            "SELECT device, inode, size, modified, checksum FROM transfer
             WHERE bucket = ?1 AND key = ?2 AND lake = ?3 AND local = ?4
               AND state IN ('done', 'skipped') AND checksum IS NOT NULL
             ORDER BY id DESC LIMIT 1",
        )?
        .query_row(
            params![place.remote.bucket, place.remote.key, lake, path_bytes(&place.local)],
            |row| Ok((print(row, 0)?, row.get::<_, String>(4)?)),
        )
        .optional()?;
    Ok(found.and_then(|(print, checksum)| Some((print?, checksum))))
}

fn parts(db: &Connection, row: RowId) -> Sql<Vec<PartRow>> {
    db.prepare_cached("SELECT number, size, etag, crc, md5 FROM part WHERE transfer = ?1")?
        .query_map([row.0], |row| {
            Ok(PartRow {
                number: row.get(0)?,
                size: unsigned(row.get(1)?),
                etag: row.get(2)?,
                crc: unsigned(row.get(3)?),
                md5: row.get(4)?,
            })
        })?
        .collect()
}

pub(super) fn intend(db: &Connection, lake: &str, begin: &Begin) -> Sql<RowId> {
    let print = begin.print;
    db.prepare_cached(
        "INSERT INTO transfer (batch, lake, direction, local, bucket, key, state, began,
            device, inode, size, modified, part_size, etag, temp)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'open', ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
    )?
    .execute(params![
        begin.batch.0,
        lake,
        direction_name(begin.place.direction),
        path_bytes(&begin.place.local),
        begin.place.remote.bucket,
        begin.place.remote.key,
        now(),
        print.map(|print| signed(print.device)),
        print.map(|print| signed(print.inode)),
        signed(begin.size),
        print.map(|print| modified(&print)),
        signed(begin.part_size),
        begin.etag,
        begin.temp.as_deref().map(path_bytes),
    ])?;
    Ok(RowId(db.last_insert_rowid()))
}

pub(super) fn begun(db: &Connection, row: RowId, upload_id: &str, checksums: bool) -> Sql<()> {
    db.prepare_cached("UPDATE transfer SET upload_id = ?1, checksums = ?2 WHERE id = ?3")?
        .execute(params![upload_id, checksums, row.0])
        .map(drop)
}

pub(super) fn part(db: &Connection, row: RowId, part: &PartRow) -> Sql<()> {
    db.prepare_cached(
        "INSERT OR REPLACE INTO part (transfer, number, size, etag, crc, md5)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![row.0, part.number, signed(part.size), part.etag, signed(part.crc), part.md5])
    .map(drop)
}

pub(super) fn completing(db: &Connection, row: RowId, checksum: &str) -> Sql<()> {
    db.prepare_cached("UPDATE transfer SET checksum = ?1 WHERE id = ?2")?
        .execute(params![checksum, row.0])
        .map(drop)
}

pub(super) fn closing(db: &Connection, row: RowId, landed: &Landed) -> Sql<()> {
    db.prepare_cached("UPDATE transfer SET closing = ?1 WHERE id = ?2")?
        .execute(params![json(landed), row.0])
        .map(drop)
}

/// The copies of this batch whose last step was begun. No more than were under way at once.
pub(super) fn in_closing(db: &Connection, batch: BatchId) -> Sql<Vec<Closing>> {
    db.prepare_cached(
        "SELECT local, bucket, key, size FROM transfer
         WHERE batch = ?1 AND direction = 'across' AND closing IS NOT NULL
           AND (ended IS NULL OR state = 'failed')",
    )?
    .query_map([batch.0], |row| {
        let place = Place {
            direction: Direction::Across,
            local: bytes_path(row.get(0)?),
            remote: S3Uri::new(row.get::<_, String>(1)?, row.get::<_, String>(2)?),
        };
        let size = row.get::<_, Option<i64>>(3)?.unwrap_or_default();
        Ok(Closing { place, size: unsigned(size) })
    })?
    .collect()
}

/// The row goes with its upload: a new try has a row of its own.
pub(super) fn forget(db: &Connection, row: RowId) -> Sql<()> {
    db.prepare_cached("DELETE FROM transfer WHERE id = ?1")?.execute([row.0]).map(drop)
}

pub(super) fn upload_ids(db: &Connection) -> Sql<Vec<String>> {
    db.prepare_cached("SELECT upload_id FROM transfer WHERE upload_id IS NOT NULL")?
        .query_map([], |row| row.get(0))?
        .collect()
}
