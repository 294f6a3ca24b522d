//! What the keys of a result do, and what is heard of it.

use super::talk::{Form, Job, News, Slot, Sort};
use super::{Looking, Over, Picture, Search, Shape};
use crate::model::query::{FileFormat, Scale};
use crate::model::shown::Shown;
use crate::ui::modal::{Ask, Choice, Confirm, Prompt};
use crate::ui::pane::Input;
use crate::ui::panes::sql::talk::{self as pane, Answer};
use crate::ui::panes::sql::{ResultCommand, Sql};
use crate::ui::talk::{Cx, Effect};
use crate::ui::widgets::field;
use crate::ui::widgets::filter::Typed;
use crate::ui::widgets::grid::{Grid, Value};
use crate::ui::widgets::text;

const KEPT_IN: &str = "What is in results does not leave this lake (downloads = false)";

/// A job for the result of this query.
fn start(generation: u32, slot: Slot, job: Job) -> Effect {
    Effect::start(pane::Slot::Look(generation, slot), pane::Job::Look { generation, job })
}

fn stop(generation: u32, slot: Slot) -> Effect {
    Effect::stop(pane::Slot::Look(generation, slot))
}

impl Sql {
    /// The result in front, where it has columns: its query's number, its rows, the rest.
    fn look(&mut self) -> Option<(u32, &mut Grid, &mut Looking)> {
        let run = self.tab_mut().run.as_mut()?;
        let grid = run.grid.as_mut().filter(|grid| !grid.columns.is_empty())?;
        Some((run.generation, grid, &mut run.looking))
    }

    pub(in crate::ui::panes::sql) fn looking(&self) -> Option<&Looking> {
        self.tab().run.as_ref().map(|run| &run.looking)
    }

    /// Keys of the result that are not the grid's own.
    pub(in crate::ui::panes::sql) fn obey_look(
        &mut self,
        command: ResultCommand,
        cx: &Cx<'_>,
    ) -> Vec<Effect> {
        use ResultCommand as C;
        let downloads = cx.facts.settings.as_ref().is_none_or(|settings| settings.downloads);
        let Some((generation, grid, looking)) = self.look() else { return Vec::new() };
        match command {
            C::Jump => {
                let title = format!("Go to a row of {}", text::count(grid.rows as u64));
                let to = Answer::GoTo { generation };
                return vec![Effect::Ask(Ask::Prompt(Prompt::new(title, "Its number", to)))];
            }
            C::Find | C::FindHere => {
                looking.find.close();
                looking.find.open();
                looking.search = None;
                looking.within = (command == C::FindHere).then_some(grid.column);
                return vec![stop(generation, Slot::Search)];
            }
            C::Next | C::Previous => return looking.next(generation, grid, command == C::Next),
            C::Sort => return looking.sort_by(generation, grid),
            C::Profile => return looking.profile(generation, grid.column, grid),
            C::Chart => return looking.chart(generation, grid),
            C::Mark => {
                grid.mark();
                return self.fetch();
            }
            C::Hide if !grid.hide() => return vec![Effect::info("The last column stays")],
            C::Hide => {}
            C::ShowAll => grid.show_all(),
            C::MoveLeft => grid.shift(false),
            C::MoveRight => grid.shift(true),
            C::Freeze => grid.frozen = !grid.frozen,
            C::Export if !downloads => return vec![Effect::warn(KEPT_IN)],
            C::Export => return ask_export(generation, grid),
            C::Open | C::Copy | C::FirstColumn | C::LastColumn => {}
        }
        Vec::new()
    }

    /// What the copy menu has of rows.
    pub(in crate::ui::panes::sql) fn copies(&self) -> Vec<(Shown, Vec<Effect>)> {
        let Some(run) = &self.tab().run else { return Vec::new() };
        let Some(grid) = &run.grid else { return Vec::new() };
        let here = grid.number(grid.cursor());
        let (rows, what) = match grid.marks.len() {
            0 => (here.into_iter().collect::<Vec<_>>(), "The row".to_owned()),
            count => {
                (grid.marks.iter().copied().collect(), text::plural(count as u64, "marked row"))
            }
        };
        if rows.is_empty() {
            return Vec::new();
        }
        let columns = grid.shown().to_vec();
        let name = &grid.columns[grid.column].name;
        let list = format!("{name} of it as a list for IN");
        [
            (format!("{what} as CSV"), Form::Csv, columns.clone()),
            (format!("{what} as JSON"), Form::Json, columns.clone()),
            (format!("{what} as Markdown"), Form::Markdown, columns),
            (list, Form::InList, vec![grid.column]),
        ]
        .into_iter()
        .map(|(words, form, columns)| {
            let job = Job::Copy { rows: rows.clone(), columns, form };
            (words.into(), vec![start(run.generation, Slot::Copy, job)])
        })
        .collect()
    }

