//! Deletes, and bringing back what was deleted: what it would be, may it, how far it is, and
//! what could not be done.

use std::sync::Arc;

use jiff::Timestamp;

use super::Buckets;
use super::rows::{Kind, Row};
use super::talk::{Answer, Job, Slot};
use crate::model::bucket::Versioning;
use crate::model::keys::Names;
use crate::model::mode::Mode;
use crate::model::shown::Shown;
use crate::model::uri::S3Uri;
use crate::model::version::Marker;
use crate::model::when::When;
use crate::ui::modal::{Ask, Confirm, Prompt, Reader};
use crate::ui::talk::{Cx, Effect};
use crate::ui::widgets::text as words;

/// Objects of one bucket that are to be deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doomed {
    pub bucket: String,
    /// Raw.
    pub keys: Arc<Names>,
    pub bytes: u64,
    /// `None` where it could not be learnt.
    pub versioning: Option<Versioning>,
}

/// Deleted objects of one bucket that can be brought back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lost {
    pub bucket: String,
    /// Without these they are back.
    pub markers: Arc<Vec<Marker>>,
    pub objects: u64,
    /// Bytes of them.
    pub bytes: u64,
    /// One of them.
    pub example: Option<Shown>,
    pub as_of: Option<Timestamp>,
    /// Deleted ones that were written to since, and are left as they are.
    pub overwritten: u64,
}

/// How far a long act is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Going {
    /// `deleting`, `looking at versions`
    pub doing: &'static str,
    pub done: u64,
    /// `None` where it is not known, as nothing is changed yet.
    pub total: Option<u64>,
}

/// What was not done, by reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    pub title: Shown,
    pub lines: Vec<Shown>,
}

impl Going {
    fn words(&self) -> Shown {
        match self.total {
            Some(total) => {
                format!("{} {} of {}", self.doing, words::count(self.done), words::count(total))
            }
            None => format!("{} {}…", self.doing, words::count(self.done)),
        }
        .into()
    }
}

impl Buckets {
    /// A long act begins.
    fn set_going(&mut self, doing: &'static str, total: Option<u64>) -> (u32, Slot) {
        let slot = self.act();
        self.going.insert(self.acts, Going { doing, done: 0, total });
        (self.acts, slot)
    }

    /// How far the newest of them is, if there is one.
    pub(super) fn going_words(&self) -> Option<Shown> {
        self.going.values().next_back().map(Going::words)
    }

    /// What quitting would leave half done.
    pub(super) fn going_at_stake(&self) -> Option<Shown> {
        let going = self.going.values().filter(|going| going.total.is_some());
        going.map(Going::words).next_back()
    }

    pub(super) fn hear_going(&mut self, act: u32, going: Going) -> Vec<Effect> {
        // One that changes something begins with the answer to a question, and tells so; a look
        // that was stopped may be late.
        if going.total.is_some() || self.going.contains_key(&act) {
            self.going.insert(act, going);
        }
        Vec::new()
    }

    pub(super) fn hear_ended(&mut self, act: u32, failed: Option<Report>) -> Vec<Effect> {
        let changes = self.going.remove(&act).is_some_and(|going| going.total.is_some());
        if changes {
            self.failed = failed;
        }
        Vec::new()
    }

    /// Looks end at once; what changes something ends with the requests that are under way,
    /// and tells then how far it came.
    pub(super) fn stop_going(&mut self) -> Vec<Effect> {
        if self.going.is_empty() {
            return vec![Effect::info("Nothing is being deleted or brought back")];
        }
        let effects = self.going.keys().map(|act| Effect::stop(Slot::Act(*act))).collect();
        self.going.retain(|_, going| going.total.is_some());
        effects
    }

    pub(super) fn read_failures(&self) -> Vec<Effect> {
        match &self.failed {
            None => vec![Effect::info("The last delete or undelete has left nothing undone")],
            Some(report) => {
                let reader = Reader::plain(report.title.clone(), report.lines.iter().cloned());
                vec![Effect::Ask(Ask::Reader(reader))]
            }
        }
    }

    pub(super) fn count_to_delete(&mut self, cx: &Cx<'_>) -> Vec<Effect> {
        if self.at.is_none() {
            return self.ask_delete_bucket(cx);
        }
        let chosen = self.chosen();
        let known = chosen.iter().map(|row| row.size).sum();
        // By what the rows are, not by how their keys end: the object that stands for the
        // folder that is open is one object, and not all that lies in it.
        let (objects, folders): (Vec<Row<'_>>, Vec<Row<'_>>) =
            chosen.into_iter().partition(|row| row.kind == Kind::Object);
        let uris =
            |rows: Vec<Row<'_>>| rows.into_iter().map(|row| self.uri(row)).collect::<Vec<_>>();
        let (objects, folders) = (uris(objects), uris(folders));
        if objects.is_empty() && folders.is_empty() {
            return Vec::new();
        }
        let (act, slot) = self.set_going("counting", None);
        vec![Effect::start(slot, Job::Count { act, objects, folders, known })]
    }

