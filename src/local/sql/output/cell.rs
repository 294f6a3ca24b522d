//! One value as text: `1.0E10`, `2024-01-01 00:00:00.000`, `[1, 2]`, `{x=1}`.

use std::fmt::Write;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Decimal128Array, IntervalMonthDayNanoArray, MapArray,
    StringArray, StructArray,
};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Field, Float32Type, Float64Type, Int64Type,
    IntervalMonthDayNano, IntervalMonthDayNanoType, IntervalUnit, TimeUnit,
    TimestampMillisecondType,
};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use jiff::tz::TimeZone;

use crate::local::sql::scan::{civil, civil_date};

/// Writes the values of a column.
pub enum Cells {
    Nothing,
    Boolean(BooleanArray),
    Long(datafusion::arrow::array::Int64Array),
    Float(datafusion::arrow::array::Float32Array),
    Double(datafusion::arrow::array::Float64Array),
    Decimal(Decimal128Array, i8),
    Text(StringArray),
    Bytes(ArrayRef),
    Date(datafusion::arrow::array::Date32Array),
    Timestamp(datafusion::arrow::array::TimestampMillisecondArray, Option<(String, TimeZone)>),
    List(ArrayRef, Box<Cells>),
    Map(MapArray, Box<Cells>, Box<Cells>),
    Row(StructArray, Vec<(String, Cells)>),
    /// Months, days and nanoseconds: Trino's two kinds of intervals.
    Span(IntervalMonthDayNanoArray),
    Other(ArrayRef),
}

impl Cells {
    /// Prepares a column for writing.
    pub fn new(array: &ArrayRef, field: &Field) -> Self {
        let to = |kind: DataType| cast(array, &kind).unwrap_or_else(|_| array.clone());
        let of =
            |array: &ArrayRef| Self::new(array, &Field::new("", array.data_type().clone(), true));
        match array.data_type() {
            DataType::Null => Self::Nothing,
            DataType::Boolean => Self::Boolean(array.as_boolean().clone()),
            DataType::Float16 | DataType::Float32 => {
                Self::Float(to(DataType::Float32).as_primitive::<Float32Type>().clone())
            }
            DataType::Float64 => Self::Double(array.as_primitive::<Float64Type>().clone()),
            kind if kind.is_integer() && *kind != DataType::UInt64 => {
                Self::Long(to(DataType::Int64).as_primitive::<Int64Type>().clone())
            }
            DataType::Decimal128(_, s) => {
                Self::Decimal(array.as_primitive::<Decimal128Type>().clone(), *s)
            }
            DataType::Utf8
            | DataType::LargeUtf8
            | DataType::Utf8View
            | DataType::Dictionary(..) => Self::Text(to(DataType::Utf8).as_string::<i32>().clone()),
            DataType::Binary
            | DataType::LargeBinary
            | DataType::BinaryView
            | DataType::FixedSizeBinary(_) => Self::Bytes(to(DataType::Binary)),
            DataType::Date32 | DataType::Date64 => {
                Self::Date(to(DataType::Date32).as_primitive::<Date32Type>().clone())
            }
            DataType::Timestamp(_, zone) => {
                let kind = DataType::Timestamp(TimeUnit::Millisecond, zone.clone());
                let zone = zone.as_ref().map(|name| {
                    let zone = TimeZone::get(name).unwrap_or(TimeZone::UTC);
                    let name = if name.as_ref() == "+00:00" { "UTC" } else { name };
                    (name.to_owned(), zone)
                });
                Self::Timestamp(to(kind).as_primitive::<TimestampMillisecondType>().clone(), zone)
            }
            DataType::List(inner)
            | DataType::LargeList(inner)
            | DataType::FixedSizeList(inner, _) => {
                let list = to(DataType::List(inner.clone()));
                let values = of(list.as_list::<i32>().values());
                Self::List(list, Box::new(values))
            }
            DataType::Map(..) => {
                let map = array.as_map().clone();
                let (keys, values) = (of(map.keys()), of(map.values()));
                Self::Map(map, Box::new(keys), Box::new(values))
            }
            DataType::Struct(fields) => {
                let rows = array.as_struct().clone();
                let columns = fields
                    .iter()
                    .zip(rows.columns())
                    .map(|(f, c)| (f.name().clone(), of(c)))
                    .collect();
                Self::Row(rows, columns)
            }
            DataType::Interval(_) | DataType::Duration(_) => {
                let spans = to(DataType::Interval(IntervalUnit::MonthDayNano));
                match spans.as_primitive_opt::<IntervalMonthDayNanoType>() {
                    Some(spans) => Self::Span(spans.clone()),
                    None => Self::Other(array.clone()),
                }
            }
            _ => {
                let _ = field;
                Self::Other(array.clone())
            }
        }
    }

