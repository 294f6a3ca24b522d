//! News that come too often to be told each time.

use std::time::{Duration, Instant};

/// True now and then.
pub(super) struct Beat {
    every: Duration,
    last: Option<Instant>,
}

impl Beat {
    pub fn every(every: Duration) -> Self {
        Self { every, last: None }
    }

    /// True the first time, and where the last time is long enough ago.
    pub fn is_due(&mut self) -> bool {
        let due = self.last.is_none_or(|then| then.elapsed() >= self.every);
        if due {
            self.last = Some(Instant::now());
        }
        due
    }
}
