//! Bookmarks, then recent places: what is typed keeps those that fit, Enter goes there.
//!
//! ```text
//! ╭ Places ──────────────────────────────────╮
//! │ /varia                                   │
//! │ * s3://tre-source/variants/              │
//! │   s3://tre-analyst/results/variants/     │
//! ╰──────────────────────────────────────────╯
//! ```

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::super::talk as pane;
use super::command::PlacesCommand;
use super::talk::Job;
use super::{Buckets, Over, Slot, start};
use crate::model::shown::Shown;
use crate::model::uri::S3Uri;
use crate::ui::loaded::Loaded;
use crate::ui::pane::{Input, View};
use crate::ui::talk::{Cx, Effect, Failure, Jump};
use crate::ui::widgets::field::{Command as Editing, Field};
use crate::ui::widgets::list::{Move, Scroll};
use crate::ui::widgets::{frame, text};

/// Somewhere one has been, or wants to find again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub uri: S3Uri,
    pub bookmark: bool,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Places {
    /// Bookmarks first, then the newest.
    all: Loaded<Vec<Place>>,
    field: Field,
    scroll: Scroll,
}

impl Places {
    pub fn is_waiting(&self) -> bool {
        self.all.is_waiting()
    }

    pub fn arrived(&mut self, result: Result<Vec<Place>, Failure>) {
        self.all = match result {
            Ok(places) => Loaded::Here(places),
            Err(failure) => Loaded::Failed(failure),
        };
        let len = self.found().len();
        self.scroll.clamp(len);
    }

    /// Those that fit what is typed, in their order.
    fn found(&self) -> Vec<&Place> {
        let all = self.all.here().map_or(&[][..], Vec::as_slice);
        let pattern = Pattern::parse(self.field.text(), CaseMatching::Smart, Normalization::Smart);
        let mut matcher = Matcher::new(Config::DEFAULT.match_paths());
        let mut chars = Vec::new();
        let mut fits = |place: &Place| {
            let uri = place.uri.to_string();
            pattern.score(Utf32Str::new(&uri, &mut chars), &mut matcher).is_some()
        };
        all.iter().filter(|place| fits(place)).collect()
    }

    fn current(&self) -> Option<&Place> {
        self.found().get(self.scroll.cursor).copied()
    }

    pub fn type_in(&mut self, input: &Input) {
        match input {
            Input::Paste(text) => self.field.insert(text),
            Input::Key(key) => {
                if let Some(c) = key.typed() {
                    self.field.insert(c.encode_utf8(&mut [0; 4]));
                }
            }
        }
        self.scroll = Scroll::default();
    }

    pub fn edit(&mut self, command: Editing) {
        self.field.obey(command);
        self.scroll = Scroll::default();
    }

    pub fn draw(&self, area: Rect, buf: &mut Buffer, view: &View<'_>) -> Option<Position> {
        let theme = view.theme;
        let size = (area.width.saturating_sub(2).min(100), area.height.saturating_sub(1).min(20));
        let inner = frame::dialog(area, buf, theme, size, "Places");
        if inner.is_empty() {
            return None;
        }
        let line = Rect { height: 1, ..inner };
        let used = text::put(buf, line, "/", theme.accent);
        let field = Rect { x: line.x + used, width: line.width.saturating_sub(used), ..line };
        let remove = format!(" {} removes", view.keymap.hint(PlacesCommand::Remove));
        let room = field.width.saturating_sub(text::width(&remove) as u16);
        let cursor = self.field.draw(Rect { width: room.max(1), ..field }, buf, theme.field);
        if room > 20 {
            text::put_right(buf, field, &remove, theme.dim);
        }
        let body = Rect { y: inner.y + 1, height: inner.height - 1, ..inner };
        let found = self.found();
        let words = match &self.all {
            Loaded::Unknown | Loaded::Waiting => Some(("…".to_owned(), theme.dim)),
            Loaded::Failed(failure) => Some((failure.why.to_string(), theme.error)),
            Loaded::Here(all) if all.is_empty() => {
                let add = view.keymap.hint(super::super::Command::Bookmark);
                Some((format!("No places yet: {add} bookmarks the one that is open."), theme.dim))
            }
            Loaded::Here(_) if found.is_empty() => Some(("Nothing matches.".to_owned(), theme.dim)),
            Loaded::Here(_) => None,
        };
        if let Some(words) = words {
            text::put_centred(buf, body, &[words]);
            return cursor;
        }
        for (y, at) in (body.y..).zip(self.scroll.window(found.len(), body.height.into())) {
            let row = Rect { y, height: 1, ..body };
            let place = found[at];
            text::put(buf, row, if place.bookmark { "*" } else { " " }, theme.accent);
            let rest = Rect { x: row.x + 2, width: row.width.saturating_sub(2), ..row };
            let uri = Shown::of(&place.uri.to_string());
            text::put(buf, rest, &text::fit_middle(uri.as_str(), rest.width.into()), theme.base);
            if at == self.scroll.cursor {
                buf.set_style(row, theme.cursor);
            }
        }
        cursor
    }
}

impl Buckets {
    pub(super) fn open_places(&mut self) -> Vec<Effect> {
        let all = Loaded::Waiting;
        self.doing.over = Some(Over::Places(Places { all, ..Places::default() }));
        vec![start(Slot::Places, Job::Places)]
    }

    /// The place that is open; in the list of buckets the bucket under the cursor.
    pub(super) fn bookmark(&mut self) -> Vec<Effect> {
        let here = self.at.clone().or_else(|| self.current().map(|row| self.uri(row)));
        let Some(uri) = here else { return Vec::new() };
        let slot = self.act();
        vec![Effect::start(slot, pane::Job::Acts(Job::Bookmark { uri }))]
    }

    pub fn obey_places(&mut self, command: PlacesCommand, _cx: &Cx<'_>) -> Vec<Effect> {
        let Some(places) = self.doing.places() else { return Vec::new() };
        let len = places.found().len();
        match command {
            PlacesCommand::Jump => {
                let Some(to) = places.current().map(|place| place.uri.clone()) else {
                    return Vec::new();
                };
                self.doing.over = None;
                return vec![Effect::Jump(Jump::S3(to))];
            }
            PlacesCommand::Remove => {
                let Some(uri) = places.current().map(|place| place.uri.clone()) else {
                    return Vec::new();
                };
                return vec![start(Slot::Places, Job::Forget { uri })];
            }
            PlacesCommand::Down => places.scroll.step(Move::Down, len),
            PlacesCommand::Up => places.scroll.step(Move::Up, len),
            PlacesCommand::PageDown => places.scroll.step(Move::PageDown, len),
            PlacesCommand::PageUp => places.scroll.step(Move::PageUp, len),
        }
        Vec::new()
    }
}
