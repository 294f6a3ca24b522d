//! Opening, closing and changing tabs.

use super::talk::{Job, News, Slot};
use super::{Focus, Sql};
use crate::model::drafts::Draft;
use crate::model::shown::Shown;
use crate::ui::modal::{Ask, Choice};
use crate::ui::talk::Effect;
use crate::ui::widgets::text;

impl Sql {
    pub(super) fn new_tab(&mut self) -> Vec<Effect> {
        self.tabs.open();
        self.turned(Focus::Editor)
    }

    pub(super) fn next_tab(&mut self) -> Vec<Effect> {
        self.tabs.next();
        self.turned(self.focus)
    }

    pub(super) fn previous_tab(&mut self) -> Vec<Effect> {
        self.tabs.previous();
        self.turned(self.focus)
    }

    /// A tab whose query runs stays: closing it would stop what is paid for.
    pub(super) fn close_tab(&mut self) -> Vec<Effect> {
        if self.tab().is_running() {
            return vec![Effect::warn("Its query is running: stop it first")];
        }
        let gone = self.tabs.close();
        let mut effects = self.turned(self.focus);
        // What reads its result, and what is left of it.
        effects.push(Effect::stop(Slot::Query(gone.id)));
        let forget = gone.run.map(|run| Job::Forget(run.generation));
        effects.extend(forget.map(|job| Effect::start(Slot::Forget, job)));
        effects
    }

    pub(super) fn reopen_tab(&self) -> Vec<Effect> {
        if self.tabs.closed().is_empty() {
            return vec![Effect::info("No tab has been closed")];
        }
        let row = |(at, draft): (usize, &Draft)| {
            (Shown::of(&text::glance(&draft.text)), vec![Effect::hear(News::Reopen(at))])
        };
        let rows = self.tabs.closed().iter().enumerate().map(row).collect();
        vec![Effect::Ask(Ask::Choice(Choice::new("Closed tabs", rows)))]
    }

    /// Another tab is in front.
    pub(super) fn turned(&mut self, focus: Focus) -> Vec<Effect> {
        self.popup = None;
        self.focus = match focus {
            Focus::Result if self.tab().run.is_none() => Focus::Editor,
            focus => focus,
        };
        let mut effects = self.keep_drafts();
        effects.extend(self.fetch());
        effects
    }
}
