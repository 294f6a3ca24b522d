//! The queue: takes plans, runs transfers under one budget, tells how far they are.

mod book;
mod core;
mod supervise;

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::{Notify, mpsc};
use tokio_util::sync::{CancellationToken, DropGuard};

pub(super) use self::core::Core;
use self::core::Walk;
use super::batch::Batch;
use super::copy::Copying;
use super::feed;
use super::item::{Finished, Item, Job, Wish};
use super::journal::{BatchId, BatchState, Journal, Through};
use super::manifest::Manifests;
use super::plan::Plan;
use super::retry::Patience;
use crate::lake::Lake;
use crate::model::closeup::Closeup;
use crate::model::transfer::{Direction, Totals, TransferId, TransferState, TransferView};
use crate::model::trouble::Trouble;
use crate::model::uri::S3Uri;

/// How an engine works. What belongs to one upload is in its plan.
#[derive(Debug, Clone)]
pub struct Options {
    /// Requests in flight over all files, at most; as many as the line is worth where `None`.
    pub concurrency: Option<usize>,
    /// Bytes a second over all files.
    pub limit: Option<u64>,
    pub patience: Patience,
    pub copying: Copying,
    /// Rows of finished transfers that are kept for the screen; the figures count them all.
    pub keep: usize,
    /// What outlives the process; `None`: a journal that does not.
    pub journal: Option<Journal>,
    /// What every batch that is over leaves; `None`: nothing.
    pub manifests: Option<Manifests>,
    /// Told of every transfer that ends. A full channel holds the queue up, so that nothing
    /// grows while its reader is slow.
    pub finished: Option<mpsc::Sender<Finished>>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            concurrency: None,
            limit: None,
            patience: Patience::default(),
            copying: Copying::default(),
            keep: 2_000,
            journal: None,
            manifests: None,
            finished: None,
        }
    }
}

/// Moves files, in the background, until it is dropped. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    core: Arc<Core>,
    _guard: Arc<DropGuard>,
}

impl Engine {
    /// An engine with an empty queue. Needs a tokio runtime around it.
    ///
    /// # Errors
    /// Where no journal was given, and there is not even memory for one.
    pub fn start(lake: Lake, mut options: Options) -> Result<Self, Trouble> {
        let journal = match options.journal.take() {
            Some(journal) => journal,
            None => Journal::in_memory(lake.settings())?,
        };
        let closed = CancellationToken::new();
        let core = Arc::new(Core::new(lake, options, journal, closed.clone()));
        tokio::spawn(supervise::dispatch(core.clone()));
        tokio::spawn(supervise::keep_count(core.clone()));
        Ok(Self { core, _guard: Arc::new(closed.drop_guard()) })
    }

    /// Takes a plan, notes it, and reads its folders or prefixes in the background; the first
    /// files are on their way before the last are found.
    pub fn add(&self, plan: Plan) {
        self.walk(move |core, stop| async move {
            match core.journal.begin_batch(&plan).await {
                Ok((id, inherits)) => {
                    let batch = core.new_batch(Batch::new(id, inherits, None));
                    feed::feed(&core, batch, plan, &stop).await;
                }
                Err(trouble) => feed::refuse(&core, &plan, trouble).await,
            }
        });
    }

    /// Goes on with a batch of the journal: its plan is walked again, what is through is left
    /// out, what was paused stays so.
    pub fn take_up(&self, id: BatchId, plan: Plan) {
        self.go_on(id, plan, Batch::new);
    }

    /// [`Self::take_up`] with what was paused: all of it goes on.
    pub fn take_up_whole(&self, id: BatchId, plan: Plan) {
        self.go_on(id, plan, Batch::unpaused);
    }

    fn go_on(&self, id: BatchId, plan: Plan, batch: fn(BatchId, bool, Option<Through>) -> Batch) {
        self.walk(move |core, stop| async move {
            match core.journal.through(id) {
                Ok(through) => {
                    let batch = core.new_batch(batch(id, true, through));
                    feed::feed(&core, batch, plan, &stop).await;
                }
                Err(trouble) => feed::refuse(&core, &plan, trouble).await,
            }
        });
    }

