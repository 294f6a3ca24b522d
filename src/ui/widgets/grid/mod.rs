//! A window of rows of a table that may have millions, and a cursor in it.

mod draw;

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use super::list::{Move, Scroll};
use super::text;
use crate::model::query::Scale;
use crate::model::shown::Shown;

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heading {
    pub name: Shown,
    /// Its type; empty where it is not known.
    pub kind: Shown,
}

/// One cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    Null,
    Text(Shown),
    /// The beginning of a longer one.
    Cut(Shown),
}

impl Value {
    /// Its text; of NULL there is none.
    pub fn text(&self) -> Option<&Shown> {
        match self {
            Self::Null => None,
            Self::Text(text) | Self::Cut(text) => Some(text),
        }
    }

    /// As a line of text: NULL is a word then.
    pub fn plain(&self) -> Shown {
        self.text().cloned().unwrap_or_else(|| "NULL".into())
    }

    /// As much of it as a column can have on the screen; a cell may be far longer.
    fn face(&self) -> Cow<'_, str> {
        let (text, cut) = match self {
            Self::Null => return Cow::Borrowed("NULL"),
            Self::Text(text) => (text.as_str(), false),
            Self::Cut(text) => (text.as_str(), true),
        };
        match text.char_indices().nth(usize::from(WIDEST) + 1) {
            Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
            None if cut => Cow::Owned(format!("{text}…")),
            None => Cow::Borrowed(text),
        }
    }
}

/// Rows held at a time.
pub const WINDOW: usize = 512;
/// Nearer than this to the window's edge the next window is asked for.
const NEAR: usize = 128;
const WIDEST: u16 = 48;
const NARROWEST: u16 = 4;
/// A column is no wider than this for the sake of its type.
const KIND: usize = 12;

/// The grid's state. Rows that are not here yet are drawn as `…`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Grid {
    pub columns: Arc<[Heading]>,
    /// Columns on the terminal, grown by what has been seen.
    widths: Vec<u16>,
    /// Rows that have arrived in the spool.
    pub rows: usize,
    /// True when no more will.
    pub whole: bool,
    first: usize,
    window: Vec<Vec<Value>>,
    /// The window that is on its way.
    asked: Option<Range<usize>>,
    scroll: Scroll,
    /// The cursor's column.
    pub column: usize,
    /// The first column on screen; settled while drawing.
    left: Cell<usize>,
    /// True where rows have no numbers.
    pub bare: bool,
    /// True: types stand below the names, where there is room.
    typed: bool,
    /// Columns in the order in which they are shown; others are hidden.
    shown: Vec<usize>,
    /// True: the first of them stays at the left while the others scroll.
    pub frozen: bool,
    /// Counts orders of the rows: a window of another is late.
    pub turn: u32,
    /// Which rows of the result are held, where they stand in another order.
    numbers: Vec<u32>,
    /// Rows that are marked, by their numbers in the result.
    pub marks: BTreeSet<usize>,
}

impl Grid {
    pub fn new(columns: Arc<[Heading]>) -> Self {
        let widths = columns.iter().map(|c| clamp(text::width(c.name.as_str()))).collect();
        let shown = (0..columns.len()).collect();
        Self { columns, widths, shown, ..Self::default() }
    }

    /// The same, with room for the types below the names.
    pub fn typed(columns: Arc<[Heading]>) -> Self {
        let mut grid = Self { typed: true, ..Self::new(columns) };
        for (width, column) in grid.widths.iter_mut().zip(grid.columns.iter()) {
            *width = (*width).max(clamp(text::width(column.kind.as_str()).min(KIND)));
        }
        grid
    }

    /// True where the column holds numbers: they are aligned at the right.
    pub fn is_number(&self, column: usize) -> bool {
        self.columns.get(column).is_some_and(|c| Scale::of(c.kind.as_str()) == Scale::Number)
    }

    pub fn row(&self, at: usize) -> Option<&[Value]> {
        self.window.get(at.checked_sub(self.first)?).map(Vec::as_slice)
    }

    pub fn cursor(&self) -> usize {
        self.scroll.cursor
    }

    pub fn value(&self) -> Option<&Value> {
        self.row(self.cursor())?.get(self.column)
    }

    pub fn step(&mut self, step: Move) {
        let at = self.position();
        match step {
            Move::Left => self.stand(at.saturating_sub(1)),
            Move::Right => self.stand(at + 1),
            step => self.scroll.step(step, self.rows),
        }
    }

