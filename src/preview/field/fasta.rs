//! Sequences. A sequence may be a chromosome, on one line or on millions: it is told in pieces, so
//! that a page of rows is a bounded read.

use std::io::BufRead;

use super::super::input::Input;
use super::super::look::{Fault, Look, Row, Shape};
use super::super::plain::{self, OneByOne};
use super::{cell, columns};

/// The most residues of a row.
const PIECE: usize = 10_000;
/// The most bytes that are kept of a title.
const TITLE: usize = 64 << 10;

/// # Errors
/// None: what cannot be read is told behind the rows.
pub fn look(input: Input) -> Result<Look, Fault> {
    let mut reader = Reader { content: input.content, title: Vec::new(), from: 1, open: false };
    Ok(Look {
        kind: plain::named(&[Some("FASTA"), input.packing]),
        sections: Vec::new(),
        shape: Shape::Table(columns(&[
            ("name", "string"),
            ("description", "string"),
            ("from", "bigint"),
            ("length", "bigint"),
            ("sequence", "string"),
        ])),
        pages: Box::new(OneByOne::new(move || Ok(reader.piece()?))),
    })
}

struct Reader {
    content: Box<dyn BufRead + Send>,
    title: Vec<u8>,
    /// The position of the next residue in its sequence, from 1.
    from: u64,
    /// True while a title has no row yet.
    open: bool,
}

impl Reader {
    /// The next row; a sequence that is longer than [`PIECE`] goes on in further ones.
    fn piece(&mut self) -> std::io::Result<Option<Row>> {
        let mut residues = Vec::new();
        let mut fresh = true;
        loop {
            let chunk = match self.content.fill_buf() {
                Ok(chunk) => chunk,
                // What was read is good; the next call meets the error again.
                Err(_) if !residues.is_empty() => break,
                Err(error) => return Err(error),
            };
            match chunk.first() {
                None => break,
                Some(b'>') if fresh => {
                    if self.open || !residues.is_empty() {
                        break;
                    }
                    self.title()?;
                }
                Some(_) => {
                    let room = (PIECE - residues.len()).min(chunk.len());
                    let end = chunk[..room].iter().position(|byte| *byte == b'\n');
                    let part = &chunk[..end.unwrap_or(room)];
                    residues.extend(part.iter().filter(|byte| !byte.is_ascii_whitespace()));
                    let used = end.map_or(room, |at| at + 1);
                    self.content.consume(used);
                    fresh = end.is_some();
                    if residues.len() >= PIECE {
                        // The line end goes along, so that a `>` behind it is seen as a title.
                        if self.content.fill_buf().is_ok_and(|rest| rest.starts_with(b"\n")) {
                            self.content.consume(1);
                        }
                        break;
                    }
                }
            }
        }
        Ok((self.open || !residues.is_empty()).then(|| self.row(&residues)))
    }

    fn title(&mut self) -> std::io::Result<()> {
        self.content.consume(1);
        self.title.clear();
        (self.from, self.open) = (1, true);
        loop {
            let chunk = self.content.fill_buf()?;
            let end = chunk.iter().position(|byte| *byte == b'\n');
            let part = &chunk[..end.unwrap_or(chunk.len())];
            let room = TITLE - self.title.len();
            self.title.extend_from_slice(&part[..part.len().min(room)]);
            let (over, used) =
                (end.is_some() || chunk.is_empty(), end.map_or(part.len(), |at| at + 1));
            self.content.consume(used);
            if over {
                return Ok(());
            }
        }
    }

    fn row(&mut self, residues: &[u8]) -> Row {
        let title = self.title.trim_ascii();
        let end = title.iter().position(u8::is_ascii_whitespace).unwrap_or(title.len());
        let told = title[end..].trim_ascii();
        let row = vec![
            Some(cell(&title[..end])),
            (!told.is_empty()).then(|| cell(told)),
            Some(self.from.to_string()),
            Some(residues.len().to_string()),
            Some(cell(residues)),
        ];
        self.from += residues.len() as u64;
        self.open = false;
        row
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str, capacity: usize) -> Vec<(String, String, usize)> {
        let content = std::io::BufReader::with_capacity(
            capacity,
            std::io::Cursor::new(text.as_bytes().to_vec()),
        );
        let content = Box::new(content);
        let mut reader = Reader { content, title: Vec::new(), from: 1, open: false };
        let rows = std::iter::from_fn(|| reader.piece().unwrap());
        let cell = |row: &Row, at: usize| row[at].clone().unwrap();
        rows.map(|row| (cell(&row, 0), cell(&row, 2), cell(&row, 3).parse().unwrap())).collect()
    }

    #[test]
    fn a_long_sequence_comes_in_pieces_wherever_its_lines_end() {
        for (line, capacity) in [(60, 7), (10_000, 4096), (25_000, 64 << 10)] {
            let lines: Vec<String> = "ACGTA"
                .repeat(5000)
                .as_bytes()
                .chunks(line)
                .map(|line| String::from_utf8(line.to_vec()).unwrap())
                .collect();
            let text = format!(">a first\n{}\n>b\n>c\nAC\n", lines.join("\n"));
            let wanted = [
                ("a", "1", 10_000),
                ("a", "10001", 10_000),
                ("a", "20001", 5000),
                ("b", "1", 0),
                ("c", "1", 2),
            ];
            let wanted =
                wanted.map(|(name, from, length)| (name.to_owned(), from.to_owned(), length));
            assert_eq!(rows(&text, capacity), wanted, "lines of {line}");
        }
    }

    #[test]
    fn what_stands_before_the_first_title_is_shown() {
        assert_eq!(
            rows("ACGT\n>a\nA", 4096),
            [(String::new(), "1".into(), 4), ("a".into(), "1".into(), 1)]
        );
    }
}
