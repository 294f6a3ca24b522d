//! CreateCrawler, UpdateCrawler, DeleteCrawler, GetCrawler, GetCrawlers, ListCrawlers,
//! BatchGetCrawlers, StartCrawler, StopCrawler, GetCrawlerMetrics, ListCrawls.

use serde::Deserialize;
use serde_json::{Value, json};

use super::run;
use super::store::{self, CrawlRow, Row};
use super::types::Definition;
use crate::local::ApiError;
use crate::local::glue::Glue;
use crate::local::glue::api::{listed, nothing, take, wire};
use crate::local::glue::fault::{Fault, invalid, read, write};
use crate::local::glue::logs::CRAWLERS;
use crate::local::glue::page::{Paging, page};
use crate::local::glue::types::now;
use crate::local::principal::ACCOUNT;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Named {
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct List {
    next_token: Option<String>,
    max_results: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Names {
    crawler_names: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Metrics {
    crawler_name_list: Option<Vec<String>>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Crawls {
    crawler_name: String,
    filters: Option<Vec<Value>>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

pub fn answer(glue: &Glue, op: &str, input: &Value) -> Option<Result<Value, ApiError>> {
    let state = &glue.inner.state;
    Some(match op {
        "CreateCrawler" => create(glue, input),
        "UpdateCrawler" => update(glue, input),
        "DeleteCrawler" => take::<Named>(input)
            .and_then(|asked| write(state, |db| store::delete(db, &asked.name)))
            .map(nothing),
        "GetCrawler" => take(input).and_then(|asked| get(glue, &asked)),
        "GetCrawlers" => take(input).and_then(|asked| get_all(glue, &asked)),
        "ListCrawlers" => take(input).and_then(|asked| list(glue, &asked)),
        "BatchGetCrawlers" => take(input).and_then(|asked| get_many(glue, &asked)),
        "StartCrawler" => {
            take::<Named>(input).and_then(|asked| run::start(glue, &asked.name)).map(nothing)
        }
        "StopCrawler" => take::<Named>(input)
            .and_then(|asked| write(state, |db| store::stop(db, &asked.name)))
            .map(nothing),
        "GetCrawlerMetrics" => take(input).and_then(|asked| metrics(glue, &asked)),
        "ListCrawls" => take(input).and_then(|asked| crawls(glue, &asked)),
        _ => return None,
    })
}

fn create(glue: &Glue, input: &Value) -> Result<Value, ApiError> {
    let definition: Definition = take(input)?;
    definition.check(input)?;
    write(&glue.inner.state, |db| store::create(db, &definition)).map(nothing)
}

/// What the request leaves out stays as it is.
fn update(glue: &Glue, input: &Value) -> Result<Value, ApiError> {
    let Named { name } = take(input)?;
    let known = read(&glue.inner.state, |db| store::find(db, &name))?;
    let mut merged = wire(&known.definition)?;
    if let (Some(merged), Some(asked)) = (merged.as_object_mut(), input.as_object()) {
        let given = asked.iter().filter(|(_, value)| !value.is_null());
        merged.extend(given.map(|(key, value)| (key.clone(), value.clone())));
    }
    let definition: Definition = take(&merged)?;
    definition.check(input)?;
    write(&glue.inner.state, |db| store::update(db, &definition)).map(nothing)
}

/// A crawler with its last crawls, the newest first.
type Crawled = (Row, Vec<CrawlRow>);

fn all(glue: &Glue) -> Result<Vec<Crawled>, ApiError> {
    read(&glue.inner.state, |db| {
        let rows = store::all(db)?.into_iter();
        let with_crawls = |row: Row| {
            let crawls = store::crawls(db, &row.definition.name)?;
            Ok((row, crawls))
        };
        rows.map(with_crawls).collect::<Result<_, Fault>>()
    })
}

fn get(glue: &Glue, asked: &Named) -> Result<Value, ApiError> {
    let (row, crawls) = read(&glue.inner.state, |db| {
        Ok((store::find(db, &asked.name)?, store::crawls(db, &asked.name)?))
    })?;
    Ok(json!({"Crawler": crawler(&row, &crawls)?}))
}

fn get_all(glue: &Glue, asked: &List) -> Result<Value, ApiError> {
    let paging =
        Paging { token: asked.next_token.as_deref(), wanted: asked.max_results, most: 1000 };
    let (items, next) = page(all(glue)?, paging, |(row, _)| row.definition.name.clone())?;
    let items: Vec<Value> =
        items.iter().map(|(row, crawls)| crawler(row, crawls)).collect::<Result<_, _>>()?;
    listed("Crawlers", &items, next)
}

fn list(glue: &Glue, asked: &List) -> Result<Value, ApiError> {
    let paging =
        Paging { token: asked.next_token.as_deref(), wanted: asked.max_results, most: 100 };
    let rows = read(&glue.inner.state, store::all)?;
    let names = rows.into_iter().map(|row| row.definition.name).collect();
    let (names, next) = page(names, paging, String::clone)?;
    listed("CrawlerNames", &names, next)
}

fn get_many(glue: &Glue, asked: &Names) -> Result<Value, ApiError> {
    let all = all(glue)?;
    let mut found = Vec::new();
    let mut unknown = Vec::new();
    for name in &asked.crawler_names {
        match all.iter().find(|(row, _)| row.definition.name == *name) {
            Some((row, crawls)) => found.push(crawler(row, crawls)?),
            None => unknown.push(name),
        }
    }
    Ok(json!({"Crawlers": found, "CrawlersNotFound": unknown}))
}

fn crawler(row: &Row, crawls: &[CrawlRow]) -> Result<Value, ApiError> {
    let mut value = wire(&row.definition)?;
    let Some(fields) = value.as_object_mut() else { return Ok(value) };
    let running = crawls.first().filter(|crawl| crawl.state == "RUNNING");
    let elapsed = running.map_or(0.0, |crawl| (now() - crawl.started) * 1000.0);
    fields.insert("State".to_owned(), row.state.clone().into());
    fields.insert("CrawlElapsedTime".to_owned(), (elapsed as i64).into());
    fields.insert("CreationTime".to_owned(), row.created.into());
    fields.insert("LastUpdated".to_owned(), row.updated.into());
    fields.insert("Version".to_owned(), row.version.into());
    fields.insert("CatalogId".to_owned(), ACCOUNT.into());
    if let Some(last) = crawls.iter().find(|crawl| crawl.state != "RUNNING") {
        fields.insert("LastCrawl".to_owned(), last_crawl(&row.definition.name, last));
    }
    Ok(value)
}

fn last_crawl(crawler: &str, crawl: &CrawlRow) -> Value {
    let status = match crawl.state.as_str() {
        "COMPLETED" => "SUCCEEDED",
        "STOPPED" => "CANCELLED",
        other => other,
    };
    let mut last = json!({
        "Status": status,
        "LogGroup": CRAWLERS,
        "LogStream": crawler,
        "MessagePrefix": crawl.id,
        "StartTime": crawl.started,
    });
    if let Some(error) = &crawl.error {
        last["ErrorMessage"] = error.as_str().into();
    }
    last
}

fn metrics(glue: &Glue, asked: &Metrics) -> Result<Value, ApiError> {
    let mut rows = all(glue)?;
    if let Some(names) = asked.crawler_name_list.as_ref().filter(|names| !names.is_empty()) {
        rows.retain(|(row, _)| names.contains(&row.definition.name));
    }
    let paging =
        Paging { token: asked.next_token.as_deref(), wanted: asked.max_results, most: 1000 };
    let (rows, next) = page(rows, paging, |(row, _)| row.definition.name.clone())?;
    let metrics: Vec<Value> =
        rows.iter().map(|(row, crawls)| metric(&row.definition.name, crawls)).collect();
    listed("CrawlerMetricsList", &metrics, next)
}

fn metric(name: &str, crawls: &[CrawlRow]) -> Value {
    let over: Vec<&CrawlRow> = crawls.iter().filter(|crawl| crawl.ended.is_some()).collect();
    let seconds = |crawl: &&CrawlRow| crawl.ended.unwrap_or(crawl.started) - crawl.started;
    let mut runtimes: Vec<f64> = over.iter().map(seconds).collect();
    let last = runtimes.first().copied().unwrap_or(0.0);
    runtimes.sort_by(f64::total_cmp);
    let changes = over.first().map(|crawl| crawl.changes.clone()).unwrap_or_default();
    json!({
        "CrawlerName": name,
        "TimeLeftSeconds": 0.0,
        "StillEstimating": crawls.first().is_some_and(|crawl| crawl.state == "RUNNING"),
        "LastRuntimeSeconds": last,
        "MedianRuntimeSeconds": runtimes.get(runtimes.len() / 2).copied().unwrap_or(0.0),
        "TablesCreated": changes.tables_added.len(),
        "TablesUpdated": changes.tables_updated.len(),
        "TablesDeleted": changes.tables_deleted.len(),
    })
}

fn crawls(glue: &Glue, asked: &Crawls) -> Result<Value, ApiError> {
    if asked.filters.as_ref().is_some_and(|filters| !filters.is_empty()) {
        return Err(invalid("The local lake cannot filter crawls; leave Filters out."));
    }
    let name = &asked.crawler_name;
    let found = read(&glue.inner.state, |db| {
        store::find(db, name)?;
        store::crawls(db, name)
    })?;
    let paging =
        Paging { token: asked.next_token.as_deref(), wanted: asked.max_results, most: 1000 };
    // Newest first: the key counts down.
    let key = |crawl: &CrawlRow| format!("{:020.3} {}", 1e12 - crawl.started, crawl.id);
    let (found, next) = page(found, paging, key)?;
    let items: Vec<Value> = found.iter().map(|crawl| history(name, crawl)).collect();
    listed("Crawls", &items, next)
}

fn history(crawler: &str, crawl: &CrawlRow) -> Value {
    let mut value = json!({
        "CrawlId": crawl.id,
        "State": crawl.state,
        "StartTime": crawl.started,
        "Summary": crawl.changes.summary(),
        "LogGroup": CRAWLERS,
        "LogStream": crawler,
        "MessagePrefix": crawl.id,
        "DPUHour": 0.0,
    });
    if let Some(ended) = crawl.ended {
        value["EndTime"] = ended.into();
    }
    if let Some(error) = &crawl.error {
        value["ErrorMessage"] = error.as_str().into();
    }
    value
}
