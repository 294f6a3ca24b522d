//! What the view's commands do.

use std::path::PathBuf;
use std::sync::Arc;

use super::super::acts;
use super::super::gone::seconds;
use super::super::obey::downloads_are_off;
use super::super::side::Side;
use super::super::talk::{Answer as PaneAnswer, Job as PaneJob, Slot};
use super::{Answer, Job, Of, Versions, VersionsCommand as Command, Which};
use crate::model::mode::Mode;
use crate::model::shown::Shown;
use crate::model::uri::S3Uri;
use crate::model::version::{Marker, Verdict, Version, What, bring_back};
use crate::ui::command::Command as Any;
use crate::ui::modal::{Ask, Choice, Confirm, Prompt};
use crate::ui::talk::{Cx, Effect};
use crate::ui::widgets::list::Move;
use crate::ui::widgets::text as words;

impl Versions {
    pub(super) fn obey(
        &mut self,
        command: Command,
        slot: Slot,
        act: u32,
        cx: &Cx<'_>,
    ) -> Vec<Effect> {
        match command {
            Command::Details => self.toggle_details(),
            Command::Mark => {
                self.mark();
                self.step(Move::Down)
            }
            Command::MarkAll => {
                self.mark_all();
                Vec::new()
            }
            Command::Download => self.ask_download(cx),
            Command::Restore => self.ask_restore(slot, cx),
            Command::Undelete => self.ask_undelete(slot, act, cx),
            Command::Delete => self.ask_delete(slot, act, cx),
            Command::Link => self.ask_link(cx),
            Command::Copy => self.copy(),
            Command::Refresh => self.look(),
            // These are the pane's.
            Command::Open
            | Command::Preview
            | Command::Stop
            | Command::Failures
            | Command::Close => Vec::new(),
        }
    }

    /// The versions of the deleted object under the cursor.
    pub(super) fn open(&mut self) -> Vec<Effect> {
        let Some(below) = self.current() else { return Vec::new() };
        let uri = S3Uri::new(&self.about().bucket, &below.key);
        let mut effects = self.close_side();
        let inner = Self::of_key(uri, self.generation);
        self.beneath = Some(Box::new(std::mem::replace(self, inner)));
        effects.extend(self.look());
        effects
    }

    fn toggle_details(&mut self) -> Vec<Effect> {
        if matches!(self.side, Side::Details(_)) {
            return self.close_side();
        }
        let mut effects = self.close_side();
        self.side = Side::Details(None);
        effects.extend(self.follow());
        effects
    }

    fn mark(&mut self) {
        let Of::Deleted { deleted, marked, .. } = &mut self.of else { return };
        if let Some(one) = deleted.get(self.scroll.cursor)
            && !marked.remove(&one.below.key)
        {
            marked.insert(one.below.key.clone());
        }
    }

    fn mark_all(&mut self) {
        let Of::Deleted { deleted, marked, .. } = &mut self.of else { return };
        *marked = match marked.len() == deleted.len() {
            true => Default::default(),
            false => deleted.iter().map(|one| one.below.key.clone()).collect(),
        };
    }

    /// The version under the cursor, where it is one that has content.
    pub(super) fn content(&self) -> Result<&Version, Vec<Effect>> {
        match self.current() {
            Some(version) if !version.is_marker() => Ok(version),
            Some(_) => Err(vec![Effect::warn("A delete marker has no content")]),
            None => Err(vec![Effect::warn("Put the cursor on a version")]),
        }
    }

    fn ask_download(&self, cx: &Cx<'_>) -> Vec<Effect> {
        match self.content() {
            Ok(version) => download(self.which(version), &told(version), cx),
            Err(why) => why,
        }
    }

    fn ask_link(&self, cx: &Cx<'_>) -> Vec<Effect> {
        match self.content() {
            Ok(version) => acts::ask_link_to(self.which(version).object(), cx),
            Err(why) => why,
        }
    }

