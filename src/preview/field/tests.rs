//! Files that other tools made (`tests/previews/make.py`), whole and damaged; what is expected of
//! them is what those tools print.

use std::sync::Arc;

use bytes::Bytes;
use proptest::prelude::*;

use crate::preview::look::{Fault, Look, Row, Shape};
use crate::preview::open;

/// A file of `tests/previews`.
macro_rules! made {
    ($name:literal) => {
        ($name, include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/previews/", $name)))
    };
}

type File = (&'static str, &'static [u8]);

const FILES: &[File] = &[
    made!("nested.parquet"),
    made!("flat-none.parquet"),
    made!("flat-snappy.parquet"),
    made!("flat-gzip.parquet"),
    made!("flat-brotli.parquet"),
    made!("flat-lz4.parquet"),
    made!("wide.parquet"),
    made!("calls.vcf.gz"),
    made!("reads.bam"),
    made!("reads.sam"),
    made!("genome.fa.gz"),
    made!("reads.fastq.gz"),
    made!("bundle.ndjson"),
    made!("maps.parquet"),
    made!("pages-1.parquet"),
    made!("pages-2.parquet"),
    made!("nulls.parquet"),
];

fn look(name: &str, bytes: &[u8]) -> Result<Look, Fault> {
    open(Arc::new(Bytes::copy_from_slice(bytes)), name)
}

fn whole((name, bytes): File) -> Look {
    look(name, bytes).unwrap()
}

/// The rows, and why there are no more.
fn rows(look: &mut Look) -> (Vec<Row>, Option<Fault>) {
    let mut rows = Vec::new();
    loop {
        match look.pages.next(37) {
            Ok(page) if page.is_empty() => return (rows, None),
            Ok(mut page) => rows.append(&mut page),
            Err(fault) => return (rows, Some(fault)),
        }
        if rows.len() > 10_000 {
            return (rows, None);
        }
    }
}

fn all(look: &mut Look) -> Vec<Row> {
    let (rows, fault) = rows(look);
    assert_eq!(fault, None);
    rows
}

/// `name kind` of each column.
fn table(look: &Look) -> Vec<String> {
    match &look.shape {
        Shape::Table(columns) => {
            columns.iter().map(|column| format!("{} {}", column.name, column.kind)).collect()
        }
        Shape::Lines => panic!("no table"),
    }
}

fn section<'a>(look: &'a Look, title: &str) -> &'a [String] {
    let titles: Vec<&str> = look.sections.iter().map(|section| &*section.title).collect();
    let found = look.sections.iter().find(|section| section.title.starts_with(title));
    &found.unwrap_or_else(|| panic!("no {title} in {titles:?}")).lines
}

fn cells(row: &Row) -> Vec<&str> {
    row.iter().map(|cell| cell.as_deref().unwrap_or("NULL")).collect()
}

