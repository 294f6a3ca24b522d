//! Locks that hold among threads and among processes.
//!
//! `flock` belongs to the open file, so a file opened anew for every hold excludes
//! both other threads and other processes, and a killed process lets go by dying.

use std::fs::File;
use std::path::PathBuf;

use rustix::fs::FlockOperation;

/// Names share locks; enough of them that strangers seldom wait for each other.
const SHARDS: u64 = 64;

#[derive(Debug, Clone)]
pub struct Locks {
    dir: PathBuf,
}

/// Held until it is dropped.
#[must_use]
pub struct Held(#[allow(dead_code, reason = "closing the file is what unlocks")] File);

impl Locks {
    pub fn new(dir: PathBuf) -> Self {
        Self { dir }
    }

    /// Waits for the lock of one object. Taken after an upload's lock, never before.
    pub fn object(&self, bucket: &str, key: &str) -> std::io::Result<Held> {
        self.hold("object", &format!("{bucket}/{key}"))
    }

    /// Waits for the lock of one multipart upload.
    pub fn upload(&self, id: &str) -> std::io::Result<Held> {
        self.hold("upload", id)
    }

    /// The shard comes from a checksum, not from std's hasher: every build of the
    /// program that opens this lake must choose the same one.
    fn hold(&self, kind: &str, what: &str) -> std::io::Result<Held> {
        let shard = crc_fast::checksum(crc_fast::CrcAlgorithm::Crc64Nvme, what.as_bytes()) % SHARDS;
        let file = crate::local::private::options()
            .create(true)
            .append(true)
            .open(self.dir.join(format!("{kind}-{shard}")))?;
        loop {
            match rustix::fs::flock(&file, FlockOperation::LockExclusive) {
                Ok(()) => return Ok(Held(file)),
                Err(rustix::io::Errno::INTR) => {}
                Err(why) => return Err(why.into()),
            }
        }
    }
}
