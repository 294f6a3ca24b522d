//! What must hold of a page before the crate decodes it: of levels that are cut off, of numbers
//! of a dictionary that is not there and of counts that are wrong it panics, and it makes room
//! for all that a page claims. Encodings.md of github.com/apache/parquet-format.

use bytes::Bytes;
use parquet::basic::{Encoding, Type};
use parquet::column::page::Page;
use parquet::errors::Result;
use parquet::schema::types::ColumnDescriptor;

use super::thrift::varint;
use super::unpack::failed;

/// The longest decimal that is stored as bytes; Arrow's longest has 32.
const DECIMAL: usize = 64;

/// What the values of a page take beside the page, in bytes; `dictionary`: there was one.
pub(super) fn data(page: &Page, column: &ColumnDescriptor, dictionary: bool) -> Result<u64> {
    let (values, count) = values(page, column)?;
    let mut rest = &values[..];
    match page.encoding() {
        Encoding::PLAIN_DICTIONARY | Encoding::RLE_DICTIONARY if !dictionary => {
            Err(failed("a page needs a dictionary that is not there"))
        }
        Encoding::PLAIN_DICTIONARY | Encoding::RLE_DICTIONARY => {
            let Some((width, runs)) = rest.split_first() else { return Ok(0) };
            each(runs, u32::from(*width), count, |_| {}).ok_or_else(cut_off).map(|()| 0)
        }
        Encoding::RLE => {
            let runs = rest.get(4..).unwrap_or_default();
            each(runs, 1, count, |_| {}).ok_or_else(cut_off).map(|()| 0)
        }
        Encoding::DELTA_BINARY_PACKED => match total(&mut rest) {
            Some(total) if total < count => Err(fewer()),
            _ => Ok(0),
        },
        // Lengths are unpacked all at once, of four bytes each.
        Encoding::DELTA_LENGTH_BYTE_ARRAY => match total(&mut rest) {
            Some(total) if total < count => Err(fewer()),
            total => Ok(total.unwrap_or(0).saturating_mul(4)),
        },
        // Of each value the beginning is that of the one before it.
        Encoding::DELTA_BYTE_ARRAY => {
            let total = total(&mut &*rest).unwrap_or(0);
            if total < count {
                return Err(fewer());
            }
            let beginnings = sum(rest, u64::from(page.num_values())).ok_or_else(cut_off)?;
            Ok(total.saturating_mul(8).saturating_add(beginnings))
        }
        _ => Ok(0),
    }
}

/// What a dictionary takes beside its page, in bytes.
pub(super) fn dictionary(buf: &[u8], values: u32, column: &ColumnDescriptor) -> Result<u64> {
    let least = match column.physical_type() {
        Type::BOOLEAN => 0,
        Type::INT32 | Type::FLOAT | Type::BYTE_ARRAY => 4,
        Type::INT64 | Type::DOUBLE => 8,
        Type::INT96 => 12,
        Type::FIXED_LEN_BYTE_ARRAY => u64::try_from(column.type_length()).unwrap_or(0),
    };
    if u64::from(values) * least.max(1) > buf.len() as u64 {
        return Err(failed("a dictionary has fewer values than it says"));
    }
    if column.physical_type() != Type::BYTE_ARRAY {
        // Numbers are unpacked into as many bytes again.
        return Ok(buf.len() as u64);
    }
    // Of text only views are made; a decimal is copied for each row.
    if column.type_precision() > 0 {
        let mut rest = buf;
        while let Some((length, bytes)) = rest.split_first_chunk() {
            let length = u32::from_le_bytes(*length) as usize;
            if length > DECIMAL {
                return Err(failed("a decimal is longer than any can be"));
            }
            rest = bytes.get(length..).unwrap_or_default();
        }
    }
    Ok(u64::from(values) * 16)
}

fn cut_off() -> parquet::errors::ParquetError {
    failed("a page is cut off")
}

fn fewer() -> parquet::errors::ParquetError {
    failed("a page has fewer values than it says")
}

