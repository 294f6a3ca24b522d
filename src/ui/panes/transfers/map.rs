//! The part map: a square for each part of the transfer that is looked at, or for each few.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::model::closeup::{PartState, Square, squares};
use crate::ui::theme::Theme;
use crate::ui::widgets::text;

/// What the squares mean, where there is room to say so.
const LEGEND: &str = "█ there  ▒ on its way  ! again  · missing";

fn face(square: Square, theme: &Theme) -> (&'static str, Style) {
    match square {
        Square::Done => ("█", theme.ok),
        Square::Some => ("▄", theme.ok),
        Square::Flying => ("▒", theme.accent),
        Square::Again => ("!", theme.warn),
        Square::Missing => ("·", theme.dim),
    }
}

/// How many lines the map of so many parts takes, at most `most`.
pub fn height(parts: usize, width: u16, most: u16) -> u16 {
    (parts.div_ceil(usize::from(width.max(1))) as u16).min(most)
}

/// Fills the area, line by line.
pub fn draw(parts: &[PartState], area: Rect, buf: &mut Buffer, theme: &Theme) {
    let width = usize::from(area.width);
    let squares = squares(parts, width * usize::from(area.height));
    for (at, square) in squares.into_iter().enumerate() {
        let (x, y) = (area.x + (at % width) as u16, area.y + (at / width) as u16);
        let (face, style) = face(square, theme);
        buf[(x, y)].set_symbol(face).set_style(style);
    }
}

/// `17 of 128 parts there, 4 on the way, 1 again`.
pub fn told(parts: &[PartState]) -> String {
    let count = |state| parts.iter().filter(|part| **part == state).count() as u64;
    let done = text::count(count(PartState::Done));
    let mut told = format!("{done} of {} there", text::plural(parts.len() as u64, "part"));
    for (state, words) in [(PartState::Flying, "on the way"), (PartState::Again, "again")] {
        match count(state) {
            0 => {}
            count => told.push_str(&format!(", {} {words}", text::count(count))),
        }
    }
    told
}

/// What the squares mean, at the right edge, where `used` columns leave room for it.
pub fn draw_legend(line: Rect, used: u16, buf: &mut Buffer, theme: &Theme) {
    if usize::from(line.width) >= usize::from(used) + 3 + text::width(LEGEND) {
        text::put_right(buf, line, LEGEND, theme.dim);
    }
}
