//! Versions that are no longer the newest, and delete markers.
//!
//! The newest version of a key is the object itself; the others lie in `versions/`.
//! A version is put there by a hard link before its successor takes its place, so a
//! kill in between leaves it in both: a row whose version is also the object's own is
//! such a remnant and does not count.

use std::fs::File;

use rustix::fs::{AtFlags, CWD};

use super::Store;
use super::commit::{Condition, new_version, remove};
use super::error::StoreError;
use super::find::Found;
use super::layout::plain;
use super::object::{Meta, ObjectInfo, Versioning};
use super::past::{self, Kept, Past};
use super::rows::{self, from_json, to_json};
use super::tree::{self, Fingerprint, Spot};

/// What a delete did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Deleted {
    /// A delete marker was made, or was what was deleted.
    pub marker: bool,
    /// The version deleted, or that of the marker; `Some("null")` is the null version.
    pub version: Option<String>,
}

impl Store {
    /// Keeps the object as a past version where the bucket's versioning wants that.
    pub(super) fn make_way(
        &self,
        versioning: Versioning,
        bucket: &str,
        key: &str,
        current: Option<&Found>,
    ) -> Result<(), StoreError> {
        let keep = match (versioning, current) {
            (Versioning::Off, _) => return Ok(()),
            (_, None) => None,
            (Versioning::Enabled, Some(found)) => Some(found),
            // A new null version replaces an old one, and only that.
            (Versioning::Suspended, Some(found)) => Some(found)
                .filter(|found| found.row.as_ref().is_some_and(|row| row.version.is_some())),
        };
        if versioning == Versioning::Suspended {
            self.drop_past(bucket, key, None)?;
        }
        if let Some(found) = keep {
            self.keep(bucket, key, found)?;
        }
        Ok(())
    }

    fn keep(&self, bucket: &str, key: &str, found: &Found) -> Result<(), StoreError> {
        let kept = self.set_aside(bucket, key, found)?;
        super::commit::sync_folder(&self.layout.versions)?;
        self.state.with(|db| kept.insert(db, bucket))?;
        Ok(())
    }

    /// Gives the object's file its name among the versions; neither that nor what it is of is
    /// on the disk for sure yet.
    pub(super) fn set_aside(
        &self,
        bucket: &str,
        key: &str,
        found: &Found,
    ) -> Result<Kept, StoreError> {
        let info = self.describe(bucket, key, found)?;
        // A remnant of a kill between the link and the rename.
        self.drop_past(bucket, key, info.version.as_deref())?;
        let file = new_version();
        let to = self.layout.version(&file);
        if !self.link(bucket, key, found, &to)? {
            let mut copy =
                crate::local::private::options().write(true).create_new(true).open(&to)?;
            std::io::copy(&mut super::find::Pread::new(&found.file, 0, u64::MAX), &mut copy)?;
            copy.set_modified(info.modified)?;
            copy.sync_all()?;
        }
        let parts = match &found.row {
            Some(row) => self.state.with(|db| rows::parts(db, row.id))?,
            None => Vec::new(),
        };
        Ok(Kept { info, file, mtime: found.fingerprint.mtime, parts: to_json(&parts)? })
    }

    /// Links the object's file to a second name; `false` where the disk cannot.
    fn link(
        &self,
        bucket: &str,
        key: &str,
        found: &Found,
        to: &std::path::Path,
    ) -> Result<bool, StoreError> {
        if let Some(blob) = found.row.as_ref().and_then(|row| row.blob.as_deref()) {
            return Ok(std::fs::hard_link(self.layout.blob(blob), to).is_ok());
        }
        let Some((folders, name)) = plain(key) else { return Ok(false) };
        let Spot::Folder(parent) = tree::descend(self.root(bucket)?, &folders, false)? else {
            return Ok(false);
        };
        Ok(rustix::fs::linkat(&parent, name, CWD, to, AtFlags::empty()).is_ok())
    }

