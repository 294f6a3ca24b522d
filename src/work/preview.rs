//! What is in an object: a session that lasts as long as the viewer is open. Its previewer runs
//! on a thread that may block, one page at a time, and only while one is asked for.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Semaphore, mpsc};

use super::Cx;
use crate::model::object::ObjectRef;
use crate::model::shown::Shown;
use crate::model::sql::external::Tabular;
use crate::model::trouble::{Kind, Trouble};
use crate::preview::look::{Fault, Look, Pages, Row, Section, Shape};
use crate::preview::{self, Opened, Remote, tabular};
use crate::ui::panes::buckets::viewer::{self, Content, Job, News};
use crate::ui::talk::Failure;
use crate::ui::widgets::grid::{Heading, Value};

/// Previewers at work at once: one, and others that have not yet noticed that they are of no
/// use any more.
const SEATS: usize = 4;
/// Rows that are told without being asked for.
const FIRST: usize = 200;
/// So many rows are read between two looks at how much they weigh.
const STEP: usize = 25;
/// A page ends where it has more text than this. Bytes.
const HEAVY: usize = 256 << 10;
/// A cell is cut here, and a line of facts. Characters.
const LONGEST: usize = 64 << 10;

/// What the jobs of the viewer share.
pub(super) struct Bench {
    seats: Arc<Semaphore>,
    /// Where the session that is open hears what rows are wanted.
    open: Mutex<Option<(u32, mpsc::Sender<Wanted>)>>,
}

impl Default for Bench {
    fn default() -> Self {
        Self { seats: Arc::new(Semaphore::new(SEATS)), open: Mutex::default() }
    }
}

/// Rows that are wanted.
struct Wanted {
    first: usize,
    count: usize,
}

pub(super) async fn run(job: Job, cx: &Cx) {
    match job {
        Job::Open { object, bytes, generation } => {
            if let Err(failure) = session(object, bytes, generation, cx).await {
                cx.tell(viewer(News::Broken { generation, failure })).await;
            }
        }
        Job::Rows { generation, first, count } => {
            let open = cx.looks().open.lock().unwrap_or_else(PoisonError::into_inner).clone();
            if let Some((_, wanted)) = open.filter(|(open, _)| *open == generation) {
                // A session that has ended wants nothing.
                let _ = wanted.send(Wanted { first, count }).await;
            }
        }
    }
}

fn viewer(news: News) -> crate::ui::panes::buckets::News {
    crate::ui::panes::buckets::News::Viewer(news)
}

/// Opens an object and tells its rows as they are wanted. Ends with the first failure, or when
/// its slot is stopped; reading stops then as well.
async fn session(object: ObjectRef, bytes: bool, generation: u32, cx: &Cx) -> Result<(), Failure> {
    let (sender, mut wanted) = mpsc::channel(1);
    *cx.looks().open.lock().unwrap_or_else(PoisonError::into_inner) = Some((generation, sender));
    let name = object.uri.key.clone();
    let opened = Remote::open(cx.lake()?, object, cx.cancel.clone()).await?;
    let about = About { opened, what: format!("preview {name}") };
    let source = about.opened.source();
    let look = at_work(cx, &about, move || match bytes {
        true => Ok(preview::as_bytes(source)),
        false => preview::open(source, &name),
    });
    let Look { kind, sections, shape, mut pages } = look.await?;
    let total = pages.total().and_then(|total| usize::try_from(total).ok());
    let content = Content {
        kind: Shown::of(&kind),
        sections: sections.into_iter().map(section).collect(),
        columns: headings(shape),
        total,
        size: about.opened.size(),
    };
    cx.tell(viewer(News::Opened { generation, content })).await;
    let mut next = total.is_none().then_some(Wanted { first: 0, count: FIRST });
    loop {
        let Some(Wanted { first, count }) = (match next.take() {
            Some(wanted) => Some(wanted),
            None => wanted.recv().await,
        }) else {
            return Ok(());
        };
        let (back, page) = at_work(cx, &about, move || {
            if pages.total().is_some() {
                pages.seek(first as u64);
            }
            let page = page(&mut *pages, count);
            Ok((pages, page))
        })
        .await?;
        pages = back;
        let rows = page.rows.into_iter().map(|row| row.into_iter().map(value).collect()).collect();
        let (whole, read) = (page.whole, about.opened.read());
        cx.tell(viewer(News::Rows { generation, first, rows, whole, read })).await;
        if let Some(fault) = page.fault {
            return Err(about.failure(fault));
        }
    }
}

