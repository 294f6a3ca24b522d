//! Athena: start, watch, stop, read; workgroups and named queries.

use aws_sdk_athena::types::{
    self, EncryptionConfiguration, EncryptionOption, QueryExecutionContext, ResultConfiguration,
    ResultReuseByAgeConfiguration, ResultReuseConfiguration, StatementType,
};
use sha2::{Digest as _, Sha256};

use super::Lake;
use super::ask::Ask;
use super::guard::Receipt;
use super::sts::timestamp;
use crate::model::query::{
    Column, NamedQuery, PRIMARY, QueryExecution, QueryState, ResultPage, Workgroup,
};
use crate::model::trouble::{Kind, Trouble};

/// The longest statement Athena takes, in bytes
/// (<https://docs.aws.amazon.com/athena/latest/ug/service-limits.html>).
pub const SQL_LIMIT: usize = 262_144;

/// One statement to run.
#[derive(Clone, Default)]
pub struct StartQuery {
    pub sql: String,
    pub database: Option<String>,
    /// A data catalog; none for the account's own.
    pub catalog: Option<String>,
    pub workgroup: Option<String>,
    /// Minutes: an earlier result that is no older will do.
    pub reuse: Option<u32>,
    /// `s3://…/`; none where the workgroup decides.
    pub output_location: Option<String>,
    /// Encrypts the result with SSE-KMS under this key.
    pub kms_key: Option<String>,
    /// Starting twice with one token starts once. 32 to 128 characters.
    pub token: Option<String>,
    /// For the `?` of the statement, each a SQL literal.
    pub parameters: Vec<String>,
}

// No derive: a statement's literals and parameters must not reach a log.
impl std::fmt::Debug for StartQuery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StartQuery").field("sql_sha256", &sha256(&self.sql)).finish_non_exhaustive()
    }
}

/// Hex SHA-256 of a statement: what the audit log keeps of it.
pub fn sha256(sql: &str) -> String {
    hex::encode(Sha256::digest(sql.as_bytes()))
}

impl Lake {
    /// Starts a statement and gives its execution id.
    ///
    /// # Errors
    /// [`Kind::Refused`] in read-only mode unless the statement is known only to read;
    /// [`Kind::Invalid`] above [`SQL_LIMIT`] and where Athena does not take it.
    pub async fn start_query(&self, start: &StartQuery) -> Result<String, Trouble> {
        let workgroup = start.workgroup.as_deref().unwrap_or(PRIMARY);
        let mut ask = Ask::athena(
            "athena:StartQueryExecution",
            "start the query",
            format!("workgroup/{workgroup}"),
        );
        ask.sql_sha256 = Some(sha256(&start.sql));
        if start.sql.len() > SQL_LIMIT {
            let why = format!("it is {} bytes long, Athena takes {SQL_LIMIT}", start.sql.len());
            return Err(Trouble::new(Kind::Invalid, ask.what, why));
        }
        let permit = self.permit_query(&ask, &start.sql).await?;
        let results = result_configuration(start);
        let parameters = (!start.parameters.is_empty()).then(|| start.parameters.clone());
        let context = (start.database.is_some() || start.catalog.is_some()).then(|| {
            QueryExecutionContext::builder()
                .set_database(start.database.clone())
                .set_catalog(start.catalog.clone())
                .build()
        });
        let reuse = start.reuse.map(|minutes| {
            let by_age = ResultReuseByAgeConfiguration::builder()
                .enabled(true)
                .max_age_in_minutes(i32::try_from(minutes).unwrap_or(i32::MAX))
                .build();
            ResultReuseConfiguration::builder().result_reuse_by_age_configuration(by_age).build()
        });
        let started = self
            .call(&ask, |to| {
                to.athena
                    .start_query_execution()
                    .query_string(&start.sql)
                    .set_query_execution_context(context)
                    .set_result_configuration(results)
                    .set_result_reuse_configuration(reuse)
                    .set_work_group(start.workgroup.clone())
                    .set_client_request_token(start.token.clone())
                    .set_execution_parameters(parameters)
                    .send()
            })
            .await
            .map(|answer| answer.query_execution_id.unwrap_or_default());
        permit.settle(started, |id| started_id(id))
    }

