//! What the pane's commands do.

use std::path::PathBuf;

use super::listing::MANY;
use super::side::{Loaded, Side};
use super::talk::{Answer, Job, Kind, Slot};
use super::{Buckets, Command};
use crate::model::shown::Shown;
use crate::model::uri::S3Uri;
use crate::ui::command::Command as Any;
use crate::ui::modal::{Ask, Choice, Prompt};
use crate::ui::pane::{Input, Pane};
use crate::ui::talk::{Cx, Effect};
use crate::ui::widgets::field::Command as Editing;
use crate::ui::widgets::filter::{Filter, Typed};
use crate::ui::widgets::text as words;

impl Buckets {
    pub(super) fn obey_command(&mut self, command: Command, cx: &Cx<'_>) -> Vec<Effect> {
        match command {
            Command::Open => self.open(cx),
            Command::Up => self.up(cx),
            Command::Upload => self.ask_upload(),
            Command::Download => self.ask_download(cx),
            Command::Preview => self.preview(),
            Command::Details => self.toggle_details(),
            Command::Filter => {
                self.filter.open();
                Vec::new()
            }
            Command::Mark => {
                self.listing.mark();
                self.step(crate::ui::widgets::list::Move::Down, cx)
            }
            Command::MarkAll => {
                self.listing.mark_all();
                Vec::new()
            }
            Command::Sort => {
                self.listing.sort = self.listing.sort.next();
                self.arrange(cx)
            }
            Command::Reverse => {
                self.listing.sort.ascending = !self.listing.sort.ascending;
                self.arrange(cx)
            }
            Command::CopyTo => self.ask_copy(false, cx),
            Command::MoveTo => self.ask_copy(true, cx),
            Command::Copy => self.copy_menu(),
            Command::Delete => self.count_to_delete(cx),
            Command::Versions => self.open_versions(),
            Command::Undelete => self.ask_undelete(),
            Command::Stop => self.stop_going(),
            Command::Failures => self.read_failures(),
            Command::Refresh | Command::Retry => self.refresh(),
        }
    }

    /// Lists another place. What ran for the old one stops.
    pub(super) fn go(&mut self, to: Option<S3Uri>, _cx: &Cx<'_>) -> Vec<Effect> {
        self.remember();
        let wanted = self.memory.get(&to).cloned();
        self.at = to;
        self.filter = Filter::default();
        let closed = self.side.takes_keys().then(|| self.side.close()).flatten();
        if let Side::Details(about) = &mut self.side {
            *about = None;
        }
        self.listing.begin(wanted);
        let mut effects = vec![Effect::stop(Slot::Arrange), self.list()];
        effects.extend(closed.map(Effect::stop));
        effects
    }

    fn remember(&mut self) {
        if let Some(tail) = self.listing.current().map(|row| row.tail().to_owned()) {
            self.memory.insert(self.at.clone(), tail);
        }
    }

    fn list(&self) -> Effect {
        let generation = self.listing.generation;
        let job = match &self.at {
            None => Job::Buckets { generation },
            Some(at) => Job::List { at: at.clone(), generation },
        };
        Effect::start(Slot::Listing, job)
    }

    pub(super) fn refresh(&mut self) -> Vec<Effect> {
        self.listing.renew();
        vec![Effect::stop(Slot::Arrange), self.list()]
    }

    fn open(&mut self, cx: &Cx<'_>) -> Vec<Effect> {
        let Some(row) = self.current() else { return Vec::new() };
        match row.kind {
            Kind::Bucket(_) | Kind::Folder => {
                let to = self.uri(row);
                self.go(Some(to), cx)
            }
            Kind::Object => self.preview(),
        }
    }