    /// Where the cursor's column stands among those that are shown.
    fn position(&self) -> usize {
        self.shown.iter().position(|column| *column == self.column).unwrap_or(0)
    }

    fn stand(&mut self, at: usize) {
        let last = self.shown.len().saturating_sub(1);
        self.column = self.shown.get(at.min(last)).copied().unwrap_or(0);
    }

    pub fn first_column(&mut self) {
        self.stand(0);
    }

    pub fn last_column(&mut self) {
        self.stand(usize::MAX);
    }

    /// Columns in the order in which they are shown.
    pub fn shown(&self) -> &[usize] {
        &self.shown
    }

    /// Takes the cursor's column away; one always stays.
    pub fn hide(&mut self) -> bool {
        let at = self.position();
        let many = self.shown.len() > 1;
        if many {
            self.shown.remove(at);
            self.stand(at);
        }
        many
    }

    /// Every column, in the result's order.
    pub fn show_all(&mut self) {
        self.shown = (0..self.columns.len()).collect();
    }

    /// The cursor's column changes places with the one before or behind it.
    pub fn shift(&mut self, right: bool) {
        let at = self.position();
        let to = if right { at + 1 } else { at.saturating_sub(1) };
        if to < self.shown.len() {
            self.shown.swap(at, to);
        }
    }

    /// The number in the result of the row at a place; `None` where it is not here.
    pub fn number(&self, place: usize) -> Option<usize> {
        let at = place.checked_sub(self.first).filter(|at| *at < self.window.len())?;
        Some(self.numbers.get(at).map_or(place, |number| *number as usize))
    }

    /// Marks the row under the cursor, or does so no more, and goes to the next.
    pub fn mark(&mut self) {
        let Some(number) = self.number(self.cursor()) else { return };
        if !self.marks.remove(&number) {
            self.marks.insert(number);
        }
        self.step(Move::Down);
    }

    /// The rows stand in another order now: what is here is old.
    pub fn turn_to(&mut self, turn: u32) {
        self.turn = turn;
        self.asked = None;
        self.window.clear();
        self.numbers.clear();
        self.scroll.cursor = 0;
    }

    /// Goes to a row, and to a column of it.
    pub fn go(&mut self, row: usize, column: usize) {
        self.scroll.cursor = row.min(self.rows.saturating_sub(1));
        if self.shown.contains(&column) {
            self.column = column;
        }
    }

    /// The rows that are here, from which one on.
    pub fn held(&self) -> (usize, &[Vec<Value>]) {
        (self.first, &self.window)
    }

    /// For those who draw the rows their own way: which are on screen.
    pub fn scroll(&self) -> &Scroll {
        &self.scroll
    }

    pub fn grown(&mut self, rows: usize, whole: bool) {
        self.rows = rows;
        self.whole = whole;
    }

    /// Rows have come for a window of this order; empty `numbers` are those of their places.
    pub fn take_in(&mut self, turn: u32, first: usize, numbers: Vec<u32>, rows: Vec<Vec<Value>>) {
        if turn == self.turn {
            self.take(first, rows);
            self.numbers = numbers;
        }
    }

    /// Rows have come for a window.
    pub fn take(&mut self, first: usize, rows: Vec<Vec<Value>>) {
        self.asked = None;
        self.widen(&rows);
        self.first = first;
        self.window = rows;
    }

    /// Further rows have come, and those before them stay.
    pub fn append(&mut self, rows: Vec<Vec<Value>>) {
        self.widen(&rows);
        self.window.extend(rows);
        self.rows = self.first + self.window.len();
    }

    fn widen(&mut self, rows: &[Vec<Value>]) {
        for row in rows {
            for (width, value) in self.widths.iter_mut().zip(row) {
                *width = (*width).max(needs(value));
            }
        }
    }

    /// The rows to ask for, where the cursor is near the edge of those that are here.
    pub fn wanted(&mut self) -> Option<(usize, usize)> {
        let cursor = self.cursor();
        let held = self.first..self.first + self.window.len();
        let needed = cursor.saturating_sub(NEAR)..(cursor + NEAR).min(self.rows);
        let has = |range: &Range<usize>| range.start <= needed.start && needed.end <= range.end;
        if self.rows == 0 || has(&held) || self.asked.as_ref().is_some_and(has) {
            return None;
        }
        let first = cursor.saturating_sub(WINDOW / 2);
        let end = (first + WINDOW).min(self.rows);
        self.asked = Some(first..end);
        Some((first, end - first))
    }
}

