//! Which failures are worth another try, and when. Beyond the SDK's own three tries, whose
//! token bucket all parts share and a storm of throttling drains.

use std::time::Duration;

use crate::model::trouble::{Kind, Trouble};

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
        self.step(number).mul_f64(jitter())
    }

    fn step(&self, number: u32) -> Duration {
        let doublings = number.saturating_sub(2).min(16);
        (self.first * 2u32.pow(doublings)).min(self.longest)
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

/// True for a failure that may pass by itself.
pub fn passes(trouble: &Trouble) -> bool {
    match trouble.kind {
        // A part damaged on its way is refused by the store's comparison.
        Kind::Throttled | Kind::Unreachable | Kind::Integrity => true,
        Kind::Precondition => trouble.code.as_deref() == Some("ConditionalRequestConflict"),
        _ => trouble.code.as_deref().is_some_and(|code| {
            matches!(
                code,
                "InternalError"
                    | "InternalFailure"
                    | "ServiceUnavailable"
                    | "RequestTimeout"
                    | "RequestTimeTooSkewed"
                    | "OperationAborted"
                    | "HTTP 500"
                    | "HTTP 502"
                    | "HTTP 503"
                    | "HTTP 504"
            )
        }),
    }
}

/// Anything in [0, 1): the low bits of a random UUID, which this program has anyway.
fn jitter() -> f64 {
    let (_, low) = uuid::Uuid::new_v4().as_u64_pair();
    (low >> 11 & ((1 << 51) - 1)) as f64 / (1u64 << 51) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest_and_are_jittered() {
        let patience = Patience::default();
        assert_eq!(patience.step(2), Duration::from_millis(500));
        assert_eq!(patience.step(4), Duration::from_secs(2));
        assert_eq!(patience.step(40), Duration::from_secs(20));
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
