//! A cursor in a list of any length, and the window of rows that is on screen.

use std::cell::Cell;
use std::ops::Range;

use crate::ui::command::commands;

commands! {
    /// How fingers move in any list, grid or text.
    pub enum Move {
        Down = "down", "One row down.";
        Up = "up", "One row up.";
        Left = "left", "Left, where there is more to the left.";
        Right = "right", "Right, where there is more to the right.";
        Top = "top", "To the first row.";
        Bottom = "bottom", "To the last row.";
        PageDown = "page-down", "One screen down.";
        PageUp = "page-up", "One screen up.";
    }
}

/// Where the cursor is and what of the list is visible. The window is settled while drawing,
/// when the height is known; hence the cells.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scroll {
    pub cursor: usize,
    top: Cell<usize>,
    height: Cell<usize>,
}

impl Scroll {
    pub fn at(cursor: usize) -> Self {
        Self { cursor, ..Self::default() }
    }

    /// Moves within a list of `len` rows; sideways moves are not its business.
    pub fn step(&mut self, step: Move, len: usize) {
        let last = len.saturating_sub(1);
        let page = self.height.get().saturating_sub(1).max(1);
        self.cursor = match step {
            Move::Down => self.cursor.saturating_add(1),
            Move::Up => self.cursor.saturating_sub(1),
            Move::Top => 0,
            Move::Bottom => last,
            Move::PageDown => self.cursor.saturating_add(page),
            Move::PageUp => self.cursor.saturating_sub(page),
            Move::Left | Move::Right => self.cursor,
        }
        .min(last);
    }

    /// The list has another length now.
    pub fn clamp(&mut self, len: usize) {
        self.cursor = self.cursor.min(len.saturating_sub(1));
    }

    /// The row under the cursor is now the one at `to`: it stays on its line of the screen
    /// where the list is long enough for that.
    pub fn carry(&mut self, to: usize) {
        let top = (self.top.get() + to).saturating_sub(self.cursor);
        self.top.set(top);
        self.cursor = to;
    }

    /// The rows to draw in `height` lines: always with the cursor among them, and no gap at
    /// the end of a list that could fill the window.
    pub fn window(&self, len: usize, height: usize) -> Range<usize> {
        self.height.set(height);
        if height == 0 {
            return 0..0;
        }
        let cursor = self.cursor.min(len.saturating_sub(1));
        let lowest = (cursor + 1).saturating_sub(height);
        let top = self.top.get().clamp(lowest, cursor.max(lowest)).min(len.saturating_sub(height));
        self.top.set(top);
        top..len.min(top + height)
    }

    /// The rows that were drawn last; there may be fewer in the list.
    pub fn seen(&self) -> Range<usize> {
        self.top.get()..self.top.get() + self.height.get()
    }

    /// The row that was drawn on this line of the list, for the mouse.
    pub fn row_at(&self, line: usize, len: usize) -> Option<usize> {
        let row = self.top.get() + line;
        (line < self.height.get() && row < len).then_some(row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cursor_stays_in_the_window_and_in_the_list() {
        let mut scroll = Scroll::default();
        assert_eq!(scroll.window(100, 10), 0..10);
        for _ in 0..9 {
            scroll.step(Move::Down, 100);
        }
        assert_eq!(scroll.window(100, 10), 0..10);
        scroll.step(Move::Down, 100);
        assert_eq!(scroll.window(100, 10), 1..11);
        scroll.step(Move::Bottom, 100);
        assert_eq!(scroll.window(100, 10), 90..100);
        scroll.step(Move::Up, 100);
        assert_eq!(scroll.window(100, 10), 90..100);
        scroll.step(Move::PageUp, 100);
        assert_eq!((scroll.cursor, scroll.window(100, 10)), (89, 89..99));
    }

    #[test]
    fn a_row_that_is_carried_stays_on_its_line() {
        let mut scroll = Scroll::at(14);
        assert_eq!(scroll.window(100, 10), 5..15);
        scroll.carry(12);
        assert_eq!((scroll.cursor, scroll.window(100, 10)), (12, 3..13));
        scroll.carry(40);
        assert_eq!(scroll.window(100, 10), 31..41);
        scroll.carry(2);
        assert_eq!(scroll.window(100, 10), 0..10, "there is nothing above the first row");
    }

    #[test]
    fn odd_sizes_do_no_harm() {
        let mut scroll = Scroll::default();
        for step in Move::ALL {
            scroll.step(*step, 0);
            assert_eq!(scroll.window(0, 5), 0..0);
            assert_eq!(scroll.window(5, 0), 0..0);
        }
        scroll.cursor = 90;
        scroll.clamp(3);
        assert_eq!((scroll.cursor, scroll.window(3, 10)), (2, 0..3));
    }
}
