//! The SQL pane's jobs: the catalog, queries, their rows, saving.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;

use super::beat::Beat;
use super::cells::{cell, window};
use super::drafts::{self, Unwritten};
use super::look::{self, Found};
use super::{Cx, blocking, catalog, estimate, files, past, saving, venues};
use crate::lake::{Lake, StartQuery};
use crate::model::query::{Column, QueryExecution, QueryState, Terms};
use crate::model::shown::Shown;
use crate::model::trouble::{Kind, Trouble};
use crate::query::batch::Batch;
use crate::query::look::Order;
use crate::query::parameters::{Bound, substitute};
use crate::query::spool::{Snapshot, Spool};
use crate::query::{self, Rows};
use crate::ui::panes::sql::{Heading, Job, News, Progress};
use crate::ui::talk::Failure;

/// Rows that arrive are told of no more often than this.
const TELL: Duration = Duration::from_millis(150);

/// The results of the tabs, and the drafts that are not yet on disk.
#[derive(Default)]
pub(super) struct Bench {
    results: Mutex<Vec<Arc<Kept>>>,
    pub(super) drafts: Unwritten,
    /// What is known of the sizes of tables.
    pub(super) scales: query::Scales,
}

/// A query that succeeded and what has arrived of its rows.
pub(super) struct Kept {
    generation: u32,
    pub(super) execution: QueryExecution,
    pub(super) start: StartQuery,
    pub(super) columns: Vec<Column>,
    spool: RwLock<Spool>,
    /// Set when all rows are there.
    whole: AtomicBool,
    /// The order that is shown, and its number.
    order: Mutex<(u32, Option<Arc<Order>>)>,
    found: Mutex<Option<Arc<Found>>>,
}

impl Kept {
    /// What has arrived of the rows.
    pub(super) fn snapshot(&self) -> Snapshot {
        self.spool.read().unwrap_or_else(PoisonError::into_inner).snapshot()
    }

    pub(super) fn is_whole(&self) -> bool {
        self.whole.load(Ordering::Acquire)
    }

    /// The order that is shown, with its number; none for the rows as they came.
    pub(super) fn order(&self) -> (u32, Option<Arc<Order>>) {
        self.order.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn arrange(&self, turn: u32, order: Option<Arc<Order>>) {
        *self.order.lock().unwrap_or_else(PoisonError::into_inner) = (turn, order);
    }

    /// Which row stands at a place.
    pub(super) fn number(&self, place: usize) -> io::Result<usize> {
        let Some(order) = self.order().1 else { return Ok(place) };
        Ok(order.rows(place..place + 1)?.first().map_or(place, |number| *number as usize))
    }

    pub(super) fn hits(&self) -> Option<Arc<Found>> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn found(&self, found: Found) {
        *self.found.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(found));
    }
}

impl Bench {
    fn results(&self) -> MutexGuard<'_, Vec<Arc<Kept>>> {
        self.results.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The result of this generation, unless it has gone.
    pub(super) fn kept(&self, generation: u32) -> Option<Arc<Kept>> {
        self.results().iter().find(|kept| kept.generation == generation).cloned()
    }

    /// Its file has no name and vanishes with it.
    fn forget(&self, generation: u32) {
        self.results().retain(|kept| kept.generation != generation);
    }
}

/// A query is stopped, a save is ended in good order and drafts are put where they are not lost
/// when the job is cancelled.
pub(super) fn minds_its_end(job: &Job) -> bool {
    is_query(job) || matches!(job, Job::Save(_) | Job::Register { .. } | Job::KeepDrafts { .. })
}

/// A query that runs, which dropping its job leaves running.
pub(super) fn is_query(job: &Job) -> bool {
    matches!(job, Job::Run { .. } | Job::Rejoin { .. })
}

