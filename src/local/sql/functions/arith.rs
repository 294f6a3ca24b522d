//! Addition, subtraction and multiplication of whole numbers, which fail where the result does
//! not fit its type; the engine below would go round.

use std::sync::{Arc, LazyLock};

use datafusion::arrow::array::{ArrayRef, Datum};
use datafusion::arrow::compute::cast;
use datafusion::arrow::compute::kernels::numeric;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::arrow::error::ArrowError;
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::ScalarUDF;

use super::fun::{Args, fun, type_name};
use crate::local::sql::error::SqlError;

static ADD: LazyLock<Arc<ScalarUDF>> = LazyLock::new(|| {
    Arc::new(fun("athena_add", (2, 2), wider, |args| run(args, "addition", numeric::add)))
});
static SUBTRACT: LazyLock<Arc<ScalarUDF>> = LazyLock::new(|| {
    Arc::new(fun("athena_subtract", (2, 2), wider, |args| run(args, "subtraction", numeric::sub)))
});
static MULTIPLY: LazyLock<Arc<ScalarUDF>> = LazyLock::new(|| {
    Arc::new(fun("athena_multiply", (2, 2), wider, |args| {
        run(args, "multiplication", numeric::mul)
    }))
});

/// The function of an operator.
pub fn checked(operator: char) -> Option<Arc<ScalarUDF>> {
    match operator {
        '+' => Some(ADD.clone()),
        '-' => Some(SUBTRACT.clone()),
        '*' => Some(MULTIPLY.clone()),
        _ => None,
    }
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
