//! What the tree's commands do.

use super::facts;
use super::talk::{Access, Job, News};
use super::tree::Line;
use super::{Chosen, Command};
use crate::model::catalog::Table;
use crate::model::shown::Shown;
use crate::model::sql::complete;
use crate::model::uri::S3Uri;
use crate::ui::loaded::Loaded;
use crate::ui::modal::{Ask, Choice, Reader};
use crate::ui::pane::Input;
use crate::ui::panes::sql::{self as pane, Focus, Sql};
use crate::ui::talk::{Cx, Effect, Failure, Jump};
use crate::ui::widgets::field;
use crate::ui::widgets::filter::Typed;

impl Sql {
    pub(in crate::ui) fn obey_catalog(&mut self, command: Command, cx: &Cx<'_>) -> Vec<Effect> {
        match command {
            Command::Open => {
                let current = self.current().to_owned();
                let script = &self.tab().script;
                let quotes = complete::quotes(script.text(), script.cursor());
                let chosen = self.catalog.choose(&current, quotes);
                self.chosen(chosen)
            }
            Command::Close => {
                self.catalog.fold();
                Vec::new()
            }
            Command::Select => {
                let line = self.catalog.line();
                let sql = line.and_then(|line| facts::select(&line, self.current()));
                sql.map(|sql| self.in_its_tab(&sql)).unwrap_or_default()
            }
            Command::ShowCreate => {
                let Some(table) = self.chosen_table() else { return Vec::new() };
                let sql = facts::show_create(table, self.current());
                let mut effects = self.in_its_tab(&sql);
                effects.extend(self.run_chosen(cx));
                effects
            }
            Command::Details => self.details(),
            Command::Access => self.ask_grants(),
            Command::Location => {
                let place = self.location().and_then(|place| place.parse::<S3Uri>().ok());
                match place {
                    Some(place) => vec![Effect::Jump(Jump::S3(place))],
                    None => vec![Effect::info("It lies nowhere in S3")],
                }
            }
            Command::Copy => self.copy_names(),
            Command::Filter => {
                self.catalog.filter.open();
                Vec::new()
            }
        }
    }

    fn chosen_table(&self) -> Option<&Table> {
        self.catalog.line()?.place().1
    }

    pub(in crate::ui::panes::sql) fn chosen(&mut self, chosen: Chosen) -> Vec<Effect> {
        match chosen {
            Chosen::Load(database) => self.read_tables(database),
            Chosen::Partitions { database, table, next } => {
                let job = Job::Partitions { database, table, next };
                let slot = pane::Slot::Tables(self.act());
                vec![Effect::start(slot, pane::Job::Catalog(job))]
            }
            Chosen::Name(name) => {
                self.tab_mut().script.insert(&name);
                self.keep_drafts()
            }
            Chosen::Nothing => Vec::new(),
        }
    }

    /// A statement in a tab of its own; one in which nothing stands will do.
    fn in_its_tab(&mut self, sql: &str) -> Vec<Effect> {
        // Where the tree lies over the text, the text is what is looked at now.
        self.catalog_open = false;
        let is_free = self.tab().script.is_empty() && !self.tab().is_running();
        let mut effects = if is_free { self.turned(Focus::Editor) } else { self.new_tab() };
        self.tab_mut().script.append(sql);
        effects.extend(self.keep_drafts());
        effects
    }

    fn location(&self) -> Option<String> {
        let line = self.catalog.line()?;
        if let Line::Partition(_, partition) = line {
            return partition.location.clone();
        }
        line.place().1?.location.clone()
    }

    fn copy_names(&self) -> Vec<Effect> {
        let Some(line) = self.catalog.line() else { return Vec::new() };
        let mut texts: Vec<String> = Vec::new();
        match (line, line.place()) {
            (Line::Column(_, column, _), _) => {
                texts.extend([column.name.to_owned(), column.kind.to_owned()]);
            }
            (Line::Partition(table, partition), _) => texts.push(facts::values(table, partition)),
            (_, (database, None)) => texts.push(database.to_owned()),
            (_, (database, Some(table))) => {
                texts.extend([table.name.clone(), format!("{database}.{}", table.name)]);
                let columns = table.columns.names().chain(table.partition_keys.names());
                let columns: Vec<&str> = columns.collect();
                texts.push(columns.join(", "));
            }
        }
        texts.extend(self.location());
        texts.retain(|text| !text.is_empty());
        let texts = texts.iter().map(|text| Shown::of(text));
        vec![Effect::Ask(Ask::Choice(Choice::copies(texts)))]
    }

