//! What the pane hears, and what it makes of it.

use std::sync::Arc;

use super::listing::Phase;
use super::side::Side;
use super::talk::{Answer, Job, News, Planned};
use super::{Buckets, Over};
use crate::model::shown::Shown;
use crate::model::uri::S3Uri;
use crate::ui::modal::{Ask, Confirm, Prompt};
use crate::ui::talk::{Cx, Effect};
use crate::ui::widgets::text;

impl Buckets {
    pub(super) fn hear_news(&mut self, news: News, cx: &Cx<'_>) -> Vec<Effect> {
        match news {
            News::Rows { generation, .. }
            | News::Broken { generation, .. }
            | News::Partial { generation, .. }
            | News::Arranged { generation, .. }
                if generation != self.listing.generation =>
            {
                Vec::new()
            }
            News::Rows { rows, more, .. } => {
                let stirred = self.listing.push(rows, more, self.filter.text());
                if !stirred || self.listing.arranging {
                    return self.follow();
                }
                self.arrange(cx)
            }
            News::Broken { failure, .. } => {
                let seen = self.listing.phase == Phase::More;
                let said = seen.then(|| Effect::fail(&failure));
                self.listing.phase = Phase::Failed(failure);
                said.into_iter().collect()
            }
            News::Partial { note, .. } => {
                self.listing.note = Some(note);
                Vec::new()
            }
            News::Arranged { arrangement, done, .. } => {
                if !arrangement.is_of(self.listing.sort, self.filter.text()) {
                    // Another keystroke was quicker.
                    return Vec::new();
                }
                self.listing.arranging = !done;
                if self.listing.arranged(arrangement) && done {
                    return self.arrange(cx);
                }
                self.follow()
            }
            News::Details { uri, result } => {
                if let Side::Details(Some((about, content))) = &mut self.side
                    && *about == uri
                {
                    *content = result.into();
                }
                Vec::new()
            }
            News::Viewer(news) => {
                self.side.viewer_mut().map(|viewer| viewer.hear(news)).unwrap_or_default()
            }
            News::Query(result) => self.queried(result),
            News::Size(news) => {
                if let Some(Over::Sizes(sizes)) = &mut self.over {
                    sizes.hear(*news);
                }
                Vec::new()
            }
            News::Planned(planned) => self.planned(planned, cx),
            News::PlannedCopy(planned) => self.planned_copy(planned, cx),
            News::Acts(news) => self.hear_acts(news, cx),
            News::Counted { keys, bytes } => self.counted(keys, bytes, cx),
            News::Posture(news) => match &mut self.over {
                Some(Over::Posture(posture)) => posture.hear(news),
                _ => Vec::new(),
            },
            News::Settled => {
                self.pending = self.pending.saturating_sub(1);
                Vec::new()
            }
            News::Changed { under } => {
                if self.at.as_ref().is_some_and(|at| touches(at, &under)) {
                    return self.refresh();
                }
                Vec::new()
            }
        }
    }

    /// What leaves by the target bucket needs a reference first.
    fn planned(&mut self, planned: Planned, cx: &Cx<'_>) -> Vec<Effect> {
        if planned.files == 0 {
            let from = planned.from.display();
            return vec![Effect::warn(format!("There is no file in {from}"))];
        }
        let settings = cx.facts.settings.as_ref();
        if settings.is_some_and(|settings| settings.wants_approval(&planned.to.bucket)) {
            let title = format!("Upload to {}", planned.to);
            let label = "Data leaves by this bucket: the approval's reference";
            let prompt = Prompt::new(title, label, Answer::Approval(planned));
            return vec![Effect::Ask(Ask::Prompt(prompt))];
        }
        self.upload(planned, None, cx)
    }

    /// Uploads; where that would replace something, asks first.
    pub(super) fn upload(
        &mut self,
        planned: Planned,
        approval: Option<String>,
        cx: &Cx<'_>,
    ) -> Vec<Effect> {
        let Planned { from, to, files, bytes, existing, example } = planned;
        let slot = self.act();
        let what = format!("{} ({})", text::plural(files, "file"), text::bytes(bytes));
        let upload = |overwrite| {
            let (from, to, approval) = (from.clone(), to.clone(), approval.clone());
            vec![
                Effect::start(slot, Job::Upload { from, to, overwrite, approval }),
                Effect::info(format!("Uploading {what}; Transfers shows how far it is")),
            ]
        };
        if existing == 0 {
            return upload(false);
        }
        let there = match (existing, example) {
            (1, Some(name)) => format!("{name} is there already."),
            (count, _) => format!("{} are there already.", text::plural(count, "object")),
        };
        let ask = Confirm::new("Replace what is there?", "Replace", upload(true))
            .body([there.into(), format!("Uploading {what} to {to}").into(), cx.facts.place()])
            .counted(existing);
        vec![Effect::Ask(Ask::Confirm(ask))]
    }

    pub(super) fn counted(
        &mut self,
        keys: Arc<Vec<S3Uri>>,
        bytes: u64,
        cx: &Cx<'_>,
    ) -> Vec<Effect> {
        let count = keys.len() as u64;
        let (what, place): (Shown, Shown) = match keys.as_slice() {
            [] => return vec![Effect::info("There is nothing to delete")],
            [one] => (one.to_string().into(), cx.facts.place()),
            [first, ..] => {
                let what = format!(
                    "{} ({}) in s3://{}",
                    text::plural(count, "object"),
                    text::bytes(bytes),
                    first.bucket
                );
                (what.into(), cx.facts.place())
            }
        };
        let slot = self.act();
        let then = vec![Effect::start(slot, Job::Delete { keys })];
        let note = "A versioned bucket keeps the old versions; others keep nothing.";
        let ask =
            Confirm::new("Delete?", "Delete", then).body([what, place, note.into()]).counted(count);
        vec![Effect::Ask(Ask::Confirm(ask))]
    }
}

/// True where a change under one place can be seen in the listing of the other.
fn touches(at: &S3Uri, under: &S3Uri) -> bool {
    at.bucket == under.bucket && (under.key.starts_with(&at.key) || at.key.starts_with(&under.key))
}
