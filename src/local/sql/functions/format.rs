//! `format('%s is %,.2f', name, amount)`: Java's format strings, as far as numbers, text and
//! truth values go.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, StringBuilder};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use super::fun::{Args, fun, invalid, returns, type_name};
use crate::local::sql::output::Cells;

pub fn functions() -> Vec<ScalarUDF> {
    vec![fun("format", (1, usize::MAX), returns!(DataType::Utf8), run)]
}

/// A piece of a format.
#[derive(Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Value(Spec),
}

/// `%[index$][flags][width][.precision]conversion`.
#[derive(Debug, Default, PartialEq, Eq)]
struct Spec {
    /// Which value, from 0; None for the next.
    index: Option<usize>,
    flags: String,
    width: usize,
    precision: Option<usize>,
    conversion: char,
}

fn run(args: &Args) -> Result<ArrayRef> {
    let formats = args.strings(0)?;
    let columns: Vec<Cells> =
        args.arrays[1..].iter().zip(&args.fields[1..]).map(|(a, f)| Cells::new(a, f)).collect();
    let kinds: Vec<&DataType> = args.fields[1..].iter().map(|f| f.data_type()).collect();
    let mut known: Option<(String, Vec<Piece>)> = None;
    let mut out = StringBuilder::new();
    for row in 0..args.rows {
        if formats.is_null(row) {
            out.append_null();
            continue;
        }
        let format = formats.value(row);
        if known.as_ref().is_none_or(|(text, _)| text != format) {
            known = Some((format.to_owned(), parse(format).map_err(invalid)?));
        }
        let (mut line, mut next) = (String::new(), 0);
        for piece in known.iter().flat_map(|(_, pieces)| pieces) {
            let spec = match piece {
                Piece::Text(text) => {
                    line.push_str(text);
                    continue;
                }
                Piece::Value(spec) => spec,
            };
            let at = spec.index.unwrap_or(next);
            next += usize::from(spec.index.is_none());
            let (Some(column), Some(kind)) = (columns.get(at), kinds.get(at)) else {
                return Err(invalid(format!(
                    "Invalid format string: {format}: a value is missing"
                )));
            };
            let mut value = String::new();
            let value = column.write(row, &mut value).then_some(value);
            line.push_str(&shown(spec, value, kind).map_err(|wrong| {
                invalid(format!(
                    "Invalid format string: {format} ({}): {wrong}",
                    type_name(&args.fields[at + 1])
                ))
            })?);
        }
        out.append_value(line);
    }
    Ok(Arc::new(out.finish()))
}

fn parse(format: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = vec![Piece::Text(String::new())];
    let mut chars = format.chars().peekable();
    while let Some(c) = chars.next() {
        let push = |pieces: &mut Vec<Piece>, c| match pieces.last_mut() {
            Some(Piece::Text(text)) => text.push(c),
            _ => pieces.push(Piece::Text(c.into())),
        };
        if c != '%' {
            push(&mut pieces, c);
            continue;
        }
        let mut spec = Spec::default();
        let mut digits = String::new();
        loop {
            let Some(c) = chars.next() else {
                return Err(format!("Invalid format string: {format}"));
            };
            match c {
                '0'..='9' if !(c == '0' && digits.is_empty()) => digits.push(c),
                '$' => {
                    let index: usize = std::mem::take(&mut digits).parse().unwrap_or(0);
                    spec.index = Some(index.checked_sub(1).ok_or("an index counts from 1")?);
                }
                '-' | '+' | ' ' | '0' | ',' | '(' | '#' => spec.flags.push(c),
                '.' => {
                    spec.width = std::mem::take(&mut digits).parse().unwrap_or(0);
                    spec.precision = Some(0);
                }
                c => {
                    match spec.precision {
                        Some(_) => spec.precision = digits.parse().ok(),
                        None => spec.width = digits.parse().unwrap_or(0),
                    }
                    spec.conversion = c;
                    break;
                }
            }
        }
        match spec.conversion {
            '%' => push(&mut pieces, '%'),
            'n' => push(&mut pieces, '\n'),
            _ => pieces.push(Piece::Value(spec)),
        }
    }
    Ok(pieces)
}

