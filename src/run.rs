//! The loop: the only place that waits for several things at once, and the only one that
//! decides when a frame is drawn. A frame is drawn when something changed, and no more often
//! than the configuration allows; nothing is written to the terminal otherwise.

mod editor;

use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crossterm::event::{Event, EventStream, KeyEventKind, MouseEventKind};
use futures::StreamExt;
use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::model::settings::{Clipboard, Ui};
use crate::model::shown::Shown;
use crate::model::trouble::Trouble;
use crate::terminal::{self, Screen};
use crate::ui::app::{App, News as AppNews, Setup};
use crate::ui::keymap::{Key, Keymap};
use crate::ui::panes::sql;
use crate::ui::talk::{Effect, Failure, Level, News, Notice, Quit};
use crate::ui::theme::Theme;
use crate::work::{Crew, Desk as Places, Opener};

/// What the workbench starts from.
pub struct Start {
    pub ui: Ui,
    pub keymap: Keymap,
    /// The lake's name as far as it is known; empty where it has to be looked for.
    pub title: Shown,
    /// For the start screen: where the configuration is read from.
    pub config_file: Shown,
    /// Opens the lake; the screen is there before it is called.
    pub open: Opener,
    /// Where drafts, history and results are kept.
    pub places: Places,
    /// Cancelled by SIGTERM and by an interrupt from outside.
    pub cancel: CancellationToken,
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    Done,
    Interrupted,
    /// The terminal went away; what was under way has been gone on with without it.
    HungUp,
}

/// The workbench, from the first frame to the last. The terminal is given back however it
/// ends. Where it goes away transfers go on without it: this returns once there are none.
///
/// # Errors
/// Where there is no terminal to draw on.
pub async fn run(start: Start) -> io::Result<Ended> {
    let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let setup = Setup {
        title: start.title,
        keymap: start.keymap,
        theme: Theme::named(&start.ui.theme, plain).unwrap_or_default(),
        config_file: start.config_file,
    };
    let (app, effects) = App::new(setup, Instant::now());
    let state_dir = start.places.state_dir.clone();
    let (crew, news) = Crew::new(start.open, start.places);
    let hung_up = terminal::hang_up()?;
    let screen = Screen::enter(start.ui.mouse)?;
    let mut desk = Desk { app, crew, screen, ui: start.ui, dirty: true, to_edit: None, state_dir };
    let ended = match desk.carry_out(effects) {
        Some(ended) => Ok(ended),
        None => desk.turn(news, &hung_up, &start.cancel).await,
    };
    let Desk { screen, crew, .. } = desk;
    drop(screen);
    let ended = ended.unwrap_or_else(|error| {
        // A terminal that cannot be written to is one that has gone.
        tracing::warn!("the terminal is gone: {error}");
        Ended::HungUp
    });
    if ended == Ended::HungUp {
        terminal::let_go();
        crew.go_on_alone(&start.cancel).await;
    } else {
        crew.dismiss().await;
    }
    Ok(ended)
}

/// Everything the loop turns.
struct Desk {
    app: App,
    crew: Crew,
    screen: Screen,
    ui: Ui,
    /// True where the screen is not what the state says.
    dirty: bool,
    /// A text that waits for the user's own editor.
    to_edit: Option<String>,
    /// Where the editor's file lies meanwhile.
    state_dir: PathBuf,
}

impl Desk {
    async fn turn(
        &mut self,
        mut news: mpsc::Receiver<News>,
        hung_up: &CancellationToken,
        cancel: &CancellationToken,
    ) -> io::Result<Ended> {
        let mut events = EventStream::new();
        let rest = Duration::from_secs(1) / u32::from(self.ui.frames_per_second.max(1));
        let mut next_frame = Instant::now();
        loop {
            let now = Instant::now();
            if self.dirty && now >= next_frame {
                self.draw(now)?;
                next_frame = now + rest;
            }
            let changes = self.app.wake(now, Timestamp::now());
            let frame = self.dirty.then_some(next_frame);
            let wake = changes.into_iter().chain(frame).min();
            let ended = tokio::select! {
                event = events.next() => match event {
                    Some(Ok(event)) => self.event(event),
                    Some(Err(error)) => return Err(error),
                    None => Some(Ended::HungUp),
                },
                Some(first) = news.recv() => self.hear(first, &mut news),
                () = until(wake) => self.tick(changes),
                () = hung_up.cancelled() => Some(Ended::HungUp),
                () = cancel.cancelled() => Some(Ended::Interrupted),
            };
            if let Some(ended) = ended {
                return Ok(ended);
            }
            if let Some(text) = self.to_edit.take() {
                // What reads the keys would take them from the editor.
                drop(events);
                self.edit(text).await?;
                events = EventStream::new();
            }
        }
    }

