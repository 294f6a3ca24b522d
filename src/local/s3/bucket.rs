//! Buckets: folders, with a row for what a folder cannot hold.

use std::os::fd::OwnedFd;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rusqlite::{OptionalExtension, params};
use rustix::fs::{AtFlags, FileType};
use rustix::io::Errno;

use super::error::StoreError;
use super::layout::is_bucket_name;
use super::object::{BucketInfo, LogTarget, PublicBlock, SseRule, Versioning};
use super::policy::Policy;
use super::rows::{from_json, to_json};
use super::walk::{Kind, Walk};
use super::{Store, tree};

impl Store {
    /// Buckets by name: every folder under `buckets/` whose name S3 would take.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn buckets(&self) -> Result<Vec<BucketInfo>, StoreError> {
        let mut all = Vec::new();
        for entry in std::fs::read_dir(&self.layout.buckets)? {
            let name = entry?.file_name();
            let Some(name) = name.to_str().filter(|name| is_bucket_name(name)) else { continue };
            if let Some(info) = self.bucket_info(name)? {
                all.push(info);
            }
        }
        all.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Ok(all)
    }

    fn bucket_info(&self, name: &str) -> Result<Option<BucketInfo>, StoreError> {
        let Some(folder) = tree::bucket(&self.layout.buckets, name)? else { return Ok(None) };
        let created: Option<i64> = self.state.with(|db| {
            db.query_row("SELECT created FROM s3_buckets WHERE name = ?1", [name], |row| row.get(0))
                .optional()
        })?;
        let created = match created {
            Some(millis) => UNIX_EPOCH + Duration::from_millis(millis.unsigned_abs()),
            None => tree::Fingerprint::of(&folder)?.modified(),
        };
        Ok(Some(BucketInfo { name: name.to_owned(), created }))
    }

    /// # Errors
    /// `NoSuchBucket`.
    pub fn bucket(&self, name: &str) -> Result<BucketInfo, StoreError> {
        let info = if is_bucket_name(name) { self.bucket_info(name)? } else { None };
        info.ok_or_else(|| StoreError::no_such_bucket(name))
    }

    /// The bucket's folder.
    pub(super) fn root(&self, name: &str) -> Result<OwnedFd, StoreError> {
        if !is_bucket_name(name) {
            return Err(StoreError::no_such_bucket(name));
        }
        tree::bucket(&self.layout.buckets, name)?.ok_or_else(|| StoreError::no_such_bucket(name))
    }

    /// # Errors
    /// `InvalidBucketName`, `BucketAlreadyOwnedByYou`.
    pub fn create_bucket(&self, name: &str) -> Result<(), StoreError> {
        if !is_bucket_name(name) {
            return Err(StoreError::new(
                "InvalidBucketName",
                format!("The specified bucket is not valid: {name}"),
            ));
        }
        match crate::local::private::create_dir(self.layout.buckets.join(name)) {
            Err(why) if why.kind() == std::io::ErrorKind::AlreadyExists => {
                return Err(StoreError::new(
                    "BucketAlreadyOwnedByYou",
                    format!(
                        "Your previous request to create the bucket {name} succeeded and you already own it."
                    ),
                ));
            }
            other => other?,
        }
        super::commit::sync_folder(&self.layout.buckets)?;
        let now = millis(SystemTime::now());
        self.state.with(|db| {
            let tx = db.transaction()?;
            forget(&tx, name)?;
            tx.execute(
                "INSERT INTO s3_buckets (name, created) VALUES (?1, ?2)",
                params![name, now],
            )?;
            tx.commit()
        })?;
        Ok(())
    }

    /// # Errors
    /// `NoSuchBucket`; `BucketNotEmpty` while it holds an object or a version.
    pub fn delete_bucket(&self, name: &str) -> Result<(), StoreError> {
        let root = self.root(name)?;
        if Walk::new(self, name, &[], Kind::Versions)?.peek().is_some() {
            return Err(StoreError::new(
                "BucketNotEmpty",
                format!("The bucket you tried to delete is not empty: {name}"),
            ));
        }
        // Unfinished uploads do not keep a bucket; they end with it.
        for id in self.upload_ids(name)? {
            self.forget_upload(&id)?;
        }
        remove_empty(&root)?;
        match std::fs::remove_dir(self.layout.buckets.join(name)) {
            Err(why) if why.kind() == std::io::ErrorKind::DirectoryNotEmpty => {
                return Err(StoreError::new(
                    "BucketNotEmpty",
                    format!(
                        "The folder of bucket {name} holds something that is no object (a link or a name that is no UTF-8)"
                    ),
                ));
            }
            other => other?,
        }
        self.state.with(|db| {
            let tx = db.transaction()?;
            forget(&tx, name)?;
            tx.commit()
        })?;
        Ok(())
    }

    pub(super) fn versioning(&self, bucket: &str) -> Result<Versioning, StoreError> {
        let text: Option<String> = self.field(bucket, "versioning")?;
        Ok(match text.as_deref() {
            Some("Enabled") => Versioning::Enabled,
            Some("Suspended") => Versioning::Suspended,
            _ => Versioning::Off,
        })
    }

    /// Switches versions on, or suspends them: they cannot be switched off again.
    ///
    /// # Errors
    /// `NoSuchBucket`.
    pub fn set_versioning(&self, bucket: &str, on: bool) -> Result<(), StoreError> {
        self.set_field(bucket, "versioning", Some(if on { "Enabled" } else { "Suspended" }))
    }

    /// # Errors
    /// `NoSuchBucket`.
    pub fn default_encryption(&self, bucket: &str) -> Result<Option<SseRule>, StoreError> {
        let json: Option<String> = self.field(bucket, "encryption")?;
        Ok(json.as_deref().map(from_json).transpose()?)
    }

    /// # Errors
    /// `NoSuchBucket`; `InvalidArgument` for an algorithm that S3 does not have.
    pub fn set_default_encryption(
        &self,
        bucket: &str,
        rule: Option<SseRule>,
    ) -> Result<(), StoreError> {
        if let Some(rule) = &rule {
            known_encryption(&rule.algorithm)?;
        }
        let json = rule.as_ref().map(to_json).transpose()?;
        self.set_field(bucket, "encryption", json.as_deref())
    }

    /// The policy as it was put.
    ///
    /// # Errors
    /// `NoSuchBucket`.
    pub fn policy(&self, bucket: &str) -> Result<Option<String>, StoreError> {
        self.field(bucket, "policy")
    }

    /// # Errors
    /// `NoSuchBucket`; `MalformedPolicy` for what this lake could not enforce.
    pub fn set_policy(&self, bucket: &str, json: Option<&str>) -> Result<(), StoreError> {
        if let Some(json) = json {
            Policy::parse(json, bucket)?;
        }
        self.set_field(bucket, "policy", json)
    }

    /// `None` where the configuration was taken away.
    ///
    /// # Errors
    /// `NoSuchBucket`.
    pub fn public_block(&self, bucket: &str) -> Result<Option<PublicBlock>, StoreError> {
        let json = self.field(bucket, "public_block")?;
        Ok(json.as_deref().map_or(Ok(Some(PublicBlock::ALL)), from_json)?)
    }

    /// # Errors
    /// `NoSuchBucket`.
    pub fn set_public_block(
        &self,
        bucket: &str,
        block: Option<PublicBlock>,
    ) -> Result<(), StoreError> {
        self.set_field(bucket, "public_block", Some(&to_json(&block)?))
    }

    /// # Errors
    /// `NoSuchBucket`.
    pub fn logging(&self, bucket: &str) -> Result<Option<LogTarget>, StoreError> {
        Ok(self.field(bucket, "logging")?.as_deref().map(from_json).transpose()?)
    }

    /// # Errors
    /// `NoSuchBucket`; `InvalidTargetBucketForLogging` where there is no bucket to log to.
    pub fn set_logging(&self, bucket: &str, to: Option<&LogTarget>) -> Result<(), StoreError> {
        if let Some(to) = to
            && self.bucket(&to.bucket).is_err()
        {
            return Err(StoreError::new(
                "InvalidTargetBucketForLogging",
                format!("The target bucket for logging does not exist: {}", to.bucket),
            ));
        }
        let json = to.map(to_json).transpose()?;
        self.set_field(bucket, "logging", json.as_deref())
    }

    pub(super) fn field(
        &self,
        bucket: &str,
        column: &'static str,
    ) -> Result<Option<String>, StoreError> {
        self.root(bucket)?;
        let sql = format!("SELECT {column} FROM s3_buckets WHERE name = ?1");
        let value = self.state.with(|db| {
            db.prepare_cached(&sql)?
                .query_row([bucket], |row| row.get::<_, Option<String>>(0))
                .optional()
        })?;
        Ok(value.flatten())
    }

    pub(super) fn set_field(
        &self,
        bucket: &str,
        column: &'static str,
        value: Option<&str>,
    ) -> Result<(), StoreError> {
        let created = millis(self.bucket(bucket)?.created);
        let sql = format!(
            "INSERT INTO s3_buckets (name, created, {column}) VALUES (?1, ?2, ?3)
             ON CONFLICT (name) DO UPDATE SET {column} = excluded.{column}"
        );
        self.state.with(|db| db.execute(&sql, params![bucket, created, value]))?;
        Ok(())
    }
}

