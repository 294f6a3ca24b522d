//! Annotations: GFF3, GVF and GTF, nine fields each.

use super::super::input::Input;
use super::super::look::{Fault, Look, Section, Shape};
use super::super::plain::{self, OneByOne};
use super::lines::Lines;
use super::{Listed, cell, columns, fitted};

/// What is kept of a line.
const KEEP: usize = 256 << 10;
/// The most lines before the first feature.
const HEADER: usize = 500_000;

/// # Errors
/// Where not even a first line can be read.
pub fn look(input: Input) -> Result<Look, Fault> {
    let mut lines = Lines::new(input.content, KEEP);
    let mut header = Listed::default();
    let mut attributes = Vec::new();
    while let Some(line) = lines.next()? {
        if !line.text.starts_with(b"#") || header.all >= HEADER {
            attributes = line.fields().get(8).map(|field| field.to_vec()).unwrap_or_default();
            lines.put_back(line);
            break;
        }
        header.push(|| cell(&line.text));
    }
    let name = named(&header.lines, &attributes);
    let step = move || {
        while let Some(line) = lines.next()? {
            // The sequences themselves may follow; they are no features.
            if line.text.starts_with(b"##FASTA") || line.text.starts_with(b">") {
                return Ok(None);
            }
            if !line.text.starts_with(b"#") {
                return Ok(Some(fitted(&line.fields(), 9, b" ")));
            }
        }
        Ok(None)
    };
    let mut sections = Vec::new();
    if header.all > 0 {
        let title = format!("Header ({})", header.all);
        sections.push(Section { title, lines: header.told(), folded: true });
    }
    Ok(Look {
        kind: plain::named(&[Some(name), input.packing]),
        sections,
        shape: Shape::Table(columns(&[
            ("seqid", "string"),
            ("source", "string"),
            ("type", "string"),
            ("start", "bigint"),
            ("end", "bigint"),
            ("score", "string"),
            ("strand", "string"),
            ("phase", "string"),
            ("attributes", "string"),
        ])),
        pages: Box::new(OneByOne::new(step)),
    })
}

/// GFF3 says so, or has `ID=gene1`; GTF has `gene_id "gene1";`.
fn named(header: &[String], attributes: &[u8]) -> &'static str {
    let first = header.first().map(String::as_str).unwrap_or_default();
    if first.starts_with("##gvf-version") {
        "GVF"
    } else if first.starts_with("##gff-version") || !attributes.windows(2).any(|two| two == b" \"")
    {
        "GFF"
    } else {
        "GTF"
    }
}
