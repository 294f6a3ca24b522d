//! Progress, and the little wheel that turns while work is under way.

use std::time::{Duration, Instant};

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::ui::theme::Theme;

/// How often the wheel turns; also how often something running may ask for a frame.
pub const TURN: Duration = Duration::from_millis(250);

const WHEEL: [&str; 8] = ["⠋", "⠙", "⠹", "⠸", "⠴", "⠦", "⠧", "⠇"];

/// The wheel's face, `since` which it turns.
pub fn wheel(since: Instant, now: Instant) -> &'static str {
    let turns = now.saturating_duration_since(since).as_millis() / TURN.as_millis();
    WHEEL[turns as usize % WHEEL.len()]
}

/// A bar that is full at `done == whole`; nothing to do counts as done.
pub fn draw(area: Rect, buf: &mut Buffer, theme: &Theme, done: u64, whole: u64) {
    let share = if whole == 0 { 1.0 } else { (done as f64 / whole as f64).min(1.0) };
    let filled = (share * f64::from(area.width)).floor() as u16;
    for x in area.x..area.right() {
        let full = x - area.x < filled;
        let (face, style) = if full { ("━", theme.ok) } else { ("─", theme.dim) };
        buf.set_string(x, area.y, face, style);
    }
}

/// The same as text, for a table's cell.
pub fn text(share: f64, width: usize) -> String {
    let filled = (share.clamp(0.0, 1.0) * width as f64).floor() as usize;
    "━".repeat(filled) + &"─".repeat(width - filled)
}
