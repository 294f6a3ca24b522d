//! The table of past versions and delete markers.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::object::{Meta, ObjectInfo};
use super::rows::{self, from_json, to_json};
use super::tree::Fingerprint;

/// One version that is not the object itself.
#[derive(Debug, Clone)]
pub struct Past {
    pub id: i64,
    /// Its file under `versions/`; `None`: a delete marker.
    pub file: Option<String>,
    pub info: ObjectInfo,
    /// Its parts, as JSON.
    pub parts: Option<String>,
}

impl Past {
    pub fn is_marker(&self) -> bool {
        self.file.is_none()
    }

    /// What it is as an object again.
    pub fn content(&self) -> rusqlite::Result<rows::Content> {
        Ok(rows::Content {
            etag: self.info.etag.clone(),
            version: self.info.version.clone(),
            meta: self.info.meta.clone(),
            parts: self.parts.as_deref().map_or(Ok(Vec::new()), from_json)?,
        })
    }

    fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        let meta: String = row.get(7)?;
        let fingerprint = Fingerprint {
            size: row.get::<_, i64>(3)?.cast_unsigned(),
            mtime: row.get(4)?,
            inode: 0,
        };
        Ok(Self {
            id: row.get(0)?,
            file: row.get(2)?,
            parts: row.get(8)?,
            info: ObjectInfo {
                key: row.get(1)?,
                size: fingerprint.size,
                etag: row.get(5)?,
                modified: fingerprint.modified(),
                version: row.get(6)?,
                meta: from_json::<Meta>(&meta)?,
            },
        })
    }
}

const COLUMNS: &str = "id, key, file, size, mtime, etag, version, meta, parts";

/// The past of one key, newest first.
pub fn of_key(db: &Connection, bucket: &str, key: &str) -> rusqlite::Result<Vec<Past>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM s3_versions WHERE bucket = ?1 AND key = ?2 ORDER BY id DESC"
    );
    let mut statement = db.prepare_cached(&sql)?;
    statement.query_map(params![bucket, key], Past::read)?.collect()
}

/// Keys that have a past, from a lower bound on, in byte order.
pub fn keys(
    db: &Connection,
    bucket: &str,
    from: &[u8],
    limit: usize,
) -> rusqlite::Result<Vec<String>> {
    let mut statement =
        db.prepare_cached("SELECT DISTINCT key FROM s3_versions WHERE bucket = ?1 AND key >= ?2 ORDER BY key LIMIT ?3")?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    statement.query_map(params![bucket, rows::Bytes(from), limit], |row| row.get(0))?.collect()
}

/// An object whose file has its name among the versions already.
pub struct Kept {
    pub info: ObjectInfo,
    /// Its file under `versions/`.
    pub file: String,
    /// As the file system tells it, in nanoseconds since 1970.
    pub mtime: i64,
    /// Its parts, as JSON.
    pub parts: String,
}

impl Kept {
    pub fn insert(&self, db: &Connection, bucket: &str) -> rusqlite::Result<()> {
        insert(db, bucket, &self.info, Some(&self.file), self.mtime, Some(&self.parts))
    }
}

/// A delete marker made now.
pub fn marker(key: &str, version: Option<String>) -> ObjectInfo {
    ObjectInfo {
        key: key.to_owned(),
        size: 0,
        etag: String::new(),
        modified: std::time::SystemTime::now(),
        version,
        meta: Meta::default(),
    }
}

pub fn insert_marker(db: &Connection, bucket: &str, marker: &ObjectInfo) -> rusqlite::Result<()> {
    insert(db, bucket, marker, None, nanos(marker.modified), None)
}

/// Forgets one version.
pub fn forget(db: &Connection, id: i64) -> rusqlite::Result<()> {
    db.prepare_cached("DELETE FROM s3_versions WHERE id = ?1")?.execute([id]).map(drop)
}

/// Forgets one version of a key, if it is there; gives what it was.
pub fn take(
    db: &Connection,
    bucket: &str,
    key: &str,
    version: Option<&str>,
) -> rusqlite::Result<Option<Past>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM s3_versions WHERE bucket = ?1 AND key = ?2 AND version IS ?3"
    );
    let mut statement = db.prepare_cached(&sql)?;
    let past = statement.query_row(params![bucket, key, version], Past::read).optional()?;
    if let Some(past) = &past {
        forget(db, past.id)?;
    }
    Ok(past)
}

/// Replaces what is kept about one version.
pub fn set_meta(
    db: &Connection,
    bucket: &str,
    info: &ObjectInfo,
    meta: &Meta,
) -> rusqlite::Result<()> {
    db.execute(
        "UPDATE s3_versions SET meta = ?4 WHERE bucket = ?1 AND key = ?2 AND version IS ?3",
        params![bucket, info.key, info.version, to_json(meta)?],
    )
    .map(drop)
}

fn insert(
    db: &Connection,
    bucket: &str,
    info: &ObjectInfo,
    file: Option<&str>,
    mtime: i64,
    parts: Option<&str>,
) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO s3_versions (bucket, key, file, size, mtime, etag, version, meta, parts)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?
    .execute(params![
        bucket,
        info.key,
        file,
        info.size.cast_signed(),
        mtime,
        info.etag,
        info.version,
        to_json(&info.meta)?,
        parts
    ])
    .map(drop)
}

fn nanos(time: std::time::SystemTime) -> i64 {
    let since = time.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
}
