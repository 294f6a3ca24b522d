//! What results are kept as, and the tables that are made of them.

use std::fmt;

use super::query::Column;
use super::uri::S3Uri;

/// What a result is kept as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SaveFormat {
    /// The result object as it is, copied inside S3.
    Csv,
    /// The statement run again, as an UNLOAD.
    Parquet,
    Orc,
    Json,
    /// The statement run again, as a CREATE TABLE AS.
    Table,
}

impl SaveFormat {
    /// In the order in which they are offered.
    pub const ALL: [Self; 5] = [Self::Csv, Self::Parquet, Self::Orc, Self::Json, Self::Table];

    /// As a manifest and a file's name spell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Parquet => "parquet",
            Self::Orc => "orc",
            Self::Json => "json",
            Self::Table => "table",
        }
    }

    /// True where the statement is run once more, which costs what it reads.
    pub fn runs_again(self) -> bool {
        self != Self::Csv
    }

    /// The name without the extension that says what it is to be, and that.
    pub fn of_name(name: &str) -> (&str, Option<Self>) {
        let by_extension = Self::ALL.into_iter().filter(|format| *format != Self::Table);
        let found = by_extension.into_iter().find_map(|format| {
            let stem = name.strip_suffix(format.name())?.strip_suffix('.')?;
            Some((stem, Some(format)))
        });
        found.unwrap_or((name, None))
    }
}

/// A table of the catalog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableName {
    pub database: String,
    pub name: String,
}

impl TableName {
    /// `database.table`, or a table of `database`. Athena takes letters, digits and underscores,
    /// and makes capitals small
    /// (<https://docs.aws.amazon.com/athena/latest/ug/tables-databases-columns-names.html>).
    ///
    /// # Errors
    /// A sentence about what is no name.
    pub fn parse(text: &str, database: &str) -> Result<Self, String> {
        let (database, name) = text.trim().split_once('.').unwrap_or((database, text.trim()));
        for part in [database, name] {
            let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
            if part.is_empty() || part.len() > 255 || !part.chars().all(plain) {
                let why = "a table's name has letters, digits and underscores";
                return Err(format!("{why}, {part:?} does not"));
            }
        }
        Ok(Self { database: database.to_lowercase(), name: name.to_lowercase() })
    }
}

impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.database, self.name)
    }
}

/// A table over a folder of files that are there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTable {
    pub name: TableName,
    /// All that lies below it is the table.
    pub location: S3Uri,
    /// Types in Hive's words.
    pub columns: Vec<Column>,
    pub format: SaveFormat,
}

/// The columns of a table over files of this format that hold these columns of a result. Names
/// become small, as Glue has them.
///
/// Athena reads every value of a quoted CSV as text, since an empty field is no number to it; and
/// dates of JSON as their text.
///
/// # Errors
/// A sentence, for a column whose type the files have and the result does not tell, and for a name
/// that two have.
pub fn table_columns(format: SaveFormat, columns: &[Column]) -> Result<Vec<Column>, String> {
    let mut made: Vec<Column> = Vec::new();
    for column in columns {
        let name = column.name.to_lowercase();
        if made.iter().any(|other| other.name == name) {
            return Err(format!("two columns are called {name}"));
        }
        let kind = match (format, hive_type(&column.kind)) {
            (SaveFormat::Csv, _) => "string".to_owned(),
            (SaveFormat::Json, None) => "string".to_owned(),
            (SaveFormat::Json, Some(kind)) => match kind.as_str() {
                "date" | "timestamp" | "binary" => "string".to_owned(),
                _ => kind,
            },
            (_, Some(kind)) => kind,
            (_, None) => {
                let kind = &column.kind;
                return Err(format!("Athena does not tell what the {kind} in {name} holds"));
            }
        };
        made.push(Column { name, kind });
    }
    Ok(made)
}