    /// How an execution is doing.
    ///
    /// # Errors
    /// As Athena answers.
    pub async fn query(&self, id: &str) -> Result<QueryExecution, Trouble> {
        let ask = Ask::athena("athena:GetQueryExecution", format!("look at query {id}"), id);
        let answer = self
            .call(&ask, |to| to.athena.get_query_execution().query_execution_id(id).send())
            .await?;
        let found = answer.query_execution.ok_or_else(|| {
            Trouble::new(Kind::NotFound, &ask.what, "Athena does not know it any more")
        })?;
        Ok(execution(found))
    }

    /// Stops an execution. One that is over stays as it is.
    ///
    /// # Errors
    /// As Athena answers.
    pub async fn stop_query(&self, id: &str) -> Result<(), Trouble> {
        let ask = Ask::athena("athena:StopQueryExecution", format!("stop query {id}"), id);
        // Whoever may start a statement may stop it: stopping writes nothing, and it costs
        // money to refuse it.
        let permit = self.permit_from(&ask, self.settings().mode).await?;
        let stopped = self
            .call(&ask, |to| to.athena.stop_query_execution().query_execution_id(id).send())
            .await;
        permit.settle(stopped, |_| Receipt {
            request_id: Some(id.to_owned()),
            ..Receipt::default()
        })?;
        Ok(())
    }

    /// A page of an execution's result; `max` is at most 1,000.
    ///
    /// On the first page Athena sends the column names as a row for SELECT; they are taken
    /// off here.
    ///
    /// # Errors
    /// As Athena answers.
    pub async fn results(
        &self,
        id: &str,
        token: Option<&str>,
        max: u32,
    ) -> Result<ResultPage, Trouble> {
        let ask = Ask::athena("athena:GetQueryResults", format!("read the rows of query {id}"), id);
        let max = i32::try_from(max.clamp(1, 1000)).unwrap_or(1000);
        let answer = self
            .call(&ask, |to| {
                to.athena
                    .get_query_results()
                    .query_execution_id(id)
                    .set_next_token(token.map(ToOwned::to_owned))
                    .max_results(max)
                    .send()
            })
            .await?;
        let next = answer.next_token;
        let written = answer.update_count.and_then(|count| u64::try_from(count).ok());
        let written = written.filter(|count| *count > 0);
        Ok(ResultPage { next, written, ..result_page(answer.result_set, token.is_none()) })
    }

    /// Rows that a query has given, where Athena has counted them.
    ///
    /// # Errors
    /// As Athena answers.
    pub async fn rows_given(&self, id: &str) -> Result<Option<u64>, Trouble> {
        let what = format!("count the rows of query {id}");
        let ask = Ask::athena("athena:GetQueryRuntimeStatistics", what, id);
        let answer = self
            .call(&ask, |to| to.athena.get_query_runtime_statistics().query_execution_id(id).send())
            .await?;
        let rows = answer.query_runtime_statistics.and_then(|statistics| statistics.rows);
        Ok(rows.and_then(|rows| rows.output_rows).and_then(|rows| u64::try_from(rows).ok()))
    }

    /// What a workgroup says of results.
    ///
    /// # Errors
    /// As Athena answers.
    pub async fn workgroup(&self, name: &str) -> Result<Workgroup, Trouble> {
        let ask = Ask::athena("athena:GetWorkGroup", format!("look at workgroup {name}"), name);
        let answer =
            self.call(&ask, |to| to.athena.get_work_group().work_group(name).send()).await?;
        let group = answer.work_group.ok_or_else(|| {
            Trouble::new(Kind::NotFound, &ask.what, "there is no workgroup of that name")
        })?;
        Ok(workgroup(group))
    }

