//! The SQL that makes a table of a folder of objects, and the one that reads it.

use std::collections::HashSet;
use std::fmt::Write as _;

use crate::model::catalog::Table;
use crate::model::query::Column;
use crate::model::sql::names::Quotes;
use crate::model::uri::S3Uri;

/// How the objects of a folder are written, as far as Athena reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Form {
    Parquet,
    Delimited {
        delimiter: char,
        /// The first line of each object names the columns.
        header: bool,
        /// Fields may stand in quotes. Such a table has columns of text only: OpenCSVSerDe
        /// takes an empty field for no number.
        quoted: bool,
    },
    /// One JSON object a line.
    Json,
}

/// Objects of which a table can be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tabular {
    pub form: Form,
    /// Types as Athena names them.
    pub columns: Vec<Column>,
    /// What Athena will not see as the preview shows it: sentences.
    pub caveats: Vec<String>,
}

/// The folder that is a table, and the keys of its partitions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// Ends in `/`, or is a whole bucket.
    pub base: S3Uri,
    pub partitions: Vec<String>,
}

impl Folder {
    /// The folder of an object: folders like `year=2026` at its end are partitions.
    pub fn of(object: &S3Uri) -> Self {
        let folder = match object.is_prefix() {
            true => object.clone(),
            false => object.parent().unwrap_or_else(|| object.clone()),
        };
        let mut base = folder.key.as_str();
        let mut partitions = Vec::new();
        while let Some((rest, name)) = last_partition(base) {
            partitions.push(name);
            base = rest;
        }
        partitions.reverse();
        Self { base: S3Uri::new(&folder.bucket, base), partitions }
    }

    /// A folder that was chosen, of which this is an object somewhere below.
    pub fn around(folder: &S3Uri, object: &S3Uri) -> Self {
        let base = Self::of(folder).base;
        let below = object.key.strip_prefix(&base.key).unwrap_or_default();
        let below = below.rsplit_once('/').map_or("", |(folders, _)| folders);
        let partitions =
            below.split('/').map_while(|segment| partition(segment).map(str::to_owned)).collect();
        Self { base, partitions }
    }

    /// The tables of these that are made of this folder.
    pub fn find<'a>(&self, tables: &'a [Table]) -> Option<&'a Table> {
        let location = self.base.to_string();
        let same = |other: &str| other.trim_end_matches('/') == location.trim_end_matches('/');
        tables.iter().find(|table| table.location.as_deref().is_some_and(same))
    }

    /// A name for the table, out of the folder's; `taken` has those there are.
    pub fn table_name(&self, taken: &[&str]) -> String {
        let name = self.base.name().trim_end_matches('/');
        let name = clean(if name.is_empty() { &self.base.bucket } else { name });
        unique(name, |name| taken.contains(&name))
    }
}

/// `year` of `year=2026`.
fn partition(segment: &str) -> Option<&str> {
    let (name, value) = segment.split_once('=')?;
    (!name.is_empty() && !value.is_empty()).then_some(name)
}

/// The prefix above the last segment, where that one is a partition.
fn last_partition(prefix: &str) -> Option<(&str, String)> {
    let body = prefix.strip_suffix('/')?;
    let cut = body.rfind('/').map_or(0, |slash| slash + 1);
    Some((&body[..cut], partition(&body[cut..])?.to_owned()))
}

/// Statements that make the table, find its partitions and read it.
pub fn create(database: &str, table: &str, folder: &Folder, tabular: &Tabular) -> String {
    let Tabular { form, columns, caveats } = tabular;
    let mut sql = format!(
        "-- Athena reads every object in {} as this table.\n",
        comment(&folder.base.to_string())
    );
    for caveat in caveats {
        _ = writeln!(sql, "-- {}", comment(caveat));
    }
    let backticked = |name: &str| Quotes::Backtick.around(name);
    let name = format!("{}.{}", backticked(database), backticked(table));
    _ = writeln!(sql, "CREATE EXTERNAL TABLE {name} (");
    let partitions: HashSet<String> = folder.partitions.iter().map(|key| clean(key)).collect();
    let named = names(form, columns, &partitions);
    let lines: Vec<String> = named
        .iter()
        .map(|(name, column)| format!("  {} {}", backticked(name), hive(form, &column.kind)))
        .collect();
    _ = writeln!(sql, "{}\n)", lines.join(",\n"));
    if !folder.partitions.is_empty() {
        let keys =
            folder.partitions.iter().map(|key| format!("{} string", backticked(&clean(key))));
        _ = writeln!(sql, "PARTITIONED BY ({})", keys.collect::<Vec<_>>().join(", "));
    }
    sql.push_str(&format_of(form, &named));
    _ = writeln!(sql, "LOCATION {}", quoted(&folder.base.to_string()));
    if let Form::Delimited { header: true, .. } = form {
        sql.push_str("TBLPROPERTIES ('skip.header.line.count' = '1')\n");
    }
    let mut statements = vec![sql.trim_end().to_owned()];
    if !folder.partitions.is_empty() {
        statements.push(format!("MSCK REPAIR TABLE {name}"));
    }
    statements.push(select(database, table));
    statements.join(";\n\n") + ";\n"
}

