//! Yes or no. No is the default; destroying more than one thing asks for its count.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::{Command, Outcome, Press};
use crate::model::shown::Shown;
use crate::ui::pane::View;
use crate::ui::talk::Effect;
use crate::ui::widgets::{field::Field, frame, text};

#[derive(Debug, Clone, PartialEq)]
pub struct Confirm {
    pub title: Shown,
    /// What, how many, where, under which account.
    pub body: Vec<Shown>,
    /// The word on the button: `Delete`.
    pub yes: &'static str,
    /// Where set, this number must be typed before yes is taken.
    pub count: Option<u64>,
    pub then: Vec<Effect>,
    on_yes: bool,
    typed: Field,
}

impl Confirm {
    pub fn new(title: impl Into<Shown>, yes: &'static str, then: Vec<Effect>) -> Self {
        Self {
            title: title.into(),
            body: Vec::new(),
            yes,
            count: None,
            then,
            on_yes: false,
            typed: Field::default(),
        }
    }

    pub fn body(mut self, lines: impl IntoIterator<Item = Shown>) -> Self {
        self.body.extend(lines);
        self
    }

    /// More than one: the count has to be typed.
    pub fn counted(mut self, count: u64) -> Self {
        self.count = (count > 1).then_some(count);
        self
    }

    pub(super) fn typing(&self) -> bool {
        self.count.is_some()
    }

    fn is_typed(&self) -> bool {
        let typed = self.typed.text().trim().replace(',', "");
        self.count.is_some_and(|count| typed == count.to_string())
    }

    pub(super) fn press(&mut self, press: Press) -> Outcome {
        match press {
            Press::Command(Command::Cancel) => Outcome::CLOSE,
            Press::Command(Command::Accept) => match self.count {
                Some(_) if self.is_typed() => Outcome::Close(std::mem::take(&mut self.then)),
                Some(_) if self.typed.is_empty() => Outcome::CLOSE,
                Some(_) => Outcome::STAY,
                None if self.on_yes => Outcome::Close(std::mem::take(&mut self.then)),
                None => Outcome::CLOSE,
            },
            Press::Command(Command::Other | Command::Complete) => {
                self.on_yes = !self.on_yes;
                Outcome::STAY
            }
            Press::Command(_) => Outcome::STAY,
            Press::Field(command) if self.typing() => {
                self.typed.obey(command);
                Outcome::STAY
            }
            Press::Type(text) if self.typing() => {
                self.typed.insert(&text);
                Outcome::STAY
            }
            Press::Type(text) => match text.as_str() {
                "y" | "Y" => Outcome::Close(std::mem::take(&mut self.then)),
                "n" | "N" | "q" => Outcome::CLOSE,
                "h" | "l" => {
                    self.on_yes = !self.on_yes;
                    Outcome::STAY
                }
                _ => Outcome::STAY,
            },
            Press::Field(_) => {
                self.on_yes = !self.on_yes;
                Outcome::STAY
            }
        }
    }

    pub(super) fn draw(&self, screen: Rect, buf: &mut Buffer, view: &View<'_>) -> Option<Position> {
        let theme = view.theme;
        let width = screen.width.saturating_sub(4).min(72);
        let room = usize::from(width.saturating_sub(4));
        let lines: Vec<String> =
            self.body.iter().flat_map(|line| text::wrap(line.as_str(), room)).collect();
        let size = (width, lines.len() as u16 + 4);
        let inner = frame::dialog(screen, buf, theme, size, self.title.as_str());
        let foot = Rect { y: inner.bottom().saturating_sub(1), height: 1, ..inner };
        for (y, line) in (inner.y..foot.y).zip(&lines) {
            text::put(buf, Rect { y, height: 1, ..inner }, line, theme.base);
        }
        match self.count {
            Some(count) => {
                let label = format!("Type {count} to {}: ", self.yes.to_lowercase());
                let used = text::put(buf, foot, &label, theme.warn);
                let left =
                    Rect { x: foot.x + used, width: foot.width.saturating_sub(used), ..foot };
                let field = Rect { width: left.width.min(12), ..left };
                self.typed.draw(field, buf, theme.field)
            }
            None => {
                let (no, yes) = (" No ", format!(" {} ", self.yes));
                let styles = [theme.base, theme.cursor];
                let used = text::put(buf, foot, no, styles[usize::from(!self.on_yes)]);
                let rest = Rect {
                    x: foot.x + used + 2,
                    width: foot.width.saturating_sub(used + 2),
                    ..foot
                };
                text::put(buf, rest, &yes, styles[usize::from(self.on_yes)]);
                text::put_right(buf, foot, "y/n", theme.dim);
                None
            }
        }
    }
}
