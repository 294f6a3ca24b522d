//! What is in an object, on screens of all sizes.

use insta::assert_snapshot;
use lakehand::model::shown::Shown;
use lakehand::model::trouble::{Kind as TroubleKind, Trouble};
use lakehand::ui::panes::buckets::viewer::{Content, News as Viewing, Section};
use lakehand::ui::panes::buckets::{Kind, News, Row};
use lakehand::ui::talk::Failure;
use lakehand::ui::widgets::grid::{Heading, Value};

use super::stage::Stage;

/// In a folder, with an object open of which nothing has come yet.
fn opening(name: &str) -> Stage {
    let mut stage = Stage::open();
    let rows = |kind, name| vec![Row::new(kind, name)].into();
    stage.hear(News::Rows { generation: 1, rows: rows(Kind::Bucket(None), "tre"), more: false });
    stage.press("enter");
    stage.hear(News::Rows { generation: 2, rows: rows(Kind::Object, name), more: false });
    stage.press("p");
    stage
}

fn hear(stage: &mut Stage, news: Viewing) {
    stage.hear(News::Viewer(news));
}

fn content(kind: &'static str, columns: &[(&'static str, &'static str)]) -> Content {
    let heading = |(name, kind): &(&'static str, &'static str)| Heading {
        name: (*name).into(),
        kind: (*kind).into(),
    };
    Content {
        kind: kind.into(),
        sections: Vec::new(),
        columns: (!columns.is_empty()).then(|| columns.iter().map(heading).collect()),
        total: None,
        size: 3_650_722_201,
    }
}

fn rows(stage: &mut Stage, rows: Vec<Vec<Value>>, whole: bool) {
    hear(stage, Viewing::Rows { generation: 1, first: 0, rows, whole, read: 319_488 });
}

fn text(text: &str) -> Value {
    Value::Text(Shown::of(text))
}

/// A table with facts above it, of which more is to come.
fn table() -> Stage {
    let mut stage = opening("people.parquet");
    let mut content = content(
        "Parquet",
        &[("id", "bigint"), ("name", "varchar"), ("note", "varchar"), ("born", "date")],
    );
    let lines = (0..12).map(|at| Shown::from(format!("column {at}: snappy, 4 pages"))).collect();
    let section =
        |title: &'static str, folded, lines| Section { title: title.into(), lines, folded };
    content.sections = vec![
        section("Facts", false, vec!["1,204,000 rows in 12 row groups".into()]),
        section("Schema", true, lines),
    ];
    hear(&mut stage, Viewing::Opened { generation: 1, content });
    let row = |at: usize| {
        let note = match at % 3 {
            0 => Value::Null,
            1 => text(""),
            _ => text("a long note that goes on and on, with a \u{1b}[2J in it and a\nsecond line"),
        };
        vec![text(&(at * 1000).to_string()), text("größe 日本語"), note, text("1999-12-31")]
    };
    rows(&mut stage, (0..200).map(row).collect(), false);
    stage
}

#[test]
fn nothing_has_come_yet() {
    assert_snapshot!(opening("a.csv").screens());
}

#[test]
fn a_table_and_its_facts() {
    let mut stage = table();
    stage.press("j j l");
    assert_snapshot!(stage.screens());
}

#[test]
fn the_facts_are_opened() {
    let mut stage = table();
    stage.press("k enter");
    assert_snapshot!(stage.screens());
}

#[test]
fn over_the_whole_pane() {
    let mut stage = table();
    stage.press("f $");
    assert_snapshot!(stage.screen((200, 50)));
}

#[test]
fn lines_of_text_and_why_there_are_no_more() {
    let mut stage = opening("notes.txt.gz");
    hear(&mut stage, Viewing::Opened { generation: 1, content: content("text, gzip", &[]) });
    let line = "Dear colleague, this line is longer than most terminals are wide, so that it has \
                to be scrolled to its end or broken.";
    let lines = ["first", "", line, "last"].map(|line| vec![text(line)]);
    rows(&mut stage, lines.to_vec(), false);
    let trouble = Trouble::new(
        TroubleKind::Integrity,
        "preview notes.txt.gz",
        "The object ends in the middle of its content: it may have been cut off.",
    );
    hear(&mut stage, Viewing::Broken { generation: 1, failure: Failure::from(trouble) });
    stage.press("j j");
    let scrolled = stage.screens();
    stage.press("w");
    assert_snapshot!(format!("{scrolled}\n=== wrapped\n{}", stage.screens()));
}

#[test]
fn finding() {
    let mut stage = table();
    stage.press("/");
    stage.type_text("on and");
    assert_snapshot!(stage.screen((80, 24)));
    stage.press("enter");
    assert_snapshot!(stage.screen((80, 24)));
}

#[test]
fn it_cannot_be_opened() {
    let mut stage = opening("a.csv");
    let trouble = Trouble::new(TroubleKind::Denied, "read s3://tre/a.csv", "access denied")
        .hint("s3:GetObject is needed");
    hear(&mut stage, Viewing::Broken { generation: 1, failure: Failure::from(trouble) });
    assert_snapshot!(stage.screens());
}

#[test]
fn an_empty_one() {
    let mut stage = opening("a.csv");
    let content = Content { size: 0, ..content("empty", &[]) };
    hear(&mut stage, Viewing::Opened { generation: 1, content });
    hear(&mut stage, Viewing::Rows { generation: 1, first: 0, rows: vec![], whole: true, read: 0 });
    assert_snapshot!(stage.screen((80, 24)));
}

#[test]
fn every_key_at_every_size_is_survived() {
    let keys = "j k h l G g g ctrl-f ctrl-b 0 $ / x enter n N w f x enter esc p enter k enter j r backspace";
    for size in super::stage::SIZES.into_iter().chain([(1, 1), (3, 2), (29, 7)]) {
        let mut stage = table();
        for key in keys.split(' ') {
            stage.press(key);
            stage.screen(size);
        }
    }
}
