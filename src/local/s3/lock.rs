//! Locks that hold among threads and among processes.
//!
//! `flock` belongs to the open file, so a file opened anew for every hold excludes
//! both other threads and other processes, and a killed process lets go by dying.

use std::collections::BTreeSet;
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
        self.hold("object", shard(&format!("{bucket}/{key}")))
    }

    /// Waits for the locks of many objects, always in the same order, so that two who want the
    /// same ones never wait for each other.
    pub fn objects<'a>(
        &self,
        bucket: &str,
        keys: impl IntoIterator<Item = &'a str>,
    ) -> std::io::Result<Vec<Held>> {
        let shards: BTreeSet<u64> =
            keys.into_iter().map(|key| shard(&format!("{bucket}/{key}"))).collect();
        shards.into_iter().map(|shard| self.hold("object", shard)).collect()
    }

    /// Waits for the lock of one multipart upload.
    pub fn upload(&self, id: &str) -> std::io::Result<Held> {
        self.hold("upload", shard(id))
    }

    fn hold(&self, kind: &str, shard: u64) -> std::io::Result<Held> {
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

/// The shard comes from a checksum, not from std's hasher: every build of the
/// program that opens this lake must choose the same one.
fn shard(what: &str) -> u64 {
    crc_fast::checksum(crc_fast::CrcAlgorithm::Crc64Nvme, what.as_bytes()) % SHARDS
}
