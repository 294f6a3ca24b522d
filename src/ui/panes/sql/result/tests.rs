use super::talk::*;
use super::{Over, Picture, Shape};
use crate::model::query::FileFormat;
use crate::model::shown::Shown;
use crate::model::trouble::{Kind, Trouble};
use crate::ui::modal::Ask;
use crate::ui::panes::sql::talk as pane;
use crate::ui::panes::sql::tests::Bench;
use crate::ui::panes::sql::{Answer, ResultCommand as C, Value};
use crate::ui::talk::{Effect, Failure, Job as AnyJob};
use crate::ui::widgets::list::Move;

fn bench(rows: usize) -> Bench {
    let mut bench = Bench::new("select * from variants");
    bench.obey(pane_run());
    bench.progress(crate::model::query::QueryState::Succeeded, None);
    bench.rows(rows);
    bench
}

fn pane_run() -> crate::ui::panes::sql::Command {
    crate::ui::panes::sql::Command::Run
}

fn jobs(effects: &[Effect]) -> Vec<&Job> {
    let job = |effect| match effect {
        &Effect::Start(_, AnyJob::Sql(pane::Job::Look { generation: 1, ref job })) => Some(job),
        _ => None,
    };
    effects.iter().filter_map(job).collect()
}

fn heard(bench: &mut Bench, news: News) -> Vec<Effect> {
    bench.hear(pane::News::Look { generation: 1, news })
}

fn failure() -> Failure {
    Failure::from(&Trouble::new(Kind::Other, "read the result", "it is gone"))
}

/// What is chosen in a dialog, by a word of its line.
fn chosen(effects: Vec<Effect>, word: &str) -> Vec<Effect> {
    let Some(Effect::Ask(Ask::Choice(choice))) = effects.into_iter().next() else {
        panic!("it does not ask")
    };
    let found = choice.rows.into_iter().find(|(name, _)| name.as_str().contains(word));
    found.unwrap_or_else(|| panic!("no {word}")).1
}

#[test]
fn a_column_is_sorted_both_ways_and_then_as_it_came() {
    let mut bench = bench(1000);
    let asked = bench.result(C::Sort);
    let sort = |descending| Some(Sort { column: 0, descending });
    assert_eq!(jobs(&asked), [&Job::Sort { turn: 1, sort: sort(false) }]);
    heard(&mut bench, News::Sorting { turn: 1, rows: 500 });
    assert!(bench.screen(100, 20).contains("sorting, 500 read"));
    let effects = heard(&mut bench, News::Sorted { turn: 1 });
    assert!(matches!(
        effects[..],
        [Effect::Start(_, AnyJob::Sql(pane::Job::Window { turn: 1, first: 0, .. }))]
    ));
    assert!(bench.screen(100, 20).contains("by chrom ↑"));
    // Rows of the order before come late.
    let row = vec![Value::Text("late".into()); 3];
    let window =
        |turn, rows| pane::News::Window { generation: 1, turn, first: 0, numbers: vec![7], rows };
    bench.hear(window(0, vec![row]));
    assert!(!bench.screen(100, 20).contains("late"));
    bench.hear(window(1, vec![vec![Value::Text("first".into()); 3]]));
    assert!(bench.screen(100, 20).contains("first"));

    assert_eq!(jobs(&bench.result(C::Sort)), [&Job::Sort { turn: 2, sort: sort(true) }]);
    // Pressed again before it is there.
    assert_eq!(jobs(&bench.result(C::Sort)), [&Job::Sort { turn: 3, sort: None }]);
    heard(&mut bench, News::Sorted { turn: 2 });
    assert!(bench.screen(100, 20).contains("by chrom ↑"), "that one is late");
    assert!(bench.escape().is_some());
    heard(&mut bench, News::Sorted { turn: 3 });
    assert!(bench.screen(100, 20).contains("by chrom ↑"), "nobody waits for it any more");
    bench.result(C::Sort);
    let said = heard(&mut bench, News::NotSorted { turn: 4, failure: failure() });
    assert!(matches!(said[..], [.., Effect::Tell(_)]));
}