    fn walk<F>(&self, work: impl FnOnce(Arc<Core>, CancellationToken) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let stop = self.core.walks().child_token();
        // A guard, so that a panic in a walk does not keep the queue from its end.
        let walk = Walk::begin(self.core.clone());
        let work = work(self.core.clone(), stop);
        tokio::spawn(async move {
            work.await;
            drop(walk);
        });
    }

    /// What outlives the process.
    pub fn journal(&self) -> &Journal {
        &self.core.journal
    }

    /// Holds a transfer; what has arrived of it is kept.
    pub fn pause(&self, id: TransferId) {
        let Some(item) = self.core.find(id) else { return };
        let mut inner = item.lock();
        let state = inner.state();
        if state == TransferState::Queued {
            inner.state = Some(TransferState::Paused);
        } else if state.is_active() && inner.wish == Wish::Go {
            inner.wish = Wish::Pause;
            inner.stop.cancel();
        }
        drop(inner);
        if state == TransferState::Queued {
            self.core.book().waiting.retain(|other| other.id != id);
            let (core, item) = (self.core.clone(), item.clone());
            tokio::spawn(async move { core.note_if_paused(&item).await });
        }
        self.core.stirred();
        self.core.quiet.notify_waiters();
    }

    /// Lets a paused transfer go on from where it stands.
    pub fn resume(&self, id: TransferId) {
        if let Some(item) = self.core.find(id) {
            self.core.again(&item, &TransferState::Paused);
        }
    }

    /// Ends a transfer and takes back what the store or the disk has of it.
    pub fn cancel(&self, id: TransferId) {
        let Some(item) = self.core.find(id) else { return };
        let mut inner = item.lock();
        let state = inner.state();
        if state.is_over() {
            return;
        }
        inner.wish = Wish::Cancel;
        inner.stop.cancel();
        if state.is_active() {
            return;
        }
        // Claimed: nobody else starts it.
        inner.state = Some(TransferState::Checking);
        drop(inner);
        self.core.end_what_waits(item);
    }

    /// Puts these at the front of what waits, in this order: they are started next. What is
    /// paused goes on, at the front; what is under way shares the line with the others as before.
    pub fn first(&self, ids: &[TransferId]) {
        for id in ids.iter().rev() {
            self.resume(*id);
            self.core.book().put_first(*id);
        }
        self.core.wake.notify_one();
        self.core.stirred();
    }

    /// Begins a failed or cancelled transfer again.
    pub fn retry(&self, id: TransferId) {
        let mut book = self.core.book();
        let Some(at) = book.over.iter().position(|other| *other == id) else { return };
        let Some(item) = book.items.get(&id).cloned() else { return };
        let state = item.state();
        let failed = matches!(state, TransferState::Failed(_) | TransferState::Cancelled);
        if !failed || matches!(item.job, Job::Misplaced { .. }) {
            return;
        }
        book.over.remove(at);
        item.progress.reset();
        item.flight.begin(0, []);
        let was_over = item.batch.again(&state);
        if was_over && !book.batches.iter().any(|other| Arc::ptr_eq(other, &item.batch)) {
            book.batches.push(item.batch.clone());
        }
        drop(book);
        if was_over {
            let (core, batch) = (self.core.clone(), item.batch.clone());
            tokio::spawn(async move { core.reopen(&batch).await });
        }
        self.core.again(&item, &state);
    }

    pub fn pause_all(&self) {
        self.each(|id, state| {
            if state.is_active() || *state == TransferState::Queued {
                self.pause(id);
            }
        });
    }

    pub fn resume_all(&self) {
        self.each(|id, _| self.resume(id));
    }

    /// Cancels everything, walks included.
    pub fn cancel_all(&self) {
        self.core.end_walks();
        self.each(|id, _| self.cancel(id));
    }

    /// Cancels what is left of one batch, its walk included, and waits for the end of that.
    /// Tells how many bytes that had arrived were thrown away; `None` where this engine has
    /// no such batch, or no more.
    pub async fn cancel_batch(&self, id: BatchId) -> Option<u64> {
        let core = &self.core;
        let batch = core.book().batches.iter().find(|batch| batch.id == id).cloned()?;
        let bytes = core.under_way(&batch);
        batch.stop.cancel();
        loop {
            let quiet = core.quiet.notified();
            tokio::pin!(quiet);
            quiet.as_mut().enable();
            if !core.book().batches.iter().any(|other| Arc::ptr_eq(other, &batch)) {
                return Some(bytes);
            }
            // Again and again: a file may have been found just before the walk ended.
            for item in core.items_of(&batch) {
                self.cancel(item);
            }
            quiet.await;
        }
    }

