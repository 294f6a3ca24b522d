//! What is told of a line of the tree, and the SQL that is made of it.

use super::reference;
use super::tree::Line;
use crate::model::catalog::{Counted, Grant, GrantOn, Partition, Table};
use crate::model::query::Scale;
use crate::model::sql::names::{Quotes, string};
use crate::ui::widgets::text;

/// Rows of a first look.
const LIMIT: usize = 100;

pub type Fact = (&'static str, String);

/// What is known of a line, the most telling first.
pub fn of(line: &Line<'_>) -> Vec<Fact> {
    match line {
        Line::Partition(table, partition) => of_partition(table, partition),
        Line::Column(table, column, is_key) => {
            let role = if *is_key { "partition key" } else { "column" };
            let mut facts = vec![(role, column.name.to_owned()), ("type", column.kind.to_owned())];
            facts.push(("of", format!("{}.{}", table.database, table.name)));
            facts
        }
        line => line.place().1.map(of_table).unwrap_or_default(),
    }
}

fn of_table(table: &Table) -> Vec<Fact> {
    let mut facts = vec![("is", kind(table))];
    facts.extend(table.comment.clone().map(|comment| ("says", comment)));
    facts.extend(table.location.clone().map(|location| ("at", location)));
    facts.extend(counted(&table.counted).map(|counted| ("counted", counted)));
    let keys: Vec<&str> = table.partition_keys.names().collect();
    let columns = text::plural((table.columns.len() + keys.len()) as u64, "column");
    let by = if keys.is_empty() { String::new() } else { format!(" by {}", keys.join(", ")) };
    facts.push((
        "has",
        format!("{columns}{}", if by.is_empty() { by } else { format!(", partitioned{by}") }),
    ));
    facts.extend(table.serde.as_deref().map(|class| ("serde", short_class(class))));
    if table.is_governed {
        facts.push(("read by", "Lake Formation's credentials".to_owned()));
    }
    facts.extend(table.created.map(|at| ("created", text::time(at))));
    let updated = table.updated.filter(|at| Some(*at) != table.created);
    facts.extend(updated.map(|at| ("updated", text::time(at))));
    facts
}

fn of_partition(table: &Table, partition: &Partition) -> Vec<Fact> {
    let mut facts = vec![("of", format!("{}.{}", table.database, table.name))];
    facts.push(("values", values(table, partition)));
    facts.extend(partition.location.clone().map(|location| ("at", location)));
    facts.extend(counted(&partition.counted).map(|counted| ("counted", counted)));
    facts.extend(partition.created.map(|at| ("created", text::time(at))));
    facts
}

/// `iceberg table`, `external table, parquet`.
fn kind(table: &Table) -> String {
    let kind = match table.kind.as_deref() {
        Some("VIRTUAL_VIEW") => return "view".to_owned(),
        Some("EXTERNAL_TABLE") => "external table".to_owned(),
        Some(other) if !other.is_empty() => other.to_lowercase().replace('_', " "),
        _ => "table".to_owned(),
    };
    match table.format.as_deref() {
        Some("iceberg") => "iceberg table".to_owned(),
        Some(format) => format!("{kind}, {format}"),
        None => kind,
    }
}

/// `1,204 rows, 12.4 MiB, 3 objects`; whoever counted them may have done so long ago.
fn counted(counted: &Counted) -> Option<String> {
    let rows = counted.rows.map(|rows| text::plural(rows, "row"));
    let bytes = counted.bytes.map(text::bytes);
    let objects = counted.objects.map(|objects| text::plural(objects, "object"));
    let all: Vec<String> = rows.into_iter().chain(bytes).chain(objects).collect();
    (!all.is_empty()).then(|| all.join(", "))
}

/// `LazySimpleSerDe` of `org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe`.
fn short_class(class: &str) -> String {
    class.rsplit('.').next().unwrap_or(class).to_owned()
}

/// `chrom=1/day=2026-01-01`.
pub fn values(table: &Table, partition: &Partition) -> String {
    let keys = table.partition_keys.names().chain(std::iter::repeat("?"));
    let pair = |(key, value): (&str, &String)| format!("{key}={value}");
    keys.zip(&partition.values).map(pair).collect::<Vec<_>>().join("/")
}

/// `chrom = '1' AND day = DATE '2026-01-01'`.
pub fn condition(table: &Table, partition: &Partition, quotes: Quotes) -> String {
    let pairs = table.partition_keys.iter().zip(&partition.values);
    let equal = pairs.map(|(key, value)| {
        format!("{} = {}", quotes.name(key.name), literal(key.kind, value, quotes))
    });
    equal.collect::<Vec<_>>().join(" AND ")
}

fn literal(kind: &str, value: &str, quotes: Quotes) -> String {
    let is_number = value.parse::<f64>().is_ok_and(f64::is_finite);
    let text = string(value);
    match Scale::of(kind) {
        Scale::Number if is_number => value.to_owned(),
        Scale::Time if quotes == Quotes::Double && kind.eq_ignore_ascii_case("date") => {
            format!("DATE {text}")
        }
        _ => text,
    }
}

/// A first look at a table, or at one of its partitions.
pub fn select(line: &Line<'_>, current: &str) -> Option<String> {
    let table = line.place().1?;
    let quotes = Quotes::Double;
    let what = match line {
        Line::Column(_, column, _) => quotes.name(column.name),
        _ => "*".to_owned(),
    };
    let from = reference(table, current, quotes);
    let only = match line {
        Line::Partition(table, partition) => {
            format!("\nWHERE {}", condition(table, partition, quotes))
        }
        _ => String::new(),
    };
    Some(format!("SELECT {what}\nFROM {from}{only}\nLIMIT {LIMIT}"))
}

/// The statement that answers how a table or a view was made.
pub fn show_create(table: &Table, current: &str) -> String {
    match table.is_view() {
        true => format!("SHOW CREATE VIEW {}", reference(table, current, Quotes::Double)),
        false => format!("SHOW CREATE TABLE {}", reference(table, current, Quotes::Backtick)),
    }
}

/// A grant in a line: `arn:… SELECT, DESCRIBE on chrom, pos; may pass on SELECT`.
pub fn grant(grant: &Grant) -> String {
    let on = match &grant.on {
        GrantOn::Table => String::new(),
        GrantOn::Columns(names) => format!(" on {}", names.join(", ")),
        GrantOn::AllColumnsBut(names) => format!(" on all columns but {}", names.join(", ")),
        GrantOn::Filter(name) => format!(" on what the filter {name} leaves"),
        GrantOn::Tags(tags) => format!(" on tables tagged {}", tags.join(", ")),
    };
    let pass = match grant.grantable.as_slice() {
        [] => String::new(),
        names => format!("; may pass on {}", names.join(", ")),
    };
    format!("{}  {}{on}{pass}", grant.principal, grant.permissions.join(", "))
}
