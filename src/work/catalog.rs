//! The catalog for the SQL pane: tables a page at a time, partitions, grants.

use super::Cx;
use crate::lake::Lake;
use crate::model::bucket::Registration;
use crate::model::catalog::Table;
use crate::model::trouble::Trouble;
use crate::ui::panes::sql::News;
use crate::ui::panes::sql::catalog::{self, Access, Job};
use crate::ui::talk::Failure;

/// Partitions that are asked for at a time.
const PARTITIONS: u16 = 100;

pub(super) async fn run(job: Job, cx: &Cx) {
    match job {
        Job::Partitions { database, table, next } => {
            let page = match cx.lake() {
                Ok(lake) => lake.partitions(&database, &table, None, next, PARTITIONS).await,
                Err(trouble) => Err(trouble),
            };
            let page = page.map_err(Failure::from);
            cx.tell(News::Catalog(catalog::News::Partitions { database, table, page })).await;
        }
        Job::Grants { database, table, location } => {
            let result = match cx.lake() {
                Ok(lake) => access(&lake, &database, &table, location).await,
                Err(trouble) => Err(trouble),
            };
            let result = result.map_err(Failure::from);
            cx.tell(News::Catalog(catalog::News::Grants { database, table, result })).await;
        }
    }
}

async fn access(
    lake: &Lake,
    database: &str,
    table: &str,
    location: Option<String>,
) -> Result<Access, Trouble> {
    let (grants, registrations) = tokio::join!(lake.grants(database, table), lake.registrations());
    let place = location.as_deref().and_then(|place| place.strip_prefix("s3://"));
    let covers = |one: &Registration| {
        let folder = one.arn.strip_prefix("arn:aws:s3:::").map(|at| at.trim_end_matches('/'));
        let below = place.zip(folder).and_then(|(place, folder)| place.strip_prefix(folder));
        below.is_some_and(|below| below.is_empty() || below.starts_with('/'))
    };
    let registered = registrations.ok().map(|all| all.iter().any(covers));
    Ok(Access { registered, grants: grants? })
}

/// All tables of a database: each page is told as it comes, the last as the end.
pub(super) async fn tables(database: String, cx: &Cx) {
    let result = match cx.lake() {
        Ok(lake) => pages(&lake, &database, cx).await,
        Err(trouble) => Err(trouble),
    };
    let result = result.map_err(Failure::from);
    cx.tell(News::Tables { database, result }).await;
}

async fn pages(lake: &Lake, database: &str, cx: &Cx) -> Result<Vec<Table>, Trouble> {
    let mut token = None;
    loop {
        let (tables, next) = lake.tables_page(database, token).await?;
        if next.is_none() {
            return Ok(tables);
        }
        let news = catalog::News::Tables { database: database.to_owned(), tables };
        cx.tell(News::Catalog(news)).await;
        token = next;
    }
}
