//! Other names, and new folders.

use super::super::talk as pane;
use super::talk::{Answer, Job};
use super::{Buckets, Kind};
use crate::model::uri::S3Uri;
use crate::ui::modal::{Ask, Prompt};
use crate::ui::talk::{Cx, Effect};

impl Buckets {
    /// The name is there already, to be changed.
    pub(super) fn ask_name(&self) -> Vec<Effect> {
        let row = match self.chosen()[..] {
            [row] => row,
            [] => return vec![Effect::warn("There is nothing here to rename")],
            _ => {
                let why = "One thing at a time gets another name; moving takes many";
                return vec![Effect::warn(why)];
            }
        };
        if matches!(row.kind, Kind::Bucket(_)) {
            return vec![Effect::warn("A bucket keeps the name it was made with")];
        }
        let name = row.tail().trim_end_matches('/').to_owned();
        if name.is_empty() {
            let why = "This stands for the folder itself: rename the folder from above";
            return vec![Effect::warn(why)];
        }
        let (from, known) = (self.uri(row), row.size);
        let label = match row.kind {
            Kind::Folder => "The folder's new name; every object in it is moved",
            _ => "The new name; with / in it, it goes below a folder",
        };
        let title = format!("Rename {}", from.name());
        let answer = pane::Answer::Acts(Answer::Rename { from, known });
        vec![Effect::Ask(Ask::Prompt(Prompt::new(title, label, answer).text(name)))]
    }

    /// A move, with what a move asks and proves. The same name is no rename at all.
    pub(super) fn rename(&mut self, from: S3Uri, known: u64, name: &str) -> Vec<Effect> {
        let name = if from.is_prefix() { name.trim_end_matches('/') } else { name };
        let old = from.name().trim_end_matches('/');
        let Some(folder) = from.parent() else { return Vec::new() };
        if name.is_empty() || name == old {
            return Vec::new();
        }
        let to = folder.join(name).to_string();
        self.copy_to(vec![from], known, &to, true)
    }

    pub(super) fn ask_folder(&self) -> Vec<Effect> {
        let Some(at) = &self.at else {
            return vec![Effect::warn("Open a bucket: folders are made inside one")];
        };
        let title = format!("New folder in {at}");
        let answer = pane::Answer::Acts(Answer::FolderIn(at.clone()));
        vec![Effect::Ask(Ask::Prompt(Prompt::new(title, "Its name", answer)))]
    }

    /// What is written into the target bucket needs a reference first.
    pub(super) fn make_folder(&mut self, at: &S3Uri, name: &str, cx: &Cx<'_>) -> Vec<Effect> {
        let name = name.trim_end_matches('/');
        if name.is_empty() {
            return vec![Effect::warn("A folder needs a name")];
        }
        let uri = at.join(&format!("{name}/"));
        let settings = cx.facts.settings.as_ref();
        if settings.is_some_and(|settings| settings.wants_approval(&uri.bucket)) {
            let title = format!("New folder {uri}");
            let label = "Data leaves by this bucket: the approval's reference";
            let answer = pane::Answer::Acts(Answer::FolderApproval(uri));
            return vec![Effect::Ask(Ask::Prompt(Prompt::new(title, label, answer)))];
        }
        self.folder(uri, None)
    }

    pub(super) fn make_approved_folder(&mut self, uri: S3Uri, reference: &str) -> Vec<Effect> {
        match reference.trim() {
            "" => vec![Effect::warn("Nothing is sent without a reference")],
            reference => self.folder(uri, Some(reference.to_owned())),
        }
    }

    fn folder(&mut self, uri: S3Uri, approval: Option<String>) -> Vec<Effect> {
        self.pending += 1;
        let slot = self.act();
        vec![Effect::start(slot, pane::Job::Acts(Job::MakeFolder { uri, approval }))]
    }
}
