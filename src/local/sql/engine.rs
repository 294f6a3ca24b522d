//! The engine: one statement to its end.

use std::io::BufWriter;
use std::sync::Arc;
use std::time::Instant;

use datafusion::execution::session_state::SessionState;
use futures::StreamExt;
use tokio::runtime::{Builder, Runtime};
use tokio_util::task::AbortOnDropHandle;

use super::error::SqlError;
use super::figures::Figures;
use super::output::CsvWriter;
use super::parse::Source;
use super::query::deep;
use super::request::{Outcome, Request};
use super::scan::Reach;
use super::statement::{Class, Kind, classify};
use super::types::ColumnInfo;
use crate::local::error::ApiError;
use crate::local::glue::Catalog;
use crate::local::process::ORPHANED;
use crate::local::s3::Store;

/// Athena's engine over a store and a catalog. Cloning shares it.
#[derive(Clone)]
pub struct Engine {
    pub(super) store: Store,
    pub(super) catalog: Catalog,
    pub(super) base: SessionState,
    workers: Arc<Workers>,
}

/// The threads that compute. They are not the lake's own, which has to answer
/// StopQueryExecution also while a query computes.
struct Workers(Option<Runtime>);

impl Workers {
    fn start() -> Result<Self, SqlError> {
        Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("local-sql")
            // Deep expressions are evaluated recursively.
            .thread_stack_size(16 << 20)
            .enable_all()
            .build()
            .map(|runtime| Self(Some(runtime)))
            .map_err(|e| SqlError::system(format!("the SQL engine does not start: {e}")))
    }

