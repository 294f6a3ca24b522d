//! A picture of two columns: sums over the names in one, or points and means along it.

use std::collections::HashMap;
use std::io;

use tokio_util::sync::CancellationToken;

use super::BREATH;
use super::key::place as place_of;
use super::profile::bin;
use crate::model::query::Scale;
use crate::query::batch::Row;
use crate::query::spool::Snapshot;

/// Parts of an axis; a terminal has no more dots.
const ACROSS: usize = 400;
const UP: usize = 200;
/// Names that are told apart; values of others are put together.
const NAMES: usize = 1000;
/// Names that are told.
const TOLD: usize = 100;
/// What is kept of a name, in bytes.
const FACE: usize = 100;

/// What is asked for: `y` over `x`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chart {
    /// `None`: the number of the row.
    pub x: Option<(usize, Scale)>,
    /// `None`: how many rows there are.
    pub y: Option<(usize, Scale)>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Plot {
    /// `x` is text.
    Groups {
        /// In the order in which they first occur.
        groups: Vec<Group>,
        /// Names that are left out.
        others: usize,
    },
    /// Both have a scale.
    Points {
        x: (f64, f64),
        y: (f64, f64),
        /// By parts of `x`, from the left; only those with points in them.
        bins: Vec<Bin>,
        /// Where there are points, as shares of the axes.
        dots: Vec<(f64, f64)>,
    },
}

/// A name and what belongs to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    pub name: String,
    pub rows: usize,
    /// Of `y`, or how many rows.
    pub sum: f64,
}

/// A part of the `x` axis.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Bin {
    pub points: usize,
    /// Means of the points in it.
    pub x: f64,
    pub y: f64,
}

/// Hears which share of the rows has been read, and may ask what the picture is so far.
type Told<'a> = dyn FnMut(f64, &dyn Fn() -> Option<Plot>) + 'a;

/// Reads two columns. `told` hears what the picture is so far, after which share of the rows.
/// Rows in which one of the two has no value are left out.
///
/// # Errors
/// As reading the rows.
pub fn chart(
    rows: &Snapshot,
    chart: Chart,
    cancel: &CancellationToken,
    told: &mut Told<'_>,
) -> io::Result<Option<Plot>> {
    if let Some((column, Scale::Text)) = chart.x {
        return groups(rows, column, chart.y, cancel, told);
    }
    let Some(ranges) = ranges(rows, chart, cancel, told)? else { return Ok(None) };
    let mut points = Points::new(ranges);
    let done = each(rows, cancel, |number, row| {
        if let Some(row) = row {
            if let Some((x, y)) = point(number, row, chart) {
                points.take(x, y);
            }
        } else {
            told(0.5 + number as f64 / rows.len() as f64 / 2.0, &|| Some(points.tell()));
        }
    })?;
    Ok(done.then(|| points.tell()))
}

