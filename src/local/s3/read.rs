//! Reading: what is there, and its bytes.

use std::fs::File;

use super::Store;
use super::checksum::Checksum;
use super::error::StoreError;
use super::find::Found;
use super::listing::{Item, Query};
use super::object::{ObjectInfo, PartInfo};
use super::version::VersionFound;
use super::{rows, walk};

/// An object, or one of its versions, held open.
pub struct Opened {
    pub found: Found,
    pub info: ObjectInfo,
}

/// Why there is nothing to open.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "one at a time, and never kept")]
pub enum Unopened {
    /// The version asked for, or the newest one, is a delete marker.
    Marker(ObjectInfo),
    Failed(StoreError),
}

impl<E: Into<StoreError>> From<E> for Unopened {
    fn from(why: E) -> Self {
        Self::Failed(why.into())
    }
}

impl Store {
    /// Objects under a prefix after a key, in byte order, at most `limit`. Folders are
    /// not folded. The ETag of a file that was dropped in is empty until `head` or a
    /// client's listing has computed it.
    ///
    /// # Errors
    /// `NoSuchBucket`.
    pub fn list(
        &self,
        bucket: &str,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<ObjectInfo>, StoreError> {
        let from = after.map(walk::after).unwrap_or_default();
        let query = Query { prefix, from, limit, ..Query::default() };
        let items = self.page(bucket, &query)?.items.into_iter();
        Ok(items
            .filter_map(|item| match item {
                Item::Object(info) => Some(info),
                Item::Prefix(_) => None,
            })
            .collect())
    }

    /// # Errors
    /// `NoSuchKey`, `NoSuchBucket`.
    pub fn head(&self, bucket: &str, key: &str) -> Result<ObjectInfo, StoreError> {
        self.file(bucket, key).map(|(_, info)| info)
    }

    /// An object's open file and its description, which belong together: a writer
    /// that replaces the object afterwards does not change what this file reads.
    ///
    /// # Errors
    /// `NoSuchKey`, `NoSuchBucket`.
    pub fn file(&self, bucket: &str, key: &str) -> Result<(File, ObjectInfo), StoreError> {
        let found = self.find(bucket, key)?.ok_or_else(|| StoreError::no_such_key(key))?;
        let info = self.describe(bucket, key, &found)?;
        Ok((found.file, info))
    }

    /// Like `file`, of any version; `null` is one.
    pub(super) fn open_object(
        &self,
        bucket: &str,
        key: &str,
        version: Option<&str>,
    ) -> Result<Opened, Unopened> {
        if let Some(version) = version {
            return match self.find_version(bucket, key, version)? {
                VersionFound::Object(found, info) => Ok(Opened { found, info }),
                VersionFound::Marker(info) => Err(Unopened::Marker(info)),
                VersionFound::Missing => {
                    let why =
                        format!("The specified version does not exist: {key} version {version}");
                    Err(StoreError::new("NoSuchVersion", why).into())
                }
            };
        }
        if let Some(found) = self.find(bucket, key)? {
            let info = self.describe(bucket, key, &found)?;
            return Ok(Opened { found, info });
        }
        match self.past(bucket, key, None)?.into_iter().next().filter(|past| past.is_marker()) {
            Some(marker) => Err(Unopened::Marker(marker.info)),
            None => Err(StoreError::no_such_key(key).into()),
        }
    }

    /// The checksum of what was opened, computed if it has none yet.
    pub(super) fn checksum_of(&self, opened: &Opened) -> Result<Checksum, StoreError> {
        self.checksum(&opened.found, &opened.info)
    }

    /// The parts of what was opened; empty for one PutObject.
    pub(super) fn parts_of(
        &self,
        bucket: &str,
        opened: &Opened,
    ) -> Result<Vec<PartInfo>, StoreError> {
        if opened.info.meta.parts == 0 {
            return Ok(Vec::new());
        }
        match &opened.found.row {
            Some(row) => Ok(self.state.with(|db| rows::parts(db, row.id))?),
            None => self.parts_of_past(bucket, &opened.info),
        }
    }
}
