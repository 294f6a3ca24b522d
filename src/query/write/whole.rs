//! A file that appears under its name only when it is whole.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// Written beside its place as `….part`; what is not finished leaves nothing behind.
#[derive(Debug)]
pub struct WholeFile {
    to: BufWriter<File>,
    part: PathBuf,
    path: PathBuf,
}

impl WholeFile {
    /// With these permissions, less what the user's mask takes away.
    ///
    /// # Errors
    /// As opening a file.
    pub fn create(path: &Path, mode: u32) -> io::Result<Self> {
        let mut part = path.as_os_str().to_owned();
        part.push(".part");
        let part = PathBuf::from(part);
        let mut options = OpenOptions::new();
        let file = options.write(true).create(true).truncate(true).mode(mode).open(&part)?;
        Ok(Self { to: BufWriter::new(file), part, path: path.to_owned() })
    }

    /// Where it will be.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Gives it its name once it is on the disk; answers its bytes.
    ///
    /// # Errors
    /// As writing and renaming a file.
    pub fn finish(mut self) -> io::Result<u64> {
        self.to.flush()?;
        let file = self.to.get_ref();
        file.sync_all()?;
        fs::rename(&self.part, &self.path)?;
        Ok(file.metadata()?.len())
    }
}

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.to.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

impl Drop for WholeFile {
    /// After a finish there is no part.
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.part);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_there_when_it_is_whole_and_not_before() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.csv");
        let mut half = WholeFile::create(&path, 0o600).unwrap();
        half.write_all(b"half").unwrap();
        drop(half);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
        let mut whole = WholeFile::create(&path, 0o600).unwrap();
        whole.write_all(b"whole").unwrap();
        assert!(!path.exists());
        assert_eq!(whole.finish().unwrap(), 5);
        assert_eq!(fs::read(&path).unwrap(), b"whole");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
