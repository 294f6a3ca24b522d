//! What an object is: by its first bytes, then by its name.

use encoding_rs::Encoding;
use serde::de::IgnoredAny;

use super::encoding;
use super::look::Column;
use super::plain::csv::{self, Sketch};
use super::plain::json_lines;

/// A format, with what its first bytes tell of it.
#[derive(Debug, Clone, PartialEq)]
pub enum Format {
    Empty,
    Parquet,
    Bam,
    Zip,
    Vcf,
    Sam,
    Fasta,
    Fastq,
    Bed,
    Gff,
    /// FHIR resources, one a line.
    Fhir(&'static Encoding, Vec<Column>),
    Json(&'static Encoding),
    JsonLines(&'static Encoding, Vec<Column>),
    Table(&'static Encoding, Sketch),
    Text(&'static Encoding),
    /// Known by its first bytes at most; shown as bytes.
    Bytes(&'static str),
}

/// Known formats that only their bytes are shown of.
const MAGIC: &[(&[u8], &str)] = &[
    (b"CRAM", "CRAM"),
    (b"BCF\x02", "BCF"),
    (b"BAI\x01", "BAM index"),
    (b"TBI\x01", "tabix index"),
    (b"CSI\x01", "CSI index"),
    (b"CRAI", "CRAM index"),
    (b"ORC", "ORC"),
    (b"Obj\x01", "Avro"),
    (b"PARE", "Parquet, encrypted"),
    (b"ARROW1", "Arrow"),
    (b"\x89HDF\r\n\x1a\n", "HDF5"),
    (b"SQLite format 3\0", "SQLite"),
    (b"%PDF-", "PDF"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x7fELF", "program"),
    (b"\xfd7zXZ\0", "xz"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!\x1a\x07", "RAR"),
];

/// What the content of an object is that begins with `head`. `name` has lost the ending of its
/// packing; `all`: nothing is behind `head`.
pub fn recognise(head: &[u8], all: bool, name: &str) -> Format {
    match head {
        [] => return Format::Empty,
        [b'P', b'A', b'R', b'1', ..] => return Format::Parquet,
        [b'B', b'A', b'M', 1, ..] => return Format::Bam,
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] | [b'P', b'K', 7, 8, ..] => {
            return Format::Zip;
        }
        _ => {}
    }
    if let Some((_, name)) = MAGIC.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Format::Bytes(name);
    }
    match encoding::of(head, all) {
        None if head.get(257..262) == Some(b"ustar") => Format::Bytes("tar"),
        None => Format::Bytes("bytes"),
        Some(encoding) => {
            let text = encoding::decode(head, encoding, all);
            in_text(&text, all, &name.to_ascii_lowercase(), encoding)
        }
    }
}

fn in_text(text: &str, all: bool, name: &str, encoding: &'static Encoding) -> Format {
    let named = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
    if text.starts_with("##fileformat=VCF") {
        return Format::Vcf;
    }
    if is_sam(text) {
        return Format::Sam;
    }
    if text.starts_with("##gff-version") || text.starts_with("##gvf-version") {
        return Format::Gff;
    }
    if named(&[".gff", ".gff3", ".gtf", ".gvf"]) && is_gff(text) {
        return Format::Gff;
    }
    if named(&[".bed", ".bedgraph", ".narrowpeak", ".broadpeak"]) && is_bed(text) {
        return Format::Bed;
    }
    if is_fasta(text, named(&[".fa", ".fasta", ".fna", ".faa", ".ffn", ".frn"])) {
        return Format::Fasta;
    }
    if is_fastq(text) {
        return Format::Fastq;
    }
    if text.trim_start().starts_with(['{', '['])
        && let Some(format) = json(text, all, name, encoding)
    {
        return format;
    }
    table(text, all, name, encoding).unwrap_or(Format::Text(encoding))
}

/// The first line is a header line: SAM specification, 1.3.
fn is_sam(text: &str) -> bool {
    ["@HD\t", "@SQ\t", "@RG\t", "@PG\t", "@CO\t"].iter().any(|tag| text.starts_with(tag))
}

/// The lines that say something.
fn records(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn is_gff(text: &str) -> bool {
    let fields: Option<Vec<&str>> = records(text).next().map(|line| line.split('\t').collect());
    fields.is_none_or(|fields| {
        fields.len() >= 8 && fields[3..5].iter().all(|at| at.parse::<u64>().is_ok())
    })
}

fn is_bed(text: &str) -> bool {
    let lines = records(text);
    let mut lines = lines.filter(|line| !line.starts_with("track") && !line.starts_with("browser"));
    lines.next().is_none_or(|line| {
        let fields: Vec<&str> = line.split_ascii_whitespace().collect();
        fields.len() >= 3 && fields[1..3].iter().all(|at| at.parse::<u64>().is_ok())
    })
}

/// A line with a name, and letters below it; `named`: no doubt is left.
fn is_fasta(text: &str, named: bool) -> bool {
    let Some(rest) = text.strip_prefix('>') else { return false };
    if named {
        return true;
    }
    let mut lines = rest.lines();
    let name = lines.next().unwrap_or_default();
    let letters = |line: &str| {
        !line.is_empty()
            && line.bytes().all(|byte| byte.is_ascii_alphabetic() || b"*-".contains(&byte))
    };
    !name.starts_with(' ') && lines.next().is_some_and(letters)
}

/// A name, a sequence, a `+`.
fn is_fastq(text: &str) -> bool {
    let mut lines = text.lines();
    let mut line = || lines.next().unwrap_or_default();
    let (name, sequence, plus) = (line(), line(), line());
    let letters = |byte: u8| byte.is_ascii_alphabetic() || b"*-.".contains(&byte);
    name.len() > 1
        && name.starts_with('@')
        && sequence.bytes().all(letters)
        && plus.starts_with('+')
}

/// A document, or one a line; `None` where it is neither.
fn json(text: &str, all: bool, name: &str, encoding: &'static Encoding) -> Option<Format> {
    let parsed = serde_json::from_str::<IgnoredAny>(text);
    let whole = parsed.is_ok();
    let by_line = [".jsonl", ".ndjson", ".ldjson"].iter().any(|ending| name.ends_with(ending));
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let first = lines.next().unwrap_or_default();
    let second = lines.next().is_some_and(|line| line.trim_start().starts_with('{'));
    if (by_line || (second && !whole))
        && serde_json::from_str::<IgnoredAny>(first).is_ok()
        && let Some(columns) = json_lines::columns(text, all)
    {
        let fhir = columns.iter().any(|column| column.name == "resourceType");
        return Some(match fhir {
            true => Format::Fhir(encoding, columns),
            false => Format::JsonLines(encoding, columns),
        });
    }
    let cut = parsed.is_err_and(|error| error.is_eof());
    (whole || cut || name.ends_with(".json")).then_some(Format::Json(encoding))
}

/// A table by its name, or by its shape where the name says nothing else.
fn table(text: &str, all: bool, name: &str, encoding: &'static Encoding) -> Option<Format> {
    /// Text that may look like a table and is none.
    const TEXTS: [&str; 21] = [
        ".md", ".rst", ".log", ".sql", ".py", ".r", ".sh", ".pl", ".rs", ".js", ".ts", ".java",
        ".c", ".h", ".yaml", ".yml", ".toml", ".ini", ".xml", ".html", ".tex",
    ];
    let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
    let only = ends(&[".tsv", ".tab"]).then_some(b'\t').or(ends(&[".psv"]).then_some(b'|'));
    if ends(&TEXTS) {
        return None;
    }
    let sketch = csv::sketch(text, all, only)?;
    let named = only.is_some() || ends(&[".csv"]);
    (named || sketch.regular).then_some(Format::Table(encoding, sketch))
}

#[cfg(test)]
mod tests {
    use encoding_rs::UTF_8;

    use super::*;

    fn of(text: &str, name: &str) -> Format {
        recognise(text.as_bytes(), true, name)
    }

    #[test]
    fn first_bytes_decide_before_the_name() {
        for (head, wanted) in [
            (&b""[..], Format::Empty),
            (b"PAR1\x15\x04", Format::Parquet),
            (b"BAM\x01\0\0", Format::Bam),
            (b"CRAM\x03\0", Format::Bytes("CRAM")),
            (b"PK\x03\x04", Format::Zip),
            (b"PK\x05\x06", Format::Zip),
            (b"SQLite format 3\0", Format::Bytes("SQLite")),
            (b"\0\x01\x02\xfe", Format::Bytes("bytes")),
            (b"##fileformat=VCFv4.2\n#CHROM", Format::Vcf),
            (b"@HD\tVN:1.6\n", Format::Sam),
            (b"##gff-version 3\n", Format::Gff),
            (b">chr1 assembly\nACGTN\n", Format::Fasta),
            (b"@read/1\nACGT\n+\nIIII\n", Format::Fastq),
        ] {
            assert_eq!(recognise(head, true, "x.csv"), wanted, "{}", head.escape_ascii());
        }
    }

    #[test]
    fn names_decide_where_bytes_do_not() {
        assert_eq!(of("chr1\t10\t20\tx\n", "a.bed"), Format::Bed);
        assert_eq!(of("track name=x\nchr1 10 20\n", "A.BED"), Format::Bed);
        assert_ne!(of("not\ta\tbed\n1\t2\t3\n", "a.bed"), Format::Bed);
        assert_eq!(of("1\tsrc\tgene\t5\t9\t.\t+\t.\tID=x\n", "a.gtf"), Format::Gff);
        assert_eq!(of(">a\n", "a.fa"), Format::Fasta);
        assert_eq!(of("> quoted mail\nhello there\n", "a"), Format::Text(UTF_8));
        assert!(matches!(of("one\ntwo\n", "a.csv"), Format::Table(..)));
        assert!(matches!(of("a,b\n1,2\n", "a.txt"), Format::Table(..)));
        assert!(matches!(of("a,b\n1,2\n", "a.md"), Format::Text(_)));
        assert!(
            matches!(of("a,b\tc\n1,2\t3\n", "a.tsv"), Format::Table(_, s) if s.columns.len() == 2)
        );
    }

    #[test]
    fn json_lines_fhir_and_documents_are_told_apart() {
        assert!(matches!(of("{\"a\":1}\n{\"a\":2}\n", "a.json"), Format::JsonLines(..)));
        assert!(matches!(of("{\"a\":1}\n", "a.ndjson"), Format::JsonLines(..)));
        assert!(matches!(of("{\"a\":1}\n", "a.json"), Format::Json(_)));
        assert!(matches!(of("{\n\"a\":\n{\"b\":1}\n}\n", "a"), Format::Json(_)));
        assert!(matches!(of("[1,2]", "a"), Format::Json(_)));
        let fhir = "{\"resourceType\":\"Patient\"}\n{\"resourceType\":\"Patient\"}\n";
        assert!(matches!(of(fhir, "patients"), Format::Fhir(..)));
        assert!(matches!(of("[section]\nkey = 1\n", "a.conf"), Format::Text(_)));
        assert!(matches!(of("{oops", "a.json"), Format::Json(_)));
    }

    #[test]
    fn a_cut_document_is_still_one() {
        let cut = b"{\"a\": [1, 2, \"and";
        assert!(matches!(recognise(cut, false, "x"), Format::Json(_)));
    }
}
