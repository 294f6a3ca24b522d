//! Progress in atomics: the engine adds, whoever shows it samples.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::budget::Budget;
use super::limit::Limit;
use crate::lake::body::Meter;

/// One transfer's figures.
#[derive(Debug, Default)]
pub struct Progress {
    /// Bytes of the whole object; 0 until it is known.
    pub size: AtomicU64,
    /// Bytes that are there or on their way.
    pub done: AtomicU64,
    /// Bytes that went over the line, those sent twice counted twice; of a copy, those that
    /// the store moved.
    pub moved: AtomicU64,
    pub parts_done: AtomicU32,
    pub parts_total: AtomicU32,
    /// Of `done`, those whose part has not arrived yet.
    flying: AtomicU64,
    /// Counts how often it was cut: meters of an earlier run count no more.
    epoch: AtomicU32,
}

impl Progress {
    /// What is on its way is given up, and what still holds a meter of it hears so: a request
    /// that has been dropped may be read to its end all the same, by a lake in this process.
    pub fn cut(&self) {
        self.epoch.fetch_add(1, Relaxed);
        self.done.fetch_sub(self.flying.swap(0, Relaxed), Relaxed);
    }

    /// Forgets everything: the transfer begins again.
    pub fn reset(&self) {
        self.cut();
        self.done.store(0, Relaxed);
        self.parts_done.store(0, Relaxed);
        self.parts_total.store(0, Relaxed);
    }

    /// Takes the size that has been found out, and tells what had been taken for it.
    pub fn begin(&self, size: u64, parts: u32) -> u64 {
        self.parts_total.store(parts, Relaxed);
        self.size.swap(size, Relaxed)
    }

    /// Counts a part that is there already.
    pub fn reuse(&self, bytes: u64) {
        self.done.fetch_add(bytes, Relaxed);
        self.parts_done.fetch_add(1, Relaxed);
    }

    /// Counts a part that the store has copied.
    pub fn copied(&self, bytes: u64) {
        self.moved.fetch_add(bytes, Relaxed);
        self.reuse(bytes);
    }

    fn moved(&self, bytes: u64) {
        self.done.fetch_add(bytes, Relaxed);
        self.flying.fetch_add(bytes, Relaxed);
        self.moved.fetch_add(bytes, Relaxed);
    }
}

/// The meter of one part. What it counted is taken back unless the part arrived.
pub struct PartMeter {
    progress: Arc<Progress>,
    limit: Arc<Limit>,
    budget: Budget,
    beat: Arc<Notify>,
    /// Bytes counted in this pass.
    counted: AtomicU64,
    epoch: u32,
    born: Instant,
    /// Milliseconds after `born` at which the last byte went.
    last: AtomicU64,
}

impl PartMeter {
    pub fn new(
        progress: Arc<Progress>,
        limit: Arc<Limit>,
        budget: Budget,
        beat: Arc<Notify>,
    ) -> Self {
        let (born, epoch) = (Instant::now(), progress.epoch.load(Relaxed));
        let (counted, last) = (AtomicU64::new(0), AtomicU64::new(0));
        Self { progress, limit, budget, beat, counted, epoch, born, last }
    }

    /// The part arrived: its bytes stay counted.
    pub fn arrived(&self) {
        let bytes = self.counted.swap(0, Relaxed);
        self.budget.arrived(bytes);
        if !self.is_cut() {
            self.progress.flying.fetch_sub(bytes, Relaxed);
            self.progress.parts_done.fetch_add(1, Relaxed);
        }
        self.beat.notify_one();
    }

    /// Bytes that went in this pass.
    pub fn counted(&self) -> u64 {
        self.counted.load(Relaxed)
    }

    /// How long nothing has moved. Waiting for leave from the limit is no silence.
    pub fn silence(&self) -> Duration {
        self.born.elapsed().saturating_sub(Duration::from_millis(self.last.load(Relaxed)))
    }

    fn take_back(&self) {
        let bytes = self.counted.swap(0, Relaxed);
        if !self.is_cut() {
            self.progress.flying.fetch_sub(bytes, Relaxed);
            self.progress.done.fetch_sub(bytes, Relaxed);
        }
    }

    /// Something is about to happen, or has.
    pub fn stir(&self) {
        self.last.store(self.born.elapsed().as_millis() as u64, Relaxed);
    }
}

impl Meter for PartMeter {
    fn begin(&self) {
        self.take_back();
        self.stir();
    }

    fn is_cut(&self) -> bool {
        self.progress.epoch.load(Relaxed) != self.epoch
    }

    fn quantum(&self) -> usize {
        self.limit.quantum()
    }

    fn reserve(&self, bytes: usize) -> Duration {
        let wait = self.limit.reserve(bytes as u64);
        let until = self.born.elapsed() + wait;
        self.last.fetch_max(until.as_millis() as u64, Relaxed);
        wait
    }

