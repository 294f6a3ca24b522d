//! How the queue looks.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use super::filter::state;
use super::{Command, Sample, Transfers, batches};
use crate::model::shown::Shown;
use crate::model::transfer::{Direction, Totals, TransferState, TransferView};
use crate::ui::pane::View;
use crate::ui::theme::Theme;
use crate::ui::widgets::table::{Cell, Column, Row, Table, Width};
use crate::ui::widgets::{bar, frame, notes, spark, text};

/// From this width on the details lie beside the queue.
const WIDE: u16 = 120;
/// From this height on there is a line for the sparkline, and from the next one on three for
/// what the cursor is on.
const TALL: u16 = 10;
const TALLER: u16 = 15;
/// The sparkline's length; longer ones cost bytes on the terminal with every second.
const SPARK: u16 = 60;
/// From this width on the sparkline's scale is told.
const ROOMY: u16 = 110;

const BAR: u16 = 16;

const COLUMNS: &[Column] = &[
    Column::new("", Width::Exactly(1)),
    Column::new("name", Width::Rest(16)),
    Column::new("state", Width::Exactly(9)),
    Column::new("progress", Width::Exactly(BAR)).rank(4),
    Column::new("%", Width::Exactly(4)).right().rank(1),
    Column::new("size", Width::Exactly(9)).right().rank(2),
    Column::new("rate", Width::Exactly(11)).right().rank(3),
    Column::new("left", Width::Exactly(7)).right().rank(2),
];

impl Transfers {
    /// Answers where the cursor is while the filter is typed.
    pub(super) fn draw_pane(
        &self,
        area: Rect,
        buf: &mut Buffer,
        view: &View<'_>,
    ) -> Option<Position> {
        let Some(sample) = &self.sample else {
            match &self.broken {
                Some(failure) => notes::failed(area, buf, view, failure, Command::Retry),
                None => notes::quiet(area, buf, view, "Looking at the queue …"),
            }
            return None;
        };
        let two = area.height >= TALL && !sample.rows.is_empty();
        let cursor = self.draw_title(sample, !two, Rect { height: 1, ..area }, buf, view);
        if two {
            draw_pace(sample, Rect { y: area.y + 1, height: 1, ..area }, buf, view);
        }
        let beside = batches::lines(&self.beside, view.theme);
        let three = two && !beside.is_empty();
        if three {
            self.draw_beside(beside.clone(), Rect { y: area.y + 2, height: 1, ..area }, buf, view);
        }
        let used = 1 + u16::from(two) + u16::from(three);
        let body = Rect { y: area.y + used, height: area.height.saturating_sub(used), ..area };
        if sample.rows.is_empty() {
            draw_empty(&sample.totals, beside, body, buf, view);
            return cursor;
        }
        if self.shown.is_empty() {
            notes::quiet(body, buf, view, "Nothing matches.");
            return cursor;
        }
        let (list, near) = self.split(body, area.height);
        self.draw_rows(list, buf, view);
        if let (Some(near), Some(row)) = (near, self.row()) {
            match self.details {
                true => self.draw_details(row, near, buf, view),
                false => self.draw_strip(row, near, buf, view),
            }
        }
        cursor
    }

    /// The list, and what is told of the transfer under the cursor: a panel, or a strip at the
    /// foot where there is room for it.
    fn split(&self, area: Rect, pane: u16) -> (Rect, Option<Rect>) {
        if self.details && area.width >= WIDE {
            let width = area.width * 2 / 5;
            let list = Rect { width: area.width - width - 1, ..area };
            return (list, Some(Rect { x: area.right() - width, width, ..area }));
        }
        let height = match (self.details, pane >= TALLER) {
            (true, _) => (area.height / 2).min(12),
            (false, true) => 3,
            (false, false) => return (area, None),
        };
        let list = Rect { height: area.height - height, ..area };
        (list, Some(Rect { y: list.bottom(), height, ..area }))
    }

    /// The filter while there is one, else the totals.
    fn draw_title(
        &self,
        sample: &Sample,
        whole: bool,
        line: Rect,
        buf: &mut Buffer,
        view: &View<'_>,
    ) -> Option<Position> {
        if !self.filter.is_open() {
            self.draw_totals(sample, whole, line, buf, view);
            return None;
        }
        let told = match self.marked.len() as u64 {
            0 => {
                let shown = text::count(self.shown.len() as u64);
                format!("{shown} of {}", text::count(sample.rows.len() as u64))
            }
            marked => format!("{} marked", text::count(marked)),
        };
        let inner = inset(line);
        let used = text::put_right(buf, inner, &told, view.theme.dim);
        let left = Rect { width: inner.width.saturating_sub(used + 2), ..inner };
        self.filter.draw(left, buf, view.theme)
    }

