use std::time::{Duration, Instant};

use super::*;
use crate::model::drafts::{Draft, Drafts};
use crate::model::object::Role;
use crate::model::query::{Estimate, QueryState, Workgroup};
use crate::model::settings::{RoleBucket, Settings};
use crate::model::trouble::{Kind, Trouble};
use crate::model::uri::S3Uri;
use crate::ui::stage;
use crate::ui::talk::{Facts, Failure, Job as AnyJob};

fn facts() -> Facts {
    let analyst = RoleBucket {
        role: Role::Analyst,
        name: "analyst".into(),
        kms_key: None,
        prefix: "results/".into(),
    };
    let settings =
        Settings { database: "genomics".into(), buckets: vec![analyst], ..Settings::aws("tre") };
    Facts { settings: Some(settings), ..Facts::default() }
}

pub(super) struct Bench {
    pub pane: Sql,
    pub facts: Facts,
    now: Instant,
}

impl Bench {
    pub fn new(text: &str) -> Self {
        let mut bench = Self { pane: Sql::default(), facts: facts(), now: Instant::now() };
        let cx = Cx { now: bench.now, facts: &bench.facts };
        bench.pane.opened(&cx);
        let tab = Draft { text: text.into(), ..Draft::default() };
        let drafts = Drafts { tabs: vec![tab], ..Drafts::default() };
        bench.pane.hear(News::Drafts(Ok(drafts)), &cx);
        bench
    }

    pub fn obey(&mut self, command: Command) -> Vec<Effect> {
        self.pane.obey(command, &Cx { now: self.now, facts: &self.facts })
    }

    pub fn hear(&mut self, news: News) -> Vec<Effect> {
        self.pane.hear(news, &Cx { now: self.now, facts: &self.facts })
    }

    pub fn type_in(&mut self, keys: &str) -> Vec<Effect> {
        let cx = Cx { now: self.now, facts: &self.facts };
        let keys = keys.split_whitespace().map(|key| key.parse().unwrap());
        keys.flat_map(|key| self.pane.type_in(Input::Key(key), &cx)).collect()
    }

    pub fn edit(&mut self, command: field::Command) -> Vec<Effect> {
        self.pane.edit(command, &Cx { now: self.now, facts: &self.facts })
    }

    pub fn enter(&mut self) -> Vec<Effect> {
        self.pane.enter(&Cx { now: self.now, facts: &self.facts })
    }

    pub fn paste(&mut self, input: Input) -> Vec<Effect> {
        self.pane.type_in(input, &Cx { now: self.now, facts: &self.facts })
    }

    /// Hears what a dialog chose.
    pub fn follow(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            if let Effect::Hear(news) = effect
                && let crate::ui::talk::News::Sql(news) = *news
            {
                self.hear(news);
            }
        }
    }

    pub fn progress(&mut self, state: QueryState, reason: Option<&str>) -> Vec<Effect> {
        let generation = self.pane.generation;
        let reason = reason.map(str::to_owned);
        self.hear(News::Progress { generation, progress: Progress { reason, ..progress(state) } })
    }

    pub fn rows(&mut self, count: usize) -> Vec<Effect> {
        let generation = self.pane.generation;
        let heading = |name: &'static str, kind: &'static str| Heading {
            name: name.into(),
            kind: kind.into(),
        };
        let columns =
            [heading("chrom", "varchar"), heading("n", "bigint"), heading("note", "varchar")];
        self.hear(News::Columns { generation, columns: columns.into() });
        let effects = self.hear(News::Rows { generation, rows: count, whole: true });
        let row = |at: usize| {
            vec![
                Value::Text(format!("chr{at}").into()),
                Value::Text((at * 1000).to_string().into()),
                if at.is_multiple_of(2) {
                    Value::Null
                } else {
                    Value::Text("größe 日本".into())
                },
            ]
        };
        let rows = (0..count.min(512)).map(row).collect();
        self.hear(News::Window { generation, turn: 0, first: 0, numbers: Vec::new(), rows });
        effects
    }

    pub fn screen(&self, width: u16, height: u16) -> String {
        let size = (width, height);
        stage::screen_of(&self.pane, size, "1970-01-01T00:00:00Z", &self.facts, self.now)
    }

    pub fn catalog(&mut self, command: CatalogCommand) -> Vec<Effect> {
        self.pane.obey_catalog(command, &Cx { now: self.now, facts: &self.facts })
    }

    pub fn result(&mut self, command: ResultCommand) -> Vec<Effect> {
        self.pane.obey_result(command, &Cx { now: self.now, facts: &self.facts })
    }

    pub fn step(&mut self, step: Move) -> Vec<Effect> {
        self.pane.step(step, &Cx { now: self.now, facts: &self.facts })
    }

    pub fn escape(&mut self) -> Option<Vec<Effect>> {
        self.pane.escape(&Cx { now: self.now, facts: &self.facts })
    }

    pub fn answer(&mut self, answer: Answer, text: &str) -> Vec<Effect> {
        self.pane.answer(answer, text.into(), &Cx { now: self.now, facts: &self.facts })
    }
}

