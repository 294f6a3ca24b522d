//! What the handle, the walks and the running transfers share.

use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::Options;
use super::book::Book;
use super::supervise::supervise;
use crate::lake::Lake;
use crate::model::transfer::{TransferId, TransferState};
use crate::model::trouble::Trouble;
use crate::transfer::batch::Batch;
use crate::transfer::budget::Budget;
use crate::transfer::gate::Gate;
use crate::transfer::item::{Finished, Item, Job, Landed, Wish};
use crate::transfer::journal::{BatchState, Journal, Stand};
use crate::transfer::limit::Limit;
use crate::transfer::manifest;
use crate::transfer::part::Trailers;
use crate::transfer::silence::Silence;

/// How many found files wait for their turn; a walk pauses beyond, so that millions of files
/// are never millions of rows.
const WAITING: usize = 1_000;
pub(in crate::transfer) struct Core {
    pub lake: Lake,
    pub options: Options,
    pub budget: Budget,
    pub limit: Arc<Limit>,
    pub beat: Arc<Notify>,
    pub journal: Journal,
    /// Cancelled where no further part is to be begun.
    pub draining: CancellationToken,
    pub gate: Gate,
    pub silence: Silence,
    pub trailers: Trailers,
    book: Mutex<Book>,
    /// Something may be started.
    pub(super) wake: Notify,
    /// There is room for another waiting transfer.
    pub(super) room: Notify,
    /// Nothing may be left to do.
    pub(super) quiet: Notify,
    pub(super) closed: CancellationToken,
    /// Ends the walks under way; renewed when they are cancelled.
    walks: Mutex<CancellationToken>,
}

/// A walk under way; the queue has no end before it.
pub(super) struct Walk(Arc<Core>);

impl Walk {
    pub fn begin(core: Arc<Core>) -> Self {
        core.book().walking += 1;
        Self(core)
    }
}

impl Drop for Walk {
    fn drop(&mut self) {
        self.0.book().walking -= 1;
        self.0.stirred();
        self.0.quiet.notify_waiters();
    }
}

impl Core {
    pub(super) fn new(
        lake: Lake,
        options: Options,
        journal: Journal,
        closed: CancellationToken,
    ) -> Self {
        let limit = Arc::new(Limit::new(options.limit));
        Self {
            budget: Budget::new(options.concurrency, limit.clone()),
            limit,
            lake,
            options,
            journal,
            draining: CancellationToken::new(),
            beat: Arc::default(),
            gate: Gate::default(),
            silence: Silence::default(),
            trailers: Trailers::default(),
            book: Mutex::default(),
            wake: Notify::new(),
            room: Notify::new(),
            quiet: Notify::new(),
            walks: Mutex::new(closed.child_token()),
            closed,
        }
    }

