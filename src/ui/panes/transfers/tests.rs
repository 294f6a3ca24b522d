use std::sync::Arc;
use std::time::{Duration, Instant};

use super::*;
use crate::model::closeup::{Again, PartState};
use crate::model::transfer::{Direction, Proof, Totals, TransferState, TransferView};
use crate::model::trouble::{Kind, Trouble};
use crate::ui::keymap::Keymap;
use crate::ui::modal::Ask;
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
        ended: None,
        retrying: None,
        turn: id.cast_signed(),
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
    let rates = (0..45).map(|at| at % 7 * 1_000_000).collect();
    Sample { rows: rows.into(), totals, rates, ..Sample::default() }
}

/// Parts as they look in the middle of an upload: one is sent again.
fn closeup(id: u64, count: usize) -> Closeup {
    let state = |at: usize| match at * 10 / count {
        0..5 => PartState::Done,
        5 if at % 7 == 3 => PartState::Again,
        5..7 => PartState::Flying,
        _ => PartState::Missing,
    };
    let why = "connection reset\u{1b}[2J".to_owned();
    Closeup {
        id: TransferId(id),
        parts: (0..count).map(state).collect(),
        again: vec![Again { part: count as u32 / 2 + 1, number: 2, why }],
        checksum: None,
        sha256: None,
        version_id: None,
        note: None,
        upload_id: Some("2~abcdefghijklmnop".into()),
        parts_reused: 3,
    }
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
    drawn(pane, width, height).0
}

/// The screen, and what drawing it took.
fn drawn(pane: &Transfers, width: u16, height: u16) -> (String, Duration) {
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
    let began = Instant::now();
    pane.draw(area, &mut buf, &view);
    let took = began.elapsed();
    let line = |y: u16| -> String { (0..width).map(|x| buf[(x, y)].symbol()).collect() };
    let lines: Vec<String> = (0..height).map(|y| line(y).trim_end().to_owned()).collect();
    (lines.join("\n"), took)
}

/// The jobs that were started to watch the queue.
fn watches(effects: &[Effect]) -> Vec<Watch> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Start(_, AnyJob::Transfers(Job::Watch(how))) => Some(*how),
            _ => None,
        })
        .collect()
}

fn obey(pane: &mut Transfers, command: Command) -> Vec<Effect> {
    with(|cx| pane.obey(command, cx))
}

fn ids(ids: impl IntoIterator<Item = u64>) -> Vec<TransferId> {
    ids.into_iter().map(TransferId).collect()
}

#[test]
fn pause_turns_into_resume() {
    assert_eq!(acts(&obey(&mut pane(0), Command::Pause)), [&Act::Pause(ids([1]))]);
    assert_eq!(acts(&obey(&mut pane(1), Command::Pause)), [&Act::Resume(ids([2]))]);
    assert!(acts(&obey(&mut pane(4), Command::Pause)).is_empty());
    assert_eq!(acts(&obey(&mut pane(0), Command::PauseAll)), [&Act::Pause(ids([1, 5]))]);
}

#[test]
fn what_is_marked_is_meant() {
    let mut pane = pane(0);
    for _ in 0..3 {
        obey(&mut pane, Command::Mark);
    }
    assert_eq!(pane.marked.len(), 3);
    assert_eq!(acts(&obey(&mut pane.clone(), Command::Pause)), [&Act::Pause(ids([1]))]);
    assert_eq!(acts(&obey(&mut pane.clone(), Command::Retry)), [&Act::Retry(ids([3]))]);
    let effects = obey(&mut pane, Command::Cancel);
    let [Effect::Ask(Ask::Confirm(confirm))] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(confirm.count, Some(2), "the failed one has nothing to be cancelled");
    assert_eq!(acts(&confirm.then), [&Act::Cancel(ids([1, 2]))]);
    assert_eq!(pane.marked.len(), 3, "nothing is done yet");
    with(|cx| pane.hear(News::Unmark, cx));
    assert!(pane.marked.is_empty());
}

#[test]
fn marks_go_with_esc_with_their_rows_and_all_at_once() {
    let mut pane = pane(0);
    obey(&mut pane, Command::MarkAll);
    assert_eq!(pane.marked.len(), 5);
    let mut next = sample();
    next.rows = next.rows.iter().skip(2).cloned().collect();
    with(|cx| pane.hear(News::Sample(next), cx));
    assert_eq!(pane.marked, ids([3, 4, 5]).into_iter().collect());
    obey(&mut pane, Command::MarkAll);
    assert!(pane.marked.is_empty());
    obey(&mut pane, Command::MarkAll);
    assert!(with(|cx| pane.escape(cx)).is_some() && pane.marked.is_empty());
    assert!(with(|cx| pane.escape(cx)).is_none());
}

