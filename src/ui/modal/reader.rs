//! Lines to read: the notice history, a message in full.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use super::{Command, Outcome, Press};
use crate::model::shown::Shown;
use crate::ui::pane::View;
use crate::ui::talk::Level;
use crate::ui::widgets::list::{Move, Scroll};
use crate::ui::widgets::{frame, text};

/// Text with a level a line, wrapped to the dialog.
#[derive(Debug, Clone, PartialEq)]
pub struct Reader {
    pub title: Shown,
    pub lines: Vec<(Option<Level>, Shown)>,
    scroll: Scroll,
}

impl Reader {
    pub fn new(title: impl Into<Shown>, lines: Vec<(Option<Level>, Shown)>) -> Self {
        Self { title: title.into(), lines, scroll: Scroll::default() }
    }

    pub fn plain(title: impl Into<Shown>, lines: impl IntoIterator<Item = Shown>) -> Self {
        Self::new(title, lines.into_iter().map(|line| (None, line)).collect())
    }

    pub(super) fn press(&mut self, press: Press) -> Outcome {
        let step = match press {
            Press::Command(Command::Cancel | Command::Accept) => return Outcome::CLOSE,
            Press::Command(Command::Down) => Move::Down,
            Press::Command(Command::Up) => Move::Up,
            Press::Command(Command::PageDown) => Move::PageDown,
            Press::Command(Command::PageUp) => Move::PageUp,
            Press::Type(text) => match text.as_str() {
                "j" => Move::Down,
                "k" => Move::Up,
                "G" => Move::Bottom,
                "g" => Move::Top,
                "q" => return Outcome::CLOSE,
                _ => return Outcome::STAY,
            },
            _ => return Outcome::STAY,
        };
        self.scroll.step(step, self.lines.len());
        Outcome::STAY
    }

    pub(super) fn draw(&self, screen: Rect, buf: &mut Buffer, view: &View<'_>) -> Option<Position> {
        let size = (screen.width.saturating_sub(4).min(110), screen.height.saturating_sub(2));
        let inner = frame::dialog(screen, buf, view.theme, size, self.title.as_str());
        let theme = view.theme;
        let style = |level: Option<Level>| match level {
            Some(Level::Error) => theme.error,
            Some(Level::Warn) => theme.warn,
            _ => theme.base,
        };
        if self.lines.is_empty() {
            text::put_centred(buf, inner, &[("Nothing yet.".to_owned(), theme.dim)]);
        }
        // The line under the cursor is the top one: what wraps takes the room it needs.
        let rest = self.lines.iter().skip(self.scroll.cursor);
        let wrapped = rest.flat_map(|(level, line)| {
            let lines = text::wrap(line.as_str(), inner.width.into());
            lines.into_iter().map(move |line| (line, style(*level)))
        });
        let _ = self.scroll.window(self.lines.len(), inner.height.into());
        for (y, (line, style)) in (inner.y..inner.bottom()).zip(wrapped) {
            text::put(buf, Rect { y, height: 1, ..inner }, &line, Style::patch(theme.base, style));
        }
        None
    }
}
