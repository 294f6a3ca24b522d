//! What is done to objects and places beside moving them: names, folders, tags, storage
//! classes, links, comparisons, bookmarks.

mod class;
mod command;
mod errand;
mod link;
mod name;
mod places;
mod tags;
mod talk;

pub use command::{PlacesCommand, TagsCommand};
pub(super) use link::ask_link_to;
pub use places::Place;
pub use talk::{Answer, Change, Chosen, Job, Link, News, Slot, Then, Work};

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use self::errand::Errand;
use self::places::Places;
use self::tags::Form;
use super::obey::OF_ITSELF;
use super::talk as pane;
use super::{Buckets, Command, Kind, Row};
use crate::model::shown::Shown;
use crate::model::uri::S3Uri;
use crate::ui::command::Layer;
use crate::ui::modal::{Ask, Confirm};
use crate::ui::pane::{Input, View};
use crate::ui::talk::{Cx, Effect, Level, Notice};
use crate::ui::widgets::field::Command as Editing;
use crate::ui::widgets::text;

/// What is open over the list or under it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Acts {
    over: Option<Over>,
    errand: Option<Errand>,
    /// Counts the errands: news of an earlier one is late.
    errands: u32,
}

/// What takes the keys.
#[derive(Debug, Clone, PartialEq)]
enum Over {
    Tags(Form),
    Places(Places),
}

impl Acts {
    /// Where keys are looked up while something takes them.
    pub fn layers(&self) -> Option<&'static [Layer]> {
        match self.over {
            Some(Over::Tags(_)) => Some(&[Layer::Tags, Layer::Field]),
            Some(Over::Places(_)) => Some(&[Layer::Places, Layer::Field]),
            None => None,
        }
    }

    pub fn typing(&self) -> bool {
        self.over.is_some()
    }

    pub fn type_in(&mut self, input: &Input) {
        match &mut self.over {
            Some(Over::Tags(form)) => form.type_in(input),
            Some(Over::Places(places)) => places.type_in(input),
            None => {}
        }
    }

    pub fn edit(&mut self, command: Editing) {
        match &mut self.over {
            Some(Over::Tags(form)) => form.edit(command),
            Some(Over::Places(places)) => places.edit(command),
            None => {}
        }
    }

    /// Closes the innermost thing; an errand under way is stopped.
    pub fn escape(&mut self) -> Option<Vec<Effect>> {
        if let Some(over) = self.over.take() {
            let slot = match over {
                Over::Tags(_) => Slot::Tags,
                Over::Places(_) => Slot::Places,
            };
            return Some(vec![Effect::stop(pane::Slot::Acts(slot))]);
        }
        let errand = self.errand.take()?;
        Some(match errand.is_over() {
            true => Vec::new(),
            false => {
                let said = format!("Stopped: {}", errand.what);
                vec![Effect::stop(pane::Slot::Acts(Slot::Errand)), Effect::warn(said)]
            }
        })
    }

    pub fn is_busy(&self) -> bool {
        let waits = match &self.over {
            Some(Over::Tags(form)) => form.is_waiting(),
            Some(Over::Places(places)) => places.is_waiting(),
            None => false,
        };
        waits || self.errand.as_ref().is_some_and(|errand| !errand.is_over())
    }

    pub fn at_stake(&self) -> Option<Shown> {
        let errand = self.errand.as_ref().filter(|errand| !errand.is_over())?;
        Some(errand.what.clone())
    }

    /// What is left of the area for the list, once an errand has taken its lines.
    pub fn below(&self, area: Rect) -> (Rect, Option<Rect>) {
        match &self.errand {
            Some(_) => {
                let (rest, strip) = errand::split(area);
                (rest, Some(strip))
            }
            None => (area, None),
        }
    }

    pub fn draw(
        &self,
        area: Rect,
        strip: Option<Rect>,
        buf: &mut Buffer,
        view: &View<'_>,
    ) -> Option<Position> {
        if let (Some(errand), Some(strip)) = (&self.errand, strip) {
            errand.draw(strip, buf, view);
        }
        match &self.over {
            Some(Over::Tags(form)) => form.draw(area, buf, view),
            Some(Over::Places(places)) => places.draw(area, buf, view),
            None => None,
        }
    }

    fn form(&mut self) -> Option<&mut Form> {
        match &mut self.over {
            Some(Over::Tags(form)) => Some(form),
            _ => None,
        }
    }

    fn places(&mut self) -> Option<&mut Places> {
        match &mut self.over {
            Some(Over::Places(places)) => Some(places),
            _ => None,
        }
    }
}

