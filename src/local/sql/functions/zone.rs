//! Timestamps with a zone, and what comes from and goes to Unix time and ISO 8601.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, Date32Array, Float64Array, Int64Array, StringArray,
    TimestampMillisecondArray,
};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, TimeUnit, TimestampMillisecondType};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::ScalarUDF;
use jiff::tz::TimeZone;

use super::fun::{Args, fun, invalid, returns};
use super::pattern;
use super::time::moments;
use crate::local::sql::scan::{date, timestamp};

fn zoned() -> DataType {
    DataType::Timestamp(TimeUnit::Millisecond, Some(Arc::from("UTC")))
}

pub fn functions() -> Vec<ScalarUDF> {
    vec![
        fun("at_timezone", (2, 2), in_zone, at_timezone),
        fun("with_timezone", (2, 2), in_zone, with_timezone),
        fun("from_unixtime", (1, 1), returns!(zoned()), |args| {
            let at: TimestampMillisecondArray =
                args.doubles(0)?.iter().map(|s| s.map(|s| (s * 1000.0).round() as i64)).collect();
            Ok(Arc::new(at.with_timezone("UTC")))
        }),
        fun("to_unixtime", (1, 1), returns!(DataType::Float64), |args| {
            let seconds: Float64Array = instants(&args.arrays[0])?
                .iter()
                .map(|at| at.map(|at| at as f64 / 1000.0))
                .collect();
            Ok(Arc::new(seconds))
        }),
        fun("from_iso8601_timestamp", (1, 1), returns!(zoned()), |args| iso(args, false)),
        fun("try_from_iso8601_timestamp", (1, 1), returns!(zoned()), |args| iso(args, true)),
        fun("from_iso8601_date", (1, 1), returns!(DataType::Date32), |args| iso_date(args, false)),
        fun("try_from_iso8601_date", (1, 1), returns!(DataType::Date32), |args| {
            iso_date(args, true)
        }),
        fun("to_iso8601", (1, 1), returns!(DataType::Utf8), to_iso),
        fun("parse_datetime", (2, 2), returns!(zoned()), |args| parse_datetime(args, false)),
        fun("try_parse_datetime", (2, 2), returns!(zoned()), |args| parse_datetime(args, true)),
        fun("to_milliseconds", (1, 1), returns!(DataType::Int64), |args| {
            Ok(Arc::new(instants(&args.arrays[0])?))
        }),
    ]
}

/// The zone of the answer is the literal's.
fn in_zone(_: &[FieldRef], literals: &[Option<&ScalarValue>]) -> Result<Field> {
    let name = literals.get(1).copied().flatten().and_then(|s| s.try_as_str().flatten());
    let name = name.ok_or_else(|| invalid("The time zone must be a literal"))?;
    TimeZone::get(name).map_err(|_| invalid(format!("'{name}' is not a valid time zone")))?;
    Ok(Field::new("f", DataType::Timestamp(TimeUnit::Millisecond, Some(Arc::from(name))), true))
}

/// Milliseconds since 1970 in UTC; a timestamp without a zone is taken for UTC.
fn instants(array: &ArrayRef) -> Result<Int64Array> {
    let zone = match array.data_type() {
        DataType::Timestamp(_, zone) => zone.clone(),
        _ => None,
    };
    let millis = cast(array, &DataType::Timestamp(TimeUnit::Millisecond, zone))?;
    let millis = millis.as_primitive::<TimestampMillisecondType>();
    Ok(Int64Array::new(millis.values().clone(), millis.nulls().cloned()))
}

fn relabel(array: &Int64Array, to: &DataType) -> ArrayRef {
    let at = TimestampMillisecondArray::new(array.values().clone(), array.nulls().cloned());
    match to {
        DataType::Timestamp(_, Some(zone)) => Arc::new(at.with_timezone(zone.clone())),
        _ => Arc::new(at),
    }
}

fn at_timezone(args: &Args) -> Result<ArrayRef> {
    Ok(relabel(&instants(&args.arrays[0])?, args.returns.data_type()))
}

/// The same clock reading in another zone.
fn with_timezone(args: &Args) -> Result<ArrayRef> {
    let DataType::Timestamp(_, Some(name)) = args.returns.data_type() else {
        return Err(invalid("The time zone must be a literal"));
    };
    let zone = TimeZone::get(name).map_err(|e| invalid(e.to_string()))?;
    let at: Int64Array = moments(&args.arrays[0], &args.fields[0])?
        .into_iter()
        .map(|at| at.and_then(|at| zone.to_timestamp(at).ok()).map(|at| at.as_millisecond()))
        .collect();
    Ok(relabel(&at, args.returns.data_type()))
}

