//! What every pane's tests need: a context for its commands, and its screen as text.

use std::time::Instant;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::keymap::Keymap;
use super::pane::{Pane, View};
use super::talk::{Cx, Facts};
use super::theme::Theme;

/// Does something to a pane of which nothing is known.
pub fn with<T>(act: impl FnOnce(&Cx<'_>) -> T) -> T {
    act(&Cx { now: Instant::now(), facts: &Facts::default() })
}

/// The pane drawn without colours at this time of the clock, a line a row, their ends trimmed.
pub fn screen(pane: &impl Pane, (width, height): (u16, u16), clock: &str) -> String {
    screen_of(pane, (width, height), clock, &Facts::default(), Instant::now())
}

/// The same where something is known, or where it matters how much time has gone by.
pub fn screen_of(
    pane: &impl Pane,
    (width, height): (u16, u16),
    clock: &str,
    facts: &Facts,
    now: Instant,
) -> String {
    let keymap = Keymap::load(&toml::Table::new()).unwrap();
    let theme = Theme::named("mono", false).unwrap();
    let area = Rect::new(0, 0, width, height);
    let mut buf = Buffer::empty(area);
    let clock = clock.parse().unwrap();
    let view = View { theme: &theme, keymap: &keymap, facts, now, clock, began: now };
    pane.draw(area, &mut buf, &view);
    let line = |y: u16| -> String { (0..width).map(|x| buf[(x, y)].symbol()).collect() };
    (0..height).map(|y| line(y).trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}
