//! Keeping a result as Parquet or JSON: the statement again, as an UNLOAD.

use tokio_util::sync::CancellationToken;

use crate::lake::{Lake, StartQuery};
use crate::model::manifest::{Anchor, SavedObject};
use crate::model::object::Entry;
use crate::model::query::{QueryExecution, QueryState};
use crate::model::sql;
use crate::model::trouble::{Kind, Trouble};
use crate::model::uri::S3Uri;

use super::run::run;
use super::save::{SaveTo, Saved, nothing_there, saved_object, write_manifest};

/// The formats of UNLOAD that are of use here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnloadFormat {
    Parquet,
    Json,
}

impl UnloadFormat {
    /// As UNLOAD spells it, in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Parquet => "parquet",
            Self::Json => "json",
        }
    }
}

/// Runs `start` wrapped into an UNLOAD below `to` (`FOLDER/NAME/…`), then writes the manifest.
/// The target must be empty: Athena refuses another, and so does this before it costs anything.
///
/// # Errors
/// [`Kind::Invalid`] for a statement that is no query, [`Kind::Precondition`] where something is
/// there already, [`Kind::Cancelled`], what Athena says of a failure, as S3 answers else.
pub async fn save_unloaded(
    lake: &Lake,
    start: StartQuery,
    format: UnloadFormat,
    to: &SaveTo,
    anchor: &Anchor,
    on_state: impl FnMut(&QueryExecution),
    cancel: CancellationToken,
) -> Result<(QueryExecution, Saved), Trouble> {
    let folder = to.folder.join(&format!("{}/", to.name));
    let what = format!("unload into {folder}");
    let sql = one_query(&what, &start.sql)?;
    nothing_there(lake, &to.manifest()).await?;
    if !lake.page(&folder, false, None, 1).await?.entries.is_empty() {
        return Err(Trouble::new(Kind::Precondition, what, "something is there already")
            .hint("choose another name"));
    }
    let start = StartQuery { sql: unload(&sql, &folder, format), ..start };
    let execution = run(lake, start, on_state, cancel).await?;
    succeeded(&what, &execution)?;
    let objects = unloaded(lake, &folder).await?;
    let name = format.name();
    let manifest = write_manifest(lake, &execution, &sql, to, name, None, &objects, anchor).await?;
    Ok((execution, Saved { objects, manifest }))
}

/// The text's only statement, where it is a query.
fn one_query(what: &str, text: &str) -> Result<String, Trouble> {
    let query = match sql::split(text).as_slice() {
        [one] => one.text(text),
        _ => "",
    };
    if matches!(sql::verb(query).name(), "SELECT" | "WITH" | "VALUES" | "TABLE") {
        return Ok(query.to_owned());
    }
    Err(Trouble::new(Kind::Invalid, what, "only one query can be saved in this format"))
}

/// The line feed ends a comment that the query may hold.
fn unload(query: &str, folder: &S3Uri, format: UnloadFormat) -> String {
    let target = folder.to_string().replace('\'', "''");
    let format = format.name().to_uppercase();
    format!("UNLOAD ({query}\n) TO '{target}' WITH (format = '{format}')")
}

fn succeeded(what: &str, execution: &QueryExecution) -> Result<(), Trouble> {
    let why = execution.reason.clone().unwrap_or_else(|| execution.state.name().to_owned());
    match execution.state {
        QueryState::Succeeded => Ok(()),
        QueryState::Cancelled => Err(Trouble::new(Kind::Cancelled, what, why)),
        _ => Err(Trouble::new(Kind::Other, what, why)),
    }
}

/// What the UNLOAD wrote. There is nothing to compare it with, so none of it is `verified`.
async fn unloaded(lake: &Lake, folder: &S3Uri) -> Result<Vec<SavedObject>, Trouble> {
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

    #[test]
    fn a_query_is_wrapped_whole() {
        let folder = S3Uri::new("b", "it's/x/");
        let query = one_query("save", "SELECT 1 -- one;\n, 2; -- done\n").unwrap();
        assert_eq!(
            unload(&query, &folder, UnloadFormat::Parquet),
            "UNLOAD (SELECT 1 -- one;\n, 2\n) TO 's3://b/it''s/x/' WITH (format = 'PARQUET')"
        );
    }

    #[test]
    fn only_a_query_is_unloaded() {
        for text in ["DROP TABLE t", "SELECT 1; DROP TABLE t", "", "SHOW TABLES"] {
            assert!(one_query("save", text).is_err(), "{text}");
        }
    }
}
