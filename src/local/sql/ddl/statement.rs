//! The statements of Hive's language.

use std::collections::BTreeMap;

use super::parser::{ColumnDef, Named, Parser};
use crate::local::sql::error::SqlError;

/// A statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hive {
    CreateDatabase {
        name: String,
        if_not_exists: bool,
        comment: Option<String>,
        location: Option<String>,
        properties: Vec<(String, String)>,
    },
    DropDatabase {
        name: String,
        if_exists: bool,
        cascade: bool,
    },
    CreateTable(Box<CreateTable>),
    DropTable {
        table: Named,
        if_exists: bool,
    },
    DropView {
        view: Named,
        if_exists: bool,
    },
    AddPartitions {
        table: Named,
        if_not_exists: bool,
        partitions: Vec<Partition>,
    },
    DropPartitions {
        table: Named,
        if_exists: bool,
        partitions: Vec<Vec<(String, String)>>,
    },
    SetProperties {
        table: Named,
        properties: Vec<(String, String)>,
    },
    Repair {
        table: Named,
    },
    ShowDatabases {
        like: Option<String>,
    },
    ShowTables {
        database: Option<String>,
        like: Option<String>,
    },
    ShowViews {
        database: Option<String>,
        like: Option<String>,
    },
    ShowPartitions {
        table: Named,
    },
    ShowColumns {
        table: Named,
    },
    ShowCreateTable {
        table: Named,
    },
    ShowCreateView {
        view: Named,
    },
    ShowProperties {
        table: Named,
        key: Option<String>,
    },
    Describe {
        table: Named,
        formatted: bool,
    },
}

/// A partition to add: its keys and values, and where it is.
pub type Partition = (Vec<(String, String)>, Option<String>);

/// CREATE EXTERNAL TABLE.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CreateTable {
    pub database: Option<String>,
    pub table: String,
    pub if_not_exists: bool,
    pub external: bool,
    pub columns: Vec<ColumnDef>,
    pub partitioned_by: Vec<ColumnDef>,
    pub comment: Option<String>,
    pub serde: Option<String>,
    pub serde_properties: BTreeMap<String, String>,
    /// PARQUET, TEXTFILE, …
    pub stored_as: Option<String>,
    pub input_format: Option<String>,
    pub output_format: Option<String>,
    pub location: Option<String>,
    pub properties: BTreeMap<String, String>,
}

/// Parses one statement.
pub fn parse(sql: &str) -> Result<Hive, SqlError> {
    let mut p = Parser::new(sql)?;
    let statement = statement(&mut p)?;
    p.finish()?;
    Ok(statement)
}

fn statement(p: &mut Parser) -> Result<Hive, SqlError> {
    if p.words("CREATE DATABASE") || p.words("CREATE SCHEMA") {
        return create_database(p);
    }
    if p.words("CREATE EXTERNAL TABLE") {
        return create_table(p, true);
    }
    if p.words("CREATE TABLE") {
        return create_table(p, false);
    }
    if p.words("DROP DATABASE") || p.words("DROP SCHEMA") {
        let if_exists = p.words("IF EXISTS");
        let name = p.name()?;
        let cascade = p.words("CASCADE");
        if !cascade {
            p.words("RESTRICT");
        }
        return Ok(Hive::DropDatabase { name, if_exists, cascade });
    }
    if p.words("DROP TABLE") {
        let if_exists = p.words("IF EXISTS");
        let table = p.named()?;
        p.words("PURGE");
        return Ok(Hive::DropTable { table, if_exists });
    }
    if p.words("DROP VIEW") {
        let if_exists = p.words("IF EXISTS");
        return Ok(Hive::DropView { view: p.named()?, if_exists });
    }
    if p.words("ALTER TABLE") {
        return alter(p);
    }
    if p.words("MSCK REPAIR TABLE") {
        return Ok(Hive::Repair { table: p.named()? });
    }
    if p.words("SHOW") {
        return show(p);
    }
    if p.words("DESCRIBE") || p.words("DESC") {
        let formatted = p.words("FORMATTED") || p.words("EXTENDED");
        p.words("VIEW");
        return Ok(Hive::Describe { table: p.named()?, formatted });
    }
    Err(p.unexpected("a statement"))
}

