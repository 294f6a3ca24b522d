//! Listing what is and what was.

use super::Store;
use super::error::StoreError;
use super::listing::common;
use super::object::ObjectInfo;
use super::walk::{self, Kind, Walk};

#[derive(Debug, Clone, Default)]
pub struct VersionQuery<'a> {
    pub prefix: &'a str,
    pub delimiter: Option<&'a str>,
    pub key_marker: &'a str,
    /// Of the marker's key, only what is older than this version.
    pub version_marker: Option<&'a str>,
    pub limit: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::large_enum_variant, reason = "almost all of them are the large one")]
pub enum VersionItem {
    Version { info: ObjectInfo, latest: bool, marker: bool },
    Prefix(String),
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VersionPage {
    pub items: Vec<VersionItem>,
    pub truncated: bool,
}

impl Store {
    /// Versions and delete markers by key, the newest of each first.
    ///
    /// # Errors
    /// `NoSuchBucket`.
    pub fn versions(
        &self,
        bucket: &str,
        query: &VersionQuery<'_>,
    ) -> Result<VersionPage, StoreError> {
        let mut page = VersionPage::default();
        let from = start(query);
        let mut walk = Walk::new(self, bucket, &from, Kind::Versions)?;
        if query.limit == 0 {
            return Ok(page);
        }
        while let Some((key, _)) = walk.peek() {
            if !key.starts_with(query.prefix) {
                break;
            }
            let key = key.to_owned();
            if let Some(folded) = common(&key, query.prefix, query.delimiter) {
                if folded != query.key_marker
                    && !push(&mut page, query, VersionItem::Prefix(folded.to_owned()))
                {
                    break;
                }
                walk.seek(&walk::past(folded))?;
                continue;
            }
            walk.step()?;
            for item in self.history(bucket, &key, query)? {
                if !push(&mut page, query, item) {
                    return Ok(page);
                }
            }
        }
        Ok(page)
    }

    /// One key's versions, without those up to the marker.
    fn history(
        &self,
        bucket: &str,
        key: &str,
        query: &VersionQuery<'_>,
    ) -> Result<Vec<VersionItem>, StoreError> {
        let own = match self.find(bucket, key)? {
            Some(found) => Some(self.describe(bucket, key, &found)?),
            None => None,
        };
        let past = self.past(bucket, key, own.as_ref())?;
        let newest = own.is_none();
        let mut all: Vec<_> = own
            .into_iter()
            .map(|info| VersionItem::Version { info, latest: true, marker: false })
            .collect();
        all.extend(past.into_iter().enumerate().map(|(i, past)| VersionItem::Version {
            latest: newest && i == 0,
            marker: past.is_marker(),
            info: past.info,
        }));
        if let (true, Some(marker)) = (key == query.key_marker, query.version_marker) {
            let is_marker = |item: &VersionItem| matches!(item, VersionItem::Version { info, .. } if info.version.as_deref().unwrap_or("null") == marker);
            let at = all.iter().position(is_marker).map_or(all.len(), |at| at + 1);
            all.drain(..at);
        }
        Ok(all)
    }
}

fn start(query: &VersionQuery<'_>) -> walk::Bound {
    let marker = match query.version_marker {
        // The rest of this key's versions are still to come.
        Some(_) => query.key_marker.as_bytes().to_vec(),
        None if query.key_marker.is_empty() => Vec::new(),
        None => walk::after(query.key_marker),
    };
    marker.max(query.prefix.as_bytes().to_vec())
}

/// `false` when the page was full already.
fn push(page: &mut VersionPage, query: &VersionQuery<'_>, item: VersionItem) -> bool {
    if page.items.len() == query.limit {
        page.truncated = true;
        return false;
    }
    page.items.push(item);
    true
}
