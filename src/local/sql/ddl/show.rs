//! DESCRIBE and SHOW of one table, laid out as Hive does.

use super::parser::Named;
use super::{Answer, Desk};
use crate::local::glue::types::{Column, Table};
use crate::local::sql::error::SqlError;
use crate::local::sql::types::ColumnInfo;
use crate::local::sql::view::is_view;

impl Desk {
    pub(super) fn show_columns(&self, named: &Named) -> Result<Answer, SqlError> {
        let table = self.find(named)?;
        let all = table.columns().iter().chain(&table.partition_keys);
        Ok(Answer::one("field", all.map(|c| format!("{:<20}", c.name)).collect()))
    }

    pub(super) fn show_properties(
        &self,
        named: &Named,
        key: Option<&str>,
    ) -> Result<Answer, SqlError> {
        let table = self.find(named)?;
        let lines = match key {
            Some(key) => vec![match table.parameters.get(key) {
                Some(value) => value.clone(),
                None => format!(
                    "Table {}.{} does not have property: {key}",
                    table.database_name, table.name
                ),
            }],
            None => table.parameters.iter().map(|(k, v)| format!("{k}\t{v}")).collect(),
        };
        Ok(Answer {
            columns: vec![ColumnInfo::string("prpt_name"), ColumnInfo::string("prpt_value")],
            lines,
        })
    }

    pub(super) fn describe(&self, named: &Named, formatted: bool) -> Result<Answer, SqlError> {
        let table = self.find(named)?;
        let row = |c: &Column| {
            format!(
                "{:<20}\t{:<20}\t{:<20}",
                c.name,
                c.kind,
                c.comment.as_deref().unwrap_or_default()
            )
        };
        let heading = format!("{:<22}\t{:<20}\t{:<20}", "# col_name", "data_type", "comment");
        let mut lines = Vec::new();
        if formatted {
            lines.extend([heading.clone(), "\t \t ".into()]);
        }
        lines.extend(table.columns().iter().chain(&table.partition_keys).map(row));
        if !table.partition_keys.is_empty() {
            lines.extend([
                "\t \t ".into(),
                "# Partition Information\t \t ".into(),
                heading,
                "\t \t ".into(),
            ]);
            lines.extend(table.partition_keys.iter().map(row));
        }
        if formatted {
            lines.extend(details(&table));
        }
        let columns = ["col_name", "data_type", "comment"].map(ColumnInfo::string);
        Ok(Answer { columns: columns.to_vec(), lines })
    }

    pub(super) fn show_create_table(&self, named: &Named) -> Result<Answer, SqlError> {
        let table = self.find(named)?;
        if is_view(&table) {
            return Err(SqlError::user(format!(
                "NOT_SUPPORTED: line 1:1: Relation 'awsdatacatalog.{}.{}' is a view, not a table",
                table.database_name, table.name
            )));
        }
        Ok(Answer::one("createtab_stmt", create_statement(&table)))
    }
}

fn details(table: &Table) -> Vec<String> {
    let storage = table.storage_descriptor.clone().unwrap_or_default();
    let line = |name: &str, value: &str| format!("{name:<20}\t{value:<20}\t ");
    let mut lines = vec![
        "\t \t ".into(),
        "# Detailed Table Information\t \t ".into(),
        line("Database:", &table.database_name),
        line("Owner:", table.owner.as_deref().unwrap_or_default()),
        line("Location:", storage.location.as_deref().unwrap_or_default()),
        line("Table Type:", table.table_type.as_deref().unwrap_or_default()),
        "Table Parameters:\t \t ".into(),
    ];
    lines.extend(table.parameters.iter().map(|(k, v)| format!("\t{k:<20}\t{v:<20}")));
    lines.extend([
        "\t \t ".into(),
        "# Storage Information\t \t ".into(),
        line("SerDe Library:", storage.serde_library()),
        line("InputFormat:", storage.input_format.as_deref().unwrap_or_default()),
        line("OutputFormat:", storage.output_format.as_deref().unwrap_or_default()),
        line("Compressed:", if storage.compressed { "Yes" } else { "No" }),
    ]);
    lines
}

/// SHOW CREATE TABLE, line by line.
fn create_statement(table: &Table) -> Vec<String> {
    let storage = table.storage_descriptor.clone().unwrap_or_default();
    let mut lines = vec![format!("CREATE EXTERNAL TABLE `{}`(", table.name)];
    let columns = |columns: &[Column], lines: &mut Vec<String>| {
        for (at, c) in columns.iter().enumerate() {
            let comment = match &c.comment {
                Some(text) if !text.is_empty() => format!(" COMMENT '{}'", quote(text)),
                _ => String::new(),
            };
            let end = if at + 1 < columns.len() { ", " } else { ")" };
            lines.push(format!("  `{}` {}{comment}{end}", c.name, c.kind));
        }
    };
    columns(table.columns(), &mut lines);
    if let Some(comment) = &table.description {
        lines.push(format!("COMMENT '{}'", quote(comment)));
    }
    if !table.partition_keys.is_empty() {
        lines.push("PARTITIONED BY ( ".into());
        columns(&table.partition_keys, &mut lines);
    }
    let pairs = |pairs: Vec<(&String, &String)>, lines: &mut Vec<String>| {
        let count = pairs.len();
        for (at, (key, value)) in pairs.into_iter().enumerate() {
            let end = if at + 1 < count { ", " } else { ")" };
            lines.push(format!("  '{}'='{}'{end}", quote(key), quote(value)));
        }
    };
    lines.push("ROW FORMAT SERDE ".into());
    lines.push(format!("  '{}' ", storage.serde_library()));
    let serde = storage.serde_info.clone().unwrap_or_default().parameters;
    if !serde.is_empty() {
        lines.push("WITH SERDEPROPERTIES ( ".into());
        pairs(serde.iter().collect(), &mut lines);
    }
    lines.push("STORED AS INPUTFORMAT ".into());
    lines.push(format!("  '{}' ", storage.input_format.as_deref().unwrap_or_default()));
    lines.push("OUTPUTFORMAT ".into());
    lines.push(format!("  '{}'", storage.output_format.as_deref().unwrap_or_default()));
    lines.push("LOCATION".into());
    lines.push(format!("  '{}'", storage.location.as_deref().unwrap_or_default()));
    let shown: Vec<_> = table.parameters.iter().filter(|(k, _)| *k != "EXTERNAL").collect();
    if !shown.is_empty() {
        lines.push("TBLPROPERTIES (".into());
        pairs(shown, &mut lines);
    }
    lines
}

/// Text inside single quotes, as Hive reads it back.
fn quote(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\\' => out.push_str("\\\\"),
            '\'' => out.push_str("\\'"),
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out
}
