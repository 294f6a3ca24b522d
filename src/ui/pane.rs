//! What a pane is. To add one: see the recipe in `docs/architecture.md`.

use std::time::Instant;

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::command::{Command, Layer};
use super::keymap::{Key, Keymap};
use super::talk::{Cx, Effect, Facts};
use super::theme::Theme;
use super::widgets::field;
use super::widgets::list::Move;
use crate::model::shown::Shown;

/// What was typed into a pane that takes text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    Key(Key),
    /// Bracketed paste: line ends in it never run anything.
    Paste(String),
}

/// What drawing may know beside the state.
#[derive(Clone, Copy)]
pub struct View<'a> {
    pub theme: &'a Theme,
    pub keymap: &'a Keymap,
    pub facts: &'a Facts,
    pub now: Instant,
    /// For ages; changes only what is drawn when its text changes.
    pub clock: Timestamp,
    /// When the program started: where the wheel begins.
    pub began: Instant,
}

/// A pane: plain state that obeys commands, hears news and draws itself.
pub trait Pane {
    type Command;
    type News;
    type Answer;

    /// Where its keys are looked up, innermost first; `Global` is added behind.
    fn layers(&self) -> &'static [Layer];

    /// True while characters are typed into it instead of being commands.
    fn typing(&self) -> bool {
        false
    }

    /// A key that is no command, or a paste, while it is typing.
    fn type_in(&mut self, _input: Input, _cx: &Cx<'_>) -> Vec<Effect> {
        Vec::new()
    }

    /// A key of the `field` layer, for panes that have a one-line field.
    fn edit(&mut self, _command: field::Command, _cx: &Cx<'_>) -> Vec<Effect> {
        Vec::new()
    }

    /// The lake has just opened, whichever pane is in front.
    fn opened(&mut self, _cx: &Cx<'_>) -> Vec<Effect> {
        Vec::new()
    }

    /// Another pane has come to the front.
    fn leave(&mut self, _cx: &Cx<'_>) -> Vec<Effect> {
        Vec::new()
    }

    /// It has come to the front, or the lake has just opened.
    fn enter(&mut self, cx: &Cx<'_>) -> Vec<Effect>;

    fn obey(&mut self, command: Self::Command, cx: &Cx<'_>) -> Vec<Effect>;

    /// The cursor keys.
    fn step(&mut self, step: Move, cx: &Cx<'_>) -> Vec<Effect>;

    /// Esc, and `q` before it quits: closes the innermost open thing; `None` where there is none.
    fn escape(&mut self, cx: &Cx<'_>) -> Option<Vec<Effect>>;

    fn hear(&mut self, news: Self::News, cx: &Cx<'_>) -> Vec<Effect>;

    /// The text of a prompt that it asked for.
    fn answer(&mut self, answer: Self::Answer, text: String, cx: &Cx<'_>) -> Vec<Effect>;

    /// Draws into the area; answers where the terminal's cursor belongs, if it shows one.
    fn draw(&self, area: Rect, buf: &mut Buffer, view: &View<'_>) -> Option<Position>;

    /// When something on it changes by itself.
    fn wake(&self, _now: Instant) -> Option<Instant> {
        None
    }

    /// True while it waits for something: the wheel turns.
    fn busy(&self) -> bool {
        false
    }

    /// What quitting now would cut off: `2 transfers`.
    fn at_stake(&self) -> Option<Shown> {
        None
    }

    /// A few characters behind the name on its tab: how many run.
    fn badge(&self) -> Option<Shown> {
        None
    }

    /// The commands that matter now, for the footer, most useful first.
    fn hints(&self) -> Vec<Command>;
}
