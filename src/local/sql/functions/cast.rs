//! `CAST` and `TRY_CAST` by Trino's rules: doubles round, timestamps print with milliseconds,
//! JSON becomes arrays, maps and rows.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, Decimal128Array, Float64Array, Int64Array, StringArray,
    new_null_array,
};
use datafusion::arrow::compute::{CastOptions, cast, cast_with_options};
use datafusion::arrow::datatypes::{DataType, Decimal128Type, Field, FieldRef, Float64Type};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::ScalarUDF;
use serde_json::Value;

use super::fun::{Args, fun, type_name};
use super::json::to_json;
use crate::local::sql::error::SqlError;
use crate::local::sql::output::Cells;
use crate::local::sql::scan::{Column, boolean, date, timestamp};
use crate::local::sql::types::{HiveType, Target, hive_name, is_json, parse_trino};

pub fn functions() -> Vec<ScalarUDF> {
    vec![
        fun("athena_cast", (2, 2), returns, |args| run(args, false)),
        // The first argument in the type of the second.
        fun(
            "athena_as",
            (2, 2),
            |f, _| Ok(f[1].as_ref().clone().with_name("f")),
            |args| {
                let to = args.returns.data_type();
                match (args.arrays[0].data_type(), to) {
                    (DataType::Float32 | DataType::Float64, whole) if whole.is_integer() => {
                        round_doubles(&args.arrays[0], to, true)
                    }
                    _ => plain(&args.arrays[0], to, true),
                }
            },
        ),
        fun("athena_try_cast", (2, 2), returns, |args| run(args, true)),
    ]
}

fn target(literal: Option<&ScalarValue>) -> Result<Target> {
    let text = literal.and_then(|s| s.try_as_str().flatten()).unwrap_or_default();
    parse_trino(text).map_err(|why| SqlError::user(format!("TYPE_MISMATCH: {why}")).into())
}

fn returns(_: &[FieldRef], literals: &[Option<&ScalarValue>]) -> Result<Field> {
    Ok(target(literals.get(1).copied().flatten())?.field)
}

fn run(args: &Args, lenient: bool) -> Result<ArrayRef> {
    let literal =
        if args.rows == 0 { None } else { Some(ScalarValue::try_from_array(&args.arrays[1], 0)?) };
    let from = &args.arrays[0];
    let target = match &literal {
        Some(literal) => target(Some(literal))?,
        None => return Ok(new_null_array(args.returns.data_type(), 0)),
    };
    let to = target.field.data_type();
    if from.data_type() == &DataType::Null {
        return Ok(new_null_array(to, from.len()));
    }
    if is_json(&target.field) {
        return Ok(Arc::new(to_json(from, &args.fields[0])?));
    }
    if is_json(&args.fields[0]) {
        return from_json(&args.strings(0)?, &target, lenient);
    }
    match (from.data_type(), to) {
        (_, DataType::Utf8) => to_text(from, &args.fields[0], target.length),
        (DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View, _) => {
            from_text(&args.strings(0)?, to, lenient)
        }
        (DataType::Float32 | DataType::Float64, whole) if whole.is_integer() => {
            round_doubles(from, to, lenient)
        }
        (DataType::Decimal128(_, scale), whole) if whole.is_integer() => {
            round_decimals(from, *scale, to, lenient)
        }
        (DataType::Struct(_), DataType::Struct(fields)) => {
            let rows = from.as_struct();
            if rows.num_columns() != fields.len() {
                return Err(mismatch(&args.fields[0], &target.field).into());
            }
            // Rows are cast by position; the names are the target's.
            let columns = rows
                .columns()
                .iter()
                .zip(fields)
                .map(|(column, field)| plain(column, field.data_type(), lenient))
                .collect::<Result<Vec<_>>>()?;
            Ok(Arc::new(datafusion::arrow::array::StructArray::try_new(
                fields.clone(),
                columns,
                rows.nulls().cloned(),
            )?))
        }
        (found, _) if !castable(found, to) => Err(mismatch(&args.fields[0], &target.field).into()),
        _ => plain(from, to, lenient),
    }
}

fn castable(from: &DataType, to: &DataType) -> bool {
    let time = |t: &DataType| matches!(t, DataType::Timestamp(..) | DataType::Date32);
    from == to
        || (time(from) && time(to))
        || (from.is_numeric() && (to.is_numeric() || *to == DataType::Boolean))
        || (*from == DataType::Boolean && to.is_numeric())
        || (from.is_nested() && to.is_nested())
}

fn mismatch(from: &Field, to: &Field) -> SqlError {
    SqlError::user(format!("TYPE_MISMATCH: Cannot cast {} to {}", type_name(from), type_name(to)))
}

fn plain(array: &ArrayRef, to: &DataType, lenient: bool) -> Result<ArrayRef> {
    let options = CastOptions { safe: lenient, ..CastOptions::default() };
    Ok(cast_with_options(array, to, &options)?)
}

/// Values print as they do in results, but for the lengths of `varchar(n)`.
fn to_text(array: &ArrayRef, field: &Field, length: Option<usize>) -> Result<ArrayRef> {
    let cells = Cells::new(array, field);
    let mut out = datafusion::arrow::array::StringBuilder::new();
    let mut text = String::new();
    for row in 0..array.len() {
        text.clear();
        if cells.write(row, &mut text) {
            match length {
                Some(n) => out.append_value(text.chars().take(n).collect::<String>()),
                None => out.append_value(&text),
            }
        } else {
            out.append_null();
        }
    }
    Ok(Arc::new(out.finish()))
}

