//! What an object was, and what is deleted in a folder.
//!
//! ```text
//! s3://tre-source/in/report.csv                     3 versions, 1 delete marker, 37.2 MiB
//!   modified (UTC)       state          size  class     version
//!   2026-11-20 14:00:07  deleted                        3sL4kqtJlcpXroDTDmJ
//!   2026-11-20 09:41:55  version    12.4 MiB  STANDARD  3/L4kqtJlcpXroDVBHf
//! ```

mod command;
mod draw;
mod obey;
mod talk;

pub use command::VersionsCommand;
pub(super) use obey::download;
pub use talk::{Answer, Deleted, Job, News, Which};

use std::collections::BTreeSet;

use super::Buckets;
use super::over::Over;
use super::rows::Kind;
use super::side::{Loaded, Side};
use super::talk::{Job as PaneJob, Slot};
use crate::model::uri::S3Uri;
use crate::model::version::Version;
use crate::ui::talk::{Cx, Effect, Failure};
use crate::ui::widgets::list::{Move, Scroll};

/// The view's state.
#[derive(Debug, Clone, PartialEq)]
pub struct Versions {
    /// Late news of an earlier look are dropped.
    generation: u32,
    of: Of,
    /// Still listing.
    looking: bool,
    failure: Option<Failure>,
    scroll: Scroll,
    /// Where the cursor is to be while rows come again.
    wanted: Option<usize>,
    side: Side,
    /// Which version is open beside the list.
    shown: Option<Which>,
    /// The list of deleted objects that this was opened from.
    beneath: Option<Box<Versions>>,
}

/// What is listed.
#[derive(Debug, Clone, PartialEq)]
enum Of {
    Key {
        uri: S3Uri,
        versions: Vec<Version>,
    },
    /// Below a prefix.
    Deleted {
        prefix: S3Uri,
        deleted: Vec<Deleted>,
        /// Keys that have been looked at.
        seen: u64,
        /// Raw keys.
        marked: BTreeSet<String>,
    },
}

impl Of {
    fn len(&self) -> usize {
        match self {
            Self::Key { versions, .. } => versions.len(),
            Self::Deleted { deleted, .. } => deleted.len(),
        }
    }
}

impl Versions {
    fn new(of: Of, generation: u32) -> Self {
        Self {
            generation,
            of,
            looking: false,
            failure: None,
            scroll: Scroll::default(),
            wanted: None,
            side: Side::default(),
            shown: None,
            beneath: None,
        }
    }

    /// Of one key.
    fn of_key(uri: S3Uri, generation: u32) -> Self {
        Self::new(Of::Key { uri, versions: Vec::new() }, generation)
    }

    /// Of what is deleted below a prefix.
    fn of_deleted(prefix: S3Uri, generation: u32) -> Self {
        let of = Of::Deleted { prefix, deleted: Vec::new(), seen: 0, marked: BTreeSet::new() };
        Self::new(of, generation)
    }

    /// The key or the prefix.
    pub fn about(&self) -> &S3Uri {
        match &self.of {
            Of::Key { uri, .. } => uri,
            Of::Deleted { prefix, .. } => prefix,
        }
    }

    /// Lists from the beginning; the cursor goes back to its line.
    pub fn look(&mut self) -> Vec<Effect> {
        self.generation += 1;
        let generation = self.generation;
        self.looking = true;
        self.failure = None;
        self.wanted = Some(self.wanted.unwrap_or(0).max(self.scroll.cursor));
        let job = match &mut self.of {
            Of::Key { uri, versions } => {
                versions.clear();
                Job::Look { uri: uri.clone(), generation }
            }
            Of::Deleted { prefix, deleted, seen, .. } => {
                deleted.clear();
                *seen = 0;
                Job::Deleted { prefix: prefix.clone(), generation }
            }
        };
        self.scroll.cursor = 0;
        vec![Effect::start(Slot::Versions, PaneJob::Versions(job))]
    }

    /// The version under the cursor; of a deleted object, the one that is below its markers.
    fn current(&self) -> Option<&Version> {
        match &self.of {
            Of::Key { versions, .. } => versions.get(self.scroll.cursor),
            Of::Deleted { deleted, .. } => Some(&deleted.get(self.scroll.cursor)?.below),
        }
    }

    fn which(&self, version: &Version) -> Which {
        let uri = S3Uri::new(&self.about().bucket, &version.key);
        Which { uri, id: version.id.clone() }
    }

    pub fn step(&mut self, step: Move) -> Vec<Effect> {
        self.wanted = None;
        self.scroll.step(step, self.of.len());
        self.follow()
    }

    /// Closes the innermost thing; `None` where that is the view itself.
    pub fn escape(&mut self) -> Option<Vec<Effect>> {
        if self.side.is_open() {
            return Some(self.close_side());
        }
        match &mut self.of {
            Of::Deleted { marked, .. } if !marked.is_empty() => {
                marked.clear();
                Some(Vec::new())
            }
            _ => self.rise(),
        }
    }

    /// Back to the list of deleted objects that it was opened from.
    fn rise(&mut self) -> Option<Vec<Effect>> {
        let mut effects = self.close_side();
        let generation = self.generation;
        *self = *self.beneath.take()?;
        // What has been done to the versions shows in the list, and its look was stopped.
        self.generation = generation;
        effects.extend(self.look());
        Some(effects)
    }

