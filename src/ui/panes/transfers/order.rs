//! The order of the rows: what moves or wants somebody comes first, what is over last.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::model::transfer::{TransferId, TransferState, TransferView};

/// Where a row stands; the least comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    Moving(Turn),
    Paused(Turn),
    Failed(Turn),
    Waiting(Turn),
    /// The newest first.
    Over(Reverse<(Option<Timestamp>, TransferId)>),
}

/// When it is a transfer's turn: in the order they were added, unless somebody has moved it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Turn(i64, u64);

/// The turns of what has been moved in the queue: the engine tells its rows in the order they
/// were added, and all that moves them is asked for here.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Turns {
    moved: BTreeMap<TransferId, Turn>,
    moves: u64,
}

impl Turns {
    /// Before everything that waits, in this order.
    pub fn put_first(&mut self, ids: &[TransferId]) {
        for id in ids.iter().rev() {
            self.moves += 1;
            self.moved.insert(*id, Turn(-self.moves.cast_signed(), 0));
        }
    }

    /// Behind everything that waits, `last` being the newest transfer.
    pub fn put_last(&mut self, ids: &[TransferId], last: TransferId) {
        for id in ids {
            self.moves += 1;
            self.moved.insert(*id, Turn(last.0.cast_signed(), self.moves));
        }
    }

    /// What is not among the rows any more has no turn.
    pub fn forget_the_gone(&mut self, rows: &[TransferView]) {
        if !self.moved.is_empty() {
            let here: BTreeSet<TransferId> = rows.iter().map(|row| row.id).collect();
            self.moved.retain(|id, _| here.contains(id));
        }
    }

    pub fn place(&self, row: &TransferView) -> Place {
        let turn = self.moved.get(&row.id).copied();
        let turn = turn.unwrap_or(Turn(row.id.0.cast_signed(), 0));
        match row.state {
            TransferState::Checking | TransferState::Running | TransferState::Verifying => {
                Place::Moving(turn)
            }
            TransferState::Paused => Place::Paused(turn),
            TransferState::Failed(_) => Place::Failed(turn),
            TransferState::Queued => Place::Waiting(turn),
            TransferState::Done(_) | TransferState::Skipped(_) | TransferState::Cancelled => {
                Place::Over(Reverse((row.ended, row.id)))
            }
        }
    }
}

/// What the cursor is on. While it is, the row keeps the place at which the cursor found it,
/// whatever becomes of it: nothing is pulled away under a hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    pub id: TransferId,
    pub place: Place,
}

/// The rows that are shown, in their order: indices. A held one is shown, wanted or not.
pub fn arrange(
    rows: &[TransferView],
    turns: &Turns,
    held: Option<Held>,
    mut wanted: impl FnMut(&TransferView) -> bool,
) -> Vec<usize> {
    let place = |row: &TransferView| match held.filter(|held| held.id == row.id) {
        Some(held) => Some(held.place),
        None => wanted(row).then(|| turns.place(row)),
    };
    let places = rows.iter().map(place).enumerate();
    let mut shown: Vec<(Place, usize)> =
        places.filter_map(|(at, place)| Some((place?, at))).collect();
    shown.sort_unstable();
    shown.into_iter().map(|(_, at)| at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::transfer::{Direction, Proof};
    use crate::model::trouble::{Kind, Trouble};

    fn row(id: u64, state: TransferState) -> TransferView {
        TransferView {
            id: TransferId(id),
            direction: Direction::Up,
            name: id.to_string(),
            from: String::new(),
            to: String::new(),
            size: 1,
            done: 0,
            parts_done: 0,
            parts_total: 0,
            rate: 0.0,
            eta: None,
            state,
            retrying: None,
            ended: None,
        }
    }

    fn over(id: u64, second: i64) -> TransferView {
        let ended = Timestamp::from_second(second).ok();
        TransferView { ended, ..row(id, TransferState::Done(Proof::None)) }
    }

    fn ids(rows: &[TransferView], turns: &Turns, held: Option<Held>) -> Vec<u64> {
        arrange(rows, turns, held, |_| true).into_iter().map(|at| rows[at].id.0).collect()
    }

    fn queued(ids: impl IntoIterator<Item = u64>) -> Vec<TransferView> {
        ids.into_iter().map(|id| row(id, TransferState::Queued)).collect()
    }

    #[test]
    fn what_moves_comes_first_and_what_is_over_last_the_newest_of_it_first() {
        let failed = TransferState::Failed(Trouble::new(Kind::Denied, "put", "no"));
        let rows = [
            over(1, 10),
            over(2, 30),
            over(3, 20),
            row(4, failed),
            row(5, TransferState::Queued),
            row(6, TransferState::Verifying),
            row(7, TransferState::Paused),
            row(8, TransferState::Running),
            row(9, TransferState::Queued),
            over(10, 30),
            row(11, TransferState::Checking),
        ];
        let order = ids(&rows, &Turns::default(), None);
        assert_eq!(order, [6, 8, 11, 7, 4, 5, 9, 10, 2, 3, 1]);
    }

    #[test]
    fn what_was_put_to_the_front_or_the_back_stands_there() {
        let rows = queued(1..=5);
        let some = |ids: &[u64]| ids.iter().map(|id| TransferId(*id)).collect::<Vec<_>>();
        let mut turns = Turns::default();
        turns.put_first(&some(&[3, 5]));
        assert_eq!(ids(&rows, &turns, None), [3, 5, 1, 2, 4]);
        turns.put_first(&some(&[4]));
        turns.put_last(&some(&[3, 1]), TransferId(5));
        assert_eq!(ids(&rows, &turns, None), [4, 5, 2, 3, 1]);
        // What is added later waits behind what went to the back before.
        assert_eq!(ids(&queued(1..=6), &turns, None), [4, 5, 2, 3, 1, 6]);
        turns.forget_the_gone(&queued(1..=2));
        assert_eq!(turns.moved.len(), 1);
    }

    #[test]
    fn what_is_held_keeps_its_place_and_is_shown_wanted_or_not() {
        let turns = Turns::default();
        let mut rows = queued(1..=4);
        let held = Held { id: TransferId(2), place: turns.place(&rows[1]) };
        rows[1] = over(2, 10);
        assert_eq!(ids(&rows, &turns, Some(held)), [1, 2, 3, 4]);
        assert_eq!(ids(&rows, &turns, None), [1, 3, 4, 2]);
        assert_eq!(arrange(&rows, &turns, Some(held), |_| false), [1]);
    }
}
