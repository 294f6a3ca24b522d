//! Candidates for the word that is being typed, at the cursor, and the signatures of the call that
//! it is in.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::widgets::{Clear, Widget};

use crate::model::shown::Shown;
use crate::model::sql::complete::{Candidate, Offer, What};
use crate::ui::theme::Theme;
use crate::ui::widgets::list::{Move, Scroll};
use crate::ui::widgets::text;

/// Candidates at a time.
const MOST: u16 = 8;
/// Signatures of one function.
const FORMS: usize = 3;

#[derive(Debug, Clone, PartialEq)]
pub struct Popup {
    pub offer: Offer,
    /// What is still read for it, or could not be.
    notes: Vec<Shown>,
    scroll: Scroll,
}

impl Popup {
    pub fn new(offer: Offer, notes: Vec<Shown>) -> Self {
        Self { offer, notes, scroll: Scroll::default() }
    }

    /// In the place of another: what was under the cursor there stays under it.
    pub fn after(mut self, before: &Self) -> Self {
        let chosen = before.chosen().filter(|_| before.scroll.cursor > 0);
        let same = |chosen: &Candidate| self.offer.candidates.iter().position(|one| one == chosen);
        self.scroll = Scroll::at(chosen.and_then(same).unwrap_or(0));
        self
    }

    /// The signatures alone.
    pub fn signatures(mut self) -> Option<Self> {
        self.offer.candidates.clear();
        (!self.offer.signatures.is_empty()).then_some(self)
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
        let forms = &self.offer.signatures[..self.offer.signatures.len().min(FORMS)];
        let said: Vec<(&str, Style)> = forms
            .iter()
            .map(|form| (*form, theme.accent))
            .chain(self.notes.iter().map(|note| (note.as_str(), theme.dim)))
            .collect();
        let rows: Vec<(Shown, Shown)> = candidates.iter().map(row).collect();
        let wide = |(name, about): &(Shown, Shown)| {
            text::width(name.as_str()) + text::width(about.as_str()) + 2
        };
        let widest =
            rows.iter().map(wide).chain(said.iter().map(|(line, _)| text::width(line))).max();
        let width = (widest.unwrap_or(0) as u16).saturating_add(2).min(screen.width);
        let below = screen.bottom().saturating_sub(at.y + 1);
        let above = at.y.saturating_sub(screen.y);
        let wanted = (rows.len() as u16).min(MOST) + said.len() as u16;
        let height = wanted.min(below.max(above));
        let y = if below >= height { at.y + 1 } else { at.y - height };
        let x = at.x.min(screen.right().saturating_sub(width));
        let area = Rect { x, y, width, height };
        Clear.render(area, buf);
        buf.set_style(area, theme.header);
        let inner = |y: u16| Rect { x: x + 1, y, height: 1, width: width.saturating_sub(2) };
        let said_height =
            (said.len() as u16).min(height.saturating_sub(u16::from(!rows.is_empty())));
        for (y, (line, style)) in (area.y..area.y + said_height).zip(said) {
            text::put(buf, inner(y), line, style);
        }
        let top = area.y + said_height;
        let window = self.scroll.window(rows.len(), (area.bottom() - top).into());
        for (y, at) in (top..area.bottom()).zip(window) {
            let (name, about) = &rows[at];
            let used = text::put(buf, inner(y), name.as_str(), theme.base);
            let rest = inner(y);
            let rest = Rect { x: rest.x + used, width: rest.width.saturating_sub(used), ..rest };
            if rest.width > 2 {
                let rest = Rect { x: rest.x + 1, width: rest.width - 1, ..rest };
                text::put_right(buf, rest, about.as_str(), theme.dim);
            }
            if at == self.scroll.cursor {
                buf.set_style(Rect { x, y, width, height: 1 }, theme.cursor);
            }
        }
    }
}

/// A candidate, and what it is.
fn row(candidate: &Candidate) -> (Shown, Shown) {
    const ROOM: usize = 30;
    let detail = Shown::of(&text::fit(&candidate.detail, ROOM));
    let name = Shown::of(&candidate.text);
    match candidate.what {
        What::Function => (Shown::of(&candidate.detail), "function".into()),
        What::Database => (name, "database".into()),
        What::Table if candidate.detail.is_empty() => (name, "table".into()),
        What::Condition if candidate.detail.is_empty() => (name, "join".into()),
        What::Column if candidate.detail.is_empty() => (name, "column".into()),
        What::Column | What::Table | What::Condition => (name, detail),
        What::Type => (name, "type".into()),
        What::Keyword => (name, "".into()),
    }
}
