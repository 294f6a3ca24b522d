//! Measuring and cutting text by what it takes on a terminal, and the words for amounts.

use std::borrow::Cow;
use std::time::Duration;

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

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

/// `0 B`, `812 B`, `3.4 MiB`: at most eight columns.
pub fn bytes(count: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if count < 1024 {
        return format!("{count} B");
    }
    let mut value = count as f64 / 1024.0;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    let digits = usize::from(value < 99.95);
    format!("{value:.digits$} {}", UNITS[unit])
}

/// `12,345,678`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 object`, `2 objects`.
pub fn plural(number: u64, noun: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{} {noun}{s}", count(number))
}

/// `0.4s`, `12s`, `3m 20s`, `2h 05m`, `3d 4h`.
pub fn span(time: Duration) -> String {
    let s = time.as_secs();
    match s {
        0..10 => format!("{:.1}s", time.as_secs_f64()),
        10..60 => format!("{s}s"),
        60..3600 => format!("{}m {:02}s", s / 60, s % 60),
        3600..86400 => format!("{}h {:02}m", s / 3600, s % 3600 / 60),
        _ => format!("{}d {}h", s / 86400, s % 86400 / 3600),
    }
}

/// `2026-11-21 18:03`, in UTC as every AWS answer is: 16 columns.
pub fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M").to_string()
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
    fn amounts_read_well() {
        assert_eq!(bytes(0), "0 B");
        assert_eq!(bytes(1023), "1023 B");
        assert_eq!(bytes(1536), "1.5 KiB");
        assert_eq!(bytes(60 * 1024 * 1024 * 1024), "60.0 GiB");
        assert_eq!(bytes(u64::MAX), "16.0 EiB");
        assert_eq!(count(1234567), "1,234,567");
        assert_eq!(plural(1, "object"), "1 object");
        assert_eq!(span(Duration::from_millis(430)), "0.4s");
        assert_eq!(span(Duration::from_secs(7505)), "2h 05m");
    }
}
