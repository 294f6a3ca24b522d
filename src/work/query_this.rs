//! From an object or a folder to the SQL that reads it.

use super::{Cx, preview};
use crate::lake::Lake;
use crate::model::catalog::Table;
use crate::model::object::{Entry, ObjectRef};
use crate::model::sql::external::{self, Folder};
use crate::model::trouble::{Kind, Trouble};
use crate::model::uri::S3Uri;

/// Where a folder's first object of data is not among so many, it has none.
const LOOKED_AT: u32 = 1000;

/// A SELECT where the catalog has the table; else the statements that make it. Runs none of
/// them.
pub(super) async fn sql(of: S3Uri, cx: &Cx) -> Result<String, Trouble> {
    let lake = cx.lake()?;
    let object = if of.is_prefix() { first_object(&lake, &of).await? } else { of.clone() };
    let folder = if of.is_prefix() { Folder::around(&of, &object) } else { Folder::of(&object) };
    let database = lake.settings().database.clone();
    let known = tables(&lake, &database).await;
    let tables = known.as_deref().unwrap_or_default();
    if let Some(table) = folder.find(tables) {
        return Ok(external::select(&table.database, &table.name) + ";\n");
    }
    let mut tabular = preview::tabular_of(ObjectRef::newest(object), cx).await?;
    if known.is_err() {
        let why = "The catalog could not be read: there may be a table of this folder already.";
        tabular.caveats.push(why.to_owned());
    }
    let taken: Vec<&str> = tables
        .iter()
        .filter(|table| table.database == database)
        .map(|table| table.name.as_str())
        .collect();
    let name = folder.table_name(&taken);
    Ok(external::create(&database, &name, &folder, &tabular))
}

/// The first object below a folder that is data: Hive passes over names with `_` or `.` before
/// them.
async fn first_object(lake: &Lake, folder: &S3Uri) -> Result<S3Uri, Trouble> {
    let page = lake.page(folder, false, None, LOOKED_AT).await?;
    let is_data = |entry: &Entry| {
        let Entry::Object(object) = entry else { return false };
        let below = object.key.strip_prefix(&folder.key).unwrap_or(&object.key);
        object.size > 0 && !below.split('/').any(|name| name.starts_with(['_', '.']))
    };
    let found = page.entries.iter().find(|entry| is_data(entry));
    let found = found.map(|entry| S3Uri::new(&folder.bucket, entry.key()));
    found.ok_or_else(|| {
        Trouble::new(
            Kind::NotFound,
            format!("query {folder}"),
            "there is no object with data in it",
        )
    })
}

/// The tables of all databases, those of the lake's own first.
async fn tables(lake: &Lake, own: &str) -> Result<Vec<Table>, Trouble> {
    let mut databases = lake.databases().await?;
    databases.sort_by_key(|name| name != own);
    let mut tables = Vec::new();
    for database in databases {
        tables.extend(lake.tables(&database).await?);
    }
    Ok(tables)
}
