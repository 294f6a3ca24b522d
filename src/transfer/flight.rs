//! Which parts of a transfer are on their way, for whoever looks at it from near by.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::item::{Checkpoint, Item};
use crate::model::closeup::{Again, Closeup, PartState};
use crate::model::transfer::TransferState;
use crate::model::trouble::Trouble;

/// The parts under way of one transfer: number → what went wrong with it, if anything did.
#[derive(Debug, Default)]
pub(super) struct Flight {
    legs: Mutex<BTreeMap<u32, Option<Again>>>,
}

/// One part on its way; over when dropped.
#[derive(Debug)]
pub(super) struct Leg {
    flight: Arc<Flight>,
    part: u32,
}

impl Flight {
    pub fn leg(self: &Arc<Self>, part: u32) -> Leg {
        self.lock().insert(part, None);
        Leg { flight: self.clone(), part }
    }

    /// In one line: which part is tried again, and why.
    pub fn retrying(&self) -> Option<String> {
        let legs = self.lock();
        let mut again = legs.values().flatten();
        let Again { part, number, why } = again.next()?;
        let others = match again.count() {
            0 => String::new(),
            count => format!(" and {count} more"),
        };
        Some(format!("part {part}{others}, try {number}: {why}"))
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u32, Option<Again>>> {
        self.legs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Leg {
    /// The part has failed; try `number` comes.
    pub fn again(&self, number: u32, trouble: &Trouble) {
        let again = Again { part: self.part, number, why: trouble.why.clone() };
        self.flight.lock().insert(self.part, Some(again));
    }
}

impl Drop for Leg {
    fn drop(&mut self) {
        self.flight.lock().remove(&self.part);
    }
}

impl Item {
    /// Looks at this transfer from near by: up to 10,000 parts, so for one at a time.
    pub fn closeup(&self) -> Closeup {
        let inner = self.lock();
        let (count, done): (u32, Vec<u32>) = match (inner.state(), &inner.checkpoint) {
            (TransferState::Done(_), _) => (0, Vec::new()),
            (_, Checkpoint::Up(point)) => {
                (point.layout.count(), point.parts.keys().copied().collect())
            }
            (_, Checkpoint::Down(point)) => {
                (point.layout.count(), point.parts.keys().copied().collect())
            }
            (_, Checkpoint::None) => (0, Vec::new()),
        };
        let landed = inner.landed.clone().unwrap_or_default();
        let upload_id = inner.upload_id.clone();
        drop(inner);
        let legs = self.flight.lock();
        Closeup {
            id: self.id,
            parts: states(count, &done, &legs),
            again: legs.values().flatten().cloned().collect(),
            checksum: landed.checksum.map(|sum| sum.text()),
            sha256: landed.sha256,
            version_id: landed.version_id,
            upload_id,
            parts_reused: landed.parts_reused,
        }
    }
}

fn states(count: u32, done: &[u32], legs: &BTreeMap<u32, Option<Again>>) -> Arc<[PartState]> {
    if count < 2 {
        return Arc::default();
    }
    let mut states = vec![PartState::Missing; count as usize];
    let mut set = |part: u32, state| {
        if let Some(slot) = (part as usize).checked_sub(1).and_then(|at| states.get_mut(at)) {
            *slot = state;
        }
    };
    for (part, again) in legs {
        set(*part, if again.is_some() { PartState::Again } else { PartState::Flying });
    }
    // A part is booked as there before its leg is over.
    for part in done {
        set(*part, PartState::Done);
    }
    states.into()
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
        let states = states(5, &[1, 9], &flight.lock());
        use PartState::{Done, Missing};
        assert_eq!(*states, [Done, Missing, Missing, PartState::Again, Missing]);
        drop(two);
        assert_eq!(flight.retrying(), None);
    }
}
