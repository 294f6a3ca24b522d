//! Glue: the Data Catalog, jobs and crawlers.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_glue::operation::RequestId as _;
use aws_sdk_glue::types;

use super::Lake;
use super::ask::Ask;
use super::guard::Receipt;
use super::sts::timestamp;
use crate::model::catalog::{Crawl, Crawler, Job, JobRun, RunState, Table};
use crate::model::query::Column;
use crate::model::trouble::{Kind, Trouble};

impl Lake {
    /// The catalog's databases, by name.
    ///
    /// # Errors
    /// As Glue answers.
    pub async fn databases(&self) -> Result<Vec<String>, Trouble> {
        let ask = Ask::glue("glue:GetDatabases", "list the databases", "catalog");
        let mut names = Vec::new();
        let mut token = None;
        loop {
            let answer = self
                .call(&ask, |to| to.glue.get_databases().set_next_token(token.take()).send())
                .await?;
            names.extend(answer.database_list.into_iter().map(|database| database.name));
            token = answer.next_token;
            if token.is_none() {
                names.sort();
                return Ok(names);
            }
        }
    }

    /// A database's tables and views, by name.
    ///
    /// # Errors
    /// [`Kind::NotFound`] where there is no such database.
    pub async fn tables(&self, database: &str) -> Result<Vec<Table>, Trouble> {
        let what = format!("list the tables of {database}");
        let ask = Ask::glue("glue:GetTables", what, format!("database/{database}"));
        let mut tables = Vec::new();
        let mut token = None;
        loop {
            let answer = self
                .call(&ask, |to| {
                    to.glue.get_tables().database_name(database).set_next_token(token.take()).send()
                })
                .await?;
            tables.extend(
                answer.table_list.unwrap_or_default().into_iter().map(|t| table(database, t)),
            );
            token = answer.next_token;
            if token.is_none() {
                tables.sort_by(|a, b| a.name.cmp(&b.name));
                return Ok(tables);
            }
        }
    }

    /// One table.
    ///
    /// # Errors
    /// [`Kind::NotFound`] where there is none.
    pub async fn table(&self, database: &str, name: &str) -> Result<Table, Trouble> {
        let what = format!("look at table {database}.{name}");
        let ask = Ask::glue("glue:GetTable", what, format!("table/{database}/{name}"));
        let answer = self
            .call(&ask, |to| to.glue.get_table().database_name(database).name(name).send())
            .await?;
        let found = answer
            .table
            .ok_or_else(|| Trouble::new(Kind::NotFound, &ask.what, "there is no such table"))?;
        Ok(table(database, found))
    }

    /// The jobs, by name.
    ///
    /// # Errors
    /// As Glue answers.
    pub async fn jobs(&self) -> Result<Vec<Job>, Trouble> {
        let ask = Ask::glue("glue:GetJobs", "list the jobs", "job/*");
        let mut jobs = Vec::new();
        let mut token = None;
        loop {
            let answer = self
                .call(&ask, |to| to.glue.get_jobs().set_next_token(token.take()).send())
                .await?;
            jobs.extend(answer.jobs.unwrap_or_default().into_iter().map(job));
            token = answer.next_token;
            if token.is_none() {
                jobs.sort_by(|a, b| a.name.cmp(&b.name));
                return Ok(jobs);
            }
        }
    }

    /// A job's newest runs, newest first; at most `max`, which is at most 200.
    ///
    /// # Errors
    /// As Glue answers.
    pub async fn job_runs(&self, name: &str, max: u32) -> Result<Vec<JobRun>, Trouble> {
        let ask =
            Ask::glue("glue:GetJobRuns", format!("list the runs of {name}"), format!("job/{name}"));
        let max = i32::try_from(max.clamp(1, 200)).unwrap_or(200);
        let answer = self
            .call(&ask, |to| to.glue.get_job_runs().job_name(name).max_results(max).send())
            .await?;
        let mut runs: Vec<JobRun> =
            answer.job_runs.unwrap_or_default().into_iter().map(job_run).collect();
        runs.sort_by_key(|run| std::cmp::Reverse(run.started));
        Ok(runs)
    }

    /// One run of a job.
    ///
    /// # Errors
    /// [`Kind::NotFound`] where there is none.
    pub async fn job_run(&self, name: &str, run: &str) -> Result<JobRun, Trouble> {
        let what = format!("look at run {run} of {name}");
        let ask = Ask::glue("glue:GetJobRun", what, format!("job/{name}"));
        let answer =
            self.call(&ask, |to| to.glue.get_job_run().job_name(name).run_id(run).send()).await?;
        let found = answer
            .job_run
            .ok_or_else(|| Trouble::new(Kind::NotFound, &ask.what, "there is no such run"))?;
        Ok(job_run(found))
    }

