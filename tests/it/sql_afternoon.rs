//! An afternoon at the SQL bench, in the real binary and by keys alone: write a view and a join by
//! three letters a name, heed a warning, run, profile and chart a column, save the result as
//! Parquet, make a table of it and query that.

use std::fs;

use serde_json::Value;

use crate::support::pty::Terminal;

const ANALYST: &str = "tredatalake1-treanalystbucket-demo01";
const TAB: &str = "\t";
const RUN: &str = "\n";
const NEW_TAB: &str = "\x14";
const CATALOG: &str = "\x1bOR";

fn afternoon_at(size: (u16, u16)) {
    let home = tempfile::tempdir().unwrap();
    let mut at = Terminal::start(home.path(), size, &["--demo"]);
    at.wait("000000000000");
    at.keys("4");
    at.wait("genomics-crawler");
    at.keys("Gr");
    at.wait("Start crawler genomics-crawler?");
    at.keys("y");
    at.wait("Crawler genomics-crawler: SUCCEEDED");

    at.keys("3");
    at.wait("SQL goes here");
    seen(&mut at, "clinvar");
    at.keys(
        "create view watched as select genesymbol as gene, clinicalsignificance as said from cli",
    );
    completed(&mut at, "from clinvar");
    at.keys(RUN);
    at.wait("─ SUCCEEDED");
    seen(&mut at, "watched");

    // A join, both tables and its condition by Tab.
    at.keys(NEW_TAB);
    at.wait("SQL goes here");
    at.keys("select g.gene, w.said from gs");
    completed(&mut at, "from gene_summary");
    at.keys(" g\rjoin wat");
    completed(&mut at, "join watched");
    at.keys(" w on ");
    completed(&mut at, "on g.gene = w.gene");
    at.keys("\rwhere w.sa");
    completed(&mut at, "where w.said");
    at.keys(" like 'Likely%' order by 1");
    at.keys(RUN);
    at.wait("─ SUCCEEDED");
    at.wait("Likely pathogenic");

    // All partitions: the line above the text says so, and what it costs; then one is enough.
    at.keys(NEW_TAB);
    at.wait("SQL goes here");
    at.keys("select chrom, pos, qual, dp from var");
    completed(&mut at, "from variants");
    at.wait("! every partition of variants");
    at.wait("≤ 2.0 MiB");
    at.keys(" where chrom = 'chr7'");
    at.wait_until("the warning to go", |screen| !screen.contains("every partition"));
    at.wait("≤ 89.1 KiB");
    at.keys(RUN);
    at.wait("1,320 rows");

    at.keys("llp");
    at.wait("─ qual double ─");
    at.wait("distinct  1,222");
    at.keys("\x1b");
    at.wait_until("the rows again", |screen| !screen.contains("distinct"));
    at.keys("C");
    at.wait("3 qual over pos");
    at.keys("3");
    at.wait("159096891");
    assert!(at.screen().contains('⣿'), "drawn:\n{}", at.screen());
    at.keys("\x1b");
    at.wait_until("the rows again", |screen| !screen.contains('⣿'));

    at.keys("s");
    at.wait("Save into");
    at.keys("\x15chr7-quality.parquet\r");
    at.wait("Saved s3://");
    at.keys("\x1br");
    at.wait("genomics.chr7_quality");
    at.keys("\r");
    at.wait("Make a table of the catalog?");
    at.keys("y");
    at.wait("genomics.chr7_quality is a table");
    seen(&mut at, "▸ chr7_quality");

    at.keys(NEW_TAB);
    at.wait("SQL goes here");
    at.keys("select count(*) as n, min(pos) as first from chr7");
    completed(&mut at, "from chr7_quality");
    at.keys(RUN);
    at.wait_until("the saved rows", |screen| screen.contains("1320") && screen.contains("216679"));
    at.keys("q");
    assert_eq!(at.wait_exit(), 0, "{}", at.screen());

    let results = home.path().join("data/demo/buckets").join(ANALYST).join("results");
    let files = fs::read_dir(results.join("chr7-quality")).unwrap();
    let files: Vec<Vec<u8>> = files.map(|file| fs::read(file.unwrap().path()).unwrap()).collect();
    assert!(!files.is_empty() && files.iter().all(|bytes| bytes.ends_with(b"PAR1")));
    let manifest = fs::read_to_string(results.join("chr7-quality.manifest.json")).unwrap();
    let manifest: Value = serde_json::from_str(&manifest).unwrap();
    assert_eq!(manifest["source_tables"], serde_json::json!(["genomics.variants"]));
    assert_eq!(manifest["format"], "parquet");
}

/// Looks into the catalog beside the text until it has a table, and goes back to the text.
fn seen(at: &mut Terminal, table: &str) {
    at.keys(CATALOG);
    at.wait("i details");
    at.wait(table);
    at.keys(CATALOG);
    at.wait("tab complete");
}

/// Tab, and what then stands in the text. Before that no key is pressed.
fn completed(at: &mut Terminal, text: &str) {
    at.keys(TAB);
    at.wait(text);
}

#[test]
fn an_afternoon_at_80_by_24() {
    afternoon_at((80, 24));
}

#[test]
fn an_afternoon_at_200_by_50() {
    afternoon_at((200, 50));
}