    /// The queries kept by name in a workgroup, by name.
    ///
    /// # Errors
    /// As Athena answers.
    pub async fn named_queries(&self, workgroup: &str) -> Result<Vec<NamedQuery>, Trouble> {
        let ask = Ask::athena("athena:ListNamedQueries", "list the saved queries", workgroup);
        let mut found = Vec::new();
        let mut token = None;
        loop {
            let answer = self
                .call(&ask, |to| {
                    to.athena
                        .list_named_queries()
                        .work_group(workgroup)
                        .set_next_token(token.take())
                        .send()
                })
                .await?;
            // BatchGetNamedQuery takes 50 ids, which is also a page's most.
            for ids in answer.named_query_ids.unwrap_or_default().chunks(50) {
                found.extend(self.named_batch(ids).await?);
            }
            token = answer.next_token;
            if token.is_none() {
                found.sort_by(|a, b| a.name.cmp(&b.name));
                return Ok(found);
            }
        }
    }

    async fn named_batch(&self, ids: &[String]) -> Result<Vec<NamedQuery>, Trouble> {
        let ask = Ask::athena("athena:BatchGetNamedQuery", "read the saved queries", "*");
        let ids = Some(ids.to_vec());
        let answer = self
            .call(&ask, |to| to.athena.batch_get_named_query().set_named_query_ids(ids).send())
            .await?;
        Ok(answer.named_queries.unwrap_or_default().into_iter().map(named_query).collect())
    }

    /// Keeps a query by name and gives its id.
    ///
    /// # Errors
    /// [`Kind::Refused`] by the guard, as Athena answers else.
    pub async fn create_named_query(
        &self,
        name: &str,
        description: Option<&str>,
        database: &str,
        sql: &str,
        workgroup: &str,
    ) -> Result<String, Trouble> {
        let mut ask = Ask::athena(
            "athena:CreateNamedQuery",
            format!("save query {name}"),
            format!("workgroup/{workgroup}"),
        );
        ask.sql_sha256 = Some(sha256(sql));
        let permit = self.permit(&ask).await?;
        let made = self
            .call(&ask, |to| {
                to.athena
                    .create_named_query()
                    .name(name)
                    .set_description(description.map(ToOwned::to_owned))
                    .database(database)
                    .query_string(sql)
                    .work_group(workgroup)
                    .send()
            })
            .await
            .map(|answer| answer.named_query_id.unwrap_or_default());
        permit.settle(made, |id| started_id(id))
    }
}

fn started_id(id: &str) -> Receipt {
    Receipt { request_id: Some(id.to_owned()), ..Receipt::default() }
}

fn result_configuration(start: &StartQuery) -> Option<ResultConfiguration> {
    // A key without a location is for the workgroup's own.
    if start.output_location.is_none() && start.kms_key.is_none() {
        return None;
    }
    let encryption = start.kms_key.as_ref().map(|key| {
        EncryptionConfiguration::builder()
            .encryption_option(EncryptionOption::SseKms)
            .kms_key(key)
            .build()
    });
    Some(
        ResultConfiguration::builder()
            .set_output_location(start.output_location.clone())
            // The builder fails only without an option, and one was given.
            .set_encryption_configuration(encryption.and_then(Result::ok))
            .build(),
    )
}