    /// Removes one version from the past, if it is there; says what it was.
    pub(super) fn drop_past(
        &self,
        bucket: &str,
        key: &str,
        version: Option<&str>,
    ) -> Result<Option<Past>, StoreError> {
        let past = self.state.with(|db| past::take(db, bucket, key, version))?;
        if let Some(file) = past.as_ref().and_then(|past| past.file.as_deref()) {
            remove(&self.layout.version(file))?;
        }
        Ok(past)
    }

    /// The past of a key without the object's own version.
    pub(super) fn past(
        &self,
        bucket: &str,
        key: &str,
        own: Option<&ObjectInfo>,
    ) -> Result<Vec<Past>, StoreError> {
        let mut past = self.state.with(|db| past::of_key(db, bucket, key))?;
        if let Some(own) = own {
            past.retain(|past| past.info.version != own.version);
        }
        Ok(past)
    }

    /// A delete that names no version: takes the object away, behind a marker where
    /// the bucket has versions.
    ///
    /// `etag`, without its quotes: only the object that has it (`If-Match`).
    pub(super) fn delete_newest(
        &self,
        bucket: &str,
        key: &str,
        etag: Option<String>,
    ) -> Result<Deleted, StoreError> {
        let _held = self.locks.object(bucket, key)?;
        if etag.is_some() {
            let condition = Condition { absent: false, etag };
            self.hold_to(&condition, bucket, key, self.find(bucket, key)?.as_ref())?;
        }
        let versioning = self.versioning(bucket)?;
        if versioning == Versioning::Off {
            self.take_away(bucket, key)?;
            return Ok(Deleted::default());
        }
        let current = self.find(bucket, key)?;
        self.make_way(versioning, bucket, key, current.as_ref())?;
        let version = (versioning == Versioning::Enabled).then(new_version);
        let marker = past::marker(key, version.clone());
        self.state.with(|db| past::insert_marker(db, bucket, &marker))?;
        self.take_away(bucket, key)?;
        Ok(Deleted { marker: true, version: Some(version.unwrap_or_else(null)) })
    }

    /// A delete that names a version (`null` is one): that version is gone for good.
    pub(super) fn delete_version(
        &self,
        bucket: &str,
        key: &str,
        version: &str,
    ) -> Result<Deleted, StoreError> {
        let _held = self.locks.object(bucket, key)?;
        let wanted = Some(version).filter(|v| *v != "null");
        let deleted = |marker| Deleted { marker, version: Some(version.to_owned()) };
        let current = match self.find(bucket, key)? {
            Some(found) => Some(self.describe(bucket, key, &found)?),
            None => None,
        };
        if current.as_ref().is_some_and(|info| info.version.as_deref() == wanted) {
            self.drop_past(bucket, key, wanted)?;
            if !self.bring_back(bucket, key, None)? {
                self.take_away(bucket, key)?;
            }
            return Ok(deleted(false));
        }
        let past = self.state.with(|db| past::of_key(db, bucket, key))?;
        let gone = past.iter().find(|past| past.info.version.as_deref() == wanted);
        let marker = gone.filter(|past| past.is_marker());
        if let Some(marker) = marker.filter(|_| current.is_none()) {
            // First, so that a kill in between leaves no key with neither object nor marker.
            self.bring_back(bucket, key, Some(marker.id))?;
        }
        self.drop_past(bucket, key, wanted)?;
        Ok(deleted(marker.is_some()))
    }

