//! One level below a prefix, while somebody is there to look.

use super::walk::{Gait, Walk, walk_folded};
use crate::lake::Lake;
use crate::model::keys::{Key, Keys};
use crate::model::trouble::Trouble;
use crate::model::uri::S3Uri;

/// A level on its way. Dropping it ends the reading, requests in flight included.
#[derive(Debug)]
pub struct Level {
    walk: Walk,
    prefix: usize,
}

impl Level {
    /// What is next in byte order; `None` after the last of it and after a failure.
    ///
    /// # Errors
    /// As S3 answers, once it has been tried for long enough.
    pub async fn next(&mut self) -> Option<Result<Items, Trouble>> {
        let keys = self.walk.next().await?;
        Some(keys.map(|keys| Items { keys, prefix: self.prefix }))
    }
}

/// Starts reading: what has a `/` behind the prefix is folded into a folder. The first page is
/// one request; a long level is then read by many requests at once, as a walk is.
///
/// Call it on a tokio runtime.
pub fn level(lake: &Lake, prefix: S3Uri, gait: Gait) -> Level {
    let length = prefix.key.len();
    Level { walk: walk_folded(lake, prefix, gait), prefix: length }
}

/// Objects and folders of a level, in byte order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Items {
    keys: Keys,
    /// The length of what all of them begin with.
    prefix: usize,
}

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Item<'a> {
    /// Its name from the bucket's root, with the trailing `/`.
    Folder(&'a str),
    Object(Key<'a>),
}

impl Items {
    pub fn iter(&self) -> impl Iterator<Item = Item<'_>> {
        self.keys.iter().map(|key| match key.key.len() > self.prefix && key.key.ends_with('/') {
            true => Item::Folder(key.key),
            false => Item::Object(key),
        })
    }

    /// Their names and what is known of them; a folder is one whose name ends in `/`, but for
    /// the prefix itself.
    pub fn into_keys(self) -> Keys {
        self.keys
    }
}
