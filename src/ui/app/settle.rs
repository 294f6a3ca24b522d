//! Commands and news to whom they concern; effects that are the screen's own are carried out
//! here, the others are handed on.

use std::collections::VecDeque;
use std::time::Instant;

use super::{App, Command, Job, News, Phase, Slot, on_pane};
use crate::model::shown::Shown;
use crate::ui::command::Command as Any;
use crate::ui::keymap;
use crate::ui::modal::{Choice, Confirm, Help, Modal, Palette};
use crate::ui::pane::Pane;
use crate::ui::talk::{Answer, Effect, Jump, Level, News as AnyNews, Notice, PaneId, Quit};

impl App {
    /// Something came of a job.
    pub fn hear(&mut self, news: AnyNews, now: Instant) -> Vec<Effect> {
        let effects = self.tell(news, now);
        self.settle(effects, now)
    }

    fn tell(&mut self, news: AnyNews, now: Instant) -> Vec<Effect> {
        let cx = Self::cx(&self.facts, now);
        match news {
            AnyNews::App(news) => self.hear_own(news, now),
            AnyNews::Buckets(news) => self.buckets.hear(news, &cx),
            AnyNews::Transfers(news) => self.transfers.hear(news, &cx),
            AnyNews::Sql(news) => self.sql.hear(news, &cx),
            AnyNews::Jobs(news) => self.jobs.hear(news, &cx),
        }
    }

    pub(super) fn answer(&mut self, answer: Answer, text: String, now: Instant) -> Vec<Effect> {
        let cx = Self::cx(&self.facts, now);
        match answer {
            Answer::Buckets(answer) => self.buckets.answer(answer, text, &cx),
            Answer::Transfers(answer) => self.transfers.answer(answer, text, &cx),
            Answer::Sql(answer) => self.sql.answer(answer, text, &cx),
            Answer::Jobs(answer) => self.jobs.answer(answer, text, &cx),
        }
    }

    pub(super) fn obey(&mut self, command: Any, now: Instant) -> Vec<Effect> {
        let cx = Self::cx(&self.facts, now);
        match command {
            Any::Global(command) => self.obey_own(command, now),
            Any::Start(command) => self.obey_start(command),
            Any::Modal(_) => Vec::new(),
            _ if self.phase != Phase::Open => Vec::new(),
            Any::Field(command) => on_pane!(mut self, self.focus, pane => pane.edit(command, &cx)),
            Any::List(step) => on_pane!(mut self, self.focus, pane => pane.step(step, &cx)),
            Any::Buckets(command) => self.buckets.obey(command, &cx),
            Any::Tags(command) => self.buckets.obey_tags(command, &cx),
            Any::Places(command) => self.buckets.obey_places(command, &cx),
            Any::Preview(command) => self.buckets.obey_viewer(command, &cx),
            Any::Size(command) => self.buckets.obey_size(command, &cx),
            Any::Posture(command) => self.buckets.obey_posture(command, &cx),
            Any::Versions(command) => self.buckets.obey_versions(command, &cx),
            Any::Transfers(command) => self.transfers.obey(command, &cx),
            Any::Strays(command) => self.transfers.obey_strays(command, &cx),
            Any::Batches(command) => self.transfers.obey_batches(command, &cx),
            Any::Sql(command) => self.sql.obey(command, &cx),
            Any::Entry(command) => self.sql.obey_entry(command, &cx),
            Any::Result(command) => self.sql.obey_result(command, &cx),
            Any::Catalog(command) => self.sql.obey_catalog(command, &cx),
            Any::Venue(command) => self.sql.obey_venue(command),
            Any::Jobs(command) => self.jobs.obey(command, &cx),
            Any::Form(command) => self.jobs.obey_form(command, &cx),
        }
    }

