//! What a running transfer has around it: stopping, retrying, work off the async threads.

use std::sync::Arc;
use std::time::Instant;

use tokio_util::sync::CancellationToken;

use super::engine::Core;
use super::item::{Item, Landed};
use super::progress::PartMeter;
use super::retry::Patience;
use super::silence::Silence;
use super::tries::Tries;
use crate::lake::Lake;
use crate::model::transfer::TransferState;
use crate::model::trouble::{Kind, Trouble};

/// Why a transfer ended without landing.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum End {
    Trouble(Trouble),
    /// The user paused or cancelled it.
    Stopped,
}

impl From<Trouble> for End {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

pub(super) type Ended = Result<Landed, End>;

#[derive(Clone)]
pub(super) struct Task {
    pub core: Arc<Core>,
    pub item: Arc<Item>,
    pub stop: CancellationToken,
    /// Somebody waits for its end: no outage is waited out.
    pub hasty: bool,
}

impl Task {
    pub fn lake(&self) -> &Lake {
        &self.core.lake
    }

    pub fn patience(&self) -> &Patience {
        &self.core.options.patience
    }

    pub fn set(&self, state: TransferState) {
        self.item.set(state);
        self.core.beat.notify_one();
    }

    /// True where the journal may know something of an earlier try of this transfer.
    pub fn may_be_known(&self) -> bool {
        self.item.batch.inherits || self.item.lock().row.is_some()
    }

    /// Tells the journal what this transfer ends with once its last step is taken.
    ///
    /// # Errors
    /// Where the journal cannot be written: then the step may not be taken.
    pub async fn closing(&self, landed: &Landed) -> Result<(), Trouble> {
        let row = self.item.lock().row;
        let row = self.core.journal.closing(row, self.item.begin(), landed.clone()).await?;
        self.item.lock().row = Some(row);
        Ok(())
    }

    pub fn meter(&self) -> Arc<PartMeter> {
        Arc::new(PartMeter::new(
            self.item.progress.clone(),
            self.core.limit.clone(),
            self.core.budget.clone(),
            self.core.beat.clone(),
        ))
    }

    /// Runs `work`, dropped at once when the transfer is stopped.
    pub async fn or_stop<T>(&self, work: impl Future<Output = T>) -> Result<T, End> {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => Err(End::Stopped),
            done = work => Ok(done),
        }
    }

    /// Runs blocking `work` off the async threads. It may look at the token to end early.
    pub async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&CancellationToken) -> Result<T, End> + Send + 'static,
    ) -> Result<T, End> {
        let stop = self.stop.clone();
        match tokio::task::spawn_blocking(move || work(&stop)).await {
            Ok(done) => done,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                // The runtime is shutting down.
                Err(_) => Err(End::Stopped),
            },
        }
    }

    /// The tries of one request.
    pub fn tries(&self) -> Tries<'_> {
        Tries::of(self)
    }

    /// Tries until it works, the failure is one that stays, or patience ends.
    pub async fn patiently<T, F, Fut>(&self, attempt: F) -> Result<T, End>
    where
        F: FnMut() -> Fut + Send,
        Fut: Future<Output = Result<T, Trouble>> + Send,
    {
        self.tries().run(attempt).await
    }

    /// Gives a request up once it has moved nothing for too long.
    pub async fn unless_silent<T>(
        &self,
        meter: &PartMeter,
        what: &str,
        request: impl Future<Output = Result<T, Trouble>>,
    ) -> Result<T, Trouble> {
        let (patience, silence) = (self.patience(), &self.core.silence);
        let began = Instant::now();
        let watch = async {
            while !silence.is_lost(patience, meter.silence(), Instant::now()) {
                tokio::time::sleep(Silence::look(patience)).await;
            }
        };
        tokio::select! {
            done = request => {
                if done.is_ok() {
                    silence.arrived(meter.counted(), began.elapsed());
                }
                done
            }
            () = watch => {
                let why = format!("nothing has moved for {} s", meter.silence().as_secs());
                Err(Trouble::new(Kind::Unreachable, what, why))
            }
        }
    }
}

/// The result of a part's own task; its panic goes on in the transfer's.
pub(super) fn joined<T>(sent: Result<Result<T, End>, tokio::task::JoinError>) -> Result<T, End> {
    match sent {
        Ok(part) => part,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(End::Stopped),
        },
    }
}
