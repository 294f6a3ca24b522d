//! Results into the analyst bucket, and tables of them.

use super::Cx;
use super::sql::gone;
use crate::lake::StartQuery;
use crate::model::query::{Column, PRIMARY};
use crate::model::saving::{SaveFormat, TableName};
use crate::model::shown::Shown;
use crate::model::trouble::Trouble;
use crate::query::{self, Again, SaveTo, Saved};
use crate::ui::panes::sql::{Done, News, SaveOrder};
use crate::ui::talk::Failure;
use crate::ui::widgets::text;

/// What the workgroup lets a query read, in bytes. Who may not ask does without.
pub(super) async fn weigh(generation: u32, cx: &Cx) -> Result<News, Trouble> {
    let kept = cx.bench().kept(generation).ok_or_else(gone)?;
    let workgroup = kept.start.workgroup.as_deref().unwrap_or(PRIMARY);
    let limit = cx.lake()?.workgroup(workgroup).await.ok().and_then(|group| group.scan_limit);
    Ok(News::Weighed { generation, limit })
}

pub(super) async fn check(order: SaveOrder, cx: &Cx) -> News {
    let result = vacant(&order, cx).await.map_err(|trouble| Failure::from(&trouble));
    News::SaveChecked { order, result }
}

/// All that can be said against a save before anything is paid for.
async fn vacant(order: &SaveOrder, cx: &Cx) -> Result<(), Trouble> {
    let lake = cx.lake()?;
    let kept = cx.bench().kept(order.generation).ok_or_else(gone)?;
    if let Some(table) = &order.table {
        query::free(&lake, table).await?;
        if order.format != SaveFormat::Table {
            query::fitting(table, order.format, &kept.columns)?;
        }
    }
    query::vacant(&lake, &target(order)?, order.format).await
}

/// A copy of which a table is made lies apart.
fn target(order: &SaveOrder) -> Result<SaveTo, Trouble> {
    let to = SaveTo::new(&order.to, "")?;
    Ok(if order.table.is_some() { to.apart() } else { to })
}

/// Saves, and tells what came of it.
pub(super) async fn save(order: SaveOrder, cx: &Cx) {
    match saved(order, cx).await {
        Ok((news, unregistered)) => {
            cx.tell(news).await;
            if let Some(trouble) = unregistered {
                cx.complain(&trouble).await;
            }
        }
        Err(trouble) => cx.tell(News::NotSaved(Failure::from(&trouble))).await,
    }
}

/// What was saved, and why no table was made of it where one was wanted: it is there all the same,
/// and can be made a table of later.
async fn saved(mut order: SaveOrder, cx: &Cx) -> Result<(News, Option<Trouble>), Trouble> {
    let lake = cx.lake()?;
    let kept = cx.bench().kept(order.generation).ok_or_else(gone)?;
    let (to, anchor) = (target(&order)?, &cx.desk().anchor);
    let again = match (order.format, &order.table) {
        (SaveFormat::Csv, _) => None,
        (SaveFormat::Table, Some(table)) => Some(Again::Table(table.clone())),
        (format, _) => Some(Again::Unload(format)),
    };
    let saved = match &again {
        None => query::save(&lake, &kept.execution, &to, anchor).await?,
        Some(again) => {
            let start = StartQuery { token: None, reuse: None, ..kept.start.clone() };
            let cancel = cx.cancel.clone();
            query::save_again(&lake, start, again, &to, anchor, |_| {}, cancel).await?.1
        }
    };
    let is_one = matches!(again, Some(Again::Table(_)));
    let mut unregistered = None;
    if let (Some(table), Some(folder), false) = (&order.table, &saved.folder, is_one) {
        let made = query::register(&lake, table, folder, order.format, &kept.columns).await;
        if let Err(trouble) = made {
            unregistered = Some(trouble);
            order.table = None;
        }
    }
    Ok((done(order, &saved, &kept.columns), unregistered))
}

fn done(order: SaveOrder, saved: &Saved, columns: &[Column]) -> News {
    let object = saved.objects.first().and_then(|object| object.uri.parse().ok());
    let at = saved.folder.clone().or(object).unwrap_or_else(|| saved.manifest.clone());
    let SaveOrder { format, table, .. } = order;
    let told = told(saved, table.as_ref());
    News::Saved { told, done: Done { at, format, columns: columns.to_vec(), table } }
}

/// `s3://b/results/x.csv (12.4 MiB), manifest x.manifest.json, table genomics.x`.
fn told(saved: &Saved, table: Option<&TableName>) -> Shown {
    let bytes = text::bytes(saved.objects.iter().map(|object| object.bytes).sum());
    let what = match saved.objects.as_slice() {
        [one] => one.uri.clone(),
        many => text::plural(many.len() as u64, "object"),
    };
    let table = table.map(|table| format!(", table {table}")).unwrap_or_default();
    Shown::of(&format!("{what} ({bytes}), manifest {}{table}", saved.manifest.name()))
}

/// Makes a table of what was saved before.
pub(super) async fn register(done: Done, table: TableName, cx: &Cx) -> Result<News, Trouble> {
    let lake = cx.lake()?;
    query::fitting(&table, done.format, &done.columns)?;
    query::free(&lake, &table).await?;
    let at = match done.at.is_prefix() {
        true => done.at.clone(),
        false => query::set_apart(&lake, &done.at).await?,
    };
    query::register(&lake, &table, &at, done.format, &done.columns).await?;
    Ok(News::Registered(Done { at, table: Some(table), ..done }))
}
