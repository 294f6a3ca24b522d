use std::time::{Duration, Instant};

use super::*;
use crate::model::transfer::{Direction, Proof, Totals};
use crate::model::trouble::{Kind, Trouble};
use crate::ui::keymap::Keymap;
use crate::ui::talk::{Facts, Job as AnyJob};
use crate::ui::theme::Theme;

fn row(id: u64, name: &str, state: TransferState) -> TransferView {
    TransferView {
        id: TransferId(id),
        direction: if id.is_multiple_of(2) { Direction::Down } else { Direction::Up },
        name: name.into(),
        from: format!("/data/{name}"),
        to: format!("s3://source/in/{name}"),
        size: 40 << 20,
        done: 10 << 20,
        parts_done: 1,
        parts_total: 3,
        rate: if state.is_active() { 5_000_000.0 } else { 0.0 },
        eta: state.is_active().then_some(Duration::from_secs(6)),
        state,
        retrying: None,
    }
}

fn sample() -> Sample {
    let failed = Trouble::new(Kind::Denied, "put s3://source/in/c.csv", "access denied")
        .hint("the bucket wants aws:kms");
    let rows = vec![
        row(1, "variants-0001.parquet", TransferState::Running),
        row(2, "b\u{1b}[31m.csv", TransferState::Paused),
        row(3, "c.csv", TransferState::Failed(failed)),
        row(4, "d.csv", TransferState::Done(Proof::Crc64Nvme)),
        row(5, "e.csv", TransferState::Queued),
    ];
    let totals = Totals {
        queued: 1,
        active: 1,
        paused: 1,
        done: 1,
        failed: 1,
        bytes_done: 20 << 20,
        bytes_total: 160 << 20,
        rate: 5_000_000.0,
        eta: Some(Duration::from_secs(28)),
        ..Totals::default()
    };
    Sample { rows: rows.into(), totals }
}

fn with<T>(run: impl FnOnce(&Cx<'_>) -> T) -> T {
    run(&Cx { now: Instant::now(), facts: &Facts::default() })
}

fn pane(cursor: usize) -> Transfers {
    let mut pane = Transfers::default();
    with(|cx| pane.hear(News::Sample(sample()), cx));
    for _ in 0..cursor {
        with(|cx| pane.step(Move::Down, cx));
    }
    pane
}

fn acts(effects: &[Effect]) -> Vec<&Act> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Start(_, AnyJob::Transfers(Job::Act(act))) => Some(act),
            _ => None,
        })
        .collect()
}

fn screen(pane: &Transfers, width: u16, height: u16) -> String {
    let keymap = Keymap::load(&toml::Table::new()).unwrap();
    let (theme, facts) = (Theme::named("mono", false).unwrap(), Facts::default());
    let area = Rect::new(0, 0, width, height);
    let mut buf = Buffer::empty(area);
    let now = Instant::now();
    let view = View {
        theme: &theme,
        keymap: &keymap,
        facts: &facts,
        now,
        clock: jiff::Timestamp::UNIX_EPOCH,
        began: now,
    };
    pane.draw(area, &mut buf, &view);
    let line = |y: u16| -> String { (0..width).map(|x| buf[(x, y)].symbol()).collect() };
    (0..height).map(|y| line(y).trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

#[test]
fn pause_turns_into_resume() {
    let id = |at| vec![TransferId(at)];
    let effects = with(|cx| pane(0).obey(Command::Pause, cx));
    assert_eq!(acts(&effects), [&Act::Pause(id(1))]);
    let effects = with(|cx| pane(1).obey(Command::Pause, cx));
    assert_eq!(acts(&effects), [&Act::Resume(id(2))]);
    let effects = with(|cx| pane(3).obey(Command::Pause, cx));
    assert!(acts(&effects).is_empty());
    let effects = with(|cx| pane(0).obey(Command::PauseAll, cx));
    assert_eq!(acts(&effects), [&Act::Pause(vec![TransferId(1), TransferId(5)])]);
}

#[test]
fn cancelling_asks_first_and_all_asks_for_the_count() {
    let effects = with(|cx| pane(0).obey(Command::Cancel, cx));
    let [Effect::Ask(Ask::Confirm(confirm))] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(acts(&confirm.then), [&Act::Cancel(vec![TransferId(1)])]);
    let effects = with(|cx| pane(0).obey(Command::CancelAll, cx));
    let [Effect::Ask(Ask::Confirm(confirm))] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(confirm.count, Some(3));
}

#[test]
fn only_what_failed_is_tried_again() {
    assert!(acts(&with(|cx| pane(0).obey(Command::Retry, cx))).is_empty());
    let effects = with(|cx| pane(2).obey(Command::Retry, cx));
    assert_eq!(acts(&effects), [&Act::Retry(vec![TransferId(3)])]);
    let effects = with(|cx| pane(0).obey(Command::RetryAll, cx));
    assert_eq!(acts(&effects), [&Act::Retry(vec![TransferId(3)])]);
}

#[test]
fn the_cursor_stays_on_its_transfer() {
    let mut pane = pane(2);
    let mut next = sample();
    next.rows = next.rows.iter().skip(1).cloned().collect();
    with(|cx| pane.hear(News::Sample(next), cx));
    assert_eq!(pane.row().unwrap().id, TransferId(3));
}

#[test]
fn the_end_of_the_queue_is_told_once() {
    let mut pane = pane(0);
    let idle = Sample { totals: Totals { done: 4, failed: 1, ..Totals::default() }, ..sample() };
    let effects = with(|cx| pane.hear(News::Sample(idle.clone()), cx));
    assert!(
        matches!(&effects[..], [Effect::Tell(notice)] if notice.text.as_str().contains("1 transfer failed"))
    );
    assert!(with(|cx| pane.hear(News::Sample(idle), cx)).is_empty());
}

#[test]
fn pausing_the_last_one_is_not_the_end() {
    let mut pane = pane(0);
    let totals = Totals { paused: 1, done: 4, ..Totals::default() };
    assert!(with(|cx| pane.hear(News::Sample(Sample { totals, ..sample() }), cx)).is_empty());
}

#[test]
fn quitting_counts_what_is_not_finished() {
    assert_eq!(pane(0).at_stake().unwrap().as_str(), "3 transfers");
    assert_eq!(Transfers::default().at_stake(), None);
}

#[test]
fn screens() {
    let mut pane = pane(2);
    insta::assert_snapshot!("queue_80x20", screen(&pane, 80, 20));
    insta::assert_snapshot!("queue_20x5", screen(&pane, 20, 5));
    pane.details = true;
    insta::assert_snapshot!("details_80x20", screen(&pane, 80, 20));
    insta::assert_snapshot!("details_200x20", screen(&pane, 200, 20));
    let mut empty = Transfers::default();
    with(|cx| empty.hear(News::Sample(Sample::default()), cx));
    insta::assert_snapshot!("empty_80x10", screen(&empty, 80, 10));
}
