//! Where a previewer reads from: ranges of an object, by blocking calls.

use std::io::{self, BufRead, Read, Seek, SeekFrom};
use std::ops::Range;
use std::sync::{Arc, OnceLock};

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

/// The same source with its beginning and its end kept: what is recognised by its first bytes
/// and read from its last ones costs one request for each.
pub struct Kept {
    source: Arc<dyn Source>,
    head: Bytes,
    tail: OnceLock<Bytes>,
}

impl Kept {
    /// `head` is the beginning of the source.
    pub fn new(source: Arc<dyn Source>, head: Bytes) -> Self {
        Self { source, head, tail: OnceLock::new() }
    }

    /// Where the part begins that is kept of the end.
    fn tail_start(&self) -> u64 {
        self.size().saturating_sub(FIRST).max(self.head.len() as u64)
    }

    fn tail(&self) -> io::Result<&Bytes> {
        match self.tail.get() {
            Some(tail) => Ok(tail),
            None => {
                let tail = self.source.read(self.tail_start()..self.size())?;
                Ok(self.tail.get_or_init(|| tail))
            }
        }
    }
}

impl Source for Kept {
    fn size(&self) -> u64 {
        self.source.size()
    }

    fn read(&self, range: Range<u64>) -> io::Result<Bytes> {
        let part = |kept: &Bytes, start: u64| {
            kept.slice((range.start - start) as usize..(range.end - start) as usize)
        };
        if range.end <= self.head.len() as u64 {
            return Ok(part(&self.head, 0));
        }
        if range.start >= self.tail_start() {
            return Ok(part(self.tail()?, self.tail_start()));
        }
        self.source.read(range)
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
            let goes_on = self.at == end && !self.block.is_empty();
            self.next = if goes_on { (self.next * 2).min(LONGEST) } else { FIRST };
            self.block = self.source.read(self.at..size.min(self.at + self.next))?;
            self.start = self.at;
        }
        Ok(&self.block[(self.at - self.start) as usize..])
    }
}

/// What `Read` is for whoever keeps a buffer.
pub(super) fn read_through(from: &mut impl BufRead, into: &mut [u8]) -> io::Result<usize> {
    let some = from.fill_buf()?.read(into)?;
    from.consume(some);
    Ok(some)
}

impl Read for Window {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        read_through(self, into)
    }
}

impl BufRead for Window {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.rest()
    }

    fn consume(&mut self, some: usize) {
        self.at += some as u64;
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
    use std::sync::Mutex;

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
    fn the_first_block_is_the_part_that_is_kept() {
        let bytes = Bytes::from(vec![7; 300_000]);
        let noted = Arc::new(Noted(bytes.clone(), Mutex::default()));
        let kept = Kept::new(noted.clone(), bytes.slice(..65_536));
        let mut window = Window::new(Arc::new(kept));
        window.read_exact(&mut [0; 65_536]).unwrap();
        assert!(noted.1.lock().unwrap().is_empty());
        window.read_exact(&mut [0]).unwrap();
        assert_eq!(*noted.1.lock().unwrap(), vec![Range { start: 65_536, end: 196_608 }]);
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

    /// Notes what is read of it.
    struct Noted(Bytes, Mutex<Vec<Range<u64>>>);

    impl Source for Noted {
        fn size(&self) -> u64 {
            self.0.size()
        }

        fn read(&self, range: Range<u64>) -> io::Result<Bytes> {
            self.1.lock().unwrap().push(range.clone());
            self.0.read(range)
        }
    }

    #[test]
    fn beginning_and_end_are_read_once() {
        let bytes = Bytes::from((0..300_000u32).map(|n| (n % 251) as u8).collect::<Vec<_>>());
        let noted = Arc::new(Noted(bytes.clone(), Mutex::default()));
        let kept = Kept::new(noted.clone(), bytes.slice(..65_536));
        for range in [0..10, 65_530..65_536, 299_978..300_000, 299_000..299_978, 240_000..240_001] {
            let wanted = bytes.slice(range.start as usize..range.end as usize);
            assert_eq!(kept.read(range).unwrap(), wanted);
        }
        assert_eq!(*noted.1.lock().unwrap(), vec![Range { start: 234_464, end: 300_000 }]);
        kept.read(65_530..65_540).unwrap();
        assert_eq!(noted.1.lock().unwrap()[1], 65_530..65_540);
    }

    #[test]
    fn what_is_smaller_than_its_beginning_is_not_read_again() {
        let bytes = Bytes::from_static(b"small");
        let noted = Arc::new(Noted(bytes.clone(), Mutex::default()));
        let kept = Kept::new(noted.clone(), bytes.clone());
        assert_eq!(kept.read(0..5).unwrap(), bytes);
        assert_eq!(kept.read(3..5).unwrap(), "ll");
        assert!(noted.1.lock().unwrap().is_empty());
    }
}
