//! Measuring and cutting text by what it takes on a terminal.

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

pub use crate::model::words::{bytes, count, plural, span, time};

/// Columns that the text takes.
pub fn width(text: &str) -> usize {
    text.width()
}

/// The text cut to `room` columns, ending in `…` where something was cut.
pub fn fit(text: &str, room: usize) -> Cow<'_, str> {
    if text.len() <= room || width(text) <= room {
        return Cow::Borrowed(text);
    }
    let Some(room) = room.checked_sub(1) else { return Cow::Borrowed("") };
    let (head, _) = take(text.chars(), room);
    Cow::Owned(head + "…")
}

/// The same, but the cut is in the middle: the end of a key tells its kind.
pub fn fit_middle(text: &str, room: usize) -> Cow<'_, str> {
    if text.len() <= room || width(text) <= room {
        return Cow::Borrowed(text);
    }
    if room < 12 {
        return fit(text, room);
    }
    let tail_room = room / 3;
    let (tail, used) = take(text.chars().rev(), tail_room);
    let (head, _) = take(text.chars(), room - 1 - used);
    Cow::Owned(head + "…" + &tail.chars().rev().collect::<String>())
}

fn take(chars: impl Iterator<Item = char>, room: usize) -> (String, usize) {
    let mut used = 0;
    let mut out = String::new();
    for c in chars {
        let wide = c.width().unwrap_or(0);
        if used + wide > room {
            break;
        }
        used += wide;
        out.push(c);
    }
    (out, used)
}

/// Lines of at most `room` columns, broken at spaces where there are any.
pub fn wrap(text: &str, room: usize) -> Vec<String> {
    let room = room.max(1);
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in text.split_inclusive(' ') {
        let wide = width(word.trim_end());
        if used > 0 && used + wide > room {
            lines.push(String::new());
            used = 0;
        }
        for c in word.chars() {
            let wide = c.width().unwrap_or(0);
            if used + wide > room {
                if c == ' ' {
                    continue;
                }
                lines.push(String::new());
                used = 0;
            }
            used += wide;
            if let Some(line) = lines.last_mut() {
                line.push(c);
            }
        }
    }
    lines.iter_mut().for_each(|line| line.truncate(line.trim_end().len()));
    lines
}

/// Writes one line, cut to the area; answers the columns it took.
pub fn put(buf: &mut Buffer, area: Rect, text: &str, style: Style) -> u16 {
    if area.is_empty() {
        return 0;
    }
    let text = fit(text, area.width.into());
    let (x, _) = buf.set_stringn(area.x, area.y, &text, area.width.into(), style);
    x - area.x
}

/// The same at the right edge.
pub fn put_right(buf: &mut Buffer, area: Rect, text: &str, style: Style) -> u16 {
    let text = fit(text, area.width.into());
    let wide = width(&text) as u16;
    let at = Rect { x: area.x + area.width.saturating_sub(wide), width: wide, ..area };
    put(buf, at, &text, style)
}

/// The lines of a paragraph, centred both ways; what does not fit is left out.
pub fn put_centred(buf: &mut Buffer, area: Rect, lines: &[(String, Style)]) {
    let room = usize::from(area.width);
    let lines: Vec<(String, Style)> = lines
        .iter()
        .flat_map(|(text, style)| wrap(text, room).into_iter().map(|line| (line, *style)))
        .collect();
    let top = area.y + (area.height.saturating_sub(lines.len() as u16)) / 2;
    for (y, (line, style)) in (top..area.bottom()).zip(lines) {
        let inset = area.width.saturating_sub(width(&line) as u16) / 2;
        let at = Rect { x: area.x + inset, y, width: area.width - inset, height: 1 };
        put(buf, at, &line, style);
    }
}

/// `1 query`, `2 queries`.
pub fn queries(count: usize) -> String {
    if count == 1 { "1 query".to_owned() } else { format!("{count} queries") }
}

/// The beginning of a statement in one line, to be told from others by.
pub fn glance(sql: &str) -> String {
    const ROOM: usize = 60;
    let words: Vec<&str> = sql.split_whitespace().collect();
    fit(&words.join(" "), ROOM).into_owned()
}

/// `$0`, `≈ $0.0012`, `≈ $1.25`: as many digits as say something.
pub fn dollars(cost: f64) -> String {
    match cost {
        c if c <= 0.0 => "$0".to_owned(),
        c if c < 0.0001 => "under $0.0001".to_owned(),
        c if c < 0.01 => format!("≈ ${c:.4}"),
        c => format!("≈ ${c:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_by_columns_not_by_bytes() {
        assert_eq!(fit("日本語テキスト", 7), "日本語…");
        assert_eq!(fit("日本語テキスト", 8), "日本語…");
        assert_eq!(fit("plain", 5), "plain");
        assert_eq!(fit("plain", 0), "");
        assert_eq!(fit_middle("part-00000-of-00128.snappy.parquet", 20), "part-00000-of…arquet");
        for room in 0..40 {
            assert!(width(&fit_middle("part-日本語00-of-00128.snappy.parquet", room)) <= room);
        }
    }

    #[test]
    fn wraps_at_spaces_and_breaks_what_has_none() {
        assert_eq!(wrap("one two three", 8), ["one two", "three"]);
        assert_eq!(wrap("abcdefghij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(wrap("", 4), [""]);
    }

    #[test]
    fn a_cost_reads_well() {
        assert_eq!(dollars(0.0), "$0");
        assert_eq!(dollars(0.00005), "under $0.0001");
        assert_eq!(dollars(0.0025), "≈ $0.0025");
        assert_eq!(dollars(12.3456), "≈ $12.35");
    }
}
