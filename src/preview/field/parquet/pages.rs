//! The pages of a column, read one at a time and no further than somebody looks. The crate reads
//! their headers; that what they hold is bounded is seen to here.

use std::io::{self, Cursor, Read};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::{Bytes, BytesMut};
use parquet::arrow::arrow_reader::RowGroups;
use parquet::basic::Compression;
use parquet::column::page::{Page, PageIterator, PageMetadata, PageReader};
use parquet::errors::Result;
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData, RowGroupMetaData};
use parquet::file::reader::{ChunkReader, Length};
use parquet::file::serialized_reader::SerializedPageReader;
use parquet::schema::types::ColumnDescPtr;

use super::super::super::source::Source;
use super::budget::Budget;
use super::unpack::{PAGE, failed, unpack};
use super::{checked, thrift};

/// What is read of a column at first, and before each of its pages.
const BLOCK: u64 = 64 << 10;
/// A row group that is not longer is read by one request.
const SMALL: u64 = 2 << 20;
/// All row groups of a file.
pub(super) struct Groups {
    pub(super) source: Arc<dyn Source>,
    pub(super) metadata: Arc<ParquetMetaData>,
    pub(super) budget: Arc<Budget>,
    /// The first row group where it is small, and where it begins.
    pub(super) first: (u64, Bytes),
}

impl Groups {
    /// Reads the first row group where it is small.
    pub(super) fn new(source: Arc<dyn Source>, metadata: Arc<ParquetMetaData>) -> Result<Self> {
        let mut first = (0, Bytes::new());
        if let Some(group) = metadata.row_groups().first() {
            let ranges: Vec<(u64, u64)> =
                group.columns().iter().filter_map(|chunk| range(chunk, source.size())).collect();
            let start = ranges.iter().map(|(start, _)| *start).min().unwrap_or(0);
            let end = ranges.iter().map(|(start, length)| start + length).max().unwrap_or(0);
            if end > start && end - start <= SMALL {
                first = (start, source.read(start..end)?);
            }
        }
        Ok(Self { source, metadata, budget: Arc::default(), first })
    }
}

/// Where a column chunk begins and how long it is; `None` where it does not lie in the file.
fn range(chunk: &ColumnChunkMetaData, size: u64) -> Option<(u64, u64)> {
    // Old writers say 0 where there is no dictionary.
    let start =
        chunk.dictionary_page_offset().filter(|at| *at > 0).unwrap_or(chunk.data_page_offset());
    let (start, length) =
        (u64::try_from(start).ok()?, u64::try_from(chunk.compressed_size()).ok()?);
    (start.checked_add(length)? <= size).then_some((start, length))
}

impl RowGroups for Groups {
    fn num_rows(&self) -> usize {
        let rows = self.metadata.row_groups().iter().map(RowGroupMetaData::num_rows);
        rows.map(|rows| usize::try_from(rows).unwrap_or(0)).fold(0, usize::saturating_add)
    }

    fn column_chunks(&self, leaf: usize) -> Result<Box<dyn PageIterator>> {
        let chunks = Chunks {
            source: self.source.clone(),
            metadata: self.metadata.clone(),
            budget: self.budget.clone(),
            first: self.first.clone(),
            leaf,
            group: 0,
        };
        Ok(Box::new(chunks))
    }

    fn row_groups(&self) -> Box<dyn Iterator<Item = &RowGroupMetaData> + '_> {
        Box::new(self.metadata.row_groups().iter())
    }

    fn metadata(&self) -> &ParquetMetaData {
        &self.metadata
    }
}

/// The chunks of one column, one in each row group.
struct Chunks {
    source: Arc<dyn Source>,
    metadata: Arc<ParquetMetaData>,
    budget: Arc<Budget>,
    first: (u64, Bytes),
    leaf: usize,
    group: usize,
}

impl Iterator for Chunks {
    type Item = Result<Box<dyn PageReader>>;

    fn next(&mut self) -> Option<Self::Item> {
        let metadata = self.metadata.clone();
        let group = metadata.row_groups().get(self.group)?;
        self.group += 1;
        Some(self.open(group))
    }
}

impl PageIterator for Chunks {}

impl Chunks {
    fn open(&self, group: &RowGroupMetaData) -> Result<Box<dyn PageReader>> {
        let chunk = group.columns().get(self.leaf).ok_or_else(|| failed("a column is missing"))?;
        let (start, length) = range(chunk, self.source.size())
            .ok_or_else(|| failed("a column lies outside of the file"))?;
        let codec = chunk.compression();
        let dictionary = chunk.dictionary_page_offset().filter(|at| *at > 0);
        // The crate leaves the pages packed, so that they are unpacked within bounds.
        let raw = chunk
            .clone()
            .into_builder()
            .set_compression(Compression::UNCOMPRESSED)
            .set_dictionary_page_offset(dictionary)
            .build()?;
        let part = Part {
            source: self.source.clone(),
            end: start + length,
            block: Mutex::new(self.first.clone()),
        };
        let rows = usize::try_from(group.num_rows()).unwrap_or(0);
        let column = chunk.column_descr();
        let value = match column.max_rep_level() {
            0 => 0,
            _ => 16 + u64::try_from(column.type_length()).unwrap_or(0),
        };
        Ok(Box::new(Unpacked {
            pages: SerializedPageReader::new(Arc::new(part), &raw, rows, None)?,
            codec,
            value,
            dictionary: None,
            column: chunk.column_descr_ptr(),
            budget: self.budget.clone(),
        }))
    }
}

