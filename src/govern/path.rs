//! From an object key to a path that cannot leave its folder.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

/// Why a key is not written to disk; the sentence a person sees, the key not yet sanitised.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{key:?} is not written: {why}")]
pub struct UnsafePath {
    pub key: String,
    pub why: String,
}

/// The path of `key` below `root`.
///
/// A key may hold anything. Refused are those that a file system (this one, or the one a
/// folder is copied to next) would not read as a plain path below the root: absolute ones,
/// drive letters, `.` and `..`, empty segments, backslashes and NUL, and those that a
/// symbolic link leads out.
///
/// # Errors
/// [`UnsafePath`] with the reason.
pub fn safe_path(root: &Path, key: &str) -> Result<PathBuf, UnsafePath> {
    let refuse = |why: &str| Err(UnsafePath { key: key.to_owned(), why: why.to_owned() });
    if let Some(why) = bad_key(key) {
        return refuse(why);
    }
    let mut path = root.to_owned();
    path.extend(key.split('/'));
    if path.symlink_metadata().is_ok_and(|meta| meta.is_symlink()) {
        return refuse("a symbolic link is in its place");
    }
    match leads_out(root, &path) {
        Ok(false) => Ok(path),
        Ok(true) => refuse("a symbolic link on its way leads out of the folder"),
        Err(error) => refuse(&error.to_string()),
    }
}

/// What is wrong with the key itself, whatever the disk holds.
fn bad_key(key: &str) -> Option<&'static str> {
    if key.is_empty() {
        return Some("it is empty");
    }
    if key.contains('\0') {
        return Some("it holds a NUL");
    }
    if key.contains('\\') {
        return Some("it holds a backslash, which separates folders elsewhere");
    }
    if key.starts_with('/') {
        return Some("it is absolute");
    }
    let mut first = key.chars();
    if first.next().is_some_and(|c| c.is_ascii_alphabetic()) && first.next() == Some(':') {
        return Some("it begins like a drive letter");
    }
    key.split('/').find_map(|segment| match segment {
        "" => Some("it has an empty segment"),
        "." | ".." => Some("it has a segment that means another folder"),
        _ => None,
    })
}

/// True where the part of `path` that exists already lies, links resolved, outside `root`.
fn leads_out(root: &Path, path: &Path) -> std::io::Result<bool> {
    let Some(real_root) = existing(root)? else { return Ok(false) };
    let mut folder = path.parent();
    while let Some(dir) = folder {
        if let Some(real) = existing(dir)? {
            return Ok(!real.starts_with(&real_root));
        }
        // A dangling link would be followed when the folder is made.
        if dir.symlink_metadata().is_ok_and(|meta| meta.is_symlink()) {
            return Ok(true);
        }
        folder = dir.parent();
    }
    Ok(false)
}

/// The path with its links resolved; `None` where there is nothing.
fn existing(path: &Path) -> std::io::Result<Option<PathBuf>> {
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    match path.canonicalize() {
        Ok(real) => Ok(Some(real)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// [`safe_path`] with a memory: two keys of one run never take the same file, also not on a
/// file system that ignores case.
#[derive(Debug)]
pub struct PathGuard {
    root: PathBuf,
    /// Of the lower-cased relative paths that are taken, the first half of their SHA-256: a
    /// run may be of millions.
    taken: HashSet<[u8; 16]>,
}

impl PathGuard {
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into(), taken: HashSet::new() }
    }

    /// The path for `relative` (a key, or its part below the prefix asked for); `key` is the
    /// whole key, for the message.
    ///
    /// # Errors
    /// As [`safe_path`], and where another key of this run took the name.
    pub fn place(&mut self, relative: &str, key: &str) -> Result<PathBuf, UnsafePath> {
        let path = safe_path(&self.root, relative)?;
        if self.taken.insert(folded(relative)) {
            return Ok(path);
        }
        let why = "another key of this run has its name, where case does not count";
        Err(UnsafePath { key: key.to_owned(), why: why.to_owned() })
    }
}

/// Stands for a path, whatever its case.
fn folded(relative: &str) -> [u8; 16] {
    let whole: [u8; 32] = Sha256::digest(relative.to_lowercase()).into();
    let mut half = [0; 16];
    half.copy_from_slice(&whole[..16]);
    half
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::os::unix::fs::symlink;
    use std::path::Component;

    #[test]
    fn plain_keys_lie_below_the_root() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(safe_path(dir.path(), "a/b c/d.txt").unwrap(), dir.path().join("a/b c/d.txt"));
        assert_eq!(safe_path(dir.path(), "..a/b..").unwrap(), dir.path().join("..a/b.."));
    }

    #[test]
    fn keys_that_are_no_plain_path_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        for key in [
            "",
            "/etc/passwd",
            "../x",
            "a/../../x",
            "a/..",
            "./a",
            "a//b",
            "a/",
            "C:/x",
            "c:x",
            "..\\x",
            "a\\b",
            "a\0b",
        ] {
            assert!(safe_path(dir.path(), key).is_err(), "{key:?}");
        }
    }

    #[test]
    fn links_do_not_lead_out() {
        let dir = tempfile::tempdir().unwrap();
        let (root, outside) = (dir.path().join("root"), dir.path().join("outside"));
        for made in [&root, &outside, &root.join("in")] {
            std::fs::create_dir(made).unwrap();
        }
        symlink(&outside, root.join("out")).unwrap();
        symlink(dir.path().join("not-there"), root.join("dangling")).unwrap();
        symlink(root.join("in"), root.join("again")).unwrap();
        symlink(outside.join("f"), root.join("f")).unwrap();
        assert!(safe_path(&root, "out/x").is_err());
        assert!(safe_path(&root, "out/deep/x").is_err());
        assert!(safe_path(&root, "dangling/x").is_err());
        assert!(safe_path(&root, "f").is_err());
        assert!(safe_path(&root, "again/x").is_ok());
        assert!(safe_path(&root, "new/x").is_ok());
    }

    #[test]
    fn names_that_differ_in_case_only_collide() {
        let dir = tempfile::tempdir().unwrap();
        let mut guard = PathGuard::new(dir.path());
        assert!(guard.place("a/Read.me", "p/a/Read.me").is_ok());
        let refused = guard.place("A/read.ME", "p/A/read.ME").unwrap_err();
        assert!(refused.to_string().contains("p/A/read.ME"), "{refused}");
        assert!(guard.place("a/Read.me", "q/a/Read.me").is_err());
        assert!(guard.place("a/other", "p/a/other").is_ok());
    }

    proptest! {
        #[test]
        fn no_key_leaves_the_root(key in "([a-z./\\\\: \0]|\\.\\./){0,24}") {
            let root = Path::new("/nonexistent/root");
            if let Ok(path) = safe_path(root, &key) {
                prop_assert!(path.starts_with(root));
                let up = path.components().any(|part| part == Component::ParentDir);
                prop_assert!(!up);
            }
        }
    }
}
