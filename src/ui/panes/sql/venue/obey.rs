//! What the dialog's commands do, and what it hears.

use super::super::Sql;
use super::super::money::Guess;
use super::super::talk::{Job as AnyJob, News as AnyNews, Slot as AnySlot};
use super::talk::{Job, News, Slot, Which};
use super::{AGES, About, Dialog, Row, Value, VenueCommand};
use crate::model::query::{CATALOG, Entry, OLDEST_REUSED};
use crate::model::shown::Shown;
use crate::ui::pane::Input;
use crate::ui::talk::Effect;
use crate::ui::widgets::field::Command as Editing;
use crate::ui::widgets::list::{Move, Scroll};

fn start(slot: Slot, job: Job) -> Effect {
    Effect::start(AnySlot::Venue(slot), AnyJob::Venue(job))
}

impl Sql {
    /// Opens it at the database; what it chooses from is read anew behind what is known.
    pub(in super::super) fn open_venue(&mut self) -> Vec<Effect> {
        self.popup = None;
        self.venue = Some(Dialog::new(About::Database));
        let mut effects = self.turn_venue(About::Database);
        effects.extend(self.list(Which::Workgroups));
        effects.push(self.ask_group(self.workgroup().to_owned()));
        effects
    }

    /// What holds in the workgroup of the tab in front, where nobody has asked yet.
    pub(in super::super) fn know_group(&self) -> Option<Effect> {
        let name = self.workgroup();
        self.venues.group(name).is_none().then(|| self.ask_group(name.to_owned()))
    }

    pub(in super::super) fn ask_group(&self, name: String) -> Effect {
        start(Slot::Group, Job::Group(name))
    }

    fn list(&mut self, which: Which) -> Vec<Effect> {
        self.venues.wait(&which);
        let slot = match which {
            Which::Workgroups => Slot::Workgroups,
            Which::Catalogs => Slot::Catalogs,
            Which::Databases(_) => Slot::Databases,
        };
        vec![start(slot, Job::List(which))]
    }

    pub(super) fn turn_venue(&mut self, about: About) -> Vec<Effect> {
        self.venue = Some(Dialog::new(about));
        self.sift();
        self.which(about).map(|which| self.list(which)).unwrap_or_default()
    }

    /// Makes the rows anew: what is typed or known is another. The first ones that come put
    /// the cursor on what holds.
    fn sift(&mut self) {
        let Some(dialog) = &self.venue else { return };
        let typed = dialog.field.text().trim().to_owned();
        let rows = match self.which(dialog.about) {
            Some(which) => self.names(dialog.about, &which, &typed),
            None => ages(&typed),
        };
        let holds = match dialog.about {
            About::Reuse => Value::Reuse(self.terms().reuse),
            about => Value::Name(self.value(about)),
        };
        if let Some(dialog) = &mut self.venue {
            if dialog.rows.is_empty() && typed.is_empty() {
                let at = rows.iter().position(|row| row.value == holds);
                dialog.scroll = Scroll::at(at.unwrap_or(0));
            }
            dialog.scroll.clamp(rows.len());
            dialog.rows = rows;
        }
    }

    fn names(&self, about: About, which: &Which, typed: &str) -> Vec<Row> {
        let entries = self.venues.list(which).map_or(&[][..], |list| list.entries());
        let home = match about {
            About::Database => self.database.as_deref().unwrap_or("default"),
            About::Workgroup => &self.home_workgroup,
            About::Catalog | About::Reuse => CATALOG,
        };
        let folded = typed.to_lowercase();
        let fits = |entry: &&Entry| entry.name.to_lowercase().contains(&folded);
        let row = |entry: &Entry| Row {
            value: Value::Name(entry.name.clone()),
            note: match (entry.enabled, entry.name == home, &entry.about) {
                (false, ..) => "disabled".into(),
                (_, true, _) => "the lake's own".into(),
                (_, _, about) => about.as_deref().map(Shown::of).unwrap_or_default(),
            },
        };
        let mut rows: Vec<Row> = entries.iter().filter(fits).map(row).collect();
        // Who may not list them may know a name all the same.
        if !typed.is_empty() && !entries.iter().any(|entry| entry.name == typed) {
            rows.push(Row { value: Value::Name(typed.to_owned()), note: "as it is typed".into() });
        }
        rows
    }

