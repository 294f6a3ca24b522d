//! How the tree looks.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use super::tree::Line;
use super::{Catalog, facts};
use crate::model::shown::{Shown, shown};
use crate::ui::loaded::Loaded;
use crate::ui::pane::View;
use crate::ui::panes::sql::Command;
use crate::ui::widgets::{frame, notes, text};

/// With fewer lines there are no facts below the tree; a key shows them.
const TALL: u16 = 16;
/// Lines of facts.
const FACTS: u16 = 8;

impl Catalog {
    /// Answers where the cursor is, while the filter is typed.
    pub fn draw(
        &self,
        area: Rect,
        buf: &mut Buffer,
        view: &View<'_>,
        current: &str,
        focused: bool,
    ) -> Option<Position> {
        let mut inner = frame::panel(area, buf, view.theme, "Catalog", focused);
        let mut cursor = None;
        if self.filter.is_open() && inner.height > 1 {
            let line = Rect { height: 1, ..inner };
            cursor = self.filter.draw(line, buf, view.theme);
            inner = Rect { y: inner.y + 1, height: inner.height - 1, ..inner };
        }
        match &self.databases {
            Loaded::Unknown | Loaded::Waiting => notes::quiet(inner, buf, view, "Reading …"),
            Loaded::Failed(failure) => notes::failed(inner, buf, view, failure, Command::Retry),
            Loaded::Here(databases) if databases.is_empty() => {
                notes::quiet(inner, buf, view, "There is no database here.");
            }
            Loaded::Here(_) => {
                if focused && inner.height >= TALL {
                    inner = self.draw_facts(inner, buf, view);
                }
                self.draw_lines(inner, buf, view, current, focused);
            }
        }
        cursor
    }

    /// Below the tree; answers the room that is left.
    fn draw_facts(&self, area: Rect, buf: &mut Buffer, view: &View<'_>) -> Rect {
        let facts = self.line().map(|line| facts::of(&line)).unwrap_or_default();
        if facts.is_empty() {
            return area;
        }
        let below = Rect { y: area.bottom() - FACTS, height: FACTS, ..area };
        let rule = Rect { y: below.y - 1, height: 1, ..area };
        for x in rule.left()..rule.right() {
            buf.set_string(x, rule.y, "─", view.theme.border);
        }
        let shown = facts.into_iter().map(|(name, value)| (name, shown(&value).into_owned()));
        notes::facts(below, buf, view, shown);
        Rect { height: area.height - FACTS - 1, ..area }
    }

    fn draw_lines(
        &self,
        area: Rect,
        buf: &mut Buffer,
        view: &View<'_>,
        current: &str,
        focused: bool,
    ) {
        let window = self.scroll.window(self.line_count(), area.height.into());
        let lines = self.lines(window.clone());
        for ((y, at), line) in (area.y..area.bottom()).zip(window).zip(&lines) {
            let row = Rect { y, height: 1, ..area };
            self.draw_line(line, row, buf, view, current);
            if at == self.scroll.cursor && focused {
                buf.set_style(row, view.theme.cursor);
            }
        }
    }

    fn draw_line(
        &self,
        line: &Line<'_>,
        row: Rect,
        buf: &mut Buffer,
        view: &View<'_>,
        current: &str,
    ) {
        let theme = view.theme;
        let fold = |open: bool| if open { "▾" } else { "▸" };
        let deep = |table: bool| if table { "        " } else { "    " };
        let (words, kind, style): (String, String, Style) = match line {
            Line::Database(name) => {
                let mark = fold(self.open.contains(*name));
                let style = if *name == current { theme.accent } else { theme.folder };
                (format!("{mark} {}", Shown::of(name)), String::new(), style)
            }
            Line::Table(table) => {
                let shelf = self.shelves.get(&table.database);
                let mark = fold(shelf.is_some_and(|shelf| shelf.open.contains(&table.name)));
                let words = format!("  {mark} {}", Shown::of(&table.name));
                (words, table.what().to_owned(), theme.base)
            }
            Line::Column(_, column, is_key) => {
                let style = if *is_key { theme.marked } else { theme.base };
                (format!("      {}", Shown::of(column.name)), column.kind.to_owned(), style)
            }
            Line::Partitions(_, parts) => {
                let open = parts.is_some_and(|parts| parts.open);
                let count = parts.filter(|parts| !parts.found.is_empty()).map(|parts| {
                    let more = if parts.next.is_some() { "+" } else { "" };
                    format!("{}{more}", text::count(parts.found.len() as u64))
                });
                (format!("    {} partitions", fold(open)), count.unwrap_or_default(), theme.dim)
            }
            Line::Partition(table, partition) => {
                let size = partition.counted.bytes.map(text::bytes).unwrap_or_default();
                let values = facts::values(table, partition);
                (format!("        {}", shown(&values)), size, theme.base)
            }
            Line::More(_) => ("        … and more".to_owned(), String::new(), theme.key),
            Line::Note(_, table, note) => {
                (format!("{}{note}", deep(table.is_some())), String::new(), theme.dim)
            }
            Line::Broken(_, table, failure) => {
                (format!("{}{}", deep(table.is_some()), failure.why), String::new(), theme.error)
            }
        };
        let used = text::put(buf, row, &words, style);
        let rest = Rect { x: row.x + used + 1, width: row.width.saturating_sub(used + 1), ..row };
        let kind = Shown::of(&kind);
        text::put_right(buf, rest, &text::fit(kind.as_str(), rest.width.into()), theme.dim);
    }
}
