//! How a whole run went, counted as its transfers end.

use std::time::{Duration, Instant};

use crate::model::transfer::TransferState;
use crate::transfer::Finished;

use super::failure::{Exit, Failure};
use super::units::{bytes, duration};

/// How a whole run went.
#[derive(Debug, Clone)]
pub(super) struct Tally {
    pub done: u64,
    pub skipped: u64,
    /// Those interrupted included.
    pub failed: u64,
    /// Of what is done or skipped.
    pub bytes: u64,
    /// Bytes that went over the line.
    pub moved: u64,
    pub parts_reused: u64,
    /// It did not come to its end here.
    pub interrupted: bool,
    /// The terminal went away meanwhile.
    pub headless: bool,
    began: Instant,
    took: Duration,
}

impl Tally {
    pub fn new() -> Self {
        Self {
            done: 0,
            skipped: 0,
            failed: 0,
            bytes: 0,
            moved: 0,
            parts_reused: 0,
            interrupted: false,
            headless: false,
            began: Instant::now(),
            took: Duration::ZERO,
        }
    }

    pub fn count(&mut self, end: &Finished) {
        match &end.state {
            TransferState::Done(_) => self.done += 1,
            TransferState::Skipped(_) => self.skipped += 1,
            _ => self.failed += 1,
        }
        if end.landed.is_some() {
            self.bytes += end.size;
        }
        self.moved += end.moved;
        self.parts_reused += end.landed.as_ref().map_or(0, |landed| landed.parts_reused.into());
    }

    /// Nothing more will be counted.
    pub fn stop(&mut self, interrupted: bool) {
        self.interrupted = interrupted;
        self.took = self.began.elapsed();
    }

    /// Since the beginning; not before [`Self::stop`] the whole of it.
    pub fn so_far(&self) -> Duration {
        self.began.elapsed()
    }

    pub fn took(&self) -> Duration {
        self.took
    }

    /// To the millisecond.
    pub fn seconds(&self) -> f64 {
        self.took.as_millis() as f64 / 1000.0
    }

    /// How the run ends; `told` is what printing it came to. What cannot be printed because
    /// the line has dropped is no failure.
    pub fn end(&self, told: Result<(), Failure>) -> Result<Exit, Failure> {
        match told {
            Err(failure) if !self.headless => Err(failure),
            _ => Ok(self.exit()),
        }
    }

    /// Failed where nothing worked, "some failed" where something did.
    pub fn exit(&self) -> Exit {
        match (self.interrupted, self.failed, self.done + self.skipped) {
            (true, ..) => Exit::Interrupted,
            (_, 0, _) => Exit::Done,
            (_, _, 0) => Exit::Failed,
            _ => Exit::SomeFailed,
        }
    }

    /// `12 done, 3 skipped, 1 failed: 1.2 GB in 34 s`.
    pub fn sentence(&self) -> String {
        let mut parts = vec![format!("{} done", self.done)];
        for (count, word) in [(self.skipped, "skipped"), (self.failed, "failed")] {
            if count > 0 {
                parts.push(format!("{count} {word}"));
            }
        }
        let rate = match self.took.as_secs_f64() {
            seconds if seconds > 0.0 => (self.moved as f64 / seconds) as u64,
            _ => 0,
        };
        format!(
            "{}: {} moved in {}, {}/s",
            parts.join(", "),
            bytes(self.moved),
            duration(self.took),
            bytes(rate)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exit_tells_all_from_some() {
        let tally =
            |done, failed, interrupted| Tally { done, failed, interrupted, ..Tally::new() }.exit();
        assert_eq!(tally(0, 0, false), Exit::Done);
        assert_eq!(tally(2, 0, false), Exit::Done);
        assert_eq!(tally(2, 1, false), Exit::SomeFailed);
        assert_eq!(tally(0, 1, false), Exit::Failed);
        assert_eq!(tally(2, 1, true), Exit::Interrupted);
    }
}
