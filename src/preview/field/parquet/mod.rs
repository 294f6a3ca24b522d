//! Columnar files, read from the footer outward: what they hold and their first rows, by ranges.
//! Formats: github.com/apache/parquet-format.

mod budget;
mod cells;
mod checked;
mod facts;
mod kinds;
mod maps;
mod pages;
mod runs;
mod thrift;
mod types;
mod unpack;

use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::Fields;
use bytes::Bytes;
use parquet::arrow::arrow_reader::ParquetRecordBatchReader;
use parquet::arrow::{ProjectionMask, parquet_to_arrow_field_levels, parquet_to_arrow_schema};
use parquet::basic::ConvertedType;
use parquet::errors::ParquetError;
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};
use parquet::schema::types::SchemaDescriptor;

use super::super::input::Input;
use super::super::look::{Column, Fault, Look, Pages, Row, Shape};
use super::super::plain::{self, OneByOne};
use super::super::source::Source;
use super::cut;
use budget::Budget;
use pages::Groups;

/// What is read of the end, in bytes: nearly every footer is in it.
const END: u64 = 64 << 10;
/// The longest footer that is read, in bytes.
const FOOTER: u64 = 16 << 20;
/// The most columns, those in structures counted singly, whose cells are read.
const READ: usize = 64;
/// The most bytes of a row's values of fixed length, which a dictionary repeats for nothing.
const FIXED: u64 = 1 << 20;
/// The rows that are decoded at a time.
const BATCH: usize = 64;
/// What a cell shows that is not read.
const UNREAD: &str = "…";

/// # Errors
/// Where there is no footer to begin from.
pub fn look(input: Input) -> Result<Look, Fault> {
    let footer = footer(input.source.as_ref())?;
    if let Some(harm) = thrift::harm(&footer) {
        return Err(Fault(format!("The file cannot be read: {harm}.")));
    }
    let metadata =
        ParquetMetaDataReader::decode_metadata(&footer).map_err(|error| unreadable(&error))?;
    let schema = metadata.file_metadata().schema_descr();
    // Of a row that is called a list or a map the crate makes one, where a structure has to be.
    let called = schema.root_schema().get_basic_info().converted_type();
    if matches!(called, ConvertedType::LIST | ConvertedType::MAP | ConvertedType::MAP_KEY_VALUE) {
        return Err(Fault("The file cannot be read: its schema is damaged.".to_owned()));
    }
    let fields = parquet_to_arrow_schema(schema, None).map_err(|error| unreadable(&error))?.fields;
    let chosen = Chosen::of(schema, &fields);
    let column = |field: &Arc<arrow_schema::Field>| Column {
        name: field.name().clone(),
        kind: types::hive(field.data_type()),
    };
    let columns: Vec<Column> = fields.iter().map(column).collect();
    let sections = facts::sections(&metadata, &fields, footer.len(), chosen.note());
    Ok(Look {
        kind: plain::named(&[Some("Parquet"), input.packing]),
        sections,
        shape: Shape::Table(columns),
        pages: rows(input.source, metadata, &fields, chosen),
    })
}

fn unreadable(error: &ParquetError) -> Fault {
    let told = error.to_string();
    // Errors have been handed up within others.
    let told = told.rsplit("error: ").next().unwrap_or(&told);
    Fault(format!("The file cannot be read: {}.", cut(told.trim_end_matches(['.', '!']), 300)))
}

/// The footer's own bytes: before its length and the last four bytes.
fn footer(source: &dyn Source) -> Result<Bytes, Fault> {
    let size = source.size();
    if size < 12 {
        return Err(Fault("It is too short for a Parquet file.".to_owned()));
    }
    let start = size.saturating_sub(END);
    let end = source.read(start..size)?;
    let (before, last) = end.split_at(end.len().saturating_sub(8));
    let (length, magic) = last.split_at(4);
    match magic {
        b"PAR1" => {}
        b"PARE" => {
            let why = "Its footer is encrypted: without the key nothing can be told of it.";
            return Err(Fault(why.to_owned()));
        }
        _ => {
            let why = "It does not end as Parquet does: it is cut off, or still being written.";
            return Err(Fault(why.to_owned()));
        }
    }
    let length = u64::from(u32::from_le_bytes(length.try_into().unwrap_or_default()));
    if length > size - 12 {
        return Err(Fault("Its footer is said to be longer than the file.".to_owned()));
    }
    if length > FOOTER {
        return Err(Fault(format!("Its footer of {} MiB is longer than is read.", length >> 20)));
    }
    let begins = size - 8 - length;
    match begins.checked_sub(start) {
        Some(at) => Ok(end.slice(at as usize..before.len())),
        None => Ok(source.read(begins..size - 8)?),
    }
}

