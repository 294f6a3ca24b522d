//! From a key to a command: dialogs first, then text fields, then the keymap.

use std::time::Instant;

use super::{App, Command, Phase, on_pane};
use crate::ui::command::{Command as Any, Layer};
use crate::ui::keymap::{Key, Meaning};
use crate::ui::modal::{Modal, Outcome, Press};
use crate::ui::pane::{Input, Pane};
use crate::ui::talk::Effect;
use crate::ui::widgets::list::Move;

impl App {
    /// A key was pressed. Answers the effects that are not the screen's own.
    pub fn press(&mut self, key: Key, now: Instant) -> Vec<Effect> {
        let effects = if self.modals.is_empty() {
            self.press_pane(key, now)
        } else {
            self.press_modal(key, now)
        };
        self.settle(effects, now)
    }

    /// Text was pasted: it goes where text goes and never runs anything.
    pub fn paste(&mut self, text: String, now: Instant) -> Vec<Effect> {
        let effects = match self.modals.last().map(Modal::typing) {
            Some(true) => self.press_into(Press::Type(text), now),
            Some(false) => Vec::new(),
            None => self.type_in(Input::Paste(text), now),
        };
        self.settle(effects, now)
    }

    /// The mouse wheel: three rows of whatever is in front.
    pub fn wheel(&mut self, down: bool, now: Instant) -> Vec<Effect> {
        let (command, step) = if down {
            (crate::ui::modal::Command::Down, Move::Down)
        } else {
            (crate::ui::modal::Command::Up, Move::Up)
        };
        let mut effects = Vec::new();
        for _ in 0..3 {
            effects.extend(if self.modals.is_empty() {
                self.obey(step.into(), now)
            } else {
                self.press_into(Press::Command(command), now)
            });
        }
        self.settle(effects, now)
    }

    fn press_modal(&mut self, key: Key, now: Instant) -> Vec<Effect> {
        let typing = self.modals.last().is_some_and(Modal::typing);
        let typed = key.typed().map(|c| Press::Type(c.into()));
        if let (true, Some(press)) = (typing, &typed) {
            return self.press_into(press.clone(), now);
        }
        let layers = [Layer::Modal, Layer::Field, Layer::Global];
        match self.setup.keymap.meaning(&layers, &[key]) {
            Meaning::Command(Any::Modal(command)) => self.press_into(Press::Command(command), now),
            Meaning::Command(Any::Field(command)) => self.press_into(Press::Field(command), now),
            Meaning::Command(Any::Global(command @ Command::QuitNow)) => {
                self.obey(command.into(), now)
            }
            _ => match typed {
                Some(press) => self.press_into(press, now),
                None => Vec::new(),
            },
        }
    }

    fn press_into(&mut self, press: Press, now: Instant) -> Vec<Effect> {
        let Some(modal) = self.modals.last_mut() else { return Vec::new() };
        match modal.press(press) {
            Outcome::Stay(effects) => effects,
            Outcome::Close(effects) => {
                self.modals.pop();
                effects
            }
            Outcome::Answer(answer, text) => {
                self.modals.pop();
                self.answer(answer, text, now)
            }
        }
    }

    fn press_pane(&mut self, key: Key, now: Instant) -> Vec<Effect> {
        let typing = self.typing();
        if typing && self.pending.is_empty() && key.typed().is_some() {
            return self.type_in(Input::Key(key), now);
        }
        let layers = self.layers();
        let begun = !self.pending.is_empty();
        self.pending.push(key);
        match self.setup.keymap.meaning(&layers, &self.pending) {
            Meaning::Command(command) => {
                self.pending.clear();
                self.obey(command, now)
            }
            Meaning::Begun => Vec::new(),
            Meaning::Nothing => {
                self.pending.clear();
                match (begun, typing) {
                    // A chord that leads nowhere is forgotten; its last key counts by itself.
                    (true, _) => self.press_pane(key, now),
                    (false, true) => self.type_in(Input::Key(key), now),
                    (false, false) => Vec::new(),
                }
            }
        }
    }

    fn type_in(&mut self, input: Input, now: Instant) -> Vec<Effect> {
        if self.phase != Phase::Open {
            return Vec::new();
        }
        let cx = Self::cx(&self.facts, now);
        on_pane!(mut self, self.focus, pane => {
            if pane.typing() { pane.type_in(input, &cx) } else { Vec::new() }
        })
    }
}
