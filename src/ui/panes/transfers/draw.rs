//! How the pane looks.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::{Command, Sample, Transfers};
use crate::model::shown::Shown;
use crate::model::transfer::{Direction, Totals, TransferState, TransferView};
use crate::ui::pane::View;
use crate::ui::theme::Theme;
use crate::ui::widgets::table::{Cell, Column, Row, Table, Width};
use crate::ui::widgets::{bar, frame, notes, text};

/// From this width on the details lie beside the queue.
const WIDE: u16 = 120;

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
    pub(super) fn draw_pane(&self, area: Rect, buf: &mut Buffer, view: &View<'_>) {
        let Some(sample) = &self.sample else {
            return match &self.broken {
                Some(failure) => notes::failed(area, buf, view, failure, Command::Retry),
                None => notes::quiet(area, buf, view, "Looking at the queue …"),
            };
        };
        let title = Rect { height: 1, ..area };
        draw_totals(&sample.totals, title, buf, view);
        let body = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
        if sample.rows.is_empty() {
            return draw_empty(&sample.totals, body, buf, view);
        }
        let (list, side) = self.split(body);
        self.draw_rows(sample, list, buf, view);
        if let (Some(side), Some(row)) = (side, self.row()) {
            draw_details(row, side, buf, view);
        }
    }

    fn split(&self, area: Rect) -> (Rect, Option<Rect>) {
        if !self.details {
            return (area, None);
        }
        if area.width >= WIDE {
            let width = area.width * 2 / 5;
            let list = Rect { width: area.width - width - 1, ..area };
            return (list, Some(Rect { x: area.right() - width, width, ..area }));
        }
        let height = (area.height / 2).min(11);
        let list = Rect { height: area.height - height, ..area };
        (list, Some(Rect { y: list.bottom(), height, ..area }))
    }

    fn draw_rows(&self, sample: &Sample, area: Rect, buf: &mut Buffer, view: &View<'_>) {
        let table = Table {
            columns: COLUMNS,
            sorted: None,
            scroll: &self.scroll,
            len: sample.rows.len(),
            focused: true,
        };
        table.draw(area, buf, view.theme, |at| match sample.rows.get(at) {
            Some(row) => line(row, view.theme),
            None => Row::default(),
        });
    }
}

fn draw_totals(totals: &Totals, line: Rect, buf: &mut Buffer, view: &View<'_>) {
    let mut right = Vec::new();
    if totals.bytes_total > 0 {
        let (done, whole) = (text::bytes(totals.bytes_done), text::bytes(totals.bytes_total));
        right.push(format!("{done} of {whole}"));
    }
    // The rate fades out: behind the last byte it would mean nothing.
    if totals.active > 0 {
        right.extend((totals.rate >= 1.0).then(|| rate(totals.rate)));
        right.extend(totals.eta.map(|left| format!("{} left", text::span(left))));
    }
    let inner = Rect { x: line.x + 1, width: line.width.saturating_sub(2), ..line };
    let used = text::put_right(buf, inner, &right.join("  "), view.theme.dim);
    let left = Rect { width: inner.width.saturating_sub(used + 2), ..inner };
    text::put(buf, left, &summary(totals), view.theme.accent);
}

/// `3 running, 12 queued, 1 failed`.
fn summary(totals: &Totals) -> String {
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
    if parts.is_empty() { "The queue is empty".to_owned() } else { parts.join(", ") }
}

fn draw_empty(totals: &Totals, area: Rect, buf: &mut Buffer, view: &View<'_>) {
    use crate::ui::panes::buckets::Command as Buckets;
    if totals.walking > 0 {
        return notes::quiet(area, buf, view, "Looking for files …");
    }
    let (up, down) = (view.keymap.hint(Buckets::Upload), view.keymap.hint(Buckets::Download));
    let lines = [
        ("Nothing is being sent or fetched.".to_owned(), view.theme.base),
        (format!("In Buckets, {up} uploads and {down} downloads."), view.theme.dim),
    ];
    text::put_centred(buf, area, &lines);
}

fn line(row: &TransferView, theme: &Theme) -> Row {
    let style = state_style(&row.state, theme);
    let arrow = match row.direction {
        Direction::Up => "↑",
        Direction::Down => "↓",
    };
    let going = row.state.is_active();
    Row::new([
        Cell::new(arrow, theme.dim),
        Cell::new(Shown::of(&row.name), Style::new()),
        Cell::new(row.state.name(), style),
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

fn state_style(state: &TransferState, theme: &Theme) -> Style {
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

fn draw_details(row: &TransferView, area: Rect, buf: &mut Buffer, view: &View<'_>) {
    let name = Shown::of(&row.name);
    let inner = frame::panel(area, buf, view.theme, name.as_str(), false);
    let mut facts = vec![
        ("from", Shown::of(&row.from).to_string()),
        ("to", Shown::of(&row.to).to_string()),
        ("done", format!("{} of {}", text::bytes(row.done), text::bytes(row.size))),
    ];
    if row.parts_total > 1 {
        facts.push(("parts", format!("{} of {}", row.parts_done, row.parts_total)));
    }
    facts.push(("state", told(&row.state)));
    if let TransferState::Failed(trouble) = &row.state {
        facts.push(("why", Shown::of(&trouble.why).to_string()));
        facts.extend(trouble.hint.iter().map(|hint| ("hint", Shown::of(hint).to_string())));
        facts.extend(trouble.code.iter().map(|code| ("code", Shown::of(code).to_string())));
    }
    if let Some(why) = &row.retrying {
        facts.push(("again", Shown::of(why).to_string()));
    }
    notes::facts(inner, buf, view, facts);
}

/// The state with what proves it.
fn told(state: &TransferState) -> String {
    match state {
        TransferState::Done(proof) if proof.is_proof() => {
            format!("done, {} compared with the store's", proof.name())
        }
        TransferState::Done(_) => "done, but nothing could be compared".to_owned(),
        TransferState::Skipped(proof) if proof.is_proof() => {
            format!("the same content was there already ({})", proof.name())
        }
        other => other.name().to_owned(),
    }
}