    fn up(&mut self, cx: &Cx<'_>) -> Vec<Effect> {
        if self.side.takes_keys() {
            return self.side.close().map(Effect::stop).into_iter().collect();
        }
        let Some(at) = self.at.clone() else { return Vec::new() };
        // Where this was jumped to, the folder above does not know its cursor yet.
        let parent = at.parent();
        let tail = match &parent {
            Some(_) => at.name().to_owned(),
            None => at.bucket.clone(),
        };
        self.memory.insert(parent.clone(), tail);
        self.go(parent, cx)
    }

    fn ask_upload(&self) -> Vec<Effect> {
        let to = match (&self.at, self.current()) {
            (Some(at), _) => at.clone(),
            (None, Some(row)) => self.uri(row),
            (None, None) => return vec![Effect::warn("There is no bucket to upload to")],
        };
        let title = format!("Upload to {to}");
        let prompt = Prompt::new(title, "A file or a folder of this machine", Answer::UploadTo(to));
        vec![Effect::Ask(Ask::Prompt(prompt.local_path()))]
    }

    fn ask_download(&self, cx: &Cx<'_>) -> Vec<Effect> {
        if cx.facts.settings.as_ref().is_some_and(|settings| !settings.downloads) {
            return vec![Effect::warn(
                "Downloads are switched off for this lake (downloads = false)",
            )];
        }
        let what: Vec<S3Uri> = self.chosen().into_iter().map(|row| self.uri(row)).collect();
        if self.at.is_none() || what.is_empty() {
            return vec![Effect::warn("Open a bucket and choose what to download")];
        }
        let title = match what.as_slice() {
            [one] => format!("Download {}", one.name()),
            many => format!("Download {}", words::plural(many.len() as u64, "item")),
        };
        let prompt =
            Prompt::new(title, "Into which folder of this machine", Answer::Download(what));
        vec![Effect::Ask(Ask::Prompt(prompt.text("./").local_path()))]
    }

    pub(super) fn answered(&mut self, answer: Answer, text: &str, cx: &Cx<'_>) -> Vec<Effect> {
        let text = text.trim();
        let path = PathBuf::from(text);
        let answer = match answer {
            // Nothing typed is an answer to these.
            Answer::AsOf(what) => return self.seek(what, text),
            Answer::Versions(answer) => return self.answer_versions(answer, text, cx),
            answer => answer,
        };
        if text.is_empty() {
            return match answer {
                Answer::Approval(_) | Answer::CopyApproval(_) => {
                    vec![Effect::warn("Nothing is sent without a reference")]
                }
                _ => Vec::new(),
            };
        }
        match answer {
            Answer::UploadTo(to) => {
                self.pending += 1;
                let slot = self.act();
                vec![Effect::start(slot, Job::PlanUpload { from: path, to })]
            }
            Answer::Approval(planned) => self.upload(planned, Some(text.to_owned()), cx),
            Answer::CopyTo { what, known, remove } => self.copy_to(what, known, text, remove),
            Answer::CopyApproval(planned) => self.confirm_copy(planned, Some(text.to_owned()), cx),
            Answer::AsOf(_) | Answer::Versions(_) => Vec::new(),
            Answer::Download(what) => {
                let count = words::plural(what.len() as u64, "item");
                self.listing.unmark_all();
                let slot = self.act();
                vec![
                    Effect::start(slot, Job::Download { what, folder: path }),
                    Effect::info(format!("Downloading {count}; Transfers shows how far it is")),
                ]
            }
        }
    }

    fn preview(&mut self) -> Vec<Effect> {
        if self.side.takes_keys() {
            return self.side.close().map(Effect::stop).into_iter().collect();
        }
        let Some(row) = self.current().filter(|row| row.kind == Kind::Object) else {
            return vec![Effect::warn("Only objects have a preview")];
        };
        let (uri, size) = (self.uri(row), row.size);
        self.side = Side::preview(uri.clone());
        vec![Effect::start(Slot::Preview, Job::Preview { uri, size })]
    }

    fn toggle_details(&mut self) -> Vec<Effect> {
        if let Side::Details(_) = self.side {
            return self.side.close().map(Effect::stop).into_iter().collect();
        }
        let closed = self.side.close().map(Effect::stop);
        self.side = Side::Details(None);
        closed.into_iter().chain(self.follow()).collect()
    }

