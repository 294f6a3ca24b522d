//! Which failures are worth another try, and when. Parts have the SDK's own three tries as well,
//! whose token bucket they all share and a storm of throttling drains.

use std::time::Duration;

use crate::model::backoff;
use crate::model::trouble::{Kind, Trouble};

pub use crate::model::backoff::passes;

/// How often and how long apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Tries in all.
    pub tries: u32,
    /// Tries in all of one that reaches nobody, before the store has done anything at all: the
    /// endpoint may be wrong.
    pub early: u32,
    /// The longest wait before the second try; doubles from there.
    pub first: Duration,
    /// No wait is longer.
    pub longest: Duration,
    /// A request is given up and tried elsewhere once nothing at all has moved for so long;
    /// see `silence.rs` for what is done where something has.
    pub silence: Duration,
    /// It is given up no sooner than after so long, however fast the line is.
    pub stall: Duration,
    /// How long the store may ask to slow down, once it has worked: tries do not count
    /// meanwhile.
    pub busy: Duration,
    /// How long the line may be down, or the session expired, once the store has answered.
    pub outage: Duration,
    /// How far apart the looks are whether it is back.
    pub probe: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            tries: 8,
            early: 4,
            first: Duration::from_millis(500),
            longest: Duration::from_secs(20),
            silence: Duration::from_secs(120),
            stall: Duration::from_secs(30),
            busy: Duration::from_secs(3600),
            outage: Duration::from_secs(24 * 3600),
            probe: Duration::from_secs(5),
        }
    }
}

impl Patience {
    /// The wait before try `number` (the second is 2), with full jitter: anywhere between
    /// nothing and the doubled step, so that parts which failed together do not return together.
    pub fn wait(&self, number: u32) -> Duration {
        backoff::wait(self.first, self.longest, number)
    }

    /// True where `trouble` after try `number` is worth another; `worked` where the store has
    /// done anything yet.
    pub fn again(&self, number: u32, trouble: &Trouble, worked: bool) -> bool {
        let tries = match trouble.kind {
            Kind::Unreachable if !worked => self.early.min(self.tries),
            _ => self.tries,
        };
        number < tries && passes(trouble)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest_and_are_jittered() {
        let patience = Patience::default();
        let step = |number| backoff::step(patience.first, patience.longest, number);
        assert_eq!(step(2), Duration::from_millis(500));
        assert_eq!(step(4), Duration::from_secs(2));
        assert_eq!(step(40), Duration::from_secs(20));
        let waits: Vec<_> = (0..64).map(|_| patience.wait(9)).collect();
        assert!(waits.iter().all(|wait| *wait <= patience.longest));
        assert!(waits.iter().any(|wait| wait < &Duration::from_secs(10)));
        assert!(waits.iter().any(|wait| wait > &Duration::from_secs(10)));
    }

    #[test]
    fn only_what_may_pass_is_tried_again() {
        let patience = Patience::default();
        let trouble = |kind, code: Option<&str>| {
            let mut trouble = Trouble::new(kind, "x", "y");
            trouble.code = code.map(Into::into);
            trouble
        };
        for (kind, code) in [
            (Kind::Throttled, Some("SlowDown")),
            (Kind::Unreachable, None),
            (Kind::Other, Some("InternalError")),
            (Kind::Integrity, Some("BadDigest")),
            (Kind::Precondition, Some("ConditionalRequestConflict")),
        ] {
            assert!(patience.again(1, &trouble(kind, code), false), "{kind:?}");
        }
        for (kind, code) in [
            (Kind::Denied, Some("AccessDenied")),
            (Kind::Expired, Some("ExpiredToken")),
            (Kind::Precondition, Some("PreconditionFailed")),
            (Kind::NotFound, Some("NoSuchUpload")),
            (Kind::Other, Some("NotImplemented")),
            (Kind::Disk, None),
        ] {
            assert!(!patience.again(1, &trouble(kind, code), true), "{kind:?}");
        }
        let nobody = trouble(Kind::Unreachable, None);
        assert!(!patience.again(patience.tries, &nobody, true));
        assert!(patience.again(patience.early, &nobody, true), "somebody was there");
        assert!(!patience.again(patience.early, &nobody, false), "a wrong endpoint");
    }
}
