//! The queue: takes plans, runs transfers under one budget, tells how far they are.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::{Notify, mpsc};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::budget::Budget;
use super::item::{Checkpoint, Finished, Item, Job, Landed, Wish};
use super::limit::Limit;
use super::plan::Plan;
use super::progress::{Smooth, eta};
use super::pulse::Pulse;
use super::retry::Patience;
use super::task::{End, Ended, Task};
use super::{down, feed, up};
use crate::lake::Lake;
use crate::model::closeup::Closeup;
use crate::model::transfer::{Totals, TransferId, TransferState, TransferView};
use crate::model::trouble::{Kind, Trouble};

/// How an engine works. What belongs to one upload is in its plan.
#[derive(Debug, Clone)]
pub struct Options {
    /// Requests in flight over all files.
    pub concurrency: usize,
    /// Bytes a second over all files.
    pub limit: Option<u64>,
    pub patience: Patience,
    /// Rows of finished transfers that are kept for the screen; the figures count them all.
    pub keep: usize,
    /// Told of every transfer that ends. A full channel holds the queue up, so that nothing
    /// grows while its reader is slow.
    pub finished: Option<mpsc::Sender<Finished>>,
}

/// DESIGN's starting point, before the line has been measured.
pub const CONCURRENCY: usize = 32;

impl Default for Options {
    fn default() -> Self {
        Self {
            concurrency: CONCURRENCY,
            limit: None,
            patience: Patience::default(),
            keep: 2_000,
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
    pub fn start(lake: Lake, options: Options) -> Self {
        let closed = CancellationToken::new();
        let core = Arc::new(Core {
            budget: Budget::new(options.concurrency),
            limit: Arc::new(Limit::new(options.limit)),
            lake,
            options,
            beat: Arc::default(),
            book: Mutex::default(),
            wake: Notify::new(),
            room: Notify::new(),
            quiet: Notify::new(),
            walks: Mutex::new(closed.child_token()),
            closed: closed.clone(),
        });
        tokio::spawn(dispatch(core.clone()));
        Self { core, _guard: Arc::new(closed.drop_guard()) }
    }

    /// Takes a plan and reads its folders or prefixes in the background; the first files are
    /// on their way before the last are found.
    pub fn add(&self, plan: Plan) {
        let stop = self.core.walks().child_token();
        self.core.book().walking += 1;
        let core = self.core.clone();
        tokio::spawn(async move {
            // Told by a guard, so that a panic in a walk does not keep the queue from its end.
            let _walk = Walk(core.clone());
            feed::feed(&core, plan, &stop).await;
        });
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
        let over = matches!(item.state(), TransferState::Failed(_) | TransferState::Cancelled);
        if over && !matches!(item.job, Job::Misplaced { .. }) {
            item.progress.reset();
            item.flight.begin(0, []);
            self.core.book().over.retain(|other| *other != id);
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

    /// One transfer from near by.
    pub fn closeup(&self, id: TransferId) -> Option<Closeup> {
        self.core.find(id).map(|item| item.closeup())
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

    /// Puts a new transfer of about `size` bytes in the queue, once there is room.
    pub async fn enqueue(&self, job: Job, size: u64) {
        loop {
            let room = self.room.notified();
            tokio::pin!(room);
            room.as_mut().enable();
            {
                let mut book = self.book();
                if book.waiting.len() < WAITING {
                    let item = book.make(job);
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
    pub async fn misplaced(&self, job: Job, trouble: Trouble) {
        let item = {
            let mut book = self.book();
            book.active += 1;
            book.make(job)
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
        if book.active >= self.options.concurrency.max(1) {
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
        self.quiet.notify_waiters();
    }
}

impl Book {
    fn make(&mut self, job: Job) -> Arc<Item> {
        self.next += 1;
        let item = Arc::new(Item::new(TransferId(self.next), job));
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

/// Starts what may be started, until the engine is dropped.
async fn dispatch(core: Arc<Core>) {
    loop {
        while let Some(item) = core.take_next() {
            core.room.notify_one();
            tokio::spawn(supervise(core.clone(), item));
        }
        // A pause may have emptied the queue.
        core.quiet.notify_waiters();
        tokio::select! {
            () = core.closed.cancelled() => return,
            () = core.wake.notified() => {}
        }
    }
}

/// Runs one transfer to its end, whatever end that is.
async fn supervise(core: Arc<Core>, item: Arc<Item>) {
    let stop = item.lock().stop.clone();
    let task = Task { core: core.clone(), item: item.clone(), stop };
    let ended = match tokio::spawn(run(task.clone())).await {
        Ok(ended) => ended,
        Err(error) if error.is_panic() => Err(End::Trouble(Trouble::new(
            Kind::Other,
            format!("move {}", item.job.local().display()),
            "lakehand made a mistake here, which its log tells of",
        ))),
        Err(_) => Err(End::Stopped),
    };
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
            core.end(&item, TransferState::Paused, None).await;
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

async fn run(task: Task) -> Ended {
    if task.stop.is_cancelled() || task.item.lock().wish == Wish::Cancel {
        return Err(End::Stopped);
    }
    let item = task.item.clone();
    match &item.job {
        Job::Up(job) => up::run(&task, job).await,
        Job::Down(job) => down::run(&task, job).await,
        Job::Misplaced { .. } => Err(End::Stopped),
    }
}

/// Takes back what the store or the disk has of a transfer that will not go on.
async fn clean_up(task: &Task) -> Result<(), Trouble> {
    let checkpoint = task.item.take_checkpoint();
    // The transfer's own token has been used up.
    let task = Task { stop: CancellationToken::new(), ..task.clone() };
    match checkpoint {
        Checkpoint::None => Ok(()),
        Checkpoint::Up(point) => up::abort(&task, &point.begun).await,
        Checkpoint::Down(point) => down::discard(point.temp).await,
    }
}
