//! Looking at a result that has been read: sorting, searching, profiles, charts, copies, files.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::sql::{Kept, gone, on_disk};
use super::{Cx, blocking, paths};
use crate::model::query::{Column, FileFormat, Scale};
use crate::model::shown::Shown;
use crate::model::sql::names::string;
use crate::model::trouble::{Kind, Trouble};
use crate::query::batch::{Batch, Row};
use crate::query::look::{self, By, Chart, Distinct, Hits, Needle};
use crate::query::spool::Snapshot;
use crate::query::to_csv;
use crate::query::write::{Json, WholeFile, Writer, writer};
use crate::ui::panes::sql::News as PaneNews;
use crate::ui::panes::sql::result::talk::{Form, Job, News, Plot, Profile, Sort};
use crate::ui::talk::Failure;
use crate::ui::widgets::text;

/// What is under way is told of no more often than this.
const TELL: Duration = Duration::from_millis(200);
/// What goes to the clipboard, in bytes: terminals drop longer escape sequences.
const CLIPBOARD: usize = 64 << 10;
/// Rows of a file are written so many at a time, in bytes.
const BATCH: usize = 256 << 10;
/// Rows are nobody else's to read.
const PRIVATE: u32 = 0o600;

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

    fn scale(&self, column: usize) -> Scale {
        self.kept.columns.get(column).map_or(Scale::Text, |column| Scale::of(&column.kind))
    }
}

/// True now and then.
struct Beat(Option<Instant>);

impl Beat {
    fn is_due(&mut self) -> bool {
        let due = self.0.is_none_or(|then| then.elapsed() >= TELL);
        if due {
            self.0 = Some(Instant::now());
        }
        due
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
        Job::Copy { rows: numbers, columns, form } => copy(&numbers, &columns, form, &rows, desk),
        Job::Export { path, format, replace } => export(&path, format, replace, &rows, desk),
    }
}

