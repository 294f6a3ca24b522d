//! Blocks of memory for bytes on their way, used again instead of given back: a fresh one
//! costs the kernel more than the read that fills it.

use std::fs::File;
use std::io;
use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;

/// Bytes of a block: small enough to stay in a processor's cache while it is summed up or sealed.
pub const BLOCK: usize = 64 * 1024;

/// The most that is kept while nobody needs it: as much as all transfers may hold at once.
const KEPT: usize = (24 << 20) / BLOCK;

static IDLE: Mutex<Vec<Box<[u8]>>> = Mutex::new(Vec::new());

/// A block, which goes back to the others when it is dropped.
pub struct Block {
    bytes: Box<[u8]>,
    len: usize,
}

impl Block {
    /// One of [`BLOCK`] bytes, with whatever its last use left in it.
    pub fn take() -> Self {
        let idle = IDLE.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let bytes = idle.unwrap_or_else(|| vec![0; BLOCK].into_boxed_slice());
        Self { len: bytes.len(), bytes }
    }

    /// The first `len` bytes of it, to be handed on.
    pub fn into_bytes(mut self, len: usize) -> Bytes {
        self.len = len.min(self.bytes.len());
        Bytes::from_owner(self)
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        let mut idle = IDLE.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < KEPT {
            idle.push(std::mem::take(&mut self.bytes));
        }
    }
}

impl AsRef<[u8]> for Block {
    fn as_ref(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

impl Deref for Block {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.as_ref()
    }
}

impl DerefMut for Block {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.bytes[..self.len]
    }
}

/// Reads up to [`BLOCK`] bytes that the kernel has in memory, without ever waiting for a disk;
/// `None` where it would have to, or where the system cannot tell.
pub fn read_cached(file: &File, len: usize, at: u64) -> Option<Bytes> {
    let mut block = Block::take();
    let len = len.min(block.len());
    let read = read_now(file, &mut block[..len], at).ok()?;
    (read == len).then(|| block.into_bytes(len))
}

/// Reads what the kernel has in memory, which may be less than asked for.
///
/// `RWF_NOWAIT` (preadv2(2)): does not wait for data that is not immediately available.
///
/// # Errors
/// Where nothing is there, or the system cannot tell.
#[cfg(target_os = "linux")]
pub fn read_now(file: &File, into: &mut [u8], at: u64) -> io::Result<usize> {
    use rustix::io::ReadWriteFlags;
    let into = &mut [io::IoSliceMut::new(into)];
    Ok(rustix::io::preadv2(file, into, at, ReadWriteFlags::NOWAIT)?)
}

#[cfg(not(target_os = "linux"))]
pub fn read_now(_: &File, _: &mut [u8], _: u64) -> io::Result<usize> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_used_again() {
        let mut block = Block::take();
        block[0] = 7;
        let bytes = block.into_bytes(3);
        assert_eq!((bytes.len(), bytes[0]), (3, 7));
        drop(bytes);
        assert_eq!(Block::take().len(), BLOCK, "whole again, however little was handed on");
    }

    #[test]
    fn what_is_read_from_memory_is_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        std::fs::write(&path, b"0123456789").unwrap();
        let file = File::open(&path).unwrap();
        // Just written, so in memory, unless the file system cannot tell.
        if let Some(bytes) = read_cached(&file, 4, 3) {
            assert_eq!(bytes, &b"3456"[..]);
        }
        assert!(read_cached(&file, 8, 3).is_none(), "a short read is none");
    }
}
