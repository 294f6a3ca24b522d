//! One file of rows: Parquet, delimited text or JSON lines.

use std::fs::File;
use std::io::{BufWriter, Write};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::basic;
use datafusion::parquet::file::properties::WriterProperties;
use flate2::write::GzEncoder;

use super::options::{Options, TextLayout};
use crate::local::sql::engine::disk;
use crate::local::sql::error::SqlError;
use crate::local::sql::functions::to_json_text;
use crate::local::sql::output::Cells;

/// A row group is written out past this many bytes in memory, so that many open files fit.
const ROW_GROUP: usize = 8 << 20;

/// File formats that can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Parquet,
    Text,
    Json,
}

impl Format {
    pub fn named(name: &str) -> Result<Self, SqlError> {
        match name.to_uppercase().as_str() {
            "PARQUET" => Ok(Self::Parquet),
            "TEXTFILE" => Ok(Self::Text),
            "JSON" => Ok(Self::Json),
            other => Err(SqlError::user(format!(
                "NOT_SUPPORTED: the local lake writes PARQUET, TEXTFILE and JSON, not {other}"
            ))),
        }
    }

    /// The short name that storage descriptors go by.
    pub fn stored_as(self) -> &'static str {
        match self {
            Self::Parquet => "PARQUET",
            Self::Text => "TEXTFILE",
            Self::Json => "JSON",
        }
    }

    pub fn content_type(self) -> &'static str {
        match self {
            Self::Parquet => "application/vnd.apache.parquet",
            Self::Text | Self::Json => "application/octet-stream",
        }
    }
}

/// Compressions of those formats; GZIP where nothing is said, as in Athena.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    None,
    Gzip,
    Snappy,
    Zstd,
}

impl Compression {
    pub fn named(name: Option<&str>, format: Format) -> Result<Self, SqlError> {
        match (name.map(str::to_uppercase).as_deref(), format) {
            (None | Some("GZIP"), _) => Ok(Self::Gzip),
            (Some("NONE" | "UNCOMPRESSED"), _) => Ok(Self::None),
            (Some("SNAPPY"), Format::Parquet) => Ok(Self::Snappy),
            (Some("ZSTD"), Format::Parquet) => Ok(Self::Zstd),
            (Some(other), _) => Err(SqlError::user(format!(
                "NOT_SUPPORTED: the local lake does not write {} with {other}",
                format.stored_as()
            ))),
        }
    }
}

/// A file being written.
pub enum RowFile {
    Parquet(Box<ArrowWriter<File>>),
    Lines { out: Box<dyn Write + Send>, layout: Option<TextLayout> },
}

impl RowFile {
    /// Begins a file of these columns.
    pub fn new(file: File, schema: SchemaRef, options: &Options) -> Result<Self, SqlError> {
        if options.format == Format::Parquet {
            let compression = match options.compression {
                Compression::None => basic::Compression::UNCOMPRESSED,
                Compression::Gzip => basic::Compression::GZIP(basic::GzipLevel::default()),
                Compression::Snappy => basic::Compression::SNAPPY,
                Compression::Zstd => basic::Compression::ZSTD(basic::ZstdLevel::default()),
            };
            let properties = WriterProperties::builder().set_compression(compression).build();
            let writer = ArrowWriter::try_new(file, schema, Some(properties)).map_err(parquet)?;
            return Ok(Self::Parquet(Box::new(writer)));
        }
        let buffered = BufWriter::new(file);
        let mut out: Box<dyn Write + Send> = match options.compression {
            Compression::Gzip => Box::new(GzEncoder::new(buffered, flate2::Compression::fast())),
            _ => Box::new(buffered),
        };
        let layout = (options.format == Format::Text).then(|| options.text.clone());
        if let Some(layout) = layout.as_ref().filter(|layout| layout.header) {
            let names: Vec<&str> = schema.fields().iter().map(|f| f.name().as_str()).collect();
            writeln!(out, "{}", names.join(&layout.field.to_string())).map_err(disk)?;
        }
        Ok(Self::Lines { out, layout })
    }

    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), SqlError> {
        match self {
            Self::Parquet(writer) => {
                writer.write(batch).map_err(parquet)?;
                if writer.in_progress_size() > ROW_GROUP {
                    writer.flush().map_err(parquet)?;
                }
                Ok(())
            }
            Self::Lines { out, layout: Some(layout) } => text(out, layout, batch),
            Self::Lines { out, layout: None } => {
                for line in to_json_text(batch) {
                    writeln!(out, "{line}").map_err(disk)?;
                }
                Ok(())
            }
        }
    }

    pub fn finish(self) -> Result<(), SqlError> {
        match self {
            Self::Parquet(writer) => writer.close().map(drop).map_err(parquet),
            // Dropping a gzip encoder writes its end; flushing first tells of a full disk.
            Self::Lines { mut out, .. } => out.flush().map_err(disk),
        }
    }
}

fn parquet(error: datafusion::parquet::errors::ParquetError) -> SqlError {
    SqlError::system(format!("HIVE_WRITER_CLOSE_ERROR: {error}"))
}

/// LazySimpleSerDe's lines.
fn text(out: &mut dyn Write, layout: &TextLayout, batch: &RecordBatch) -> Result<(), SqlError> {
    let schema = batch.schema();
    let columns: Vec<Cells> =
        batch.columns().iter().zip(schema.fields()).map(|(a, f)| Cells::new(a, f)).collect();
    let (mut line, mut cell) = (String::new(), String::new());
    for row in 0..batch.num_rows() {
        line.clear();
        for (at, column) in columns.iter().enumerate() {
            if at > 0 {
                line.push(layout.field);
            }
            cell.clear();
            if column.write(row, &mut cell) {
                escaped(&cell, layout, &mut line);
            } else {
                line.push_str(&layout.null);
            }
        }
        line.push('\n');
        out.write_all(line.as_bytes()).map_err(disk)?;
    }
    Ok(())
}

fn escaped(cell: &str, layout: &TextLayout, line: &mut String) {
    let Some(escape) = layout.escape else {
        line.push_str(cell);
        return;
    };
    for c in cell.chars() {
        if c == escape || c == layout.field || c == '\n' {
            line.push(escape);
        }
        line.push(c);
    }
}
