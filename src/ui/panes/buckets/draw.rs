//! How the pane looks.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use super::listing::Phase;
use super::order::By;
use super::rows::{Kind, Row};
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
        let (area, strip) = self.doing.below(area);
        let (list, side) = self.split(area);
        let reading = side.and_then(|side| self.side.draw(side, buf, view));
        let cursor = list.and_then(|list| match &self.over {
            Some(over) => {
                over.draw(list, buf, view, self.going_words());
                None
            }
            None => self.draw_list(list, buf, view),
        });
        match self.doing.typing() {
            true => self.doing.draw(area, strip, buf, view),
            false => self.doing.draw(area, strip, buf, view).or(reading).or(cursor),
        }
    }

    fn draw_list(&self, list: Rect, buf: &mut Buffer, view: &View<'_>) -> Option<Position> {
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
            _ if self.listing.order().is_empty() => self.draw_empty(body, buf, view),
            _ => self.draw_rows(body, buf, view),
        }
        cursor
    }

    /// The list and what is beside it: at the right where there is room, else below; what is
    /// looked into takes the whole of a small screen.
    fn split(&self, area: Rect) -> (Option<Rect>, Option<Rect>) {
        let viewer = self.side.viewer();
        // What stands in the list's place has details of its own.
        if !self.side.is_open() || (self.over.is_some() && viewer.is_none()) {
            return (Some(area), None);
        }
        if viewer.is_some_and(|viewer| viewer.is_large() || area.width < WIDE) {
            return (None, Some(area));
        }
        if area.width >= WIDE {
            let width = if viewer.is_some() { area.width / 2 } else { area.width * 2 / 5 };
            let side = Rect { x: area.right() - width, width, ..area };
            return (Some(Rect { width: area.width - width - 1, ..area }), Some(side));
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
            Some(at) if self.begin.is_empty() => at.to_string().into(),
            Some(at) => format!("{}…", at.join(&self.begin)).into(),
        };
        let place = text::fit_middle(place.as_str(), left.width.into());
        let narrow = !self.begin.is_empty();
        let style = if narrow { theme.warn } else { theme.accent };
        let used = text::put(buf, left, &place, style) + 2;
        if narrow && used < left.width {
            let rest = Rect { x: left.x + used, width: left.width - used, ..left };
            let all = format!("only these; {} lists all", view.keymap.hint(Command::Up));
            let fits = |words: &&str| text::width(words) <= usize::from(rest.width);
            if let Some(words) = [all.as_str(), "only these"].into_iter().find(fits) {
                text::put(buf, rest, words, theme.dim);
            }
        }
        None
    }

    /// How much there is: `1,204 objects, 3 folders, 3.4 GiB…`.
    fn told(&self) -> Shown {
        let store = &self.listing.store;
        let shown = self.listing.order().len();
        let more = if self.listing.phase == Phase::More { "…" } else { "" };
        if self.listing.marks() > 0 {
            let marks = text::count(self.listing.marks() as u64);
            return match self.listing.marked_bytes {
                0 => format!("{marks} marked").into(),
                bytes => format!("{marks} marked, {}", text::bytes(bytes)).into(),
            };
        }
        if !self.filter.is_empty() {
            let all = text::count(store.len() as u64);
            let alike = shown - self.listing.arrangement.plain().min(shown);
            let plain = text::count((shown - alike) as u64);
            let alike = match alike {
                0 => String::new(),
                some => format!(" and {} alike", text::count(some as u64)),
            };
            return format!("{plain}{alike} of {all}{more}").into();
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
            (Some(_), ..) if !self.begin.is_empty() => {
                format!("Nothing begins so: {} lists all.", view.keymap.hint(Command::Up))
            }
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
            len: self.listing.order().len(),
            focused: !self.side.takes_keys(),
        };
        let mut area = area;
        if let Some(note) = self.listing.note.as_ref().filter(|_| area.height > 4) {
            area.height -= 1;
            let line = Rect {
                x: area.x + 2,
                y: area.bottom(),
                width: area.width.saturating_sub(3),
                height: 1,
            };
            text::put(buf, line, &text::fit(note.as_str(), line.width.into()), view.theme.warn);
        }
        table.draw(area, buf, view.theme, |at| match self.listing.row(at) {
            Some(row) => self.line(at, row, view),
            None => Line::default(),
        });
    }

    fn line(&self, at: usize, row: Row<'_>, view: &View<'_>) -> Line {
        let theme = view.theme;
        let plain = at < self.listing.arrangement.plain();
        let time = row.modified.map(text::time).unwrap_or_default();
        let cells = match row.kind {
            Kind::Bucket(role) => vec![
                Cell::new(row.name(), theme.folder),
                Cell::new(role.map_or("", |role| role.name()), theme.accent),
                Cell::new(time, theme.dim),
            ],
            Kind::Folder => vec![Cell::new(row.name(), theme.folder)],
            Kind::Object => {
                // The object that stands for the folder itself has no name of its own.
                let name =
                    if row.stands_for_its_folder() { "(this folder)".into() } else { row.name() };
                vec![
                    Cell::new(name, if plain { Style::new() } else { theme.dim }),
                    Cell::from(text::bytes(row.size)),
                    Cell::new(time, theme.dim),
                    Cell::new(row.storage(), theme.dim),
                ]
            }
        };
        Line { cells, marked: self.listing.is_marked(at), heading: false }
    }
}
