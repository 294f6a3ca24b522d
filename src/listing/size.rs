//! How much lies below a prefix.

use super::walk::{Gait, Stop, Sweep, sweep};
use crate::lake::Lake;
use crate::model::size::Totals;
use crate::model::trouble::Trouble;
use crate::model::uri::S3Uri;

/// Everything below a prefix being counted. Dropping it ends the counting.
#[derive(Debug)]
pub struct Measure {
    lake: Lake,
    prefix: S3Uri,
    keys: Sweep,
    totals: Totals,
}

impl Measure {
    /// Starts counting. Call it on a tokio runtime.
    pub fn of(lake: &Lake, prefix: S3Uri, gait: Gait) -> Self {
        Self {
            keys: sweep(lake, prefix.clone(), gait),
            totals: Totals::below(&prefix.key),
            lake: lake.clone(),
            prefix,
        }
    }

    /// Counts the next page; false after the last one. A store that lists out of order is counted
    /// once more from the beginning, page by page.
    ///
    /// # Errors
    /// As S3 answers, once it has been tried for long enough. The totals stay.
    pub async fn step(&mut self) -> Result<bool, Trouble> {
        match self.keys.next().await {
            Some(Ok(keys)) => self.totals.count(&keys),
            None => return Ok(false),
            Some(Err(Stop::Trouble(trouble))) => return Err(trouble),
            Some(Err(Stop::Disorder)) => {
                let gait = Gait { widest: 1, ..Gait::default() };
                *self = Self::of(&self.lake, self.prefix.clone(), gait);
            }
        }
        Ok(true)
    }

    /// What was counted so far.
    pub fn totals(&self) -> &Totals {
        &self.totals
    }
}
