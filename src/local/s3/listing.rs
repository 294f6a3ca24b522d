//! One page of a listing.

use super::error::StoreError;
use super::find::{Examined, examine};
use super::object::ObjectInfo;
use super::rows;
use super::walk::{self, Bound, Kind, Place, Walk};
use super::{Store, tree};

/// What to list.
#[derive(Debug, Clone, Default)]
pub struct Query<'a> {
    pub prefix: &'a str,
    /// Keys alike up to this text after the prefix become one common prefix.
    pub delimiter: Option<&'a str>,
    /// Nothing before this; see `walk::after` and `walk::past`.
    pub from: Bound,
    /// A common prefix that was given already, or that a marker names.
    pub given: Option<&'a str>,
    pub limit: usize,
    /// Also compute the ETag of files that were dropped in.
    pub etags: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::large_enum_variant, reason = "almost all of them are the large one")]
pub enum Item {
    Object(ObjectInfo),
    Prefix(String),
}

impl Item {
    /// What the next page's marker is when this was the last of the page.
    pub fn name(&self) -> &str {
        match self {
            Self::Object(info) => &info.key,
            Self::Prefix(prefix) => prefix,
        }
    }

    pub fn bound(&self) -> Bound {
        match self {
            Self::Object(info) => walk::after(&info.key),
            Self::Prefix(prefix) => walk::past(prefix),
        }
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    pub items: Vec<Item>,
    pub truncated: bool,
}

/// The common prefix of a key, if it has one.
pub fn common<'a>(key: &'a str, prefix: &str, delimiter: Option<&str>) -> Option<&'a str> {
    let delimiter = delimiter.filter(|d| !d.is_empty())?;
    let rest = key.strip_prefix(prefix)?;
    rest.find(delimiter).map(|at| &key[..prefix.len() + at + delimiter.len()])
}

impl Store {
    pub(super) fn page(&self, bucket: &str, query: &Query<'_>) -> Result<Page, StoreError> {
        let from = query.from.as_slice().max(query.prefix.as_bytes());
        let mut walk = Walk::new(self, bucket, from, Kind::Objects)?;
        let mut page = Page::default();
        let mut news = Vec::new();
        if query.limit == 0 {
            return Ok(page);
        }
        while let Some((key, place)) = walk.peek() {
            if !key.starts_with(query.prefix) {
                break;
            }
            if let Some(folded) = common(key, query.prefix, query.delimiter) {
                let folded = folded.to_owned();
                let skip = query.given == Some(folded.as_str());
                if !skip && page.items.len() == query.limit {
                    page.truncated = true;
                    break;
                }
                walk.seek(&walk::past(&folded))?;
                if !skip {
                    page.items.push(Item::Prefix(folded));
                }
                continue;
            }
            if page.items.len() == query.limit {
                page.truncated = true;
                break;
            }
            let key = key.to_owned();
            let fingerprint = if place == Place::File { walk.fingerprint()? } else { None };
            walk.step()?;
            // Deleted since the folder was read: not an object any more.
            let info = match (place, fingerprint) {
                (Place::File, None) => None,
                (_, fingerprint) => {
                    self.listed(bucket, &key, fingerprint, query.etags.then_some(&mut news))?
                }
            };
            page.items.extend(info.map(Item::Object));
        }
        self.remember(bucket, &news)?;
        Ok(page)
    }

    /// A listed object: by its row where there is a true one, else by its file.
    fn listed(
        &self,
        bucket: &str,
        key: &str,
        file: Option<tree::Fingerprint>,
        news: Option<&mut Vec<Examined>>,
    ) -> Result<Option<ObjectInfo>, StoreError> {
        let rows = self.state.with(|db| rows::of_key(db, bucket, key))?;
        let row = rows.into_iter().find(|row| match file {
            Some(fingerprint) => row.blob.is_none() && row.fingerprint == fingerprint,
            None => row.blob.is_some(),
        });
        if let Some(row) = row {
            return Ok(Some(row.info(key)));
        }
        if let Some(news) = news {
            let found = self.find(bucket, key)?;
            return found.map(|found| examine(key, &found, news)).transpose();
        }
        Ok(file.map(|file| ObjectInfo {
            key: key.to_owned(),
            size: file.size,
            etag: String::new(),
            modified: file.modified(),
            version: None,
            meta: super::object::Meta::default(),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::common;

    #[test]
    fn keys_fold_at_the_first_delimiter_after_the_prefix() {
        assert_eq!(common("a/b/c", "", Some("/")), Some("a/"));
        assert_eq!(common("a/b/c", "a/", Some("/")), Some("a/b/"));
        assert_eq!(common("a/b", "a/", Some("/")), None);
        assert_eq!(common("a--b", "a", Some("--")), Some("a--"));
        assert_eq!(common("a/b", "", None), None);
        assert_eq!(common("a/b", "", Some("")), None);
    }
}
