//! The one thing that is worked on with its progress on the screen: a comparison, tags of many
//! objects, a restore of many.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::Buckets;
use super::talk::{Answer, Work};
use crate::model::shown::Shown;
use crate::model::uri::S3Uri;
use crate::ui::modal::{Ask, Prompt};
use crate::ui::pane::View;
use crate::ui::talk::{Effect, Level};
use crate::ui::widgets::{bar, frame, text};

/// Lines that it takes of the pane, with its frame.
const HEIGHT: u16 = 4;

#[derive(Debug, Clone, PartialEq)]
pub struct Errand {
    pub id: u32,
    pub what: Shown,
    /// Bytes are counted, else objects.
    bytes: bool,
    state: State,
}

#[derive(Debug, Clone, PartialEq)]
enum State {
    /// `total` is 0 until it is known.
    Going {
        done: u64,
        total: u64,
    },
    Over(Level, Shown),
}

impl Errand {
    pub fn new(id: u32, what: Shown, bytes: bool) -> Self {
        Self { id, what, bytes, state: State::Going { done: 0, total: 0 } }
    }

    pub fn is_over(&self) -> bool {
        matches!(self.state, State::Over(..))
    }

    pub fn going(&mut self, done: u64, total: u64) {
        if let State::Going { .. } = self.state {
            self.state = State::Going { done, total };
        }
    }

    pub fn over(&mut self, level: Level, said: Shown) {
        self.state = State::Over(level, said);
    }

    /// Where there is no room for a frame it takes one line.
    pub fn draw(&self, strip: Rect, buf: &mut Buffer, view: &View<'_>) {
        let theme = view.theme;
        let inner = match strip.height < HEIGHT {
            true => strip,
            false => frame::panel(strip, buf, theme, self.what.as_str(), false),
        };
        if inner.is_empty() {
            return;
        }
        match &self.state {
            State::Going { done, total } => {
                let line = Rect { height: 1, ..inner };
                let told = match (*total, self.bytes) {
                    (0, _) => "looking …".to_owned(),
                    (total, true) => format!("{} of {}", text::bytes(*done), text::bytes(total)),
                    (total, false) => format!("{} of {}", text::count(*done), text::count(total)),
                };
                let used = text::put(buf, line, &told, theme.base) + 1;
                let rest =
                    Rect { x: line.x + used, width: line.width.saturating_sub(used), ..line };
                bar::draw(rest, buf, theme, *done, (*total).max(1));
                if inner.height > 1 {
                    text::put(buf, Rect { y: inner.y + 1, ..line }, "esc stops it", theme.dim);
                }
            }
            State::Over(level, said) => {
                let style = match level {
                    Level::Info => theme.ok,
                    Level::Warn => theme.warn,
                    Level::Error => theme.error,
                };
                let lines = text::wrap(said.as_str(), inner.width.into());
                for (y, line) in (inner.y..inner.bottom()).zip(&lines) {
                    text::put(buf, Rect { y, height: 1, ..inner }, line, style);
                }
            }
        }
    }
}

/// The room of the list, and of the errand below it.
pub fn split(area: Rect) -> (Rect, Rect) {
    let height = if area.height >= 3 * HEIGHT { HEIGHT } else { 1.min(area.height) };
    let strip = Rect { y: area.bottom() - height, height, ..area };
    (Rect { height: area.height - height, ..area }, strip)
}

impl Buckets {
    pub(super) fn ask_local_file(&self) -> Vec<Effect> {
        let uri = match self.one_object("compare") {
            Ok(row) => self.uri(row),
            Err(effects) => return effects,
        };
        let title = format!("Compare {}", uri.name());
        let label = "With which file of this machine";
        let answer = super::pane::Answer::Acts(Answer::CompareWith(uri));
        vec![Effect::Ask(Ask::Prompt(Prompt::new(title, label, answer).local_path()))]
    }

    pub(super) fn compare(&mut self, uri: S3Uri, path: &str) -> Vec<Effect> {
        let path = path.trim();
        if path.is_empty() {
            return Vec::new();
        }
        let what = format!("{} and {path}", uri.name());
        self.begin(what.into(), Work::Compare { path: path.into(), uri })
    }
}
