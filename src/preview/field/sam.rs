//! Reads and where they align, as text. SAM specification, sections 1.3 to 1.5.

use super::super::input::Input;
use super::super::look::{Column, Fault, Look, Row, Section, Shape};
use super::super::plain::{self, OneByOne};
use super::lines::Lines;
use super::{Listed, cell, columns, fitted};

/// What is kept of a line: a read of some hundred thousand bases with its qualities.
const KEEP: usize = 1 << 20;
/// The most bytes of a header.
const HEADER: usize = 16 << 20;

/// # Errors
/// Where not even a first line can be read.
pub fn look(input: Input) -> Result<Look, Fault> {
    let mut lines = Lines::new(input.content, KEEP);
    let mut header = Header::default();
    while let Some(line) = lines.next()? {
        if !line.text.starts_with(b"@") || header.bytes > HEADER {
            lines.put_back(line);
            break;
        }
        header.add(&line.text);
    }
    let step = move || Ok(lines.next()?.map(|line| row(&line.fields())));
    Ok(Look {
        kind: plain::named(&[Some("SAM"), input.packing]),
        sections: header.sections(),
        shape: Shape::Table(table()),
        pages: Box::new(OneByOne::new(step)),
    })
}

pub(super) fn table() -> Vec<Column> {
    columns(&[
        ("QNAME", "string"),
        ("FLAG", "string"),
        ("RNAME", "string"),
        ("POS", "bigint"),
        ("MAPQ", "int"),
        ("CIGAR", "string"),
        ("RNEXT", "string"),
        ("PNEXT", "bigint"),
        ("TLEN", "bigint"),
        ("SEQ", "string"),
        ("QUAL", "string"),
        ("tags", "string"),
    ])
}

pub(super) fn row(fields: &[&[u8]]) -> Row {
    let mut row = fitted(fields, 12, b" ");
    if let Some(Some(flag)) = row.get_mut(1)
        && let Ok(bits) = flag.parse()
    {
        *flag = flag_in_words(bits);
    }
    row
}

/// The words of `samtools flags`.
const FLAGS: [&str; 12] = [
    "PAIRED",
    "PROPER_PAIR",
    "UNMAP",
    "MUNMAP",
    "REVERSE",
    "MREVERSE",
    "READ1",
    "READ2",
    "SECONDARY",
    "QCFAIL",
    "DUP",
    "SUPPLEMENTARY",
];

/// `99 PAIRED,PROPER_PAIR,MREVERSE,READ1`.
fn flag_in_words(bits: u16) -> String {
    let set = FLAGS.iter().enumerate().filter(|(bit, _)| bits >> bit & 1 == 1);
    let words: Vec<&str> = set.map(|(_, word)| *word).collect();
    format!("{bits} {}", words.join(",")).trim_end().to_owned()
}

/// The lines of a header, by what they describe.
#[derive(Default)]
pub(super) struct Header {
    about: Listed,
    sequences: Listed,
    groups: Listed,
    programs: Listed,
    /// How long the lines are.
    pub(super) bytes: usize,
}

impl Header {
    pub(super) fn add(&mut self, line: &[u8]) {
        self.bytes += line.len();
        let (tag, rest) = line.split_at_checked(3).unwrap_or((line, b""));
        let list = match tag {
            b"@SQ" => &mut self.sequences,
            b"@RG" => &mut self.groups,
            b"@PG" => &mut self.programs,
            _ => &mut self.about,
        };
        let text = if matches!(tag, b"@SQ" | b"@RG" | b"@PG") { rest } else { line };
        list.push(|| cell(text.trim_ascii()).replace('\t', "  "));
    }

    pub(super) fn sections(self) -> Vec<Section> {
        let section = |title: &str, lines: Listed, folded| Section {
            title: format!("{title} ({})", lines.all),
            lines: lines.told(),
            folded,
        };
        let mut sections = vec![
            Section { title: "Header".to_owned(), lines: self.about.told(), folded: false },
            section("Reference sequences", self.sequences, true),
            section("Read groups", self.groups, true),
            section("Programs", self.programs, true),
        ];
        sections.retain(|section| !section.lines.is_empty());
        sections
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_told_as_samtools_does() {
        assert_eq!(flag_in_words(99), "99 PAIRED,PROPER_PAIR,MREVERSE,READ1");
        assert_eq!(flag_in_words(0), "0");
        assert_eq!(flag_in_words(0xf800), "63488 SUPPLEMENTARY");
    }
}
