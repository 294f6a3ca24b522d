//! Header, start screens, dialogs: what is around the panes.

use insta::assert_snapshot;
use lakehand::model::identity::Session;
use lakehand::model::mode::Mode;
use lakehand::model::settings::{Place, Settings};
use lakehand::model::transfer::Totals;
use lakehand::model::trouble::{Kind, Trouble};
use lakehand::ui::app::News as AppNews;
use lakehand::ui::panes::transfers::News as Queue;
use lakehand::ui::talk::{Failure, Level, Notice};

use super::stage::Stage;

fn header(stage: &Stage, width: u16) -> String {
    stage.screen((width, 24)).lines().next().unwrap().to_owned()
}

#[test]
fn opening() {
    assert_snapshot!(Stage::new().screens());
}

#[test]
fn nowhere() {
    let mut stage = Stage::new();
    stage.hear(AppNews::Nowhere);
    assert_snapshot!(stage.screens());
}

#[test]
fn not_opened() {
    let mut stage = Stage::new();
    let trouble = Trouble::new(Kind::Expired, "open tre-lake", "the SSO session has ended")
        .hint("run: aws sso login --profile tre-lake");
    stage.hear(AppNews::NotOpened(Failure::from(&trouble)));
    assert_snapshot!(stage.screens());
}

#[test]
fn the_header_never_overflows() {
    let settings = Settings {
        region: Some("ap-southeast-2".into()),
        account_id: Some("999988887777".into()),
        mode: Mode::ReadOnly,
        ..Settings::aws("a-lake-with-quite-a-long-name-of-its-own")
    };
    let mut stage = Stage::opened(settings);
    assert_snapshot!(header(&stage, 80), @" a-lake-with-quite-a-long-name-of-its-own    … · ap-southeast-2 · … · read-only");
    stage.is("111122223333", "AWSReservedSSO_DataLakeManager_0123456789abcdef");
    let expires = Some("2026-11-22T03:05:00Z".parse().unwrap());
    stage.hear(AppNews::Session(Session { expires }));
    for width in 40..130 {
        let line = header(&stage, width);
        assert!(unicode_width::UnicodeWidthStr::width(line.as_str()) <= width.into(), "{line}");
    }
    let line = header(&stage, 80);
    for known in ["111122223333", "ap-southeast-2", "read-only", "9h 05m left"] {
        assert!(line.contains(known), "{known} in {line}");
    }
}

#[test]
fn the_header_says_that_the_queue_waits() {
    let mut stage = Stage::open();
    let trouble = Trouble::new(Kind::Expired, "send part 3", "the session has expired");
    let counts = |held| Queue::Counts { totals: Totals { active: 1, ..Totals::default() }, held };
    stage.hear(counts(Some(Failure::from(&trouble))));
    assert!(header(&stage, 80).contains("queue waits"), "{}", header(&stage, 80));
    assert!(stage.screen((80, 24)).contains("The queue waits: the session has expired"));
    stage.hear(counts(None));
    assert!(!header(&stage, 200).contains("queue waits"));
}

#[test]
fn the_header_of_a_local_lake() {
    let place = Place::Local("/tmp/demo".into());
    let settings = Settings {
        place,
        demo: true,
        region: Some("us-east-1".into()),
        mode: Mode::Admin,
        ..Settings::aws("demo")
    };
    let mut stage = Stage::opened(settings.clone());
    stage.is("000000000000", "root");
    assert_snapshot!(header(&stage, 80), @" demo  DEMO                             000000000000 · us-east-1 · root · admin");
    let mut stage = Stage::opened(Settings { demo: false, ..settings });
    stage.is("000000000000", "root");
    assert!(header(&stage, 80).contains(" LOCAL "));
}

#[test]
fn help() {
    let mut stage = Stage::open();
    stage.press("?");
    stage.type_text("mark");
    assert_snapshot!(stage.screen((80, 24)));
}

#[test]
fn palette() {
    let mut stage = Stage::open();
    stage.press(":");
    stage.type_text("s3 tre-source/in/x");
    assert_snapshot!(stage.screen((80, 24)));
}

#[test]
fn a_notice_too_long_for_its_line_says_where_to_read_it() {
    let mut stage = Stage::open().read_only();
    let text = "delete s3://tre-source/in/x.csv: this lake is read-only, and nothing was sent";
    let hint = Some("start lakehand with --mode curate".into());
    stage.hear(AppNews::Said(Notice { level: Level::Error, text: text.into(), hint }));
    assert_snapshot!(stage.screen((80, 24)));
    stage.press("!");
    assert_snapshot!(stage.screen((80, 24)));
}