    /// Runs `work` to its end; dropping the future stops it where it next takes a breath.
    async fn run<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, SqlError>> + Send + 'static,
    ) -> Result<T, SqlError> {
        let Some(runtime) = &self.0 else { return Err(SqlError::system(ORPHANED)) };
        AbortOnDropHandle::new(runtime.spawn(work)).await.unwrap_or_else(|end| {
            Err(SqlError::system(match end.is_panic() {
                true => "GENERIC_INTERNAL_ERROR: the engine broke down on this statement",
                false => ORPHANED,
            }))
        })
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        // The last one to let go may be a task on these very threads.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

impl Engine {
    /// Opens with its own memory pool (512 MiB); spills go to the store's scratch folder.
    ///
    /// # Errors
    /// When the scratch folder cannot be used.
    pub fn open(store: Store, catalog: Catalog) -> Result<Self, ApiError> {
        let open = || {
            let base = super::session::base(super::session::runtime(store.scratch())?)?;
            Ok::<_, SqlError>((base, Arc::new(Workers::start()?)))
        };
        let (base, workers) = open().map_err(|e| ApiError {
            code: "InternalServerException".into(),
            message: e.message,
            status: 500,
        })?;
        Ok(Self { store, catalog, base, workers })
    }

    /// Runs one statement to its end. Dropping the future stops it.
    ///
    /// # Errors
    /// What Athena would put into StateChangeReason.
    pub async fn run(&self, request: &Request) -> Result<Outcome, SqlError> {
        let (engine, request) = (self.clone(), request.clone());
        self.workers.run(async move { engine.dispatch(&request).await }).await
    }

    async fn dispatch(&self, request: &Request) -> Result<Outcome, SqlError> {
        let class = classify(&request.sql)?;
        match class.kind {
            Kind::Query => self.select(request, class).await,
            Kind::Explain => self.explain(request, class).await,
            Kind::Ctas => self.create_table_as(request, class).await,
            Kind::Insert => self.insert(request, class).await,
            Kind::CreateView => self.create_view(request, class).await,
            Kind::Prepared => Err(SqlError::user(format!(
                "NOT_SUPPORTED: {} works within a workgroup only",
                class.sub
            ))),
            Kind::Unload => self.unload(request, class).await,
            Kind::Hive => self.hive(request, class).await,
        }
    }

    /// What a scan needs to know of the request.
    pub(super) fn reach(&self, request: &Request) -> Reach {
        Reach {
            store: self.store.clone(),
            catalog: self.catalog.clone(),
            who: request.who.clone(),
            meter: request.meter.clone(),
        }
    }

    async fn select(&self, request: &Request, class: Class) -> Result<Outcome, SqlError> {
        let (source, query) = parsed(request, |source| source.query().map(Box::new)).await?;
        let planned = self.plan(*query, source, &request.database, self.reach(request)).await?;
        let columns = planned.columns();
        let mut outcome = Outcome { columns: columns.clone(), ..Outcome::of(class) };
        let (mut published, mut bytes) = (Instant::now(), 0);
        match &request.output {
            None => {
                let mut stream = planned.start()?;
                while let Some(batch) = stream.next().await {
                    outcome.rows += batch.map_err(|e| planned.failure(&e))?.num_rows() as u64;
                }
            }
            Some(output) => {
                self.may_write(request, &output.bucket, &output.key(".csv")).await?;
                let scratch = self.scratch();
                let names: Vec<String> = columns.iter().map(|c| c.name.clone()).collect();
                let file = crate::local::private::create(scratch.path()).map_err(disk)?;
                let mut writer = CsvWriter::new(BufWriter::with_capacity(256 << 10, file), &names)
                    .map_err(disk)?;
                let mut stream = planned.start()?;
                while let Some(batch) = stream.next().await {
                    writer.write(&batch.map_err(|e| planned.failure(&e))?).map_err(disk)?;
                }
                published = Instant::now();
                outcome.rows = writer.rows();
                writer.finish().map_err(disk)?;
                bytes = std::fs::metadata(scratch.path()).map_err(disk)?.len();
                let key = output.key(".csv");
                self.deliver(request, &output.bucket, &key, scratch, "text/csv").await?;
                self.write_metadata(request, output, ".csv", &columns).await?;
                outcome.location = Some(output.uri(".csv"));
            }
        }
        outcome.scanned_bytes = request.meter.bytes();
        outcome.figures =
            Figures { publishing: published.elapsed(), output_bytes: bytes, ..planned.figures() };
        Ok(outcome)
    }

    /// Plans a query and does not run it: whether its tables are there and the caller may read
    /// them.
    ///
    /// # Errors
    /// What running it would fail with.
    pub async fn may_run(&self, request: &Request) -> Result<(), SqlError> {
        let (engine, request) = (self.clone(), request.clone());
        let work = async move {
            let (source, query) = parsed(&request, |source| source.query().map(Box::new)).await?;
            let reach = engine.reach(&request);
            engine.plan(*query, source, &request.database, reach).await.map(drop)
        };
        self.workers.run(work).await
    }

    /// PREPARE and DEALLOCATE have no rows, and a result all the same.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub async fn answer_nothing(&self, request: &Request) -> Result<Outcome, SqlError> {
        let class = classify(&request.sql)?;
        self.lines(request, class, Vec::new(), Vec::new()).await
    }

    /// A result that is lines of text.
    pub(super) async fn lines(
        &self,
        request: &Request,
        class: Class,
        columns: Vec<ColumnInfo>,
        lines: Vec<String>,
    ) -> Result<Outcome, SqlError> {
        let mut outcome = Outcome {
            columns,
            rows: lines.len() as u64,
            scanned_bytes: request.meter.bytes(),
            ..Outcome::of(class)
        };
        if let Some(output) = &request.output {
            let mut body = lines.join("\n");
            if !body.is_empty() {
                body.push('\n');
            }
            let key = output.key(".txt");
            self.write(request, &output.bucket, &key, body.into_bytes(), "text/plain").await?;
            self.write_metadata(request, output, ".txt", &outcome.columns).await?;
            outcome.location = Some(output.uri(".txt"));
        }
        Ok(outcome)
    }
}

/// Parses a request's text off the worker, whose stack is small.
pub(super) async fn parsed<T: Send + 'static>(
    request: &Request,
    parse: impl FnOnce(&Source) -> Result<T, SqlError> + Send + 'static,
) -> Result<(Source, T), SqlError> {
    let (sql, parameters) = (request.sql.clone(), request.parameters.clone());
    deep(move || {
        let source = Source::with_parameters(&sql, &parameters)?;
        source.refuse_backquotes()?;
        let made = parse(&source)?;
        Ok((source, made))
    })
    .await
}

pub(super) fn disk(error: std::io::Error) -> SqlError {
    SqlError::system(format!("The local lake's disk failed: {error}"))
}
