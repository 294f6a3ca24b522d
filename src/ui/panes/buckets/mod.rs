//! Buckets, folders and objects.
//!
//! ```text
//! s3://tredatalake1-source/variants/                       1,204 objects, 3 folders, 3.4 GiB…
//!   name ↑                                     size  modified (UTC)    class
//! ● chrom=17/
//!   variants-0001.parquet                   12.4 MiB  2026-11-21 18:03
//! ```

mod across;
pub mod acts;
mod arrange;
mod bits;
mod command;
mod draw;
mod gone;
mod hear;
mod listing;
mod obey;
mod order;
mod over;
mod place;
pub mod posture;
mod rows;
mod search;
mod side;
pub mod size;
mod talk;
pub mod versions;
pub mod viewer;

pub use acts::{PlacesCommand, TagsCommand};
pub use arrange::Arrangement;
pub use command::Command;
pub use gone::{Doomed, Going, Lost, Report};
pub use order::{By, Sort};
pub use posture::Command as PostureCommand;
pub use rows::{Kind, Row, Rows};
pub use size::SizeCommand;
pub use talk::{Answer, Details, Job, News, Planned, PlannedCopy, Slot};
pub use versions::VersionsCommand;

use std::collections::{BTreeMap, HashMap};
use std::time::Instant;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use self::acts::Acts;
use self::listing::{Listing, Phase};
use self::over::Over;
use self::side::Side;
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
    /// Only what begins with this is listed of it; empty: all.
    begin: String,
    listing: Listing,
    filter: Filter,
    /// Beside or below the list.
    side: Side,
    /// Where the cursor stood in each place, by its row's raw tail.
    memory: HashMap<Option<S3Uri>, String>,
    /// Counts what was looked into.
    looks: u32,
    /// Counts the slots of acts.
    acts: u32,
    /// What is being counted or planned, for the busy wheel.
    pending: u32,
    /// Deletes and undeletes under way, by their acts.
    going: BTreeMap<u32, Going>,
    /// What the last of them could not do.
    failed: Option<Report>,
    entered: bool,
    /// What stands in the place of the listing.
    over: Option<Over>,
    doing: Acts,
}

impl Buckets {
    /// The raw URI of a row.
    fn uri(&self, row: Row<'_>) -> S3Uri {
        match &self.at {
            None => S3Uri::new(row.tail(), ""),
            Some(at) => at.join(row.tail()),
        }
    }

    fn current(&self) -> Option<Row<'_>> {
        self.listing.current()
    }

    /// What is marked, else what is under the cursor.
    fn chosen(&self) -> Vec<Row<'_>> {
        match self.listing.marks() {
            0 => self.current().into_iter().collect(),
            _ => self.listing.marked().collect(),
        }
    }

    /// Closes what is beside the list; what was read for it ends.
    fn close_side(&mut self) -> Vec<Effect> {
        self.side.close().map(Effect::stop).into_iter().collect()
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
        if let Some(layers) = self.doing.layers() {
            return layers;
        }
        if let Some(viewer) = self.side.viewer() {
            return viewer.layers();
        }
        match (&self.over, self.filter.typing()) {
            (Some(over), _) => over.layers(),
            (None, true) => &[Layer::Field],
            (None, false) => &[Layer::Buckets, Layer::List],
        }
    }

    fn typing(&self) -> bool {
        if self.doing.typing() {
            return true;
        }
        match self.side.viewer() {
            Some(viewer) => viewer.typing(),
            None => self.over.is_none() && self.filter.typing(),
        }
    }

    fn type_in(&mut self, input: Input, cx: &Cx<'_>) -> Vec<Effect> {
        if self.doing.typing() {
            self.doing.type_in(&input);
            return Vec::new();
        }
        if let Some(viewer) = self.side.viewer_mut() {
            return viewer.type_in(input);
        }
        self.type_filter(input, cx)
    }

    fn edit(&mut self, command: Editing, cx: &Cx<'_>) -> Vec<Effect> {
        if self.doing.typing() {
            self.doing.edit(command);
            return Vec::new();
        }
        if let Some(viewer) = self.side.viewer_mut() {
            viewer.edit(command);
            return Vec::new();
        }
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
        if let Some(viewer) = self.side.viewer_mut() {
            return viewer.step(step);
        }
        if let Some(over) = &mut self.over {
            return over.step(step);
        }
        self.listing.step(step);
        self.follow()
    }

    fn escape(&mut self, cx: &Cx<'_>) -> Option<Vec<Effect>> {
        if let Some(closed) = self.doing.escape() {
            return Some(closed);
        }
        if self.side.viewer_mut().is_some_and(viewer::Viewer::escape) {
            return Some(Vec::new());
        }
        if self.side.takes_keys() {
            return Some(self.close_side());
        }
        if let Some(ended) = self.escape_over() {
            return Some(ended);
        }
        if self.filter.close() {
            return Some(self.arrange(cx));
        }
        if self.side.is_open() {
            return Some(self.close_side());
        }
        if !self.begin.is_empty() {
            return Some(self.widen());
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
        self.draw_pane(area, buf, view)
    }

    fn busy(&self) -> bool {
        (self.entered && matches!(self.listing.phase, Phase::Loading | Phase::More))
            || self.listing.arranging
            || self.pending > 0
            || self.over.as_ref().is_some_and(Over::is_busy)
            || self.side.is_waiting()
            || self.doing.is_busy()
            || !self.going.is_empty()
    }

    fn wake(&self, _now: Instant) -> Option<Instant> {
        None
    }

    fn at_stake(&self) -> Option<Shown> {
        match (self.going_at_stake(), self.doing.at_stake()) {
            (Some(going), Some(doing)) => Some(Shown::join(&[&going, &doing], ", ")),
            (going, doing) => going.or(doing),
        }
    }

    fn badge(&self) -> Option<Shown> {
        None
    }

    fn hints(&self) -> Vec<Any> {
        match (self.side.viewer(), &self.over) {
            (Some(viewer), _) => viewer.hints(),
            (None, Some(over)) => over.hints(),
            (None, None) => self.hint_commands(),
        }
    }
}

#[cfg(test)]
mod tests;
