//! How the view looks.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::{Line, Place, Sizes, Standout, State};
use crate::model::shown::Shown;
use crate::model::size::Sum;
use crate::model::trouble::Kind;
use crate::ui::pane::View;
use crate::ui::widgets::table::{Cell, Column, Row, Table, Width};
use crate::ui::widgets::{frame, notes, text};

/// From this width on the facts lie beside the list.
const WIDE: u16 = 110;
/// Below this height there is room for the list alone.
const HIGH: u16 = 14;

const COLUMNS: &[Column] = &[
    Column::new("folder", Width::Rest(16)),
    Column::new("objects", Width::Exactly(13)).right().rank(2),
    Column::new("size", Width::Exactly(11)).right(),
    Column::new("share", Width::Exactly(5)).right().rank(3),
];

impl Sizes {
    pub(in super::super) fn draw(&self, area: Rect, buf: &mut Buffer, view: &View<'_>) {
        self.draw_title(Rect { height: 1.min(area.height), ..area }, buf, view);
        let body = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
        let (list, facts) = split(body);
        let lines: Vec<Line<'_>> = self.lines().collect();
        let table = Table {
            columns: COLUMNS,
            sorted: None,
            scroll: &self.scroll,
            len: lines.len(),
            focused: true,
        };
        table.draw(list, buf, view.theme, |at| {
            lines.get(at).map_or(Row::default(), |l| row(l, view))
        });
        if let (Some(area), Some(line)) = (facts, self.line()) {
            let place = line.place();
            let title = Shown::of(&place.at.to_string());
            let inner = frame::panel(area, buf, view.theme, title.as_str(), false);
            notes::facts(inner, buf, view, self::facts(place));
        }
    }

    fn draw_title(&self, line: Rect, buf: &mut Buffer, view: &View<'_>) {
        let whole = self.places.iter().all(|place| matches!(place.state, State::Done { .. }));
        let newest = self.places.iter().filter_map(|place| match place.state {
            State::Done { at, .. } => Some(at),
            _ => None,
        });
        let state = match newest.max() {
            _ if self.is_going() => "counting …".to_owned(),
            Some(at) if whole => format!("as of {} UTC", text::time(at)),
            _ => "not all was counted".to_owned(),
        };
        let all = self.all();
        let least = if whole { "" } else { "at least " };
        let objects = text::plural(all.objects, "object");
        let words = format!("{least}{objects}, {}", text::bytes(all.bytes));
        frame::heading(line, buf, view.theme, &words, &state);
    }
}

fn split(area: Rect) -> (Rect, Option<Rect>) {
    if area.width < WIDE && area.height < HIGH {
        return (area, None);
    }
    let (list, facts) = frame::split(area, WIDE, (area.height / 2).min(11));
    (list, Some(facts))
}

fn row(line: &Line<'_>, view: &View<'_>) -> Row {
    let theme = view.theme;
    let (place, report) = (line.place(), &line.place().report);
    let (name, style, sum) = match line {
        Line::Place(_) => return place_row(place, view),
        Line::Folder(_, folder) => {
            (Shown::of(&format!("  {}", folder.tail)), theme.folder, folder.sum)
        }
        Line::Others(_) => {
            let least = if report.is_beyond { "more than " } else { "" };
            let others = match report.others {
                0 => "other folders".to_owned(),
                others => text::plural(others, "other folder"),
            };
            (format!("  {least}{others}").into(), theme.dim, report.in_others)
        }
        Line::Here(_) => ("  in no folder".into(), theme.dim, report.here),
    };
    let cells = [Cell::new(name, style)].into_iter().chain(sums(sum, place, view));
    Row::new(cells.chain([Cell::new(share(sum, report.all), theme.dim)]).collect::<Vec<_>>())
}

fn place_row(place: &Place, view: &View<'_>) -> Row {
    let theme = view.theme;
    let at = place.at.to_string();
    let (name, style) = match &place.state {
        State::Waiting => (format!("{at} waits"), theme.dim),
        State::Going => (format!("{at} …"), theme.accent),
        State::Done { .. } => (at, theme.accent),
        State::Stopped => (format!("{at} stopped"), theme.warn),
        State::Failed(failure) if failure.kind == Kind::Denied => {
            (format!("{at} not allowed to list"), theme.warn)
        }
        State::Failed(failure) => (format!("{at} {}", failure.why), theme.error),
    };
    let cells = [Cell::new(name, style)].into_iter().chain(sums(place.report.all, place, view));
    Row::new(cells.collect::<Vec<_>>())
}

fn sums(sum: Sum, place: &Place, view: &View<'_>) -> [Cell; 2] {
    // Nothing to say of what was never counted.
    if sum.objects == 0 && !matches!(place.state, State::Done { .. }) {
        return [Cell::from(""), Cell::from("")];
    }
    let least = match place.state {
        State::Done { .. } => "",
        _ => "≥ ",
    };
    [
        Cell::new(format!("{least}{}", text::count(sum.objects)), view.theme.dim),
        Cell::new(format!("{least}{}", text::bytes(sum.bytes)), Style::new()),
    ]
}

/// Of the bytes; of the objects where there are none.
fn share(part: Sum, whole: Sum) -> String {
    let (part, whole) = match whole.bytes {
        0 => (part.objects, whole.objects),
        bytes => (part.bytes, bytes),
    };
    match u128::from(part) * 100 / u128::from(whole.max(1)) {
        0 if part > 0 => "<1%".to_owned(),
        percent => format!("{percent}%"),
    }
}

fn facts(place: &Place) -> Vec<(&'static str, String)> {
    let report = &place.report;
    let mut facts = match &place.state {
        State::Waiting => vec![("state", "waits for its turn".to_owned())],
        State::Going => vec![("state", "being counted: at least what stands here".to_owned())],
        State::Stopped => vec![("state", "stopped: there is at least what stands here".to_owned())],
        State::Done { at, took } => {
            let counted = format!("{} UTC, in {}", text::time(*at), text::span(*took));
            vec![("counted", counted)]
        }
        State::Failed(failure) => {
            let mut facts = vec![("failed", format!("{}: {}", failure.what, failure.why))];
            facts.extend(failure.hint.iter().map(|hint| ("hint", hint.to_string())));
            if report.all.objects > 0 {
                facts.push(("state", "there is at least what stands here".to_owned()));
            }
            facts
        }
    };
    if report.all.objects == 0 {
        return facts;
    }
    let told =
        |sum: Sum| format!("{}, {}", text::plural(sum.objects, "object"), text::bytes(sum.bytes));
    facts.push(("all", format!("{} ({} bytes)", told(report.all), text::count(report.all.bytes))));
    facts.extend(report.classes.iter().map(|(class, sum)| {
        let class = if class.as_str().is_empty() { "no class told" } else { class.as_str() };
        ("class", format!("{class}: {}", told(*sum)))
    }));
    let object = |found: &Standout| match found.modified {
        Some(at) => format!("{} UTC, {}, {}", text::time(at), text::bytes(found.size), found.key),
        None => format!("{}, {}", text::bytes(found.size), found.key),
    };
    let standouts =
        [("newest", &report.newest), ("oldest", &report.oldest), ("largest", &report.largest)];
    facts.extend(
        standouts.iter().filter_map(|(name, found)| Some((*name, object(found.as_ref()?)))),
    );
    facts
}
