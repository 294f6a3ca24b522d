//! Anything as its bytes: sixteen a row, and all of the object can be gone through.

use std::io::{Read as _, Seek as _, SeekFrom};
use std::sync::Arc;

use crate::preview::look::{Column, Fault, Look, Pages, Row, Shape};
use crate::preview::source::{Source, Window};

const WIDE: u64 = 16;

/// The raw bytes of an object, under this name.
pub fn look(source: Arc<dyn Source>, kind: String) -> Look {
    let column = |name: &str| Column { name: name.to_owned(), kind: String::new() };
    let columns = vec![column("offset"), column("bytes"), column("text")];
    let pages = Bytes { window: Window::new(source), row: 0 };
    Look { kind, sections: Vec::new(), shape: Shape::Table(columns), pages: Box::new(pages) }
}

struct Bytes {
    window: Window,
    row: u64,
}

impl Pages for Bytes {
    fn next(&mut self, rows: usize) -> Result<Vec<Row>, Fault> {
        let size = self.window.size();
        let start = self.row.saturating_mul(WIDE).min(size);
        let end = size.min(start.saturating_add(rows as u64 * WIDE));
        let mut bytes = Vec::new();
        self.window.seek(SeekFrom::Start(start))?;
        // Not more than a window holds is asked for: `rows` is a screen or a few.
        (&mut self.window).take(end - start).read_to_end(&mut bytes)?;
        let page: Vec<Row> = bytes
            .chunks(WIDE as usize)
            .zip((start..).step_by(WIDE as usize))
            .map(|(chunk, at)| row(at, chunk))
            .collect();
        self.row += page.len() as u64;
        Ok(page)
    }

    fn total(&self) -> Option<u64> {
        Some(self.window.size().div_ceil(WIDE))
    }

    fn seek(&mut self, row: u64) {
        self.row = row;
    }
}

/// `00000010`, `50 41 52 31 …`, `PAR1…`.
fn row(at: u64, chunk: &[u8]) -> Row {
    let mut hex = String::with_capacity(3 * chunk.len() + 1);
    for (n, byte) in chunk.iter().enumerate() {
        if n > 0 {
            hex.push_str(if n == 8 { "  " } else { " " });
        }
        hex.push_str(&format!("{byte:02x}"));
    }
    let face = |byte: &u8| match byte {
        byte if byte.is_ascii_graphic() || *byte == b' ' => char::from(*byte),
        _ => '·',
    };
    vec![Some(format!("{at:08x}")), Some(hex), Some(chunk.iter().map(face).collect())]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(row: &Row) -> Vec<&str> {
        row.iter().map(|cell| cell.as_deref().unwrap()).collect()
    }

    #[test]
    fn any_row_can_be_gone_to() {
        let bytes: Vec<u8> = (0..1_000_003u32).map(|n| n as u8).collect();
        let mut look = look(Arc::new(bytes::Bytes::from(bytes)), "bytes".to_owned());
        assert_eq!(look.pages.total(), Some(62_501));
        let first = look.pages.next(2).unwrap();
        assert_eq!(
            cells(&first[1]),
            ["00000010", "10 11 12 13 14 15 16 17  18 19 1a 1b 1c 1d 1e 1f", "················"]
        );
        look.pages.seek(62_500);
        let last = look.pages.next(10).unwrap();
        assert_eq!(last.len(), 1);
        assert_eq!(cells(&last[0]), ["000f4240", "40 41 42", "@AB"]);
        assert_eq!(look.pages.next(10).unwrap(), Vec::<Row>::new());
        look.pages.seek(4);
        assert_eq!(cells(&look.pages.next(1).unwrap()[0])[2], "@ABCDEFGHIJKLMNO");
        look.pages.seek(u64::MAX);
        assert_eq!(look.pages.next(1).unwrap(), Vec::<Row>::new());
    }
}
