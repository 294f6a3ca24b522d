//! What classifying one file finds out.

use super::kind::{Kind, merge};

/// A file's format, with everything that its SerDe needs to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Format {
    Csv {
        delimiter: u8,
        /// Fields in double quotes are there: OpenCSVSerde reads it, not LazySimpleSerDe.
        quoted: bool,
        header: bool,
    },
    Json,
    Parquet,
}

impl Format {
    /// The `classification` parameter of the table.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Csv { .. } => "csv",
            Self::Json => "json",
            Self::Parquet => "parquet",
        }
    }
}

/// One data file as a crawl sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    pub format: Format,
    pub gzip: bool,
    /// Names as in the file.
    pub columns: Vec<(String, Kind)>,
    /// Counted where all of it was read, else estimated from the size of those read.
    pub records: u64,
    /// Stored bytes.
    pub bytes: u64,
}

/// Columns that two schemas must have in common for their files to be one table, as a share
/// of the larger schema: Glue's default threshold.
const ALIKE: f64 = 0.7;

impl Found {
    /// Whether both can be read as one table.
    pub fn is_like(&self, other: &Self) -> bool {
        self.gzip == other.gzip && same_format(&self.format, &other.format) && self.shares(other)
    }

    fn shares(&self, other: &Self) -> bool {
        let most = self.columns.len().max(other.columns.len());
        let common = self.columns.iter().filter(|(name, _)| {
            other.columns.iter().any(|(known, _)| known.eq_ignore_ascii_case(name))
        });
        most == 0 || common.count() as f64 >= ALIKE * most as f64
    }

    /// Takes another file of the same table in.
    pub fn absorb(&mut self, other: Self) {
        if let (Format::Csv { quoted, .. }, Format::Csv { quoted: more, .. }) =
            (&mut self.format, &other.format)
        {
            *quoted |= more;
        }
        merge(&mut self.columns, other.columns);
        self.records += other.records;
        self.bytes += other.bytes;
    }
}

/// A file of a CSV table may happen to have no quotes; all else must agree.
fn same_format(a: &Format, b: &Format) -> bool {
    match (a, b) {
        (
            Format::Csv { delimiter, header, .. },
            Format::Csv { delimiter: other, header: others, .. },
        ) => delimiter == other && header == others,
        (a, b) => a == b,
    }
}