/// # Errors
/// `InvalidArgument` for what is no server-side encryption of S3.
pub fn known_encryption(algorithm: &str) -> Result<(), StoreError> {
    if matches!(algorithm, "AES256" | "aws:kms" | "aws:kms:dsse") {
        return Ok(());
    }
    Err(StoreError::new(
        "InvalidArgument",
        format!("The encryption method specified is not supported: {algorithm}"),
    ))
}

fn forget(db: &rusqlite::Connection, bucket: &str) -> rusqlite::Result<()> {
    db.execute("DELETE FROM s3_buckets WHERE name = ?1", [bucket])?;
    db.execute("DELETE FROM s3_objects WHERE bucket = ?1", [bucket])?;
    db.execute("DELETE FROM s3_versions WHERE bucket = ?1", [bucket]).map(drop)
}

/// Removes the bare folders that a hand may have left in an empty bucket.
fn remove_empty(folder: &OwnedFd) -> Result<(), StoreError> {
    for entry in rustix::fs::Dir::read_from(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if name == c"." || name == c".." {
            continue;
        }
        let stat = rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW)?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::Directory {
            continue;
        }
        let flags = rustix::fs::OFlags::DIRECTORY
            | rustix::fs::OFlags::NOFOLLOW
            | rustix::fs::OFlags::CLOEXEC;
        remove_empty(&rustix::fs::openat(folder, name, flags, rustix::fs::Mode::empty())?)?;
        match rustix::fs::unlinkat(folder, name, AtFlags::REMOVEDIR) {
            Ok(()) | Err(Errno::NOTEMPTY | Errno::EXIST) => {}
            Err(why) => return Err(why.into()),
        }
    }
    Ok(())
}

pub fn millis(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

pub fn from_millis(millis: i64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(millis.unsigned_abs())
}