/// The bytes of a column chunk, a block of them at a time.
struct Part {
    source: Arc<dyn Source>,
    /// Where the chunk ends in the file.
    end: u64,
    /// What was read last, and where it begins.
    block: Mutex<(u64, Bytes)>,
}

impl Part {
    /// What is at hand from `start` on; at most to the end of the chunk.
    fn held(&self, start: u64) -> Bytes {
        let block = self.block.lock().unwrap_or_else(PoisonError::into_inner);
        let end = block.0 + block.1.len() as u64;
        if start < block.0 || start >= end.min(self.end) {
            return Bytes::new();
        }
        block.1.slice((start - block.0) as usize..(end.min(self.end) - block.0) as usize)
    }

    /// At least so many bytes, as far as the chunk has them.
    fn ahead(&self, start: u64, length: u64) -> Result<Bytes> {
        let held = self.held(start);
        let end = start.saturating_add(length).min(self.end);
        let have = start + held.len() as u64;
        if have >= end {
            return Ok(held);
        }
        let more = self.source.read(have..end)?;
        let bytes = if held.is_empty() {
            more
        } else {
            let mut both = BytesMut::from(&held[..]);
            both.extend_from_slice(&more);
            both.freeze()
        };
        *self.block.lock().unwrap_or_else(PoisonError::into_inner) = (start, bytes.clone());
        Ok(bytes)
    }
}

impl Length for Part {
    fn len(&self) -> u64 {
        self.source.size()
    }
}

/// What a page's header is read from, which is short: one that is longer than a block is so by
/// its statistics. Of a page whose header it knows already the crate asks for this as well, and
/// reads nothing.
enum Header {
    Whole(Cursor<Bytes>),
    Damaged,
}

impl Read for Header {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Whole(bytes) => bytes.read(into),
            Self::Damaged => Err(io::Error::other("the header of a page is damaged")),
        }
    }
}

impl ChunkReader for Part {
    type T = Header;

    fn get_read(&self, start: u64) -> Result<Self::T> {
        let held = self.held(start);
        let bytes = if thrift::is_header(&held) { held } else { self.ahead(start, BLOCK)? };
        Ok(match thrift::is_header(&bytes) {
            true => Header::Whole(Cursor::new(bytes)),
            false => Header::Damaged,
        })
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        if length > PAGE {
            return Err(failed("a page is longer than 64 MiB"));
        }
        let bytes = self.ahead(start, length as u64)?;
        if bytes.len() < length {
            return Err(failed("a page is cut off"));
        }
        Ok(bytes.slice(..length))
    }
}

/// The pages of a column chunk, unpacked.
struct Unpacked {
    pages: SerializedPageReader<Part>,
    codec: Compression,
    /// What a value may cost beside its own bytes: of lists any number may be one row's.
    value: u64,
    column: ColumnDescPtr,
    /// How many values are in the one in front of the pages.
    dictionary: Option<u64>,
    budget: Arc<Budget>,
}

impl Unpacked {
    fn unpack(&self, packed: &Bytes) -> Result<Vec<u8>> {
        // A page without values may be without bytes, packed or not.
        if packed.is_empty() { Ok(Vec::new()) } else { unpack(self.codec, packed) }
    }

    fn unpacked(&mut self, mut page: Page) -> Result<Page> {
        self.budget.spend(u64::from(page.num_values()) * self.value)?;
        match &mut page {
            Page::DataPage { buf, .. } => *buf = self.budget.hold(self.unpack(buf)?, 0)?,
            Page::DataPageV2 {
                buf,
                def_levels_byte_len,
                rep_levels_byte_len,
                is_compressed,
                ..
            } => {
                let levels = *def_levels_byte_len as usize + *rep_levels_byte_len as usize;
                let (levels, values) = buf
                    .split_at_checked(levels)
                    .ok_or_else(|| failed("a page's levels are longer than the page"))?;
                let both = match is_compressed {
                    true => [levels, &self.unpack(&buf.slice_ref(values))?].concat(),
                    false => buf.to_vec(),
                };
                *buf = self.budget.hold(both, 0)?;
            }
            Page::DictionaryPage { buf, num_values, .. } => {
                let unpacked = self.unpack(buf)?;
                let beside = checked::dictionary(&unpacked, *num_values, &self.column)?;
                *buf = self.budget.hold(unpacked, beside)?;
                self.dictionary = Some((*num_values).into());
                return Ok(page);
            }
        }
        self.budget.spend(checked::data(&page, &self.column, self.dictionary)?)?;
        Ok(page)
    }
}

impl Iterator for Unpacked {
    type Item = Result<Page>;

    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}

impl PageReader for Unpacked {
    fn get_next_page(&mut self) -> Result<Option<Page>> {
        match self.pages.get_next_page()? {
            Some(page) => self.unpacked(page).map(Some),
            None => Ok(None),
        }
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
        self.pages.peek_next_page()
    }

    fn skip_next_page(&mut self) -> Result<()> {
        self.pages.skip_next_page()
    }

    fn at_record_boundary(&mut self) -> Result<bool> {
        self.pages.at_record_boundary()
    }
}
