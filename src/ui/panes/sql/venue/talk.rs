//! What the question where a statement runs asks for and hears.

use std::sync::Arc;

use crate::model::query::{Entry, Workgroup};
use crate::model::shown::Shown;
use crate::ui::talk::Failure;

/// Lists that are read a page at a time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Which {
    Workgroups,
    Catalogs,
    /// Of this data catalog.
    Databases(Arc<str>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Slot {
    Workgroups,
    Catalogs,
    Databases,
    Group,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Job {
    List(Which),
    /// What holds in a workgroup, once the cursor has rested on it.
    Group(String),
}

#[derive(Debug, Clone, PartialEq)]
pub enum News {
    Page { which: Which, page: Result<Page, Failure> },
    Group { name: String, result: Result<Group, Failure> },
}

/// Some of a list, in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    pub entries: Vec<Entry>,
    /// True where it is the first, and where none follows.
    pub first: bool,
    pub last: bool,
}

/// A workgroup, and what follows from it and the configuration together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Group {
    pub workgroup: Workgroup,
    /// Where results go, or why nowhere.
    pub output: Shown,
    /// How they are encrypted; `None` where the bucket decides.
    pub encryption: Option<Shown>,
    /// True where the workgroup overrides what the configuration says.
    pub enforced: bool,
}