/// One value; a conversion that its type does not take is an error.
fn shown(spec: &Spec, value: Option<String>, kind: &DataType) -> Result<String, String> {
    let upper = spec.conversion.is_ascii_uppercase();
    let conversion = spec.conversion.to_ascii_lowercase();
    let wrong = || Err(format!("%{} does not take this type", spec.conversion));
    let is_fraction = kind.is_floating() || matches!(kind, DataType::Decimal128(..));
    let body = match (conversion, value) {
        ('s', value) => cut(value.unwrap_or_else(|| "null".into()), spec.precision),
        ('b', value) => match (value, kind) {
            (None, _) => "false".into(),
            (Some(value), DataType::Boolean) => value,
            (Some(_), _) => "true".into(),
        },
        (_, None) => "null".into(),
        ('d', Some(value)) if kind.is_integer() => signed(spec, value),
        ('x' | 'o', Some(value)) if kind.is_integer() => {
            let number: i64 = value.parse().map_err(|_| "no whole number")?;
            match (conversion, kind) {
                ('x', DataType::Int64) => format!("{number:x}"),
                ('x', _) => format!("{:x}", number as i32),
                (_, DataType::Int64) => format!("{number:o}"),
                _ => format!("{:o}", number as i32),
            }
        }
        ('f', Some(value)) if is_fraction => {
            signed(spec, fixed(&value, spec.precision.unwrap_or(6))?)
        }
        ('e', Some(value)) if is_fraction => {
            let number: f64 = value.parse().map_err(|_| "no number")?;
            let text = format!("{number:.*e}", spec.precision.unwrap_or(6));
            let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
            let exponent: i32 = exponent.parse().unwrap_or(0);
            let sign = if exponent < 0 { '-' } else { '+' };
            signed(spec, format!("{digits}e{sign}{:02}", exponent.abs()))
        }
        _ => return wrong(),
    };
    let body = if upper { body.to_uppercase() } else { body };
    let missing = spec.width.saturating_sub(body.chars().count());
    Ok(match () {
        () if spec.flags.contains('-') => format!("{body}{}", " ".repeat(missing)),
        () if spec.flags.contains('0') && !matches!(conversion, 's' | 'b') => {
            let at = usize::from(body.starts_with(['-', '+', ' ', '(']));
            format!("{}{}{}", &body[..at], "0".repeat(missing), &body[at..])
        }
        () => format!("{}{body}", " ".repeat(missing)),
    })
}

fn cut(text: String, most: Option<usize>) -> String {
    match most {
        Some(most) => text.chars().take(most).collect(),
        None => text,
    }
}

/// A decimal of so many digits behind the point, rounded half up as it is written.
fn fixed(value: &str, digits: usize) -> Result<String, String> {
    if value.contains(['e', 'E', 'N', 'I']) {
        let number: f64 = value.parse().map_err(|_| "no number")?;
        return Ok(format!("{number:.digits$}"));
    }
    let (sign, plain) = match value.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", value),
    };
    let (whole, fraction) = plain.split_once('.').unwrap_or((plain, ""));
    let mut all: Vec<u8> = whole.bytes().chain(fraction.bytes()).map(|b| b - b'0').collect();
    let keep = whole.len() + digits;
    let up = all.get(keep).is_some_and(|next| *next >= 5);
    all.resize(keep, 0);
    let mut carry = u8::from(up);
    for digit in all.iter_mut().rev() {
        let sum = *digit + carry;
        (*digit, carry) = (sum % 10, sum / 10);
    }
    if carry > 0 {
        all.insert(0, carry);
    }
    let text: String = all.iter().map(|d| char::from(b'0' + d)).collect();
    let (whole, fraction) = text.split_at(text.len() - digits);
    let point = if digits > 0 { "." } else { "" };
    Ok(format!("{sign}{whole}{point}{fraction}"))
}

/// The flags `,`, `+`, space and `(`.
fn signed(spec: &Spec, value: String) -> String {
    let (negative, plain) = match value.strip_prefix('-') {
        Some(rest) => (true, rest.to_owned()),
        None => (false, value),
    };
    let grouped = if spec.flags.contains(',') { group(&plain) } else { plain };
    match () {
        () if negative && spec.flags.contains('(') => format!("({grouped})"),
        () if negative => format!("-{grouped}"),
        () if spec.flags.contains('+') => format!("+{grouped}"),
        () if spec.flags.contains(' ') => format!(" {grouped}"),
        () => grouped,
    }
}

fn group(plain: &str) -> String {
    let (whole, rest) = match plain.find('.') {
        Some(at) => plain.split_at(at),
        None => (plain, ""),
    };
    let mut out = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_rounded_as_they_are_written() {
        for (value, digits, expected) in [
            ("1.005", 2, "1.01"),
            ("-9.995", 2, "-10.00"),
            ("0.5", 0, "1"),
            ("12", 1, "12.0"),
            ("1.0E10", 1, "10000000000.0"),
        ] {
            assert_eq!(fixed(value, digits).unwrap(), expected);
        }
        assert_eq!(group("1234567.891"), "1,234,567.891");
        assert!(parse("%").is_err());
    }
}