/// The bytes behind a page's levels, and how many values are in them.
fn values(page: &Page, column: &ColumnDescriptor) -> Result<(Bytes, u64)> {
    let all = u64::from(page.num_values());
    let (repetition, definition) = (column.max_rep_level(), column.max_def_level());
    let mut count = all;
    let values = match page {
        Page::DataPage { buf, rep_level_encoding, def_level_encoding, .. } => {
            let levels = [(repetition, rep_level_encoding), (definition, def_level_encoding)];
            let mut rest = buf.clone();
            for (most, encoding) in levels.into_iter().filter(|(most, _)| *most > 0) {
                // There are two ways to write levels; the older one is known by its name only.
                let (levels, behind) = if *encoding == Encoding::RLE {
                    let (length, behind) = rest.split_first_chunk().ok_or_else(cut_off)?;
                    behind.split_at_checked(u32::from_le_bytes(*length) as usize)
                } else {
                    let bits = all * u64::from(width(most));
                    rest.split_at_checked(bits.div_ceil(8) as usize)
                }
                .ok_or_else(cut_off)?;
                if *encoding == Encoding::RLE {
                    count = highest(levels, most, all)?;
                }
                rest = rest.slice(rest.len() - behind.len()..);
            }
            rest
        }
        Page::DataPageV2 { buf, def_levels_byte_len, rep_levels_byte_len, .. } => {
            let too_long = || failed("a page's levels are longer than the page");
            let (repetitions, rest) =
                buf.split_at_checked(*rep_levels_byte_len as usize).ok_or_else(too_long)?;
            let (definitions, rest) =
                rest.split_at_checked(*def_levels_byte_len as usize).ok_or_else(too_long)?;
            for (most, levels) in [(repetition, repetitions), (definition, definitions)] {
                if most > 0 {
                    count = highest(levels, most, all)?;
                }
            }
            buf.slice(buf.len() - rest.len()..)
        }
        Page::DictionaryPage { buf, .. } => buf.clone(),
    };
    // Without definition levels each value is there, whatever is repeated.
    Ok((values, if definition > 0 { count } else { all }))
}

/// How many bits a level has, of which this is the highest.
fn width(most: i16) -> u32 {
    i16::BITS - most.leading_zeros()
}

/// How many of so many levels are the highest: of definition levels, the values that are there.
fn highest(levels: &[u8], most: i16, all: u64) -> Result<u64> {
    let mut count = 0;
    let width = width(most);
    let most = most as u64;
    let see = |run: Run<'_>| match run {
        Run::Same(value, times) if value == most => count += times,
        Run::Same(..) => {}
        Run::Packed(packed, times) => {
            let levels = (0..times).map(|at| bits(packed, at, width));
            count += levels.filter(|level| *level == most).count() as u64;
        }
    };
    each(levels, width, all, see).ok_or_else(cut_off)?;
    Ok(count)
}

/// So many times the same number, or so many numbers of a few bits each.
enum Run<'a> {
    Same(u64, u64),
    Packed(&'a [u8], u64),
}