    fn details(&self) -> Vec<Effect> {
        let Some(line) = self.catalog.line() else { return Vec::new() };
        let facts = facts::of(&line);
        if facts.is_empty() {
            return Vec::new();
        }
        let mut lines: Vec<Shown> =
            facts.iter().map(|(name, value)| Shown::of(&format!("{name:<10}{value}"))).collect();
        let (database, table) = line.place();
        if let (Line::Table(table), _) = (line, table) {
            lines.push("".into());
            let keys = table.partition_keys.iter().map(|key| (key, " · partition key"));
            let all: Vec<_> = table.columns.iter().map(|column| (column, "")).chain(keys).collect();
            let widest = all.iter().map(|(column, _)| column.name.chars().count()).max();
            let wide = widest.unwrap_or(0).min(30);
            lines.extend(all.iter().map(|(column, role)| {
                Shown::of(&format!("{:<wide$}  {}{role}", column.name, column.kind))
            }));
        }
        let title = table.map_or(database.to_owned(), |table| format!("{database}.{}", table.name));
        vec![Effect::Ask(Ask::Reader(Reader::plain(Shown::of(&title), lines)))]
    }

    fn ask_grants(&mut self) -> Vec<Effect> {
        let Some(table) = self.chosen_table() else {
            return vec![Effect::info("Grants are shown for a table: go to one")];
        };
        let (database, location) = (table.database.clone(), table.location.clone());
        let table = table.name.clone();
        self.catalog.asking = true;
        let job = Job::Grants { database, table, location };
        vec![Effect::start(pane::Slot::Grants, pane::Job::Catalog(job))]
    }

    pub(in crate::ui::panes::sql) fn hear_catalog(&mut self, news: News) -> Vec<Effect> {
        match news {
            News::Tables { database, tables } => {
                self.catalog.hear_some(database, tables);
                self.follow_catalog();
                Vec::new()
            }
            News::Partitions { database, table, page } => {
                self.catalog.hear_partitions(&database, &table, page);
                Vec::new()
            }
            News::Grants { database, table, result } => {
                self.catalog.asking = false;
                show_grants(&database, &table, result)
            }
        }
    }

    /// A key while the filter is typed.
    pub(in crate::ui::panes::sql) fn type_filter(&mut self, input: Input) -> Vec<Effect> {
        if self.catalog.filter.type_in(input) == Typed::Changed {
            self.catalog.keeping_place(|_| {});
        }
        Vec::new()
    }

    pub(in crate::ui::panes::sql) fn edit_filter(&mut self, command: field::Command) {
        self.catalog.filter.edit(command);
        self.catalog.keeping_place(|_| {});
    }

    /// Esc: the filter first, then the tree.
    pub(in crate::ui::panes::sql) fn leave_catalog(&mut self) {
        if self.catalog.filter.is_open() {
            self.catalog.keeping_place(|catalog| _ = catalog.filter.close());
            return;
        }
        self.catalog_open = false;
        self.focus = Focus::Editor;
    }

    pub(in crate::ui::panes::sql) fn toggle_catalog(&mut self) -> Vec<Effect> {
        if self.focus == Focus::Catalog {
            self.catalog_open = false;
            self.focus = Focus::Editor;
            return Vec::new();
        }
        self.popup = None;
        self.catalog_open = true;
        self.focus = Focus::Catalog;
        match self.catalog.databases {
            Loaded::Unknown | Loaded::Failed(_) => self.read_catalog(),
            _ => Vec::new(),
        }
    }
}

fn show_grants(database: &str, table: &str, result: Result<Access, Failure>) -> Vec<Effect> {
    let Access { registered, grants } = match result {
        Ok(access) => access,
        Err(failure) => return vec![Effect::fail(&failure)],
    };
    let mut lines: Vec<&str> = match registered {
        Some(true) => vec![
            "Its location is registered: Lake Formation's grants decide what a query reads.",
            "Whoever may read the objects in S3 reads them past these grants.",
        ],
        Some(false) => vec![
            "Its location is not registered with Lake Formation: grants decide who sees the table,",
            "S3 and IAM who reads its objects.",
        ],
        None => vec!["Whether its location is registered with Lake Formation may not be asked."],
    };
    lines.push("");
    if grants.is_empty() {
        lines.push("No grant is shown: there is none, or you may not see the grants of others.");
    }
    if grants.iter().any(|grant| grant.principal == "IAM_ALLOWED_PRINCIPALS") {
        lines.push("IAM_ALLOWED_PRINCIPALS: whoever IAM lets use the catalog may.");
        lines.push("");
    }
    let lines = lines.into_iter().map(Shown::of);
    let grants = grants.iter().map(|grant| Shown::of(&facts::grant(grant)));
    let title = Shown::of(&format!("Who may read {database}.{table}"));
    vec![Effect::Ask(Ask::Reader(Reader::plain(title, lines.chain(grants))))]
}
