//! What a pane shows in the place of rows: nothing yet, waiting, broken.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::text;
use crate::ui::command::Command;
use crate::ui::pane::View;
use crate::ui::talk::Failure;

/// One quiet sentence in the middle.
pub fn quiet(area: Rect, buf: &mut Buffer, view: &View<'_>, words: impl Into<String>) {
    text::put_centred(buf, area, &[(words.into(), view.theme.dim)]);
}

/// What failed, why, what to do about it, and the key that tries again.
pub fn failed(
    area: Rect,
    buf: &mut Buffer,
    view: &View<'_>,
    failure: &Failure,
    retry: impl Into<Command>,
) {
    let theme = view.theme;
    let mut lines =
        vec![(failure.what.to_string(), theme.title), (failure.why.to_string(), theme.error)];
    lines.extend(failure.hint.iter().map(|hint| (hint.to_string(), theme.base)));
    lines.extend(failure.code.iter().map(|code| (code.to_string(), theme.dim)));
    lines.push((format!("{} tries again", view.keymap.hint(retry)), theme.key));
    text::put_centred(buf, area, &lines);
}

/// Labels with their values, wrapped where there is room for it; answers the lines used.
pub fn facts<'a>(
    area: Rect,
    buf: &mut Buffer,
    view: &View<'_>,
    facts: impl IntoIterator<Item = (&'a str, String)>,
) -> u16 {
    let theme = view.theme;
    let facts: Vec<(&str, String)> = facts.into_iter().collect();
    let label = facts.iter().map(|(name, _)| text::width(name)).max().unwrap_or(0) as u16 + 2;
    let room = area.width.saturating_sub(label);
    let mut y = area.y;
    for (name, value) in facts {
        for (at, line) in text::wrap(&value, room.into()).iter().enumerate() {
            if y >= area.bottom() {
                return area.height;
            }
            let row = Rect { y, height: 1, ..area };
            if at == 0 {
                text::put(buf, row, name, theme.dim);
            }
            let rest = Rect { x: row.x + label.min(row.width), width: room, ..row };
            text::put(buf, rest, line, theme.base);
            y += 1;
        }
    }
    y - area.y
}