    /// Makes the newest past version the object again, in the place of the one that is there;
    /// false where that is a marker, or nothing. `without` is a version that is about to go.
    fn bring_back(
        &self,
        bucket: &str,
        key: &str,
        without: Option<i64>,
    ) -> Result<bool, StoreError> {
        let past = self.state.with(|db| past::of_key(db, bucket, key))?;
        let newest = past.into_iter().find(|past| Some(past.id) != without);
        let Some((past, file)) = newest.and_then(|past| past.file.clone().map(|file| (past, file)))
        else {
            return Ok(false);
        };
        let content = past.content()?;
        let kept = self.layout.version(&file);
        // By a second name: killed before its row as an object is there, it is still a version.
        let second = self.layout.version(&new_version());
        let from = match std::fs::hard_link(&kept, &second) {
            Ok(()) => &second,
            Err(_) => &kept,
        };
        let fingerprint = Fingerprint::of(&File::open(from)?)?;
        self.settle(bucket, key, from, fingerprint, &content)?;
        self.state.with(|db| past::forget(db, past.id))?;
        remove(&kept)?;
        Ok(true)
    }

    /// Removes the object's file and rows, and folders left empty.
    fn take_away(&self, bucket: &str, key: &str) -> Result<(), StoreError> {
        let root = self.root(bucket)?;
        if let Some((folders, name)) = plain(key)
            && let Spot::Folder(parent) = tree::descend(self.root(bucket)?, &folders, false)?
            && tree::open_file(&parent, name)?.is_some()
        {
            rustix::fs::unlinkat(&parent, name, AtFlags::empty())?;
            tree::prune(&root, &folders)?;
        }
        let old = self.state.with(|db| rows::of_key(db, bucket, key))?;
        if old.is_empty() {
            return Ok(());
        }
        self.state.with(|db| rows::delete_others(db, bucket, key, None))?;
        for blob in old.iter().filter_map(|row| row.blob.as_deref()) {
            remove(&self.layout.blob(blob))?;
        }
        Ok(())
    }

    /// The parts of a past version.
    pub(super) fn parts_of_past(
        &self,
        bucket: &str,
        info: &ObjectInfo,
    ) -> Result<Vec<super::object::PartInfo>, StoreError> {
        let past = self.past(bucket, &info.key, None)?;
        let past = past.into_iter().find(|past| past.info.version == info.version);
        Ok(past.and_then(|past| past.parts).as_deref().map_or(Ok(Vec::new()), from_json)?)
    }

    /// Replaces what is kept about a version that is not the object itself.
    pub(super) fn set_past_meta(
        &self,
        bucket: &str,
        info: &ObjectInfo,
        meta: &Meta,
    ) -> Result<(), StoreError> {
        self.state.with(|db| past::set_meta(db, bucket, info, meta))?;
        Ok(())
    }

    /// A past version's open file.
    pub(super) fn find_version(
        &self,
        bucket: &str,
        key: &str,
        version: &str,
    ) -> Result<VersionFound, StoreError> {
        let wanted = Some(version).filter(|v| *v != "null");
        for _ in 0..8 {
            if let Some(found) = self.find(bucket, key)? {
                let info = self.describe(bucket, key, &found)?;
                if info.version.as_deref() == wanted {
                    return Ok(VersionFound::Object(found, info));
                }
            }
            let past = self.state.with(|db| past::of_key(db, bucket, key))?;
            let Some(past) = past.into_iter().find(|past| past.info.version.as_deref() == wanted)
            else {
                return Ok(VersionFound::Missing);
            };
            let Some(name) = &past.file else { return Ok(VersionFound::Marker(past.info)) };
            match File::open(self.layout.version(name)) {
                Ok(file) => {
                    let fingerprint = Fingerprint::of(&file)?;
                    let info = past.info;
                    return Ok(VersionFound::Object(Found { file, fingerprint, row: None }, info));
                }
                Err(why) if why.kind() == std::io::ErrorKind::NotFound => {}
                Err(why) => return Err(why.into()),
            }
        }
        Ok(VersionFound::Missing)
    }
}

/// What a key and a version id lead to.
#[allow(clippy::large_enum_variant, reason = "one at a time, and never kept")]
pub enum VersionFound {
    Object(Found, ObjectInfo),
    Marker(ObjectInfo),
    Missing,
}

pub fn null() -> String {
    "null".to_owned()
}
