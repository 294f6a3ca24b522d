use std::time::Instant;

use super::super::talk::{Answer as PaneAnswer, Job as PaneJob, News as PaneNews, Slot};
use super::super::{Buckets, Command as PaneCommand, Over};
use super::*;
use crate::model::mode::Mode;
use crate::model::settings::Settings;
use crate::model::trouble::{Kind, Trouble};
use crate::ui::modal::Ask;
use crate::ui::pane::Pane;
use crate::ui::panes::buckets::{Kind as RowKind, Row};
use crate::ui::stage;
use crate::ui::talk::{Cx, Effect, Facts, Failure, Job as AnyJob};

const GENERATION: u32 = 1;

fn facts(mode: Mode) -> Facts {
    Facts { settings: Some(Settings { mode, ..Settings::aws("tre") }), ..Facts::default() }
}

fn with<T>(run: impl FnOnce(&Cx<'_>) -> T) -> T {
    run(&Cx { now: Instant::now(), facts: &facts(Mode::Admin) })
}

fn hear(pane: &mut Buckets, news: News) -> Vec<Effect> {
    with(|cx| pane.hear(PaneNews::Posture(news), cx))
}

fn obey(pane: &mut Buckets, command: Command) -> Vec<Effect> {
    with(|cx| pane.obey_posture(command, cx))
}

fn posture(pane: &Buckets) -> &Posture {
    match &pane.over {
        Some(Over::Posture(posture)) => posture,
        other => panic!("{other:?}"),
    }
}

/// A pane that lists these buckets, with the view just opened.
fn opened() -> Buckets {
    let mut pane = Buckets::default();
    with(|cx| pane.enter(cx));
    let rows = ["tre-other", "tre-source"].map(|name| Row::new(RowKind::Bucket(None), name));
    let generation = pane.listing.generation;
    let news = PaneNews::Rows { generation, rows: rows.to_vec().into(), more: false };
    with(|cx| pane.hear(news, cx));
    let effects = with(|cx| pane.obey(PaneCommand::Posture, cx));
    let job = Job::Look { generation: GENERATION, chosen: vec!["tre-other".into()] };
    assert_eq!(effects, [Effect::start(Slot::Posture, PaneJob::Posture(job))]);
    pane
}

fn buckets(pane: &mut Buckets) {
    let buckets = vec![
        ("tre-source".to_owned(), Some(Role::Source)),
        ("tre-analyst".to_owned(), Some(Role::Analyst)),
        ("tre-other".to_owned(), None),
    ];
    hear(pane, News::Buckets { generation: GENERATION, buckets });
}

fn found(pane: &mut Buckets, at: usize, check: Check, verdict: Verdict, text: &str) {
    let todo = (verdict != Verdict::Pass).then(|| "see to it, and look again".into());
    let found = Found { check, verdict, found: text.to_owned().into(), todo };
    hear(pane, News::Found { generation: GENERATION, at, found });
}

/// Most of it has come.
fn full() -> Buckets {
    let mut pane = opened();
    buckets(&mut pane);
    for check in Check::ALL {
        found(&mut pane, 0, check, Verdict::Pass, "as it should be");
    }
    let stray = "1 unfinished upload of 768.0 KiB, the oldest begun 21d 0h ago, key \u{1b}[2J";
    found(&mut pane, 0, Check::Strays, Verdict::Fail, stray);
    let role = "arn:aws:s3:::tre-source is registered under the service-linked role";
    found(&mut pane, 0, Check::LakeFormation, Verdict::Warn, role);
    found(&mut pane, 1, Check::Versioning, Verdict::Fail, "off");
    let denied = "read the policy of s3://tre-analyst: access denied";
    found(&mut pane, 1, Check::TlsOnly, Verdict::Unknown, denied);
    pane
}

fn go_to(pane: &mut Buckets, line: usize) {
    with(|cx| pane.step(Move::Top, cx));
    (0..line).for_each(|_| drop(with(|cx| pane.step(Move::Down, cx))));
}

fn screen(pane: &Buckets, width: u16, height: u16) -> String {
    stage::screen(pane, (width, height), "2026-11-21T18:00:00Z")
}

#[test]
fn findings_stand_in_their_own_order_whenever_they_come() {
    let mut pane = opened();
    buckets(&mut pane);
    found(&mut pane, 1, Check::LakeFormation, Verdict::Pass, "last");
    found(&mut pane, 1, Check::Encryption, Verdict::Fail, "first");
    let line = |at| posture(&pane).line(at).unwrap();
    let of = |at| match line(at) {
        Line::Check(place, check, found) => {
            (place.bucket.as_str(), check, found.map(|found| found.found.as_str()))
        }
        Line::Bucket(place) => panic!("{place:?}"),
    };
    assert!(matches!(line(LINES), Line::Bucket(place) if place.bucket == "tre-analyst"));
    assert_eq!(of(LINES + 1), ("tre-analyst", Check::Encryption, Some("first")));
    assert_eq!(of(LINES + 2), ("tre-analyst", Check::Key, None));
    assert_eq!(of(2 * LINES - 1), ("tre-analyst", Check::LakeFormation, Some("last")));
    assert_eq!(posture(&pane).line(3 * LINES), None);
}

#[test]
fn news_of_an_earlier_look_is_dropped() {
    let mut pane = opened();
    buckets(&mut pane);
    obey(&mut pane, Command::Refresh);
    found(&mut pane, 0, Check::Encryption, Verdict::Pass, "old");
    assert_eq!(Sum::of(posture(&pane).places()), Sum::default());
    assert!(pane.busy());
    hear(&mut pane, News::Looked { generation: GENERATION + 1 });
    assert!(!pane.busy());
}

#[test]
fn leaving_stops_the_asking() {
    let mut pane = full();
    obey(&mut pane, Command::Details);
    assert_eq!(with(|cx| pane.escape(cx)), Some(Vec::new()), "the details first");
    let stopped = vec![Effect::stop(Slot::Posture)];
    assert_eq!(with(|cx| pane.escape(cx)), Some(stopped.clone()));
    assert!(pane.over.is_none() && !pane.busy());
    let mut pane = full();
    assert_eq!(obey(&mut pane, Command::Close), stopped);
    let mut pane = full();
    let to = crate::model::uri::S3Uri::new("tre-source", "a/");
    assert!(with(|cx| pane.jump(to, cx)).contains(&Effect::stop(Slot::Posture)));
    assert!(pane.over.is_none());
}

/// What would be done if the dialog were answered with yes.
fn confirmed(effects: &[Effect]) -> Job {
    let [Effect::Ask(Ask::Confirm(confirm))] = effects else { panic!("{effects:?}") };
    let [Effect::Start(_, AnyJob::Buckets(PaneJob::Posture(job)))] = &confirm.then[..] else {
        panic!("{:?}", confirm.then)
    };
    assert!(confirm.body.iter().any(|line| line.as_str().contains("arn:aws:s3:::tre-source")));
    job.clone()
}

#[test]
fn registering_asks_for_the_role_and_then_whether() {
    let mut pane = full();
    go_to(&mut pane, 3);
    let effects = obey(&mut pane, Command::Register);
    let [Effect::Ask(Ask::Choice(choice))] = &effects[..] else { panic!("{effects:?}") };
    let [Effect::Ask(Ask::Prompt(prompt))] = &choice.rows[0].1[..] else { panic!("{choice:?}") };
    let bucket = "tre-source".to_owned();
    let role = PaneAnswer::Posture(Answer::Role { bucket: bucket.clone() });
    assert_eq!(prompt.to, role.clone().into());
    let linked = Job::Register { bucket: bucket.clone(), role: None };
    assert_eq!(confirmed(&choice.rows[1].1), linked);
    let mut answer = |text: &str| with(|cx| pane.answer(role.clone(), text.into(), cx));
    assert_eq!(answer(" "), []);
    assert!(matches!(&answer("LakeRole")[..], [Effect::Tell(_)]));
    let arn = "arn:aws:iam::111122223333:role/LakeRole";
    assert_eq!(confirmed(&answer(arn)), Job::Register { bucket, role: Some(arn.into()) });
}

#[test]
fn deregistering_says_which_location_and_what_stops() {
    let mut pane = full();
    let effects = obey(&mut pane, Command::Deregister);
    let [Effect::Ask(Ask::Prompt(prompt))] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(prompt.typed(), "arn:aws:s3:::tre-source");
    let answer = PaneAnswer::Posture(Answer::Location);
    let effects = with(|cx| pane.answer(answer, "arn:aws:s3:::tre-source/in".into(), cx));
    assert_eq!(confirmed(&effects), Job::Deregister { arn: "arn:aws:s3:::tre-source/in".into() });
    let [Effect::Ask(Ask::Confirm(confirm))] = &effects[..] else { panic!("{effects:?}") };
    assert!(confirm.body[1].as_str().contains("stops"));
}

#[test]
fn outside_admin_mode_nothing_is_asked() {
    let mut pane = full();
    let facts = facts(Mode::Curate);
    let cx = Cx { now: Instant::now(), facts: &facts };
    for command in [Command::Register, Command::Deregister] {
        let effects = pane.obey_posture(command, &cx);
        let [Effect::Tell(notice)] = &effects[..] else { panic!("{effects:?}") };
        assert!(notice.text.as_str().contains("admin mode"), "{notice:?}");
    }
}

#[test]
fn a_change_is_looked_at() {
    let mut pane = full();
    let effects = hear(&mut pane, News::Changed);
    assert!(matches!(&effects[..], [Effect::Start(..)]));
    assert!(posture(&pane).is_busy());
    obey(&mut pane, Command::Close);
    assert_eq!(hear(&mut pane, News::Changed), [], "nobody looks any more");
}

#[test]
fn screens() {
    let mut pane = opened();
    insta::assert_snapshot!("asking_80x10", screen(&pane, 80, 10));
    buckets(&mut pane);
    insta::assert_snapshot!("begun_80x24", screen(&pane, 80, 24));
    let mut pane = full();
    insta::assert_snapshot!("full_80x24", screen(&pane, 80, 24));
    insta::assert_snapshot!("full_40x12", screen(&pane, 40, 12));
    insta::assert_snapshot!("full_20x5", screen(&pane, 20, 5));
    go_to(&mut pane, 10);
    obey(&mut pane, Command::Details);
    insta::assert_snapshot!("details_80x24", screen(&pane, 80, 24));
    insta::assert_snapshot!("details_40x12", screen(&pane, 40, 12));
    insta::assert_snapshot!("details_20x5", screen(&pane, 20, 5));
    go_to(&mut pane, 11);
    insta::assert_snapshot!("details_200x50", screen(&pane, 200, 50));
    let mut none = opened();
    hear(&mut none, News::Buckets { generation: GENERATION, buckets: Vec::new() });
    hear(&mut none, News::Looked { generation: GENERATION });
    insta::assert_snapshot!("no_bucket_80x10", screen(&none, 80, 10));
    let trouble = Trouble::new(Kind::Disk, "open the journal", "the disk is full");
    let mut broken = opened();
    hear(&mut broken, News::Broken { generation: GENERATION, failure: Failure::from(&trouble) });
    insta::assert_snapshot!("broken_80x10", screen(&broken, 80, 10));
}