pub(super) async fn run(job: Job, cx: &Cx) {
    match job {
        Job::LoadDrafts => drafts::load(cx).await,
        Job::KeepDrafts { now, edit, drafts } => drafts::keep(now, edit, drafts, cx).await,
        Job::Run { generation, instead, sql, literals, database, terms } => {
            instead.into_iter().for_each(|before| cx.bench().forget(before));
            let done = execute(generation, sql, &literals, database, terms, cx).await;
            told_if_broken(generation, done, cx).await;
        }
        Job::Rejoin { generation, execution } => {
            let done = rejoin(generation, &execution, cx).await;
            told_if_broken(generation, done, cx).await;
        }
        Job::OpenFile(path) => files::open(path, cx).await,
        Job::SaveFile { tab, path, text, replace } => {
            files::save(tab, path, text, replace, cx).await;
        }
        Job::Forget(generation) => cx.bench().forget(generation),
        Job::Window { generation, turn, first, count } => {
            let news = window(generation, turn, first..first.saturating_add(count), cx).await;
            if let Some(news) = news.transpose() {
                cx.tell(answer(generation, news)).await;
            }
        }
        Job::Look { generation, job } => look::run(generation, job, cx).await,
        Job::Cell { generation, row, column, copy } => {
            let news = cell(generation, row, column, copy, cx).await;
            cx.tell(answer(generation, news)).await;
        }
        Job::Databases => {
            let found = databases(cx).await.map_err(|trouble| Failure::from(&trouble));
            cx.tell(News::Databases(found)).await;
        }
        Job::Tables { database } => catalog::tables(database, cx).await,
        Job::Catalog(job) => catalog::run(job, cx).await,
        Job::Weigh { generation } => {
            // What is not known is not shown.
            if let Ok(news) = saving::weigh(generation, cx).await {
                cx.tell(news).await;
            }
        }
        Job::CheckSave(order) => cx.tell(saving::check(order, cx).await).await,
        Job::Save(order) => saving::save(order, cx).await,
        Job::Register { done, table } => {
            let news = saving::register(done, table, cx).await;
            let failed = |trouble: Trouble| News::NotRegistered(Failure::from(&trouble));
            cx.tell(news.unwrap_or_else(failed)).await;
        }
        Job::Venue(job) => venues::run(job, cx).await,
        Job::Estimate { tab, turn, text, statement, database } => {
            estimate::tell(tab, turn, statement.text(&text), &database, cx).await;
        }
        Job::ForgetSizes => cx.bench().scales.forget(),
        Job::Queries(workgroup) => {
            let found =
                past::saved(&workgroup, cx).await.map_err(|trouble| Failure::from(&trouble));
            cx.tell(News::Queries(found)).await;
        }
        Job::History => {
            let found = past::history(cx).await.map_err(|trouble| Failure::from(&trouble));
            cx.tell(News::History(found)).await;
        }
    }
}

fn answer(generation: u32, news: Result<News, Trouble>) -> News {
    news.unwrap_or_else(|trouble| News::Broken { generation, failure: Failure::from(&trouble) })
}

async fn told_if_broken(generation: u32, done: Result<(), Trouble>, cx: &Cx) {
    if let Err(trouble) = done {
        let failure = Failure::from(&trouble);
        cx.tell(News::Broken { generation, failure }).await;
    }
}

async fn databases(cx: &Cx) -> Result<Vec<String>, Trouble> {
    let mut found = cx.lake()?.databases().await?;
    found.sort();
    Ok(found)
}

/// Starts it, follows it, and where it succeeds reads its rows into a spool.
async fn execute(
    generation: u32,
    sql: String,
    literals: &[(String, String)],
    database: String,
    terms: Terms,
    cx: &Cx,
) -> Result<(), Trouble> {
    let lake = cx.lake()?;
    let place = query::place(&lake, terms.workgroup.as_deref()).await?.open()?;
    let bound = substitute(&sql, literals);
    let start = StartQuery {
        catalog: terms.catalog,
        reuse: terms.reuse,
        ..start_at(place, bound, Some(database))
    };
    let execution = follow(generation, Which::New(&start), &lake, cx).await?;
    // With its names, and without what was typed for them.
    past::remember(&execution, &sql, &lake, cx).await;
    if has_rows(&execution, cx) {
        read(generation, execution, start, &lake, cx).await?;
    }
    Ok(())
}

/// Follows a query of another start of the program, or one of the history, to its end and reads
/// its rows.
async fn rejoin(generation: u32, id: &str, cx: &Cx) -> Result<(), Trouble> {
    let lake = cx.lake()?;
    let execution = follow(generation, Which::Known(id), &lake, cx).await?;
    past::remember(&execution, &execution.sql, &lake, cx).await;
    if has_rows(&execution, cx) {
        let (sql, literals) = (execution.sql.clone(), execution.parameters.clone());
        let (workgroup, bound) = (execution.workgroup.as_deref(), Bound { sql, literals });
        let place = query::place(&lake, workgroup).await?;
        let start = start_at(place, bound, execution.database.clone());
        read(generation, execution, start, &lake, cx).await?;
    }
    Ok(())
}

fn has_rows(execution: &QueryExecution, cx: &Cx) -> bool {
    execution.state == QueryState::Succeeded && !cx.cancel.is_cancelled()
}

