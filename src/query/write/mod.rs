//! Rows as a file: csv, json, parquet.

mod csv;
mod json;
mod parquet;
mod whole;

pub use csv::Csv;
pub use json::Json;
pub use parquet::Parquet;
pub use whole::WholeFile;

use std::io::{self, Write};

use super::batch::Batch;
use crate::model::query::{Column, FileFormat};

/// A way to write rows. `end` is called once, after the last.
pub trait Writer: Send {
    /// # Errors
    /// As writing to `to`, and a value that the format cannot hold.
    fn rows(&mut self, rows: &Batch, to: &mut (dyn Write + Send)) -> io::Result<()>;

    /// # Errors
    /// As [`Self::rows`].
    fn end(&mut self, to: &mut (dyn Write + Send)) -> io::Result<()>;
}

/// Writes rows of these columns.
///
/// # Errors
/// Columns that Parquet cannot hold: two of one name.
pub fn writer(format: FileFormat, columns: &[Column]) -> io::Result<Box<dyn Writer>> {
    Ok(match format {
        FileFormat::Csv => Box::new(Csv::new(columns, false)),
        FileFormat::Json => Box::new(Json::new(columns)),
        FileFormat::Parquet => Box::new(Parquet::new(columns)?),
    })
}
