//! Regular expressions: Java's syntax as far as the `regex` crate has it.

use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, BooleanArray, Int64Array, ListBuilder, StringArray, StringBuilder,
};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;
use regex::Regex;

use super::fun::{Args, fun, invalid, returns};

pub fn functions() -> Vec<ScalarUDF> {
    vec![
        fun("regexp_like", (2, 2), returns!(DataType::Boolean), |args| {
            let mut found = Vec::with_capacity(args.rows);
            each(args, |text, pattern, _| {
                found.push(text.zip(pattern).map(|(text, pattern)| pattern.is_match(text)));
                Ok(())
            })?;
            Ok(Arc::new(BooleanArray::from(found)))
        }),
        fun("regexp_count", (2, 2), returns!(DataType::Int64), |args| {
            let mut found = Vec::with_capacity(args.rows);
            each(args, |text, pattern, _| {
                let count =
                    text.zip(pattern).map(|(text, pattern)| pattern.find_iter(text).count() as i64);
                found.push(count);
                Ok(())
            })?;
            Ok(Arc::new(Int64Array::from(found)))
        }),
        fun("regexp_extract", (2, 3), returns!(DataType::Utf8), extract),
        fun("regexp_extract_all", (2, 3), returns!(DataType::new_list(DataType::Utf8, true)), all),
        fun("regexp_split", (2, 2), returns!(DataType::new_list(DataType::Utf8, true)), split),
        fun("regexp_replace", (2, 3), returns!(DataType::Utf8), replace),
    ]
}

/// Calls for each row with its text and compiled pattern.
fn each(
    args: &Args,
    mut row: impl FnMut(Option<&str>, Option<&Regex>, usize) -> Result<()>,
) -> Result<()> {
    let (texts, patterns) = (args.strings(0)?, args.strings(1)?);
    let mut known: Option<(String, Regex)> = None;
    for (at, (text, pattern)) in texts.iter().zip(&patterns).enumerate() {
        let Some(pattern) = pattern else {
            row(text, None, at)?;
            continue;
        };
        if known.as_ref().is_none_or(|(spelled, _)| spelled != pattern) {
            let compiled = Regex::new(pattern).map_err(|_| {
                invalid(format!("'{pattern}' is no regular expression that the local lake takes"))
            })?;
            known = Some((pattern.to_owned(), compiled));
        }
        row(text, known.as_ref().map(|(_, regex)| regex), at)?;
    }
    Ok(())
}

fn groups(args: &Args) -> Result<Vec<usize>> {
    if args.len() < 3 {
        return Ok(vec![0; args.rows]);
    }
    Ok(args
        .longs(2)?
        .iter()
        .map(|g| usize::try_from(g.unwrap_or(0)).unwrap_or(usize::MAX))
        .collect())
}

fn known_group(pattern: &Regex, group: usize) -> Result<()> {
    if group < pattern.captures_len() {
        return Ok(());
    }
    Err(invalid(format!(
        "Pattern has {} groups. Cannot access group {group}",
        pattern.captures_len() - 1
    )))
}

fn extract(args: &Args) -> Result<ArrayRef> {
    let groups = groups(args)?;
    let mut out = StringBuilder::new();
    each(args, |text, pattern, row| {
        if let (Some(text), Some(pattern)) = (text, pattern) {
            known_group(pattern, groups[row])?;
            let found = pattern.captures(text).and_then(|c| c.get(groups[row]));
            out.append_option(found.map(|m| m.as_str()));
        } else {
            out.append_null();
        }
        Ok(())
    })?;
    Ok(Arc::new(out.finish()))
}

fn all(args: &Args) -> Result<ArrayRef> {
    let groups = groups(args)?;
    let mut out = ListBuilder::new(StringBuilder::new());
    each(args, |text, pattern, row| {
        if let (Some(text), Some(pattern)) = (text, pattern) {
            known_group(pattern, groups[row])?;
            for found in pattern.captures_iter(text) {
                out.values().append_option(found.get(groups[row]).map(|m| m.as_str()));
            }
            out.append(true);
        } else {
            out.append(false);
        }
        Ok(())
    })?;
    Ok(Arc::new(out.finish()))
}

fn split(args: &Args) -> Result<ArrayRef> {
    let mut out = ListBuilder::new(StringBuilder::new());
    each(args, |text, pattern, _| {
        if let (Some(text), Some(pattern)) = (text, pattern) {
            pattern.split(text).for_each(|part| out.values().append_value(part));
            out.append(true);
        } else {
            out.append(false);
        }
        Ok(())
    })?;
    Ok(Arc::new(out.finish()))
}

fn replace(args: &Args) -> Result<ArrayRef> {
    let with = if args.len() > 2 { Some(args.strings(2)?) } else { None };
    let with: Vec<Option<String>> = match &with {
        Some(with) => with.iter().map(|w| w.map(java_replacement)).collect(),
        None => vec![Some(String::new()); args.rows],
    };
    let mut out = Vec::with_capacity(args.rows);
    each(args, |text, pattern, row| {
        out.push(match (text, pattern, &with[row]) {
            (Some(text), Some(pattern), Some(with)) => {
                Some(pattern.replace_all(text, with.as_str()).into_owned())
            }
            _ => None,
        });
        Ok(())
    })?;
    Ok(Arc::new(StringArray::from(out)))
}

/// `$1a` is group 1 and an `a` to Java, but the group "1a" to the crate: braces tell.
fn java_replacement(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('$') => out.push_str("$$"),
                Some(other) => out.push(other),
                None => {}
            },
            '$' if chars.peek().is_some_and(char::is_ascii_digit) => {
                out.push_str("${");
                while let Some(digit) = chars.next_if(char::is_ascii_digit) {
                    out.push(digit);
                }
                out.push('}');
            }
            other => out.push(other),
        }
    }
    out
}
