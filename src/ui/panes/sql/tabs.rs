//! Tabs: each with its text, its database and its query. There is always one in front.

use std::collections::{BTreeMap, VecDeque};
use std::time::Instant;

use super::money::Guess;
use super::outcome::Run;
use super::script::Script;
use super::values::Typed;
use crate::model::drafts::{Draft, Drafts};
use crate::model::query::Terms;
use crate::model::sql::{Statement, position};

/// Closed tabs that can be opened again.
const CLOSED: usize = 20;

/// A statement that waits for its turn, as it was when it was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub statement: Statement,
    pub sql: String,
    /// SQL literals for the names that any of the statements has.
    pub literals: Vec<(String, String)>,
}

/// A text and what became of the query that was started from it last.
#[derive(Debug, Clone, Default)]
pub struct Tab {
    /// Names the slot of its query: a tab keeps it wherever it stands.
    pub id: u32,
    pub script: Script,
    /// `None` for the lake's own.
    pub database: Option<String>,
    pub terms: Terms,
    /// The file of this machine that it was read from or written to, as it was typed.
    pub file: Option<String>,
    pub run: Option<Run>,
    pub guess: Guess,
    /// What is run behind it, and how many statements were started together.
    pub queue: VecDeque<Step>,
    pub of: usize,
    /// What was typed for names, in small letters. Never on disk.
    pub typed: BTreeMap<String, Typed>,
    /// True where something was typed after the query was started: whoever types goes on
    /// typing when its end comes, and no key of theirs becomes a command.
    pub typed_on: bool,
}

impl Tab {
    fn of(id: u32, draft: &Draft) -> Self {
        Self {
            id,
            script: Script::new(&draft.text),
            database: draft.database.clone(),
            terms: draft.terms.clone(),
            file: draft.file.clone(),
            ..Self::default()
        }
    }

    /// Takes up a query that was started before, where there is one.
    pub fn rejoin(
        &mut self,
        execution: Option<String>,
        generation: u32,
        now: Instant,
    ) -> Option<Found> {
        let execution = execution?;
        self.run = Some(Run::of(generation, execution.clone(), now));
        Some(Found { tab: self.id, generation, execution })
    }

    pub fn is_running(&self) -> bool {
        self.run.as_ref().is_some_and(Run::is_running)
    }

    pub fn is_filling(&self) -> bool {
        let grid = self.run.as_ref().and_then(|run| run.grid.as_ref());
        grid.is_some_and(|grid| !grid.whole)
    }

    /// True while a result is sorted, searched or drawn.
    pub fn is_looked_at(&self) -> bool {
        self.run.as_ref().is_some_and(|run| run.looking.is_busy())
    }

    fn is_blank(&self) -> bool {
        self.script.is_empty() && self.run.is_none()
    }

    fn draft(&self) -> Draft {
        let execution = self.run.as_ref().and_then(Run::unsettled).cloned();
        Draft {
            text: self.script.shared(),
            database: self.database.clone(),
            terms: self.terms.clone(),
            file: self.file.clone(),
            execution,
        }
    }

    /// Puts the cursor where the engine's sentence says, as long as the statement is there.
    pub fn point_at_error(&mut self) {
        let Some(run) = &self.run else { return };
        let reason = run.progress.as_ref().and_then(|progress| progress.reason.as_deref());
        let why = run.failure.as_ref().map(|failure| failure.why.as_str());
        let Some(inner) = reason.or(why).and_then(position::named_in) else { return };
        let text = self.script.text();
        let is_there = !run.sql.is_empty() && text.get(run.statement.range()) == Some(&run.sql);
        if is_there {
            let place = position::within(text, run.statement.start, inner);
            self.script.goto(place);
        }
    }

    /// The name of its file, else what the statement it is about reads from.
    pub fn label(&self) -> String {
        if let Some(file) = &self.file {
            return file.rsplit('/').next().unwrap_or(file).to_owned();
        }
        match self.script.stem() {
            "" => "empty".to_owned(),
            stem => stem.to_owned(),
        }
    }
}

/// All tabs.
#[derive(Debug, Clone)]
pub struct Tabs {
    /// Never none.
    tabs: Vec<Tab>,
    front: usize,
    /// The newest id.
    made: u32,
    closed: Vec<Draft>,
}

