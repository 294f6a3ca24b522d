//! Effects become tasks, tasks become messages.
//!
//! A [`Crew`] runs at most one job a slot; starting another cancels it. What a job has to
//! tell goes over a bounded channel, so a flood of news slows the job and not the screen.
//! Everything that is told has been made fit to be shown here: the screen knows no raw text
//! but the keys it needs for the next request.

mod across;
mod acts;
mod app;
mod atlas;
mod batches;
mod beat;
mod buckets;
mod catalog;
mod cells;
mod count;
mod desk;
mod details;
mod drafts;
mod estimate;
mod files;
mod gone;
mod heirs;
mod jobs;
mod keep;
mod look;
mod moves;
mod open;
mod past;
mod paths;
mod places;
mod posture;
mod preview;
mod query_this;
mod queue;
mod saving;
mod size;
mod sql;
mod strays;
mod there;
mod transfers;
mod venues;
mod versions;

use std::collections::HashMap;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use futures::FutureExt;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub use desk::Desk;
pub use open::{Opener, Which};

use crate::lake::Lake;
use crate::model::shown::Shown;
use crate::model::trouble::{Kind, Trouble};
use crate::transfer::handover::Door;
use crate::transfer::manifest::Manifests;
use crate::transfer::{BatchState, Engine};
use crate::ui::app::News as AppNews;
use crate::ui::talk::{Effect, Failure, Job, Level, News, Notice, Slot};

/// So much news may wait for the screen; then jobs wait.
const WAITING: usize = 64;

/// How long jobs that put things in order may take when the program ends.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// Runs the jobs of the screen.
pub struct Crew {
    shared: Arc<Shared>,
    news: mpsc::Sender<News>,
    running: HashMap<Slot, Running>,
    /// Cancelled, and perhaps not yet at their end: the program waits for these too.
    ending: Vec<Running>,
}

struct Running {
    token: CancellationToken,
    task: JoinHandle<()>,
    /// Left as it is when the terminal goes away.
    outlives: bool,
}

/// What every job can reach.
struct Shared {
    opener: Opener,
    desk: Desk,
    /// The result on the screen, and the text that has still to be kept.
    bench: sql::Bench,
    /// The object that is looked into.
    looks: preview::Bench,
    /// `None` until a lake is open.
    open: RwLock<Option<Open>>,
}

/// A lake, and the queue of transfers that belongs to it.
#[derive(Clone)]
struct Open {
    lake: Lake,
    engine: Engine,
    /// Where other processes ask for the queue.
    door: Arc<Door>,
    /// What every batch that is over leaves.
    manifests: Manifests,
}

/// What a job is given.
#[derive(Clone)]
pub(crate) struct Cx {
    shared: Arc<Shared>,
    news: mpsc::Sender<News>,
    /// Cancelled when the job is of no use any more. Most jobs need not look: they are
    /// dropped at their next await. See [`minds_its_end`].
    pub(crate) cancel: CancellationToken,
}

impl Cx {
    /// The lake that is open.
    pub(crate) fn lake(&self) -> Result<Lake, Trouble> {
        self.open().map(|open| open.lake)
    }

    /// The queue of transfers.
    pub(crate) fn engine(&self) -> Result<Engine, Trouble> {
        self.open().map(|open| open.engine)
    }

    /// Where what outlives the program is kept.
    fn desk(&self) -> &Desk {
        &self.shared.desk
    }

    fn bench(&self) -> &sql::Bench {
        &self.shared.bench
    }

    fn looks(&self) -> &preview::Bench {
        &self.shared.looks
    }

    fn open(&self) -> Result<Open, Trouble> {
        let open = self.shared.open.read().unwrap_or_else(PoisonError::into_inner);
        open.clone().ok_or_else(|| Trouble::new(Kind::Other, "lake", "there is none open yet"))
    }

    /// Takes a lake into use. Files that are moved change what the screen shows: it is told.
    ///
    /// # Errors
    /// Where the queue's journal cannot be opened.
    async fn opened(&self, lake: Lake) -> Result<(), Trouble> {
        let (engine, manifests) =
            transfers::start(lake.clone(), self.desk(), self.news.clone()).await?;
        match transfers::take_up(&engine).await {
            Ok(0) => {}
            Ok(count) => self.say(gone_on_with(count)).await,
            Err(trouble) => self.complain(&trouble).await,
        }
        let (door, trouble) = Door::open(&engine);
        if let Some(trouble) = trouble {
            self.complain(&trouble).await;
        }
        tokio::spawn(heirs::settle(engine.clone(), self.clone()));
        let open = Open { lake, engine, door: Arc::new(door), manifests };
        *self.shared.open.write().unwrap_or_else(PoisonError::into_inner) = Some(open);
        Ok(())
    }

    /// Tells the screen; waits while it is behind.
    pub(crate) async fn tell(&self, news: impl Into<News>) {
        // A closed channel: the program is ending, nobody listens.
        let _ = self.news.send(news.into()).await;
    }

    /// The same from a thread that may wait.
    pub(crate) fn tell_from_thread(&self, news: impl Into<News>) {
        let _ = self.news.blocking_send(news.into());
    }

    /// Says something at the foot of the screen.
    pub(crate) async fn say(&self, notice: Notice) {
        self.tell(AppNews::Said(notice)).await;
    }

    /// Says what went wrong, where nothing on the screen waits for it.
    pub(crate) async fn complain(&self, trouble: &Trouble) {
        self.say(Failure::from(trouble).notice()).await;
    }
}

