//! What looking at a result asks for and hears. Places are those of rows as they are shown, numbers
//! those of rows as they came; both count from 0. Text is sanitised.

use crate::model::query::{FileFormat, Scale};
use crate::model::shown::Shown;
use crate::ui::talk::Failure;

/// At most one of each for a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Slot {
    Sort,
    Search,
    Next,
    /// The profile or the chart that is open.
    Picture,
    Copy,
}

/// A column and which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sort {
    pub column: usize,
    pub descending: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Job {
    /// Find the order by a column, or go back to the rows as they came. `turn` is its number.
    Sort {
        turn: u32,
        sort: Option<Sort>,
    },
    /// Find rows that hold a text, in a column or in any cell; go to the first from a place on.
    Search {
        text: String,
        column: Option<usize>,
        from: usize,
    },
    /// The next row that was found, from a place on or back.
    Next {
        from: usize,
        forward: bool,
    },
    /// What a column holds. `act` is the picture's number.
    Profile {
        act: u32,
        column: usize,
    },
    Chart {
        act: u32,
        x: Option<usize>,
        y: Option<usize>,
    },
    /// Rows for the clipboard, of these columns in this order.
    Copy {
        rows: Vec<usize>,
        columns: Vec<usize>,
        form: Form,
    },
    /// All rows into a file of this machine.
    Export {
        path: String,
        format: FileFormat,
        replace: bool,
    },
}

/// How copied rows look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Csv,
    Json,
    Markdown,
    /// `('a', 'b')`, of the first column.
    InList,
}

#[derive(Clone, PartialEq)]
pub enum News {
    Sorting {
        turn: u32,
        rows: usize,
    },
    Sorted {
        turn: u32,
    },
    NotSorted {
        turn: u32,
        failure: Failure,
    },
    /// How far the search is.
    Searched {
        rows: usize,
        found: usize,
        whole: bool,
    },
    /// A row that holds it, and the first column that does.
    Found {
        place: usize,
        column: usize,
    },
    Missing,
    Profile {
        act: u32,
        profile: Profile,
        whole: bool,
    },
    /// `share` of the rows has been read.
    Chart {
        act: u32,
        plot: Option<Plot>,
        share: f64,
    },
    Broken {
        act: u32,
        failure: Failure,
    },
    Copied {
        lines: Vec<Shown>,
        rows: usize,
        of: usize,
    },
    Exported {
        told: Shown,
    },
    NotExported(Failure),
    /// There is a file of that name.
    Exists {
        path: String,
        format: FileFormat,
    },
    Failed(Failure),
}

// No derive: what cells hold must not reach a log.
impl std::fmt::Debug for News {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("look::News")
    }
}

#[derive(Clone, PartialEq, Default)]
pub struct Profile {
    pub rows: usize,
    pub nulls: usize,
    pub empty: usize,
    pub distinct: usize,
    /// False: `distinct` is an estimate, and the counts in `top` are at least so much.
    pub is_exact: bool,
    pub range: Option<(Shown, Shown)>,
    pub mean: Option<f64>,
    pub top: Vec<(Shown, usize)>,
    pub bins: Vec<usize>,
}

#[derive(Clone, PartialEq)]
pub enum Plot {
    /// Names, how many rows each has, and their sum.
    Groups { groups: Vec<(Shown, usize, f64)>, others: usize },
    Points {
        x: (f64, f64),
        y: (f64, f64),
        /// How many points, and their means, by parts of the axis.
        bins: Vec<(usize, f64, f64)>,
        /// As shares of the axes.
        dots: Vec<(f64, f64)>,
    },
}

/// What a place on an axis is called.
pub fn label(scale: Scale, at: f64) -> String {
    if scale == Scale::Time
        && let Ok(time) = jiff::Timestamp::from_second(at as i64)
    {
        let exact = at.rem_euclid(86_400.0) == 0.0;
        return time.strftime(if exact { "%Y-%m-%d" } else { "%Y-%m-%d %H:%M" }).to_string();
    }
    match at.abs() {
        size if size != 0.0 && !(1e-3..1e9).contains(&size) => format!("{at:.2e}"),
        _ if at.fract() == 0.0 => format!("{at:.0}"),
        size if size >= 1000.0 => format!("{at:.1}"),
        _ => format!("{at:.3}"),
    }
}
