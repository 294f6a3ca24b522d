//! One of several: the copy menu and the like.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::{Command, Outcome, Press};
use crate::model::shown::Shown;
use crate::ui::pane::View;
use crate::ui::talk::Effect;
use crate::ui::widgets::list::{Move, Scroll};
use crate::ui::widgets::{frame, text};

#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    pub title: Shown,
    /// What is offered, and what choosing it leads to.
    pub rows: Vec<(Shown, Vec<Effect>)>,
    scroll: Scroll,
}

impl Choice {
    pub fn new(title: impl Into<Shown>, rows: Vec<(Shown, Vec<Effect>)>) -> Self {
        Self { title: title.into(), rows, scroll: Scroll::default() }
    }

    /// Which of these to copy.
    pub fn copies(texts: impl IntoIterator<Item = Shown>) -> Self {
        let row = |text: Shown| (text.clone(), vec![Effect::Copy(text)]);
        Self::new("Copy", texts.into_iter().map(row).collect())
    }

    pub(super) fn press(&mut self, press: Press) -> Outcome {
        let step = match press {
            Press::Command(Command::Cancel) => return Outcome::CLOSE,
            Press::Command(Command::Accept) => return self.choose(self.scroll.cursor),
            Press::Command(Command::Down) => Move::Down,
            Press::Command(Command::Up) => Move::Up,
            Press::Command(Command::PageDown) => Move::PageDown,
            Press::Command(Command::PageUp) => Move::PageUp,
            Press::Type(text) => match text.as_str() {
                "j" => Move::Down,
                "k" => Move::Up,
                "q" => return Outcome::CLOSE,
                digit => match digit.parse::<usize>() {
                    Ok(at @ 1..=9) if at <= self.rows.len() => return self.choose(at - 1),
                    _ => return Outcome::STAY,
                },
            },
            _ => return Outcome::STAY,
        };
        self.scroll.step(step, self.rows.len());
        Outcome::STAY
    }

    fn choose(&mut self, at: usize) -> Outcome {
        let chosen = self.rows.get_mut(at).map(|(_, then)| std::mem::take(then));
        Outcome::Close(chosen.unwrap_or_default())
    }

    pub(super) fn draw(&self, screen: Rect, buf: &mut Buffer, view: &View<'_>) -> Option<Position> {
        let widest = self.rows.iter().map(|(name, _)| text::width(name.as_str())).max();
        let width = (widest.unwrap_or(0) as u16 + 8).max(24).min(screen.width.saturating_sub(4));
        let size = (width, self.rows.len() as u16 + 2);
        let inner = frame::dialog(screen, buf, view.theme, size, self.title.as_str());
        let window = self.scroll.window(self.rows.len(), inner.height.into());
        for (y, at) in (inner.y..).zip(window) {
            let line = Rect { y, height: 1, ..inner };
            text::put(buf, line, &format!("{} {}", at + 1, self.rows[at].0), view.theme.base);
            if at == self.scroll.cursor {
                buf.set_style(line, view.theme.cursor);
            }
        }
        None
    }
}
