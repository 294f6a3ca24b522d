//! What is told of the one transfer that is looked at: its parts one by one, and its proof.

use std::sync::Arc;

use super::transfer::TransferId;

/// How one part stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PartState {
    Missing,
    /// Being read or on its way.
    Flying,
    /// The same, after it has failed.
    Again,
    /// There.
    Done,
}

/// A part that has failed and is being sent or fetched again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Again {
    /// From 1.
    pub part: u32,
    /// The try under way; the second is 2.
    pub number: u32,
    /// Why the one before failed. Not sanitised.
    pub why: String,
}

/// One transfer from near by. Texts have not been through the sanitiser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closeup {
    pub id: TransferId,
    /// In order; empty where there are no parts, or only one.
    pub parts: Arc<[PartState]>,
    /// The parts that are tried again, in order.
    pub again: Vec<Again>,
    /// `CRC64NVME:…`, of one that worked out.
    pub checksum: Option<String>,
    /// Hex, where it was asked for.
    pub sha256: Option<String>,
    pub version_id: Option<String>,
    /// What could not be proven of one that worked out.
    pub note: Option<String>,
    /// Of a multipart upload.
    pub upload_id: Option<String>,
    /// Parts that were there from before.
    pub parts_reused: u32,
}

/// One character of a part map: what is told of the parts that share it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Square {
    Missing,
    /// Some of them are there, none is under way.
    Some,
    Flying,
    Again,
    Done,
}

/// The parts as at most `room` squares, each for as many parts as the others (the last may
/// have fewer). Trouble shows before work, work before rest.
pub fn squares(parts: &[PartState], room: usize) -> Vec<Square> {
    if room == 0 {
        return Vec::new();
    }
    let group = parts.len().div_ceil(room).max(1);
    parts.chunks(group).map(square).collect()
}

fn square(parts: &[PartState]) -> Square {
    let has = |state| parts.contains(&state);
    if has(PartState::Again) {
        Square::Again
    } else if has(PartState::Flying) {
        Square::Flying
    } else {
        match (has(PartState::Done), has(PartState::Missing)) {
            (true, true) => Square::Some,
            (true, false) => Square::Done,
            (false, _) => Square::Missing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::PartState::{Again, Done, Flying, Missing};
    use super::*;

    #[test]
    fn one_square_a_part_where_there_is_room() {
        let parts = [Done, Flying, Again, Missing];
        let whole = [Square::Done, Square::Flying, Square::Again, Square::Missing];
        assert_eq!(squares(&parts, 80), whole);
        assert_eq!(squares(&parts, 4), whole);
        assert_eq!(squares(&[], 4), []);
        assert_eq!(squares(&parts, 0), []);
    }

    #[test]
    fn a_group_shows_what_matters_most_in_it() {
        let parts = [Done, Done, Done, Missing, Done, Flying, Flying, Again, Missing];
        let shown = [Square::Done, Square::Some, Square::Flying, Square::Again, Square::Missing];
        assert_eq!(squares(&parts, 5), shown);
    }

    #[test]
    fn ten_thousand_parts_fit_any_line() {
        let parts = vec![Done; 10_000];
        for room in [1, 7, 16, 80, 9_999] {
            let squares = squares(&parts, room);
            assert!(!squares.is_empty() && squares.len() <= room);
        }
    }
}
