//! What the view's commands do, and what it hears.

use super::super::command::StraysCommand as Command;
use super::super::talk::{self, Slot};
use super::{Extent, Job, Look, News, Place, Stray, Strays, UploadName};
use crate::model::shown::Shown;
use crate::ui::command::Command as Any;
use crate::ui::loaded::Loaded;
use crate::ui::modal::{Ask, Choice, Confirm};
use crate::ui::talk::{Cx, Effect};
use crate::ui::widgets::list::Move;
use crate::ui::widgets::text;

impl Strays {
    /// Looks into all buckets anew.
    pub fn look(&mut self) -> Vec<Effect> {
        self.generation += 1;
        self.places = Loaded::Waiting;
        self.looking = true;
        let job = Job::Look { generation: self.generation };
        vec![Effect::start(Slot::Strays, talk::Job::Strays(job))]
    }

    pub fn obey(&mut self, command: Command, act: Slot, cx: &Cx<'_>) -> Vec<Effect> {
        match command {
            Command::Mark => {
                self.mark();
                self.step(Move::Down);
            }
            Command::MarkAll => self.mark_all(),
            Command::Adopt => return self.ask_file(),
            Command::Abort => return self.abort(act, cx),
            Command::Details => self.details = !self.details,
            Command::Refresh => return self.look(),
            Command::Copy => return self.copy(),
            // The pane closes it.
            Command::Close => {}
        }
        Vec::new()
    }

    fn mark(&mut self) {
        if let Some(name) = self.stray().map(Stray::name)
            && !self.marked.remove(&name)
        {
            self.marked.insert(name);
        }
    }

    fn mark_all(&mut self) {
        let all = self.uploads().map(Stray::name).collect();
        self.marked = if self.marked == all { Default::default() } else { all };
    }

    /// What is marked, else what the cursor is on.
    fn chosen(&self) -> Vec<&Stray> {
        if self.marked.is_empty() {
            return self.stray().into_iter().collect();
        }
        self.uploads().filter(|stray| self.marked.contains(&stray.name())).collect()
    }

    fn abort(&self, act: Slot, cx: &Cx<'_>) -> Vec<Effect> {
        let chosen = self.chosen();
        let count = chosen.len() as u64;
        let bytes = told_bytes(&chosen).unwrap_or_else(|| "An unknown amount".to_owned());
        let what = match chosen[..] {
            [] => return vec![Effect::warn("Put the cursor on an upload, or mark some")],
            [one] => Shown::of(&one.to.to_string()),
            _ => text::plural(count, "upload").into(),
        };
        let lost = format!("{bytes} of parts: thrown away for good.");
        let note = "If another program is still sending one of them, it fails there.";
        let uploads = chosen.iter().map(|one| (one.to.clone(), one.upload_id.clone())).collect();
        let then = vec![Effect::start(act, talk::Job::Strays(Job::Abort { uploads }))];
        let ask = Confirm::new("Abort?", "Abort", then)
            .body([what, lost.into(), note.into(), cx.facts.place()])
            .counted(count);
        vec![Effect::Ask(Ask::Confirm(ask))]
    }

    fn copy(&self) -> Vec<Effect> {
        let Some(stray) = self.stray() else { return Vec::new() };
        let texts = [Shown::of(&stray.to.to_string()), Shown::of(&stray.upload_id)];
        vec![Effect::Ask(Ask::Choice(Choice::copies(texts)))]
    }

    pub fn hear(&mut self, news: News) {
        match news {
            News::Buckets { generation, .. }
            | News::Broken { generation, .. }
            | News::Found { generation, .. }
            | News::Closed { generation, .. }
            | News::Sized { generation, .. }
            | News::Looked { generation }
                if generation != self.generation => {}
            News::Buckets { buckets, .. } => {
                let place = |(bucket, role)| Place {
                    bucket,
                    role,
                    look: Look::Waiting,
                    uploads: Vec::new(),
                };
                self.places = Loaded::Here(buckets.into_iter().map(place).collect());
            }
            News::Broken { failure, .. } => {
                self.places = Loaded::Failed(failure);
                self.looking = false;
            }
            News::Found { bucket, uploads, more, .. } => {
                if let Some(place) = self.place(&bucket) {
                    place.uploads.extend(uploads);
                    place.look = if more { Look::Waiting } else { Look::Done };
                }
            }
            News::Closed { bucket, failure, .. } => {
                if let Some(place) = self.place(&bucket) {
                    place.look = Look::Closed(failure);
                }
            }
            News::Sized { upload, extent, .. } => {
                let found = self.place(&upload.bucket).and_then(|place| {
                    place.uploads.iter_mut().find(|stray| stray.upload_id == upload.upload_id)
                });
                if let Some(stray) = found {
                    stray.extent = extent;
                }
            }
            News::Looked { .. } => self.looking = false,
            News::Gone { upload } => self.gone(&upload),
        }
        self.settle();
    }

    fn place(&mut self, bucket: &str) -> Option<&mut Place> {
        self.places.here_mut()?.iter_mut().find(|place| place.bucket == bucket)
    }

    fn gone(&mut self, upload: &UploadName) {
        self.marked.remove(upload);
        if let Some(place) = self.place(&upload.bucket) {
            place.uploads.retain(|stray| stray.upload_id != upload.upload_id);
        }
    }

    pub fn hints(&self) -> Vec<Any> {
        use Command as C;
        let commands: &[Command] = match self.uploads().next() {
            None => &[C::Refresh, C::Close],
            Some(_) => &[
                C::Adopt,
                C::Abort,
                C::Details,
                C::Mark,
                C::MarkAll,
                C::Copy,
                C::Refresh,
                C::Close,
            ],
        };
        commands.iter().map(|command| (*command).into()).collect()
    }
}

/// How much is known to be there of these: `at least` so much where some are still to be
/// asked for, `None` where all are.
pub(super) fn told_bytes(strays: &[&Stray]) -> Option<String> {
    let known = |stray: &&Stray| match stray.extent {
        Extent::Known { bytes, .. } => Some(bytes),
        _ => None,
    };
    let sizes: Vec<u64> = strays.iter().filter_map(known).collect();
    let bytes = text::bytes(sizes.iter().sum());
    match sizes.len() {
        0 => None,
        all if all == strays.len() => Some(bytes),
        _ => Some(format!("at least {bytes}")),
    }
}
