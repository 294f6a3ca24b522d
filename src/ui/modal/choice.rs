//! One of several: the copy menu and the like.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::{Command, Outcome, Press};
use crate::model::shown::Shown;
use crate::ui::pane::View;
use crate::ui::talk::Effect;
use crate::ui::widgets::field::Field;
use crate::ui::widgets::list::{Move, Scroll};
use crate::ui::widgets::{frame, text};

#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    pub title: Shown,
    /// What is offered, and what choosing it leads to.
    pub rows: Vec<(Shown, Vec<Effect>)>,
    scroll: Scroll,
    /// Where there may be many.
    sieve: Option<Sieve>,
}

/// What is typed keeps the rows in which every word of it is found.
#[derive(Debug, Clone, PartialEq, Default)]
struct Sieve {
    field: Field,
    /// Those rows, by their places.
    kept: Vec<usize>,
}

impl Choice {
    pub fn new(title: impl Into<Shown>, rows: Vec<(Shown, Vec<Effect>)>) -> Self {
        Self { title: title.into(), rows, scroll: Scroll::default(), sieve: None }
    }

    /// One of many: what is typed narrows them down.
    pub fn filtered(mut self) -> Self {
        self.sieve = Some(Sieve::default());
        self.sift();
        self
    }

    pub(super) fn typing(&self) -> bool {
        self.sieve.is_some()
    }

    fn sift(&mut self) {
        let Some(sieve) = &mut self.sieve else { return };
        let typed = sieve.field.text().to_lowercase();
        let words: Vec<&str> = typed.split_whitespace().collect();
        let fits = |row: &Shown| {
            let row = row.as_str().to_lowercase();
            words.iter().all(|word| row.contains(word))
        };
        let kept = self.rows.iter().enumerate().filter(|(_, (row, _))| fits(row));
        sieve.kept = kept.map(|(at, _)| at).collect();
        self.scroll = Scroll::default();
    }

    /// How many rows there are to choose from.
    fn len(&self) -> usize {
        self.sieve.as_ref().map_or(self.rows.len(), |sieve| sieve.kept.len())
    }

    /// Which row stands at a place of the list.
    fn row(&self, at: usize) -> Option<usize> {
        match &self.sieve {
            Some(sieve) => sieve.kept.get(at).copied(),
            None => (at < self.rows.len()).then_some(at),
        }
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
            Press::Field(command) if self.typing() => {
                self.sieve.iter_mut().for_each(|sieve| sieve.field.obey(command));
                self.sift();
                return Outcome::STAY;
            }
            Press::Type(text) if self.typing() => {
                self.sieve.iter_mut().for_each(|sieve| sieve.field.insert(&text));
                self.sift();
                return Outcome::STAY;
            }
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
        self.scroll.step(step, self.len());
        Outcome::STAY
    }

    fn choose(&mut self, at: usize) -> Outcome {
        match self.row(at).map(|at| &mut self.rows[at]) {
            Some((_, then)) => Outcome::Close(std::mem::take(then)),
            None if self.sieve.is_some() => Outcome::STAY,
            None => Outcome::CLOSE,
        }
    }

    pub(super) fn draw(&self, screen: Rect, buf: &mut Buffer, view: &View<'_>) -> Option<Position> {
        let widest = self.rows.iter().map(|(name, _)| text::width(name.as_str())).max();
        let width = (widest.unwrap_or(0) as u16 + 8).max(24).min(screen.width.saturating_sub(4));
        let head = u16::from(self.typing());
        let size = (width, self.rows.len() as u16 + 2 + head);
        let inner = frame::dialog(screen, buf, view.theme, size, self.title.as_str());
        if inner.is_empty() {
            return None;
        }
        let mut cursor = None;
        if let Some(sieve) = &self.sieve {
            let line = Rect { height: 1, ..inner };
            let used = text::put(buf, line, "/", view.theme.accent);
            let field = Rect { x: line.x + used, width: line.width.saturating_sub(used), ..line };
            cursor = sieve.field.draw(field, buf, view.theme.field);
        }
        let body = Rect { y: inner.y + head, height: inner.height - head, ..inner };
        if self.len() == 0 && self.typing() {
            let words = ("Nothing matches.".to_owned(), view.theme.dim);
            text::put_centred(buf, body, &[words]);
        }
        let window = self.scroll.window(self.len(), body.height.into());
        for (y, at) in (body.y..).zip(window) {
            let line = Rect { y, height: 1, ..body };
            let Some(row) = self.row(at) else { continue };
            let name = &self.rows[row].0;
            let words = match self.typing() {
                true => name.to_string(),
                false => format!("{} {name}", at + 1),
            };
            text::put(buf, line, &words, view.theme.base);
            if at == self.scroll.cursor {
                buf.set_style(line, view.theme.cursor);
            }
        }
        cursor
    }
}