    /// Starts a job and gives the run's id. Arguments are `--name` → value.
    ///
    /// # Errors
    /// [`Kind::Refused`] by the guard, [`Kind::Throttled`] where as many runs as it may have
    /// are under way.
    pub async fn start_job_run(
        &self,
        name: &str,
        arguments: &BTreeMap<String, String>,
    ) -> Result<String, Trouble> {
        let ask = Ask::glue("glue:StartJobRun", format!("start job {name}"), format!("job/{name}"));
        let permit = self.permit(&ask).await?;
        let arguments: Option<HashMap<String, String>> = (!arguments.is_empty())
            .then(|| arguments.iter().map(|(k, v)| (k.clone(), v.clone())).collect());
        let started = self
            .call(&ask, |to| to.glue.start_job_run().job_name(name).set_arguments(arguments).send())
            .await
            .map(|answer| answer.job_run_id.unwrap_or_default());
        permit.settle(started, |id| Receipt { request_id: Some(id.clone()), ..Receipt::default() })
    }

    /// Asks a run to stop.
    ///
    /// # Errors
    /// [`Kind::Refused`] by the guard; where Glue says why it cannot be stopped.
    pub async fn stop_job_run(&self, name: &str, run: &str) -> Result<(), Trouble> {
        let what = format!("stop run {run} of {name}");
        let ask = Ask::glue("glue:BatchStopJobRun", what, format!("job/{name}"));
        let permit = self.permit(&ask).await?;
        let stopped = self
            .call(&ask, |to| to.glue.batch_stop_job_run().job_name(name).job_run_ids(run).send())
            .await
            .and_then(|answer| {
                let refusal = answer.errors.unwrap_or_default().into_iter().next();
                refusal.map_or(Ok(()), |refusal| Err(not_stopped(&ask, refusal)))
            });
        permit.settle(stopped, |()| Receipt {
            request_id: Some(run.to_owned()),
            ..Receipt::default()
        })
    }

    /// The crawlers, by name, with what their last crawls changed where Glue tells.
    ///
    /// # Errors
    /// As Glue answers.
    pub async fn crawlers(&self) -> Result<Vec<Crawler>, Trouble> {
        let ask = Ask::glue("glue:GetCrawlers", "list the crawlers", "crawler/*");
        let mut crawlers = Vec::new();
        let mut token = None;
        loop {
            let answer = self
                .call(&ask, |to| to.glue.get_crawlers().set_next_token(token.take()).send())
                .await?;
            crawlers.extend(answer.crawlers.unwrap_or_default().into_iter().map(crawler));
            token = answer.next_token;
            if token.is_none() {
                break;
            }
        }
        crawlers.sort_by(|a, b| a.name.cmp(&b.name));
        // What changed stands in another call, whose permission an operator may lack.
        if let Ok(metrics) = self.crawler_metrics().await {
            for crawler in &mut crawlers {
                if let (Some(last), Some(seen)) = (&mut crawler.last, metrics.get(&crawler.name)) {
                    last.tables_created = u32::try_from(seen.tables_created).ok();
                    last.tables_updated = u32::try_from(seen.tables_updated).ok();
                    last.tables_deleted = u32::try_from(seen.tables_deleted).ok();
                }
            }
        }
        Ok(crawlers)
    }

    async fn crawler_metrics(&self) -> Result<HashMap<String, types::CrawlerMetrics>, Trouble> {
        let ask = Ask::glue("glue:GetCrawlerMetrics", "read the crawlers' metrics", "crawler/*");
        let mut found = HashMap::new();
        let mut token = None;
        loop {
            let answer = self
                .call(&ask, |to| to.glue.get_crawler_metrics().set_next_token(token.take()).send())
                .await?;
            found.extend(
                answer
                    .crawler_metrics_list
                    .unwrap_or_default()
                    .into_iter()
                    .filter_map(|metrics| Some((metrics.crawler_name.clone()?, metrics))),
            );
            token = answer.next_token;
            if token.is_none() {
                return Ok(found);
            }
        }
    }

    /// Starts a crawler.
    ///
    /// # Errors
    /// [`Kind::Refused`] by the guard, as Glue answers else.
    pub async fn start_crawler(&self, name: &str) -> Result<(), Trouble> {
        let ask = Ask::glue(
            "glue:StartCrawler",
            format!("start crawler {name}"),
            format!("crawler/{name}"),
        );
        let permit = self.permit(&ask).await?;
        let sent = self
            .call(&ask, |to| to.glue.start_crawler().name(name).send())
            .await
            .map(|answer| answer.request_id().map(ToOwned::to_owned));
        settle_id(permit, sent)
    }

    /// Asks a crawler to stop.
    ///
    /// # Errors
    /// [`Kind::Refused`] by the guard, as Glue answers else.
    pub async fn stop_crawler(&self, name: &str) -> Result<(), Trouble> {
        let ask = Ask::glue(
            "glue:StopCrawler",
            format!("stop crawler {name}"),
            format!("crawler/{name}"),
        );
        let permit = self.permit(&ask).await?;
        let sent = self
            .call(&ask, |to| to.glue.stop_crawler().name(name).send())
            .await
            .map(|answer| answer.request_id().map(ToOwned::to_owned));
        settle_id(permit, sent)
    }
}

