//! The order of rows by a column: a file of row numbers, four bytes each.
//!
//! Keys are sorted in runs of some MiB, the runs lie in a file without a name, and are merged.
//! The cells stay where they are.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::Path;

use tokio_util::sync::CancellationToken;

use super::BREATH;
use super::key;
use crate::model::query::Scale;
use crate::query::spool::{Snapshot, nameless};

/// What a run's keys may weigh, in bytes.
const RUN: usize = 16 << 20;
/// Of a run in a file so much is read at a time, but all of them together hold no more than the
/// other.
const SIP: usize = 64 << 10;
const SIPS: usize = 8 << 20;

/// Rows in an order other than that in which they came.
#[derive(Debug)]
pub struct Order {
    file: File,
    len: usize,
}

impl Order {
    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Which rows stand at these places, as far as there are any.
    ///
    /// # Errors
    /// As reading the file.
    pub fn rows(&self, places: Range<usize>) -> io::Result<Vec<u32>> {
        let to = places.end.min(self.len);
        let from = places.start.min(to);
        let mut bytes = vec![0; (to - from) * 4];
        self.file.read_exact_at(&mut bytes, from as u64 * 4)?;
        let (rows, _) = bytes.as_chunks::<4>();
        Ok(rows.iter().map(|row| u32::from_le_bytes(*row)).collect())
    }
}

/// What rows are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct By {
    pub column: usize,
    pub scale: Scale,
    pub descending: bool,
}

/// Sorts by a column: NULLs come last either way, and what is equal keeps its order. `told` hears
/// how many rows have been read. The files are in `dir`.
///
/// # Errors
/// As reading and writing files.
pub fn sort(
    rows: &Snapshot,
    by: By,
    dir: &Path,
    cancel: &CancellationToken,
    told: &mut dyn FnMut(usize),
) -> io::Result<Option<Order>> {
    sort_in_runs(rows, by, dir, cancel, told, RUN)
}

/// `run`: bytes of keys that are sorted in memory.
fn sort_in_runs(
    rows: &Snapshot,
    by: By,
    dir: &Path,
    cancel: &CancellationToken,
    told: &mut dyn FnMut(usize),
    run: usize,
) -> io::Result<Option<Order>> {
    if u32::try_from(rows.len()).is_err() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "more than 4,294,967,295 rows"));
    }
    let By { column, scale, descending } = by;
    let mut runs = Runs { file: nameless(dir)?, ends: Vec::new() };
    let mut heap = Heap::new(descending);
    let mut scan = rows.scan(0)?;
    loop {
        let number = scan.number();
        if number.is_multiple_of(BREATH) {
            if cancel.is_cancelled() {
                return Ok(None);
            }
            told(number);
        }
        let Some(row) = scan.next_row()? else { break };
        heap.push(number as u32, row.cell(column), scale);
        if heap.weight() >= run {
            runs.push(&mut heap)?;
        }
    }
    let mut out = Numbers::new(nameless(dir)?);
    if runs.ends.is_empty() {
        heap.sort();
        heap.entries.iter().try_for_each(|entry| out.push(entry.row))?;
    } else {
        runs.push(&mut heap)?;
        drop(heap);
        if !runs.merge(descending, cancel, &mut out)? {
            return Ok(None);
        }
    }
    out.finish().map(Some)
}

/// Keys in memory.
struct Heap {
    descending: bool,
    keys: Vec<u8>,
    entries: Vec<Entry>,
}

#[derive(Clone, Copy)]
struct Entry {
    /// The first bytes of the key: most comparisons end here.
    prefix: u64,
    row: u32,
    at: u32,
    /// `NULL` where there is no key.
    len: u16,
}

const NULL: u16 = u16::MAX;

impl Heap {
    fn new(descending: bool) -> Self {
        Self { descending, keys: Vec::new(), entries: Vec::new() }
    }

    fn weight(&self) -> usize {
        self.keys.len() + self.entries.len() * size_of::<Entry>()
    }

    fn push(&mut self, row: u32, value: Option<&str>, kind: Scale) {
        let at = self.keys.len();
        let Some(value) = value else {
            return self.entries.push(Entry { prefix: 0, row, at: at as u32, len: NULL });
        };
        key::key(kind, value, &mut self.keys);
        let key = &self.keys[at..];
        let mut prefix = [0; 8];
        let short = key.len().min(8);
        prefix[..short].copy_from_slice(&key[..short]);
        // Keys are short: a digit a byte of a number, and of a text what `key` takes of it.
        let len = key.len().min(usize::from(NULL) - 1);
        self.keys.truncate(at + len);
        let prefix = u64::from_be_bytes(prefix);
        self.entries.push(Entry { prefix, row, at: at as u32, len: len as u16 });
    }

