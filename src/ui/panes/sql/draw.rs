//! How the pane looks.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use super::outcome::Run;
use super::save::Form;
use super::{Command, Focus, Sql, money, strip, venue};
use crate::model::catalog::Table;
use crate::model::denial;
use crate::model::query::{QueryState, cost};
use crate::model::shown::{Shown, shown};
use crate::model::sql::reading::Reading;
use crate::ui::pane::View;
use crate::ui::theme::Theme;
use crate::ui::widgets::{notes, text};

/// From this width on the catalog lies beside the editor without being asked for.
const WIDE: u16 = 110;
const SIDE: u16 = 34;
/// From this width on it has more room: types are long.
const WIDEST: u16 = 160;
const BROAD: u16 = 46;
/// From this height on the tabs have a line.
const STRIP: u16 = 8;

impl Sql {
    pub(super) fn draw_pane(
        &self,
        area: Rect,
        buf: &mut Buffer,
        view: &View<'_>,
    ) -> Option<Position> {
        let (main, side) = self.split(area);
        let filter = side.and_then(|side| {
            let focused = self.focus == Focus::Catalog;
            self.catalog.draw(side, buf, view, self.current(), focused)
        });
        let mut main = main?;
        if self.tabs.all().len() > 1 && main.height >= STRIP {
            strip::draw(&self.tabs, Rect { height: 1, ..main }, buf, view.theme);
            main = Rect { y: main.y + 1, height: main.height - 1, ..main };
        }
        self.draw_title(Rect { height: 1, ..main }, buf, view);
        let (editor, result) = self.rows(main);
        let mut cursor = self.draw_editor(editor, buf, view);
        if result.height > 0 {
            self.draw_status(Rect { height: 1, ..result }, buf, view);
            let body = Rect { y: result.y + 1, height: result.height - 1, ..result };
            cursor = self.draw_result(body, buf, view).or(cursor);
        }
        match &self.form {
            Some(Form::Save(form)) => return form.draw(area, buf, view),
            Some(Form::Values(form)) => return form.draw(area, buf, view),
            None => {}
        }
        let popup = self.popup.as_ref().zip(cursor);
        if let Some((popup, at)) = popup {
            popup.draw(at, main, buf, view.theme);
        }
        filter.or(cursor)
    }

    fn split(&self, area: Rect) -> (Option<Rect>, Option<Rect>) {
        if area.width >= WIDE {
            let width = if area.width >= WIDEST { BROAD } else { SIDE };
            let side = Rect { x: area.right() - width, width, ..area };
            return (Some(Rect { width: area.width - width - 1, ..area }), Some(side));
        }
        if !self.catalog_open {
            return (Some(area), None);
        }
        // Over the right half; what is typed stays readable.
        let width = SIDE.min(area.width / 2);
        let side = Rect { x: area.right() - width, width, ..area };
        (Some(Rect { width: area.width - width - 1, ..area }), Some(side))
    }

    /// Editor and result under the title: the editor has what the text needs, at most two
    /// fifths; all of it while there is nothing else.
    fn rows(&self, area: Rect) -> (Rect, Rect) {
        let below = area.height.saturating_sub(1);
        let needed = self.tab().script.line_count() as u16 + 1;
        let height = needed.clamp(4, (below * 2 / 5).max(4)).min(below);
        let editor = Rect { y: area.y + 1, height, ..area };
        (editor, Rect { y: editor.bottom(), height: below - height, ..area })
    }

    fn draw_title(&self, line: Rect, buf: &mut Buffer, view: &View<'_>) {
        let theme = view.theme;
        let mut x = line.x + 1;
        let rest = |x: u16| Rect { x, width: line.right().saturating_sub(x), ..line };
        x += text::put(buf, rest(x), "database ", theme.dim);
        let name = Shown::of(self.current());
        x += text::put(buf, rest(x), name.as_str(), theme.accent);
        for (words, style) in self.apart(theme) {
            x += text::put(buf, rest(x), &words, style);
        }
        if let Some(estimate) = &self.tab().guess.estimate {
            let words = format!("  {}", money::told(estimate, price(view)));
            x += text::put(buf, rest(x), &words, theme.base);
        }
        if let Some(words) = self.over_limit() {
            x += text::put(buf, rest(x), &words, theme.warn);
        }
        let script = &self.tab().script;
        if let Some(table) = self.reads_all_of(script.reading()) {
            let keys: Vec<&str> = table.partition_keys.names().collect();
            let words = format!("  ! every partition of {} ({})", table.name, keys.join(", "));
            x += text::put(buf, rest(x), &shown(&words), theme.warn);
        }
        if let Some((at, of)) = script.place() {
            let words = format!("  {} · statement {at} of {of}", script.reading().verb);
            text::put(buf, rest(x), &words, theme.dim);
        }
    }

