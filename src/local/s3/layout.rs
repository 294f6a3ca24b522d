//! Where things lie below the lake's folder.

use std::path::{Path, PathBuf};

/// Longest name of one folder or file that every common file system takes, in bytes.
const NAME_MAX: usize = 255;
/// Longest key that S3 takes, in bytes of UTF-8.
pub const KEY_MAX: usize = 1024;

/// The folders of one lake.
#[derive(Debug, Clone)]
pub struct Layout {
    /// One folder a bucket, one plain file an object.
    pub buckets: PathBuf,
    /// Objects whose keys are no ordinary paths, by their row's id.
    pub blobs: PathBuf,
    /// Versions that are no longer the newest.
    pub versions: PathBuf,
    /// Parts of unfinished multipart uploads, a folder each.
    pub uploads: PathBuf,
    /// Files being written; same file system as all the above.
    pub tmp: PathBuf,
    /// Empty files that are only ever locked.
    pub locks: PathBuf,
}

impl Layout {
    pub fn new(dir: &Path) -> Self {
        Self {
            buckets: dir.join("buckets"),
            blobs: dir.join("blobs"),
            versions: dir.join("versions"),
            uploads: dir.join("uploads"),
            tmp: dir.join("tmp"),
            locks: dir.join("locks"),
        }
    }

    pub fn create(&self) -> std::io::Result<()> {
        for dir in
            [&self.buckets, &self.blobs, &self.versions, &self.uploads, &self.tmp, &self.locks]
        {
            crate::local::private::create_dir_all(dir)?;
        }
        Ok(())
    }

    pub fn blob(&self, id: &str) -> PathBuf {
        self.blobs.join(id)
    }

    pub fn version(&self, id: &str) -> PathBuf {
        self.versions.join(id)
    }
}

/// The folders and the file name that a key is on disk, if it can be a plain path.
///
/// `None` for keys with empty segments (so also folder markers, which end in `/`),
/// `.` or `..`, NUL, or a segment longer than a file name may be.
pub fn plain(key: &str) -> Option<(Vec<&str>, &str)> {
    let mut segments: Vec<&str> = key.split('/').collect();
    let ordinary = |s: &&str| {
        !s.is_empty() && *s != "." && *s != ".." && s.len() <= NAME_MAX && !s.contains('\0')
    };
    if !segments.iter().all(ordinary) {
        return None;
    }
    let name = segments.pop()?;
    Some((segments, name))
}

/// Bucket names as S3 takes them: 3 to 63 of `a-z 0-9 - .`, beginning and ending
/// with a letter or digit, no two dots together, not an IPv4 address.
pub fn is_bucket_name(name: &str) -> bool {
    let edge = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let bytes = name.as_bytes();
    (3..=63).contains(&bytes.len())
        && bytes.iter().all(|b| edge(b) || matches!(b, b'-' | b'.'))
        && bytes.first().is_some_and(edge)
        && bytes.last().is_some_and(edge)
        && !name.contains("..")
        && name.parse::<std::net::Ipv4Addr>().is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ordinary_keys_are_plain() {
        assert_eq!(plain("a/b c/d.csv"), Some((vec!["a", "b c"], "d.csv")));
        assert_eq!(plain("..."), Some((vec![], "...")));
        for odd in ["", "a/", "/a", "a//b", "a/../b", "./a", "..", "a\0b", &"x".repeat(256)] {
            assert_eq!(plain(odd), None, "{odd:?}");
        }
        assert!(plain(&format!("{}/{}", "x".repeat(255), "y".repeat(255))).is_some());
    }

    #[test]
    fn bucket_names() {
        for good in ["abc", "tredatalake1-tresourcebucket-x0", "a.b.c", "123"] {
            assert!(is_bucket_name(good), "{good}");
        }
        for bad in
            ["ab", "Abc", "a_b", "-abc", "abc.", "a..b", "10.0.0.1", "..", "a/b", &"a".repeat(64)]
        {
            assert!(!is_bucket_name(bad), "{bad}");
        }
    }
}