/// Trino's type, as GetQueryResults has it, in Hive's words. `None` for what has parts that are
/// not told: of an array it says `array` and no more.
fn hive_type(kind: &str) -> Option<String> {
    let kind = kind.trim().to_lowercase();
    let (name, inside) = match kind.split_once('(') {
        Some((name, rest)) => (name.trim(), rest.strip_suffix(')')),
        None => (kind.as_str(), None),
    };
    Some(match (name, inside) {
        ("integer", _) => "int".to_owned(),
        ("real", _) => "float".to_owned(),
        ("varchar" | "char" | "json" | "string", _) => "string".to_owned(),
        ("varbinary", _) => "binary".to_owned(),
        ("timestamp", _) if !kind.contains("zone") => "timestamp".to_owned(),
        ("decimal", Some(size)) => format!("decimal({})", size.replace(' ', "")),
        (
            "tinyint" | "smallint" | "int" | "bigint" | "float" | "double" | "boolean" | "date",
            None,
        ) => name.to_owned(),
        ("array", Some(of)) => format!("array<{}>", hive_type(of)?),
        ("map", Some(inside)) => match parts(inside)[..] {
            [key, value] => format!("map<{},{}>", hive_type(key)?, hive_type(value)?),
            _ => return None,
        },
        ("row", Some(inside)) => {
            let field = |part: &str| {
                let (name, kind) = part.trim().rsplit_once(' ').or_else(|| part.split_once(' '))?;
                Some(format!("{}:{}", name.trim_matches('"'), hive_type(kind)?))
            };
            let fields: Option<Vec<String>> = parts(inside).into_iter().map(field).collect();
            format!("struct<{}>", fields?.join(","))
        }
        _ => return None,
    })
}

/// What stands between the commas that are in no bracket.
fn parts(text: &str) -> Vec<&str> {
    let (mut depth, mut from, mut parts) = (0usize, 0, Vec::new());
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(text[from..at].trim());
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(text[from..].trim());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_extension_says_what_it_is_to_be() {
        assert_eq!(SaveFormat::of_name("a.b.parquet"), ("a.b", Some(SaveFormat::Parquet)));
        assert_eq!(SaveFormat::of_name("a.csv"), ("a", Some(SaveFormat::Csv)));
        assert_eq!(SaveFormat::of_name("a.table"), ("a.table", None));
        assert_eq!(SaveFormat::of_name("parquet"), ("parquet", None));
    }

    #[test]
    fn a_table_name_is_what_athena_takes() {
        let name = |text| TableName::parse(text, "d").map(|name| name.to_string());
        assert_eq!(name(" X_1 ").as_deref(), Ok("d.x_1"));
        assert_eq!(name("g.T").as_deref(), Ok("g.t"));
        for text in ["", "a.", ".a", "a.b.c", "a b", "a\"b", "größe"] {
            assert!(name(text).is_err(), "{text}");
        }
    }

    #[test]
    fn types_are_told_in_hives_words() {
        for (trino, hive) in [
            ("integer", Some("int")),
            ("varchar(12)", Some("string")),
            ("decimal(10, 2)", Some("decimal(10,2)")),
            ("timestamp(3)", Some("timestamp")),
            ("array(map(varchar, array(real)))", Some("array<map<string,array<float>>>")),
            ("row(a integer, b varchar)", Some("struct<a:int,b:string>")),
            ("timestamp with time zone", None),
            ("array", None),
            ("decimal", None),
            ("hyperloglog", None),
        ] {
            assert_eq!(hive_type(trino).as_deref(), hive, "{trino}");
        }
    }

    #[test]
    fn columns_fit_what_the_files_hold() {
        let column = |name: &str, kind: &str| Column { name: name.into(), kind: kind.into() };
        let columns = [column("N", "integer"), column("d", "date"), column("a", "array")];
        let kinds = |format| -> Vec<String> {
            table_columns(format, &columns).unwrap().into_iter().map(|c| c.kind).collect()
        };
        assert_eq!(kinds(SaveFormat::Csv), ["string"; 3]);
        assert_eq!(kinds(SaveFormat::Json), ["int", "string", "string"]);
        let why = table_columns(SaveFormat::Parquet, &columns).unwrap_err();
        assert_eq!(why, "Athena does not tell what the array in a holds");
        let twice = [column("n", "integer"), column("N", "date")];
        assert!(table_columns(SaveFormat::Csv, &twice).is_err());
    }
}