#[test]
fn what_is_typed_is_searched_when_it_is_whole() {
    let mut bench = bench(1000);
    bench.result(C::Find);
    assert!(bench.screen(80, 20).contains("in all cells"));
    assert!(bench.escape().is_some() && !bench.pane.finds());
    bench.result(C::FindHere);
    assert!(bench.pane.finds() && bench.type_in("e s").is_empty());
    assert!(bench.screen(80, 20).contains("in chrom"));
    let asked = bench.type_in("enter");
    let job = Job::Search { text: "es".into(), column: Some(0), from: 0 };
    assert_eq!(jobs(&asked), [&job]);
    heard(&mut bench, News::Searched { rows: 10, found: 1, whole: false });
    assert!(bench.screen(100, 20).contains("/es: 1 row found, searching"));
    heard(&mut bench, News::Found { place: 42, column: 2 });
    assert!(bench.screen(100, 20).contains("chr42"));
    heard(&mut bench, News::Searched { rows: 1000, found: 2, whole: true });
    assert!(bench.screen(100, 20).contains("2 rows found "));
    assert_eq!(jobs(&bench.result(C::Next)), [&Job::Next { from: 43, forward: true }]);
    assert_eq!(jobs(&bench.result(C::Previous)), [&Job::Next { from: 41, forward: false }]);
    assert!(bench.escape().is_some());
    assert!(!bench.screen(100, 20).contains("found"));
    assert!(jobs(&bench.result(C::Next)).is_empty());
}

#[test]
fn a_row_is_gone_to_by_its_number() {
    let mut bench = bench(100_000);
    let asked = bench.result(C::Jump);
    assert!(matches!(asked[..], [Effect::Ask(Ask::Prompt(_))]));
    let effects = bench.answer(Answer::GoTo { generation: 1 }, "50,000");
    let [Effect::Start(_, AnyJob::Sql(pane::Job::Window { first, .. }))] = effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!(first, 49_999 - 256);
    let said = bench.answer(Answer::GoTo { generation: 1 }, "far");
    assert!(matches!(said[..], [Effect::Tell(_)]));
}

fn profile() -> Profile {
    Profile {
        rows: 1_204_000,
        nulls: 1204,
        empty: 0,
        distinct: 800_000,
        is_exact: false,
        range: Some(("-1".into(), "999".into())),
        mean: Some(412.5),
        top: vec![("17".into(), 90), ("".into(), 30), ("a\u{301}longer name".into(), 1)],
        bins: (0..40).map(|n| n * n).collect(),
    }
}

fn points() -> Plot {
    let bins = (0..50).map(|n| (1, f64::from(n), f64::from(n * n) - 400.0)).collect();
    let dots = (0..50).map(|n| (f64::from(n) / 50.0, f64::from(n * n) / 2500.0)).collect();
    Plot::Points { x: (0.0, 49.0), y: (-400.0, 2001.0), bins, dots }
}

#[test]
fn pictures_stand_in_the_place_of_rows_until_escape() {
    let mut bench = bench(24);
    bench.step(Move::Right);
    let asked = bench.result(C::Profile);
    assert_eq!(jobs(&asked), [&Job::Profile { act: 1, column: 1 }]);
    assert!(bench.screen(80, 24).contains("Reading …"));
    heard(&mut bench, News::Profile { act: 9, profile: profile(), whole: true });
    assert!(bench.screen(80, 24).contains("Reading …"), "it is another one's");
    heard(&mut bench, News::Profile { act: 1, profile: profile(), whole: true });
    insta::assert_snapshot!("profile_80x24", bench.screen(80, 24));
    insta::assert_snapshot!("profile_20x5", bench.screen(20, 5));
    let top = vec![("a".into(), 1), ("b".into(), 1)];
    let all_differ = Profile { distinct: 1_202_796, is_exact: true, top, ..profile() };
    heard(&mut bench, News::Profile { act: 1, profile: all_differ, whole: true });
    let screen = bench.screen(80, 24);
    assert!(screen.contains("Every value occurs once.") && !screen.contains(" a "), "{screen}");

    let asked = bench.result(C::Chart);
    let effects = chosen(asked, "n over chrom");
    let [Effect::Hear(news)] = &effects[..] else { panic!("{effects:?}") };
    let crate::ui::talk::News::Sql(news) = (**news).clone() else { panic!("{news:?}") };
    let asked = bench.hear(news);
    assert_eq!(jobs(&asked), [&Job::Chart { act: 2, x: Some(0), y: Some(1) }]);
    heard(&mut bench, News::Chart { act: 2, plot: None, share: 0.25 });
    assert!(bench.screen(80, 24).contains("25 %"));
    heard(&mut bench, News::Chart { act: 2, plot: Some(points()), share: 1.0 });
    insta::assert_snapshot!("bars_80x24", bench.screen(80, 24));
    bench.result(C::Chart);
    insta::assert_snapshot!("line_80x24", bench.screen(80, 24));
    bench.result(C::Chart);
    insta::assert_snapshot!("dots_80x24", bench.screen(80, 24));
    insta::assert_snapshot!("dots_20x5", bench.screen(20, 5));
    let groups = vec![("BRCA1".into(), 3, 12.0), ("TP53".into(), 1, -4.5)];
    let plot = Plot::Groups { groups, others: 3 };
    heard(&mut bench, News::Chart { act: 2, plot: Some(plot), share: 1.0 });
    insta::assert_snapshot!("names_80x24", bench.screen(80, 24));
    assert!(bench.escape().is_some_and(|effects| matches!(effects[..], [Effect::Stop(_)])));
    assert!(bench.screen(80, 24).contains("chr0"));
    assert!(bench.escape().is_none());
}