    /// What of the terms is not the lake's own.
    fn apart(&self, theme: &Theme) -> Vec<(String, Style)> {
        let terms = self.terms();
        let named = |word: &str, name: &Option<String>| {
            name.as_ref().map(|name| (format!("  {word} {}", shown(name)), theme.accent))
        };
        let reuse = terms.reuse.map(|m| (format!("  reuse {}", venue::age(m)), theme.accent));
        let closed = self.venues.is_disabled(self.workgroup());
        let closed = closed.then(|| ("  ! disabled".to_owned(), theme.warn));
        let all = [named("workgroup", &terms.workgroup), closed, named("catalog", &terms.catalog)];
        all.into_iter().chain([reuse]).flatten().collect()
    }

    /// A partitioned table of which the statement leaves nothing out: all of it is paid for.
    fn reads_all_of(&self, reading: &Reading) -> Option<&Table> {
        if self.terms().catalog.is_some() {
            return None;
        }
        let mut known = reading.tables.iter().filter_map(|named| {
            let database = named.database.as_deref().unwrap_or(self.current());
            self.catalog.table(database, &named.name)
        });
        let whole = |table: &&Table| {
            let mut keys = table.partition_keys.names().peekable();
            keys.peek().is_some() && !reading.picks(keys)
        };
        known.find(|table| whole(table))
    }

    fn draw_editor(&self, area: Rect, buf: &mut Buffer, view: &View<'_>) -> Option<Position> {
        let focused = self.focus == Focus::Editor;
        let script = &self.tab().script;
        let cursor = script.draw(area, buf, view.theme).filter(|_| focused);
        if script.is_empty() && area.height > 2 {
            let (run, queries) =
                (view.keymap.hint(Command::Run), view.keymap.hint(Command::Queries));
            let words = format!("SQL goes here: {run} runs it, {queries} lists saved queries.");
            let line = Rect { y: area.y + 1, height: 1, ..area };
            let inner = Rect { x: line.x + 6, width: line.width.saturating_sub(6), ..line };
            text::put(buf, inner, &words, view.theme.dim);
        }
        cursor
    }

    fn draw_status(&self, line: Rect, buf: &mut Buffer, view: &View<'_>) {
        let theme = view.theme;
        for x in line.x..line.right() {
            buf.set_string(x, line.y, "─", theme.border);
        }
        let Some(run) = &self.tab().run else { return };
        let (word, style) = face(run, view);
        let rest = |x: u16| Rect { x, width: line.right().saturating_sub(x), ..line };
        let mut x = line.x + 1;
        x += text::put(buf, rest(x), &format!(" {word} "), style);
        let told = told(run, price(view), view);
        if !told.is_empty() {
            x += text::put(buf, rest(x), &format!(" {} ", told.join("  ")), theme.base);
        }
        if let Some(progress) = &run.progress {
            let id = format!(" {} ", shown(&progress.id));
            if usize::from(line.right().saturating_sub(x)) > text::width(&id) + 2 {
                text::put_right(buf, rest(x), &id, theme.dim);
            }
        }
    }

    /// Answers where the cursor is, while something is typed there.
    fn draw_result(&self, area: Rect, buf: &mut Buffer, view: &View<'_>) -> Option<Position> {
        let Some(run) = &self.tab().run else {
            let run = view.keymap.hint(Command::Run);
            notes::quiet(area, buf, view, format!("{run} runs the marked statement."));
            return None;
        };
        match &run.grid {
            Some(grid) if grid.columns.is_empty() => {
                notes::quiet(area, buf, view, "Done. The statement has no rows to show.");
            }
            Some(grid) if grid.rows == 0 && grid.whole => {
                grid.draw(area, buf, view.theme, false);
                notes::quiet(area, buf, view, "No rows.");
            }
            Some(grid) => {
                let focused = self.focus == Focus::Result;
                return run.looking.draw(grid, area, buf, view, focused);
            }
            None => draw_waiting(run, self.current(), area, buf, view),
        }
        None
    }
}

