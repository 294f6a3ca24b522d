//! Copies and moves inside the lake: where to, what it would do, may it.

use super::Buckets;
use super::obey::OF_ITSELF;
use super::rows::{Kind, Row};
use super::talk::{Answer, Job, PlannedCopy};
use crate::model::object::Role;
use crate::model::shown::Shown;
use crate::model::uri::S3Uri;
use crate::ui::modal::{Ask, Confirm, Prompt};
use crate::ui::talk::{Cx, Effect};
use crate::ui::widgets::text as words;

impl Buckets {
    /// Where to?
    pub(super) fn ask_copy(&self, remove: bool, cx: &Cx<'_>) -> Vec<Effect> {
        let (verb, title) = if remove { ("move", "Move") } else { ("copy", "Copy") };
        let Some(at) = &self.at else {
            return vec![Effect::warn(format!("Open a bucket and choose what to {verb}"))];
        };
        let chosen = self.chosen();
        if chosen.iter().any(Row::stands_for_its_folder) {
            return vec![Effect::warn(OF_ITSELF)];
        }
        let folders = chosen.iter().any(|row| row.kind == Kind::Folder);
        let known = chosen.iter().map(|row| row.size).sum();
        let what: Vec<S3Uri> = chosen.into_iter().map(|row| self.uri(row)).collect();
        let title = match what.as_slice() {
            [] => return vec![Effect::warn(format!("There is nothing here to {verb}"))],
            [one] => format!("{title} {}", one.name()),
            many => format!("{title} {}", words::plural(many.len() as u64, "item")),
        };
        let label = match (what.len(), folders) {
            (1, false) => "To which folder, ending in /; or to which name",
            (1, true) => "Into which folder, ending in /; or under which name",
            _ => "Into which folder",
        };
        let text = match (remove, analyst(cx).filter(|place| place.bucket != at.bucket)) {
            (false, Some(analyst)) => analyst.to_string(),
            // To be given another name, or another folder.
            _ => match what.as_slice() {
                [one] => one.to_string().trim_end_matches('/').to_owned(),
                _ => at.to_string(),
            },
        };
        let answer = Answer::CopyTo { what, known, remove };
        vec![Effect::Ask(Ask::Prompt(Prompt::new(title, label, answer).text(text).uri()))]
    }

    /// Looks at what it would do.
    pub(super) fn copy_to(
        &mut self,
        what: Vec<S3Uri>,
        known: u64,
        to: &str,
        remove: bool,
    ) -> Vec<Effect> {
        let to: S3Uri = match to.parse() {
            Ok(to) => to,
            Err(bad) => return vec![Effect::warn(bad.to_string())],
        };
        self.listing.unmark_all();
        self.pending += 1;
        let slot = self.act();
        vec![Effect::start(slot, Job::PlanCopy { what, known, to, remove })]
    }

    /// What leaves by the target bucket needs a reference first.
    pub(super) fn planned_copy(&mut self, planned: PlannedCopy, cx: &Cx<'_>) -> Vec<Effect> {
        if planned.objects == 0 {
            return vec![Effect::warn("There is no object in what was chosen")];
        }
        let settings = cx.facts.settings.as_ref();
        if settings.is_some_and(|settings| settings.wants_approval(&planned.to.bucket)) {
            let verb = if planned.remove { "Move" } else { "Copy" };
            let title = format!("{verb} to {}", planned.to);
            let label = "Data leaves by this bucket: the approval's reference";
            let prompt = Prompt::new(title, label, Answer::CopyApproval(planned));
            return vec![Effect::Ask(Ask::Prompt(prompt))];
        }
        self.confirm_copy(planned, None, cx)
    }

    /// Says what it would do; a move of many asks for their count, and so does replacing many.
    pub(super) fn confirm_copy(
        &mut self,
        planned: PlannedCopy,
        approval: Option<String>,
        cx: &Cx<'_>,
    ) -> Vec<Effect> {
        let PlannedCopy { objects, bytes, existing, .. } = planned;
        let what = format!("{} ({})", words::plural(objects, "object"), words::bytes(bytes));
        let source = match planned.what.as_slice() {
            [one] => one.to_string(),
            [first, rest @ ..] => format!("{first} and {} more", rest.len()),
            [] => String::new(),
        };
        let mut body: Vec<Shown> =
            vec![format!("{what} from {source}").into(), format!("to {}", planned.to).into()];
        if planned.remove {
            body.push("Each source is deleted once its copy is proven to be the same.".into());
        }
        body.extend(match (existing, &planned.example) {
            (0, _) => None,
            (1, Some(name)) => Some(format!("{name} is there already: it is replaced.").into()),
            (count, _) => {
                let there = words::plural(count, "object");
                Some(format!("{there} are there already: they are replaced.").into())
            }
        });
        body.push(cx.facts.place());
        let (title, yes, count) = match (planned.remove, existing) {
            (true, _) => ("Move?", "Move", objects),
            (false, 0) => ("Copy?", "Copy", 1),
            (false, _) => ("Copy over what is there?", "Replace", existing),
        };
        let slot = self.act();
        let overwrite = existing > 0;
        let doing = if planned.remove { "Moving" } else { "Copying" };
        let then = vec![
            Effect::start(slot, Job::Copy { planned, overwrite, approval }),
            Effect::info(format!("{doing} {what}; Transfers shows how far it is")),
        ];
        vec![Effect::Ask(Ask::Confirm(Confirm::new(title, yes, then).body(body).counted(count)))]
    }
}

/// Where results are kept, in this lake.
fn analyst(cx: &Cx<'_>) -> Option<S3Uri> {
    let bucket = cx.facts.settings.as_ref()?.role(Role::Analyst)?;
    Some(S3Uri::new(&bucket.name, &bucket.prefix))
}