#[test]
fn parquet_tells_types_rows_and_statistics() {
    let mut look = whole(FILES[0]);
    assert_eq!(look.kind, "Parquet");
    assert_eq!(
        table(&look),
        [
            "id bigint",
            "small tinyint",
            "flag boolean",
            "score double",
            "price decimal(10,2)",
            "at timestamp",
            "day date",
            "chrom string",
            "raw binary",
            "tags array<string>",
            "patient struct<name:string,born:date>",
            "visits array<struct<name:string,born:date>>",
            "counts map<string,int>",
        ]
    );
    let rows = all(&mut look);
    assert_eq!(rows.len(), 300);
    assert_eq!(
        cells(&rows[7]),
        [
            "7",
            "-43",
            "NULL",
            "1.75",
            "0.07",
            "2024-02-29 12:30:07.005 UTC",
            "1969-12-31",
            "chr2",
            "0x0007",
            r#"["t0"]"#,
            r#"{"name":"P7","born":"1980-01-08"}"#,
            r#"[{"name":"a \"b\"","born":null}]"#,
            r#"{"x":7,"y":null}"#,
        ]
    );
    assert_eq!(rows[299][9].as_deref(), Some(r#"["t0","t1"]"#));
    assert_eq!(rows[5][9], None);
    assert!(section(&look, "File").contains(&"Rows: 300".to_owned()));
    assert!(section(&look, "File").contains(&"Packed by: zstd".to_owned()));
    assert_eq!(section(&look, "Row groups (3)").len(), 3);
    let columns = section(&look, "Columns of the first row group");
    assert!(
        columns[0].starts_with("id: 120 values,") && columns[0].ends_with(", 0 nulls, 0 to 119")
    );
    assert!(columns[2].contains(", 18 nulls, false to true"), "{}", columns[2]);
    assert!(columns[4].ends_with(", 0.00 to 1.19"), "{}", columns[4]);
    let schema = section(&look, "Schema (13 columns)").join("\n");
    assert!(schema.contains("OPTIONAL INT32 born (DATE);"), "{schema}");
}

#[test]
fn maps_are_shown_as_maps_wherever_they_are() {
    let mut look = whole(FILES[13]);
    assert_eq!(
        table(&look),
        [
            "plain map<string,int>",
            "listed array<map<string,int>>",
            "mapped map<smallint,map<string,int>>",
            "member struct<counts:map<string,int>>",
            "visits map<string,struct<name:string,born:date>>",
            "tags map<string,array<string>>",
            "keyed map<struct<name:string,born:date>,decimal(5,2)>",
        ]
    );
    let rows = all(&mut look);
    assert_eq!(
        cells(&rows[0]),
        [
            r#"{"x":1,"y":null}"#,
            r#"[{"x":1,"y":null},{"n":9}]"#,
            r#"{7:{"x":1,"y":null}}"#,
            r#"{"counts":{"x":1,"y":null}}"#,
            r#"{"a":{"name":"P","born":null},"b":null}"#,
            r#"{"a":["t",null],"b":[]}"#,
            r#"{{"name":"P","born":"1980-01-01"}:1.50}"#,
        ]
    );
    let others: Vec<String> = rows[1..].iter().map(|row| cells(row).join(" ")).collect();
    assert_eq!(
        others,
        [
            r#"{} [{},{"n":9}] {7:{}} {"counts":{}} NULL {"c":null} {}"#,
            r#"NULL [null,{"n":9}] {7:null} {"counts":null} {} NULL {}"#,
            r#"{"z":3} [{"z":3},{"n":9}] {7:{"z":3}} {"counts":{"z":3}} {} {} NULL"#,
        ]
    );
}

#[test]
fn parquet_is_unpacked_whatever_it_is_packed_with() {
    for file in &FILES[1..6] {
        let rows = all(&mut whole(*file));
        assert_eq!(rows.len(), 300, "{}", file.0);
        assert_eq!(cells(&rows[299]), ["299", "74.75", "chr3"], "{}", file.0);
    }
}

#[test]
fn lists_are_read_over_all_their_pages() {
    for file in &FILES[14..16] {
        let rows = all(&mut whole(*file));
        assert_eq!(rows.len(), 300, "{}", file.0);
        assert_eq!(rows[299][0].as_deref(), Some("[299,299,299]"), "{}", file.0);
    }
}

#[test]
fn columns_of_nothing_but_nulls_show_nulls() {
    let mut look = whole(FILES[16]);
    assert_eq!(table(&look), ["none string", "nones array<string>"]);
    let rows = all(&mut look);
    let told: Vec<String> = rows.iter().map(|row| cells(row).join(" ")).collect();
    assert_eq!(told, ["NULL [null,null]", "NULL NULL", "NULL []"]);
}

#[test]
fn of_a_wide_parquet_file_some_columns_are_read() {
    let mut look = whole(FILES[6]);
    assert_eq!(table(&look).len(), 100);
    let rows = all(&mut look);
    assert_eq!(rows.len(), 2);
    assert_eq!((rows[0][63].as_deref(), rows[0][64].as_deref()), (Some("63"), Some("…")));
    assert_eq!((rows[1][63].as_deref(), rows[1][64].as_deref()), (None, Some("…")));
    assert!(section(&look, "File").iter().any(|line| line.contains("64 of the 100 columns")));
}

#[test]
fn parquet_without_its_end_is_said_to_be_cut_off() {
    let (name, bytes) = FILES[0];
    let told = look(name, &bytes[..bytes.len() - 1]).err().unwrap().0;
    assert!(told.contains("cut off"), "{told}");
    let mut encrypted = bytes.to_vec();
    encrypted[bytes.len() - 1] = b'E';
    assert!(look(name, &encrypted).err().unwrap().0.contains("encrypted"));
    let mut long = bytes.to_vec();
    let length = bytes.len() - 8;
    long[length..length + 4].copy_from_slice(&u32::MAX.to_le_bytes());
    assert!(look(name, &long).err().unwrap().0.contains("longer than the file"));
}

#[test]
fn a_damaged_page_ends_the_rows_and_leaves_the_facts() {
    let (name, bytes) = FILES[4];
    let mut bytes = bytes.to_vec();
    for byte in &mut bytes[4..600] {
        *byte = !*byte;
    }
    let mut look = look(name, &bytes).unwrap();
    let (rows, fault) = rows(&mut look);
    assert!(rows.is_empty());
    assert!(fault.unwrap().0.starts_with("The file cannot be read: "));
    assert!(section(&look, "File").contains(&"Rows: 300".to_owned()));
}

/// Damaged files that the fuzzer found, and some made to take a thousand times their size in
/// memory, with what is said of them. See fuzz/README.md.
const HOSTILE: &[(File, &str)] = &[
    (made!("hostile/dictionary-missing.parquet"), "needs a dictionary that is not there"),
    (made!("hostile/levels-cut-off.parquet"), "a page is cut off"),
    (made!("hostile/levels-missing.parquet"), "a page is cut off"),
    (made!("hostile/lengths-negative.parquet"), "a page is cut off"),
    (made!("hostile/deltas-too-long.parquet"), "a page is cut off"),
    (made!("hostile/indices-beyond.parquet"), "a value is not in the dictionary"),
    (made!("hostile/indices-of-more-bits.parquet"), "a value is not in the dictionary"),
    (made!("hostile/indices-too-wide.parquet"), "a dictionary cannot have so many values"),
    (made!("hostile/footer-endless.parquet"), "its footer is damaged"),
    (made!("hostile/header-endless.parquet"), "the header of a page is damaged"),
    (made!("hostile/beginnings-repeated.parquet"), "the rows are too large to be shown"),
    (made!("hostile/map-uneven.parquet"), "Not all children array length are the same"),
    (made!("hostile/root-a-list.parquet"), "its schema is damaged"),
    (made!("hostile/levels-too-high.parquet"), "a level is higher than any can be"),
    (made!("hostile/levels-endless.parquet"), "a page is cut off"),
    (made!("hostile/streams-too-short.parquet"), "a page is cut off"),
    (made!("hostile/truths-endless.parquet"), "a page is cut off"),
    (made!("hostile/header-of-nothing.parquet"), "the header of a page is damaged"),
];

#[test]
fn hostile_files_end_in_a_sentence() {
    for ((name, bytes), wanted) in HOSTILE {
        let fault = match look(name, bytes) {
            Ok(mut look) => rows(&mut look).1,
            Err(fault) => Some(fault),
        };
        assert!(fault.as_ref().is_some_and(|fault| fault.0.contains(wanted)), "{name}: {fault:?}");
    }
}

#[test]
fn statistics_that_are_no_values_are_left_out() {
    let (name, bytes) = made!("hostile/statistics-too-long.parquet");
    let look = look(name, bytes).unwrap();
    let columns = section(&look, "Columns of the first row group");
    assert!(columns.iter().all(|line| !line.contains(" to ")), "{columns:?}");
}

#[test]
fn parquet_with_wide_values_that_a_dictionary_repeats_shows_some_columns() {
    let (name, bytes) = made!("hostile/dictionary-repeated.parquet");
    let mut look = look(name, bytes).unwrap();
    let columns = section(&look, "Columns of the first row group");
    assert!(columns.iter().all(|line| line.ends_with(", 0 nulls")), "{columns:?}");
    let rows = all(&mut look);
    assert_eq!(rows.len(), 64);
    assert!(rows[0][0].as_deref().unwrap().starts_with("0x0000"));
    assert!(rows[0][1..].iter().all(|cell| cell.as_deref() == Some("…")));
}

#[test]
fn vcf_has_its_header_in_sections_and_its_records_in_columns() {
    let mut look = whole(FILES[7]);
    assert_eq!(look.kind, "VCF 4.2, BGZF");
    assert_eq!(section(&look, "Contigs (2)")[0], "chr1  248956422");
    assert_eq!(section(&look, "INFO (2)")[0], "DP  Integer  Depth of all reads");
    assert_eq!(section(&look, "FORMAT (1)")[0], "GT  String  Genotype");
    assert_eq!(section(&look, "FILTER (2)")[1], "q10  Quality below 10");
    assert_eq!(section(&look, "Samples (2)"), ["NA12878", "NA12891"]);
    assert_eq!(table(&look)[8..], ["FORMAT string", "NA12878 string", "NA12891 string"]);
    let rows = all(&mut look);
    assert_eq!(rows.len(), 200);
    let first = ["chr1", "10000", "rs0", "A", "G", "30", "q10", "DP=0;AF=0.5", "GT", "0/1", "./."];
    assert_eq!(cells(&rows[0]), first);
}

#[test]
fn of_many_lines_no_more_are_kept_than_are_shown() {
    let listed: super::Listed = (0..1_000_000).map(|n| format!("line {n}")).collect();
    assert_eq!((listed.lines.len(), listed.all), (super::LINES, 1_000_000));
    let told = listed.told();
    assert_eq!((told.len(), &*told[2000]), (2001, "… and 998000 more"));
}

#[test]
fn an_odd_record_of_vcf_is_shown_as_it_is() {
    let text = "##fileformat=VCFv4.3\n##INFO=<broken\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n\
                chr1\t1\t.\tA\tC\t.\t.\tDP=1\nnot a record\nchr1\tx\t.\tA\tC\t.\t.\tDP=1\tGT\t0/1\n";
    let mut look = look("a.vcf", text.as_bytes()).unwrap();
    assert_eq!(section(&look, "Other header lines (1)"), ["INFO=<broken"]);
    let rows = all(&mut look);
    assert_eq!(rows.len(), 3);
    assert_eq!(cells(&rows[1])[..2], ["not a record", "NULL"]);
    assert_eq!(cells(&rows[2])[6..], [".", "DP=1 GT 0/1"]);
}

#[test]
fn bam_and_sam_tell_the_same_reads() {
    let (mut bam, mut sam) = (whole(FILES[8]), whole(FILES[9]));
    assert_eq!((&*bam.kind, &*sam.kind), ("BAM, BGZF", "SAM"));
    assert_eq!(section(&bam, "Reference sequences (2)")[0], "SN:chr1  LN:248956422");
    assert_eq!(section(&bam, "Read groups (1)"), ["ID:lane1  SM:NA12878"]);
    let rows = all(&mut bam);
    assert_eq!(rows.len(), 100);
    assert!(rows == all(&mut sam));
    assert_eq!(
        cells(&rows[1]),
        [
            "read1",
            "99 PAIRED,PROPER_PAIR,MREVERSE,READ1",
            "chr2",
            "1002",
            "60",
            "5S10M1I4M",
            "=",
            "1202",
            "220",
            "ACGTNACGTNACGTNACGTN",
            "IIIIIIIIIIIIIIIIIIII",
            "RG:Z:lane1 NM:i:1 ZB:B:c,1,-2,3",
        ]
    );
}

#[test]
fn bam_with_absurd_lengths_ends_in_a_sentence() {
    let header = [&b"BAM\x01\0\0\0\0\x01\0\0\0\x02\0\0\0a\0\x09\0\0\0"[..]].concat();
    for length in [0u32, 1, 31, u32::MAX, 1 << 31, 9 << 20] {
        let bytes = [&header[..], &length.to_le_bytes(), &[7; 40]].concat();
        let mut look = look("a.bam", &bytes).unwrap();
        let (rows, fault) = rows(&mut look);
        assert!(fault.is_some() || rows.iter().all(|row| row[0].is_some()), "{length}");
    }
    let names = [&b"BAM\x01\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff"[..], &[0; 64]].concat();
    assert!(look("a.bam", &names).is_err());
    let text = b"BAM\x01\xff\xff\xff\xff@HD\tVN:1.6";
    assert!(look("a.bam", text).is_err());
}

#[test]
fn sequences_come_with_their_lengths_and_qualities() {
    let mut genome = whole(FILES[10]);
    assert_eq!(genome.kind, "FASTA, BGZF");
    let rows = all(&mut genome);
    let lengths: Vec<_> = rows.iter().map(|row| cells(row)[..4].join(" ")).collect();
    assert_eq!(
        lengths,
        ["chr1 a made-up one 1 10000", "chr1 a made-up one 10001 5000", "chrM NULL 1 8"]
    );
    let mut reads = whole(FILES[11]);
    assert_eq!(reads.kind, "FASTQ, gzip");
    let rows = all(&mut reads);
    assert_eq!(rows.len(), 100);
    // The mean of 40, 20, 10 and 0.
    assert_eq!(cells(&rows[9])[..4], ["read9", "1:N:0", "20", "17.5"]);
}

#[test]
fn fastq_that_is_not_one_any_more_says_where() {
    let text = "@a\nACGT\n+\nIIII\n@b\nACGT\n+\nIII\n@c\n";
    let mut look = look("a.fastq", text.as_bytes()).unwrap();
    let (rows, fault) = rows(&mut look);
    assert_eq!(rows.len(), 1);
    assert_eq!(fault.unwrap().0, "The read at line 5 has not as many qualities as bases.");
}

#[test]
fn regions_and_features_have_their_columns() {
    let bed = "track name=x\nchr1\t10\t20\ta\t0\t+\n#c\nchr2 30 40\nchr3\t1\t2\ta\t0\t-\tmore\n";
    let mut bed = look("a.bed", bed.as_bytes()).unwrap();
    assert_eq!(table(&bed).len(), 6);
    assert_eq!(section(&bed, "Track lines"), ["track name=x"]);
    let rows = all(&mut bed);
    assert_eq!(cells(&rows[1]), ["chr2", "30", "40", "NULL", "NULL", "NULL"]);
    assert_eq!(rows[2][5].as_deref(), Some("- more"));

    let gff = "##gff-version 3\nchr1\tx\tgene\t1\t9\t.\t+\t.\tID=g1;Name=n\n##FASTA\n>chr1\nACGT\n";
    let mut gff = look("a.gff3", gff.as_bytes()).unwrap();
    assert_eq!(gff.kind, "GFF");
    let rows = all(&mut gff);
    assert_eq!(rows.len(), 1);
    assert_eq!(cells(&rows[0])[8], "ID=g1;Name=n");

    let gtf = look("a.gtf", b"chr1\tx\tgene\t1\t9\t.\t+\t.\tgene_id \"g1\";\n").unwrap();
    assert_eq!(gtf.kind, "GTF");
}

#[test]
fn fhir_counts_types_and_tells_a_resource_in_a_line() {
    let mut look = whole(FILES[12]);
    assert_eq!(look.kind, "FHIR NDJSON");
    assert_eq!(
        section(&look, "Resource types, of the first 60 lines"),
        ["40  Observation", "20  Patient"]
    );
    assert!(section(&look, "The first resource").contains(&"  \"gender\": \"female\",".to_owned()));
    let rows = all(&mut look);
    assert_eq!(rows.len(), 60);
    assert_eq!(cells(&rows[3])[..2], ["Patient", "p1"]);
    assert_eq!(cells(&rows[3])[2], "name: Ada Müller1 · gender: female · birthDate: 1980-01-01");
    assert_eq!(
        cells(&rows[1])[2],
        "status: final · code: Heart rate · subject: Patient/p0 · valueQuantity: 60 beats/minute"
    );
}

#[test]
fn what_is_cut_anywhere_is_shown_as_far_as_it_goes() {
    for (name, bytes) in FILES {
        let complete = look(name, bytes).map(|mut look| rows(&mut look).0.len()).unwrap();
        for part in 0..24 {
            let cut = &bytes[..bytes.len() * part / 24];
            if let Ok(mut look) = look(name, cut) {
                let (rows, _) = rows(&mut look);
                assert!(rows.len() <= complete.max(bytes.len() / 16 + 1), "{name} {part}");
            }
        }
    }
    // Three quarters of a BGZF block's stream are not in vain.
    let (name, bytes) = FILES[11];
    let (rows, fault) = rows(&mut look(name, &bytes[..bytes.len() * 3 / 4]).unwrap());
    assert!(!rows.is_empty() && fault.is_some());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn flipped_bits_never_panic(
        file in 0..FILES.len(),
        flips in prop::collection::vec((any::<prop::sample::Index>(), 0..8u8), 1..8),
    ) {
        let (name, bytes) = FILES[file];
        let mut bytes = bytes.to_vec();
        for (at, bit) in flips {
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
        }
        if let Ok(mut look) = look(name, &bytes) {
            rows(&mut look);
        }
    }
}