    fn is_of_deleted(&self) -> bool {
        matches!(self.of, Of::Deleted { .. })
    }

    pub(super) fn generation(&self) -> u32 {
        self.generation
    }

    fn close_side(&mut self) -> Vec<Effect> {
        self.shown = None;
        self.side.close().map(|_| Effect::stop(Slot::Version)).into_iter().collect()
    }

    pub fn is_busy(&self) -> bool {
        self.looking || self.side.is_waiting()
    }

    pub fn hear(&mut self, news: News) -> Vec<Effect> {
        match (news, &mut self.of) {
            (
                News::Versions { generation, .. }
                | News::Deleted { generation, .. }
                | News::Broken { generation, .. },
                _,
            ) if generation != self.generation => {}
            (News::Versions { versions: page, more, .. }, Of::Key { versions, .. }) => {
                versions.extend(page);
                self.looking = more;
                return self.settle();
            }
            (
                News::Deleted { deleted: page, seen: looked, more, .. },
                Of::Deleted { deleted, seen, .. },
            ) => {
                deleted.extend(page);
                *seen = looked;
                self.looking = more;
                return self.settle();
            }
            (News::Broken { failure, .. }, _) => {
                self.looking = false;
                self.failure = Some(failure);
            }
            (News::Details { which, result }, _) if self.shown.as_ref() == Some(&which) => {
                if let Side::Details(Some((_, content))) = &mut self.side {
                    *content = result.into();
                }
            }
            _ => {}
        }
        Vec::new()
    }

    /// Rows have come.
    fn settle(&mut self) -> Vec<Effect> {
        let len = self.of.len();
        if let Some(wanted) = self.wanted {
            self.scroll.cursor = wanted;
            if len > wanted || !self.looking {
                self.wanted = None;
            }
        }
        self.scroll.clamp(len);
        if let Of::Deleted { deleted, marked, .. } = &mut self.of
            && !self.looking
            && !marked.is_empty()
        {
            // A mark on what is no longer there would be counted and do nothing.
            let there: BTreeSet<&str> = deleted.iter().map(|one| one.below.key.as_str()).collect();
            marked.retain(|key| there.contains(key.as_str()));
        }
        self.follow()
    }

    /// The details follow the cursor.
    fn follow(&mut self) -> Vec<Effect> {
        if !matches!(self.side, Side::Details(_)) {
            return Vec::new();
        }
        let version = self.current().cloned();
        let which = version.as_ref().map(|version| self.which(version));
        if which == self.shown {
            return Vec::new();
        }
        self.shown = which.clone();
        let (Some(version), Some(which)) = (version, which) else {
            self.side = Side::Details(None);
            return vec![Effect::stop(Slot::Version)];
        };
        let (content, effect) = if version.is_marker() {
            // There is nothing to be asked for of one.
            (Loaded::Here(draw::of_marker(&version)), Effect::stop(Slot::Version))
        } else {
            let job = PaneJob::Versions(Job::Details { which: which.clone() });
            (Loaded::Waiting, Effect::start(Slot::Version, job))
        };
        self.side = Side::Details(Some((which.uri, content)));
        vec![effect]
    }
}

impl Buckets {
    pub fn obey_versions(&mut self, command: VersionsCommand, cx: &Cx<'_>) -> Vec<Effect> {
        let slot = self.act();
        let act = self.acts;
        let Some(Over::Versions(view)) = &mut self.over else { return Vec::new() };
        match command {
            VersionsCommand::Close => view.rise().unwrap_or_else(|| self.close_over()),
            VersionsCommand::Stop => self.stop_going(),
            VersionsCommand::Failures => self.read_failures(),
            VersionsCommand::Open if view.is_of_deleted() => view.open(),
            VersionsCommand::Open | VersionsCommand::Preview => match view.content() {
                Ok(version) => {
                    let object = view.which(version).object();
                    self.look_into(object, cx)
                }
                Err(why) => why,
            },
            command => view.obey(command, slot, act, cx),
        }
    }

    /// All versions of the object under the cursor, or what is deleted in the folder: that
    /// under the cursor, or the open one where it has nothing to put a cursor on.
    pub(super) fn open_versions(&mut self) -> Vec<Effect> {
        let row = self.current().map(|row| (row.kind, self.uri(row)));
        let generation = self.acts;
        let mut view = match (row, &self.at) {
            (Some((Kind::Object, uri)), _) => Versions::of_key(uri, generation),
            (Some((_, uri)), _) => Versions::of_deleted(uri, generation),
            (None, Some(at)) => Versions::of_deleted(at.clone(), generation),
            (None, None) => return vec![Effect::warn("There is no bucket to look into")],
        };
        let asks = view.look();
        self.show(Over::Versions(Box::new(view)), asks)
    }

    pub(super) fn answer_versions(
        &mut self,
        answer: Answer,
        text: &str,
        cx: &Cx<'_>,
    ) -> Vec<Effect> {
        let slot = self.act();
        obey::answered(answer, text, slot, cx)
    }
}

#[cfg(test)]
mod tests;