    fn sent(&self, bytes: usize) {
        if self.is_cut() {
            return;
        }
        self.counted.fetch_add(bytes as u64, Relaxed);
        self.progress.moved(bytes as u64);
        self.stir();
        self.beat.notify_one();
    }
}

impl Drop for PartMeter {
    fn drop(&mut self) {
        self.take_back();
    }
}

/// A rate from samples at irregular times, smoothed exponentially over five seconds.
#[derive(Debug, Clone, Copy, Default)]
pub struct Smooth {
    last: Option<(Instant, u64)>,
    rate: f64,
}

impl Smooth {
    const SPAN: f64 = 5.0;

    /// Takes a counter's value at `now` and gives the rate a second.
    ///
    /// Samples closer than 50 ms change nothing: two panes may ask.
    pub fn sample(&mut self, now: Instant, count: u64) -> f64 {
        let Some((then, before)) = self.last else {
            self.last = Some((now, count));
            return 0.0;
        };
        let seconds = now.saturating_duration_since(then).as_secs_f64();
        if seconds < 0.05 {
            return self.rate;
        }
        let momentary = count.saturating_sub(before) as f64 / seconds;
        // The first interval is all that is known: take it as it is.
        let weight = if self.rate == 0.0 { 1.0 } else { 1.0 - (-seconds / Self::SPAN).exp() };
        self.rate += (momentary - self.rate) * weight;
        if self.rate < 0.5 {
            self.rate = 0.0;
        }
        self.last = Some((now, count));
        self.rate
    }
}

/// Until the end at this rate; `None` where it stands or the end is out of sight.
pub fn eta(left: u64, rate: f64) -> Option<Duration> {
    (rate >= 1.0).then(|| Duration::try_from_secs_f64(left as f64 / rate).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meter(progress: &Arc<Progress>) -> PartMeter {
        PartMeter::new(
            progress.clone(),
            Arc::new(Limit::new(None)),
            Budget::new(None, Arc::new(Limit::new(None))),
            Arc::default(),
        )
    }

    #[test]
    fn what_did_not_arrive_is_taken_back_but_stays_sent() {
        let progress = Arc::new(Progress::default());
        let part = meter(&progress);
        part.begin();
        part.sent(100);
        part.begin();
        part.sent(60);
        assert_eq!(progress.done.load(Relaxed), 60);
        drop(part);
        assert_eq!(progress.done.load(Relaxed), 0);
        let part = meter(&progress);
        part.begin();
        part.sent(100);
        part.arrived();
        drop(part);
        assert_eq!(progress.done.load(Relaxed), 100);
        assert_eq!(progress.moved.load(Relaxed), 260);
        assert_eq!(progress.parts_done.load(Relaxed), 1);
    }

    #[test]
    fn what_is_cut_off_is_taken_back_at_once_and_counts_no_more() {
        let progress = Arc::new(Progress::default());
        let (there, cut) = (meter(&progress), meter(&progress));
        there.sent(50);
        there.arrived();
        cut.sent(100);
        progress.cut();
        assert!(cut.is_cut());
        assert_eq!(progress.done.load(Relaxed), 50);
        progress.reset();
        let again = meter(&progress);
        again.sent(30);
        // A dropped request that is read on, and goes late.
        cut.sent(100);
        drop(cut);
        assert!(!again.is_cut());
        assert_eq!(progress.done.load(Relaxed), 30);
    }

    #[test]
    fn waiting_for_leave_is_no_silence() {
        let limit = Arc::new(Limit::new(Some(1)));
        let budget = Budget::new(None, limit.clone());
        let part = PartMeter::new(Arc::default(), limit, budget, Arc::default());
        assert!(part.reserve(1000) > Duration::from_secs(900));
        std::thread::sleep(Duration::from_millis(5));
        assert_eq!(part.silence(), Duration::ZERO);
    }

    #[test]
    fn the_rate_settles_on_a_steady_one_and_falls_to_nothing() {
        let mut smooth = Smooth::default();
        let start = Instant::now();
        let at = |tenths: u64| start + Duration::from_millis(tenths * 100);
        let mut rate = 0.0;
        for tenth in 0..300 {
            rate = smooth.sample(at(tenth), tenth * 1_000);
        }
        assert!((rate - 10_000.0).abs() < 100.0, "{rate}");
        for tenth in 300..1500 {
            rate = smooth.sample(at(tenth), 299_000);
        }
        assert_eq!(rate, 0.0);
    }

    #[test]
    fn an_eta_is_given_only_where_there_is_one() {
        assert_eq!(eta(100, 10.0), Some(Duration::from_secs(10)));
        assert_eq!(eta(100, 0.0), None);
    }
}
