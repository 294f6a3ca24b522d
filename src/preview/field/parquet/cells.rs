//! Values as text: a cell as it is, what is nested in it as JSON would have it.

use std::fmt::Write as _;

use arrow_array::cast::AsArray as _;
use arrow_array::types::*;
use arrow_array::{Array, ArrayRef, PrimitiveArray};
use arrow_schema::{DataType, FieldRef, IntervalUnit, TimeUnit};

use super::super::{CELL, cut};

/// The most bytes of a cell before it is cut to its characters.
const ENOUGH: usize = 4 * CELL;

/// The value of a row; `None` is NULL. `kind`: the column's type, in which maps are told from the
/// lists that they are read as.
pub(super) fn cell(kind: &DataType, array: &ArrayRef, row: usize) -> Option<String> {
    if is_null(array, row) {
        return None;
    }
    let mut text = String::new();
    write(&mut text, kind, array, row, false);
    Some(cut(&text, CELL))
}

/// An array of nothing but nulls does not say so of any row.
fn is_null(array: &ArrayRef, row: usize) -> bool {
    *array.data_type() == DataType::Null || array.is_null(row)
}

/// Hands over an array's numbers as the type they are.
macro_rules! primitive {
    ($array:expr, $row:expr, $kind:ty) => {
        $array.as_primitive::<$kind>().value($row).to_string()
    };
}

fn write(out: &mut String, kind: &DataType, array: &ArrayRef, row: usize, nested: bool) {
    if out.len() > ENOUGH {
        return;
    }
    if is_null(array, row) {
        out.push_str("null");
        return;
    }
    match array.data_type() {
        DataType::Utf8 => string(out, array.as_string::<i32>().value(row), nested),
        DataType::Utf8View => string(out, array.as_string_view().value(row), nested),
        DataType::Binary => binary(out, array.as_binary::<i32>().value(row), nested),
        DataType::BinaryView => binary(out, array.as_binary_view().value(row), nested),
        DataType::FixedSizeBinary(_) => {
            binary(out, array.as_fixed_size_binary().value(row), nested)
        }
        DataType::List(_) => items(out, kind, &array.as_list::<i32>().value(row)),
        DataType::Struct(_) => {
            between(out, ('{', '}'), members(kind, array), |out, (field, column)| {
                string(out, field.name(), true);
                out.push(':');
                write(out, field.data_type(), column, row, true);
            });
        }
        _ => {
            let text = plain(array, row);
            let bare =
                matches!(array.data_type(), DataType::Boolean) || array.data_type().is_numeric();
            if nested && !bare { string(out, &text, true) } else { out.push_str(&text) }
        }
    }
}

/// What is in a list, or the entries of a map.
fn items(out: &mut String, kind: &DataType, items: &ArrayRef) {
    let all = 0..items.len();
    match kind {
        DataType::Map(entries, _) => between(out, ('{', '}'), all, |out, at| {
            for (nth, (field, column)) in members(entries.data_type(), items).enumerate() {
                out.push_str(if nth > 0 { ":" } else { "" });
                write(out, field.data_type(), column, at, true);
            }
        }),
        DataType::List(item) => between(out, ('[', ']'), all, |out, at| {
            write(out, item.data_type(), items, at, true);
        }),
        _ => {}
    }
}

/// The members of structures, each with its type.
fn members<'a>(
    kind: &'a DataType,
    structures: &'a ArrayRef,
) -> impl Iterator<Item = (&'a FieldRef, &'a ArrayRef)> {
    let fields = match kind {
        DataType::Struct(fields) => &fields[..],
        _ => &[],
    };
    fields.iter().zip(structures.as_struct().columns())
}

/// Commas between what `tell` tells of each, as long as the cell has room.
fn between<T>(
    out: &mut String,
    (open, close): (char, char),
    items: impl Iterator<Item = T>,
    tell: impl Fn(&mut String, T),
) {
    out.push(open);
    for (at, item) in items.enumerate() {
        if out.len() > ENOUGH {
            break;
        }
        if at > 0 {
            out.push(',');
        }
        tell(out, item);
    }
    out.push(close);
}

fn string(out: &mut String, text: &str, nested: bool) {
    let text = cut(text, CELL);
    if nested {
        out.push_str(&serde_json::Value::from(text).to_string());
    } else {
        out.push_str(&text);
    }
}

