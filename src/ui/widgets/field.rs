//! One line of text with a cursor. It holds raw text and draws it sanitised.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use super::text;
use crate::model::shown::shown;
use crate::ui::command::commands;
use crate::ui::pane::Input;

commands! {
    /// Editing in a one-line field; everything else that is pressed is typed.
    pub enum Command {
        Left = "left", "One character to the left.";
        Right = "right", "One character to the right.";
        WordLeft = "word-left", "One word to the left.";
        WordRight = "word-right", "One word to the right.";
        Home = "home", "To the beginning of the line.";
        End = "end", "To the end of the line.";
        Backspace = "backspace", "Delete the character before the cursor.";
        Delete = "delete", "Delete the character under the cursor.";
        DeleteWord = "delete-word", "Delete the word before the cursor.";
        DeleteToStart = "delete-to-start", "Delete everything before the cursor.";
        DeleteToEnd = "delete-to-end", "Delete everything after the cursor.";
    }
}

/// The text and the byte the cursor stands before.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Field {
    text: String,
    at: usize,
}

impl Field {
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { at: text.len(), text }
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Types text at the cursor. A pasted line end becomes a space: it never runs anything.
    pub fn insert(&mut self, text: &str) {
        let text = text.trim_end_matches(['\r', '\n']);
        let text = text.replace("\r\n", " ").replace(['\r', '\n', '\t'], " ");
        self.text.insert_str(self.at, &text);
        self.at += text.len();
    }

    /// What was typed or pasted.
    pub fn take_in(&mut self, input: &Input) {
        match input {
            Input::Paste(text) => self.insert(text),
            Input::Key(key) => {
                if let Some(c) = key.typed() {
                    self.insert(c.encode_utf8(&mut [0; 4]));
                }
            }
        }
    }

    pub fn obey(&mut self, command: Command) {
        match command {
            Command::Left => self.at = self.before(self.at),
            Command::Right => self.at = self.after(self.at),
            Command::WordLeft => self.at = self.word_before(),
            Command::WordRight => self.at = self.word_after(),
            Command::Home => self.at = 0,
            Command::End => self.at = self.text.len(),
            Command::Backspace => self.cut(self.before(self.at), self.at),
            Command::Delete => self.cut(self.at, self.after(self.at)),
            Command::DeleteWord => self.cut(self.word_before(), self.at),
            Command::DeleteToStart => self.cut(0, self.at),
            Command::DeleteToEnd => self.text.truncate(self.at),
        }
    }

    fn cut(&mut self, from: usize, to: usize) {
        self.text.replace_range(from..to, "");
        self.at = from;
    }

    fn before(&self, at: usize) -> usize {
        self.text[..at].char_indices().next_back().map_or(0, |(at, _)| at)
    }

    fn after(&self, at: usize) -> usize {
        self.text[at..].chars().next().map_or(at, |c| at + c.len_utf8())
    }

    /// Paths are what is typed here most: a slash ends a word too.
    fn word_before(&self) -> usize {
        let head = self.text[..self.at].trim_end_matches([' ', '/']);
        head.rfind([' ', '/']).map_or(0, |at| at + 1)
    }

    fn word_after(&self) -> usize {
        let tail = &self.text[self.at..];
        let skipped = tail.len() - tail.trim_start_matches([' ', '/']).len();
        tail[skipped..].find([' ', '/']).map_or(self.text.len(), |at| self.at + skipped + at)
    }

    /// Draws the end of the text that holds the cursor; answers where the cursor is.
    pub fn draw(&self, area: Rect, buf: &mut Buffer, style: Style) -> Option<Position> {
        if area.is_empty() {
            return None;
        }
        buf.set_style(area, style);
        let head = shown(&self.text[..self.at]);
        let tail = shown(&self.text[self.at..]);
        let room = usize::from(area.width).saturating_sub(1);
        let mut from = 0;
        while text::width(&head[from..]) > room {
            from += head[from..].chars().next().map_or(1, char::len_utf8);
        }
        let visible = format!("{}{tail}", &head[from..]);
        text::put(buf, area, &visible, style);
        let x = area.x + text::width(&head[from..]) as u16;
        Some(Position::new(x, area.y))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_by_characters_and_words() {
        let mut field = Field::new("/data/größe/日本");
        field.obey(Command::Backspace);
        field.obey(Command::DeleteWord);
        assert_eq!(field.text(), "/data/größe/");
        field.obey(Command::DeleteWord);
        assert_eq!(field.text(), "/data/");
        field.obey(Command::Home);
        field.obey(Command::WordRight);
        field.insert("X");
        assert_eq!(field.text(), "/dataX/");
        field.obey(Command::DeleteToStart);
        assert_eq!(field.text(), "/");
        for command in Command::ALL {
            Field::default().obey(*command);
        }
    }

    #[test]
    fn a_paste_stays_one_line() {
        let mut field = Field::default();
        field.insert("rm -rf\r\nx\n");
        assert_eq!(field.text(), "rm -rf x");
    }

    #[test]
    fn the_cursor_is_always_on_screen() {
        let field = Field::new("a日本語\u{1b}[2Jtail");
        for wide in 1..20 {
            let area = Rect::new(0, 0, wide, 1);
            let at = field.draw(area, &mut Buffer::empty(area), Style::new()).unwrap();
            assert!(at.x < wide);
        }
    }
}