    fn obey_own(&mut self, command: Command, now: Instant) -> Vec<Effect> {
        match command {
            Command::Help => {
                let rows = keymap::rows(&self.setup.keymap, &self.layers());
                self.modals.push(Modal::Help(Help::new(rows)));
            }
            Command::Palette => self.modals.push(Modal::Palette(self.palette())),
            Command::NextPane => return self.turn(1),
            Command::PreviousPane => return self.turn(PaneId::ALL.len() - 1),
            Command::Buckets => return vec![Effect::Focus(PaneId::Buckets)],
            Command::Transfers => return vec![Effect::Focus(PaneId::Transfers)],
            Command::Sql => return vec![Effect::Focus(PaneId::Sql)],
            Command::Jobs => return vec![Effect::Focus(PaneId::Jobs)],
            Command::Notices => self.modals.push(Modal::Reader(self.notices.reader())),
            Command::Back => return self.back(now).unwrap_or_default(),
            Command::Quit => return self.back_or_quit(now),
            Command::QuitNow => return vec![Effect::Quit(Quit::Interrupted)],
            Command::Redraw => return vec![Effect::Redraw],
            Command::Suspend => return vec![Effect::Suspend],
        }
        Vec::new()
    }

    fn palette(&self) -> Palette {
        let layers = self.layers();
        let commands = layers.iter().flat_map(|layer| layer.commands());
        Palette::new(commands.map(|command| {
            let key = self.setup.keymap.chords(command).next();
            (command, key.map(ToString::to_string).unwrap_or_default())
        }))
    }

    fn turn(&self, by: usize) -> Vec<Effect> {
        let at = PaneId::ALL.iter().position(|id| *id == self.focus).unwrap_or(0);
        vec![Effect::Focus(PaneId::ALL[(at + by) % PaneId::ALL.len()])]
    }

    /// Closes the innermost thing: the chord begun, the notice, what is open in the pane.
    fn back(&mut self, now: Instant) -> Option<Vec<Effect>> {
        if self.phase == Phase::Open {
            let cx = Self::cx(&self.facts, now);
            let closed = on_pane!(mut self, self.focus, pane => pane.escape(&cx));
            if closed.is_some() {
                return closed;
            }
        }
        if self.notices.current().is_some() {
            self.notices.dismiss();
            return Some(Vec::new());
        }
        None
    }

    fn back_or_quit(&mut self, now: Instant) -> Vec<Effect> {
        if self.phase == Phase::Open {
            let cx = Self::cx(&self.facts, now);
            if let Some(closed) = on_pane!(mut self, self.focus, pane => pane.escape(&cx)) {
                return closed;
            }
        }
        let stakes = self.at_stake();
        if stakes.is_empty() {
            return vec![Effect::Quit(Quit::Done)];
        }
        let stakes: Vec<&Shown> = stakes.iter().collect();
        let stakes = Shown::join(&stakes, ", ");
        let queries = self.sql.running();
        if queries > 0 {
            let title = format!("Quit? Still under way: {stakes}");
            let choice = Choice::new(title, ways_to_quit(queries));
            self.modals.push(Modal::Choice(choice));
            return Vec::new();
        }
        let line = format!("Still under way: {stakes}.");
        let ask = Confirm::new("Quit?", "Quit", vec![Effect::Quit(Quit::Done)])
            .body([line.into(), "Quitting stops it; transfers go on at the next start.".into()]);
        self.modals.push(Modal::Confirm(ask));
        Vec::new()
    }

    fn hear_own(&mut self, news: News, now: Instant) -> Vec<Effect> {
        match news {
            News::Opened(settings) => {
                self.facts.settings = Some(*settings);
                self.phase = Phase::Open;
                self.session_asked = Some(now);
                let mut effects = self.opened(now);
                effects.extend(self.enter(now));
                effects.push(Effect::start(Slot::Identity, Job::Identity));
                effects.push(Effect::start(Slot::Session, Job::Session));
                return effects;
            }
            News::Nowhere => self.phase = Phase::Nowhere,
            News::NotOpened(failure) => self.phase = Phase::Failed(failure),
            News::Identity(who) => {
                let failed = who.as_ref().err().map(Effect::fail);
                self.facts.who = Some(who);
                let wrong = self.facts.is_wrong_account().then(|| {
                    let text = "These credentials belong to another account than the \
                                configuration expects: every write is refused";
                    Effect::Tell(Notice { level: Level::Error, text: text.into(), hint: None })
                });
                return failed.into_iter().chain(wrong).collect();
            }
            News::Session(session) => self.facts.session = session,
            News::Completed { asked, text, found } => match self.modals.last_mut() {
                Some(Modal::Prompt(prompt)) => prompt.completed(&asked, text, found),
                Some(Modal::Palette(palette)) => palette.completed(&asked, &text, found),
                _ => {}
            },
            News::Said(notice) => return vec![Effect::Tell(notice)],
            News::Panicked(what) => {
                let text = format!("A job broke off: {what}");
                let hint = "The rest goes on; the log has the place. Please report it.";
                return vec![Effect::Tell(Notice {
                    level: Level::Error,
                    text: text.into(),
                    hint: Some(hint.into()),
                })];
            }
        }
        Vec::new()
    }

