//! How transfers ended.

use rusqlite::{Connection, OptionalExtension as _, Result as Sql, Row, params};

use super::batches::BatchId;
use super::entry::{Ending, Place, RowId, Stand};
use super::text::{
    bytes_path, direction, direction_name, modified, path_bytes, print, proof, signed, unsigned,
};
use crate::model::uri::S3Uri;

pub(super) fn ended(db: &Connection, lake: &str, row: Option<RowId>, ending: &Ending) -> Sql<()> {
    let Some(row) = row else { return insert_ended(db, lake, ending) };
    db.prepare_cached(
        "UPDATE transfer SET state = ?2, ended = ?3, moved = ?4, reused = ?5, proof = ?6,
            checksum = coalesce(?7, checksum), sha256 = ?8, version_id = ?9, kms_key = ?10,
            error = ?11, etag = coalesce(?12, etag), note = ?13 WHERE id = ?1",
    )?
    .execute(params![
        row.0,
        ending.stand.name(),
        (ending.stand != Stand::Paused).then_some(ending.ended),
        signed(ending.moved),
        ending.reused,
        ending.proof.name(),
        ending.checksum,
        ending.sha256,
        ending.version_id,
        ending.kms_key,
        ending.error,
        ending.etag,
        ending.note,
    ])?;
    if matches!(ending.stand, Stand::Done | Stand::Skipped | Stand::Cancelled) {
        db.prepare_cached("DELETE FROM part WHERE transfer = ?1")?.execute([row.0])?;
        // What is through is no upload any more.
        db.prepare_cached(
            "UPDATE transfer SET upload_id = NULL, temp = NULL, closing = NULL WHERE id = ?1",
        )?
        .execute([row.0])?;
    }
    Ok(())
}

/// One that was no row until its end: most of a million small files are such.
fn insert_ended(db: &Connection, lake: &str, ending: &Ending) -> Sql<()> {
    let print = ending.print;
    db.prepare_cached(
        "INSERT INTO transfer (batch, lake, direction, local, bucket, key, began,
            device, inode, size, modified, state, ended, moved, reused, proof, checksum, sha256,
            version_id, kms_key, error, etag, note)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18,
            ?19, ?20, ?21, ?22, ?23)",
    )?
    .execute(params![
        ending.batch.0,
        lake,
        direction_name(ending.place.direction),
        path_bytes(&ending.place.local),
        ending.place.remote.bucket,
        ending.place.remote.key,
        ending.began,
        print.map(|print| signed(print.device)),
        print.map(|print| signed(print.inode)),
        signed(ending.size),
        print.map(|print| modified(&print)),
        ending.stand.name(),
        (ending.stand != Stand::Paused).then_some(ending.ended),
        signed(ending.moved),
        ending.reused,
        ending.proof.name(),
        ending.checksum,
        ending.sha256,
        ending.version_id,
        ending.kms_key,
        ending.error,
        ending.etag,
        ending.note,
    ])
    .map(drop)
}

/// How this batch has left the transfer to or from `remote`, where it has come to it.
pub(super) fn stand(db: &Connection, batch: BatchId, remote: &S3Uri) -> Sql<Option<Stand>> {
    db.prepare_cached(
        "SELECT state FROM transfer WHERE bucket = ?1 AND key = ?2 AND batch = ?3
         ORDER BY id DESC LIMIT 1",
    )?
    .query_row(params![remote.bucket, remote.key, batch.0], |row| row.get::<_, String>(0))
    .optional()
    .map(|state| state.map(|state| Stand::parse(&state)))
}

pub(super) fn endings<T>(
    db: &Connection,
    batch: BatchId,
    fold: impl FnOnce(&mut dyn Iterator<Item = Ending>) -> T,
) -> Sql<T> {
    let mut find = db.prepare_cached(
        "SELECT device, inode, size, modified, direction, local, bucket, key, state, moved,
            reused, proof, checksum, sha256, version_id, kms_key, error, began, ended,
            etag, note
         FROM transfer WHERE batch = ?1 AND ended IS NOT NULL ORDER BY bucket, key, local, id",
    )?;
    let mut failed = None;
    let told = {
        let rows = find.query_map([batch.0], |row| ending(row, batch))?;
        let rows = rows.map_while(|row| row.map_err(|error| failed = Some(error)).ok());
        fold(&mut last_of_each(rows))
    };
    failed.map_or(Ok(told), Err)
}

/// Of what follows one another and is about the same transfer, the last.
fn last_of_each(rows: impl Iterator<Item = Ending>) -> impl Iterator<Item = Ending> {
    let mut rows = rows.peekable();
    std::iter::from_fn(move || {
        let mut row = rows.next()?;
        while let Some(later) = rows.next_if(|next| next.place == row.place) {
            row = later;
        }
        Some(row)
    })
}

fn ending(row: &Row<'_>, batch: BatchId) -> Sql<Ending> {
    Ok(Ending {
        batch,
        place: Place {
            direction: direction(&row.get::<_, String>(4)?),
            local: bytes_path(row.get(5)?),
            remote: S3Uri::new(row.get::<_, String>(6)?, row.get::<_, String>(7)?),
        },
        stand: Stand::parse(&row.get::<_, String>(8)?),
        print: print(row, 0)?,
        size: unsigned(row.get::<_, Option<i64>>(2)?.unwrap_or_default()),
        moved: unsigned(row.get::<_, Option<i64>>(9)?.unwrap_or_default()),
        reused: row.get::<_, Option<u32>>(10)?.unwrap_or_default(),
        proof: proof(&row.get::<_, Option<String>>(11)?.unwrap_or_default()),
        checksum: row.get(12)?,
        sha256: row.get(13)?,
        version_id: row.get(14)?,
        kms_key: row.get(15)?,
        error: row.get(16)?,
        began: row.get(17)?,
        ended: row.get::<_, Option<i64>>(18)?.unwrap_or_default(),
        etag: row.get(19)?,
        note: row.get(20)?,
    })
}
