//! What must hold of a page before the crate decodes it: of levels that are cut off, of numbers
//! of a dictionary that is not there and of counts that are wrong it panics, and it makes room
//! for all that a page claims. Encodings.md of github.com/apache/parquet-format.

use std::ops::RangeInclusive;

use bytes::Bytes;
use parquet::basic::{Encoding, LogicalType, Type};
use parquet::column::page::Page;
use parquet::errors::Result;
use parquet::file::statistics::Statistics;
use parquet::schema::types::ColumnDescriptor;

use super::runs::{Run, bits, runs};
use super::thrift::varint;
use super::unpack::failed;

/// The longest text or bytes of a page, whose lengths have a sign.
const LONGEST: i64 = i32::MAX as i64;

/// How many bytes a decimal may have: as many as what Arrow makes of it.
fn decimal(column: &ColumnDescriptor) -> Option<i64> {
    match column.type_precision() {
        ..=0 => None,
        1..=38 => Some(16),
        _ => Some(32),
    }
}

/// How long the values of a column are, in bytes, where they all are; of a length that the crate
/// cannot read, too long for any room.
pub(super) fn fixed(column: &ColumnDescriptor) -> u64 {
    let length = i64::from(column.type_length());
    match column.physical_type() {
        Type::FIXED_LEN_BYTE_ARRAY if length < 1 => u64::MAX,
        Type::FIXED_LEN_BYTE_ARRAY if decimal(column).is_some_and(|most| length > most) => u64::MAX,
        _ => u64::try_from(length).unwrap_or(0),
    }
}

/// Whether the least and greatest value of a column are as long as its values are.
pub(super) fn statistics(known: &Statistics, column: &ColumnDescriptor) -> bool {
    let decimals = 1..=decimal(column).unwrap_or(LONGEST) as usize;
    let is_value = |bytes: &[u8]| match column.physical_type() {
        Type::FIXED_LEN_BYTE_ARRAY => bytes.len() as u64 == fixed(column),
        Type::BYTE_ARRAY if decimal(column).is_some() => decimals.contains(&bytes.len()),
        _ => true,
    };
    [known.min_bytes_opt(), known.max_bytes_opt()].into_iter().flatten().all(is_value)
}

/// What the values of a page take beside the page, in bytes; `dictionary`: how many values are in
/// the one before the page.
pub(super) fn data(page: &Page, column: &ColumnDescriptor, dictionary: Option<u64>) -> Result<u64> {
    let (values, count) = values(page, column)?;
    let rest = &values[..];
    let all = u64::from(page.num_values());
    let lengths = match (column.physical_type(), decimal(column)) {
        (Type::BYTE_ARRAY, Some(most)) => 1..=most,
        _ => 0..=LONGEST,
    };
    match page.encoding() {
        Encoding::PLAIN if column.physical_type() == Type::BYTE_ARRAY => {
            plain(rest, count, &lengths).map(|()| 0)
        }
        Encoding::PLAIN_DICTIONARY | Encoding::RLE_DICTIONARY => {
            let known =
                dictionary.ok_or_else(|| failed("a page needs a dictionary that is not there"))?;
            indices(rest, count, known).map(|()| 0)
        }
        Encoding::RLE => {
            let (length, behind) = rest.split_first_chunk().ok_or_else(cut_off)?;
            let truths = behind.get(..u32::from_le_bytes(*length) as usize).ok_or_else(cut_off)?;
            runs(truths, 1, count, |_| {}).ok_or_else(cut_off).map(|()| 0)
        }
        Encoding::DELTA_BINARY_PACKED => {
            deltas(rest, count..=all, None).ok_or_else(cut_off).map(|_| 0)
        }
        // Lengths are unpacked all at once, of four bytes each.
        Encoding::DELTA_LENGTH_BYTE_ARRAY => {
            let lengths = deltas(rest, count..=all, Some(&lengths)).ok_or_else(cut_off)?;
            Ok(4 * lengths.total)
        }
        Encoding::DELTA_BYTE_ARRAY if decimal(column).is_some() => {
            Err(failed("decimals in deltas of bytes are not known"))
        }
        // Of each value the beginning is that of the one before it.
        Encoding::DELTA_BYTE_ARRAY => {
            let beginnings = deltas(rest, count..=all, Some(&lengths)).ok_or_else(cut_off)?;
            let total = beginnings.total..=beginnings.total;
            deltas(beginnings.rest, total, Some(&lengths)).ok_or_else(cut_off)?;
            Ok((8 * beginnings.total).saturating_add(beginnings.sum))
        }
        // Of each value a byte is in each of as many streams as it has bytes.
        Encoding::BYTE_STREAM_SPLIT if rest.len() as u64 / least(column) < count => Err(cut_off()),
        _ => Ok(0),
    }
}

