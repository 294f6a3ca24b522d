//! What every target does: a previewer looks into bytes, and its rows are read to their end or
//! to ten thousand.

use std::io::Cursor;
use std::sync::Arc;

use bytes::Bytes;
use lakehand::preview::input::Input;
use lakehand::preview::look::{Fault, Look, Shape};
use lakehand::preview::open;

const ROWS: usize = 10_000;
const PAGE: usize = 200;

/// Bytes as they are given to one previewer, whatever they begin with.
pub fn look(previewer: fn(Input) -> Result<Look, Fault>, name: &str, bytes: &[u8]) {
    let bytes = Bytes::copy_from_slice(bytes);
    let input = Input {
        size: bytes.len() as u64,
        name: name.to_owned(),
        content: Box::new(Cursor::new(bytes.clone())),
        source: Arc::new(bytes),
        packing: None,
    };
    if let Ok(look) = previewer(input) {
        read(look);
    }
}

/// Bytes as an object of that name, recognised first.
pub fn opened(name: &str, bytes: &[u8]) {
    if let Ok(look) = open(Arc::new(Bytes::copy_from_slice(bytes)), name) {
        read(look);
    }
}

fn read(mut look: Look) {
    let width = match &look.shape {
        Shape::Lines => 1,
        Shape::Table(columns) => columns.len(),
    };
    let mut rows = 0;
    while let Ok(page) = look.pages.next(PAGE) {
        assert!(page.len() <= PAGE, "more rows than were asked for");
        assert!(page.iter().all(|row| row.len() == width), "a row that is not as wide as the table");
        rows += page.len();
        if page.len() < PAGE || rows >= ROWS {
            break;
        }
    }
}
