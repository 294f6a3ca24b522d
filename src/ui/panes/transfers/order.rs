//! The order of the rows: what moves or wants somebody comes first, what is over last.

use std::cmp::Reverse;

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

/// When it is a transfer's turn, as the engine tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Turn(i64, TransferId);

pub fn place(row: &TransferView) -> Place {
    let turn = Turn(row.turn, row.id);
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
    held: Option<Held>,
    mut wanted: impl FnMut(&TransferView) -> bool,
) -> Vec<usize> {
    let stands = |row: &TransferView| match held.filter(|held| held.id == row.id) {
        Some(held) => Some(held.place),
        None => wanted(row).then(|| place(row)),
    };
    let places = rows.iter().map(stands).enumerate();
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
            turn: id.cast_signed(),
        }
    }

    fn over(id: u64, second: i64) -> TransferView {
        let ended = Timestamp::from_second(second).ok();
        TransferView { ended, ..row(id, TransferState::Done(Proof::None)) }
    }

    fn ids(rows: &[TransferView], held: Option<Held>) -> Vec<u64> {
        arrange(rows, held, |_| true).into_iter().map(|at| rows[at].id.0).collect()
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
        let order = ids(&rows, None);
        assert_eq!(order, [6, 8, 11, 7, 4, 5, 9, 10, 2, 3, 1]);
    }

    #[test]
    fn what_waits_stands_in_the_order_of_its_turns() {
        let mut rows = queued(1..=5);
        for (row, turn) in rows.iter_mut().zip([7, 2, -2, 4, -1]) {
            row.turn = turn;
        }
        assert_eq!(ids(&rows, None), [3, 5, 2, 4, 1]);
    }

    #[test]
    fn what_is_held_keeps_its_place_and_is_shown_wanted_or_not() {
        let mut rows = queued(1..=4);
        let held = Held { id: TransferId(2), place: place(&rows[1]) };
        rows[1] = over(2, 10);
        assert_eq!(ids(&rows, Some(held)), [1, 2, 3, 4]);
        assert_eq!(ids(&rows, None), [1, 3, 4, 2]);
        assert_eq!(arrange(&rows, Some(held), |_| false), [1]);
    }
}