    pub(in crate::ui::panes::sql) fn type_look(&mut self, input: Input) -> Vec<Effect> {
        let Some((generation, grid, looking)) = self.look() else { return Vec::new() };
        match looking.find.type_in(input) {
            Typed::Ended if looking.find.is_empty() => Vec::new(),
            Typed::Ended => {
                looking.search = Some(Search { rows: 0, found: 0, whole: false });
                let (text, column) = (looking.find.text().to_owned(), looking.within);
                let job = Job::Search { text, column, from: grid.cursor() };
                vec![start(generation, Slot::Search, job)]
            }
            Typed::Changed | Typed::Nothing => Vec::new(),
        }
    }

    pub(in crate::ui::panes::sql) fn edit_look(&mut self, command: field::Command) -> Vec<Effect> {
        if let Some((.., looking)) = self.look() {
            looking.find.edit(command);
        }
        Vec::new()
    }

    /// Closes the innermost thing that is open over a result.
    pub(in crate::ui::panes::sql) fn escape_look(&mut self) -> Option<Vec<Effect>> {
        let (generation, _, looking) = self.look()?;
        if looking.find.typing() {
            looking.find.close();
            return Some(Vec::new());
        }
        if looking.over.take().is_some() {
            return Some(vec![stop(generation, Slot::Picture)]);
        }
        if looking.sorting.take().is_some() {
            return Some(vec![stop(generation, Slot::Sort)]);
        }
        if looking.find.close() {
            looking.search = None;
            return Some(vec![stop(generation, Slot::Search)]);
        }
        None
    }

    pub(in crate::ui::panes::sql) fn go_to(&mut self, generation: u32, text: &str) -> Vec<Effect> {
        let Some(number) = text.trim().replace([',', '_', ' '], "").parse::<usize>().ok() else {
            return vec![Effect::warn("That is no number of a row")];
        };
        if let Some(grid) = self.grid_of(generation) {
            grid.go(number.saturating_sub(1), grid.column);
        }
        self.fetch_of(generation)
    }

    pub(in crate::ui::panes::sql) fn export_to(
        &mut self,
        generation: u32,
        format: FileFormat,
        path: &str,
    ) -> Vec<Effect> {
        match path.trim() {
            "" => Vec::new(),
            path => self.export(generation, path.to_owned(), format, false),
        }
    }

    fn export(
        &mut self,
        generation: u32,
        path: String,
        format: FileFormat,
        replace: bool,
    ) -> Vec<Effect> {
        self.saving += 1;
        let slot = pane::Slot::Save(self.act());
        let job = Job::Export { path, format, replace };
        vec![Effect::start(slot, pane::Job::Look { generation, job })]
    }

    pub(in crate::ui::panes::sql) fn replace_file(
        &mut self,
        generation: u32,
        path: String,
        format: FileFormat,
    ) -> Vec<Effect> {
        self.export(generation, path, format, true)
    }

    /// Chosen in a dialog.
    pub(in crate::ui::panes::sql) fn draw_chart(
        &mut self,
        generation: u32,
        x: Option<usize>,
        y: Option<usize>,
    ) -> Vec<Effect> {
        match self.look() {
            Some((here, grid, looking)) if here == generation => {
                looking.draw_chart(generation, x, y, grid)
            }
            _ => Vec::new(),
        }
    }

    pub(in crate::ui::panes::sql) fn hear_look(
        &mut self,
        generation: u32,
        news: News,
    ) -> Vec<Effect> {
        match news {
            News::Exported { told } => {
                self.saving = self.saving.saturating_sub(1);
                return vec![Effect::info(told)];
            }
            News::NotExported(failure) => {
                self.saving = self.saving.saturating_sub(1);
                return vec![Effect::fail(&failure)];
            }
            News::Exists { path, format } => {
                self.saving = self.saving.saturating_sub(1);
                return ask_replace(generation, path, format);
            }
            _ => {}
        }
        let is_front = self.tabs.is_front(generation);
        let Some(run) = self.tabs.of(generation).and_then(|tab| tab.run.as_mut()) else {
            return Vec::new();
        };
        let Some(grid) = &mut run.grid else { return Vec::new() };
        let effects = run.looking.hear(news, grid, is_front);
        let mut all = self.fetch_of(generation);
        all.extend(effects);
        all
    }
}

