//! Typing, pasting, completing.

use crossterm::event::KeyCode;

use super::Sql;
use super::popup::Popup;
use super::talk::{Job, Slot};
use crate::model::sql::complete::Candidate;
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
        // While candidates are shown they follow what is typed.
        if open && (key.typed().is_some() || key.code == KeyCode::Backspace) {
            self.popup = self.offer();
        }
        self.keep_drafts()
    }

    /// The keys that the list of candidates takes for itself.
    fn press_popup(&mut self, key: Key) -> Option<Vec<Effect>> {
        let popup = self.popup.as_mut()?;
        match key.code {
            KeyCode::Down => popup.step(Move::Down),
            KeyCode::Up => popup.step(Move::Up),
            KeyCode::Enter => {
                let chosen = popup.chosen().cloned();
                return Some(chosen.map(|c| self.take_candidate(&c)).unwrap_or_default());
            }
            _ => return None,
        }
        Some(Vec::new())
    }

    fn offer(&self) -> Option<Popup> {
        let offer = {
            let script = &self.tab().script;
            self.catalog.offer(script.text(), script.cursor(), self.current())?
        };
        Some(Popup::new(offer))
    }

    /// Tab: the next candidate, the only one, the list of them, or an indentation.
    pub(super) fn complete(&mut self) -> Vec<Effect> {
        if let Some(popup) = &mut self.popup {
            popup.step(Move::Down);
            return Vec::new();
        }
        match self.offer() {
            None => {
                self.tab_mut().script.indent();
                self.keep_drafts()
            }
            Some(popup) if popup.offer.candidates.len() == 1 => {
                let chosen = popup.offer.candidates[0].clone();
                self.popup = Some(popup);
                self.take_candidate(&chosen)
            }
            Some(popup) => {
                self.popup = Some(popup);
                Vec::new()
            }
        }
    }

    fn take_candidate(&mut self, candidate: &Candidate) -> Vec<Effect> {
        let Some(popup) = self.popup.take() else { return Vec::new() };
        let script = &mut self.tab_mut().script;
        script.replace(popup.offer.start, script.cursor(), &candidate.text);
        self.keep_drafts()
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
