//! What the app itself asks for and hears.

use crate::model::identity::Session;
use crate::model::settings::Settings;
use crate::model::shown::Shown;
use crate::ui::talk::{Failure, Notice, Who};

/// Which lake to open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// The one that the arguments and the configuration name.
    Asked,
    /// The one with sample data.
    Demo,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Slot {
    Open,
    Identity,
    Session,
    Complete,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Job {
    Open(Which),
    /// Ask STS who we are.
    Identity,
    /// When the credentials end.
    Session,
    /// What could follow this text as a path of this machine.
    CompletePath {
        text: String,
    },
    /// What could follow this text as a place in the lake.
    CompleteUri {
        text: String,
    },
}

#[derive(Debug, Clone, PartialEq)]
pub enum News {
    Opened(Box<Settings>),
    /// Neither a lake nor credentials.
    Nowhere,
    NotOpened(Failure),
    Identity(Result<Who, Failure>),
    Session(Session),
    Completed {
        asked: String,
        /// The text with what is certain appended.
        text: String,
        found: Vec<Shown>,
    },
    /// A job has something to say beside its own news.
    Said(Notice),
    /// A job broke; the program goes on.
    Panicked(Shown),
}
