//! What the view's commands do, and what it hears.

use super::super::talk::{self, Slot};
use super::{Answer, Command, Job, Line, News, Place, Posture};
use crate::model::mode::Mode;
use crate::model::posture::Check;
use crate::model::shown::Shown;
use crate::ui::command::Command as Any;
use crate::ui::loaded::Loaded;
use crate::ui::modal::{Ask, Choice, Confirm, Prompt};
use crate::ui::talk::{Cx, Effect};

impl Posture {
    /// Asks everything anew.
    pub fn look(&mut self) -> Vec<Effect> {
        self.generation += 1;
        self.places.renew();
        self.looking = true;
        let job = Job::Look { generation: self.generation, chosen: self.chosen.clone() };
        vec![Effect::start(Slot::Posture, talk::Job::Posture(job))]
    }

    pub fn obey(&mut self, command: Command, act: Slot, cx: &Cx<'_>) -> Vec<Effect> {
        match command {
            Command::Details => self.details = !self.details,
            Command::Register => return self.ask_role(act, cx),
            Command::Deregister => return self.ask_location(cx),
            Command::Refresh => return self.look(),
            Command::Copy => return self.copy(),
            // The pane closes it.
            Command::Close => {}
        }
        Vec::new()
    }

    fn ask_role(&self, act: Slot, cx: &Cx<'_>) -> Vec<Effect> {
        let Some(place) = self.place() else { return Vec::new() };
        if let Some(refusal) = wants_admin(cx) {
            return vec![refusal];
        }
        let bucket = place.bucket.clone();
        let title = format!("Register s3://{bucket} with Lake Formation");
        let answer = talk::Answer::Posture(Answer::Role { bucket: bucket.clone() });
        let prompt = Prompt::new(title.clone(), "The ARN of the role", answer);
        let rows = vec![
            ("With a role of its own …".into(), vec![Effect::Ask(Ask::Prompt(prompt))]),
            ("With the service-linked role".into(), vec![register(bucket, None, act, cx)]),
        ];
        vec![Effect::Ask(Ask::Choice(Choice::new(title, rows)))]
    }

    fn ask_location(&self, cx: &Cx<'_>) -> Vec<Effect> {
        let Some(place) = self.place() else { return Vec::new() };
        if let Some(refusal) = wants_admin(cx) {
            return vec![refusal];
        }
        let title = format!("Deregister a location of s3://{}", place.bucket);
        let answer = talk::Answer::Posture(Answer::Location);
        let prompt = Prompt::new(title, "The ARN that is registered", answer);
        vec![Effect::Ask(Ask::Prompt(prompt.text(arn(&place.bucket))))]
    }

    fn copy(&self) -> Vec<Effect> {
        let texts = match self.here() {
            None => return Vec::new(),
            Some(Line::Bucket(place)) => vec![Shown::of(&place.bucket)],
            Some(Line::Check(place, check, found)) => {
                let found = found.map(|found| {
                    format!("{}: {check}: {}: {}", place.bucket, found.verdict, found.found).into()
                });
                found.into_iter().chain([Shown::of(&place.bucket)]).collect()
            }
        };
        vec![Effect::Ask(Ask::Choice(Choice::copies(texts)))]
    }

    pub fn hear(&mut self, news: News) -> Vec<Effect> {
        match news {
            News::Buckets { generation, .. }
            | News::Broken { generation, .. }
            | News::Found { generation, .. }
            | News::Looked { generation }
                if generation != self.generation => {}
            News::Buckets { buckets, .. } => {
                let place = |(bucket, role)| Place {
                    bucket,
                    role,
                    findings: [const { None }; Check::ALL.len()],
                };
                self.places = Loaded::Here(buckets.into_iter().map(place).collect());
                let len = self.len();
                self.scroll.clamp(len);
            }
            News::Broken { failure, .. } => {
                self.places = Loaded::Failed(failure);
                self.looking = false;
            }
            News::Found { at, found, .. } => {
                let nth = Check::ALL.iter().position(|check| *check == found.check);
                let place = self.places.here_mut().and_then(|places| places.get_mut(at));
                if let (Some(place), Some(nth)) = (place, nth) {
                    place.findings[nth] = Some(found);
                }
            }
            News::Looked { .. } => self.looking = false,
            News::Changed => return self.look(),
        }
        Vec::new()
    }

    pub fn hints(&self) -> Vec<Any> {
        use Command as C;
        let commands: &[Command] = match self.places().is_empty() {
            true => &[C::Refresh, C::Close],
            false => &[C::Details, C::Register, C::Deregister, C::Copy, C::Refresh, C::Close],
        };
        commands.iter().map(|command| (*command).into()).collect()
    }
}

/// The text of a prompt of the view's, without space around it.
pub(in super::super) fn answered(
    answer: Answer,
    text: &str,
    act: Slot,
    cx: &Cx<'_>,
) -> Vec<Effect> {
    match answer {
        Answer::Role { .. } if !is_role(text) => {
            let example = "arn:aws:iam::111122223333:role/NAME";
            vec![Effect::warn(format!("{text} is not the ARN of a role: {example}"))]
        }
        Answer::Role { bucket } => vec![register(bucket, Some(text.to_owned()), act, cx)],
        Answer::Location => vec![deregister(text, act, cx)],
    }
}

fn is_role(arn: &str) -> bool {
    arn.starts_with("arn:") && arn.split_once(":role/").is_some_and(|(_, name)| !name.is_empty())
}

fn arn(bucket: &str) -> String {
    format!("arn:aws:s3:::{bucket}")
}

/// The guard refuses it anyway; nobody is to answer questions for nothing.
fn wants_admin(cx: &Cx<'_>) -> Option<Effect> {
    let mode = cx.facts.settings.as_ref().map(|settings| settings.mode)?;
    let text = format!("Lake Formation is changed in admin mode only; this lake is in {mode} mode");
    (mode < Mode::Admin).then(|| Effect::warn(text))
}

fn register(bucket: String, role: Option<String>, act: Slot, cx: &Cx<'_>) -> Effect {
    let under = match &role {
        Some(role) => format!("Under the role {role}."),
        None => "Under the service-linked role; the reference wants a role of its own.".to_owned(),
    };
    let what = Shown::of(&arn(&bucket));
    let opens = "Lake Formation's grants then say who reads and writes there by Athena and Glue. \
                 Whoever has S3 permission of his own goes past them.";
    let job = talk::Job::Posture(Job::Register { bucket, role });
    let ask =
        Confirm::new("Register with Lake Formation?", "Register", vec![Effect::start(act, job)])
            .body([what, under.into(), opens.into(), cx.facts.place()]);
    Effect::Ask(Ask::Confirm(ask))
}

fn deregister(arn: &str, act: Slot, cx: &Cx<'_>) -> Effect {
    let stops = "Access to this location by Lake Formation's grants stops: queries of whoever has \
                 no S3 permission of his own there fail.";
    let job = talk::Job::Posture(Job::Deregister { arn: arn.to_owned() });
    let ask = Confirm::new("Deregister?", "Deregister", vec![Effect::start(act, job)]).body([
        Shown::of(arn),
        stops.into(),
        cx.facts.place(),
    ]);
    Effect::Ask(Ask::Confirm(ask))
}