/// The first rows of a table.
pub fn select(database: &str, table: &str) -> String {
    let quoted = |name: &str| Quotes::Double.around(name);
    format!("SELECT * FROM {}.{} LIMIT 100", quoted(database), quoted(table))
}

/// The columns with names that Glue takes. Parquet is read by name and keeps the names it has;
/// what is a partition's key is none of its columns.
fn names<'a>(
    form: &Form,
    columns: &'a [Column],
    partitions: &HashSet<String>,
) -> Vec<(String, &'a Column)> {
    let mut seen = partitions.clone();
    let mut named = Vec::new();
    for column in columns {
        let name = match form {
            Form::Parquet => column.name.to_lowercase(),
            _ => clean(&column.name),
        };
        let by_name = !matches!(form, Form::Delimited { .. });
        if by_name && seen.contains(&name) {
            continue;
        }
        let name = unique(name, |name| seen.contains(name));
        seen.insert(name.clone());
        named.push((name, column));
    }
    named
}

fn format_of(form: &Form, named: &[(String, &Column)]) -> String {
    match form {
        Form::Parquet => "STORED AS PARQUET\n".to_owned(),
        Form::Delimited { delimiter, quoted: false, .. } => format!(
            "ROW FORMAT DELIMITED FIELDS TERMINATED BY {}\nSTORED AS TEXTFILE\n",
            quoted(&delimiter.to_string())
        ),
        // The escape character may not be the quote: two quotes are one by themselves.
        Form::Delimited { delimiter, quoted: true, .. } => format!(
            "ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.OpenCSVSerde'\n\
             WITH SERDEPROPERTIES ('separatorChar' = {}, 'quoteChar' = '\"', 'escapeChar' = '\\\\')\n\
             STORED AS TEXTFILE\n",
            quoted(&delimiter.to_string())
        ),
        Form::Json => {
            let mut properties = vec!["'ignore.malformed.json' = 'false'".to_owned()];
            for (name, column) in named {
                if *name != column.name.to_lowercase() {
                    let key = quoted(&format!("mapping.{name}"));
                    properties.push(format!("{key} = {}", quoted(&column.name)));
                }
            }
            format!(
                "ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'\n\
                 WITH SERDEPROPERTIES ({})\nSTORED AS TEXTFILE\n",
                properties.join(", ")
            )
        }
    }
}

/// The type in Hive's words. Of JSON, what has parts is read as its text.
fn hive<'a>(form: &Form, kind: &'a str) -> &'a str {
    match (form, kind) {
        (Form::Delimited { quoted: true, .. }, _) | (_, "" | "varchar") => "string",
        (Form::Json, "array" | "struct" | "date" | "timestamp") => "string",
        (_, kind) => kind,
    }
}

/// A name of lower-case letters, digits and underscores.
fn clean(name: &str) -> String {
    let mut out = String::new();
    for c in name.trim().to_lowercase().chars() {
        match c {
            c if c.is_alphanumeric() || c == '_' => out.push(c),
            _ if out.ends_with('_') => {}
            _ => out.push('_'),
        }
    }
    let name = out.trim_matches('_');
    if name.is_empty() { "col".to_owned() } else { name.chars().take(255).collect() }
}

fn unique(name: String, taken: impl Fn(&str) -> bool) -> String {
    let more = (2..).map(|n: u64| format!("{name}_{n}"));
    std::iter::once(name.clone()).chain(more).find(|name| !taken(name)).unwrap_or(name)
}

/// A text in quotes that Hive and this program's lexer read alike: a quote in it is written by
/// its number.
fn quoted(text: &str) -> String {
    let mut out = String::from("'");
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\t' => out.push_str("\\t"),
            c if c == '\'' || c.is_control() => _ = write!(out, "\\u{:04x}", c as u32),
            c => out.push(c),
        }
    }
    out + "'"
}

