//! Rows on disk, any of them at once: what a grid scrolls over.
//!
//! The file has no name (it is unlinked as soon as it is made), so that nothing of a result
//! outlives the process, whatever becomes of it. In memory is where every 64th row begins: an
//! eighth of a byte a row. Who reads has a [`Snapshot`], and rows may be added meanwhile.

use std::fs::{File, OpenOptions};
use std::io;
use std::ops::Range;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;

use super::batch::{self, Batch, HEAD, Row};

/// Rows from one that is known by its place to the next.
const STRIDE: usize = 64;
/// Bytes read at a time by who wants a few rows, and by who wants them all.
const SIP: usize = 16 << 10;
const GULP: usize = 256 << 10;

/// An append-only table of text.
#[derive(Debug)]
pub struct Spool {
    seen: Snapshot,
}

/// A file in `dir` that has no name any more.
///
/// # Errors
/// As making a file.
pub(super) fn nameless(dir: &Path) -> io::Result<File> {
    let path = dir.join(format!(".spool-{}", uuid::Uuid::new_v4()));
    let file =
        OpenOptions::new().create_new(true).read(true).write(true).mode(0o600).open(&path)?;
    std::fs::remove_file(&path)?;
    Ok(file)
}

impl Spool {
    /// An empty one, its file in `dir`.
    ///
    /// # Errors
    /// As making a file.
    pub fn new(dir: &Path) -> io::Result<Self> {
        let file = Arc::new(nameless(dir)?);
        Ok(Self { seen: Snapshot { file, marks: Arc::default(), len: 0, end: 0 } })
    }

    /// Rows in it.
    pub fn len(&self) -> usize {
        self.seen.len
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds rows at the end.
    ///
    /// # Errors
    /// A full disk, most likely; the spool is then as it was.
    pub fn append(&mut self, rows: &Batch) -> io::Result<()> {
        let seen = &mut self.seen;
        seen.file.write_all_at(rows.whole(), seen.end)?;
        let marks = Arc::make_mut(&mut seen.marks);
        for row in rows.rows() {
            if seen.len.is_multiple_of(STRIDE) {
                marks.push(seen.end);
            }
            seen.len += 1;
            seen.end += (HEAD + row.0.len()) as u64;
        }
        Ok(())
    }

    /// The rows as they are now.
    pub fn snapshot(&self) -> Snapshot {
        self.seen.clone()
    }
}

/// Rows that are there for good.
#[derive(Debug, Clone)]
pub struct Snapshot {
    file: Arc<File>,
    /// Where each 64th row begins.
    marks: Arc<Vec<u64>>,
    len: usize,
    /// Where the last row ends.
    end: u64,
}

impl Snapshot {
    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Goes through all rows from this one on.
    ///
    /// # Errors
    /// As reading the file.
    pub fn scan(&self, from: usize) -> io::Result<Scan> {
        Scan::at(self, from, GULP)
    }

    /// The rows of this range, as far as they are there, each cell cut to `most` bytes (at a
    /// character's end).
    ///
    /// # Errors
    /// As reading the file.
    pub fn glance(&self, range: Range<usize>, most: usize) -> io::Result<Vec<Vec<Glance>>> {
        let to = range.end.min(self.len);
        let from = range.start.min(to);
        let mut scan = Scan::at(self, from, SIP)?;
        (from..to).map(|_| scan.glance(most)).collect()
    }

    /// [`Self::glance`] of one row.
    ///
    /// # Errors
    /// As reading the file.
    pub fn glance_at(&self, row: usize, most: usize) -> io::Result<Vec<Glance>> {
        Scan::at(self, row, SIP)?.glance(most)
    }

    /// A whole row; `None` where there is none of this number.
    ///
    /// # Errors
    /// As reading the file.
    pub fn row(&self, row: usize) -> io::Result<Option<Batch>> {
        let mut scan = Scan::at(self, row, SIP)?;
        let Some(row) = scan.next_row()? else { return Ok(None) };
        let mut batch = Batch::default();
        batch.push(row.cells())?;
        Ok(Some(batch))
    }
}

/// A cell, or its beginning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Glance {
    Null,
    Whole(String),
    Cut(String),
}

