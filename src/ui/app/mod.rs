//! The whole screen as one state: the panes, the dialogs over them, what was said.
//!
//! ```text
//! lakehand  tre-lake                111122223333 · eu-west-2 · Manager · curate · 47m left
//!  1 Buckets  2 Transfers  3 SQL  4 Jobs                                                 ⠋
//! ┌ the pane in front, or a dialog over it ─────────────────────────────────────────────┐
//! └─────────────────────────────────────────────────────────────────────────────────────┘
//!  a notice, while there is one
//!  enter open  u upload  d download                                          ? help  q quit
//! ```

mod draw;
mod header;
mod notices;
mod press;
mod settle;
mod start;
mod talk;

pub use notices::Notices;
pub use start::Command as StartCommand;
pub use talk::{Job, News, Slot, Which};

use std::time::Instant;

use jiff::Timestamp;

use super::command::{Command as Any, Layer, commands};
use super::keymap::{Key, Keymap};
use super::modal::Modal;
use super::pane::{Pane, View};
use super::panes::buckets::Buckets;
use super::panes::jobs::Jobs;
use super::panes::sql::Sql;
use super::panes::transfers::Transfers;
use super::talk::{Cx, Effect, Facts, Failure, PaneId};
use super::theme::Theme;
use super::widgets::bar;
use crate::model::shown::Shown;

commands! {
    /// What works everywhere.
    pub enum Command {
        Help = "help", "Show every key that works here.";
        Palette = "palette", "Find a command by its name, or jump to a place.";
        NextPane = "next-pane", "To the next pane.";
        PreviousPane = "previous-pane", "To the previous pane.";
        Buckets = "go-buckets", "To the buckets and objects.";
        Transfers = "go-transfers", "To the queue of uploads and downloads.";
        Sql = "go-sql", "To Athena SQL.";
        Jobs = "go-jobs", "To the Glue jobs and crawlers.";
        Notices = "notices", "Read everything that was said so far.";
        Back = "back", "Close or clear the innermost thing.";
        Quit = "quit", "Close what is open, then quit; asks if work is under way.";
        QuitNow = "quit-now", "Quit at once.";
        Redraw = "redraw", "Draw the whole screen again.";
        Suspend = "suspend", "Give the terminal back to the shell for a while.";
    }
}

/// How far the lake is.
#[derive(Debug, Clone, PartialEq)]
enum Phase {
    Opening(Which),
    /// There is neither a lake nor credentials: the start screen.
    Nowhere,
    Failed(Failure),
    Open,
}

/// What the screen is made with.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The lake's name as far as it is known before it is open.
    pub title: Shown,
    pub keymap: Keymap,
    pub theme: Theme,
    /// Where the configuration is read from, for the start screen.
    pub config_file: Shown,
}

pub struct App {
    facts: Facts,
    phase: Phase,
    setup: Setup,
    focus: PaneId,
    buckets: Buckets,
    transfers: Transfers,
    sql: Sql,
    jobs: Jobs,
    modals: Vec<Modal>,
    notices: Notices,
    /// The beginning of a chord.
    pending: Vec<Key>,
    began: Instant,
    /// When the credentials' end was last asked for.
    session_asked: Option<Instant>,
}

/// The same expression over whichever pane is meant; the one place that lists them.
macro_rules! on_pane {
    ($app:expr, $id:expr, $pane:ident => $body:expr) => {
        match $id {
            $crate::ui::talk::PaneId::Buckets => {
                let $pane = &$app.buckets;
                $body
            }
            $crate::ui::talk::PaneId::Transfers => {
                let $pane = &$app.transfers;
                $body
            }
            $crate::ui::talk::PaneId::Sql => {
                let $pane = &$app.sql;
                $body
            }
            $crate::ui::talk::PaneId::Jobs => {
                let $pane = &$app.jobs;
                $body
            }
        }
    };
    (mut $app:expr, $id:expr, $pane:ident => $body:expr) => {
        match $id {
            $crate::ui::talk::PaneId::Buckets => {
                let $pane = &mut $app.buckets;
                $body
            }
            $crate::ui::talk::PaneId::Transfers => {
                let $pane = &mut $app.transfers;
                $body
            }
            $crate::ui::talk::PaneId::Sql => {
                let $pane = &mut $app.sql;
                $body
            }
            $crate::ui::talk::PaneId::Jobs => {
                let $pane = &mut $app.jobs;
                $body
            }
        }
    };
}
pub(in crate::ui::app) use on_pane;