    fn ask_restore(&self, slot: Slot, cx: &Cx<'_>) -> Vec<Effect> {
        let version = match self.content() {
            Ok(version) if version.latest => {
                return vec![Effect::info("It is the latest version already")];
            }
            Ok(version) => version,
            Err(why) => return why,
        };
        let about = format!("{}, {}", told(version), words::bytes(version.size()));
        let which = self.which(version);
        let settings = cx.facts.settings.as_ref();
        if settings.is_some_and(|settings| settings.wants_approval(&which.uri.bucket)) {
            let title = Shown::of(&format!("Restore {}", which.uri));
            let label = "Data leaves by this bucket: the approval's reference";
            let answer = PaneAnswer::Versions(Answer::Approval { which, about });
            return vec![Effect::Ask(Ask::Prompt(Prompt::new(title, label, answer)))];
        }
        restore(which, &about, None, slot, cx)
    }

    /// What is marked, else what the cursor is on; of one key, what stands over it.
    fn ask_undelete(&self, slot: Slot, act: u32, cx: &Cx<'_>) -> Vec<Effect> {
        let bucket = self.about().bucket.clone();
        let (markers, objects, first) = match &self.of {
            Of::Key { uri, versions } => match bring_back(versions, None) {
                Verdict::Remove(markers) => (markers, 1, uri.key.clone()),
                _ => return vec![Effect::info("It is not deleted, or nothing is left of it")],
            },
            Of::Deleted { deleted, marked, .. } => {
                let meant: Vec<_> = match marked.is_empty() {
                    true => deleted.get(self.scroll.cursor).into_iter().collect(),
                    false => deleted.iter().filter(|one| marked.contains(&one.below.key)).collect(),
                };
                let Some(first) = meant.first().map(|one| one.below.key.clone()) else {
                    return vec![Effect::warn("There is nothing to bring back")];
                };
                let markers = meant.iter().flat_map(|one| one.markers.clone()).collect();
                (markers, meant.len() as u64, first)
            }
        };
        let what: Shown = match objects {
            1 => Shown::of(&S3Uri::new(&bucket, &first).to_string()),
            many => format!("{} in s3://{bucket}", words::plural(many, "object")).into(),
        };
        let how = words::plural(markers.len() as u64, "delete marker");
        let how = format!("{how} to be removed: what lies below is there again.");
        let body = [what, how.into(), cx.facts.place()];
        let then = vec![Effect::start(slot, undelete(act, bucket, markers))];
        let ask = Confirm::new("Undelete?", "Undelete", then).body(body).counted(objects);
        vec![Effect::Ask(Ask::Confirm(ask))]
    }

    fn ask_delete(&self, slot: Slot, act: u32, cx: &Cx<'_>) -> Vec<Effect> {
        let Of::Key { uri, .. } = &self.of else {
            return vec![Effect::warn("It is deleted: open it to delete its versions")];
        };
        let Some(version) = self.current() else { return Vec::new() };
        let what = Shown::of(&format!("{uri}, {}", told(version)));
        if let Some(marker) = version.marker() {
            let note = match version.latest {
                true => "What lies below it is there again.",
                false => "It is not the latest: the object stays what it is now.",
            };
            let then = vec![Effect::start(slot, undelete(act, uri.bucket.clone(), vec![marker]))];
            let ask = Confirm::new("Remove the delete marker?", "Remove", then);
            return vec![Effect::Ask(Ask::Confirm(ask.body([
                what,
                note.into(),
                cx.facts.place(),
            ])))];
        }
        if cx.facts.settings.as_ref().is_none_or(|settings| settings.mode < Mode::Admin) {
            let why = "Versions are deleted for ever in admin mode only (--mode admin)";
            return vec![Effect::warn(why)];
        }
        let note = "For ever: no store brings a version back.";
        let job = PaneJob::Versions(Job::Delete { which: self.which(version) });
        let ask = Confirm::new("Delete the version?", "Delete", vec![Effect::start(slot, job)]);
        vec![Effect::Ask(Ask::Confirm(ask.body([what, note.into(), cx.facts.place()])))]
    }

