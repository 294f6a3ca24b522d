//! The beginning of an object as lines: text as it stands, anything else as bytes.

use super::Cx;
use crate::model::shown::Shown;
use crate::model::trouble::Trouble;
use crate::model::uri::S3Uri;
use crate::preview::{self, READ};
use crate::ui::panes::buckets::Preview;
use crate::ui::widgets::text;

/// Of what is no text, so many bytes are shown.
const DUMPED: usize = 4096;

pub(super) async fn of(uri: &S3Uri, size: u64, cx: &Cx) -> Result<Preview, Trouble> {
    of_version(uri, None, size, cx).await
}

/// Of a version, where one is named.
pub(super) async fn of_version(
    uri: &S3Uri,
    version_id: Option<&str>,
    size: u64,
    cx: &Cx,
) -> Result<Preview, Trouble> {
    let bytes = cx.lake()?.read_range_of(uri, version_id, 0..READ).await?;
    Ok(pictured(&bytes, size.max(bytes.len() as u64)))
}

/// Pure: what the first bytes of an object of this size look like.
fn pictured(bytes: &[u8], whole: u64) -> Preview {
    let found = preview::of(bytes);
    let part = match found.more || (bytes.len() as u64) < whole {
        true => format!("the first {} of {}", text::bytes(bytes.len() as u64), text::bytes(whole)),
        false => text::bytes(whole),
    };
    let lines = if found.lines.is_empty() {
        dump(&bytes[..bytes.len().min(DUMPED)])
    } else {
        found.lines.iter().map(|line| Shown::of(&line.replace('\t', "    "))).collect()
    };
    Preview { lines: lines.into(), note: format!("{}, {part}", found.kind.name()).into() }
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
    fn text_is_shown_as_text() {
        let shown = pictured(b"a\tb\nc", 5);
        assert_eq!(shown.note.as_str(), "text, 5 B");
        assert_eq!(shown.lines.iter().map(Shown::as_str).collect::<Vec<_>>(), ["a    b", "c"]);
    }

    #[test]
    fn anything_else_is_shown_as_bytes() {
        let shown = pictured(b"PAR1\xff\x00\x15\x04", 8);
        assert_eq!(shown.note.as_str(), "Parquet, 8 B");
        assert!(shown.lines[0].as_str().ends_with("PAR1...."), "{:?}", shown.lines);
        assert!(pictured(b"", 0).lines.is_empty());
    }

    #[test]
    fn what_is_in_it_cannot_act_on_the_terminal() {
        let shown = pictured(b"one \x1b[2J in it", 13);
        assert!(shown.lines[0].as_str().contains("␛[2J"));
    }
}
