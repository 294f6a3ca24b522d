//! What the pane hears, and what it makes of it.

use super::talk::{News, Stored};
use super::{Focus, Sql};
use crate::model::query::QueryState;
use crate::model::shown::Shown;
use crate::model::sql;
use crate::ui::modal::{Ask, Choice, Reader};
use crate::ui::talk::{Cx, Effect, Failure};

impl Sql {
    pub(super) fn hear_news(&mut self, news: News, cx: &Cx<'_>) -> Vec<Effect> {
        match news {
            News::Progress { generation, .. }
            | News::Columns { generation, .. }
            | News::Rows { generation, .. }
            | News::Broken { generation, .. }
            | News::Window { generation, .. }
            | News::Cell { generation, .. }
                if generation != self.generation =>
            {
                Vec::new()
            }
            News::Progress { progress, .. } => {
                let failed = progress.state == QueryState::Failed;
                let Some(run) = &mut self.run else { return Vec::new() };
                let first = run.is_running();
                run.hear(progress, cx.now);
                let over = first && !run.is_running();
                let changed = over && changes_catalog(&run.sql);
                if over && failed && !self.typed_on {
                    self.point_at_error();
                }
                if changed { self.catalog_changed() } else { Vec::new() }
            }
            News::Columns { columns, .. } => {
                let Some(run) = &mut self.run else { return Vec::new() };
                run.show(columns);
                // The rows are what was asked for; typing on goes by one key.
                if self.focus == Focus::Editor && !self.typed_on {
                    self.focus = Focus::Result;
                    self.popup = None;
                }
                Vec::new()
            }
            News::Rows { rows, whole, .. } => {
                if let Some(grid) = self.grid_mut() {
                    grid.grown(rows, whole);
                }
                self.fetch()
            }
            News::Broken { failure, .. } => {
                let Some(run) = &mut self.run else { return Vec::new() };
                let said = run.grid.is_some().then(|| Effect::fail(&failure));
                run.break_off(failure, cx.now);
                if let Some(grid) = &mut run.grid {
                    grid.whole = true;
                }
                self.point_at_error();
                said.into_iter().collect()
            }
            News::Window { first, rows, .. } => {
                if let Some(grid) = self.grid_mut() {
                    grid.take(first, rows);
                }
                self.fetch()
            }
            News::Cell { lines, copy: true, .. } => {
                let lines: Vec<&Shown> = lines.iter().collect();
                vec![Effect::Copy(Shown::join(&lines, "\n"))]
            }
            News::Cell { title, lines, .. } => {
                vec![Effect::Ask(Ask::Reader(Reader::plain(title, lines)))]
            }
            other => self.hear_more(other),
        }
    }

    fn hear_more(&mut self, news: News) -> Vec<Effect> {
        match news {
            // What was typed before the draft came wins.
            News::Draft(text) if self.script.is_empty() => {
                self.script = super::script::Script::new(&text);
                Vec::new()
            }
            News::Databases(result) => {
                self.catalog.databases = result.into();
                Vec::new()
            }
            News::Tables { database, result } => {
                self.catalog.hear_tables(database, result);
                Vec::new()
            }
            News::Saved { to, told } => {
                self.saving = self.saving.saturating_sub(1);
                vec![
                    Effect::info(format!("Saved {told}")),
                    Effect::hear(crate::ui::panes::buckets::News::Changed { under: to }),
                ]
            }
            News::NotSaved(failure) => {
                self.saving = self.saving.saturating_sub(1);
                vec![Effect::fail(&failure)]
            }
            News::Queries(result) => {
                choose("Saved queries", "There is no saved query in this workgroup", result)
            }
            News::History(result) => choose("History", "Nothing has been run here yet", result),
            News::Insert(sql) => {
                self.script.append(&sql);
                self.focus = Focus::Editor;
                self.keep_draft()
            }
            News::Write(sql) => {
                self.script.append_above(&sql);
                self.popup = None;
                self.focus = Focus::Editor;
                self.keep_draft()
            }
            News::UseDatabase(name) => {
                self.catalog.reveal(&name);
                let unknown = self.catalog.is_unknown(&name);
                self.database = Some(name.clone());
                if unknown { self.read_tables(name) } else { Vec::new() }
            }
            News::CatalogChanged => self.catalog_changed(),
            _ => Vec::new(),
        }
    }

    fn catalog_changed(&mut self) -> Vec<Effect> {
        self.catalog.forget();
        // Whoever has never looked at it will read it when they do.
        if self.entered { self.read_catalog() } else { Vec::new() }
    }
}

fn changes_catalog(sql: &str) -> bool {
    matches!(sql::verb(sql).name(), "CREATE" | "DROP" | "ALTER" | "MSCK")
}

fn choose(
    title: &'static str,
    nothing: &'static str,
    result: Result<Vec<Stored>, Failure>,
) -> Vec<Effect> {
    let stored = match result {
        Err(failure) => return vec![Effect::fail(&failure)],
        Ok(stored) if stored.is_empty() => return vec![Effect::info(nothing)],
        Ok(stored) => stored,
    };
    let row = |query: Stored| {
        let mut effects: Vec<Effect> = Vec::new();
        effects.extend(query.database.map(|name| Effect::hear(News::UseDatabase(name))));
        effects.push(Effect::hear(News::Insert(query.sql)));
        (query.name, effects)
    };
    let rows: Vec<(Shown, Vec<Effect>)> = stored.into_iter().map(row).collect();
    vec![Effect::Ask(Ask::Choice(Choice::new(title, rows)))]
}
