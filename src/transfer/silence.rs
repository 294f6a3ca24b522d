//! How long a request may move nothing before it is given up and tried on a new connection.
//!
//! A fixed time is wrong both ways. On a slow uplink that many parts share, one may rightly
//! wait for minutes: the connection queues some hundred kilobytes, and takes more only when
//! those have gone. On a fast line a part that stands still for seconds is lost. So the line
//! itself is the measure: what parts that arrived took, and whether anything moves at all.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::parts::MIB;
use super::retry::Patience;

/// How often the silence of a request is looked at.
const LOOK: Duration = Duration::from_secs(5);
/// A connection hands over again after about so much, in its own queue and the kernel's.
const QUEUED: u32 = 4;
/// So many times what that takes is silence.
const DOUBT: u32 = 4;
/// However slow the line: so many times `Patience::silence`.
const LONGEST: u32 = 10;

/// What is known of the line, from all requests of an engine.
#[derive(Debug, Default)]
pub(super) struct Silence {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    /// What a MiB took on one connection among the others, slow ones remembered longer.
    a_mib: Option<Duration>,
    /// When anything moved anywhere, as far as has been looked.
    moved: Option<Instant>,
}

impl Silence {
    /// Something of `bytes` was through after `took`.
    pub fn arrived(&self, bytes: u64, took: Duration) {
        // A small one tells of the round trip, not of the line.
        if bytes >= MIB {
            let now = took.div_f64(bytes as f64 / MIB as f64);
            let mut inner = self.lock();
            inner.a_mib = Some(match inner.a_mib {
                Some(before) if before > now => before.mul_f64(0.8) + now.mul_f64(0.2),
                _ => now,
            });
        }
    }

    /// True for a request that has moved nothing for `quiet`, and is not just waiting for its
    /// turn on a slow line. To be asked every [`Self::look`].
    pub fn is_lost(&self, patience: &Patience, quiet: Duration, now: Instant) -> bool {
        let mut inner = self.lock();
        let moved = now.checked_sub(quiet).unwrap_or(now);
        inner.moved = Some(inner.moved.map_or(moved, |before| before.max(moved)));
        let longest = patience.silence * LONGEST;
        match inner.a_mib {
            Some(a_mib) => {
                let least = patience.stall.min(patience.silence);
                quiet >= (a_mib * (QUEUED * DOUBT)).clamp(least, longest)
            }
            // Nothing has arrived yet: it is lost with all others, or after very long.
            None => {
                let everywhere = inner.moved.map_or(quiet, |moved| now.duration_since(moved));
                everywhere >= patience.silence || quiet >= longest
            }
        }
    }

    /// The time between two looks.
    pub fn look(patience: &Patience) -> Duration {
        LOOK.min(patience.silence).min(patience.stall)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn before_anything_arrived_only_a_silent_line_loses_a_part() {
        let (silence, patience, now) = (Silence::default(), Patience::default(), Instant::now());
        let later = now + 3600 * SECOND;
        assert!(!silence.is_lost(&patience, SECOND, later), "another one moves");
        assert!(!silence.is_lost(&patience, 500 * SECOND, later));
        assert!(silence.is_lost(&patience, 1200 * SECOND, later), "not for ever");
        let silence = Silence::default();
        assert!(!silence.is_lost(&patience, 119 * SECOND, later));
        assert!(silence.is_lost(&patience, 120 * SECOND, later + SECOND));
    }

    #[test]
    fn on_a_fast_line_a_part_is_lost_soon_and_on_a_slow_one_late() {
        let (silence, patience, now) = (Silence::default(), Patience::default(), Instant::now());
        let later = now + 3600 * SECOND;
        silence.arrived(16 * MIB, SECOND);
        assert!(!silence.is_lost(&patience, 29 * SECOND, later));
        assert!(silence.is_lost(&patience, 30 * SECOND, later));
        // 16 KiB a second on each connection: a minute for a MiB.
        silence.arrived(16 * MIB, 1024 * SECOND);
        assert!(!silence.is_lost(&patience, 900 * SECOND, later));
        assert!(silence.is_lost(&patience, 1100 * SECOND, later));
        // It got better, which is believed after a while.
        for _ in 0..40 {
            silence.arrived(16 * MIB, SECOND);
        }
        assert!(silence.is_lost(&patience, 30 * SECOND, later));
    }

    #[test]
    fn small_ones_tell_nothing_of_the_line() {
        let silence = Silence::default();
        silence.arrived(1000, 60 * SECOND);
        assert_eq!(silence.lock().a_mib, None);
    }
}
