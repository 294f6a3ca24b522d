//! Texts from and to files of this machine, and to the user's own editor.

use super::money::Guess;
use super::talk::{Answer, Job, Slot};
use super::{Focus, Sql};
use crate::model::shown::Shown;
use crate::ui::modal::{Ask, Confirm, Prompt};
use crate::ui::talk::{Effect, Failure};

impl Sql {
    pub(super) fn ask_open(&self) -> Vec<Effect> {
        let prompt = Prompt::new("Open", "A file of SQL on this machine", Answer::OpenFile);
        vec![Effect::Ask(Ask::Prompt(prompt.local_path()))]
    }

    pub(super) fn ask_save_file(&self) -> Vec<Effect> {
        let to = Answer::SaveFile { tab: self.tab().id };
        let prompt = Prompt::new("Save the text", "A file on this machine", to).local_path();
        let name = self.tab().file.clone().unwrap_or_else(|| format!("{}.sql", self.tab().label()));
        vec![Effect::Ask(Ask::Prompt(prompt.text(name)))]
    }

    pub(super) fn open_file(&self, path: &str) -> Vec<Effect> {
        match path.trim() {
            "" => Vec::new(),
            path => vec![Effect::start(Slot::Files, Job::OpenFile(path.to_owned()))],
        }
    }

    /// The file that the text came from is replaced without a question.
    pub(super) fn save_file(&mut self, tab: u32, path: &str) -> Vec<Effect> {
        let path = path.trim().to_owned();
        let Some(from) = self.tabs.by_id(tab).filter(|_| !path.is_empty()) else {
            return Vec::new();
        };
        let replace = from.file.as_ref() == Some(&path);
        let text = from.script.text().to_owned();
        vec![Effect::start(Slot::Files, Job::SaveFile { tab, path, text, replace })]
    }

    pub(super) fn opened_file(&mut self, path: String, text: &str) -> Vec<Effect> {
        if !self.tab().script.is_empty() || self.tab().run.is_some() {
            self.tabs.open();
        }
        let tab = self.tabs.front_mut();
        tab.script = super::script::Script::new(text);
        tab.script.goto(crate::model::sql::position::Place::default());
        tab.guess = Guess::default();
        tab.file = Some(path);
        self.turned(Focus::Editor)
    }

    pub(super) fn written(&mut self, tab: u32, path: String) -> Vec<Effect> {
        let told = Effect::info(format!("Saved as {}", Shown::of(&path)));
        self.tabs.by_id(tab).into_iter().for_each(|tab| tab.file = Some(path.clone()));
        let mut effects = vec![told];
        effects.extend(self.keep_drafts());
        effects
    }

    /// What comes back takes the place of the whole text, which can be undone.
    pub(super) fn edited(&mut self, edited: Result<Option<String>, Failure>) -> Vec<Effect> {
        let text = match edited {
            Err(failure) => return vec![Effect::fail(&failure)],
            Ok(None) => return vec![Effect::info("The editor ended badly: nothing has changed")],
            Ok(Some(text)) => text,
        };
        self.popup = None;
        self.focus = Focus::Editor;
        let script = &mut self.tab_mut().script;
        let text = text.strip_suffix('\n').unwrap_or(&text);
        if text == script.text() {
            return Vec::new();
        }
        script.replace(0, script.text().len(), text);
        self.keep_now()
    }
}

pub(super) fn ask_replace(tab: u32, path: String, text: String) -> Vec<Effect> {
    let body: Shown = Shown::of(&path);
    let job = Job::SaveFile { tab, path, text, replace: true };
    let then = vec![Effect::start(Slot::Files, job)];
    let ask = Confirm::new("Replace the file?", "Replace", then).body([body]);
    vec![Effect::Ask(Ask::Confirm(ask))]
}