impl Default for Tabs {
    fn default() -> Self {
        Self { tabs: vec![Tab::default()], front: 0, made: 0, closed: Vec::new() }
    }
}

impl Tabs {
    pub fn front(&self) -> &Tab {
        &self.tabs[self.front]
    }

    pub fn front_mut(&mut self) -> &mut Tab {
        &mut self.tabs[self.front]
    }

    /// Which one is in front, from 0.
    pub fn position(&self) -> usize {
        self.front
    }

    pub fn all(&self) -> &[Tab] {
        &self.tabs
    }

    pub fn all_mut(&mut self) -> &mut [Tab] {
        &mut self.tabs
    }

    /// The tab whose newest query this is; late news of an earlier one has none.
    pub fn of(&mut self, generation: u32) -> Option<&mut Tab> {
        self.tabs
            .iter_mut()
            .find(|tab| tab.run.as_ref().is_some_and(|run| run.generation == generation))
    }

    pub fn by_id(&mut self, id: u32) -> Option<&mut Tab> {
        self.tabs.iter_mut().find(|tab| tab.id == id)
    }

    pub fn is_front(&self, generation: u32) -> bool {
        self.front().run.as_ref().is_some_and(|run| run.generation == generation)
    }

    /// An empty one behind the one in front, which it takes the place of. It means the same
    /// database, on the same terms.
    pub fn open(&mut self) {
        let Tab { database, terms, .. } = self.front();
        let (database, terms) = (database.clone(), terms.clone());
        self.insert(&Draft { database, terms, ..Draft::default() });
    }

    fn insert(&mut self, draft: &Draft) {
        self.made += 1;
        self.front += 1;
        self.tabs.insert(self.front, Tab::of(self.made, draft));
    }

    /// Closes one and gives it back. Of the last one an empty one is left. `leave` keeps the id
    /// of its query with the text: the query goes on.
    pub fn close(&mut self, id: u32, leave: bool) -> Option<Tab> {
        let at = self.tabs.iter().position(|tab| tab.id == id)?;
        if self.tabs.len() == 1 {
            self.open();
        }
        let gone = self.tabs.remove(at);
        if self.front > at || self.front == self.tabs.len() {
            self.front -= 1;
        }
        let draft = gone.draft();
        let execution = draft.execution.clone().filter(|_| leave);
        if !gone.script.is_empty() || execution.is_some() {
            self.closed.insert(0, Draft { execution, ..draft });
            self.closed.truncate(CLOSED);
        }
        Some(gone)
    }

    /// Those that were closed, the newest first.
    pub fn closed(&self) -> &[Draft] {
        &self.closed
    }

    /// Opens one that was closed, by its place among them. Answers the execution that was left
    /// running in it, which is `generation` from now on.
    pub fn reopen(&mut self, at: usize, generation: u32, now: Instant) -> Option<Found> {
        if at >= self.closed.len() {
            return None;
        }
        let draft = self.closed.remove(at);
        self.insert(&draft);
        self.front_mut().rejoin(draft.execution, generation, now)
    }

    pub fn next(&mut self) {
        self.front = (self.front + 1) % self.tabs.len();
    }

    pub fn previous(&mut self) {
        self.front = (self.front + self.tabs.len() - 1) % self.tabs.len();
    }

    /// Everything that is to be found again at the next start.
    pub fn drafts(&self) -> Drafts {
        Drafts {
            tabs: self.tabs.iter().map(Tab::draft).collect(),
            current: self.front,
            closed: self.closed.clone(),
        }
    }

    /// Takes in the tabs as they were left; what was typed before they came stays, in front.
    /// Answers the executions that were being followed, each with the number that `count` gives
    /// its run.
    pub fn take(
        &mut self,
        drafts: Drafts,
        now: Instant,
        mut count: impl FnMut() -> u32,
    ) -> Vec<Found> {
        let typed = std::mem::take(&mut self.tabs);
        let mut found = Vec::new();
        for draft in &drafts.tabs {
            self.made += 1;
            let mut tab = Tab::of(self.made, draft);
            let execution = draft.execution.clone();
            found.extend(execution.and_then(|id| tab.rejoin(Some(id), count(), now)));
            self.tabs.push(tab);
        }
        self.front = drafts.current.min(self.tabs.len().saturating_sub(1));
        let typed: Vec<Tab> = typed.into_iter().filter(|tab| !tab.is_blank()).collect();
        if !typed.is_empty() {
            self.front = self.tabs.len();
            self.tabs.extend(typed);
        }
        if self.tabs.is_empty() {
            self.made += 1;
            self.tabs.push(Tab::of(self.made, &Draft::default()));
        }
        self.closed.extend(drafts.closed);
        self.closed.truncate(CLOSED);
        found
    }
}

