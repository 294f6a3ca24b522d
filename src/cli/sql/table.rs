//! `--format table`: columns for reading.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr;

use crate::govern::shown;
use crate::model::query::Column;
use crate::query::batch::Batch;
use crate::query::write::Writer;

/// How NULL looks, which is not how an empty text looks.
const NULL: &str = "NULL";

/// The first rows decide how wide the columns are; a later value that is wider moves its line,
/// since waiting for all rows would take the memory of all of them.
pub(super) struct Table {
    names: Vec<String>,
    right: Vec<bool>,
    /// Known with the first rows.
    widths: Option<Vec<usize>>,
}

impl Table {
    pub fn new(columns: &[Column]) -> Self {
        Self {
            names: columns.iter().map(|column| shown(&column.name).into_owned()).collect(),
            right: columns.iter().map(|column| is_number(&column.kind)).collect(),
            widths: None,
        }
    }

    fn head(&mut self, rows: &[Vec<String>], out: &mut String) -> Vec<usize> {
        let mut widths: Vec<usize> = self.names.iter().map(|name| name.width()).collect();
        for row in rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.width());
            }
        }
        self.line(&self.names, &widths, out);
        let rules: Vec<String> = widths.iter().map(|width| "─".repeat(*width)).collect();
        self.line(&rules, &widths, out);
        widths
    }

    fn line(&self, cells: &[String], widths: &[usize], out: &mut String) {
        let start = out.len();
        for (index, cell) in cells.iter().enumerate() {
            if index > 0 {
                out.push_str("  ");
            }
            let width = widths.get(index).copied().unwrap_or(0);
            let pad = " ".repeat(width.saturating_sub(cell.width()));
            let right = self.right.get(index).copied().unwrap_or(false);
            let (before, after) = if right { (pad.as_str(), "") } else { ("", pad.as_str()) };
            out.push_str(before);
            out.push_str(cell);
            out.push_str(after);
        }
        out.truncate(start + out[start..].trim_end_matches(' ').len());
        out.push('\n');
    }
}

fn is_number(kind: &str) -> bool {
    let kind = kind.to_ascii_lowercase();
    let name = kind.split('(').next().unwrap_or_default();
    matches!(
        name,
        "tinyint"
            | "smallint"
            | "integer"
            | "int"
            | "bigint"
            | "float"
            | "real"
            | "double"
            | "decimal"
    )
}

fn cell(value: Option<&str>) -> String {
    value.map_or_else(|| NULL.to_owned(), |text| shown(text).into_owned())
}

impl Writer for Table {
    fn rows(&mut self, rows: &Batch, to: &mut (dyn Write + Send)) -> io::Result<()> {
        let cells: Vec<Vec<String>> =
            rows.rows().map(|row| row.cells().map(cell).collect()).collect();
        let mut text = String::new();
        let widths = match self.widths.take() {
            Some(widths) => widths,
            None => self.head(&cells, &mut text),
        };
        for row in &cells {
            self.line(row, &widths, &mut text);
        }
        self.widths = Some(widths);
        to.write_all(text.as_bytes())
    }

    fn end(&mut self, to: &mut (dyn Write + Send)) -> io::Result<()> {
        // No rows at all: the header is still owed.
        self.rows(&Batch::default(), to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_under_one_another() {
        let column = |name: &str, kind: &str| Column { name: name.into(), kind: kind.into() };
        let mut table = Table::new(&[column("gene", "varchar"), column("n", "bigint")]);
        let mut rows = Batch::default();
        rows.push([Some("BRCA1"), Some("12")]).unwrap();
        rows.push([Some("\u{1b}漢"), None]).unwrap();
        let mut out = Vec::new();
        table.rows(&rows, &mut out).unwrap();
        table.end(&mut out).unwrap();
        let wanted = "\
gene      n
─────  ────
BRCA1    12
␛漢    NULL
";
        assert_eq!(String::from_utf8(out).unwrap(), wanted);
    }
}