fn progress(state: QueryState) -> Progress {
    Progress {
        id: "1a2b3c".into(),
        state,
        reason: None,
        kind: Some("DML".into()),
        scanned: Some(12_000_000),
        output: Some(S3Uri::new("analyst", "athena/1a2b3c.csv")),
        reused: false,
        taken: None,
    }
}

pub(super) fn started(effects: &[Effect]) -> Vec<&Job> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Start(_, AnyJob::Sql(job)) => Some(job),
            _ => None,
        })
        .collect()
}

fn failure() -> Failure {
    Failure {
        kind: Kind::Denied,
        what: "start the query".into(),
        why: "you may not".into(),
        hint: Some("ask for athena:StartQueryExecution".into()),
        code: None,
    }
}

#[test]
fn the_statement_under_the_cursor_runs_in_the_chosen_database() {
    let mut bench = Bench::new("select 1;\nselect 2;\nselect 3");
    bench.type_in("up");
    let effects = bench.obey(Command::Run);
    let [Job::Run { generation: 1, instead: None, sql, database, .. }] = started(&effects)[..]
    else {
        panic!("{effects:?}")
    };
    assert_eq!((sql.as_str(), database.as_str()), ("select 2", "genomics"));
    let again = bench.obey(Command::Run);
    assert!(started(&again).is_empty(), "one query at a time in a tab");
    assert_eq!(bench.pane.at_stake().unwrap().as_str(), "a query");
}

#[test]
fn a_paste_runs_nothing_and_is_kept() {
    let mut bench = Bench::new("");
    let cx = Cx { now: bench.now, facts: &bench.facts };
    let effects = bench.pane.type_in(Input::Paste("select 1;\r\nselect 2\n".into()), &cx);
    let [Job::KeepDrafts { drafts, .. }] = started(&effects)[..] else { panic!("{effects:?}") };
    assert_eq!(&*drafts.tabs[0].text, "select 1;\nselect 2\n");
    assert!(bench.pane.tab().run.is_none());
}

#[test]
fn all_run_one_after_the_other_up_to_the_first_that_fails() {
    let mut bench = Bench::new("select 1;\nselect 2;\nselect 3;");
    let sqls = |effects: &[Effect]| -> Vec<String> {
        let sql = |job: &&Job| match job {
            Job::Run { sql, .. } => Some(sql.clone()),
            _ => None,
        };
        started(effects).iter().filter_map(sql).collect()
    };
    assert_eq!(sqls(&bench.obey(Command::RunAll)), ["select 1"]);
    assert!(bench.screen(80, 20).contains("1 of 3"));
    assert_eq!(sqls(&bench.progress(QueryState::Succeeded, None)), ["select 2"]);
    let effects = bench.progress(QueryState::Failed, Some("line 1:1: no"));
    assert!(sqls(&effects).is_empty());
    let said = effects.iter().any(|effect| {
        matches!(effect, Effect::Tell(notice)
            if notice.text.as_str() == "Ended at statement 2 of 3: 1 statement not run")
    });
    assert!(said, "{effects:?}");
    assert_eq!(sqls(&bench.obey(Command::RunAll)), ["select 1"], "from the beginning");
}

