//! Row formats: what is common to delimited text, CSV and JSON lines.

use datafusion::arrow::array::ArrayRef;

use super::column::Column;
use super::csv;
use super::format::{Csv, Format, Json, Text};
use super::json;
use super::lines::Lines;
use super::meter::Metered;
use super::text;
use crate::local::sql::error::SqlError;
use crate::local::sql::types::HiveType;

/// Rows in one batch.
pub const BATCH: usize = 8192;

/// A column that the query wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Lower case.
    pub name: String,
    pub kind: HiveType,
    /// Its place among the table's columns: delimited formats go by position.
    pub at: usize,
}

/// Some rows of an object: the wanted columns in their order, and the number of rows, which is
/// all there is where no column is wanted.
pub struct Rows {
    pub columns: Vec<ArrayRef>,
    pub count: usize,
}

/// Appends one line to the columns; false where the line is no row.
pub type Append = Box<dyn FnMut(&str, &mut [Column]) -> Result<bool, SqlError> + Send>;

/// Reads an object of a row format, batch by batch.
pub struct RowReader {
    lines: Lines,
    append: Append,
    columns: Vec<Column>,
    left: usize,
}

impl RowReader {
    /// Opens an object; at most `limit` rows are read.
    pub fn open(
        object: &Metered,
        name: &str,
        format: &Format,
        wanted: &[Wanted],
        limit: Option<usize>,
    ) -> Result<Self, SqlError> {
        let (skip, append) = match format {
            Format::Text(Text { skip, .. })
            | Format::Csv(Csv { skip, .. })
            | Format::Json(Json { skip, .. })
                if wanted.is_empty() && !matches!(format, Format::Json(_)) =>
            {
                (*skip, Box::new(|_: &str, _: &mut [Column]| Ok(true)) as Append)
            }
            Format::Text(format) => (format.skip, text::append(format.clone(), wanted)),
            Format::Csv(format) => (format.skip, csv::append(format.clone(), wanted, name)),
            Format::Json(format) => (format.skip, json::append(format.clone(), wanted, name)),
            Format::Parquet => {
                return Err(SqlError::system("a Parquet object was read as lines"));
            }
        };
        Ok(Self {
            lines: Lines::open(object, name, skip)?,
            append,
            columns: wanted.iter().map(|w| Column::new(&w.kind)).collect(),
            left: limit.unwrap_or(usize::MAX),
        })
    }

    fn batch(&mut self) -> Result<Option<Rows>, SqlError> {
        let most = BATCH.min(self.left);
        let mut count = 0;
        while count < most {
            let Some(line) = self.lines.next()? else { break };
            if (self.append)(&line, &mut self.columns)? {
                count += 1;
            }
        }
        self.left -= count;
        if count == 0 {
            return Ok(None);
        }
        let columns = self.columns.iter_mut().map(Column::finish).collect();
        Ok(Some(Rows { columns, count }))
    }
}

impl Iterator for RowReader {
    type Item = Result<Rows, SqlError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.batch().transpose()
    }
}
