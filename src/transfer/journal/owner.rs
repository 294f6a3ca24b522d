//! Who works on what.
//!
//! Every process with a queue holds a lock (flock) on a file of its own for as long as it
//! lives, however it ends, and its batches name that file. A batch whose owner's file can be
//! locked is an orphan and may be taken.

use std::fs::{DirBuilder, File, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension as _, Result as Sql, params};

use super::text::now;
use crate::model::trouble::Trouble;

/// Names one process's hold on its part of the queue.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct OwnerId(pub String);

/// What an owner tells of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnerNote {
    pub id: OwnerId,
    pub pid: u32,
    /// It has lost its terminal: its queue may be asked for.
    pub headless: bool,
}

/// This process's lock. Ends with the process, or when it is dropped.
pub(super) struct Lease {
    id: OwnerId,
    folder: PathBuf,
    _file: File,
}

impl Lease {
    pub fn take(folder: &Path) -> Result<Self, Trouble> {
        let id = OwnerId(uuid::Uuid::new_v4().simple().to_string());
        let path = lock_file(folder, &id);
        let file = DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .and_then(|()| locked(&path))
            .map_err(|error| Trouble::disk(format!("make {}", path.display()), &error))?;
        sweep(folder);
        Ok(Self { id, folder: folder.to_owned(), _file: file })
    }

    pub fn id(&self) -> OwnerId {
        self.id.clone()
    }

    pub fn socket(&self) -> PathBuf {
        socket_of(&self.folder, &self.id)
    }

    pub fn note(&self) -> OwnerNote {
        OwnerNote { id: self.id(), pid: std::process::id(), headless: false }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(lock_file(&self.folder, &self.id));
        let _ = std::fs::remove_file(self.socket());
    }
}

/// A new file with its lock. It has another name until it is locked: nobody ever sees it
/// without.
fn locked(path: &Path) -> io::Result<File> {
    let new = path.with_extension("new");
    let file = File::options().create_new(true).write(true).mode(0o600).open(&new)?;
    file.lock()?;
    std::fs::rename(new, path)?;
    Ok(file)
}

/// Removes what killed processes have left in the folder.
fn sweep(folder: &Path) {
    for file in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = file.path();
        let name = path.file_stem().and_then(|name| name.to_str());
        if let Some(name) = name.filter(|_| path.extension().is_some_and(|kind| kind == "lock")) {
            lives(Some(folder), &OwnerId(name.to_owned()));
        }
    }
}

/// Where an owner listens for others.
pub(super) fn socket_of(folder: &Path, id: &OwnerId) -> PathBuf {
    folder.join(format!("{}.sock", id.0))
}

fn lock_file(folder: &Path, id: &OwnerId) -> PathBuf {
    folder.join(format!("{}.lock", id.0))
}

/// True while the owner's process lives. What a dead one left is removed.
///
/// A journal in memory has no folder, and only itself.
pub(super) fn lives(folder: Option<&Path>, id: &OwnerId) -> bool {
    let Some(folder) = folder else { return false };
    let path = lock_file(folder, id);
    match File::open(&path) {
        Ok(file) => match file.try_lock() {
            Ok(()) => {
                let _ = std::fs::remove_file(path);
                let _ = std::fs::remove_file(socket_of(folder, id));
                false
            }
            Err(TryLockError::WouldBlock) => true,
            // Not to be known: leave it alone.
            Err(TryLockError::Error(_)) => true,
        },
        Err(error) => error.kind() != io::ErrorKind::NotFound,
    }
}

/// Makes this process known.
pub(super) fn note(db: &Connection, note: OwnerNote) -> Sql<()> {
    db.execute(
        "INSERT INTO owner (id, pid, began) VALUES (?1, ?2, ?3)",
        params![note.id.0, note.pid, now()],
    )?;
    db.execute(
        "DELETE FROM owner WHERE id <> ?1 AND began < ?2
         AND id NOT IN (SELECT owner FROM batch WHERE owner IS NOT NULL)",
        params![note.id.0, now() - 24 * 3600 * 1000],
    )?;
    Ok(())
}

pub(super) fn headless(db: &Connection, id: &OwnerId) -> Sql<()> {
    db.execute("UPDATE owner SET headless = 1 WHERE id = ?1", [&id.0]).map(drop)
}

pub(super) fn find(db: &Connection, id: &OwnerId) -> Sql<Option<OwnerNote>> {
    db.prepare_cached("SELECT pid, headless FROM owner WHERE id = ?1")?
        .query_row([&id.0], |row| {
            Ok(OwnerNote { id: id.clone(), pid: row.get(0)?, headless: row.get(1)? })
        })
        .optional()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_lives_as_long_as_its_lock() {
        let dir = tempfile::tempdir().unwrap();
        let lease = Lease::take(dir.path()).unwrap();
        let id = lease.id();
        assert!(lives(Some(dir.path()), &id));
        drop(lease);
        assert!(!lives(Some(dir.path()), &id));
    }

    #[test]
    fn what_a_killed_process_left_is_nobodys() {
        let dir = tempfile::tempdir().unwrap();
        let id = OwnerId("gone".into());
        std::fs::write(lock_file(dir.path(), &id), "").unwrap();
        std::fs::write(socket_of(dir.path(), &id), "").unwrap();
        let lease = Lease::take(dir.path()).unwrap();
        assert!(lives(Some(dir.path()), &lease.id()));
        let left: Vec<_> = std::fs::read_dir(dir.path()).unwrap().collect();
        assert_eq!(left.len(), 1, "{left:?}");
        std::fs::write(lock_file(dir.path(), &id), "").unwrap();
        assert!(!lives(Some(dir.path()), &id));
        assert!(!lock_file(dir.path(), &id).exists());
    }
}