    /// Writes a value; false where it is NULL.
    pub fn write(&self, row: usize, out: &mut String) -> bool {
        if self.is_null(row) {
            return false;
        }
        match self {
            Self::Nothing => return false,
            Self::Boolean(a) => out.push_str(if a.value(row) { "true" } else { "false" }),
            Self::Long(a) => put(out, a.value(row)),
            Self::Float(a) => {
                out.push_str(&java_float(f64::from(a.value(row)), &a.value(row).to_string()))
            }
            Self::Double(a) => out.push_str(&java_float(a.value(row), &a.value(row).to_string())),
            Self::Decimal(a, scale) => decimal(a.value(row), *scale, out),
            Self::Text(a) => out.push_str(a.value(row)),
            Self::Bytes(a) => {
                for (at, byte) in a.as_binary::<i32>().value(row).iter().enumerate() {
                    let _ = write!(out, "{}{byte:02x}", if at > 0 { " " } else { "" });
                }
            }
            Self::Date(a) => match civil_date(a.value(row)) {
                Some(date) => put(out, date),
                None => put(out, a.value(row)),
            },
            Self::Timestamp(a, zone) => timestamp(a.value(row), zone.as_ref(), out),
            Self::List(a, values) => {
                let offsets = a.as_list::<i32>().value_offsets();
                out.push('[');
                for at in offsets[row]..offsets[row + 1] {
                    if at > offsets[row] {
                        out.push_str(", ");
                    }
                    values.write_or_null(at as usize, out);
                }
                out.push(']');
            }
            Self::Map(a, keys, values) => {
                let offsets = a.value_offsets();
                out.push('{');
                for at in offsets[row]..offsets[row + 1] {
                    if at > offsets[row] {
                        out.push_str(", ");
                    }
                    keys.write_or_null(at as usize, out);
                    out.push('=');
                    values.write_or_null(at as usize, out);
                }
                out.push('}');
            }
            Self::Row(_, columns) => {
                out.push('{');
                for (at, (name, column)) in columns.iter().enumerate() {
                    let _ = write!(out, "{}{name}=", if at > 0 { ", " } else { "" });
                    column.write_or_null(row, out);
                }
                out.push('}');
            }
            Self::Span(a) => span(a.value(row), out),
            Self::Other(a) => {
                let options = FormatOptions::default();
                if let Ok(formatter) = ArrayFormatter::try_new(a.as_ref(), &options) {
                    let _ = write!(out, "{}", formatter.value(row));
                }
            }
        }
        true
    }

    fn write_or_null(&self, row: usize, out: &mut String) {
        if !self.write(row, out) {
            out.push_str("null");
        }
    }

    fn is_null(&self, row: usize) -> bool {
        match self {
            Self::Nothing => true,
            Self::Boolean(a) => a.is_null(row),
            Self::Long(a) => a.is_null(row),
            Self::Float(a) => a.is_null(row),
            Self::Double(a) => a.is_null(row),
            Self::Decimal(a, _) => a.is_null(row),
            Self::Text(a) => a.is_null(row),
            Self::Date(a) => a.is_null(row),
            Self::Timestamp(a, _) => a.is_null(row),
            Self::Span(a) => a.is_null(row),
            Self::Bytes(a) | Self::List(a, _) | Self::Other(a) => a.is_null(row),
            Self::Map(a, ..) => a.is_null(row),
            Self::Row(a, _) => a.is_null(row),
        }
    }
}

