//! Looking at a result that has been read: sorting, searching, profiles, charts, copies, files.

mod copy;
mod export;

use std::sync::Arc;
use std::time::Duration;

use super::beat::Beat;
use super::sql::{Kept, gone, on_disk};
use super::{Cx, blocking};
use crate::model::query::Scale;
use crate::model::shown::Shown;
use crate::model::trouble::{Kind, Trouble};
use crate::query::batch::Row;
use crate::query::look::{self, By, Chart, Distinct, Hits, Needle};
use crate::query::spool::Snapshot;
use crate::ui::panes::sql::News as PaneNews;
use crate::ui::panes::sql::result::talk::{Job, News, Plot, Profile, Sort};
use crate::ui::talk::Failure;

/// What is under way is told of no more often than this.
const TELL: Duration = Duration::from_millis(200);

/// Rows that hold a text, and the text.
pub(super) struct Found {
    needle: Needle,
    column: Option<usize>,
    hits: Hits,
}

/// One result, its query's number, and who hears of it.
#[derive(Clone)]
struct Desk {
    generation: u32,
    kept: Arc<Kept>,
    cx: Cx,
}

impl Desk {
    fn tell(&self, news: News) {
        self.cx.tell_from_thread(PaneNews::Look { generation: self.generation, news });
    }

    /// # Errors
    /// Where what is in results stays in this lake.
    fn may_take_out(&self, what: &str) -> Result<(), Trouble> {
        if self.cx.lake()?.settings().downloads {
            return Ok(());
        }
        let why = "what is in results does not leave this lake";
        Err(Trouble::new(Kind::Refused, what, why)
            .hint("downloads = false in the lake's configuration"))
    }

    fn scale(&self, column: usize) -> Scale {
        self.kept.columns.get(column).map_or(Scale::Text, |column| Scale::of(&column.kind))
    }
}

pub(super) async fn run(generation: u32, job: Job, cx: &Cx) {
    let Some(kept) = cx.bench().kept(generation) else {
        let news = refused(&job, gone());
        return cx.tell(PaneNews::Look { generation, news }).await;
    };
    let desk = Desk { generation, kept, cx: cx.clone() };
    blocking(move || {
        if let Err(trouble) = work(job.clone(), &desk) {
            desk.tell(refused(&job, trouble));
        }
    })
    .await;
}

fn refused(job: &Job, trouble: Trouble) -> News {
    let failure = Failure::from(&trouble);
    match job {
        Job::Sort { turn, .. } => News::NotSorted { turn: *turn, failure },
        Job::Profile { act, .. } | Job::Chart { act, .. } => News::Broken { act: *act, failure },
        Job::Export { .. } => News::NotExported(failure),
        Job::Search { .. } | Job::Next { .. } | Job::Copy { .. } => News::Failed(failure),
    }
}

fn work(job: Job, desk: &Desk) -> Result<(), Trouble> {
    let rows = desk.kept.snapshot();
    match job {
        Job::Sort { turn, sort } => order(turn, sort, &rows, desk),
        Job::Search { text, column, from } => search(&text, column, from, desk),
        Job::Next { from, forward } => next(from, forward, desk),
        Job::Profile { act, column } => profile(act, column, &rows, desk),
        Job::Chart { act, x, y } => chart(act, x, y, &rows, desk),
        Job::Copy { rows: numbers, columns, form } => {
            copy::copy(&numbers, &columns, form, &rows, desk)
        }
        Job::Export { path, format, replace } => {
            export::export(&path, format, replace, &rows, desk)
        }
    }
}

fn order(turn: u32, sort: Option<Sort>, rows: &Snapshot, desk: &Desk) -> Result<(), Trouble> {
    let order = match sort {
        None => None,
        Some(Sort { column, descending }) => {
            let by = By { column, scale: desk.scale(column), descending };
            let dir = desk.cx.desk().state_dir.clone();
            let mut beat = Beat::every(TELL);
            let mut told = |rows| {
                if beat.is_due() {
                    desk.tell(News::Sorting { turn, rows });
                }
            };
            let sorted = look::sort(rows, by, &dir, &desk.cx.cancel, &mut told);
            let Some(order) = sorted.map_err(|error| on_disk(&error))? else { return Ok(()) };
            Some(Arc::new(order))
        }
    };
    desk.kept.arrange(turn, order);
    desk.tell(News::Sorted { turn });
    Ok(())
}

