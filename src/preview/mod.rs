//! What an object is, and how its text begins, from one small ranged read.

pub mod look;
pub mod source;

use std::io::Read as _;

use flate2::read::MultiGzDecoder;

use crate::lake::Lake;
use crate::model::trouble::Trouble;
use crate::model::uri::S3Uri;

/// The most that is read of an object, whatever its size.
pub const READ: u64 = 64 << 10;
/// The most that is unpacked of a compressed one.
const UNPACKED: u64 = 256 << 10;
/// A line is cut here, in characters: one line may be the whole object.
const LINE: usize = 2000;

/// What the first bytes say an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Empty,
    Text,
    /// Compressed text.
    GzipText,
    Parquet,
    /// Sequence alignments: blocks of gzip around a binary body.
    Bam,
    /// Compressed, and no text inside.
    Gzip,
    Zip,
    Binary,
}

impl Kind {
    /// For a person.
    pub fn name(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Text => "text",
            Self::GzipText => "text, gzip",
            Self::Parquet => "Parquet",
            Self::Bam => "BAM",
            Self::Gzip => "gzip",
            Self::Zip => "zip",
            Self::Binary => "binary",
        }
    }
}

/// How an object begins. The lines have not been through the sanitiser.
#[derive(Clone, PartialEq, Eq)]
pub struct Preview {
    pub kind: Kind,
    /// Of text its lines; of anything else none.
    pub lines: Vec<String>,
    /// True where the object goes on after the last line.
    pub more: bool,
}

// No derive: what an object holds must not reach a log.
impl std::fmt::Debug for Preview {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Preview")
            .field("kind", &self.kind)
            .field("lines", &self.lines.len())
            .field("more", &self.more)
            .finish()
    }
}

/// Reads at most [`READ`] bytes of an object.
///
/// # Errors
/// As S3 answers.
pub async fn preview(lake: &Lake, uri: &S3Uri) -> Result<Preview, Trouble> {
    let bytes = lake.read_range(uri, 0..READ).await?;
    Ok(of(&bytes))
}

/// What an object is that begins with these bytes; as many as [`READ`] mean that there may be
/// more.
pub fn of(bytes: &[u8]) -> Preview {
    let cut = bytes.len() as u64 >= READ;
    let opaque = |kind| Preview { kind, lines: Vec::new(), more: cut };
    match bytes {
        [] => opaque(Kind::Empty),
        [b'P', b'A', b'R', b'1', ..] => opaque(Kind::Parquet),
        [b'P', b'K', 3 | 5, 4 | 6, ..] => opaque(Kind::Zip),
        [0x1f, 0x8b, ..] => match unpacked(bytes) {
            (inside, _) if inside.starts_with(b"BAM\x01") => opaque(Kind::Bam),
            (inside, all) if is_text(&inside) => {
                let more = cut || !all;
                Preview { kind: Kind::GzipText, lines: lines(&inside, more), more }
            }
            _ => opaque(Kind::Gzip),
        },
        _ if is_text(bytes) => Preview { kind: Kind::Text, lines: lines(bytes, cut), more: cut },
        _ => opaque(Kind::Binary),
    }
}

/// As much as comes out of the beginning of a gzip stream, and whether that was all.
fn unpacked(bytes: &[u8]) -> (Vec<u8>, bool) {
    let mut inside = Vec::new();
    let mut decoder = MultiGzDecoder::new(bytes).take(UNPACKED);
    // A stream that was cut ends with an error; what came before it is good.
    let whole = decoder.read_to_end(&mut inside).is_ok() && (inside.len() as u64) < UNPACKED;
    (inside, whole)
}

/// UTF-8 without NUL; a character that the cut went through is forgiven.
fn is_text(bytes: &[u8]) -> bool {
    if bytes.contains(&0) {
        return false;
    }
    match std::str::from_utf8(bytes) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none() && error.valid_up_to() > 0,
    }
}

/// The lines, the last one left out where the cut went through it.
fn lines(bytes: &[u8], cut: bool) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let mut lines: Vec<String> = text
        .split_terminator('\n')
        .map(|line| line.strip_suffix('\r').unwrap_or(line).chars().take(LINE).collect())
        .collect();
    if cut && lines.len() > 1 && !text.ends_with('\n') {
        lines.pop();
    }
    lines
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn magic_numbers_are_known() {
        assert_eq!(of(b"").kind, Kind::Empty);
        assert_eq!(of(b"PAR1\x15\x04").kind, Kind::Parquet);
        assert_eq!(of(b"PK\x03\x04rest").kind, Kind::Zip);
        assert_eq!(of(&gzip(b"BAM\x01\0\0")).kind, Kind::Bam);
        assert_eq!(of(&gzip(b"\0\x01\x02")).kind, Kind::Gzip);
        assert_eq!(of(b"a\0b").kind, Kind::Binary);
        assert_eq!(of(b"\xff\xfe").kind, Kind::Binary);
    }

    #[test]
    fn text_comes_in_lines() {
        let seen = of(b"a,b\r\n1,2\nlast");
        assert_eq!((seen.kind, seen.more), (Kind::Text, false));
        assert_eq!(seen.lines, ["a,b", "1,2", "last"]);
    }

    #[test]
    fn a_cut_hides_the_half_line_and_forgives_the_half_character() {
        let mut bytes = "whole\n".as_bytes().to_vec();
        bytes.resize(READ as usize - 1, b'x');
        bytes.push("ü".as_bytes()[0]);
        let seen = of(&bytes);
        assert_eq!((seen.kind, seen.more), (Kind::Text, true));
        assert_eq!(seen.lines, ["whole"]);
    }

    #[test]
    fn gzip_text_is_unpacked_even_when_cut() {
        let text: String = (0..20_000).map(|n| format!("{n},{}\n", n * 7919)).collect();
        let packed = gzip(text.as_bytes());
        let seen = of(&packed[..packed.len() / 2]);
        assert_eq!(seen.kind, Kind::GzipText);
        assert!(seen.lines.len() > 100 && seen.more);
        assert_eq!(seen.lines[1], "1,7919");
    }

    #[test]
    fn one_endless_line_is_cut() {
        assert_eq!(of(&vec![b'x'; READ as usize]).lines[0].chars().count(), LINE);
    }
}
