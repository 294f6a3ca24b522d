//! Small files of the user's own: the draft and the history. Readable by nobody else.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use serde::{Deserialize, Serialize};

/// A history longer than this is cut to its newer half.
const LONGEST: u64 = 1 << 20;

/// One statement that was run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Past {
    /// Seconds of the epoch.
    pub at: i64,
    pub id: String,
    pub state: String,
    pub database: String,
    pub sql: String,
    /// Bytes that the engine has read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scanned: Option<u64>,
}

/// The folder of a file, made where it is missing.
pub(super) fn folder_of(path: &Path) -> io::Result<&Path> {
    let folder = path.parent().ok_or_else(|| io::Error::other("a file without a folder"))?;
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    Ok(folder)
}

/// Replaces the file as a whole: a crash leaves the old one or the new one.
pub(super) fn write(path: &Path, text: &str) -> io::Result<()> {
    let folder = folder_of(path)?;
    let temporary = folder.join(format!(".{}", uuid::Uuid::new_v4()));
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&temporary)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // What failed is told; a leftover is not worth another word.
        let _ = fs::remove_file(&temporary);
    }
    written
}

/// The file's text; empty where there is none.
pub(super) fn read(path: &Path) -> io::Result<String> {
    match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        read => read,
    }
}

pub(super) fn append(path: &Path, past: &Past) -> io::Result<()> {
    folder_of(path)?;
    if fs::metadata(path).is_ok_and(|file| file.len() > LONGEST) {
        let all = read(path)?;
        let cut = all[all.len() / 2..].find('\n').map_or(all.len(), |at| all.len() / 2 + at + 1);
        write(path, &all[cut..])?;
    }
    let line = serde_json::to_string(past)? + "\n";
    let mut file = OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
    file.write_all(line.as_bytes())
}

/// Everything that is kept, the newest first. Lines that are none are passed over.
pub(super) fn history(path: &Path) -> io::Result<Vec<Past>> {
    let text = read(path)?;
    Ok(text.lines().rev().filter_map(|line| serde_json::from_str(line).ok()).collect())
}

/// Each statement once, as it was run last.
pub(super) fn distinct(all: Vec<Past>, most: usize) -> Vec<Past> {
    let mut found: Vec<Past> = Vec::new();
    for past in all {
        if found.len() < most && !found.iter().any(|newer| newer.sql == past.sql) {
            found.push(past);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn past(sql: &str) -> Past {
        Past {
            at: 0,
            id: "q".into(),
            state: "SUCCEEDED".into(),
            database: "default".into(),
            sql: sql.into(),
            scanned: None,
        }
    }

    #[test]
    fn a_draft_comes_back_and_is_nobody_elses() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("drafts/x.sql");
        assert_eq!(read(&path).unwrap(), "");
        write(&path, "select 1").unwrap();
        write(&path, "select 2").unwrap();
        assert_eq!(read(&path).unwrap(), "select 2");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn the_history_is_newest_first_and_each_statement_once() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("h.jsonl");
        for sql in ["a", "b\nc", "a"] {
            append(&path, &past(sql)).unwrap();
        }
        fs::write(&path, fs::read_to_string(&path).unwrap() + "{broken").unwrap();
        let found: Vec<String> =
            distinct(history(&path).unwrap(), 9).into_iter().map(|past| past.sql).collect();
        assert_eq!(found, ["a", "b\nc"]);
        assert_eq!(distinct(history(&path).unwrap(), 1).len(), 1);
    }

    #[test]
    fn a_long_history_loses_its_older_half() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("h.jsonl");
        for at in 0..3 {
            append(&path, &past(&format!("{at}{}", "x".repeat(600_000)))).unwrap();
        }
        append(&path, &past("last")).unwrap();
        let found = history(&path).unwrap();
        assert_eq!(found[0].sql, "last");
        assert!(found.len() < 4);
    }
}
