use super::*;
use crate::model::bucket::Versioning;
use crate::model::keys::Names;
use crate::model::mode::Mode;
use crate::model::version::{Version, What};
use crate::model::when::When;
use crate::ui::talk::Answer as AnyAnswer;

pub fn doomed(keys: &[&str], bytes: u64) -> Doomed {
    let mut names = Names::default();
    keys.iter().for_each(|key| names.push(key));
    Doomed { bucket: "b".into(), keys: Arc::new(names), bytes, versioning: None }
}

#[test]
fn a_delete_says_what_is_left_of_it() {
    let mut bench = Bench::inside(FILES);
    let mut said = |versioning| {
        let effects = bench.hear(News::Counted(Doomed { versioning, ..doomed(&["a"], 1) }));
        let [Effect::Ask(Ask::Confirm(ask))] = &effects[..] else { panic!("{effects:?}") };
        ask.body[1].to_string()
    };
    assert!(said(Some(Versioning::Enabled)).contains("can be taken back"));
    assert!(said(Some(Versioning::Off)).contains("this is for ever"));
    assert!(said(Some(Versioning::Suspended)).contains("suspended"));
    assert!(said(None).contains("not known"));
}

#[test]
fn a_long_act_shows_how_far_it_is_and_is_stopped() {
    let mut bench = Bench::inside(FILES);
    let going = |done| Going { doing: "deleting", done, total: Some(30_000) };
    bench.hear(News::Going { act: 9, going: going(0) });
    bench.hear(News::Going { act: 9, going: going(12_000) });
    assert_eq!(bench.pane.going_words().unwrap().as_str(), "deleting 12,000 of 30,000");
    assert_eq!(bench.pane.at_stake().unwrap().as_str(), "deleting 12,000 of 30,000");
    assert_eq!(bench.obey(Command::Stop), [Effect::stop(Slot::Act(9))]);
    assert!(bench.pane.at_stake().is_some(), "until it has said how it ended");
    let report = Report { title: "x".into(), lines: vec!["2 objects: denied".into()] };
    bench.hear(News::Ended { act: 9, failed: Some(report) });
    assert_eq!(bench.pane.at_stake(), None);
    let effects = bench.obey(Command::Failures);
    assert!(matches!(&effects[..], [Effect::Ask(Ask::Reader(reader))] if reader.lines.len() == 1));
    // A look that changes nothing is over at once, and what it still says is late.
    bench.obey(Command::Undelete);
    bench.with(|pane, cx| pane.answer(Answer::AsOf(vec![S3Uri::new("b", "in/")]), "".into(), cx));
    assert!(bench.pane.busy());
    assert_eq!(bench.obey(Command::Stop).len(), 1);
    assert!(!bench.pane.busy());
    let late = Going { doing: "looked at", done: 5, total: None };
    bench.hear(News::Going { act: bench.pane.acts, going: late });
    assert!(!bench.pane.busy());
    assert!(matches!(&bench.obey(Command::Failures)[..], [Effect::Ask(_)]), "it keeps its report");
}

#[test]
fn undelete_asks_as_of_when_and_then_for_the_count() {
    let mut bench = Bench::inside(FILES);
    let asked = |effects: Vec<Effect>| {
        let [Effect::Ask(Ask::Prompt(prompt))] = &effects[..] else { panic!("{effects:?}") };
        match &prompt.to {
            AnyAnswer::Buckets(Answer::AsOf(what)) => what.clone(),
            other => panic!("{other:?}"),
        }
    };
    // The folder under the cursor; over an object the open one; or what is marked.
    assert_eq!(asked(bench.obey(Command::Undelete)), [S3Uri::new("b", "in/lane1/")]);
    bench.step(Move::Down);
    assert_eq!(asked(bench.obey(Command::Undelete)), [S3Uri::new("b", "in/")]);
    bench.obey(Command::Mark);
    let what = asked(bench.obey(Command::Undelete));
    assert_eq!(what, [S3Uri::new("b", "in/a.csv")]);
    let mut answer = |text: &str| {
        let effects =
            bench.with(|pane, cx| pane.answer(Answer::AsOf(what.clone()), text.into(), cx));
        match jobs(&effects)[..] {
            [Job::Seek { as_of, .. }] => Ok(*as_of),
            _ => Err(effects),
        }
    };
    assert_eq!(answer(" "), Ok(None));
    assert_eq!(answer("2h"), Ok(Some(When::parse("2h").unwrap())));
    assert!(matches!(&answer("soon").unwrap_err()[..], [Effect::Tell(_)]));

    let marker = |id: &str| {
        let (key, id) = ("in/a.csv".to_owned(), id.to_owned());
        Version { key, id, modified: None, latest: true, what: What::Marker }.marker().unwrap()
    };
    let mut lost = Lost {
        bucket: "b".into(),
        markers: Arc::new(vec![marker("1"), marker("2"), marker("3")]),
        objects: 2,
        bytes: 30,
        example: None,
        as_of: Some("2026-11-20T14:00:00Z".parse().unwrap()),
        overwritten: 1,
    };
    let effects = bench.hear(News::Lost(lost.clone()));
    let [Effect::Ask(Ask::Confirm(ask))] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(ask.count, Some(2));
    let body = ask.body.iter().map(Shown::to_string).collect::<Vec<_>>().join("\n");
    assert!(
        body.contains("3 delete markers") && body.contains("as of 2026-11-20 14:00:00"),
        "{body}"
    );
    assert!(body.contains("1 object that was written to since is left as it is"), "{body}");
    assert!(matches!(jobs(&ask.then)[..], [Job::Undelete { .. }]));
    (lost.objects, lost.overwritten) = (0, 0);
    assert!(matches!(&bench.hear(News::Lost(lost))[..], [Effect::Tell(_)]));
}

#[test]
fn buckets_are_deleted_in_admin_mode_only() {
    let mut bench = Bench::new();
    bench.with(|pane, cx| pane.enter(cx));
    bench.arrive(&[(Kind::Bucket(None), "old", 0)], false);
    assert!(matches!(&bench.obey(Command::Delete)[..], [Effect::Tell(_)]));
    bench.facts.settings.as_mut().unwrap().mode = Mode::Admin;
    let effects = bench.obey(Command::Delete);
    let [Effect::Ask(Ask::Confirm(ask))] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(jobs(&ask.then), [&Job::DeleteBucket { bucket: "old".into() }]);
}
