//! How the view looks, and the one line that tells of it beside the queue.

use std::time::Duration;

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::{Batch, Batches, Command, Files, Standing, lost};
use crate::ui::pane::View;
use crate::ui::theme::Theme;
use crate::ui::widgets::table::{Cell, Column, Row, Table, Width};
use crate::ui::widgets::{frame, notes, text};

/// From this width on the details lie beside the list.
const WIDE: u16 = 120;
/// So many sources are named.
const FEW: usize = 5;

const COLUMNS: &[Column] = &[
    Column::new("batch", Width::Rest(24)),
    Column::new("state", Width::Exactly(11)).rank(1),
    Column::new("files", Width::Exactly(13)).right().rank(4),
    Column::new("%", Width::Exactly(4)).right().rank(2),
    Column::new("size", Width::Exactly(9)).right().rank(5),
    Column::new("last moved", Width::Exactly(10)).right().rank(3),
];

impl Batches {
    pub fn draw(&self, batches: &[Batch], area: Rect, buf: &mut Buffer, view: &View<'_>) {
        let title = Rect { x: area.x + 1, width: area.width.saturating_sub(2), height: 1, ..area };
        text::put(buf, title, &told(batches), view.theme.accent);
        let body = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
        if batches.is_empty() {
            let back = view.keymap.hint(Command::Close);
            let lines = [
                (
                    "Nothing waits, and no other process works on this lake.".to_owned(),
                    Style::new(),
                ),
                (
                    format!("A put or get that is stopped waits here. {back} goes back."),
                    view.theme.dim,
                ),
            ];
            return text::put_centred(buf, body, &lines);
        }
        let (list, side) = self.split(body);
        let table = Table {
            columns: COLUMNS,
            sorted: None,
            scroll: &self.scroll,
            len: batches.len(),
            focused: true,
        };
        table.draw(list, buf, view.theme, |at| match batches.get(at) {
            Some(batch) => row(batch, view),
            None => Row::default(),
        });
        if let (Some(side), Some(batch)) = (side, self.here(batches)) {
            let name = format!("batch {}", batch.id);
            let inner = frame::panel(side, buf, view.theme, &name, false);
            notes::facts(inner, buf, view, facts(batch, view.clock));
        }
    }

    fn split(&self, area: Rect) -> (Rect, Option<Rect>) {
        if !self.details {
            return (area, None);
        }
        let (list, details) = frame::split(area, WIDE, (area.height * 2 / 3).min(13));
        (list, Some(details))
    }
}

/// `2 batches wait`; `None` where none does.
fn waiting(batches: &[Batch]) -> Option<String> {
    match batches.iter().filter(|one| one.standing.pid().is_none()).count() as u64 {
        0 => None,
        1 => Some("1 batch waits".to_owned()),
        many => Some(format!("{} batches wait", text::count(many))),
    }
}

/// The same with how far they are, and last, since it may be long, what the one is.
fn waiting_with_more(batches: &[Batch]) -> Option<String> {
    let all: Vec<&Batch> = batches.iter().filter(|one| one.standing.pid().is_none()).collect();
    let what = match all[..] {
        [one] => format!(": {}", one.what),
        _ => String::new(),
    };
    Some(format!("{}, {}{what}", waiting(batches)?, share(&all)))
}

/// `process 4711: 2 batches, 1.2 GiB of 3.4 GiB`; `None` where this is the only process.
fn elsewhere(batches: &[Batch]) -> Option<String> {
    let all: Vec<&Batch> = batches.iter().filter(|one| one.standing.pid().is_some()).collect();
    let mut pids: Vec<u32> = all.iter().filter_map(|one| one.standing.pid()).collect();
    pids.sort_unstable();
    pids.dedup();
    let who = match pids[..] {
        [] => return None,
        [pid] => format!("process {pid}"),
        _ => format!("{} other processes", pids.len()),
    };
    let count = match all.len() as u64 {
        1 => "1 batch".to_owned(),
        more => format!("{} batches", text::count(more)),
    };
    Some(format!("{who}: {count}, {}", share(&all)))
}

