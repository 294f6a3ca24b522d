//! Uploads that were begun and left: they cost money and show in no listing.
//!
//! ```text
//! 3 unfinished uploads, 12.4 GiB                                             looking …
//!   upload                                       age  parts       size  begun by
//!   s3://tre-source/ (source)
//! ● in/genomes/HG002.bam                      3d 4h    812   12.7 GiB  user/ann
//!   s3://tre-target/ (target): not allowed to look
//! ```

mod adopt;
mod draw;
mod obey;
mod talk;

pub(super) use adopt::answered;
pub use talk::{Answer, Extent, Job, News, Stray, UploadName};

use std::collections::BTreeSet;

use crate::model::object::Role;
use crate::ui::loaded::Loaded;
use crate::ui::talk::Failure;
use crate::ui::widgets::list::{Move, Scroll};

/// The view's state.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Strays {
    /// Late news of an earlier look are dropped.
    generation: u32,
    places: Loaded<Vec<Place>>,
    /// Still listing or asking for sizes.
    looking: bool,
    scroll: Scroll,
    /// What the cursor is on: rows come under it.
    current: Option<UploadName>,
    marked: BTreeSet<UploadName>,
    details: bool,
}

/// A bucket and what was found in it.
#[derive(Debug, Clone, PartialEq)]
struct Place {
    bucket: String,
    role: Option<Role>,
    look: Look,
    uploads: Vec<Stray>,
}

#[derive(Debug, Clone, PartialEq)]
enum Look {
    Waiting,
    Done,
    Closed(Failure),
}

/// A line of the list.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Line<'a> {
    Bucket(&'a Place),
    Upload(&'a Stray),
}

impl Strays {
    fn places(&self) -> &[Place] {
        self.places.here().map_or(&[], Vec::as_slice)
    }

    fn uploads(&self) -> impl Iterator<Item = &Stray> {
        self.places().iter().flat_map(|place| &place.uploads)
    }

    /// Lines: each bucket, and its uploads below it.
    fn len(&self) -> usize {
        self.places().iter().map(|place| place.uploads.len() + 1).sum()
    }

    fn line(&self, mut at: usize) -> Option<Line<'_>> {
        for place in self.places() {
            if at == 0 {
                return Some(Line::Bucket(place));
            }
            if let Some(stray) = place.uploads.get(at - 1) {
                return Some(Line::Upload(stray));
            }
            at -= place.uploads.len() + 1;
        }
        None
    }

    fn here(&self) -> Option<Line<'_>> {
        self.line(self.scroll.cursor)
    }

    fn stray(&self) -> Option<&Stray> {
        match self.here()? {
            Line::Upload(stray) => Some(stray),
            Line::Bucket(_) => None,
        }
    }

    /// Rows have come or gone: the cursor stays on its upload.
    fn settle(&mut self) {
        if let Some(wanted) = &self.current {
            let mut line = 0;
            'found: for place in self.places() {
                line += 1;
                for stray in &place.uploads {
                    if stray.to.bucket == wanted.bucket && stray.upload_id == wanted.upload_id {
                        self.scroll.cursor = line;
                        break 'found;
                    }
                    line += 1;
                }
            }
        }
        self.scroll.clamp(self.len());
        self.current = self.stray().map(Stray::name);
    }

    pub(super) fn step(&mut self, step: Move) {
        let len = self.len();
        self.scroll.step(step, len);
        self.current = self.stray().map(Stray::name);
    }

    /// Closes the innermost thing; false where that is the view itself.
    pub(super) fn escape(&mut self) -> bool {
        if std::mem::take(&mut self.details) {
            return true;
        }
        !std::mem::take(&mut self.marked).is_empty()
    }

    pub(super) fn is_busy(&self) -> bool {
        self.looking
    }
}

#[cfg(test)]
mod tests;
