//! Whole objects, from their bytes to their rows.

use std::io::Write as _;

use bytes::Bytes;
use proptest::prelude::*;

use super::look::Section;
use super::*;

/// All that is seen of an object.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) kind: String,
    pub(super) columns: Vec<String>,
    pub(super) sections: Vec<Section>,
    pub(super) rows: Vec<Row>,
    /// What it ended with.
    pub(super) fault: Option<String>,
}

/// Goes through all of an object.
pub(super) fn see(name: &str, bytes: &[u8]) -> Seen {
    let look = open(Arc::new(Bytes::copy_from_slice(bytes)), name);
    let mut look = match look {
        Ok(look) => look,
        Err(fault) => {
            let nothing = (String::new(), Vec::new(), Vec::new(), Vec::new());
            let (kind, columns, sections, rows) = nothing;
            return Seen { kind, columns, sections, rows, fault: Some(fault.0) };
        }
    };
    let columns = match look.shape {
        Shape::Lines => Vec::new(),
        Shape::Table(columns) => columns.into_iter().map(|column| column.name).collect(),
    };
    let (mut rows, mut fault) = (Vec::new(), None);
    loop {
        match look.pages.next(100) {
            Ok(page) if page.is_empty() => break,
            Ok(page) => rows.extend(page),
            Err(why) => {
                fault = Some(why.0);
                break;
            }
        }
    }
    Seen { kind: look.kind, columns, sections: look.sections, rows, fault }
}

