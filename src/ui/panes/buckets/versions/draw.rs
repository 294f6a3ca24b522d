//! How the view looks.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::super::gone::seconds;
use super::super::side::Side;
use super::super::talk::Details;
use super::{Deleted, Of, Versions, VersionsCommand};
use crate::model::shown::Shown;
use crate::model::version::{Version, What};
use crate::ui::pane::View;
use crate::ui::widgets::table::{Cell, Column, Row, Table, Width};
use crate::ui::widgets::{frame, notes, text};

/// From this width on there is room for a panel beside the list.
const WIDE: u16 = 100;

/// So much of the title is the place's.
const LEAST: usize = 16;

const VERSIONS: &[Column] = &[
    Column::new("modified (UTC)", Width::Exactly(19)),
    Column::new("state", Width::Exactly(7)).rank(1),
    Column::new("size", Width::Exactly(10)).right().rank(2),
    Column::new("class", Width::Exactly(12)).rank(4),
    Column::new("ETag", Width::Exactly(34)).rank(5),
    Column::new("version", Width::Rest(16)).rank(3),
];

const DELETED: &[Column] = &[
    Column::new("deleted object", Width::Rest(14)),
    Column::new("size", Width::Exactly(10)).right().rank(2),
    Column::new("deleted (UTC)", Width::Exactly(19)).rank(1),
    Column::new("written (UTC)", Width::Exactly(19)).rank(3),
    Column::new("class", Width::Exactly(12)).rank(4),
];

impl Versions {
    /// `going`: how far a long act of the pane is.
    pub fn draw(&self, area: Rect, buf: &mut Buffer, view: &View<'_>, going: Option<Shown>) {
        let (list, side) = self.split(area);
        if let Some(side) = side {
            self.side.draw(side, buf, view);
        }
        let Some(list) = list else { return };
        self.draw_title(Rect { height: 1, ..list }, buf, view, going);
        let body = Rect { y: list.y + 1, height: list.height.saturating_sub(1), ..list };
        match (&self.failure, self.of.len()) {
            (Some(failure), 0) => {
                notes::failed(body, buf, view, failure, VersionsCommand::Refresh);
            }
            (None, 0) if self.looking => notes::quiet(body, buf, view, "Listing …"),
            (None, 0) => {
                let words = match self.of {
                    Of::Key { .. } => "There is no version of it.",
                    Of::Deleted { .. } => "Nothing that is deleted here can be brought back.",
                };
                notes::quiet(body, buf, view, words);
            }
            _ => self.draw_list(body, buf, view),
        }
    }

    fn split(&self, area: Rect) -> (Option<Rect>, Option<Rect>) {
        match &self.side {
            Side::Closed => (Some(area), None),
            _ => {
                let (list, side) = frame::split(area, WIDE, (area.height / 2).min(13));
                (Some(list), Some(side))
            }
        }
    }

    fn draw_title(&self, line: Rect, buf: &mut Buffer, view: &View<'_>, going: Option<Shown>) {
        let theme = view.theme;
        let inner = Rect { x: line.x + 1, width: line.width.saturating_sub(2), ..line };
        let told = going.unwrap_or_else(|| self.told());
        // Where there is little room, how many has to do.
        let told = match told.as_str().split_once(", ") {
            Some((first, _)) if text::width(told.as_str()) + LEAST > inner.width.into() => first,
            _ => told.as_str(),
        };
        let used = text::put_right(buf, inner, told, theme.dim);
        let left = Rect { width: inner.width.saturating_sub(used + 2), ..inner };
        let place = Shown::of(&self.about().to_string());
        let words = match self.of {
            Of::Key { .. } => place.to_string(),
            Of::Deleted { .. } => format!("deleted in {place}"),
        };
        text::put(buf, left, &text::fit_middle(&words, left.width.into()), theme.accent);
    }

