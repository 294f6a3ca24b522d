//! Looking at a result: another order, what is found in it, what a column holds, a chart, copies
//! and files of it. The rows themselves are the grid's.

mod draw;
mod obey;
pub mod talk;

pub(super) use obey::with_tabs;
pub use talk::{Form, Job, News, Slot, Sort};

use self::talk::{Plot, Profile};
use crate::model::shown::Shown;
use crate::ui::talk::Failure;
use crate::ui::widgets::filter::Filter;
use crate::ui::widgets::text;

/// What is known of a result beside its rows.
#[derive(Clone, PartialEq, Default)]
pub struct Looking {
    sort: Option<Sort>,
    /// The order that is on its way, and how many rows have been read for it.
    sorting: Option<(u32, Option<Sort>, usize)>,
    /// Counts the orders.
    turns: u32,
    find: Filter,
    /// The column that is searched; `None` for all.
    within: Option<usize>,
    search: Option<Search>,
    over: Option<Over>,
    /// Counts the pictures.
    acts: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Search {
    rows: usize,
    found: usize,
    whole: bool,
}

/// What stands in the place of the rows.
#[derive(Clone, PartialEq)]
struct Over {
    act: u32,
    title: Shown,
    picture: Picture,
    /// Nothing more comes.
    whole: bool,
    failure: Option<Failure>,
}

#[derive(Clone, PartialEq)]
enum Picture {
    Profile { column: usize, profile: Option<Profile> },
    Chart { x: Option<usize>, y: Option<usize>, shape: Shape, plot: Option<Plot>, share: f64 },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Bars,
    Line,
    Dots,
}

impl Looking {
    pub fn is_typing(&self) -> bool {
        self.find.typing()
    }

    pub fn is_busy(&self) -> bool {
        self.sorting.is_some()
            || self.search.is_some_and(|search| !search.whole)
            || self.over.as_ref().is_some_and(|over| !over.whole)
    }

    /// True where a picture stands in the place of the rows.
    pub fn is_over(&self) -> bool {
        self.over.is_some()
    }

    /// What the line above the rows tells of it.
    pub fn told(&self, names: &[Shown]) -> Vec<String> {
        let mut told = Vec::new();
        let name = |column: usize| names.get(column).map_or("?", Shown::as_str);
        if let Some(sort) = self.sort {
            let way = if sort.descending { "↓" } else { "↑" };
            told.push(format!("by {} {way}", name(sort.column)));
        }
        if let Some((.., rows)) = self.sorting {
            told.push(format!("sorting, {} read", text::count(rows as u64)));
        }
        if let Some(search) = self.search {
            let more = if search.whole { "" } else { ", searching" };
            let found = text::plural(search.found as u64, "row");
            told.push(format!("/{}: {found} found{more}", self.find.text()));
        }
        told
    }
}

// No derive: what cells hold must not reach a log.
impl std::fmt::Debug for Looking {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Looking").field("sort", &self.sort).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
