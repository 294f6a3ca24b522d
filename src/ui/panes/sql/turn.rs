//! Opening, closing and changing tabs.

use std::time::Instant;

use super::tabs::Found;
use super::talk::{Job, News, Slot};
use super::{Focus, Sql};
use crate::model::drafts::Draft;
use crate::model::shown::Shown;
use crate::ui::modal::{Ask, Choice};
use crate::ui::talk::{Cx, Effect};
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

    /// Where its query runs it asks what becomes of that.
    pub(super) fn close_tab(&mut self) -> Vec<Effect> {
        let tab = self.tab();
        match tab.run.as_ref().filter(|run| run.is_running() && !run.stopping) {
            Some(run) => {
                let ways = ways_to_close(tab.id, run.execution.is_some());
                let title = "Close the tab? Its query is running";
                vec![Effect::Ask(Ask::Choice(Choice::new(title, ways)))]
            }
            None => self.close(tab.id, false),
        }
    }

    /// Closes a tab; `leave` lets its query go on in Athena.
    pub(super) fn close(&mut self, id: u32, leave: bool) -> Vec<Effect> {
        let Some(gone) = self.tabs.close(id, leave) else { return Vec::new() };
        let mut effects = self.turned(self.focus);
        let slot = Slot::Query(gone.id);
        // What reads its result, and what is left of it.
        effects.push(if leave { Effect::leave(slot) } else { Effect::stop(slot) });
        let forget = gone.run.map(|run| Job::Forget(run.generation));
        effects.extend(forget.map(|job| Effect::start(Slot::Forget, job)));
        effects
    }

    /// Opens a closed tab again, and follows the query that was left running in it.
    pub(super) fn reopen(&mut self, at: usize, cx: &Cx<'_>) -> Vec<Effect> {
        let generation = self.count();
        let found = self.tabs.reopen(at, generation, cx.now);
        let mut effects = self.turned(Focus::Editor);
        effects.extend(found.map(rejoin));
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
        vec![Effect::Ask(Ask::Choice(Choice::new("Closed tabs", rows).filtered()))]
    }

    /// Follows the query in front again, of which it was lost what became.
    pub(super) fn look_again(&mut self, now: Instant) -> Vec<Effect> {
        let generation = self.count();
        let tab = self.tab_mut();
        let execution = tab.run.as_ref().and_then(|run| run.unsettled().cloned());
        tab.rejoin(execution, generation, now).map(rejoin).into_iter().collect()
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
        effects.extend(self.know_group());
        effects
    }
}

/// Follows a query that was started before.
pub(super) fn rejoin(found: Found) -> Effect {
    let Found { tab, generation, execution } = found;
    Effect::start(Slot::Query(tab), Job::Rejoin { generation, execution })
}

/// The first is what nothing happens by. A query whose id is not known yet would not be found
/// again.
fn ways_to_close(tab: u32, is_known: bool) -> Vec<(Shown, Vec<Effect>)> {
    let close = |leave| vec![Effect::hear(News::Close { tab, leave })];
    let mut ways = vec![
        ("Stay".into(), Vec::new()),
        ("Stop the query in Athena, and close".into(), close(false)),
    ];
    if is_known {
        let leave = "Leave it running, and close: found again when the tab is opened again";
        ways.push((leave.into(), close(true)));
    }
    ways
}
