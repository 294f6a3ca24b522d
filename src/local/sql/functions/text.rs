//! Strings and bytes.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, Int64Array, ListBuilder, StringArray, StringBuilder,
};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use super::fun::{Args, fun, invalid, returns};
use crate::local::sql::types::trino_name;

const TEXT: DataType = DataType::Utf8;

pub fn functions() -> Vec<ScalarUDF> {
    vec![
        fun("substr", (2, 3), returns!(TEXT), substr),
        fun("split", (2, 3), returns!(DataType::new_list(DataType::Utf8, true)), split),
        fun("split_part", (3, 3), returns!(TEXT), split_part),
        fun("strpos", (2, 3), returns!(DataType::Int64), strpos),
        fun("length", (1, 1), returns!(DataType::Int64), |args| {
            if let DataType::Binary = args.arrays[0].data_type() {
                let bytes = args.arrays[0].as_binary::<i32>();
                let sizes: Int64Array = bytes.iter().map(|b| b.map(|b| b.len() as i64)).collect();
                return Ok(Arc::new(sizes));
            }
            let sizes: Int64Array =
                args.strings(0)?.iter().map(|t| t.map(|t| t.chars().count() as i64)).collect();
            Ok(Arc::new(sizes))
        }),
        fun("codepoint", (1, 1), returns!(DataType::Int64), |args| {
            let points: Int64Array = args
                .strings(0)?
                .iter()
                .map(|t| t.and_then(|t| t.chars().next()).map(|c| i64::from(u32::from(c))))
                .collect();
            Ok(Arc::new(points))
        }),
        fun("levenshtein_distance", (2, 2), returns!(DataType::Int64), |args| {
            let (a, b) = (args.strings(0)?, args.strings(1)?);
            let all: Int64Array =
                a.iter().zip(&b).map(|(a, b)| Some(strsim::levenshtein(a?, b?) as i64)).collect();
            Ok(Arc::new(all))
        }),
        fun("hamming_distance", (2, 2), returns!(DataType::Int64), |args| {
            let (a, b) = (args.strings(0)?, args.strings(1)?);
            let mut out = Vec::with_capacity(args.rows);
            for (a, b) in a.iter().zip(&b) {
                out.push(match (a, b) {
                    (Some(a), Some(b)) => Some(strsim::hamming(a, b).map_err(|_| {
                        invalid("The input strings to hamming_distance function must have the same length")
                    })? as i64),
                    _ => None,
                });
            }
            Ok(Arc::new(Int64Array::from(out)))
        }),
        fun("to_utf8", (1, 1), returns!(DataType::Binary), |args| {
            Ok(cast(&args.strings(0)?, &DataType::Binary)?)
        }),
        fun("from_utf8", (1, 1), returns!(TEXT), |args| {
            let texts: StringArray = bytes(args, 0)?
                .iter()
                .map(|b| b.map(|b| String::from_utf8_lossy(b).into_owned()))
                .collect();
            Ok(Arc::new(texts))
        }),
        fun("to_hex", (1, 1), returns!(TEXT), |args| {
            let texts: StringArray =
                bytes(args, 0)?.iter().map(|b| b.map(hex::encode_upper)).collect();
            Ok(Arc::new(texts))
        }),
        fun("from_hex", (1, 1), returns!(DataType::Binary), |args| {
            decoded(args, |text| hex::decode(text).ok())
        }),
        fun("to_base64", (1, 1), returns!(TEXT), |args| {
            let texts: StringArray =
                bytes(args, 0)?.iter().map(|b| b.map(|b| STANDARD.encode(b))).collect();
            Ok(Arc::new(texts))
        }),
        fun("from_base64", (1, 1), returns!(DataType::Binary), |args| {
            decoded(args, |text| STANDARD.decode(text).ok())
        }),
        fun("typeof", (1, 1), returns!(TEXT), |args| {
            let name = trino_name(&args.fields[0]);
            Ok(Arc::new(StringArray::from(vec![name; args.rows])))
        }),
    ]
}

fn bytes(args: &Args, n: usize) -> Result<BinaryArray> {
    Ok(cast(&args.arrays[n], &DataType::Binary)?.as_binary::<i32>().clone())
}

fn decoded(args: &Args, decode: fn(&str) -> Option<Vec<u8>>) -> Result<ArrayRef> {
    let mut out = Vec::with_capacity(args.rows);
    for text in &args.strings(0)? {
        out.push(match text {
            None => None,
            Some(text) => Some(decode(text).ok_or_else(|| invalid("the text cannot be decoded"))?),
        });
    }
    Ok(Arc::new(BinaryArray::from_iter(out)))
}

