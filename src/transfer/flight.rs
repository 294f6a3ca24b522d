//! How each part of a transfer stands, for whoever looks at it from near by.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::item::Item;
use crate::model::closeup::{Again, Closeup, PartState};
use crate::model::trouble::Trouble;

/// The parts of one transfer.
#[derive(Debug, Default)]
pub(super) struct Flight {
    parts: Mutex<Parts>,
}

#[derive(Debug, Default)]
struct Parts {
    /// Which are there; part 1 is the first.
    there: Vec<bool>,
    /// Under way: number → what went wrong with it, if anything did.
    legs: BTreeMap<u32, Option<Again>>,
}

/// One part on its way; over when dropped.
#[derive(Debug)]
pub(super) struct Leg {
    flight: Arc<Flight>,
    part: u32,
}

impl Flight {
    /// So many parts, of which these are there.
    pub fn begin(&self, count: u32, there: impl IntoIterator<Item = u32>) {
        let mut parts = self.lock();
        parts.there = vec![false; count as usize];
        there.into_iter().for_each(|part| parts.arrived(part));
    }

    pub fn leg(self: &Arc<Self>, part: u32) -> Leg {
        self.lock().legs.insert(part, None);
        Leg { flight: self.clone(), part }
    }

    /// In one line: which part is tried again, and why.
    pub fn retrying(&self) -> Option<String> {
        let parts = self.lock();
        let mut again = parts.legs.values().flatten();
        let Again { part, number, why } = again.next()?;
        let others = match again.count() {
            0 => String::new(),
            count => format!(" and {count} more"),
        };
        Some(format!("part {part}{others}, try {number}: {why}"))
    }

    fn lock(&self) -> MutexGuard<'_, Parts> {
        self.parts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Leg {
    /// The part has failed; try `number` comes.
    pub fn again(&self, number: u32, trouble: &Trouble) {
        let again = Again { part: self.part, number, why: trouble.why.clone() };
        self.flight.lock().legs.insert(self.part, Some(again));
    }

    /// The part is there.
    pub fn arrived(&self) {
        self.flight.lock().arrived(self.part);
    }
}

impl Drop for Leg {
    fn drop(&mut self) {
        self.flight.lock().legs.remove(&self.part);
    }
}

impl Parts {
    fn arrived(&mut self, part: u32) {
        if let Some(there) = (part as usize).checked_sub(1).and_then(|at| self.there.get_mut(at)) {
            *there = true;
        }
    }

    fn states(&self) -> Arc<[PartState]> {
        let state = |(part, there): (u32, &bool)| match (there, self.legs.get(&part)) {
            (true, _) => PartState::Done,
            (false, None) => PartState::Missing,
            (false, Some(None)) => PartState::Flying,
            (false, Some(Some(_))) => PartState::Again,
        };
        if self.there.len() < 2 {
            return Arc::default();
        }
        (1..).zip(&self.there).map(state).collect()
    }
}

impl Item {
    /// Looks at this transfer from near by: up to 10,000 parts, so for one at a time.
    pub fn closeup(&self) -> Closeup {
        let inner = self.lock();
        let over = inner.state().is_over();
        let landed = inner.landed.clone().unwrap_or_default();
        let (upload_id, note) = (inner.upload_id.clone(), inner.note.clone());
        drop(inner);
        let parts = self.flight.lock();
        Closeup {
            id: self.id,
            parts: if over { Arc::default() } else { parts.states() },
            again: parts.legs.values().flatten().cloned().collect(),
            checksum: landed.checksum.map(|sum| sum.text()),
            sha256: landed.sha256,
            version_id: landed.version_id,
            note: note.filter(|_| over),
            upload_id,
            parts_reused: landed.parts_reused,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::trouble::Kind;

    #[test]
    fn legs_come_and_go_and_tell_what_went_wrong() {
        let flight = Arc::new(Flight::default());
        let (one, two) = (flight.leg(2), flight.leg(4));
        assert_eq!(flight.retrying(), None);
        let reset = Trouble::new(Kind::Unreachable, "send", "connection reset");
        two.again(2, &reset);
        assert_eq!(flight.retrying().unwrap(), "part 4, try 2: connection reset");
        one.again(3, &reset);
        assert_eq!(flight.retrying().unwrap(), "part 2 and 1 more, try 3: connection reset");
        drop(one);
        use PartState::{Again, Done, Flying, Missing};
        flight.begin(5, [1, 9]);
        let three = flight.leg(3);
        assert_eq!(*flight.lock().states(), [Done, Missing, Flying, Again, Missing]);
        three.arrived();
        drop((two, three));
        assert_eq!(*flight.lock().states(), [Done, Missing, Done, Missing, Missing]);
        assert_eq!(flight.retrying(), None);
    }
}