fn clamp(width: usize) -> u16 {
    (width as u16).clamp(NARROWEST, WIDEST)
}

fn needs(value: &Value) -> u16 {
    clamp(text::width(&value.face()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(rows: usize) -> Grid {
        let heading = |name: &'static str, kind: &'static str| Heading {
            name: name.into(),
            kind: kind.into(),
        };
        let mut grid = Grid::new([heading("a", "bigint"), heading("name", "varchar")].into());
        grid.grown(rows, true);
        grid
    }

    fn fill(grid: &mut Grid) -> Option<(usize, usize)> {
        let (first, count) = grid.wanted()?;
        let row = |at: usize| vec![Value::Text(at.to_string().into()), Value::Null];
        grid.take(first, (first..first + count).map(row).collect());
        Some((first, count))
    }

    #[test]
    fn only_windows_are_asked_for_and_each_once() {
        let mut grid = grid(1_000_000);
        assert_eq!(grid.wanted(), Some((0, WINDOW)));
        assert_eq!(grid.wanted(), None);
        assert_eq!(grid.row(0), None);
        grid.asked = None;
        fill(&mut grid);
        assert_eq!(grid.row(511).unwrap()[0], Value::Text("511".into()));
        grid.step(Move::Down);
        assert_eq!(grid.wanted(), None);
        grid.step(Move::Bottom);
        assert_eq!(fill(&mut grid), Some((999_999 - 256, 257)));
        assert_eq!(grid.value(), Some(&Value::Text("999999".into())));
    }

    #[test]
    fn a_result_that_grows_fills_the_window() {
        let mut grid = grid(10);
        assert_eq!(fill(&mut grid), Some((0, 10)));
        assert_eq!(grid.wanted(), None);
        grid.grown(1000, false);
        assert_eq!(fill(&mut grid), Some((0, WINDOW)));
    }

    #[test]
    fn columns_grow_with_what_is_seen_up_to_a_cap() {
        let mut grid = grid(2);
        assert_eq!(grid.widths, [4, 4]);
        let long = Value::Text("x".repeat(300).into());
        grid.take(0, vec![vec![Value::Text("1234567".into()), long]]);
        assert_eq!(grid.widths, [7, 48]);
        assert!(grid.is_number(0) && !grid.is_number(1));
    }

    #[test]
    fn the_cursor_stays_inside() {
        let mut grid = grid(0);
        for step in Move::ALL {
            grid.step(*step);
        }
        assert_eq!((grid.cursor(), grid.column), (0, 1));
        let mut none = Grid::default();
        none.step(Move::Right);
        none.last_column();
        assert_eq!(none.column, 0);
    }

    #[test]
    fn columns_are_hidden_moved_and_brought_back() {
        let heading = |name: &'static str| Heading { name: name.into(), kind: "varchar".into() };
        let mut grid = Grid::new(["a", "b", "c"].map(heading).into());
        grid.step(Move::Right);
        assert!(grid.hide());
        assert_eq!((grid.shown(), grid.column), (&[0, 2][..], 2));
        grid.shift(true);
        grid.shift(false);
        assert_eq!((grid.shown(), grid.column), (&[2, 0][..], 2));
        grid.step(Move::Right);
        grid.step(Move::Right);
        assert_eq!(grid.column, 0);
        assert!(grid.hide() && !grid.hide(), "one stays");
        grid.go(0, 0);
        assert_eq!(grid.column, 2, "a hidden one is not gone to");
        grid.show_all();
        assert_eq!(grid.shown(), [0, 1, 2]);
    }

    #[test]
    fn marks_are_of_rows_and_not_of_places() {
        let mut grid = grid(3);
        fill(&mut grid);
        grid.mark();
        grid.turn_to(1);
        let row = |text: &str| vec![Value::Text(text.to_owned().into())];
        grid.take_in(0, 0, Vec::new(), vec![row("late")]);
        assert_eq!(grid.row(0), None);
        grid.take_in(1, 0, vec![2, 1, 0], vec![row("2"), row("1"), row("0")]);
        assert_eq!(grid.number(2), Some(0));
        grid.mark();
        assert_eq!(grid.marks, BTreeSet::from([0, 2]));
        assert_eq!(grid.cursor(), 1);
    }
}