/// The columns whose cells are read.
struct Chosen {
    /// For each column of the table whether it is.
    roots: Vec<bool>,
    leaves: Vec<usize>,
}

impl Chosen {
    /// From the first on, as many as there may be; of one that is too wide by itself nothing.
    fn of(schema: &SchemaDescriptor, fields: &Fields) -> Self {
        let mut widths = vec![(0, 0u64); fields.len()];
        for leaf in 0..schema.num_columns() {
            if let Some((leaves, bytes)) = widths.get_mut(schema.get_column_root_idx(leaf)) {
                *leaves += 1;
                *bytes = bytes.saturating_add(checked::fixed(&schema.column(leaf)));
            }
        }
        let (mut left, mut room) = (READ, FIXED);
        let mut roots = Vec::new();
        for (leaves, bytes) in widths {
            let fits = leaves > 0 && leaves <= left && bytes <= room;
            if fits {
                left -= leaves;
                room -= bytes;
            }
            roots.push(fits);
        }
        let is_read = |leaf: &usize| roots.get(schema.get_column_root_idx(*leaf)) == Some(&true);
        let leaves = (0..schema.num_columns()).filter(is_read).collect();
        Self { roots, leaves }
    }

    fn note(&self) -> Option<String> {
        let read = self.roots.iter().filter(|read| **read).count();
        let all = self.roots.len();
        (read < all).then(|| {
            format!("The cells of {read} of the {all} columns are read; the others show {UNREAD}.")
        })
    }
}

/// The rows, from the first row group on. Where they cannot be begun the facts are good all the
/// same, so the fault is the pages'.
fn rows(
    source: Arc<dyn Source>,
    metadata: ParquetMetaData,
    fields: &Fields,
    chosen: Chosen,
) -> Box<dyn Pages> {
    match Rows::open(source, metadata, fields, chosen) {
        Ok(mut rows) => {
            Box::new(OneByOne::new(move || rows.next().map_err(|error| unreadable(&error))))
        }
        Err(error) => {
            let fault = unreadable(&error);
            Box::new(OneByOne::new(move || Err(fault.clone())))
        }
    }
}

struct Rows {
    reader: Option<ParquetRecordBatchReader>,
    budget: Arc<Budget>,
    /// The columns of the table, with maps as maps.
    fields: Fields,
    roots: Vec<bool>,
    batch: Option<RecordBatch>,
    /// The next row of the batch.
    at: usize,
}

impl Rows {
    fn open(
        source: Arc<dyn Source>,
        metadata: ParquetMetaData,
        fields: &Fields,
        chosen: Chosen,
    ) -> Result<Self, ParquetError> {
        let groups = Groups::new(source, Arc::new(metadata))?;
        let schema = groups.metadata.file_metadata().schema_descr();
        let mask = ProjectionMask::leaves(schema, chosen.leaves.iter().copied());
        let levels = parquet_to_arrow_field_levels(
            &maps::as_lists(schema)?,
            mask,
            Some(&types::as_read(fields)),
        )?;
        groups.budget.renew();
        let reader = match chosen.leaves.as_slice() {
            [] => None,
            _ => Some(ParquetRecordBatchReader::try_new_with_row_groups(
                &levels, &groups, BATCH, None,
            )?),
        };
        let budget = groups.budget.clone();
        let fields = fields.clone();
        Ok(Self { reader, budget, fields, roots: chosen.roots, batch: None, at: 0 })
    }

    fn next(&mut self) -> Result<Option<Row>, ParquetError> {
        while self.batch.as_ref().is_none_or(|batch| self.at >= batch.num_rows()) {
            self.budget.renew();
            let Some(next) = self.reader.as_mut().and_then(Iterator::next) else { return Ok(None) };
            self.batch = Some(next?);
            self.at = 0;
        }
        let Some(batch) = &self.batch else { return Ok(None) };
        let mut columns = batch.columns().iter();
        let cells = self.fields.iter().zip(&self.roots).map(|(field, read)| match read {
            true => {
                columns.next().and_then(|column| cells::cell(field.data_type(), column, self.at))
            }
            false => Some(UNREAD.to_owned()),
        });
        let row = cells.collect();
        self.at += 1;
        Ok(Some(row))
    }
}
