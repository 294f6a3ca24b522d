//! Regions. GA4GH BED v1: three to twelve fields, of which the line's own kind may have more.

use super::super::input::Input;
use super::super::look::{Column, Fault, Look, Section, Shape};
use super::super::plain::{self, OneByOne};
use super::lines::{Line, Lines};
use super::{Listed, cell, columns, fitted};

/// What is kept of a line.
const KEEP: usize = 256 << 10;
/// The most fields that get a column.
const WIDEST: usize = 50;
/// The most lines before the first region.
const HEADER: usize = 10_000;

/// # Errors
/// Where not even a first line can be read.
pub fn look(input: Input) -> Result<Look, Fault> {
    let mut lines = Lines::new(input.content, KEEP);
    let mut header = Listed::default();
    let mut table = named(3);
    while let Some(line) = lines.next()? {
        if !is_about(&line) || header.all >= HEADER {
            table = named(fields(&line).len());
            lines.put_back(line);
            break;
        }
        header.push(|| cell(&line.text));
    }
    let width = table.len();
    let step = move || {
        while let Some(line) = lines.next()? {
            if !is_about(&line) {
                return Ok(Some(fitted(&fields(&line), width, b" ")));
            }
        }
        Ok(None)
    };
    let mut sections = Vec::new();
    if header.all > 0 {
        let title = "Track lines".to_owned();
        sections.push(Section { title, lines: header.told(), folded: false });
    }
    Ok(Look {
        kind: plain::named(&[Some("BED"), input.packing]),
        sections,
        shape: Shape::Table(table),
        pages: Box::new(OneByOne::new(step)),
    })
}

/// A comment, or a line for a genome browser.
fn is_about(line: &Line) -> bool {
    let words = [&b"#"[..], b"track", b"browser"];
    words.iter().any(|word| line.text.starts_with(word))
}

/// Fields are parted by tabs, or else by blanks.
fn fields(line: &Line) -> Vec<&[u8]> {
    if line.text.contains(&b'\t') {
        return line.fields();
    }
    line.text.split(u8::is_ascii_whitespace).filter(|field| !field.is_empty()).collect()
}

/// The columns of a file whose first region has so many fields.
fn named(fields: usize) -> Vec<Column> {
    let all = columns(&[
        ("chrom", "string"),
        ("chromStart", "bigint"),
        ("chromEnd", "bigint"),
        ("name", "string"),
        ("score", "string"),
        ("strand", "string"),
        ("thickStart", "bigint"),
        ("thickEnd", "bigint"),
        ("itemRgb", "string"),
        ("blockCount", "int"),
        ("blockSizes", "string"),
        ("blockStarts", "string"),
    ]);
    let width = fields.clamp(3, WIDEST);
    let further = (all.len() + 1..=width)
        .map(|at| Column { name: format!("field{at}"), kind: "string".to_owned() });
    all.into_iter().chain(further).take(width).collect()
}
