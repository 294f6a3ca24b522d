//! The Buckets pane in its states.

use std::sync::Arc;

use insta::assert_snapshot;
use lakehand::model::bucket::Versioning;
use lakehand::model::keys::Names;
use lakehand::model::object::Role;
use lakehand::model::shown::Shown;
use lakehand::model::trouble::{Kind as TroubleKind, Trouble};
use lakehand::model::uri::S3Uri;
use lakehand::ui::panes::buckets::{Details, Doomed, Kind, News, PlannedCopy, Row};
use lakehand::ui::talk::Failure;

use super::stage::Stage;

fn object(name: &str, size: u64) -> Row<'_> {
    let mut row = Row::new(Kind::Object, name);
    row.size = size;
    row.modified = Some("2026-11-20T09:41:00Z".parse().unwrap());
    row.class = Some("STANDARD");
    row
}

fn rows(stage: &mut Stage, generation: u32, rows: Vec<Row<'_>>, more: bool) {
    stage.hear(News::Rows { generation, rows: rows.into(), more });
}

fn files() -> Vec<Row<'static>> {
    vec![
        Row::new(Kind::Folder, "chrom=17/"),
        Row::new(Kind::Folder, "chrom=X/"),
        object("clinvar_variant_summary.txt.gz", 412_345_678),
        object("evil\u{1b}[2J\u{202e}gpj.exe\nsecond line", 3),
        object("größe-日本語.csv", 0),
        object("tre-0001.dragen.hard-filtered.annotated.vcf.gz", 64_424_509_440),
    ]
}

/// In a folder whose listing has arrived.
fn inside() -> Stage {
    let mut stage = Stage::open();
    let bucket = Row::new(Kind::Bucket(Some(Role::Source)), "tredatalake1-tresourcebucket-1a2b");
    rows(&mut stage, 1, vec![bucket], false);
    stage.press("enter");
    rows(&mut stage, 2, files(), false);
    stage
}

#[test]
fn bucket_list() {
    let mut stage = Stage::open();
    let mut all = vec![
        Row::new(Kind::Bucket(Some(Role::Source)), "tredatalake1-tresourcebucket-1a2b3c4d5e6f"),
        Row::new(Kind::Bucket(Some(Role::Analyst)), "tredatalake1-treanalystbucket-1a2b3c4d5e"),
        Row::new(Kind::Bucket(None), "aws-athena-query-results-111122223333-eu-west-2"),
    ];
    all[0].modified = Some("2025-02-03T04:05:00Z".parse().unwrap());
    rows(&mut stage, 1, all, false);
    assert_snapshot!(stage.screens());
}

#[test]
fn loading() {
    let mut stage = inside();
    stage.press("enter");
    assert_snapshot!(stage.screen((80, 24)));
}

#[test]
fn objects() {
    assert_snapshot!(inside().screens());
}

#[test]
fn more_is_coming() {
    let mut stage = inside();
    stage.press("enter");
    let names: Vec<String> = (0..1000).map(|at| format!("part-{at:05}")).collect();
    rows(&mut stage, 3, names.iter().map(|name| object(name, 10)).collect(), true);
    stage.press("G");
    assert_snapshot!(stage.screen((80, 24)));
}

#[test]
fn empty() {
    let mut stage = inside();
    stage.press("enter");
    rows(&mut stage, 3, Vec::new(), false);
    assert_snapshot!(stage.screens());
}

#[test]
fn failed() {
    let mut stage = inside();
    stage.press("enter");
    let mut trouble = Trouble::new(
        TroubleKind::Denied,
        "list s3://tredatalake1-tresourcebucket-1a2b/chrom=17/",
        "access denied to DataLakeManager",
    )
    .hint("ask for s3:ListBucket on the bucket");
    trouble.code = Some("AccessDenied".into());
    trouble.request_id = Some("4Z2Q9KX1".into());
    stage.hear(News::Broken { generation: 3, failure: Failure::from(&trouble) });
    assert_snapshot!(stage.screens());
}

#[test]
fn filtered_and_marked() {
    let mut stage = inside();
    stage.press("G space /");
    stage.type_text("chrom");
    assert_snapshot!(stage.screen((80, 24)));
}

