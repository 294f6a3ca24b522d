//! Typing, pasting, completing.

use std::time::Instant;

use crossterm::event::KeyCode;

use super::Sql;
use super::popup::Popup;
use super::talk::{Job, Slot};
use crate::model::sql::complete::{Candidate, What};
use crate::ui::keymap::Key;
use crate::ui::pane::Input;
use crate::ui::talk::Effect;
use crate::ui::widgets::list::Move;

impl Sql {
    pub(super) fn type_text(&mut self, input: Input) -> Vec<Effect> {
        match input {
            // A paste never runs anything and never chooses a candidate.
            Input::Paste(text) => {
                self.popup = None;
                self.tab_mut().script.insert(&text);
                self.keep_drafts()
            }
            Input::Key(key) => match self.press_popup(key) {
                Some(effects) => effects,
                None => self.press_editor(key),
            },
        }
    }

    fn press_editor(&mut self, key: Key) -> Vec<Effect> {
        let open = self.popup.take().is_some();
        if !self.tab_mut().script.key(key) {
            return Vec::new();
        }
        let mut effects = self.keep_drafts();
        // While candidates are shown they follow what is typed.
        if open && (key.typed().is_some() || key.code == KeyCode::Backspace) {
            effects.extend(self.offer(false));
        }
        effects
    }

    /// The keys that the list of candidates takes for itself.
    fn press_popup(&mut self, key: Key) -> Option<Vec<Effect>> {
        let popup = self.popup.as_mut()?;
        let chosen = popup.chosen()?.clone();
        match key.code {
            KeyCode::Down => popup.step(Move::Down),
            KeyCode::Up => popup.step(Move::Up),
            KeyCode::Enter => return Some(self.take_candidate(&chosen)),
            _ => return None,
        }
        Some(Vec::new())
    }

    /// Shows what can stand at the cursor, and asks for what has to be known for more. What
    /// could not be read is only read again where that is `wanted`.
    fn offer(&mut self, wanted: bool) -> Vec<Effect> {
        let script = &self.tab().script;
        let offer = self.catalog.offer(script.text(), script.cursor(), self.current());
        let Some(offer) = offer else {
            self.popup = None;
            return Vec::new();
        };
        let mut effects = Vec::new();
        for database in &offer.wants {
            if self.catalog.can_read(database, wanted) {
                effects.extend(self.read_tables(database.clone()));
            }
        }
        let notes = offer.wants.iter().filter_map(|database| self.catalog.note(database));
        self.popup = Some(Popup::new(offer.clone(), notes.collect()));
        effects
    }

    /// More of the catalog is known: what is offered follows.
    pub(super) fn follow_catalog(&mut self) {
        if let Some(before) = self.popup.take() {
            self.offer(false);
            self.popup = self.popup.take().map(|popup| popup.after(&before));
        }
    }

    /// Tab: the next candidate, the only one, the list of them, or an indentation.
    pub(super) fn complete(&mut self, now: Instant) -> Vec<Effect> {
        if let Some(popup) = &mut self.popup
            && !popup.offer.candidates.is_empty()
        {
            popup.step(Move::Down);
            return Vec::new();
        }
        // What is known for long is used, and read again behind.
        let current = self.current().to_owned();
        let mut effects = Vec::new();
        if self.entered
            && self.catalog.is_old(&current, now)
            && self.catalog.can_read(&current, false)
        {
            effects.extend(self.read_tables(current));
        }
        effects.extend(self.offer(true));
        let Some(popup) = &self.popup else { return self.indent(effects) };
        let Some(first) = popup.offer.candidates.first().cloned() else {
            if popup.offer.wants.is_empty() {
                return self.indent(effects);
            }
            return effects;
        };
        if popup.offer.sure {
            effects.extend(self.take_candidate(&first));
        }
        effects
    }

    fn indent(&mut self, mut effects: Vec<Effect>) -> Vec<Effect> {
        self.tab_mut().script.indent();
        effects.extend(self.keep_drafts());
        effects
    }

    fn take_candidate(&mut self, candidate: &Candidate) -> Vec<Effect> {
        let Some(popup) = self.popup.take() else { return Vec::new() };
        let script = &mut self.tab_mut().script;
        script.replace(popup.offer.start, script.cursor(), &candidate.text);
        let mut effects = self.keep_drafts();
        match candidate.what {
            // Its tables are what comes next.
            What::Database if candidate.text.ends_with('.') => effects.extend(self.offer(true)),
            What::Function if candidate.text.ends_with('(') => {
                effects.extend(self.offer(false));
                self.popup = self.popup.take().and_then(Popup::signatures);
            }
            _ => {}
        }
        effects
    }

    /// The tabs are kept on disk: nothing typed is ever lost.
    pub(super) fn keep_drafts(&mut self) -> Vec<Effect> {
        self.keep(false)
    }

    /// The same, at once: what is kept is more than a few letters.
    pub(super) fn keep_now(&mut self) -> Vec<Effect> {
        self.keep(true)
    }

    fn keep(&mut self, now: bool) -> Vec<Effect> {
        if self.recalled.here().is_none() {
            return Vec::new();
        }
        let edit = self.act();
        let drafts = self.tabs.drafts();
        vec![Effect::start(Slot::Draft, Job::KeepDrafts { now, edit, drafts })]
    }
}