fn lines(seen: &Seen) -> Vec<&str> {
    seen.rows.iter().map(|row| row[0].as_deref().unwrap()).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn text_is_seen_whatever_it_is_packed_with_and_encoded_in() {
    let seen = see("notes", "größe\r\n\ttab\nlast".as_bytes());
    assert_eq!((seen.kind.as_str(), &seen.fault), ("text", &None));
    assert_eq!(lines(&seen), ["größe", "        tab", "last"]);
    let seen = see("notes", b"Stra\xdfe in K\xf6ln und M\xfcnchen\n");
    assert_eq!(seen.kind, "text, windows-1252");
    assert_eq!(lines(&seen), ["Straße in Köln und München"]);
    let seen = see("notes.txt.gz", &gzip(b"packed"));
    assert_eq!((seen.kind.as_str(), lines(&seen)), ("text, gzip", vec!["packed"]));
    let seen = see("notes.txt.zst", &zstd::encode_all(&b"packed"[..], 1).unwrap());
    assert_eq!(seen.kind, "text, zstd");
}

#[test]
fn a_name_tells_what_it_is_behind_its_packing() {
    let seen = see("a.tsv.gz", &gzip(b"a,b\tc\n1\t2\n"));
    assert_eq!((seen.kind.as_str(), seen.columns), ("TSV, gzip", vec!["a,b".into(), "c".into()]));
}

#[test]
fn nothing_says_so() {
    let seen = see("empty.csv", b"");
    assert_eq!((seen.kind.as_str(), seen.rows.len(), seen.fault), ("empty", 0, None));
    assert_eq!(see("empty.csv.gz", &gzip(b"")).kind, "empty, gzip");
}

#[test]
fn what_is_cut_off_is_seen_up_to_there() {
    let text: String = (0..50_000u32).map(|n| format!("{n},{}\n", n.wrapping_mul(7919))).collect();
    let packed = gzip(text.as_bytes());
    let seen = see("a.csv.gz", &packed[..packed.len() / 2]);
    assert_eq!(seen.kind, "CSV, gzip");
    assert!(seen.rows.len() > 10_000, "{}", seen.rows.len());
    assert_eq!(seen.rows[1], [Some("1".to_owned()), Some("7919".to_owned())]);
    assert!(seen.fault.unwrap().contains("cut off"));
}

#[test]
fn what_is_damaged_in_the_middle_is_seen_up_to_there() {
    let text: String = (0..50_000u32).map(|n| format!("{}\n", n.wrapping_mul(7919))).collect();
    let mut packed = gzip(text.as_bytes());
    let middle = packed.len() / 2;
    packed[middle..middle + 64].fill(0xff);
    let seen = see("a.txt.gz", &packed);
    assert!(seen.rows.len() > 1000 && seen.fault.is_some());
}

#[test]
fn gzip_without_a_stream_in_it_is_a_sentence() {
    let seen = see("a.gz", b"\x1f\x8b\x08\0\0\0\0\0\0\0\xff\xff\xff\xff");
    assert!(seen.rows.is_empty() && seen.fault.is_some());
}

#[test]
fn a_bomb_costs_what_is_asked_for() {
    // 256 MiB of one letter, 250 KiB packed.
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    for _ in 0..256 {
        encoder.write_all(&vec![b'x'; 1 << 20]).unwrap();
    }
    let packed = encoder.finish().unwrap();
    let mut look = open(Arc::new(Bytes::from(packed)), "bomb.gz").unwrap();
    let page = look.pages.next(100).unwrap();
    assert_eq!(page.len(), 100);
    assert!(page.iter().all(|row| row[0].as_ref().unwrap().len() <= text::LONGEST));
}

#[test]
fn unknown_content_is_shown_as_bytes_also_when_it_is_packed() {
    let seen = see("x", b"\0\x01\x02");
    assert_eq!((seen.kind.as_str(), seen.columns.len()), ("bytes", 3));
    assert_eq!(see("x.gz", &gzip(b"\0\x01\x02")).kind, "bytes, gzip");
    assert_eq!(see("x.cram", b"CRAM\x03\x00").kind, "CRAM");
}

/// Small objects of every plain format.
fn samples() -> Vec<(&'static str, Vec<u8>)> {
    let csv = b"id,name,when\n1,\"a, \"\"b\"\"\",2026-01-02\n2,\"two\nlines\",2026-01-03\n";
    let json = br#"{"a":[1,2.5,{"b":null}],"c":"\u00e4 \\ \"x\""}"#;
    let jsonl = b"{\"a\":1,\"b\":\"x\"}\n{\"a\":2,\"c\":[1]}\n{\"a\":3}\n";
    let utf_16: Vec<u8> =
        "\u{feff}größe;1\r\nzwei;2\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    bzip2.write_all(jsonl).unwrap();
    vec![
        ("a.csv", csv.to_vec()),
        ("a.json", json.to_vec()),
        ("a.jsonl", jsonl.to_vec()),
        ("a.txt", utf_16),
        ("a.zip", include_bytes!("../../tests/previews/plain.zip").to_vec()),
        ("b.zip", include_bytes!("../../tests/previews/zip64.zip").to_vec()),
        ("a.csv.gz", gzip(csv)),
        ("a.json.zst", zstd::encode_all(&json[..], 1).unwrap()),
        ("a.jsonl.bz2", bzip2.finish().unwrap()),
    ]
}

proptest! {
    #[test]
    fn a_cut_anywhere_is_never_worse_than_a_sentence(sample in 0..9usize, at in any::<prop::sample::Index>()) {
        let (name, bytes) = &samples()[sample];
        see(name, &bytes[..at.index(bytes.len() + 1)]);
    }

    #[test]
    fn damage_anywhere_is_never_worse_than_a_sentence(
        sample in 0..9usize,
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let (name, mut bytes) = samples().swap_remove(sample);
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        see(name, &bytes);
    }

    #[test]
    fn anything_at_all_can_be_looked_at(bytes in prop::collection::vec(any::<u8>(), 0..300), name in "[a-z]{0,3}(\\.(csv|json|jsonl|zip|gz|bed|fa))?") {
        see(&name, &bytes);
        as_bytes(Arc::new(Bytes::from(bytes))).pages.next(100).unwrap();
    }
}
