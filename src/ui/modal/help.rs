//! Help: every key that works here, filtered as one types.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::{Command, Outcome, Press};
use crate::ui::keymap::Row;
use crate::ui::pane::View;
use crate::ui::widgets::list::{Move, Scroll};
use crate::ui::widgets::{field::Field, frame, text};

#[derive(Debug, Clone, PartialEq)]
pub struct Help {
    rows: Vec<Row>,
    filter: Field,
    scroll: Scroll,
}

impl Help {
    pub fn new(rows: Vec<Row>) -> Self {
        Self { rows, filter: Field::default(), scroll: Scroll::default() }
    }

    fn found(&self) -> Vec<&Row> {
        let wanted = self.filter.text().to_lowercase();
        let hit = |row: &&Row| {
            [row.name, row.doc, &row.keys, row.pane]
                .iter()
                .any(|text| text.to_lowercase().contains(&wanted))
        };
        self.rows.iter().filter(hit).collect()
    }

    pub(super) fn press(&mut self, press: Press) -> Outcome {
        match press {
            Press::Command(Command::Cancel) if !self.filter.is_empty() => {
                self.filter = Field::default();
            }
            Press::Command(Command::Cancel | Command::Accept) => return Outcome::CLOSE,
            // The key that opened it closes it.
            Press::Type(text) if text == "?" && self.filter.is_empty() => return Outcome::CLOSE,
            Press::Type(text) if text == "q" && self.filter.is_empty() => return Outcome::CLOSE,
            Press::Type(text) => {
                self.filter.insert(&text);
                self.scroll = Scroll::default();
            }
            Press::Field(command) => {
                self.filter.obey(command);
                self.scroll = Scroll::default();
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
        }
        Outcome::STAY
    }

    pub(super) fn draw(&self, screen: Rect, buf: &mut Buffer, view: &View<'_>) -> Option<Position> {
        let theme = view.theme;
        let size = (screen.width.saturating_sub(4).min(90), screen.height.saturating_sub(2));
        let inner = frame::dialog(screen, buf, theme, size, "Keys (type to find, esc closes)");
        if inner.height < 2 {
            return None;
        }
        let top = Rect { height: 1, ..inner };
        let used = text::put(buf, top, "find: ", theme.dim);
        let field = Rect { x: top.x + used, width: top.width.saturating_sub(used), ..top };
        let cursor = self.filter.draw(field, buf, theme.field);
        let rows = self.found();
        let body = Rect { y: inner.y + 1, height: inner.height - 1, ..inner };
        for (y, at) in (body.y..).zip(self.scroll.window(rows.len(), body.height.into())) {
            let line = Rect { y, height: 1, ..body };
            let row = rows[at];
            let keys = Rect { width: 16.min(line.width), ..line };
            text::put(buf, keys, &row.keys, theme.key);
            let rest = Rect { x: line.x + 17, width: line.width.saturating_sub(17), ..line };
            let pane = text::put_right(buf, rest, row.pane, theme.dim);
            let doc = Rect { width: rest.width.saturating_sub(pane + 2), ..rest };
            text::put(buf, doc, row.doc, theme.base);
            if at == self.scroll.cursor {
                buf.set_style(line, theme.cursor);
            }
        }
        if rows.is_empty() {
            text::put_centred(buf, body, &[("No key does that.".to_owned(), theme.dim)]);
        }
        cursor
    }
}
