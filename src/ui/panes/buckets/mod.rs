//! Buckets, folders and objects.
//!
//! ```text
//! s3://tredatalake1-source/variants/                       1,204 objects, 3 folders, 3.4 GiB…
//!   name ↑                                     size  modified (UTC)    class
//! ● chrom=17/
//!   variants-0001.parquet                   12.4 MiB  2026-11-21 18:03
//! ```

mod across;
mod arrange;
mod bits;
mod command;
mod draw;
mod hear;
mod listing;
mod obey;
mod order;
mod place;
mod rows;
mod search;
mod side;
mod talk;

pub use arrange::Arrangement;
pub use command::Command;
pub use order::{By, Sort};
pub use rows::{Kind, Row, Rows};
pub use talk::{Answer, Details, Job, News, Planned, PlannedCopy, Preview, Slot};

use std::collections::HashMap;
use std::time::Instant;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use self::listing::{Listing, Phase};
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
    /// Counts the slots of acts.
    acts: u32,
    /// What is being counted or planned, for the busy wheel.
    pending: u32,
    entered: bool,
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
        if self.side.takes_keys() {
            self.side.step(step);
            return Vec::new();
        }
        self.listing.step(step);
        self.follow()
    }

    fn escape(&mut self, cx: &Cx<'_>) -> Option<Vec<Effect>> {
        if self.filter.close() {
            return Some(self.arrange(cx));
        }
        if self.side.is_open() {
            let slot = self.side.close();
            return Some(slot.map(Effect::stop).into_iter().collect());
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
            || self.side.is_waiting()
    }

    fn wake(&self, _now: Instant) -> Option<Instant> {
        None
    }

    fn badge(&self) -> Option<Shown> {
        None
    }

    fn hints(&self) -> Vec<Any> {
        self.hint_commands()
    }
}

#[cfg(test)]
mod tests;
