//! The tries of one request: which failures count, and what is waited for between two.

use std::time::Instant;

use tokio_util::sync::CancellationToken;

use super::engine::Core;
use super::gate::{Look, Mark, Probe, is_session};
use super::item::Item;
use super::task::{End, Task};
use crate::model::trouble::{Kind, Trouble};
use crate::model::uri::S3Uri;

/// One request's tries, from the first on.
pub(super) struct Tries<'a> {
    core: &'a Core,
    /// What the request is about.
    at: &'a S3Uri,
    /// Whose row tells what is waited for.
    item: Option<&'a Item>,
    stop: Option<&'a CancellationToken>,
    /// Outages are waited out.
    waits: bool,
    /// The try that is made, or the next to be, from 1; those that do not count left out.
    number: u32,
    /// Waits so far, each longer than the one before.
    waits_taken: u32,
    /// Since when the store asks to slow down.
    busy_since: Option<Instant>,
    mark: Mark,
}

impl<'a> Tries<'a> {
    /// Of a request of this transfer.
    pub fn of(task: &'a Task) -> Self {
        let at = task.item.job.remote();
        let (item, stop) = (Some(&*task.item), Some(&task.stop));
        Self { item, stop, waits: !task.hasty, ..Self::about(&task.core, at) }
    }

    /// Of a request that belongs to no transfer; whoever makes it stops it by dropping it.
    pub fn about(core: &'a Core, at: &'a S3Uri) -> Self {
        let mark = core.gate.mark();
        Self {
            core,
            at,
            item: None,
            stop: None,
            waits: true,
            number: 1,
            waits_taken: 0,
            busy_since: None,
            mark,
        }
    }

    /// The number of the try that comes after this one.
    pub fn next(&self) -> u32 {
        self.waits_taken + 2
    }

    /// The last try got somewhere: the next counts as the first.
    pub fn moved_on(&mut self) {
        (self.number, self.waits_taken, self.busy_since) = (1, 0, None);
    }

    /// Waits until requests may be sent at all. To be called before each try.
    pub async fn begin(&mut self) -> Result<(), End> {
        if self.waits
            && let Some(why) = self.core.gate.held()
        {
            self.show(&why);
            let probe = self.probe();
            // Boxed, as is a look: rare, and large beside what every try carries.
            self.unless_left(Box::pin(self.core.gate.pass(&probe))).await??;
            self.hide();
        }
        self.mark = self.core.gate.mark();
        Ok(())
    }

    /// The store did what it was asked.
    pub fn worked(&self) {
        self.core.gate.worked();
        if self.waits_taken > 0 {
            self.hide();
        }
    }

    /// A try failed: waits until it is time for the next, or gives the failure back where
    /// there is none.
    ///
    /// A try that failed while the line was down or the session over does not count; how long
    /// that may last is `Patience::outage`.
    pub async fn failed(&mut self, trouble: Trouble) -> Result<(), End> {
        let gate = &self.core.gate;
        gate.failed(&trouble);
        if trouble.kind == Kind::Throttled {
            self.core.budget.slow_down();
        }
        if self.waits && gate.suspects(&trouble, self.mark) {
            self.show(&trouble);
            let probe = self.probe();
            let look = Box::pin(gate.look(&probe, self.mark, &trouble));
            match self.unless_left(look).await? {
                Ok(Look::OpenAgain) => {
                    self.hide();
                    return Ok(());
                }
                Ok(Look::Open) => {}
                Err(why) => return Err(Trouble { what: trouble.what, ..why }.into()),
            }
            // The session is good: this answer was late.
            if is_session(&trouble) && self.number < self.core.options.patience.tries {
                self.number += 1;
                return self.wait(&trouble).await;
            }
        }
        if self.is_busy(&trouble) {
            return self.wait(&trouble).await;
        }
        if !self.core.options.patience.again(self.number, &trouble, gate.has_worked()) {
            return Err(trouble.into());
        }
        self.number += 1;
        self.wait(&trouble).await
    }

