//! What the pane hears, and what it makes of it.

use super::files::ask_replace;
use super::outcome::Run;
use super::talk::{Job, News, Progress, Slot, Stored};
use super::turn::rejoin;
use super::{Focus, Sql};
use crate::model::drafts::Drafts;
use crate::model::query::QueryState;
use crate::model::shown::Shown;
use crate::model::sql;
use crate::ui::loaded::Loaded;
use crate::ui::modal::{Ask, Choice, Reader};
use crate::ui::talk::{Cx, Effect, Failure};

impl Sql {
    pub(super) fn hear_news(&mut self, news: News, cx: &Cx<'_>) -> Vec<Effect> {
        match news {
            News::Progress { generation, progress } => self.hear_progress(generation, progress, cx),
            News::Columns { generation, columns } => {
                let is_front = self.tabs.is_front(generation);
                let Some(tab) = self.tabs.of(generation) else { return Vec::new() };
                let typed_on = tab.typed_on;
                if let Some(run) = &mut tab.run {
                    run.show(columns);
                }
                // The rows are what was asked for; typing on goes by one key.
                if is_front && self.focus == Focus::Editor && !typed_on {
                    self.focus = Focus::Result;
                    self.popup = None;
                }
                Vec::new()
            }
            News::Rows { generation, rows, whole } => {
                if let Some(grid) = self.grid_of(generation) {
                    grid.grown(rows, whole);
                }
                let mut effects = self.fetch_of(generation);
                if whole {
                    effects.extend(self.keep_drafts());
                }
                effects
            }
            News::Broken { generation, failure } => {
                let Some(tab) = self.tabs.of(generation) else { return Vec::new() };
                let Some(run) = &mut tab.run else { return Vec::new() };
                let said = run.grid.is_some().then(|| Effect::fail(&failure));
                run.break_off(failure, cx.now);
                if let Some(grid) = &mut run.grid {
                    grid.whole = true;
                }
                tab.point_at_error();
                let mut effects: Vec<Effect> = said.into_iter().collect();
                effects.extend(self.go_on(generation, cx.now));
                effects
            }
            News::Window { generation, turn, first, numbers, rows } => {
                if let Some(grid) = self.grid_of(generation) {
                    grid.take_in(turn, first, numbers, rows);
                }
                self.fetch_of(generation)
            }
            News::Look { generation, news } => self.hear_look(generation, news),
            News::Chart { generation, x, y } => self.draw_chart(generation, x, y),
            News::Replace { generation, path, format } => {
                self.replace_file(generation, path, format)
            }
            News::Cell { generation, .. } if !self.tabs.is_front(generation) => Vec::new(),
            News::Cell { lines, copy: true, .. } => {
                let lines: Vec<&Shown> = lines.iter().collect();
                vec![Effect::Copy(Shown::join(&lines, "\n"))]
            }
            News::Cell { title, lines, .. } => {
                vec![Effect::Ask(Ask::Reader(Reader::plain(title, lines)))]
            }
            other => self.hear_more(other, cx),
        }
    }

    fn hear_progress(&mut self, generation: u32, progress: Progress, cx: &Cx<'_>) -> Vec<Effect> {
        let Some(tab) = self.tabs.of(generation) else { return Vec::new() };
        let Some(run) = &mut tab.run else { return Vec::new() };
        let failed = progress.state == QueryState::Failed;
        let (was_running, was) = (run.is_running(), run.unsettled().cloned());
        run.hear(progress, cx.now);
        let over = was_running && !run.is_running();
        let changed = over && changes_catalog(&run.sql);
        let grown = over && !changed && !sql::only_reads(&run.sql);
        // Its id is kept as soon as it is known: whatever becomes of this process, the query is
        // found again.
        let settled = run.unsettled() != was.as_ref();
        if over && failed && !tab.typed_on {
            tab.point_at_error();
        }
        let mut effects = if settled { self.keep_now() } else { Vec::new() };
        if changed {
            effects.extend(self.catalog_changed());
        }
        if grown {
            self.forget_weights();
            effects.push(Effect::start(Slot::Sizes, Job::ForgetSizes));
        }
        if over {
            effects.extend(self.go_on(generation, cx.now));
        }
        effects
    }

    /// The tabs of the last time, and the queries that ran on since.
    fn hear_drafts(&mut self, drafts: Drafts, cx: &Cx<'_>) -> Vec<Effect> {
        let mut generation = self.generation;
        let found = self.tabs.take(drafts, cx.now, || {
            generation += 1;
            generation
        });
        self.generation = generation;
        self.recalled = Loaded::Here(());
        let mut effects: Vec<Effect> = found.into_iter().map(rejoin).collect();
        effects.extend(self.keep_drafts());
        effects.extend(self.know_group().filter(|_| self.entered));
        effects
    }