    fn key(&self, entry: &Entry) -> Option<&[u8]> {
        let at = entry.at as usize;
        (entry.len != NULL).then(|| &self.keys[at..at + usize::from(entry.len)])
    }

    fn sort(&mut self) {
        let mut entries = std::mem::take(&mut self.entries);
        entries.sort_unstable_by(|one, other| {
            let quick = one.prefix.cmp(&other.prefix);
            if quick.is_ne() && one.len != NULL && other.len != NULL {
                return if self.descending { quick.reverse() } else { quick };
            }
            compare(self.key(one), self.key(other), self.descending).then(one.row.cmp(&other.row))
        });
        self.entries = entries;
    }
}

/// NULLs come last either way.
fn compare(one: Option<&[u8]>, other: Option<&[u8]>, descending: bool) -> Ordering {
    match (one, other) {
        (Some(one), Some(other)) if descending => other.cmp(one),
        (Some(one), Some(other)) => one.cmp(other),
        (one, other) => one.is_none().cmp(&other.is_none()),
    }
}

/// Sorted runs in a file: row, length of the key, key.
struct Runs {
    file: File,
    ends: Vec<u64>,
}

impl Runs {
    /// Sorts what is in memory, and puts it into the file.
    fn push(&mut self, heap: &mut Heap) -> io::Result<()> {
        heap.sort();
        let mut at = self.ends.last().copied().unwrap_or(0);
        let mut bytes = Vec::with_capacity(SIP);
        for entry in &heap.entries {
            bytes.extend_from_slice(&entry.row.to_le_bytes());
            bytes.extend_from_slice(&entry.len.to_le_bytes());
            bytes.extend_from_slice(heap.key(entry).unwrap_or_default());
            if bytes.len() >= SIP {
                self.file.write_all_at(&bytes, at)?;
                at += bytes.len() as u64;
                bytes.clear();
            }
        }
        self.file.write_all_at(&bytes, at)?;
        self.ends.push(at + bytes.len() as u64);
        heap.entries.clear();
        heap.keys.clear();
        Ok(())
    }

    /// False where it was cancelled.
    fn merge(
        &self,
        descending: bool,
        cancel: &CancellationToken,
        out: &mut Numbers,
    ) -> io::Result<bool> {
        let sip = (SIPS / self.ends.len()).clamp(4096, SIP);
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        let mut heads = BinaryHeap::with_capacity(self.ends.len());
        for (start, end) in starts.zip(&self.ends) {
            let tape =
                Tape { file: &self.file, next: start, end: *end, sip, buf: Vec::new(), at: 0 };
            let mut head = Head { descending, tape, row: 0, len: NULL, key: Vec::new() };
            if head.step()? {
                heads.push(head);
            }
        }
        while let Some(mut head) = heads.peek_mut() {
            if out.len.is_multiple_of(BREATH) && cancel.is_cancelled() {
                return Ok(false);
            }
            out.push(head.row)?;
            if !head.step()? {
                std::collections::binary_heap::PeekMut::pop(head);
            }
        }
        Ok(true)
    }
}

/// The next row of a run.
struct Head<'a> {
    descending: bool,
    tape: Tape<'a>,
    row: u32,
    len: u16,
    key: Vec<u8>,
}

impl Head<'_> {
    /// False at the run's end.
    fn step(&mut self) -> io::Result<bool> {
        let Some(head) = self.tape.take(6)? else { return Ok(false) };
        self.row = u32::from_le_bytes([head[0], head[1], head[2], head[3]]);
        self.len = u16::from_le_bytes([head[4], head[5]]);
        self.key.clear();
        if self.len != NULL {
            let key = self.tape.take(usize::from(self.len))?;
            self.key.extend_from_slice(key.ok_or(io::ErrorKind::UnexpectedEof)?);
        }
        Ok(true)
    }

    fn key(&self) -> Option<&[u8]> {
        (self.len != NULL).then_some(self.key.as_slice())
    }
}

/// The least is the greatest: a heap gives the greatest first.
impl Ord for Head<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        compare(other.key(), self.key(), self.descending).then(other.row.cmp(&self.row))
    }
}

impl PartialOrd for Head<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Head<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Head<'_> {}