fn start(slot: Slot, job: Job) -> Effect {
    Effect::start(pane::Slot::Acts(slot), pane::Job::Acts(job))
}

impl Buckets {
    pub(super) fn act_on(&mut self, command: Command, cx: &Cx<'_>) -> Vec<Effect> {
        match command {
            Command::Rename => self.ask_name(),
            Command::NewFolder => self.ask_folder(),
            Command::Tags => self.open_tags(),
            Command::Storage => self.ask_class(),
            Command::Link => self.ask_link(cx),
            Command::Compare => self.ask_local_file(),
            Command::Places => self.open_places(),
            Command::Bookmark => self.bookmark(),
            _ => Vec::new(),
        }
    }

    pub(super) fn acted(&mut self, answer: Answer, text: &str, cx: &Cx<'_>) -> Vec<Effect> {
        match answer {
            Answer::Rename { from, known } => self.rename(from, known, text),
            Answer::FolderIn(at) => self.make_folder(&at, text, cx),
            Answer::FolderApproval(uri) => self.make_approved_folder(uri, text),
            Answer::TagKey(chosen) => self.untag(chosen, text),
            Answer::Days { chosen, tier } => self.restore_for(chosen, tier, text),
            Answer::Lasting(object) => self.confirm_link(object, text, cx),
            Answer::CompareWith(uri) => self.compare(uri, text),
        }
    }

    pub(super) fn hear_acts(&mut self, news: News, cx: &Cx<'_>) -> Vec<Effect> {
        match news {
            News::Tags { uri, result } => {
                if let Some(form) = self.doing.form() {
                    form.read(&uri, result);
                }
                Vec::new()
            }
            News::TagsMoved { uri, there, now } => self.ask_over_tags(uri, there, now, cx),
            News::TagsSaved { uri, result } => self.saved_tags(&uri, result),
            News::TagMany(chosen) => self.tag_many(chosen),
            News::Picked { chosen, then } => self.count(chosen, then),
            News::Counted { what, keys, bytes, then } => {
                self.counted_for(what, keys, bytes, then, cx)
            }
            News::Begin { what, work } => self.begin(what, work),
            News::Going { errand, done, total } => {
                if let Some(under_way) = self.errand(errand) {
                    under_way.going(done, total);
                }
                Vec::new()
            }
            News::Over { errand, level, said, touched } => self.over(errand, level, said, touched),
            News::Linked(link) => link::made(link),
            News::Places(result) => {
                if let Some(places) = self.doing.places() {
                    places.arrived(result);
                }
                Vec::new()
            }
        }
    }

    /// One thing after the other: its progress is on the screen.
    fn begin(&mut self, what: Shown, work: Work) -> Vec<Effect> {
        let before = self.doing.errand.as_ref().filter(|errand| !errand.is_over());
        if let Some(errand) = before {
            return vec![Effect::warn(format!("First this: {}; esc stops it", errand.what))];
        }
        self.doing.errands += 1;
        let id = self.doing.errands;
        let bytes = matches!(work, Work::Compare { .. });
        self.doing.errand = Some(Errand::new(id, what, bytes));
        vec![start(Slot::Errand, Job::Errand { id, work })]
    }

    fn errand(&mut self, id: u32) -> Option<&mut Errand> {
        self.doing.errand.as_mut().filter(|errand| errand.id == id)
    }

