//! What was said: one line at the foot for a while, and the history.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::model::shown::Shown;
use crate::ui::modal::Reader;
use crate::ui::talk::{Level, Notice};

/// As many as the history keeps.
const KEPT: usize = 500;

#[derive(Debug, Clone, Default)]
pub struct Notices {
    /// Oldest first, with the time of day it was said.
    history: VecDeque<Notice>,
    current: Option<(Notice, Instant)>,
}

impl Notices {
    pub fn say(&mut self, notice: Notice, now: Instant) {
        let shown_for = match notice.level {
            Level::Info => Duration::from_secs(5),
            Level::Warn => Duration::from_secs(10),
            Level::Error => Duration::from_secs(60),
        };
        if self.history.len() == KEPT {
            self.history.pop_front();
        }
        self.history.push_back(notice.clone());
        self.current = Some((notice, now + shown_for));
    }

    pub fn current(&self) -> Option<&Notice> {
        self.current.as_ref().map(|(notice, _)| notice)
    }

    /// When the line at the foot goes away.
    pub fn until(&self) -> Option<Instant> {
        self.current.as_ref().map(|(_, until)| *until)
    }

    pub fn tick(&mut self, now: Instant) {
        if self.until().is_some_and(|until| until <= now) {
            self.current = None;
        }
    }

    pub fn dismiss(&mut self) {
        self.current = None;
    }

    /// The history to read, newest first.
    pub fn reader(&self) -> Reader {
        let lines = self.history.iter().rev().flat_map(|notice| {
            let hint = notice.hint.iter().map(|hint| (None, Shown::from(format!("    {hint}"))));
            std::iter::once((Some(notice.level), notice.text.clone())).chain(hint)
        });
        Reader::new("Notices, newest first", lines.collect())
    }
}
