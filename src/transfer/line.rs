//! Asking a store again and again, outside of a queue: how often depends on whether it was ever
//! reached.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use super::retry::Patience;
use crate::model::trouble::{Kind, Trouble};

/// The way to the store, as far as the looks have found it out.
#[derive(Default)]
pub(super) struct Line {
    pub patience: Patience,
    /// Somebody was there.
    answered: AtomicBool,
    /// Nobody was, however often one look has tried: the endpoint may be wrong, and the other
    /// looks need not find that out, each by itself.
    given_up: AtomicBool,
}

impl Line {
    /// Tries again what may pass by itself.
    pub async fn patiently<T, F>(&self, ask: impl Fn() -> F) -> Result<T, Trouble>
    where
        F: Future<Output = Result<T, Trouble>>,
    {
        let mut number = 1;
        loop {
            let done = ask().await;
            let nobody = matches!(&done, Err(trouble) if trouble.kind == Kind::Unreachable);
            if !nobody {
                self.answered.store(true, Relaxed);
            }
            let answered = self.answered.load(Relaxed);
            match done {
                Err(trouble)
                    if (answered || !self.given_up.load(Relaxed))
                        && self.patience.again(number, &trouble, answered) =>
                {
                    number += 1;
                    tokio::time::sleep(self.patience.wait(number)).await;
                }
                done => {
                    self.given_up.fetch_or(nobody && !answered, Relaxed);
                    return done;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU32;
    use std::time::Duration;

    use super::*;

    fn line() -> Line {
        let quick = Duration::from_millis(1);
        let patience =
            Patience { tries: 8, early: 4, first: quick, longest: quick, ..Patience::default() };
        Line { patience, ..Line::default() }
    }

    /// How often is asked what always fails so.
    async fn tries(line: &Line, kind: Kind) -> u32 {
        let asked = AtomicU32::new(0);
        let ask = || async {
            asked.fetch_add(1, Relaxed);
            Err::<(), _>(Trouble::new(kind, "look", "no"))
        };
        line.patiently(ask).await.unwrap_err();
        asked.into_inner()
    }

    #[tokio::test]
    async fn an_endpoint_that_nobody_is_behind_is_given_up_soon_and_once_for_all() {
        let line = line();
        assert_eq!(tries(&line, Kind::Unreachable).await, 4);
        assert_eq!(tries(&line, Kind::Unreachable).await, 1);
        // Somebody is there after all.
        line.patiently(async || Ok(())).await.unwrap();
        assert_eq!(tries(&line, Kind::Unreachable).await, 8);
    }

    #[tokio::test]
    async fn a_store_that_answers_is_asked_as_often_as_ever() {
        let line = line();
        assert_eq!(tries(&line, Kind::Throttled).await, 8);
        assert_eq!(tries(&line, Kind::Denied).await, 1);
        assert_eq!(tries(&line, Kind::Unreachable).await, 8);
    }
}
