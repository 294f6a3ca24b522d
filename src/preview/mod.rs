//! What an object is and what is in it, by ranged reads of as little as is shown.
//!
//! [`open`] recognises an object by its first bytes and its name, and answers a [`Look`]: facts
//! about it, and its content in pages. It is plain blocking code over a [`Source`]; [`Remote`]
//! is a source that reads a lake.
//!
//! Nothing here trusts a length that stands in an object: memory is bounded by the pages asked
//! for, whatever the object says or unpacks to.

pub mod encoding;
pub mod field;
pub mod input;
pub mod look;
pub mod packing;
pub mod plain;
pub mod recognise;
pub mod remote;
pub mod source;
pub mod tabular;

use std::sync::Arc;

pub use remote::{Opened, Remote};

use self::field::{bam, bed, fasta, fastq, fhir, gff, parquet, sam, vcf};
use self::input::Input;
use self::look::{Fault, Look, Pages, Row, Shape};
use self::packing::{Packing, Peeked, bare};
use self::plain::{csv, hex, json, json_lines, text, zip};
use self::recognise::{Format, recognise};
use self::source::{Source, Window};

/// As much of an object is read to recognise it. Bytes.
pub const HEAD: u64 = 64 << 10;

/// An object's beginning, recognised.
pub struct Recognised {
    pub format: Format,
    input: Input,
}

/// Looks at an object's beginning; `name` is its key.
///
/// # Errors
/// Where it cannot be read, or is packed and cannot be unpacked.
pub fn recognised(source: Arc<dyn Source>, name: &str) -> Result<Recognised, Fault> {
    let size = source.size();
    let head = source.read(0..size.min(HEAD))?;
    let window = Window::new(source.clone());
    let name = name.to_owned();
    let Some(packing) = Packing::of(&head) else {
        let format = recognise(&head, head.len() as u64 == size, bare(&name));
        let content = Box::new(window);
        return Ok(Recognised {
            format,
            input: Input { size, name, source, content, packing: None },
        });
    };
    let mut content = Peeked::new(packing.unpack(window)?);
    if let Some(error) = content.failed() {
        return Err(error.into());
    }
    let (inside, all) = content.head();
    let format = recognise(inside, all, bare(&name));
    let packing = Some(packing.name());
    let content = Box::new(content);
    Ok(Recognised { format, input: Input { size, name, source, content, packing } })
}

impl Recognised {
    /// `BGZF`, `gzip`, `zstd`, `bzip2`.
    pub fn packing(&self) -> Option<&'static str> {
        self.input.packing
    }
}

/// Looks into an object; `name` is its key.
///
/// # Errors
/// As [`recognised`] and [`look_at`].
pub fn open(source: Arc<dyn Source>, name: &str) -> Result<Look, Fault> {
    look_at(recognised(source, name)?)
}

/// Looks into what has been recognised.
///
/// # Errors
/// Where the format's own beginning cannot be read.
pub fn look_at(recognised: Recognised) -> Result<Look, Fault> {
    let Recognised { format, input } = recognised;
    Ok(match format {
        Format::Empty => nothing(&input),
        Format::Parquet if input.packing.is_none() => parquet::look(input)?,
        Format::Zip if input.packing.is_none() => zip::look(input.source)?,
        Format::Bam => bam::look(input)?,
        Format::Sam => sam::look(input)?,
        Format::Vcf => vcf::look(input)?,
        Format::Fasta => fasta::look(input)?,
        Format::Fastq => fastq::look(input)?,
        Format::Bed => bed::look(input)?,
        Format::Gff => gff::look(input)?,
        Format::Fhir(..) => fhir::look(input)?,
        Format::Json(encoding) => json::look(input, encoding),
        Format::JsonLines(encoding, columns) => json_lines::look(input, encoding, columns),
        Format::Table(encoding, sketch) => csv::look(input, encoding, sketch),
        Format::Text(encoding) => text::look(input, encoding),
        Format::Parquet => bytes(input, "Parquet"),
        Format::Zip => bytes(input, "zip"),
        Format::Bytes(kind) => bytes(input, kind),
    })
}

/// The bytes of any object, as they lie there.
pub fn as_bytes(source: Arc<dyn Source>) -> Look {
    hex::look(source, "bytes".to_owned())
}

/// What is packed is shown as it lies there: what is not known unpacked is not known packed.
fn bytes(input: Input, kind: &str) -> Look {
    hex::look(input.source, plain::named(&[Some(kind), input.packing]))
}

fn nothing(input: &Input) -> Look {
    struct Nothing;

    impl Pages for Nothing {
        fn next(&mut self, _rows: usize) -> Result<Vec<Row>, Fault> {
            Ok(Vec::new())
        }
    }

    Look {
        kind: plain::named(&[Some("empty"), input.packing]),
        sections: Vec::new(),
        shape: Shape::Lines,
        pages: Box::new(Nothing),
    }
}

#[cfg(test)]
mod tests;
