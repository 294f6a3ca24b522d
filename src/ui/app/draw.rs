//! One frame: header, tabs, the pane in front, what was said, the keys; dialogs over it.

use std::time::Instant;

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::{App, Command, Phase, on_pane};
use crate::ui::command::Command as Any;
use crate::ui::pane::{Pane, View};
use crate::ui::talk::{Level, PaneId};
use crate::ui::widgets::{bar, text};

/// Below this nothing useful can be shown.
const LEAST: (u16, u16) = (40, 10);

impl App {
    /// Draws everything; answers where the terminal's cursor belongs, if it shows one.
    pub fn draw(
        &self,
        area: Rect,
        buf: &mut Buffer,
        now: Instant,
        clock: Timestamp,
    ) -> Option<Position> {
        let view = self.view(now, clock);
        buf.set_style(area, view.theme.base);
        if area.width < LEAST.0 || area.height < LEAST.1 {
            self.draw_tiny(area, buf, &view);
            return None;
        }
        let line = |y: u16| Rect { y: area.y + y, height: 1, ..area };
        self.draw_header(line(0), buf, &view);
        self.draw_tabs(line(1), buf, &view);
        self.draw_footer(line(area.height - 1), buf, &view);
        let said = self.draw_notice(line(area.height - 2), buf, &view);
        let body = Rect { y: area.y + 2, height: area.height - 3 - u16::from(said), ..area };
        let cursor = if self.phase == Phase::Open {
            on_pane!(self, self.focus, pane => pane.draw(body, buf, &view))
        } else {
            self.draw_start(body, buf, &view);
            None
        };
        match self.modals.as_slice() {
            [] => cursor,
            stack => stack.iter().fold(None, |_, modal| modal.draw(area, buf, &view)),
        }
    }

    /// No room for a pane: say so, in whatever room there is.
    fn draw_tiny(&self, area: Rect, buf: &mut Buffer, view: &View<'_>) {
        let lines = [
            (self.focus.title().to_owned(), view.theme.title),
            (format!("needs {}×{}", LEAST.0, LEAST.1), view.theme.base),
            (format!("has {}×{}", area.width, area.height), view.theme.dim),
        ];
        text::put_centred(buf, area, &lines);
    }

    fn draw_tabs(&self, line: Rect, buf: &mut Buffer, view: &View<'_>) {
        let mut x = line.x;
        for (at, id) in PaneId::ALL.into_iter().enumerate() {
            let badge = on_pane!(self, id, pane => pane.badge());
            let badge = badge.map(|badge| format!(" {badge}")).unwrap_or_default();
            let words = format!(" {} {}{badge} ", at + 1, id.title());
            let style = if id == self.focus { view.theme.cursor } else { view.theme.dim };
            let room = Rect { x, width: line.right().saturating_sub(x), ..line };
            x += text::put(buf, room, &words, style);
        }
        if self.is_busy() {
            text::put_right(buf, line, bar::wheel(view.began, view.now), view.theme.accent);
        }
    }

    fn draw_notice(&self, line: Rect, buf: &mut Buffer, view: &View<'_>) -> bool {
        let Some(notice) = self.notices.current() else { return false };
        let style = match notice.level {
            Level::Info => view.theme.ok,
            Level::Warn => view.theme.warn,
            Level::Error => view.theme.error,
        };
        let mut words = format!(" {}", notice.text);
        if let Some(hint) = &notice.hint {
            words.push_str(&format!(" ({hint})"));
        }
        let full = text::width(&words) > usize::from(line.width);
        let key = format!(" {} reads it all ", view.keymap.hint(Command::Notices));
        let room =
            if full { line.width.saturating_sub(text::width(&key) as u16) } else { line.width };
        text::put(buf, Rect { width: room, ..line }, &words, style);
        if full {
            text::put_right(buf, line, &key, view.theme.key);
        }
        true
    }

    fn draw_footer(&self, line: Rect, buf: &mut Buffer, view: &View<'_>) {
        if !self.pending.is_empty() {
            let keys: Vec<String> = self.pending.iter().map(ToString::to_string).collect();
            text::put(buf, line, &format!(" {} …", keys.join(" ")), view.theme.key);
            return;
        }
        let typing = self.typing();
        // What is asked for everywhere, at the right; letters go into the text where one is typed.
        let always = [Some(Any::from(Command::Help)), (!typing).then(|| Command::Quit.into())];
        let always: Vec<Hint> =
            always.into_iter().flatten().map(|command| Hint::of(command, typing, view)).collect();
        let end = line.right().saturating_sub(always.iter().map(Hint::width).sum());
        let mut x = line.x;
        for command in self.hints() {
            let hint = Hint::of(command, typing, view);
            if x + hint.width() > end {
                break;
            }
            x = hint.put(x, line, buf, view);
        }
        let mut x = end;
        for hint in always {
            x = hint.put(x, line, buf, view);
        }
    }
}

/// A key and what it does.
struct Hint {
    key: String,
    name: String,
}

impl Hint {
    fn of(command: Any, typing: bool, view: &View<'_>) -> Self {
        let key = match typing {
            true => view.keymap.hint_in_text(command),
            false => view.keymap.hint(command),
        };
        Self { key: short(&key), name: command.name().replace('-', " ") }
    }

    fn width(&self) -> u16 {
        (text::width(&self.key) + text::width(&self.name) + 3) as u16
    }

    fn put(&self, x: u16, line: Rect, buf: &mut Buffer, view: &View<'_>) -> u16 {
        let room = |x: u16| Rect { x, width: line.right().saturating_sub(x), ..line };
        let x = x + 1;
        let x = x + text::put(buf, room(x), &self.key, view.theme.key) + 1;
        x + text::put(buf, room(x), &self.name, view.theme.dim) + 1
    }
}

/// The key as it is drawn on keyboards: the footer is short of room.
fn short(key: &str) -> String {
    let keys = key.split(' ').map(|key| match key {
        "enter" => "↵".to_owned(),
        "backspace" => "⌫".to_owned(),
        "space" => "␣".to_owned(),
        key => key.replace("ctrl-", "^"),
    });
    keys.collect::<Vec<_>>().join(" ")
}