impl Looking {
    /// Ascending, descending, as it came.
    fn sort_by(&mut self, generation: u32, grid: &Grid) -> Vec<Effect> {
        if !grid.whole {
            return vec![Effect::warn("Rows are still coming in: it is sorted when all are here")];
        }
        let wanted = self.sorting.map_or(self.sort, |(_, sort, _)| sort);
        let column = grid.column;
        let next = match wanted.filter(|sort| sort.column == column) {
            None => Some(Sort { column, descending: false }),
            Some(sort) if !sort.descending => Some(Sort { descending: true, ..sort }),
            Some(_) => None,
        };
        self.turns += 1;
        self.sorting = Some((self.turns, next, 0));
        vec![start(generation, Slot::Sort, Job::Sort { turn: self.turns, sort: next })]
    }

    fn next(&self, generation: u32, grid: &Grid, forward: bool) -> Vec<Effect> {
        if self.search.is_none() {
            return vec![Effect::info("Nothing has been searched for")];
        }
        let from = match (forward, grid.cursor()) {
            (true, cursor) => cursor + 1,
            (false, 0) => grid.rows.saturating_sub(1),
            (false, cursor) => cursor - 1,
        };
        vec![start(generation, Slot::Next, Job::Next { from, forward })]
    }

    fn show(&mut self, title: String, picture: Picture) -> u32 {
        self.acts += 1;
        let (act, title) = (self.acts, Shown::from(title));
        self.over = Some(Over { act, title, picture, whole: false, failure: None });
        act
    }

    fn profile(&mut self, generation: u32, column: usize, grid: &Grid) -> Vec<Effect> {
        let heading = &grid.columns[column];
        let title = format!("{} {}", heading.name, heading.kind);
        let act = self.show(title, Picture::Profile { column, profile: None });
        vec![start(generation, Slot::Picture, Job::Profile { act, column })]
    }

    /// Of the cursor's column over another; over a chart its next shape.
    fn chart(&mut self, generation: u32, grid: &Grid) -> Vec<Effect> {
        if let Some(Over { picture: Picture::Chart { shape, .. }, .. }) = &mut self.over {
            *shape = match shape {
                Shape::Bars => Shape::Line,
                Shape::Line => Shape::Dots,
                Shape::Dots => Shape::Bars,
            };
            return Vec::new();
        }
        let here = grid.column;
        let scale = |column: usize| Scale::of(grid.columns[column].kind.as_str());
        let name = |column: usize| grid.columns[column].name.as_str();
        let mut rows: Vec<(Shown, Vec<Effect>)> = Vec::new();
        let mut offer = |words: String, x: Option<usize>, y: Option<usize>| {
            let chart = pane::News::Chart { generation, x, y };
            rows.push((words.into(), vec![Effect::hear(chart)]));
        };
        offer(format!("How often each {}", name(here)), Some(here), None);
        if scale(here) != Scale::Text {
            for x in grid.shown().iter().copied().filter(|column| *column != here) {
                offer(format!("{} over {}", name(here), name(x)), Some(x), Some(here));
            }
            offer(format!("{} in the order of rows", name(here)), None, Some(here));
        } else {
            let others = grid.shown().iter().copied();
            for y in others.filter(|column| scale(*column) == Scale::Number) {
                offer(format!("{} by {}", name(y), name(here)), Some(here), Some(y));
            }
        }
        vec![Effect::Ask(Ask::Choice(Choice::new("Chart", rows)))]
    }

    fn draw_chart(
        &mut self,
        generation: u32,
        x: Option<usize>,
        y: Option<usize>,
        grid: &Grid,
    ) -> Vec<Effect> {
        let name = |column: usize| grid.columns.get(column).map_or("?", |c| c.name.as_str());
        let over = x.map_or("rows", name);
        let title = match y {
            Some(y) => format!("{} over {over}", name(y)),
            None => format!("rows by {over}"),
        };
        let shape = if x.is_none() { Shape::Line } else { Shape::Bars };
        let act = self.show(title, Picture::Chart { x, y, shape, plot: None, share: 0.0 });
        vec![start(generation, Slot::Picture, Job::Chart { act, x, y })]
    }