    fn hear_more(&mut self, news: News, cx: &Cx<'_>) -> Vec<Effect> {
        match news {
            News::Drafts(Ok(drafts)) => self.hear_drafts(drafts, cx),
            News::Drafts(Err(failure)) => {
                let told = Effect::fail(&failure);
                self.recalled = Loaded::Failed(failure);
                vec![told]
            }
            News::Opened { path, text } => self.opened_file(path, &text),
            News::Written { tab, path } => self.written(tab, path),
            News::InTheWay { tab, path, text } => ask_replace(tab, path, text),
            News::Edited(edited) => self.edited(edited),
            News::LookAgain => self.look_again(cx.now),
            News::Anew => self.run_anew(cx),
            News::Go(steps) => self.go(steps, cx.now),
            News::Reopen(at) => self.reopen(at, cx),
            News::Close { tab, leave } => self.close(tab, leave),
            News::Databases(result) => {
                self.catalog.hear_databases(result);
                self.follow_catalog();
                Vec::new()
            }
            News::Tables { database, result } => {
                let again = self.catalog.hear_tables(database.clone(), result, cx.now);
                self.follow_catalog();
                if again { self.read_tables(database) } else { Vec::new() }
            }
            News::Catalog(news) => self.hear_catalog(news),
            News::Weighed { generation, limit } => self.weighed(generation, limit),
            News::SaveChecked { order, result } => self.save_checked(order, result, cx),
            News::SaveAgreed(order) => self.save(order),
            News::Saved { told, done } => self.saved(&told, done),
            News::Registered(done) => self.registered(done),
            News::NotRegistered(failure) => vec![Effect::fail(&failure)],
            News::NotSaved(failure) => {
                self.saving = self.saving.saturating_sub(1);
                vec![Effect::fail(&failure)]
            }
            News::Venue(news) => self.hear_venue(news),
            News::Estimate { tab, turn, estimate } => {
                self.hear_estimate(tab, turn, estimate);
                Vec::new()
            }
            News::Queries(result) => {
                choose("Saved queries", "There is no saved query in this workgroup", result)
            }
            News::History(result) => {
                let today = result.as_ref().map(|history| history.today.clone());
                let title = today.map_or("History".into(), |today| format!("History · {today}"));
                let result = result.map(|history| history.statements);
                choose(title, "Nothing has been run here yet", result)
            }
            News::Recall { sql, database, execution } => {
                let mut effects = self.new_tab();
                let generation = self.count();
                let tab = self.tabs.front_mut();
                tab.script.append(&sql);
                tab.database = database;
                tab.run = Some(Run::of(generation, execution.clone(), cx.now));
                let job = Job::Rejoin { generation, execution };
                effects.push(Effect::start(Slot::Query(tab.id), job));
                effects.extend(self.keep_drafts());
                effects
            }
            News::RunAgain { sql, database } => {
                let mut effects = self.new_tab();
                let tab = self.tabs.front_mut();
                tab.script.append(&sql);
                tab.database = database;
                effects.extend(self.keep_drafts());
                effects.extend(self.run_all(cx));
                effects
            }
            News::Insert(sql) => {
                self.tab_mut().script.append(&sql);
                self.focus = Focus::Editor;
                self.keep_drafts()
            }
            News::Write(sql) => {
                self.tab_mut().script.append_above(&sql);
                self.popup = None;
                self.focus = Focus::Editor;
                self.keep_drafts()
            }
            News::UseDatabase(name) => {
                // What is known of databases and their tables is Glue's.
                let is_glues = self.terms().catalog.is_none();
                if is_glues {
                    self.catalog.reveal(&name);
                }
                let old = is_glues && self.catalog.is_old(&name, cx.now);
                self.tab_mut().database = Some(name.clone());
                let mut effects = self.keep_drafts();
                if old {
                    effects.extend(self.read_tables(name));
                }
                effects
            }
            News::CatalogChanged => self.catalog_changed(),
            _ => Vec::new(),
        }
    }

    pub(super) fn catalog_changed(&mut self) -> Vec<Effect> {
        self.forget_weights();
        let mut effects = vec![Effect::start(Slot::Sizes, Job::ForgetSizes)];
        // Whoever has never looked at it will read it when they do.
        if self.entered {
            effects.extend(self.read_catalog());
        }
        effects
    }
}

fn changes_catalog(sql: &str) -> bool {
    matches!(sql::verb(sql).name(), "CREATE" | "DROP" | "ALTER" | "MSCK")
}

fn choose(
    title: impl Into<Shown>,
    nothing: &'static str,
    result: Result<Vec<Stored>, Failure>,
) -> Vec<Effect> {
    let stored = match result {
        Err(failure) => return vec![Effect::fail(&failure)],
        Ok(stored) if stored.is_empty() => return vec![Effect::info(nothing)],
        Ok(stored) => stored,
    };
    let row = |query: Stored| {
        let use_it = query.database.clone().map(|name| Effect::hear(News::UseDatabase(name)));
        let insert = Effect::hear(News::Insert(query.sql.clone()));
        let insert: Vec<Effect> = use_it.into_iter().chain([insert]).collect();
        let Some(execution) = query.execution else { return (query.name, insert) };
        let (sql, database) = (query.sql, query.database);
        let again = News::RunAgain { sql: sql.clone(), database: database.clone() };
        let mut ways = vec![("Put it into the editor".into(), insert)];
        if query.has_result {
            let recall = News::Recall { sql, database, execution };
            let words = "Open its result again, in a tab of its own";
            ways.push((words.into(), vec![Effect::hear(recall)]));
        }
        ways.push(("Run it again, in a tab of its own".into(), vec![Effect::hear(again)]));
        let ask = Ask::Choice(Choice::new(query.name.clone(), ways));
        (query.name, vec![Effect::Ask(ask)])
    };
    let rows: Vec<(Shown, Vec<Effect>)> = stored.into_iter().map(row).collect();
    vec![Effect::Ask(Ask::Choice(Choice::new(title, rows).filtered()))]
}
