//! What a footer tells without a row being read.

use std::collections::BTreeSet;

use arrow_schema::Fields;
use parquet::arrow::arrow_reader::statistics::StatisticsConverter;
use parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};
use parquet::schema::printer::print_schema;

use super::super::super::look::Section;
use super::super::{bounded, cell};
use super::{cells, checked};

/// The most characters of a value that the writer left beside the schema.
const VALUE: usize = 200;
/// The most columns whose statistics are told.
const COLUMNS: usize = 500;
/// The longest value of fixed length whose statistics are told, in bytes: for one of them the
/// crate makes room for a thousand.
const FIXED: i32 = 1 << 10;
/// More row groups than these are folded.
const FEW: usize = 8;

pub(super) fn sections(
    metadata: &ParquetMetaData,
    fields: &Fields,
    footer: usize,
    note: Option<String>,
) -> Vec<Section> {
    let groups = metadata.row_groups();
    let mut sections = vec![
        Section { title: "File".to_owned(), lines: file(metadata, footer, note), folded: false },
        Section {
            title: format!("Schema ({} columns)", fields.len()),
            lines: schema(metadata),
            folded: fields.len() > 20,
        },
        Section {
            title: format!("Row groups ({})", groups.len()),
            lines: bounded(groups.iter().enumerate().map(|(at, group)| row_group(at, group))),
            folded: groups.len() > FEW,
        },
    ];
    if let Some(first) = groups.first() {
        sections.push(Section {
            title: "Columns of the first row group".to_owned(),
            lines: bounded(statistics(metadata, fields, first)),
            folded: true,
        });
    }
    if let Some(pairs) = metadata.file_metadata().key_value_metadata() {
        let told = |text: &str| super::cut(text, VALUE);
        let lines = pairs.iter().map(|pair| {
            format!("{}: {}", told(&pair.key), told(pair.value.as_deref().unwrap_or_default()))
        });
        let title = format!("Written beside the schema ({})", pairs.len());
        sections.push(Section { title, lines: bounded(lines), folded: true });
    }
    sections
}

fn file(metadata: &ParquetMetaData, footer: usize, note: Option<String>) -> Vec<String> {
    let facts = metadata.file_metadata();
    let chunks = metadata.row_groups().iter().take(1).flat_map(RowGroupMetaData::columns);
    let codecs: BTreeSet<String> =
        chunks.map(|chunk| codec(&chunk.compression().to_string())).collect();
    let codecs: Vec<String> = codecs.into_iter().collect();
    let mut lines = vec![format!("Rows: {}", facts.num_rows())];
    lines.extend(facts.created_by().map(|by| format!("Written by: {}", cell(by.as_bytes()))));
    lines.push(format!("Format version: {}", facts.version()));
    if !codecs.is_empty() {
        lines.push(format!("Packed by: {}", codecs.join(", ")));
    }
    lines.push(format!("Footer: {footer} bytes"));
    lines.extend(note);
    lines
}

/// `ZSTD(ZstdLevel(1))` says a level that the file does not.
fn codec(told: &str) -> String {
    told.split('(').next().unwrap_or_default().to_lowercase()
}

fn schema(metadata: &ParquetMetaData) -> Vec<String> {
    let mut text = Vec::new();
    print_schema(&mut text, metadata.file_metadata().schema());
    bounded(text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(cell))
}

fn row_group(at: usize, group: &RowGroupMetaData) -> String {
    let packed =
        group.columns().iter().fold(0i64, |sum, chunk| sum.saturating_add(chunk.compressed_size()));
    format!("{at}: {} rows, {} bytes, packed {packed}", group.num_rows(), group.total_byte_size())
}

/// A line for each column: its codec and sizes, and least and greatest value where its statistics
/// have them.
fn statistics(
    metadata: &ParquetMetaData,
    fields: &Fields,
    group: &RowGroupMetaData,
) -> Vec<String> {
    let schema = metadata.file_metadata().schema_descr();
    let mut lines = Vec::new();
    for (leaf, chunk) in group.columns().iter().enumerate().take(COLUMNS) {
        let mut line = format!(
            "{}: {} values, {} bytes, {}",
            cell(chunk.column_path().string().as_bytes()),
            chunk.num_values(),
            chunk.compressed_size(),
            codec(&chunk.compression().to_string()),
        );
        let known = chunk.statistics();
        if let Some(nulls) = known.and_then(|known| known.null_count_opt()) {
            line.push_str(&format!(", {nulls} nulls"));
        }
        let field = fields.get(schema.get_column_root_idx(leaf));
        let field = field.filter(|field| !field.data_type().is_nested());
        let column = chunk.column_descr();
        let field = field.filter(|_| {
            column.type_length() <= FIXED
                && known.is_some_and(|known| checked::statistics(known, column))
        });
        if let Some(field) = field
            && let Ok(converter) = StatisticsConverter::from_column_index(leaf, field, schema)
            && let Ok(least) = converter.row_group_mins([group])
            && let Ok(greatest) = converter.row_group_maxes([group])
            && let (Some(least), Some(greatest)) = (end(&least), end(&greatest))
        {
            line.push_str(&format!(", {least} to {greatest}"));
        }
        lines.push(line);
    }
    lines
}

fn end(values: &arrow_array::ArrayRef) -> Option<String> {
    let value = (values.len() == 1).then(|| cells::cell(values.data_type(), values, 0))??;
    Some(super::cut(&value, 60))
}