/// Follows the rows that still come in.
fn search(text: &str, column: Option<usize>, from: usize, desk: &Desk) -> Result<(), Trouble> {
    let (needle, mut hits) = (Needle::new(text), Hits::default());
    let (_, order) = desk.kept.order();
    let (mut beat, mut gone_to) = (Beat::every(TELL), false);
    let mut tell = |hits: &Hits, whole: bool| {
        let found = Found { needle: needle.clone(), column, hits: hits.clone() };
        desk.kept.found(found);
        desk.tell(News::Searched { rows: hits.searched(), found: hits.count(), whole });
        // In another order the first is only known when all rows have been searched.
        if !gone_to && (whole || order.is_none()) {
            gone_to = go(from, whole, true, desk)?;
        }
        Ok::<_, Trouble>(())
    };
    loop {
        let whole = desk.kept.is_whole();
        let mut told = Ok(());
        let done =
            hits.search(&desk.kept.snapshot(), &needle, column, &desk.cx.cancel, &mut |hits| {
                if beat.is_due() && told.is_ok() {
                    told = tell(hits, false);
                }
            });
        told?;
        if !done.map_err(|error| on_disk(&error))? || desk.cx.cancel.is_cancelled() {
            return Ok(());
        }
        if whole {
            return tell(&hits, true);
        }
        std::thread::sleep(TELL);
    }
}

/// Goes to the next row that has it; false where there is none. Without `round` only rows behind
/// `from` count.
fn go(from: usize, round: bool, forward: bool, desk: &Desk) -> Result<bool, Trouble> {
    let Some(found) = desk.kept.hits() else { return Ok(false) };
    let (_, order) = desk.kept.order();
    let place = found.hits.next(order.as_deref(), from, forward);
    let place = place.map_err(|error| on_disk(&error))?;
    let Some(place) = place.filter(|place| round || *place >= from) else { return Ok(false) };
    let number = desk.kept.number(place).map_err(|error| on_disk(&error))?;
    let row = desk.kept.snapshot().row(number).map_err(|error| on_disk(&error))?;
    let has = |row: Row<'_>| {
        let is_in = |cell: Option<&str>| cell.is_some_and(|cell| found.needle.is_in(cell));
        found.column.or_else(|| row.cells().position(is_in))
    };
    let column = row.and_then(|row| row.rows().next().and_then(has)).unwrap_or(0);
    desk.tell(News::Found { place, column });
    Ok(true)
}

fn next(from: usize, forward: bool, desk: &Desk) -> Result<(), Trouble> {
    if !go(from, true, forward, desk)? {
        desk.tell(News::Missing);
    }
    Ok(())
}

fn profile(act: u32, column: usize, rows: &Snapshot, desk: &Desk) -> Result<(), Trouble> {
    let mut beat = Beat::every(TELL);
    let mut told = |known: &dyn Fn() -> look::Profile| {
        if beat.is_due() {
            desk.tell(News::Profile { act, profile: shown(known()), whole: false });
        }
    };
    let done = look::profile(rows, column, desk.scale(column), &desk.cx.cancel, &mut told);
    if let Some(profile) = done.map_err(|error| on_disk(&error))? {
        desk.tell(News::Profile { act, profile: shown(profile), whole: true });
    }
    Ok(())
}

fn shown(known: look::Profile) -> Profile {
    let (distinct, is_exact) = match known.distinct {
        Distinct::Exact(count) => (count, true),
        Distinct::About(count) => (count, false),
    };
    Profile {
        rows: known.rows,
        nulls: known.nulls,
        empty: known.empty,
        distinct,
        is_exact,
        range: known.range.map(|range| (Shown::of(&range.least), Shown::of(&range.greatest))),
        mean: known.mean,
        top: known.top.iter().map(|(text, count)| (Shown::of(text), *count)).collect(),
        bins: known.bins,
    }
}

fn chart(
    act: u32,
    x: Option<usize>,
    y: Option<usize>,
    rows: &Snapshot,
    desk: &Desk,
) -> Result<(), Trouble> {
    let with_scale = |column: usize| (column, desk.scale(column));
    // A count of rows has no scale to be drawn along: its values are names.
    let x = match y {
        None => x.map(|column| (column, Scale::Text)),
        Some(_) => x.map(with_scale),
    };
    let asked = Chart { x, y: y.map(with_scale) };
    let mut beat = Beat::every(TELL);
    let mut told = |share: f64, plot: &dyn Fn() -> Option<look::Plot>| {
        if beat.is_due() {
            desk.tell(News::Chart { act, plot: plot().map(drawn), share: share.min(0.99) });
        }
    };
    let done = look::chart(rows, asked, &desk.cx.cancel, &mut told);
    let plot = done.map_err(|error| on_disk(&error))?.map(drawn);
    if !desk.cx.cancel.is_cancelled() {
        desk.tell(News::Chart { act, plot, share: 1.0 });
    }
    Ok(())
}

fn drawn(plot: look::Plot) -> Plot {
    match plot {
        look::Plot::Groups { groups, others } => {
            let shown = |group: look::Group| (Shown::of(&group.name), group.rows, group.sum);
            Plot::Groups { groups: groups.into_iter().map(shown).collect(), others }
        }
        look::Plot::Points { x, y, bins, dots } => {
            let bins = bins.into_iter().map(|bin| (bin.points, bin.x, bin.y)).collect();
            Plot::Points { x, y, bins, dots }
        }
    }
}