    /// Counts at the left, amounts at the right as far as there is room; `whole` where there is
    /// no second line for the rate.
    fn draw_totals(
        &self,
        sample: &Sample,
        whole: bool,
        line: Rect,
        buf: &mut Buffer,
        view: &View<'_>,
    ) {
        let totals = &sample.totals;
        let words = match (self.marked.len(), &sample.held) {
            (0, Some(held)) if whole => format!("waits: {}", held.why),
            (0, _) if whole && !sample.rows.is_empty() => {
                let beside = batches::in_short(&self.beside, view.theme).into_iter();
                let beside: Vec<String> = beside.map(|(words, _)| words).collect();
                [beside, summary(totals)].concat().join(", ")
            }
            (0, _) => summary(totals).join(", "),
            (marked, _) => format!("{} marked", text::count(marked as u64)),
        };
        // The least important last.
        let mut right = Vec::new();
        right.extend(left(totals));
        if whole {
            right.extend(pace(sample));
        }
        if totals.bytes_total > 0 {
            let (done, whole) = (text::bytes(totals.bytes_done), text::bytes(totals.bytes_total));
            right.push(format!("{done} of {whole}"));
        }
        let inner = inset(line);
        let room = usize::from(inner.width).saturating_sub(text::width(&words) + 2);
        while !right.is_empty() && text::width(&right.join("  ")) > room {
            right.pop();
        }
        right.reverse();
        frame::heading(line, buf, view.theme, &words, &right.join("  "));
    }

    /// What is beside the queue, as far as there is room, and the key that shows it.
    fn draw_beside(
        &self,
        whole: Vec<(String, Style)>,
        line: Rect,
        buf: &mut Buffer,
        view: &View<'_>,
    ) {
        const BETWEEN: &str = " · ";
        let inner = inset(line);
        let key = format!("{} shows", view.keymap.hint(Command::Batches));
        let used = text::put_right(buf, inner, &key, view.theme.dim);
        let mut left = Rect { width: inner.width.saturating_sub(used + 2), ..inner };
        let wide: usize = whole.iter().map(|(words, _)| text::width(words) + 3).sum();
        let pieces = match whole.len() > 1 && wide > usize::from(left.width) + 3 {
            true => batches::in_short(&self.beside, view.theme),
            false => whole,
        };
        for (at, (words, style)) in pieces.iter().enumerate() {
            let between = if at > 0 { BETWEEN } else { "" };
            for (words, style) in [(between, &view.theme.dim), (words, style)] {
                let used = text::put(buf, left, words, *style);
                left = Rect { x: left.x + used, width: left.width - used, ..left };
            }
        }
    }

    fn draw_rows(&self, area: Rect, buf: &mut Buffer, view: &View<'_>) {
        let table = Table {
            columns: COLUMNS,
            sorted: None,
            scroll: &self.scroll,
            len: self.shown.len(),
            focused: true,
        };
        table.draw(area, buf, view.theme, |at| match self.line(at) {
            Some(row) => Row { marked: self.marked.contains(&row.id), ..line(row, view.theme) },
            None => Row::default(),
        });
    }
}

fn inset(line: Rect) -> Rect {
    Rect { x: line.x + 1, width: line.width.saturating_sub(2), ..line }
}

/// `25s left`. Behind the last byte it would mean nothing, and the same goes for the rate.
fn left(totals: &Totals) -> Option<String> {
    let eta = totals.eta.filter(|_| totals.active > 0)?;
    Some(format!("{} left", text::span(eta)))
}

/// The rate and its limit.
fn pace(sample: &Sample) -> Vec<String> {
    let totals = &sample.totals;
    let now = (totals.active > 0 && totals.rate >= 1.0).then(|| rate(totals.rate));
    let limit = sample.limit.map(|limit| format!("limit {}/s", text::bytes(limit)));
    limit.into_iter().chain(now).collect()
}

