//! `--format csv`

use std::io::{self, Write};

use crate::govern::shown;
use crate::model::query::Column;
use crate::query::to_csv;

use super::printer::{Printer, Row};

/// As Athena writes it: every value quoted that is not NULL.
pub(super) struct Csv {
    /// Until it is written.
    header: Option<Row>,
    /// True: values pass the sanitiser, for a file of them would not be data any more.
    terminal: bool,
}

impl Csv {
    pub fn new(columns: &[Column], terminal: bool) -> Self {
        let header = columns.iter().map(|column| Some(column.name.clone())).collect();
        Self { header: Some(header), terminal }
    }

    fn line(&self, row: &Row, out: &mut String) {
        if self.terminal {
            let safe =
                |value: &Option<String>| value.as_deref().map(|text| shown(text).into_owned());
            to_csv(&row.iter().map(safe).collect::<Row>(), out);
        } else {
            to_csv(row, out);
        }
    }
}

impl Printer for Csv {
    fn rows(&mut self, rows: &[Row], to: &mut (dyn Write + Send)) -> io::Result<()> {
        let mut text = String::new();
        if let Some(header) = self.header.take() {
            self.line(&header, &mut text);
        }
        for row in rows {
            self.line(row, &mut text);
        }
        to.write_all(text.as_bytes())
    }

    fn end(&mut self, to: &mut (dyn Write + Send)) -> io::Result<()> {
        // No rows at all: the header is still owed.
        self.rows(&[], to)
    }
}