/// Reads rows one after the other. It holds one row, or a quarter of a MiB.
#[derive(Debug)]
pub struct Scan {
    file: Arc<File>,
    end: u64,
    /// Bytes to read at a time.
    gulp: usize,
    buf: Vec<u8>,
    /// Where in `buf` the next byte is, and where in the file `buf` ends.
    at: usize,
    read: u64,
    /// Of the row that the next call gives.
    number: usize,
}

impl Scan {
    fn at(from: &Snapshot, row: usize, gulp: usize) -> io::Result<Self> {
        let row = row.min(from.len);
        let mark = row / STRIDE;
        let start = from.marks.get(mark).copied().unwrap_or(from.end);
        let buf = Vec::new();
        let (file, end) = (from.file.clone(), from.end);
        let number = if start == from.end { row } else { mark * STRIDE };
        let mut scan = Self { file, end, gulp, buf, at: 0, read: start, number };
        while scan.number < row && scan.pass()? {}
        Ok(scan)
    }

    /// The number of the row that the next call gives.
    pub fn number(&self) -> usize {
        self.number
    }

    /// The next row; `None` after the last.
    ///
    /// # Errors
    /// As reading the file.
    pub fn next_row(&mut self) -> io::Result<Option<Row<'_>>> {
        let Some(len) = self.head()? else { return Ok(None) };
        self.have(len)?;
        let from = self.at;
        self.at += len;
        self.number += 1;
        Ok(Some(Row(&self.buf[from..from + len])))
    }

    /// Goes over a row without reading it; false after the last.
    fn pass(&mut self) -> io::Result<bool> {
        let Some(len) = self.head()? else { return Ok(false) };
        self.skip(len as u64);
        self.number += 1;
        Ok(true)
    }

    /// A row of which no more than `most` bytes of a cell are read.
    fn glance(&mut self, most: usize) -> io::Result<Vec<Glance>> {
        let Some(len) = self.head()? else { return Ok(Vec::new()) };
        self.number += 1;
        let mut left = len as u64;
        let mut cells = Vec::new();
        while left > 0 {
            self.have(left.min(10) as usize)?;
            let head = &self.buf[self.at..self.buf.len().min(self.at + left.min(10) as usize)];
            let (number, used) = batch::number(head).ok_or_else(damaged)?;
            self.at += used;
            left -= used as u64;
            let Some(len) = number.checked_sub(1) else {
                cells.push(Glance::Null);
                continue;
            };
            left = left.checked_sub(len).ok_or_else(damaged)?;
            let wanted = len.min(most as u64) as usize;
            self.have(wanted)?;
            let bytes = &self.buf[self.at..self.at + wanted];
            cells.push(match std::str::from_utf8(bytes) {
                Ok(text) if wanted as u64 == len => Glance::Whole(text.to_owned()),
                Ok(text) => Glance::Cut(text.to_owned()),
                // Cut within a character.
                Err(error) => {
                    Glance::Cut(String::from_utf8_lossy(&bytes[..error.valid_up_to()]).into_owned())
                }
            });
            self.skip(len);
        }
        Ok(cells)
    }

    /// The length of the row here, which is passed; `None` at the end.
    fn head(&mut self) -> io::Result<Option<usize>> {
        if self.place() >= self.end {
            return Ok(None);
        }
        self.have(HEAD)?;
        let head = self.buf[self.at..].first_chunk::<HEAD>().ok_or_else(damaged)?;
        let len = u32::from_le_bytes(*head) as usize;
        self.at += HEAD;
        Ok(Some(len))
    }

    /// Where in the file the next byte is.
    fn place(&self) -> u64 {
        self.read - (self.buf.len() - self.at) as u64
    }

    /// So many bytes from here on are in `buf`.
    fn have(&mut self, wanted: usize) -> io::Result<()> {
        let here = self.buf.len() - self.at;
        if here >= wanted {
            return Ok(());
        }
        let left = self.end - self.read;
        let more = ((wanted - here).max(self.gulp) as u64).min(left) as usize;
        if here + more < wanted {
            return Err(damaged());
        }
        self.buf.copy_within(self.at.., 0);
        // What one huge row needed is given back.
        if self.buf.capacity() > 4 * GULP && here + more <= 2 * GULP {
            self.buf.truncate(here);
            self.buf.shrink_to(2 * GULP);
        }
        self.buf.resize(here + more, 0);
        self.file.read_exact_at(&mut self.buf[here..], self.read)?;
        self.read += more as u64;
        self.at = 0;
        Ok(())
    }

    fn skip(&mut self, len: u64) {
        let here = (self.buf.len() - self.at) as u64;
        if len <= here {
            self.at += len as usize;
            return;
        }
        self.read += len - here;
        self.buf.clear();
        self.at = 0;
    }
}

fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the spool is damaged")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Plain = Vec<Vec<Option<String>>>;

    fn batch(rows: &[Vec<Option<String>>]) -> Batch {
        let mut batch = Batch::default();
        for row in rows {
            batch.push(row.iter().map(Option::as_deref)).unwrap();
        }
        batch
    }

    fn spool(batches: &[Plain]) -> Spool {
        let dir = tempfile::tempdir().unwrap();
        let mut spool = Spool::new(dir.path()).unwrap();
        for rows in batches {
            spool.append(&batch(rows)).unwrap();
        }
        spool
    }

    fn text(glance: Glance) -> Option<String> {
        match glance {
            Glance::Null => None,
            Glance::Whole(text) | Glance::Cut(text) => Some(text),
        }
    }

    fn scanned(snapshot: &Snapshot, from: usize) -> Plain {
        let mut scan = snapshot.scan(from).unwrap();
        let mut rows = Vec::new();
        while let Some(row) = scan.next_row().unwrap() {
            rows.push(row.to_vec());
        }
        rows
    }

    #[test]
    fn it_leaves_nothing_behind() {
        let dir = tempfile::tempdir().unwrap();
        let mut spool = Spool::new(dir.path()).unwrap();
        spool.append(&batch(&[vec![Some("secret".to_owned())]])).unwrap();
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
        let seen = spool.snapshot();
        assert_eq!(seen.glance(0..1, 9).unwrap(), [vec![Glance::Whole("secret".to_owned())]]);
        assert!(seen.glance(5..9, 9).unwrap().is_empty());
        assert!(seen.row(5).unwrap().is_none());
    }

    #[test]
    fn who_reads_does_not_see_what_comes_later() {
        let mut spool = spool(&[vec![vec![Some("a".to_owned())]; 70]]);
        let before = spool.snapshot();
        spool.append(&batch(&vec![vec![None]; 70])).unwrap();
        assert_eq!(scanned(&before, 60).len(), 10);
        assert_eq!(scanned(&spool.snapshot(), 60).len(), 80);
    }

    #[test]
    fn a_huge_cell_is_passed_over_and_read_where_it_is_wanted() {
        let huge = "é".repeat(8 << 20);
        let row = |at: usize| vec![Some(format!("{at}")), Some(huge.clone()), None];
        let rows: Plain = (0..3).map(row).collect();
        let seen = spool(std::slice::from_ref(&rows)).snapshot();
        let glance = seen.glance(2..3, 5).unwrap();
        let cut = Glance::Cut("éé".to_owned());
        assert_eq!(glance, [vec![Glance::Whole("2".to_owned()), cut, Glance::Null]]);
        assert_eq!(seen.row(1).unwrap().unwrap().rows().next().unwrap().to_vec(), rows[1]);
        assert_eq!(scanned(&seen, 0), rows);
    }

    proptest! {
        #[test]
        fn any_row_comes_back(
            batches in prop::collection::vec(prop::collection::vec(
                prop::collection::vec(prop::option::of(".{0,8}"), 0..4), 0..90), 0..4),
            from in 0usize..300, len in 0usize..100,
        ) {
            let all: Plain = batches.concat();
            let spool = spool(&batches);
            let seen = spool.snapshot();
            prop_assert_eq!(spool.len(), all.len());
            let wanted: Plain = all.iter().skip(from).take(len).cloned().collect();
            let glances = seen.glance(from..from + len, 100).unwrap();
            let glances: Plain =
                glances.into_iter().map(|row| row.into_iter().map(text).collect()).collect();
            prop_assert_eq!(glances, wanted);
            let wanted: Plain = all.iter().skip(from).cloned().collect();
            prop_assert_eq!(scanned(&seen, from), wanted);
            let row = seen.row(from).unwrap().map(|row| row.rows().next().unwrap().to_vec());
            prop_assert_eq!(row, all.get(from).cloned());
        }
    }
}
