//! The SQL pane's jobs: the draft, the catalog, queries, their rows, saving.

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::watch;

use super::keep::{self, Past};
use super::{Cx, blocking};
use crate::lake::{Lake, StartQuery};
use crate::model::query::{Column, QueryExecution, QueryState};
use crate::model::shown::Shown;
use crate::model::trouble::{Kind, Trouble};
use crate::model::uri::S3Uri;
use crate::query::batch::Batch;
use crate::query::spool::{Glance, Snapshot, Spool};
use crate::query::{self, Rows, SaveTo, Saved, UnloadFormat};
use crate::ui::panes::sql::{Format, Heading, Job, News, Progress, Stored, Value};
use crate::ui::talk::Failure;
use crate::ui::widgets::text;

/// So long nothing must have been typed before the draft goes to disk.
const REST: Duration = Duration::from_millis(400);
/// Rows that arrive are told of no more often than this.
const TELL: Duration = Duration::from_millis(150);
/// What a grid gets of a cell, in bytes.
const GLANCE: usize = 400;
/// What is shown of a whole cell, in bytes.
const WHOLE: usize = 1 << 20;
/// Statements of the history that are offered.
const PAST: usize = 100;

/// The result that is on the screen, and the draft that is not yet on disk.
#[derive(Default)]
pub(super) struct Bench {
    result: Mutex<Option<Arc<Kept>>>,
    draft: Mutex<Option<Draft>>,
}

struct Draft {
    edit: u32,
    path: PathBuf,
    text: String,
}

/// A query that succeeded and what has arrived of its rows.
struct Kept {
    generation: u32,
    execution: QueryExecution,
    start: StartQuery,
    columns: Vec<Column>,
    spool: RwLock<Spool>,
}

impl Kept {
    /// What has arrived of the rows.
    fn snapshot(&self) -> Snapshot {
        self.spool.read().unwrap_or_else(PoisonError::into_inner).snapshot()
    }
}

impl Bench {
    fn result(&self) -> MutexGuard<'_, Option<Arc<Kept>>> {
        self.result.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The result of this generation, unless it has gone.
    fn kept(&self, generation: u32) -> Option<Arc<Kept>> {
        self.result().as_ref().filter(|kept| kept.generation == generation).cloned()
    }