/// Calls for each row, and without one now and then. False where it was cancelled.
fn each(
    rows: &Snapshot,
    cancel: &CancellationToken,
    mut take: impl FnMut(usize, Option<Row<'_>>),
) -> io::Result<bool> {
    let mut scan = rows.scan(0)?;
    loop {
        let number = scan.number();
        let Some(row) = scan.next_row()? else { return Ok(true) };
        take(number, Some(row));
        if number.is_multiple_of(BREATH) {
            if cancel.is_cancelled() {
                return Ok(false);
            }
            take(number, None);
        }
    }
}

fn point(number: usize, row: Row<'_>, chart: Chart) -> Option<(f64, f64)> {
    let place =
        |(column, kind): (usize, Scale)| row.cell(column).and_then(|text| place_of(kind, text));
    let x = match chart.x {
        None => (number + 1) as f64,
        Some(x) => place(x)?,
    };
    Some((x, chart.y.map_or(Some(1.0), place)?))
}

type Ranges = ((f64, f64), (f64, f64));

/// From where to where the points go; `None` where there are none, or where it was cancelled.
fn ranges(
    rows: &Snapshot,
    chart: Chart,
    cancel: &CancellationToken,
    told: &mut Told<'_>,
) -> io::Result<Option<Ranges>> {
    let mut ranges: Option<Ranges> = None;
    let done = each(rows, cancel, |number, row| {
        let Some(row) = row else {
            return told(number as f64 / rows.len() as f64 / 2.0, &|| None);
        };
        if let Some((x, y)) = point(number, row, chart) {
            let wider = |(low, high): (f64, f64), at: f64| (low.min(at), high.max(at));
            let (xs, ys) = ranges.unwrap_or(((x, x), (y, y)));
            ranges = Some((wider(xs, x), wider(ys, y)));
        }
    })?;
    Ok(ranges.filter(|_| done))
}

struct Points {
    ranges: Ranges,
    bins: Vec<Bin>,
    /// A bit a dot.
    dots: Vec<u64>,
}

impl Points {
    fn new(ranges: Ranges) -> Self {
        Self {
            ranges,
            bins: vec![Bin::default(); ACROSS],
            dots: vec![0; (ACROSS * UP).div_ceil(64)],
        }
    }

    fn take(&mut self, x: f64, y: f64) {
        let part = |at: f64, (low, high): (f64, f64), parts| {
            if low < high { bin(at, low, high, parts) } else { parts / 2 }
        };
        let (xs, ys) = self.ranges;
        let (across, up) = (part(x, xs, ACROSS), part(y, ys, UP));
        let bin = &mut self.bins[across];
        bin.points += 1;
        let share = 1.0 / bin.points as f64;
        bin.x += (x - bin.x) * share;
        bin.y += (y - bin.y) * share;
        let dot = up * ACROSS + across;
        self.dots[dot / 64] |= 1 << (dot % 64);
    }

    fn tell(&self) -> Plot {
        let is_set = |dot: &usize| self.dots[dot / 64] >> (dot % 64) & 1 == 1;
        let share = |at: usize, parts: usize| (at as f64 + 0.5) / parts as f64;
        let dots = (0..ACROSS * UP).filter(is_set);
        Plot::Points {
            x: self.ranges.0,
            y: self.ranges.1,
            bins: self.bins.iter().filter(|bin| bin.points > 0).copied().collect(),
            dots: dots.map(|dot| (share(dot % ACROSS, ACROSS), share(dot / ACROSS, UP))).collect(),
        }
    }
}

fn groups(
    rows: &Snapshot,
    column: usize,
    y: Option<(usize, Scale)>,
    cancel: &CancellationToken,
    told: &mut Told<'_>,
) -> io::Result<Option<Plot>> {
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut groups: Vec<Group> = Vec::new();
    let done = each(rows, cancel, |number, row| {
        let Some(row) = row else {
            return told(number as f64 / rows.len() as f64, &|| Some(told_of(&groups)));
        };
        let Some(name) = row.cell(column) else { return };
        let y = match y {
            None => Some(1.0),
            Some((column, kind)) => row.cell(column).and_then(|text| place_of(kind, text)),
        };
        let Some(y) = y else { return };
        let name = &name[..name.floor_char_boundary(FACE)];
        let place = match places.get(name) {
            Some(place) => *place,
            None if groups.len() < NAMES => {
                places.insert(name.to_owned(), groups.len());
                groups.push(Group { name: name.to_owned(), rows: 0, sum: 0.0 });
                groups.len() - 1
            }
            // The last one stands for all that there is no room for.
            None => NAMES - 1,
        };
        groups[place].rows += 1;
        groups[place].sum += y;
    })?;
    Ok((done && !groups.is_empty()).then(|| told_of(&groups)))
}

/// The first names; where there were too many to be told apart, the last of them is none.
fn told_of(groups: &[Group]) -> Plot {
    let told = groups.len().min(TOLD);
    Plot::Groups { groups: groups[..told].to_vec(), others: groups.len() - told }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::batch::Batch;
    use crate::query::spool::Spool;

    fn of(rows: &[[Option<&str>; 2]], x: Option<Scale>, y: Option<Scale>) -> Option<Plot> {
        let dir = tempfile::tempdir().unwrap();
        let mut spool = Spool::new(dir.path()).unwrap();
        let mut batch = Batch::default();
        for row in rows {
            batch.push(*row).unwrap();
        }
        spool.append(&batch).unwrap();
        let asked = Chart { x: x.map(|kind| (0, kind)), y: y.map(|kind| (1, kind)) };
        chart(&spool.snapshot(), asked, &CancellationToken::new(), &mut |_, _| ()).unwrap()
    }

    #[test]
    fn names_have_sums_and_counts() {
        let rows = [[Some("b"), Some("1.5")], [Some("a"), Some("2")], [Some("b"), Some("3")]];
        let group = |name: &str, rows, sum| Group { name: name.to_owned(), rows, sum };
        assert_eq!(
            of(&rows, Some(Scale::Text), Some(Scale::Number)),
            Some(Plot::Groups { groups: vec![group("b", 2, 4.5), group("a", 1, 2.0)], others: 0 })
        );
        let Some(Plot::Groups { groups, .. }) = of(&rows, Some(Scale::Text), None) else {
            panic!("there are names")
        };
        assert_eq!(groups[0], group("b", 2, 2.0));
    }

    #[test]
    fn points_have_means_along_the_axis() {
        let rows = [
            [Some("0"), Some("10")],
            [Some("0"), Some("20")],
            [Some("8"), Some("-5")],
            [None, Some("999")],
            [Some("999"), None],
        ];
        let plot = of(&rows, Some(Scale::Number), Some(Scale::Number));
        let Some(Plot::Points { x, y, bins, dots }) = plot else { panic!("there are points") };
        assert_eq!((x, y), ((0.0, 8.0), (-5.0, 20.0)));
        assert_eq!(bins, [Bin { points: 2, x: 0.0, y: 15.0 }, Bin { points: 1, x: 8.0, y: -5.0 }]);
        assert_eq!(dots.len(), 3);
    }

    #[test]
    fn one_point_and_none_are_fine() {
        let plot = of(&[[None, Some("7")]], None, Some(Scale::Number));
        let Some(Plot::Points { x, y, bins, .. }) = plot else { panic!("there is a point") };
        assert_eq!((x, y, bins.len()), ((1.0, 1.0), (7.0, 7.0), 1));
        assert_eq!(of(&[[None, Some("x")]], Some(Scale::Number), Some(Scale::Number)), None);
        assert_eq!(of(&[], Some(Scale::Text), None), None);
    }
}
