//! Saving a result into the analyst bucket, and what is done with it then.

use super::Sql;
use super::command::EntryCommand;
use super::keep::SaveForm;
use super::talk::{Answer, Done, Job, News, SaveOrder, Slot};
use super::values::ValuesForm;
use crate::model::object::Role;
use crate::model::saving::TableName;
use crate::model::settings::{RoleBucket, Settings};
use crate::model::shown::Shown;
use crate::model::sql::{Kind, tokens};
use crate::model::uri::S3Uri;
use crate::ui::modal::{Ask, Confirm, Prompt};
use crate::ui::talk::{Cx, Effect, Failure, Jump};

const NO_BUCKET: &str = "No bucket has the role analyst: name one in the configuration \
                         (buckets.analyst)";
const NOTHING_SAVED: &str = "Nothing has been saved yet";

/// A form over the pane.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Form {
    Save(Box<SaveForm>),
    Values(Box<ValuesForm>),
}

impl Sql {
    pub(super) fn ask_save(&mut self, cx: &Cx<'_>) -> Vec<Effect> {
        let Some(run) = self.tab().run.as_ref().filter(|run| run.has_succeeded()) else {
            return vec![Effect::warn("There is no result to save yet")];
        };
        let Some((settings, bucket)) = analyst(cx.facts.settings.as_ref()) else {
            return vec![Effect::warn(NO_BUCKET)];
        };
        let form = SaveForm::new(run, bucket, settings, self.current());
        let generation = run.generation;
        self.popup = None;
        self.form = Some(Form::Save(Box::new(form)));
        vec![Effect::start(Slot::Weigh, Job::Weigh { generation })]
    }

    pub(in crate::ui) fn obey_entry(&mut self, command: EntryCommand, cx: &Cx<'_>) -> Vec<Effect> {
        match (&mut self.form, command) {
            (Some(Form::Save(_)), EntryCommand::Submit) => return self.submit_save(),
            (Some(Form::Save(form)), EntryCommand::Next) => form.step(1),
            (Some(Form::Save(form)), EntryCommand::Previous) => form.back(),
            (Some(Form::Save(form)), EntryCommand::Turn) => form.turn(1),
            (Some(Form::Values(_)), EntryCommand::Submit) => return self.submit_values(cx),
            (Some(Form::Values(form)), command) => form.obey(command),
            (None, _) => {}
        }
        Vec::new()
    }

    fn saving_form(&mut self, generation: u32) -> Option<&mut SaveForm> {
        match &mut self.form {
            Some(Form::Save(form)) if form.generation == generation => Some(form),
            _ => None,
        }
    }

    /// Whether anything is in the way is looked at first, before a question and before a query.
    fn submit_save(&mut self) -> Vec<Effect> {
        let Some(Form::Save(form)) = &mut self.form else { return Vec::new() };
        if form.is_looking() {
            return Vec::new();
        }
        match form.order() {
            Ok(order) => {
                form.look();
                vec![Effect::start(Slot::Weigh, Job::CheckSave(order))]
            }
            Err(why) => {
                form.wrong(why);
                Vec::new()
            }
        }
    }

    pub(super) fn weighed(&mut self, generation: u32, limit: Option<u64>) -> Vec<Effect> {
        if let Some(form) = self.saving_form(generation) {
            form.weighed(limit);
        }
        Vec::new()
    }

    pub(super) fn save_checked(
        &mut self,
        order: SaveOrder,
        result: Result<(), Failure>,
        cx: &Cx<'_>,
    ) -> Vec<Effect> {
        let Some(form) = self.saving_form(order.generation).filter(|form| form.is_looking()) else {
            return Vec::new();
        };
        if let Err(failure) = result {
            // The reason first: a narrow form cuts what is behind.
            form.wrong(Shown::join(&[&failure.why, &failure.what], " · "));
            return Vec::new();
        }
        form.looked();
        let Some(body) = form.question() else { return self.save(order) };
        let then = vec![Effect::hear(News::SaveAgreed(order))];
        let ask = Confirm::new("Run the query again?", "Run", then).body(body);
        vec![Effect::Ask(Ask::Confirm(ask.body([cx.facts.place()])))]
    }

    pub(super) fn save(&mut self, order: SaveOrder) -> Vec<Effect> {
        self.form = None;
        self.saving += 1;
        let slot = Slot::Save(self.act());
        vec![Effect::start(slot, Job::Save(order))]
    }