#[test]
fn no_size_and_no_picture_breaks_it() {
    let mut bench = bench(24);
    let plots = [
        points(),
        Plot::Points { x: (1.0, 1.0), y: (0.0, 0.0), bins: vec![(1, 1.0, 0.0)], dots: vec![] },
        Plot::Groups { groups: vec![("".into(), 0, 0.0)], others: 0 },
        Plot::Groups { groups: Vec::new(), others: 0 },
    ];
    let shapes = [Shape::Bars, Shape::Line, Shape::Dots];
    let charts = plots.iter().flat_map(|plot| {
        let plot = Some(plot.clone());
        shapes.map(|shape| Picture::Chart {
            x: None,
            y: None,
            shape,
            plot: plot.clone(),
            share: 1.0,
        })
    });
    let profiles = [profile(), Profile::default()];
    let profiles = profiles.map(|p| Picture::Profile { column: 1, profile: Some(p) });
    for picture in charts.chain(profiles) {
        let run = bench.pane.tab_mut().run.as_mut().unwrap();
        let title = Shown::from("a picture");
        run.looking.over = Some(Over { act: 1, title, picture, whole: true, failure: None });
        for (width, height) in [(1, 1), (5, 3), (20, 5), (31, 9), (80, 24), (200, 50)] {
            bench.screen(width, height);
        }
    }
    bench.escape();
    bench.result(C::Find);
    for (width, height) in [(1, 1), (5, 3), (20, 5), (31, 9)] {
        bench.screen(width, height);
    }
}

#[test]
fn marked_rows_are_copied_and_nothing_where_it_may_not_leave() {
    let mut bench = bench(24);
    bench.result(C::Mark);
    bench.step(Move::Down);
    bench.result(C::Mark);
    assert!(bench.screen(80, 20).contains("2 marked"));
    bench.result(C::Hide);
    let copy = chosen(bench.result(C::Copy), "2 marked rows as Markdown");
    let job = Job::Copy { rows: vec![0, 2], columns: vec![1, 2], form: Form::Markdown };
    assert_eq!(jobs(&copy), [&job]);
    let lines = vec!["| n |".into(), "| 1 |".into()];
    let effects = heard(&mut bench, News::Copied { lines, rows: 1, of: 2 });
    let [Effect::Copy(text), Effect::Tell(told)] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(text.as_str(), "| n |\n| 1 |");
    assert!(told.text.as_str().contains("first 1 of 2"));

    bench.facts.settings.as_mut().unwrap().downloads = false;
    let Some(Effect::Ask(Ask::Choice(choice))) = bench.result(C::Copy).into_iter().next() else {
        panic!("there is the id to copy")
    };
    assert!(choice.rows.iter().all(|(_, effects)| matches!(effects[..], [Effect::Copy(_)])));
    assert!(matches!(bench.result(C::Export)[..], [Effect::Tell(_)]));
}

#[test]
fn a_file_is_asked_for_and_not_replaced_unasked() {
    let mut bench = bench(24);
    let asked = chosen(bench.result(C::Export), "parquet");
    assert!(matches!(asked[..], [Effect::Ask(Ask::Prompt(_))]));
    let to = Answer::ExportTo { generation: 1, format: FileFormat::Parquet };
    let started = bench.answer(to, " out.parquet ");
    let (path, format) = ("out.parquet".to_owned(), FileFormat::Parquet);
    let job = Job::Export { path: path.clone(), format, replace: false };
    assert_eq!(jobs(&started), [&job]);
    assert!(bench.pane.saving == 1);
    let asked = heard(&mut bench, News::Exists { path: path.clone(), format });
    let [Effect::Ask(Ask::Confirm(confirm))] = &asked[..] else { panic!("{asked:?}") };
    assert!(confirm.body[0].as_str().contains("out.parquet"));
    let started = bench.hear(pane::News::Replace { generation: 1, path: path.clone(), format });
    assert_eq!(jobs(&started), [&Job::Export { path, format, replace: true }]);
    heard(&mut bench, News::Exported { told: "Wrote it".into() });
    assert!(bench.pane.saving == 0);
}

#[test]
fn places_on_axes_have_names() {
    use crate::model::query::Scale;
    let of = |at| label(Scale::Number, at);
    assert_eq!(
        [0.0, 12.0, -1.5, 1234.56, 1e12, 1e-9].map(of),
        ["0", "12", "-1.500", "1234.6", "1.00e12", "1.00e-9"]
    );
    assert_eq!(label(Scale::Time, 86_400.0), "1970-01-02");
    assert_eq!(label(Scale::Time, 60.0), "1970-01-01 00:01");
}
