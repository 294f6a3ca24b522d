//! Bucket folders on disk, reached one step at a time without following links.
//!
//! Files are dropped into `buckets/` by hand, so a symbolic link in there could
//! lead anywhere: every step is an `openat` that refuses links, and what cannot be
//! reached this way does not exist for S3.

use std::fs::File;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;

const FOLDER: OFlags =
    OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);
/// NONBLOCK so that a named pipe somebody left in a bucket cannot hang the lake.
const FILE: OFlags =
    OFlags::RDONLY.union(OFlags::NOFOLLOW).union(OFlags::NONBLOCK).union(OFlags::CLOEXEC);

/// What tells one content of a file from another without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint {
    pub size: u64,
    /// Nanoseconds since the epoch.
    pub mtime: i64,
    pub inode: u64,
}

impl Fingerprint {
    #[allow(clippy::unnecessary_cast, reason = "the widths differ between systems")]
    pub fn of_stat(stat: &Stat) -> Self {
        Self {
            size: u64::try_from(stat.st_size).unwrap_or(0),
            mtime: (stat.st_mtime as i64)
                .saturating_mul(1_000_000_000)
                .saturating_add(stat.st_mtime_nsec as i64),
            inode: stat.st_ino as u64,
        }
    }

    pub fn of(file: impl AsFd) -> rustix::io::Result<Self> {
        rustix::fs::fstat(file).map(|stat| Self::of_stat(&stat))
    }

    pub fn modified(&self) -> std::time::SystemTime {
        let nanos = std::time::Duration::from_nanos(self.mtime.unsigned_abs());
        if self.mtime < 0 { std::time::UNIX_EPOCH - nanos } else { std::time::UNIX_EPOCH + nanos }
    }
}

/// The end of a walk down some folders.
pub enum Spot {
    Folder(OwnedFd),
    /// A folder on the way does not exist.
    Absent,
    /// A file, a link or a name the file system refuses is in the way.
    Blocked,
}

/// Opens `buckets/<bucket>`; `None` where there is no such folder.
pub fn bucket(buckets: &Path, name: &str) -> rustix::io::Result<Option<OwnedFd>> {
    let all = rustix::fs::openat(CWD, buckets, FOLDER, Mode::empty())?;
    found(rustix::fs::openat(all, name, FOLDER, Mode::empty()))
}

/// Walks down `folders` below `from`, making the missing ones if asked to.
pub fn descend(from: OwnedFd, folders: &[&str], make: bool) -> rustix::io::Result<Spot> {
    let mut here = from;
    for name in folders {
        let mut next = rustix::fs::openat(&here, *name, FOLDER, Mode::empty());
        if make && next.as_ref().is_err_and(|why| *why == Errno::NOENT) {
            match rustix::fs::mkdirat(
                &here,
                *name,
                Mode::from_raw_mode(crate::local::private::FOLDER),
            ) {
                Ok(()) => rustix::fs::fsync(&here)?,
                Err(Errno::EXIST | Errno::NOENT) => {}
                Err(why) => return Err(why),
            }
            next = rustix::fs::openat(&here, *name, FOLDER, Mode::empty());
        }
        here = match next {
            Ok(next) => next,
            Err(Errno::NOENT) => return Ok(Spot::Absent),
            Err(Errno::NOTDIR | Errno::LOOP | Errno::NAMETOOLONG | Errno::INVAL | Errno::ILSEQ) => {
                return Ok(Spot::Blocked);
            }
            Err(why) => return Err(why),
        };
    }
    Ok(Spot::Folder(here))
}

/// Opens the plain file `name`; `None` for what is missing or is no plain file.
pub fn open_file(folder: &OwnedFd, name: &str) -> rustix::io::Result<Option<(File, Fingerprint)>> {
    let Some(fd) = found(rustix::fs::openat(folder, name, FILE, Mode::empty()))? else {
        return Ok(None);
    };
    let stat = rustix::fs::fstat(&fd)?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Ok(None);
    }
    Ok(Some((File::from(fd), Fingerprint::of_stat(&stat))))
}

/// The kind and fingerprint of what bears that name, links not followed.
pub fn look(folder: &OwnedFd, name: &str) -> rustix::io::Result<Option<(FileType, Fingerprint)>> {
    let stat = found(rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW))?;
    Ok(stat.map(|stat| (FileType::from_raw_mode(stat.st_mode), Fingerprint::of_stat(&stat))))
}

/// Removes the folders on a path that have become empty, innermost first, so that
/// deleting an object leaves no bare folders behind. Never removes the bucket.
pub fn prune(bucket: &OwnedFd, folders: &[&str]) -> rustix::io::Result<()> {
    for depth in (0..folders.len()).rev() {
        let Spot::Folder(parent) =
            descend(bucket.try_clone().map_err(|_| Errno::MFILE)?, &folders[..depth], false)?
        else {
            continue;
        };
        match rustix::fs::unlinkat(&parent, folders[depth], AtFlags::REMOVEDIR) {
            Ok(()) | Err(Errno::NOENT) => {}
            Err(_) => break,
        }
    }
    Ok(())
}

fn found<T>(result: rustix::io::Result<T>) -> rustix::io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(
            Errno::NOENT
            | Errno::NOTDIR
            | Errno::LOOP
            | Errno::NAMETOOLONG
            | Errno::ISDIR
            | Errno::NXIO
            | Errno::ILSEQ,
        ) => Ok(None),
        Err(why) => Err(why),
    }
}