    fn copy(&self) -> Vec<Effect> {
        let Some(version) = self.current() else { return Vec::new() };
        let uri = S3Uri::new(&self.about().bucket, &version.key);
        let mut texts = vec![Shown::of(&version.id), Shown::of(&uri.to_string())];
        if let What::Object { etag: Some(etag), .. } = &version.what {
            texts.push(Shown::of(etag));
        }
        vec![Effect::Ask(Ask::Choice(Choice::copies(texts)))]
    }

    pub fn hints(&self) -> Vec<Any> {
        use Command as C;
        let commands: &[Command] = match (&self.of, self.current()) {
            (_, None) => &[C::Refresh, C::Close],
            (Of::Deleted { .. }, _) => {
                &[C::Undelete, C::Open, C::Mark, C::MarkAll, C::Details, C::Preview, C::Close]
            }
            (Of::Key { .. }, Some(version)) if version.is_marker() => {
                &[C::Undelete, C::Delete, C::Details, C::Copy, C::Refresh, C::Close]
            }
            (Of::Key { .. }, Some(_)) => &[
                C::Preview,
                C::Download,
                C::Restore,
                C::Details,
                C::Delete,
                C::Copy,
                C::Link,
                C::Refresh,
                C::Close,
            ],
        };
        commands.iter().map(|command| (*command).into()).collect()
    }
}

/// `of`: which version it is, for the title.
pub(in super::super) fn download(which: Which, of: &str, cx: &Cx<'_>) -> Vec<Effect> {
    if let Some(refused) = downloads_are_off(cx) {
        return refused;
    }
    let title = Shown::of(&format!("Download {} of {of}", which.uri.name()));
    let label = "Into which folder of this machine; the file has the object's name";
    let answer = PaneAnswer::Versions(Answer::Download(which));
    vec![Effect::Ask(Ask::Prompt(Prompt::new(title, label, answer).text("./").local_path()))]
}

fn undelete(act: u32, bucket: String, markers: Vec<Marker>) -> PaneJob {
    PaneJob::Undelete { act, bucket, markers: Arc::new(markers) }
}

/// `the version of 2026-11-20 09:41:55`, for sentences.
fn told(version: &Version) -> String {
    let what = if version.is_marker() { "the delete marker" } else { "the version" };
    match version.modified {
        Some(at) => format!("{what} of {} UTC", seconds(at)),
        None => format!("{what} {}", version.id),
    }
}

/// Says what it would do.
fn restore(
    which: Which,
    about: &str,
    approval: Option<String>,
    slot: Slot,
    cx: &Cx<'_>,
) -> Vec<Effect> {
    let body = [
        Shown::of(&which.uri.to_string()),
        Shown::of(&format!("{about}, is copied over what is there now.")),
        "A versioned bucket keeps that below it; others keep nothing.".into(),
        cx.facts.place(),
    ];
    let then = vec![
        Effect::start(slot, PaneJob::Versions(Job::Restore { which, approval })),
        Effect::info("Restoring; Transfers shows how far it is"),
    ];
    let ask = Confirm::new("Restore the version?", "Restore", then).body(body);
    vec![Effect::Ask(Ask::Confirm(ask))]
}

pub(super) fn answered(answer: Answer, text: &str, slot: Slot, cx: &Cx<'_>) -> Vec<Effect> {
    match answer {
        Answer::Download(_) if text.is_empty() => Vec::new(),
        Answer::Download(which) => {
            let job = PaneJob::Versions(Job::Download { which, folder: PathBuf::from(text) });
            vec![
                Effect::start(slot, job),
                Effect::info("Downloading the version; Transfers shows how far it is"),
            ]
        }
        Answer::Approval { .. } if text.is_empty() => {
            vec![Effect::warn("Nothing is sent without a reference")]
        }
        Answer::Approval { which, about } => {
            restore(which, &about, Some(text.to_owned()), slot, cx)
        }
    }
}
