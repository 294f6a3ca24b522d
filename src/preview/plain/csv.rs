//! Tables of text: fields between commas, semicolons, tabs or bars.

use std::io::{self, Read};

use csv::{Reader, ReaderBuilder, StringRecord};
use encoding_rs::Encoding;

use super::text::other_than_utf_8;
use super::types::kind_of;
use super::{OneByOne, named};
use crate::preview::encoding::Utf8;
use crate::preview::input::Input;
use crate::preview::look::{Column, Fault, Look, Row, Shape};

/// Records that are looked at to find out how the table is written.
const SAMPLE: usize = 200;
/// A record that is longer is none: a quote that nothing closes would take all of the object
/// into memory. Bytes.
const LONGEST: usize = 1 << 20;

/// How a table of text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dialect {
    pub delimiter: u8,
    /// The first record names the columns.
    pub header: bool,
    /// Some fields stand in quotes.
    pub quoted: bool,
    /// A field has a line end in it: line by line it cannot be read.
    pub multiline: bool,
}

/// A table as its beginning tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sketch {
    pub dialect: Dialect,
    pub columns: Vec<Column>,
    /// True where the records agree on how many fields there are, and that is more than one.
    pub regular: bool,
}

/// What is known of a text that begins so; `None` where there is no record in it. `all`: there
/// is nothing behind. `only`: the delimiter that the name tells.
pub fn sketch(head: &str, all: bool, only: Option<u8>) -> Option<Sketch> {
    let delimiters: &[u8] = only.as_ref().map_or(b",;\t|", std::slice::from_ref);
    let read = delimiters.iter().map(|delimiter| (*delimiter, records(head, all, *delimiter)));
    let (delimiter, records) = read.max_by_key(|(_, records)| agreement(records))?;
    let width = records.iter().map(StringRecord::len).max()?;
    let regular = width > 1 && records.len() > 1 && records.iter().all(|r| r.len() == width);
    let header = has_header(&records);
    let kinds = kinds(&records[usize::from(header)..], width);
    let name = |at: usize| match records[0].get(at) {
        Some(name) if header => name.to_owned(),
        _ => format!("col{}", at + 1),
    };
    let columns = kinds
        .into_iter()
        .enumerate()
        .map(|(at, kind)| Column { name: name(at), kind: kind.to_owned() })
        .collect();
    let multiline = records.iter().any(|record| record.iter().any(|field| field.contains('\n')));
    let dialect = Dialect { delimiter, header, quoted: head.contains('"'), multiline };
    Some(Sketch { dialect, columns, regular })
}

/// How many records have the commonest number of fields, where that is more than one; of two
/// that agree as much the one with more fields is meant.
fn agreement(records: &[StringRecord]) -> (usize, usize) {
    let mut widths = std::collections::BTreeMap::new();
    for record in records.iter().filter(|record| record.len() > 1) {
        *widths.entry(record.len()).or_insert(0) += 1;
    }
    widths.into_iter().map(|(width, count)| (count, width)).max().unwrap_or_default()
}

fn records(head: &str, all: bool, delimiter: u8) -> Vec<StringRecord> {
    let reader = builder(delimiter).from_reader(head.as_bytes());
    let mut records: Vec<_> =
        reader.into_records().map_while(Result::ok).take(SAMPLE + 1).collect();
    // The last one may be cut.
    if records.len() > SAMPLE || (!all && records.len() > 1) {
        records.pop();
    }
    records
}

fn builder(delimiter: u8) -> ReaderBuilder {
    let mut builder = ReaderBuilder::new();
    builder.delimiter(delimiter).has_headers(false).flexible(true);
    builder
}

/// A first record of distinct names, none of which could be a value of another type.
fn has_header(records: &[StringRecord]) -> bool {
    let Some(first) = records.first() else { return false };
    let is_name = |field: &str| {
        let begins = field.chars().next().is_some_and(|c| c.is_alphabetic() || "_#$@".contains(c));
        begins
            && field.chars().count() <= 128
            && !field.contains('\n')
            && kind_of([field]) == "varchar"
    };
    let mut seen = std::collections::HashSet::new();
    records.len() > 1 && first.iter().all(|field| is_name(field.trim()) && seen.insert(field))
}

fn kinds(records: &[StringRecord], width: usize) -> Vec<&'static str> {
    (0..width).map(|at| kind_of(records.iter().filter_map(|record| record.get(at)))).collect()
}

/// A table written so.
pub fn look(input: Input, encoding: &'static Encoding, sketch: Sketch) -> Look {
    let name = match sketch.dialect.delimiter {
        b'\t' => "TSV",
        b';' => "CSV with semicolons",
        b'|' => "CSV with bars",
        _ => "CSV",
    };
    let kind = named(&[Some(name), other_than_utf_8(encoding), input.packing]);
    let width = sketch.columns.len();
    let ration = Ration { content: Utf8::new(input.content, encoding), left: LONGEST };
    let mut table = Records {
        reader: builder(sketch.dialect.delimiter).from_reader(ration),
        delimiter: char::from(sketch.dialect.delimiter),
        width,
        skip: sketch.dialect.header,
    };
    let pages = OneByOne::new(move || table.next());
    Look { kind, sections: Vec::new(), shape: Shape::Table(sketch.columns), pages: Box::new(pages) }
}

