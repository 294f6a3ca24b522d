//! How the viewer looks.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::content::{End, Fact, Focus, Open};
use super::{Command, Viewer};
use crate::model::shown::Shown;
use crate::ui::loaded::Loaded;
use crate::ui::pane::View;
use crate::ui::widgets::{frame, notes, text};

/// With less room there is no box around it.
const BOXED: (u16, u16) = (30, 8);
/// With fewer lines facts are only seen while they are gone through.
const ROOMY: u16 = 9;

impl Viewer {
    pub fn draw(&self, area: Rect, buf: &mut Buffer, view: &View<'_>) -> Option<Position> {
        let name = self.name();
        let (line, body) = if area.width >= BOXED.0 && area.height >= BOXED.1 {
            top(frame::panel(area, buf, view.theme, name.as_str(), true))
        } else {
            top(area)
        };
        let cursor = if self.find.is_open() {
            self.find.draw(line, buf, view.theme)
        } else {
            let status = self.status(line.width < BOXED.0 || area.height < BOXED.1);
            text::put(buf, line, &status, view.theme.dim);
            None
        };
        match &self.content {
            Loaded::Here(open) => self.draw_open(open, body, buf, view),
            Loaded::Failed(_) => {
                if let Some(failure) = self.failure() {
                    notes::failed(body, buf, view, failure, Command::Retry);
                }
            }
            Loaded::Waiting | Loaded::Unknown => notes::quiet(body, buf, view, "Reading …"),
        }
        cursor
    }

    fn name(&self) -> Shown {
        match &self.object.version {
            Some(version) => format!("{}, version {version}", self.object.uri.name()).into(),
            None => Shown::of(self.object.uri.name()),
        }
    }

    /// `Parquet · 1,204 rows shown · 312 KiB of 3.4 GiB read`; with the name where no box has
    /// it.
    fn status(&self, with_name: bool) -> String {
        let name = with_name.then(|| self.name().to_string());
        let told = self.content.here().map(told);
        name.into_iter().chain(told).collect::<Vec<_>>().join(" · ")
    }

    fn draw_open(&self, open: &Open, area: Rect, buf: &mut Buffer, view: &View<'_>) {
        let area = draw_end(open, area, buf, view);
        let height = fact_room(open, area.height);
        let (facts, rows) = (
            Rect { height, ..area },
            Rect { y: area.y + height, height: area.height - height, ..area },
        );
        draw_facts(open, facts, buf, view);
        if open.grid.rows == 0 {
            if open.is_table {
                open.grid.draw(rows, buf, view.theme, false);
            }
            match open.end {
                End::Whole if open.size == 0 => {
                    notes::quiet(rows, buf, view, "The object is empty.")
                }
                End::Whole => notes::quiet(rows, buf, view, "There is nothing in it."),
                End::Asked | End::More => notes::quiet(rows, buf, view, "Reading …"),
                End::Enough | End::Broken(_) => {}
            }
            return;
        }
        let focused = open.focus == Focus::Rows;
        match (open.is_table, self.wrap) {
            (true, _) => open.grid.draw(rows, buf, view.theme, focused),
            (false, false) => draw_lines(open, rows, buf, view),
            (false, true) => draw_wrapped(open, rows, buf, view),
        }
    }
}

fn top(area: Rect) -> (Rect, Rect) {
    let height = area.height.min(1);
    let body = Rect { y: area.y + height, height: area.height - height, ..area };
    (Rect { height, ..area }, body)
}

fn told(open: &Open) -> String {
    let noun = if open.is_table { "row" } else { "line" };
    let rows = open.grid.rows as u64;
    let mut parts = vec![open.kind.to_string()];
    match &open.end {
        End::Whole => parts.push(text::plural(rows, noun)),
        End::Asked => parts.push(format!("{}…", text::plural(rows, noun))),
        _ => parts.push(format!("{} shown", text::plural(rows, noun))),
    }
    parts.push(match open.read >= open.size {
        true => text::bytes(open.size),
        false => format!("{} of {} read", text::bytes(open.read), text::bytes(open.size)),
    });
    parts.join(" · ")
}

