//! How the pane looks.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use super::listing::Phase;
use super::rows::By;
use super::side::Side;
use super::talk::{Kind, Row};
use super::{Buckets, Command};
use crate::model::shown::Shown;
use crate::ui::pane::View;
use crate::ui::widgets::table::{Cell, Column, Row as Line, Table, Width};
use crate::ui::widgets::text;

/// From this width on there is room for a panel beside the list.
const WIDE: u16 = 100;

const OBJECTS: &[Column] = &[
    Column::new("name", Width::Rest(16)),
    Column::new("size", Width::Exactly(10)).right().rank(1),
    Column::new("modified (UTC)", Width::Exactly(16)).rank(2),
    Column::new("class", Width::Exactly(12)).rank(3),
];

const BUCKETS: &[Column] = &[
    Column::new("bucket", Width::Rest(20)),
    Column::new("role", Width::Exactly(8)).rank(1),
    Column::new("created (UTC)", Width::Exactly(16)).rank(2),
];

impl Buckets {
    pub(super) fn draw_pane(
        &self,
        area: Rect,
        buf: &mut Buffer,
        view: &View<'_>,
    ) -> Option<Position> {
        let (list, side) = self.split(area);
        if let Some(side) = side {
            self.side.draw(side, buf, view);
        }
        let list = list?;
        let title = Rect { height: 1, ..list };
        let cursor = self.draw_title(title, buf, view);
        let body = Rect { y: list.y + 1, height: list.height.saturating_sub(1), ..list };
        match &self.listing.phase {
            Phase::Failed(failure) if self.listing.store.is_empty() => {
                let mut lines = vec![
                    (failure.what.to_string(), view.theme.title),
                    (failure.why.to_string(), view.theme.error),
                ];
                lines.extend(failure.hint.iter().map(|hint| (hint.to_string(), view.theme.base)));
                lines.extend(failure.code.iter().map(|code| (code.to_string(), view.theme.dim)));
                let retry = format!("{} tries again", view.keymap.hint(Command::Retry));
                lines.push((retry, view.theme.key));
                text::put_centred(buf, body, &lines);
            }
            Phase::Loading => {
                text::put_centred(buf, body, &[("Listing …".to_owned(), view.theme.dim)]);
            }
            _ if self.listing.order.is_empty() => self.draw_empty(body, buf, view),
            _ => self.draw_rows(body, buf, view),
        }
        cursor
    }

    /// The list and what is beside it: at the right where there is room, else below; a
    /// preview takes the whole of a small screen.
    fn split(&self, area: Rect) -> (Option<Rect>, Option<Rect>) {
        if !self.side.is_open() {
            return (Some(area), None);
        }
        if area.width >= WIDE {
            let width = area.width * 2 / 5;
            let side = Rect { x: area.right() - width, width, ..area };
            return (Some(Rect { width: area.width - width - 1, ..area }), Some(side));
        }
        if matches!(self.side, Side::Preview { .. }) {
            return (None, Some(area));
        }
        let height = (area.height / 2).min(13);
        let side = Rect { y: area.bottom() - height, height, ..area };
        (Some(Rect { height: area.height - height, ..area }), Some(side))
    }

    fn draw_title(&self, line: Rect, buf: &mut Buffer, view: &View<'_>) -> Option<Position> {
        let theme = view.theme;
        let told = self.going_words().unwrap_or_else(|| self.told());
        let told_width = text::put_right(
            buf,
            Rect { width: line.width.saturating_sub(1), ..line },
            told.as_str(),
            theme.dim,
        );
        let left = Rect { x: line.x + 1, width: line.width.saturating_sub(told_width + 3), ..line };
        if self.filter.is_open() {
            return self.filter.draw(left, buf, theme);
        }
        let place: Shown = match &self.at {
            None => "All buckets".into(),
            Some(at) => at.to_string().into(),
        };
        text::put(buf, left, &text::fit_middle(place.as_str(), left.width.into()), theme.accent);
        None
    }

    /// How much there is: `1,204 objects, 3 folders, 3.4 GiB…`.
    fn told(&self) -> Shown {
        let store = &self.listing.store;
        let shown = self.listing.order.len();
        let more = if self.listing.phase == Phase::More { "…" } else { "" };
        if self.listing.marks() > 0 {
            return format!("{} marked", text::count(self.listing.marks() as u64)).into();
        }
        if !self.filter.is_empty() {
            let all = text::count(store.len() as u64);
            return format!("{} of {all}{more}", text::count(shown as u64)).into();
        }
        match (&self.at, &self.listing.phase) {
            (_, Phase::Loading) => "".into(),
            (_, Phase::Failed(_)) if !store.is_empty() => "the listing broke off".into(),
            (_, Phase::Failed(_)) => "".into(),
            (None, _) => format!("{}{more}", text::plural(store.len() as u64, "bucket")).into(),
            (Some(_), _) => {
                let objects = (store.len() - store.folders) as u64;
                let mut parts = Vec::new();
                if store.folders > 0 {
                    parts.push(text::plural(store.folders as u64, "folder"));
                }
                if objects > 0 || store.folders == 0 {
                    parts.push(text::plural(objects, "object"));
                    parts.push(text::bytes(store.bytes));
                }
                format!("{}{more}", parts.join(", ")).into()
            }
        }
    }

    fn draw_empty(&self, area: Rect, buf: &mut Buffer, view: &View<'_>) {
        let words = match (&self.at, self.filter.is_empty(), &self.listing.phase) {
            (_, false, Phase::More) => "Nothing matches so far …".to_owned(),
            (_, false, _) => "Nothing matches.".to_owned(),
            (_, _, Phase::More) => "Listing …".to_owned(),
            (None, ..) => "There is no bucket here.".to_owned(),
            (Some(_), ..) => {
                format!("Nothing here yet: {} uploads.", view.keymap.hint(Command::Upload))
            }
        };
        text::put_centred(buf, area, &[(words, view.theme.dim)]);
    }

    fn draw_rows(&self, area: Rect, buf: &mut Buffer, view: &View<'_>) {
        let sorted = match self.listing.sort.by {
            By::Name => 0,
            By::Size => 1,
            By::Time => 2,
        };
        let table = Table {
            columns: if self.at.is_some() { OBJECTS } else { BUCKETS },
            sorted: self.at.is_some().then_some((sorted, self.listing.sort.ascending)),
            scroll: &self.listing.scroll,
            len: self.listing.order.len(),
            focused: !self.side.takes_keys(),
        };
        table.draw(area, buf, view.theme, |at| match self.listing.row(at) {
            Some(row) => self.line(row, view),
            None => Line::default(),
        });
    }

    fn line(&self, row: &Row, view: &View<'_>) -> Line {
        let theme = view.theme;
        let time = row.modified.map(text::time).unwrap_or_default();
        let cells = match row.kind {
            Kind::Bucket(role) => vec![
                Cell::new(row.name.clone(), theme.folder),
                Cell::new(role.map_or("", |role| role.name()), theme.accent),
                Cell::new(time, theme.dim),
            ],
            Kind::Folder => vec![Cell::new(row.name.clone(), theme.folder)],
            Kind::Object => {
                // The object that stands for the folder itself has no name of its own.
                let name =
                    if row.tail().is_empty() { "(this folder)".into() } else { row.name.clone() };
                vec![
                    Cell::new(name, Style::new()),
                    Cell::from(text::bytes(row.size)),
                    Cell::new(time, theme.dim),
                    Cell::new(row.class.clone().unwrap_or_default(), theme.dim),
                ]
            }
        };
        Line { cells, marked: self.listing.is_marked(row), heading: false }
    }
}