    fn take_draft(&self) -> Option<Draft> {
        self.draft.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn put_draft(&self, draft: Draft) {
        let mut waiting = self.draft.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.as_ref().is_none_or(|other| other.edit <= draft.edit) {
            *waiting = Some(draft);
        }
    }

    /// Writes a draft that still waits; the program is ending.
    pub(super) fn flush(&self) {
        if let Some(Draft { path, text, .. }) = self.take_draft()
            && let Err(error) = keep::write(&path, &text)
        {
            tracing::warn!("the draft could not be kept: {error}");
        }
    }
}

/// A query is stopped, a save is ended in good order and a draft is put where it is not lost
/// when the job is cancelled.
pub(super) fn minds_its_end(job: &Job) -> bool {
    matches!(job, Job::Run { .. } | Job::Save { .. } | Job::KeepDraft { .. })
}

/// A query that runs, which dropping its job leaves running.
pub(super) fn is_query(job: &Job) -> bool {
    matches!(job, Job::Run { .. })
}

pub(super) async fn run(job: Job, cx: &Cx) {
    match job {
        Job::LoadDraft => load_draft(cx).await,
        Job::KeepDraft { edit, text } => keep_draft(edit, text, cx).await,
        Job::Run { generation, sql, database } => {
            if let Err(trouble) = execute(generation, sql, database, cx).await {
                let failure = Failure::from(&trouble);
                cx.tell(News::Broken { generation, failure }).await;
            }
        }
        Job::Window { generation, first, count } => {
            let news = window(generation, first, count, cx).await;
            cx.tell(answer(generation, news)).await;
        }
        Job::Cell { generation, row, column, copy } => {
            let news = cell(generation, row, column, copy, cx).await;
            cx.tell(answer(generation, news)).await;
        }
        Job::Databases => {
            let found = databases(cx).await.map_err(|trouble| Failure::from(&trouble));
            cx.tell(News::Databases(found)).await;
        }
        Job::Tables { database } => {
            let found = match cx.lake() {
                Ok(lake) => lake.tables(&database).await,
                Err(trouble) => Err(trouble),
            };
            let result = found.map_err(|trouble| Failure::from(&trouble));
            cx.tell(News::Tables { database, result }).await;
        }
        Job::Save { generation, to, format } => {
            let news = save(generation, to, format, cx).await;
            let failed = |trouble: Trouble| News::NotSaved(Failure::from(&trouble));
            cx.tell(news.unwrap_or_else(failed)).await;
        }
        Job::Queries => {
            let found = saved_queries(cx).await.map_err(|trouble| Failure::from(&trouble));
            cx.tell(News::Queries(found)).await;
        }
        Job::History => {
            let found = history(cx).await.map_err(|trouble| Failure::from(&trouble));
            cx.tell(News::History(found)).await;
        }
    }
}

fn answer(generation: u32, news: Result<News, Trouble>) -> News {
    news.unwrap_or_else(|trouble| News::Broken { generation, failure: Failure::from(&trouble) })
}

async fn load_draft(cx: &Cx) {
    let Ok(lake) = cx.lake() else { return };
    let path = cx.desk().draft(lake.settings());
    let shown = path.display().to_string();
    match blocking(move || keep::read(&path)).await {
        Ok(text) if text.is_empty() => {}
        Ok(text) => cx.tell(News::Draft(text)).await,
        Err(error) => cx.complain(&Trouble::disk(format!("read the draft {shown}"), &error)).await,
    }
}

/// Cancelled by the next key; what waits is written when the program ends at the latest.
async fn keep_draft(edit: u32, text: String, cx: &Cx) {
    let Ok(lake) = cx.lake() else { return };
    let path = cx.desk().draft(lake.settings());
    cx.bench().put_draft(Draft { edit, path, text });
    tokio::select! {
        () = cx.cancel.cancelled() => return,
        () = tokio::time::sleep(REST) => {}
    }
    let Some(Draft { path, text, .. }) = cx.bench().take_draft() else { return };
    let shown = path.display().to_string();
    if let Err(error) = blocking(move || keep::write(&path, &text)).await {
        cx.complain(&Trouble::disk(format!("keep the draft {shown}"), &error)).await;
    }
}

async fn databases(cx: &Cx) -> Result<Vec<String>, Trouble> {
    let mut found = cx.lake()?.databases().await?;
    found.sort();
    Ok(found)
}

/// Starts it, follows it, and where it succeeds reads its rows into a spool.
async fn execute(generation: u32, sql: String, database: String, cx: &Cx) -> Result<(), Trouble> {
    let lake = cx.lake()?;
    // The result before this one goes now: its file has no name and vanishes with it.
    cx.bench().result().take();
    let place = query::place(&lake, None).await?;
    let start = StartQuery {
        sql,
        database: Some(database),
        workgroup: Some(place.workgroup),
        output_location: place.output_location,
        kms_key: place.kms_key,
        ..StartQuery::default()
    };
    let execution = follow(generation, &lake, &start, cx).await?;
    remember(&execution, &start, &lake, cx).await;
    if execution.state != QueryState::Succeeded || cx.cancel.is_cancelled() {
        return Ok(());
    }
    read(generation, execution, start, &lake, cx).await
}

/// The query from its start to its end; every state is told.
async fn follow(
    generation: u32,
    lake: &Lake,
    start: &StartQuery,
    cx: &Cx,
) -> Result<QueryExecution, Trouble> {
    let (states, mut seen) = watch::channel(None);
    let running = async {
        // The sender goes with the closure: the other side ends when the query does.
        let on_state = move |execution: &QueryExecution| {
            states.send_replace(Some(progress(execution)));
        };
        query::run(lake, start.clone(), on_state, cx.cancel.clone()).await
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

fn progress(execution: &QueryExecution) -> Progress {
    Progress {
        id: Shown::of(&execution.id),
        state: execution.state.clone(),
        reason: execution.reason.clone(),
        kind: execution.statement_type.as_deref().map(Shown::of),
        scanned: execution.scanned,
        output: execution.output.clone(),
    }
}

async fn remember(execution: &QueryExecution, start: &StartQuery, lake: &Lake, cx: &Cx) {
    let path = cx.desk().history(lake.settings());
    let past = Past {
        at: Timestamp::now().as_second(),
        id: execution.id.clone(),
        state: execution.state.name().to_owned(),
        database: start.database.clone().unwrap_or_default(),
        sql: start.sql.clone(),
    };
    let shown = path.display().to_string();
    if let Err(error) = blocking(move || keep::append(&path, &past)).await {
        cx.complain(&Trouble::disk(format!("keep the history {shown}"), &error)).await;
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
    let mut told: Option<Instant> = None;
    loop {
        let batch = tokio::select! {
            biased;
            () = cx.cancel.cancelled() => return Ok(()),
            batch = rows.next() => batch?,
        };
        let whole = batch.is_none();
        let count = append(&kept, batch.unwrap_or_default()).await?;
        if whole || told.is_none_or(|then| then.elapsed() >= TELL) {
            cx.tell(News::Rows { generation, rows: count, whole }).await;
            told = Some(Instant::now());
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
    let kept = Arc::new(Kept { generation, execution, start, columns, spool });
    *cx.bench().result() = Some(kept.clone());
    Ok(kept)
}

fn on_disk(error: &io::Error) -> Trouble {
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

fn gone() -> Trouble {
    Trouble::new(Kind::NotFound, "read the result", "it is not here any more")
        .hint("run the statement again")
}

async fn window(generation: u32, first: usize, count: usize, cx: &Cx) -> Result<News, Trouble> {
    let rows = cx.bench().kept(generation).ok_or_else(gone)?.snapshot();
    let range = first..first.saturating_add(count);
    let rows = blocking(move || rows.glance(range, GLANCE)).await.map_err(|e| on_disk(&e))?;
    let rows = rows.into_iter().map(|row| row.into_iter().map(glance).collect()).collect();
    Ok(News::Window { generation, first, rows })
}

/// What a grid can show of a cell.
fn glance(value: Glance) -> Value {
    match value {
        Glance::Null => Value::Null,
        Glance::Whole(text) => Value::Text(Shown::of(&text)),
        Glance::Cut(text) => Value::Cut(Shown::of(&text)),
    }
}

async fn cell(
    generation: u32,
    row: usize,
    column: usize,
    copy: bool,
    cx: &Cx,
) -> Result<News, Trouble> {
    let kept = cx.bench().kept(generation).ok_or_else(gone)?;
    let rows = kept.snapshot();
    let row = blocking(move || rows.row(row)).await.map_err(|error| on_disk(&error))?;
    let row = row.ok_or_else(gone)?;
    let value = row.rows().next().and_then(|row| row.cells().nth(column));
    let name = kept.columns.get(column);
    let mut title = name.map(|c| format!("{} {}", c.name, c.kind)).unwrap_or_default();
    let lines = match value.ok_or_else(gone)? {
        None => {
            title.push_str(" · NULL");
            Vec::new()
        }
        Some(text) => {
            let end = text.floor_char_boundary(WHOLE);
            if end < text.len() {
                let (shown, all) = (text::bytes(end as u64), text::bytes(text.len() as u64));
                title.push_str(&format!(" · the first {shown} of {all}"));
            }
            Shown::lines(&text[..end])
        }
    };
    Ok(News::Cell { generation, title: Shown::of(&title), lines, copy })
}

async fn save(generation: u32, to: S3Uri, format: Format, cx: &Cx) -> Result<News, Trouble> {
    let lake = cx.lake()?;
    let kept = cx.bench().kept(generation).ok_or_else(gone)?;
    let target = SaveTo::new(&to, "")?;
    let anchor = &cx.desk().anchor;
    let saved = match format {
        Format::Csv => query::save(&lake, &kept.execution, &target, anchor).await?,
        Format::Parquet => {
            let start = StartQuery { token: None, ..kept.start.clone() };
            let parquet = UnloadFormat::Parquet;
            let cancel = cx.cancel.clone();
            query::save_unloaded(&lake, start, parquet, &target, anchor, |_| {}, cancel).await?.1
        }
    };
    Ok(News::Saved { to: target.folder.clone(), told: told(&saved) })
}

/// `s3://b/results/x.csv, 12.4 MiB, with its manifest`.
fn told(saved: &Saved) -> Shown {
    let bytes = text::bytes(saved.objects.iter().map(|object| object.bytes).sum());
    let what = match saved.objects.as_slice() {
        [one] => one.uri.clone(),
        many => text::plural(many.len() as u64, "object"),
    };
    Shown::of(&format!("{what} ({bytes}), manifest {}", saved.manifest.name()))
}

async fn saved_queries(cx: &Cx) -> Result<Vec<Stored>, Trouble> {
    let lake = cx.lake()?;
    let workgroup = lake.settings().workgroup.as_deref().unwrap_or("primary");
    let mut queries = lake.named_queries(workgroup).await?;
    queries.sort_by(|one, other| one.name.cmp(&other.name));
    let stored = |query: crate::model::query::NamedQuery| {
        let about = query.description.filter(|text| !text.is_empty());
        let name = about.map_or(query.name.clone(), |about| format!("{}: {about}", query.name));
        Stored { name: Shown::of(&name), database: Some(query.database), sql: query.sql }
    };
    Ok(queries.into_iter().map(stored).collect())
}

async fn history(cx: &Cx) -> Result<Vec<Stored>, Trouble> {
    let path = cx.desk().history(cx.lake()?.settings());
    let shown = path.display().to_string();
    let past = blocking(move || keep::history(&path, PAST)).await;
    let past = past.map_err(|error| Trouble::disk(format!("read the history {shown}"), &error))?;
    let stored = |past: Past| {
        let words: Vec<&str> = past.sql.split_whitespace().collect();
        let line = words.join(" ");
        let at = Timestamp::from_second(past.at).map(text::time).unwrap_or_default();
        let name = format!("{at} {} {}", past.state, text::fit(&line, 60));
        Stored { name: Shown::of(&name), database: Some(past.database), sql: past.sql }
    };
    Ok(past.into_iter().map(stored).collect())
}
