use super::super::talk::{Job as PaneJob, News as PaneNews};
use super::super::{Command as QueueCommand, Sample, Transfers};
use super::*;
use crate::ui::command::Layer;
use crate::ui::pane::Pane;
use crate::ui::stage::{self, with};
use crate::ui::talk::Job as AnyJob;

fn batch(id: i64, standing: Standing) -> Batch {
    Batch {
        id,
        what: Shown::of("put /data/run\u{1b}7 → s3://tre-source/run7/"),
        from: vec![Shown::of("/data/run\u{1b}7")],
        to: "s3://tre-source/run7/".into(),
        standing,
        files: Files {
            found: 40,
            through: 3,
            failed: 1,
            unfinished: 2,
            arrived: 12 << 20,
            more: false,
        },
        bytes_done: 30 << 20,
        bytes_total: 400 << 20,
        changed: Some("2026-11-21T15:55:00Z".parse().unwrap()),
    }
}

fn hear(pane: &mut Transfers, batches: Vec<Batch>) {
    with(|cx| pane.hear(PaneNews::Batches(News::Beside(batches.into())), cx));
}

/// The view over these.
fn opened(batches: Vec<Batch>) -> Transfers {
    let mut pane = Transfers::default();
    with(|cx| pane.hear(PaneNews::Sample(Sample::default()), cx));
    hear(&mut pane, batches);
    with(|cx| pane.obey(QueueCommand::Batches, cx));
    assert_eq!(pane.layers(), [Layer::Batches, Layer::List]);
    pane
}

fn full() -> Vec<Batch> {
    let one = Batch { files: Files::default(), ..batch(5, Standing::Headless(815)) };
    let all = [Standing::Stopped, Standing::Interrupted, Standing::Running(4711)];
    (1..).zip(all).map(|(id, standing)| batch(id, standing)).chain([one]).collect()
}

fn obey(pane: &mut Transfers, command: Command) -> Vec<Effect> {
    with(|cx| pane.obey_batches(command, cx))
}

/// The view's jobs among the effects.
fn jobs(effects: &[Effect]) -> Vec<&Job> {
    let job = |effect| match effect {
        &Effect::Start(_, AnyJob::Transfers(PaneJob::Batches(ref job))) => Some(job),
        _ => None,
    };
    effects.iter().filter_map(job).collect()
}

fn confirm(effects: &[Effect]) -> &Confirm {
    let [Effect::Ask(Ask::Confirm(confirm))] = effects else { panic!("{effects:?}") };
    confirm
}

fn screen(pane: &Transfers, width: u16, height: u16) -> String {
    stage::screen(pane, (width, height), "2026-11-21T18:00:00Z")
}

#[test]
fn they_are_looked_for_while_the_pane_is_in_front() {
    let mut pane = Transfers::default();
    assert!(jobs(&with(|cx| pane.opened(cx))).is_empty());
    assert_eq!(jobs(&with(|cx| pane.enter(cx))), [&Job::Watch]);
    assert!(with(|cx| pane.leave(cx)).contains(&Effect::stop(Slot::Beside)));
}

#[test]
fn what_waits_is_gone_on_with_and_what_runs_is_left_to_its_process() {
    let mut pane = opened(full());
    assert_eq!(jobs(&obey(&mut pane, Command::Resume)), [&Job::Resume { id: 1 }]);
    with(|cx| pane.step(Move::Down, cx));
    assert_eq!(jobs(&obey(&mut pane, Command::Resume)), [&Job::Resume { id: 2 }]);
    with(|cx| pane.step(Move::Down, cx));
    let effects = obey(&mut pane, Command::Resume);
    let [Effect::Tell(notice)] = &effects[..] else { panic!("{effects:?}") };
    assert!(notice.text.as_str().contains("4711"), "{}", notice.text);
    with(|cx| pane.step(Move::Down, cx));
    assert_eq!(jobs(&obey(&mut pane, Command::Resume)), [&Job::Resume { id: 5 }]);
}

#[test]
fn cancelling_asks_says_what_is_lost_and_wants_the_count_of_more_than_one() {
    let mut pane = opened(full());
    let effects = obey(&mut pane, Command::Cancel);
    let asked = confirm(&effects);
    assert_eq!(jobs(&asked.then), [&Job::Cancel { id: 1 }]);
    assert_eq!(asked.count, Some(2));
    let body = asked.body.iter().map(Shown::as_str).collect::<Vec<_>>().join("\n");
    assert!(body.contains("throws away 12.0 MiB of 2 unfinished files"), "{body}");
    assert!(body.contains("The 3 files that are through stay"), "{body}");
    assert!(!body.contains('\u{1b}'), "{body}");
    with(|cx| pane.step(Move::Bottom, cx));
    let effects = obey(&mut pane, Command::Cancel);
    let asked = confirm(&effects);
    assert_eq!(asked.count, None);
    let body = asked.body.iter().map(Shown::as_str).collect::<Vec<_>>().join("\n");
    assert!(body.contains("throws nothing away") && body.contains("Process 815"), "{body}");
}

#[test]
fn the_cursor_stays_on_its_batch_and_esc_goes_back_by_and_by() {
    let mut pane = opened(full());
    with(|cx| pane.step(Move::Down, cx));
    hear(&mut pane, full().split_off(1));
    assert_eq!(jobs(&obey(&mut pane, Command::Resume)), [&Job::Resume { id: 2 }]);
    obey(&mut pane, Command::Details);
    assert!(with(|cx| pane.escape(cx)).is_some());
    assert_eq!(pane.layers(), [Layer::Batches, Layer::List], "first the details");
    assert!(with(|cx| pane.escape(cx)).is_some());
    assert_eq!(pane.layers(), [Layer::Transfers, Layer::List]);
    assert!(obey(&mut pane, Command::Resume).is_empty(), "the view is not there");
}

#[test]
fn what_was_cancelled_or_gone_on_with_is_no_row_any_more() {
    let mut pane = opened(full());
    hear(&mut pane, Vec::new());
    for command in Command::ALL.iter().filter(|command| **command != Command::Close) {
        assert_eq!(obey(&mut pane, *command), [], "{command:?}");
    }
}

#[test]
fn screens() {
    let mut pane = opened(full());
    insta::assert_snapshot!("full_80x20", screen(&pane, 80, 20));
    insta::assert_snapshot!("full_200x20", screen(&pane, 200, 20));
    obey(&mut pane, Command::Details);
    insta::assert_snapshot!("details_80x20", screen(&pane, 80, 20));
    insta::assert_snapshot!("details_200x20", screen(&pane, 200, 20));
    insta::assert_snapshot!("none_80x10", screen(&opened(Vec::new()), 80, 10));
}