    fn over(&mut self, id: u32, level: Level, said: Shown, touched: Option<S3Uri>) -> Vec<Effect> {
        // One that was stopped has been spoken of.
        let Some(errand) = self.errand(id) else { return Vec::new() };
        errand.over(level, said.clone());
        let mut effects = vec![Effect::Tell(Notice { level, text: said, hint: None })];
        if let Some(under) = touched {
            effects.push(Effect::hear(pane::News::Changed { under }));
            effects.extend(self.look_again());
        }
        effects
    }

    /// The details that are open are of an object that is no longer what it was.
    fn look_again(&mut self) -> Vec<Effect> {
        if let super::Side::Details(about) = &mut self.side {
            *about = None;
        }
        self.follow()
    }

    /// The one object that the cursor is on, or that is marked.
    fn one_object(&self, verb: &str) -> Result<Row<'_>, Vec<Effect>> {
        match self.chosen()[..] {
            [row] if row.kind == Kind::Object => Ok(row),
            [] | [_] => {
                Err(vec![Effect::warn(format!("Put the cursor on an object to {verb} it"))])
            }
            _ => Err(vec![Effect::warn(format!("Only one object at a time: {verb} one"))]),
        }
    }

    /// Everything that is chosen in a bucket.
    fn chosen_things(&self, verb: &str) -> Result<Chosen, Vec<Effect>> {
        let rows = self.chosen();
        if self.at.is_none() || rows.is_empty() {
            return Err(vec![Effect::warn(format!("Open a bucket and choose what to {verb}"))]);
        }
        if rows.iter().any(Row::stands_for_its_folder) {
            return Err(vec![Effect::warn(OF_ITSELF)]);
        }
        let known = rows.iter().map(|row| row.size).sum();
        Ok(Chosen { what: rows.into_iter().map(|row| self.uri(row)).collect(), known })
    }

    fn count(&mut self, chosen: Chosen, then: Then) -> Vec<Effect> {
        self.pending += 1;
        let slot = self.act();
        vec![Effect::start(slot, pane::Job::Acts(Job::Count { chosen, then }))]
    }

    /// Says what it would do, and asks.
    fn counted_for(
        &mut self,
        what: Vec<S3Uri>,
        keys: Arc<Vec<S3Uri>>,
        bytes: u64,
        then: Then,
        cx: &Cx<'_>,
    ) -> Vec<Effect> {
        let count = keys.len() as u64;
        let objects = match keys.as_slice() {
            [] => return vec![Effect::warn("There is no object in what was chosen")],
            [one] => one.to_string(),
            [first, ..] => {
                let many = text::plural(count, "object");
                format!("{many} ({}) in s3://{}", text::bytes(bytes), first.bucket)
            }
        };
        let (title, yes, mut body) = match &then {
            Then::Tag(change) => tags::question(change, &objects),
            Then::Class(class) => class::question(*class, &objects),
            Then::Restore { days, tier } => class::restore_question(*days, *tier, &objects),
        };
        body.push(cx.facts.place());
        let many = text::plural(count, "object");
        let begin = |what: String, work| {
            vec![Effect::hear(pane::News::Acts(News::Begin { what: what.into(), work }))]
        };
        let doing = match then {
            Then::Tag(change) => begin(format!("Tags of {many}"), Work::Tag { keys, change }),
            Then::Restore { days, tier } => {
                begin(format!("Restore of {many}"), Work::Restore { keys, days, tier })
            }
            Then::Class(class) => {
                let said = format!("{many} into {}; Transfers shows how far it is", class.name());
                let job = pane::Job::Acts(Job::Class { what, class });
                vec![Effect::start(self.act(), job), Effect::info(said)]
            }
        };
        let ask = Confirm::new(title, yes, doing).body(body).counted(count);
        vec![Effect::Ask(Ask::Confirm(ask))]
    }
}
