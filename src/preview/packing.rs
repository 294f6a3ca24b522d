//! What an object is packed with, and its content unpacked.

use std::io::{self, BufRead, Cursor, Read};

use bzip2::bufread::MultiBzDecoder;
use flate2::bufread::MultiGzDecoder;

use super::source::read_through;

/// As much unpacked content as is looked at to recognise it.
const PEEKED: usize = 64 << 10;
/// What is unpacked at a time.
const BLOCK: usize = 32 << 10;

/// A way of packing, known by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    /// Blocks of gzip, each of which can be unpacked by itself (the SAM specification, 4.1).
    Bgzf,
    Gzip,
    Zstd,
    Bzip2,
}

impl Packing {
    /// What begins with these bytes; `None` where it is not packed.
    pub fn of(head: &[u8]) -> Option<Self> {
        match head {
            // The block's size stands in an extra field of its own, `BC`, 2 bytes long.
            [0x1f, 0x8b, 8, flags, _, _, _, _, _, _, 6, 0, b'B', b'C', 2, 0, ..]
                if flags & 4 != 0 =>
            {
                Some(Self::Bgzf)
            }
            [0x1f, 0x8b, 8, ..] => Some(Self::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Self::Zstd),
            // A frame to be skipped stands before the first one: RFC 8878, 3.1.2.
            [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Some(Self::Zstd),
            [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, ..] => {
                Some(Self::Bzip2)
            }
            _ => None,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Bgzf => "BGZF",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Bzip2 => "bzip2",
        }
    }

    /// The content of what is packed. Memory is bounded by the format, whatever it unpacks to.
    ///
    /// # Errors
    /// Where there is no memory to unpack with.
    pub fn unpack(self, packed: impl BufRead + Send + 'static) -> io::Result<Box<dyn Read + Send>> {
        Ok(match self {
            Self::Bgzf | Self::Gzip => Box::new(MultiGzDecoder::new(packed)),
            Self::Zstd => Box::new(zstd::stream::read::Decoder::with_buffer(packed)?),
            Self::Bzip2 => Box::new(MultiBzDecoder::new(packed)),
        })
    }
}

/// The name without the ending that tells of packing.
pub fn bare(name: &str) -> &str {
    const ENDINGS: [&str; 7] = [".gz", ".bgz", ".gzip", ".zst", ".zstd", ".bz2", ".bgzf"];
    let ending = ENDINGS.iter().find(|ending| {
        let at = name.len().wrapping_sub(ending.len());
        name.get(at..).is_some_and(|end| end.eq_ignore_ascii_case(ending))
    });
    ending.map_or(name, |ending| &name[..name.len() - ending.len()])
}

/// Content of which the beginning has been looked at, from its beginning again.
pub struct Peeked {
    head: Cursor<Vec<u8>>,
    /// Why the beginning is all there is.
    error: Option<io::Error>,
    rest: Box<dyn BufRead + Send>,
}

impl Peeked {
    /// Looks at the beginning of content.
    pub fn new(content: Box<dyn Read + Send>) -> Self {
        let mut rest = io::BufReader::with_capacity(BLOCK, content);
        let mut head = Vec::new();
        let error = (&mut rest).take(PEEKED as u64).read_to_end(&mut head).err();
        Self { head: Cursor::new(head), error, rest: Box::new(rest) }
    }

    /// The beginning, and whether it is all.
    pub fn head(&self) -> (&[u8], bool) {
        let head = self.head.get_ref();
        (head, self.error.is_none() && head.len() < PEEKED)
    }

    /// Why nothing could be unpacked at all.
    pub fn failed(&mut self) -> Option<io::Error> {
        if self.head.get_ref().is_empty() { self.error.take() } else { None }
    }
}

impl BufRead for Peeked {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.head.position() < self.head.get_ref().len() as u64 {
            return self.head.fill_buf();
        }
        match self.error.take() {
            Some(error) => Err(error),
            None => self.rest.fill_buf(),
        }
    }

