//! Text of many lines with a cursor, over `ratatui-textarea`. The crate keeps the text, the
//! cursor, the selection and the history; the lines are drawn here, since each character has
//! a colour of its own and passes the sanitiser.

use std::cell::Cell;
use std::ops::Range;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Modifier, Style};
use tui_textarea::{CursorMove, TextArea};

use super::text;
use crate::model::shown::shown;
use crate::model::sql::position::Place;
use crate::ui::keymap::Key;

#[derive(Debug, Clone)]
pub struct Area {
    area: TextArea<'static>,
    /// First line and first column on screen, and the lines there were; settled while drawing.
    top: Cell<usize>,
    left: Cell<usize>,
    height: Cell<usize>,
}

impl Area {
    /// The cursor is at the end.
    pub fn new(text: &str) -> Self {
        let lines = clean(text).split('\n').map(str::to_owned).collect();
        let mut area = TextArea::new(lines);
        area.set_max_histories(500);
        area.move_cursor(CursorMove::Bottom);
        area.move_cursor(CursorMove::End);
        Self { area, top: Cell::default(), left: Cell::default(), height: Cell::default() }
    }

    pub fn lines(&self) -> &[String] {
        self.area.lines()
    }

    pub fn place(&self) -> Place {
        let cursor = self.area.cursor();
        Place { row: cursor.0, column: cursor.1 }
    }

    pub fn goto(&mut self, place: Place) {
        self.area.cancel_selection();
        self.area.move_cursor(CursorMove::Jump(to_u16(place.row), to_u16(place.column)));
    }

    pub fn goto_end(&mut self) {
        self.area.cancel_selection();
        self.area.move_cursor(CursorMove::Bottom);
        self.area.move_cursor(CursorMove::End);
    }

    /// Both ends of what is selected, the first one first.
    pub fn selection(&self) -> Option<(Place, Place)> {
        let ((row, column), (to_row, to_column)) = self.area.selection_range()?;
        Some((Place { row, column }, Place { row: to_row, column: to_column }))
    }

    /// A key that is no command. True where the text changed.
    pub fn key(&mut self, key: Key) -> bool {
        let page = self.height.get().saturating_sub(1).max(1);
        match key.code {
            // The crate pages by what it has drawn itself, which is nothing.
            KeyCode::PageUp => self.walk(CursorMove::Up, page, key),
            KeyCode::PageDown => self.walk(CursorMove::Down, page, key),
            KeyCode::Enter => self.newline(),
            code => self.area.input(KeyEvent::new(code, key.mods)),
        }
    }

    fn walk(&mut self, step: CursorMove, count: usize, key: Key) -> bool {
        if !key.mods.contains(KeyModifiers::SHIFT) {
            self.area.cancel_selection();
        } else if !self.area.is_selecting() {
            self.area.start_selection();
        }
        (0..count).for_each(|_| self.area.move_cursor(step));
        false
    }

    /// A new line keeps the indentation of the one it comes from.
    fn newline(&mut self) -> bool {
        let Place { row, column } = self.place();
        let line = &self.area.lines()[row];
        let blank: String = line.chars().take(column).take_while(|c| *c == ' ').collect();
        self.area.insert_newline();
        if !blank.is_empty() {
            self.area.insert_str(blank);
        }
        true
    }

    /// Typed, pasted or chosen text, at the cursor. Line ends of every kind become one, tabs
    /// become spaces.
    pub fn insert(&mut self, text: &str) {
        self.area.insert_str(clean(text));
    }

    /// Deletes characters from the cursor on.
    pub fn delete(&mut self, count: usize) {
        if count > 0 {
            self.area.delete_str(count);
        }
    }