fn create_database(p: &mut Parser) -> Result<Hive, SqlError> {
    let if_not_exists = p.words("IF NOT EXISTS");
    let name = p.name()?;
    let (mut comment, mut location, mut properties) = (None, None, Vec::new());
    loop {
        if p.words("COMMENT") {
            comment = Some(p.text()?);
        } else if p.words("LOCATION") {
            location = Some(p.text()?);
        } else if p.words("WITH DBPROPERTIES") {
            properties = p.properties()?;
        } else {
            return Ok(Hive::CreateDatabase { name, if_not_exists, comment, location, properties });
        }
    }
}

fn create_table(p: &mut Parser, external: bool) -> Result<Hive, SqlError> {
    let if_not_exists = p.words("IF NOT EXISTS");
    let Named { database, table } = p.named()?;
    let columns = p.columns()?;
    let mut made =
        CreateTable { database, table, if_not_exists, external, columns, ..CreateTable::default() };
    loop {
        if p.words("COMMENT") {
            made.comment = Some(p.text()?);
        } else if p.words("PARTITIONED BY") {
            made.partitioned_by = p.columns()?;
        } else if p.words("ROW FORMAT DELIMITED") {
            delimited(p, &mut made)?;
        } else if p.words("ROW FORMAT SERDE") {
            made.serde = Some(p.text()?);
        } else if p.words("WITH SERDEPROPERTIES") {
            made.serde_properties.extend(p.properties()?);
        } else if p.words("STORED AS INPUTFORMAT") {
            made.input_format = Some(p.text()?);
            p.expect_words("OUTPUTFORMAT")?;
            made.output_format = Some(p.text()?);
        } else if p.words("STORED AS") {
            made.stored_as = Some(p.name()?.to_uppercase());
        } else if p.words("LOCATION") {
            made.location = Some(p.text()?);
        } else if p.words("TBLPROPERTIES") {
            made.properties.extend(p.properties()?);
        } else {
            return Ok(Hive::CreateTable(Box::new(made)));
        }
    }
}

fn delimited(p: &mut Parser, made: &mut CreateTable) -> Result<(), SqlError> {
    made.serde = Some("org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe".into());
    loop {
        let keys: &[&str] = if p.words("FIELDS TERMINATED BY") {
            &["field.delim", "serialization.format"]
        } else if p.words("ESCAPED BY") {
            &["escape.delim"]
        } else if p.words("COLLECTION ITEMS TERMINATED BY") {
            &["collection.delim"]
        } else if p.words("MAP KEYS TERMINATED BY") {
            &["mapkey.delim"]
        } else if p.words("LINES TERMINATED BY") {
            &["line.delim"]
        } else if p.words("NULL DEFINED AS") {
            &["serialization.null.format"]
        } else {
            return Ok(());
        };
        let value = p.text()?;
        for key in keys {
            made.serde_properties.insert((*key).to_owned(), value.clone());
        }
    }
}

fn alter(p: &mut Parser) -> Result<Hive, SqlError> {
    let table = p.named()?;
    let if_not_exists = p.words("ADD IF NOT EXISTS PARTITION");
    if if_not_exists || p.words("ADD PARTITION") {
        return add_partitions(p, table, if_not_exists);
    }
    let if_exists = p.words("DROP IF EXISTS PARTITION");
    if if_exists || p.words("DROP PARTITION") {
        let mut partitions = vec![p.partition()?];
        while p.symbol(',') {
            p.expect_words("PARTITION")?;
            partitions.push(p.partition()?);
        }
        return Ok(Hive::DropPartitions { table, if_exists, partitions });
    }
    if p.words("SET TBLPROPERTIES") {
        return Ok(Hive::SetProperties { table, properties: p.properties()? });
    }
    Err(p.unexpected("'ADD PARTITION', 'DROP PARTITION', 'SET TBLPROPERTIES'"))
}

