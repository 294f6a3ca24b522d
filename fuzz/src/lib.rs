//! What every target does: a previewer looks into bytes, and its rows are read to their end or
//! to ten thousand.

use std::alloc::{GlobalAlloc, Layout, System};
use std::io::Cursor;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use bytes::Bytes;
use lakehand::preview::input::Input;
use lakehand::preview::look::{Fault, Look, Shape};
use lakehand::preview::open;

const ROWS: usize = 10_000;
const PAGE: usize = 200;
/// The most memory that a previewer may take at a time, in bytes.
const MEMORY: usize = 512 << 20;

/// Counts what is allocated, and aborts where it is too much: libFuzzer looks at the resident
/// memory once a second, and sees nothing of what is given back before or never written to.
struct Counted;

#[global_allocator]
static COUNTED: Counted = Counted;

static LIVE: AtomicUsize = AtomicUsize::new(0);
/// Too much has been taken: what is then said of it takes memory as well.
static SAID: AtomicBool = AtomicBool::new(false);

impl Counted {
    /// libFuzzer's panic hook ends the process: nothing unwinds through an allocation.
    fn more(bytes: usize) {
        let live = LIVE.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes);
        if live > MEMORY && !SAID.swap(true, Ordering::Relaxed) {
            panic!("more than {} MiB are taken, of them {bytes} bytes at once", MEMORY >> 20);
        }
    }

    fn less(bytes: usize) {
        LIVE.fetch_sub(bytes, Ordering::Relaxed);
    }
}

// SAFETY: every call is the system allocator's own.
unsafe impl GlobalAlloc for Counted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        Self::more(layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        Self::more(layout.size());
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        Self::less(layout.size());
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        Self::more(size);
        Self::less(layout.size());
        unsafe { System.realloc(at, layout, size) }
    }
}

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
