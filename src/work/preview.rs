//! The beginning of an object as lines: text as it stands, anything else as bytes.

use super::Cx;
use crate::model::shown::Shown;
use crate::model::trouble::Trouble;
use crate::model::uri::S3Uri;
use crate::ui::panes::buckets::Preview;
use crate::ui::widgets::text;

/// As much is read.
const MOST: u64 = 64 * 1024;

pub(super) async fn of(uri: &S3Uri, size: u64, cx: &Cx) -> Result<Preview, Trouble> {
    let bytes = cx.lake()?.read_range(uri, 0..MOST).await?;
    let whole = size.max(bytes.len() as u64);
    Ok(preview(&bytes, whole))
}

/// Pure: what the first bytes of an object of this size look like.
fn preview(bytes: &[u8], whole: u64) -> Preview {
    let part = match (bytes.len() as u64) < whole {
        true => format!("the first {} of {}", text::bytes(bytes.len() as u64), text::bytes(whole)),
        false => text::bytes(whole),
    };
    let (kind, lines) = match as_text(bytes) {
        Some(text) => ("text", Shown::lines(text)),
        None => ("bytes", dump(bytes)),
    };
    Preview { lines: lines.into(), note: format!("{kind}, {part}").into() }
}

/// The text, cut where a character is cut at the end; `None` for what is none.
fn as_text(bytes: &[u8]) -> Option<&str> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&bytes[..error.valid_up_to()]).ok()?
        }
        Err(_) => return None,
    };
    let odd = text.chars().filter(|c| c.is_control() && !c.is_whitespace()).count();
    (odd * 20 <= text.len()).then_some(text)
}

/// `00000010  50 41 52 31 …  PAR1…`: sixteen bytes a line.
fn dump(bytes: &[u8]) -> Vec<Shown> {
    let line = |(at, chunk): (usize, &[u8])| {
        let hex: Vec<String> = chunk.iter().map(|byte| format!("{byte:02x}")).collect();
        let face =
            |byte: &u8| if byte.is_ascii_graphic() || *byte == b' ' { *byte as char } else { '.' };
        let text: String = chunk.iter().map(face).collect();
        Shown::from(format!("{:08x}  {:<47}  {text}", at * 16, hex.join(" ")))
    };
    bytes.chunks(16).enumerate().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_text_even_when_a_character_is_cut() {
        let shown = preview(&"a\tb\nß".as_bytes()[..5], 9);
        assert_eq!(shown.note.as_str(), "text, the first 5 B of 9 B");
        assert_eq!(shown.lines.iter().map(Shown::as_str).collect::<Vec<_>>(), ["a    b"]);
    }

    #[test]
    fn anything_else_is_bytes() {
        let shown = preview(b"PAR1\xff\x00\x15\x04", 8);
        assert_eq!(shown.note.as_str(), "bytes, 8 B");
        assert!(shown.lines[0].as_str().ends_with("PAR1...."), "{:?}", shown.lines);
    }

    #[test]
    fn what_is_in_it_cannot_act_on_the_terminal() {
        let shown = preview(b"plain text with one \x1b[2J in it, and enough of the rest", 54);
        assert!(shown.lines[0].as_str().contains("␛[2J"));
    }
}
