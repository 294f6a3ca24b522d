//! Multipart uploads: begun, filled part by part in any order, completed or given up.
//!
//! An upload is a row and a folder of part files, so it survives a restart. A refused
//! Complete changes neither.

mod complete;
mod list;
mod part;
#[cfg(test)]
mod tests;

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};

pub use complete::{Completion, Finished};
pub use list::{UploadItem, UploadQuery};
pub use part::StoredPart;

use super::Store;
use super::bucket::{from_millis, millis};
use super::checksum::{Algorithm, Kind};
use super::error::StoreError;
use super::object::{Meta, PutOptions};
use super::rows::{from_json, to_json};
use crate::local::principal::Principal;

/// An upload in progress.
#[derive(Debug, Clone)]
pub struct Upload {
    pub id: String,
    pub bucket: String,
    pub key: String,
    pub initiated: std::time::SystemTime,
    /// ARN of who began it.
    pub owner: String,
    pub plan: Plan,
}

/// What was said when the upload was begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// What the object will be.
    pub meta: Meta,
    /// The encryption asked for explicitly: parts and Complete are judged by it.
    pub sse: Option<String>,
    pub kms_key: Option<String>,
    /// The checksum asked for; without one S3 keeps a CRC64NVME of its own.
    pub algorithm: Option<Algorithm>,
    pub kind: Kind,
}

impl Plan {
    /// The checksum that the object will keep.
    pub fn stored(&self) -> Algorithm {
        self.algorithm.unwrap_or(Algorithm::Crc64Nvme)
    }

    /// The write as a policy sees it.
    fn options(&self) -> PutOptions {
        PutOptions {
            sse: self.sse.clone(),
            kms_key: self.kms_key.clone(),
            storage_class: self.meta.storage_class.clone(),
            ..PutOptions::default()
        }
    }
}

impl Upload {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let plan: String = row.get(5)?;
        Ok(Self {
            id: row.get(0)?,
            bucket: row.get(1)?,
            key: row.get(2)?,
            initiated: from_millis(row.get(3)?),
            owner: row.get(4)?,
            plan: from_json(&plan)?,
        })
    }
}

const COLUMNS: &str = "id, bucket, key, initiated, owner, options";

impl Store {
    /// Begins an upload. `kind` is what the client asked for, if it did.
    ///
    /// # Errors
    /// `AccessDenied` by the policy, `InvalidRequest` for an algorithm and a kind that
    /// do not go together.
    pub fn create_upload(
        &self,
        who: &Principal,
        bucket: &str,
        key: &str,
        options: &PutOptions,
        kind: Option<Kind>,
    ) -> Result<Upload, StoreError> {
        self.may_write(who, bucket, key, options)?;
        let now = std::time::SystemTime::now();
        let upload = Upload {
            // Ids sort by the time they were begun, which is the order S3 lists them in.
            id: format!("{:012x}{}", millis(now), uuid::Uuid::new_v4().simple()),
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            initiated: now,
            owner: who.arn(),
            plan: Plan {
                meta: self.meta(bucket, options)?,
                sse: options.sse.clone(),
                kms_key: options.kms_key.clone(),
                algorithm: options.checksum,
                kind: checksum_kind(options.checksum, kind)?,
            },
        };
        crate::local::private::create_dir(self.layout.uploads.join(&upload.id))?;
        super::commit::sync_folder(&self.layout.uploads)?;
        self.state.with(|db| {
            let sql = format!("INSERT INTO s3_uploads ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
            db.execute(
                &sql,
                params![upload.id, bucket, key, millis(now), upload.owner, to_json(&upload.plan)?],
            )
        })?;
        Ok(upload)
    }

    /// # Errors
    /// `NoSuchUpload` where there is none of that id for that key.
    pub fn upload(&self, bucket: &str, key: &str, id: &str) -> Result<Upload, StoreError> {
        self.root(bucket)?;
        let upload = self.state.with(|db| find(db, id))?;
        upload
            .filter(|upload| upload.bucket == bucket && upload.key == key)
            .ok_or_else(|| no_such_upload(id))
    }

    /// Gives an upload up; its parts are gone.
    ///
    /// # Errors
    /// `NoSuchUpload`, `AccessDenied`.
    pub fn abort_upload(
        &self,
        who: &Principal,
        bucket: &str,
        key: &str,
        id: &str,
    ) -> Result<(), StoreError> {
        self.root(bucket)?;
        self.allowed(who, "s3:AbortMultipartUpload", bucket, key, None)?;
        let _held = self.locks.upload(id)?;
        self.upload(bucket, key, id)?;
        self.forget_upload(id)
    }

    pub(super) fn upload_ids(&self, bucket: &str) -> Result<Vec<String>, StoreError> {
        Ok(self.state.with(|db| {
            let mut statement =
                db.prepare_cached("SELECT id FROM s3_uploads WHERE bucket = ?1 ORDER BY id")?;
            statement.query_map([bucket], |row| row.get(0))?.collect()
        })?)
    }

    /// Forgets an upload, then removes its parts: killed in between, a folder nobody
    /// knows remains, and opening the lake removes it.
    pub(super) fn forget_upload(&self, id: &str) -> Result<(), StoreError> {
        self.state.with(|db| db.execute("DELETE FROM s3_uploads WHERE id = ?1", [id]))?;
        match std::fs::remove_dir_all(self.layout.uploads.join(id)) {
            Err(why) if why.kind() != std::io::ErrorKind::NotFound => Err(why.into()),
            _ => Ok(()),
        }
    }
}

fn find(db: &Connection, id: &str) -> rusqlite::Result<Option<Upload>> {
    let sql = format!("SELECT {COLUMNS} FROM s3_uploads WHERE id = ?1");
    db.prepare_cached(&sql)?.query_row([id], Upload::read).optional()
}

fn checksum_kind(algorithm: Option<Algorithm>, kind: Option<Kind>) -> Result<Kind, StoreError> {
    let Some(algorithm) = algorithm else {
        return match kind {
            None | Some(Kind::FullObject) => Ok(Kind::FullObject),
            Some(Kind::Composite) => Err(StoreError::new(
                "InvalidRequest",
                "A checksum type needs a checksum algorithm.",
            )),
        };
    };
    let kind = kind.unwrap_or(algorithm.default_kind());
    if algorithm.allows(kind) {
        return Ok(kind);
    }
    Err(StoreError::new(
        "InvalidRequest",
        format!(
            "The {} checksum type cannot be used with the {} checksum algorithm.",
            kind.name(),
            algorithm.name()
        ),
    ))
}

fn no_such_upload(id: &str) -> StoreError {
    StoreError::new(
        "NoSuchUpload",
        format!(
            "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed: {id}"
        ),
    )
}