    pub(super) fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn walks(&self) -> CancellationToken {
        self.walks.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn end_walks(&self) {
        let mut walks = self.walks.lock().unwrap_or_else(PoisonError::into_inner);
        walks.cancel();
        if !self.draining.is_cancelled() {
            *walks = self.closed.child_token();
        }
    }

    pub(super) fn find(&self, id: TransferId) -> Option<Arc<Item>> {
        self.book().items.get(&id).cloned()
    }

    pub(super) fn stirred(&self) {
        self.beat.notify_one();
    }

    pub(super) fn new_batch(&self, batch: Batch) -> Arc<Batch> {
        let batch = Arc::new(batch);
        self.book().batches.push(batch.clone());
        batch
    }

    pub(super) fn items_of(&self, batch: &Arc<Batch>) -> Vec<TransferId> {
        let book = self.book();
        let its = book.items.values().filter(|item| Arc::ptr_eq(&item.batch, batch));
        its.map(|item| item.id).collect()
    }

    /// Bytes that are there of this batch's transfers that have not ended.
    pub(super) fn under_way(&self, batch: &Arc<Batch>) -> u64 {
        let book = self.book();
        let its = book.items.values().filter(|item| Arc::ptr_eq(&item.batch, batch));
        its.filter(|item| !item.state().is_over())
            .map(|item| item.progress.done.load(Relaxed))
            .sum()
    }

    /// Tells the journal of a batch that has nothing left to do.
    pub async fn close_if_over(&self, batch: &Arc<Batch>) {
        if batch.is_newly_over() {
            // Once a batch, and asked once a file: its state is not to be carried by each of them.
            Box::pin(self.close(batch)).await;
        }
    }

    async fn close(&self, batch: &Arc<Batch>) {
        let _closing = batch.closing.lock().await;
        // Before the journal is told: a crash in between makes another and loses none.
        if let Some(how) = &self.options.manifests {
            manifest::keep(&self.lake, &self.journal, how, batch.id).await;
        }
        // Something of it may be tried again meanwhile.
        if batch.is_over() {
            let (id, counts) = (batch.id, batch.counts(0));
            if let Err(trouble) = self.journal.leave_batch(id, BatchState::Over, counts).await {
                tracing::warn!(%trouble, "a batch that is over is not noted as such");
            }
        }
        let mut book = self.book();
        if batch.is_over() {
            book.batches.retain(|other| !Arc::ptr_eq(other, batch));
        }
        drop(book);
        self.quiet.notify_waiters();
    }

    /// Tells the journal of a batch that was over and has work again.
    pub(super) async fn reopen(&self, batch: &Batch) {
        let _closing = batch.closing.lock().await;
        if !batch.is_over()
            && let Err(trouble) = self.journal.reopen(batch.id).await
        {
            tracing::warn!(%trouble, "a batch that goes on is not noted as open");
        }
    }

    /// Tells the journal of a pause, unless it is over by now.
    pub(super) async fn note_if_paused(&self, item: &Item) {
        let _noting = item.noting.lock().await;
        if item.state() == TransferState::Paused {
            self.note_pause(item).await;
        }
    }

    /// A pause that the journal remembers.
    pub(super) async fn note_pause(&self, item: &Item) {
        let row = item.lock().row;
        let row = match row {
            Some(row) => row,
            None => match self.journal.intend(item.begin()).await {
                Ok(row) => row,
                Err(trouble) => return tracing::warn!(%trouble, "a pause is not noted"),
            },
        };
        item.lock().row = Some(row);
        self.journal.ended(Some(row), item.ending(Stand::Paused, None, None)).await;
    }

    /// Counts a transfer that the journal knows to be paused.
    pub fn add_paused(&self, batch: &Arc<Batch>, job: Job, size: u64) {
        {
            let mut book = self.book();
            batch.found(size);
            let item = book.make(job, batch.clone());
            item.progress.size.store(size, Relaxed);
            item.set(TransferState::Paused);
        }
        self.stirred();
    }

    /// Puts a new transfer of about `size` bytes in the queue, once there is room.
    pub async fn enqueue(&self, batch: &Arc<Batch>, job: Job, size: u64) {
        loop {
            let room = self.room.notified();
            tokio::pin!(room);
            room.as_mut().enable();
            {
                let mut book = self.book();
                if book.waiting.len() < WAITING {
                    // Not before: a walk that is dropped while it waits has found nothing.
                    batch.found(size);
                    let item = book.make(job, batch.clone());
                    item.progress.size.store(size, Relaxed);
                    book.waiting.push_back(item);
                    break;
                }
            }
            room.await;
        }
        self.wake.notify_one();
        self.stirred();
    }

    /// Counts a transfer that fails before it begins.
    pub async fn misplaced(self: &Arc<Self>, batch: &Arc<Batch>, job: Job, trouble: Trouble) {
        let item = {
            let mut book = self.book();
            book.active += 1;
            batch.found(0);
            let item = book.make(job, batch.clone());
            item.set(TransferState::Checking);
            item
        };
        // A task of its own: a walk that is dropped must not leave the end half told.
        let core = self.clone();
        let ended = async move { core.end(&item, TransferState::Failed(trouble), None).await };
        if let Err(error) = tokio::spawn(ended).await
            && let Ok(panic) = error.try_into_panic()
        {
            std::panic::resume_unwind(panic);
        }
    }

    /// Puts a transfer back into the queue, unless it is not as it `was` any more.
    pub(super) fn again(&self, item: &Arc<Item>, was: &TransferState) {
        {
            let mut inner = item.lock();
            if inner.state() != *was {
                return;
            }
            inner.wish = Wish::Go;
            inner.state = Some(TransferState::Queued);
            inner.stop = CancellationToken::new();
        }
        self.book().wait_last(item.clone());
        self.wake.notify_one();
        self.stirred();
    }

    /// Ends a claimed transfer that is not under way. It takes none of the places of those
    /// that move something, so that it need not wait for one.
    pub(super) fn end_what_waits(self: &Arc<Self>, item: Arc<Item>) {
        let mut book = self.book();
        book.waiting.retain(|other| other.id != item.id);
        book.active += 1;
        drop(book);
        self.room.notify_one();
        tokio::spawn(supervise(self.clone(), item));
    }

    /// The next transfer to run, claimed: from here on it is active.
    pub(super) fn take_next(&self) -> Option<Arc<Item>> {
        let mut book = self.book();
        if book.active >= self.budget.files() || self.draining.is_cancelled() {
            return None;
        }
        let next = loop {
            let item = book.waiting.pop_front()?;
            let mut inner = item.lock();
            if inner.state() == TransferState::Queued {
                inner.state = Some(TransferState::Checking);
                drop(inner);
                break item;
            }
        };
        book.active += 1;
        Some(next)
    }

    /// A transfer left its task: books it, tells whoever listens, makes room.
    pub(super) async fn end(&self, item: &Arc<Item>, state: TransferState, landed: Option<Landed>) {
        if let Some(stand) = stand(&state) {
            let row = item.lock().row;
            let error = match &state {
                TransferState::Failed(trouble) => Some(trouble),
                _ => None,
            };
            self.journal.ended(row, item.ending(stand, error, landed.as_ref())).await;
        }
        if let Some(finished) = self.settle(item, state, landed) {
            self.close_if_over(&item.batch).await;
            if let Some(listener) = &self.options.finished {
                // One that has gone away does not hold the queue up.
                let _ = listener.send(finished).await;
            }
        }
        self.book().active -= 1;
        self.stirred();
        self.wake.notify_one();
        self.room.notify_one();
        self.quiet_if_idle();
    }

    /// Everything about an end that is seen from outside, at one moment: whoever tries the
    /// transfer again finds it booked.
    fn settle(
        &self,
        item: &Arc<Item>,
        state: TransferState,
        landed: Option<Landed>,
    ) -> Option<Finished> {
        let mut book = self.book();
        item.set(state.clone());
        item.lock().landed.clone_from(&landed);
        if !state.is_over() {
            return None;
        }
        item.batch.ended(&state, item.progress.size.load(Relaxed));
        book.over.push_back(item.id);
        book.forget_down_to(self.options.keep);
        Some(item.finished(state, landed))
    }

    /// True where nothing is left to do by itself.
    pub(super) fn is_idle(&self) -> bool {
        self.book().is_idle(self.draining.is_cancelled())
    }

    /// Tells those who wait for the end, when it may be there: not with every file.
    pub(super) fn quiet_if_idle(&self) {
        if self.book().active == 0 {
            self.quiet.notify_waiters();
        }
    }
}

/// How the journal calls an end; `None` for what is none.
fn stand(state: &TransferState) -> Option<Stand> {
    Some(match state {
        TransferState::Done(_) => Stand::Done,
        TransferState::Skipped(_) => Stand::Skipped,
        TransferState::Failed(_) => Stand::Failed,
        TransferState::Cancelled => Stand::Cancelled,
        _ => return None,
    })
}
