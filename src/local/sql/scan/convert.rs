//! From the type a file has to the type the table says.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, ListArray, MapArray, StructArray, new_null_array,
};
use datafusion::arrow::compute::{CastOptions, cast, cast_with_options};
use datafusion::arrow::datatypes::{DataType, Fields};

/// Converts a column; the error names the type that the file has.
pub fn convert(array: &ArrayRef, to: &DataType) -> Result<ArrayRef, String> {
    let from = array.data_type();
    if from == to {
        return Ok(array.clone());
    }
    match (from, to) {
        (DataType::Null, _) => Ok(new_null_array(to, array.len())),
        (DataType::Struct(_), DataType::Struct(fields)) => rows(array.as_struct(), fields),
        (
            DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(..),
            DataType::List(of),
        ) => {
            let small = match from {
                DataType::List(_) => array.clone(),
                DataType::LargeList(inner) | DataType::FixedSizeList(inner, _) => {
                    cast(array, &DataType::List(inner.clone())).map_err(|_| from.to_string())?
                }
                _ => return Err(from.to_string()),
            };
            let list = small.as_list::<i32>();
            let values = convert(list.values(), of.data_type())?;
            ListArray::try_new(of.clone(), list.offsets().clone(), values, list.nulls().cloned())
                .map(|a| Arc::new(a) as ArrayRef)
                .map_err(|e| e.to_string())
        }
        (DataType::Map(..), DataType::Map(entries, sorted)) => {
            let map = array.as_map();
            let DataType::Struct(fields) = entries.data_type() else {
                return Err(from.to_string());
            };
            let columns = vec![
                convert(map.keys(), fields[0].data_type())?,
                convert(map.values(), fields[1].data_type())?,
            ];
            let rows =
                StructArray::try_new(fields.clone(), columns, None).map_err(|e| e.to_string())?;
            MapArray::try_new(
                entries.clone(),
                map.offsets().clone(),
                rows,
                map.nulls().cloned(),
                *sorted,
            )
            .map(|a| Arc::new(a) as ArrayRef)
            .map_err(|e| e.to_string())
        }
        _ if compatible(from, to) => {
            let options = CastOptions { safe: false, ..CastOptions::default() };
            cast_with_options(array, to, &options).map_err(|_| from.to_string())
        }
        _ => Err(from.to_string()),
    }
}

/// Fields of a struct go by name; what the file lacks is NULL.
fn rows(array: &StructArray, fields: &Fields) -> Result<ArrayRef, String> {
    let names = array.column_names();
    let columns = fields
        .iter()
        .map(|field| {
            match names.iter().position(|n| n.to_lowercase() == field.name().to_lowercase()) {
                Some(at) => convert(array.column(at), field.data_type()),
                None => Ok(new_null_array(field.data_type(), array.len())),
            }
        })
        .collect::<Result<Vec<_>, _>>()?;
    StructArray::try_new(fields.clone(), columns, array.nulls().cloned())
        .map(|a| Arc::new(a) as ArrayRef)
        .map_err(|e| e.to_string())
}

/// Conversions within a family; text and numbers do not mix.
fn compatible(from: &DataType, to: &DataType) -> bool {
    let time = |t: &DataType| matches!(t, DataType::Timestamp(..) | DataType::Date32);
    if let DataType::Dictionary(_, value) = from {
        return value.as_ref() == to || compatible(value, to);
    }
    (from.is_numeric() && to.is_numeric())
        || (time(from) && time(to))
        || (text(from) && text(to))
        || (bytes(from) && (bytes(to) || text(to)))
        || (text(from) && bytes(to))
}

fn text(kind: &DataType) -> bool {
    matches!(kind, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}

fn bytes(kind: &DataType) -> bool {
    matches!(
        kind,
        DataType::Binary
            | DataType::LargeBinary
            | DataType::BinaryView
            | DataType::FixedSizeBinary(_)
    )
}