    /// Draws the lines around the cursor; `style` is asked for the character at a line and a
    /// byte of that line. Answers which lines were drawn, and where the cursor is.
    pub fn draw(
        &self,
        area: Rect,
        buf: &mut Buffer,
        style: impl Fn(usize, usize) -> Style,
    ) -> (Range<usize>, Option<Position>) {
        if area.is_empty() {
            return (0..0, None);
        }
        let place = self.place();
        let rows = self.rows(place.row, area.height.into());
        let column = self.columns_before(place);
        let left = self.left_edge(column, area.width.into());
        for (y, row) in (area.y..area.bottom()).zip(rows.clone()) {
            self.draw_line(row, left, Rect { y, height: 1, ..area }, buf, &style);
        }
        let x = area.x + (column - left) as u16;
        let cursor = Position::new(x, area.y + (place.row - rows.start) as u16);
        (rows, Some(cursor))
    }

    fn rows(&self, cursor: usize, height: usize) -> Range<usize> {
        self.height.set(height);
        let len = self.lines().len();
        let lowest = (cursor + 1).saturating_sub(height);
        let top = self.top.get().clamp(lowest, cursor).min(len.saturating_sub(height));
        self.top.set(top);
        top..len.min(top + height)
    }

    fn left_edge(&self, column: usize, room: usize) -> usize {
        let lowest = (column + 1).saturating_sub(room);
        // A few more, so that the edge does not move with every key.
        let extra = if lowest > self.left.get() { 8.min(room / 2) } else { 0 };
        let lowest = (lowest + extra).min(column);
        let left = self.left.get().clamp(lowest, column);
        self.left.set(left);
        left
    }

    /// What the characters before the cursor take on the terminal.
    fn columns_before(&self, place: Place) -> usize {
        let head: String = self.lines()[place.row].chars().take(place.column).collect();
        text::width(&shown(&head))
    }

    fn draw_line(
        &self,
        row: usize,
        left: usize,
        area: Rect,
        buf: &mut Buffer,
        style: &impl Fn(usize, usize) -> Style,
    ) {
        let selection = self.selection();
        let mut x = 0;
        for (column, (at, c)) in self.lines()[row].char_indices().enumerate() {
            let mut raw = [0; 4];
            let piece = shown(c.encode_utf8(&mut raw));
            let wide = text::width(&piece);
            if x >= left && x + wide <= left + usize::from(area.width) {
                let mut style = style(row, at);
                if is_within(Place { row, column }, selection) {
                    style = style.add_modifier(Modifier::REVERSED);
                }
                buf.set_string(area.x + (x - left) as u16, area.y, &piece, style);
            }
            x += wide;
        }
    }
}

fn is_within(place: Place, selection: Option<(Place, Place)>) -> bool {
    selection.is_some_and(|(from, to)| from <= place && place < to)
}

fn to_u16(at: usize) -> u16 {
    u16::try_from(at).unwrap_or(u16::MAX)
}

fn clean(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n").replace('\t', "    ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(area: &mut Area, keys: &str) {
        for key in keys.split_whitespace() {
            area.key(key.parse().unwrap());
        }
    }

    #[test]
    fn a_new_line_keeps_the_indentation() {
        let mut area = Area::new("  a");
        press(&mut area, "enter b");
        assert_eq!(area.lines(), ["  a", "  b"]);
    }

    #[test]
    fn pasted_line_ends_and_tabs_become_plain() {
        let mut area = Area::new("");
        area.insert("a\r\nb\rc\td");
        assert_eq!(area.lines(), ["a", "b", "c    d"]);
    }

    #[test]
    fn undo_is_there() {
        let mut area = Area::new("a");
        press(&mut area, "b ctrl-u");
        assert_eq!(area.lines(), ["a"]);
    }

    #[test]
    fn the_cursor_is_always_on_screen() {
        let mut area = Area::new("one 日本語 line that is rather long\u{1b}[2J\n\nx\ny\nz");
        for wide in 1..12 {
            let room = Rect::new(3, 2, wide, 3);
            for key in ["up", "pageup", "end", "left", "home", "pagedown", "end"] {
                area.key(key.parse().unwrap());
                let mut buf = Buffer::empty(Rect::new(0, 0, 40, 10));
                let (rows, at) = area.draw(room, &mut buf, |_, _| Style::new());
                assert!(room.contains(at.unwrap()), "{wide} {key} {at:?}");
                assert!(rows.contains(&area.place().row));
            }
        }
    }
}
