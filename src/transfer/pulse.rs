//! The rate of the last minutes, second by second, for a sparkline.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// How far back it goes, in seconds.
pub const SPAN: usize = 120;

/// Bytes a second over the last [`SPAN`] seconds, from a counter that is looked at now and then.
#[derive(Debug, Clone, Default)]
pub struct Pulse {
    last: Option<(Instant, u64)>,
    rates: VecDeque<u64>,
}

impl Pulse {
    /// Takes the counter's value. Within a second of the last one that counted it changes
    /// nothing; seconds in which nobody looked share what came in them.
    pub fn sample(&mut self, now: Instant, count: u64) {
        let Some((then, before)) = self.last else {
            self.last = Some((now, count));
            return;
        };
        let seconds = now.saturating_duration_since(then).as_secs();
        if seconds == 0 {
            return;
        }
        let rate = count.saturating_sub(before) / seconds;
        let missed = usize::try_from(seconds).unwrap_or(SPAN).min(SPAN);
        self.rates.extend(std::iter::repeat_n(rate, missed));
        let over = self.rates.len().saturating_sub(SPAN);
        self.rates.drain(..over);
        self.last = Some((then + Duration::from_secs(seconds), count));
    }

    /// The oldest first; fewer where it has not been watched for so long.
    pub fn rates(&self) -> Vec<u64> {
        self.rates.iter().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_second_counts_once() {
        let mut pulse = Pulse::default();
        let start = Instant::now();
        for quarter in 0..=12u64 {
            pulse.sample(start + Duration::from_millis(quarter * 250), quarter * 25);
        }
        assert_eq!(pulse.rates(), [100, 100, 100]);
    }

    #[test]
    fn seconds_nobody_looked_at_share_what_came() {
        let mut pulse = Pulse::default();
        let start = Instant::now();
        pulse.sample(start, 0);
        pulse.sample(start + Duration::from_secs(4), 400);
        assert_eq!(pulse.rates(), [100; 4]);
        pulse.sample(start + Duration::from_secs(100_000), 400);
        assert_eq!(pulse.rates(), [0; SPAN], "no longer than it is kept");
    }
}
