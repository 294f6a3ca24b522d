use std::cell::RefCell;
use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

/// A table's name, and its columns with their types.
type TableOf = (&'static str, Vec<(&'static str, &'static str)>);

/// A catalog that notes which columns it was asked for.
#[derive(Default)]
struct Lake {
    databases: Vec<String>,
    tables: BTreeMap<String, Vec<TableOf>>,
    asked: RefCell<Vec<String>>,
}

impl Known for Lake {
    fn current(&self) -> &str {
        "genomics"
    }

    fn databases(&self) -> &[String] {
        &self.databases
    }

    fn tables(&self, database: &str) -> Option<impl Iterator<Item = (&str, &str)>> {
        Some(self.tables.get(database)?.iter().map(|(name, _)| (*name, "parquet")))
    }

    fn columns(&self, database: &str, table: &str) -> Option<impl Iterator<Item = (&str, &str)>> {
        self.asked.borrow_mut().push(format!("{database}.{table}"));
        let found = self.tables.get(database)?.iter().find(|(name, _)| *name == table)?;
        Some(found.1.iter().copied())
    }
}

fn lake() -> Lake {
    let variants =
        vec![("chrom", "string"), ("info.af", "double"), ("pos", "bigint"), ("order", "int")];
    let genes = vec![("gene_id", "string"), ("chrom", "string"), ("symbol", "string")];
    let people = vec![("patient_id", "string"), ("name", "string")];
    let genomics = vec![("gene_summary", genes), ("variants", variants), ("2024", Vec::new())];
    Lake {
        databases: ["clinical", "genomics", "mesh"].map(ToOwned::to_owned).into(),
        tables: [
            ("genomics".to_owned(), genomics),
            ("clinical".to_owned(), vec![("people", people)]),
        ]
        .into(),
        ..Lake::default()
    }
}

fn at(marked: &str) -> Option<Offer> {
    let cursor = marked.find('|').unwrap();
    offer(&marked.replacen('|', "", 1), cursor, &lake())
}

fn offered(marked: &str) -> Vec<String> {
    at(marked).into_iter().flat_map(|offer| offer.candidates).map(|one| one.text).collect()
}

fn first(marked: &str) -> String {
    offered(marked).into_iter().next().unwrap_or_default()
}

#[test]
fn the_nearest_comes_first() {
    assert_eq!(first("select p| from variants"), "pos");
    assert_eq!(first("select 1 from v|"), "variants");
    assert_eq!(offered("sel|"), ["SELECT"]);
    assert_eq!(first("select co| from variants"), "coalesce(");
    assert_eq!(first("select gs| from variants"), "");
    assert_eq!(first("select 1 from gs|"), "gene_summary");
    assert_eq!(first("select 1 from peo|"), "clinical.people");
    assert_eq!(first("select 1 from cli|"), "clinical.");
}

#[test]
fn behind_a_dot_only_its_members() {
    let all = ["chrom", "\"info.af\"", "pos", "\"order\""];
    assert_eq!(offered("select v.| from genomics.variants as v"), all);
    assert_eq!(offered("select variants.| from variants"), all);
    assert_eq!(offered("select genomics.variants.| from genomics.variants"), all);
    assert_eq!(offered("select * from clinical.|"), ["people"]);
    assert_eq!(offered("select pe.na| from clinical.people pe"), ["name"]);
    assert_eq!(at("select * from mesh.|").unwrap().wants, ["mesh"]);
    assert_eq!(offered("select 1 from variants v join gene_summary g on v.|"), all);
}

#[test]
fn nothing_in_strings_comments_and_blanks() {
    for text in [
        "select 'se|",
        "-- se|",
        "select |",
        "|",
        "select 1 from variants |",
        "select a,\n  | from variants",
        "select 1; |",
        "select a as x|",
    ] {
        assert_eq!(offered(text), [""; 0], "{text}");
    }
}

#[test]
fn columns_of_a_from_behind_the_cursor() {
    assert_eq!(offered("select | from variants"), ["chrom", "\"info.af\"", "pos", "\"order\""]);
    assert_eq!(offered("select \"in| from variants"), ["\"info.af\""]);
    assert_eq!(first("select 1 from variants where af|"), "\"info.af\"");
    assert_eq!(first("select x from variants order by po|"), "pos");
    assert_eq!(first("select count(po| from variants"), "pos");
    assert_eq!(first("select count(po|) from variants"), "pos");
    assert_eq!(first("select max(abs(po|, sum(1) from variants where 1 = 1"), "pos");
    assert_eq!(first("select sy| from (select * from gene_summary) s"), "symbol");
}

#[test]
fn what_two_tables_have_is_qualified() {
    let text = "select chr| from variants v join gene_summary on v.chrom = gene_summary.chrom";
    assert_eq!(offered(text), ["v.chrom", "gene_summary.chrom", "chr("]);
}

#[test]
fn with_and_subqueries_have_columns() {
    let with = "with hot as (select chrom, count(*) n, max(pos) as last from variants group by 1) ";
    assert_eq!(first(&format!("{with} select 1 from h|")), "hot");
    assert_eq!(offered(&format!("{with} select h.| from hot h")), ["chrom", "n", "\"last\""]);
    let named = "with w(a, b) as (values (1, 2)) select | from w";
    assert_eq!(offered(named), ["a", "b"]);
    assert_eq!(offered("select s.| from (select v.* from variants v) s").len(), 4);
    assert_eq!(offered("select t.| from unnest(array[1]) as t(x)"), ["x"]);
    let outer = "select 1 from variants v where exists (select 1 from clinical.people p where p.name = v.c|";
    assert_eq!(first(outer), "chrom");
}

#[test]
fn a_join_is_tied_by_what_both_have() {
    let text = "select * from variants v join gene_summary g on |";
    assert_eq!(first(text), "v.chrom = g.chrom");
    assert!(at(text).unwrap().candidates[0].what == What::Condition);
    assert_eq!(offered("select * from variants join gene_summary using (|"), ["chrom"]);
    assert_eq!(first("select * from variants a join variants b on |"), "a.chrom = b.chrom");
    let all = offered("select * from clinical.people a join clinical.people b on |");
    assert_eq!(
        &all[..3],
        [
            "a.patient_id = b.patient_id",
            "a.name = b.name",
            "a.patient_id = b.patient_id AND a.name = b.name"
        ]
    );
}

#[test]
fn keywords_come_where_they_can_stand() {
    assert_eq!(offered("select chrom fr| variants"), ["FROM"]);
    assert_eq!(first("select 1 from variants w|"), "WHERE");
    assert_eq!(first("select 1 from variants gr|"), "GROUP BY");
    assert_eq!(first("select 1 from variants order b|"), "BY");
    assert_eq!(first("select sum(pos) over (pa|"), "PARTITION BY");
    assert!(!offered("select chrom lim| ").contains(&"least(".to_owned()));
    assert_eq!(first("drop ta|"), "TABLE");
    assert_eq!(first("create table x (a st|"), "string");
    assert_eq!(first("select cast(pos as var|"), "varbinary");
}

#[test]
fn statements_about_tables_offer_tables() {
    for text in [
        "describe v|",
        "insert into v|",
        "update v|",
        "delete from v|",
        "drop table v|",
        "drop table if exists v|",
        "alter table v|",
        "msck repair table v|",
        "show create table v|",
        "show partitions v|",
        "show columns in v|",
        "show create view v|",
        "optimize v|",
        "explain select 1 from v|",
        "merge into v|",
        "create table x as select * from v|",
    ] {
        assert_eq!(first(text), "variants", "{text}");
    }
    assert_eq!(first("show tables in c|"), "clinical");
    assert_eq!(first("drop database c|"), "clinical");
    assert_eq!(offered("create table v|"), [""; 0]);
    assert_eq!(offered("insert into variants (|"), ["chrom", "\"info.af\"", "pos", "\"order\""]);
    assert_eq!(first("insert into variants (chrom, p|"), "pos");
    assert_eq!(first("update variants set p|"), "pos");
    assert_eq!(first("alter table variants drop partition (c|"), "chrom");
}

#[test]
fn ddl_has_other_quotes() {
    assert_eq!(first("describe 2|"), "");
    assert_eq!(first("describe genomics.|"), "gene_summary");
    assert_eq!(offered("describe `2|"), ["`2024`"]);
    assert_eq!(offered("select 1 from \"2|"), ["\"2024\""]);
    assert_eq!(first("alter table variants drop partition (o|"), "`order`");
    assert_eq!(first("create view x as select o| from variants"), "\"order\"");
    assert_eq!(first("create table x as select o| from variants"), "\"order\"");
}

#[test]
fn functions_come_with_signatures() {
    let offer = at("select date_a|").unwrap();
    assert_eq!(offer.candidates[0].text, "date_add(");
    assert_eq!(offer.candidates[0].detail, "date_add(unit, value, timestamp) -> T");
    assert_eq!(at("select date_add('day', |").unwrap().signatures.len(), 1);
    assert_eq!(at("select max(x, |").unwrap().signatures.len(), 2);
    assert!(at("select max((|").is_none_or(|offer| offer.signatures.is_empty()));
}

#[test]
fn only_one_that_begins_so_is_sure() {
    assert!(at("select 1 from var|").unwrap().sure);
    assert!(!at("select co| from variants").unwrap().sure);
    assert!(!at("select 1 from variants where pos| = 1").unwrap().sure, "it may be meant as it is");
    assert!(at("select 1 from gs|").unwrap().sure, "of genomics they are mere letters");
}

#[test]
fn only_tables_of_the_statement_are_asked_for_columns() {
    let lake = lake();
    let text = "select c from variants v join clinical.people p on v.chrom = p.name where c";
    offer(text, text.len(), &lake).unwrap();
    let mut asked = lake.asked.take();
    asked.sort();
    asked.dedup();
    assert_eq!(asked, ["clinical.people", "genomics.variants"]);
    offer("select 1 from v", 15, &lake).unwrap();
    assert!(lake.asked.take().is_empty(), "names of tables need no columns");
}

proptest! {
    #[test]
    fn no_text_breaks_it(
        text in "(select|from|join|with|as|on|using|insert into|alter table|a|b|v|variants|\\(|\\)|,|\\.|\\*|\"|`|'|--|\n| |=|é){0,24}",
        share in 0.0..=1.0f64,
    ) {
        let mut cursor = (text.len() as f64 * share) as usize;
        while !text.is_char_boundary(cursor) {
            cursor -= 1;
        }
        if let Some(offer) = offer(&text, cursor, &lake()) {
            prop_assert!(offer.start <= cursor && text.is_char_boundary(offer.start));
        }
    }
}
