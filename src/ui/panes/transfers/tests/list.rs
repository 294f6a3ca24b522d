//! The list under a hand: its order, its filter, and what stays where it is.

use super::*;
use crate::ui::keymap::Key;

/// Rows of these states, numbered from 1.
fn queue(states: impl IntoIterator<Item = TransferState>) -> Sample {
    let rows = (1..).zip(states).map(|(id, state)| {
        let ended = state.is_over().then(|| jiff::Timestamp::from_second(id).unwrap());
        TransferView { ended, ..row(id.cast_unsigned(), &format!("sample-{id:04}.bam"), state) }
    });
    Sample { rows: rows.collect(), ..Sample::default() }
}

fn done() -> TransferState {
    TransferState::Done(Proof::Crc64Nvme)
}

fn of(sample: Sample) -> Transfers {
    let mut pane = Transfers::default();
    hear(&mut pane, sample);
    pane
}

fn hear(pane: &mut Transfers, sample: Sample) {
    with(|cx| pane.hear(News::Sample(sample), cx));
}

fn step(pane: &mut Transfers, step: Move) {
    with(|cx| pane.step(step, cx));
}

fn shown(pane: &Transfers) -> Vec<u64> {
    (0..pane.shown.len()).map(|at| pane.line(at).unwrap().id.0).collect()
}

fn under(pane: &Transfers) -> u64 {
    pane.row().unwrap().id.0
}

fn typed(pane: &mut Transfers, text: &str) {
    for c in text.chars() {
        let name = if c == ' ' { "space".to_owned() } else { c.to_string() };
        let key: Key = name.parse().unwrap();
        with(|cx| pane.type_in(Input::Key(key), cx));
    }
}

/// The line of the screen with the cursor's row, by its name.
fn line_of(pane: &Transfers, name: &str) -> usize {
    screen(pane, 80, 24).lines().position(|line| line.contains(name)).unwrap()
}

#[test]
fn what_runs_is_in_sight_whatever_has_finished() {
    let states = (0..2_000).map(|_| done()).chain((0..8).map(|_| TransferState::Running));
    let pane = of(queue(states));
    assert_eq!(under(&pane), 2_001);
    let screen = screen(&pane, 80, 24);
    assert_eq!(screen.matches(" running ").count(), 8, "{screen}");
    assert!(screen.contains("sample-2000.bam"), "the newest of the finished ones comes next");
}

#[test]
fn the_row_under_the_cursor_is_not_pulled_away_when_it_ends() {
    let running = || TransferState::Running;
    let mut pane = of(queue([running(), running(), TransferState::Queued, TransferState::Queued]));
    step(&mut pane, Move::Down);
    assert_eq!(under(&pane), 2);
    hear(&mut pane, queue([running(), done(), running(), TransferState::Queued]));
    assert_eq!((under(&pane), shown(&pane)), (2, vec![1, 2, 3, 4]));
    // Left, it goes where it belongs, and no row is passed over.
    step(&mut pane, Move::Down);
    assert_eq!((under(&pane), shown(&pane)), (3, vec![1, 3, 4, 2]));
    step(&mut pane, Move::Down);
    assert_eq!(under(&pane), 4);
}

#[test]
fn rows_that_leave_above_do_not_move_the_line_of_the_cursor() {
    let states = |done_of: usize| {
        let ended = (0..done_of).map(|_| done());
        queue(ended.chain((done_of..100).map(|_| TransferState::Running)))
    };
    let mut pane = of(states(0));
    for _ in 0..60 {
        step(&mut pane, Move::Down);
    }
    let before = line_of(&pane, "sample-0061.bam");
    hear(&mut pane, states(20));
    assert_eq!((under(&pane), pane.scroll.cursor), (61, 40));
    assert_eq!(line_of(&pane, "sample-0061.bam"), before);
}

#[test]
fn what_is_put_to_the_front_is_seen_there() {
    let states = || (0..4).map(|_| TransferState::Queued);
    let mut pane = of(queue(states()));
    step(&mut pane, Move::Bottom);
    assert_eq!(acts(&obey(&mut pane, Command::First)), [&Act::First(ids([4]))]);
    step(&mut pane, Move::Top);
    step(&mut pane, Move::Down);
    let mut rows = queue(states()).rows.to_vec();
    rows[3].turn = 0;
    hear(&mut pane, Sample { rows: rows.into(), ..Sample::default() });
    assert_eq!(shown(&pane), [4, 1, 2, 3]);
}

#[test]
fn the_filter_narrows_as_it_is_typed_and_esc_clears_it() {
    let mut pane = of(sample());
    step(&mut pane, Move::Down);
    obey(&mut pane, Command::Filter);
    assert!(pane.typing() && pane.layers() == [Layer::Field]);
    typed(&mut pane, "csv");
    assert_eq!((shown(&pane), under(&pane)), (vec![2, 3, 5, 4], 2));
    typed(&mut pane, " !paused");
    assert_eq!((shown(&pane), under(&pane)), (vec![3, 5, 4], 3));
    insta::assert_snapshot!("typing_80x20", screen(&pane, 80, 20));
    with(|cx| pane.type_in(Input::Key("enter".parse().unwrap()), cx));
    assert!(!pane.typing());
    insta::assert_snapshot!("filtered_20x5", screen(&pane, 20, 5));
    assert!(with(|cx| pane.escape(cx)).is_some());
    assert_eq!((shown(&pane).len(), under(&pane)), (5, 3), "the cursor stays on its transfer");
    obey(&mut pane, Command::Filter);
    typed(&mut pane, "nothing");
    assert_eq!(pane.row(), None);
    insta::assert_snapshot!("nothing_matches_80x10", screen(&pane, 80, 10));
}

#[test]
fn a_filtered_row_stays_under_the_cursor_when_its_state_is_another() {
    let mut pane = of(queue([TransferState::Running, TransferState::Running]));
    obey(&mut pane, Command::Filter);
    typed(&mut pane, "running");
    hear(&mut pane, queue([done(), TransferState::Running]));
    assert_eq!((shown(&pane), under(&pane)), (vec![1, 2], 1));
    step(&mut pane, Move::Down);
    assert_eq!((shown(&pane), under(&pane)), (vec![2], 2));
}

#[test]
fn marking_all_marks_what_is_shown_and_marks_outlive_the_filter() {
    let mut pane = of(sample());
    obey(&mut pane, Command::Filter);
    typed(&mut pane, "failed");
    obey(&mut pane, Command::MarkAll);
    assert_eq!(pane.marked, ids([3]).into_iter().collect());
    with(|cx| pane.escape(cx));
    assert_eq!(acts(&obey(&mut pane, Command::Retry)), [&Act::Retry(ids([3]))]);
}

#[test]
fn everything_is_everything_whatever_is_shown() {
    let mut pane = of(sample());
    obey(&mut pane, Command::Filter);
    typed(&mut pane, "failed");
    assert_eq!(acts(&obey(&mut pane, Command::PauseAll)), [&Act::Pause(ids([1, 5]))]);
}
