//! What the pane hears, and what it makes of it.

use super::listing::Phase;
use super::side::Side;
use super::talk::{Answer, Job, News, Planned};
use super::{Buckets, Over};
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
            News::Posture(news) => match &mut self.over {
                Some(Over::Posture(posture)) => posture.hear(news),
                _ => Vec::new(),
            },
            News::Counted(doomed) => self.counted(doomed, cx),
            News::Lost(lost) => self.found_lost(lost, cx),
            News::Going { act, going } => self.hear_going(act, going),
            News::Ended { act, failed } => self.hear_ended(act, failed),
            News::Versions(news) => match &mut self.over {
                Some(Over::Versions(versions)) => versions.hear(news),
                _ => Vec::new(),
            },
            News::Settled => {
                self.pending = self.pending.saturating_sub(1);
                Vec::new()
            }
            News::Changed { under } => {
                let mut effects = Vec::new();
                let seen = match &self.at {
                    Some(at) => touches(at, &under),
                    None => under.key.is_empty(),
                };
                if seen {
                    effects = self.refresh();
                }
                if let Some(Over::Versions(versions)) = &mut self.over
                    && touches(versions.about(), &under)
                {
                    effects.extend(versions.look());
                }
                effects
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
}

/// True where a change under one place can be seen in the listing of the other.
fn touches(at: &S3Uri, under: &S3Uri) -> bool {
    at.bucket == under.bucket && (under.key.starts_with(&at.key) || at.key.starts_with(&under.key))
}
