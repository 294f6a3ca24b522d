//! Keeping a result as Parquet, ORC or JSON, or as a table: the statement again, as an UNLOAD or a
//! CREATE TABLE AS.

use tokio_util::sync::CancellationToken;

use crate::lake::{Lake, StartQuery};
use crate::model::manifest::{Anchor, SavedObject};
use crate::model::object::Entry;
use crate::model::query::{QueryExecution, QueryState};
use crate::model::saving::{SaveFormat, TableName};
use crate::model::sql;
use crate::model::sql::names::{Quotes, string};
use crate::model::trouble::{Kind, Trouble};
use crate::model::uri::S3Uri;

use super::place::place;
use super::run::run;
use super::save::{SaveTo, Saved, saved_object, vacant};
use super::sidecar::{About, write_manifest};

/// What the statement is wrapped into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Again {
    /// An UNLOAD in this format, which is neither CSV nor a table.
    Unload(SaveFormat),
    /// A CREATE TABLE AS of this name, of Parquet.
    Table(TableName),
}

impl Again {
    fn format(&self) -> SaveFormat {
        match self {
            Self::Unload(format) => *format,
            Self::Table(_) => SaveFormat::Table,
        }
    }
}

/// Runs `start` once more below `to` (`FOLDER/NAME/…`), then writes the manifest. The target must
/// be empty, and a table must not be there: Athena refuses either, and so does this before it
/// costs anything. The files get the key of the bucket they go to.
///
/// # Errors
/// [`Kind::Invalid`] for a statement that is no query, [`Kind::Precondition`] where something is
/// there already, [`Kind::Cancelled`], what Athena says of a failure, as S3 and Glue answer else.
pub async fn save_again(
    lake: &Lake,
    start: StartQuery,
    again: &Again,
    to: &SaveTo,
    anchor: &Anchor,
    on_state: impl FnMut(&QueryExecution),
    cancel: CancellationToken,
) -> Result<(QueryExecution, Saved), Trouble> {
    let (folder, what) = (to.own_folder(), format!("save into {}", to.own_folder()));
    let sql = one_query(&what, &start.sql)?;
    let location = match again {
        Again::Unload(_) => Some(folder.clone()),
        Again::Table(table) => {
            free(lake, table).await?;
            // There the workgroup says where a table lies.
            let enforced = place(lake, start.workgroup.as_deref()).await?.enforced;
            (!enforced).then(|| folder.clone())
        }
    };
    vacant(lake, to, again.format()).await?;
    let wrapped = match again {
        Again::Unload(format) => unload(&sql, &folder, *format),
        Again::Table(table) => create_table(&sql, table, location.as_ref()),
    };
    let kms_key = lake.settings().kms_key(&folder.bucket).map(str::to_owned).or(start.kms_key);
    let start = StartQuery { sql: wrapped, kms_key, ..start };
    let execution = run(lake, start, on_state, cancel).await?;
    succeeded(&what, &execution, again)?;
    let table = match again {
        Again::Table(table) => Some(table),
        Again::Unload(_) => None,
    };
    let at = match (location, table) {
        (None, Some(table)) => lies_at(lake, table).await?,
        (location, _) => location.unwrap_or(folder),
    };
    let objects = files(lake, &at).await?;
    let about = About {
        execution: &execution,
        sql: &sql,
        format: again.format().name(),
        source: None,
        table,
        // Where Athena does not tell, the manifest does not.
        rows: lake.results(&execution.id, None, 1).await.ok().and_then(|page| page.written),
    };
    let manifest = write_manifest(lake, &about, to, &objects, anchor).await?;
    Ok((execution, Saved { objects, manifest, folder: Some(at) }))
}

/// Refuses a table that is there already.
///
/// # Errors
/// [`Kind::Precondition`]; as Glue answers else.
pub async fn free(lake: &Lake, table: &TableName) -> Result<(), Trouble> {
    match lake.table(&table.database, &table.name).await {
        Err(trouble) if trouble.kind == Kind::NotFound => Ok(()),
        Err(trouble) => Err(trouble),
        Ok(_) => Err(table_exists(table)),
    }
}

fn table_exists(table: &TableName) -> Trouble {
    let what = format!("make table {table}");
    Trouble::new(Kind::Precondition, what, "there is a table of that name already")
        .hint("choose another name")
}

/// The text's only statement, where it is a query.
fn one_query(what: &str, text: &str) -> Result<String, Trouble> {
    let query = match sql::split(text).as_slice() {
        [one] => one.text(text),
        _ => "",
    };
    if sql::is_query(query) {
        return Ok(query.to_owned());
    }
    Err(Trouble::new(Kind::Invalid, what, "only one query can be saved in this format"))
}

/// The line feed ends a comment that the query may hold.
fn unload(query: &str, folder: &S3Uri, format: SaveFormat) -> String {
    let (target, format) = (string(&folder.to_string()), format.name().to_uppercase());
    format!("UNLOAD ({query}\n) TO {target} WITH (format = '{format}')")
}

