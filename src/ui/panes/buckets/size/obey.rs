//! What the view's commands do, and what it hears.

use super::super::Buckets;
use super::super::over::Over;
use super::super::rows::Kind;
use super::super::talk::{self, Slot};
use super::{Job, Line, News, Place, Report, SizeCommand as Command, Sizes, State};
use crate::model::shown::Shown;
use crate::model::uri::S3Uri;
use crate::ui::command::Command as Any;
use crate::ui::talk::{Cx, Effect};
use crate::ui::widgets::list::Scroll;
use crate::ui::widgets::text;

impl Sizes {
    /// Counts these places.
    pub(super) fn of(places: Vec<S3Uri>) -> (Self, Vec<Effect>) {
        let place = |at| Place { at, report: Report::default(), state: State::Waiting };
        let places = places.into_iter().map(place).collect();
        let mut sizes = Self { generation: 0, places, scroll: Scroll::default() };
        let effects = sizes.count();
        (sizes, effects)
    }

    fn count(&mut self) -> Vec<Effect> {
        self.generation += 1;
        for place in &mut self.places {
            (place.report, place.state) = (Report::default(), State::Waiting);
        }
        self.scroll = Scroll::default();
        let places = self.places.iter().map(|place| place.at.clone()).collect();
        let job = Job { generation: self.generation, places };
        vec![Effect::start(Slot::Size, talk::Job::Size(job))]
    }

    /// What was counted stays, and is told to be no more than a part.
    fn stop(&mut self) -> Vec<Effect> {
        if !self.is_going() {
            return vec![Effect::info("Nothing is being counted")];
        }
        self.generation += 1;
        self.places.iter_mut().filter(|place| place.is_open()).for_each(|place| {
            place.state = State::Stopped;
        });
        vec![Effect::stop(Slot::Size)]
    }

    /// Stops what is being counted; `None` where nothing is.
    pub(in super::super) fn escape(&mut self) -> Option<Vec<Effect>> {
        self.is_going().then(|| self.stop())
    }

    /// Where the line under the cursor leads.
    fn target(&self) -> Option<S3Uri> {
        let line = self.line()?;
        let at = &line.place().at;
        Some(match line {
            Line::Folder(_, folder) => at.join(&folder.tail),
            _ => at.clone(),
        })
    }

    fn copy(&self) -> Vec<Effect> {
        let Some(line) = self.line() else { return Vec::new() };
        let place = line.place();
        let least = if matches!(place.state, State::Done { .. }) { "" } else { "at least " };
        let sum = match line {
            Line::Place(_) => place.report.all,
            Line::Folder(_, folder) => folder.sum,
            Line::Others(_) => place.report.in_others,
            Line::Here(_) => place.report.here,
        };
        let what = match line {
            Line::Others(_) => format!("other folders of {}", place.at),
            Line::Here(_) => format!("{} without its folders", place.at),
            Line::Place(_) | Line::Folder(..) => {
                self.target().map(|uri| uri.to_string()).unwrap_or_default()
            }
        };
        let objects = text::plural(sum.objects, "object");
        let text = format!("{what}: {least}{objects}, {} bytes", sum.bytes);
        vec![Effect::Copy(Shown::of(&text))]
    }

    pub(in super::super) fn hear(&mut self, news: News) {
        if news.generation != self.generation {
            return;
        }
        if let Some(place) = self.places.get_mut(news.place) {
            (place.report, place.state) = (news.report, news.state);
        }
        self.scroll.clamp(self.lines().count());
    }

    pub(in super::super) fn hints(&self) -> Vec<Any> {
        use Command as C;
        let commands: &[Command] = match self.is_going() {
            true => &[C::Stop, C::Open, C::Close],
            false => &[C::Open, C::Refresh, C::Copy, C::Close],
        };
        commands.iter().map(|command| (*command).into()).collect()
    }
}

impl Buckets {
    /// Counts what is marked or under the cursor; where that is an object, the place that is open.
    pub(in super::super) fn open_sizes(&mut self) -> Vec<Effect> {
        let chosen = self.chosen();
        let counted = chosen.iter().filter(|row| row.kind != Kind::Object);
        let mut places: Vec<S3Uri> = counted.map(|row| self.uri(*row)).collect();
        if places.is_empty() {
            places.extend(self.at.clone());
        }
        if places.is_empty() {
            return vec![Effect::warn("There is no bucket to look into")];
        }
        let (sizes, effects) = Sizes::of(places);
        self.show(Over::Sizes(sizes), effects)
    }

    pub fn obey_size(&mut self, command: Command, cx: &Cx<'_>) -> Vec<Effect> {
        let Some(Over::Sizes(sizes)) = &mut self.over else { return Vec::new() };
        match command {
            Command::Open => match sizes.target() {
                Some(to) => self.go(Some(to), cx),
                None => Vec::new(),
            },
            Command::Stop => sizes.stop(),
            Command::Refresh => sizes.count(),
            Command::Copy => sizes.copy(),
            Command::Close => self.close_over(),
        }
    }
}
