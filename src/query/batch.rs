//! Rows as bytes: what a result is parsed into, what the spool keeps, and what is read from it.
//!
//! A row is its length (four bytes, little-endian) and its cells. A cell is a variable-length number,
//! seven bits a byte, and so many bytes of text less one; nought is NULL. Cells are known by the
//! row's length, so rows may differ in how many they have.

use std::io;

/// Bytes of a row's length.
pub(super) const HEAD: usize = 4;

/// Whole rows, one after the other in one piece of memory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    bytes: Vec<u8>,
    rows: usize,
    /// Where the row begins that is being written.
    open: Option<usize>,
}

impl Batch {
    /// Whole rows in it.
    pub fn len(&self) -> usize {
        self.rows
    }

    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// What it takes, in bytes.
    pub fn weight(&self) -> usize {
        self.bytes.len()
    }

    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        let mut rest = self.whole();
        std::iter::from_fn(move || {
            let (head, tail) = rest.split_first_chunk::<HEAD>()?;
            let (body, tail) = tail.split_at_checked(u32::from_le_bytes(*head) as usize)?;
            rest = tail;
            Some(Row(body))
        })
    }

    pub fn push<'a>(&mut self, cells: impl IntoIterator<Item = Option<&'a str>>) -> io::Result<()> {
        for cell in cells {
            self.cell(cell.map(str::as_bytes));
        }
        self.end()
    }

    /// One more cell of the row that is being written.
    pub(super) fn cell(&mut self, value: Option<&[u8]>) {
        self.begin();
        let Some(value) = value else { return self.bytes.push(0) };
        match std::str::from_utf8(value) {
            Ok(text) => self.text(text.as_bytes()),
            Err(_) => self.text(String::from_utf8_lossy(value).as_bytes()),
        }
    }

    /// The row that is being written is whole; one without cells where none was begun.
    ///
    /// # Errors
    /// A row of more than 4 GiB; it is left out.
    pub(super) fn end(&mut self) -> io::Result<()> {
        self.begin();
        let Some(at) = self.open.take() else { return Ok(()) };
        let Ok(len) = u32::try_from(self.bytes.len() - at - HEAD) else {
            self.bytes.truncate(at);
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a row of more than 4 GiB"));
        };
        self.bytes[at..at + HEAD].copy_from_slice(&len.to_le_bytes());
        self.rows += 1;
        Ok(())
    }

    /// True while a row has been begun and not ended.
    pub(super) fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Takes the whole rows; a row that is being written stays.
    pub(super) fn take(&mut self) -> Self {
        let at = self.open.unwrap_or(self.bytes.len());
        let rest = self.bytes.split_off(at);
        let bytes = std::mem::replace(&mut self.bytes, rest);
        self.open = self.open.map(|_| 0);
        Self { bytes, rows: std::mem::take(&mut self.rows), open: None }
    }

    /// Forgets the first rows; tells how many there were of them.
    pub(super) fn pass_over(&mut self, most: usize) -> usize {
        let passed = most.min(self.rows);
        let bytes: usize = self.rows().take(passed).map(|row| HEAD + row.0.len()).sum();
        self.bytes.drain(..bytes);
        self.open = self.open.map(|at| at - bytes);
        self.rows -= passed;
        passed
    }

    /// The bytes of the whole rows.
    pub(super) fn whole(&self) -> &[u8] {
        &self.bytes[..self.open.unwrap_or(self.bytes.len())]
    }

    fn begin(&mut self) {
        if self.open.is_none() {
            self.open = Some(self.bytes.len());
            self.bytes.extend_from_slice(&[0; HEAD]);
        }
    }

    fn text(&mut self, text: &[u8]) {
        let mut len = text.len() as u64 + 1;
        while len >= 0x80 {
            self.bytes.push(len as u8 | 0x80);
            len >>= 7;
        }
        self.bytes.push(len as u8);
        self.bytes.extend_from_slice(text);
    }
}

/// A row's cells, borrowed.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a>(pub(super) &'a [u8]);

impl<'a> Row<'a> {
    /// `None` is NULL.
    pub fn cells(self) -> impl Iterator<Item = Option<&'a str>> {
        let mut rest = self.0;
        std::iter::from_fn(move || cell(&mut rest))
    }

    /// The cell of a column; NULL where the row is shorter.
    pub fn cell(self, column: usize) -> Option<&'a str> {
        self.cells().nth(column).flatten()
    }

    pub fn to_vec(self) -> Vec<Option<String>> {
        self.cells().map(|cell| cell.map(ToOwned::to_owned)).collect()
    }
}

fn cell<'a>(rest: &mut &'a [u8]) -> Option<Option<&'a str>> {
    let (len, used) = number(rest)?;
    *rest = &rest[used..];
    let Some(len) = len.checked_sub(1) else { return Some(None) };
    let (text, tail) = rest.split_at_checked(usize::try_from(len).ok()?)?;
    *rest = tail;
    // Only text is ever written; a damaged file is not worth a panic.
    Some(Some(std::str::from_utf8(text).unwrap_or("\u{fffd}")))
}

/// A number of variable length, and the bytes that it takes; `None` where it is cut off.
pub(super) fn number(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut value = 0;
    for (at, byte) in bytes.iter().take(10).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * at as u32).min(63);
        if byte & 0x80 == 0 {
            return Some((value, at + 1));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Plain = Vec<Vec<Option<String>>>;

    pub(super) fn batch(rows: &Plain) -> Batch {
        let mut batch = Batch::default();
        for row in rows {
            batch.push(row.iter().map(Option::as_deref)).unwrap();
        }
        batch
    }

    fn plain(batch: &Batch) -> Plain {
        batch.rows().map(Row::to_vec).collect()
    }

    #[test]
    fn a_cell_of_any_length_comes_back() {
        let lengths = [0, 1, 126, 127, 128, 16_382, 16_383, 16_384, 3 << 20];
        let rows: Plain = lengths.iter().map(|len| vec![Some("x".repeat(*len)), None]).collect();
        assert_eq!(plain(&batch(&rows)), rows);
    }

    #[test]
    fn a_row_that_is_being_written_stays_behind() {
        let mut all = batch(&vec![vec![Some("a".into())], vec![None]]);
        all.cell(Some(b"half"));
        let whole = all.take();
        assert_eq!(plain(&whole), [vec![Some("a".to_owned())], vec![None]]);
        assert!(all.is_empty() && all.is_open());
        all.cell(None);
        all.end().unwrap();
        assert_eq!(plain(&all), [vec![Some("half".to_owned()), None]]);
    }

    proptest! {
        #[test]
        fn what_goes_in_comes_out(
            rows in prop::collection::vec(
                prop::collection::vec(prop::option::of(".{0,200}"), 0..5), 0..6),
            passed in 0usize..8,
        ) {
            let mut batch = batch(&rows);
            prop_assert_eq!(plain(&batch), rows.clone());
            let count = batch.pass_over(passed);
            prop_assert_eq!(count, passed.min(rows.len()));
            prop_assert_eq!(plain(&batch), rows[count..].to_vec());
            prop_assert_eq!(batch.len(), rows.len() - count);
        }

        #[test]
        fn damaged_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let _ = Row(&bytes).cells().count();
        }
    }
}
