//! Athena's result file, read as it arrives.
//!
//! It is CSV with every value quoted that is not NULL: an empty field is NULL, `""` the empty
//! string. General CSV readers lose that difference. Values go from the bytes that arrive into
//! the rows' own form ([`Batch`]), and a value costs no allocation.

use std::io;

use memchr::{memchr, memchr3};

use super::batch::Batch;

/// Takes bytes in pieces of any size and gives whole rows.
#[derive(Debug, Default)]
pub(super) struct Parser {
    rows: Batch,
    /// What has come of a value that is not whole yet, or has quotes in it.
    field: Vec<u8>,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum State {
    /// Before a field's first byte.
    #[default]
    Start,
    /// In a field that began without a quote.
    Plain,
    /// Between quotes.
    Quoted,
    /// After a quote inside quotes: the end of the field, or the first half of `""`.
    Quote,
}

impl Parser {
    /// Takes bytes.
    ///
    /// # Errors
    /// A row of more than 4 GiB.
    pub fn feed(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while let Some((&byte, rest)) = bytes.split_first() {
            bytes = match self.state {
                State::Start if byte == b'"' => self.quoted(rest)?,
                State::Quoted => self.within(bytes),
                State::Plain => self.plain(bytes)?,
                State::Start | State::Quote => {
                    self.step(byte)?;
                    rest
                }
            };
        }
        Ok(())
    }

    /// The rows that are whole by now; they are taken.
    pub fn take(&mut self) -> Batch {
        self.rows.take()
    }

    /// Rows that wait to be taken weigh so much, in bytes.
    pub fn weight(&self) -> usize {
        self.rows.weight()
    }

    /// The rows that are left, with the one that the file's end completes where the last line has
    /// no line feed.
    ///
    /// # Errors
    /// As [`Self::feed`].
    pub fn finish(mut self) -> io::Result<Batch> {
        if self.state != State::Start || self.rows.is_open() {
            self.end_field();
            self.rows.end()?;
        }
        Ok(self.rows)
    }

    /// Behind an opening quote. Most values end in the same piece and have no quote in them.
    fn quoted<'a>(&mut self, bytes: &'a [u8]) -> io::Result<&'a [u8]> {
        if let Some(end) = memchr(b'"', bytes)
            && let Some(after @ (b',' | b'\n')) = bytes.get(end + 1)
        {
            self.rows.cell(Some(&bytes[..end]));
            if *after == b'\n' {
                self.rows.end()?;
            }
            return Ok(&bytes[end + 2..]);
        }
        self.state = State::Quoted;
        Ok(bytes)
    }

    /// Between quotes: as much as is no quote, and the quote.
    fn within<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        match memchr(b'"', bytes) {
            Some(end) => {
                self.field.extend_from_slice(&bytes[..end]);
                self.state = State::Quote;
                &bytes[end + 1..]
            }
            None => {
                self.field.extend_from_slice(bytes);
                &[]
            }
        }
    }

    /// In a field without quotes: as much as does not end it, and one more.
    fn plain<'a>(&mut self, bytes: &'a [u8]) -> io::Result<&'a [u8]> {
        let end = memchr3(b',', b'\n', b'\r', bytes).unwrap_or(bytes.len());
        self.field.extend_from_slice(&bytes[..end]);
        let Some(byte) = bytes.get(end) else { return Ok(&[]) };
        self.step(*byte)?;
        Ok(&bytes[end + 1..])
    }

    fn step(&mut self, byte: u8) -> io::Result<()> {
        match (self.state, byte) {
            (State::Quote, b'"') => {
                self.field.push(b'"');
                self.state = State::Quoted;
            }
            (_, b',') => self.end_field(),
            (_, b'\n') => {
                self.end_field();
                self.rows.end()?;
            }
            // A carriage return belongs to the line's end unless it is quoted.
            (_, b'\r') => {}
            (State::Start, _) => {
                self.field.push(byte);
                self.state = State::Plain;
            }
            (_, _) => self.field.push(byte),
        }
        Ok(())
    }

    fn end_field(&mut self) {
        let value = (self.state != State::Start).then_some(self.field.as_slice());
        self.rows.cell(value);
        self.field.clear();
        // What one huge value needed is given back.
        self.field.shrink_to(1 << 20);
        self.state = State::Start;
    }
}

/// One line of such a file, with its line feed.
pub(super) fn write_row<'a>(row: impl IntoIterator<Item = Option<&'a str>>, out: &mut Vec<u8>) {
    for (index, value) in row.into_iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        if let Some(value) = value {
            out.push(b'"');
            let mut rest = value.as_bytes();
            while let Some(quote) = memchr(b'"', rest) {
                out.extend_from_slice(&rest[..=quote]);
                out.push(b'"');
                rest = &rest[quote + 1..];
            }
            out.extend_from_slice(rest);
            out.push(b'"');
        }
    }
    out.push(b'\n');
}

#[cfg(test)]
mod tests {
    use super::super::batch::Row;
    use super::*;
    use proptest::prelude::*;

    type Plain = Vec<Vec<Option<String>>>;

    fn parse(bytes: &[u8], piece: usize) -> Plain {
        let mut parser = Parser::default();
        let mut rows: Plain = Vec::new();
        for bytes in bytes.chunks(piece.max(1)) {
            parser.feed(bytes).unwrap();
            rows.extend(parser.take().rows().map(Row::to_vec));
        }
        rows.extend(parser.finish().unwrap().rows().map(Row::to_vec));
        rows
    }

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn null_is_not_the_empty_string() {
        assert_eq!(
            parse(b"\"a\",,\"\"\n,\n", 1),
            [vec![some("a"), None, some("")], vec![None, None],]
        );
    }

    #[test]
    fn a_single_null_column_is_a_row() {
        assert_eq!(parse(b"\"c\"\n\n\"x\"\n", 2), [vec![some("c")], vec![None], vec![some("x")]]);
    }

    #[test]
    fn the_last_line_may_lack_its_line_feed() {
        assert_eq!(parse(b"\"a\"\r\n\"b\",", 3), [vec![some("a")], vec![some("b"), None]]);
        assert_eq!(parse(b"\"a\",\"b\"", 99), [vec![some("a"), some("b")]]);
        assert_eq!(parse(b"", 1), Plain::new());
    }

    #[test]
    fn bytes_that_are_no_text_become_marks() {
        assert_eq!(parse(b"\"a\xff\",x\xffy\n", 99), [vec![some("a\u{fffd}"), some("x\u{fffd}y")]]);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            rows in prop::collection::vec(
                prop::collection::vec(prop::option::of("[a\",\r\n é漢]{0,6}"), 1..4), 0..6),
            piece in 1usize..40,
        ) {
            let mut text = Vec::new();
            for row in &rows {
                write_row(row.iter().map(Option::as_deref), &mut text);
            }
            prop_assert_eq!(parse(&text, piece), rows);
        }

        #[test]
        fn pieces_make_no_difference(text in "[a\",\r\n]{0,30}", piece in 1usize..9) {
            prop_assert_eq!(parse(text.as_bytes(), piece), parse(text.as_bytes(), 99));
        }
    }
}
