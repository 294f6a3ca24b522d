//! A table of the catalog over what was saved.

use tokio_util::sync::CancellationToken;

use crate::lake::{Lake, StartQuery};
use crate::model::query::{Column, QueryState};
use crate::model::saving::{NewTable, SaveFormat, TableName, table_columns};
use crate::model::sql;
use crate::model::trouble::{Kind, Trouble};
use crate::model::uri::S3Uri;

use super::rows::Rows;
use super::run::run;
use super::save::{SaveTo, copied};

/// Makes a table of a folder of files that hold these columns of a result.
///
/// # Errors
/// [`Kind::Invalid`] where the files have a column that no table can be told of;
/// [`Kind::Precondition`] where there is a table of that name; as Glue answers else.
pub async fn register(
    lake: &Lake,
    name: &TableName,
    folder: &S3Uri,
    format: SaveFormat,
    columns: &[Column],
) -> Result<(), Trouble> {
    let columns = fitting(name, format, columns)?;
    let table = NewTable { name: name.clone(), location: folder.clone(), columns, format };
    lake.create_table(&table).await
}

/// The columns that the table will have: to be asked before anything is paid for.
///
/// # Errors
/// [`Kind::Invalid`] where there can be no such table.
pub fn fitting(
    name: &TableName,
    format: SaveFormat,
    columns: &[Column],
) -> Result<Vec<Column>, Trouble> {
    table_columns(format, columns).map_err(|why| {
        Trouble::new(Kind::Invalid, format!("make table {name}"), why)
            .hint("save it as a table: Athena knows what it holds")
    })
}

/// A copy of a saved CSV in a folder of its own, beside it: `results/x/x.csv` of
/// `results/x.csv`. A table reads all that is in its folder.
///
/// # Errors
/// [`Kind::Precondition`] where something is in the way; as S3 answers else.
pub async fn set_apart(lake: &Lake, csv: &S3Uri) -> Result<S3Uri, Trouble> {
    let to = SaveTo::new(csv, "")?.apart();
    let folder = to.own_folder();
    if !lake.page(&folder, false, None, 1).await?.entries.is_empty() {
        let why = "something is there already";
        return Err(Trouble::new(Kind::Precondition, format!("copy into {folder}"), why));
    }
    copied(lake, &format!("copy {csv}"), csv, &to.object(".csv"), &to.with(None)).await?;
    Ok(folder)
}

/// What a query will answer with, without running it: Athena reads nothing for a LIMIT of none.
///
/// # Errors
/// [`Kind::Invalid`] for what is no query; what Athena says of it.
pub async fn columns_of(
    lake: &Lake,
    start: &StartQuery,
    cancel: CancellationToken,
) -> Result<Vec<Column>, Trouble> {
    let what = "look at the columns";
    let text = match sql::split(&start.sql).as_slice() {
        [one] if sql::is_query(one.text(&start.sql)) => one.text(&start.sql).to_owned(),
        _ => return Err(Trouble::new(Kind::Invalid, what, "only one query has columns")),
    };
    let sql = format!("SELECT * FROM ({text}\n) LIMIT 0");
    let execution = run(lake, StartQuery { sql, ..start.clone() }, |_| {}, cancel).await?;
    if execution.state != QueryState::Succeeded {
        let why = execution.reason.unwrap_or_else(|| execution.state.name().to_owned());
        return Err(Trouble::new(Kind::Other, what, why));
    }
    Ok(Rows::open(lake, &execution).await?.columns().to_vec())
}
