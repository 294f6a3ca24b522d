use std::time::Duration;

use super::*;
use crate::model::object::Role;
use crate::model::shown::Shown;
use crate::model::trouble::{Kind as TroubleKind, Trouble};
use crate::ui::pane::Pane;
use crate::ui::panes::buckets::over::Over;
use crate::ui::panes::buckets::{
    Buckets, Command as PaneCommand, Job as PaneJob, Kind, News as PaneNews, Row, Slot,
};
use crate::ui::stage::{self, with};
use crate::ui::talk::{Effect, Failure, Job as AnyJob};

fn sizes(pane: &Buckets) -> &Sizes {
    match &pane.over {
        Some(Over::Sizes(sizes)) => sizes,
        other => panic!("{other:?}"),
    }
}

fn obey(pane: &mut Buckets, command: SizeCommand) -> Vec<Effect> {
    with(|cx| pane.obey_size(command, cx))
}

fn hear(pane: &mut Buckets, generation: u32, place: usize, report: Report, state: State) {
    let news = News { generation, place, report, state };
    with(|cx| pane.hear(PaneNews::Size(Box::new(news)), cx));
}

/// A pane in `s3://b/in/` with these rows.
fn inside(rows: &[(Kind, &str)]) -> Buckets {
    let mut pane = Buckets::default();
    with(|cx| pane.jump(S3Uri::new("b", "in/"), cx));
    arrive(&mut pane, rows);
    pane
}

fn arrive(pane: &mut Buckets, rows: &[(Kind, &str)]) {
    let generation = pane.listing.generation;
    let rows: Vec<Row<'_>> = rows.iter().map(|(kind, tail)| Row::new(*kind, tail)).collect();
    with(|cx| pane.hear(PaneNews::Rows { generation, rows: rows.into(), more: false }, cx));
}

/// What the effects have counted.
fn counted(effects: &[Effect]) -> Vec<String> {
    let [Effect::Start(_, AnyJob::Buckets(PaneJob::Size(Job { places, .. })))] = effects else {
        panic!("{effects:?}")
    };
    places.iter().map(ToString::to_string).collect()
}

fn opened(rows: &[(Kind, &str)]) -> Buckets {
    let mut pane = inside(rows);
    with(|cx| pane.obey(PaneCommand::Size, cx));
    pane
}

fn sum(objects: u64, bytes: u64) -> Sum {
    Sum { objects, bytes }
}

fn report() -> Report {
    let object = |key: &str, size, at: &str| {
        Some(Standout { key: Shown::of(key), size, modified: Some(at.parse().unwrap()) })
    };
    let folder = |tail: &str, sum| Folder { tail: tail.to_owned(), sum };
    Report {
        all: sum(1_204_318, 3_738_339_534_000),
        here: sum(205, 4_402_341_478),
        classes: vec![
            ("GLACIER".into(), sum(800_000, 2_738_339_534_000)),
            ("STANDARD".into(), sum(404_318, 1_000_000_000_000)),
        ],
        newest: object("in/chrom=17/new.parquet", 12 << 20, "2026-11-21T18:03:00Z"),
        oldest: object("in/evil\u{1b}[2J", 0, "2019-01-02T03:04:05Z"),
        largest: object("in/chrom=17/large.bam", 12 << 30, "2026-01-02T03:04:05Z"),
        folders: vec![
            folder("chrom=17/", sum(800_112, 2_308_974_418_330)),
            folder("evil\u{1b}[2J/", sum(0, 0)),
        ],
        others: 12,
        in_others: sum(404_001, 1_424_962_774_192),
        is_beyond: false,
    }
}

fn done() -> State {
    State::Done { at: "2026-11-21T18:03:00Z".parse().unwrap(), took: Duration::from_secs(3) }
}

fn denied() -> State {
    let trouble = Trouble::new(TroubleKind::Denied, "list s3://b/in/b/", "access denied to ann")
        .hint("ask for s3:ListBucket on the bucket");
    State::Failed(Failure::from(&trouble))
}

fn screen(pane: &Buckets, width: u16, height: u16) -> String {
    stage::screen(pane, (width, height), "2026-11-21T18:10:00Z")
}

#[test]
fn what_is_marked_is_counted_else_what_the_cursor_is_on_else_the_place() {
    let rows = [(Kind::Folder, "a/"), (Kind::Folder, "b/"), (Kind::Object, "c")];
    let ask = |pane: &mut Buckets| counted(&with(|cx| pane.obey(PaneCommand::Size, cx)));
    assert_eq!(ask(&mut inside(&rows)), ["s3://b/in/a/"]);
    let mut pane = inside(&rows);
    with(|cx| pane.obey(PaneCommand::MarkAll, cx));
    assert_eq!(ask(&mut pane), ["s3://b/in/a/", "s3://b/in/b/"]);
    assert_eq!(ask(&mut inside(&[(Kind::Object, "c")])), ["s3://b/in/"]);
    assert_eq!(ask(&mut inside(&[])), ["s3://b/in/"]);
    let mut all = Buckets::default();
    with(|cx| all.enter(cx));
    assert!(matches!(with(|cx| all.obey(PaneCommand::Size, cx))[..], [Effect::Tell(_)]));
    arrive(&mut all, &[(Kind::Bucket(Some(Role::Source)), "tre-source")]);
    assert_eq!(ask(&mut all), ["s3://tre-source/"]);
}