/// What is being looked into, for sentences.
struct About {
    opened: Opened,
    what: String,
}

impl About {
    /// Where the store refused, its reason; else what the previewer found.
    fn failure(&self, fault: Fault) -> Failure {
        self.trouble(fault).into()
    }

    fn trouble(&self, Fault(why): Fault) -> Trouble {
        let trouble = self.opened.trouble();
        trouble.unwrap_or_else(|| Trouble::new(Kind::Integrity, &self.what, why))
    }
}

/// Runs a step of a previewer on a thread that may block.
async fn at_work<T: Send + 'static>(
    cx: &Cx,
    about: &About,
    step: impl FnOnce() -> Result<T, Fault> + Send + 'static,
) -> Result<T, Trouble> {
    let seat = cx.looks().seats.clone().acquire_owned().await;
    let step = move || {
        let _seat = seat;
        step()
    };
    match tokio::task::spawn_blocking(step).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(fault)) => Err(about.trouble(fault)),
        // What it said may quote the object: it is neither shown nor logged.
        Err(_) => {
            let why = "the previewer broke off, which is a fault of this program";
            Err(Trouble::new(Kind::Other, &about.what, why).hint("its bytes can still be shown"))
        }
    }
}

/// Rows that were read in one go.
struct Page {
    rows: Vec<Row>,
    /// There are none behind them.
    whole: bool,
    fault: Option<Fault>,
}

/// As many rows as are wanted, unless they are heavy.
fn page(pages: &mut dyn Pages, count: usize) -> Page {
    let mut page = Page { rows: Vec::new(), whole: false, fault: None };
    let mut weight = 0;
    while page.rows.len() < count && weight < HEAVY {
        let step = STEP.min(count - page.rows.len());
        match pages.next(step) {
            Ok(rows) => {
                page.whole = rows.len() < step;
                // A cell of nothing takes room as well: a table may have as many columns as a
                // head has commas.
                let cell = |cell: &Option<String>| 1 + cell.as_ref().map_or(0, String::len);
                weight += rows.iter().flatten().map(cell).sum::<usize>();
                page.rows.extend(rows);
            }
            Err(fault) => page.fault = Some(fault),
        }
        if page.whole || page.fault.is_some() {
            break;
        }
    }
    page
}

fn headings(shape: Shape) -> Option<Arc<[Heading]>> {
    match shape {
        Shape::Lines => None,
        Shape::Table(columns) => Some(
            columns
                .iter()
                .map(|column| Heading {
                    name: Shown::of(&column.name),
                    kind: Shown::of(&column.kind),
                })
                .collect(),
        ),
    }
}

fn section(section: Section) -> viewer::Section {
    let lines = section.lines.iter().map(|line| Shown::of(head(&line.replace('\t', "    ")).0));
    viewer::Section {
        title: Shown::of(&section.title),
        lines: lines.collect(),
        folded: section.folded,
    }
}

fn value(cell: Option<String>) -> Value {
    match cell.as_deref().map(head) {
        None => Value::Null,
        Some((text, false)) => Value::Text(Shown::of(text)),
        Some((text, true)) => Value::Cut(Shown::of(text)),
    }
}

/// The beginning of a text, and whether that is not all of it.
fn head(text: &str) -> (&str, bool) {
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => (&text[..at], true),
        None => (text, false),
    }
}

/// Which table an object would be.
pub(super) async fn tabular_of(object: ObjectRef, cx: &Cx) -> Result<Tabular, Trouble> {
    let name = object.uri.key.clone();
    let what = format!("query {}", object.uri);
    let opened = Remote::open(cx.lake()?, object, cx.cancel.clone()).await?;
    let about = About { opened, what };
    let source = about.opened.source();
    at_work(cx, &about, move || tabular::tabular(source, &name)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_many_empty_cells_are_heavy() {
        struct Wide;

        impl Pages for Wide {
            fn next(&mut self, rows: usize) -> Result<Vec<Row>, Fault> {
                Ok(vec![vec![None; 50_000]; rows])
            }
        }

        assert_eq!(page(&mut Wide, FIRST).rows.len(), STEP);
    }
}