impl App {
    /// The screen before anything is known, and the first effects: open the lake.
    pub fn new(setup: Setup, now: Instant) -> (Self, Vec<Effect>) {
        let app = Self {
            facts: Facts::default(),
            phase: Phase::Opening(Which::Asked),
            setup,
            focus: PaneId::Buckets,
            buckets: Buckets::default(),
            transfers: Transfers::default(),
            sql: Sql::default(),
            jobs: Jobs::default(),
            modals: Vec::new(),
            notices: Notices::default(),
            pending: Vec::new(),
            began: now,
            session_asked: None,
        };
        (app, vec![Effect::start(Slot::Open, Job::Open(Which::Asked))])
    }

    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    pub fn focus(&self) -> PaneId {
        self.focus
    }

    /// True while a dialog is on the screen.
    pub fn is_asking(&self) -> bool {
        !self.modals.is_empty()
    }

    /// When the screen changes next by itself; nothing is drawn before, unless something
    /// is pressed or heard.
    pub fn wake(&self, now: Instant, clock: Timestamp) -> Option<Instant> {
        let panes = PaneId::ALL.map(|id| on_pane!(self, id, pane => pane.wake(now)));
        let wheel = self.is_busy().then(|| now + bar::TURN);
        let session = header::next_change(&self.facts, clock).map(|after| now + after);
        let notice = self.notices.until();
        panes.into_iter().flatten().chain(wheel).chain(session).chain(notice).min()
    }

    /// Time has passed: what ends by itself ends.
    pub fn tick(&mut self, now: Instant, clock: Timestamp) -> Vec<Effect> {
        self.notices.tick(now);
        self.renew_session(now, clock)
    }

    /// Credentials near their end are asked for again, at most once a minute.
    fn renew_session(&mut self, now: Instant, clock: Timestamp) -> Vec<Effect> {
        let Some(expires) = self.facts.session.expires else { return Vec::new() };
        let asked = |then: Instant| now.saturating_duration_since(then).as_secs() < 60;
        let near = expires.as_second() - clock.as_second() < 120;
        if !near || self.session_asked.is_some_and(asked) {
            return Vec::new();
        }
        self.session_asked = Some(now);
        vec![Effect::start(Slot::Session, Job::Session)]
    }

    /// True while something is waited for that the screen shows.
    pub fn is_busy(&self) -> bool {
        matches!(self.phase, Phase::Opening(_))
            || PaneId::ALL.iter().any(|id| on_pane!(self, id, pane => pane.busy()))
    }

    /// What quitting now would cut off, pane by pane.
    fn at_stake(&self) -> Vec<Shown> {
        PaneId::ALL.iter().filter_map(|id| on_pane!(self, id, pane => pane.at_stake())).collect()
    }

    /// Letters go into a text of the front pane.
    fn typing(&self) -> bool {
        self.phase == Phase::Open && on_pane!(self, self.focus, pane => pane.typing())
    }

    /// Where the front pane's keys are looked up, innermost first.
    fn layers(&self) -> Vec<Layer> {
        let inner: &[Layer] = match self.phase {
            Phase::Open => on_pane!(self, self.focus, pane => pane.layers()),
            _ => &[Layer::Start],
        };
        inner.iter().copied().chain([Layer::Global]).collect()
    }

    fn hints(&self) -> Vec<Any> {
        match self.phase {
            Phase::Open => on_pane!(self, self.focus, pane => pane.hints()),
            Phase::Opening(_) => Vec::new(),
            _ => start::hints(&self.phase),
        }
    }

    fn cx<'a>(facts: &'a Facts, now: Instant) -> Cx<'a> {
        Cx { now, facts }
    }

    fn view(&self, now: Instant, clock: Timestamp) -> View<'_> {
        View {
            theme: &self.setup.theme,
            keymap: &self.setup.keymap,
            facts: &self.facts,
            now,
            clock,
            began: self.began,
        }
    }
}

#[cfg(test)]
mod tests;
