//! Buckets, folders and objects.
//!
//! ```text
//! s3://tredatalake1-source/variants/                       1,204 objects, 3 folders, 3.4 GiB…
//!   name ↑                                     size  modified (UTC)    class
//! ● chrom=17/
//!   variants-0001.parquet                   12.4 MiB  2026-11-21 18:03
//! ```

mod across;
mod command;
mod draw;
mod gone;
mod hear;
mod listing;
mod obey;
pub mod rows;
mod side;
mod talk;
pub mod versions;

pub use command::Command;
pub use gone::{Doomed, Going, Lost, Report};
pub use talk::{Answer, Details, Job, Kind, News, Planned, PlannedCopy, Preview, Row, Rows, Slot};
pub use versions::VersionsCommand;

use std::collections::{BTreeMap, HashMap};
use std::time::Instant;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use self::listing::{Listing, Phase};
use self::side::Side;
use self::versions::Versions;
use crate::model::shown::Shown;
use crate::model::uri::S3Uri;
use crate::ui::command::{Command as Any, Layer};
use crate::ui::pane::{Input, Pane, View};
use crate::ui::talk::{Cx, Effect};
use crate::ui::widgets::field::Command as Editing;
use crate::ui::widgets::filter::Filter;
use crate::ui::widgets::list::Move;

/// The pane's state.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Buckets {
    /// `None`: the list of buckets.
    at: Option<S3Uri>,
    listing: Listing,
    filter: Filter,
    /// Beside or below the list.
    side: Side,
    /// Where the cursor stood in each place, by its row's raw tail.
    memory: HashMap<Option<S3Uri>, String>,
    /// Counts the slots of acts.
    acts: u32,
    /// What is being counted or planned, for the busy wheel.
    pending: u32,
    /// Deletes and undeletes under way, by their acts.
    going: BTreeMap<u32, Going>,
    /// What the last of them could not do.
    failed: Option<Report>,
    /// Stands in the place of the list.
    versions: Option<Box<Versions>>,
    entered: bool,
}

impl Buckets {
    /// Goes to a place that was named, wherever the cursor was.
    pub fn jump(&mut self, to: S3Uri, cx: &Cx<'_>) -> Vec<Effect> {
        self.entered = true;
        let (folder, tail) = match to.is_prefix() {
            true => (to, None),
            false => {
                let cut = to.key.rfind('/').map_or(0, |slash| slash + 1);
                let tail = to.key[cut..].to_owned();
                (S3Uri::new(to.bucket, &to.key[..cut]), Some(tail))
            }
        };
        if let Some(tail) = tail {
            self.memory.insert(Some(folder.clone()), tail);
        }
        self.go(Some(folder), cx)
    }

    /// The raw URI of a row.
    fn uri(&self, row: &Row) -> S3Uri {
        match &self.at {
            None => S3Uri::new(row.tail(), ""),
            Some(at) => at.join(row.tail()),
        }
    }

    fn current(&self) -> Option<&Row> {
        self.listing.current()
    }

    /// What is marked, else what is under the cursor.
    fn chosen(&self) -> Vec<&Row> {
        let marked = self.listing.marked();
        if marked.is_empty() { self.current().into_iter().collect() } else { marked }
    }

    fn act(&mut self) -> Slot {
        self.acts += 1;
        Slot::Act(self.acts)
    }
}

impl Pane for Buckets {
    type Command = Command;
    type News = News;
    type Answer = Answer;

    fn layers(&self) -> &'static [Layer] {
        if let Some(versions) = &self.versions {
            return versions.layers();
        }
        match (self.filter.typing(), self.side.takes_keys()) {
            (true, _) => &[Layer::Field],
            // What is read scrolls sideways: `left` and `right` are the list's then.
            (_, true) => &[Layer::List, Layer::Buckets],
            _ => &[Layer::Buckets, Layer::List],
        }
    }

    fn typing(&self) -> bool {
        self.filter.typing()
    }

    fn type_in(&mut self, input: Input, cx: &Cx<'_>) -> Vec<Effect> {
        self.type_filter(input, cx)
    }

    fn edit(&mut self, command: Editing, cx: &Cx<'_>) -> Vec<Effect> {
        self.edit_filter(command, cx)
    }

    fn enter(&mut self, cx: &Cx<'_>) -> Vec<Effect> {
        if std::mem::replace(&mut self.entered, true) {
            return Vec::new();
        }
        self.go(None, cx)
    }

    fn obey(&mut self, command: Command, cx: &Cx<'_>) -> Vec<Effect> {
        self.obey_command(command, cx)
    }

    fn step(&mut self, step: Move, _cx: &Cx<'_>) -> Vec<Effect> {
        if let Some(versions) = &mut self.versions {
            return versions.step(step);
        }
        if self.side.takes_keys() {
            self.side.step(step);
            return Vec::new();
        }
        self.listing.step(step);
        self.follow()
    }

    fn escape(&mut self, cx: &Cx<'_>) -> Option<Vec<Effect>> {
        if let Some(versions) = &mut self.versions {
            return Some(versions.escape().unwrap_or_else(|| self.close_versions()));
        }
        if self.filter.close() {
            return Some(self.arrange(cx));
        }
        if self.side.is_open() {
            let slot = self.side.close();
            return Some(slot.map(Effect::stop).into_iter().collect());
        }
        self.listing.unmark_all().then(Vec::new)
    }

    fn hear(&mut self, news: News, cx: &Cx<'_>) -> Vec<Effect> {
        self.hear_news(news, cx)
    }

    fn answer(&mut self, answer: Answer, text: String, cx: &Cx<'_>) -> Vec<Effect> {
        self.answered(answer, &text, cx)
    }

    fn draw(&self, area: Rect, buf: &mut Buffer, view: &View<'_>) -> Option<Position> {
        if let Some(versions) = &self.versions {
            versions.draw(area, buf, view, self.going_words());
            return None;
        }
        self.draw_pane(area, buf, view)
    }

    fn busy(&self) -> bool {
        (self.entered && matches!(self.listing.phase, Phase::Loading | Phase::More))
            || self.pending > 0
            || self.side.is_waiting()
            || !self.going.is_empty()
            || self.versions.as_ref().is_some_and(|versions| versions.is_busy())
    }

    fn wake(&self, _now: Instant) -> Option<Instant> {
        None
    }

    fn at_stake(&self) -> Option<Shown> {
        self.going_at_stake()
    }

    fn badge(&self) -> Option<Shown> {
        None
    }

    fn hints(&self) -> Vec<Any> {
        if let Some(versions) = &self.versions {
            return versions.hints();
        }
        self.hint_commands()
    }
}

#[cfg(test)]
mod tests;
