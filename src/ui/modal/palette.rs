//! `:`: every command by its name, and jumps to places.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::{Command, Outcome, Press};
use crate::model::shown::Shown;
use crate::model::uri::S3Uri;
use crate::ui::app;
use crate::ui::command;
use crate::ui::pane::View;
use crate::ui::talk::{Effect, Jump};
use crate::ui::widgets::list::{Move, Scroll};
use crate::ui::widgets::{field::Field, frame, text};

const VERB: &str = "s3 ";
const SCHEME: &str = "s3://";

/// One thing that can be chosen.
#[derive(Debug, Clone, PartialEq)]
struct Entry {
    name: Shown,
    doc: Shown,
    keys: String,
    effects: Vec<Effect>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Palette {
    commands: Vec<Entry>,
    field: Field,
    scroll: Scroll,
    /// Buckets or folders that could follow, to be read; empty until they are asked for.
    offered: Vec<Shown>,
}

impl Palette {
    /// Commands with the keys that also do it.
    pub fn new(commands: impl IntoIterator<Item = (command::Command, String)>) -> Self {
        let entry = |(command, keys): (command::Command, String)| Entry {
            name: command.name().into(),
            doc: command.doc().into(),
            keys,
            effects: vec![Effect::Obey(command)],
        };
        let commands = commands.into_iter().map(entry).collect();
        let (field, scroll) = Default::default();
        Self { commands, field, scroll, offered: Vec::new() }
    }

    /// What fits the text, best first.
    fn found(&self) -> Vec<Entry> {
        let text = self.field.text().trim();
        if let Some(entry) = jump(text) {
            return vec![entry];
        }
        if text.is_empty() {
            return self.commands.clone();
        }
        let pattern = Pattern::parse(text, CaseMatching::Ignore, Normalization::Smart);
        let mut matcher = Matcher::new(Config::DEFAULT);
        let mut chars = Vec::new();
        let mut scored: Vec<(u32, &Entry)> = self
            .commands
            .iter()
            .filter_map(|entry| {
                let words = format!("{} {}", entry.name, entry.doc);
                let text = nucleo_matcher::Utf32Str::new(&words, &mut chars);
                let score = pattern.score(text, &mut matcher)?;
                let named = entry.name.as_str().starts_with(text_lower(self.field.text()).as_str());
                Some((score + u32::from(named) * 1000, entry))
            })
            .collect();
        scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        scored.into_iter().map(|(_, entry)| entry.clone()).collect()
    }

    pub(super) fn press(&mut self, press: Press) -> Outcome {
        match press {
            Press::Command(Command::Cancel) => return Outcome::CLOSE,
            Press::Command(Command::Accept) => {
                let mut found = self.found();
                if self.scroll.cursor < found.len() {
                    return Outcome::Close(found.swap_remove(self.scroll.cursor).effects);
                }
            }
            Press::Command(Command::Complete) => {
                if let Some((_, place)) = place(self.field.text()) {
                    let job = app::Job::CompleteUri { text: place };
                    return Outcome::Stay(vec![Effect::start(app::Slot::Complete, job)]);
                }
                if let Some(entry) = self.found().get(self.scroll.cursor) {
                    self.field = Field::new(entry.name.to_string());
                    self.scroll = Scroll::default();
                }
            }
            Press::Command(command) => {
                let step = match command {
                    Command::Down => Move::Down,
                    Command::Up => Move::Up,
                    Command::PageDown => Move::PageDown,
                    Command::PageUp => Move::PageUp,
                    _ => return Outcome::STAY,
                };
                let len = self.found().len();
                self.scroll.step(step, len);
            }
            Press::Field(command) => {
                self.field.obey(command);
                self.scroll = Scroll::default();
            }
            Press::Type(text) => {
                self.field.insert(&text);
                self.scroll = Scroll::default();
                self.offered.clear();
            }
        }
        Outcome::STAY
    }

    /// The answer to a completion; one for a text that has changed since is dropped.
    pub fn completed(&mut self, asked: &str, text: &str, offered: Vec<Shown>) {
        if let Some((verb, _)) = place(self.field.text()).filter(|(_, place)| place == asked) {
            let text = text.strip_prefix(SCHEME).unwrap_or(text);
            self.field = Field::new(format!("{verb}{text}"));
            self.offered = offered;
        }
    }

