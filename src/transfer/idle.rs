//! Whether the processors idle while the line is waited for: then more requests at once may help,
//! and else they only cost.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// A shorter look would measure chance.
pub const LOOK: Duration = Duration::from_millis(20);
/// What was longer ago tells of another time, when nothing had to wait.
const STALE: Duration = Duration::from_millis(200);
/// The processors idle where this process takes less than one in so many of them.
const SHARE: u32 = 3;

/// The processor time that this process took, from one look to the next.
#[derive(Debug)]
pub struct Idle {
    cores: u32,
    at: Instant,
    spent: Duration,
    /// At the last look.
    idled: bool,
}

impl Idle {
    /// The first look goes back to now, if it comes soon.
    pub fn from_now() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get() as u32);
        Self { cores, at: Instant::now(), spent: spent(), idled: false }
    }

    /// True where the processors idled in each of the last two spans between looks: in one they do
    /// so while connections are made. A span shorter than [`LOOK`] is not looked at, and in one so
    /// long that somebody has only begun to look they did not idle.
    pub fn look(&mut self) -> bool {
        self.looked(Instant::now(), spent())
    }

    fn looked(&mut self, now: Instant, spent: Duration) -> bool {
        let wall = now.saturating_duration_since(self.at);
        if wall < LOOK {
            return false;
        }
        let busy = spent.saturating_sub(self.spent);
        (self.at, self.spent) = (now, spent);
        let idles = wall < STALE && busy * SHARE < wall * self.cores;
        std::mem::replace(&mut self.idled, idles) && idles
    }
}

/// Processor time of this process since it started, all threads together.
fn spent() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ProcessCPUTime)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_idles_below_a_third_of_the_cores() {
        let ms = Duration::from_millis;
        let start = Instant::now();
        let mut idle = Idle { cores: 2, at: start, spent: ms(500), idled: false };
        assert!(!idle.looked(start + ms(19), ms(500)), "too short to tell");
        assert!(!idle.looked(start + ms(30), ms(519)), "once is chance");
        assert!(idle.looked(start + ms(60), ms(538)));
        assert!(!idle.looked(start + ms(90), ms(558)), "since the last look, not since the start");
        assert!(!idle.looked(start + ms(120), ms(558)));
        assert!(idle.looked(start + ms(150), ms(558)));
        assert!(!idle.looked(start + ms(9_000), ms(559)), "it was not about this line");
        assert!(!idle.looked(start + ms(9_020), ms(560)));
        assert!(idle.looked(start + ms(9_040), ms(561)));
    }

    #[test]
    fn the_clock_is_that_of_this_process() {
        let before = spent();
        let busy = (0..2_000_000u64).fold(0, |sum: u64, n| sum.rotate_left(3) ^ n);
        assert!(spent() > before, "{busy}");
    }
}