impl Crew {
    /// A crew and the news it will bring.
    pub fn new(opener: Opener, desk: Desk) -> (Self, mpsc::Receiver<News>) {
        let (news, listener) = mpsc::channel(WAITING);
        let (open, bench) = (RwLock::new(None), sql::Bench::default());
        let looks = preview::Bench::default();
        let shared = Arc::new(Shared { opener, desk, bench, looks, open });
        (Self { shared, news, running: HashMap::new(), ending: Vec::new() }, listener)
    }

    /// Carries out an effect; answers it back where it is not a job's.
    pub fn carry_out(&mut self, effect: Effect) -> Option<Effect> {
        match effect {
            Effect::Start(slot, job) => self.start(slot, job),
            Effect::Stop(slot) => self.stop(slot),
            Effect::LeaveQueries => {
                let left = self.running.extract_if(|_, running| running.outlives);
                left.for_each(|(_, running)| running.task.abort());
            }
            Effect::Leave(slot) => {
                let left = self.running.remove(&slot).filter(|running| running.outlives);
                left.into_iter().for_each(|running| running.task.abort());
            }
            other => return Some(other),
        }
        None
    }

    fn start(&mut self, slot: Slot, job: Job) {
        self.stop(slot);
        self.running.retain(|_, running| !running.task.is_finished());
        let token = CancellationToken::new();
        let cx = Cx { shared: self.shared.clone(), news: self.news.clone(), cancel: token.clone() };
        let outlives = outlives_the_terminal(&job);
        let task = tokio::spawn(supervise(job, cx));
        self.running.insert(slot, Running { token, task, outlives });
    }

    fn stop(&mut self, slot: Slot) {
        self.ending.retain(|running| !running.task.is_finished());
        if let Some(running) = self.running.remove(&slot) {
            running.token.cancel();
            self.ending.push(running);
        }
    }

    /// Cancels everything and waits a little for jobs that put things in order: queries are
    /// stopped, and transfers left to the journal, where the next start finds them.
    pub async fn dismiss(self) {
        let queue = leave(self.open().map(|open| open.engine));
        let all = futures::future::join(
            put_in_order(self.running.into_values().chain(self.ending)),
            queue,
        );
        let _ = tokio::time::timeout(LAST_WORDS, all).await;
        self.shared.bench.drafts.flush();
    }

    /// The terminal is gone: queries are left running where they run, and transfers go on
    /// until none is left, another lakehand takes them over, or `cancel`.
    pub async fn go_on_alone(self, cancel: &CancellationToken) {
        let open = self.open();
        let (left, rest): (Vec<_>, Vec<_>) =
            self.running.into_values().partition(|running| running.outlives);
        left.iter().for_each(|running| running.task.abort());
        let _ = tokio::time::timeout(LAST_WORDS, put_in_order(rest.into_iter().chain(self.ending)))
            .await;
        self.shared.bench.drafts.flush();
        let Some(Open { engine, door, .. }) = open else { return };
        if engine.idle().now_or_never().is_none() {
            door.headless().await;
            tokio::select! {
                given = door.idle() => tracing::info!(given, "nothing is left to do here"),
                () = cancel.cancelled() => {}
            }
        }
        let _ = tokio::time::timeout(LAST_WORDS, leave(Some(engine))).await;
    }

    fn open(&self) -> Option<Open> {
        self.shared.open.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn put_in_order(running: impl IntoIterator<Item = Running>) {
    let tasks = running.into_iter().map(|running| {
        running.token.cancel();
        running.task
    });
    futures::future::join_all(tasks).await;
}

/// Gives the queue back to the journal.
async fn leave(engine: Option<Engine>) {
    if let Some(engine) = engine {
        engine.leave(BatchState::Open, false).await;
    }
}

fn gone_on_with(batches: usize) -> Notice {
    let text = match batches {
        1 => "Going on with the transfers that were left unfinished".to_owned(),
        more => format!("Going on with {more} batches of transfers that were left unfinished"),
    };
    Notice { level: Level::Info, text: text.into(), hint: None }
}

/// Runs one job to its end or its cancellation; a panic in it becomes a notice.
async fn supervise(job: Job, cx: Cx) {
    let graceful = minds_its_end(&job);
    let work = AssertUnwindSafe(run(job, &cx)).catch_unwind();
    let outcome = tokio::select! {
        biased;
        () = cx.cancel.cancelled(), if !graceful => return,
        outcome = work => outcome,
    };
    if let Err(panic) = outcome {
        let what = panic_message(panic.as_ref());
        tracing::error!("a job panicked: {what}");
        cx.tell(AppNews::Panicked(Shown::of(&what))).await;
    }
}

/// True for jobs that look at `cx.cancel` themselves and put things in order when it is
/// cancelled (stop a query); all others are dropped where they wait.
fn minds_its_end(job: &Job) -> bool {
    match job {
        Job::App(_) | Job::Jobs(_) => false,
        Job::Buckets(job) => buckets::minds_its_end(job),
        Job::Transfers(job) => queue::minds_its_end(job),
        Job::Sql(job) => sql::minds_its_end(job),
    }
}

/// True for what AWS does by itself, and nobody has asked to stop.
fn outlives_the_terminal(job: &Job) -> bool {
    matches!(job, Job::Sql(job) if sql::is_query(job))
}

fn run<'a>(job: Job, cx: &'a Cx) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
    match job {
        Job::App(job) => Box::pin(app::run(job, cx)),
        Job::Buckets(job) => Box::pin(buckets::run(job, cx)),
        Job::Transfers(job) => Box::pin(queue::run(job, cx)),
        Job::Sql(job) => Box::pin(sql::run(job, cx)),
        Job::Jobs(job) => Box::pin(jobs::run(job, cx)),
    }
}

fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "for an unknown reason".to_owned())
}

/// Blocking work away from the tasks that answer keys; a panic in it goes on here.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is going away, and this task with it.
            Err(_) => std::future::pending().await,
        },
    }
}
