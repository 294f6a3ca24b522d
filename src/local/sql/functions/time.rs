//! Dates and times.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, Date32Array, Int64Array, StringArray, TimestampMillisecondArray,
};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{
    DataType, Date32Type, Field, FieldRef, TimeUnit, TimestampMillisecondType,
};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::ScalarUDF;
use jiff::civil::DateTime;
use jiff::{Span, ToSpan, Unit};

use super::fun::{Args, fun, invalid, returns, type_name};
use super::pattern::{self, Part};
use crate::local::sql::error::SqlError;
use crate::local::sql::scan::{civil, civil_date, days, millis};
use crate::local::sql::types::TIMESTAMP;

const LONG: DataType = DataType::Int64;

pub fn functions() -> Vec<ScalarUDF> {
    let mut all = vec![
        fun("date_add", (3, 3), same_as_third, date_add),
        fun("date_diff", (3, 3), returns!(LONG), date_diff),
        fun("date_trunc", (2, 2), same_as_second, date_trunc),
        fun("date_parse", (2, 2), returns!(TIMESTAMP), |a| date_parse(a, false)),
        fun("try_date_parse", (2, 2), returns!(TIMESTAMP), |a| date_parse(a, true)),
        fun("date_format", (2, 2), returns!(DataType::Utf8), |a| format(a, pattern::mysql)),
        fun("format_datetime", (2, 2), returns!(DataType::Utf8), |a| format(a, pattern::joda)),
        fun("last_day_of_month", (1, 1), returns!(DataType::Date32), last_day),
    ];
    macro_rules! parts {
        ($($name:literal => $of:expr),* $(,)?) => {
            $(all.push(fun($name, (1, 1), returns!(LONG), |a| {
                let of: fn(DateTime) -> i64 = $of;
                part(a, of)
            }));)*
        };
    }
    parts! {
        "year" => |t| i64::from(t.year()),
        "quarter" => |t| i64::from((t.month() - 1) / 3 + 1),
        "month" => |t| i64::from(t.month()),
        "week" => |t| i64::from(t.date().iso_week_date().week()),
        "year_of_week" => |t| i64::from(t.date().iso_week_date().year()),
        "day" => |t| i64::from(t.day()),
        "day_of_week" => |t| i64::from(t.weekday().to_monday_one_offset()),
        "day_of_year" => |t| i64::from(t.day_of_year()),
        "hour" => |t| i64::from(t.hour()),
        "minute" => |t| i64::from(t.minute()),
        "second" => |t| i64::from(t.second()),
        "millisecond" => |t| i64::from(t.millisecond()),
    }
    all
}

fn same_as_third(fields: &[FieldRef], _: &[Option<&ScalarValue>]) -> Result<Field> {
    moment_type(&fields[2])
}

fn same_as_second(fields: &[FieldRef], _: &[Option<&ScalarValue>]) -> Result<Field> {
    moment_type(&fields[1])
}

fn moment_type(field: &Field) -> Result<Field> {
    Ok(Field::new(
        "f",
        match field.data_type() {
            DataType::Date32 => DataType::Date32,
            DataType::Timestamp(_, zone) => {
                DataType::Timestamp(TimeUnit::Millisecond, zone.clone())
            }
            DataType::Null => TIMESTAMP,
            _ => {
                return Err(SqlError::user(format!(
                    "TYPE_MISMATCH: a date or timestamp is wanted, not {}",
                    type_name(field)
                ))
                .into());
            }
        },
        true,
    ))
}

/// Dates and timestamps as civil times; those with a zone as that zone's clock shows them.
pub fn moments(array: &ArrayRef, field: &Field) -> Result<Vec<Option<DateTime>>> {
    Ok(match array.data_type() {
        DataType::Date32 => array
            .as_primitive::<Date32Type>()
            .iter()
            .map(|d| d.and_then(civil_date).map(|d| d.at(0, 0, 0, 0)))
            .collect(),
        DataType::Timestamp(_, zone) => {
            let cast = cast(array, &DataType::Timestamp(TimeUnit::Millisecond, zone.clone()))?;
            let zone = zone.as_ref().and_then(|z| jiff::tz::TimeZone::get(z).ok());
            cast.as_primitive::<TimestampMillisecondType>()
                .iter()
                .map(|at| match (&zone, at) {
                    (Some(zone), Some(at)) => {
                        jiff::Timestamp::from_millisecond(at).ok().map(|at| zone.to_datetime(at))
                    }
                    (None, Some(at)) => civil(at),
                    (_, None) => None,
                })
                .collect()
        }
        DataType::Null => vec![None; array.len()],
        _ => {
            moment_type(field)?;
            Vec::new()
        }
    })
}

