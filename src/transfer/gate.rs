//! One gate before all requests of an engine: shut while the line is down or the session has
//! expired. Whoever finds it shut looks now and then whether it is open again, one at a time;
//! the others wait behind.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::Notify;

use super::retry::Patience;
use crate::lake::Lake;
use crate::model::trouble::{Kind, Trouble};
use crate::model::uri::S3Uri;

#[derive(Debug, Default)]
pub(super) struct Gate {
    /// The store has once done what this engine asked, so that endpoint and credentials are
    /// right: what fails from here on may pass.
    worked: AtomicBool,
    /// Answers of the store so far, errors among them.
    heard: AtomicU64,
    /// How often it was found shut and is open again.
    opened: AtomicU64,
    shut: Mutex<Option<Shut>>,
    /// Whose turn it is to look.
    turn: tokio::sync::Mutex<()>,
}

#[derive(Debug, Clone)]
struct Shut {
    why: Trouble,
    since: Instant,
}

/// How things stood when a try began.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Mark {
    heard: u64,
    opened: u64,
}

/// What a look at the gate found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// The store answers, and did all along.
    Open,
    /// It was shut, and is open again.
    OpenAgain,
}

/// What is asked, and how often.
pub(super) struct Probe<'a> {
    pub lake: &'a Lake,
    /// Listed, a single key of it: unlike HEAD that tells an expired session by its name, and
    /// a denial is an answer too.
    pub at: &'a S3Uri,
    pub patience: &'a Patience,
    /// Told when the gate is shut or opened.
    pub beat: &'a Notify,
}

impl Gate {
    pub fn mark(&self) -> Mark {
        Mark { heard: self.heard.load(SeqCst), opened: self.opened.load(SeqCst) }
    }

    /// The store did what it was asked.
    pub fn worked(&self) {
        self.heard.fetch_add(1, SeqCst);
        self.worked.store(true, SeqCst);
    }

    /// True once the store has done anything that was asked.
    pub fn has_worked(&self) -> bool {
        self.worked.load(SeqCst)
    }

    /// A request failed.
    pub fn failed(&self, trouble: &Trouble) {
        // Only an answer carries a code.
        if trouble.code.is_some() {
            self.heard.fetch_add(1, SeqCst);
            if !is_session(trouble) && !is_speechless(trouble) {
                self.worked.store(true, SeqCst);
            }
        }
    }

    /// Why nothing is sent, while nothing is.
    pub fn held(&self) -> Option<Trouble> {
        self.shut().as_ref().map(|shut| shut.why.clone())
    }

    /// True for a failure of a try begun at `mark` that may not be this request's own: the
    /// session, or a line on which nobody has heard anything since.
    pub fn suspects(&self, trouble: &Trouble, mark: Mark) -> bool {
        let line = trouble.kind == Kind::Unreachable && self.heard.load(SeqCst) == mark.heard;
        self.has_worked() && (line || is_session(trouble) || is_speechless(trouble))
    }

    /// Looks whether the store answers, and waits until it does. For a try that failed with
    /// `trouble`, begun at `mark`.
    ///
    /// # Errors
    /// What keeps the store away, once that has lasted for `Patience::outage`.
    pub async fn look(
        &self,
        probe: &Probe<'_>,
        mark: Mark,
        trouble: &Trouble,
    ) -> Result<Look, Trouble> {
        let _turn = self.turn.lock().await;
        if self.opened.load(SeqCst) != mark.opened {
            return Ok(Look::OpenAgain);
        }
        if self.shut().is_none() && !self.suspects(trouble, mark) {
            return Ok(Look::Open);
        }
        self.wait(probe).await
    }

    /// Waits where the gate is known to be shut.
    ///
    /// # Errors
    /// As [`Self::look`].
    pub async fn pass(&self, probe: &Probe<'_>) -> Result<(), Trouble> {
        if self.shut().is_none() {
            return Ok(());
        }
        let _turn = self.turn.lock().await;
        if self.held().is_none() {
            return Ok(());
        }
        self.wait(probe).await.map(|_| ())
    }

    /// Asks until the store answers. By whoever has the turn.
    async fn wait(&self, probe: &Probe<'_>) -> Result<Look, Trouble> {
        loop {
            let Some(why) = ask(probe).await else {
                self.worked();
                let was_shut = self.shut().take().is_some();
                probe.beat.notify_one();
                if !was_shut {
                    return Ok(Look::Open);
                }
                self.opened.fetch_add(1, SeqCst);
                return Ok(Look::OpenAgain);
            };
            let since = {
                let mut shut = self.shut();
                let since = shut.as_ref().map_or_else(Instant::now, |shut| shut.since);
                *shut = Some(Shut { why: why.clone(), since });
                since
            };
            probe.beat.notify_one();
            if since.elapsed() >= probe.patience.outage {
                return Err(why);
            }
            tokio::time::sleep(probe.patience.probe).await;
        }
    }

    fn shut(&self) -> MutexGuard<'_, Option<Shut>> {
        self.shut.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why the store cannot be worked with; `None` where it answers, whatever it says.
async fn ask(probe: &Probe<'_>) -> Option<Trouble> {
    let trouble = probe.lake.page(probe.at, false, None, 1).await.err()?;
    (trouble.kind == Kind::Unreachable || is_session(&trouble)).then_some(trouble)
}

/// True where logging in again would mend it.
pub(super) fn is_session(trouble: &Trouble) -> bool {
    matches!(trouble.kind, Kind::Expired | Kind::NoCredentials)
}

/// True for a 400 without a word: what HEAD answers to an expired session.
fn is_speechless(trouble: &Trouble) -> bool {
    trouble.code.as_deref() == Some("HTTP 400")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unreachable() -> Trouble {
        Trouble::new(Kind::Unreachable, "x", "y")
    }

    fn answered(kind: Kind, code: &str) -> Trouble {
        let mut trouble = Trouble::new(kind, "x", "y");
        trouble.code = Some(code.into());
        trouble
    }

    #[test]
    fn nothing_is_waited_for_before_anything_has_worked() {
        let gate = Gate::default();
        let mark = gate.mark();
        let expired = answered(Kind::Expired, "ExpiredToken");
        gate.failed(&expired);
        gate.failed(&unreachable());
        assert!(!gate.suspects(&expired, mark) && !gate.suspects(&unreachable(), gate.mark()));
        gate.worked();
        assert!(gate.suspects(&expired, mark) && gate.suspects(&unreachable(), gate.mark()));
    }

    #[test]
    fn a_line_on_which_others_are_heard_is_no_outage() {
        let gate = Gate::default();
        gate.worked();
        let mark = gate.mark();
        gate.failed(&unreachable());
        assert!(gate.suspects(&unreachable(), mark));
        gate.failed(&answered(Kind::Throttled, "SlowDown"));
        assert!(!gate.suspects(&unreachable(), mark));
        assert!(!gate.suspects(&answered(Kind::Denied, "AccessDenied"), mark));
        assert!(gate.suspects(&answered(Kind::Other, "HTTP 400"), mark));
    }
}
