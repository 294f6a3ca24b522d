//! Numbers: Trino keeps the type where DataFusion would answer a double.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, BooleanArray, Decimal128Array, Float64Array};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Decimal128Type, Field, FieldRef};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::ScalarUDF;

use super::fun::{Args, fun, returns};

pub fn functions() -> Vec<ScalarUDF> {
    vec![
        fun("round", (1, 2), rounded, |args| by_type(args, |x| x.round(), half_up)),
        fun("ceil", (1, 1), whole, |args| by_type(args, f64::ceil, upwards)),
        fun("floor", (1, 1), whole, |args| by_type(args, f64::floor, downwards)),
        fun("truncate", (1, 2), rounded, |args| {
            by_type(args, f64::trunc, |v, unit| v / unit * unit)
        }),
        fun("sign", (1, 1), whole, |args| {
            by_type(args, |x| if x == 0.0 { 0.0 } else { x.signum() }, |v, unit| v.signum() * unit)
        }),
        fun("athena_wide", (1, 1), widest, |args| {
            Ok(cast(&args.arrays[0], args.returns.data_type())?)
        }),
        fun("athena_narrow", (1, 1), narrower, |args| {
            Ok(cast(&args.arrays[0], args.returns.data_type())?)
        }),
        fun("is_nan", (1, 1), returns!(DataType::Boolean), |args| tested(args, f64::is_nan)),
        fun("is_finite", (1, 1), returns!(DataType::Boolean), |args| tested(args, f64::is_finite)),
        fun("is_infinite", (1, 1), returns!(DataType::Boolean), |args| {
            tested(args, f64::is_infinite)
        }),
        fun("infinity", (0, 0), returns!(DataType::Float64), |args| constant(args, f64::INFINITY)),
        fun("nan", (0, 0), returns!(DataType::Float64), |args| constant(args, f64::NAN)),
        fun("e", (0, 0), returns!(DataType::Float64), |args| constant(args, std::f64::consts::E)),
    ]
}

fn constant(args: &Args, value: f64) -> Result<ArrayRef> {
    Ok(Arc::new(Float64Array::from(vec![value; args.rows])))
}

fn tested(args: &Args, test: fn(f64) -> bool) -> Result<ArrayRef> {
    let found: BooleanArray = args.doubles(0)?.iter().map(|x| x.map(test)).collect();
    Ok(Arc::new(found))
}

/// What a sum is made of: a decimal of the greatest precision, anything else as it is.
fn widest(fields: &[FieldRef], _: &[Option<&ScalarValue>]) -> Result<Field> {
    let kind = match fields[0].data_type() {
        DataType::Decimal128(_, s) => DataType::Decimal128(38, *s),
        kind => kind.clone(),
    };
    Ok(Field::new("f", kind, true))
}

/// The average of decimals has their type; the engine below adds four digits.
fn narrower(fields: &[FieldRef], _: &[Option<&ScalarValue>]) -> Result<Field> {
    let kind = match fields[0].data_type() {
        DataType::Decimal128(38, s) => DataType::Decimal128(38, s - 4),
        DataType::Decimal128(p, s) => DataType::Decimal128(p - 4, s - 4),
        kind => kind.clone(),
    };
    Ok(Field::new("f", kind, true))
}

fn rounded(fields: &[FieldRef], _: &[Option<&ScalarValue>]) -> Result<Field> {
    let kind = match fields[0].data_type() {
        DataType::Decimal128(p, s) if fields.len() == 1 => {
            DataType::Decimal128((p - s.unsigned_abs().min(*p) + 1).clamp(1, 38), 0)
        }
        kind => kind.clone(),
    };
    Ok(Field::new("f", kind, true))
}

fn whole(fields: &[FieldRef], literals: &[Option<&ScalarValue>]) -> Result<Field> {
    rounded(&fields[..1], literals)
}

fn half_up(v: i128, unit: i128) -> i128 {
    let half = if v < 0 { -unit / 2 } else { unit / 2 };
    (v + half) / unit * unit
}

fn upwards(v: i128, unit: i128) -> i128 {
    -((-v).div_euclid(unit)) * unit
}

fn downwards(v: i128, unit: i128) -> i128 {
    v.div_euclid(unit) * unit
}

fn by_type(
    args: &Args,
    double: fn(f64) -> f64,
    decimal: fn(i128, i128) -> i128,
) -> Result<ArrayRef> {
    let places = if args.len() > 1 { Some(args.longs(1)?) } else { None };
    let places_of = |row: usize| places.as_ref().map_or(0, |p| p.value(row)).clamp(-38, 38);
    let array = &args.arrays[0];
    match array.data_type() {
        DataType::Float32 | DataType::Float64 => {
            let out: Float64Array = args
                .doubles(0)?
                .iter()
                .enumerate()
                .map(|(row, x)| {
                    x.map(|x| {
                        let n = places_of(row) as i32;
                        let scale = 10_f64.powi(n);
                        let scaled = double(x * scale) / scale;
                        if n == 0 || !scaled.is_finite() { double_or(x, n, double) } else { scaled }
                    })
                })
                .collect();
            Ok(cast(&out, array.data_type())?)
        }
        DataType::Decimal128(_, scale) => {
            let DataType::Decimal128(p, s) = *args.returns.data_type() else {
                return Ok(array.clone());
            };
            let shrink = 10_i128.pow(u32::from((scale - s).unsigned_abs()));
            let out: Decimal128Array = array
                .as_primitive::<Decimal128Type>()
                .iter()
                .enumerate()
                .map(|(row, v)| {
                    v.map(|v| {
                        let drop = i64::from(*scale) - places_of(row);
                        let drop = u32::try_from(drop.clamp(0, 38)).unwrap_or(0);
                        let unit = 10_i128.checked_pow(drop).unwrap_or(i128::MAX);
                        decimal(v, unit) / shrink
                    })
                })
                .collect();
            Ok(Arc::new(out.with_precision_and_scale(p, s)?))
        }
        // Whole numbers are whole; `round(1234, -2)` and `sign` are not identities.
        kind if kind.is_integer() => {
            let out: datafusion::arrow::array::Int64Array = args
                .longs(0)?
                .iter()
                .enumerate()
                .map(|(row, v)| {
                    v.map(|v| {
                        let drop = u32::try_from((-places_of(row)).clamp(0, 30)).unwrap_or(0);
                        let unit = 10_i128.pow(drop);
                        i64::try_from(decimal(i128::from(v), unit)).unwrap_or(v)
                    })
                })
                .collect();
            Ok(cast(&out, array.data_type())?)
        }
        _ => Ok(array.clone()),
    }
}

fn double_or(x: f64, places: i32, double: fn(f64) -> f64) -> f64 {
    if places == 0 { double(x) } else { x }
}
