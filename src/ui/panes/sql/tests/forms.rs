//! The forms: saving a result, values for names.

use super::*;
use crate::model::query::Column;
use crate::model::saving::{SaveFormat, TableName};
use crate::model::settings::Place;
use crate::ui::modal::{Ask, Confirm};
use crate::ui::talk::News as AnyNews;
use crate::ui::widgets::field;

impl Bench {
    fn entry(&mut self, command: EntryCommand) -> Vec<Effect> {
        self.pane.obey_entry(command, &Cx { now: self.now, facts: &self.facts })
    }

    fn field(&mut self, command: field::Command) {
        self.pane.edit(command, &Cx { now: self.now, facts: &self.facts });
    }

    /// Writes this into the field in front.
    fn fill(&mut self, text: &str) {
        self.field(field::Command::DeleteToStart);
        let cx = Cx { now: self.now, facts: &self.facts };
        self.pane.type_in(Input::Paste(text.into()), &cx);
    }

    /// A result, and the form that saves it.
    fn saving(sql: &str) -> Self {
        let mut bench = Self::new(sql);
        bench.obey(Command::Run);
        bench.progress(QueryState::Succeeded, None);
        let effects = bench.obey(Command::Save);
        assert!(matches!(started(&effects)[..], [Job::Weigh { generation: 1 }]));
        bench
    }

    /// Submits; the order that is looked into first.
    fn order(&mut self) -> SaveOrder {
        let effects = self.entry(EntryCommand::Submit);
        let [Job::CheckSave(order)] = started(&effects)[..] else { panic!("{effects:?}") };
        order.clone()
    }
}

fn confirm(effects: &[Effect]) -> &Confirm {
    let [Effect::Ask(Ask::Confirm(ask))] = effects else { panic!("{effects:?}") };
    ask
}

/// What saying yes leads to.
fn agreed(ask: &Confirm) -> News {
    let [Effect::Hear(news)] = &ask.then[..] else { panic!("{ask:?}") };
    let AnyNews::Sql(news) = (**news).clone() else { panic!("{news:?}") };
    news
}

fn occupied() -> Failure {
    let why = "something is there already".into();
    Failure { why, what: "save into s3://analyst/results/x/".into(), ..failure() }
}

#[test]
fn a_copy_goes_below_the_analysts_prefix_and_costs_nothing() {
    let mut bench = Bench::new("select * from variants");
    assert!(started(&bench.obey(Command::Save)).is_empty());
    let mut bench = Bench::saving("select * from variants");
    assert!(bench.screen(80, 24).contains("a copy inside S3: no query runs"));
    bench.fill(" brca1.csv ");
    assert!(bench.screen(80, 24).contains("s3://analyst/results/brca1.csv"));
    let order = bench.order();
    assert_eq!(order.to.to_string(), "s3://analyst/results/brca1");
    assert_eq!((order.format, &order.table), (SaveFormat::Csv, &None));
    assert!(bench.entry(EntryCommand::Submit).is_empty(), "once");
    let effects = bench.hear(News::SaveChecked { order: order.clone(), result: Ok(()) });
    assert!(matches!(started(&effects)[..], [Job::Save(saved)] if *saved == order));
    assert_eq!(bench.pane.at_stake().unwrap().as_str(), "a result being saved");
    assert_eq!(bench.pane.layers(), [crate::ui::command::Layer::Sql], "the form is gone");
}

#[test]
fn what_runs_again_is_told_with_its_price_and_asked() {
    let mut bench = Bench::saving("select * from variants");
    bench.hear(News::Weighed { generation: 1, limit: Some(1 << 30) });
    bench.fill("x.parquet");
    let screen = bench.screen(100, 24);
    assert!(screen.contains("it read 11.4 MiB the first time (under $0.0001)"), "{screen}");
    assert!(screen.contains("the workgroup stops a query past 1.0 GiB"), "{screen}");
    assert!(screen.contains("s3://analyst/results/x/"), "{screen}");
    let order = bench.order();
    assert_eq!((order.to.key.as_str(), order.format), ("results/x", SaveFormat::Parquet));
    let effects = bench.hear(News::SaveChecked { order: order.clone(), result: Ok(()) });
    let ask = confirm(&effects);
    assert_eq!(ask.title.as_str(), "Run the query again?");
    assert!(ask.body.iter().any(|line| line.as_str().contains("stops a query past")));
    let news = agreed(ask);
    // Whoever says no is back in the form.
    assert!(bench.screen(80, 24).contains("Save into s3://analyst/results/"));
    let effects = bench.hear(news);
    assert!(matches!(started(&effects)[..], [Job::Save(saved)] if *saved == order));
}

