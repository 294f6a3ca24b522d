//! How much there is below buckets and folders: totals, storage classes, and which folder it is.
//!
//! ```text
//! 1,204,318 objects, 3.4 TiB                                    as of 2026-11-21 18:03 UTC
//!   folder                                    objects       size  share
//!   s3://tre-source/variants/
//!     chrom=17/                               800,112    2.1 TiB    61%
//!     12 other folders                        404,001    1.3 TiB    38%
//!     in no folder                                205    4.1 GiB    <1%
//! ```

mod command;
mod draw;
mod obey;
mod talk;

pub use command::SizeCommand;
pub use talk::{Folder, Job, News, Report, Standout, State};

use crate::model::size::Sum;
use crate::model::uri::S3Uri;
use crate::ui::widgets::list::{Move, Scroll};

/// The view's state.
#[derive(Debug, Clone, PartialEq)]
pub struct Sizes {
    /// Late news of an earlier count are dropped.
    generation: u32,
    places: Vec<Place>,
    scroll: Scroll,
}

/// A bucket or folder that is counted.
#[derive(Debug, Clone, PartialEq)]
struct Place {
    at: S3Uri,
    report: Report,
    state: State,
}

/// A line of the list.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Line<'a> {
    Place(&'a Place),
    Folder(&'a Place, &'a Folder),
    /// What lies in folders that are not named.
    Others(&'a Place),
    /// What lies in no folder.
    Here(&'a Place),
}

impl Line<'_> {
    fn place(&self) -> &Place {
        match self {
            Self::Place(place)
            | Self::Folder(place, _)
            | Self::Others(place)
            | Self::Here(place) => place,
        }
    }
}

impl Place {
    fn is_open(&self) -> bool {
        matches!(self.state, State::Waiting | State::Going)
    }

    /// Its own line and those below it.
    fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        let report = &self.report;
        let folders = report.folders.iter().map(|folder| Line::Folder(self, folder));
        let others = (report.in_others.objects > 0).then_some(Line::Others(self));
        // Where there are no folders it is all there is, and said already.
        let here =
            (report.here.objects > 0 && !report.folders.is_empty()).then_some(Line::Here(self));
        [Line::Place(self)].into_iter().chain(folders).chain(others).chain(here)
    }
}

impl Sizes {
    fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        self.places.iter().flat_map(Place::lines)
    }

    fn line(&self) -> Option<Line<'_>> {
        self.lines().nth(self.scroll.cursor)
    }

    pub fn is_going(&self) -> bool {
        self.places.iter().any(Place::is_open)
    }

    /// Of all places.
    fn all(&self) -> Sum {
        self.places.iter().fold(Sum::default(), |sum, place| sum + place.report.all)
    }

    pub(super) fn step(&mut self, step: Move) {
        let len = self.lines().count();
        self.scroll.step(step, len);
    }
}

#[cfg(test)]
mod tests;
