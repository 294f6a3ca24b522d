//! The queue's books: who waits, how many run, and the figures of all.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Instant;

use crate::model::transfer::{Totals, TransferId, TransferState};
use crate::transfer::batch::Batch;
use crate::transfer::item::{Item, Job};
use crate::transfer::progress::{Smooth, eta};
use crate::transfer::pulse::Pulse;

#[derive(Default)]
pub(super) struct Book {
    next: u64,
    /// The turns of what is first and last in the queue.
    turns: (i64, i64),
    pub items: BTreeMap<TransferId, Arc<Item>>,
    /// Those that are not over.
    pub batches: Vec<Arc<Batch>>,
    pub waiting: VecDeque<Arc<Item>>,
    pub active: usize,
    pub walking: usize,
    /// Finished ones in the order they ended, the oldest first.
    pub over: VecDeque<TransferId>,
    /// The figures of rows that are gone.
    gone: Totals,
    rate: Smooth,
    pub pulse: Pulse,
    gone_moved: u64,
}

impl Book {
    pub fn make(&mut self, job: Job, batch: Arc<Batch>) -> Arc<Item> {
        self.next += 1;
        let item = Arc::new(Item::new(TransferId(self.next), job, batch));
        self.items.insert(item.id, item.clone());
        self.turns.1 += 1;
        item.lock().turn = self.turns.1;
        item
    }

    /// Its turn is when all that waits has had its own.
    pub fn wait_last(&mut self, item: Arc<Item>) {
        self.turns.1 += 1;
        item.lock().turn = self.turns.1;
        self.waiting.push_back(item);
    }

    /// Where it waits, its turn is the next.
    pub fn put_first(&mut self, id: TransferId) {
        if let Some(at) = self.waiting.iter().position(|item| item.id == id)
            && let Some(item) = self.waiting.remove(at)
        {
            self.turns.0 -= 1;
            item.lock().turn = self.turns.0;
            self.waiting.push_front(item);
        }
    }

    /// `draining`: nothing that waits is begun any more.
    pub fn is_idle(&self, draining: bool) -> bool {
        self.walking == 0 && self.active == 0 && (draining || self.queued() == 0)
    }

    fn queued(&self) -> usize {
        self.waiting.iter().filter(|item| item.state() == TransferState::Queued).count()
    }

    pub fn forget_down_to(&mut self, keep: usize) {
        while self.over.len() > keep {
            let Some(id) = self.over.pop_front() else { break };
            if let Some(item) = self.items.remove(&id) {
                self.gone_moved += item.progress.moved.load(Relaxed);
                count(&mut self.gone, &item);
            }
        }
    }

    pub fn totals(&mut self, now: Instant) -> Totals {
        let mut totals = self.gone;
        let mut moved = self.gone_moved;
        for item in self.items.values() {
            count(&mut totals, item);
            moved += item.progress.moved.load(Relaxed);
        }
        totals.walking = self.walking;
        self.pulse.sample(now, moved);
        totals.rate = self.rate.sample(now, moved);
        totals.eta = eta(totals.bytes_total.saturating_sub(totals.bytes_done), totals.rate);
        totals
    }
}

fn count(totals: &mut Totals, item: &Item) {
    let counted = match item.state() {
        TransferState::Queued => &mut totals.queued,
        TransferState::Checking | TransferState::Running | TransferState::Verifying => {
            &mut totals.active
        }
        TransferState::Paused => &mut totals.paused,
        TransferState::Done(_) => &mut totals.done,
        TransferState::Skipped(_) => return totals.skipped += 1,
        TransferState::Failed(_) => return totals.failed += 1,
        TransferState::Cancelled => return totals.cancelled += 1,
    };
    *counted += 1;
    totals.bytes_done += item.progress.done.load(Relaxed);
    totals.bytes_total += item.progress.size.load(Relaxed);
}
