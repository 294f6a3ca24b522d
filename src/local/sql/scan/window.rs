//! A Parquet object as its reader wants it, without reading any byte twice.
//!
//! The reader asks for a stream to find a page's header, then for the page's bytes, which the
//! stream has mostly read already. The last few KiB are kept and given again.

use std::io::{Cursor, Read};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use datafusion::parquet::errors::{ParquetError, Result};
use datafusion::parquet::file::reader::{ChunkReader, Length};

use super::meter::{Metered, Stream};

/// The footer proper: the metadata's length and the magic number.
const FOOTER: u64 = 8;
/// What a stream reads ahead.
const AHEAD: usize = 4 << 10;

/// An object with the window that was read last.
#[derive(Debug, Clone)]
pub struct Windowed {
    object: Metered,
    window: Arc<Mutex<(u64, Bytes)>>,
    /// Where the footer's metadata begin, which are read already.
    end: Arc<AtomicU64>,
}

impl Windowed {
    pub fn new(object: Metered) -> Self {
        let end = Arc::new(AtomicU64::new(object.size()));
        Self { object, window: Arc::default(), end }
    }

    /// The kept bytes from `at` on; empty where it is outside of the window.
    fn kept(&self, at: u64) -> Bytes {
        let window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        let (start, bytes) = &*window;
        match at.checked_sub(*start).and_then(|skip| usize::try_from(skip).ok()) {
            Some(skip) if skip < bytes.len() => bytes.slice(skip..),
            _ => Bytes::new(),
        }
    }

    fn read(&self, at: u64, length: usize) -> Result<Bytes> {
        let read = self.object.read_at(at, length);
        read.map(Bytes::from).map_err(|e| ParquetError::External(Box::new(e)))
    }
}

impl Length for Windowed {
    fn len(&self) -> u64 {
        self.object.size()
    }
}

impl ChunkReader for Windowed {
    type T = std::io::Chain<Cursor<Bytes>, Stream>;

    fn get_read(&self, start: u64) -> Result<Self::T> {
        let mut bytes = self.kept(start);
        if bytes.is_empty() {
            let end = match self.end.load(Ordering::Relaxed) {
                end if start < end => end,
                _ => self.object.size(),
            };
            let left = end.saturating_sub(start);
            bytes = self.read(start, AHEAD.min(usize::try_from(left).unwrap_or(AHEAD)))?;
            let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
            *window = (start, bytes.clone());
        }
        let after = start + bytes.len() as u64;
        Ok(Cursor::new(bytes).chain(self.object.stream(after)))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        if start + length as u64 + FOOTER == self.object.size() {
            self.end.store(start, Ordering::Relaxed);
        }
        let kept = self.kept(start);
        if kept.is_empty() {
            return self.read(start, length);
        }
        if kept.len() >= length {
            return Ok(kept.slice(..length));
        }
        let rest = self.read(start + kept.len() as u64, length - kept.len())?;
        let mut whole = Vec::with_capacity(length);
        whole.extend_from_slice(&kept);
        whole.extend_from_slice(&rest);
        Ok(whole.into())
    }
}
