//! The formats of the field: columnar files, variants, reads, sequences, annotations, health
//! records. A previewer shows what can be read of a file that others call invalid, so records of
//! the text formats are split at their tabs and are not validated.

pub mod bam;
pub mod bed;
pub mod fasta;
pub mod fastq;
pub mod fhir;
pub mod gff;
mod lines;
pub mod parquet;
pub mod sam;
#[cfg(test)]
mod tests;
pub mod vcf;

use super::look::{Column, Row};

/// The most characters of one cell; the rest is a `…`.
const CELL: usize = 1000;
/// The most lines of a section.
const LINES: usize = 2000;

/// `names` are pairs of a name and a type.
fn columns(names: &[(&str, &str)]) -> Vec<Column> {
    let column =
        |(name, kind): &(&str, &str)| Column { name: (*name).to_owned(), kind: (*kind).to_owned() };
    names.iter().map(column).collect()
}

/// What a cell shows of these bytes.
fn cell(bytes: &[u8]) -> String {
    // Four bytes a character at most: no more of them need a look.
    let some = &bytes[..bytes.len().min(4 * (CELL + 1))];
    cut(&String::from_utf8_lossy(some), CELL)
}

fn cut(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

/// A row as wide as its table: of one too short the rest is NULL, of one too long the last cell
/// takes what is left.
fn fitted(fields: &[&[u8]], width: usize, joint: &[u8]) -> Row {
    let mut row: Row = fields.iter().take(width).map(|field| Some(cell(field))).collect();
    if fields.len() > width && width > 0 {
        row[width - 1] = Some(cell(&fields[width - 1..].join(joint)));
    }
    row.resize(width, None);
    row
}

/// Lines for a section: the first of them are kept, the others are counted.
#[derive(Default)]
struct Listed {
    lines: Vec<String>,
    all: usize,
}

impl Listed {
    /// A line is only made where it is kept: there may be millions.
    fn push(&mut self, line: impl FnOnce() -> String) {
        self.all += 1;
        if self.lines.len() < LINES {
            self.lines.push(line());
        }
    }

    /// The last one says how many were left out.
    fn told(mut self) -> Vec<String> {
        if self.all > LINES {
            self.lines.push(format!("… and {} more", self.all - LINES));
        }
        self.lines
    }
}

impl FromIterator<String> for Listed {
    fn from_iter<I: IntoIterator<Item = String>>(lines: I) -> Self {
        let mut listed = Self::default();
        lines.into_iter().for_each(|line| listed.push(|| line));
        listed
    }
}

fn bounded(lines: impl IntoIterator<Item = String>) -> Vec<String> {
    lines.into_iter().collect::<Listed>().told()
}
