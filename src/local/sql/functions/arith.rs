//! Addition, subtraction and multiplication of whole numbers, which fail where the result does
//! not fit its type; the engine below would go round.

use std::sync::{Arc, LazyLock};

use datafusion::arrow::array::{ArrayRef, Datum, Int64Array};
use datafusion::arrow::compute::cast;
use datafusion::arrow::compute::kernels::numeric;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::arrow::error::ArrowError;
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::ScalarUDF;

use super::fun::{Args, fun, type_name};
use crate::local::sql::error::SqlError;

/// What marks the right operand of an operator within TRY, whose failure is NULL.
pub const LENIENT: &str = "athena_lenient";

static ADD: LazyLock<Pair> = LazyLock::new(|| Pair {
    strict: made("athena_add", |args| run(args, "addition", numeric::add)),
    lenient: made("athena_try_add", |args| attempt(args, i64::checked_add)),
});
static SUBTRACT: LazyLock<Pair> = LazyLock::new(|| Pair {
    strict: made("athena_subtract", |args| run(args, "subtraction", numeric::sub)),
    lenient: made("athena_try_subtract", |args| attempt(args, i64::checked_sub)),
});
static MULTIPLY: LazyLock<Pair> = LazyLock::new(|| Pair {
    strict: made("athena_multiply", |args| run(args, "multiplication", numeric::mul)),
    lenient: made("athena_try_multiply", |args| attempt(args, i64::checked_mul)),
});

struct Pair {
    strict: Arc<ScalarUDF>,
    lenient: Arc<ScalarUDF>,
}

fn made(name: &'static str, run: super::fun::Run) -> Arc<ScalarUDF> {
    Arc::new(fun(name, (2, 2), wider, run))
}

/// The mark.
pub fn functions() -> Vec<ScalarUDF> {
    let same = |fields: &[FieldRef], _: &[Option<&ScalarValue>]| Ok(fields[0].as_ref().clone());
    vec![fun(LENIENT, (1, 1), same, |args| Ok(args.arrays[0].clone()))]
}

/// The function of an operator; `lenient` answers NULL where the other fails.
pub fn checked(operator: char, lenient: bool) -> Option<Arc<ScalarUDF>> {
    let pair = match operator {
        '+' => &ADD,
        '-' => &SUBTRACT,
        '*' => &MULTIPLY,
        _ => return None,
    };
    Some(if lenient { pair.lenient.clone() } else { pair.strict.clone() })
}

/// The wider of two whole numbers' types.
fn wider(fields: &[FieldRef], _: &[Option<&ScalarValue>]) -> Result<Field> {
    let rank = |kind: &DataType| match kind {
        DataType::Int8 => 0,
        DataType::Int16 => 1,
        DataType::Int32 => 2,
        _ => 3,
    };
    let most = fields.iter().map(|f| rank(f.data_type())).max().unwrap_or(3);
    let kind = [DataType::Int8, DataType::Int16, DataType::Int32, DataType::Int64];
    Ok(Field::new("f", kind[most].clone(), true))
}

type Kernel = fn(&dyn Datum, &dyn Datum) -> Result<ArrayRef, ArrowError>;

fn run(args: &Args, what: &str, kernel: Kernel) -> Result<ArrayRef> {
    let to = args.returns.data_type();
    let (left, right) = (cast(&args.arrays[0], to)?, cast(&args.arrays[1], to)?);
    kernel(&left, &right).map_err(|error| match error {
        ArrowError::ArithmeticOverflow(why) => {
            // "Overflow happened on: 2147483647 + 1"
            let values = why.split_once(": ").map_or(why.as_str(), |(_, values)| values);
            SqlError::user(format!(
                "NUMERIC_VALUE_OUT_OF_RANGE: {} {what} overflow: {values}",
                type_name(&args.returns)
            ))
            .into()
        }
        other => other.into(),
    })
}

fn attempt(args: &Args, operation: fn(i64, i64) -> Option<i64>) -> Result<ArrayRef> {
    let (left, right) = (args.longs(0)?, args.longs(1)?);
    let all: Int64Array = left.iter().zip(&right).map(|(l, r)| operation(l?, r?)).collect();
    // A conversion that fails is NULL as well.
    Ok(cast(&all, args.returns.data_type())?)
}
