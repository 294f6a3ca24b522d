//! How the view looks.

use std::time::Duration;

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::super::command::StraysCommand as Command;
use super::obey::told_bytes;
use super::{Extent, Line, Look, Place, Stray, Strays};
use crate::model::shown::Shown;
use crate::model::trouble::Kind;
use crate::ui::loaded::Loaded;
use crate::ui::pane::View;
use crate::ui::widgets::table::{Cell, Column, Row, Table, Width};
use crate::ui::widgets::{frame, notes, text};

/// From this width on the details lie beside the list.
const WIDE: u16 = 120;

const COLUMNS: &[Column] = &[
    Column::new("upload", Width::Rest(16)),
    Column::new("age", Width::Exactly(7)).right().rank(1),
    Column::new("parts", Width::Exactly(6)).right().rank(3),
    Column::new("size", Width::Exactly(9)).right(),
    Column::new("begun by", Width::Exactly(20)).rank(4),
    Column::new("class", Width::Exactly(12)).rank(5),
];

impl Strays {
    pub fn draw(&self, area: Rect, buf: &mut Buffer, view: &View<'_>) {
        self.draw_title(Rect { height: 1, ..area }, buf, view);
        let body = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
        match &self.places {
            Loaded::Failed(failure) => notes::failed(body, buf, view, failure, Command::Refresh),
            Loaded::Here(places) if places.is_empty() => {
                notes::quiet(body, buf, view, "There is no bucket here.");
            }
            Loaded::Here(_) => self.draw_list(body, buf, view),
            Loaded::Unknown | Loaded::Waiting => {
                notes::quiet(body, buf, view, "Looking for unfinished uploads …");
            }
        }
    }

    fn draw_title(&self, line: Rect, buf: &mut Buffer, view: &View<'_>) {
        let state = if self.looking { "looking …" } else { "" };
        let all: Vec<&Stray> = self.uploads().collect();
        let words = match (self.marked.len(), &self.places) {
            (0, Loaded::Here(_)) if all.is_empty() && !self.looking => {
                "There is no unfinished upload".to_owned()
            }
            (0, _) if all.is_empty() => "Unfinished uploads".to_owned(),
            (0, _) => told(&all),
            (marked, _) => format!("{} marked", text::count(marked as u64)),
        };
        frame::heading(line, buf, view.theme, &words, state);
    }

    fn draw_list(&self, area: Rect, buf: &mut Buffer, view: &View<'_>) {
        let (list, side) = self.split(area);
        let table = Table {
            columns: COLUMNS,
            sorted: None,
            scroll: &self.scroll,
            len: self.len(),
            focused: true,
        };
        table.draw(list, buf, view.theme, |at| match self.line(at) {
            Some(Line::Bucket(place)) => bucket_row(place, view),
            Some(Line::Upload(stray)) => {
                let marked = self.marked.contains(&stray.name());
                Row { marked, ..upload_row(stray, view) }
            }
            None => Row::default(),
        });
        if let Some(side) = side {
            self.draw_details(side, buf, view);
        }
    }

    fn split(&self, area: Rect) -> (Rect, Option<Rect>) {
        if !self.details {
            return (area, None);
        }
        let (list, details) = frame::split(area, WIDE, (area.height / 2).min(13));
        (list, Some(details))
    }

    fn draw_details(&self, area: Rect, buf: &mut Buffer, view: &View<'_>) {
        let (title, facts) = match self.here() {
            Some(Line::Upload(stray)) => (Shown::of(stray.to.name()), upload_facts(stray, view)),
            Some(Line::Bucket(place)) => (Shown::of(&place.bucket), bucket_facts(place)),
            None => return,
        };
        let inner = frame::panel(area, buf, view.theme, title.as_str(), false);
        notes::facts(inner, buf, view, facts);
    }
}

/// The bucket, and in words what there is to say of it.
fn bucket_row(place: &Place, view: &View<'_>) -> Row {
    let theme = view.theme;
    let role = place.role.map(|role| format!(" ({role})")).unwrap_or_default();
    let (words, style) = match &place.look {
        Look::Closed(failure) if failure.kind == Kind::Denied => {
            ("not allowed to look".to_owned(), theme.warn)
        }
        Look::Closed(failure) => (failure.why.to_string(), theme.error),
        Look::Waiting if place.uploads.is_empty() => ("…".to_owned(), theme.folder),
        Look::Waiting => (format!("{} …", held(place)), theme.folder),
        Look::Done => {
            (held(place), if place.uploads.is_empty() { theme.dim } else { theme.folder })
        }
    };
    let name = format!("s3://{}/{role}: {words}", place.bucket);
    Row::heading(Cell::new(name, style))
}