    pub(super) fn saved(&mut self, told: &Shown, done: Done) -> Vec<Effect> {
        self.saving = self.saving.saturating_sub(1);
        let mut effects = vec![
            Effect::info(format!("Saved {told}")),
            Effect::hear(crate::ui::panes::buckets::News::Changed { under: done.under() }),
        ];
        if done.table.is_some() {
            effects.push(Effect::hear(News::CatalogChanged));
        }
        self.done = Some(done);
        effects
    }

    /// To where the newest saved thing lies.
    pub(super) fn open_saved(&self) -> Vec<Effect> {
        match &self.done {
            Some(done) => vec![Effect::Jump(Jump::S3(done.at.clone()))],
            None => vec![Effect::info(NOTHING_SAVED)],
        }
    }

    pub(super) fn ask_register(&self) -> Vec<Effect> {
        let Some(done) = &self.done else { return vec![Effect::info(NOTHING_SAVED)] };
        if let Some(table) = &done.table {
            return vec![Effect::info(format!("It is the table {table} already"))];
        }
        let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
        let name: String = done.name().chars().map(plain).collect();
        let title = format!("Make a table of {}", Shown::of(done.at.name()));
        let prompt = Prompt::new(title, "DATABASE.NAME", Answer::Register);
        let text = format!("{}.{}", self.current(), name.to_lowercase());
        vec![Effect::Ask(Ask::Prompt(prompt.text(text)))]
    }

    pub(super) fn confirm_register(&self, text: &str, cx: &Cx<'_>) -> Vec<Effect> {
        let Some(done) = &self.done else { return Vec::new() };
        let table = match TableName::parse(text, self.current()) {
            Ok(table) => table,
            Err(why) => return vec![Effect::warn(Shown::of(&why))],
        };
        let mut body: Vec<Shown> = vec![
            table.to_string().into(),
            format!("of the {} in {}", done.format.name(), done.at).into(),
        ];
        if done.lies_among_others() {
            let why =
                "It is copied into a folder of its own first: a table reads all of its folder.";
            body.push(why.into());
        }
        body.push(cx.facts.place());
        let job = Job::Register { done: done.clone(), table };
        let then = vec![Effect::start(Slot::Register, job)];
        let ask = Confirm::new("Make a table of the catalog?", "Make", then).body(body);
        vec![Effect::Ask(Ask::Confirm(ask))]
    }

    pub(super) fn registered(&mut self, done: Done) -> Vec<Effect> {
        let told = done.table.as_ref().map(|table| format!("{table} is a table of the catalog"));
        let under = done.under();
        self.done = Some(done);
        let mut effects: Vec<Effect> = told.into_iter().map(Effect::info).collect();
        effects.push(Effect::hear(crate::ui::panes::buckets::News::Changed { under }));
        effects.push(Effect::hear(News::CatalogChanged));
        effects
    }
}

impl Done {
    /// The folder that has changed.
    fn under(&self) -> S3Uri {
        self.at.parent().unwrap_or_else(|| S3Uri::new(&self.at.bucket, ""))
    }

    /// The name that it was saved under.
    fn name(&self) -> &str {
        let name = self.at.name().trim_end_matches('/');
        name.strip_suffix(".csv").unwrap_or(name)
    }

    fn lies_among_others(&self) -> bool {
        !self.at.is_prefix()
    }
}

fn analyst(settings: Option<&Settings>) -> Option<(&Settings, &RoleBucket)> {
    let settings = settings?;
    Some((settings, settings.role(Role::Analyst)?))
}

/// The first table that the statement reads from, else `result`.
pub(super) fn stem(sql: &str) -> String {
    let mut words = tokens(sql).filter(|token| !token.kind.is_blank()).peekable();
    while let Some(token) = words.next() {
        if !token.is(sql, "FROM") {
            continue;
        }
        let mut name = String::new();
        while let Some(token) = words
            .next_if(|token| matches!(token.kind, Kind::Word | Kind::Quoted) || token.is(sql, "."))
        {
            match token.is(sql, ".") {
                true => name.clear(),
                false if name.is_empty() => name = token.text(sql).to_owned(),
                false => break,
            }
        }
        let plain = |c: char| if c.is_alphanumeric() { c } else { '_' };
        let name: String = name.trim_matches(['"', '`']).chars().map(plain).collect();
        if !name.is_empty() {
            return name;
        }
    }
    "result".to_owned()
}

#[cfg(test)]
mod tests {
    use super::stem;

    #[test]
    fn the_name_comes_from_the_first_table() {
        assert_eq!(stem("select * from genomics.\"info.af\" v where 1"), "info_af");
        assert_eq!(stem("SELECT a FROM (select b from t2) x"), "t2");
        assert_eq!(stem("select 1 from t v"), "t");
        assert_eq!(stem("show tables"), "result");
        assert_eq!(stem("select 1 from"), "result");
    }
}
