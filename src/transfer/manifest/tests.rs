use std::ops::ControlFlow;

use proptest::prelude::*;

use super::*;
use crate::model::trouble::Kind;

fn header() -> Header {
    Header {
        schema: SCHEMA.into(),
        lakehand: "0.1.0".into(),
        lake: "tre".into(),
        batch: 12,
        verb: "put".into(),
        sources: vec!["/data/run 7".into(), "/d/\u{1b}[2J\"x\"".into()],
        destination: "s3://b/P/".into(),
        approval: Some("EG-17".into()),
        identity: None,
        audit_head: Some("ab".repeat(32)),
        began: "2026-11-22T01:25:56Z".into(),
        ended: "2026-11-22T01:26:00.5Z".into(),
    }
}

fn entry(key: &str, status: Status) -> Entry {
    Entry {
        source: format!("/d/{key}"),
        bucket: "b".into(),
        key: key.into(),
        bytes: 5,
        status,
        error: (status == Status::Failed).then(|| "put x: no".into()),
        checksum: Some("CRC64NVME:abc=".into()),
        sha256: None,
        verified: true,
        proof: "crc64nvme".into(),
        etag: None,
        version_id: None,
        kms_key: None,
        note: None,
        began: String::new(),
        ended: String::new(),
    }
}

fn written(entries: &[Entry]) -> String {
    let mut out = Vec::new();
    write::write(&mut out, &header(), entries.iter().cloned()).unwrap();
    String::from_utf8(out).unwrap()
}

struct Doc(tempfile::TempDir);

fn doc(text: &str) -> Doc {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("m.json"), text).unwrap();
    Doc(dir)
}

impl Doc {
    fn open(&self) -> Result<Manifest, String> {
        open(&self.0.path().join("m.json")).map_err(|trouble| {
            assert_eq!(trouble.kind, Kind::Integrity);
            trouble.why
        })
    }
}

fn read_back(manifest: &Manifest) -> Vec<Entry> {
    let mut all = Vec::new();
    each(manifest, |entry| {
        all.push(entry);
        ControlFlow::Continue(())
    })
    .unwrap();
    all
}

#[test]
fn an_object_is_a_line_and_the_whole_is_json() {
    let text = written(&[entry("x", Status::Done), entry("y", Status::Failed)]);
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(json["schema"], SCHEMA);
    assert_eq!(json["objects"][1]["error"], "put x: no");
    assert_eq!((&json["totals"]["done"], &json["totals"]["failed"]), (&1.into(), &1.into()));
    assert_eq!(text.lines().filter(|line| line.starts_with("{\"source\"")).count(), 2);
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&written(&[])).unwrap()["objects"],
        serde_json::json!([])
    );
}

#[test]
fn it_is_read_whatever_the_order_and_the_white_space() {
    let entries = [entry("x", Status::Done), entry("y", Status::Skipped)];
    let text = written(&entries);
    let sorted: std::collections::BTreeMap<String, serde_json::Value> =
        serde_json::from_str(&text).unwrap();
    for text in [text, serde_json::to_string_pretty(&sorted).unwrap()] {
        let doc = doc(&text);
        let manifest = doc.open().unwrap();
        assert_eq!(manifest.header, header());
        assert_eq!(
            manifest.totals,
            Totals { objects: 2, done: 1, skipped: 1, bytes: 10, ..Totals::default() }
        );
        assert_eq!(read_back(&manifest), entries);
    }
}

#[test]
fn a_reader_may_break_off() {
    let doc = doc(&written(&[entry("x", Status::Done), entry("y", Status::Done)]));
    let mut seen = 0;
    let told = each(&doc.open().unwrap(), |_| {
        seen += 1;
        ControlFlow::Break(())
    });
    assert_eq!((told, seen), (Ok(()), 1));
}

#[test]
fn what_is_not_whole_or_not_ours_is_a_sentence() {
    let good = written(&[entry("x", Status::Done), entry("y", Status::Done)]);
    let one_less: String = good
        .lines()
        .filter(|line| !line.contains("\"/d/x\""))
        .map(|line| format!("{line}\n"))
        .collect();
    for (text, said) in [
        (good[..good.len() / 2].to_owned(), "it is damaged: EOF"),
        (good.replace("\"done\":2", "\"done\":1"), "it is damaged: its totals are not those"),
        (one_less, "it is damaged: its totals are not those"),
        (good.replace("\"bytes\":5", "\"bytes\":-5"), "it is damaged: invalid value"),
        (format!("{good}x"), "it is damaged: trailing characters"),
        (
            good.replace("transfer/1", "transfer/2"),
            "a newer lakehand wrote it (lakehand.transfer/2)",
        ),
        (
            good.replace("transfer/1", "query-result/1"),
            "it is not a manifest of lakehand's transfers, but \"lakehand.query-result/1\"",
        ),
        ("{}".to_owned(), "it is not a manifest of lakehand's transfers"),
        ("\u{7f}ELF".to_owned(), "it is not a manifest of lakehand's transfers: expected value"),
        (String::new(), "it is not a manifest of lakehand's transfers: EOF"),
    ] {
        let why = doc(&text).open().unwrap_err();
        assert!(why.starts_with(said), "{said}: {why}");
        assert!(why.len() < 400, "{why}");
    }
}

#[test]
fn what_is_no_file_is_not_waited_for() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(open(dir.path()).unwrap_err().kind, Kind::Disk);
    assert_eq!(open(&dir.path().join("none")).unwrap_err().kind, Kind::Disk);
}

proptest! {
    #[test]
    fn any_name_survives(source in ".*", key in ".*", error in proptest::option::of(".*")) {
        let entry = Entry { source, error, ..entry(&key, Status::Done) };
        let doc = doc(&written(std::slice::from_ref(&entry)));
        prop_assert_eq!(read_back(&doc.open().unwrap()), vec![entry]);
    }

    #[test]
    fn no_cut_of_it_passes_for_the_whole(cut in 0usize..10_000) {
        let good = written(&[entry("x", Status::Done)]);
        let cut = cut % (good.trim_end().len());
        prop_assert!(doc(&good[..cut]).open().is_err());
    }
}
