//! One line of text, with completion of local paths and of places in the lake.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::{Command, Outcome, Press};
use crate::model::shown::Shown;
use crate::ui::app;
use crate::ui::pane::View;
use crate::ui::talk::{Answer, Effect};
use crate::ui::widgets::{field::Field, frame, text};

/// What Tab completes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completion {
    Nothing,
    /// Files and folders of this machine.
    LocalPath,
    /// Buckets and folders of the lake.
    Uri,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Prompt {
    pub title: Shown,
    /// What to type, in a few words.
    pub label: Shown,
    pub completion: Completion,
    /// Which question this answers.
    pub to: Answer,
    field: Field,
    /// What Tab found, to be read; empty until it is asked for.
    found: Vec<Shown>,
}

impl Prompt {
    pub fn new(title: impl Into<Shown>, label: impl Into<Shown>, to: impl Into<Answer>) -> Self {
        Self {
            title: title.into(),
            label: label.into(),
            completion: Completion::Nothing,
            to: to.into(),
            field: Field::default(),
            found: Vec::new(),
        }
    }

    /// What is in the field already, raw.
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.field = Field::new(text);
        self
    }

    /// What is in the field, raw.
    pub fn typed(&self) -> &str {
        self.field.text()
    }

    /// Tab completes paths of this machine.
    pub fn local_path(mut self) -> Self {
        self.completion = Completion::LocalPath;
        self
    }

    /// Tab completes places in the lake.
    pub fn uri(mut self) -> Self {
        self.completion = Completion::Uri;
        self
    }

    /// The answer to a completion; one for a text that has changed since is dropped.
    pub fn completed(&mut self, asked: &str, text: String, found: Vec<Shown>) {
        if self.field.text() == asked {
            self.field = Field::new(text);
            self.found = found;
        }
    }

    pub(super) fn press(&mut self, press: Press) -> Outcome {
        match press {
            Press::Command(Command::Cancel) => return Outcome::CLOSE,
            Press::Command(Command::Accept) => {
                let text = self.field.text().to_owned();
                return Outcome::Answer(self.to.clone(), text);
            }
            Press::Command(Command::Complete) => {
                let text = self.field.text().to_owned();
                let job = match self.completion {
                    Completion::Nothing => return Outcome::STAY,
                    Completion::LocalPath => app::Job::CompletePath { text },
                    Completion::Uri => app::Job::CompleteUri { text },
                };
                return Outcome::Stay(vec![Effect::start(app::Slot::Complete, job)]);
            }
            Press::Command(_) => {}
            Press::Field(command) => self.field.obey(command),
            Press::Type(text) => {
                self.field.insert(&text);
                self.found.clear();
            }
        }
        Outcome::STAY
    }

    pub(super) fn draw(&self, screen: Rect, buf: &mut Buffer, view: &View<'_>) -> Option<Position> {
        let theme = view.theme;
        let list = (self.found.len() as u16).min(8);
        let size = (screen.width.saturating_sub(4).min(76), 4 + list);
        let inner = frame::dialog(screen, buf, theme, size, self.title.as_str());
        let line = |at: u16| Rect { y: inner.y + at, height: 1, ..inner }.intersection(inner);
        text::put(buf, line(0), self.label.as_str(), theme.dim);
        if self.completion != Completion::Nothing {
            text::put_right(buf, line(0), "tab completes", theme.dim);
        }
        for (at, name) in (0..list).zip(&self.found) {
            let hidden = self.found.len() - usize::from(list);
            let words = match (at + 1 == list, hidden) {
                (true, 1..) => format!("… and {} more", hidden + 1),
                _ => name.to_string(),
            };
            text::put(buf, line(2 + at), &words, theme.dim);
        }
        self.field.draw(line(1), buf, theme.field)
    }
}
