use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use super::*;
use crate::model::object::Role;
use crate::model::settings::{RoleBucket, Settings};
use crate::model::trouble::{Kind as TroubleKind, Trouble};
use crate::ui::keymap::Key;
use crate::ui::modal::Ask;
use crate::ui::talk::{Facts, Failure, Job as AnyJob};

mod gone;

use gone::doomed;

/// A pane with the world around it.
struct Bench {
    pane: Buckets,
    facts: Facts,
}

impl Bench {
    fn new() -> Self {
        let facts = Facts { settings: Some(Settings::aws("tre")), ..Facts::default() };
        Self { pane: Buckets::default(), facts }
    }

    /// In a folder with these rows, all arrived.
    fn inside(rows: &[(Kind, &str, u64)]) -> Self {
        let mut bench = Self::new();
        bench.with(|pane, cx| pane.jump(S3Uri::new("b", "in/"), cx));
        bench.arrive(rows, false);
        bench
    }

    fn with<T>(&mut self, act: impl FnOnce(&mut Buckets, &Cx<'_>) -> T) -> T {
        let cx = Cx { now: Instant::now(), facts: &self.facts };
        act(&mut self.pane, &cx)
    }

    fn obey(&mut self, command: Command) -> Vec<Effect> {
        self.with(|pane, cx| pane.obey(command, cx))
    }

    fn hear(&mut self, news: News) -> Vec<Effect> {
        self.with(|pane, cx| pane.hear(news, cx))
    }

    fn step(&mut self, step: Move) -> Vec<Effect> {
        self.with(|pane, cx| pane.step(step, cx))
    }

    fn typed(&mut self, text: &str) -> Vec<Effect> {
        let keys = text.chars().map(|c| c.to_string().parse::<Key>().unwrap());
        keys.flat_map(|key| self.with(|pane, cx| pane.type_in(Input::Key(key), cx))).collect()
    }

    fn arrive(&mut self, rows: &[(Kind, &str, u64)], more: bool) -> Vec<Effect> {
        let generation = self.pane.listing.generation;
        self.hear(News::Rows { generation, rows: made(rows), more })
    }

    fn names(&self) -> Vec<&str> {
        let listing = &self.pane.listing;
        let rows = (0..listing.order().len()).filter_map(|at| listing.row(at));
        rows.map(|row| row.tail()).collect()
    }

    fn under(&self) -> &str {
        self.pane.current().map_or("", |row| row.tail())
    }
}

fn made(rows: &[(Kind, &str, u64)]) -> Rows {
    let mut made = Vec::new();
    for (kind, tail, size) in rows {
        let mut row = Row::new(*kind, tail);
        row.size = *size;
        made.push(row);
    }
    made.into()
}

fn level(bucket: &str, key: &str, begin: &str, generation: u32) -> Job {
    Job::List { at: S3Uri::new(bucket, key), begin: begin.into(), generation }
}

/// The pane's jobs among the effects.
fn jobs(effects: &[Effect]) -> Vec<&Job> {
    let job = |effect| match effect {
        &Effect::Start(_, AnyJob::Buckets(ref job)) => Some(job),
        _ => None,
    };
    effects.iter().filter_map(job).collect()
}

const FILES: &[(Kind, &str, u64)] = &[
    (Kind::Folder, "lane1/", 0),
    (Kind::Object, "a.csv", 10),
    (Kind::Object, "b.csv", 30),
    (Kind::Object, "c.txt", 20),
];

#[test]
fn the_first_look_lists_the_buckets_and_no_more() {
    let mut bench = Bench::new();
    let first = bench.with(|pane, cx| pane.enter(cx));
    assert_eq!(jobs(&first), [&Job::Buckets { generation: 1 }]);
    assert_eq!(bench.with(|pane, cx| pane.enter(cx)), []);
}

#[test]
fn entering_lists_the_folder_and_leaving_cancels_by_taking_its_slot() {
    let mut bench = Bench::inside(FILES);
    let effects = bench.obey(Command::Open);
    let slot = super::Slot::Listing.into();
    assert!(effects.contains(&Effect::Start(slot, level("b", "in/lane1/", "", 2).into())));
    let effects = bench.obey(Command::Up);
    assert!(effects.contains(&Effect::Start(slot, level("b", "in/", "", 3).into())));
}

#[test]
fn rows_of_a_place_that_was_left_are_dropped() {
    let mut bench = Bench::inside(FILES);
    bench.obey(Command::Open);
    assert_eq!(bench.hear(News::Rows { generation: 1, rows: made(FILES), more: false }), []);
    assert_eq!(bench.names(), [""; 0]);
    let failure: Failure = Trouble::new(TroubleKind::Denied, "list", "no").into();
    bench.hear(News::Broken { generation: 1, failure });
    assert_eq!(bench.pane.listing.phase, Phase::Loading);
}

#[test]
fn going_up_finds_the_cursor_where_it_was() {
    let mut bench = Bench::inside(&[(Kind::Folder, "lane1/", 0), (Kind::Folder, "lane2/", 0)]);
    bench.step(Move::Down);
    bench.obey(Command::Open);
    bench.arrive(FILES, false);
    assert_eq!(bench.under(), "lane1/");
    bench.obey(Command::Up);
    bench.arrive(&[(Kind::Folder, "lane1/", 0)], true);
    assert_eq!(bench.under(), "lane1/", "its row is not here yet");
    bench.arrive(&[(Kind::Folder, "lane2/", 0)], false);
    assert_eq!(bench.under(), "lane2/");
}

/// Of an object, the first that is looked into.
fn looked_into(uri: S3Uri) -> Job {
    let object = crate::model::object::ObjectRef::newest(uri);
    Job::Viewer(viewer::Job::Open { object, bytes: false, generation: 1 })
}

#[test]
fn a_jump_lists_what_begins_so_and_the_way_up_lists_all() {
    let mut bench = Bench::new();
    let effects = bench.with(|pane, cx| pane.jump(S3Uri::new("b", "in/c.t"), cx));
    assert_eq!(jobs(&effects), [&level("b", "in/", "c.t", 1)]);
    bench.arrive(&FILES[3..], false);
    assert_eq!((bench.names(), bench.under()), (vec!["c.txt"], "c.txt"));
    let uri = S3Uri::new("b", "in/c.txt");
    assert_eq!(jobs(&bench.obey(Command::Preview)), [&looked_into(uri)]);
    bench.with(|pane, cx| pane.escape(cx));
    bench.obey(Command::Mark);
    let effects = bench.with(|pane, cx| pane.escape(cx)).unwrap();
    assert_eq!(jobs(&effects), [&level("b", "in/", "", 2)]);
    assert_eq!(bench.names(), ["c.txt"], "it stays until the first page is here");
    bench.arrive(&FILES[..2], true);
    bench.arrive(&FILES[2..], false);
    assert_eq!((bench.names().len(), bench.under()), (4, "c.txt"));
    assert_eq!(bench.pane.listing.marks(), 1, "what is marked stays so");
    let effects = bench.obey(Command::Up);
    assert_eq!(jobs(&effects), [&level("b", "", "", 3)]);
}

#[test]
fn what_is_typed_after_f_is_a_folder_or_a_beginning() {
    let mut bench = Bench::inside(FILES);
    assert_eq!(asked(&bench.obey(Command::GoTo)).typed(), "s3://b/in/");
    let go = |bench: &mut Bench, text: &str| {
        bench.with(|pane, cx| pane.answer(Answer::Place, text.into(), cx))
    };
    let effects = go(&mut bench, "s3://b/in/lane1/");
    assert_eq!(jobs(&effects), [&level("b", "in/lane1/", "", 2)]);
    let effects = go(&mut bench, "s3://b/in/lane1/2026-");
    assert_eq!(jobs(&effects), [&level("b", "in/lane1/", "2026-", 3)]);
    assert_eq!(asked(&bench.obey(Command::GoTo)).typed(), "s3://b/in/lane1/2026-");
    let effects = go(&mut bench, "other");
    assert!(matches!(&effects[..], [Effect::Tell(_)]), "{effects:?}");
    assert_eq!(jobs(&bench.obey(Command::Up)), [&level("b", "in/lane1/", "", 4)]);
    assert_eq!(jobs(&bench.obey(Command::Up)), [&level("b", "in/", "", 5)]);
}

#[test]
fn the_filter_narrows_as_it_is_typed_and_esc_clears_it() {
    let mut bench = Bench::inside(FILES);
    bench.obey(Command::Filter);
    assert!(bench.pane.typing());
    bench.typed("csv");
    assert_eq!(bench.names(), ["a.csv", "b.csv"]);
    bench.arrive(&[(Kind::Object, "d.csv", 1), (Kind::Object, "d.bam", 1)], false);
    assert_eq!(bench.names(), ["a.csv", "b.csv", "d.csv"], "what arrives later is filtered too");
    assert!(bench.with(|pane, cx| pane.escape(cx)).is_some());
    assert_eq!(bench.names().len(), 6);
    assert!(bench.with(|pane, cx| pane.escape(cx)).is_none(), "nothing is left to close");
}

#[test]
fn sorting_keeps_the_cursor_on_its_row() {
    let mut bench = Bench::inside(FILES);
    bench.step(Move::Down);
    assert_eq!(bench.under(), "a.csv");
    bench.obey(Command::Sort);
    assert_eq!(bench.names(), ["lane1/", "b.csv", "c.txt", "a.csv"]);
    assert_eq!(bench.under(), "a.csv");
    bench.obey(Command::Reverse);
    assert_eq!(bench.names(), ["lane1/", "a.csv", "c.txt", "b.csv"]);
}

#[test]
fn many_rows_are_arranged_in_a_job_and_none_is_lost() {
    let many: Vec<(Kind, String)> =
        (0..6_000).map(|at| (Kind::Object, format!("{at:05}"))).collect();
    let rows: Vec<(Kind, &str, u64)> =
        many.iter().enumerate().map(|(at, (k, n))| (*k, n.as_str(), at as u64)).collect();
    let mut bench = Bench::inside(&rows);
    let effects = bench.obey(Command::Sort);
    let arranged = worked(&effects);
    assert_eq!(bench.names()[0], "00000", "the old order stays until the new one is there");
    assert!(bench.pane.busy());
    // A page arrives while the job is under way.
    assert_eq!(bench.arrive(&[(Kind::Object, "late", 9_999)], false), []);
    let again: Vec<Effect> = arranged.into_iter().flat_map(|news| bench.hear(news)).collect();
    assert_eq!(bench.names()[0], "05999");
    assert_eq!(jobs(&again).len(), 1, "the late row wants its place");
    worked(&again).into_iter().for_each(|news| assert_eq!(bench.hear(news), []));
    assert_eq!((bench.names()[0], bench.pane.busy()), ("late", false));
}

/// What the job that arranges has to tell.
fn worked(effects: &[Effect]) -> Vec<News> {
    let [Job::Arrange { from, pages, sort, filter, generation }] = jobs(effects)[..] else {
        panic!("{} effects", effects.len());
    };
    let generation = *generation;
    let mut told = Vec::new();
    let tell = |arrangement| told.push(News::Arranged { generation, arrangement, done: false });
    let arrangement = from.clone().next(pages, *sort, filter, &|| false, tell).unwrap();
    told.push(News::Arranged { generation, arrangement, done: true });
    told
}

#[test]
fn the_newest_keystroke_wins_and_what_contains_it_is_there_first() {
    let names: Vec<String> = (0..9_000).map(|at| format!("{at:05}")).collect();
    let rows: Vec<_> = names.iter().map(|name| (Kind::Object, name.as_str(), 1)).collect();
    let mut bench = Bench::inside(&rows);
    bench.step(Move::Bottom);
    bench.obey(Command::Filter);
    let first = worked(&bench.typed("8"));
    let second = worked(&bench.typed("9"));
    // The one that nobody waits for any more is slow.
    let [plain, all] = &second[..] else { panic!("{}", second.len()) };
    bench.hear(plain.clone());
    first.iter().for_each(|late| assert_eq!(bench.hear(late.clone()), []));
    assert_eq!(bench.names()[..2], ["00089", "00189"]);
    assert!(bench.names().iter().all(|name| name.contains("89")));
    let contained = bench.names().len();
    assert_eq!(bench.under(), "08999", "its row is among them");
    bench.hear(all.clone());
    assert_eq!(bench.names()[contained..][..2], ["00809", "00819"], "then those that are alike");
    assert_eq!(bench.under(), "08999");
    // What was found serves the next keystroke.
    let third = worked(&bench.typed("7"));
    third.into_iter().for_each(|news| drop(bench.hear(news)));
    assert_eq!((bench.names()[0], bench.under()), ("00897", "00897"), "its row is not");
    assert!(!bench.pane.busy());
}

#[test]
fn one_object_is_deleted_by_a_yes_and_many_by_their_count() {
    let mut bench = Bench::inside(FILES);
    bench.step(Move::Down);
    let objects = vec![S3Uri::new("b", "in/a.csv")];
    let effects = bench.obey(Command::Delete);
    assert_eq!(jobs(&effects), [&Job::Count { act: 1, objects, folders: Vec::new(), known: 10 }]);
    assert!(bench.pane.busy());
    bench.hear(News::Ended { act: 1, failed: None });
    assert!(!bench.pane.busy());
    let effects = bench.hear(News::Counted(doomed(&["in/a.csv"], 10)));
    let [Effect::Ask(Ask::Confirm(ask))] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(ask.count, None);
    assert!(ask.body[0].as_str().contains("s3://b/in/a.csv"), "{:?}", ask.body);

    let many = doomed(&["1", "2", "3", "4", "5", "6", "7"], 70);
    let effects = bench.hear(News::Counted(many.clone()));
    let [Effect::Ask(Ask::Confirm(ask))] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(ask.count, Some(7));
    assert_eq!(jobs(&ask.then), [&Job::Delete { act: 3, doomed: many }]);
}

#[test]
fn the_object_that_stands_for_its_folder_is_deleted_and_nothing_else_of_it() {
    let mut bench = Bench::inside(&[(Kind::Folder, "/", 0), (Kind::Object, "", 7)]);
    bench.step(Move::Down);
    let effects = bench.obey(Command::Delete);
    let objects = vec![S3Uri::new("b", "in/")];
    let (one, none) = (objects.clone(), Vec::new());
    assert_eq!(jobs(&effects), [&Job::Count { act: 1, objects: one, folders: none, known: 7 }]);
    for command in [Command::Download, Command::CopyTo, Command::MoveTo, Command::Storage] {
        let effects = bench.obey(command);
        assert!(matches!(&effects[..], [Effect::Tell(_)]), "{effects:?}");
    }
    // Told apart by what they are: the keys of both end in a slash.
    bench.obey(Command::MarkAll);
    let effects = bench.obey(Command::Delete);
    let folders = vec![S3Uri::new("b", "in//")];
    assert_eq!(jobs(&effects), [&Job::Count { act: 2, objects, folders, known: 7 }]);
}

#[test]
fn marks_decide_what_is_deleted_even_when_they_are_filtered_away() {
    let mut bench = Bench::inside(FILES);
    bench.step(Move::Bottom);
    bench.obey(Command::Mark);
    bench.obey(Command::Filter);
    bench.typed("lane");
    let effects = bench.obey(Command::Delete);
    let objects = vec![S3Uri::new("b", "in/c.txt")];
    assert_eq!(jobs(&effects), [&Job::Count { act: 1, objects, folders: Vec::new(), known: 20 }]);
}

#[test]
fn an_upload_asks_only_before_it_replaces() {
    let mut bench = Bench::inside(FILES);
    let to = S3Uri::new("b", "in/");
    let answer = Answer::UploadTo(to.clone());
    let effects = bench.with(|pane, cx| pane.answer(answer, "/data/x.csv".into(), cx));
    let from = PathBuf::from("/data/x.csv");
    assert_eq!(jobs(&effects), [&Job::PlanUpload { from: from.clone(), to: to.clone() }]);
    let mut planned =
        Planned { from: from.clone(), to, files: 1, bytes: 5, existing: 0, example: None };
    let effects = bench.hear(News::Planned(planned.clone()));
    assert!(matches!(jobs(&effects)[..], [Job::Upload { overwrite: false, .. }]), "{effects:?}");
    planned.existing = 1;
    let effects = bench.hear(News::Planned(planned));
    let [Effect::Ask(Ask::Confirm(ask))] = &effects[..] else { panic!("{effects:?}") };
    assert!(matches!(jobs(&ask.then)[..], [Job::Upload { overwrite: true, .. }]));
}

#[test]
fn what_leaves_by_the_target_bucket_needs_a_reference() {
    let mut bench = Bench::inside(FILES);
    let bucket =
        RoleBucket { role: Role::Target, name: "b".into(), kms_key: None, prefix: String::new() };
    bench.facts.settings.as_mut().unwrap().buckets.push(bucket);
    let (from, to) = (PathBuf::from("/data/x.csv"), S3Uri::new("b", "in/"));
    let planned = Planned { from, to, files: 1, bytes: 5, existing: 0, example: None };
    let effects = bench.hear(News::Planned(planned.clone()));
    assert!(matches!(&effects[..], [Effect::Ask(Ask::Prompt(_))]), "{effects:?}");
    let answer = Answer::Approval(planned);
    let none = bench.with(|pane, cx| pane.answer(answer.clone(), " ".into(), cx));
    assert_eq!(jobs(&none).len(), 0);
    let effects = bench.with(|pane, cx| pane.answer(answer, "IG-17".into(), cx));
    let [Job::Upload { approval, .. }] = jobs(&effects)[..] else { panic!("{effects:?}") };
    assert_eq!(approval.as_deref(), Some("IG-17"));
}

/// The prompt's answer with its text, as Enter gives them.
fn asked(effects: &[Effect]) -> &crate::ui::modal::Prompt {
    let [Effect::Ask(Ask::Prompt(prompt))] = effects else { panic!("{effects:?}") };
    prompt
}

fn planned(remove: bool, objects: u64, existing: u64) -> PlannedCopy {
    let (what, to) = (vec![S3Uri::new("b", "in/lane1/")], S3Uri::new("results", "x/"));
    let example = (existing > 0).then(|| "x/lane1/a".into());
    PlannedCopy { what, to, remove, objects, bytes: 10, existing, example }
}

#[test]
fn a_copy_goes_where_it_is_said_and_only_after_a_look() {
    let mut bench = Bench::inside(FILES);
    let bucket = RoleBucket {
        role: Role::Analyst,
        name: "results".into(),
        kms_key: None,
        prefix: "x/".into(),
    };
    bench.facts.settings.as_mut().unwrap().buckets.push(bucket);
    bench.obey(Command::Mark);
    bench.obey(Command::Mark);
    let effects = bench.obey(Command::CopyTo);
    let prompt = asked(&effects);
    assert_eq!(prompt.typed(), "s3://results/x/", "results go there");
    let what = vec![S3Uri::new("b", "in/lane1/"), S3Uri::new("b", "in/a.csv")];
    let answer = Answer::CopyTo { what: what.clone(), known: 10, remove: false };
    assert_eq!(prompt.to, answer.clone().into());
    let none = bench.with(|pane, cx| pane.answer(answer.clone(), "results/x/".into(), cx));
    assert!(matches!(&none[..], [Effect::Tell(_)]), "{none:?}");
    let effects = bench.with(|pane, cx| pane.answer(answer, "s3://results/y/".into(), cx));
    let to = S3Uri::new("results", "y/");
    assert_eq!(jobs(&effects), [&Job::PlanCopy { what, known: 10, to, remove: false }]);

    let effects = bench.hear(News::PlannedCopy(planned(false, 7, 0)));
    let [Effect::Ask(Ask::Confirm(ask))] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!((ask.title.as_str(), ask.count), ("Copy?", None));
    assert!(matches!(jobs(&ask.then)[..], [Job::Copy { overwrite: false, .. }]));
    let effects = bench.hear(News::PlannedCopy(planned(false, 7, 2)));
    let [Effect::Ask(Ask::Confirm(ask))] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!((ask.yes, ask.count), ("Replace", Some(2)));
    assert!(matches!(jobs(&ask.then)[..], [Job::Copy { overwrite: true, .. }]));
    let effects = bench.hear(News::PlannedCopy(planned(true, 0, 0)));
    assert!(matches!(&effects[..], [Effect::Tell(_)]), "{effects:?}");
}

#[test]
fn a_move_offers_the_old_name_and_asks_for_the_count() {
    let mut bench = Bench::inside(FILES);
    assert_eq!(asked(&bench.obey(Command::MoveTo)).typed(), "s3://b/in/lane1");
    bench.step(Move::Down);
    assert_eq!(asked(&bench.obey(Command::MoveTo)).typed(), "s3://b/in/a.csv");
    for (objects, count) in [(1, None), (7, Some(7))] {
        let effects = bench.hear(News::PlannedCopy(planned(true, objects, 0)));
        let [Effect::Ask(Ask::Confirm(ask))] = &effects[..] else { panic!("{effects:?}") };
        assert_eq!((ask.title.as_str(), ask.count), ("Move?", count));
        let [Job::Copy { planned, .. }] = jobs(&ask.then)[..] else { panic!("{:?}", ask.then) };
        assert!(planned.remove);
    }
    let mut outside = Bench::new();
    assert!(matches!(&outside.obey(Command::MoveTo)[..], [Effect::Tell(_)]));
}

#[test]
fn a_copy_into_the_target_bucket_needs_a_reference() {
    let mut bench = Bench::inside(FILES);
    let bucket = RoleBucket {
        role: Role::Target,
        name: "results".into(),
        kms_key: None,
        prefix: String::new(),
    };
    bench.facts.settings.as_mut().unwrap().buckets.push(bucket);
    let effects = bench.hear(News::PlannedCopy(planned(false, 1, 0)));
    let answer = Answer::CopyApproval(planned(false, 1, 0));
    assert_eq!(asked(&effects).to, answer.clone().into());
    let none = bench.with(|pane, cx| pane.answer(answer.clone(), " ".into(), cx));
    assert!(matches!(&none[..], [Effect::Tell(_)]), "{none:?}");
    let effects = bench.with(|pane, cx| pane.answer(answer, "IG-17".into(), cx));
    let [Effect::Ask(Ask::Confirm(ask))] = &effects[..] else { panic!("{effects:?}") };
    let [Job::Copy { approval, .. }] = jobs(&ask.then)[..] else { panic!("{:?}", ask.then) };
    assert_eq!(approval.as_deref(), Some("IG-17"));
}

#[test]
fn the_copy_menu_offers_the_objects_too() {
    let mut bench = Bench::inside(FILES);
    let effects = bench.obey(Command::Copy);
    let [Effect::Ask(Ask::Choice(menu))] = &effects[..] else { panic!("{effects:?}") };
    let last = menu.rows.iter().rev().take(2).map(|(_, then)| then.clone()).collect::<Vec<_>>();
    let obey = |command: Command| vec![Effect::Obey(command.into())];
    assert_eq!(last, [obey(Command::MoveTo), obey(Command::CopyTo)]);
}

#[test]
fn downloads_that_are_switched_off_are_not_asked_for() {
    let mut bench = Bench::inside(FILES);
    if let Some(settings) = &mut bench.facts.settings {
        settings.downloads = false;
    }
    let effects = bench.obey(Command::Download);
    assert!(matches!(&effects[..], [Effect::Tell(_)]), "{effects:?}");
}

#[test]
fn previews_that_are_switched_off_are_not_asked_for() {
    let mut bench = Bench::inside(FILES);
    if let Some(settings) = &mut bench.facts.settings {
        settings.previews = false;
    }
    bench.step(Move::Down);
    for command in [Command::Preview, Command::Open, Command::Query] {
        let effects = bench.obey(command);
        assert!(matches!(&effects[..], [Effect::Tell(_)]), "{effects:?}");
    }
}

#[test]
fn the_viewer_has_the_keys_until_it_is_closed_and_closing_ends_its_reading() {
    let mut bench = Bench::inside(FILES);
    bench.step(Move::Down);
    assert_eq!(jobs(&bench.obey(Command::Open)).len(), 1);
    assert_eq!(bench.pane.layers(), [Layer::Preview, Layer::List]);
    let under = bench.under().to_owned();
    bench.step(Move::Down);
    assert_eq!(bench.under(), under, "the list stays");
    let effects = bench.with(|pane, cx| pane.obey_viewer(viewer::Command::Close, cx));
    assert_eq!(effects, [Effect::stop(super::Slot::Preview)]);
    assert_eq!(bench.pane.layers(), [Layer::Buckets, Layer::List]);
    bench.obey(Command::Open);
    let effects = bench.with(|pane, cx| pane.escape(cx));
    assert_eq!(effects, Some(vec![Effect::stop(super::Slot::Preview)]));
}

#[test]
fn an_object_or_a_folder_is_queried_and_the_text_goes_to_the_sql_pane() {
    let mut bench = Bench::inside(FILES);
    let of = S3Uri::new("b", "in/lane1/");
    assert_eq!(jobs(&bench.obey(Command::Query)), [&Job::Query { of }]);
    let effects = bench.hear(News::Query(Ok("SELECT 1".into())));
    let write = crate::ui::panes::sql::News::Write("SELECT 1".into());
    assert_eq!(effects, [Effect::Focus(crate::ui::talk::PaneId::Sql), Effect::hear(write)]);
}

#[test]
fn raw_keys_go_out_and_sanitised_text_is_shown() {
    let tail = "evil\u{1b}[2J\u{202e}.csv";
    let mut bench = Bench::inside(&[(Kind::Object, tail, 1)]);
    let uri = S3Uri::new("b", format!("in/{tail}"));
    let effects = bench.obey(Command::Preview);
    assert_eq!(jobs(&effects), [&looked_into(uri)]);
    assert_eq!(bench.pane.current().unwrap().name().as_str(), "evil␛[2J<U+202E>.csv");
    bench.with(|pane, cx| pane.escape(cx));
    let effects = bench.obey(Command::Copy);
    assert!(!format!("{effects:?}").contains("\\u{1b}"));
}

#[test]
fn what_arrives_under_the_place_on_screen_is_listed_again() {
    let mut bench = Bench::inside(FILES);
    bench.step(Move::Bottom);
    let under = S3Uri::new("b", "in/new/");
    assert_eq!(jobs(&bench.hear(News::Changed { under })).len(), 1);
    assert_eq!(bench.names().len(), 4, "the old rows stay until the new ones are here");
    bench.arrive(&[(Kind::Folder, "new/", 0), (Kind::Object, "c.txt", 20)], false);
    assert_eq!((bench.names(), bench.under()), (vec!["new/", "c.txt"], "c.txt"));
    assert_eq!(bench.hear(News::Changed { under: S3Uri::new("other", "in/") }), []);
}

#[test]
fn marks_of_what_is_gone_are_forgotten() {
    let mut bench = Bench::inside(FILES);
    bench.obey(Command::MarkAll);
    assert_eq!(bench.pane.listing.marks(), 4);
    bench.obey(Command::Refresh);
    bench.arrive(&FILES[..2], false);
    assert_eq!(bench.pane.listing.marks(), 2);
}

#[test]
fn marks_outlast_a_filter_and_a_listing_again() {
    let mut bench = Bench::inside(FILES);
    bench.step(Move::Bottom);
    bench.obey(Command::Mark);
    bench.obey(Command::Filter);
    bench.typed("b.c");
    bench.obey(Command::MarkAll);
    bench.with(|pane, cx| pane.escape(cx));
    assert_eq!((bench.pane.listing.marks(), bench.pane.listing.marked_bytes), (2, 50));
    bench.obey(Command::Refresh);
    // The pages are others this time, and one of the two has grown.
    bench.arrive(&[FILES[0], (Kind::Object, "a2.csv", 1), (Kind::Object, "b.csv", 31)], true);
    assert_eq!(bench.pane.listing.marks(), 2, "one of them is still to come");
    bench.arrive(&FILES[3..], false);
    assert_eq!((bench.pane.listing.marks(), bench.pane.listing.marked_bytes), (2, 51));
    let effects = bench.obey(Command::Delete);
    let objects = vec![S3Uri::new("b", "in/b.csv"), S3Uri::new("b", "in/c.txt")];
    assert_eq!(jobs(&effects), [&Job::Count { act: 1, objects, folders: Vec::new(), known: 51 }]);
    bench.obey(Command::MarkAll);
    bench.obey(Command::MarkAll);
    assert_eq!((bench.pane.listing.marks(), bench.pane.listing.marked_bytes), (0, 0));
}

#[test]
fn buckets_that_are_not_told_are_spoken_of() {
    let mut bench = Bench::new();
    bench.with(|pane, cx| pane.enter(cx));
    bench.arrive(&[(Kind::Bucket(Some(Role::Source)), "in", 0)], false);
    bench.hear(News::Partial { generation: 9, note: "late".into() });
    assert_eq!(bench.pane.listing.note, None);
    bench.hear(News::Partial { generation: 1, note: "denied".into() });
    assert!(bench.pane.listing.note.is_some());
    bench.obey(Command::Open);
    assert_eq!(bench.pane.listing.note, None);
}

#[test]
fn details_follow_the_cursor_and_late_ones_are_dropped() {
    let mut bench = Bench::inside(FILES);
    bench.obey(Command::Details);
    let effects = bench.step(Move::Down);
    let uri = S3Uri::new("b", "in/a.csv");
    assert_eq!(jobs(&effects), [&Job::Details { uri: uri.clone() }]);
    bench.step(Move::Down);
    bench.hear(News::Details { uri, result: Ok(Details { lines: Vec::new() }) });
    assert!(bench.pane.side.is_waiting(), "it was the row before");
}
