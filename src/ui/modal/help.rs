//! Help: every key that works here, filtered as one types.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::{Command, Outcome, Press};
use crate::ui::keymap::Row;
use crate::ui::pane::View;
use crate::ui::widgets::list::{Move, Scroll};
use crate::ui::widgets::{field::Field, frame, text};

/// Columns of the keys, and of the gap behind them.
const KEYS: u16 = 17;
/// Columns left free between a sentence and its pane.
const GAP: u16 = 2;
/// The fewest lines in which there is room for a foot.
const WITH_FOOT: u16 = 6;

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
        let (body, foot) = split(body, &rows);
        for (y, at) in (body.y..).zip(self.scroll.window(rows.len(), body.height.into())) {
            let line = Rect { y, height: 1, ..body };
            let row = rows[at];
            let keys = Rect { width: (KEYS - 1).min(line.width), ..line };
            text::put(buf, keys, &row.keys, theme.key);
            let width = line.width.saturating_sub(KEYS);
            let rest = Rect { x: line.x + KEYS, width, ..line };
            let pane = text::put_right(buf, rest, row.pane, theme.dim);
            let doc = Rect { width: rest.width.saturating_sub(pane + GAP), ..rest };
            text::put(buf, doc, row.doc, theme.base);
            if at == self.scroll.cursor {
                buf.set_style(line, theme.cursor);
            }
        }
        if let Some(row) = rows.get(self.scroll.cursor) {
            let rule = "─".repeat(foot.width.into());
            let sentence = text::wrap(row.doc, foot.width.into());
            let lines = [(rule, theme.dim)].into_iter();
            let lines = lines.chain(sentence.into_iter().map(|line| (line, theme.base)));
            for (y, (line, style)) in (foot.y..foot.bottom()).zip(lines) {
                text::put(buf, Rect { y, height: 1, ..foot }, &line, style);
            }
        }
        if rows.is_empty() {
            text::put_centred(buf, body, &[("No key does that.".to_owned(), theme.dim)]);
        }
        cursor
    }
}

/// The rows, and below them a rule and two lines for the whole sentence of one, where some sentence
/// is cut.
fn split(body: Rect, rows: &[&Row]) -> (Rect, Rect) {
    let is_cut = |row: &&Row| {
        let taken = usize::from(KEYS + GAP) + text::width(row.pane) + text::width(row.doc);
        taken > body.width.into()
    };
    let foot = if body.height >= WITH_FOOT && rows.iter().any(is_cut) { 3 } else { 0 };
    let height = body.height - foot;
    (Rect { height, ..body }, Rect { y: body.y + height, height: foot, ..body })
}
