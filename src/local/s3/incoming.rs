//! A file on its way in: written under `tmp/`, hashed as it streams, moved at the end.

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rustix::fs::FlockOperation;

use super::checksum::{Algorithm, Digests, Hashing};
use super::error::StoreError;
use super::tree::Fingerprint;

/// Bytes read at a time.
pub const BLOCK: usize = 256 * 1024;
/// Marks the files that a crash may leave and that opening the lake removes.
const MARK: &str = "put-";
/// A file this young may not have been locked yet.
const YOUNG: Duration = Duration::from_secs(60);

/// Removed when it is dropped before it was moved.
#[derive(Debug)]
pub struct Incoming {
    pub file: File,
    path: PathBuf,
    moved: bool,
}

impl Incoming {
    /// An empty file in `tmp`, locked for as long as it is being written.
    pub fn create(tmp: &Path) -> Result<Self, StoreError> {
        let path = tmp.join(format!("{MARK}{}", uuid::Uuid::new_v4().simple()));
        let file =
            crate::local::private::options().read(true).write(true).create_new(true).open(&path)?;
        rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive)?;
        Ok(Self { file, path, moved: false })
    }

    /// Takes over a file that somebody else finished.
    pub fn adopt(path: &Path) -> Result<Self, StoreError> {
        let file = File::options().read(true).write(true).open(path)?;
        file.set_modified(SystemTime::now())?;
        Ok(Self { file, path: path.to_owned(), moved: false })
    }

    /// Writes all of `body`, hashing it.
    ///
    /// # Errors
    /// `IncompleteBody` when the body breaks off, `InternalError` when the disk fails.
    pub fn receive(
        &mut self,
        body: impl Read,
        algorithms: &[Algorithm],
    ) -> Result<Digests, StoreError> {
        let file = &mut self.file;
        hash(body, algorithms, |block| file.write_all(block).map_err(StoreError::from))
    }

    /// Makes the bytes durable and says which file they are.
    pub fn seal(&self) -> Result<Fingerprint, StoreError> {
        self.file.sync_all()?;
        Ok(Fingerprint::of(&self.file)?)
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// To be called once the file bears another name.
    pub fn moved(mut self) {
        self.moved = true;
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        if !self.moved {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Reads all of `body` block by block, hashing each and handing it on.
pub fn hash(
    mut body: impl Read,
    algorithms: &[Algorithm],
    mut each: impl FnMut(&[u8]) -> Result<(), StoreError>,
) -> Result<Digests, StoreError> {
    let mut hashing = Hashing::new(algorithms);
    let mut block = vec![0; BLOCK];
    loop {
        let n = match body.read(&mut block) {
            Ok(0) => return Ok(hashing.finish()),
            Ok(n) => n,
            Err(why) if why.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(why) => return Err(broken_off(&why)),
        };
        hashing.update(&block[..n]);
        each(&block[..n])?;
    }
}

fn broken_off(why: &std::io::Error) -> StoreError {
    if let Some(inner) = why.get_ref().and_then(|inner| inner.downcast_ref::<StoreError>()) {
        return inner.clone();
    }
    StoreError::new("IncompleteBody", format!("The request body broke off: {why}"))
}

/// Removes what writers that died left in `tmp`. A living writer holds its lock.
pub fn sweep(tmp: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(tmp)? {
        let entry = entry?;
        if !entry.file_name().to_string_lossy().starts_with(MARK) {
            continue;
        }
        let young = |modified: SystemTime| modified.elapsed().map_or(true, |age| age < YOUNG);
        let (Ok(meta), Ok(file)) = (entry.metadata(), File::open(entry.path())) else { continue };
        if meta.modified().is_ok_and(young)
            || rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive).is_err()
        {
            continue;
        }
        let _ = std::fs::remove_file(entry.path());
    }
    Ok(())
}
