//! What one plan has become: how many of its transfers are still to end.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;

use super::journal::{BatchId, Counts, Stand, Through};
use crate::model::transfer::TransferState;

pub(super) struct Batch {
    pub id: BatchId,
    /// The journal may hold something of an earlier try of its transfers.
    pub inherits: bool,
    /// What was paused by an earlier process goes on.
    pub unpauses: bool,
    /// Cancelled with the batch: its walk ends.
    pub stop: CancellationToken,
    /// What was through before this process took the batch up.
    pub through: Option<Through>,
    /// Bytes of what has ended well.
    landed: AtomicU64,
    book: Mutex<Book>,
    /// Held while the journal is told that it is over, or that it goes on after all.
    pub closing: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Book {
    counts: Counts,
    /// Transfers that have not ended.
    open: u64,
    /// The journal is told that it is over.
    over: bool,
    /// What the journal was last told.
    told: Counts,
}

impl Batch {
    /// A batch whose walk begins.
    pub fn new(id: BatchId, inherits: bool, through: Option<Through>) -> Self {
        let counts = Counts { walking: true, ..Counts::default() };
        let book = Mutex::new(Book { counts, ..Book::default() });
        let stop = CancellationToken::new();
        let closing = tokio::sync::Mutex::default();
        let (unpauses, landed) = (false, AtomicU64::new(0));
        Self { id, inherits, unpauses, stop, through, landed, book, closing }
    }

    /// A batch whose walk begins, and nothing of which stays paused.
    pub fn unpaused(id: BatchId, inherits: bool, through: Option<Through>) -> Self {
        Self { unpauses: true, ..Self::new(id, inherits, through) }
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One more transfer, of about `size` bytes.
    pub fn found(&self, size: u64) {
        let mut book = self.book();
        book.counts.found += 1;
        book.counts.bytes_total += size;
        book.open += 1;
    }

    /// A transfer turned out to have another size than it was found with.
    pub fn resized(&self, from: u64, to: u64) {
        let mut book = self.book();
        book.counts.bytes_total = book.counts.bytes_total.saturating_sub(from) + to;
    }

    /// One that had ended so before: counted, and not done again.
    pub fn was_through(&self, stand: Stand, size: u64) {
        let mut book = self.book();
        let counts = &mut book.counts;
        counts.found += 1;
        counts.bytes_total += size;
        match stand {
            Stand::Cancelled => return counts.cancelled += 1,
            Stand::Skipped => counts.skipped += 1,
            _ => counts.done += 1,
        }
        self.landed.fetch_add(size, Relaxed);
    }

    /// A transfer that had ended is tried again: true where the batch was over.
    pub fn again(&self, state: &TransferState) -> bool {
        let mut book = self.book();
        match state {
            TransferState::Cancelled => book.counts.cancelled -= 1,
            _ => book.counts.failed -= 1,
        }
        book.open += 1;
        std::mem::take(&mut book.over)
    }

    /// A transfer of `size` bytes has ended.
    pub fn ended(&self, state: &TransferState, size: u64) {
        let mut book = self.book();
        book.open -= 1;
        let counts = &mut book.counts;
        match state {
            TransferState::Done(_) => counts.done += 1,
            TransferState::Skipped(_) => counts.skipped += 1,
            TransferState::Cancelled => counts.cancelled += 1,
            _ => counts.failed += 1,
        }
        if matches!(state, TransferState::Done(_) | TransferState::Skipped(_)) {
            self.landed.fetch_add(size, Relaxed);
        }
    }

    pub fn walked(&self) {
        self.book().counts.walking = false;
    }

    /// True once, where nothing of it is left to do.
    pub fn is_newly_over(&self) -> bool {
        let mut book = self.book();
        let over = !book.counts.walking && book.open == 0 && !book.over;
        book.over |= over;
        over
    }

    /// True where nothing of it is left to do, and nothing has been tried again since.
    pub fn is_over(&self) -> bool {
        self.book().over
    }

    /// The figures, `under_way` being the bytes there of what has not ended.
    pub fn counts(&self, under_way: u64) -> Counts {
        let done = self.landed.load(Relaxed) + under_way;
        Counts { bytes_done: done, ..self.book().counts }
    }

    /// The figures, where the journal does not know them yet.
    pub fn news(&self, under_way: u64) -> Option<Counts> {
        let counts = self.counts(under_way);
        let mut book = self.book();
        (book.told != counts && !book.over).then(|| {
            book.told = counts;
            counts
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::transfer::Proof;

    #[test]
    fn it_is_over_once_and_may_be_so_again() {
        let batch = Batch::new(BatchId(1), false, None);
        batch.found(10);
        batch.walked();
        assert!(!batch.is_newly_over());
        batch.ended(&TransferState::Cancelled, 10);
        assert!(batch.is_newly_over() && !batch.is_newly_over());
        assert!(batch.again(&TransferState::Cancelled));
        assert!(!batch.is_newly_over());
        batch.ended(&TransferState::Done(Proof::None), 10);
        assert!(batch.is_newly_over());
        let counts = batch.counts(0);
        assert_eq!((counts.found, counts.done, counts.bytes_done), (1, 1, 10));
    }

    #[test]
    fn what_had_ended_before_counts_as_it_had() {
        let batch = Batch::new(BatchId(1), true, None);
        for stand in [Stand::Done, Stand::Skipped, Stand::Cancelled] {
            batch.was_through(stand, 10);
        }
        let counts = batch.counts(0);
        assert_eq!((counts.done, counts.skipped, counts.cancelled), (1, 1, 1));
        assert_eq!((counts.found, counts.bytes_total, counts.bytes_done), (3, 30, 20));
    }
}
