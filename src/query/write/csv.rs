//! CSV as Athena writes it: every value quoted that is not NULL.

use std::io::{self, Write};

use super::Writer;
use crate::model::query::Column;
use crate::model::shown::shown;
use crate::query::batch::Batch;
use crate::query::to_csv;

pub struct Csv {
    /// Until it is written.
    header: Option<Vec<String>>,
    /// True: values pass the sanitiser, for a file of them would not be data any more.
    terminal: bool,
    /// The bytes of a batch; kept for the next.
    text: Vec<u8>,
}

impl Csv {
    pub fn new(columns: &[Column], terminal: bool) -> Self {
        let header = columns.iter().map(|column| column.name.clone()).collect();
        Self { header: Some(header), terminal, text: Vec::new() }
    }

    fn line<'a>(&mut self, row: impl Iterator<Item = Option<&'a str>>) {
        if self.terminal {
            let safe: Vec<_> = row.map(|value| value.map(shown)).collect();
            to_csv(safe.iter().map(Option::as_deref), &mut self.text);
        } else {
            to_csv(row, &mut self.text);
        }
    }
}

impl Writer for Csv {
    fn rows(&mut self, rows: &Batch, to: &mut (dyn Write + Send)) -> io::Result<()> {
        self.text.clear();
        if let Some(header) = self.header.take() {
            self.line(header.iter().map(|name| Some(name.as_str())));
        }
        for row in rows.rows() {
            self.line(row.cells());
        }
        to.write_all(&self.text)
    }

    fn end(&mut self, to: &mut (dyn Write + Send)) -> io::Result<()> {
        // No rows at all: the header is still owed.
        self.rows(&Batch::default(), to)
    }
}
