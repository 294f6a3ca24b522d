use super::*;
use crate::model::catalog::{Counted, Grant, GrantOn, Partition};
use crate::model::trouble::{Kind, Trouble};
use crate::ui::modal::Ask;
use crate::ui::pane::{Input, Pane as _};
use crate::ui::panes::sql::tests::Bench;
use crate::ui::panes::sql::{self as pane, Command as SqlCommand, News as SqlNews};
use crate::ui::talk::{Effect, Job as AnyJob, Jump};

/// A table of text columns.
pub fn table(database: &str, name: &str, columns: &[&str]) -> Table {
    Table {
        database: database.into(),
        name: name.into(),
        kind: Some("EXTERNAL_TABLE".into()),
        columns: columns.iter().map(|name| (*name, "string")).collect(),
        format: Some("parquet".into()),
        ..Table::default()
    }
}

fn variants() -> Table {
    Table {
        partition_keys: [("chrom", "string"), ("day", "date")].into_iter().collect(),
        location: Some("s3://source/variants/".into()),
        serde: Some("org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe".into()),
        created: Some("2026-01-02T03:04:05Z".parse().unwrap()),
        counted: Counted { rows: Some(1204), bytes: Some(1 << 20), objects: Some(3) },
        ..table("genomics", "variants", &["pos", "info.af"])
    }
}

fn partition(chrom: &str) -> Partition {
    Partition {
        values: vec![chrom.into(), "2026-01-01".into()],
        location: Some(format!("s3://source/variants/chrom={chrom}/")),
        created: None,
        counted: Counted { bytes: Some(2048), ..Counted::default() },
    }
}

/// A pane with a catalog, the cursor on its first line.
fn bench(text: &str) -> Bench {
    let mut bench = Bench::new(text);
    bench.enter();
    bench.hear(SqlNews::Databases(Ok(vec!["clinical".into(), "genomics".into(), "mesh".into()])));
    let view = Table { kind: Some("VIRTUAL_VIEW".into()), ..table("genomics", "hot", &["n"]) };
    let tables = vec![table("genomics", "gene_summary", &["gene"]), view, variants()];
    bench.hear(SqlNews::Tables { database: "genomics".into(), result: Ok(tables) });
    bench.obey(SqlCommand::Catalog);
    bench.step(Move::Top);
    bench
}

fn label(line: &Line<'_>) -> String {
    match line {
        Line::Database(name) => (*name).to_owned(),
        Line::Table(table) => table.name.clone(),
        Line::Column(_, column, _) => column.name.to_owned(),
        Line::Partitions(..) => "partitions".to_owned(),
        Line::Partition(table, partition) => facts::values(table, partition),
        Line::More(_) => "more".to_owned(),
        Line::Note(_, _, note) => (*note).to_owned(),
        Line::Broken(_, _, failure) => failure.why.to_string(),
    }
}

/// The cursor to the line that says this.
fn go(bench: &mut Bench, wanted: &str) {
    let catalog = &mut bench.pane.catalog;
    let labels: Vec<String> = catalog.lines(0..catalog.line_count()).iter().map(label).collect();
    let at = labels.iter().position(|label| label == wanted);
    catalog.scroll.cursor = at.unwrap_or_else(|| panic!("no {wanted} in {labels:?}"));
}

fn started(effects: &[Effect]) -> Vec<pane::Job> {
    let job = |effect: &Effect| match effect {
        Effect::Start(_, AnyJob::Sql(job)) => Some(job.clone()),
        _ => None,
    };
    effects.iter().filter_map(job).collect()
}

fn text(bench: &Bench) -> &str {
    bench.pane.tab().script.text()
}

fn keys(bench: &mut Bench, typed: &str) {
    for c in typed.chars() {
        bench.type_in(&c.to_string());
    }
}

