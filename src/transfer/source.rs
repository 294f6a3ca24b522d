//! The local file of an upload, and whether it is still the same one.

use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::Path;

use bytes::Bytes;
use rustix::fs::{Mode, OFlags};

use crate::lake::block::read_now;
use crate::model::trouble::{Kind, Trouble};

/// What identifies a file's content without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint {
    pub device: u64,
    pub inode: u64,
    /// Bytes.
    pub size: u64,
    /// Nanoseconds since the epoch.
    pub modified: i128,
}

impl Fingerprint {
    fn of(meta: &Metadata) -> Self {
        Self {
            device: meta.dev(),
            inode: meta.ino(),
            size: meta.size(),
            modified: i128::from(meta.mtime()) * 1_000_000_000 + i128::from(meta.mtime_nsec()),
        }
    }
}

const HOW: OFlags =
    OFlags::RDONLY.union(OFlags::CLOEXEC).union(OFlags::NONBLOCK).union(OFlags::NOCTTY);

/// Opens a regular file for reading. Blocking.
///
/// Opened without waiting, so that a named pipe put in the file's place does not hang.
pub fn open(path: &Path) -> Result<(File, Fingerprint), Trouble> {
    let trouble = |error: &io::Error| Trouble::disk(what(path), error);
    let file = rustix::fs::open(path, HOW, Mode::empty())
        .map(File::from)
        .map_err(|error| trouble(&error.into()))?;
    let meta = file.metadata().map_err(|error| trouble(&error))?;
    if !meta.is_file() {
        return Err(not_a_file(path, &meta));
    }
    Ok((file, Fingerprint::of(&meta)))
}

/// Opens and reads a file of up to `most` bytes that the kernel has in memory, name and all,
/// without ever waiting for a disk; `None` where it would have to, or anything is unusual.
///
/// `RESOLVE_CACHED` (openat2(2)) fails where a name would have to be looked up on the disk.
#[cfg(target_os = "linux")]
pub fn read_cached(path: &Path, most: u64) -> Option<(File, Fingerprint, Bytes)> {
    use rustix::fs::{CWD, ResolveFlags, openat2};
    let file = File::from(openat2(CWD, path, HOW, Mode::empty(), ResolveFlags::CACHED).ok()?);
    let meta = file.metadata().ok()?;
    let print = Fingerprint::of(&meta);
    if !meta.is_file() || print.size > most {
        return None;
    }
    let mut data = vec![0; usize::try_from(print.size).ok()?];
    if !data.is_empty() && read_now(&file, &mut data, 0).ok()? < data.len() {
        return None;
    }
    (Fingerprint::of(&file.metadata().ok()?) == print).then(|| (file, print, data.into()))
}

#[cfg(not(target_os = "linux"))]
pub fn read_cached(_: &Path, _: u64) -> Option<(File, Fingerprint, Bytes)> {
    None
}

/// The whole of a small file, which is still the same when it has been read. Blocking.
pub fn read(path: &Path, file: &File, print: Fingerprint) -> Result<Bytes, Trouble> {
    let mut data = vec![0; usize::try_from(print.size).unwrap_or(usize::MAX)];
    match file.read_exact_at(&mut data, 0) {
        Ok(()) => unchanged(path, file, print)?,
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            return Err(changed(path, "it became shorter while it was being uploaded"));
        }
        Err(error) => return Err(Trouble::disk(format!("read {}", path.display()), &error)),
    }
    Ok(data.into())
}

/// Fails where the open file, or the file now at `path`, is not what it was. Blocking.
pub fn unchanged(path: &Path, file: &File, was: Fingerprint) -> Result<(), Trouble> {
    let now = file.metadata().map_err(|error| Trouble::disk(what(path), &error))?;
    if Fingerprint::of(&now) != was {
        return Err(changed(path, "it changed while it was being uploaded"));
    }
    match std::fs::metadata(path) {
        Ok(meta) if Fingerprint::of(&meta) == was => Ok(()),
        Ok(_) => Err(changed(path, "another file took its place while it was being uploaded")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(changed(path, "it was removed while it was being uploaded"))
        }
        Err(error) => Err(Trouble::disk(what(path), &error)),
    }
}

/// The failure of an upload whose source did not hold still.
pub fn changed(path: &Path, why: &str) -> Trouble {
    Trouble::new(Kind::Disk, what(path), why).hint("put it again once nothing writes to it")
}

fn not_a_file(path: &Path, meta: &Metadata) -> Trouble {
    if meta.is_dir() {
        Trouble::new(Kind::Invalid, what(path), "it is a folder").hint("give -r to upload folders")
    } else {
        Trouble::new(Kind::Invalid, what(path), "it is neither a file nor a folder")
    }
}

fn what(path: &Path) -> String {
    format!("put {}", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    #[test]
    fn a_change_of_any_kind_is_seen() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        std::fs::write(&path, "one").unwrap();
        let (file, was) = open(&path).unwrap();
        unchanged(&path, &file, was).unwrap();

        std::fs::File::options().append(true).open(&path).unwrap().write_all(b"!").unwrap();
        assert!(unchanged(&path, &file, was).unwrap_err().why.contains("changed"));

        let (file, was) = open(&path).unwrap();
        std::fs::write(dir.path().join("g"), "two").unwrap();
        std::fs::rename(dir.path().join("g"), &path).unwrap();
        let why = unchanged(&path, &file, was).unwrap_err().why;
        assert!(why.contains("another file") || why.contains("changed"), "{why}");

        let (file, was) = open(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        let why = unchanged(&path, &file, was).unwrap_err().why;
        assert!(why.contains("removed") || why.contains("changed"), "{why}");
    }

    #[test]
    fn what_is_in_memory_is_read_at_once_and_whole() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        std::fs::write(&path, "just written").unwrap();
        // `None` only where the system cannot tell.
        if let Some((file, print, data)) = read_cached(&path, 100) {
            assert_eq!((&data[..], print.size), (&b"just written"[..], 12));
            assert_eq!(read(&path, &file, print).unwrap(), data);
        }
        assert!(read_cached(&path, 11).is_none(), "too large");
        assert!(read_cached(dir.path(), 1 << 20).is_none(), "a folder");
        assert!(read_cached(&dir.path().join("none"), 100).is_none());
    }

    #[test]
    fn what_is_no_file_says_so() {
        let dir = tempfile::tempdir().unwrap();
        let trouble = open(dir.path()).unwrap_err();
        assert_eq!((trouble.kind, trouble.why.as_str()), (Kind::Invalid, "it is a folder"));
        let gone = open(&dir.path().join("none")).unwrap_err();
        assert_eq!(gone.kind, Kind::Disk);
        let pipe = dir.path().join("pipe");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &pipe,
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::RUSR,
            0,
        )
        .unwrap();
        assert_eq!(open(&pipe).unwrap_err().why, "it is neither a file nor a folder");
    }
}