#[test]
fn esc_stops_and_then_goes_back() {
    let mut pane = opened(&[(Kind::Folder, "a/")]);
    assert!(pane.busy());
    hear(&mut pane, 1, 0, report(), State::Going);
    assert_eq!(with(|cx| pane.escape(cx)), Some(vec![Effect::stop(Slot::Size)]));
    assert!(!pane.busy());
    assert!(screen(&pane, 80, 24).contains("at least 1,204,318 objects"));
    // What was on its way when it was stopped changes nothing.
    hear(&mut pane, 1, 0, Report::default(), done());
    assert!(screen(&pane, 80, 24).contains("at least 1,204,318 objects"));
    assert_eq!(with(|cx| pane.escape(cx)), Some(vec![Effect::stop(Slot::Size)]));
    assert_eq!(with(|cx| pane.escape(cx)), None);
    assert!(pane.over.is_none());
}

#[test]
fn a_folder_of_the_list_is_gone_to_by_its_raw_name() {
    let mut pane = opened(&[(Kind::Folder, "a/")]);
    hear(&mut pane, 1, 0, report(), done());
    for _ in 0..2 {
        with(|cx| pane.step(Move::Down, cx));
    }
    let effects = obey(&mut pane, SizeCommand::Open);
    let at = S3Uri::new("b", "in/a/evil\u{1b}[2J/");
    let generation = pane.listing.generation;
    let list = Effect::start(Slot::Listing, PaneJob::List { at, begin: String::new(), generation });
    assert!(effects.contains(&list) && effects.contains(&Effect::stop(Slot::Size)));
    assert!(pane.over.is_none());
}

#[test]
fn a_count_again_begins_with_nothing() {
    let mut pane = opened(&[(Kind::Folder, "a/")]);
    hear(&mut pane, 1, 0, report(), done());
    assert_eq!(counted(&obey(&mut pane, SizeCommand::Refresh)), ["s3://b/in/a/"]);
    assert_eq!(sizes(&pane).all(), Sum::default());
    hear(&mut pane, 1, 0, report(), done());
    assert_eq!(sizes(&pane).all(), Sum::default(), "late news");
}

#[test]
fn what_is_copied_says_whether_it_is_all() {
    let mut pane = opened(&[(Kind::Folder, "a/")]);
    hear(&mut pane, 1, 0, report(), denied());
    let text = |effects: Vec<Effect>| match &effects[..] {
        [Effect::Copy(text)] => text.to_string(),
        other => panic!("{other:?}"),
    };
    let copied = text(obey(&mut pane, SizeCommand::Copy));
    assert_eq!(copied, "s3://b/in/a/: at least 1,204,318 objects, 3738339534000 bytes");
    with(|cx| pane.step(Move::Down, cx));
    hear(&mut pane, 1, 0, report(), done());
    let copied = text(obey(&mut pane, SizeCommand::Copy));
    assert_eq!(copied, "s3://b/in/a/chrom=17/: 800,112 objects, 2308974418330 bytes");
}

#[test]
fn screens() {
    let mut pane = inside(&[(Kind::Folder, "a/"), (Kind::Folder, "b/"), (Kind::Folder, "c/")]);
    with(|cx| pane.obey(PaneCommand::MarkAll, cx));
    with(|cx| pane.obey(PaneCommand::Size, cx));
    insta::assert_snapshot!("begun_80x24", screen(&pane, 80, 24));
    hear(&mut pane, 1, 0, report(), done());
    let few = Report { all: sum(3, 12), here: sum(3, 12), ..Report::default() };
    hear(&mut pane, 1, 1, few.clone(), denied());
    hear(&mut pane, 1, 2, few, State::Going);
    insta::assert_snapshot!("going_200x20", screen(&pane, 200, 20));
    insta::assert_snapshot!("going_80x24", screen(&pane, 80, 24));
    insta::assert_snapshot!("going_40x12", screen(&pane, 40, 12));
    insta::assert_snapshot!("going_20x5", screen(&pane, 20, 5));
    for _ in 0..5 {
        with(|cx| pane.step(Move::Down, cx));
    }
    insta::assert_snapshot!("denied_80x24", screen(&pane, 80, 24));
    let mut empty = opened(&[]);
    hear(&mut empty, 1, 0, Report::default(), done());
    insta::assert_snapshot!("empty_80x24", screen(&empty, 80, 24));
    for size in [(1, 1), (3, 2), (20, 1)] {
        screen(&pane, size.0, size.1);
    }
}