    pub(super) fn draw(&self, screen: Rect, buf: &mut Buffer, view: &View<'_>) -> Option<Position> {
        let theme = view.theme;
        let size =
            (screen.width.saturating_sub(4).min(80), screen.height.saturating_sub(4).min(18));
        let title = "Commands (s3 bucket/prefix jumps)";
        let inner = frame::dialog(screen, buf, theme, size, title);
        if inner.height < 2 {
            return None;
        }
        let top = Rect { height: 1, ..inner };
        let used = text::put(buf, top, ":", theme.accent);
        let field = Rect { x: top.x + used, width: top.width.saturating_sub(used), ..top };
        let cursor = self.field.draw(field, buf, theme.field);
        let found = self.found();
        let body = Rect { y: inner.y + 1, height: inner.height - 1, ..inner };
        for (y, at) in (body.y..).zip(self.scroll.window(found.len(), body.height.into())) {
            draw_entry(&found[at], Rect { y, height: 1, ..body }, buf, view);
            if at == self.scroll.cursor {
                buf.set_style(Rect { y, height: 1, ..body }, theme.cursor);
            }
        }
        let below =
            (body.y + found.len().min(body.height.into()) as u16..body.bottom()).zip(&self.offered);
        for (y, name) in below {
            let line = Rect { y, height: 1, ..body };
            let line = Rect { x: line.x + 19, width: line.width.saturating_sub(19), ..line };
            text::put(buf, line.intersection(body), name.as_str(), theme.dim);
        }
        if found.is_empty() {
            text::put_centred(buf, body, &[("No such command.".to_owned(), theme.dim)]);
        }
        cursor
    }
}

fn text_lower(text: &str) -> String {
    text.trim().to_lowercase()
}

fn draw_entry(entry: &Entry, line: Rect, buf: &mut Buffer, view: &View<'_>) {
    let name = Rect { width: 18.min(line.width), ..line };
    let used = text::put(buf, name, entry.name.as_str(), view.theme.accent);
    let skip = used.max(18) + 1;
    let rest = Rect { x: line.x + skip, width: line.width.saturating_sub(skip), ..line };
    let room = rest.width.saturating_sub(text::width(&entry.keys) as u16 + 1);
    text::put(buf, Rect { width: room, ..rest }, entry.doc.as_str(), view.theme.base);
    text::put_right(buf, rest, &entry.keys, view.theme.key);
}

/// A place in S3 that is being typed: what stands before it, and its URI as far as it goes.
fn place(text: &str) -> Option<(&'static str, String)> {
    let verb = [VERB, SCHEME].into_iter().find(|verb| text.starts_with(verb))?;
    let rest = text[verb.len()..].trim_start();
    Some((verb, format!("{SCHEME}{}", rest.strip_prefix(SCHEME).unwrap_or(rest))))
}

/// `s3 bucket/prefix`, `s3://bucket/prefix` and `job name`.
fn jump(text: &str) -> Option<Entry> {
    if let Some(name) = text.strip_prefix("job ").map(str::trim).filter(|name| !name.is_empty()) {
        return Some(Entry {
            name: "job".into(),
            doc: format!("The runs of {name}").into(),
            keys: String::new(),
            effects: vec![Effect::Jump(Jump::Job(name.to_owned()))],
        });
    }
    let uri: S3Uri = match text.strip_prefix("s3 ") {
        Some(rest) => format!("s3://{}", rest.trim().trim_start_matches("s3://")).parse().ok()?,
        None => text.parse().ok()?,
    };
    Some(Entry {
        name: "s3".into(),
        doc: format!("Go to {uri}").into(),
        keys: String::new(),
        effects: vec![Effect::Jump(Jump::S3(uri))],
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::app::Command as Global;
    use crate::ui::command::Layer;

    fn palette(text: &str) -> Vec<Entry> {
        let all = Layer::Global.commands().into_iter().map(|command| (command, String::new()));
        let mut palette = Palette::new(all);
        palette.press(Press::Type(text.into()));
        palette.found()
    }

    #[test]
    fn finds_by_name_loosely() {
        let found = palette("quit");
        assert_eq!(found[0].effects, [Effect::Obey(Global::Quit.into())]);
        assert!(palette("zzzz").is_empty());
    }

    #[test]
    fn jumps_to_a_job() {
        let to = vec![Effect::Jump(Jump::Job("load_variants".into()))];
        assert_eq!(palette("job load_variants")[0].effects, to);
    }

    #[test]
    fn buckets_and_folders_are_completed() {
        let mut palette = Palette::new([]);
        palette.press(Press::Type("s3 tre-s".into()));
        let asked = palette.press(Press::Command(Command::Complete));
        let job = app::Job::CompleteUri { text: "s3://tre-s".into() };
        assert_eq!(asked, Outcome::Stay(vec![Effect::start(app::Slot::Complete, job)]));
        palette.completed("s3://other", "s3://other/", Vec::new());
        assert_eq!(palette.field.text(), "s3 tre-s", "late");
        palette.completed("s3://tre-s", "s3://tre-source/", vec!["in/".into()]);
        assert_eq!((palette.field.text(), palette.offered.len()), ("s3 tre-source/", 1));
        palette.press(Press::Type("x".into()));
        assert!(palette.offered.is_empty());
    }

    #[test]
    fn jumps_to_a_place_in_s3() {
        let to = vec![Effect::Jump(Jump::S3(S3Uri::new("b", "a/c")))];
        assert_eq!(palette("s3 b/a/c")[0].effects, to);
        assert_eq!(palette("s3://b/a/c")[0].effects, to);
    }
}
