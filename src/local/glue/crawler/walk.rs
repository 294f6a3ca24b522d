//! The files of a target.

use super::glob::Glob;
use crate::local::s3::{Store, StoreError};

/// A file to be classified.
pub struct Leaf {
    pub key: String,
    /// The key relative to the target.
    pub path: String,
    pub bytes: u64,
}

/// Keys asked for at a time.
const PAGE: usize = 1000;

/// Every data file below the prefix, in the order of its keys. What begins with `_` or `.` (in
/// any folder) is hidden, as it is from Athena; so are empty objects and folder markers.
///
/// # Errors
/// Those of the store, as where there is no such bucket.
pub fn walk(
    store: &Store,
    bucket: &str,
    prefix: &str,
    exclusions: &[Glob],
) -> Result<Vec<Leaf>, StoreError> {
    let mut leaves = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let page = store.list(bucket, prefix, after.as_deref(), PAGE)?;
        let full = page.len() == PAGE;
        after = page.last().map(|object| object.key.clone());
        for object in page {
            let path = object.key[prefix.len()..].to_owned();
            if object.size > 0 && is_visible(&path) && !exclusions.iter().any(|e| e.matches(&path))
            {
                leaves.push(Leaf { key: object.key, path, bytes: object.size });
            }
        }
        if !full {
            return Ok(leaves);
        }
    }
}

fn is_visible(path: &str) -> bool {
    !path.ends_with('/') && path.split('/').all(|part| !part.starts_with(['_', '.']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_files_stay_hidden() {
        assert!(is_visible("a/b.csv"));
        for path in ["_SUCCESS", "a/.x", "_tmp/b", "a/"] {
            assert!(!is_visible(path), "{path}");
        }
    }
}