/// How many bytes the crate takes for a value at least.
fn least(column: &ColumnDescriptor) -> u64 {
    match column.physical_type() {
        // Of what is unknown, and nothing but nulls, it takes all values for such.
        _ if column.logical_type_ref() == Some(&LogicalType::Unknown) => 4,
        Type::BOOLEAN => 1,
        Type::INT32 | Type::FLOAT | Type::BYTE_ARRAY => 4,
        Type::INT64 | Type::DOUBLE => 8,
        Type::INT96 => 12,
        Type::FIXED_LEN_BYTE_ARRAY => u64::try_from(column.type_length()).unwrap_or(0).max(1),
    }
}

/// What a dictionary takes beside its page, in bytes.
pub(super) fn dictionary(buf: &[u8], values: u32, column: &ColumnDescriptor) -> Result<u64> {
    if u64::from(values) * least(column) > buf.len() as u64 {
        return Err(failed("a dictionary has fewer values than it says"));
    }
    if column.physical_type() != Type::BYTE_ARRAY {
        // Numbers are unpacked into as many bytes again.
        return Ok(buf.len() as u64);
    }
    // Of text only views are made; a decimal is copied for each row.
    if let Some(most) = decimal(column) {
        plain(buf, values.into(), &(1..=most))?;
    }
    Ok(u64::from(values) * 16)
}

/// Values of bytes, before each of which its length stands: the crate sees where they are cut
/// off, but not that they are too long for a decimal.
fn plain(mut bytes: &[u8], count: u64, lengths: &RangeInclusive<i64>) -> Result<()> {
    if *lengths == (0..=LONGEST) {
        return Ok(());
    }
    for _ in 0..count {
        let (length, rest) = bytes.split_first_chunk().ok_or_else(cut_off)?;
        let length = u32::from_le_bytes(*length);
        if !lengths.contains(&length.into()) {
            return Err(failed("a decimal is longer than any can be"));
        }
        bytes = rest.get(length as usize..).ok_or_else(cut_off)?;
    }
    Ok(())
}

/// The numbers of values in a dictionary, before them how many bits each has.
fn indices(bytes: &[u8], count: u64, known: u64) -> Result<()> {
    let (width, numbers) = bytes.split_first().ok_or_else(cut_off)?;
    let width = u32::from(*width);
    if width > 32 {
        return Err(failed("a dictionary cannot have so many values"));
    }
    let mut beyond = false;
    let see = |run: Run<'_>| {
        beyond |= match run {
            Run::Same(index, times) => times > 0 && index >= known,
            Run::Packed(packed, times) => (0..times).any(|at| bits(packed, at, width) >= known),
        }
    };
    runs(numbers, width, count, see).ok_or_else(cut_off)?;
    if beyond { Err(failed("a value is not in the dictionary")) } else { Ok(()) }
}

fn cut_off() -> parquet::errors::ParquetError {
    failed("a page is cut off")
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
                let (levels, behind) = if *encoding == Encoding::RLE {
                    let (length, behind) = rest.split_first_chunk().ok_or_else(cut_off)?;
                    behind.split_at_checked(u32::from_le_bytes(*length) as usize)
                } else {
                    let bits = all * u64::from(width(most));
                    rest.split_at_checked(bits.div_ceil(8) as usize)
                }
                .ok_or_else(cut_off)?;
                count = Levels::of(levels, most, all, *encoding)?;
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
                    count = Levels::of(levels, most, all, Encoding::RLE)?;
                }
            }
            buf.slice(buf.len() - rest.len()..)
        }
        Page::DictionaryPage { buf, .. } => buf.clone(),
    };
    // Without definition levels each value is there, whatever is repeated.
    Ok((values, if definition > 0 { count } else { all }))
}

/// What there is to know of levels, of which `most` is the highest that may be.
struct Levels {
    most: u64,
    /// How many are that: of definition levels, the values that are there.
    highest: u64,
    higher: bool,
}