    fn consume(&mut self, some: usize) {
        if self.head.position() < self.head.get_ref().len() as u64 {
            self.head.consume(some);
        } else {
            self.rest.consume(some);
        }
    }
}

impl Read for Peeked {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        read_through(self, into)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn packed(packing: Packing, content: &[u8]) -> Vec<u8> {
        match packing {
            Packing::Bgzf | Packing::Gzip => {
                let mut header = flate2::GzBuilder::new();
                if packing == Packing::Bgzf {
                    header = header.extra(b"BC\x02\0\0\0".to_vec());
                }
                let mut encoder = header.write(Vec::new(), flate2::Compression::fast());
                encoder.write_all(content).unwrap();
                encoder.finish().unwrap()
            }
            Packing::Zstd => zstd::encode_all(content, 1).unwrap(),
            Packing::Bzip2 => {
                let mut encoder =
                    bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
                encoder.write_all(content).unwrap();
                encoder.finish().unwrap()
            }
        }
    }

    const ALL: [Packing; 4] = [Packing::Bgzf, Packing::Gzip, Packing::Zstd, Packing::Bzip2];

    fn content() -> Vec<u8> {
        (0..60_000u32).flat_map(|n| format!("{}\n", n.wrapping_mul(7919)).into_bytes()).collect()
    }

    #[test]
    fn each_is_known_and_unpacked_again_through_several_members() {
        for packing in ALL {
            let content = content();
            let mut bytes = packed(packing, &content);
            bytes.extend(packed(packing, b"and more"));
            assert_eq!(Packing::of(&bytes), Some(packing));
            let mut peeked = Peeked::new(packing.unpack(Cursor::new(bytes)).unwrap());
            assert_eq!(peeked.head(), (&content[..PEEKED], false));
            let mut all = Vec::new();
            peeked.read_to_end(&mut all).unwrap();
            assert!(all[..content.len()] == content && all.ends_with(b"and more"), "{packing:?}");
        }
    }

    #[test]
    fn what_is_cut_off_is_readable_up_to_there() {
        for packing in ALL {
            let bytes = packed(packing, &content());
            let cut = bytes[..bytes.len() - 9].to_vec();
            let mut peeked = Peeked::new(packing.unpack(Cursor::new(cut)).unwrap());
            assert!(!peeked.head().1);
            let mut all = Vec::new();
            assert!(peeked.read_to_end(&mut all).is_err(), "{packing:?}");
            // bzip2 and zstd give whole blocks only.
            assert!(content().starts_with(&all));
        }
    }

    #[test]
    fn a_cut_within_the_beginning_shows_it_and_then_the_error() {
        let bytes = packed(Packing::Gzip, b"only a few words, and they are cut off");
        let mut peeked = Peeked::new(
            Packing::Gzip.unpack(Cursor::new(bytes[..bytes.len() - 4].to_vec())).unwrap(),
        );
        assert_eq!(peeked.head().0, b"only a few words, and they are cut off");
        assert!(peeked.failed().is_none());
        let mut all = Vec::new();
        let error = peeked.read_to_end(&mut all).unwrap_err();
        assert_eq!((all.len(), error.kind()), (38, io::ErrorKind::UnexpectedEof));
    }

    #[test]
    fn what_is_not_packed_at_all_says_so() {
        let mut peeked =
            Peeked::new(Packing::Gzip.unpack(Cursor::new(b"\x1f\x8b\x08\0x")).unwrap());
        assert!(peeked.failed().is_some());
        assert_eq!(Packing::of(b"BZh9 is a word"), None);
        assert_eq!(Packing::of(b""), None);
    }

    #[test]
    fn names_lose_one_ending() {
        assert_eq!(bare("a/b.vcf.gz"), "a/b.vcf");
        assert_eq!(bare("B.CSV.GZ"), "B.CSV");
        assert_eq!(bare("b.vcf"), "b.vcf");
        assert_eq!(bare(".gz"), "");
        assert_eq!(bare("日本"), "日本");
    }
}