#[test]
fn a_queue_that_goes_on_behind_stops_nothing_in_front() {
    let mut bench = Bench::new("select 1;\nselect 2");
    bench.obey(Command::RunAll);
    let generation = bench.pane.generation;
    bench.obey(Command::NewTab);
    let progress = progress(QueryState::Succeeded);
    let effects = bench.hear(News::Progress { generation, progress });
    assert!(started(&effects).iter().any(|job| matches!(job, Job::Run { .. })), "{effects:?}");
    assert!(!effects.contains(&Effect::stop(Slot::Window)), "{effects:?}");
}

#[test]
fn what_takes_away_asks_first() {
    let mut bench = Bench::new("drop table t;\nselect 1");
    let effects = bench.obey(Command::RunAll);
    assert!(started(&effects).is_empty());
    let [Effect::Ask(crate::ui::modal::Ask::Confirm(ask))] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!(ask.title.as_str(), "Run DROP?");
    let [Effect::Hear(news)] = &ask.then[..] else { panic!("{:?}", ask.then) };
    let crate::ui::talk::News::Sql(news) = (**news).clone() else { panic!("{news:?}") };
    let effects = bench.hear(news);
    assert!(matches!(started(&effects)[..], [Job::Run { .. }]));
}

#[test]
fn reading_every_partition_is_said_while_it_is_typed() {
    let mut bench = Bench::new("select * from variants");
    let mut table = super::catalog::tests::table("genomics", "variants", &["pos"]);
    table.partition_keys = [("chrom", "string")].into_iter().collect();
    bench.hear(News::Tables { database: "genomics".into(), result: Ok(vec![table]) });
    assert!(bench.screen(80, 20).contains("! every partition of variants"));
    bench.type_in("space w h e r e space c h r o m = 1");
    assert!(!bench.screen(80, 20).contains("every partition"));
}

#[test]
fn an_earlier_result_is_opened_in_a_tab_of_its_own() {
    let mut bench = Bench::new("select 1");
    let stored = Stored {
        name: "select 9".into(),
        database: Some("d".into()),
        sql: "select 9".into(),
        execution: Some("e9".into()),
        has_result: true,
    };
    let history = History { today: "today 1 query".into(), statements: vec![stored] };
    let effects = bench.hear(News::History(Ok(history)));
    assert!(matches!(&effects[..], [Effect::Ask(crate::ui::modal::Ask::Choice(choice))]
        if choice.title.as_str() == "History · today 1 query"));
    let recall =
        News::Recall { sql: "select 9".into(), database: Some("d".into()), execution: "e9".into() };
    let effects = bench.hear(recall);
    assert!(started(&effects).iter().any(|job| matches!(job, Job::Rejoin { execution, .. }
        if execution == "e9")));
    assert_eq!((bench.pane.tabs.position(), bench.pane.tab().script.text()), (1, "select 9"));
    bench.progress(QueryState::Succeeded, None);
    bench.rows(3);
    assert!(bench.screen(80, 20).contains("3 rows"));
}

#[test]
fn nothing_runs_where_there_is_no_statement() {
    let mut bench = Bench::new("-- just a thought");
    assert!(started(&bench.obey(Command::Run)).is_empty());
}

#[test]
fn stopping_stops_the_job_and_the_end_is_told() {
    let mut bench = Bench::new("select 1");
    bench.obey(Command::Run);
    assert_eq!(bench.obey(Command::Cancel), [Effect::stop(Slot::Query(1))]);
    assert!(bench.screen(80, 20).contains("STOPPING"));
    bench.progress(QueryState::Cancelled, None);
    assert!(!bench.pane.tab().is_running());
    assert!(bench.screen(80, 20).contains("The query was stopped."));
}

#[test]
fn late_news_of_another_query_is_dropped() {
    let mut bench = Bench::new("select 1");
    bench.obey(Command::Run);
    bench.progress(QueryState::Succeeded, None);
    bench.obey(Command::Run);
    bench.hear(News::Rows { generation: 1, rows: 5, whole: true });
    bench.hear(News::Broken { generation: 1, failure: failure() });
    assert!(bench.pane.tab().is_running());
}

