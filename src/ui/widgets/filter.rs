//! The line behind `/`: what is typed into it narrows the list below.

use crossterm::event::KeyCode;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::field::{Command, Field};
use super::text;
use crate::ui::pane::Input;
use crate::ui::theme::Theme;

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    field: Field,
    typing: bool,
}

/// What came of something typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Typed {
    /// The text is another.
    Changed,
    /// That was all: the text stays, and keys are commands again.
    Ended,
    /// It was nothing that is typed.
    Nothing,
}

impl Filter {
    /// From here on characters are typed into it.
    pub fn open(&mut self) {
        self.typing = true;
    }

    pub fn typing(&self) -> bool {
        self.typing
    }

    pub fn text(&self) -> &str {
        self.field.text()
    }

    /// True where it keeps every row.
    pub fn is_empty(&self) -> bool {
        self.field.is_empty()
    }

    /// True where it is to be seen: it is being typed, or keeps rows away.
    pub fn is_open(&self) -> bool {
        self.typing || !self.is_empty()
    }

    pub fn type_in(&mut self, input: Input) -> Typed {
        match input {
            Input::Paste(text) => self.field.insert(&text),
            Input::Key(key) => match key.typed() {
                Some(c) => self.field.insert(c.encode_utf8(&mut [0; 4])),
                None if key.code == KeyCode::Enter => {
                    self.typing = false;
                    return Typed::Ended;
                }
                None => return Typed::Nothing,
            },
        }
        Typed::Changed
    }

    pub fn edit(&mut self, command: Command) {
        self.field.obey(command);
    }

    /// Esc: every row comes back. False where it was not open.
    pub fn close(&mut self) -> bool {
        let open = self.is_open();
        *self = Self::default();
        open
    }

    /// Answers where the cursor is, while it is typed into.
    pub fn draw(&self, line: Rect, buf: &mut Buffer, theme: &Theme) -> Option<Position> {
        let used = text::put(buf, line, "/", theme.accent);
        let field = Rect { x: line.x + used, width: line.width.saturating_sub(used), ..line };
        self.field.draw(field, buf, theme.base).filter(|_| self.typing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_open_while_it_is_typed_or_keeps_rows_away() {
        let mut filter = Filter::default();
        assert!(!filter.is_open() && !filter.close());
        filter.open();
        assert!(filter.is_open() && filter.is_empty());
        assert_eq!(filter.type_in(Input::Key("x".parse().unwrap())), Typed::Changed);
        assert_eq!(filter.type_in(Input::Key("f1".parse().unwrap())), Typed::Nothing);
        assert_eq!(filter.type_in(Input::Key("enter".parse().unwrap())), Typed::Ended);
        assert!(!filter.typing() && filter.is_open());
        assert_eq!(filter.text(), "x");
        assert!(filter.close());
        assert_eq!(filter, Filter::default());
    }
}