/// 1-based; a negative start counts from the end; outside is the empty string.
fn substr(args: &Args) -> Result<ArrayRef> {
    let (texts, starts) = (args.strings(0)?, args.longs(1)?);
    let lengths = if args.len() > 2 { Some(args.longs(2)?) } else { None };
    let mut out = StringBuilder::new();
    for row in 0..args.rows {
        let length = match &lengths {
            Some(l) if l.is_null(row) => {
                out.append_null();
                continue;
            }
            Some(l) => l.value(row),
            None => i64::MAX,
        };
        if texts.is_null(row) || starts.is_null(row) {
            out.append_null();
            continue;
        }
        out.append_value(cut(texts.value(row), starts.value(row), length));
    }
    Ok(Arc::new(out.finish()))
}

fn cut(text: &str, start: i64, length: i64) -> String {
    let count = text.chars().count() as i64;
    let from = match start {
        0 => return String::new(),
        s if s > 0 => s - 1,
        s => count + s,
    };
    if from < 0 || from >= count || length <= 0 {
        return String::new();
    }
    let skip = usize::try_from(from).unwrap_or(usize::MAX);
    text.chars().skip(skip).take(usize::try_from(length).unwrap_or(usize::MAX)).collect()
}

fn split(args: &Args) -> Result<ArrayRef> {
    let (texts, delimiters) = (args.strings(0)?, args.strings(1)?);
    let limits = if args.len() > 2 { Some(args.longs(2)?) } else { None };
    let mut out = ListBuilder::new(StringBuilder::new());
    for (row, (text, delimiter)) in texts.iter().zip(&delimiters).enumerate() {
        let (Some(text), Some(delimiter)) = (text, delimiter) else {
            out.append_null();
            continue;
        };
        if delimiter.is_empty() {
            return Err(invalid("The delimiter may not be the empty string"));
        }
        match &limits {
            None => text.split(delimiter).for_each(|part| out.values().append_value(part)),
            Some(limits) => {
                let limit = usize::try_from(limits.value(row)).unwrap_or(0);
                if limit == 0 {
                    return Err(invalid("Limit must be positive"));
                }
                text.splitn(limit, delimiter).for_each(|part| out.values().append_value(part));
            }
        }
        out.append(true);
    }
    Ok(Arc::new(out.finish()))
}

fn split_part(args: &Args) -> Result<ArrayRef> {
    let (texts, delimiters, indexes) = (args.strings(0)?, args.strings(1)?, args.longs(2)?);
    let mut out = StringBuilder::new();
    for (row, (text, delimiter)) in texts.iter().zip(&delimiters).enumerate() {
        let (Some(text), Some(delimiter), false) = (text, delimiter, indexes.is_null(row)) else {
            out.append_null();
            continue;
        };
        let index = indexes.value(row);
        if index <= 0 {
            return Err(invalid("Index must be greater than zero"));
        }
        let index = usize::try_from(index - 1).unwrap_or(usize::MAX);
        // Past the last part is NULL.
        if delimiter.is_empty() {
            out.append_option(text.chars().nth(index).map(String::from));
        } else {
            out.append_option(text.split(delimiter).nth(index));
        }
    }
    Ok(Arc::new(out.finish()))
}

/// The place, in characters, of the n-th occurrence; 0 where there is none.
fn strpos(args: &Args) -> Result<ArrayRef> {
    let (texts, parts) = (args.strings(0)?, args.strings(1)?);
    let nth = if args.len() > 2 { Some(args.longs(2)?) } else { None };
    let found: Int64Array = texts
        .iter()
        .zip(&parts)
        .enumerate()
        .map(|(row, (text, part))| {
            let (text, part) = (text?, part?);
            let n = nth.as_ref().map_or(1, |n| n.value(row));
            let at = match n {
                n if n > 0 => text.match_indices(part).nth(usize::try_from(n - 1).ok()?),
                n => text.rmatch_indices(part).nth(usize::try_from(-n - 1).ok()?),
            };
            Some(at.map_or(0, |(at, _)| text[..at].chars().count() as i64 + 1))
        })
        .collect();
    Ok(Arc::new(found))
}

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn substr_counts_from_one_and_from_the_end() {
        assert_eq!(cut("Quadratically", 5, 6), "ratica");
        assert_eq!(cut("Quadratically", -5, i64::MAX), "cally");
        assert_eq!(cut("abc", 0, 2), "");
        assert_eq!(cut("abc", 4, 2), "");
        assert_eq!(cut("äöü", 2, 1), "ö");
    }
}