    fn opened(&mut self, now: Instant) -> Vec<Effect> {
        let cx = Self::cx(&self.facts, now);
        let all = PaneId::ALL.into_iter();
        all.flat_map(|id| on_pane!(mut self, id, pane => pane.opened(&cx))).collect()
    }

    /// Another pane comes to the front.
    fn turn_to(&mut self, pane: PaneId, now: Instant) -> Vec<Effect> {
        let from = std::mem::replace(&mut self.focus, pane);
        if self.phase != Phase::Open {
            return Vec::new();
        }
        let mut effects = self.left(from, now);
        effects.extend(self.enter(now));
        effects
    }

    fn left(&mut self, from: PaneId, now: Instant) -> Vec<Effect> {
        if from == self.focus {
            return Vec::new();
        }
        let cx = Self::cx(&self.facts, now);
        on_pane!(mut self, from, pane => pane.leave(&cx))
    }

    fn enter(&mut self, now: Instant) -> Vec<Effect> {
        let cx = Self::cx(&self.facts, now);
        on_pane!(mut self, self.focus, pane => pane.enter(&cx))
    }

    /// Carries out what is the screen's own and answers the rest, in order.
    pub(super) fn settle(&mut self, effects: Vec<Effect>, now: Instant) -> Vec<Effect> {
        let mut queue = VecDeque::from(effects);
        let mut outside = Vec::new();
        while let Some(effect) = queue.pop_front() {
            let more = match effect {
                Effect::Ask(ask) => {
                    self.modals.push(ask.into());
                    Vec::new()
                }
                Effect::Tell(notice) => {
                    if notice.level == Level::Error {
                        outside.push(Effect::Bell);
                    }
                    self.notices.say(notice, now);
                    Vec::new()
                }
                Effect::Focus(pane) => self.turn_to(pane, now),
                Effect::Jump(jump) => self.jump(jump, now),
                Effect::Obey(command) => self.obey(command, now),
                Effect::Hear(news) => self.tell(*news, now),
                outer => {
                    outside.push(outer);
                    Vec::new()
                }
            };
            more.into_iter().rev().for_each(|effect| queue.push_front(effect));
        }
        outside
    }

    fn jump(&mut self, jump: Jump, now: Instant) -> Vec<Effect> {
        if self.phase != Phase::Open {
            return vec![Effect::warn("There is no lake open yet")];
        }
        let pane = match &jump {
            Jump::S3(_) => PaneId::Buckets,
            Jump::Job(_) => PaneId::Jobs,
        };
        let from = std::mem::replace(&mut self.focus, pane);
        let mut effects = self.left(from, now);
        let cx = Self::cx(&self.facts, now);
        effects.extend(match jump {
            Jump::S3(uri) => self.buckets.jump(uri, &cx),
            Jump::Job(name) => self.jobs.jump(name),
        });
        effects
    }
}

/// The first is what nothing happens by. Athena bills what a query has read, stopped or not.
fn ways_to_quit(queries: usize) -> Vec<(Shown, Vec<Effect>)> {
    let them = if queries == 1 { "the query" } else { "the queries" };
    let stop = format!("Stop {them} in Athena, and quit");
    let leave = format!("Leave {them} running, and quit: found again at the next start");
    let quit = Effect::Quit(Quit::Done);
    vec![
        ("Stay".into(), Vec::new()),
        (stop.into(), vec![quit.clone()]),
        (leave.into(), vec![Effect::LeaveQueries, quit]),
    ]
}
