//! What a previewer is given to read.

use std::io::BufRead;
use std::sync::Arc;

use super::source::Source;

/// An object to look at.
pub struct Input {
    /// The object's whole size in bytes, before unpacking.
    pub size: u64,
    /// The object's key, for what only its name tells.
    pub name: String,
    /// The raw object.
    pub source: Arc<dyn Source>,
    /// The content from its beginning, unpacked.
    pub content: Box<dyn BufRead + Send>,
    /// `BGZF`, `gzip`, `zstd`, `bzip2`.
    pub packing: Option<&'static str>,
}
