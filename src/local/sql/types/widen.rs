//! Which types stand in for which: Trino's coercions, which lose nothing.

use datafusion::arrow::datatypes::{DataType, Field};

/// True where a value of `from` may be put where one of `to` is wanted.
pub fn widens(from: &DataType, to: &DataType) -> bool {
    use DataType::{Date32, Decimal128, Float32, Float64, List, Map, Null, Struct, Timestamp};
    if from == to || matches!(from, Null) {
        return true;
    }
    match (from, to) {
        (Float32, Float64) => true,
        (Decimal128(..), Float32 | Float64) => true,
        (Decimal128(p, s), Decimal128(wider, scale)) => {
            s <= scale && i16::from(*p) - i16::from(*s) <= i16::from(*wider) - i16::from(*scale)
        }
        (Date32, Timestamp(_, None)) => true,
        (Timestamp(_, a), Timestamp(_, b)) => a.is_some() == b.is_some(),
        (List(a), List(b)) => within(a, b),
        (Map(a, _), Map(b, _)) => within(a, b),
        (Struct(a), Struct(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| within(a, b)),
        _ => match (digits(from), digits(to)) {
            (Some(a), Some(b)) => a <= b,
            (Some(a), None) => match to {
                Float32 | Float64 => true,
                Decimal128(p, s) => a <= i16::from(*p) - i16::from(*s),
                _ => false,
            },
            _ => (is_text(from) && is_text(to)) || (is_binary(from) && is_binary(to)),
        },
    }
}

fn within(from: &Field, to: &Field) -> bool {
    widens(from.data_type(), to.data_type())
}

/// Decimal digits of a whole number's type.
fn digits(kind: &DataType) -> Option<i16> {
    Some(match kind {
        DataType::Int8 => 3,
        DataType::Int16 | DataType::UInt8 => 5,
        DataType::Int32 | DataType::UInt16 => 10,
        DataType::Int64 | DataType::UInt32 | DataType::UInt64 => 19,
        _ => return None,
    })
}

fn is_text(kind: &DataType) -> bool {
    matches!(kind, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}

fn is_binary(kind: &DataType) -> bool {
    matches!(kind, DataType::Binary | DataType::LargeBinary | DataType::BinaryView)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_widen_and_never_narrow() {
        use DataType::{Decimal128, Float64, Int32, Int64, Utf8};
        for (from, to, fits) in [
            (Int32, Int64, true),
            (Int64, Int32, false),
            (Int32, Decimal128(12, 2), true),
            (Int64, Decimal128(12, 2), false),
            (Decimal128(4, 2), Decimal128(10, 2), true),
            (Decimal128(10, 2), Decimal128(10, 4), false),
            (Decimal128(10, 2), Float64, true),
            (Float64, Decimal128(10, 2), false),
            (Int32, Utf8, false),
            (DataType::Null, Utf8, true),
            (DataType::new_list(Int32, true), DataType::new_list(Int64, true), true),
        ] {
            assert_eq!(widens(&from, &to), fits, "{from} {to}");
        }
    }
}