#[test]
fn in_a_local_lake_nothing_is_billed_and_nothing_asked() {
    let mut bench = Bench::new("select * from variants");
    if let Some(settings) = &mut bench.facts.settings {
        settings.place = Place::Local("lake".into());
    }
    bench.obey(Command::Run);
    bench.progress(QueryState::Succeeded, None);
    bench.obey(Command::Save);
    bench.fill("x.json");
    let screen = bench.screen(80, 24);
    assert!(screen.contains("nothing is billed here") && !screen.contains("orc"), "{screen}");
    let order = bench.order();
    let effects = bench.hear(News::SaveChecked { order, result: Ok(()) });
    assert!(matches!(started(&effects)[..], [Job::Save(_)]));
}

#[test]
fn what_is_in_the_way_is_said_in_the_form() {
    let mut bench = Bench::saving("select 1");
    let order = bench.order();
    let effects = bench.hear(News::SaveChecked { order, result: Err(occupied()) });
    assert!(effects.is_empty());
    assert!(bench.screen(90, 24).contains("something is there already"));
    bench.type_in("y");
    assert!(!bench.screen(90, 24).contains("something is there"), "until something is changed");
    bench.fill("");
    assert!(bench.entry(EntryCommand::Submit).is_empty());
    assert!(bench.screen(80, 24).contains("It needs a name"));
    bench.escape();
    assert!(!bench.screen(80, 24).contains("Save into s3://analyst/results/"));
}

#[test]
fn a_table_gets_a_name_of_its_own() {
    let mut bench = Bench::saving("select * from \"My Table\"");
    bench.fill("brca 1");
    for _ in 0..4 {
        bench.entry(EntryCommand::Turn);
    }
    let order = bench.order();
    let table = TableName { database: "genomics".into(), name: "brca_1".into() };
    assert_eq!((order.format, order.table), (SaveFormat::Table, Some(table)));
    bench.hear(News::SaveChecked { order: bench_order(&bench), result: Err(occupied()) });
    for _ in 0..3 {
        bench.entry(EntryCommand::Next);
    }
    bench.fill("no name");
    assert!(bench.entry(EntryCommand::Submit).is_empty());
    assert!(bench.screen(90, 24).contains("a table's name has letters"));
}

fn bench_order(bench: &Bench) -> SaveOrder {
    let Some(Form::Save(form)) = &bench.pane.form else { panic!("no form") };
    form.order().unwrap()
}

#[test]
fn what_is_no_query_can_only_be_copied() {
    let mut bench = Bench::saving("show tables");
    bench.fill("x.parquet");
    bench.entry(EntryCommand::Turn);
    assert_eq!(bench.order().format, SaveFormat::Csv);
}

#[test]
fn the_folder_is_the_users_inside_the_bucket() {
    let mut bench = Bench::saving("select 1");
    bench.fill("x");
    bench.entry(EntryCommand::Next);
    bench.field(field::Command::Right);
    bench.entry(EntryCommand::Next);
    bench.fill("/other/2026/");
    let order = bench.order();
    assert_eq!(order.to.to_string(), "s3://analyst/other/2026/x");
    assert_eq!(order.format, SaveFormat::Parquet, "the arrow turned it");
}

fn done(at: &str, format: SaveFormat) -> Done {
    let columns = vec![Column { name: "n".into(), kind: "bigint".into() }];
    Done { at: at.parse().unwrap(), format, columns, table: None }
}