    /// True where the store asks to slow down, and has not done so for too long.
    fn is_busy(&mut self, trouble: &Trouble) -> bool {
        if trouble.kind != Kind::Throttled {
            self.busy_since = None;
            return false;
        }
        let since = *self.busy_since.get_or_insert_with(Instant::now);
        self.core.gate.has_worked() && since.elapsed() < self.core.options.patience.busy
    }

    async fn wait(&mut self, trouble: &Trouble) -> Result<(), End> {
        self.waits_taken += 1;
        self.show(trouble);
        let wait = self.core.options.patience.wait(self.waits_taken + 1);
        self.unless_left(tokio::time::sleep(wait)).await
    }

    fn probe(&self) -> Probe<'a> {
        Probe {
            lake: &self.core.lake,
            at: self.at,
            patience: &self.core.options.patience,
            beat: &self.core.beat,
        }
    }

    fn show(&self, why: &Trouble) {
        if let Some(item) = self.item {
            let hint = why.hint.as_ref().filter(|_| is_session(why));
            item.retrying(Some(match hint {
                Some(hint) => format!("{} ({hint})", why.why),
                None => why.why.clone(),
            }));
        }
        self.core.beat.notify_one();
    }

    fn hide(&self) {
        if let Some(item) = self.item {
            item.retrying(None);
        }
        self.core.beat.notify_one();
    }

    /// Runs `work`, dropped at once when the transfer is stopped.
    pub async fn or_stop<T>(&self, work: impl Future<Output = T>) -> Result<T, End> {
        let Some(stop) = self.stop else { return Ok(work.await) };
        tokio::select! {
            biased;
            () = stop.cancelled() => Err(End::Stopped),
            done = work => Ok(done),
        }
    }

    /// Waits between two tries, which also end where the queue is left as it stands.
    async fn unless_left<T>(&self, work: impl Future<Output = T>) -> Result<T, End> {
        let left = async {
            match self.waits {
                true => self.core.draining.cancelled().await,
                false => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = left => Err(End::Stopped),
            done = self.or_stop(work) => done,
        }
    }

    /// Tries until it works, the failure is one that stays, or patience ends. The tries are
    /// boxed: the SDK's futures are large, and those of a transfer nest deep.
    pub async fn run<T, F, Fut>(self, attempt: F) -> Result<T, End>
    where
        F: FnMut() -> Fut + Send,
        Fut: Future<Output = Result<T, Trouble>> + Send,
    {
        self.run_telling(attempt, |_, _| {}).await
    }

    /// [`Self::run`], telling `again` the number of the try that comes, and why.
    pub async fn run_telling<T, F, Fut>(
        mut self,
        mut attempt: F,
        mut again: impl FnMut(u32, &Trouble) + Send,
    ) -> Result<T, End>
    where
        F: FnMut() -> Fut + Send,
        Fut: Future<Output = Result<T, Trouble>> + Send,
    {
        loop {
            self.begin().await?;
            match self.or_stop(Box::pin(attempt())).await? {
                Ok(value) => {
                    self.worked();
                    return Ok(value);
                }
                Err(trouble) => {
                    again(self.next(), &trouble);
                    self.failed(trouble).await?;
                }
            }
        }
    }

    /// [`Self::run`], but a try that is being made is never dropped half way: whether it had
    /// an effect would be anyone's guess.
    pub async fn run_through<T, F, Fut>(mut self, mut attempt: F) -> Result<T, End>
    where
        F: FnMut() -> Fut,
        Fut: Future<Output = Result<T, Trouble>>,
    {
        loop {
            self.begin().await?;
            match Box::pin(attempt()).await {
                Ok(value) => {
                    self.worked();
                    return Ok(value);
                }
                Err(trouble) => self.failed(trouble).await?,
            }
        }
    }
}