/// Back into the type of the answer.
fn build(returns: &DataType, values: Vec<Option<DateTime>>) -> ArrayRef {
    match returns {
        DataType::Date32 => Arc::new(
            values.into_iter().map(|v| v.and_then(|v| days(v.date()))).collect::<Date32Array>(),
        ),
        DataType::Timestamp(_, Some(name)) => {
            let zone = jiff::tz::TimeZone::get(name).unwrap_or(jiff::tz::TimeZone::UTC);
            let out: TimestampMillisecondArray = values
                .into_iter()
                .map(|v| v.and_then(|v| zone.to_timestamp(v).ok()).map(|t| t.as_millisecond()))
                .collect();
            Arc::new(out.with_timezone(name.clone()))
        }
        _ => Arc::new(
            values.into_iter().map(|v| v.and_then(millis)).collect::<TimestampMillisecondArray>(),
        ),
    }
}

fn part(args: &Args, of: fn(DateTime) -> i64) -> Result<ArrayRef> {
    let found: Int64Array =
        moments(&args.arrays[0], &args.fields[0])?.into_iter().map(|at| at.map(of)).collect();
    Ok(Arc::new(found))
}

fn last_day(args: &Args) -> Result<ArrayRef> {
    let last = moments(&args.arrays[0], &args.fields[0])?
        .into_iter()
        .map(|at| at.map(|at| at.date().last_of_month().at(0, 0, 0, 0)));
    Ok(build(&DataType::Date32, last.collect()))
}

fn bad_unit(unit: &str) -> datafusion::common::DataFusionError {
    invalid(format!("'{unit}' is not a valid Timestamp field"))
}

fn date_add(args: &Args) -> Result<ArrayRef> {
    let (units, amounts) = (args.strings(0)?, args.longs(1)?);
    let moments = moments(&args.arrays[2], &args.fields[2])?;
    let mut out = Vec::with_capacity(args.rows);
    for (row, at) in moments.into_iter().enumerate() {
        if at.is_none() || units.is_null(row) || amounts.is_null(row) {
            out.push(None);
            continue;
        }
        let span = span(units.value(row), amounts.value(row))?;
        out.push(at.and_then(|at| at.checked_add(span).ok()));
    }
    Ok(build(args.returns.data_type(), out))
}

fn span(unit: &str, n: i64) -> Result<Span> {
    let span = match unit.to_lowercase().as_str() {
        "millisecond" => Span::new().try_milliseconds(n),
        "second" => Span::new().try_seconds(n),
        "minute" => Span::new().try_minutes(n),
        "hour" => Span::new().try_hours(n),
        "day" => Span::new().try_days(n),
        "week" => Span::new().try_weeks(n),
        "month" => Span::new().try_months(n),
        "quarter" => Span::new().try_months(n.saturating_mul(3)),
        "year" => Span::new().try_years(n),
        _ => return Err(bad_unit(unit)),
    };
    span.map_err(|_| invalid(format!("{n} {unit}s are out of range")))
}

fn date_diff(args: &Args) -> Result<ArrayRef> {
    let units = args.strings(0)?;
    let from = moments(&args.arrays[1], &args.fields[1])?;
    let to = moments(&args.arrays[2], &args.fields[2])?;
    let mut out = Vec::with_capacity(args.rows);
    for (row, (from, to)) in from.into_iter().zip(to).enumerate() {
        let (Some(from), Some(to)) = (from, to) else {
            out.push(None);
            continue;
        };
        out.push(if units.is_null(row) { None } else { Some(whole(units.value(row), from, to)?) });
    }
    Ok(Arc::new(Int64Array::from(out)))
}

