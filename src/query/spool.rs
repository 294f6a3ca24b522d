//! Rows on disk, any of them at once: what a grid scrolls over.
//!
//! The file has no name (it is unlinked as soon as it is made), so that nothing of a result
//! outlives the process, whatever becomes of it. In memory are eight bytes a row.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::ops::Range;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

/// What stands for the length of a NULL.
const NULL: u32 = u32::MAX;

/// An append-only table of text.
#[derive(Debug)]
pub struct Spool {
    file: File,
    /// Where each row begins, and where the last one ends.
    starts: Vec<u64>,
}

impl Spool {
    /// An empty one, its file in `dir`.
    ///
    /// # Errors
    /// As making a file.
    pub fn new(dir: &Path) -> io::Result<Self> {
        let path = dir.join(format!(".spool-{}", uuid::Uuid::new_v4()));
        let file =
            OpenOptions::new().create_new(true).read(true).write(true).mode(0o600).open(&path)?;
        std::fs::remove_file(&path)?;
        Ok(Self { file, starts: vec![0] })
    }

    /// Rows in it.
    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds rows at the end.
    ///
    /// # Errors
    /// A full disk, most likely; the spool is then as it was.
    pub fn append(&mut self, rows: &[Vec<Option<String>>]) -> io::Result<()> {
        let mut bytes = Vec::new();
        let end = self.end();
        let mut starts = Vec::with_capacity(rows.len());
        for row in rows {
            encode(row, &mut bytes)?;
            starts.push(end + bytes.len() as u64);
        }
        self.file.write_all_at(&bytes, end)?;
        self.starts.extend(starts);
        Ok(())
    }

    /// The rows of this range, as far as they are there.
    ///
    /// # Errors
    /// As reading the file.
    pub fn rows(&self, range: Range<usize>) -> io::Result<Vec<Vec<Option<String>>>> {
        let to = range.end.min(self.len());
        let from = range.start.min(to);
        let (start, end) = (self.starts[from], self.starts[to]);
        let mut bytes = vec![0; usize::try_from(end - start).map_err(io::Error::other)?];
        self.file.read_exact_at(&mut bytes, start)?;
        let mut rest = bytes.as_slice();
        (from..to).map(|_| decode(&mut rest).ok_or_else(damaged)).collect()
    }

    fn end(&self) -> u64 {
        self.starts.last().copied().unwrap_or(0)
    }
}

fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the spool is damaged")
}

/// The number of fields, then each with its length.
fn encode(row: &[Option<String>], out: &mut Vec<u8>) -> io::Result<()> {
    out.write_all(&length(row.len())?.to_le_bytes())?;
    for value in row {
        match value {
            None => out.write_all(&NULL.to_le_bytes())?,
            Some(text) => {
                out.write_all(&length(text.len())?.to_le_bytes())?;
                out.write_all(text.as_bytes())?;
            }
        }
    }
    Ok(())
}

fn length(len: usize) -> io::Result<u32> {
    u32::try_from(len)
        .ok()
        .filter(|len| *len != NULL)
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "a value of more than 4 GiB"))
}

fn decode(bytes: &mut &[u8]) -> Option<Vec<Option<String>>> {
    let fields = take_u32(bytes)?;
    (0..fields)
        .map(|_| match take_u32(bytes)? {
            NULL => Some(None),
            len => {
                let (text, rest) = bytes.split_at_checked(len as usize)?;
                *bytes = rest;
                String::from_utf8(text.to_vec()).ok().map(Some)
            }
        })
        .collect()
}

fn take_u32(bytes: &mut &[u8]) -> Option<u32> {
    let (head, rest) = bytes.split_first_chunk::<4>()?;
    *bytes = rest;
    Some(u32::from_le_bytes(*head))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn it_leaves_nothing_behind() {
        let dir = tempfile::tempdir().unwrap();
        let mut spool = Spool::new(dir.path()).unwrap();
        spool.append(&[vec![Some("secret".to_owned())]]).unwrap();
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
        assert_eq!(spool.rows(0..1).unwrap(), [vec![Some("secret".to_owned())]]);
        assert!(spool.rows(5..9).unwrap().is_empty());
    }

    proptest! {
        #[test]
        fn any_row_comes_back(
            batches in prop::collection::vec(prop::collection::vec(
                prop::collection::vec(prop::option::of(".{0,8}"), 0..4), 0..5), 0..4),
            from in 0usize..12, len in 0usize..12,
        ) {
            let dir = tempfile::tempdir().unwrap();
            let mut spool = Spool::new(dir.path()).unwrap();
            for batch in &batches {
                spool.append(batch).unwrap();
            }
            let all: Vec<_> = batches.concat();
            prop_assert_eq!(spool.len(), all.len());
            let wanted: Vec<_> = all.iter().skip(from).take(len).cloned().collect();
            prop_assert_eq!(spool.rows(from..from + len).unwrap(), wanted);
        }
    }
}