    /// Stops everything where it stands and gives it back to the journal, in this state:
    /// nothing is aborted. The engine takes nothing on afterwards.
    ///
    /// With `gently`, requests under way are waited for, so that no byte is sent twice.
    pub async fn leave(&self, state: BatchState, gently: bool) {
        let core = &self.core;
        core.draining.cancel();
        core.end_walks();
        if !gently {
            self.each(|id, state| {
                if state.is_active()
                    && let Some(item) = core.find(id)
                {
                    let mut inner = item.lock();
                    // What is being cancelled or paused stays so.
                    if inner.wish == Wish::Go {
                        inner.wish = Wish::Leave;
                    }
                    inner.stop.cancel();
                }
            });
        }
        core.book().waiting.clear();
        self.idle().await;
        let batches = std::mem::take(&mut core.book().batches);
        for batch in batches {
            let counts = batch.counts(core.under_way(&batch));
            if let Err(trouble) = core.journal.leave_batch(batch.id, state, counts).await {
                tracing::warn!(%trouble, "a batch could not be given back to the journal");
            }
        }
    }

    /// Takes the rows of finished transfers off the screen.
    pub fn clear_finished(&self) {
        self.core.book().forget_down_to(0);
        self.core.stirred();
    }

    /// Bytes a second over all files; `None` lifts the limit.
    pub fn set_limit(&self, rate: Option<u64>) {
        self.core.limit.set(rate);
        self.core.stirred();
    }

    /// Bytes a second over all files, where there is a limit.
    pub fn limit(&self) -> Option<u64> {
        self.core.limit.rate()
    }

    /// The rows, in the order they were added.
    pub fn snapshot(&self) -> Vec<TransferView> {
        let now = Instant::now();
        let items: Vec<_> = self.core.book().items.values().cloned().collect();
        items.iter().map(|item| item.view(now)).collect()
    }

    pub fn totals(&self) -> Totals {
        self.core.book().totals(Instant::now())
    }

    /// The whole queue's rate over the last two minutes, second by second, the oldest first.
    /// Fed by [`totals`](Self::totals).
    pub fn rates(&self) -> Vec<u64> {
        self.core.book().pulse.rates()
    }

    /// Where the uploads go that are neither finished nor given up, each with its multipart
    /// upload's id once it has one: none of them is a stray.
    pub fn uploads(&self) -> Vec<(S3Uri, Option<String>)> {
        let items: Vec<_> = self.core.book().items.values().cloned().collect();
        let sends = |item: &&Arc<Item>| item.job.direction() != Direction::Down;
        let open = items.iter().filter(sends).filter_map(|item| {
            let inner = item.lock();
            let upload = || (item.job.remote().clone(), inner.upload_id.clone());
            (!inner.state().is_over()).then(upload)
        });
        open.collect()
    }

    /// One transfer from near by.
    pub fn closeup(&self, id: TransferId) -> Option<Closeup> {
        self.core.find(id).map(|item| item.closeup())
    }

    /// Why nothing is being sent, while the line is down or the session has expired. All of
    /// the queue waits then, and goes on by itself.
    pub fn held(&self) -> Option<Trouble> {
        self.core.gate.held().filter(|_| self.core.book().active > 0)
    }

    /// Notified whenever something has moved.
    pub fn beat(&self) -> Arc<Notify> {
        self.core.beat.clone()
    }

    /// Waits until nothing is left to do by itself; paused transfers do not count.
    pub async fn idle(&self) {
        loop {
            let quiet = self.core.quiet.notified();
            tokio::pin!(quiet);
            quiet.as_mut().enable();
            if self.core.is_idle() {
                return;
            }
            quiet.await;
        }
    }

    fn each(&self, mut act: impl FnMut(TransferId, &TransferState)) {
        let items: Vec<_> = self.core.book().items.values().cloned().collect();
        for item in items {
            act(item.id, &item.state());
        }
    }
}
