//! A scalar function from two plain functions: what it answers, and how.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Float64Array, Int64Array, StringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Float64Type, Int64Type};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
    TypeSignature, Volatility,
};

use crate::local::sql::error::SqlError;

/// What a call answers, from the fields of its arguments and those that are literals.
pub type Returns = fn(&[FieldRef], &[Option<&ScalarValue>]) -> Result<Field>;
/// Computes all rows of a batch; the arguments have equal lengths.
pub type Run = fn(&Args) -> Result<ArrayRef>;

/// The arguments of one call over a batch.
pub struct Args {
    pub arrays: Vec<ArrayRef>,
    pub fields: Vec<FieldRef>,
    pub returns: FieldRef,
    pub rows: usize,
}

impl Args {
    /// The n-th argument as text.
    pub fn strings(&self, n: usize) -> Result<StringArray> {
        Ok(cast(&self.arrays[n], &DataType::Utf8)?.as_string::<i32>().clone())
    }

    /// The n-th argument as whole numbers.
    pub fn longs(&self, n: usize) -> Result<Int64Array> {
        Ok(cast(&self.arrays[n], &DataType::Int64)?.as_primitive::<Int64Type>().clone())
    }

    /// The n-th argument as doubles.
    pub fn doubles(&self, n: usize) -> Result<Float64Array> {
        Ok(cast(&self.arrays[n], &DataType::Float64)?.as_primitive::<Float64Type>().clone())
    }

    /// How many arguments the call has.
    pub fn len(&self) -> usize {
        self.arrays.len()
    }
}

/// One function.
#[derive(Debug)]
pub struct Fun {
    name: &'static str,
    signature: Signature,
    returns: Returns,
    run: Run,
    counts: (usize, usize),
}

impl PartialEq for Fun {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Fun {}

impl Hash for Fun {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

/// Makes a function that takes from `counts.0` to `counts.1` arguments.
pub fn fun(name: &'static str, counts: (usize, usize), returns: Returns, run: Run) -> ScalarUDF {
    let signature = Signature::one_of(
        vec![TypeSignature::VariadicAny, TypeSignature::Nullary],
        Volatility::Immutable,
    );
    ScalarUDF::new_from_impl(Fun { name, signature, returns, run, counts })
}

/// Always this type.
macro_rules! returns {
    ($kind:expr) => {
        |_, _| Ok(datafusion::arrow::datatypes::Field::new("f", $kind, true))
    };
}
pub(super) use returns;

impl ScalarUDFImpl for Fun {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Err(SqlError::system(format!("{} was asked for a type without its arguments", self.name))
            .into())
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        let n = args.arg_fields.len();
        if n < self.counts.0 || n > self.counts.1 {
            let given: Vec<String> = args.arg_fields.iter().map(|f| type_name(f)).collect();
            return Err(unexpected(self.name, &given).into());
        }
        (self.returns)(args.arg_fields, args.scalar_arguments).map(Arc::new)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let constant = args.args.iter().all(|a| matches!(a, ColumnarValue::Scalar(_)));
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let rows = arrays.first().map_or(1, |a| a.len());
        let call = Args { arrays, fields: args.arg_fields, returns: args.return_field, rows };
        let out = (self.run)(&call)?;
        if constant && out.len() == 1 {
            return Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&out, 0)?));
        }
        Ok(ColumnarValue::Array(out))
    }
}

/// The type as Athena calls it, for messages.
pub fn type_name(field: &Field) -> String {
    crate::local::sql::types::column_info("", field).r#type
}

/// Athena's sentence for arguments that a function does not take.
pub fn unexpected(name: &str, given: &[String]) -> SqlError {
    SqlError::user(format!(
        "FUNCTION_NOT_FOUND: Unexpected parameters ({}) for function {name}",
        given.join(", ")
    ))
}

/// A wrong argument found while running.
pub fn invalid(why: impl Into<String>) -> datafusion::common::DataFusionError {
    SqlError::user(format!("INVALID_FUNCTION_ARGUMENT: {}", why.into())).into()
}
