//! What a file is, from its first bytes; names and extensions are not asked.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use flate2::read::MultiGzDecoder;

use super::found::{Format, Found};
use super::{csv, json, parquet};

/// How much of a text file is read (uncompressed bytes); types are inferred from that.
const SAMPLE: usize = 1 << 20;

/// Why a file is in no table; the reason goes to the crawl's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown(pub String);

/// The uncompressed head of a file, cut behind its last whole line.
struct Head {
    bytes: Vec<u8>,
    /// True where the head is all there is.
    whole: bool,
    gzip: bool,
    /// The head's share of the file, 0 to 1.
    share: f64,
}

/// Reads as much of the file as it takes.
///
/// # Errors
/// `Unknown` where it is nothing that a table can be made of, or cannot be read.
pub fn classify(mut file: File, size: u64) -> Result<Found, Unknown> {
    let mut magic = [0; 4];
    let read = read_up_to(&mut file, &mut magic).map_err(unreadable)?;
    file.seek(SeekFrom::Start(0)).map_err(unreadable)?;
    match &magic[..read] {
        b"PAR1" => return parquet::read(file, size),
        b"Obj\x01" => return unknown("Avro, which the local lake does not crawl"),
        [b'O', b'R', b'C', ..] => return unknown("ORC, which the local lake does not crawl"),
        [b'B', b'Z', b'h', ..] => return unknown("bzip2"),
        [0x28, 0xb5, 0x2f, 0xfd] => return unknown("zstd"),
        [b'P', b'K', 3, 4] => return unknown("a zip archive"),
        _ => {}
    }
    text(head(file, size, magic.starts_with(&[0x1f, 0x8b])).map_err(unreadable)?, size)
}

fn unknown<T>(what: &str) -> Result<T, Unknown> {
    Err(Unknown(what.to_owned()))
}

fn unreadable(why: std::io::Error) -> Unknown {
    Unknown(format!("unreadable: {why}"))
}

fn read_up_to(file: &mut impl Read, into: &mut [u8]) -> std::io::Result<usize> {
    let mut at = 0;
    while at < into.len() {
        match file.read(&mut into[at..])? {
            0 => break,
            n => at += n,
        }
    }
    Ok(at)
}

fn head(file: File, size: u64, gzip: bool) -> std::io::Result<Head> {
    let mut bytes = Vec::new();
    let limit = SAMPLE as u64 + 1;
    let stored = if gzip {
        let mut packed = MultiGzDecoder::new(Counting { inner: file, read: 0 });
        packed.by_ref().take(limit).read_to_end(&mut bytes)?;
        packed.get_ref().read
    } else {
        file.take(limit).read_to_end(&mut bytes)?;
        bytes.len() as u64
    };
    let whole = bytes.len() <= SAMPLE;
    if !whole {
        let end = bytes.iter().rposition(|byte| *byte == b'\n').map_or(bytes.len(), |at| at + 1);
        bytes.truncate(end);
    }
    let share = if whole { 1.0 } else { (stored as f64 / size.max(1) as f64).min(1.0) };
    Ok(Head { bytes, whole, gzip, share })
}

/// Counts the compressed bytes taken.
struct Counting<R> {
    inner: R,
    read: u64,
}

impl<R: Read> Read for Counting<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let n = self.inner.read(into)?;
        self.read += n as u64;
        Ok(n)
    }
}

fn text(head: Head, size: u64) -> Result<Found, Unknown> {
    let bytes = head.bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&head.bytes);
    if bytes.contains(&0) {
        return unknown("binary");
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return unknown("not UTF-8 text") };
    if let Some(what) = genomic(text) {
        return unknown(what);
    }
    let (format, columns, rows) = match text.trim_start().as_bytes().first() {
        None => return unknown("nothing but space"),
        Some(b'{' | b'[') => {
            let (columns, rows) = json::infer(text, head.whole).map_err(Unknown)?;
            (Format::Json, columns, rows)
        }
        Some(_) => {
            let sheet = csv::infer(text).ok_or_else(|| Unknown("no known format".to_owned()))?;
            (sheet.format, sheet.columns, sheet.rows)
        }
    };
    let records = if head.whole { rows } else { (rows as f64 / head.share).round() as u64 };
    Ok(Found { format, gzip: head.gzip, columns, records, bytes: size })
}

/// Formats of genomics that look like tables from afar; a classifier of their own would be
/// needed, as in AWS.
fn genomic(text: &str) -> Option<&'static str> {
    if text.starts_with("##fileformat=VCF") {
        return Some("VCF");
    }
    if text.starts_with("@HD\t") || text.starts_with("@SQ\t") {
        return Some("SAM");
    }
    let mut lines = text.lines();
    let fastq = lines.next().is_some_and(|line| line.starts_with('@'))
        && lines.nth(1).is_some_and(|line| line.starts_with('+'));
    if fastq { Some("FASTQ") } else { None }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn of(bytes: &[u8]) -> Result<Found, Unknown> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file.seek(SeekFrom::Start(0)).unwrap();
        classify(file, bytes.len() as u64)
    }

    fn gz(text: &str) -> Vec<u8> {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(text.as_bytes()).unwrap();
        packed.finish().unwrap()
    }

    #[test]
    fn text_is_told_apart() {
        let found = of(b"id,name\n1,a\n2,b\n").unwrap();
        assert_eq!(found.format.name(), "csv");
        assert_eq!(found.records, 2);
        assert_eq!(of(b"{\"a\":1}\n{\"a\":2}\n").unwrap().format, Format::Json);
        let packed = of(&gz("id\tv\n1\t2\n")).unwrap();
        assert!(packed.gzip);
        assert_eq!(packed.columns[1].0, "v");
    }

    #[test]
    fn a_long_file_is_sampled_and_its_records_estimated() {
        let mut text = "id,share\n".to_owned();
        // Hardly compressible, as real data is.
        let mut seed: u64 = 1;
        for _ in 0..400_000 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            text.push_str(&format!("{},0.{}\n", 1_000_000 + seed % 8_999_999, 100 + seed % 900));
        }
        for bytes in [text.clone().into_bytes(), gz(&text)] {
            let found = of(&bytes).unwrap();
            let off = (found.records as f64 - 400_000.0).abs() / 400_000.0;
            assert!(off < 0.2, "{}", found.records);
            assert_eq!(found.columns[1].1.hive(), "double");
        }
    }

    #[test]
    fn what_no_table_can_be_made_of_is_unknown() {
        for (bytes, why) in [
            (&b"##fileformat=VCFv4.2\n#CHROM\tPOS\n"[..], "VCF"),
            (b"@r1\nACGT\n+\nFFFF\n", "FASTQ"),
            (b"\x00\x01\x02\x03", "binary"),
            (b"Obj\x01....", "Avro, which the local lake does not crawl"),
            (
                b"Dear reader,\nthis is a letter.\nIt has a comma, or two, here.\n",
                "no known format",
            ),
            (b"one\ntwo\nthree\n", "no known format"),
            (b"PAR1 but not really", "a broken Parquet file"),
        ] {
            let Err(Unknown(got)) = of(bytes) else { panic!("{why}") };
            assert!(got.starts_with(why), "{got}");
        }
        assert_eq!(of(&gz("##fileformat=VCFv4.2\n")).unwrap_err().0, "VCF");
    }
}
