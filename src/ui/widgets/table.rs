//! A table that asks for the rows in its window and for no others: a million rows draw in
//! the time of forty.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::list::Scroll;
use super::text;
use crate::model::shown::Shown;
use crate::ui::theme::Theme;

/// One column. Columns are dropped from the right-hand end of `keep` when room is short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    pub title: &'static str,
    pub width: Width,
    pub right: bool,
    /// Columns with a higher number go first when the table is narrow; 0 always stays.
    pub rank: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Width {
    /// Columns on the terminal.
    Exactly(u16),
    /// What is left, at least this much.
    Rest(u16),
}

impl Column {
    pub const fn new(title: &'static str, width: Width) -> Self {
        Self { title, width, right: false, rank: 0 }
    }

    pub const fn right(self) -> Self {
        Self { right: true, ..self }
    }

    pub const fn rank(self, rank: u8) -> Self {
        Self { rank, ..self }
    }

    fn least(&self) -> u16 {
        match self.width {
            Width::Exactly(wide) | Width::Rest(wide) => wide,
        }
    }
}

/// One cell: sanitised text and how it looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    pub text: Shown,
    pub style: Style,
}

impl Cell {
    pub fn new(text: impl Into<Shown>, style: Style) -> Self {
        Self { text: text.into(), style }
    }
}

impl<T: Into<Shown>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self::new(text, Style::new())
    }
}

/// One row: its cells in the order of the columns.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Row {
    pub cells: Vec<Cell>,
    pub marked: bool,
    /// The first cell has the whole line: a heading among the rows.
    pub heading: bool,
}

impl Row {
    pub fn new(cells: impl Into<Vec<Cell>>) -> Self {
        Self { cells: cells.into(), ..Self::default() }
    }

    /// A heading among the rows.
    pub fn heading(cell: Cell) -> Self {
        Self { cells: vec![cell], heading: true, ..Self::default() }
    }
}

/// A table of `len` rows; `row` is asked only for those on screen.
pub struct Table<'a> {
    pub columns: &'a [Column],
    /// A sorted column with its arrow: `Some((1, true))` is the second one, ascending.
    pub sorted: Option<(usize, bool)>,
    pub scroll: &'a Scroll,
    pub len: usize,
    /// False: the cursor is shown, but dimmed, since keys go elsewhere.
    pub focused: bool,
}

const GAP: u16 = 2;
/// The first two columns of a line: the mark.
const GUTTER: u16 = 2;

impl Table<'_> {
    pub fn draw(&self, area: Rect, buf: &mut Buffer, theme: &Theme, row: impl Fn(usize) -> Row) {
        if area.height < 2 || area.width < 4 {
            return;
        }
        let spots = layout(self.columns, area.width.saturating_sub(GUTTER));
        self.titles(area, buf, theme, &spots);
        let body = Rect { y: area.y + 1, height: area.height - 1, ..area };
        let window = self.scroll.window(self.len, body.height.into());
        for (y, at) in (body.y..body.bottom()).zip(window) {
            let line = Rect { y, height: 1, ..body };
            self.line(line, buf, theme, &spots, &row(at), at == self.scroll.cursor);
        }
    }

    fn titles(&self, area: Rect, buf: &mut Buffer, theme: &Theme, spots: &[Spot]) {
        for spot in spots {
            let column = &self.columns[spot.column];
            let arrow = match self.sorted {
                Some((at, true)) if at == spot.column => " ↑",
                Some((at, false)) if at == spot.column => " ↓",
                _ => "",
            };
            spot.put(area, buf, &format!("{}{arrow}", column.title), column.right, theme.title);
        }
    }

    fn line(
        &self,
        line: Rect,
        buf: &mut Buffer,
        theme: &Theme,
        spots: &[Spot],
        row: &Row,
        here: bool,
    ) {
        let bar = match (here, self.focused) {
            (true, true) => theme.cursor,
            (true, false) => theme.cursor_dim,
            _ => Style::new(),
        };
        if row.marked {
            text::put(buf, line, "●", theme.marked);
        }
        let whole = [Spot { column: 0, x: 0, width: line.width.saturating_sub(GUTTER) }];
        for spot in if row.heading { &whole } else { spots } {
            let Some(cell) = row.cells.get(spot.column) else { continue };
            let style = if row.marked { cell.style.patch(theme.marked) } else { cell.style };
            spot.put(line, buf, cell.text.as_str(), self.columns[spot.column].right, style);
        }
        if here {
            buf.set_style(line, bar);
        }
    }
}

/// Where a column lies.
struct Spot {
    column: usize,
    x: u16,
    width: u16,
}

impl Spot {
    fn put(&self, line: Rect, buf: &mut Buffer, words: &str, right: bool, style: Style) {
        let area = Rect { x: line.x + GUTTER + self.x, width: self.width, height: 1, ..line };
        let area = area.intersection(line);
        if right {
            text::put_right(buf, area, words, style);
        } else {
            text::put(buf, area, &text::fit_middle(words, area.width.into()), style);
        }
    }
}

fn layout(columns: &[Column], room: u16) -> Vec<Spot> {
    let mut kept: Vec<usize> = (0..columns.len()).collect();
    let needed = |kept: &[usize]| {
        let gaps = GAP * (kept.len() as u16).saturating_sub(1);
        kept.iter().map(|at| columns[*at].least()).sum::<u16>() + gaps
    };
    while needed(&kept) > room {
        let worst = kept.iter().copied().max_by_key(|at| (columns[*at].rank, *at));
        match worst {
            Some(at) if columns[at].rank > 0 => kept.retain(|other| *other != at),
            _ => break,
        }
    }
    let spare = room.saturating_sub(needed(&kept));
    let greedy = kept.iter().filter(|at| matches!(columns[**at].width, Width::Rest(_))).count();
    let share = spare.checked_div(greedy as u16).unwrap_or(0);
    let mut x = 0;
    let mut spots = Vec::with_capacity(kept.len());
    for column in kept {
        let width = match columns[column].width {
            Width::Exactly(wide) => wide,
            Width::Rest(least) => least + share,
        };
        spots.push(Spot { column, x, width: width.min(room.saturating_sub(x)) });
        x += width + GAP;
    }
    spots
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell as StdCell;

    const COLUMNS: &[Column] = &[
        Column::new("name", Width::Rest(10)),
        Column::new("size", Width::Exactly(8)).right().rank(1),
        Column::new("time", Width::Exactly(16)).rank(2),
    ];

    #[test]
    fn only_the_window_is_asked_for() {
        let asked = StdCell::new(0);
        let scroll = Scroll::at(999_999);
        let mut buf = Buffer::empty(Rect::new(0, 0, 60, 11));
        let table = Table {
            columns: COLUMNS,
            sorted: None,
            scroll: &scroll,
            len: 1_000_000,
            focused: true,
        };
        table.draw(buf.area, &mut buf, &Theme::default(), |at| {
            asked.set(asked.get() + 1);
            Row::new([Cell::from(format!("row {at}"))])
        });
        assert_eq!(asked.get(), 10);
    }

    #[test]
    fn narrow_tables_drop_the_least_important_column() {
        let kept = |room| layout(COLUMNS, room).iter().map(|s| s.column).collect::<Vec<_>>();
        assert_eq!(kept(60), [0, 1, 2]);
        assert_eq!(kept(30), [0, 1]);
        assert_eq!(kept(12), [0]);
        assert_eq!(kept(3), [0]);
    }
}