fn order(turn: u32, sort: Option<Sort>, rows: &Snapshot, desk: &Desk) -> Result<(), Trouble> {
    let order = match sort {
        None => None,
        Some(Sort { column, descending }) => {
            let by = By { column, scale: desk.scale(column), descending };
            let dir = desk.cx.desk().state_dir.clone();
            let mut beat = Beat(None);
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
    let (mut beat, mut gone_to) = (Beat(None), false);
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
    let mut beat = Beat(None);
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
    let mut beat = Beat(None);
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

fn copy(
    numbers: &[usize],
    columns: &[usize],
    form: Form,
    rows: &Snapshot,
    desk: &Desk,
) -> Result<(), Trouble> {
    if !desk.cx.lake()?.settings().downloads {
        return Err(kept_in("copy rows"));
    }
    let named: Vec<Column> =
        columns.iter().filter_map(|column| desk.kept.columns.get(*column).cloned()).collect();
    let mut out = head(form, &named);
    let mut copied = 0;
    for number in numbers {
        let row = rows.row(*number).map_err(|error| on_disk(&error))?;
        let Some(row) = row.as_ref().and_then(|row| row.rows().next()) else { break };
        let cells: Vec<Option<&str>> = row.cells().collect();
        let chosen: Vec<Option<&str>> =
            columns.iter().map(|column| cells.get(*column).copied().flatten()).collect();
        let before = out.len();
        put(form, &named, &chosen, &mut out).map_err(|error| on_disk(&error))?;
        if out.len() > CLIPBOARD {
            out.truncate(before);
            break;
        }
        copied += 1;
    }
    if matches!(form, Form::InList) {
        out.push(')');
    }
    // Lines are kept, everything else that acts on a terminal becomes a mark.
    let lines = out.trim_end_matches('\n').split('\n').map(Shown::of).collect();
    desk.tell(News::Copied { lines, rows: copied, of: numbers.len() });
    Ok(())
}

fn kept_in(what: &str) -> Trouble {
    Trouble::new(Kind::Refused, what, "what is in results does not leave this lake")
        .hint("downloads = false in the lake's configuration")
}

fn head(form: Form, columns: &[Column]) -> String {
    let names = columns.iter().map(|column| column.name.as_str());
    match form {
        Form::Csv => {
            let mut line = Vec::new();
            to_csv(names.map(Some), &mut line);
            String::from_utf8_lossy(&line).into_owned()
        }
        Form::Json => String::new(),
        Form::Markdown => {
            let names: Vec<String> = names.map(markdown).collect();
            let rule = |column: &Column| match Scale::of(&column.kind) {
                Scale::Number => "--:",
                _ => "---",
            };
            let rules: Vec<&str> = columns.iter().map(rule).collect();
            format!("| {} |\n| {} |\n", names.join(" | "), rules.join(" | "))
        }
        Form::InList => "(".to_owned(),
    }
}

fn put(form: Form, columns: &[Column], cells: &[Option<&str>], out: &mut String) -> io::Result<()> {
    let mut bytes = Vec::new();
    match form {
        Form::Csv => to_csv(cells.iter().copied(), &mut bytes),
        Form::Json => {
            let mut batch = Batch::default();
            batch.push(cells.iter().copied())?;
            Json::new(columns).rows(&batch, &mut bytes)?;
        }
        Form::Markdown => {
            let cells: Vec<String> =
                cells.iter().map(|cell| cell.map_or("NULL".to_owned(), markdown)).collect();
            bytes = format!("| {} |\n", cells.join(" | ")).into();
        }
        Form::InList => {
            // NULL is in no list.
            if let (Some(column), Some(Some(cell))) = (columns.first(), cells.first()) {
                let between = if out.len() > 1 { ", " } else { "" };
                bytes = format!("{between}{}", literal(column, cell)).into();
            }
        }
    }
    out.push_str(&String::from_utf8_lossy(&bytes));
    Ok(())
}

fn markdown(text: &str) -> String {
    text.replace('\\', "\\\\").replace('|', "\\|").replace(['\n', '\r'], " ")
}

/// A value as SQL writes it, typed as its column.
fn literal(column: &Column, text: &str) -> String {
    let quoted = string(text);
    let is_plain = |c: char| c.is_ascii_digit() || matches!(c, '-' | '.');
    match Scale::of(&column.kind) {
        Scale::Number if text.chars().all(is_plain) => text.to_owned(),
        Scale::Time if column.kind == "date" => format!("DATE {quoted}"),
        Scale::Time => format!("TIMESTAMP {quoted}"),
        _ if column.kind == "boolean" => text.to_owned(),
        _ => quoted,
    }
}

fn export(
    path: &str,
    format: FileFormat,
    replace: bool,
    rows: &Snapshot,
    desk: &Desk,
) -> Result<(), Trouble> {
    if !desk.cx.lake()?.settings().downloads {
        return Err(kept_in("export a result"));
    }
    let to = paths::typed(Path::new(path));
    if to.exists() && !replace {
        let path = path.to_owned();
        desk.tell(News::Exists { path, format });
        return Ok(());
    }
    let told = |error: io::Error| Trouble::disk(format!("write {}", to.display()), &error);
    match write(&to, format, rows, desk).map_err(told)? {
        Some(bytes) => {
            let (rows, bytes) = (text::plural(rows.len() as u64, "row"), text::bytes(bytes));
            let told = Shown::of(&format!("Wrote {}: {rows}, {bytes}", to.display()));
            desk.tell(News::Exported { told });
        }
        None => {
            let trouble = Trouble::new(Kind::Other, "export a result", "it was stopped");
            desk.tell(News::NotExported(Failure::from(&trouble)));
        }
    }
    Ok(())
}

/// `None` where nobody waits for it any more: then there is no file.
fn write(to: &Path, format: FileFormat, rows: &Snapshot, desk: &Desk) -> io::Result<Option<u64>> {
    let mut out = WholeFile::create(to, PRIVATE)?;
    let mut writer = writer(format, &desk.kept.columns)?;
    let mut scan = rows.scan(0)?;
    let mut batch = Batch::default();
    while let Some(row) = scan.next_row()? {
        batch.push(row.cells())?;
        if batch.weight() >= BATCH {
            writer.rows(&batch, &mut out)?;
            batch = Batch::default();
            if desk.cx.cancel.is_cancelled() {
                return Ok(None);
            }
        }
    }
    if !batch.is_empty() {
        writer.rows(&batch, &mut out)?;
    }
    writer.end(&mut out)?;
    out.finish().map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(kinds: &[(&str, &str)]) -> Vec<Column> {
        kinds.iter().map(|(n, k)| Column { name: (*n).into(), kind: (*k).into() }).collect()
    }

    fn copied(form: Form, columns: &[Column], rows: &[&[Option<&str>]]) -> String {
        let mut out = head(form, columns);
        for row in rows {
            put(form, columns, row, &mut out).unwrap();
        }
        out
    }

    #[test]
    fn rows_are_copied_in_four_ways() {
        let columns = columns(&[("a|b", "varchar"), ("n", "bigint")]);
        let rows: &[&[Option<&str>]] = &[&[Some("x\"|y"), Some("7")], &[Some(""), None]];
        let copied = |form| copied(form, &columns, rows);
        assert_eq!(copied(Form::Csv), "\"a|b\",\"n\"\n\"x\"\"|y\",\"7\"\n\"\",\n");
        assert_eq!(
            copied(Form::Json),
            "{\"a|b\":\"x\\\"|y\",\"n\":7}\n{\"a|b\":\"\",\"n\":null}\n"
        );
        assert_eq!(
            copied(Form::Markdown),
            "| a\\|b | n |\n| --- | --: |\n| x\"\\|y | 7 |\n|  | NULL |\n"
        );
        assert_eq!(copied(Form::InList), "('x\"|y', ''");
    }

    #[test]
    fn literals_are_typed_and_quoted() {
        let literal = |kind: &str, text| {
            let column = Column { name: "c".into(), kind: kind.into() };
            super::literal(&column, text)
        };
        assert_eq!(literal("varchar", "O'Neil"), "'O''Neil'");
        assert_eq!(literal("bigint", "-7"), "-7");
        assert_eq!(literal("double", "NaN"), "'NaN'");
        assert_eq!(literal("date", "2026-01-01"), "DATE '2026-01-01'");
        assert_eq!(literal("boolean", "true"), "true");
        let list = copied(
            Form::InList,
            &columns(&[("n", "bigint")]),
            &[&[Some("1")], &[None], &[Some("2")]],
        );
        assert_eq!(list, "(1, 2");
    }
}