#[test]
fn an_error_puts_the_cursor_where_it_is() {
    let mut bench = Bench::new("select 1;\n  select *\n  form x");
    bench.obey(Command::Run);
    bench.progress(QueryState::Failed, Some("line 2:3: mismatched input 'form'"));
    let text = bench.pane.tab().script.text();
    assert_eq!(&text[bench.pane.tab().script.cursor()..], "form x");
    assert!(bench.screen(80, 20).contains("mismatched input 'form'"));
}

#[test]
fn an_error_is_found_behind_wide_characters_and_foreign_line_ends() {
    let mut bench = Bench::new("");
    let script =
        "-- größe\r\nselect '日本';\r\n\r\nselect '日本', größe\r\n  form '日本' x;\r\nselect 3";
    bench.paste(Input::Paste(script.into()));
    bench.type_in("up");
    let run = bench.obey(Command::Run);
    let [Job::Run { sql, .. }] = started(&run)[..] else { panic!("{run:?}") };
    assert_eq!(sql, "select '日本', größe\n  form '日本' x");
    bench.progress(QueryState::Failed, Some("line 2:13: mismatched input 'x'"));
    let tab = bench.pane.tab();
    assert!(tab.script.text()[tab.script.cursor()..].starts_with("x;\nselect 3"));
    bench.obey(Command::Run);
    bench.progress(QueryState::Failed, Some("COLUMN_NOT_FOUND: line 1:14: Column 'größe'"));
    let tab = bench.pane.tab();
    assert!(tab.script.text()[tab.script.cursor()..].starts_with("größe\n  form"));
}

#[test]
fn what_lake_formation_denies_is_explained() {
    let mut bench = Bench::new("select * from variants");
    bench.obey(Command::Run);
    let reason = "Insufficient Lake Formation permission(s): Required Select on variants";
    bench.progress(QueryState::Failed, Some(reason));
    let screen = bench.screen(100, 20);
    assert!(screen.contains("has not granted SELECT on genomics.variants to you."), "{screen}");
    assert!(screen.contains("A data lake administrator can grant SELECT"), "{screen}");
}

#[test]
fn what_it_will_cost_is_told_behind_the_typing() {
    let mut bench = Bench::new("select 1");
    bench.enter();
    let effects = bench.paste(Input::Paste("; select * from variants".into()));
    let [Job::KeepDrafts { .. }, Job::Estimate { tab, turn, text, statement, database }] =
        started(&effects)[..]
    else {
        panic!("{effects:?}")
    };
    assert_eq!((statement.text(text), &**database), ("select * from variants", "genomics"));
    let estimate = Estimate { bytes: 13_207_024_435, whole: true, unknown: Vec::new() };
    let news = News::Estimate { tab: *tab, turn: *turn, estimate: Some(estimate) };
    bench.hear(news.clone());
    assert!(bench.screen(100, 20).contains("≤ 12.3 GiB, ≤ $0.07"), "{}", bench.screen(100, 20));
    assert!(started(&bench.obey(Command::Edit)).is_empty(), "asked once");
    let group = venue::talk::Group {
        workgroup: Workgroup {
            enabled: true,
            scan_limit: Some(10_000_000),
            ..Workgroup::default()
        },
        ..Default::default()
    };
    let name = "primary".to_owned();
    bench.hear(News::Venue(venue::talk::News::Group { name, result: Ok(group) }));
    assert!(bench.screen(100, 20).contains("! the limit of 9.5 MiB may stop it"));
    // Another statement: what was told of this one goes, and late news of it is dropped.
    let effects = bench.paste(Input::Paste(" v".into()));
    assert!(matches!(started(&effects)[..], [Job::KeepDrafts { .. }, Job::Estimate { .. }]));
    bench.hear(news);
    assert!(!bench.screen(100, 20).contains("GiB"));
}

#[test]
fn a_reused_result_says_so_and_costs_nothing() {
    let mut bench = Bench::new("select 1");
    bench.obey(Command::Run);
    let generation = bench.pane.generation;
    let done = Progress { reused: true, scanned: Some(0), ..progress(QueryState::Succeeded) };
    bench.hear(News::Progress { generation, progress: done });
    assert!(bench.screen(100, 20).contains("an earlier result ($0)"));
}

