//! Which failures are worth another try, and how long to wait for it.

use std::time::Duration;

use super::trouble::{Kind, Trouble};

/// The wait before try `number` (the second is 2), with full jitter: anywhere between nothing
/// and the doubled step, so that requests which failed together do not return together.
pub fn wait(first: Duration, longest: Duration, number: u32) -> Duration {
    step(first, longest, number).mul_f64(jitter())
}

/// The longest wait before try `number`.
pub fn step(first: Duration, longest: Duration, number: u32) -> Duration {
    let doublings = number.saturating_sub(2).min(16);
    (first * 2u32.pow(doublings)).min(longest)
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