#[test]
fn what_is_like_the_filter_stands_below_what_contains_it() {
    let mut stage = inside();
    stage.press("/");
    stage.type_text("17");
    assert_snapshot!(stage.screen((80, 24)));
    stage.press("esc /");
    stage.type_text("tr1");
    assert_snapshot!(stage.screen((80, 24)));
}

#[test]
fn only_what_begins_so() {
    let mut stage = inside();
    stage.press("f");
    stage.type_text("tre-");
    assert_snapshot!("asks_how_it_begins", stage.screen((80, 24)));
    stage.press("enter");
    rows(&mut stage, 3, files().split_off(5), false);
    assert_snapshot!("lists_what_begins_so", stage.screens());
}

#[test]
fn buckets_of_the_configuration_alone() {
    let mut stage = Stage::open();
    rows(&mut stage, 1, vec![Row::new(Kind::Bucket(Some(Role::Source)), "tre-source")], false);
    let note = "Only those of the configuration: access denied to DataLakeManager \
                (ask for s3:ListAllMyBuckets)";
    stage.hear(News::Partial { generation: 1, note: note.into() });
    assert_snapshot!(stage.screens());
}

#[test]
fn details() {
    let mut stage = inside();
    stage.press("i j j");
    let uri = S3Uri::new("tredatalake1-tresourcebucket-1a2b", "clinvar_variant_summary.txt.gz");
    let lines = vec![
        ("size", "393 MiB (412,345,678 bytes)".into()),
        ("modified", "2026-11-20 09:41 UTC".into()),
        ("encryption", "aws:kms".into()),
        (
            "KMS key",
            "arn:aws:kms:eu-west-2:111122223333:key/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0".into(),
        ),
        ("checksum", "CRC64NVME nSJy33wT5Eg=".into()),
        ("class", "STANDARD".into()),
        ("metadata", Shown::of("note = two\nlines")),
        ("tag", "project = tre-17".into()),
    ];
    stage.hear(News::Details { uri, result: Ok(Details { lines }) });
    assert_snapshot!(stage.screens());
}

#[test]
fn deleting_many_asks_for_their_count() {
    let mut stage = inside();
    let mut keys = Names::default();
    (0..1204).for_each(|at| keys.push(&format!("in/{at}")));
    let (bucket, versioning) = ("tre-source".to_owned(), Some(Versioning::Enabled));
    let (keys, bytes) = (Arc::new(keys), 9_876_543_210);
    stage.hear(News::Counted(Doomed { bucket, keys, bytes, versioning }));
    stage.type_text("12");
    stage.press("enter");
    assert_snapshot!(stage.screen((80, 24)));
    assert!(stage.app.is_asking(), "12 is not 1204");
    stage.press("0 4");
    assert_eq!(stage.press("enter").len(), 1);
}

#[test]
fn copying_asks_where_to() {
    let mut stage = inside();
    stage.press("space y 4");
    assert_snapshot!(stage.screens());
}

#[test]
fn moving_many_says_what_and_asks_for_their_count() {
    let mut stage = inside();
    let planned = PlannedCopy {
        what: vec![S3Uri::new("tre-source", "in/lane1/"), S3Uri::new("tre-source", "in/\u{1b}x")],
        to: S3Uri::new("tredatalake1-treanalystbucket-1a2b3c4d5e", "results/2026/"),
        remove: true,
        objects: 1204,
        bytes: 9_876_543_210,
        existing: 3,
        example: Some("results/2026/lane1/a".into()),
    };
    stage.hear(News::PlannedCopy(planned));
    stage.type_text("1204");
    assert_snapshot!(stage.screens());
    assert_eq!(stage.press("enter").len(), 1);
}

#[test]
fn uploading_asks_for_a_path() {
    let mut stage = inside();
    stage.press("u");
    stage.type_text("/data/sequencing/run-");
    assert_snapshot!(stage.screens());
}

#[test]
fn nothing_that_acts_on_a_terminal_is_ever_drawn() {
    let stage = inside();
    for size in super::stage::SIZES {
        let screen = stage.screen(size);
        assert!(!screen.chars().any(|c| c != '\n' && (c.is_control() || c == '\u{202e}')));
    }
    assert!(stage.screen((200, 50)).contains("evil␛[2J<U+202E>gpj.exe␊second line"));
}
