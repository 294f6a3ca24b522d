//! What SQLite and JSON have no type for.

use std::ffi::OsStr;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};

use rusqlite::{Result as Sql, Row};
use serde::Serialize;

use super::super::source::Fingerprint;
use crate::model::transfer::{Direction, Proof};

/// Milliseconds since the epoch.
pub(super) fn now() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

/// A path is bytes: it need not be UTF-8.
pub(super) fn path_bytes(path: &Path) -> &[u8] {
    path.as_os_str().as_bytes()
}

pub(super) fn bytes_path(bytes: Vec<u8>) -> PathBuf {
    PathBuf::from(std::ffi::OsString::from_vec(bytes))
}

/// A path in JSON: itself where it is UTF-8, else its bytes in hex after a NUL, which no path
/// holds.
pub(super) fn path_text(path: &Path) -> String {
    match path.to_str() {
        Some(text) => text.to_owned(),
        None => format!("\0{}", hex::encode(path.as_os_str().as_bytes())),
    }
}

pub(super) fn text_path(text: &str) -> PathBuf {
    match text.strip_prefix('\0').and_then(|digits| hex::decode(digits).ok()) {
        Some(bytes) => PathBuf::from(OsStr::from_bytes(&bytes)),
        None => PathBuf::from(text),
    }
}

pub(super) fn proof(name: &str) -> Proof {
    [Proof::Crc64Nvme, Proof::Sha256, Proof::Md5, Proof::Crc32, Proof::Crc32C]
        .into_iter()
        .find(|proof| proof.name() == name)
        .unwrap_or_default()
}

pub(super) fn direction_name(direction: Direction) -> &'static str {
    match direction {
        Direction::Up => "up",
        Direction::Down => "down",
        Direction::Across => "across",
    }
}

pub(super) fn direction(name: &str) -> Direction {
    match name {
        "down" => Direction::Down,
        "across" => Direction::Across,
        _ => Direction::Up,
    }
}

pub(super) fn modified(print: &Fingerprint) -> i64 {
    // Nanoseconds fit until the year 2262.
    i64::try_from(print.modified).unwrap_or(i64::MAX)
}

/// SQLite's integers are signed: the bits are kept.
pub(super) fn signed(value: u64) -> i64 {
    value.cast_signed()
}

pub(super) fn unsigned(value: i64) -> u64 {
    value.cast_unsigned()
}

/// Four columns from `at`: device, inode, size, modified.
pub(super) fn print(row: &Row<'_>, at: usize) -> Sql<Option<Fingerprint>> {
    let (device, inode): (Option<i64>, Option<i64>) = (row.get(at)?, row.get(at + 1)?);
    let (size, modified): (Option<i64>, Option<i64>) = (row.get(at + 2)?, row.get(at + 3)?);
    Ok(match (device, inode, size, modified) {
        (Some(device), Some(inode), Some(size), Some(modified)) => Some(Fingerprint {
            device: unsigned(device),
            inode: unsigned(inode),
            size: unsigned(size),
            modified: modified.into(),
        }),
        _ => None,
    })
}

pub(super) fn json(value: &impl Serialize) -> String {
    // Maps with keys that are no strings are the only failure, and there are none here.
    serde_json::to_string(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_path_survives() {
        for bytes in [&b"/data/x"[..], b"/caf\xe9/x"] {
            let path = PathBuf::from(OsStr::from_bytes(bytes));
            assert_eq!(text_path(&path_text(&path)), path);
            assert_eq!(bytes_path(path_bytes(&path).to_vec()), path);
        }
    }
}
