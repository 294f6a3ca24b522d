//! What the viewer asks for and hears. Text in here is sanitised, keys are raw.

use std::sync::Arc;

use crate::model::object::ObjectRef;
use crate::model::shown::Shown;
use crate::ui::talk::Failure;
use crate::ui::widgets::grid::{Heading, Value};

#[derive(Debug, Clone, PartialEq)]
pub enum Job {
    /// Recognise it and tell its first rows, then wait for [`Job::Rows`]; ends when its slot
    /// is stopped.
    Open {
        object: ObjectRef,
        /// Its bytes, whatever it is.
        bytes: bool,
        generation: u32,
    },
    /// Rows of the object that is open.
    Rows { generation: u32, first: usize, count: usize },
}

#[derive(Clone, PartialEq)]
pub enum News {
    Opened {
        generation: u32,
        content: Content,
    },
    /// Rows from `first` on.
    Rows {
        generation: u32,
        first: usize,
        rows: Vec<Vec<Value>>,
        /// There are none behind these.
        whole: bool,
        /// Bytes of the object that have been read so far.
        read: u64,
    },
    /// It cannot be opened, or not be read on.
    Broken {
        generation: u32,
        failure: Failure,
    },
}

/// What an object turned out to be.
#[derive(Clone, PartialEq)]
pub struct Content {
    pub kind: Shown,
    pub sections: Vec<Section>,
    /// `None`: its rows are lines.
    pub columns: Option<Arc<[Heading]>>,
    /// How many rows there are, where that is known beforehand and any of them can be asked
    /// for.
    pub total: Option<usize>,
    /// Bytes.
    pub size: u64,
}

/// Facts under a heading.
#[derive(Clone, PartialEq, Eq)]
pub struct Section {
    pub title: Shown,
    pub lines: Vec<Shown>,
    pub folded: bool,
}

impl News {
    /// Which opening it answers.
    pub fn generation(&self) -> u32 {
        match self {
            Self::Opened { generation, .. }
            | Self::Rows { generation, .. }
            | Self::Broken { generation, .. } => *generation,
        }
    }
}

// No derive: what an object holds must not reach a log.
impl std::fmt::Debug for News {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (name, rows) = match self {
            Self::Opened { .. } => ("Opened", None),
            Self::Rows { rows, .. } => ("Rows", Some(rows.len())),
            Self::Broken { .. } => ("Broken", None),
        };
        let generation = self.generation();
        f.debug_struct(name).field("generation", &generation).field("rows", &rows).finish()
    }
}
