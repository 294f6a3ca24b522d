//! Counts the bytes a query really reads, and stops it past its limit.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use datafusion::physical_plan::metrics::Count;

/// The bytes one query has read so far.
#[derive(Debug, Default)]
pub struct Meter {
    bytes: AtomicU64,
    /// Past this many bytes the query fails (the workgroup's BytesScannedCutoffPerQuery).
    cutoff: Option<u64>,
}

impl Meter {
    pub fn new(cutoff: Option<u64>) -> Self {
        Self { bytes: AtomicU64::new(0), cutoff }
    }

    /// Bytes read so far.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    fn add(&self, n: usize) -> io::Result<()> {
        let total = self.bytes.fetch_add(n as u64, Ordering::Relaxed) + n as u64;
        match self.cutoff {
            Some(limit) if total > limit => {
                Err(io::Error::other(format!("Bytes scanned limit was exceeded: {limit} bytes")))
            }
            _ => Ok(()),
        }
    }
}

/// An object of the store, read by position and counted.
#[derive(Debug, Clone)]
pub struct Metered {
    file: Arc<File>,
    size: u64,
    meter: Arc<Meter>,
    /// What its own scan has read.
    own: Count,
}

impl Metered {
    pub fn new(file: File, size: u64, meter: Arc<Meter>, own: Count) -> Self {
        Self { file: Arc::new(file), size, meter, own }
    }

    fn count(&self, n: usize) -> io::Result<()> {
        self.own.add(n);
        self.meter.add(n)
    }

    pub fn size(&self) -> u64 {
        self.size
    }

    /// Exactly `length` bytes from `at`.
    pub fn read_at(&self, at: u64, length: usize) -> io::Result<Vec<u8>> {
        self.count(length)?;
        let mut bytes = vec![0; length];
        self.file.read_exact_at(&mut bytes, at)?;
        Ok(bytes)
    }

    /// A stream from `at` to the end.
    pub fn stream(&self, at: u64) -> Stream {
        Stream { source: self.clone(), at }
    }
}

/// A reader that counts.
#[derive(Debug)]
pub struct Stream {
    source: Metered,
    at: u64,
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.source.size.saturating_sub(self.at);
        let most = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let n = self.source.file.read_at(&mut buffer[..most], self.at)?;
        self.at += n as u64;
        self.source.count(n)?;
        Ok(n)
    }
}
