//! The arguments of a job that is to be started: one `--name=value` a line.

use std::collections::BTreeMap;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::FormCommand;
use crate::model::catalog::Job;
use crate::model::shown::Shown;
use crate::ui::keymap::Key;
use crate::ui::pane::View;
use crate::ui::widgets::area::Area;
use crate::ui::widgets::{frame, text};

#[derive(Debug, Clone)]
pub struct Form {
    pub job: String,
    area: Area,
}

impl Form {
    /// The job's default arguments are there already.
    pub fn new(job: &Job) -> Self {
        let lines: Vec<String> =
            job.arguments.iter().map(|(name, value)| format!("{name}={value}")).collect();
        Self { job: job.name.clone(), area: Area::new(&lines.join("\n")) }
    }

    pub fn key(&mut self, key: Key) {
        self.area.key(key);
    }

    pub fn paste(&mut self, text: &str) {
        self.area.insert(text);
    }

    /// The arguments, or a sentence about the line that is none.
    pub fn arguments(&self) -> Result<BTreeMap<String, String>, String> {
        let mut found = BTreeMap::new();
        for (at, line) in self.area.lines().iter().enumerate() {
            let line = line.trim();
            if line.is_empty() {
                continue;
            }
            let wrong = |why: &str| format!("Line {}: {why}", at + 1);
            let (name, value) =
                line.split_once('=').ok_or_else(|| wrong("write it as --name=value"))?;
            let name = name.trim();
            let name = if name.starts_with("--") { name.to_owned() } else { format!("--{name}") };
            if name.len() < 3 || name.contains(char::is_whitespace) {
                return Err(wrong("the name before = is missing or has a space in it"));
            }
            if found.insert(name.clone(), value.trim().to_owned()).is_some() {
                return Err(wrong(&format!("{name} is there twice")));
            }
        }
        Ok(found)
    }

    pub fn draw(&self, area: Rect, buf: &mut Buffer, view: &View<'_>) -> Option<Position> {
        let title = format!("Start {}", Shown::of(&self.job));
        let inner = frame::panel(area, buf, view.theme, &title, true);
        let submit = view.keymap.hint(FormCommand::Submit);
        let head = format!("Arguments, one --name=value a line. {submit} starts it, esc leaves.");
        let lines = text::wrap(&head, inner.width.into());
        for (y, line) in (inner.y..inner.bottom()).zip(&lines) {
            text::put(buf, Rect { y, height: 1, ..inner }, line, view.theme.dim);
        }
        let used = (lines.len() as u16 + 1).min(inner.height);
        let body = Rect { y: inner.y + used, height: inner.height - used, ..inner };
        let (_, cursor) = self.area.draw(body, buf, |row, at| {
            let name = self.area.lines()[row].find('=').is_none_or(|equals| at < equals);
            if name { view.theme.accent } else { view.theme.base }
        });
        cursor
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(lines: &str) -> Form {
        Form { job: "j".into(), area: Area::new(lines) }
    }

    #[test]
    fn lines_become_arguments() {
        let found = form("--a=1\n\nb = x=y \n").arguments().unwrap();
        let found: Vec<_> = found.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(found, [("--a", "1"), ("--b", "x=y")]);
    }

    #[test]
    fn a_line_that_is_none_is_named() {
        for (lines, number) in [("--a=1\nnonsense", 2), ("=x", 1), ("a b=c", 1), ("a=1\n--a=2", 2)]
        {
            let why = form(lines).arguments().unwrap_err();
            assert!(why.starts_with(&format!("Line {number}: ")), "{why}");
        }
    }
}