struct Records {
    reader: Reader<Ration>,
    delimiter: char,
    width: usize,
    /// The first record is the header.
    skip: bool,
}

impl Records {
    fn next(&mut self) -> Result<Option<Row>, Fault> {
        let mut record = StringRecord::new();
        loop {
            self.reader.get_mut().left = LONGEST;
            match self.reader.read_record(&mut record) {
                Ok(false) => return Ok(None),
                Ok(true) if std::mem::take(&mut self.skip) => {}
                Ok(true) => return Ok(Some(self.row(&record))),
                Err(error) => return Err(fault(error)),
            }
        }
    }

    /// As many cells as there are columns: a missing one is NULL, and the last one has what is
    /// too many.
    fn row(&self, record: &StringRecord) -> Row {
        let mut row: Row =
            record.iter().take(self.width).map(|cell| Some(cell.to_owned())).collect();
        if let Some(Some(last)) = row.last_mut() {
            for more in record.iter().skip(self.width) {
                last.push(self.delimiter);
                last.push_str(more);
            }
        }
        row.resize(self.width, None);
        row
    }
}

fn fault(error: csv::Error) -> Fault {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error.into(),
        other => Fault(format!("The table is damaged here: {other:?}.")),
    }
}

/// Content of which one record may not take more than its part.
struct Ration {
    content: Utf8,
    left: usize,
}

impl Read for Ration {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            let why = "one record is longer than 1 MiB, perhaps for want of a closing quote";
            return Err(io::Error::new(io::ErrorKind::InvalidData, why));
        }
        let most = into.len().min(self.left);
        let some = self.content.read(&mut into[..most])?;
        self.left -= some;
        Ok(some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preview::tests::{Seen, see};

    fn of(text: &str) -> Sketch {
        sketch(text, true, None).unwrap()
    }

    fn columns(sketch: &Sketch) -> Vec<(&str, &str)> {
        sketch.columns.iter().map(|c| (c.name.as_str(), c.kind.as_str())).collect()
    }

    #[test]
    fn delimiter_header_and_types_are_found_out() {
        let table =
            of("id;name;when;ok;score\n1;\"a; b\";2026-01-02;true;1.5\n2;;2026-01-03;false;-2e3\n");
        assert_eq!(table.dialect.delimiter, b';');
        assert!(table.dialect.header && table.dialect.quoted && table.regular);
        assert_eq!(
            columns(&table),
            [
                ("id", "bigint"),
                ("name", "varchar"),
                ("when", "date"),
                ("ok", "boolean"),
                ("score", "double")
            ]
        );
        assert_eq!(of("a\tb,c\n1\t2,3\n").dialect.delimiter, b'\t');
        assert_eq!(of("a|b|c\n1|2|3\n").dialect.delimiter, b'|');
    }

    #[test]
    fn without_a_header_columns_are_counted() {
        let table = of("1,x\n2,y\n");
        assert!(!table.dialect.header);
        assert_eq!(columns(&table), [("col1", "bigint"), ("col2", "varchar")]);
        assert!(!of("a,a\n1,2\n").dialect.header, "two columns of one name");
        assert!(!of("just,one\n").dialect.header);
    }

    #[test]
    fn prose_is_no_regular_table() {
        assert!(!of("Dear all, hello.\nThis is a text.\nOne, two, three.\n").regular);
        assert!(!of("one\ntwo\n").regular);
        assert_eq!(sketch("", true, None), None);
    }

    #[test]
    fn quotes_line_ends_and_ragged_records() {
        let text = "a,b,c\n\"x \"\"1\"\"\",\"two\nlines\",3\n\n4\n5,6,7,8,9\n";
        let Seen { rows, fault, kind, .. } = see("t.csv", text.as_bytes());
        assert_eq!((kind.as_str(), fault), ("CSV", None));
        let cell = |text: &str| Some(text.to_owned());
        assert_eq!(rows[0][..3], [cell("x \"1\""), cell("two\nlines"), cell("3")]);
        assert_eq!(rows[1][0], cell("4"));
        assert_eq!(rows[1][2], None);
        assert!(rows.iter().all(|row| row.len() == rows[0].len()));
    }

    #[test]
    fn a_quote_that_nothing_closes_is_a_sentence_and_no_heap() {
        let mut text = "a,b\n1,2\n3,\"".to_owned();
        text.push_str(&"x,y\n".repeat(600_000));
        let Seen { rows, fault, .. } = see("t.csv", text.as_bytes());
        assert_eq!(rows.len(), 1);
        assert!(fault.unwrap().contains("closing quote"));
    }
}