impl Levels {
    /// Of `all` levels, written in one of two ways; the older one is known by its name only.
    fn of(bytes: &[u8], most: i16, all: u64, encoding: Encoding) -> Result<u64> {
        let width = width(most);
        let mut levels = Self { most: most as u64, highest: 0, higher: false };
        match encoding {
            Encoding::RLE => {
                runs(bytes, width, all, |run| levels.see(run, width)).ok_or_else(cut_off)?;
            }
            _ => levels.see(Run::Packed(bytes, all), width),
        }
        // Of a level that is too high the crate takes the value for one that is there, or not.
        if levels.higher {
            Err(failed("a level is higher than any can be"))
        } else {
            Ok(levels.highest)
        }
    }

    fn see(&mut self, run: Run<'_>, width: u32) {
        let mut tell = |level: u64, times: u64| {
            self.higher |= times > 0 && level > self.most;
            self.highest += if level == self.most { times } else { 0 };
        };
        match run {
            Run::Same(level, times) => tell(level, times),
            Run::Packed(packed, times) => {
                (0..times).for_each(|at| tell(bits(packed, at, width), 1));
            }
        }
    }
}

/// How many bits a level has, of which this is the highest.
fn width(most: i16) -> u32 {
    i16::BITS - most.leading_zeros()
}

/// Numbers that are told by their deltas.
struct Deltas<'a> {
    /// How many there are.
    total: u64,
    sum: u64,
    /// What stands behind them.
    rest: &'a [u8],
}

