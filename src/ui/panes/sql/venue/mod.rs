//! Where the statements of a tab run: database, workgroup, data catalog, and whether an earlier
//! result will do.
//!
//! ```text
//! ╭ Where it runs ───────────────────────────────────────────────────╮
//! │   database  genomics                                             │
//! │ ▸ workgroup curated                                              │
//! │   catalog   AwsDataCatalog                                       │
//! │   reuse     off                                                  │
//! │ /                                                                │
//! │ primary                                              the default │
//! │ curated                                    at most 10 GB a query │
//! │ closed                                                  disabled │
//! │ results s3://analyst/athena/                                     │
//! │ encrypted SSE_KMS alias/K · as the workgroup enforces            │
//! │ Athena engine version 3 · 10 MB are billed at least              │
//! │ a query is stopped past 10 MB                                    │
//! ╰──────────────────────────────────────────────────────────────────╯
//! ```

mod command;
mod draw;
mod known;
mod obey;
pub mod talk;

pub use command::VenueCommand;
pub use known::Venues;

use super::Sql;
use crate::model::query::{CATALOG, OLDEST_REUSED, Terms};
use crate::model::shown::Shown;
use crate::ui::widgets::field::Field;
use crate::ui::widgets::list::Scroll;
use crate::ui::widgets::text;
use talk::Which;

/// Minutes for which the reuse of results is offered without typing.
const AGES: [u32; 5] = [15, 60, 240, 1_440, OLDEST_REUSED];

/// What is chosen one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum About {
    Database,
    Workgroup,
    Catalog,
    Reuse,
}

impl About {
    const ALL: [Self; 4] = [Self::Database, Self::Workgroup, Self::Catalog, Self::Reuse];

    fn word(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::Workgroup => "workgroup",
            Self::Catalog => "catalog",
            Self::Reuse => "reuse",
        }
    }

    fn turned(self, by: usize) -> Self {
        let at = Self::ALL.iter().position(|about| *about == self).unwrap_or(0);
        Self::ALL[(at + by) % Self::ALL.len()]
    }
}

/// What a row stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Value {
    /// A database, a workgroup or a catalog.
    Name(String),
    /// Minutes; `None` for no reuse.
    Reuse(Option<u32>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    value: Value,
    /// What is said of it, at the right.
    note: Shown,
}

/// The dialog.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Dialog {
    about: About,
    field: Field,
    scroll: Scroll,
    /// The rows that fit what is typed, made when that or the lists change.
    rows: Vec<Row>,
}

impl Dialog {
    fn new(about: About) -> Self {
        Self { about, field: Field::default(), scroll: Scroll::default(), rows: Vec::new() }
    }

    fn current(&self) -> Option<&Row> {
        self.rows.get(self.scroll.cursor)
    }
}

/// Minutes in words.
pub(super) fn age(minutes: u32) -> String {
    match minutes {
        m if m % 1_440 == 0 && m > 0 => text::plural(u64::from(m / 1_440), "day"),
        m if m % 60 == 0 && m > 0 => text::plural(u64::from(m / 60), "hour"),
        m => text::plural(u64::from(m), "minute"),
    }
}

impl Sql {
    /// What the tab in front runs its statements with.
    pub(super) fn terms(&self) -> &Terms {
        &self.tab().terms
    }

    /// The workgroup that it runs them in.
    pub(super) fn workgroup(&self) -> &str {
        self.terms().workgroup.as_deref().unwrap_or(&self.home_workgroup)
    }

    pub(super) fn data_catalog(&self) -> &str {
        self.terms().catalog.as_deref().unwrap_or(CATALOG)
    }

    fn value(&self, about: About) -> String {
        match about {
            About::Database => self.current().to_owned(),
            About::Workgroup => self.workgroup().to_owned(),
            About::Catalog => self.data_catalog().to_owned(),
            About::Reuse => told(self.terms().reuse),
        }
    }

    /// The list that is chosen from, where it is one of Athena's.
    fn which(&self, about: About) -> Option<Which> {
        match about {
            About::Database => Some(Which::Databases(self.data_catalog().into())),
            About::Workgroup => Some(Which::Workgroups),
            About::Catalog => Some(Which::Catalogs),
            About::Reuse => None,
        }
    }
}

fn told(reuse: Option<u32>) -> String {
    reuse
        .map_or_else(|| "off".to_owned(), |minutes| format!("results of the last {}", age(minutes)))
}

#[cfg(test)]
mod tests;