#[test]
fn opening_a_database_asks_for_its_tables_once() {
    let mut bench = bench("");
    let effects = bench.catalog(Command::Open);
    let asked = started(&effects);
    assert!(matches!(&asked[..], [pane::Job::Tables { database }] if database == "clinical"));
    bench.catalog(Command::Close);
    assert!(started(&bench.catalog(Command::Open)).is_empty(), "it is on its way");
    assert!(bench.screen(200, 46).contains("reading …"));
    bench.hear(SqlNews::Tables { database: "clinical".into(), result: Ok(Vec::new()) });
    assert!(bench.screen(200, 46).contains("no tables"));
}

#[test]
fn names_are_put_as_the_text_needs_them() {
    let mut bench = bench("select 1 from ");
    go(&mut bench, "variants");
    bench.catalog(Command::Open);
    assert_eq!(text(&bench), "select 1 from variants");
    bench.step(Move::Right);
    go(&mut bench, "info.af");
    bench.catalog(Command::Open);
    assert!(text(&bench).ends_with("\"info.af\""));
    bench.obey(SqlCommand::NewTab);
    bench.hear(SqlNews::UseDatabase("clinical".into()));
    keys(&mut bench, "describe");
    bench.type_in("space");
    bench.obey(SqlCommand::Catalog);
    go(&mut bench, "variants");
    bench.catalog(Command::Open);
    assert_eq!(text(&bench), "describe genomics.variants");
}

#[test]
fn a_first_look_comes_in_a_tab_of_its_own() {
    let mut bench = bench("select 1");
    go(&mut bench, "variants");
    bench.catalog(Command::Select);
    assert_eq!(text(&bench), "SELECT *\nFROM variants\nLIMIT 100");
    assert_eq!(bench.pane.tabs.position(), 1);
    assert!(bench.pane.typing(), "to be changed and run");
}

#[test]
fn partitions_are_listed_page_by_page() {
    let mut bench = bench("");
    go(&mut bench, "variants");
    bench.step(Move::Right);
    go(&mut bench, "partitions");
    let asked = started(&bench.step(Move::Right));
    let [pane::Job::Catalog(Job::Partitions { table, next: None, .. })] = &asked[..] else {
        panic!("{asked:?}")
    };
    assert_eq!(table, "variants");
    let page = |chrom: &str, next: Option<&str>| {
        let page = PartitionPage { partitions: vec![partition(chrom)], next: next.map(Into::into) };
        let (database, table) = ("genomics".into(), "variants".into());
        SqlNews::Catalog(News::Partitions { database, table, page: Ok(page) })
    };
    bench.hear(page("1", Some("more")));
    go(&mut bench, "more");
    let asked = started(&bench.catalog(Command::Open));
    let [pane::Job::Catalog(Job::Partitions { next, .. })] = &asked[..] else {
        panic!("{asked:?}")
    };
    assert_eq!(next.as_deref(), Some("more"));
    bench.hear(page("X", None));
    go(&mut bench, "chrom=X/day=2026-01-01");
    insta::assert_snapshot!("partitions_200x40", bench.screen(200, 40));
    bench.catalog(Command::Select);
    assert_eq!(
        text(&bench),
        "SELECT *\nFROM variants\nWHERE chrom = 'X' AND day = DATE '2026-01-01'\nLIMIT 100"
    );
    bench.obey(SqlCommand::Catalog);
    let effects = bench.catalog(Command::Location);
    let [Effect::Jump(Jump::S3(place))] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(place.to_string(), "s3://source/variants/chrom=X/");
    bench.step(Move::Left);
    assert!(matches!(bench.pane.catalog.line(), Some(Line::Partitions(..))));
}

#[test]
fn partitions_that_may_not_be_seen_say_so_and_can_be_asked_again() {
    let mut bench = bench("");
    go(&mut bench, "variants");
    bench.step(Move::Right);
    go(&mut bench, "partitions");
    bench.catalog(Command::Open);
    let failure = Trouble::new(Kind::Denied, "list the partitions", "Lake Formation says no");
    let (database, table) = ("genomics".into(), "variants".into());
    bench.hear(SqlNews::Catalog(News::Partitions { database, table, page: Err(failure.into()) }));
    assert!(bench.screen(200, 46).contains("Lake Formation says no"));
    go(&mut bench, "Lake Formation says no");
    assert_eq!(started(&bench.catalog(Command::Open)).len(), 1);
}

