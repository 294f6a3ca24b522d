//! What the pane's commands do.

use std::path::PathBuf;

use super::listing::MANY;
use super::rows::{Kind, Row};
use super::side::{Loaded, Side};
use super::talk::{Answer, Job, Slot};
use super::versions::{self, Which};
use super::viewer::{Command as Viewing, Viewer};
use super::{Buckets, Command, posture};
use crate::model::object::ObjectRef;
use crate::model::shown::Shown;
use crate::model::uri::S3Uri;
use crate::ui::command::Command as Any;
use crate::ui::modal::{Ask, Choice, Prompt};
use crate::ui::pane::{Input, Pane};
use crate::ui::panes::sql;
use crate::ui::talk::{Cx, Effect, Failure, PaneId};
use crate::ui::widgets::field::Command as Editing;
use crate::ui::widgets::filter::Typed;
use crate::ui::widgets::text as words;

/// The object that stands for its folder is no folder, though its key is one's.
pub(super) const OF_ITSELF: &str =
    "(this folder) goes along with its folder; by itself it can only be deleted";

impl Buckets {
    pub(super) fn obey_command(&mut self, command: Command, cx: &Cx<'_>) -> Vec<Effect> {
        match command {
            Command::Open => self.open(cx),
            Command::Up => self.up(cx),
            Command::GoTo => self.ask_place(),
            Command::Upload => self.ask_upload(),
            Command::Download => self.ask_download(cx),
            Command::Preview => self.preview(cx),
            Command::Query => self.query_chosen(cx),
            Command::Details => self.toggle_details(),
            Command::Size => self.open_sizes(),
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
            Command::Posture => self.open_posture(),
            Command::Versions => self.open_versions(),
            Command::Undelete => self.ask_undelete(),
            Command::Stop => self.stop_going(),
            Command::Failures => self.read_failures(),
            Command::Refresh | Command::Retry => self.refresh(),
            Command::Rename
            | Command::NewFolder
            | Command::Tags
            | Command::Storage
            | Command::Link
            | Command::Compare
            | Command::Places
            | Command::Bookmark => self.act_on(command, cx),
        }
    }

    fn open(&mut self, cx: &Cx<'_>) -> Vec<Effect> {
        let Some(row) = self.current() else { return Vec::new() };
        match row.kind {
            Kind::Bucket(_) | Kind::Folder => {
                let to = self.uri(row);
                self.go(Some(to), cx)
            }
            Kind::Object => self.preview(cx),
        }
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
        let chosen = self.chosen();
        if chosen.iter().any(Row::stands_for_its_folder) {
            return vec![Effect::warn(OF_ITSELF)];
        }
        let what: Vec<S3Uri> = chosen.into_iter().map(|row| self.uri(row)).collect();
        if self.at.is_none() || what.is_empty() {
            return vec![Effect::warn("Open a bucket and choose what to download")];
        }
        download(what, cx)
    }

