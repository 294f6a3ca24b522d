//! Candidates for the word that is being typed, at the cursor.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::widgets::{Clear, Widget};

use crate::model::shown::Shown;
use crate::model::sql::complete::{Candidate, Offer, What};
use crate::ui::theme::Theme;
use crate::ui::widgets::list::{Move, Scroll};
use crate::ui::widgets::text;

const MOST: u16 = 8;

#[derive(Debug, Clone, PartialEq)]
pub struct Popup {
    pub offer: Offer,
    scroll: Scroll,
}

impl Popup {
    pub fn new(offer: Offer) -> Self {
        Self { offer, scroll: Scroll::default() }
    }

    pub fn step(&mut self, step: Move) {
        let len = self.offer.candidates.len();
        match step {
            // Round and round: Tab goes through them.
            Move::Down if self.scroll.cursor + 1 == len => self.scroll.cursor = 0,
            step => self.scroll.step(step, len),
        }
    }

    pub fn chosen(&self) -> Option<&Candidate> {
        self.offer.candidates.get(self.scroll.cursor)
    }

    /// Below the cursor where there is room, else above it.
    pub fn draw(&self, at: Position, screen: Rect, buf: &mut Buffer, theme: &Theme) {
        let candidates = &self.offer.candidates;
        let widest = candidates.iter().map(|c| text::width(&c.text)).max().unwrap_or(0) as u16;
        let width = (widest + 12).min(screen.width);
        let below = screen.bottom().saturating_sub(at.y + 1);
        let above = at.y.saturating_sub(screen.y);
        let height = (candidates.len() as u16).min(MOST).min(below.max(above));
        let y = if below >= height { at.y + 1 } else { at.y - height };
        let x = at.x.min(screen.right().saturating_sub(width));
        let area = Rect { x, y, width, height };
        Clear.render(area, buf);
        buf.set_style(area, theme.header);
        let window = self.scroll.window(candidates.len(), height.into());
        for (y, at) in (area.y..area.bottom()).zip(window) {
            let line = Rect { y, height: 1, ..area };
            let inner = Rect { x: line.x + 1, width: line.width.saturating_sub(2), ..line };
            let candidate = &candidates[at];
            let shown = Shown::of(&candidate.text);
            text::put(buf, inner, shown.as_str(), theme.base);
            text::put_right(buf, inner, what(candidate.what), theme.dim);
            if at == self.scroll.cursor {
                buf.set_style(line, theme.cursor);
            }
        }
    }
}

fn what(what: What) -> &'static str {
    match what {
        What::Column => "column",
        What::Table => "table",
        What::Database => "database",
        What::Keyword => "",
        What::Function => "function",
    }
}