#[test]
fn only_what_waits_goes_to_the_front() {
    let mut pane = pane(0);
    obey(&mut pane, Command::MarkAll);
    assert_eq!(acts(&obey(&mut pane, Command::First)), [&Act::First(ids([2, 5]))]);
    let effects = obey(&mut pane, Command::First);
    let [Effect::Tell(notice)] = &effects[..] else { panic!("{effects:?}") };
    assert!(notice.text.as_str().contains("shares the line"), "{}", notice.text);
}

#[test]
fn the_limit_is_typed_and_lifted() {
    let answer = |text: &str| {
        let mut pane = pane(0);
        with(|cx| pane.answer(Answer::Limit, text.into(), cx))
    };
    assert_eq!(acts(&answer("40MiB")), [&Act::Limit(Some(40 << 20))]);
    for off in ["", " 0 ", "off"] {
        assert_eq!(acts(&answer(off)), [&Act::Limit(None)], "{off:?}");
    }
    assert!(acts(&answer("5 parsecs")).is_empty());
}

#[test]
fn what_the_cursor_is_on_is_looked_at_while_the_pane_is_in_front() {
    let mut pane = Transfers::default();
    let unseen = with(|cx| pane.opened(cx));
    assert_eq!(watches(&unseen), [Watch::default()]);
    assert!(watches(&with(|cx| pane.hear(News::Sample(sample()), cx))).is_empty());
    let seen = Watch { seen: true, chosen: Some(TransferId(1)), known: false };
    assert_eq!(watches(&with(|cx| pane.enter(cx))), [seen]);
    let next = Watch { chosen: Some(TransferId(2)), known: true, ..seen };
    assert_eq!(watches(&with(|cx| pane.step(Move::Down, cx))), [next]);
    assert!(watches(&with(|cx| pane.hear(News::Sample(sample()), cx))).is_empty());
    assert_eq!(pane.closeup(), None);
    with(|cx| pane.hear(News::Closeup(closeup(1, 9)), cx));
    assert_eq!(pane.closeup(), None, "late news of another row");
    with(|cx| pane.hear(News::Closeup(closeup(2, 9)), cx));
    assert!(pane.closeup().is_some());
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

fn said(effects: &[Effect]) -> Vec<String> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Announce(text) => Some(text.to_string()),
            _ => None,
        })
        .collect()
}

fn counts(pane: &mut Transfers, totals: Totals) -> Vec<String> {
    said(&with(|cx| pane.hear(News::Counts { totals, held: None }, cx)))
}

#[test]
fn the_end_of_the_queue_is_told_once() {
    let mut pane = pane(0);
    let idle = Totals { done: 4, failed: 1, ..Totals::default() };
    let effects = with(|cx| pane.hear(News::Counts { totals: idle, held: None }, cx));
    assert!(matches!(&effects[..], [Effect::Tell(_), Effect::Announce(_)]), "{effects:?}");
    assert_eq!(said(&effects), ["The queue is through: 1 transfer failed, 4 done"]);
    assert!(counts(&mut pane, idle).is_empty());
    // What ends between two looks ends too, and only what is new is told.
    let more = Totals { done: 6, ..idle };
    assert_eq!(counts(&mut pane, more), ["The queue is through: 2 transfers done"]);
    let again = Totals { failed: 0, active: 1, ..more };
    assert!(counts(&mut pane, again).is_empty());
    assert_eq!(counts(&mut pane, more), ["The queue is through: 1 transfer failed"]);
}

#[test]
fn neither_a_pause_nor_a_cancelled_queue_rings() {
    let mut pane = pane(0);
    let paused = Totals { paused: 1, done: 4, ..Totals::default() };
    assert!(counts(&mut pane, paused).is_empty());
    assert_eq!(
        counts(&mut pane, Totals { paused: 0, cancelled: 1, ..paused }),
        ["The queue is through: 4 transfers done"]
    );
    assert!(counts(&mut pane, Totals { paused: 0, cancelled: 2, ..paused }).is_empty());
}

#[test]
fn a_queue_that_waits_says_why_once_and_shows_it_while_it_lasts() {
    let mut pane = pane(0);
    let expired = Trouble::new(Kind::Expired, "send part 3", "the session has expired")
        .hint("aws sso login --profile tre-lake");
    let waiting = Sample { held: Some(Failure::from(&expired)), ..sample() };
    let effects = with(|cx| pane.hear(News::Sample(waiting.clone()), cx));
    let [Effect::Tell(notice)] = &effects[..] else { panic!("{effects:?}") };
    assert!(notice.text.as_str().contains("the session has expired"), "{}", notice.text);
    assert!(with(|cx| pane.hear(News::Sample(waiting), cx)).is_empty());
    assert!(pane.held().is_some());
    insta::assert_snapshot!("held_80x20", screen(&pane, 80, 20));
    insta::assert_snapshot!("held_40x8", screen(&pane, 40, 8));
    let effects = with(|cx| pane.hear(News::Sample(sample()), cx));
    assert!(matches!(&effects[..], [Effect::Tell(_)]), "{effects:?}");
    assert!(pane.held().is_none());
}

