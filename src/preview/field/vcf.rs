//! Variants. VCF specification, section 1. The header is read by `noodles`, a line at a time, so
//! that one it does not understand is shown as it is.

use noodles_vcf::header::parser::{Entry, Parser};

use super::super::input::Input;
use super::super::look::{Column, Fault, Look, Row, Section, Shape};
use super::super::plain::{self, OneByOne};
use super::lines::{Line, Lines};
use super::{bounded, cell, columns, fitted};

/// What is kept of a line: the genotypes of some thousand samples.
const KEEP: usize = 256 << 10;
/// The most samples that get a column.
const SAMPLES: usize = 50;
/// The most lines of a header.
const HEADER: usize = 500_000;

/// # Errors
/// Where not even a first line can be read.
pub fn look(input: Input) -> Result<Look, Fault> {
    let mut lines = Lines::new(input.content, KEEP);
    let mut header = Header::default();
    let mut parser = Parser::default();
    while let Some(line) = lines.next()? {
        if !line.text.starts_with(b"#") || header.lines > HEADER {
            lines.put_back(line);
            break;
        }
        header.add(&mut parser, &line);
        if line.text.starts_with(b"#CHROM") {
            break;
        }
    }
    let columns = table(&header.samples);
    let (width, samples) = (columns.len(), header.samples.len());
    let step = move || Ok(lines.next()?.map(|line| row(&line, width, samples)));
    Ok(Look {
        kind: plain::named(&[Some(header.version.trim_end()), input.packing]),
        sections: header.sections(),
        shape: Shape::Table(columns),
        pages: Box::new(OneByOne::new(step)),
    })
}

fn table(samples: &[String]) -> Vec<Column> {
    let mut table = columns(&[
        ("CHROM", "string"),
        ("POS", "bigint"),
        ("ID", "string"),
        ("REF", "string"),
        ("ALT", "string"),
        ("QUAL", "double"),
        ("FILTER", "string"),
        ("INFO", "string"),
    ]);
    if !samples.is_empty() {
        table.append(&mut columns(&[("FORMAT", "string")]));
    }
    let sample = |name: &String| Column { name: name.clone(), kind: "string".to_owned() };
    table.extend(samples.iter().take(SAMPLES).map(sample));
    table
}

/// A record with fewer fields than it must have comes as the text that it is.
fn row(line: &Line, width: usize, samples: usize) -> Row {
    let fields = line.fields();
    if fields.len() < width.min(8) {
        let mut row = vec![None; width];
        row[0] = Some(cell(&line.text));
        return row;
    }
    // Samples without a column are left out, not put into the last one.
    let known = if samples > SAMPLES { fields.len().min(width) } else { fields.len() };
    fitted(&fields[..known], width, b" ")
}

#[derive(Default)]
struct Header {
    /// `VCF 4.2`.
    version: String,
    contigs: Vec<String>,
    infos: Vec<String>,
    formats: Vec<String>,
    filters: Vec<String>,
    others: Vec<String>,
    samples: Vec<String>,
    lines: usize,
}

impl Header {
    fn add(&mut self, parser: &mut Parser, line: &Line) {
        self.lines += 1;
        if line.text.starts_with(b"#CHROM") {
            self.samples = line.fields().iter().skip(9).map(|name| cell(name)).collect();
            return;
        }
        if let Some(version) = line.text.strip_prefix(b"##fileformat=VCFv") {
            self.version = format!("VCF {}", cell(version));
        }
        let raw = || cell(line.text.strip_prefix(b"##").unwrap_or(&line.text));
        match parser.parse_partial(&line.text) {
            Ok(Entry::FileFormat(_)) => {}
            Ok(Entry::Contig(id, contig)) => self.contigs.push(match contig.length() {
                Some(length) => format!("{id}  {length}"),
                None => id.to_owned(),
            }),
            Ok(Entry::Info(id, info)) => {
                let told = cell(info.description().as_bytes());
                self.infos.push(format!("{id}  {}  {told}", info.ty()));
            }
            Ok(Entry::Format(id, format)) => {
                let told = cell(format.description().as_bytes());
                self.formats.push(format!("{id}  {}  {told}", format.ty()));
            }
            Ok(Entry::Filter(id, filter)) => {
                self.filters.push(format!("{id}  {}", cell(filter.description().as_bytes())));
            }
            _ => self.others.push(raw()),
        }
    }

    fn sections(self) -> Vec<Section> {
        let section = |title: &str, lines: Vec<String>| Section {
            title: format!("{title} ({})", lines.len()),
            lines: bounded(lines),
            folded: true,
        };
        let mut samples = section("Samples", self.samples);
        if samples.lines.len() > SAMPLES {
            samples.lines.insert(0, format!("The first {SAMPLES} have a column."));
        }
        let mut sections = vec![
            section("Contigs", self.contigs),
            section("INFO", self.infos),
            section("FORMAT", self.formats),
            section("FILTER", self.filters),
            section("Other header lines", self.others),
            samples,
        ];
        sections.retain(|section| !section.lines.is_empty());
        sections
    }
}