#[test]
fn a_keystroke_copies_no_tabs_text() {
    let mut bench = Bench::new("select 'the first'");
    bench.obey(Command::NewTab);
    let effects = bench.type_in("x");
    let [Job::KeepDrafts { drafts, .. }] = started(&effects)[..] else { panic!("{effects:?}") };
    let first = bench.pane.tabs.all()[0].script.shared();
    assert!(std::sync::Arc::ptr_eq(&drafts.tabs[0].text, &first), "shared, not copied");
}

#[test]
fn whoever_types_on_keeps_the_keys_when_the_result_comes() {
    let mut bench = Bench::new("select 1");
    bench.obey(Command::Run);
    bench.type_in("x");
    bench.progress(QueryState::Succeeded, None);
    bench.rows(3);
    assert_eq!(bench.pane.focus, Focus::Editor);
    bench.obey(Command::Run);
    bench.progress(QueryState::Succeeded, None);
    bench.rows(3);
    assert_eq!(bench.pane.focus, Focus::Result);
}

#[test]
fn rows_come_by_windows_as_the_cursor_moves() {
    let mut bench = Bench::new("select 1");
    bench.obey(Command::Run);
    bench.progress(QueryState::Succeeded, None);
    let effects = bench.rows(100_000);
    assert!(matches!(
        started(&effects)[..],
        [Job::Window { first: 0, count: 512, .. }, Job::KeepDrafts { .. }]
    ));
    assert_eq!(bench.pane.focus, Focus::Result);
    let cx = Cx { now: bench.now, facts: &bench.facts };
    let effects = bench.pane.step(Move::Bottom, &cx);
    assert!(matches!(started(&effects)[..], [Job::Window { first: 99_743, count: 257, .. }]));
}

#[test]
fn what_was_typed_before_the_drafts_came_is_added_to_them() {
    let mut bench = Bench { pane: Sql::default(), facts: facts(), now: Instant::now() };
    assert!(started(&bench.type_in("a b")).is_empty(), "nothing is written over");
    let old = Draft { text: "old".into(), execution: Some("e1".into()), ..Draft::default() };
    let effects = bench.hear(News::Drafts(Ok(Drafts { tabs: vec![old], ..Drafts::default() })));
    let [Job::Rejoin { execution, .. }, Job::KeepDrafts { drafts, .. }] = started(&effects)[..]
    else {
        panic!("{effects:?}")
    };
    assert_eq!((execution.as_str(), drafts.current), ("e1", 1));
    let texts: Vec<&str> = drafts.tabs.iter().map(|draft| &*draft.text).collect();
    assert_eq!(texts, ["old", "ab"]);
}

#[test]
fn a_query_that_was_lost_sight_of_is_looked_at_before_another_is_started() {
    let mut bench = Bench::new("select 1");
    bench.obey(Command::Run);
    bench.hear(News::Progress { generation: 1, progress: progress(QueryState::Running) });
    let failure: crate::ui::talk::Failure =
        Trouble::new(Kind::Expired, "look at query 1a2b3c", "no route").into();
    bench.hear(News::Broken { generation: 1, failure: failure.clone() });
    let asked = bench.obey(Command::Run);
    assert!(matches!(asked[..], [Effect::Ask(_)]), "it may still run: {asked:?}");
    let effects = bench.hear(News::LookAgain);
    let [Job::Rejoin { execution, generation: 2 }] = started(&effects)[..] else {
        panic!("{effects:?}")
    };
    assert_eq!(execution, "1a2b3c");
    // For how long Athena has been at it.
    let taken = Some(Duration::from_secs(4_000));
    let running = Progress { taken, ..progress(QueryState::Running) };
    bench.hear(News::Progress { generation: 2, progress: running });
    assert!(bench.screen(80, 20).contains("RUNNING  1h"), "{}", bench.screen(80, 20));

    bench.hear(News::Broken { generation: 2, failure });
    let effects = bench.hear(News::Anew);
    assert!(matches!(started(&effects)[..], [Job::Run { .. }]), "{effects:?}");
}

