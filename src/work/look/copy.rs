//! Rows for the clipboard, in four ways.

use std::io;

use super::Desk;
use crate::model::query::{Column, Scale};
use crate::model::shown::Shown;
use crate::model::sql::names::string;
use crate::model::trouble::Trouble;
use crate::query::batch::Batch;
use crate::query::spool::Snapshot;
use crate::query::to_csv;
use crate::query::write::{Json, Writer as _};
use crate::ui::panes::sql::result::talk::{Form, News};
use crate::work::sql::on_disk;

/// What goes to the clipboard, in bytes: terminals drop longer escape sequences.
const CLIPBOARD: usize = 64 << 10;

pub(super) fn copy(
    numbers: &[usize],
    columns: &[usize],
    form: Form,
    rows: &Snapshot,
    desk: &Desk,
) -> Result<(), Trouble> {
    desk.may_take_out("copy rows")?;
    let named: Vec<Column> =
        columns.iter().filter_map(|column| desk.kept.columns.get(*column).cloned()).collect();
    let mut out = head(form, &named);
    let mut copied = 0;
    for number in numbers {
        let row = rows.row(*number).map_err(|error| on_disk(&error))?;
        let Some(row) = row.as_ref().and_then(|row| row.rows().next()) else { break };
        let cells: Vec<Option<&str>> = row.cells().collect();
        let chosen: Vec<Option<&str>> =
            columns.iter().map(|column| cells.get(*column).copied().flatten()).collect();
        let before = out.len();
        put(form, &named, &chosen, &mut out).map_err(|error| on_disk(&error))?;
        if out.len() > CLIPBOARD {
            out.truncate(before);
            break;
        }
        copied += 1;
    }
    if matches!(form, Form::InList) {
        out.push(')');
    }
    // Lines are kept, everything else that acts on a terminal becomes a mark.
    let lines = out.trim_end_matches('\n').split('\n').map(Shown::of).collect();
    desk.tell(News::Copied { lines, rows: copied, of: numbers.len() });
    Ok(())
}

fn head(form: Form, columns: &[Column]) -> String {
    let names = columns.iter().map(|column| column.name.as_str());
    match form {
        Form::Csv => {
            let mut line = Vec::new();
            to_csv(names.map(Some), &mut line);
            String::from_utf8_lossy(&line).into_owned()
        }
        Form::Json => String::new(),
        Form::Markdown => {
            let names: Vec<String> = names.map(markdown).collect();
            let rule = |column: &Column| match Scale::of(&column.kind) {
                Scale::Number => "--:",
                _ => "---",
            };
            let rules: Vec<&str> = columns.iter().map(rule).collect();
            format!("| {} |\n| {} |\n", names.join(" | "), rules.join(" | "))
        }
        Form::InList => "(".to_owned(),
    }
}

fn put(form: Form, columns: &[Column], cells: &[Option<&str>], out: &mut String) -> io::Result<()> {
    let mut bytes = Vec::new();
    match form {
        Form::Csv => to_csv(cells.iter().copied(), &mut bytes),
        Form::Json => {
            let mut batch = Batch::default();
            batch.push(cells.iter().copied())?;
            Json::new(columns).rows(&batch, &mut bytes)?;
        }
        Form::Markdown => {
            let cells: Vec<String> =
                cells.iter().map(|cell| cell.map_or("NULL".to_owned(), markdown)).collect();
            bytes = format!("| {} |\n", cells.join(" | ")).into();
        }
        Form::InList => {
            // NULL is in no list.
            if let (Some(column), Some(Some(cell))) = (columns.first(), cells.first()) {
                let between = if out.len() > 1 { ", " } else { "" };
                bytes = format!("{between}{}", literal(column, cell)).into();
            }
        }
    }
    out.push_str(&String::from_utf8_lossy(&bytes));
    Ok(())
}

fn markdown(text: &str) -> String {
    text.replace('\\', "\\\\").replace('|', "\\|").replace(['\n', '\r'], " ")
}

/// A value as SQL writes it, typed as its column.
fn literal(column: &Column, text: &str) -> String {
    let quoted = string(text);
    let is_plain = |c: char| c.is_ascii_digit() || matches!(c, '-' | '.');
    match Scale::of(&column.kind) {
        Scale::Number if text.chars().all(is_plain) => text.to_owned(),
        Scale::Time if column.kind == "date" => format!("DATE {quoted}"),
        Scale::Time => format!("TIMESTAMP {quoted}"),
        _ if column.kind == "boolean" => text.to_owned(),
        _ => quoted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(kinds: &[(&str, &str)]) -> Vec<Column> {
        kinds.iter().map(|(n, k)| Column { name: (*n).into(), kind: (*k).into() }).collect()
    }

    fn copied(form: Form, columns: &[Column], rows: &[&[Option<&str>]]) -> String {
        let mut out = head(form, columns);
        for row in rows {
            put(form, columns, row, &mut out).unwrap();
        }
        out
    }

    #[test]
    fn rows_are_copied_in_four_ways() {
        let columns = columns(&[("a|b", "varchar"), ("n", "bigint")]);
        let rows: &[&[Option<&str>]] = &[&[Some("x\"|y"), Some("7")], &[Some(""), None]];
        let copied = |form| copied(form, &columns, rows);
        assert_eq!(copied(Form::Csv), "\"a|b\",\"n\"\n\"x\"\"|y\",\"7\"\n\"\",\n");
        assert_eq!(
            copied(Form::Json),
            "{\"a|b\":\"x\\\"|y\",\"n\":7}\n{\"a|b\":\"\",\"n\":null}\n"
        );
        assert_eq!(
            copied(Form::Markdown),
            "| a\\|b | n |\n| --- | --: |\n| x\"\\|y | 7 |\n|  | NULL |\n"
        );
        assert_eq!(copied(Form::InList), "('x\"|y', ''");
    }

    #[test]
    fn literals_are_typed_and_quoted() {
        let literal = |kind: &str, text| {
            let column = Column { name: "c".into(), kind: kind.into() };
            super::literal(&column, text)
        };
        assert_eq!(literal("varchar", "O'Neil"), "'O''Neil'");
        assert_eq!(literal("bigint", "-7"), "-7");
        assert_eq!(literal("double", "NaN"), "'NaN'");
        assert_eq!(literal("date", "2026-01-01"), "DATE '2026-01-01'");
        assert_eq!(literal("boolean", "true"), "true");
        let list = copied(
            Form::InList,
            &columns(&[("n", "bigint")]),
            &[&[Some("1")], &[None], &[Some("2")]],
        );
        assert_eq!(list, "(1, 2");
    }
}
