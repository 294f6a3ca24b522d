//! Boxes: panels beside a pane and dialogs over it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Block, BorderType, Clear, Widget};

use super::text;
use crate::ui::theme::Theme;

/// Room for a list and, beside it from `wide` columns on, else `height` rows below it, for details.
pub fn split(area: Rect, wide: u16, height: u16) -> (Rect, Rect) {
    if area.width >= wide {
        let width = area.width * 2 / 5;
        let list = Rect { width: area.width - width - 1, ..area };
        return (list, Rect { x: area.right() - width, width, ..area });
    }
    let list = Rect { height: area.height - height, ..area };
    (list, Rect { y: list.bottom(), height, ..area })
}

/// The first line of a view: what it is at the left, how it stands at the right.
pub fn heading(line: Rect, buf: &mut Buffer, theme: &Theme, what: &str, state: &str) {
    let inner = Rect { x: line.x + 1, width: line.width.saturating_sub(2), ..line };
    let used = text::put_right(buf, inner, state, theme.dim);
    let left = Rect { width: inner.width.saturating_sub(used + 2), ..inner };
    text::put(buf, left, what, theme.accent);
}

/// Draws a titled box and answers the room inside.
pub fn panel(area: Rect, buf: &mut Buffer, theme: &Theme, title: &str, focused: bool) -> Rect {
    if area.width < 4 || area.height < 2 {
        return Rect { width: 0, height: 0, ..area };
    }
    let style = if focused { theme.accent } else { theme.border };
    let block = Block::bordered().border_type(BorderType::Rounded).border_style(style);
    let inner = block.inner(area);
    block.render(area, buf);
    let line = Rect { x: area.x + 2, width: area.width.saturating_sub(4), height: 1, ..area };
    if !title.is_empty() {
        let title = text::fit_middle(title, line.width.saturating_sub(2).into());
        text::put(
            buf,
            line,
            &format!(" {title} "),
            if focused { theme.accent } else { theme.title },
        );
    }
    Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner }
}

/// A box in the middle of the screen, as large as asked and as there is room; what lay under
/// it is wiped.
pub fn dialog(
    screen: Rect,
    buf: &mut Buffer,
    theme: &Theme,
    size: (u16, u16),
    title: &str,
) -> Rect {
    let (width, height) = (size.0.min(screen.width), size.1.min(screen.height));
    let area = Rect {
        x: screen.x + (screen.width - width) / 2,
        y: screen.y + (screen.height - height) / 2,
        width,
        height,
    };
    Clear.render(area, buf);
    buf.set_style(area, theme.base);
    panel(area, buf, theme, title, true)
}
