//! A token bucket, for `--limit`.

use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Hands out bytes at a rate. Reservations are served in the order they are made.
///
/// Kept as the instant at which the bucket is full again (GCRA), so that a reservation is
/// one addition and nothing has to refill it.
#[derive(Debug)]
pub struct Limit {
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    /// Bytes a second; `None` is no limit.
    rate: Option<u64>,
    full_at: Instant,
}

/// How much may go at once after a rest: a quarter of a second's worth.
const BURST: Duration = Duration::from_millis(250);

impl Limit {
    pub fn new(rate: Option<u64>) -> Self {
        Self { inner: Mutex::new(Inner { rate: rate.filter(|r| *r > 0), full_at: Instant::now() }) }
    }

    /// Changes the rate for what is reserved from now on. What has been handed out and not
    /// used up is a debt of bytes, not of time: at a higher rate it is paid sooner.
    pub fn set(&self, rate: Option<u64>) {
        self.set_at(rate, Instant::now());
    }

    fn set_at(&self, rate: Option<u64>, now: Instant) {
        let rate = rate.filter(|r| *r > 0);
        let mut inner = self.lock();
        let debt = inner.full_at.saturating_duration_since(now);
        let scale = match (inner.rate, rate) {
            (Some(old), Some(new)) => old as f64 / new as f64,
            _ => 0.0,
        };
        let longest = Duration::from_secs(3600);
        inner.full_at =
            now + Duration::try_from_secs_f64(debt.as_secs_f64() * scale).unwrap_or(longest);
        inner.rate = rate;
    }

    /// Bytes a second, where there is a limit.
    pub fn rate(&self) -> Option<u64> {
        self.lock().rate
    }

    /// The most bytes to take at once: a sixty-fourth of a second's worth, within 4 to 256 KiB,
    /// so that many bodies on a thin line each move often enough not to look stalled.
    pub fn quantum(&self) -> usize {
        match self.lock().rate {
            Some(rate) => (rate / 64).clamp(4 << 10, 256 << 10) as usize,
            None => 256 << 10,
        }
    }

    /// Takes `bytes` and tells how long to wait before using them.
    pub fn reserve(&self, bytes: u64) -> Duration {
        self.reserve_at(bytes, Instant::now())
    }

    fn reserve_at(&self, bytes: u64, now: Instant) -> Duration {
        let mut inner = self.lock();
        let Some(rate) = inner.rate else { return Duration::ZERO };
        let cost = Duration::from_secs_f64(bytes as f64 / rate as f64);
        inner.full_at = inner.full_at.max(now) + cost;
        inner.full_at.saturating_duration_since(now).saturating_sub(BURST)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn over_a_minute_the_rate_holds() {
        let limit = Limit::new(Some(1_000_000));
        let start = Instant::now();
        let mut now = start;
        for _ in 0..600 {
            now += limit.reserve_at(100_000, now);
        }
        let took = now - start;
        assert!(took >= Duration::from_millis(59_700) && took <= Duration::from_secs(60));
    }

    #[test]
    fn a_rest_earns_no_more_than_the_burst() {
        let limit = Limit::new(Some(1_000));
        let now = Instant::now() + Duration::from_secs(3600);
        assert_eq!(limit.reserve_at(250, now), Duration::ZERO);
        assert_eq!(limit.reserve_at(1_000, now), Duration::from_secs(1));
    }

    #[test]
    fn no_rate_is_no_limit_and_the_rate_can_change() {
        let limit = Limit::new(None);
        assert_eq!(limit.reserve(u64::MAX), Duration::ZERO);
        limit.set(Some(1));
        assert!(limit.reserve(100) > Duration::from_secs(90));
    }

    #[test]
    fn a_higher_rate_pays_an_old_debt_sooner() {
        let limit = Limit::new(Some(1_000));
        let now = Instant::now() + Duration::from_secs(1);
        assert!(limit.reserve_at(100_000, now) > Duration::from_secs(99));
        limit.set_at(Some(100_000), now);
        let wait = limit.reserve_at(0, now);
        assert!(wait < Duration::from_secs(1), "{wait:?}");
        limit.set_at(None, now);
        limit.set_at(Some(10), now);
        assert_eq!(limit.reserve_at(0, now), Duration::ZERO, "no debt of a time without limit");
    }
}