#[test]
fn each_tab_has_its_query() {
    let mut bench = Bench::new("select 1");
    bench.obey(Command::Run);
    bench.obey(Command::NewTab);
    bench.type_in("x");
    assert_eq!(bench.pane.at_stake().unwrap().as_str(), "a query");
    assert_eq!(started(&bench.obey(Command::Run)).len(), 1);
    assert_eq!(bench.pane.at_stake().unwrap().as_str(), "2 queries");
    assert!(matches!(bench.obey(Command::CloseTab)[..], [Effect::Ask(_)]), "it runs");
    let (first, second) = (1, 2);
    let told = |generation| News::Progress { generation, progress: progress(QueryState::Running) };
    let kept = bench.hear(told(first));
    let [Job::KeepDrafts { drafts, .. }] = started(&kept)[..] else { panic!("{kept:?}") };
    assert_eq!(drafts.tabs[0].execution.as_deref(), Some("1a2b3c"), "found again after a crash");
    assert!(started(&bench.hear(told(first))).is_empty(), "kept once");
    let done = |generation| News::Progress { generation, progress: progress(QueryState::Failed) };
    bench.hear(done(second));
    insta::assert_snapshot!("tabs_80x20", bench.screen(80, 20));
    let closed = bench.obey(Command::CloseTab);
    assert!(started(&closed).contains(&&Job::Forget(second)));
    assert_eq!(bench.pane.tab().script.text(), "select 1");
    bench.obey(Command::Cancel);
    assert!(bench.obey(Command::ReopenTab).iter().any(|effect| matches!(effect, Effect::Ask(_))));
}

#[test]
fn tab_completes_from_the_catalog() {
    let mut bench = Bench::new("select chr from variants");
    let tables = vec![super::catalog::tests::table("genomics", "variants", &["chrom"])];
    bench.hear(News::Tables { database: "genomics".into(), result: Ok(tables) });
    bench.type_in("home ctrl-right ctrl-right left");
    let effects = bench.obey(Command::Complete);
    assert!(bench.screen(80, 20).contains("chr(n) -> varchar"), "{effects:?}");
    bench.type_in("o");
    bench.type_in("enter");
    assert_eq!(bench.pane.tab().script.text(), "select chrom from variants");
}

#[test]
fn escape_leaves_the_editor_and_then_quits() {
    let mut bench = Bench::new("select 1");
    let cx = Cx { now: bench.now, facts: &bench.facts };
    assert!(bench.pane.typing());
    assert_eq!(bench.pane.escape(&cx), Some(Vec::new()));
    assert!(!bench.pane.typing());
    assert_eq!(bench.pane.escape(&cx), None);
}

#[test]
fn screens() {
    let mut bench = Bench::new("");
    insta::assert_snapshot!("empty_80x20", bench.screen(80, 20));
    bench = Bench::new(
        "-- by chromosome\nSELECT chrom, count(*) n\nFROM variants\nGROUP BY 1;\n\nSELECT 2",
    );
    bench.type_in("up up up");
    bench.obey(Command::Run);
    insta::assert_snapshot!("starting_80x20", bench.screen(80, 20));
    bench.progress(QueryState::Succeeded, None);
    bench.rows(24);
    insta::assert_snapshot!("rows_80x20", bench.screen(80, 20));
    insta::assert_snapshot!("rows_20x5", bench.screen(20, 5));
    let tables = vec![super::catalog::tests::table("genomics", "variants", &["chrom", "pos"])];
    bench.pane.enter(&Cx { now: bench.now, facts: &bench.facts });
    bench.hear(News::Databases(Ok(vec!["clinical".into(), "genomics".into()])));
    bench.hear(News::Tables { database: "genomics".into(), result: Ok(tables) });
    insta::assert_snapshot!("rows_200x46", bench.screen(200, 46));
    bench.obey(Command::Run);
    bench.hear(News::Broken { generation: bench.pane.generation, failure: failure() });
    insta::assert_snapshot!("refused_80x20", bench.screen(80, 20));
}

#[test]
fn no_size_breaks_it() {
    let mut bench = Bench::new("select 1 from t\n\n\n\nx");
    bench.obey(Command::Run);
    bench.progress(QueryState::Succeeded, None);
    bench.rows(24);
    bench.obey(Command::Catalog);
    for width in [1, 2, 5, 20, 60, 109, 110, 240] {
        for height in [1, 2, 3, 5, 9, 50] {
            bench.screen(width, height);
        }
    }
}

mod forms;
