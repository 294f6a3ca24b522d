//! Where a previewer reads from: ranges of an object, by blocking calls.

use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;

/// The first block that is read; each further one in a row is twice as long.
const FIRST: u64 = 64 << 10;
/// The longest block.
const LONGEST: u64 = 1 << 20;

/// An object that can be read in ranges. Previewers are plain blocking code on a thread of their
/// own, so that the parsers of the field can be used as they are.
pub trait Source: Send + Sync {
    /// Bytes.
    fn size(&self) -> u64;

    /// Exactly the bytes of a range that lies inside the object.
    ///
    /// # Errors
    /// [`io::ErrorKind::Interrupted`] is kept from callers that retry it: where nobody wants
    /// the preview any more this answers [`io::ErrorKind::ConnectionAborted`].
    fn read(&self, range: Range<u64>) -> io::Result<Bytes>;
}

/// An object in memory.
impl Source for Bytes {
    fn size(&self) -> u64 {
        self.len() as u64
    }

    fn read(&self, range: Range<u64>) -> io::Result<Bytes> {
        Ok(self.slice(range.start as usize..range.end as usize))
    }
}

/// Reads a source from front to back or from anywhere, a block at a time.
#[derive(Clone)]
pub struct Window {
    source: Arc<dyn Source>,
    at: u64,
    /// Where `block` begins.
    start: u64,
    block: Bytes,
    /// How long the next block is.
    next: u64,
}

impl Window {
    pub fn new(source: Arc<dyn Source>) -> Self {
        Self { source, at: 0, start: 0, block: Bytes::new(), next: FIRST }
    }

    /// The object's size in bytes.
    pub fn size(&self) -> u64 {
        self.source.size()
    }

    /// What is left of the block at hand; reads another one where that is through.
    fn rest(&mut self) -> io::Result<&[u8]> {
        let end = self.start + self.block.len() as u64;
        if self.at < self.start || self.at >= end {
            let size = self.source.size();
            if self.at >= size {
                return Ok(&[]);
            }
            self.next = if self.at == end { (self.next * 2).min(LONGEST) } else { FIRST };
            self.block = self.source.read(self.at..size.min(self.at + self.next))?;
            self.start = self.at;
        }
        Ok(&self.block[(self.at - self.start) as usize..])
    }
}

impl Read for Window {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let rest = self.rest()?;
        let some = rest.len().min(into.len());
        into[..some].copy_from_slice(&rest[..some]);
        self.at += some as u64;
        Ok(some)
    }
}

impl Seek for Window {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.source.size().checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "before 0"))?;
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(len: usize) -> (Window, Vec<u8>) {
        let bytes: Vec<u8> = (0..len).map(|n| (n % 251) as u8).collect();
        (Window::new(Arc::new(Bytes::from(bytes.clone()))), bytes)
    }

    #[test]
    fn it_reads_what_is_there_across_blocks() {
        let (mut window, bytes) = window(300_000);
        let mut all = Vec::new();
        window.read_to_end(&mut all).unwrap();
        assert!(all == bytes);
    }

    #[test]
    fn it_reads_from_anywhere() {
        let (mut window, bytes) = window(300_000);
        for at in [299_990, 5, 65_530, 0] {
            let mut ten = [0; 10];
            window.seek(SeekFrom::Start(at)).unwrap();
            window.read_exact(&mut ten).unwrap();
            assert_eq!(ten, bytes[at as usize..at as usize + 10]);
        }
        assert_eq!(window.seek(SeekFrom::End(-1)).unwrap(), 299_999);
        assert!(window.seek(SeekFrom::Current(-300_000)).is_err());
        window.seek(SeekFrom::End(7)).unwrap();
        assert_eq!(window.read(&mut [0]).unwrap(), 0);
    }
}