/// A sentence at the foot where the rows do not simply end; answers the room above it.
fn draw_end(open: &Open, area: Rect, buf: &mut Buffer, view: &View<'_>) -> Rect {
    let (words, style) = match &open.end {
        End::Broken(failure) => {
            let hint = failure.hint.as_ref().map(|hint| format!(" ({hint})")).unwrap_or_default();
            (format!("{}{hint}", failure.why), view.theme.error)
        }
        End::Enough => {
            let (query, download) =
                (view.keymap.hint(Command::Query), view.keymap.hint(Command::Download));
            let words = format!(
                "As much is shown as a preview keeps: {query} queries it all, {download} downloads it."
            );
            (words, view.theme.warn)
        }
        End::More | End::Asked | End::Whole => return area,
    };
    let lines = text::wrap(&words, area.width.into());
    let height = (lines.len() as u16).min(area.height / 2).min(3);
    let foot = Rect { y: area.bottom() - height, height, ..area };
    for (y, line) in (foot.y..foot.bottom()).zip(lines) {
        text::put(buf, Rect { y, height: 1, ..foot }, &line, style);
    }
    Rect { height: area.height - height, ..area }
}

/// How many lines the facts have: their titles and a third of the room, more while the cursor
/// is in them.
fn fact_room(open: &Open, height: u16) -> u16 {
    let all = open.fact_count().min(usize::from(u16::MAX)) as u16;
    match open.focus {
        Focus::Facts if height < ROOMY || open.grid.rows == 0 => all.min(height),
        Focus::Facts => all.min(height - ROOMY / 2),
        Focus::Rows if height < ROOMY => 0,
        Focus::Rows => all.min((height / 3).max((open.sections.len() as u16).min(height / 2))),
    }
}

fn draw_facts(open: &Open, area: Rect, buf: &mut Buffer, view: &View<'_>) {
    let theme = view.theme;
    let focused = open.focus == Focus::Facts;
    let window = open.facts.window(open.fact_count(), area.height.into());
    let facts = open.facts().enumerate().skip(window.start).take(window.len());
    for (y, (at, fact)) in (area.y..area.bottom()).zip(facts) {
        let line = Rect { y, height: 1, ..area };
        match fact {
            Fact::Title(_, section) => {
                let mark = if section.folded { "▸" } else { "▾" };
                let lines = text::plural(section.lines.len() as u64, "line");
                let used = text::put(buf, line, &format!("{mark} {}", section.title), theme.title);
                if section.folded {
                    let rest =
                        Rect { x: line.x + used, width: line.width.saturating_sub(used), ..line };
                    text::put(buf, rest, &format!("  {lines}"), theme.dim);
                }
            }
            Fact::Line(_, words) => {
                let inner = Rect { x: line.x + 2, width: line.width.saturating_sub(2), ..line };
                text::put(buf, inner, words.as_str(), theme.base);
            }
        }
        if focused && at == open.facts.cursor {
            buf.set_style(line, theme.cursor);
        }
    }
}

fn line_of(open: &Open, at: usize) -> &str {
    let value = open.grid.row(at).and_then(|row| row.first());
    value.and_then(|value| value.text()).map_or("", Shown::as_str)
}

fn draw_lines(open: &Open, area: Rect, buf: &mut Buffer, view: &View<'_>) {
    let window = open.grid.scroll().window(open.grid.rows, area.height.into());
    for (y, at) in (area.y..area.bottom()).zip(window) {
        let line = Rect { y, height: 1, ..area };
        let words = line_of(open, at);
        let begin = words.char_indices().nth(open.left).map_or(words.len(), |(at, _)| at);
        text::put(buf, line, &words[begin..], view.theme.base);
        if at == open.grid.cursor() && open.focus == Focus::Rows {
            buf.set_style(line, view.theme.cursor);
        }
    }
}

/// The line under the cursor is the top one: what wraps takes the room it needs.
fn draw_wrapped(open: &Open, area: Rect, buf: &mut Buffer, view: &View<'_>) {
    let cursor = open.grid.cursor();
    let _ = open.grid.scroll().window(open.grid.rows, area.height.into());
    let wrapped = (cursor..open.grid.rows).flat_map(|at| {
        let lines = text::wrap(line_of(open, at), area.width.into());
        lines.into_iter().map(move |line| (at, line))
    });
    for (y, (at, words)) in (area.y..area.bottom()).zip(wrapped) {
        let line = Rect { y, height: 1, ..area };
        text::put(buf, line, &words, view.theme.base);
        if at == cursor && open.focus == Focus::Rows {
            buf.set_style(line, view.theme.cursor);
        }
    }
}