    /// `is_front`: its tab is in front, and may speak to the person before it.
    fn hear(&mut self, news: News, grid: &mut Grid, is_front: bool) -> Vec<Effect> {
        match news {
            News::Sorting { turn, rows } => {
                if let Some((_, _, read)) = self.sorting.as_mut().filter(|now| now.0 == turn) {
                    *read = rows;
                }
            }
            News::Sorted { turn } => {
                if let Some((_, sort, _)) = self.sorting.take_if(|now| now.0 == turn) {
                    self.sort = sort;
                    grid.turn_to(turn);
                }
            }
            News::NotSorted { turn, failure } => {
                let waits = self.sorting.take_if(|now| now.0 == turn).is_some();
                return waits.then(|| Effect::fail(&failure)).into_iter().collect();
            }
            News::Searched { rows, found, whole } => {
                if let Some(search) = &mut self.search {
                    *search = Search { rows, found, whole };
                    if whole && found == 0 && is_front {
                        return vec![Effect::info("It is in no row")];
                    }
                }
            }
            News::Found { place, column } if self.search.is_some() => grid.go(place, column),
            News::Missing if is_front => return vec![Effect::info("It is in no row so far")],
            News::Profile { act, profile, whole } => {
                if let Some(over) = self.over.as_mut().filter(|over| over.act == act)
                    && let Picture::Profile { profile: known, .. } = &mut over.picture
                {
                    *known = Some(profile);
                    over.whole = whole;
                }
            }
            News::Chart { act, plot, share } => {
                if let Some(over) = self.over.as_mut().filter(|over| over.act == act)
                    && let Picture::Chart { plot: known, share: read, .. } = &mut over.picture
                {
                    *known = plot.or_else(|| known.take());
                    *read = share;
                    over.whole = share >= 1.0;
                }
            }
            News::Broken { act, failure } => {
                if let Some(over) = self.over.as_mut().filter(|over| over.act == act) {
                    (over.whole, over.failure) = (true, Some(failure));
                }
            }
            News::Copied { lines, rows, of } if is_front => {
                let lines: Vec<&Shown> = lines.iter().collect();
                let told = match rows == of {
                    true => format!("Copied {}", text::plural(rows as u64, "row")),
                    false => format!("Copied the first {rows} of {of} rows: no more fits"),
                };
                return vec![Effect::Copy(Shown::join(&lines, "\n")), Effect::info(told)];
            }
            News::Failed(failure) => {
                if let Some(search) = &mut self.search {
                    search.whole = true;
                }
                return vec![Effect::fail(&failure)];
            }
            _ => {}
        }
        Vec::new()
    }
}

fn ask_export(generation: u32, grid: &Grid) -> Vec<Effect> {
    if !grid.whole {
        return vec![Effect::warn("Rows are still coming in: it is exported when all are here")];
    }
    let row = |format: FileFormat| {
        let extension = format.extension();
        let to = Answer::ExportTo { generation, format };
        let title = format!("Write {} as {extension}", text::plural(grid.rows as u64, "row"));
        let label = "A file of this machine; all columns, in the order in which rows came";
        let prompt = Prompt::new(title, label, to).local_path().text(format!("result.{extension}"));
        (Shown::from(extension), vec![Effect::Ask(Ask::Prompt(prompt))])
    };
    let rows = [FileFormat::Csv, FileFormat::Json, FileFormat::Parquet].map(row).into();
    vec![Effect::Ask(Ask::Choice(Choice::new("Export", rows)))]
}

fn ask_replace(generation: u32, path: String, format: FileFormat) -> Vec<Effect> {
    let name = Shown::of(&path);
    let then = vec![Effect::hear(pane::News::Replace { generation, path, format })];
    let body = [format!("There is {name} already.").into(), "What is in it is lost.".into()];
    vec![Effect::Ask(Ask::Confirm(Confirm::new("Replace the file", "Replace", then).body(body)))]
}

/// The cell as a line of text, for who copies the row with tabs.
pub(in crate::ui::panes::sql) fn with_tabs(row: &[Value], columns: &[usize]) -> Shown {
    let cells: Vec<Shown> =
        columns.iter().filter_map(|at| row.get(*at).map(Value::plain)).collect();
    Shown::join(&cells.iter().collect::<Vec<_>>(), "\t")
}