/// A part of a file, from its beginning to its end.
struct Tape<'a> {
    file: &'a File,
    next: u64,
    end: u64,
    sip: usize,
    buf: Vec<u8>,
    at: usize,
}

impl Tape<'_> {
    /// So many bytes; `None` at the end.
    fn take(&mut self, len: usize) -> io::Result<Option<&[u8]>> {
        let here = self.buf.len() - self.at;
        if here < len {
            let more = (self.sip.max(len) as u64).min(self.end - self.next) as usize;
            if here + more < len {
                return Ok(None);
            }
            self.buf.drain(..self.at);
            self.at = 0;
            self.buf.resize(here + more, 0);
            self.file.read_exact_at(&mut self.buf[here..], self.next)?;
            self.next += more as u64;
        }
        self.at += len;
        Ok(Some(&self.buf[self.at - len..self.at]))
    }
}

/// Row numbers on their way into a file.
struct Numbers {
    file: File,
    len: usize,
    bytes: Vec<u8>,
}

impl Numbers {
    fn new(file: File) -> Self {
        Self { file, len: 0, bytes: Vec::with_capacity(SIP) }
    }

    fn push(&mut self, row: u32) -> io::Result<()> {
        self.bytes.extend_from_slice(&row.to_le_bytes());
        self.len += 1;
        if self.bytes.len() >= SIP { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.write_all_at(&self.bytes, (self.len * 4 - self.bytes.len()) as u64)?;
        self.bytes.clear();
        Ok(())
    }

    fn finish(mut self) -> io::Result<Order> {
        self.flush()?;
        Ok(Order { file: self.file, len: self.len })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::batch::Batch;
    use crate::query::spool::Spool;
    use proptest::prelude::*;

    fn sorted(values: &[Option<String>], scale: Scale, descending: bool, run: usize) -> Vec<u32> {
        let dir = tempfile::tempdir().unwrap();
        let mut spool = Spool::new(dir.path()).unwrap();
        let mut batch = Batch::default();
        for value in values {
            batch.push([Some("x"), value.as_deref()]).unwrap();
        }
        spool.append(&batch).unwrap();
        let (rows, cancel) = (spool.snapshot(), CancellationToken::new());
        let (dir, told) = (dir.path(), &mut |_| ());
        let by = By { column: 1, scale, descending };
        let order = sort_in_runs(&rows, by, dir, &cancel, told, run);
        let order = order.unwrap().unwrap();
        assert_eq!(order.len(), values.len());
        order.rows(0..values.len() + 5).unwrap()
    }

    fn some(texts: &[&str]) -> Vec<Option<String>> {
        texts.iter().map(|text| (!text.is_empty()).then(|| (*text).to_owned())).collect()
    }

    #[test]
    fn nulls_are_last_either_way_and_equals_keep_their_order() {
        let values = some(&["10", "", "9", "10", "", "-1"]);
        assert_eq!(sorted(&values, Scale::Number, false, RUN), [5, 2, 0, 3, 1, 4]);
        assert_eq!(sorted(&values, Scale::Number, true, RUN), [0, 3, 2, 5, 1, 4]);
        assert_eq!(sorted(&values, Scale::Text, false, RUN), [5, 0, 3, 2, 1, 4]);
        assert!(sorted(&[], Scale::Text, false, RUN).is_empty());
    }

    #[test]
    fn who_does_not_wait_gets_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let rows = Spool::new(dir.path()).unwrap().snapshot();
        let cancel = CancellationToken::new();
        cancel.cancel();
        let by = By { column: 0, scale: Scale::Text, descending: false };
        let order = sort(&rows, by, dir.path(), &cancel, &mut |_| ()).unwrap();
        assert!(order.is_none());
    }

    proptest! {
        #[test]
        fn runs_make_no_difference(
            values in prop::collection::vec(prop::option::of("[a-c]{0,12}"), 0..200),
            run in 1usize..2000, descending in any::<bool>(),
        ) {
            let mut wanted: Vec<u32> = (0..values.len() as u32).collect();
            wanted.sort_by(|one, other| {
                let (one, other) = (&values[*one as usize], &values[*other as usize]);
                match (one, other) {
                    (Some(one), Some(other)) if descending => other.cmp(one),
                    (Some(one), Some(other)) => one.cmp(other),
                    (one, other) => one.is_none().cmp(&other.is_none()),
                }
            });
            prop_assert_eq!(sorted(&values, Scale::Text, descending, run), wanted);
        }
    }
}