/// Goes through runs of numbers of `width` bits each until `left` of them have been seen or
/// there are no more; `None` where one is cut off.
fn each(mut bytes: &[u8], width: u32, mut left: u64, mut see: impl FnMut(Run<'_>)) -> Option<()> {
    while left > 0 && !bytes.is_empty() {
        let head = varint(&mut bytes).filter(|head| *head <= u64::from(u32::MAX))?;
        let count;
        if head & 1 == 0 {
            count = (head >> 1).min(left);
            let (value, rest) = bytes.split_at_checked(width.div_ceil(8) as usize)?;
            see(Run::Same(bits(value, 0, width), count));
            bytes = rest;
        } else {
            // Eight at a time; the last ones may be there to fill up.
            count = (head >> 1).saturating_mul(8).min(left);
            let needed = (count * u64::from(width)).div_ceil(8) as usize;
            see(Run::Packed(bytes.get(..needed)?, count));
            let all = ((head >> 1) * u64::from(width)) as usize;
            bytes = bytes.get(all..).unwrap_or_default();
        }
        left -= count;
    }
    Some(())
}

/// The number at a place among numbers of `width` bits, which begin with the lowest bit.
fn bits(bytes: &[u8], at: u64, width: u32) -> u64 {
    let first = at * u64::from(width);
    let mut window = [0; 16];
    let there = bytes.get((first / 8) as usize..).unwrap_or_default();
    let some = there.len().min(9);
    window[..some].copy_from_slice(&there[..some]);
    let mask = u64::MAX.checked_shr(64 - width.min(64)).unwrap_or(0);
    (u128::from_le_bytes(window) >> (first % 8)) as u64 & mask
}

/// How many numbers there are in deltas, by their header.
fn total(bytes: &mut &[u8]) -> Option<u64> {
    let (_block, _parts) = (varint(bytes)?, varint(bytes)?);
    varint(bytes)
}

/// The sum of numbers that are told by their deltas, of which there are `most` at most; `None`
/// where they are cut off.
fn sum(mut bytes: &[u8], most: u64) -> Option<u64> {
    let (block, parts) = (varint(&mut bytes)?, varint(&mut bytes)?);
    let mut left = varint(&mut bytes).filter(|total| *total <= most)?;
    let mut value = zigzag(varint(&mut bytes)?);
    let part = block.checked_div(parts)?;
    if left == 0 {
        return Some(0);
    }
    let mut sum = i128::from(value);
    left -= 1;
    while left > 0 {
        let least = zigzag(varint(&mut bytes)?);
        let (widths, rest) = bytes.split_at_checked(usize::try_from(parts).ok()?)?;
        bytes = rest;
        for width in widths.iter().copied().map(u32::from) {
            let count = part.min(left);
            if count == 0 {
                break;
            }
            if width > 64 {
                return None;
            }
            let needed = usize::try_from(count.checked_mul(width.into())?.div_ceil(8)).ok()?;
            let packed = bytes.get(..needed)?;
            if width == 0 {
                // Evenly up or down: one step is not told from a billion by its bytes.
                let (times, step) = (i128::from(count), i128::from(least));
                sum = sum.saturating_add(times.saturating_mul(value.into()));
                sum = sum.saturating_add(step.saturating_mul(times * (times + 1) / 2));
                value = value.wrapping_add(least.wrapping_mul(count as i64));
            }
            for at in 0..if width == 0 { 0 } else { count } {
                let delta = least.wrapping_add(bits(packed, at, width) as i64);
                value = value.wrapping_add(delta);
                sum = sum.saturating_add(value.into());
            }
            let all = usize::try_from(part.checked_mul(width.into())? / 8).ok()?;
            bytes = bytes.get(all..).unwrap_or_default();
            left -= count;
        }
        if part == 0 {
            return None;
        }
    }
    Some(u64::try_from(sum.max(0)).unwrap_or(u64::MAX))
}

fn zigzag(number: u64) -> i64 {
    (number >> 1) as i64 ^ -((number & 1) as i64)
}

#[cfg(test)]
mod tests {
    use parquet::schema::parser::parse_message_type;
    use parquet::schema::types::{ColumnDescPtr, SchemaDescriptor};

    use super::*;

    fn column(kind: &str) -> ColumnDescPtr {
        let schema = parse_message_type(&format!("message m {{ required {kind}; }}")).unwrap();
        SchemaDescriptor::new(schema.into()).column(0)
    }

    #[test]
    fn a_dictionary_has_all_its_values_and_no_decimal_that_is_none() {
        let takes = |kind, bytes: &[u8], values| dictionary(bytes, values, &column(kind)).ok();
        assert_eq!(takes("INT64 a", &[0; 80], 10), Some(80));
        assert_eq!(takes("INT64 a", &[0; 80], 11), None);
        assert_eq!(takes("FIXED_LEN_BYTE_ARRAY(16) a", &[0; 80], 6), None);
        let long = [&[65, 0, 0, 0][..], &[0; 65], &[1, 0, 0, 0, 7]].concat();
        assert_eq!(takes("BYTE_ARRAY a (UTF8)", &long, 2), Some(32));
        assert_eq!(takes("BYTE_ARRAY a (DECIMAL(9,2))", &long, 2), None);
        assert_eq!(takes("BYTE_ARRAY a (DECIMAL(9,2))", &long[69..], 1), Some(16));
    }

    #[test]
    fn runs_must_reach_for_what_is_read_of_them() {
        let reach = |bytes: &[u8], width, left| each(bytes, width, left, |_| {}).is_some();
        // Eight of one bit; then seven times a one.
        assert!(reach(&[3, 0xff, 14, 1], 1, 15));
        assert!(reach(&[3, 0xff, 14, 1], 1, 20), "fewer than there are to be");
        assert!(!reach(&[3], 1, 1));
        assert!(!reach(&[14], 1, 1));
        assert!(reach(&[5, 0xff], 1, 8), "what only fills up may be missing");
        assert!(!reach(&[5, 0xff], 1, 9));
        assert!(!reach(&[0xff; 12], 1, 9));
        assert!(!reach(&[0xff, 0xff, 0xff, 0xff, 0x7f, 0], 1, 9));
    }

    #[test]
    fn the_highest_levels_are_the_values_that_are_there() {
        assert_eq!(highest(&[3, 0b1011_0101, 14, 1], 1, 15).unwrap(), 12);
        assert_eq!(highest(&[3, 0b1011_0101], 1, 5).unwrap(), 3);
        assert_eq!(highest(&[3, 0b11_10_01_00, 0b11_11_11_11, 8, 2], 3, 12).unwrap(), 5);
    }

    #[test]
    fn deltas_are_summed_however_they_are_told() {
        // 7, 5, 3, 1, 2, 3, 4, 5 of the specification's second example, in one part of 128.
        let mut bytes = vec![128, 1, 1, 8, 14, 3, 2, 0b1100_0000, 0b0011_1111];
        bytes.extend([0; 30]);
        assert_eq!(sum(&bytes, 8), Some(30));
        assert_eq!(sum(&bytes, 7), None, "more than the page has");
        // A billion times the same.
        let same = [128, 1, 1, 0x80, 0x94, 0xeb, 0xdc, 3, 14, 0, 0];
        assert_eq!(sum(&same, u64::MAX), None, "one part has 128");
        let same = [0x80, 0x94, 0xeb, 0xdc, 3, 1, 0x80, 0x94, 0xeb, 0xdc, 3, 14, 0, 0];
        assert_eq!(sum(&same, u64::MAX), Some(7_000_000_000));
        for damaged in
            [&[0, 0, 5, 0][..], &[0, 1, 5, 0, 0, 0], &[128, 1], &[128, 1, 1, 5, 0, 0, 65]]
        {
            assert_eq!(sum(damaged, 9), None, "{damaged:?}");
        }
    }
}