/// Without a location Athena takes one below the workgroup's
/// (<https://docs.aws.amazon.com/athena/latest/ug/create-table-as.html>).
fn create_table(query: &str, table: &TableName, location: Option<&S3Uri>) -> String {
    let mut with = vec!["format = 'PARQUET'".to_owned(), "write_compression = 'SNAPPY'".to_owned()];
    with.extend(location.map(|at| format!("external_location = {}", string(&at.to_string()))));
    let quoted = |name: &str| Quotes::Double.around(name);
    let name = format!("{}.{}", quoted(&table.database), quoted(&table.name));
    format!("CREATE TABLE {name} WITH ({}) AS\n{query}\n", with.join(", "))
}

fn succeeded(what: &str, execution: &QueryExecution, again: &Again) -> Result<(), Trouble> {
    let why = execution.reason.clone().unwrap_or_else(|| execution.state.name().to_owned());
    match (&execution.state, again) {
        (QueryState::Succeeded, _) => Ok(()),
        (QueryState::Cancelled, _) => Err(Trouble::new(Kind::Cancelled, what, why)),
        // Somebody came between our look and Athena's.
        (_, Again::Table(table)) if why.contains("TABLE_ALREADY_EXISTS") => {
            Err(table_exists(table))
        }
        _ if why.contains("HIVE_PATH_ALREADY_EXISTS") => {
            let why = "something is there already, and Athena writes only where nothing is";
            Err(Trouble::new(Kind::Precondition, what, why).hint("choose another name"))
        }
        _ => Err(Trouble::new(Kind::Other, what, why)),
    }
}

async fn lies_at(lake: &Lake, table: &TableName) -> Result<S3Uri, Trouble> {
    let found = lake.table(&table.database, &table.name).await?;
    let location = found.location.as_deref().unwrap_or_default();
    let at: S3Uri = location.trim_end_matches('/').parse().map_err(|error| {
        Trouble::new(Kind::Other, format!("look at table {table}"), format!("{error}"))
    })?;
    Ok(S3Uri::new(&at.bucket, format!("{}/", at.key)))
}

/// What was written. There is nothing to compare it with, so none of it is `verified`.
async fn files(lake: &Lake, folder: &S3Uri) -> Result<Vec<SavedObject>, Trouble> {
    let (mut objects, mut token) = (Vec::new(), None);
    loop {
        let page = lake.page(folder, false, token.as_deref(), 1000).await?;
        for entry in page.entries {
            if let Entry::Object(object) = entry {
                let uri = S3Uri::new(&folder.bucket, object.key);
                let head = lake.head(&uri).await?;
                objects.push(saved_object(&uri, head, false));
            }
        }
        match page.next {
            Some(next) => token = Some(next),
            None => return Ok(objects),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> TableName {
        TableName { database: "d\"b".into(), name: "t".into() }
    }

    #[test]
    fn a_query_is_wrapped_whole() {
        let folder = S3Uri::new("b", "it's/x/");
        let query = one_query("save", "SELECT 1 -- one;\n, 2; -- done\n").unwrap();
        for format in [SaveFormat::Parquet, SaveFormat::Orc, SaveFormat::Json] {
            assert_eq!(
                unload(&query, &folder, format),
                format!(
                    "UNLOAD (SELECT 1 -- one;\n, 2\n) TO 's3://b/it''s/x/' WITH (format = '{}')",
                    format.name().to_uppercase()
                )
            );
        }
        assert_eq!(
            create_table(&query, &table(), Some(&folder)),
            "CREATE TABLE \"d\"\"b\".\"t\" WITH (format = 'PARQUET', \
             write_compression = 'SNAPPY', external_location = 's3://b/it''s/x/') AS\n\
             SELECT 1 -- one;\n, 2\n"
        );
        assert!(!create_table(&query, &table(), None).contains("external_location"));
    }

    #[test]
    fn only_a_query_is_run_again() {
        for text in ["DROP TABLE t", "SELECT 1; DROP TABLE t", "", "SHOW TABLES"] {
            assert!(one_query("save", text).is_err(), "{text}");
        }
        assert!(one_query("save", "with x as (select 1) insert into t select 1").is_err());
    }

    #[test]
    fn what_came_between_is_one_sentence() {
        let failed = |reason: &str, again: &Again| {
            let execution = QueryExecution {
                state: QueryState::Failed,
                reason: Some(reason.to_owned()),
                ..super::super::run::tests::execution("DML", None)
            };
            let trouble = succeeded("save into s3://b/x/", &execution, again).unwrap_err();
            (trouble.kind, trouble.why)
        };
        let again = Again::Table(table());
        let exists = "TABLE_ALREADY_EXISTS: line 1:1: Destination table 'x' already exists";
        let (kind, why) = failed(exists, &again);
        assert_eq!((kind, &*why), (Kind::Precondition, "there is a table of that name already"));
        let path = "HIVE_PATH_ALREADY_EXISTS: Target directory for table 'd.t' already exists: x";
        let (kind, why) = failed(path, &again);
        assert!(kind == Kind::Precondition && why.starts_with("something is there"), "{why}");
        assert_eq!(failed("no", &again), (Kind::Other, "no".to_owned()));
    }
}
