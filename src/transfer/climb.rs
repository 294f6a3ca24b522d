//! How many requests at once, found out on the line itself: more for as long as more brings
//! more, half when the store says that it is too much.

use std::time::{Duration, Instant};

/// Where the search begins. More are handshakes and memory that a fast line has no use for.
const START: usize = 16;
/// How far it goes before the line has been measured, where the processors idle meanwhile: fewer
/// cost a long line its first second.
const WIDE: usize = 48;
/// The most that is tried: many small files over a long line want as many.
const CEILING: usize = 256;
/// A shorter look would measure chance.
const LOOK: Duration = Duration::from_millis(250);
/// How long a level that was found holds before the next one is tried; doubles with every
/// attempt that was in vain.
const REST: Duration = Duration::from_secs(5);
const LONG_REST: Duration = Duration::from_secs(80);
/// The store is told that it was heard once for all requests that were under way.
const DEAF: Duration = Duration::from_secs(1);
/// A request costs what so many bytes cost, whatever it carries.
const REQUEST: u64 = 64 << 10;
/// Of the part by which the number of requests was raised, so much must come back as goodput.
const WORTH: f64 = 0.3;

/// The search: arrivals and refusals go in, the number of requests comes out. Does not look at
/// the clock.
#[derive(Debug)]
pub struct Climb {
    limit: usize,
    ceiling: usize,
    /// Nothing has been measured yet.
    blind: bool,
    /// How much a step adds, of what there is.
    stride: f64,
    /// The level before the last step and what it brought, while the step is on trial.
    trial: Option<(usize, f64)>,
    rest: Duration,
    resting_until: Option<Instant>,
    halved: Option<Instant>,
    since: Option<Instant>,
    requests: usize,
    work: u64,
}

impl Climb {
    /// A number that somebody chose is a ceiling, and is where it begins.
    pub fn new(chosen: Option<usize>) -> Self {
        let ceiling = chosen.unwrap_or(CEILING).max(1);
        Self {
            limit: chosen.unwrap_or(START).max(1),
            ceiling,
            blind: chosen.is_none(),
            stride: 0.5,
            trial: None,
            rest: REST,
            resting_until: None,
            halved: None,
            since: None,
            requests: 0,
            work: 0,
        }
    }

    pub fn limit(&self) -> usize {
        self.limit
    }

    /// True until the line has been measured: [`Climb::widen`] is what there is until then.
    pub fn is_narrow(&self) -> bool {
        self.blind && self.limit < WIDE
    }

    /// One had to wait for its turn while the processors idled: twice as many.
    pub fn widen(&mut self) {
        if self.is_narrow() {
            self.limit = (self.limit * 2).min(WIDE);
        }
    }

    /// A request that moved `bytes` is through. `full`: since the last look one had to wait
    /// for its turn. Gives true where that look is over.
    pub fn arrived(&mut self, bytes: u64, full: bool, now: Instant) -> bool {
        let since = *self.since.get_or_insert(now);
        self.requests += 1;
        self.work += bytes + REQUEST;
        let took = now.saturating_duration_since(since);
        if self.requests < self.limit || took < LOOK {
            return false;
        }
        let goodput = self.work as f64 / took.as_secs_f64();
        self.blind = false;
        self.look_anew(now);
        if full {
            self.judge(goodput, now);
        } else {
            // There is not enough to do to tell.
            self.trial = None;
        }
        true
    }

    /// The store said SlowDown: half as many, once for all that were under way, and smaller
    /// steps from here on.
    pub fn slow_down(&mut self, now: Instant) {
        if self.halved.is_some_and(|then| now.saturating_duration_since(then) < DEAF) {
            return;
        }
        self.halved = Some(now);
        self.blind = false;
        self.limit = (self.limit / 2).max(1);
        self.stride = 0.125;
        self.trial = None;
        self.resting_until = Some(now + REST);
        self.look_anew(now);
    }

    fn judge(&mut self, goodput: f64, now: Instant) {
        match self.trial.take() {
            Some((before, was)) => {
                let raised = self.limit as f64 / before as f64 - 1.0;
                if goodput >= was * (1.0 + raised * WORTH) {
                    self.rest = REST;
                    self.step(goodput);
                } else {
                    self.limit = before;
                    self.resting_until = Some(now + self.rest);
                    self.rest = (self.rest * 2).min(LONG_REST);
                }
            }
            None if self.resting_until.is_none_or(|until| now >= until) => self.step(goodput),
            None => {}
        }
    }

