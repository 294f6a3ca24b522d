//! The queue: takes plans, runs transfers under one budget, tells how far they are.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Notify, mpsc};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::batch::Batch;
use super::budget::Budget;
use super::copy::Copying;
use super::gate::Gate;
use super::item::{Finished, Item, Job, Landed, Live, Wish};
use super::journal::{BatchId, BatchState, Journal, Stand};
use super::limit::Limit;
use super::manifest::{self, Manifests};
use super::plan::Plan;
use super::progress::{Smooth, eta};
use super::pulse::Pulse;
use super::retry::{Patience, passes};
use super::silence::Silence;
use super::task::{End, Ended, Task};
use super::{copy, down, feed, temp, up};
use crate::lake::Lake;
use crate::model::closeup::Closeup;
use crate::model::transfer::{Direction, Totals, TransferId, TransferState, TransferView};
use crate::model::trouble::{Kind, Trouble};
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

/// How many found files wait for their turn; a walk pauses beyond, so that millions of files
/// are never millions of rows.
const WAITING: usize = 1_000;

/// Moves files, in the background, until it is dropped. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    core: Arc<Core>,
    _guard: Arc<DropGuard>,
}

pub(super) struct Core {
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
    book: Mutex<Book>,
    /// Something may be started.
    wake: Notify,
    /// There is room for another waiting transfer.
    room: Notify,
    /// Nothing may be left to do.
    quiet: Notify,
    closed: CancellationToken,
    /// Ends the walks under way; renewed when they are cancelled.
    walks: Mutex<CancellationToken>,
}

