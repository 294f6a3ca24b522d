//! What SQLite and JSON have no type for.

use std::ffi::OsStr;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};

use crate::model::transfer::Proof;

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