/// A query that ran on while nobody looked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub tab: u32,
    pub generation: u32,
    pub execution: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(text: &str) -> Draft {
        Draft { text: text.into(), ..Draft::default() }
    }

    fn texts(tabs: &Tabs) -> Vec<&str> {
        tabs.all().iter().map(|tab| tab.script.text()).collect()
    }

    fn close(tabs: &mut Tabs) {
        let id = tabs.front().id;
        tabs.close(id, false);
    }

    fn take(tabs: &mut Tabs, drafts: Drafts) -> Vec<Found> {
        let mut made = 0;
        tabs.take(drafts, Instant::now(), || {
            made += 1;
            made
        })
    }

    #[test]
    fn closing_keeps_the_text_and_leaves_one() {
        let mut tabs = Tabs::default();
        tabs.front_mut().script.insert("select 1");
        tabs.open();
        tabs.front_mut().script.insert("select 2");
        assert_eq!(texts(&tabs), ["select 1", "select 2"]);
        close(&mut tabs);
        assert_eq!((texts(&tabs), tabs.position()), (vec!["select 1"], 0));
        close(&mut tabs);
        assert_eq!(texts(&tabs), [""]);
        assert_eq!(tabs.reopen(1, 9, Instant::now()), None);
        assert_eq!((texts(&tabs), tabs.position()), (vec!["", "select 2"], 1));
        assert_eq!(tabs.closed(), [draft("select 1")]);
        tabs.next();
        tabs.previous();
        assert_eq!(tabs.position(), 1);
    }

    #[test]
    fn one_that_is_closed_by_its_number_leaves_the_front_alone() {
        let mut tabs = Tabs::default();
        let all = ["a", "b", "c"].map(draft).to_vec();
        take(&mut tabs, Drafts { tabs: all, current: 1, ..Drafts::default() });
        let first = tabs.all()[0].id;
        assert!(tabs.close(first, false).is_some() && tabs.close(first, false).is_none());
        assert_eq!((texts(&tabs), tabs.position()), (vec!["b", "c"], 0));
    }

    #[test]
    fn a_query_that_is_left_is_found_in_the_tab_that_is_opened_again() {
        let mut tabs = Tabs::default();
        let running = Draft { execution: Some("e1".into()), ..draft("a") };
        take(&mut tabs, Drafts { tabs: vec![running.clone()], ..Drafts::default() });
        let id = tabs.front().id;
        tabs.close(id, true);
        assert_eq!(tabs.closed(), [running], "also after a crash");
        let found = tabs.reopen(0, 7, Instant::now()).unwrap();
        assert_eq!((found.generation, found.execution.as_str()), (7, "e1"));
        let id = tabs.front().id;
        tabs.close(id, false);
        assert_eq!(tabs.closed()[0].execution, None, "stopped");
    }

    #[test]
    fn they_come_back_as_they_were_left() {
        let mut tabs = Tabs::default();
        let left = Drafts {
            tabs: vec![draft("a"), Draft { execution: Some("e1".into()), ..draft("b") }],
            current: 1,
            closed: vec![draft("c")],
        };
        let found = take(&mut tabs, left.clone());
        assert_eq!(tabs.drafts(), left);
        assert_eq!((found[0].generation, found[0].execution.as_str()), (1, "e1"));
        assert!(tabs.of(1).unwrap().is_running() && tabs.of(2).is_none());
    }

    #[test]
    fn what_was_typed_before_they_came_stays() {
        let mut tabs = Tabs::default();
        tabs.front_mut().script.insert("new");
        take(&mut tabs, Drafts { tabs: vec![draft("old")], ..Drafts::default() });
        assert_eq!((texts(&tabs), tabs.position()), (vec!["old", "new"], 1));
        let mut none = Tabs::default();
        take(&mut none, Drafts::default());
        assert_eq!(texts(&none), [""]);
    }
}
