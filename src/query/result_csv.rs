//! Athena's result file, read as it arrives.
//!
//! It is CSV with every value quoted that is not NULL: an empty field is NULL, `""` the empty
//! string. General CSV readers lose that difference.

/// One row; `None` is NULL.
pub(super) type Row = Vec<Option<String>>;

/// Takes bytes in pieces of any size and gives whole rows.
#[derive(Debug, Default)]
pub(super) struct Parser {
    row: Row,
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
    /// The rows that these bytes complete.
    pub fn feed(&mut self, bytes: &[u8], rows: &mut Vec<Row>) {
        for &byte in bytes {
            self.step(byte, rows);
        }
    }

    /// The row that the file's end completes, where the last line has no line feed.
    pub fn finish(mut self) -> Option<Row> {
        if self.state == State::Start && self.row.is_empty() {
            return None;
        }
        self.end_field();
        Some(self.row)
    }

    fn step(&mut self, byte: u8, rows: &mut Vec<Row>) {
        match (self.state, byte) {
            (State::Start, b'"') => self.state = State::Quoted,
            (State::Quoted, b'"') => self.state = State::Quote,
            (State::Quote, b'"') => {
                self.field.push(b'"');
                self.state = State::Quoted;
            }
            (State::Quoted, _) => self.field.push(byte),
            (_, b',') => self.end_field(),
            (_, b'\n') => {
                self.end_field();
                rows.push(std::mem::take(&mut self.row));
            }
            // A carriage return belongs to the line's end unless it is quoted.
            (_, b'\r') => {}
            (State::Start, _) => {
                self.field.push(byte);
                self.state = State::Plain;
            }
            (_, _) => self.field.push(byte),
        }
    }

    fn end_field(&mut self) {
        let bytes = std::mem::take(&mut self.field);
        let value = match self.state {
            State::Start => None,
            _ => Some(
                String::from_utf8(bytes)
                    .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()),
            ),
        };
        self.row.push(value);
        self.state = State::Start;
    }
}

/// One line of such a file, with its line feed.
pub(super) fn write_row(row: &[Option<String>], out: &mut String) {
    for (index, value) in row.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        if let Some(value) = value {
            out.push('"');
            out.push_str(&value.replace('"', "\"\""));
            out.push('"');
        }
    }
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(text: &str, piece: usize) -> Vec<Row> {
        let (mut parser, mut rows) = (Parser::default(), Vec::new());
        for bytes in text.as_bytes().chunks(piece.max(1)) {
            parser.feed(bytes, &mut rows);
        }
        rows.extend(parser.finish());
        rows
    }

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn null_is_not_the_empty_string() {
        assert_eq!(
            parse("\"a\",,\"\"\n,\n", 1),
            [vec![some("a"), None, some("")], vec![None, None],]
        );
    }

    #[test]
    fn a_single_null_column_is_a_row() {
        assert_eq!(parse("\"c\"\n\n\"x\"\n", 2), [vec![some("c")], vec![None], vec![some("x")]]);
    }

    #[test]
    fn the_last_line_may_lack_its_line_feed() {
        assert_eq!(parse("\"a\"\r\n\"b\",", 3), [vec![some("a")], vec![some("b"), None]]);
        assert_eq!(parse("", 1), Vec::<Row>::new());
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            rows in prop::collection::vec(
                prop::collection::vec(prop::option::of("[a\",\r\n é漢]{0,6}"), 1..4), 0..6),
            piece in 1usize..9,
        ) {
            let mut text = String::new();
            for row in &rows {
                write_row(row, &mut text);
            }
            prop_assert_eq!(parse(&text, piece), rows);
        }
    }
}