/// `2 uploads, 12.7 GiB`.
fn held(place: &Place) -> String {
    match &place.uploads.iter().collect::<Vec<_>>()[..] {
        [] => "none".to_owned(),
        all => told(all),
    }
}

/// How many, and how much of it is known to be there.
fn told(strays: &[&Stray]) -> String {
    let count = text::plural(strays.len() as u64, "unfinished upload");
    match told_bytes(strays) {
        Some(bytes) => format!("{count}, {bytes}"),
        None => count,
    }
}

fn upload_row(stray: &Stray, view: &View<'_>) -> Row {
    let theme = view.theme;
    let (parts, bytes) = match &stray.extent {
        Extent::Unknown => ("…".to_owned(), "…".to_owned()),
        Extent::Known { parts, bytes } => (text::count((*parts).into()), text::bytes(*bytes)),
        Extent::Hidden(_) => ("?".to_owned(), "?".to_owned()),
    };
    let by = stray.initiator.as_ref().or(stray.owner.as_ref());
    Row::new([
        Cell::new(Shown::of(&stray.to.key), Style::new()),
        Cell::from(age(stray, view.clock)),
        Cell::new(parts, theme.dim),
        Cell::from(bytes),
        Cell::new(by.map(short).unwrap_or_default(), theme.dim),
        Cell::new(stray.class.clone().unwrap_or_default(), theme.dim),
    ])
}

/// `user/ann` of `arn:aws:iam::111122223333:user/ann`.
fn short(who: &Shown) -> Shown {
    match who.as_str().strip_prefix("arn:").and_then(|arn| arn.splitn(5, ':').nth(4)) {
        Some(name) => Shown::of(name),
        None => who.clone(),
    }
}

/// `3d 4h`; nothing where the store does not say, or its clock is ahead.
fn age(stray: &Stray, clock: Timestamp) -> String {
    let since = stray.initiated.map(|then| clock.as_second() - then.as_second());
    match since.and_then(|seconds| u64::try_from(seconds).ok()) {
        Some(seconds) => text::span(Duration::from_secs(seconds)),
        None => String::new(),
    }
}

fn upload_facts(stray: &Stray, view: &View<'_>) -> Vec<(&'static str, String)> {
    let mut facts = vec![("to", Shown::of(&stray.to.to_string()).to_string())];
    match &stray.extent {
        Extent::Unknown => facts.push(("holds", "…".to_owned())),
        Extent::Known { parts, bytes } => {
            let parts = text::plural((*parts).into(), "part");
            facts.push(("holds", format!("{} in {parts}", text::bytes(*bytes))));
        }
        Extent::Hidden(failure) => facts.push(("holds", format!("? ({})", failure.why))),
    }
    if let Some(then) = stray.initiated {
        facts.push(("begun", format!("{} UTC, {} ago", text::time(then), age(stray, view.clock))));
    }
    let known = [
        ("by", &stray.initiator),
        ("owner", &stray.owner),
        ("class", &stray.class),
        ("checksum", &stray.checksum),
    ];
    facts.extend(
        known.into_iter().filter_map(|(name, text)| Some((name, text.as_ref()?.to_string()))),
    );
    facts.push(("upload", Shown::of(&stray.upload_id).to_string()));
    facts
}

fn bucket_facts(place: &Place) -> Vec<(&'static str, String)> {
    match &place.look {
        Look::Waiting => vec![("state", "looking …".to_owned())],
        Look::Done => vec![("holds", held(place))],
        Look::Closed(failure) => {
            let mut facts =
                vec![("what", failure.what.to_string()), ("why", failure.why.to_string())];
            facts.extend(failure.hint.iter().map(|hint| ("hint", hint.to_string())));
            facts.extend(failure.code.iter().map(|code| ("code", code.to_string())));
            facts
        }
    }
}