fn add_partitions(p: &mut Parser, table: Named, if_not_exists: bool) -> Result<Hive, SqlError> {
    let mut partitions = Vec::new();
    loop {
        let keys = p.partition()?;
        let location = if p.words("LOCATION") { Some(p.text()?) } else { None };
        partitions.push((keys, location));
        p.symbol(',');
        if !p.words("PARTITION") {
            return Ok(Hive::AddPartitions { table, if_not_exists, partitions });
        }
    }
}

fn show(p: &mut Parser) -> Result<Hive, SqlError> {
    if p.words("DATABASES") || p.words("SCHEMAS") {
        p.words("LIKE");
        return Ok(Hive::ShowDatabases { like: p.maybe_text() });
    }
    if p.words("TABLES") {
        let (database, like) = in_and_like(p)?;
        return Ok(Hive::ShowTables { database, like });
    }
    if p.words("VIEWS") {
        let (database, like) = in_and_like(p)?;
        return Ok(Hive::ShowViews { database, like });
    }
    if p.words("PARTITIONS") {
        return Ok(Hive::ShowPartitions { table: p.named()? });
    }
    if p.words("COLUMNS IN") || p.words("COLUMNS FROM") {
        let mut table = p.named()?;
        if p.words("IN") || p.words("FROM") {
            table.database = Some(p.name()?);
        }
        return Ok(Hive::ShowColumns { table });
    }
    if p.words("CREATE TABLE") {
        return Ok(Hive::ShowCreateTable { table: p.named()? });
    }
    if p.words("CREATE VIEW") {
        return Ok(Hive::ShowCreateView { view: p.named()? });
    }
    if p.words("TBLPROPERTIES") {
        let table = p.named()?;
        let key = if p.symbol('(') {
            let key = p.text()?;
            p.expect_symbol(')')?;
            Some(key)
        } else {
            None
        };
        return Ok(Hive::ShowProperties { table, key });
    }
    Err(p.unexpected(
        "'DATABASES', 'TABLES', 'VIEWS', 'PARTITIONS', 'COLUMNS', 'CREATE TABLE', 'CREATE VIEW', 'TBLPROPERTIES'",
    ))
}

/// `[IN database] [LIKE] ['pattern']`.
fn in_and_like(p: &mut Parser) -> Result<(Option<String>, Option<String>), SqlError> {
    let database = if p.words("IN") || p.words("FROM") { Some(p.name()?) } else { None };
    p.words("LIKE");
    Ok((database, p.maybe_text()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn create_table_has_all_its_clauses() {
        let sql = "CREATE EXTERNAL TABLE IF NOT EXISTS `my-db`.`t` (`a` int COMMENT 'x', b array<struct<c:decimal(10,2)>>)
            PARTITIONED BY (day string) ROW FORMAT DELIMITED FIELDS TERMINATED BY '\\t' NULL DEFINED AS ''
            STORED AS TEXTFILE LOCATION 's3://b/t/' TBLPROPERTIES ('skip.header.line.count'='1');";
        let Hive::CreateTable(made) = parse(sql).unwrap() else { panic!() };
        assert_eq!(made.database.as_deref(), Some("my-db"));
        assert_eq!(made.columns[1].kind, "array<struct<c:decimal(10,2)>>");
        assert_eq!(made.serde_properties["field.delim"], "\t");
        assert_eq!(made.properties["skip.header.line.count"], "1");
    }

    #[test]
    fn errors_have_places() {
        let wrong = parse("CREATE EXTERNAL TABLE t (a blob)").unwrap_err().message;
        assert!(wrong.starts_with("line 1:28: unknown type 'blob'"), "{wrong}");
        let wrong = parse("DROP TABLE t x").unwrap_err().message;
        assert!(wrong.starts_with("line 1:14: mismatched input 'x'"), "{wrong}");
    }
}
