//! `reduce(array, start, (state, x) -> …, state -> …)`.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, UInt32Array};
use datafusion::arrow::compute::{cast, interleave, is_null, nullif, take, take_arrays};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::Result;
use datafusion::logical_expr::{
    ColumnarValue, HigherOrderFunctionArgs, HigherOrderReturnFieldArgs, HigherOrderSignature,
    HigherOrderUDF, HigherOrderUDFImpl, LambdaParametersProgress, ValueOrLambda, Volatility,
};

use super::fun::{type_name, unexpected};
use crate::local::sql::error::SqlError;
use crate::local::sql::types::widens;

/// The function.
pub fn reduce() -> HigherOrderUDF {
    let (value, lambda) = (ValueOrLambda::Value(()), ValueOrLambda::Lambda(()));
    let arguments = vec![value.clone(), value, lambda.clone(), lambda];
    let signature = HigherOrderSignature::exact(arguments, Volatility::Immutable);
    HigherOrderUDF::new_from_impl(Reduce { signature })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Reduce {
    signature: HigherOrderSignature,
}

/// The state has the type of the start, whatever is made of it.
fn state_of(start: &FieldRef) -> FieldRef {
    Arc::new(Field::new("state", start.data_type().clone(), true))
}

impl HigherOrderUDFImpl for Reduce {
    fn name(&self) -> &str {
        "reduce"
    }

    fn signature(&self) -> &HigherOrderSignature {
        &self.signature
    }

    /// Any array is one of the plain kind; the start is as it is.
    fn coerce_value_types(&self, kinds: &[DataType]) -> Result<Vec<DataType>> {
        let plain = |kind: &DataType| match kind {
            DataType::LargeList(of) | DataType::FixedSizeList(of, _) => DataType::List(of.clone()),
            DataType::Null => DataType::new_list(DataType::Null, true),
            kind => kind.clone(),
        };
        let arrays = kinds.iter().take(1).map(plain);
        Ok(arrays.chain(kinds.iter().skip(1).cloned()).collect())
    }

    fn lambda_parameters(
        &self,
        _: usize,
        fields: &[ValueOrLambda<FieldRef, Option<FieldRef>>],
    ) -> Result<LambdaParametersProgress> {
        let [ValueOrLambda::Value(list), ValueOrLambda::Value(start), ..] = fields else {
            return Err(unexpected("reduce", &[]).into());
        };
        let DataType::List(element) = list.data_type() else {
            return Err(unexpected("reduce", &[type_name(list), type_name(start)]).into());
        };
        let state = state_of(start);
        Ok(LambdaParametersProgress::Complete(vec![
            vec![state.clone(), element.clone()],
            vec![state],
        ]))
    }

    fn return_field_from_args(&self, args: HigherOrderReturnFieldArgs<'_>) -> Result<FieldRef> {
        let [
            _,
            ValueOrLambda::Value(start),
            ValueOrLambda::Lambda(step),
            ValueOrLambda::Lambda(end),
        ] = args.arg_fields
        else {
            return Err(unexpected("reduce", &[]).into());
        };
        if !widens(step.data_type(), start.data_type()) {
            return Err(SqlError::user(format!(
                "TYPE_MISMATCH: reduce: the state is {}, and the function makes {} of it",
                type_name(start),
                type_name(step)
            ))
            .into());
        }
        Ok(Arc::new(Field::new("reduce", end.data_type().clone(), true)))
    }

    fn invoke_with_args(&self, args: HigherOrderFunctionArgs) -> Result<ColumnarValue> {
        let [
            ValueOrLambda::Value(list),
            ValueOrLambda::Value(start),
            ValueOrLambda::Lambda(step),
            ValueOrLambda::Lambda(end),
        ] = args.args.as_slice()
        else {
            return Err(unexpected("reduce", &[]).into());
        };
        let lists = list.to_array(args.number_rows)?;
        let mut state = start.to_array(args.number_rows)?;
        let list = lists.as_list::<i32>();
        let offsets = list.value_offsets();
        let length = |row: usize| match list.is_null(row) {
            true => 0,
            false => (offsets[row + 1] - offsets[row]) as usize,
        };
        let longest = (0..list.len()).map(length).max().unwrap_or(0);
        // One element of each row at a time, of those rows that have as many.
        for n in 0..longest {
            let rows: Vec<u32> =
                (0..list.len()).filter(|row| length(*row) > n).map(|row| row as u32).collect();
            let places: UInt32Array =
                rows.iter().map(|row| offsets[*row as usize] as u32 + n as u32).collect();
            let indices = UInt32Array::from(rows.clone());
            let elements = take(list.values(), &places, None)?;
            let before = take(&state, &indices, None)?;
            let made = step
                .evaluate(&[&|| Ok(before.clone()), &|| Ok(elements.clone())], |captured| {
                    Ok(take_arrays(captured, &indices, None)?)
                })?;
            let made = cast(&made.into_array(rows.len())?, state.data_type())?;
            let mut from: Vec<(usize, usize)> = (0..list.len()).map(|row| (0, row)).collect();
            for (at, row) in rows.iter().enumerate() {
                from[*row as usize] = (1, at);
            }
            state = interleave(&[state.as_ref(), made.as_ref()], &from)?;
        }
        let done = end.evaluate(&[&|| Ok(state.clone())], |captured| Ok(captured.to_vec()))?;
        let done: ArrayRef = done.into_array(list.len())?;
        Ok(ColumnarValue::Array(nullif(&done, &is_null(&lists)?)?))
    }
}
