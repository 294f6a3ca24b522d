//! How a finished file becomes the object of a key, all at once.
//!
//! Under the key's lock: check the condition, keep the old version if the bucket
//! wants that, commit the new row (named by the new file's fingerprint), rename the
//! file over the old one, forget the old rows. Killed before the rename, the old file
//! still matches its own row; killed after it, the new one does.

use std::path::Path;

use rustix::fs::{CWD, FileType};
use rustix::io::Errno;

use super::Store;
use super::error::StoreError;
use super::find::Found;
use super::incoming::Incoming;
use super::layout::plain;
use super::object::{ObjectInfo, Versioning};
use super::rows::{self, Content};
use super::tree::{self, Fingerprint, Spot};

/// What must hold about the object that is there now.
#[derive(Debug, Clone, Default)]
pub struct Condition {
    /// `If-None-Match: *`
    pub absent: bool,
    /// `If-Match`, without quotes.
    pub etag: Option<String>,
}

impl Store {
    pub(super) fn commit(
        &self,
        bucket: &str,
        key: &str,
        incoming: Incoming,
        mut content: Content,
        condition: &Condition,
    ) -> Result<ObjectInfo, StoreError> {
        let fingerprint = incoming.seal()?;
        let _held = self.locks.object(bucket, key)?;
        let current = self.find(bucket, key)?;
        self.hold_to(condition, bucket, key, current.as_ref())?;
        let versioning = self.versioning(bucket)?;
        content.version = (versioning == Versioning::Enabled).then(new_version);
        self.make_way(versioning, bucket, key, current.as_ref())?;
        self.settle(bucket, key, incoming.path(), fingerprint, &content)?;
        incoming.moved();
        Ok(content.info(key, fingerprint))
    }

    /// Makes the finished file `from` the object of a key. The key's lock is held.
    pub(super) fn settle(
        &self,
        bucket: &str,
        key: &str,
        from: &Path,
        fingerprint: Fingerprint,
        content: &Content,
    ) -> Result<(), StoreError> {
        let old = self.state.with(|db| rows::of_key(db, bucket, key))?;
        match self.settle_plain(bucket, key, from, fingerprint, content)? {
            Some(id) if !old.is_empty() => {
                self.state.with(|db| rows::delete_others(db, bucket, key, Some(id)))?
            }
            Some(_) => {}
            None => self.settle_blob(bucket, key, from, fingerprint, content)?,
        }
        for blob in old.iter().filter_map(|row| row.blob.as_deref()) {
            remove(&self.layout.blob(blob))?;
        }
        Ok(())
    }

    /// Checked again under the lock, so that of two writers only one finds the key free.
    pub(super) fn hold_to(
        &self,
        condition: &Condition,
        bucket: &str,
        key: &str,
        current: Option<&Found>,
    ) -> Result<(), StoreError> {
        if condition.absent && current.is_some() {
            return Err(StoreError::precondition("If-None-Match"));
        }
        let Some(wanted) = &condition.etag else { return Ok(()) };
        let Some(current) = current else { return Err(StoreError::no_such_key(key)) };
        let etag = self.describe(bucket, key, current)?.etag;
        if wanted == "*" || *wanted == etag {
            Ok(())
        } else {
            Err(StoreError::precondition("If-Match"))
        }
    }

    /// Moves the file to its plain path; `None` where the key cannot lie there.
    fn settle_plain(
        &self,
        bucket: &str,
        key: &str,
        from: &Path,
        fingerprint: Fingerprint,
        content: &Content,
    ) -> Result<Option<i64>, StoreError> {
        let Some((folders, name)) = plain(key) else { return Ok(None) };
        let mut row = None;
        // Each turn lost means that a delete pruned the folder just made.
        for _ in 0..64 {
            let parent = match tree::descend(self.root(bucket)?, &folders, true)? {
                Spot::Folder(parent) => parent,
                Spot::Absent => continue,
                Spot::Blocked => break,
            };
            let there = match tree::look(&parent, name) {
                Err(Errno::NAMETOOLONG | Errno::INVAL | Errno::ILSEQ) => break,
                other => other?,
            };
            if there.is_some_and(|(kind, _)| kind != FileType::RegularFile) {
                break;
            }
            let id = match row {
                Some(id) => id,
                None => self
                    .state
                    .with(|db| rows::insert(db, bucket, key, None, fingerprint, content))?,
            };
            row = Some(id);
            match rustix::fs::renameat(CWD, from, &parent, name) {
                Ok(()) => {
                    rustix::fs::fsync(&parent)?;
                    return Ok(Some(id));
                }
                Err(Errno::NOENT) => {}
                Err(
                    Errno::ISDIR
                    | Errno::NOTDIR
                    | Errno::NOTEMPTY
                    | Errno::EXIST
                    | Errno::NAMETOOLONG
                    | Errno::INVAL
                    | Errno::ILSEQ,
                ) => break,
                Err(why) => {
                    self.state.with(|db| rows::delete(db, id))?;
                    return Err(why.into());
                }
            }
        }
        if let Some(id) = row {
            self.state.with(|db| rows::delete(db, id))?;
        }
        tree::prune(&self.root(bucket)?, &folders)?;
        Ok(None)
    }

    /// Moves the file under `blobs/`; there the row alone says which one is the object.
    fn settle_blob(
        &self,
        bucket: &str,
        key: &str,
        from: &Path,
        fingerprint: Fingerprint,
        content: &Content,
    ) -> Result<(), StoreError> {
        let blob = new_version();
        std::fs::rename(from, self.layout.blob(&blob))?;
        sync_folder(&self.layout.blobs)?;
        let committed = self.state.with(|db| {
            let tx = db.transaction()?;
            rows::delete_others(&tx, bucket, key, None)?;
            rows::insert(&tx, bucket, key, Some(&blob), fingerprint, content)?;
            tx.commit()
        });
        if committed.is_err() {
            remove(&self.layout.blob(&blob))?;
        }
        Ok(committed?)
    }
}

/// 32 hexadecimal digits nobody else has.
pub fn new_version() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

/// Removes a file that may be gone already.
pub fn remove(path: &std::path::Path) -> std::io::Result<()> {
    match std::fs::remove_file(path) {
        Err(why) if why.kind() != std::io::ErrorKind::NotFound => Err(why),
        _ => Ok(()),
    }
}

/// Makes a rename in this folder durable.
pub fn sync_folder(path: &std::path::Path) -> std::io::Result<()> {
    std::fs::File::open(path)?.sync_all()
}