    /// Lends the terminal to the editor; jobs go on meanwhile.
    async fn edit(&mut self, text: String) -> io::Result<()> {
        self.screen.lend();
        let dir = self.state_dir.clone();
        let edited = tokio::task::spawn_blocking(move || editor::edit(&dir, &text)).await;
        self.screen.take_back()?;
        let edited = edited.map_err(io::Error::other).flatten();
        let edited = edited.map_err(|error| {
            Failure::from(&Trouble::disk("edit the text in your own editor", &error))
        });
        let effects = self.app.hear(News::from(sql::News::Edited(edited)), Instant::now());
        self.dirty = true;
        // A text that is put into a tab ends nothing.
        self.carry_out(effects);
        Ok(())
    }

    fn draw(&mut self, now: Instant) -> io::Result<()> {
        self.dirty = false;
        let app = &self.app;
        self.screen.draw(|area, buf| app.draw(area, buf, now, Timestamp::now()))
    }

    fn event(&mut self, event: Event) -> Option<Ended> {
        let now = Instant::now();
        let effects = match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => {
                self.app.press(Key::from(key), now)
            }
            Event::Paste(text) => self.app.paste(text, now),
            Event::Mouse(mouse) => match mouse.kind {
                MouseEventKind::ScrollDown => self.app.wheel(true, now),
                MouseEventKind::ScrollUp => self.app.wheel(false, now),
                _ => return None,
            },
            Event::Resize(..) => Vec::new(),
            _ => return None,
        };
        self.dirty = true;
        self.carry_out(effects)
    }

    /// Hears what has come together, so that a flood of news is one frame.
    fn hear(&mut self, first: News, news: &mut mpsc::Receiver<News>) -> Option<Ended> {
        let now = Instant::now();
        self.dirty = true;
        let mut next = Some(first);
        while let Some(piece) = next {
            let effects = self.app.hear(piece, now);
            if let Some(ended) = self.carry_out(effects) {
                return Some(ended);
            }
            next = news.try_recv().ok();
        }
        None
    }

    fn tick(&mut self, changes: Option<Instant>) -> Option<Ended> {
        let now = Instant::now();
        if changes.is_none_or(|at| at > now) {
            // Only a frame was waited for.
            return None;
        }
        self.dirty = true;
        let effects = self.app.tick(now, Timestamp::now());
        self.carry_out(effects)
    }

    /// Effects that are the terminal's own are carried out here, jobs by the crew.
    fn carry_out(&mut self, effects: Vec<Effect>) -> Option<Ended> {
        for effect in effects {
            let Some(effect) = self.crew.carry_out(effect) else { continue };
            let done = match effect {
                Effect::Quit(Quit::Done) => return Some(Ended::Done),
                Effect::Quit(Quit::Interrupted) => return Some(Ended::Interrupted),
                Effect::Copy(text) => self.copy(&text),
                Effect::Bell if self.ui.bell => self.screen.bell(),
                Effect::Announce(text) if self.ui.bell => self.screen.announce(text.as_str()),
                Effect::Edit(text) => {
                    self.to_edit = Some(text);
                    Ok(())
                }
                Effect::Redraw => self.screen.redraw(),
                Effect::Suspend => self.screen.suspend(),
                _ => Ok(()),
            };
            if done.is_err() {
                return Some(Ended::HungUp);
            }
        }
        None
    }

    fn copy(&mut self, text: &Shown) -> io::Result<()> {
        let on = match self.ui.clipboard {
            Clipboard::Osc52 => true,
            Clipboard::Auto => terminal::knows_osc52(),
            Clipboard::Off => false,
        };
        let notice = if on {
            self.screen.copy(text.as_str())?;
            Notice { level: Level::Info, text: format!("Copied {text}").into(), hint: None }
        } else {
            let text = "Not copied: the clipboard is off, or this terminal has none";
            let hint = "ui.clipboard = \"osc52\" copies all the same";
            Notice { level: Level::Warn, text: text.into(), hint: Some(hint.into()) }
        };
        self.app.hear(AppNews::Said(notice).into(), Instant::now());
        Ok(())
    }
}

async fn until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}