#[test]
fn quitting_counts_what_is_not_finished() {
    assert_eq!(pane(0).at_stake().unwrap().as_str(), "3 transfers");
    assert_eq!(Transfers::default().at_stake(), None);
}

#[test]
fn screens() {
    let mut pane = pane(2);
    for _ in 0..2 {
        obey(&mut pane, Command::Mark);
    }
    insta::assert_snapshot!("queue_80x20", screen(&pane, 80, 20));
    insta::assert_snapshot!("queue_20x5", screen(&pane, 20, 5));
    insta::assert_snapshot!("queue_200x20", screen(&pane, 200, 20));
    with(|cx| pane.escape(cx));
    with(|cx| pane.step(Move::Top, cx));
    with(|cx| pane.step(Move::Down, cx));
    with(|cx| pane.step(Move::Down, cx));
    pane.details = true;
    insta::assert_snapshot!("details_80x20", screen(&pane, 80, 20));
    insta::assert_snapshot!("details_200x20", screen(&pane, 200, 20));
    let mut empty = Transfers::default();
    with(|cx| empty.hear(News::Sample(Sample::default()), cx));
    insta::assert_snapshot!("empty_80x10", screen(&empty, 80, 10));
}

#[test]
fn screens_of_parts() {
    let mut pane = pane(0);
    let mut busy = sample();
    let mut rows = busy.rows.to_vec();
    rows[0].retrying = Some("part 9, try 2: connection reset\u{1b}[2J".into());
    busy.rows = rows.into();
    busy.limit = Some(40 << 20);
    busy.closeup = Some(Box::new(closeup(1, 128)));
    with(|cx| pane.hear(News::Sample(busy.clone()), cx));
    insta::assert_snapshot!("parts_80x20", screen(&pane, 80, 20));
    insta::assert_snapshot!("parts_20x5", screen(&pane, 20, 5));
    pane.details = true;
    insta::assert_snapshot!("parts_details_80x24", screen(&pane, 80, 24));
    busy.closeup = Some(Box::new(closeup(1, 9_999)));
    with(|cx| pane.hear(News::Sample(busy), cx));
    insta::assert_snapshot!("parts_details_200x30", screen(&pane, 200, 30));
    insta::assert_snapshot!("parts_details_40x12", screen(&pane, 40, 12));
}

#[test]
fn the_proof_stays_with_what_is_finished() {
    let mut pane = pane(4);
    let mut done = sample();
    done.closeup = Some(Box::new(Closeup {
        parts: Arc::default(),
        again: Vec::new(),
        checksum: Some("CRC64NVME:rosUhgp5mYg=".into()),
        version_id: Some("3sL4kqtJlcpXroDTDmJ+rmSpXd3dIbrHY".into()),
        ..closeup(4, 2)
    }));
    with(|cx| pane.hear(News::Sample(done), cx));
    insta::assert_snapshot!("done_80x20", screen(&pane, 80, 20));
    pane.details = true;
    insta::assert_snapshot!("done_details_80x24", screen(&pane, 80, 24));
    let effects = obey(&mut pane, Command::Copy);
    let [Effect::Ask(Ask::Choice(choice))] = &effects[..] else { panic!("{effects:?}") };
    assert!(choice.rows.iter().any(|(text, _)| text.as_str() == "CRC64NVME:rosUhgp5mYg="));
}

#[test]
fn what_could_not_be_proven_is_told_beside_the_proof() {
    let mut pane = pane(4);
    let mut done = sample();
    let note = Some("KMS key not compared: denied\u{1b}[2J".into());
    let closeup = Closeup { parts: Arc::default(), note, ..closeup(4, 2) };
    done.closeup = Some(Box::new(closeup));
    with(|cx| pane.hear(News::Sample(done), cx));
    pane.details = true;
    let screen = screen(&pane, 80, 24);
    assert!(
        screen.contains("KMS key not compared: denied") && !screen.contains('\u{1b}'),
        "{screen}"
    );
}

/// `cargo test --lib a_thousand_transfers -- --ignored --nocapture` prints what a frame costs.
#[test]
#[ignore = "prints a measurement and asserts nothing"]
fn a_thousand_transfers() {
    let state = |id: u64| match id % 5 {
        0 => TransferState::Queued,
        1 => TransferState::Done(Proof::Crc64Nvme),
        _ => TransferState::Running,
    };
    let rows = (0..1_000).map(|id| row(id, &format!("sample-{id:05}.bam"), state(id))).collect();
    let mut pane = Transfers::default();
    let sample = Sample { rows, closeup: Some(Box::new(closeup(0, 10_000))), ..sample() };
    let began = Instant::now();
    with(|cx| pane.hear(News::Sample(sample), cx));
    let heard = began.elapsed();
    let mut frames: Vec<Duration> = (0..100)
        .map(|_| {
            with(|cx| pane.step(Move::Down, cx));
            drawn(&pane, 200, 50).1
        })
        .collect();
    frames.sort();
    println!("hear {heard:?}, a frame {:?}, p99 {:?}", frames[50], frames[99]);
}

mod list;