fn execution(found: types::QueryExecution) -> QueryExecution {
    let status = found.status;
    let state = status.as_ref().and_then(|status| status.state.as_ref());
    let statistics = found.statistics;
    let count = |number: Option<i64>| number.and_then(|number| u64::try_from(number).ok());
    QueryExecution {
        id: found.query_execution_id.unwrap_or_default(),
        sql: found.query.unwrap_or_default(),
        parameters: found.execution_parameters.unwrap_or_default(),
        state: QueryState::parse(state.map_or("QUEUED", |state| state.as_str())),
        reason: status.as_ref().and_then(|status| status.state_change_reason.clone()),
        database: found.query_execution_context.and_then(|context| context.database),
        workgroup: found.work_group,
        statement_type: found.statement_type.as_ref().map(StatementType::as_str).map(Into::into),
        output: found
            .result_configuration
            .and_then(|results| results.output_location)
            .and_then(|location| location.parse().ok()),
        submitted: status
            .as_ref()
            .and_then(|s| s.submission_date_time.as_ref())
            .and_then(timestamp),
        completed: status
            .as_ref()
            .and_then(|s| s.completion_date_time.as_ref())
            .and_then(timestamp),
        scanned: statistics.as_ref().and_then(|s| count(s.data_scanned_in_bytes)),
        reused: statistics
            .as_ref()
            .and_then(|s| s.result_reuse_information.as_ref())
            .is_some_and(|reuse| reuse.reused_previous_result),
        engine_ms: statistics.as_ref().and_then(|s| count(s.engine_execution_time_in_millis)),
    }
}

fn result_page(set: Option<types::ResultSet>, first: bool) -> ResultPage {
    let Some(set) = set else { return ResultPage::default() };
    let columns: Vec<Column> = set
        .result_set_metadata
        .and_then(|metadata| metadata.column_info)
        .unwrap_or_default()
        .into_iter()
        .map(|column| Column { kind: kind(&column), name: column.name })
        .collect();
    let mut rows: Vec<Vec<Option<String>>> = set
        .rows
        .unwrap_or_default()
        .into_iter()
        .map(|row| row.data.unwrap_or_default().into_iter().map(|d| d.var_char_value).collect())
        .collect();
    if first && rows.first().is_some_and(|row| is_header(row, &columns)) {
        rows.remove(0);
    }
    ResultPage { columns, rows, ..ResultPage::default() }
}

/// The size of a decimal stands beside its type.
fn kind(column: &types::ColumnInfo) -> String {
    match column.r#type.as_str() {
        "decimal" if column.precision > 0 => {
            format!("decimal({},{})", column.precision, column.scale)
        }
        kind => kind.to_owned(),
    }
}

fn is_header(row: &[Option<String>], columns: &[Column]) -> bool {
    !columns.is_empty()
        && row.len() == columns.len()
        && row.iter().zip(columns).all(|(cell, column)| cell.as_deref() == Some(&column.name))
}

fn workgroup(group: types::WorkGroup) -> Workgroup {
    let enabled = group.state != Some(types::WorkGroupState::Disabled);
    let Some(conf) = group.configuration else {
        return Workgroup { name: group.name, enabled, ..Workgroup::default() };
    };
    let results = conf.result_configuration;
    let encryption = results.as_ref().and_then(|results| results.encryption_configuration.as_ref());
    Workgroup {
        name: group.name,
        enabled,
        engine: conf
            .engine_version
            .and_then(|v| v.effective_engine_version.or(v.selected_engine_version)),
        // Absent means true: workgroups enforce unless told otherwise.
        enforces: conf.enforce_work_group_configuration.unwrap_or(true),
        encryption: encryption.map(|e| e.encryption_option.as_str().to_owned()),
        kms_key: encryption.and_then(|e| e.kms_key.clone()),
        output: results.and_then(|results| results.output_location).filter(|s| !s.is_empty()),
        managed: conf.managed_query_results_configuration.is_some_and(|managed| managed.enabled),
        scan_limit: conf.bytes_scanned_cutoff_per_query.and_then(|limit| u64::try_from(limit).ok()),
    }
}

fn named_query(found: types::NamedQuery) -> NamedQuery {
    NamedQuery {
        id: found.named_query_id.unwrap_or_default(),
        name: found.name,
        description: found.description.filter(|text| !text.is_empty()),
        database: found.database,
        sql: found.query_string,
    }
}