/// Whole units between two moments, towards zero.
fn whole(unit: &str, from: DateTime, to: DateTime) -> Result<i64> {
    let unit = unit.to_lowercase();
    let exact = |divisor: i64| {
        let (from, to) = (millis(from).unwrap_or(0), millis(to).unwrap_or(0));
        (to - from) / divisor
    };
    let months = || -> i64 {
        from.until((Unit::Month, to)).map(|s| i64::from(s.get_months())).unwrap_or_default()
    };
    Ok(match unit.as_str() {
        "millisecond" => exact(1),
        "second" => exact(1000),
        "minute" => exact(60_000),
        "hour" => exact(3_600_000),
        "day" => exact(86_400_000),
        "week" => exact(7 * 86_400_000),
        "month" => months(),
        "quarter" => months() / 3,
        "year" => months() / 12,
        _ => return Err(bad_unit(&unit)),
    })
}

fn date_trunc(args: &Args) -> Result<ArrayRef> {
    let units = args.strings(0)?;
    let moments = moments(&args.arrays[1], &args.fields[1])?;
    let mut out = Vec::with_capacity(args.rows);
    for (row, at) in moments.into_iter().enumerate() {
        match at {
            Some(at) if !units.is_null(row) => out.push(Some(trunc(units.value(row), at)?)),
            _ => out.push(None),
        }
    }
    Ok(build(args.returns.data_type(), out))
}

fn trunc(unit: &str, at: DateTime) -> Result<DateTime> {
    let date = at.date();
    let midnight = |date: jiff::civil::Date| date.at(0, 0, 0, 0);
    Ok(match unit.to_lowercase().as_str() {
        "millisecond" => {
            date.at(at.hour(), at.minute(), at.second(), i32::from(at.millisecond()) * 1_000_000)
        }
        "second" => date.at(at.hour(), at.minute(), at.second(), 0),
        "minute" => date.at(at.hour(), at.minute(), 0, 0),
        "hour" => date.at(at.hour(), 0, 0, 0),
        "day" => midnight(date),
        "week" => {
            let back = i64::from(date.weekday().to_monday_zero_offset());
            midnight(date.checked_sub(back.days()).unwrap_or(date))
        }
        "month" => midnight(date.first_of_month()),
        "quarter" => {
            let month = (date.month() - 1) / 3 * 3 + 1;
            midnight(jiff::civil::Date::new(date.year(), month, 1).unwrap_or(date))
        }
        "year" => midnight(date.first_of_year()),
        _ => return Err(bad_unit(unit)),
    })
}

type Compile = fn(&str) -> Result<Vec<Part>, String>;

/// The pattern of each row; a constant one is compiled once.
struct Patterns {
    compile: Compile,
    known: Option<(String, Vec<Part>)>,
}

impl Patterns {
    fn get(&mut self, text: &str) -> Result<&[Part]> {
        if self.known.as_ref().is_none_or(|(spelled, _)| spelled != text) {
            let parts = (self.compile)(text).map_err(invalid)?;
            self.known = Some((text.to_owned(), parts));
        }
        Ok(self.known.as_ref().map_or(&[], |(_, parts)| parts.as_slice()))
    }
}

fn date_parse(args: &Args, lenient: bool) -> Result<ArrayRef> {
    let (texts, formats) = (args.strings(0)?, args.strings(1)?);
    let mut patterns = Patterns { compile: pattern::mysql, known: None };
    let mut out = Vec::with_capacity(args.rows);
    for (text, format) in texts.iter().zip(&formats) {
        let (Some(text), Some(format)) = (text, format) else {
            out.push(None);
            continue;
        };
        match pattern::read(patterns.get(format)?, text) {
            Some(parsed) => out.push(Some(parsed.at)),
            None if lenient => out.push(None),
            None => return Err(invalid(format!("Invalid format: \"{text}\""))),
        }
    }
    Ok(build(&TIMESTAMP, out))
}

fn format(args: &Args, compile: Compile) -> Result<ArrayRef> {
    let formats = args.strings(1)?;
    let moments = moments(&args.arrays[0], &args.fields[0])?;
    let zone = match args.arrays[0].data_type() {
        DataType::Timestamp(_, Some(zone)) => zone.to_string(),
        _ => "UTC".to_owned(),
    };
    let mut patterns = Patterns { compile, known: None };
    let mut out = Vec::with_capacity(args.rows);
    for (at, format) in moments.into_iter().zip(&formats) {
        out.push(match (at, format) {
            (Some(at), Some(format)) => Some(pattern::print(patterns.get(format)?, at, &zone)),
            _ => None,
        });
    }
    Ok(Arc::new(StringArray::from(out)))
}
