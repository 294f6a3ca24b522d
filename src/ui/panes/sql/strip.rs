//! The tabs in a line, where there are several.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::tabs::{Tab, Tabs};
use crate::model::query::QueryState;
use crate::model::shown::Shown;
use crate::ui::theme::Theme;
use crate::ui::widgets::text;

/// Columns of a tab's name.
const NAME: usize = 16;

/// Draws as many as fit around the one in front.
pub fn draw(tabs: &Tabs, line: Rect, buf: &mut Buffer, theme: &Theme) {
    let words: Vec<String> = tabs.all().iter().enumerate().map(word).collect();
    let front = tabs.position();
    let room = usize::from(line.width).saturating_sub(1);
    let (first, end) = around(&words, front, room);
    let shown = words.iter().zip(tabs.all()).enumerate().take(end).skip(first);
    let mut x = line.x + 1;
    for (at, (word, tab)) in shown {
        let rest = Rect { x, width: line.right().saturating_sub(x), ..line };
        let style = if at == front { theme.header } else { face(tab, theme) };
        x += text::put(buf, rest, word, style);
    }
}

/// ` 2 variants … `.
fn word((at, tab): (usize, &Tab)) -> String {
    let name = Shown::of(&tab.label());
    let mark = match tab.run.as_ref().and_then(|run| run.state()) {
        _ if tab.is_running() => " …",
        Some(QueryState::Failed) => " ✗",
        _ => "",
    };
    format!(" {} {}{mark} ", at + 1, text::fit(name.as_str(), NAME))
}

fn face(tab: &Tab, theme: &Theme) -> Style {
    if tab.is_running() { theme.accent } else { theme.dim }
}

/// The longest run of words with the one in front that fits, reaching out on both sides.
fn around(words: &[String], front: usize, room: usize) -> (usize, usize) {
    let wide = |at: usize| text::width(&words[at]);
    let (mut first, mut end, mut used) = (front, front + 1, wide(front));
    loop {
        let before = first.checked_sub(1).filter(|at| used + wide(*at) <= room);
        if let Some(at) = before {
            first = at;
            used += wide(at);
        }
        let after = Some(end).filter(|at| *at < words.len() && used + wide(*at) <= room);
        if let Some(at) = after {
            end = at + 1;
            used += wide(at);
        }
        if before.is_none() && after.is_none() {
            return (first, end);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::around;

    #[test]
    fn the_one_in_front_is_always_there() {
        let words: Vec<String> = (0..9).map(|_| "12345".to_owned()).collect();
        assert_eq!(around(&words, 4, 15), (3, 6));
        assert_eq!(around(&words, 8, 15), (6, 9));
        assert_eq!(around(&words, 0, 3), (0, 1));
        assert_eq!(around(&words, 2, 100), (0, 9));
    }
}