/// The rate of the last minute as a line, and as a figure.
fn draw_pace(sample: &Sample, line: Rect, buf: &mut Buffer, view: &View<'_>) {
    let inner = inset(line);
    let rates = &sample.rates[sample.rates.len().saturating_sub(SPARK.into())..];
    let top = spark::top(rates);
    let mut words = pace(sample);
    words.reverse();
    if inner.width >= ROOMY && rates.iter().any(|rate| *rate > 0) {
        words.insert(0, spark::legend(top, SPARK.into()));
    }
    let used = text::put_right(buf, inner, &words.join("  "), view.theme.dim);
    let room = inner.width.saturating_sub(used + 2);
    if let Some(held) = &sample.held {
        let hint = held.hint.as_ref().map(|hint| format!(" ({hint})")).unwrap_or_default();
        let words = format!("waits: {}{hint}", held.why);
        text::put(buf, Rect { width: room, ..inner }, &words, view.theme.error);
        return;
    }
    let room = room.min(SPARK);
    let faces = spark::line(rates, room.into(), top);
    text::put(buf, Rect { width: room, ..inner }, &faces, view.theme.accent);
}

/// `3 running`, `12 queued`, `1 failed`.
fn summary(totals: &Totals) -> Vec<String> {
    let counts = [
        (totals.active, "running"),
        (totals.queued, "queued"),
        (totals.paused, "paused"),
        (totals.failed, "failed"),
        (totals.done, "done"),
        (totals.skipped, "there already"),
        (totals.cancelled, "cancelled"),
    ];
    let mut parts: Vec<String> = counts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{} {word}", text::count(count as u64)))
        .collect();
    if totals.walking > 0 {
        parts.push("still looking for files …".to_owned());
    }
    if parts.is_empty() {
        parts.push("The queue is empty".to_owned());
    }
    parts
}

fn draw_empty(
    totals: &Totals,
    beside: Vec<(String, Style)>,
    area: Rect,
    buf: &mut Buffer,
    view: &View<'_>,
) {
    use crate::ui::panes::buckets::Command as Buckets;
    if totals.walking > 0 {
        return notes::quiet(area, buf, view, "Looking for files …");
    }
    let (up, down) = (view.keymap.hint(Buckets::Upload), view.keymap.hint(Buckets::Download));
    let mut lines = Vec::new();
    if !beside.is_empty() {
        let key = view.keymap.hint(Command::Batches);
        lines.extend(beside);
        lines.push((format!("{key} shows what can be done about it."), view.theme.base));
        lines.push((String::new(), view.theme.base));
    }
    lines.push(("Nothing is being sent or fetched here.".to_owned(), view.theme.base));
    lines.push((format!("In Buckets, {up} uploads and {down} downloads."), view.theme.dim));
    text::put_centred(buf, area, &lines);
}

fn line(row: &TransferView, theme: &Theme) -> Row {
    let style = state_style(&row.state, theme);
    let arrow = match row.direction {
        Direction::Up => "↑",
        Direction::Down => "↓",
        Direction::Across => "→",
    };
    let going = row.state.is_active();
    Row::new([
        Cell::new(arrow, theme.dim),
        Cell::new(Shown::of(&row.name), Style::new()),
        Cell::new(state(row), if row.retrying.is_some() && going { theme.warn } else { style }),
        Cell::new(progress(row), style),
        Cell::from(percent(row)),
        Cell::from(text::bytes(row.size)),
        Cell::new(if going && row.rate >= 1.0 { rate(row.rate) } else { String::new() }, theme.dim),
        Cell::new(row.eta.filter(|_| going).map(text::span).unwrap_or_default(), theme.dim),
    ])
}

fn share(row: &TransferView) -> f64 {
    match &row.state {
        TransferState::Done(_) | TransferState::Skipped(_) => 1.0,
        _ if row.size == 0 => 0.0,
        _ => (row.done as f64 / row.size as f64).min(1.0),
    }
}

fn percent(row: &TransferView) -> String {
    match row.state {
        TransferState::Queued => String::new(),
        _ => format!("{}%", (share(row) * 100.0).floor()),
    }
}

fn progress(row: &TransferView) -> String {
    match row.state {
        TransferState::Queued => String::new(),
        _ => bar::text(share(row), BAR.into()),
    }
}

pub(super) fn state_style(state: &TransferState, theme: &Theme) -> Style {
    match state {
        TransferState::Queued => theme.dim,
        TransferState::Checking | TransferState::Running | TransferState::Verifying => theme.accent,
        TransferState::Paused | TransferState::Cancelled => theme.warn,
        TransferState::Done(proof) if !proof.is_proof() => theme.warn,
        TransferState::Done(_) | TransferState::Skipped(_) => theme.ok,
        TransferState::Failed(_) => theme.error,
    }
}

/// `88.2 MiB/s`.
fn rate(bytes_per_second: f64) -> String {
    format!("{}/s", text::bytes(bytes_per_second as u64))
}