/// What a statement is started with: its results go where the workgroup or the configuration has
/// them.
fn start_at(place: query::Place, bound: Bound, database: Option<String>) -> StartQuery {
    StartQuery {
        sql: bound.sql,
        parameters: bound.literals,
        database,
        workgroup: Some(place.workgroup),
        output_location: place.output_location,
        kms_key: place.kms_key,
        ..StartQuery::default()
    }
}

/// Which query is followed.
#[derive(Clone, Copy)]
enum Which<'a> {
    New(&'a StartQuery),
    /// By its execution id.
    Known(&'a str),
}

/// The query to its end; every state is told.
async fn follow(
    generation: u32,
    which: Which<'_>,
    lake: &Lake,
    cx: &Cx,
) -> Result<QueryExecution, Trouble> {
    let (states, mut seen) = watch::channel(None);
    let running = async {
        // The sender goes with the closure: the other side ends when the query does.
        let on_state = move |execution: &QueryExecution| {
            states.send_replace(Some(progress(execution)));
        };
        let cancel = cx.cancel.clone();
        match which {
            Which::New(start) => query::run(lake, start.clone(), on_state, cancel).await,
            Which::Known(id) => query::follow(lake, id, on_state, cancel).await,
        }
    };
    let telling = async {
        while seen.changed().await.is_ok() {
            let progress = seen.borrow_and_update().clone();
            if let Some(progress) = progress {
                cx.tell(News::Progress { generation, progress }).await;
            }
        }
    };
    let (done, ()) = tokio::join!(running, telling);
    if let Ok(execution) = &done {
        cx.tell(News::Progress { generation, progress: progress(execution) }).await;
    }
    done
}

fn taken(execution: &QueryExecution) -> Option<Duration> {
    let end = execution.completed.unwrap_or_else(Timestamp::now);
    Duration::try_from(end.duration_since(execution.submitted?)).ok()
}

fn progress(execution: &QueryExecution) -> Progress {
    Progress {
        id: execution.id.clone(),
        state: execution.state.clone(),
        reason: execution.reason.clone(),
        kind: execution.statement_type.as_deref().map(Shown::of),
        scanned: execution.scanned,
        output: execution.output.clone(),
        reused: execution.reused,
        taken: taken(execution),
    }
}

async fn read(
    generation: u32,
    execution: QueryExecution,
    start: StartQuery,
    lake: &Lake,
    cx: &Cx,
) -> Result<(), Trouble> {
    let mut rows = Rows::open(lake, &execution).await?;
    let columns = rows.columns().to_vec();
    let kept = new_spool(generation, execution, start, columns, cx).await?;
    let heading =
        |column: &Column| Heading { name: Shown::of(&column.name), kind: Shown::of(&column.kind) };
    let columns = kept.columns.iter().map(heading).collect();
    cx.tell(News::Columns { generation, columns }).await;
    let mut beat = Beat::every(TELL);
    loop {
        let batch = tokio::select! {
            biased;
            () = cx.cancel.cancelled() => return Ok(()),
            batch = rows.next() => batch?,
        };
        let whole = batch.is_none();
        let count = append(&kept, batch.unwrap_or_default()).await?;
        kept.whole.store(whole, Ordering::Release);
        if beat.is_due() || whole {
            cx.tell(News::Rows { generation, rows: count, whole }).await;
        }
        if whole {
            return Ok(());
        }
    }
}

async fn new_spool(
    generation: u32,
    execution: QueryExecution,
    start: StartQuery,
    columns: Vec<Column>,
    cx: &Cx,
) -> Result<Arc<Kept>, Trouble> {
    let dir = cx.desk().state_dir.clone();
    let spool = blocking(move || {
        std::fs::create_dir_all(&dir)?;
        Spool::new(&dir)
    });
    let spool = RwLock::new(spool.await.map_err(|error| on_disk(&error))?);
    let kept = Arc::new(Kept {
        generation,
        execution,
        start,
        columns,
        spool,
        whole: AtomicBool::new(false),
        order: Mutex::default(),
        found: Mutex::default(),
    });
    cx.bench().results().push(kept.clone());
    Ok(kept)
}

pub(super) fn on_disk(error: &io::Error) -> Trouble {
    Trouble::disk("keep the result while it is on the screen", error)
}

async fn append(kept: &Arc<Kept>, rows: Batch) -> Result<usize, Trouble> {
    let kept = kept.clone();
    let appended = blocking(move || {
        let mut spool = kept.spool.write().unwrap_or_else(PoisonError::into_inner);
        spool.append(&rows).map(|()| spool.len())
    });
    appended.await.map_err(|error| on_disk(&error))
}

pub(super) fn gone() -> Trouble {
    Trouble::new(Kind::NotFound, "read the result", "it is not here any more")
        .hint("run the statement again")
}
