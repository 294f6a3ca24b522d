//! Parquet: rows typed as the columns are.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::{ArrayRef, RecordBatch, StringArray};
use arrow_cast::cast::{CastOptions, cast_with_options};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef, TimeUnit};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;

use super::Writer;
use crate::model::query::Column;
use crate::query::batch::Batch;

/// A row group is written out when it holds so much. Bytes.
const GROUP: usize = 32 << 20;

pub struct Parquet {
    schema: SchemaRef,
    /// Taken at the end.
    writer: Option<ArrowWriter<Buffer>>,
    made: Buffer,
}

/// What the writer has made and nobody has taken yet.
#[derive(Debug, Clone, Default)]
struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Buffer {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Parquet {
    /// # Errors
    /// Columns that Parquet cannot hold: two of one name.
    pub fn new(columns: &[Column]) -> io::Result<Self> {
        let fields: Vec<Field> = columns
            .iter()
            .map(|column| Field::new(&column.name, data_type(&column.kind), true))
            .collect();
        let schema = Arc::new(Schema::new(fields));
        let properties = WriterProperties::builder().set_compression(Compression::UNCOMPRESSED);
        let made = Buffer::default();
        let writer = ArrowWriter::try_new(made.clone(), schema.clone(), Some(properties.build()))
            .map_err(failed)?;
        Ok(Self { schema, writer: Some(writer), made })
    }

    fn batch(&self, rows: &Batch) -> Result<RecordBatch, ArrowError> {
        let columns = self
            .schema
            .fields()
            .iter()
            .enumerate()
            .map(|(index, field)| {
                let texts = rows.rows().map(|row| row.cell(index));
                let texts: ArrayRef = Arc::new(texts.collect::<StringArray>());
                cast_with_options(&texts, field.data_type(), &STRICT)
            })
            .collect::<Result<Vec<ArrayRef>, ArrowError>>()?;
        RecordBatch::try_new(self.schema.clone(), columns)
    }
}

/// A value that does not fit its type is an error, never a silent NULL.
const STRICT: CastOptions<'static> =
    CastOptions { safe: false, format_options: arrow_cast::display::FormatOptions::new() };

/// The Arrow type of an Athena type. What has no plain one (arrays, rows, JSON, binary) stays
/// the text that Athena made of it.
fn data_type(kind: &str) -> DataType {
    let kind = kind.to_ascii_lowercase();
    let (name, arguments) = kind.split_once('(').unwrap_or((&kind, ""));
    match name {
        "tinyint" => DataType::Int8,
        "smallint" => DataType::Int16,
        "integer" | "int" => DataType::Int32,
        "bigint" => DataType::Int64,
        "real" | "float" => DataType::Float32,
        "double" => DataType::Float64,
        "boolean" => DataType::Boolean,
        "date" => DataType::Date32,
        "timestamp" if !kind.contains("zone") => DataType::Timestamp(TimeUnit::Millisecond, None),
        "decimal" => decimal(arguments.trim_end_matches(')')).unwrap_or(DataType::Utf8),
        _ => DataType::Utf8,
    }
}

fn decimal(arguments: &str) -> Option<DataType> {
    let (precision, scale) = arguments.split_once(',')?;
    let precision: u8 = precision.trim().parse().ok()?;
    let scale = scale.trim().parse().ok()?;
    (1..=38).contains(&precision).then_some(DataType::Decimal128(precision, scale))
}

fn failed(error: ParquetError) -> io::Error {
    io::Error::other(error)
}

impl Writer for Parquet {
    fn rows(&mut self, rows: &Batch, to: &mut (dyn Write + Send)) -> io::Result<()> {
        let batch = self.batch(rows).map_err(io::Error::other)?;
        if let Some(writer) = &mut self.writer {
            writer.write(&batch).map_err(failed)?;
            if writer.in_progress_size() >= GROUP {
                writer.flush().map_err(failed)?;
            }
        }
        to.write_all(&self.made.take())
    }

    fn end(&mut self, to: &mut (dyn Write + Send)) -> io::Result<()> {
        if let Some(writer) = self.writer.take() {
            writer.close().map_err(failed)?;
        }
        to.write_all(&self.made.take())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

    fn column(name: &str, kind: &str) -> Column {
        Column { name: name.to_owned(), kind: kind.to_owned() }
    }

    #[test]
    fn rows_come_back_typed() {
        let columns = [
            column("n", "bigint"),
            column("price", "decimal(10,2)"),
            column("day", "date"),
            column("at", "timestamp"),
            column("text", "varchar"),
        ];
        let mut parquet = Parquet::new(&columns).unwrap();
        let row = ["7", "1.50", "2026-11-21", "2026-11-21 10:00:00.250", ""];
        let mut bytes = Vec::new();
        let mut rows = Batch::default();
        rows.push(row.map(Some)).unwrap();
        rows.push([None; 5]).unwrap();
        parquet.rows(&rows, &mut bytes).unwrap();
        parquet.end(&mut bytes).unwrap();

        let reader = ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(bytes)).unwrap();
        let batches: Vec<RecordBatch> = reader.build().unwrap().map(Result::unwrap).collect();
        assert_eq!(batches[0].num_rows(), 2);
        assert_eq!(batches[0].schema().field(0).data_type(), &DataType::Int64);
        assert_eq!(batches[0].schema().field(1).data_type(), &DataType::Decimal128(10, 2));
        assert!(batches[0].columns().iter().all(|column| column.null_count() == 1));
    }

    #[test]
    fn a_value_that_does_not_fit_is_an_error() {
        let mut parquet = Parquet::new(&[column("n", "integer")]).unwrap();
        let mut rows = Batch::default();
        rows.push([Some("many")]).unwrap();
        assert!(parquet.rows(&rows, &mut Vec::new()).is_err());
    }
}