/// `2024-01-01 12:00:00 Europe/London`, `… +02:00`, `… UTC`; without a zone it is UTC.
pub fn parse_zoned(text: &str) -> Option<i64> {
    let text = text.trim();
    let time_at = text.find([' ', 'T']).unwrap_or(text.len());
    let zone_at = text[time_at..]
        .char_indices()
        .skip(1)
        .find(|(_, c)| matches!(c, '+' | '-' | 'Z') || c.is_ascii_alphabetic())
        .map(|(at, _)| time_at + at);
    let (clock, zone) = match zone_at {
        Some(at) => (text[..at].trim_end(), text[at..].trim()),
        None => (text, "UTC"),
    };
    let local = crate::local::sql::scan::civil(timestamp(clock)?)?;
    Some(zone_of(zone)?.to_timestamp(local).ok()?.as_millisecond())
}

fn zone_of(name: &str) -> Option<TimeZone> {
    if matches!(name, "Z" | "z" | "UTC" | "GMT") {
        return Some(TimeZone::UTC);
    }
    let Some(rest) = name.strip_prefix(['+', '-']) else {
        return TimeZone::get(name).ok();
    };
    let digits: String = rest.chars().filter(char::is_ascii_digit).collect();
    let hours: i32 = digits.get(..2).unwrap_or(&digits).parse().ok()?;
    let minutes: i32 = digits.get(2..4).map_or(Some(0), |m| m.parse().ok())?;
    let seconds = (hours * 60 + minutes) * 60 * if name.starts_with('-') { -1 } else { 1 };
    Some(jiff::tz::Offset::from_seconds(seconds).ok()?.to_time_zone())
}

fn iso(args: &Args, lenient: bool) -> Result<ArrayRef> {
    let mut out = Vec::with_capacity(args.rows);
    for text in &args.strings(0)? {
        match text.map(|t| (t, parse_zoned(t))) {
            None => out.push(None),
            Some((_, Some(at))) => out.push(Some(at)),
            Some((_, None)) if lenient => out.push(None),
            Some((text, None)) => return Err(invalid(format!("Invalid format: \"{text}\""))),
        }
    }
    Ok(Arc::new(TimestampMillisecondArray::from(out).with_timezone("UTC")))
}

fn iso_date(args: &Args, lenient: bool) -> Result<ArrayRef> {
    let mut out = Vec::with_capacity(args.rows);
    for text in &args.strings(0)? {
        match text.map(|t| (t, date(t))) {
            None => out.push(None),
            Some((_, Some(at))) => out.push(Some(at)),
            Some((_, None)) if lenient => out.push(None),
            Some((text, None)) => return Err(invalid(format!("Invalid format: \"{text}\""))),
        }
    }
    Ok(Arc::new(Date32Array::from(out)))
}

fn to_iso(args: &Args) -> Result<ArrayRef> {
    let kind = args.arrays[0].data_type().clone();
    let shown: StringArray = moments(&args.arrays[0], &args.fields[0])?
        .into_iter()
        .map(|at| {
            at.map(|at| match &kind {
                DataType::Date32 => at.date().to_string(),
                DataType::Timestamp(_, Some(name)) => {
                    let zone = TimeZone::get(name).unwrap_or(TimeZone::UTC);
                    let offset = zone
                        .to_timestamp(at)
                        .map(|t| zone.to_offset(t).seconds())
                        .unwrap_or_default();
                    let zone = match offset {
                        0 => "Z".to_owned(),
                        s => format!(
                            "{}{:02}:{:02}",
                            if s < 0 { '-' } else { '+' },
                            s.abs() / 3600,
                            s.abs() / 60 % 60
                        ),
                    };
                    format!(
                        "{}T{:02}:{:02}:{:02}.{:03}{zone}",
                        at.date(),
                        at.hour(),
                        at.minute(),
                        at.second(),
                        at.millisecond()
                    )
                }
                _ => format!(
                    "{}T{:02}:{:02}:{:02}.{:03}",
                    at.date(),
                    at.hour(),
                    at.minute(),
                    at.second(),
                    at.millisecond()
                ),
            })
        })
        .collect();
    Ok(Arc::new(shown))
}

fn parse_datetime(args: &Args, lenient: bool) -> Result<ArrayRef> {
    let (texts, formats) = (args.strings(0)?, args.strings(1)?);
    let mut out = Vec::with_capacity(args.rows);
    for (text, format) in texts.iter().zip(&formats) {
        let (Some(text), Some(format)) = (text, format) else {
            out.push(None);
            continue;
        };
        let parts = pattern::joda(format).map_err(invalid)?;
        let at = pattern::read(&parts, text).and_then(|parsed| {
            let zone = parsed.zone.as_deref().map_or(Some(TimeZone::UTC), zone_of)?;
            Some(zone.to_timestamp(parsed.at).ok()?.as_millisecond())
        });
        match at {
            None if !lenient => {
                return Err(invalid(format!("Invalid format: \"{text}\" is malformed")));
            }
            at => out.push(at),
        }
    }
    Ok(Arc::new(TimestampMillisecondArray::from(out).with_timezone("UTC")))
}
