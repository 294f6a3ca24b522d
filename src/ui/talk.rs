//! What passes between the screen and the world. Effects go out and news come in, both plain
//! data, so that tests assert on them. Each sum here delegates to one small enum a pane.

use std::fmt;
use std::time::Instant;

use super::app;
use super::command::Command;
use super::modal::Ask;
use super::panes::{buckets, jobs, sql, transfers};
use crate::model::identity::Session;
use crate::model::settings::Settings;
use crate::model::shown::Shown;
use crate::model::trouble::{Kind, Trouble};
use crate::model::uri::S3Uri;

/// The panes, in the order of their tabs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PaneId {
    Buckets,
    Transfers,
    Sql,
    Jobs,
}

impl PaneId {
    pub const ALL: [Self; 4] = [Self::Buckets, Self::Transfers, Self::Sql, Self::Jobs];

    pub fn title(self) -> &'static str {
        match self {
            Self::Buckets => "Buckets",
            Self::Transfers => "Transfers",
            Self::Sql => "SQL",
            Self::Jobs => "Jobs",
        }
    }
}

/// What a key press or a piece of news leads to.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Do this outside; a job still running in the same slot is cancelled.
    Start(Slot, Job),
    /// Cancel what runs in the slot.
    Stop(Slot),
    /// Follow no query any more, and stop none.
    LeaveQueries,
    /// The same with the query of one slot.
    Leave(Slot),
    /// Put a dialog on the screen.
    Ask(Ask),
    /// Say something.
    Tell(Notice),
    /// To the clipboard.
    Copy(Shown),
    /// Show this pane.
    Focus(PaneId),
    /// Go to a place in the lake, whichever pane shows it.
    Jump(Jump),
    /// As if its key had been pressed.
    Obey(Command),
    /// What a dialog chose, or what one pane lets another know.
    Hear(Box<News>),
    /// Ring, where the configuration wants that.
    Bell,
    /// The same, and tell the desktop that something long has ended.
    Announce(Shown),
    /// Draw every cell again.
    Redraw,
    /// Let the user's own editor have the terminal and this text; the pane hears what became of it.
    Edit(String),
    /// Hand the terminal back to the shell until it is called to the front again.
    Suspend,
    Quit(Quit),
}

impl Effect {
    pub fn start(slot: impl Into<Slot>, job: impl Into<Job>) -> Self {
        Self::Start(slot.into(), job.into())
    }

    pub fn hear(news: impl Into<News>) -> Self {
        Self::Hear(Box::new(news.into()))
    }

    pub fn stop(slot: impl Into<Slot>) -> Self {
        Self::Stop(slot.into())
    }

    pub fn leave(slot: impl Into<Slot>) -> Self {
        Self::Leave(slot.into())
    }

    pub fn info(text: impl Into<Shown>) -> Self {
        Self::Tell(Notice { level: Level::Info, text: text.into(), hint: None })
    }

    pub fn warn(text: impl Into<Shown>) -> Self {
        Self::Tell(Notice { level: Level::Warn, text: text.into(), hint: None })
    }

    pub fn fail(failure: &Failure) -> Self {
        Self::Tell(failure.notice())
    }
}

/// How the program is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quit {
    /// By choice: exit status 0.
    Done,
    /// Ctrl-c: exit status 130.
    Interrupted,
}

/// Somewhere in the lake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Jump {
    S3(S3Uri),
    /// A Glue job, by its name.
    Job(String),
}

macro_rules! sum {
    ($(#[$meta:meta])* $name:ident { $($variant:ident($inner:ty)),+ $(,)? } $($derive:ident),*) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, $($derive),*)]
        pub enum $name { $($variant($inner)),+ }
        $(impl From<$inner> for $name {
            fn from(inner: $inner) -> Self { Self::$variant(inner) }
        })+
    };
}

sum! {
    /// Where a job runs; at most one job a slot.
    Slot {
        App(app::Slot),
        Buckets(buckets::Slot),
        Transfers(transfers::Slot),
        Sql(sql::Slot),
        Jobs(jobs::Slot),
    } Copy, Eq, Hash
}

sum! {
    /// Something to be done outside the screen.
    Job {
        App(app::Job),
        Buckets(buckets::Job),
        Transfers(transfers::Job),
        Sql(sql::Job),
        Jobs(jobs::Job),
    }
}

sum! {
    /// What came of it. Late news is told by the place or generation it carries.
    News {
        App(app::News),
        Buckets(buckets::News),
        Transfers(transfers::News),
        Sql(sql::News),
        Jobs(jobs::News),
    }
}

sum! {
    /// Which question a prompt answers.
    Answer {
        Buckets(buckets::Answer),
        Transfers(transfers::Answer),
        Sql(sql::Answer),
        Jobs(jobs::Answer),
    }
}

/// How loud a notice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Info,
    Warn,
    Error,
}

/// One thing said at the foot of the screen and kept in the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    pub level: Level,
    pub text: Shown,
    pub hint: Option<Shown>,
}

/// A [`Trouble`] that may be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    pub kind: Kind,
    /// What was being done and why it failed.
    pub what: Shown,
    pub why: Shown,
    pub hint: Option<Shown>,
    /// Code and request id, for a support case.
    pub code: Option<Shown>,
}

impl Failure {
    pub fn notice(&self) -> Notice {
        Notice {
            level: Level::Error,
            text: Shown::join(&[&self.what, &self.why], ": "),
            hint: self.hint.clone(),
        }
    }
}

impl From<&Trouble> for Failure {
    fn from(trouble: &Trouble) -> Self {
        let code = match (&trouble.code, &trouble.request_id) {
            (Some(code), Some(id)) => Some(Shown::of(&format!("{code}, request {id}"))),
            (Some(code), None) => Some(Shown::of(code)),
            (None, Some(id)) => Some(Shown::of(&format!("request {id}"))),
            (None, None) => None,
        };
        Self {
            kind: trouble.kind,
            what: Shown::of(&trouble.what),
            why: Shown::of(&trouble.why),
            hint: trouble.hint.as_deref().map(Shown::of),
            code,
        }
    }
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        Self::from(&trouble)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.why)
    }
}

/// Who STS says we are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Who {
    /// Twelve digits.
    pub account: Shown,
    /// The short name: role, user or `root`.
    pub role: Shown,
    pub arn: Shown,
}

/// What is known of the lake; every pane reads it, only the app changes it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Facts {
    /// `None` until a lake is open.
    pub settings: Option<Settings>,
    /// `None` until STS has answered.
    pub who: Option<Result<Who, Failure>>,
    pub session: Session,
}

impl Facts {
    /// True where STS answered another account than the configuration expects.
    pub fn is_wrong_account(&self) -> bool {
        let expected = self.settings.as_ref().and_then(|s| s.account_id.as_deref());
        match (&self.who, expected) {
            (Some(Ok(who)), Some(expected)) => who.account.as_str() != expected,
            _ => false,
        }
    }

    /// For dialogs: `lake tre, account 111122223333`.
    pub fn place(&self) -> Shown {
        let name = self.settings.as_ref().map_or("?", |s| s.name.as_str());
        match &self.who {
            Some(Ok(who)) => format!("lake {name}, account {}", who.account).into(),
            _ => format!("lake {name}, account not yet known").into(),
        }
    }
}

/// What obeying and hearing may know of the world: the time and the lake.
#[derive(Debug, Clone, Copy)]
pub struct Cx<'a> {
    pub now: Instant,
    pub facts: &'a Facts,
}