fn put(out: &mut String, value: impl std::fmt::Display) {
    let _ = write!(out, "{value}");
}

/// `Double.toString`: plain between 10⁻³ and 10⁷, else with an exponent. `shortest` is the
/// shortest decimal that reads back as the same number.
fn java_float(value: f64, shortest: &str) -> String {
    if value.is_nan() {
        return "NaN".into();
    }
    if value.is_infinite() {
        return if value > 0.0 { "Infinity".into() } else { "-Infinity".into() };
    }
    let magnitude = value.abs();
    if magnitude == 0.0 || (1e-3..1e7).contains(&magnitude) {
        return if shortest.contains('.') { shortest.into() } else { format!("{shortest}.0") };
    }
    let (sign, digits) = match shortest.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", shortest),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all: String = format!("{whole}{fraction}");
    let first = all.find(|c| c != '0').unwrap_or(0);
    let exponent = whole.len() as i64 - 1 - first as i64;
    let significant = all[first..].trim_end_matches('0');
    let (head, tail) = significant.split_at(1.min(significant.len()));
    format!("{sign}{head}.{}E{exponent}", if tail.is_empty() { "0" } else { tail })
}

/// `2 03:04:05.678` for days to seconds, `1-2` for years to months.
fn span(value: IntervalMonthDayNano, out: &mut String) {
    if value.months != 0 {
        let sign = if value.months < 0 { "-" } else { "" };
        let months = value.months.unsigned_abs();
        let _ = write!(out, "{sign}{}-{}", months / 12, months % 12);
        return;
    }
    let millis = i64::from(value.days) * 86_400_000 + value.nanoseconds / 1_000_000;
    let sign = if millis < 0 { "-" } else { "" };
    let millis = millis.unsigned_abs();
    let (day, second) = (millis / 86_400_000, millis / 1000 % 86_400);
    let _ = write!(
        out,
        "{sign}{day} {:02}:{:02}:{:02}.{:03}",
        second / 3600,
        second / 60 % 60,
        second % 60,
        millis % 1000
    );
}

fn decimal(value: i128, scale: i8, out: &mut String) {
    let scale = usize::try_from(scale).unwrap_or(0);
    if scale == 0 {
        put(out, value);
        return;
    }
    let digits = format!("{:0>width$}", value.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    let _ = write!(out, "{}{whole}.{fraction}", if value < 0 { "-" } else { "" });
}

fn timestamp(millis: i64, zone: Option<&(String, TimeZone)>, out: &mut String) {
    let civil = match zone {
        None => civil(millis),
        Some((_, zone)) => {
            jiff::Timestamp::from_millisecond(millis).ok().map(|at| zone.to_datetime(at))
        }
    };
    let Some(at) = civil else {
        put(out, millis);
        return;
    };
    let _ = write!(
        out,
        "{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:03}",
        at.year(),
        at.month(),
        at.day(),
        at.hour(),
        at.minute(),
        at.second(),
        at.millisecond()
    );
    if let Some((name, _)) = zone {
        let _ = write!(out, " {name}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_print_as_java_does() {
        let cases: [(f64, &str); 8] = [
            (1.0, "1.0"),
            (0.1, "0.1"),
            (1e10, "1.0E10"),
            (12345678.9, "1.23456789E7"),
            (0.00012, "1.2E-4"),
            (-1e7, "-1.0E7"),
            (9999999.0, "9999999.0"),
            (0.0, "0.0"),
        ];
        for (value, expected) in cases {
            assert_eq!(java_float(value, &value.to_string()), expected);
        }
    }

    #[test]
    fn decimals_keep_their_scale() {
        let mut out = String::new();
        decimal(-5, 2, &mut out);
        out.push(' ');
        decimal(12_345, 2, &mut out);
        assert_eq!(out, "-0.05 123.45");
    }
}