#[test]
fn who_may_read_is_asked_of_lake_formation() {
    let mut bench = bench("");
    go(&mut bench, "variants");
    let asked = started(&bench.catalog(Command::Access));
    assert!(matches!(&asked[..], [pane::Job::Catalog(Job::Grants { .. })]), "{asked:?}");
    assert!(bench.pane.busy());
    let grant = Grant {
        principal: "arn:aws:iam::111122223333:role/researcher".into(),
        permissions: vec!["SELECT".into()],
        grantable: vec!["SELECT".into()],
        on: GrantOn::Columns(vec!["pos".into()]),
    };
    let told = |result| {
        SqlNews::Catalog(News::Grants {
            database: "genomics".into(),
            table: "variants".into(),
            result,
        })
    };
    let effects = bench.hear(told(Ok(Access { registered: Some(true), grants: vec![grant] })));
    let [Effect::Ask(Ask::Reader(reader))] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(reader.title.as_str(), "Who may read genomics.variants");
    assert_eq!(
        reader.lines.last().unwrap().1.as_str(),
        "arn:aws:iam::111122223333:role/researcher  SELECT on pos; may pass on SELECT"
    );
    let denied = Trouble::new(Kind::Denied, "list who may read", "you may not");
    let effects = bench.hear(told(Err(denied.into())));
    assert!(matches!(&effects[..], [Effect::Tell(_)]) && !bench.pane.busy());
}

#[test]
fn show_create_is_run() {
    let mut bench = bench("");
    go(&mut bench, "hot");
    let asked = started(&bench.catalog(Command::ShowCreate));
    assert!(asked.iter().any(|job| matches!(job, pane::Job::Run { sql, .. }
        if sql == "SHOW CREATE VIEW hot")));
}

#[test]
fn the_filter_leaves_tables_whose_names_fit() {
    let mut bench = bench("");
    bench.catalog(Command::Filter);
    assert!(bench.pane.typing());
    keys(&mut bench, "gs");
    let screen = bench.screen(200, 46);
    assert!(screen.contains("gene_summary") && !screen.contains("variants"), "{screen}");
    bench.type_in("enter");
    go(&mut bench, "gene_summary");
    assert!(bench.escape().is_some());
    assert!(bench.screen(200, 46).contains("variants"));
    assert!(
        matches!(bench.pane.catalog.line(), Some(Line::Table(table)) if table.name == "gene_summary")
    );
}

#[test]
fn the_cursor_stays_on_its_line_while_tables_come() {
    let mut bench = bench("");
    go(&mut bench, "variants");
    bench.step(Move::Right);
    bench.step(Move::Down);
    bench.obey(SqlCommand::Retry);
    let more = ["a", "b"].map(|name| table("genomics", name, &[]));
    bench.hear(SqlNews::Catalog(News::Tables { database: "genomics".into(), tables: more.into() }));
    bench.hear(SqlNews::Tables { database: "genomics".into(), result: Ok(vec![variants()]) });
    assert!(
        matches!(bench.pane.catalog.line(), Some(Line::Column(_, column, false)) if column.name == "pos")
    );
}

