//! Dialogs: a stack of them over the panes, each plain state with one `press`.

mod choice;
mod confirm;
mod help;
mod palette;
mod prompt;
mod reader;

pub use choice::Choice;
pub use confirm::Confirm;
pub use help::Help;
pub use palette::Palette;
pub use prompt::{Completion, Prompt};
pub use reader::Reader;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::command::commands;
use super::pane::View;
use super::talk::{Answer, Effect};
use super::widgets::field;

commands! {
    /// What a dialog understands beside text.
    pub enum Command {
        Accept = "accept", "Do what the dialog says, or what is chosen in it.";
        Cancel = "cancel", "Close the dialog and do nothing.";
        Other = "other", "To the other button.";
        Down = "down", "One row down.";
        Up = "up", "One row up.";
        PageDown = "page-down", "One screen down.";
        PageUp = "page-up", "One screen up.";
        Complete = "complete", "Complete the path that was typed.";
    }
}

/// A dialog that an effect asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum Ask {
    /// Yes or no, No unless chosen otherwise.
    Confirm(Confirm),
    /// One line of text.
    Prompt(Prompt),
    /// One of several.
    Choice(Choice),
    /// Lines to read.
    Reader(Reader),
}

/// What is on the stack.
#[derive(Debug, Clone, PartialEq)]
pub enum Modal {
    Confirm(Confirm),
    Prompt(Prompt),
    Choice(Choice),
    Reader(Reader),
    Help(Help),
    Palette(Palette),
}

/// What was pressed over a dialog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Press {
    Command(Command),
    Field(field::Command),
    Type(String),
}

/// What became of the dialog.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    Stay(Vec<Effect>),
    Close(Vec<Effect>),
    /// Close, and give this text to the pane that asked.
    Answer(Answer, String),
}

impl Outcome {
    const STAY: Self = Self::Stay(Vec::new());
    const CLOSE: Self = Self::Close(Vec::new());
}

impl From<Ask> for Modal {
    fn from(ask: Ask) -> Self {
        match ask {
            Ask::Confirm(modal) => Self::Confirm(modal),
            Ask::Prompt(modal) => Self::Prompt(modal),
            Ask::Choice(modal) => Self::Choice(modal),
            Ask::Reader(modal) => Self::Reader(modal),
        }
    }
}

impl Modal {
    pub fn press(&mut self, press: Press) -> Outcome {
        match self {
            Self::Confirm(modal) => modal.press(press),
            Self::Prompt(modal) => modal.press(press),
            Self::Choice(modal) => modal.press(press),
            Self::Reader(modal) => modal.press(press),
            Self::Help(modal) => modal.press(press),
            Self::Palette(modal) => modal.press(press),
        }
    }

    /// True where characters go into a text field.
    pub fn typing(&self) -> bool {
        match self {
            Self::Confirm(modal) => modal.typing(),
            Self::Prompt(_) | Self::Help(_) | Self::Palette(_) => true,
            Self::Choice(modal) => modal.typing(),
            Self::Reader(_) => false,
        }
    }

    pub fn draw(&self, screen: Rect, buf: &mut Buffer, view: &View<'_>) -> Option<Position> {
        match self {
            Self::Confirm(modal) => modal.draw(screen, buf, view),
            Self::Prompt(modal) => modal.draw(screen, buf, view),
            Self::Choice(modal) => modal.draw(screen, buf, view),
            Self::Reader(modal) => modal.draw(screen, buf, view),
            Self::Help(modal) => modal.draw(screen, buf, view),
            Self::Palette(modal) => modal.draw(screen, buf, view),
        }
    }
}
