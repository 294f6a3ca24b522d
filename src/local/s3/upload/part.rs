//! The parts of an upload.

use std::io::Read;
use std::path::PathBuf;

use rusqlite::{OptionalExtension, Row, params};

use super::{Upload, no_such_upload};
use crate::local::principal::Principal;
use crate::local::s3::Store;
use crate::local::s3::bucket::{from_millis, millis};
use crate::local::s3::checksum::{Algorithm, Expected};
use crate::local::s3::commit::{new_version, remove, sync_folder};
use crate::local::s3::error::StoreError;
use crate::local::s3::incoming::Incoming;
use crate::local::s3::rows::{from_json, to_json};

/// S3 numbers parts from 1 to this.
const LAST_PART: u32 = 10_000;

/// A part that lies on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPart {
    pub number: u32,
    /// Its name in the upload's folder.
    pub file: String,
    /// Bytes.
    pub size: u64,
    pub etag: String,
    /// Every checksum that was computed of it, base64.
    pub sums: Vec<(Algorithm, String)>,
    pub modified: std::time::SystemTime,
}

impl StoredPart {
    pub fn sum(&self, algorithm: Algorithm) -> Option<&str> {
        self.sums.iter().find(|(a, _)| *a == algorithm).map(|(_, value)| value.as_str())
    }

    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let sums: Option<String> = row.get(4)?;
        Ok(Self {
            number: row.get(0)?,
            file: row.get(1)?,
            size: row.get::<_, i64>(2)?.cast_unsigned(),
            etag: row.get(3)?,
            sums: sums.as_deref().map_or(Ok(Vec::new()), from_json)?,
            modified: from_millis(row.get(5)?),
        })
    }
}

#[derive(Debug, Clone)]
pub struct PartPage {
    pub upload: Upload,
    pub parts: Vec<StoredPart>,
    pub truncated: bool,
}

impl Store {
    /// Writes a part, in place of an earlier one of the same number. `sent` is the
    /// algorithm the client computes, if any.
    ///
    /// # Errors
    /// `NoSuchUpload`, `InvalidArgument` for the number, `InvalidRequest` for another
    /// checksum than the upload was begun with, `BadDigest`.
    #[allow(clippy::too_many_arguments, reason = "each is one field of the request")]
    pub fn put_part(
        &self,
        who: &Principal,
        upload: &Upload,
        number: u32,
        body: impl Read,
        sent: Option<Algorithm>,
        expected: &Expected,
        trailer: impl FnOnce() -> Result<Expected, StoreError>,
    ) -> Result<StoredPart, StoreError> {
        if !(1..=LAST_PART).contains(&number) {
            return Err(StoreError::new(
                "InvalidArgument",
                format!("Part number must be an integer between 1 and {LAST_PART}, inclusive"),
            ));
        }
        self.allowed(
            who,
            "s3:PutObject",
            &upload.bucket,
            &upload.key,
            Some(&upload.plan.options()),
        )?;
        let mut algorithms: Vec<_> =
            expected.sums.iter().map(|(algorithm, _)| *algorithm).collect();
        algorithms.extend(sent);
        for algorithm in &algorithms {
            fits(upload, *algorithm)?;
        }
        algorithms.push(upload.plan.stored());
        let mut incoming = Incoming::create(&self.layout.tmp)?;
        let digests = incoming.receive(body, &algorithms)?;
        digests.check(expected)?;
        digests.check(&trailer()?)?;
        incoming.seal()?;
        let part = StoredPart {
            number,
            file: new_version(),
            size: digests.size,
            etag: digests.etag(),
            sums: digests.sums.iter().filter_map(|(a, _)| Some((*a, digests.sum(*a)?))).collect(),
            modified: std::time::SystemTime::now(),
        };
        self.settle_part(upload, &part, incoming)?;
        Ok(part)
    }

    /// Under the upload's lock, so that a Complete under way sees one set of parts.
    fn settle_part(
        &self,
        upload: &Upload,
        part: &StoredPart,
        incoming: Incoming,
    ) -> Result<(), StoreError> {
        let _held = self.locks.upload(&upload.id)?;
        let path = self.part_path(&upload.id, &part.file);
        match std::fs::rename(incoming.path(), &path) {
            Err(why) if why.kind() == std::io::ErrorKind::NotFound => {
                return Err(no_such_upload(&upload.id));
            }
            other => other?,
        }
        incoming.moved();
        sync_folder(&self.layout.uploads.join(&upload.id))?;
        let replaced = self.state.with(|db| {
            let tx = db.transaction()?;
            let alive = tx.query_row("SELECT 1 FROM s3_uploads WHERE id = ?1", [&upload.id], |_| Ok(())).optional()?;
            if alive.is_none() {
                return Ok(Err(no_such_upload(&upload.id)));
            }
            let old: Option<String> = tx
                .query_row(
                    "SELECT file FROM s3_parts WHERE upload = ?1 AND number = ?2",
                    params![upload.id, part.number],
                    |row| row.get(0),
                )
                .optional()?;
            tx.execute(
                "INSERT OR REPLACE INTO s3_parts (upload, number, file, size, etag, checksum, modified)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![
                    upload.id,
                    part.number,
                    part.file,
                    part.size.cast_signed(),
                    part.etag,
                    to_json(&part.sums)?,
                    millis(part.modified)
                ],
            )?;
            tx.commit()?;
            Ok(Ok(old))
        });
        match replaced {
            Ok(Ok(Some(old))) => Ok(remove(&self.part_path(&upload.id, &old))?),
            Ok(Ok(None)) => Ok(()),
            Ok(Err(gone)) => {
                remove(&path)?;
                Err(gone)
            }
            Err(why) => {
                remove(&path)?;
                Err(why.into())
            }
        }
    }

    /// Parts with a greater number than `after`, at most `limit`.
    ///
    /// # Errors
    /// `NoSuchUpload`.
    pub fn parts(
        &self,
        bucket: &str,
        key: &str,
        id: &str,
        after: u32,
        limit: usize,
    ) -> Result<PartPage, StoreError> {
        let upload = self.upload(bucket, key, id)?;
        let mut parts = self.stored_parts(id, after, limit.saturating_add(1))?;
        let truncated = parts.len() > limit;
        parts.truncate(limit);
        Ok(PartPage { upload, parts, truncated })
    }

    pub(super) fn stored_parts(
        &self,
        id: &str,
        after: u32,
        limit: usize,
    ) -> Result<Vec<StoredPart>, StoreError> {
        Ok(self.state.with(|db| {
            let mut statement = db.prepare_cached(
                "SELECT number, file, size, etag, checksum, modified FROM s3_parts
                 WHERE upload = ?1 AND number > ?2 ORDER BY number LIMIT ?3",
            )?;
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            statement.query_map(params![id, after, limit], StoredPart::read)?.collect()
        })?)
    }

    pub(super) fn part_path(&self, upload: &str, file: &str) -> PathBuf {
        self.layout.uploads.join(upload).join(file)
    }
}

fn fits(upload: &Upload, sent: Algorithm) -> Result<(), StoreError> {
    match upload.plan.algorithm {
        Some(wanted) if wanted != sent => Err(StoreError::new(
            "InvalidRequest",
            format!(
                "Checksum Type mismatch occurred, expected checksum Type: {}, actual checksum Type: {}",
                wanted.name().to_lowercase(),
                sent.name().to_lowercase()
            ),
        )),
        _ => Ok(()),
    }
}