    pub(in super::super) fn type_venue(&mut self, input: &Input) -> Vec<Effect> {
        let Some(dialog) = &mut self.venue else { return Vec::new() };
        match input {
            Input::Paste(text) => dialog.field.insert(text),
            Input::Key(key) => {
                if let Some(c) = key.typed() {
                    dialog.field.insert(c.encode_utf8(&mut [0; 4]));
                }
            }
        }
        self.typed_venue()
    }

    pub(in super::super) fn edit_venue(&mut self, command: Editing) -> Vec<Effect> {
        if let Some(dialog) = &mut self.venue {
            dialog.field.obey(command);
        }
        self.typed_venue()
    }

    fn typed_venue(&mut self) -> Vec<Effect> {
        if let Some(dialog) = &mut self.venue {
            dialog.scroll = Scroll::default();
        }
        self.sift();
        self.look_at_group()
    }

    /// What holds in the workgroup under the cursor.
    fn look_at_group(&self) -> Vec<Effect> {
        let dialog = self.venue.as_ref().filter(|dialog| dialog.about == About::Workgroup);
        match dialog.and_then(Dialog::current).map(|row| &row.value) {
            Some(Value::Name(name)) if self.venues.group(name).is_none() => {
                vec![self.ask_group(name.clone())]
            }
            _ => Vec::new(),
        }
    }

    pub(in crate::ui) fn obey_venue(&mut self, command: VenueCommand) -> Vec<Effect> {
        let Some(dialog) = &mut self.venue else { return Vec::new() };
        let len = dialog.rows.len();
        match command {
            VenueCommand::Choose => return self.choose_venue(),
            VenueCommand::Next => {
                let about = dialog.about.turned(1);
                return self.turn_venue(about);
            }
            VenueCommand::Previous => {
                let about = dialog.about.turned(About::ALL.len() - 1);
                return self.turn_venue(about);
            }
            VenueCommand::Down => dialog.scroll.step(Move::Down, len),
            VenueCommand::Up => dialog.scroll.step(Move::Up, len),
            VenueCommand::PageDown => dialog.scroll.step(Move::PageDown, len),
            VenueCommand::PageUp => dialog.scroll.step(Move::PageUp, len),
        }
        self.look_at_group()
    }

    fn choose_venue(&mut self) -> Vec<Effect> {
        let Some(dialog) = &self.venue else { return Vec::new() };
        let about = dialog.about;
        let Some(Row { value, .. }) = dialog.current().cloned() else { return Vec::new() };
        self.venue = None;
        match (about, value) {
            (About::Database, Value::Name(name)) => {
                vec![Effect::hear(AnyNews::UseDatabase(name))]
            }
            (About::Workgroup, Value::Name(name)) => {
                let own = (name != self.home_workgroup).then_some(name);
                self.tab_mut().terms.workgroup = own;
                let mut effects = self.keep_drafts();
                effects.push(self.ask_group(self.workgroup().to_owned()));
                effects
            }
            (_, Value::Name(name)) => {
                let is_other = name != self.data_catalog();
                let tab = self.tab_mut();
                tab.terms.catalog = (name != CATALOG).then_some(name);
                tab.guess = Guess::default();
                let mut effects = self.keep_drafts();
                if is_other {
                    // The database of one catalog says nothing in another.
                    effects.extend(self.turn_venue(About::Database));
                }
                effects.extend(self.weigh());
                effects
            }
            (_, Value::Reuse(minutes)) => {
                self.tab_mut().terms.reuse = minutes;
                self.keep_drafts()
            }
        }
    }

    pub(in super::super) fn hear_venue(&mut self, news: News) -> Vec<Effect> {
        self.venues.hear(news);
        self.sift();
        Vec::new()
    }
}

/// Off, some ages, or the number of minutes that is typed.
fn ages(typed: &str) -> Vec<Row> {
    let row = |minutes: Option<u32>, note: &'static str| Row {
        value: Value::Reuse(minutes),
        note: note.into(),
    };
    if typed.is_empty() {
        let off = row(None, "every statement runs");
        let known = AGES.map(|minutes| row(Some(minutes), ""));
        return [off].into_iter().chain(known).collect();
    }
    let minutes = typed.parse().ok().filter(|minutes| (1..=OLDEST_REUSED).contains(minutes));
    minutes.map(|minutes| row(Some(minutes), "as it is typed")).into_iter().collect()
}