/// What the queue's pane says of all this, the most important first.
pub fn lines(batches: &[Batch], theme: &Theme) -> Vec<(String, Style)> {
    let waits = waiting_with_more(batches).map(|words| (words, theme.warn));
    waits.into_iter().chain(elsewhere(batches).map(|words| (words, theme.dim))).collect()
}

/// The same in few words.
pub fn in_short(batches: &[Batch], theme: &Theme) -> Vec<(String, Style)> {
    let waits = waiting(batches).map(|words| (words, theme.warn));
    waits.into_iter().chain(elsewhere(batches).map(|words| (words, theme.dim))).collect()
}

/// `12.0 MiB of 30.0 MiB` over all of these.
fn share(batches: &[&Batch]) -> String {
    let more = if batches.iter().any(|one| one.files.more) { "+" } else { "" };
    let done = batches.iter().map(|one| one.bytes_done).sum();
    let total = batches.iter().map(|one| one.bytes_total).sum();
    format!("{} of {}{more}", text::bytes(done), text::bytes(total))
}

/// `1 batch waits, 2 are under way elsewhere`.
fn told(batches: &[Batch]) -> String {
    let waits = waiting(batches).unwrap_or_else(|| "No batch waits".to_owned());
    match batches.iter().filter(|one| one.standing.pid().is_some()).count() as u64 {
        0 => waits,
        1 => format!("{waits}, 1 is under way in another process"),
        many => format!("{waits}, {} are under way in other processes", text::count(many)),
    }
}

fn row(batch: &Batch, view: &View<'_>) -> Row {
    let theme = view.theme;
    let style = if batch.standing.pid().is_some() { theme.accent } else { theme.warn };
    let state = match batch.standing {
        Standing::Stopped => "stopped".to_owned(),
        Standing::Interrupted => "interrupted".to_owned(),
        Standing::Running(pid) | Standing::Headless(pid) => format!("pid {pid}"),
    };
    let percent = match batch.bytes_total {
        0 => String::new(),
        total => format!("{}%", u128::from(batch.bytes_done.min(total)) * 100 / u128::from(total)),
    };
    Row::new([
        Cell::new(batch.what.clone(), Style::new()),
        Cell::new(state, style),
        Cell::new(files(&batch.files), theme.dim),
        Cell::from(percent),
        Cell::from(text::bytes(batch.bytes_total)),
        Cell::new(age(batch, view.clock), theme.dim),
    ])
}

/// `3 of 40`, with a `+` where there may be more.
fn files(files: &Files) -> String {
    let more = if files.more { "+" } else { "" };
    format!("{} of {}{more}", text::count(files.through), text::count(files.found))
}

fn age(batch: &Batch, clock: Timestamp) -> String {
    let since = batch.changed.map(|then| clock.as_second() - then.as_second());
    match since.and_then(|seconds| u64::try_from(seconds).ok()) {
        Some(seconds) => text::span(Duration::from_secs(seconds)),
        None => String::new(),
    }
}

fn facts(batch: &Batch, clock: Timestamp) -> Vec<(&'static str, String)> {
    let state = match batch.standing {
        Standing::Stopped => "stopped by its user: it waits to be asked for".to_owned(),
        Standing::Interrupted => "interrupted: its process was killed".to_owned(),
        Standing::Running(pid) => format!("process {pid} is working on it"),
        Standing::Headless(pid) => {
            format!("process {pid}, which has lost its terminal, is working on it")
        }
    };
    let mut facts = vec![("state", state), ("done", share(&[batch]))];
    let failed = match batch.files.failed {
        0 => String::new(),
        failed => format!(", {} failed", text::count(failed)),
    };
    facts.push(("files", format!("{}{failed}", files(&batch.files))));
    facts.push(("to", batch.to.to_string()));
    facts.extend(batch.from.iter().take(FEW).map(|from| ("from", from.to_string())));
    if let more @ 1.. = batch.from.len().saturating_sub(FEW) {
        facts.push(("", format!("and {} more", text::count(more as u64))));
    }
    if let Some(changed) = batch.changed {
        let ago = age(batch, clock);
        facts.push(("moved", format!("{} UTC, {ago} ago", text::time(changed))));
    }
    facts.push(("cancel", lost(&batch.files)));
    facts
}