    fn ask_delete_bucket(&mut self, cx: &Cx<'_>) -> Vec<Effect> {
        let Some(bucket) = self.current().map(|row| row.tail().to_owned()) else {
            return Vec::new();
        };
        if cx.facts.settings.as_ref().is_none_or(|settings| settings.mode < Mode::Admin) {
            return vec![Effect::warn("Buckets are deleted in admin mode only (--mode admin)")];
        }
        let what = Shown::of(&format!("s3://{bucket}"));
        let note = "S3 deletes a bucket only where nothing is in it, old versions included.";
        let then = vec![Effect::start(self.act(), Job::DeleteBucket { bucket })];
        let ask = Confirm::new("Delete the bucket?", "Delete", then);
        vec![Effect::Ask(Ask::Confirm(ask.body([what, note.into(), cx.facts.place()])))]
    }

    pub(super) fn counted(&mut self, doomed: Doomed, cx: &Cx<'_>) -> Vec<Effect> {
        let count = doomed.keys.len() as u64;
        let what: Shown = match doomed.keys.first() {
            None => return vec![Effect::info("There is nothing to delete")],
            Some(key) if count == 1 => Shown::of(&S3Uri::new(&doomed.bucket, key).to_string()),
            Some(_) => {
                let objects = words::plural(count, "object");
                let bytes = words::bytes(doomed.bytes);
                format!("{objects} ({bytes}) in s3://{}", doomed.bucket).into()
            }
        };
        let note = match doomed.versioning {
            Some(Versioning::Enabled) => {
                "The bucket keeps versions: this sets delete markers, which can be taken back."
            }
            Some(Versioning::Suspended) => {
                "Versioning is suspended: what was written since is gone for ever."
            }
            Some(Versioning::Off) => "The bucket keeps no versions: this is for ever.",
            None => "Whether the bucket keeps versions is not known: this may be for ever.",
        };
        // It begins, and shows, only when it is answered with yes.
        let slot = self.act();
        let then = vec![Effect::start(slot, Job::Delete { act: self.acts, doomed })];
        let ask = Confirm::new("Delete?", "Delete", then)
            .body([what, note.into(), cx.facts.place()])
            .counted(count);
        vec![Effect::Ask(Ask::Confirm(ask))]
    }

    /// As of when? What was deleted is not to be seen in a list: without marks it is the
    /// folder under the cursor, else the one that is open, that is meant.
    pub(super) fn ask_undelete(&self) -> Vec<Effect> {
        let marked = self.listing.marks() > 0;
        let chosen = self.chosen();
        let what: Vec<S3Uri> = match (&self.at, &chosen[..]) {
            (Some(at), [] | [_])
                if !marked && chosen.iter().all(|row| row.kind == Kind::Object) =>
            {
                vec![at.clone()]
            }
            _ => chosen.into_iter().map(|row| self.uri(row)).collect(),
        };
        let title = match &what[..] {
            [] => return vec![Effect::warn("There is no bucket to bring anything back in")],
            [one] if one.is_prefix() => format!("Undelete below {one}"),
            [one] => format!("Undelete {one}"),
            many => format!("Undelete in {}", words::plural(many.len() as u64, "place")),
        };
        let label = "As of 2026-11-20 14:00 (UTC), or 2h or 3d ago; nothing: all that is deleted";
        vec![Effect::Ask(Ask::Prompt(Prompt::new(title, label, Answer::AsOf(what))))]
    }

    pub(super) fn seek(&mut self, what: Vec<S3Uri>, text: &str) -> Vec<Effect> {
        let as_of = match text {
            "" => None,
            text => match When::parse(text) {
                Ok(when) => Some(when),
                Err(why) => return vec![Effect::warn(Shown::of(&why))],
            },
        };
        let (act, slot) = self.set_going("looked at", None);
        vec![Effect::start(slot, Job::Seek { act, what, as_of })]
    }

    pub(super) fn found_lost(&mut self, lost: Lost, cx: &Cx<'_>) -> Vec<Effect> {
        let as_of = lost.as_of.map(|at| format!(" as of {} UTC", seconds(at))).unwrap_or_default();
        let left = match lost.overwritten {
            0 => None,
            1 => Some("1 object that was written to since is left as it is.".to_owned()),
            many => Some(format!(
                "{} objects that were written to since are left as they are.",
                words::count(many)
            )),
        };
        if lost.objects == 0 {
            let text = format!("Nothing that is deleted here can be brought back{as_of}");
            return vec![match left {
                Some(left) => Effect::warn(format!("{text}. {left}")),
                None => Effect::info(text),
            }];
        }
        let what: Shown = match &lost.example {
            Some(name) if lost.objects == 1 => {
                format!("{name} ({})", words::bytes(lost.bytes)).into()
            }
            _ => {
                let objects = words::plural(lost.objects, "object");
                format!("{objects} ({}) in s3://{}", words::bytes(lost.bytes), lost.bucket).into()
            }
        };
        let how = words::plural(lost.markers.len() as u64, "delete marker");
        let mut body = vec![
            what,
            format!("{how} to be removed: the versions below are there again{as_of}.").into(),
        ];
        body.extend(left.map(Shown::from));
        body.push(cx.facts.place());
        let slot = self.act();
        let job = Job::Undelete { act: self.acts, bucket: lost.bucket, markers: lost.markers };
        let ask = Confirm::new("Undelete?", "Undelete", vec![Effect::start(slot, job)]);
        vec![Effect::Ask(Ask::Confirm(ask.body(body).counted(lost.objects)))]
    }
}

/// `2026-11-21 18:03:07`, in UTC: versions come faster than minutes.
pub(super) fn seconds(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S").to_string()
}
