//! Which place is listed, and how much of it.

use super::Buckets;
use super::side::Side;
use super::talk::{Answer, Job, Slot};
use crate::model::uri::S3Uri;
use crate::ui::modal::{Ask, Prompt};
use crate::ui::talk::{Cx, Effect};
use crate::ui::widgets::filter::Filter;

impl Buckets {
    /// Goes to a place that was named, wherever the cursor was. Of one that does not end in `/`
    /// what begins so is listed, and nothing else of its folder is asked for.
    pub fn jump(&mut self, to: S3Uri, cx: &Cx<'_>) -> Vec<Effect> {
        self.entered = true;
        let (place, begin) = to.key.split_at(to.key.rfind('/').map_or(0, |slash| slash + 1));
        let (place, begin) = (S3Uri::new(to.bucket, place), begin.to_owned());
        if !begin.is_empty() {
            self.memory.insert(Some(place.clone()), begin.clone());
        }
        self.go_where(Some(place), begin, cx)
    }

    /// Lists another place. What ran for the old one stops.
    pub(super) fn go(&mut self, to: Option<S3Uri>, cx: &Cx<'_>) -> Vec<Effect> {
        self.go_where(to, String::new(), cx)
    }

    fn go_where(&mut self, to: Option<S3Uri>, begin: String, _cx: &Cx<'_>) -> Vec<Effect> {
        if begin.is_empty() {
            self.remember();
        }
        let wanted = self.memory.get(&to).cloned();
        self.at = to;
        self.begin = begin;
        self.filter = Filter::default();
        let closed = if self.side.takes_keys() { self.close_side() } else { Vec::new() };
        if let Side::Details(about) = &mut self.side {
            *about = None;
        }
        self.listing.begin(wanted);
        let mut effects = vec![Effect::stop(Slot::Arrange), self.list()];
        effects.extend(closed);
        effects.extend(self.close_over());
        effects
    }

    fn remember(&mut self) {
        if let Some(tail) = self.current().map(|row| row.tail().to_owned()) {
            self.memory.insert(self.at.clone(), tail);
        }
    }

    fn list(&self) -> Effect {
        let generation = self.listing.generation;
        let job = match &self.at {
            None => Job::Buckets { generation },
            Some(at) => Job::List { at: at.clone(), begin: self.begin.clone(), generation },
        };
        Effect::start(Slot::Listing, job)
    }

    pub(super) fn refresh(&mut self) -> Vec<Effect> {
        self.listing.renew();
        vec![Effect::stop(Slot::Arrange), self.list()]
    }

    /// All of the folder again; what is marked stays so.
    pub(super) fn widen(&mut self) -> Vec<Effect> {
        self.begin = String::new();
        self.refresh()
    }

    pub(super) fn up(&mut self, cx: &Cx<'_>) -> Vec<Effect> {
        if !self.begin.is_empty() {
            return self.widen();
        }
        let Some(at) = self.at.clone() else { return Vec::new() };
        // Where this was jumped to, the folder above does not know its cursor yet.
        let parent = at.parent();
        let tail = match &parent {
            Some(_) => at.name().to_owned(),
            None => at.bucket.clone(),
        };
        self.memory.insert(parent.clone(), tail);
        self.go(parent, cx)
    }

    /// To which folder, or to what that begins how?
    pub(super) fn ask_place(&self) -> Vec<Effect> {
        let text = match &self.at {
            Some(at) => at.join(&self.begin).to_string(),
            None => "s3://".to_owned(),
        };
        let label = "A folder, ending in /; or how what is looked for begins";
        let prompt = Prompt::new("Go to", label, Answer::Place).text(text).uri();
        vec![Effect::Ask(Ask::Prompt(prompt))]
    }

    pub(super) fn go_to(&mut self, text: &str, cx: &Cx<'_>) -> Vec<Effect> {
        match text.parse() {
            Ok(to) => self.jump(to, cx),
            Err(bad) => vec![Effect::warn(format!("{bad}"))],
        }
    }
}
