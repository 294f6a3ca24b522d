//! Which objects a table has: everything below its location that is not hidden.

use std::sync::Arc;

use super::format::Format;
use crate::local::principal::Principal;
use crate::local::s3::{Store, archive};
use crate::local::sql::error::SqlError;
use crate::model::uri::S3Uri;

/// One object to read.
#[derive(Debug, Clone)]
pub struct Unit {
    pub bucket: String,
    pub key: String,
    pub size: u64,
    pub format: Arc<Format>,
    /// The values of the partition keys; None is NULL.
    pub partition: Arc<Vec<Option<String>>>,
}

impl Unit {
    /// `s3://bucket/key`.
    pub fn uri(&self) -> String {
        format!("s3://{}/{}", self.bucket, self.key)
    }
}

/// Bucket and prefix of a table's or partition's location; the prefix ends in a slash.
pub fn place(location: &str) -> Result<(String, String), SqlError> {
    let plain = location.replacen("s3a://", "s3://", 1).replacen("s3n://", "s3://", 1);
    let uri: S3Uri = plain.parse().map_err(|_| {
        SqlError::user(format!("HIVE_INVALID_METADATA: The location {location} is no s3:// URI"))
    })?;
    let mut prefix = uri.key;
    if !prefix.is_empty() && !prefix.ends_with('/') {
        prefix.push('/');
    }
    Ok((uri.bucket, prefix))
}

/// The objects below a location: (key, size). Names that begin with `_` or `.` are hidden, and
/// so is all below such a folder; empty objects hold no rows, and archived ones are passed over.
pub fn objects(store: &Store, bucket: &str, prefix: &str) -> Result<Vec<(String, u64)>, SqlError> {
    const PAGE: usize = 1000;
    let mut found = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let page = store.list(bucket, prefix, after.as_deref(), PAGE).map_err(|e| {
            SqlError::user(format!(
                "HIVE_FILESYSTEM_ERROR: Cannot list s3://{bucket}/{prefix}: {}",
                e.message
            ))
        })?;
        let full = page.len() == PAGE;
        after = page.last().map(|o| o.key.clone());
        for object in page {
            let seen = object.size > 0 && !archive::is_archived(&object.meta);
            if seen && !hidden(&object.key[prefix.len().min(object.key.len())..]) {
                found.push((object.key, object.size));
            }
        }
        if !full {
            return Ok(found);
        }
    }
}

fn hidden(below: &str) -> bool {
    below.split('/').any(|part| part.starts_with(['_', '.']))
}

/// Whether the caller may read an object; the engine reads on the caller's behalf.
pub fn may_read(store: &Store, who: &Principal, unit: &Unit) -> Result<(), SqlError> {
    store.may_be_queried(who, &unit.bucket, &unit.key).map_err(|_| {
        SqlError::user(format!(
            "PERMISSION_DENIED: Access denied when reading {} as {}: s3:GetObject is not allowed",
            unit.uri(),
            who.arn()
        ))
    })
}

/// Spreads units over `parts` so that each has about the same bytes.
pub fn spread(mut units: Vec<Unit>, parts: usize) -> Vec<Vec<Unit>> {
    let parts = parts.clamp(1, units.len().max(1));
    units.sort_by_key(|u| std::cmp::Reverse(u.size));
    let mut bins: Vec<(u64, Vec<Unit>)> = vec![(0, Vec::new()); parts];
    for unit in units {
        if let Some(bin) = bins.iter_mut().min_by_key(|bin| bin.0) {
            bin.0 += unit.size.max(1);
            bin.1.push(unit);
        }
    }
    bins.into_iter()
        .map(|(_, mut units)| {
            units.sort_by(|a, b| a.key.cmp(&b.key));
            units
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marker_files_are_hidden() {
        assert!(hidden("_SUCCESS"));
        assert!(hidden("a=1/.part.crc"));
        assert!(hidden("_temporary/0/part"));
        assert!(!hidden("a=1/part_0"));
    }

    #[test]
    fn locations_are_folders() {
        assert_eq!(place("s3://b/t").unwrap(), ("b".into(), "t/".into()));
        assert_eq!(place("s3://b").unwrap(), ("b".into(), String::new()));
        assert!(place("hdfs://b/t").is_err());
    }
}
