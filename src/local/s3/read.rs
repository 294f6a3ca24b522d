//! Reading: what is there, and its bytes.

use std::fs::File;

use super::Store;
use super::error::StoreError;
use super::listing::{Item, Query};
use super::object::ObjectInfo;
use super::walk;

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
        let query = Query {
            prefix,
            from: after.map(walk::after).unwrap_or_default(),
            limit,
            ..Query::default()
        };
        let objects = self.page(bucket, &query)?.items.into_iter().filter_map(|item| match item {
            Item::Object(info) => Some(info),
            Item::Prefix(_) => None,
        });
        Ok(objects.collect())
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
}