/// Goes through deltas, of which there must be so many; `within`: what each number must be, or
/// else they are not unpacked. `None` where they are cut off or anything is not as it must be.
fn deltas<'a>(
    mut bytes: &'a [u8],
    totals: RangeInclusive<u64>,
    within: Option<&RangeInclusive<i64>>,
) -> Option<Deltas<'a>> {
    let (block, parts) = (varint(&mut bytes)?, varint(&mut bytes)?);
    let total = varint(&mut bytes).filter(|total| totals.contains(total))?;
    let mut value = zigzag(varint(&mut bytes)?);
    let part = block.checked_div(parts)?;
    if total == 0 {
        return Some(Deltas { total, sum: 0, rest: bytes });
    }
    if within.is_some_and(|within| !within.contains(&value)) {
        return None;
    }
    let mut sum = i128::from(value);
    let mut left = total - 1;
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
            let all = usize::try_from(part.checked_mul(width.into())? / 8).ok()?;
            let Some(within) = within else {
                bytes = bytes.get(all..).unwrap_or_default();
                left -= count;
                continue;
            };
            let (packed, rest) = bytes.split_at_checked(all)?;
            if width == 0 {
                // Evenly up or down: one step is not told from a billion by its bytes.
                let (times, step) = (i128::from(count), i128::from(least));
                let last = i128::from(value).checked_add(times.checked_mul(step)?)?;
                let last = i64::try_from(last).ok().filter(|last| within.contains(last))?;
                sum += times * (i128::from(value) + i128::from(last) + step) / 2;
                value = last;
            }
            for at in 0..if width == 0 { 0 } else { count } {
                let delta = least.wrapping_add(bits(packed, at, width) as i64);
                value = value.checked_add(delta).filter(|value| within.contains(value))?;
                sum += i128::from(value);
            }
            bytes = rest;
            left -= count;
        }
        if part == 0 {
            return None;
        }
    }
    Some(Deltas { total, sum: u64::try_from(sum.max(0)).unwrap_or(u64::MAX), rest: bytes })
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
    fn the_highest_levels_are_the_values_that_are_there() {
        let highest = |bytes: &[u8], most, all| Levels::of(bytes, most, all, Encoding::RLE);
        assert_eq!(highest(&[3, 0b1011_0101, 14, 1], 1, 15).unwrap(), 12);
        assert_eq!(highest(&[3, 0b1011_0101], 1, 5).unwrap(), 3);
        assert_eq!(highest(&[3, 0b11_10_01_00, 0b11_11_11_11, 8, 2], 3, 12).unwrap(), 5);
        assert!(highest(&[4, 3], 2, 2).is_err() && highest(&[3, 3, 0], 2, 2).is_err());
        assert!(highest(&[14, 2], 1, 7).is_err(), "more bits than it is to have");
        // Whatever is not the newer way is taken for the older one.
        let packed = |bytes: &[u8], most, all| Levels::of(bytes, most, all, Encoding::PLAIN);
        assert_eq!(packed(&[0b10_01_10_00], 2, 4).unwrap(), 2);
        assert!(packed(&[0b11_01_10_00], 2, 4).is_err());
    }

    #[test]
    fn deltas_are_summed_however_they_are_told() {
        let sum = |bytes: &[u8], most| {
            let told = deltas(bytes, 0..=most, Some(&(0..=LONGEST)))?;
            Some((told.total, told.sum, told.rest.len()))
        };
        // 7, 5, 3, 1, 2, 3, 4, 5 of the specification's second example, in one part of 128.
        let mut bytes = vec![128, 1, 1, 8, 14, 3, 2, 0b1100_0000, 0b0011_1111];
        bytes.extend([0; 30]);
        bytes.extend(b"rest");
        assert_eq!(sum(&bytes, 8), Some((8, 30, 4)));
        assert_eq!(sum(&bytes, 7), None, "more than the page has");
        assert!(deltas(&bytes, 9..=9, None).is_none(), "fewer than the page has");
        assert_eq!(sum(&bytes[..20], 8), None);
        assert!(deltas(&bytes[..20], 8..=8, None).is_some(), "what only fills up may be missing");
        assert!(deltas(&bytes, 8..=8, Some(&(2..=9))).is_none(), "one is 1");
        // A billion times the same.
        let same = [128, 1, 1, 0x80, 0x94, 0xeb, 0xdc, 3, 14, 0, 0];
        assert_eq!(sum(&same, u64::MAX), None, "one part has 128");
        let same = [0x80, 0x94, 0xeb, 0xdc, 3, 1, 0x80, 0x94, 0xeb, 0xdc, 3, 14, 0, 0];
        assert_eq!(sum(&same, u64::MAX), Some((1_000_000_000, 7_000_000_000, 0)));
        // 3, 5, 7 and one that is below nothing: 3, 1, -1.
        assert_eq!(sum(&[128, 1, 1, 3, 6, 4, 0], 9), Some((3, 15, 0)));
        assert_eq!(sum(&[128, 1, 1, 3, 6, 3, 0], 9), None);
        for damaged in
            [&[0, 0, 5, 0][..], &[0, 1, 5, 0, 0, 0], &[128, 1], &[128, 1, 1, 5, 0, 0, 65]]
        {
            assert_eq!(sum(damaged, 9), None, "{damaged:?}");
        }
    }

    #[test]
    fn numbers_of_a_dictionary_are_in_it() {
        // Twice 3, then 0 to 3 and what fills up.
        let bytes = [2, 4, 3, 3, 0b11_10_01_00, 0];
        assert!(indices(&bytes, 6, 4).is_ok());
        assert!(indices(&bytes, 6, 3).is_err());
        assert!(indices(&bytes, 11, 4).is_ok(), "fewer than there are to be");
        assert!(indices(&[2, 4, 0x43], 1, 4).is_err(), "more bits than it is to have");
        assert!(indices(&[33, 4, 3], 1, 9).is_err());
        assert!(indices(&[], 0, 9).is_err());
        let behind = [&bytes[..], &[0xff; 11]].concat();
        assert!(indices(&behind, 6, 4).is_err());
    }

    #[test]
    fn values_have_the_length_that_can_be_read() {
        assert_eq!(fixed(&column("FIXED_LEN_BYTE_ARRAY(20) a")), 20);
        assert_eq!(fixed(&column("FIXED_LEN_BYTE_ARRAY(16) a (DECIMAL(38,2))")), 16);
        assert_eq!(fixed(&column("FIXED_LEN_BYTE_ARRAY(20) a (DECIMAL(38,2))")), u64::MAX);
        assert_eq!(fixed(&column("FIXED_LEN_BYTE_ARRAY(20) a (DECIMAL(40,2))")), 20);
        assert_eq!(fixed(&column("INT64 a")), 0);
        let known = |bytes: &[u8]| {
            Statistics::fixed_len_byte_array(Some(bytes.to_vec().into()), None, None, None, false)
        };
        let four = column("FIXED_LEN_BYTE_ARRAY(4) a");
        assert!(statistics(&known(b"abcd"), &four) && !statistics(&known(b"abc"), &four));
    }
}
