//! Reads and where they align, in binary. SAM specification, section 4.2.

use std::io::{self, BufRead, Read as _};
use std::num::NonZero;

use noodles_sam::alignment::io::Write as _;
use noodles_sam::header::record::value::Map;
use noodles_sam::header::record::value::map::ReferenceSequence;

use super::super::input::Input;
use super::super::look::{Fault, Look, Row, Shape};
use super::super::plain::{self, OneByOne};
use super::lines::Lines;
use super::{cell, sam};

/// The most bytes of a header's text, and of all names of reference sequences.
const HEADER: u64 = 64 << 20;
/// The longest name of a reference sequence, in bytes.
const NAME: u32 = 1 << 16;
/// The most bytes of a record.
const RECORD: u32 = 16 << 20;
/// What is kept of a line of the header.
const KEEP: usize = 1 << 16;

/// # Errors
/// Where the header cannot be read.
pub fn look(input: Input) -> Result<Look, Fault> {
    let mut content = input.content;
    let mut shown = sam::Header::default();
    let header = header(&mut content, &mut shown)?;
    let mut number = 0u64;
    let step = move || {
        let block = record(&mut content)?;
        number += u64::from(block.is_some());
        Ok(block.map(|block| row(&header, &block, number)))
    };
    Ok(Look {
        kind: plain::named(&[Some("BAM"), input.packing]),
        sections: shown.sections(),
        shape: Shape::Table(sam::table()),
        pages: Box::new(OneByOne::new(step)),
    })
}

fn odd(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

fn number(content: &mut dyn BufRead) -> io::Result<u32> {
    let mut four = [0; 4];
    content.read_exact(&mut four)?;
    Ok(u32::from_le_bytes(four))
}

/// Exactly `length` bytes; memory grows only with what there is.
fn exactly(content: &mut dyn BufRead, length: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if content.take(length).read_to_end(&mut bytes)? as u64 == length {
        Ok(bytes)
    } else {
        Err(io::ErrorKind::UnexpectedEof.into())
    }
}

/// The reference sequences that records name by number. `noodles` would trust every length.
fn header(content: &mut dyn BufRead, shown: &mut sam::Header) -> io::Result<noodles_sam::Header> {
    if exactly(content, 4)? != b"BAM\x01" {
        return Err(odd("its header does not begin as BAM does"));
    }
    let length = u64::from(number(content)?);
    if length > HEADER {
        return Err(odd("the text of its header is longer than 64 MiB"));
    }
    let mut text = exactly(content, length)?;
    text.truncate(text.iter().position(|byte| *byte == 0).unwrap_or(text.len()));
    let mut lines = Lines::new(Box::new(io::Cursor::new(text)), KEEP);
    while let Ok(Some(line)) = lines.next() {
        shown.add(&line.text);
    }
    let mut header = noodles_sam::Header::default();
    let mut names = 0;
    for _ in 0..number(content)? {
        let length = number(content)?;
        names += u64::from(length) + 64;
        if length > NAME || names > HEADER {
            return Err(odd("its reference sequences are too many or have too long names"));
        }
        let mut name = exactly(content, u64::from(length))?;
        name.pop_if(|byte| *byte == 0);
        let bases = NonZero::new(number(content)? as usize).unwrap_or(NonZero::<usize>::MIN);
        let sequence = Map::<ReferenceSequence>::new(bases);
        header.reference_sequences_mut().insert(name.into(), sequence);
    }
    Ok(header)
}

/// The next record with its length before it; `None` at the end.
fn record(content: &mut dyn BufRead) -> io::Result<Option<Vec<u8>>> {
    if content.fill_buf()?.is_empty() {
        return Ok(None);
    }
    let length = number(content)?;
    if length > RECORD {
        return Err(odd("a record is said to be longer than 16 MiB"));
    }
    let mut block = length.to_le_bytes().to_vec();
    block.append(&mut exactly(content, u64::from(length))?);
    Ok(Some(block))
}

/// One that says what is wrong where a record cannot be told as SAM.
fn row(header: &noodles_sam::Header, block: &[u8], number: u64) -> Row {
    match text(header, block) {
        Ok(line) => {
            let line = line.strip_suffix(b"\n").unwrap_or(&line);
            sam::row(&line.split(|byte| *byte == b'\t').collect::<Vec<_>>())
        }
        Err(error) => {
            let mut row = vec![None; sam::table().len()];
            row[0] = Some(cell(format!("record {number} is odd: {error}").as_bytes()));
            row
        }
    }
}

/// A record as a line of SAM.
fn text(header: &noodles_sam::Header, block: &[u8]) -> io::Result<Vec<u8>> {
    let mut record = noodles_bam::Record::default();
    noodles_bam::io::Reader::from(block).read_record(&mut record)?;
    let mut writer = noodles_sam::io::Writer::new(Vec::new());
    writer.write_alignment_record(header, &record)?;
    Ok(writer.into_inner())
}