    fn step(&mut self, goodput: f64) {
        let more = ((self.limit as f64 * self.stride) as usize).max(1);
        let next = (self.limit + more).min(self.ceiling);
        if next > self.limit {
            self.trial = Some((self.limit, goodput));
            self.limit = next;
        }
    }

    fn look_anew(&mut self, now: Instant) {
        (self.since, self.requests, self.work) = (Some(now), 0, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs `climb` for a while against a line that brings `goodput(n)` requests a second with
    /// `n` at once; gives the levels it was at, second by second.
    fn levels(climb: &mut Climb, seconds: u64, goodput: impl Fn(usize) -> f64) -> Vec<usize> {
        let start = climb.since.unwrap_or_else(Instant::now);
        let mut at = Duration::ZERO;
        let mut levels = Vec::new();
        for second in 1..=seconds {
            while at < Duration::from_secs(second) {
                at += Duration::from_secs_f64(1.0 / goodput(climb.limit()));
                climb.arrived(4096, true, start + at);
            }
            levels.push(climb.limit());
        }
        levels
    }

    #[test]
    fn a_long_line_gets_as_many_as_it_takes() {
        let mut climb = Climb::new(None);
        let levels = levels(&mut climb, 10, |n| n as f64 / 0.03);
        assert_eq!(levels.last(), Some(&CEILING), "{levels:?}");
    }

    #[test]
    fn a_full_line_stays_near_where_it_is() {
        let mut climb = Climb::new(None);
        let levels = levels(&mut climb, 60, |_| 5_000.0);
        let high = levels.iter().filter(|level| **level > START).count();
        assert!(high <= 6, "more is tried ever more rarely: {levels:?}");
    }

    #[test]
    fn a_line_that_is_full_at_some_level_is_found() {
        let mut climb = Climb::new(None);
        let levels = levels(&mut climb, 20, |n| n.min(100) as f64 / 0.03);
        let last = levels[19];
        assert!((72..=162).contains(&last), "{levels:?}");
    }

    #[test]
    fn it_widens_until_the_line_is_measured() {
        let mut climb = Climb::new(None);
        climb.widen();
        assert_eq!(climb.limit(), START * 2);
        (0..9).for_each(|_| climb.widen());
        assert_eq!((climb.limit(), climb.is_narrow()), (WIDE, false));

        let mut refused = Climb::new(None);
        refused.slow_down(Instant::now());
        refused.widen();
        assert_eq!(refused.limit(), START / 2);

        let mut measured = Climb::new(None);
        levels(&mut measured, 1, |_| 200.0);
        assert!(!measured.is_narrow());

        let mut chosen = Climb::new(Some(4));
        chosen.widen();
        assert_eq!(chosen.limit(), 4);
    }

    #[test]
    fn a_refusal_halves_once_and_it_climbs_again() {
        let mut climb = Climb::new(None);
        let start = Instant::now();
        climb.arrived(0, true, start);
        for _ in 0..20 {
            climb.slow_down(start);
        }
        assert_eq!(climb.limit(), START / 2);
        climb.slow_down(start + DEAF);
        assert_eq!(climb.limit(), START / 4);
        let levels = levels(&mut climb, 30, |n| n as f64 / 0.03);
        assert!(levels[29] > START, "{levels:?}");
        assert!(levels[2] <= START / 4, "not at once: {levels:?}");
    }

    #[test]
    fn a_chosen_number_is_never_passed_and_one_request_always_goes() {
        let mut climb = Climb::new(Some(4));
        let levels = levels(&mut climb, 20, |n| n as f64 / 0.03);
        assert!(levels.iter().all(|level| *level == 4), "{levels:?}");
        let start = Instant::now();
        for second in 0..9 {
            climb.slow_down(start + Duration::from_secs(second * 2));
        }
        assert_eq!(climb.limit(), 1);
    }

    #[test]
    fn nothing_is_learnt_while_there_is_too_little_to_do() {
        let mut climb = Climb::new(None);
        let start = Instant::now();
        for n in 0..10_000 {
            climb.arrived(4096, false, start + Duration::from_millis(n));
        }
        assert_eq!(climb.limit(), START);
    }
}