#[test]
fn what_was_saved_is_opened_and_made_a_table_of() {
    let mut bench = Bench::saving("select 1");
    assert!(matches!(&bench.obey(Command::OpenSaved)[..], [Effect::Tell(_)]));
    let done = done("s3://analyst/results/My x.csv", SaveFormat::Csv);
    bench.hear(News::Saved { told: "it".into(), done: done.clone() });
    let jump = crate::ui::talk::Jump::S3(done.at.clone());
    assert_eq!(bench.obey(Command::OpenSaved), [Effect::Jump(jump)]);
    let effects = bench.obey(Command::Register);
    let [Effect::Ask(Ask::Prompt(prompt))] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(prompt.typed(), "genomics.my_x");
    let effects = bench.answer(Answer::Register, "genomics.my_x");
    let ask = confirm(&effects);
    assert!(ask.body.iter().any(|line| line.as_str().contains("a folder of its own")));
    let [Job::Register { table, .. }] = started(&ask.then)[..] else { panic!("{ask:?}") };
    let apart = Done {
        at: "s3://analyst/results/My x/".parse().unwrap(),
        table: Some(table.clone()),
        ..done
    };
    let effects = bench.hear(News::Registered(apart));
    assert!(effects.contains(&Effect::hear(News::CatalogChanged)));
    let again = bench.obey(Command::Register);
    assert!(matches!(&again[..], [Effect::Tell(notice)] if notice.text.as_str().contains("my_x")));
}

#[test]
fn names_ask_for_values_before_anything_runs() {
    let mut bench = Bench::new("select * from t where d > :since and s = :Sample or s = :sample");
    assert!(started(&bench.obey(Command::Run)).is_empty());
    let screen = bench.screen(80, 24);
    assert!(screen.contains(":since") && screen.contains(":Sample"), "{screen}");
    bench.fill("2026-11-01");
    for _ in 0..3 {
        bench.entry(EntryCommand::Turn);
    }
    bench.entry(EntryCommand::Next);
    bench.fill("it's S1");
    let effects = bench.entry(EntryCommand::Submit);
    let [Job::Run { sql, literals, .. }] = started(&effects)[..] else { panic!("{effects:?}") };
    assert!(sql.contains(":since"), "as it was typed");
    let wanted = [("since", "DATE '2026-11-01'"), ("Sample", "'it''s S1'")];
    assert!(literals.iter().map(|(n, l)| (n.as_str(), l.as_str())).eq(wanted), "{literals:?}");

    // They are there the next time, and in nothing that is written down.
    bench.progress(QueryState::Failed, Some("no"));
    bench.obey(Command::Run);
    assert!(bench.screen(80, 24).contains("it's S1"));
    assert!(!format!("{:?}", bench.pane.tabs.drafts()).contains("S1"));
    bench.escape();
    assert!(!bench.pane.tab().is_running());
    assert!(!bench.screen(80, 24).contains("Values for"));
}

#[test]
fn a_value_that_is_none_is_said_and_nothing_runs() {
    let mut bench = Bench::new("select :a, :b; drop table t");
    bench.obey(Command::RunAll);
    bench.fill("x");
    bench.entry(EntryCommand::Previous);
    bench.fill("seventeen");
    for _ in 0..2 {
        bench.entry(EntryCommand::Turn);
    }
    assert!(bench.entry(EntryCommand::Submit).is_empty());
    assert!(bench.screen(80, 24).contains(":b wants a number"));
    bench.fill("17");
    // What takes a table away is asked with the values known.
    let effects = bench.entry(EntryCommand::Submit);
    assert_eq!(confirm(&effects).title.as_str(), "Run DROP?");
    let effects = bench.hear(agreed(confirm(&effects)));
    let [Job::Run { literals, .. }] = started(&effects)[..] else { panic!("{effects:?}") };
    assert_eq!(literals.len(), 2);
}

#[test]
fn forms_fit_small_terminals() {
    let mut bench = Bench::saving("select 1");
    for size in [(20, 5), (5, 3), (1, 1), (40, 8), (200, 50)] {
        bench.screen(size.0, size.1);
    }
    bench.escape();
    let mut bench = Bench::new("select :a, :b, :c, :d, :e, :f");
    bench.obey(Command::Run);
    for _ in 0..6 {
        bench.entry(EntryCommand::Next);
        for size in [(20, 5), (5, 3), (1, 1), (40, 8)] {
            bench.screen(size.0, size.1);
        }
    }
}
