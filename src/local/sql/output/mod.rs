//! Results as Athena writes them.

mod cell;
mod csv;
mod metadata;

pub use cell::Cells;
pub use csv::{CsvWriter, read_rows};
pub use metadata::encode;
