//! The grid on screen: the header stays, rows are numbered, both ways scroll.

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::{Grid, Value};
use crate::ui::theme::Theme;
use crate::ui::widgets::text;

const GAP: u16 = 2;
/// A frozen column leaves at least so much to the others.
const NARROW: u16 = 10;
/// With fewer lines there is no room for types.
const TYPED: u16 = 8;

impl Grid {
    pub fn draw(&self, area: Rect, buf: &mut Buffer, theme: &Theme, focused: bool) {
        if area.height < 2 || area.width < 8 {
            return;
        }
        let typed = self.typed
            && area.height >= TYPED
            && self.columns.iter().any(|column| !column.kind.is_empty());
        let titles = 1 + u16::from(typed);
        let body = Rect { y: area.y + titles, height: area.height - titles, ..area };
        let window = self.scroll.window(self.rows, body.height.into());
        let number = if self.bare { 0 } else { self.rows.to_string().len() as u16 };
        let left = if self.bare { area.x } else { area.x + number + GAP };
        let spots = self.spots(area.right().saturating_sub(left));
        let place =
            |x: u16, width: u16, line: Rect| Rect { x: left + x, width, ..line }.intersection(line);
        let header = Rect { height: 1, ..area };
        for (column, x, width) in &spots {
            let name = self.columns[*column].name.as_str();
            let style = if *column == self.column { theme.accent } else { theme.title };
            self.put(buf, place(*x, *width, header), *column, name, style);
            if typed {
                let line = Rect { y: header.y + 1, ..header };
                let kind = self.columns[*column].kind.as_str();
                self.put(buf, place(*x, *width, line), *column, kind, theme.dim);
            }
        }
        for (y, at) in (body.y..body.bottom()).zip(window) {
            let line = Rect { y, height: 1, ..area };
            let here = at == self.cursor();
            let marked = self.number(at).is_some_and(|number| self.marks.contains(&number));
            let style = if marked { theme.marked } else { theme.dim };
            text::put_right(buf, Rect { width: number, ..line }, &(at + 1).to_string(), style);
            if marked {
                text::put(buf, Rect { x: line.x + number, width: 1, ..line }, "●", theme.marked);
            }
            if here {
                buf.set_style(line, if focused { Style::new() } else { theme.cursor_dim });
            }
            for (column, x, width) in &spots {
                let (words, style) = self.face(at, *column, theme);
                let spot = place(*x, *width, line);
                self.put(buf, spot, *column, &words, style);
                if here && focused {
                    let bar = if *column == self.column { theme.cursor } else { theme.cursor_dim };
                    buf.set_style(spot, bar);
                }
            }
        }
        self.draw_more(&spots, header, buf, theme);
    }

    /// Marks at the header's ends where there are more columns.
    fn draw_more(&self, spots: &[(usize, u16, u16)], line: Rect, buf: &mut Buffer, theme: &Theme) {
        if self.left.get() > usize::from(self.frozen) {
            text::put(buf, line, "‹", theme.accent);
        }
        if spots.last().is_some_and(|(column, ..)| self.shown.last() != Some(column)) {
            text::put_right(buf, line, "›", theme.accent);
        }
    }

    fn put(&self, buf: &mut Buffer, area: Rect, column: usize, words: &str, style: Style) {
        if self.is_number(column) {
            text::put_right(buf, area, words, style);
        } else {
            text::put(buf, area, words, style);
        }
    }

    fn face(&self, row: usize, column: usize, theme: &Theme) -> (Cow<'_, str>, Style) {
        match self.row(row).map(|row| row.get(column)) {
            None => ("…".into(), theme.dim),
            Some(None | Some(Value::Null)) => (Cow::Borrowed("NULL"), theme.null),
            Some(Some(value)) => (value.face(), Style::new()),
        }
    }

    /// The columns that fit, with x and width: always with the cursor's among them, and the first
    /// where it is frozen and leaves room.
    fn spots(&self, room: u16) -> Vec<(usize, u16, u16)> {
        let mut x = 0;
        let mut spots = Vec::new();
        let cursor = self.position();
        let first = self.shown.first().filter(|_| self.frozen && cursor > 0);
        if let Some((column, width)) = first.map(|column| (*column, self.widths[*column]))
            && width + GAP + NARROW <= room
        {
            spots.push((column, 0, width));
            x = width + GAP;
        }
        let least = usize::from(!spots.is_empty());
        let mut left = self.left.get().clamp(least, cursor.max(least));
        while left < cursor && self.span(left, cursor) > room - x {
            left += 1;
        }
        self.left.set(left);
        for column in self.shown.iter().skip(left) {
            if x >= room {
                break;
            }
            let width = self.widths[*column];
            spots.push((*column, x, width.min(room - x)));
            x += width + GAP;
        }
        spots
    }

    /// The room that the columns at these places take.
    fn span(&self, from: usize, to: usize) -> u16 {
        let widths = self.shown[from..=to].iter().map(|column| self.widths[*column] + GAP);
        widths.sum::<u16>().saturating_sub(GAP)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Heading;
    use super::*;

    #[test]
    fn the_cursors_column_is_always_on_screen() {
        let columns: Vec<Heading> = (0..30)
            .map(|at| Heading { name: format!("column_{at}").into(), kind: "varchar".into() })
            .collect();
        let mut grid = Grid::new(columns.into());
        for (room, frozen) in [5, 20, 79, 300].into_iter().flat_map(|n| [(n, false), (n, true)]) {
            grid.frozen = frozen;
            for column in (0..30).chain((0..30).rev()) {
                grid.column = column;
                let spots = grid.spots(room);
                assert!(spots.iter().any(|(c, ..)| *c == column), "{room} {column}");
                assert!(spots.iter().all(|(_, x, width)| x + width <= room));
                assert!(!frozen || room < 79 || spots[0].0 == 0, "{room} {column}");
            }
        }
    }
}
