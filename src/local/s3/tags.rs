//! Object tags.

use std::collections::BTreeMap;

use super::Store;
use super::error::StoreError;
use super::object::Meta;
use super::read::Unopened;
use super::rows;

/// Tags an object may have.
const MOST: usize = 10;

pub type Tags = BTreeMap<String, String>;

/// Checks what a client sends as tags.
///
/// # Errors
/// `InvalidTag`, `BadRequest` for more than ten.
pub fn check(pairs: impl IntoIterator<Item = (String, String)>) -> Result<Tags, StoreError> {
    let invalid = |why: String| StoreError::new("InvalidTag", why);
    let mut tags = Tags::new();
    for (key, value) in pairs {
        if key.is_empty() || key.chars().count() > 128 {
            return Err(invalid("The TagKey you have provided is invalid".into()));
        }
        if value.chars().count() > 256 {
            return Err(invalid("The TagValue you have provided is invalid".into()));
        }
        if tags.insert(key, value).is_some() {
            return Err(invalid("Cannot provide multiple Tags with the same key".into()));
        }
    }
    if tags.len() > MOST {
        return Err(StoreError::new(
            "BadRequest",
            format!("Object tags cannot be greater than {MOST}"),
        ));
    }
    Ok(tags)
}

/// `x-amz-tagging` is written like a query string.
///
/// # Errors
/// As `check`.
pub fn from_header(header: &str) -> Result<Tags, StoreError> {
    check(url::form_urlencoded::parse(header.as_bytes()).into_owned())
}

impl Store {
    /// Replaces all tags of an object or a version.
    ///
    /// # Errors
    /// `NoSuchKey`, `NoSuchVersion`; `MethodNotAllowed` for a delete marker.
    pub fn set_tags(
        &self,
        bucket: &str,
        key: &str,
        version: Option<&str>,
        tags: Tags,
    ) -> Result<(), StoreError> {
        self.edit_meta(bucket, key, version, |meta| Ok(Meta { tags, ..meta.clone() }))
    }

    /// Replaces what is kept about an object or a version beside its bytes.
    ///
    /// # Errors
    /// As [`Self::set_tags`], and what `edit` refuses.
    pub(super) fn edit_meta(
        &self,
        bucket: &str,
        key: &str,
        version: Option<&str>,
        edit: impl FnOnce(&Meta) -> Result<Meta, StoreError>,
    ) -> Result<(), StoreError> {
        let _held = self.locks.object(bucket, key)?;
        let opened = match self.open_object(bucket, key, version) {
            Ok(opened) => opened,
            Err(Unopened::Failed(why)) => return Err(why),
            Err(Unopened::Marker(_)) => {
                let why = "The specified method is not allowed against a delete marker";
                return Err(StoreError::new("MethodNotAllowed", why));
            }
        };
        let meta = edit(&opened.info.meta)?;
        if let Some(row) = &opened.found.row {
            self.state.with(|db| rows::set_meta(db, row.id, &meta))?;
            return Ok(());
        }
        if self.past(bucket, key, None)?.iter().any(|past| past.info.version == opened.info.version)
        {
            return self.set_past_meta(bucket, &opened.info, &meta);
        }
        // A dropped-in file that changed too recently to have been remembered.
        let content =
            rows::Content { etag: opened.info.etag, version: None, meta, parts: Vec::new() };
        let fingerprint = opened.found.fingerprint;
        self.state.with(|db| rows::insert(db, bucket, key, None, fingerprint, &content))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_a_query_string() {
        let tags = from_header("a=1&b%20c=d+e&empty=").unwrap();
        let want = [("a", "1"), ("b c", "d e"), ("empty", "")];
        assert_eq!(tags, want.map(|(k, v)| (k.to_owned(), v.to_owned())).into());
        assert_eq!(from_header("a=1&a=2").unwrap_err().code, "InvalidTag");
        assert_eq!(from_header("=1").unwrap_err().code, "InvalidTag");
        let many: Vec<_> = (0..11).map(|n| format!("k{n}=v")).collect();
        assert_eq!(from_header(&many.join("&")).unwrap_err().code, "BadRequest");
    }
}