    /// The details follow the cursor.
    pub(super) fn follow(&mut self) -> Vec<Effect> {
        let Side::Details(about) = &self.side else { return Vec::new() };
        let row = self.current().filter(|row| row.kind == Kind::Object);
        let uri = row.map(|row| self.uri(row));
        if about.as_ref().map(|(uri, _)| uri) == uri.as_ref() {
            return Vec::new();
        }
        self.side = Side::Details(uri.clone().map(|uri| (uri, Loaded::Waiting)));
        match uri {
            Some(uri) => vec![Effect::start(Slot::Details, Job::Details { uri })],
            None => vec![Effect::stop(Slot::Details)],
        }
    }

    pub(super) fn type_filter(&mut self, input: Input, cx: &Cx<'_>) -> Vec<Effect> {
        match self.filter.type_in(input) {
            Typed::Changed => self.arrange(cx),
            Typed::Ended => self.follow(),
            Typed::Nothing => Vec::new(),
        }
    }

    pub(super) fn edit_filter(&mut self, command: Editing, cx: &Cx<'_>) -> Vec<Effect> {
        self.filter.edit(command);
        self.arrange(cx)
    }

    /// Order or filter are others: here and now for few rows, in a job for many.
    pub(super) fn arrange(&mut self, _cx: &Cx<'_>) -> Vec<Effect> {
        if self.listing.store.len() <= MANY {
            self.listing.arrange_now(self.filter.text());
            let mut effects = vec![Effect::stop(Slot::Arrange)];
            effects.extend(self.follow());
            return effects;
        }
        self.listing.arranging = true;
        vec![self.arrange_job()]
    }

    pub(super) fn arrange_job(&self) -> Effect {
        let job = Job::Arrange {
            pages: self.listing.store.pages(),
            sort: self.listing.sort,
            filter: self.filter.text().to_owned(),
            generation: self.listing.generation,
        };
        Effect::start(Slot::Arrange, job)
    }

    fn copy_menu(&self) -> Vec<Effect> {
        let Some(row) = self.current() else { return Vec::new() };
        let uri = self.uri(row);
        let mut texts = vec![Shown::of(&uri.to_string())];
        if !uri.key.is_empty() {
            texts.push(Shown::of(&uri.key));
        }
        let slash = if uri.key.is_empty() { "" } else { "/" };
        texts.push(Shown::of(&format!("arn:aws:s3:::{}{slash}{}", uri.bucket, uri.key)));
        let mut rows: Vec<(Shown, Vec<Effect>)> =
            texts.into_iter().map(|text| (text.clone(), vec![Effect::Copy(text)])).collect();
        if self.at.is_some() {
            let obey = |command: Command| vec![Effect::Obey(command.into())];
            rows.push(("Copy objects to …".into(), obey(Command::CopyTo)));
            rows.push(("Move objects to …".into(), obey(Command::MoveTo)));
        }
        vec![Effect::Ask(Ask::Choice(Choice::new("Copy", rows)))]
    }

    pub(super) fn hint_commands(&self) -> Vec<Any> {
        use Command as C;
        let commands: &[Command] = match (&self.at, self.side.takes_keys()) {
            (_, true) => &[C::Preview],
            (None, _) => &[C::Open, C::Upload, C::Copy, C::Filter, C::Sort, C::Refresh],
            (Some(_), _) => &[
                C::Upload,
                C::Download,
                C::Preview,
                C::Details,
                C::Filter,
                C::Delete,
                C::Versions,
                C::Open,
                C::Up,
                C::Mark,
                C::CopyTo,
                C::MoveTo,
                C::Copy,
                C::Undelete,
                C::Sort,
                C::Refresh,
            ],
        };
        commands.iter().map(|command| (*command).into()).collect()
    }
}