fn from_text(array: &StringArray, to: &DataType, lenient: bool) -> Result<ArrayRef> {
    // Java's idea of booleans, dates and timestamps is not Arrow's.
    match to {
        DataType::Boolean => parsed(array, lenient, "boolean", |text| match text {
            "t" | "T" | "1" => Some(true),
            "f" | "F" | "0" => Some(false),
            other => boolean(other),
        })
        .map(|v| Arc::new(datafusion::arrow::array::BooleanArray::from(v)) as ArrayRef),
        DataType::Date32 => parsed(array, lenient, "date", |t| date(t.trim()))
            .map(|v| Arc::new(datafusion::arrow::array::Date32Array::from(v)) as ArrayRef),
        DataType::Timestamp(_, None) => parsed(array, lenient, "timestamp", timestamp).map(|v| {
            Arc::new(datafusion::arrow::array::TimestampMillisecondArray::from(v)) as ArrayRef
        }),
        DataType::Timestamp(_, Some(zone)) => {
            let moments =
                parsed(array, lenient, "timestamp with time zone", super::zone::parse_zoned)?;
            Ok(Arc::new(
                datafusion::arrow::array::TimestampMillisecondArray::from(moments)
                    .with_timezone(zone.clone()),
            ))
        }
        DataType::Float64 | DataType::Float32 => {
            let doubles = parsed(array, lenient, "double", crate::local::sql::scan::double)?;
            let doubles: ArrayRef = Arc::new(Float64Array::from(doubles));
            Ok(cast(&doubles, to)?)
        }
        whole if whole.is_integer() => {
            let longs = parsed(array, lenient, &name(to), |t| t.trim().parse::<i64>().ok())?;
            let longs: ArrayRef = Arc::new(Int64Array::from(longs));
            plain(&longs, to, lenient)
        }
        DataType::Binary => Ok(cast(array, to)?),
        DataType::Decimal128(..) | DataType::Time32(_) => {
            let trimmed: ArrayRef =
                Arc::new(array.iter().map(|t| t.map(str::trim)).collect::<StringArray>());
            plain(&trimmed, to, lenient)
        }
        _ => {
            Err(SqlError::user(format!("TYPE_MISMATCH: Cannot cast varchar to {}", name(to)))
                .into())
        }
    }
}

fn name(kind: &DataType) -> String {
    type_name(&Field::new("t", kind.clone(), true))
}

fn parsed<T>(
    array: &StringArray,
    lenient: bool,
    to: &str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<Vec<Option<T>>> {
    array
        .iter()
        .map(|text| match text {
            None => Ok(None),
            Some(text) => match parse(text) {
                None if !lenient => Err(bad_cast(text, to)),
                value => Ok(value),
            },
        })
        .collect()
}

fn bad_cast(value: &str, to: &str) -> datafusion::common::DataFusionError {
    SqlError::user(format!("INVALID_CAST_ARGUMENT: Cannot cast '{value}' to {}", to.to_uppercase()))
        .into()
}

/// Half away from zero, as Trino rounds.
fn round_doubles(array: &ArrayRef, to: &DataType, lenient: bool) -> Result<ArrayRef> {
    let doubles = cast(array, &DataType::Float64)?;
    let doubles = doubles.as_primitive::<Float64Type>();
    let rounded = doubles
        .iter()
        .map(|value| match value {
            None => Ok(None),
            Some(v) if v.is_finite() && v.abs() < 9.3e18 => Ok(Some(v.round() as i64)),
            Some(_) if lenient => Ok(None),
            Some(v) => Err(SqlError::user(format!(
                "INVALID_CAST_ARGUMENT: Cannot cast double '{v}' to {}",
                name(to)
            ))),
        })
        .collect::<Result<Int64Array, SqlError>>()?;
    let rounded: ArrayRef = Arc::new(rounded);
    plain(&rounded, to, lenient)
}

fn round_decimals(array: &ArrayRef, scale: i8, to: &DataType, lenient: bool) -> Result<ArrayRef> {
    let decimals: &Decimal128Array = array.as_primitive::<Decimal128Type>();
    let unit = 10_i128.pow(u32::try_from(scale.max(0)).unwrap_or(0));
    let rounded: ArrayRef = Arc::new(
        decimals
            .iter()
            .map(|value| {
                value.and_then(|v| {
                    let half = if v < 0 { -unit / 2 } else { unit / 2 };
                    i64::try_from((v + half) / unit).ok()
                })
            })
            .collect::<Int64Array>(),
    );
    plain(&rounded, to, lenient)
}

fn from_json(array: &StringArray, target: &Target, lenient: bool) -> Result<ArrayRef> {
    let to = target.field.data_type();
    let spelled = hive_name(to)
        .map_err(|other| SqlError::user(format!("TYPE_MISMATCH: Cannot cast json to {other}")))?;
    let kind = HiveType::parse(&spelled).map_err(SqlError::system)?;
    let mut column = Column::new(&kind);
    for text in array {
        let value = text.and_then(|t| serde_json::from_str::<Value>(t).ok());
        match value {
            None => column.null(),
            Some(value) => {
                if column.json(&value).is_err() {
                    if !lenient {
                        return Err(SqlError::user(format!(
                            "INVALID_CAST_ARGUMENT: Cannot cast JSON to {}",
                            name(to)
                        ))
                        .into());
                    }
                    column.null();
                }
            }
        }
    }
    let out = column.finish();
    match target.length {
        Some(_) => to_text(&out, &target.field, target.length),
        None => Ok(out),
    }
}
