//! OpenCSVSerde: quoted fields, every value a string that is then cast. Its records are lines:
//! a line break inside quotes is not supported, as in Athena.

use super::column::Column;
use super::format::Csv;
use super::parse;
use super::rows::{Append, Wanted};
use crate::local::sql::error::SqlError;
use crate::local::sql::types::HiveType;

/// Makes the function that takes one line apart.
pub fn append(format: Csv, wanted: &[Wanted], name: &str) -> Append {
    let wanted = wanted.to_vec();
    let name = name.to_owned();
    let mut fields = Vec::new();
    Box::new(move |line, columns| {
        split(line, &format, &mut fields);
        for (w, column) in wanted.iter().zip(columns) {
            match fields.get(w.at) {
                None => column.null(),
                Some(field) => value(field, w, column, &name)?,
            }
        }
        Ok(true)
    })
}

fn value(field: &str, w: &Wanted, column: &mut Column, name: &str) -> Result<(), SqlError> {
    let outcome = match &w.kind {
        // Dates are days and timestamps milliseconds since 1970 in this SerDe.
        HiveType::Date if field.parse::<i32>().is_ok() => {
            let days = field.parse().ok().and_then(parse::civil_date);
            days.map_or(Err(super::column::Malformed), |d| column.text(&d.to_string()))
        }
        HiveType::Timestamp if field.parse::<i64>().is_ok() => {
            let at = field.parse().ok().and_then(parse::civil);
            at.map_or(Err(super::column::Malformed), |t| column.text(&t.to_string()))
        }
        _ => column.text(field),
    };
    outcome.map_err(|_| {
        SqlError::user(format!(
            "HIVE_BAD_DATA: Error parsing field value '{field}' for field {} ({}) of {name}: it is not of the column's type",
            w.at, w.name
        ))
    })
}

/// Splits a line as opencsv does.
fn split(line: &str, format: &Csv, fields: &mut Vec<String>) {
    fields.clear();
    let mut field = String::new();
    let mut quoted = false;
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        if c == format.escape && format.escape != format.quote {
            // The escape character counts inside quotes, before a quote or itself.
            match chars.peek() {
                Some(next) if quoted && (*next == format.quote || *next == format.escape) => {
                    field.push(*next);
                    chars.next();
                }
                _ => {}
            }
        } else if c == format.quote {
            if quoted && chars.peek() == Some(&format.quote) {
                field.push(c);
                chars.next();
            } else {
                quoted = !quoted;
            }
        } else if c == format.separator && !quoted {
            fields.push(std::mem::take(&mut field));
        } else {
            field.push(c);
        }
    }
    fields.push(field);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_escapes() {
        let format = Csv { separator: ',', quote: '"', escape: '\\', skip: 0 };
        let mut fields = Vec::new();
        split(r#"1,"Doe, Ann","say ""hi""",,"a\"b""#, &format, &mut fields);
        assert_eq!(fields, ["1", "Doe, Ann", "say \"hi\"", "", "a\"b"]);
    }
}