#[test]
fn facts_stand_below_and_in_a_dialog() {
    let mut bench = bench("");
    go(&mut bench, "variants");
    insta::assert_snapshot!("facts_200x46", bench.screen(200, 46));
    insta::assert_snapshot!("facts_80x20", bench.screen(80, 20));
    let effects = bench.catalog(Command::Details);
    let [Effect::Ask(Ask::Reader(reader))] = &effects[..] else { panic!("{effects:?}") };
    let lines: Vec<&str> = reader.lines.iter().map(|(_, line)| line.as_str()).collect();
    assert!(lines.contains(&"at        s3://source/variants/"), "{lines:?}");
    assert!(lines.contains(&"chrom    string · partition key"), "{lines:?}");
    let effects = bench.catalog(Command::Copy);
    assert!(matches!(&effects[..], [Effect::Ask(Ask::Choice(choice))] if choice.rows.len() == 4));
}

#[test]
fn a_database_that_may_not_be_read_says_why() {
    let mut bench = bench("");
    go(&mut bench, "mesh");
    bench.catalog(Command::Open);
    let failure = Trouble::new(Kind::Denied, "list the tables of mesh", "no grant on it");
    bench.hear(SqlNews::Tables { database: "mesh".into(), result: Err(failure.into()) });
    assert!(bench.screen(80, 20).contains("no grant on it"));
    // Completion says it too, and asks once more.
    bench.obey(SqlCommand::Edit);
    keys(&mut bench, "from");
    bench.type_in("space");
    keys(&mut bench, "mesh.");
    assert_eq!(started(&bench.obey(SqlCommand::Complete)).len(), 1);
    assert!(bench.screen(80, 20).contains("reading mesh"));
    let failure = Trouble::new(Kind::Denied, "list the tables of mesh", "no grant on it");
    bench.hear(SqlNews::Tables { database: "mesh".into(), result: Err(failure.into()) });
    assert!(bench.screen(80, 20).contains("mesh: no grant on it"));
}

#[test]
fn a_wide_catalog_is_completed_through_keys() {
    let tables: Vec<Table> = (0..5000)
        .map(|at| {
            let names: Vec<String> = (0..200).map(|column| format!("c{column:03}_{at}")).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            table("genomics", &format!("measure_{at:04}_of_assay"), &names)
        })
        .collect();
    let mut bench = bench("");
    bench.obey(SqlCommand::Retry);
    let mut pages = tables.chunks(100);
    let last = pages.next_back().unwrap().to_vec();
    for page in pages {
        let (database, tables) = ("genomics".into(), page.to_vec());
        bench.hear(SqlNews::Catalog(News::Tables { database, tables }));
    }
    bench.hear(SqlNews::Tables { database: "genomics".into(), result: Ok(last) });
    bench.obey(SqlCommand::Edit);
    keys(&mut bench, "select");
    bench.type_in("space");
    keys(&mut bench, "c150");
    bench.type_in("space");
    keys(&mut bench, "from");
    bench.type_in("space");
    keys(&mut bench, "m4321");
    bench.obey(SqlCommand::Complete);
    assert!(text(&bench).ends_with("from measure_4321_of_assay"), "{}", text(&bench));
    for _ in 0.."from measure_4321_of_assay".len() + 1 {
        bench.type_in("left");
    }
    bench.obey(SqlCommand::Complete);
    assert!(text(&bench).starts_with("select c150_4321 from"), "{}", text(&bench));
    bench.obey(SqlCommand::Catalog);
    bench.step(Move::Bottom);
    assert!(bench.screen(200, 46).contains("measure_4999_of_assay"));
}

#[test]
fn no_size_and_no_key_breaks_it() {
    let mut bench = bench("select v");
    for command in Command::ALL {
        for wanted in [Move::Top, Move::Down, Move::Right, Move::Bottom, Move::Left] {
            bench.step(wanted);
            bench.catalog(*command);
            bench.obey(SqlCommand::Catalog);
            if bench.pane.typing() {
                bench.obey(SqlCommand::Catalog);
            }
        }
    }
    bench.pane.type_in(
        Input::Paste("x".into()),
        &crate::ui::talk::Cx { now: Instant::now(), facts: &bench.facts },
    );
    for (width, height) in [(20, 5), (40, 12), (80, 24), (200, 50), (1, 1)] {
        bench.screen(width, height);
    }
}
