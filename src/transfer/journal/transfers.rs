//! Transfers that have begun or ended, and the parts of those under way.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension as _, Result as Sql, Row, params};

use super::super::source::Fingerprint;
use super::batches::{BatchId, is_orphan};
use super::owner::{self, OwnerId};
use super::text::{bytes_path, now, path_bytes, proof};
use crate::model::transfer::{Direction, Proof};
use crate::model::trouble::{Kind, Trouble};
use crate::model::uri::S3Uri;

/// A transfer's row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RowId(pub i64);

/// From where to where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub direction: Direction,
    /// Of a copy, its source's address.
    pub local: PathBuf,
    pub remote: S3Uri,
}

impl Place {
    pub(super) fn what(&self) -> String {
        match self.direction {
            Direction::Up => format!("put {}", self.local.display()),
            Direction::Down => format!("get {}", self.remote),
            Direction::Across => format!("copy {}", self.local.display()),
        }
    }
}

/// How a row stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stand {
    /// Begun and not ended.
    Open,
    Paused,
    Done,
    Skipped,
    Failed,
    Cancelled,
}

impl Stand {
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Paused => "paused",
            Self::Done => "done",
            Self::Skipped => "skipped",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    fn parse(name: &str) -> Self {
        [Self::Open, Self::Paused, Self::Done, Self::Skipped, Self::Cancelled]
            .into_iter()
            .find(|stand| stand.name() == name)
            .unwrap_or(Self::Failed)
    }
}

/// What is written before something is begun.
#[derive(Debug, Clone)]
pub struct Begin {
    pub batch: BatchId,
    pub place: Place,
    /// An upload's source.
    pub print: Option<Fingerprint>,
    /// Bytes of the whole.
    pub size: u64,
    pub part_size: u64,
    /// A download's or a copy's source: the version of the object that is being fetched.
    pub etag: Option<String>,
    /// A download's temporary file.
    pub temp: Option<PathBuf>,
}

/// A part that arrived. A download's has neither ETag nor MD5.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartRow {
    pub number: u32,
    pub size: u64,
    pub etag: String,
    pub crc: u64,
    pub md5: Option<[u8; 16]>,
}

/// What an earlier try has left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    pub row: RowId,
    /// Milliseconds since the epoch.
    pub began: i64,
    pub print: Option<Fingerprint>,
    pub size: u64,
    pub part_size: u64,
    /// `None`: the process died between asking for an upload and hearing its id.
    pub upload_id: Option<String>,
    pub checksums: bool,
    pub etag: Option<String>,
    pub temp: Option<PathBuf>,
    /// The whole's checksum, where all parts had arrived.
    pub checksum: Option<String>,
    pub paused: bool,
    pub parts: Vec<PartRow>,
}

/// What the journal knows of a place before work on it begins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// To be gone on with.
    pub left: Option<Box<Left>>,
    /// The checksum of the file that went there last, and what the file was then.
    pub before: Option<(Fingerprint, String)>,
}

/// A transfer that ended, or was paused.
#[derive(Debug, Clone, PartialEq)]
pub struct Ending {
    pub batch: BatchId,
    pub place: Place,
    pub stand: Stand,
    pub print: Option<Fingerprint>,
    /// Bytes of the whole.
    pub size: u64,
    /// Bytes that went over the line.
    pub moved: u64,
    /// Parts that were there already.
    pub reused: u32,
    pub proof: Proof,
    pub checksum: Option<String>,
    pub sha256: Option<String>,
    pub etag: Option<String>,
    pub version_id: Option<String>,
    pub kms_key: Option<String>,
    /// What could not be proven of one that worked out.
    pub note: Option<String>,
    pub error: Option<String>,
    /// Milliseconds since the epoch.
    pub began: i64,
    pub ended: i64,
}

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
    size, modified, part_size, upload_id, checksums, etag, temp, checksum, transfer.state
    FROM transfer JOIN batch ON batch.id = transfer.batch
    WHERE bucket = ?1 AND key = ?2 AND transfer.lake = ?3 AND local = ?4 AND direction = ?5
      AND (ended IS NULL OR (transfer.state = 'failed' AND (upload_id IS NOT NULL OR temp IS NOT NULL)))
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
        paused: state == Stand::Paused,
        parts: Vec::new(),
    };
    Ok((left, state))
}

/// Four columns from `at`: device, inode, size, modified.
fn print(row: &Row<'_>, at: usize) -> Sql<Option<Fingerprint>> {
    let (device, inode): (Option<i64>, Option<i64>) = (row.get(at)?, row.get(at + 1)?);
    let (size, modified): (Option<i64>, Option<i64>) = (row.get(at + 2)?, row.get(at + 3)?);
    Ok(match (device, inode, size, modified) {
        (Some(device), Some(inode), Some(size), Some(modified)) => Some(Fingerprint {
            device: unsigned(device),
            inode: unsigned(inode),
            size: unsigned(size),
            modified: modified.into(),
        }),
        _ => None,
    })
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

/// The row goes with its upload: a new try has a row of its own.
pub(super) fn forget(db: &Connection, row: RowId) -> Sql<()> {
    db.prepare_cached("DELETE FROM transfer WHERE id = ?1")?.execute([row.0]).map(drop)
}

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
        db.prepare_cached("UPDATE transfer SET upload_id = NULL, temp = NULL WHERE id = ?1")?
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

pub(super) fn upload_ids(db: &Connection) -> Sql<Vec<String>> {
    db.prepare_cached("SELECT upload_id FROM transfer WHERE upload_id IS NOT NULL")?
        .query_map([], |row| row.get(0))?
        .collect()
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

fn direction_name(direction: Direction) -> &'static str {
    match direction {
        Direction::Up => "up",
        Direction::Down => "down",
        Direction::Across => "across",
    }
}

fn direction(name: &str) -> Direction {
    match name {
        "down" => Direction::Down,
        "across" => Direction::Across,
        _ => Direction::Up,
    }
}

fn modified(print: &Fingerprint) -> i64 {
    // Nanoseconds fit until the year 2262.
    i64::try_from(print.modified).unwrap_or(i64::MAX)
}

/// SQLite's integers are signed: the bits are kept.
fn signed(value: u64) -> i64 {
    value.cast_signed()
}

fn unsigned(value: i64) -> u64 {
    value.cast_unsigned()
}
