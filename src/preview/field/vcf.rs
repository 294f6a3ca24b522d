//! Variants. VCF specification, section 1. The header is read by `noodles`, a line at a time, so
//! that one it does not understand is shown as it is, and none is kept.

use std::fmt::Display;

use noodles_vcf::header::parser::{Entry, Parser};

use super::super::input::Input;
use super::super::look::{Column, Fault, Look, Row, Section, Shape};
use super::super::plain::{self, OneByOne};
use super::lines::{Line, Lines};
use super::{Listed, cell, columns, fitted};

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
    while let Some(line) = lines.next()? {
        if !line.text.starts_with(b"#") || header.lines > HEADER {
            lines.put_back(line);
            break;
        }
        header.add(&line);
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
    /// The line that says the version: others are read as it has them.
    format: Vec<u8>,
    contigs: Listed,
    infos: Listed,
    formats: Listed,
    filters: Listed,
    others: Listed,
    samples: Vec<String>,
    lines: usize,
}

impl Header {
    fn add(&mut self, line: &Line) {
        self.lines += 1;
        if line.text.starts_with(b"#CHROM") {
            self.samples = line.fields().iter().skip(9).map(|name| cell(name)).collect();
            return;
        }
        if let Some(version) = line.text.strip_prefix(b"##fileformat=VCFv")
            && self.format.is_empty()
        {
            self.version = format!("VCF {}", cell(version));
            self.format.clone_from(&line.text);
            return;
        }
        // A parser keeps all that it has read: each line has its own.
        let mut parser = Parser::default();
        let entry = match parser.parse_partial(&self.format).is_ok() {
            true => parser.parse_partial(&line.text).ok(),
            false => None,
        };
        let told = |id: &str, what: &dyn Display, text: &str| {
            format!("{}  {what}  {}", cell(id.as_bytes()), cell(text.as_bytes()))
        };
        match entry {
            Some(Entry::Contig(id, contig)) => self.contigs.push(|| {
                let length = contig.length().map(|length| format!("  {length}"));
                cell(id.as_bytes()) + &length.unwrap_or_default()
            }),
            Some(Entry::Info(id, info)) => {
                self.infos.push(|| told(id, &info.ty(), info.description()));
            }
            Some(Entry::Format(id, format)) => {
                self.formats.push(|| told(id, &format.ty(), format.description()));
            }
            Some(Entry::Filter(id, filter)) => self.filters.push(|| {
                format!("{}  {}", cell(id.as_bytes()), cell(filter.description().as_bytes()))
            }),
            _ => {
                let text = line.text.strip_prefix(b"##").unwrap_or(&line.text);
                self.others.push(|| cell(text));
            }
        }
    }

    fn sections(self) -> Vec<Section> {
        let section = |title: &str, lines: Listed| Section {
            title: format!("{title} ({})", lines.all),
            lines: lines.told(),
            folded: true,
        };
        let mut samples = section("Samples", self.samples.into_iter().collect());
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_long_header_no_more_is_kept_than_is_shown() {
        let mut header = Header::default();
        let long = "x".repeat(1000);
        let mut add = |text: String| {
            header.add(&Line { text: text.into_bytes(), cut: false });
        };
        add("##fileformat=VCFv4.3".to_owned());
        for n in 0..3000 {
            let description = format!("Description=\"{long}\"");
            add(format!("##INFO=<ID=I{n}{long}{long},Number=1,Type=String,{description}>"));
            add(format!("##FILTER=<ID=F{n}{long}{long},{description}>"));
            add(format!("##contig=<ID=c{n}{long}{long}>"));
            add(format!("##odd{n}={long}{long}"));
        }
        let sections = header.sections();
        let titles: Vec<&str> = sections.iter().map(|section| &*section.title).collect();
        assert_eq!(
            titles,
            ["Contigs (3000)", "INFO (3000)", "FILTER (3000)", "Other header lines (3000)"]
        );
        for Section { lines, .. } in sections {
            assert_eq!((lines.len(), &*lines[2000]), (2001, "… and 1000 more"));
            assert!(lines.iter().all(|line| line.chars().count() < 2100));
        }
    }
}