/// Text where it is text, as it is in files that do not say so; else hexadecimal.
fn binary(out: &mut String, bytes: &[u8], nested: bool) {
    let text = std::str::from_utf8(bytes).ok().filter(|text| !text.contains(char::is_control));
    if let Some(text) = text {
        return string(out, text, nested);
    }
    let some = &bytes[..bytes.len().min(CELL)];
    string(out, &format!("0x{}", hex::encode(some)), nested);
}

/// What is neither text nor nested.
fn plain(array: &dyn Array, row: usize) -> String {
    use DataType::*;
    match array.data_type() {
        Boolean => array.as_boolean().value(row).to_string(),
        Int8 => primitive!(array, row, Int8Type),
        Int16 => primitive!(array, row, Int16Type),
        Int32 => primitive!(array, row, Int32Type),
        Int64 => primitive!(array, row, Int64Type),
        UInt8 => primitive!(array, row, UInt8Type),
        UInt16 => primitive!(array, row, UInt16Type),
        UInt32 => primitive!(array, row, UInt32Type),
        UInt64 => primitive!(array, row, UInt64Type),
        Float16 => primitive!(array, row, Float16Type),
        Float32 => primitive!(array, row, Float32Type),
        Float64 => primitive!(array, row, Float64Type),
        Decimal32(..) => array.as_primitive::<Decimal32Type>().value_as_string(row),
        Decimal64(..) => array.as_primitive::<Decimal64Type>().value_as_string(row),
        Decimal128(..) => array.as_primitive::<Decimal128Type>().value_as_string(row),
        Decimal256(..) => array.as_primitive::<Decimal256Type>().value_as_string(row),
        Date32 => date(array.as_primitive::<Date32Type>(), row),
        Date64 => date(array.as_primitive::<Date64Type>(), row),
        Time32(TimeUnit::Second) => time(array.as_primitive::<Time32SecondType>(), row),
        Time32(_) => time(array.as_primitive::<Time32MillisecondType>(), row),
        Time64(TimeUnit::Microsecond) => time(array.as_primitive::<Time64MicrosecondType>(), row),
        Time64(_) => time(array.as_primitive::<Time64NanosecondType>(), row),
        Timestamp(unit, zone) => {
            let text = match unit {
                TimeUnit::Second => moment(array.as_primitive::<TimestampSecondType>(), row),
                TimeUnit::Millisecond => {
                    moment(array.as_primitive::<TimestampMillisecondType>(), row)
                }
                TimeUnit::Microsecond => {
                    moment(array.as_primitive::<TimestampMicrosecondType>(), row)
                }
                TimeUnit::Nanosecond => {
                    moment(array.as_primitive::<TimestampNanosecondType>(), row)
                }
            };
            if zone.is_some() { format!("{text} UTC") } else { text }
        }
        Interval(IntervalUnit::DayTime) => {
            let value = array.as_primitive::<IntervalDayTimeType>().value(row);
            format!("{} days {} ms", value.days, value.milliseconds)
        }
        Interval(IntervalUnit::MonthDayNano) => {
            let value = array.as_primitive::<IntervalMonthDayNanoType>().value(row);
            format!("{} months {} days {} ns", value.months, value.days, value.nanoseconds)
        }
        other => {
            let mut text = String::new();
            let _ = write!(text, "({other})");
            text
        }
    }
}

/// Of what no calendar has, the number itself.
fn date<T>(array: &PrimitiveArray<T>, row: usize) -> String
where
    T: ArrowTemporalType,
    i64: From<T::Native>,
{
    let number = i64::from(array.value(row));
    array.value_as_date(row).map_or_else(|| number.to_string(), |date| date.to_string())
}

fn time<T>(array: &PrimitiveArray<T>, row: usize) -> String
where
    T: ArrowTemporalType,
    i64: From<T::Native>,
{
    let number = i64::from(array.value(row));
    array.value_as_time(row).map_or_else(|| number.to_string(), |time| time.to_string())
}

fn moment<T>(array: &PrimitiveArray<T>, row: usize) -> String
where
    T: ArrowTemporalType,
    i64: From<T::Native>,
{
    let number = i64::from(array.value(row));
    array.value_as_datetime(row).map_or_else(|| number.to_string(), |moment| moment.to_string())
}
