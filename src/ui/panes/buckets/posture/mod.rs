//! How buckets stand against the reference, finding by finding as they come.
//!
//! ```text
//! Posture: 29 pass, 1 warning, 3 fail                                          asking …
//!   check               verdict  found
//!   s3://tre-source/ (source): 9 pass, 2 fail
//!   ✓ encryption        pass     aws:kms by default
//!   ✗ strays            fail     1 unfinished upload of 768.0 KiB, the oldest begun 21d 0h ago
//! ```

mod command;
mod draw;
mod obey;
mod talk;

pub use command::Command;
pub(super) use obey::answered;
pub use talk::{Answer, Found, Job, News};

use crate::model::object::Role;
use crate::model::posture::{Check, Verdict};
use crate::ui::loaded::Loaded;
use crate::ui::widgets::list::{Move, Scroll};

/// Lines of a bucket: its name, and its findings below it.
const LINES: usize = Check::ALL.len() + 1;

/// The view's state.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Posture {
    /// Late news of an earlier look are dropped.
    generation: u32,
    /// Buckets that are looked at beside those with a role.
    chosen: Vec<String>,
    places: Loaded<Vec<Place>>,
    /// Something is still being asked.
    looking: bool,
    scroll: Scroll,
    details: bool,
}

/// A bucket and what was found of it so far.
#[derive(Debug, Clone, PartialEq)]
struct Place {
    bucket: String,
    role: Option<Role>,
    /// In the order of [`Check::ALL`]; `None` until it comes.
    findings: [Option<Found>; Check::ALL.len()],
}

/// A line of the list.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Line<'a> {
    Bucket(&'a Place),
    Check(&'a Place, Check, Option<&'a Found>),
}

/// How many findings there are of each verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Sum {
    pass: u64,
    warn: u64,
    unknown: u64,
    fail: u64,
}

impl Sum {
    fn of<'a>(places: impl IntoIterator<Item = &'a Place>) -> Self {
        let mut sum = Self::default();
        for found in places.into_iter().flat_map(|place| place.findings.iter().flatten()) {
            match found.verdict {
                Verdict::Pass => sum.pass += 1,
                Verdict::Warn => sum.warn += 1,
                Verdict::Unknown => sum.unknown += 1,
                Verdict::Fail => sum.fail += 1,
            }
        }
        sum
    }
}

impl Posture {
    /// Of the buckets that have a role and of these.
    pub(super) fn of(chosen: Vec<String>) -> Self {
        Self { chosen, ..Self::default() }
    }

    fn places(&self) -> &[Place] {
        self.places.here().map_or(&[], Vec::as_slice)
    }

    fn len(&self) -> usize {
        self.places().len() * LINES
    }

    fn line(&self, at: usize) -> Option<Line<'_>> {
        let place = self.places().get(at / LINES)?;
        Some(match (at % LINES).checked_sub(1) {
            None => Line::Bucket(place),
            Some(nth) => Line::Check(place, Check::ALL[nth], place.findings[nth].as_ref()),
        })
    }

    fn here(&self) -> Option<Line<'_>> {
        self.line(self.scroll.cursor)
    }

    /// The bucket that the cursor is on or below.
    fn place(&self) -> Option<&Place> {
        self.places().get(self.scroll.cursor / LINES)
    }

    pub(super) fn step(&mut self, step: Move) {
        let len = self.len();
        self.scroll.step(step, len);
    }

    /// Closes the innermost thing; false where that is the view itself.
    pub(super) fn escape(&mut self) -> bool {
        std::mem::take(&mut self.details)
    }

    pub(super) fn is_busy(&self) -> bool {
        self.looking
    }
}

#[cfg(test)]
mod tests;
