//! What stands in the place of the listing, one at a time.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::posture::Posture;
use super::size::Sizes;
use super::talk::Slot;
use super::{Buckets, PostureCommand};
use crate::ui::command::{Command as Any, Layer};
use crate::ui::pane::View;
use crate::ui::talk::{Cx, Effect};
use crate::ui::widgets::list::Move;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Over {
    Posture(Posture),
    /// How much there is of some places.
    Sizes(Sizes),
}

impl Over {
    pub fn layers(&self) -> &'static [Layer] {
        match self {
            Self::Posture(_) => &[Layer::Posture, Layer::List],
            Self::Sizes(_) => &[Layer::Size, Layer::List],
        }
    }

    /// Of the job that fills it.
    fn slot(&self) -> Slot {
        match self {
            Self::Posture(_) => Slot::Posture,
            Self::Sizes(_) => Slot::Size,
        }
    }

    pub fn step(&mut self, step: Move) {
        match self {
            Self::Posture(posture) => posture.step(step),
            Self::Sizes(sizes) => sizes.step(step),
        }
    }

    pub fn draw(&self, area: Rect, buf: &mut Buffer, view: &View<'_>) {
        match self {
            Self::Posture(posture) => posture.draw(area, buf, view),
            Self::Sizes(sizes) => sizes.draw(area, buf, view),
        }
    }

    pub fn is_busy(&self) -> bool {
        match self {
            Self::Posture(posture) => posture.is_busy(),
            Self::Sizes(sizes) => sizes.is_going(),
        }
    }

    pub fn hints(&self) -> Vec<Any> {
        match self {
            Self::Posture(posture) => posture.hints(),
            Self::Sizes(sizes) => sizes.hints(),
        }
    }

    /// Ends the innermost thing; `None` where that is the view itself.
    fn escape(&mut self) -> Option<Vec<Effect>> {
        match self {
            Self::Posture(posture) => posture.escape().then(Vec::new),
            Self::Sizes(sizes) => sizes.escape(),
        }
    }
}

impl Buckets {
    /// Shows a view that asks for this.
    pub(super) fn show(&mut self, over: Over, asks: Vec<Effect>) -> Vec<Effect> {
        let mut effects = self.close_over();
        self.over = Some(over);
        effects.extend(asks);
        effects
    }

    /// Back to the listing; nothing where that is there.
    pub(super) fn close_over(&mut self) -> Vec<Effect> {
        self.over.take().map(|over| Effect::stop(over.slot())).into_iter().collect()
    }

    /// `None` where nothing is over the listing.
    pub(super) fn escape_over(&mut self) -> Option<Vec<Effect>> {
        let ended = self.over.as_mut()?.escape();
        Some(ended.unwrap_or_else(|| self.close_over()))
    }

    /// Of the buckets that have a role, and of those that are marked, under the cursor or open.
    pub(super) fn open_posture(&mut self) -> Vec<Effect> {
        let chosen = match &self.at {
            Some(at) => vec![at.bucket.clone()],
            None => self.chosen().into_iter().map(|row| row.tail().to_owned()).collect(),
        };
        let mut posture = Posture::of(chosen);
        let asks = posture.look();
        self.show(Over::Posture(posture), asks)
    }

    pub fn obey_posture(&mut self, command: PostureCommand, cx: &Cx<'_>) -> Vec<Effect> {
        let act = self.act();
        match (&mut self.over, command) {
            (Some(Over::Posture(_)), PostureCommand::Close) => self.close_over(),
            (Some(Over::Posture(posture)), command) => posture.obey(command, act, cx),
            _ => Vec::new(),
        }
    }
}
