//! Presigned links: they open access, so they are asked about.

use super::super::talk as pane;
use super::Buckets;
use super::talk::{Answer, Job, Link};
use crate::model::object::ObjectRef;
use crate::model::shown::Shown;
use crate::model::units::parse_span;
use crate::ui::modal::{Ask, Confirm, Prompt, Reader};
use crate::ui::talk::{Cx, Effect};
use crate::ui::widgets::text;

/// S3 user guide, "Download and upload objects with presigned URLs".
const LONGEST_HOURS: u64 = 7 * 24;

impl Buckets {
    pub(super) fn ask_link(&self, cx: &Cx<'_>) -> Vec<Effect> {
        match self.one_object("link to") {
            Ok(row) => ask_link_to(ObjectRef::newest(self.uri(row)), cx),
            Err(effects) => effects,
        }
    }

    pub(super) fn confirm_link(
        &mut self,
        object: ObjectRef,
        text: &str,
        cx: &Cx<'_>,
    ) -> Vec<Effect> {
        if text.trim().is_empty() {
            return Vec::new();
        }
        let lasting = match parse_span(text) {
            Ok(lasting) => lasting,
            Err(bad) => return vec![Effect::warn(bad)],
        };
        if lasting.as_secs() > LONGEST_HOURS * 3600 {
            return vec![Effect::warn("A link lasts seven days at most")];
        }
        let mut body: Vec<Shown> = vec![
            object.uri.to_string().into(),
            format!("Whoever has the link reads it for {}, without any credentials.", text.trim())
                .into(),
        ];
        body.extend(object.version.as_ref().map(|id| format!("The version {id} of it.").into()));
        body.extend(cx.facts.session.expires.map(|at| {
            let ends = text::time(at);
            format!("This session ends at {ends} UTC, and the link with it.").into()
        }));
        body.push(cx.facts.place());
        let slot = self.act();
        let then = vec![Effect::start(slot, pane::Job::Acts(Job::Link { object, lasting }))];
        vec![Effect::Ask(Ask::Confirm(Confirm::new("Make a link?", "Make", then).body(body)))]
    }
}

/// For how long an object, or a version of one, is to be read by a link.
pub(in super::super) fn ask_link_to(object: ObjectRef, cx: &Cx<'_>) -> Vec<Effect> {
    if cx.facts.settings.as_ref().is_some_and(|settings| !settings.downloads) {
        return vec![Effect::warn("Links are switched off for this lake (downloads = false)")];
    }
    let title = format!("Link to {}", object.uri.name());
    let label = "For how long: 15m, 2h, 7d at most";
    let answer = pane::Answer::Acts(Answer::Lasting(object));
    vec![Effect::Ask(Ask::Prompt(Prompt::new(title, label, answer).text("1h")))]
}

/// To the clipboard, and shown this once: it is kept nowhere.
pub fn made(link: Link) -> Vec<Effect> {
    let lines =
        [link.url.clone(), "".into(), "It is in the clipboard, and is not shown again.".into()];
    let title = format!("A link until {}", link.until);
    vec![Effect::Copy(link.url), Effect::Ask(Ask::Reader(Reader::plain(title, lines)))]
}
