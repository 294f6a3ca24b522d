//! What stands in the place of the listing, one at a time.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::posture::Posture;
use super::size::Sizes;
use super::talk::Slot;
use super::versions::Versions;
use super::{Buckets, PostureCommand};
use crate::model::shown::Shown;
use crate::ui::command::{Command as Any, Layer};
use crate::ui::pane::View;
use crate::ui::talk::{Cx, Effect};
use crate::ui::widgets::list::Move;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Over {
    Posture(Posture),
    /// How much there is of some places.
    Sizes(Sizes),
    /// What an object was, or what is deleted in a folder.
    Versions(Box<Versions>),
}

impl Over {
    pub fn layers(&self) -> &'static [Layer] {
        match self {
            Self::Posture(_) => &[Layer::Posture, Layer::List],
            Self::Sizes(_) => &[Layer::Size, Layer::List],
            Self::Versions(_) => &[Layer::Versions, Layer::List],
        }
    }

    /// Of the jobs that fill it.
    fn slots(&self) -> &'static [Slot] {
        match self {
            Self::Posture(_) => &[Slot::Posture],
            Self::Sizes(_) => &[Slot::Size],
            Self::Versions(_) => &[Slot::Versions, Slot::Version],
        }
    }

    pub fn step(&mut self, step: Move) -> Vec<Effect> {
        match self {
            Self::Posture(posture) => posture.step(step),
            Self::Sizes(sizes) => sizes.step(step),
            Self::Versions(versions) => return versions.step(step),
        }
        Vec::new()
    }

    /// `going`: how far a long act of the pane is.
    pub fn draw(&self, area: Rect, buf: &mut Buffer, view: &View<'_>, going: Option<Shown>) {
        match self {
            Self::Posture(posture) => posture.draw(area, buf, view),
            Self::Sizes(sizes) => sizes.draw(area, buf, view),
            Self::Versions(versions) => versions.draw(area, buf, view, going),
        }
    }

    pub fn is_busy(&self) -> bool {
        match self {
            Self::Posture(posture) => posture.is_busy(),
            Self::Sizes(sizes) => sizes.is_going(),
            Self::Versions(versions) => versions.is_busy(),
        }
    }

    pub fn hints(&self) -> Vec<Any> {
        match self {
            Self::Posture(posture) => posture.hints(),
            Self::Sizes(sizes) => sizes.hints(),
            Self::Versions(versions) => versions.hints(),
        }
    }

    /// Ends the innermost thing; `None` where that is the view itself.
    fn escape(&mut self) -> Option<Vec<Effect>> {
        match self {
            Self::Posture(posture) => posture.escape().then(Vec::new),
            Self::Sizes(sizes) => sizes.escape(),
            Self::Versions(versions) => versions.escape(),
        }
    }
}

impl Buckets {
    /// Shows a view that asks for this.
    pub(super) fn show(&mut self, over: Over, asks: Vec<Effect>) -> Vec<Effect> {
        let mut effects = self.close_over();
        if self.side.takes_keys() {
            effects.extend(self.close_side());
        }
        self.over = Some(over);
        effects.extend(asks);
        effects
    }

    /// Back to the listing; nothing where that is there.
    pub(super) fn close_over(&mut self) -> Vec<Effect> {
        let Some(over) = self.over.take() else { return Vec::new() };
        if let Over::Versions(versions) = &over {
            // Later views have later generations: news of this one never reach another.
            self.acts = self.acts.max(versions.generation());
        }
        over.slots().iter().map(|slot| Effect::stop(*slot)).collect()
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