    pub(super) fn answered(&mut self, answer: Answer, text: &str, cx: &Cx<'_>) -> Vec<Effect> {
        // A name may begin or end with a space.
        let raw = text;
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
                Answer::Acts(answer) => self.acted(answer, raw, cx),
                _ => Vec::new(),
            };
        }
        match answer {
            Answer::Place => self.go_to(text, cx),
            Answer::Posture(answer) => posture::answered(answer, text, self.act(), cx),
            Answer::UploadTo(to) => {
                self.pending += 1;
                let slot = self.act();
                vec![Effect::start(slot, Job::PlanUpload { from: path, to })]
            }
            Answer::Approval(planned) => self.upload(planned, Some(text.to_owned()), cx),
            Answer::CopyTo { what, known, remove } => self.copy_to(what, known, text, remove),
            Answer::CopyApproval(planned) => self.confirm_copy(planned, Some(text.to_owned()), cx),
            Answer::AsOf(_) | Answer::Versions(_) => Vec::new(),
            Answer::Acts(answer) => self.acted(answer, raw, cx),
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

    fn preview(&mut self, cx: &Cx<'_>) -> Vec<Effect> {
        let Some(row) = self.current().filter(|row| row.kind == Kind::Object) else {
            return vec![Effect::warn("Only objects have a preview")];
        };
        let object = ObjectRef::newest(self.uri(row));
        self.look_into(object, cx)
    }

    /// Opens the viewer over an object.
    pub(super) fn look_into(&mut self, object: ObjectRef, cx: &Cx<'_>) -> Vec<Effect> {
        if let Some(refused) = previews_are_off(cx) {
            return refused;
        }
        let mut effects = self.close_side();
        self.looks += 1;
        let (viewer, reading) = Viewer::open(object, self.looks);
        self.side = Side::Preview(Box::new(viewer));
        effects.extend(reading);
        effects
    }

    pub(in crate::ui) fn obey_viewer(&mut self, command: Viewing, cx: &Cx<'_>) -> Vec<Effect> {
        let next = self.looks + 1;
        let Some(viewer) = self.side.viewer_mut() else { return Vec::new() };
        let ObjectRef { uri, version } = viewer.object().clone();
        match command {
            Viewing::Close => self.close_side(),
            Viewing::Query => query(uri, cx),
            Viewing::Download => match version {
                Some(id) => {
                    let of = format!("the version {id}");
                    versions::download(Which { uri, id }, &of, cx)
                }
                None => download(vec![uri], cx),
            },
            command => {
                self.looks = next;
                viewer.obey(command, next, cx)
            }
        }
    }

    fn query_chosen(&self, cx: &Cx<'_>) -> Vec<Effect> {
        match self.current() {
            Some(row) => query(self.uri(row), cx),
            None => self.at.clone().map(|at| query(at, cx)).unwrap_or_default(),
        }
    }

    /// Statements for the SQL pane have been made.
    pub(super) fn queried(&mut self, result: Result<String, Failure>) -> Vec<Effect> {
        match result {
            Ok(text) => {
                vec![Effect::Focus(PaneId::Sql), Effect::hear(sql::News::Write(text))]
            }
            Err(failure) => vec![Effect::fail(&failure)],
        }
    }

    fn toggle_details(&mut self) -> Vec<Effect> {
        if let Side::Details(_) = self.side {
            return self.close_side();
        }
        let closed = self.close_side();
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
            from: self.listing.arrangement.clone(),
            pages: self.listing.store.pages().to_vec(),
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
        let mut choice = Choice::copies(texts);
        if self.at.is_some() {
            let obey = |command: Command| vec![Effect::Obey(command.into())];
            choice.rows.push(("Copy objects to …".into(), obey(Command::CopyTo)));
            choice.rows.push(("Move objects to …".into(), obey(Command::MoveTo)));
        }
        vec![Effect::Ask(Ask::Choice(choice))]
    }

    pub(super) fn hint_commands(&self) -> Vec<Any> {
        use Command as C;
        if let Some(viewer) = self.side.viewer() {
            return viewer.hints();
        }
        let commands: &[Command] = match &self.at {
            None => &[
                C::Open,
                C::Upload,
                C::Posture,
                C::Copy,
                C::Filter,
                C::Sort,
                C::Refresh,
                C::GoTo,
                C::Size,
            ],
            Some(_) => &[
                C::Upload,
                C::Download,
                C::Preview,
                C::Details,
                C::Filter,
                C::Delete,
                C::Versions,
                C::Open,
                C::Up,
                C::GoTo,
                C::Mark,
                C::CopyTo,
                C::MoveTo,
                C::Copy,
                C::Tags,
                C::Rename,
                C::Places,
                C::Query,
                C::Undelete,
                C::Sort,
                C::Refresh,
                C::Size,
            ],
        };
        commands.iter().map(|command| (*command).into()).collect()
    }
}

fn download(what: Vec<S3Uri>, cx: &Cx<'_>) -> Vec<Effect> {
    if let Some(refused) = downloads_are_off(cx) {
        return refused;
    }
    let title = match what.as_slice() {
        [one] => format!("Download {}", one.name()),
        many => format!("Download {}", words::plural(many.len() as u64, "item")),
    };
    let prompt = Prompt::new(title, "Into which folder of this machine", Answer::Download(what));
    vec![Effect::Ask(Ask::Prompt(prompt.text("./").local_path()))]
}

/// Asks for the SQL; nothing of it runs by itself.
fn query(of: S3Uri, cx: &Cx<'_>) -> Vec<Effect> {
    if let Some(refused) = previews_are_off(cx) {
        return refused;
    }
    vec![Effect::start(Slot::Query, Job::Query { of })]
}

/// Where nothing is to leave this lake.
pub(super) fn downloads_are_off(cx: &Cx<'_>) -> Option<Vec<Effect>> {
    let off = cx.facts.settings.as_ref().is_some_and(|settings| !settings.downloads);
    let why = "Downloads are switched off for this lake (downloads = false)";
    off.then(|| vec![Effect::warn(why)])
}

/// Where this lake's objects are not to be looked into.
fn previews_are_off(cx: &Cx<'_>) -> Option<Vec<Effect>> {
    let off = cx.facts.settings.as_ref().is_some_and(|settings| !settings.previews);
    let why = "Previews are switched off for this lake (previews = false)";
    off.then(|| vec![Effect::warn(why)])
}