fn draw_waiting(run: &Run, database: &str, area: Rect, buf: &mut Buffer, view: &View<'_>) {
    if let Some(failure) = &run.failure {
        return notes::failed(area, buf, view, failure, Command::Run);
    }
    let reason = run.progress.as_ref().and_then(|progress| progress.reason.as_deref());
    match run.state() {
        Some(QueryState::Failed) => {
            let inner = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
            let reason = reason.unwrap_or("Athena gave no reason");
            let theme = view.theme;
            let mut lines: Vec<(&str, Style)> = reason.lines().map(|l| (l, theme.error)).collect();
            let who = view.facts.who.as_ref().and_then(|who| who.as_ref().ok());
            let denial = denial::explain(reason, database, who.map(|who| who.arn.as_str()));
            if let Some(denial) = &denial {
                let told = [("", theme.base), (&denial.missing, theme.base)];
                lines.extend(told.into_iter().chain([(&*denial.remedy, theme.accent)]));
            }
            let lines = lines.into_iter().flat_map(|(line, style)| {
                let wrapped = text::wrap(&shown(line), inner.width.into());
                wrapped.into_iter().map(move |line| (line, style))
            });
            for (y, (line, style)) in (inner.y..inner.bottom()).zip(lines) {
                text::put(buf, Rect { y, height: 1, ..inner }, &line, style);
            }
        }
        Some(QueryState::Cancelled) => {
            notes::quiet(area, buf, view, "The query was stopped.");
        }
        Some(QueryState::Succeeded) => notes::quiet(area, buf, view, "Reading the result …"),
        _ => {
            let cancel = view.keymap.hint(Command::Cancel);
            notes::quiet(area, buf, view, format!("{cancel} stops the query."));
        }
    }
}

fn face(run: &Run, view: &View<'_>) -> (String, Style) {
    let theme = view.theme;
    if run.failure.is_some() && !run.has_succeeded() {
        return ("FAILED".to_owned(), theme.error);
    }
    if run.is_running() && run.stopping {
        return ("STOPPING".to_owned(), theme.warn);
    }
    match run.state() {
        None => ("STARTING".to_owned(), theme.accent),
        Some(QueryState::Succeeded) => ("SUCCEEDED".to_owned(), theme.ok),
        Some(QueryState::Failed) => ("FAILED".to_owned(), theme.error),
        Some(QueryState::Cancelled) => ("CANCELLED".to_owned(), theme.warn),
        Some(other) => (shown(other.name()).into_owned(), theme.accent),
    }
}

/// US dollars for 10^12 bytes.
fn price(view: &View<'_>) -> f64 {
    view.facts.settings.as_ref().map_or(5.0, |settings| settings.price_per_tb_scanned)
}

/// `1,204 rows  2.1s  scanned 12.4 MiB (≈ $0.0001)`.
fn told(run: &Run, price: f64, view: &View<'_>) -> Vec<String> {
    let mut parts = Vec::new();
    parts.extend(run.step.map(|(at, of)| format!("{at} of {of}")));
    if let Some(grid) = run.grid.as_ref().filter(|grid| !grid.columns.is_empty()) {
        let more = if grid.whole { "" } else { "…" };
        parts.push(format!("{}{more}", text::plural(grid.rows as u64, "row")));
        let names: Vec<Shown> = grid.columns.iter().map(|column| column.name.clone()).collect();
        parts.extend(run.looking.told(&names));
        let hidden = grid.columns.len() - grid.shown().len();
        parts.extend((hidden > 0).then(|| format!("{hidden} hidden")));
        let marked = grid.marks.len();
        parts.extend((marked > 0).then(|| format!("{marked} marked")));
    }
    let end = run.ended.unwrap_or(view.now);
    let elapsed: Duration = end.saturating_duration_since(run.began);
    parts.push(text::span(elapsed));
    if let Some(progress) = &run.progress
        && let Some(scanned) = progress.scanned
    {
        let is_ddl = progress.kind.as_ref().is_some_and(|kind| kind.as_str() == "DDL");
        let cost = if is_ddl || progress.reused { 0.0 } else { cost(scanned, price) };
        let cost = text::dollars(cost);
        parts.push(match progress.reused {
            true => format!("an earlier result ({cost})"),
            false => format!("scanned {} ({cost})", text::bytes(scanned)),
        });
    }
    parts
}