#[derive(Default)]
struct Book {
    next: u64,
    items: BTreeMap<TransferId, Arc<Item>>,
    /// Those that are not over.
    batches: Vec<Arc<Batch>>,
    waiting: VecDeque<Arc<Item>>,
    active: usize,
    walking: usize,
    /// Finished ones in the order they ended, the oldest first.
    over: VecDeque<TransferId>,
    /// The figures of rows that are gone.
    gone: Totals,
    rate: Smooth,
    pulse: Pulse,
    gone_moved: u64,
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
        let core = Arc::new(Core {
            budget: Budget::new(options.concurrency),
            limit: Arc::new(Limit::new(options.limit)),
            lake,
            options,
            journal,
            draining: CancellationToken::new(),
            beat: Arc::default(),
            gate: Gate::default(),
            silence: Silence::default(),
            book: Mutex::default(),
            wake: Notify::new(),
            room: Notify::new(),
            quiet: Notify::new(),
            walks: Mutex::new(closed.child_token()),
            closed: closed.clone(),
        });
        tokio::spawn(dispatch(core.clone()));
        tokio::spawn(keep_count(core.clone()));
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
        self.walk(move |core, stop| async move {
            match core.journal.through(id) {
                Ok(through) => {
                    let batch = core.new_batch(Batch::new(id, true, through));
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
        self.core.book().walking += 1;
        // Told by a guard, so that a panic in a walk does not keep the queue from its end.
        let walk = Walk(self.core.clone());
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
        } else if state.is_active() {
            inner.wish = Wish::Pause;
            inner.stop.cancel();
        }
        drop(inner);
        if state == TransferState::Queued {
            self.core.book().waiting.retain(|other| other.id != id);
            let (core, item) = (self.core.clone(), item.clone());
            tokio::spawn(async move { core.note_pause(&item).await });
        }
        self.core.stirred();
        self.core.quiet.notify_waiters();
    }

    /// Lets a paused transfer go on from where it stands.
    pub fn resume(&self, id: TransferId) {
        let Some(item) = self.core.find(id) else { return };
        if item.state() == TransferState::Paused {
            self.core.again(&item, Wish::Go);
        }
    }

    /// Ends a transfer and takes back what the store or the disk has of it.
    pub fn cancel(&self, id: TransferId) {
        let Some(item) = self.core.find(id) else { return };
        let mut inner = item.lock();
        let state = inner.state();
        if state.is_active() || state == TransferState::Queued {
            inner.wish = Wish::Cancel;
            inner.stop.cancel();
        }
        drop(inner);
        if state == TransferState::Paused {
            self.core.again(&item, Wish::Cancel);
        }
        self.core.wake.notify_one();
    }

    /// Puts these at the front of what waits, in this order: they are started next. What is
    /// paused goes on, at the front; what is under way shares the line with the others as before.
    pub fn first(&self, ids: &[TransferId]) {
        for id in ids.iter().rev() {
            self.resume(*id);
            let mut book = self.core.book();
            if let Some(at) = book.waiting.iter().position(|item| item.id == *id)
                && let Some(item) = book.waiting.remove(at)
            {
                book.waiting.push_front(item);
            }
        }
        self.core.wake.notify_one();
    }

    /// Begins a failed or cancelled transfer again.
    pub fn retry(&self, id: TransferId) {
        let Some(item) = self.core.find(id) else { return };
        let state = item.state();
        let over = matches!(state, TransferState::Failed(_) | TransferState::Cancelled);
        if over && !matches!(item.job, Job::Misplaced { .. }) {
            item.progress.reset();
            item.flight.begin(0, []);
            let mut book = self.core.book();
            book.over.retain(|other| *other != id);
            if item.batch.again(&state) {
                book.batches.push(item.batch.clone());
                let (core, batch) = (self.core.clone(), item.batch.id);
                tokio::spawn(async move {
                    if let Err(trouble) = core.journal.reopen(batch).await {
                        tracing::warn!(%trouble, "a batch that goes on is not noted as open");
                    }
                });
            }
            drop(book);
            self.core.again(&item, Wish::Go);
        }
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
                    inner.wish = Wish::Leave;
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
            if self.core.book().is_idle() {
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

struct Walk(Arc<Core>);

impl Drop for Walk {
    fn drop(&mut self) {
        self.0.book().walking -= 1;
        self.0.stirred();
        self.0.quiet.notify_waiters();
    }
}

impl Core {
    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn walks(&self) -> CancellationToken {
        self.walks.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn end_walks(&self) {
        let mut walks = self.walks.lock().unwrap_or_else(PoisonError::into_inner);
        walks.cancel();
        *walks = self.closed.child_token();
    }

    fn find(&self, id: TransferId) -> Option<Arc<Item>> {
        self.book().items.get(&id).cloned()
    }

    fn stirred(&self) {
        self.beat.notify_one();
    }

    fn new_batch(&self, batch: Batch) -> Arc<Batch> {
        let batch = Arc::new(batch);
        self.book().batches.push(batch.clone());
        batch
    }

    fn items_of(&self, batch: &Arc<Batch>) -> Vec<TransferId> {
        let book = self.book();
        let its = book.items.values().filter(|item| Arc::ptr_eq(&item.batch, batch));
        its.map(|item| item.id).collect()
    }

    /// Bytes that are there of this batch's transfers that have not ended.
    fn under_way(&self, batch: &Arc<Batch>) -> u64 {
        let book = self.book();
        let its = book.items.values().filter(|item| Arc::ptr_eq(&item.batch, batch));
        its.filter(|item| !item.state().is_over())
            .map(|item| item.progress.done.load(Relaxed))
            .sum()
    }

    /// Tells the journal of a batch that has nothing left to do.
    pub async fn close_if_over(&self, batch: &Arc<Batch>) {
        if !batch.is_newly_over() {
            return;
        }
        self.book().batches.retain(|other| !Arc::ptr_eq(other, batch));
        // Before the journal is told: a crash in between makes another and loses none.
        if let Some(how) = &self.options.manifests {
            manifest::keep(&self.lake, &self.journal, how, batch.id).await;
        }
        let counts = batch.counts(0);
        if let Err(trouble) = self.journal.leave_batch(batch.id, BatchState::Over, counts).await {
            tracing::warn!(%trouble, "a batch that is over is not noted as such");
        }
    }

    /// A pause that the journal remembers.
    async fn note_pause(&self, item: &Item) {
        let row = item.lock().row;
        let row = match row {
            Some(row) => row,
            None => match self.journal.intend(item.begin()).await {
                Ok(row) => row,
                Err(trouble) => return tracing::warn!(%trouble, "a pause is not noted"),
            },
        };
        item.lock().row = Some(row);
        self.journal.ended(Some(row), item.ending(Stand::Paused, None)).await;
    }

    /// Counts a transfer that the journal knows to be paused.
    pub fn add_paused(&self, batch: &Arc<Batch>, job: Job, size: u64) {
        batch.found(size);
        let item = self.book().make(job, batch.clone());
        item.progress.size.store(size, Relaxed);
        item.set(TransferState::Paused);
        self.stirred();
    }

    /// Puts a new transfer of about `size` bytes in the queue, once there is room.
    pub async fn enqueue(&self, batch: &Arc<Batch>, job: Job, size: u64) {
        batch.found(size);
        loop {
            let room = self.room.notified();
            tokio::pin!(room);
            room.as_mut().enable();
            {
                let mut book = self.book();
                if book.waiting.len() < WAITING {
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
    pub async fn misplaced(&self, batch: &Arc<Batch>, job: Job, trouble: Trouble) {
        batch.found(0);
        let item = {
            let mut book = self.book();
            book.active += 1;
            book.make(job, batch.clone())
        };
        self.end(&item, TransferState::Failed(trouble), None).await;
    }

    /// Puts a known transfer back into the queue.
    fn again(&self, item: &Arc<Item>, wish: Wish) {
        {
            let mut inner = item.lock();
            inner.wish = wish;
            inner.state = Some(TransferState::Queued);
            inner.stop = CancellationToken::new();
        }
        let mut book = self.book();
        match wish {
            Wish::Cancel => book.waiting.push_front(item.clone()),
            _ => book.waiting.push_back(item.clone()),
        }
        drop(book);
        self.wake.notify_one();
        self.stirred();
    }

    /// The next transfer to run, claimed: from here on it is active.
    fn take_next(&self) -> Option<Arc<Item>> {
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
    async fn end(&self, item: &Arc<Item>, state: TransferState, landed: Option<Landed>) {
        item.set(state.clone());
        item.lock().landed.clone_from(&landed);
        if let Some(stand) = stand(&state) {
            let row = item.lock().row;
            self.journal.ended(row, item.ending(stand, landed.as_ref())).await;
            item.batch.ended(&state, item.progress.size.load(Relaxed));
            self.close_if_over(&item.batch).await;
        }
        if state.is_over()
            && let Some(finished) = &self.options.finished
        {
            // A listener that has gone away does not hold the queue up.
            let _ = finished.send(item.finished(landed)).await;
        }
        let mut book = self.book();
        book.active -= 1;
        if state.is_over() {
            book.over.push_back(item.id);
            book.forget_down_to(self.options.keep);
        }
        drop(book);
        self.stirred();
        self.wake.notify_one();
        self.room.notify_one();
        self.quiet_if_idle();
    }

    /// Tells those who wait for the end, when it may be there: not with every file.
    fn quiet_if_idle(&self) {
        if self.book().active == 0 {
            self.quiet.notify_waiters();
        }
    }
}

impl Book {
    fn make(&mut self, job: Job, batch: Arc<Batch>) -> Arc<Item> {
        self.next += 1;
        let item = Arc::new(Item::new(TransferId(self.next), job, batch));
        self.items.insert(item.id, item.clone());
        item
    }

    fn is_idle(&self) -> bool {
        self.walking == 0 && self.active == 0 && self.queued() == 0
    }

    fn queued(&self) -> usize {
        self.waiting.iter().filter(|item| item.state() == TransferState::Queued).count()
    }

    fn forget_down_to(&mut self, keep: usize) {
        while self.over.len() > keep {
            let Some(id) = self.over.pop_front() else { break };
            if let Some(item) = self.items.remove(&id) {
                self.gone_moved += item.progress.moved.load(Relaxed);
                count(&mut self.gone, &item);
            }
        }
    }

    fn totals(&mut self, now: Instant) -> Totals {
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

/// How often the journal is told how far the batches are.
const TOLD_EVERY: Duration = Duration::from_secs(1);

/// Tells the journal how far the batches are, while they move.
async fn keep_count(core: Arc<Core>) {
    loop {
        tokio::select! {
            () = core.closed.cancelled() => return,
            () = tokio::time::sleep(TOLD_EVERY) => {}
        }
        let batches = core.book().batches.clone();
        for batch in batches {
            if let Some(counts) = batch.news(core.under_way(&batch)) {
                core.journal.count(batch.id, counts).await;
            }
        }
    }
}

/// Starts what may be started, until the engine is dropped.
async fn dispatch(core: Arc<Core>) {
    loop {
        while let Some(item) = core.take_next() {
            core.room.notify_one();
            tokio::spawn(supervise(core.clone(), item));
        }
        // A pause may have emptied the queue.
        core.quiet_if_idle();
        tokio::select! {
            () = core.closed.cancelled() => return,
            () = core.wake.notified() => {}
        }
    }
}

/// Runs one transfer to its end, whatever end that is.
async fn supervise(core: Arc<Core>, item: Arc<Item>) {
    let stop = item.lock().stop.clone();
    let task = Task { core: core.clone(), item: item.clone(), stop, hasty: false };
    let ended = match tokio::spawn(run(task.clone())).await {
        Ok(ended) => ended,
        Err(error) if error.is_panic() => Err(End::Trouble(Trouble::new(
            Kind::Other,
            format!("move {}", item.job.ends().0),
            "lakehand made a mistake here, which its log tells of",
        ))),
        Err(_) => Err(End::Stopped),
    };
    if ended.is_err() {
        item.progress.cut();
    }
    let wish = item.lock().wish;
    match ended {
        Ok(landed) => {
            let state = match landed.skipped {
                true => TransferState::Skipped(landed.proof),
                false => TransferState::Done(landed.proof),
            };
            core.end(&item, state, Some(landed)).await;
        }
        Err(End::Stopped) if wish == Wish::Pause => {
            core.note_pause(&item).await;
            core.end(&item, TransferState::Paused, None).await;
        }
        // Given back as it is: whoever takes the batch up finds it in the journal.
        Err(End::Stopped) if wish == Wish::Leave || core.draining.is_cancelled() => {
            core.end(&item, TransferState::Paused, None).await;
        }
        // What may yet pass keeps what has arrived, for another try.
        Err(End::Trouble(trouble)) if keeps(&trouble) => {
            core.end(&item, TransferState::Failed(trouble), None).await;
        }
        Err(end) => {
            let state = match (end, clean_up(&task).await) {
                (End::Trouble(trouble), Ok(())) => TransferState::Failed(trouble),
                (End::Stopped, Ok(())) => TransferState::Cancelled,
                (End::Trouble(trouble), Err(left)) => {
                    let left = format!("{}; {}: {}", trouble.why, left.what, left.why);
                    TransferState::Failed(Trouble { why: left, ..trouble })
                }
                (End::Stopped, Err(left)) => TransferState::Failed(left),
            };
            core.end(&item, state, None).await;
        }
    }
}

/// True for a failure after which the same transfer can go on from where it stands.
fn keeps(trouble: &Trouble) -> bool {
    match trouble.kind {
        // What is there is not what was sent: nothing of it is to be trusted.
        Kind::Integrity => false,
        Kind::Expired | Kind::NoCredentials => true,
        _ => passes(trouble),
    }
}

async fn run(task: Task) -> Ended {
    if task.stop.is_cancelled() || task.item.lock().wish == Wish::Cancel {
        return Err(End::Stopped);
    }
    let item = task.item.clone();
    match &item.job {
        Job::Up(job) => up::run(&task, job).await,
        Job::Down(job) => down::run(&task, job).await,
        Job::Copy(job) => copy::run(&task, job).await,
        Job::Misplaced { .. } => Err(End::Stopped),
    }
}

/// Takes back what the store or the disk has of a transfer that will not go on.
async fn clean_up(task: &Task) -> Result<(), Trouble> {
    let (live, row) = {
        let mut inner = task.item.lock();
        (inner.live.take(), inner.row)
    };
    // The transfer's own token has been used up.
    let task = Task { stop: CancellationToken::new(), hasty: true, ..task.clone() };
    match live {
        None => {}
        Some(Live::Upload(begun)) => up::abort(&task, &begun).await?,
        Some(Live::Temp(temp)) => temp::discard(temp).await?,
    }
    if let Some(row) = row {
        task.core.journal.forget(row).await?;
        task.item.lock().row = None;
    }
    Ok(())
}