    /// How much there is: `1,500 versions, 2 delete markers, 3.4 GiB…`.
    fn told(&self) -> Shown {
        let more = match (&self.failure, self.looking) {
            (Some(_), _) if self.of.len() > 0 => return "the listing broke off".into(),
            (Some(_), _) => return "".into(),
            (None, true) => "…",
            (None, false) => "",
        };
        let words = match &self.of {
            Of::Deleted { marked, .. } if !marked.is_empty() => {
                format!("{} marked", text::count(marked.len() as u64))
            }
            Of::Deleted { deleted, seen, .. } => {
                let bytes: u64 = deleted.iter().map(|one| one.below.size()).sum();
                let (count, of) = (text::count(deleted.len() as u64), text::plural(*seen, "key"));
                format!("{count} of {of}, {}", text::bytes(bytes))
            }
            Of::Key { versions, .. } => {
                let markers = versions.iter().filter(|version| version.is_marker()).count();
                let bytes: u64 = versions.iter().map(Version::size).sum();
                let mut parts = vec![text::plural((versions.len() - markers) as u64, "version")];
                if markers > 0 {
                    parts.push(text::plural(markers as u64, "delete marker"));
                }
                parts.push(text::bytes(bytes));
                parts.join(", ")
            }
        };
        format!("{words}{more}").into()
    }

    fn draw_list(&self, area: Rect, buf: &mut Buffer, view: &View<'_>) {
        let table = Table {
            columns: if matches!(self.of, Of::Key { .. }) { VERSIONS } else { DELETED },
            sorted: None,
            scroll: &self.scroll,
            len: self.of.len(),
            focused: !self.side.takes_keys(),
        };
        table.draw(area, buf, view.theme, |at| match &self.of {
            Of::Key { versions, .. } => {
                versions.get(at).map(|version| version_row(version, view)).unwrap_or_default()
            }
            Of::Deleted { prefix, deleted, marked, .. } => match deleted.get(at) {
                Some(one) => Row {
                    marked: marked.contains(&one.below.key),
                    ..deleted_row(one, &prefix.key, view)
                },
                None => Row::default(),
            },
        });
    }
}

fn time(version: &Version) -> String {
    version.modified.map(seconds).unwrap_or_default()
}

fn version_row(version: &Version, view: &View<'_>) -> Row {
    let theme = view.theme;
    let id = Cell::new(Shown::of(&version.id), theme.dim);
    match &version.what {
        What::Marker => Row::new([
            Cell::new(time(version), theme.warn),
            Cell::new("deleted", theme.warn),
            blank(),
            blank(),
            blank(),
            id,
        ]),
        What::Object { size, etag, class } => Row::new([
            Cell::new(time(version), Style::new()),
            if version.latest { Cell::new("latest", theme.accent) } else { blank() },
            Cell::from(text::bytes(*size)),
            Cell::new(shown(class), theme.dim),
            Cell::new(shown(etag), theme.dim),
            id,
        ]),
    }
}

fn deleted_row(one: &Deleted, prefix: &str, view: &View<'_>) -> Row {
    let theme = view.theme;
    let key = &one.below.key;
    let tail = key.strip_prefix(prefix).unwrap_or(key);
    let name = if tail.is_empty() { "(this folder)".into() } else { Shown::of(tail) };
    let class = match &one.below.what {
        What::Object { class, .. } => shown(class),
        What::Marker => Shown::default(),
    };
    Row::new([
        Cell::new(name, Style::new()),
        Cell::from(text::bytes(one.below.size())),
        Cell::new(one.at.map(seconds).unwrap_or_default(), theme.warn),
        Cell::new(time(&one.below), theme.dim),
        Cell::new(class, theme.dim),
    ])
}

fn blank() -> Cell {
    Cell::new("", Style::new())
}

fn shown(text: &Option<String>) -> Shown {
    text.as_deref().map(Shown::of).unwrap_or_default()
}

/// All that is known of a delete marker.
pub(super) fn of_marker(version: &Version) -> Details {
    let what = match version.latest {
        true => "a delete marker: the object is deleted",
        false => "a delete marker",
    };
    let mut lines = vec![("state", what.into())];
    lines.extend(version.modified.map(|at| ("deleted", format!("{} UTC", seconds(at)).into())));
    lines.push(("version", Shown::of(&version.id)));
    Details { lines }
}