/// On one line.
fn comment(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::sql::{split, tokens};

    fn uri(text: &str) -> S3Uri {
        text.parse().unwrap()
    }

    fn column(name: &str, kind: &str) -> Column {
        Column { name: name.to_owned(), kind: kind.to_owned() }
    }

    fn tabular(form: Form, columns: &[(&str, &str)]) -> Tabular {
        let columns = columns.iter().map(|(name, kind)| column(name, kind)).collect();
        Tabular { form, columns, caveats: Vec::new() }
    }

    #[test]
    fn partitions_are_the_folders_at_the_end() {
        let folder = Folder::of(&uri("s3://b/v/chrom=17/day=2/part-0.parquet"));
        assert_eq!(folder.base, uri("s3://b/v/"));
        assert_eq!(folder.partitions, ["chrom", "day"]);
        assert_eq!(Folder::of(&uri("s3://b/k.csv")).base, uri("s3://b"));
        assert_eq!(Folder::of(&uri("s3://b/a=1/c/k.csv")).partitions, [""; 0]);
        let folder = Folder::around(&uri("s3://b/v/"), &uri("s3://b/v/chrom=17/x/k.csv"));
        assert_eq!((folder.base, folder.partitions), (uri("s3://b/v/"), vec!["chrom".to_owned()]));
        let inner = Folder::around(&uri("s3://b/v/chrom=17/"), &uri("s3://b/v/chrom=17/k"));
        assert_eq!((inner.base, inner.partitions), (uri("s3://b/v/"), vec!["chrom".to_owned()]));
    }

    #[test]
    fn a_table_of_parquet_with_partitions() {
        let folder = Folder::of(&uri("s3://b/v/chrom=17/part-0.parquet"));
        let tabular = tabular(
            Form::Parquet,
            &[("Pos", "bigint"), ("info", "array<string>"), ("chrom", "string")],
        );
        let sql = create("genomics", "v", &folder, &tabular);
        assert_eq!(
            sql,
            "-- Athena reads every object in s3://b/v/ as this table.\n\
             CREATE EXTERNAL TABLE `genomics`.`v` (\n  `pos` bigint,\n  `info` array<string>\n)\n\
             PARTITIONED BY (`chrom` string)\nSTORED AS PARQUET\nLOCATION 's3://b/v/';\n\n\
             MSCK REPAIR TABLE `genomics`.`v`;\n\n\
             SELECT * FROM \"genomics\".\"v\" LIMIT 100;\n"
        );
        assert_eq!(split(&sql).len(), 3);
    }

    #[test]
    fn text_keeps_every_column_in_its_place() {
        let form = Form::Delimited { delimiter: '\t', header: true, quoted: false };
        let columns =
            [("Sample ID", "bigint"), ("sample-id", "double"), ("", "varchar"), ("day", "date")];
        let folder = Folder { base: uri("s3://b/t/"), partitions: vec!["day".to_owned()] };
        let sql = create("d", "t", &folder, &tabular(form, &columns));
        assert!(sql.contains(
            "(\n  `sample_id` bigint,\n  `sample_id_2` double,\n  `col` string,\n  `day_2` date\n)"
        ));
        assert!(sql.contains("FIELDS TERMINATED BY '\\t'"));
        assert!(sql.contains("TBLPROPERTIES ('skip.header.line.count' = '1')"));
    }

    #[test]
    fn quoted_text_has_text_columns() {
        let form = Form::Delimited { delimiter: ';', header: false, quoted: true };
        let folder = Folder { base: uri("s3://b/"), partitions: Vec::new() };
        let sql = create("d", "t", &folder, &tabular(form, &[("a", "bigint")]));
        assert!(sql.contains("`a` string") && sql.contains("OpenCSVSerde"));
        assert!(sql.contains("'separatorChar' = ';'") && !sql.contains("skip.header"));
    }

    #[test]
    fn fields_of_json_are_found_by_their_own_names() {
        let folder = Folder { base: uri("s3://b/j/"), partitions: Vec::new() };
        let columns = [("resourceType", "varchar"), ("birth-date", "varchar"), ("name", "array")];
        let sql = create("d", "j", &folder, &tabular(Form::Json, &columns));
        assert!(sql.contains("`resourcetype` string,\n  `birth_date` string,\n  `name` string"));
        assert!(sql.contains("'mapping.birth_date' = 'birth-date'"));
        assert!(!sql.contains("mapping.resourcetype"));
    }

    #[test]
    fn awkward_names_stay_in_their_quotes() {
        let folder = Folder { base: uri("s3://b/it's; \\ /\n--x/"), partitions: Vec::new() };
        let sql = create("a`b", "t", &folder, &tabular(Form::Parquet, &[("x\"y", "bigint")]));
        assert_eq!(split(&sql).len(), 2, "{sql}");
        assert!(sql.contains("LOCATION 's3://b/it\\u0027s; \\\\ /\\u000a--x/'"));
        assert!(tokens(&sql).count() > 0);
        assert_eq!(Quotes::Double.around("x\"y"), "\"x\"\"y\"");
    }

    #[test]
    fn a_name_that_is_taken_gets_a_number() {
        let folder = |text| Folder { base: uri(text), partitions: Vec::new() };
        assert_eq!(folder("s3://b/My Data/").table_name(&[]), "my_data");
        assert_eq!(folder("s3://b/v/").table_name(&["v", "v_2"]), "v_3");
        assert_eq!(folder("s3://tre-lake").table_name(&[]), "tre_lake");
    }
}