fn settle_id(
    permit: super::guard::Permit,
    sent: Result<Option<String>, Trouble>,
) -> Result<(), Trouble> {
    permit.settle(sent, |id| Receipt { request_id: id.clone(), ..Receipt::default() }).map(|_| ())
}

fn not_stopped(ask: &Ask, refusal: types::BatchStopJobRunError) -> Trouble {
    let detail = refusal.error_detail;
    let code = detail.as_ref().and_then(|detail| detail.error_code.clone());
    let why = detail
        .and_then(|detail| detail.error_message)
        .or_else(|| code.clone())
        .unwrap_or_else(|| "Glue gives no reason".to_owned());
    let mut trouble = Trouble::new(Kind::Other, &ask.what, why);
    trouble.code = code;
    trouble
}

fn columns(found: Option<Vec<types::Column>>) -> Vec<Column> {
    found
        .unwrap_or_default()
        .into_iter()
        .map(|column| Column { name: column.name, kind: column.r#type.unwrap_or_default() })
        .collect()
}

pub(super) fn table(database: &str, found: types::Table) -> Table {
    let storage = found.storage_descriptor;
    let input = storage.as_ref().and_then(|storage| storage.input_format.clone());
    let classification = found
        .parameters
        .as_ref()
        .and_then(|parameters| parameters.get("classification"))
        .cloned()
        .filter(|text| !text.is_empty());
    Table {
        database: found.database_name.unwrap_or_else(|| database.to_owned()),
        name: found.name,
        kind: found.table_type,
        location: storage.as_ref().and_then(|storage| storage.location.clone()),
        columns: columns(storage.and_then(|storage| storage.columns)),
        partition_keys: columns(found.partition_keys),
        format: classification.or_else(|| input.as_deref().map(short_format)),
        updated: found.update_time.or(found.create_time).as_ref().and_then(timestamp),
    }
}

/// `parquet` for `org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat`.
fn short_format(class: &str) -> String {
    let name = class.rsplit('.').next().unwrap_or(class);
    match name {
        "MapredParquetInputFormat" => "parquet".to_owned(),
        "OrcInputFormat" => "orc".to_owned(),
        "TextInputFormat" => "text".to_owned(),
        _ => name.strip_suffix("InputFormat").unwrap_or(name).to_lowercase(),
    }
}

fn job(found: types::Job) -> Job {
    let command = found.command;
    Job {
        name: found.name.unwrap_or_default(),
        script: command.as_ref().and_then(|command| command.script_location.clone()),
        command: command.and_then(|command| command.name),
        glue_version: found.glue_version,
        arguments: found.default_arguments.unwrap_or_default().into_iter().collect(),
    }
}

fn job_run(found: types::JobRun) -> JobRun {
    JobRun {
        id: found.id.unwrap_or_default(),
        job: found.job_name.unwrap_or_default(),
        state: RunState::parse(found.job_run_state.as_ref().map_or("", |state| state.as_str())),
        started: found.started_on.as_ref().and_then(timestamp),
        completed: found.completed_on.as_ref().and_then(timestamp),
        seconds: u64::try_from(found.execution_time).ok(),
        error: found.error_message.filter(|text| !text.is_empty()),
        arguments: found.arguments.unwrap_or_default().into_iter().collect(),
        attempt: u32::try_from(found.attempt).unwrap_or_default(),
    }
}

fn crawler(found: types::Crawler) -> Crawler {
    let running = found.state.as_ref() != Some(&types::CrawlerState::Ready);
    Crawler {
        name: found.name.unwrap_or_default(),
        state: found.state.map(|state| state.as_str().to_owned()).unwrap_or_default(),
        database: found.database_name,
        targets: found.targets.map(targets).unwrap_or_default(),
        last: found.last_crawl.map(last_crawl),
        elapsed_ms: u64::try_from(found.crawl_elapsed_time).ok().filter(|_| running),
    }
}

/// The paths a person would recognise the crawler by.
fn targets(found: types::CrawlerTargets) -> Vec<String> {
    let s3 = found.s3_targets.unwrap_or_default().into_iter().filter_map(|target| target.path);
    let jdbc = found.jdbc_targets.unwrap_or_default().into_iter().filter_map(|target| target.path);
    let tables = found
        .catalog_targets
        .unwrap_or_default()
        .into_iter()
        .map(|target| format!("{}.{}", target.database_name, target.tables.join(",")));
    s3.chain(jdbc).chain(tables).collect()
}

fn last_crawl(found: types::LastCrawlInfo) -> Crawl {
    Crawl {
        state: found.status.map(|status| status.as_str().to_owned()).unwrap_or_default(),
        started: found.start_time.as_ref().and_then(timestamp),
        error: found.error_message.filter(|text| !text.is_empty()),
        ..Crawl::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_have_short_names() {
        let parquet = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat";
        assert_eq!(short_format(parquet), "parquet");
        assert_eq!(short_format("org.apache.hadoop.mapred.TextInputFormat"), "text");
        assert_eq!(short_format("a.b.AvroContainerInputFormat"), "avrocontainer");
    }
}
