//! The temporary file of a download: beside the destination, of nobody else's use while it is
//! open, and given its name at the end without replacing anything.

use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use crate::model::trouble::{Kind, Trouble};
use crate::model::uri::S3Uri;

/// An open temporary file, locked.
#[derive(Clone)]
pub(super) struct Temp {
    pub path: PathBuf,
    pub file: Arc<File>,
}

/// The same name for the same object and destination, so that what a killed lakehand left is
/// used or replaced by the next try, and never piles up.
pub(super) fn name(to: &Path, etag: Option<&str>) -> PathBuf {
    let folder = to.parent().unwrap_or(Path::new("."));
    let mut digest = Sha256::new();
    digest.update(to.as_os_str().as_encoded_bytes());
    digest.update([0]);
    digest.update(etag.unwrap_or_default());
    folder.join(format!(".lakehand-{}.part", hex::encode(&digest.finalize()[..12])))
}

/// A new and empty one, its folders made. Blocking.
pub(super) fn create(path: &Path) -> Result<Temp, Trouble> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|error| disk(folder, &error))?;
    }
    let temp = lock(path, File::options().read(true).write(true).create(true).truncate(false))?;
    temp.file.set_len(0).map_err(|error| disk(path, &error))?;
    Ok(temp)
}

/// One that is there; `None` where it is not. Blocking.
pub(super) fn open(path: &Path) -> Result<Option<Temp>, Trouble> {
    match path.symlink_metadata() {
        Ok(_) => lock(path, File::options().read(true).write(true)).map(Some),
        Err(_) => Ok(None),
    }
}

fn lock(path: &Path, how: &fs::OpenOptions) -> Result<Temp, Trouble> {
    // Its name can be guessed: a link that somebody put there would lead out of the folder.
    let flags = rustix::fs::OFlags::NOFOLLOW.bits().cast_signed();
    let file = how.clone().custom_flags(flags).open(path).map_err(|error| disk(path, &error))?;
    let mut tries = 0;
    loop {
        match file.try_lock() {
            Ok(()) => break,
            // A block that was being written when its download was paused ends soon.
            Err(TryLockError::WouldBlock) if tries < 40 => {
                tries += 1;
                std::thread::sleep(Duration::from_millis(50));
            }
            Err(TryLockError::WouldBlock) => return Err(busy(path)),
            // A file system without locks: the journal still keeps lakehands apart.
            Err(TryLockError::Error(_)) => break,
        }
    }
    // Whoever had it may have given it its name between the two calls.
    let there = fs::metadata(path).map(|meta| meta.ino()).ok();
    if there != file.metadata().map(|meta| meta.ino()).ok() {
        return Err(busy(path));
    }
    Ok(Temp { path: path.to_owned(), file: Arc::new(file) })
}

fn busy(path: &Path) -> Trouble {
    let why = "another lakehand is fetching the same object to the same place";
    Trouble::new(Kind::Refused, format!("write {}", path.display()), why)
}

/// Removes the temporary file of a download that will not go on.
pub(super) async fn discard(path: PathBuf) -> Result<(), Trouble> {
    match tokio::fs::remove_file(&path).await {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(Trouble::disk(format!("remove {}", path.display()), &error))
        }
        _ => Ok(()),
    }
}

impl Temp {
    /// Renames without replacing what may have appeared meanwhile; `durable` waits for the disk,
    /// for the content first and then for the name. Blocking.
    pub fn give_name(&self, from: &S3Uri, to: &Path, durable: bool) -> Result<(), Trouble> {
        if durable {
            self.file.sync_data().map_err(|error| disk(&self.path, &error))?;
        }
        rename(from, &self.path, to)?;
        if durable {
            sync_folder(to).map_err(|error| disk(to, &error))?;
        }
        Ok(())
    }
}

/// A name is on disk when its folder is (`fsync(2)`).
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    match File::open(folder.unwrap_or(Path::new("."))).and_then(|folder| folder.sync_all()) {
        // A file system that cannot, and a folder that may be written but not read.
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::InvalidInput | io::ErrorKind::PermissionDenied
            ) =>
        {
            Ok(())
        }
        synced => synced,
    }
}

fn rename(from: &S3Uri, temp: &Path, to: &Path) -> Result<(), Trouble> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    use rustix::io::Errno;
    match renameat_with(CWD, temp, CWD, to, RenameFlags::NOREPLACE) {
        Ok(()) => Ok(()),
        Err(Errno::EXIST) => Err(in_the_way(from, to)),
        // A file system that cannot: a link fails over an existing name just as well.
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => match fs::hard_link(temp, to) {
            Ok(()) => fs::remove_file(temp).map_err(|error| disk(temp, &error)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(in_the_way(from, to)),
            Err(_) if to.symlink_metadata().is_ok() => Err(in_the_way(from, to)),
            Err(_) => fs::rename(temp, to).map_err(|error| disk(to, &error)),
        },
        Err(error) => Err(disk(to, &error.into())),
    }
}

pub(super) fn disk(path: &Path, error: &io::Error) -> Trouble {
    Trouble::disk(format!("write {}", path.display()), error)
}

pub(super) fn in_the_way(from: &S3Uri, to: &Path) -> Trouble {
    let why = format!("{} is there already, and not shown to be the same", to.display());
    Trouble::new(Kind::Precondition, format!("get {from}"), why)
        .hint("move it away, or choose another folder")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_in_its_place_is_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        let theirs = dir.path().join("theirs");
        fs::write(&theirs, "precious").unwrap();
        let path = name(&dir.path().join("f"), Some("etag"));
        std::os::unix::fs::symlink(&theirs, &path).unwrap();
        assert!(create(&path).is_err());
        assert!(open(&path).is_err());
        assert_eq!(fs::read(&theirs).unwrap(), b"precious");
    }
}
