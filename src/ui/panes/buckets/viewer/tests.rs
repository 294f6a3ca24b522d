use std::time::Instant;

use super::*;
use crate::model::settings::Settings;
use crate::model::trouble::{Kind, Trouble};
use crate::model::uri::S3Uri;
use crate::ui::talk::{Facts, Job as AnyJob};
use crate::ui::widgets::grid::Heading;

const GENERATION: u32 = 7;

fn with<T>(settings: Settings, act: impl FnOnce(&Cx<'_>) -> T) -> T {
    let facts = Facts { settings: Some(settings), ..Facts::default() };
    act(&Cx { now: Instant::now(), facts: &facts })
}

fn obey(viewer: &mut Viewer, command: Command) -> Vec<Effect> {
    with(Settings::aws("tre"), |cx| viewer.obey(command, GENERATION + 1, cx))
}

fn jobs(effects: &[Effect]) -> Vec<&Job> {
    let job = |effect| match effect {
        &Effect::Start(_, AnyJob::Buckets(PaneJob::Viewer(ref job))) => Some(job),
        _ => None,
    };
    effects.iter().filter_map(job).collect()
}

fn content(columns: &[&'static str], total: Option<usize>) -> Content {
    let heading = |name: &&'static str| Heading { name: (*name).into(), kind: "varchar".into() };
    Content {
        kind: "CSV".into(),
        sections: vec![Section {
            title: "Header".into(),
            lines: vec!["one".into(), "two".into()],
            folded: true,
        }],
        columns: (!columns.is_empty()).then(|| columns.iter().map(heading).collect()),
        total,
        size: 1 << 30,
    }
}

fn opened(columns: &[&'static str], total: Option<usize>) -> (Viewer, Vec<Effect>) {
    let object = ObjectRef::newest(S3Uri::new("b", "in/a.csv"));
    let (mut viewer, effects) = Viewer::open(object.clone(), GENERATION);
    assert_eq!(jobs(&effects), [&Job::Open { object, bytes: false, generation: GENERATION }]);
    let content = content(columns, total);
    let effects = viewer.hear(News::Opened { generation: GENERATION, content });
    (viewer, effects)
}

fn arrive(viewer: &mut Viewer, rows: std::ops::Range<usize>, whole: bool) -> Vec<Effect> {
    let columns = viewer.content.here().map_or(1, |open| open.grid.columns.len().max(1));
    let first = rows.start;
    let row = |at: usize| {
        let cells = (0..columns).map(|column| Value::Text(format!("r{at}c{column}").into()));
        cells.collect()
    };
    let rows = rows.map(row).collect();
    viewer.hear(News::Rows { generation: GENERATION, first, rows, whole, read: 65_536 })
}

fn at(viewer: &Viewer) -> (usize, usize) {
    let open = viewer.content.here().unwrap();
    (open.grid.cursor(), open.grid.column)
}

fn typed(viewer: &mut Viewer, text: &str) -> Vec<Effect> {
    viewer.type_in(Input::Paste(text.to_owned()));
    viewer.type_in(Input::Key("enter".parse().unwrap()))
}

#[test]
fn rows_are_asked_for_when_the_cursor_comes_near_the_last_one() {
    let (mut viewer, effects) = opened(&["a", "b"], None);
    assert_eq!(effects, [], "the first rows come by themselves");
    assert!(viewer.is_waiting());
    assert_eq!(arrive(&mut viewer, 0..200, false), []);
    assert!(!viewer.is_waiting());
    let effects = viewer.step(Move::Bottom);
    let wanted = Job::Rows { generation: GENERATION, first: 200, count: 500 };
    assert_eq!(jobs(&effects), [&wanted]);
    assert_eq!(viewer.step(Move::Up), [], "each page is asked for once");
    arrive(&mut viewer, 200..700, true);
    assert_eq!(viewer.step(Move::Bottom), [], "there is no more");
    assert_eq!(at(&viewer).0, 699);
}

#[test]
fn of_what_can_be_gone_through_anywhere_a_window_is_asked_for() {
    let (mut viewer, effects) = opened(&["offset", "bytes", "text"], Some(67_108_864));
    assert_eq!(jobs(&effects), [&Job::Rows { generation: GENERATION, first: 0, count: 512 }]);
    arrive(&mut viewer, 0..512, false);
    let effects = viewer.step(Move::Bottom);
    let first = 67_108_864 - 257;
    assert_eq!(jobs(&effects), [&Job::Rows { generation: GENERATION, first, count: 257 }]);
}

#[test]
fn late_news_of_an_earlier_opening_is_dropped() {
    let (mut viewer, _) = opened(&["a"], None);
    let effects = obey(&mut viewer, Command::Bytes);
    let object = viewer.object().clone();
    assert_eq!(jobs(&effects), [&Job::Open { object, bytes: true, generation: GENERATION + 1 }]);
    arrive(&mut viewer, 0..10, true);
    assert!(viewer.is_waiting() && viewer.content.here().is_none());
}

#[test]
fn up_from_the_first_row_are_the_facts_and_enter_opens_them() {
    let (mut viewer, _) = opened(&["a"], None);
    arrive(&mut viewer, 0..10, true);
    viewer.step(Move::Up);
    obey(&mut viewer, Command::Open);
    let lines = |viewer: &Viewer| viewer.content.here().unwrap().fact_count();
    assert_eq!(lines(&viewer), 3);
    viewer.step(Move::Down);
    let effects = obey(&mut viewer, Command::Open);
    assert!(matches!(&effects[..], [Effect::Ask(Ask::Reader(reader))] if reader.lines.len() == 2));
    viewer.step(Move::Top);
    obey(&mut viewer, Command::Open);
    assert_eq!(lines(&viewer), 1);
    viewer.step(Move::Down);
    viewer.step(Move::Down);
    assert_eq!(at(&viewer).0, 1, "and down again are the rows");
}

#[test]
fn text_is_found_in_what_has_been_read() {
    let (mut viewer, _) = opened(&["a", "b"], None);
    arrive(&mut viewer, 0..50, false);
    obey(&mut viewer, Command::Find);
    assert!(viewer.typing());
    assert_eq!(typed(&mut viewer, "R4c1"), []);
    assert_eq!(at(&viewer), (4, 1));
    obey(&mut viewer, Command::Find);
    typed(&mut viewer, "3c");
    assert_eq!(at(&viewer), (13, 0), "from the cursor on");
    obey(&mut viewer, Command::Next);
    assert_eq!(at(&viewer), (13, 1));
    obey(&mut viewer, Command::Previous);
    obey(&mut viewer, Command::Previous);
    assert_eq!(at(&viewer), (3, 1));
    obey(&mut viewer, Command::Find);
    let effects = typed(&mut viewer, "nowhere");
    assert!(matches!(&effects[..], [Effect::Tell(_)]));
    assert!(viewer.escape() && !viewer.escape());
}

#[test]
fn a_cell_is_read_whole_and_null_says_so() {
    let (mut viewer, _) = opened(&["a"], None);
    let long = Value::Text(Shown::of(&format!("{}\nsecond", "x".repeat(500))));
    let rows = vec![vec![long], vec![Value::Null]];
    viewer.hear(News::Rows { generation: GENERATION, first: 0, rows, whole: true, read: 9 });
    let effects = obey(&mut viewer, Command::Open);
    let [Effect::Ask(Ask::Reader(reader))] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(reader.title.as_str(), "a, row 1");
    assert_eq!((reader.lines[0].1.as_str().len(), reader.lines[1].1.as_str()), (500, "second"));
    viewer.step(Move::Down);
    assert!(matches!(&obey(&mut viewer, Command::Open)[..], [Effect::Tell(_)]));
}

#[test]
fn nothing_is_copied_where_nothing_may_leave() {
    let (mut viewer, _) = opened(&[], None);
    arrive(&mut viewer, 0..3, true);
    assert_eq!(obey(&mut viewer, Command::Copy), [Effect::Copy("r0c0".into())]);
    let kept = Settings { downloads: false, ..Settings::aws("tre") };
    let effects = with(kept, |cx| viewer.obey(Command::Copy, 9, cx));
    assert!(matches!(&effects[..], [Effect::Tell(_)]), "{effects:?}");
}

#[test]
fn what_was_read_stays_when_it_cannot_be_read_on() {
    let (mut viewer, _) = opened(&["a"], None);
    arrive(&mut viewer, 0..200, false);
    let trouble = Trouble::new(Kind::Integrity, "preview a.csv", "it is damaged here");
    let failure = Failure::from(trouble);
    viewer.hear(News::Broken { generation: GENERATION, failure });
    assert_eq!(viewer.step(Move::Bottom), [], "nothing more is asked for");
    assert_eq!(at(&viewer).0, 199);
    let effects = obey(&mut viewer, Command::Retry);
    assert!(matches!(jobs(&effects)[..], [Job::Open { generation: 8, .. }]));
}

#[test]
fn as_much_is_kept_as_has_room() {
    let (mut viewer, _) = opened(&[], None);
    let rows = |count: usize| vec![vec![Value::Text("x".repeat(1 << 20).into())]; count];
    for at in 0..8 {
        let (first, rows) = (at * 8, rows(8));
        viewer.hear(News::Rows { generation: GENERATION, first, rows, whole: false, read: 9 });
    }
    assert!(viewer.content.here().unwrap().end == End::Enough);
    assert_eq!(viewer.step(Move::Bottom), []);
}
