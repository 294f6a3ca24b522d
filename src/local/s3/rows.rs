//! Rows of `s3_objects`: what is remembered about a key's bytes.

use rusqlite::{Connection, Row as SqlRow, params};

use super::object::{Meta, ObjectInfo, PartInfo};
use super::tree::Fingerprint;

/// One remembered content of a key.
#[derive(Debug, Clone)]
pub struct Row {
    pub id: i64,
    /// Its file under `blobs/`, or the plain file if there is none.
    pub blob: Option<String>,
    pub fingerprint: Fingerprint,
    pub etag: String,
    pub version: Option<String>,
    pub meta: Meta,
}

/// What a finished write brings with it.
#[derive(Debug, Clone)]
pub struct Content {
    pub etag: String,
    pub version: Option<String>,
    pub meta: Meta,
    pub parts: Vec<PartInfo>,
}

impl Content {
    pub fn info(&self, key: &str, fingerprint: Fingerprint) -> ObjectInfo {
        ObjectInfo {
            key: key.to_owned(),
            size: fingerprint.size,
            etag: self.etag.clone(),
            modified: fingerprint.modified(),
            version: self.version.clone(),
            meta: self.meta.clone(),
        }
    }
}

impl Row {
    pub fn info(self, key: &str) -> ObjectInfo {
        ObjectInfo {
            key: key.to_owned(),
            size: self.fingerprint.size,
            etag: self.etag,
            modified: self.fingerprint.modified(),
            version: self.version,
            meta: self.meta,
        }
    }

    fn read(row: &SqlRow<'_>) -> rusqlite::Result<Self> {
        let meta: String = row.get(7)?;
        Ok(Self {
            id: row.get(0)?,
            blob: row.get(1)?,
            fingerprint: Fingerprint {
                size: row.get::<_, i64>(2)?.cast_unsigned(),
                mtime: row.get(3)?,
                inode: row.get::<_, i64>(4)?.cast_unsigned(),
            },
            etag: row.get(5)?,
            version: row.get(6)?,
            meta: from_json(&meta)?,
        })
    }
}

/// Every row of a key, newest first.
pub fn of_key(db: &Connection, bucket: &str, key: &str) -> rusqlite::Result<Vec<Row>> {
    let mut statement = db.prepare_cached(
        "SELECT id, blob, size, mtime, inode, etag, version, meta FROM s3_objects
         WHERE bucket = ?1 AND key = ?2 ORDER BY id DESC",
    )?;
    statement.query_map(params![bucket, key], Row::read)?.collect()
}

pub fn insert(
    db: &Connection,
    bucket: &str,
    key: &str,
    blob: Option<&str>,
    fingerprint: Fingerprint,
    content: &Content,
) -> rusqlite::Result<i64> {
    let parts = if content.parts.is_empty() { None } else { Some(to_json(&content.parts)?) };
    db.prepare_cached(
        "INSERT INTO s3_objects (bucket, key, blob, size, mtime, inode, etag, version, meta, parts)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?
    .execute(params![
        bucket,
        key,
        blob,
        fingerprint.size.cast_signed(),
        fingerprint.mtime,
        fingerprint.inode.cast_signed(),
        content.etag,
        content.version,
        to_json(&content.meta)?,
        parts,
    ])?;
    Ok(db.last_insert_rowid())
}

/// Forgets every row of a key but one.
pub fn delete_others(
    db: &Connection,
    bucket: &str,
    key: &str,
    keep: Option<i64>,
) -> rusqlite::Result<()> {
    db.prepare_cached("DELETE FROM s3_objects WHERE bucket = ?1 AND key = ?2 AND id IS NOT ?3")?
        .execute(params![bucket, key, keep])
        .map(drop)
}

pub fn delete(db: &Connection, id: i64) -> rusqlite::Result<()> {
    db.prepare_cached("DELETE FROM s3_objects WHERE id = ?1")?.execute([id]).map(drop)
}

pub fn set_meta(db: &Connection, id: i64, meta: &Meta) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE s3_objects SET meta = ?2 WHERE id = ?1")?
        .execute(params![id, to_json(meta)?])
        .map(drop)
}

/// The parts an object was uploaded in; empty for one PutObject.
pub fn parts(db: &Connection, id: i64) -> rusqlite::Result<Vec<PartInfo>> {
    let json: Option<String> = db
        .prepare_cached("SELECT parts FROM s3_objects WHERE id = ?1")?
        .query_row([id], |row| row.get(0))?;
    json.map_or(Ok(Vec::new()), |json| from_json(&json))
}

/// Keys under `blobs/`, from a lower bound on, in byte order.
pub fn blob_keys(
    db: &Connection,
    bucket: &str,
    from: &[u8],
    limit: usize,
) -> rusqlite::Result<Vec<String>> {
    let mut statement = db.prepare_cached(
        "SELECT DISTINCT key FROM s3_objects WHERE bucket = ?1 AND blob IS NOT NULL AND key >= ?2
         ORDER BY key LIMIT ?3",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    statement.query_map(params![bucket, Bytes(from), limit], |row| row.get(0))?.collect()
}

/// Compares as text although it may be no UTF-8: bounds end in a byte that no key has.
pub struct Bytes<'a>(pub &'a [u8]);

impl rusqlite::ToSql for Bytes<'_> {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        Ok(rusqlite::types::ToSqlOutput::Borrowed(rusqlite::types::ValueRef::Text(self.0)))
    }
}

pub fn to_json<T: serde::Serialize>(value: &T) -> rusqlite::Result<String> {
    serde_json::to_string(value)
        .map_err(|why| rusqlite::Error::ToSqlConversionFailure(Box::new(why)))
}

pub fn from_json<T: serde::de::DeserializeOwned>(json: &str) -> rusqlite::Result<T> {
    serde_json::from_str(json).map_err(|why| {
        rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(why))
    })
}
