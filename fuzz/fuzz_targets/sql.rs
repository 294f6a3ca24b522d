//! SQL as it is typed: whatever the text and wherever the cursor, nothing of it is lost.

#![no_main]

use lakehand::model::columns::Columns;
use lakehand::model::sql::complete::{Known, offer};
use lakehand::model::sql::reading::Reading;
use lakehand::model::sql::{self, Kind, layout, parameters, prune, sources, tables};

/// A catalog of two tables.
struct Two;

impl Known for Two {
    fn current(&self) -> &str {
        "d"
    }

    fn databases(&self) -> &[String] {
        &[]
    }

    fn tables(&self, _database: &str) -> Option<impl Iterator<Item = (&str, &str)>> {
        Some([("variants", "parquet"), ("t", "view")].into_iter())
    }

    fn columns(&self, _database: &str, _table: &str) -> Option<impl Iterator<Item = (&str, &str)>> {
        Some([("chrom", "string"), ("a b", "bigint")].into_iter())
    }
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    // The first byte says where the cursor is.
    let Some((share, text)) = bytes.split_first() else { return };
    let text = &*String::from_utf8_lossy(text);
    let mut cursor = text.len() * usize::from(*share) / 255;
    while !text.is_char_boundary(cursor) {
        cursor -= 1;
    }
    let mut end = 0;
    for token in sql::tokens(text) {
        assert!(token.start == end && token.end > end, "the tokens have a gap");
        // Panics where it is no boundary of characters.
        token.text(text);
        end = token.end;
    }
    assert_eq!(end, text.len(), "the tokens do not cover the text");
    let all = sql::split(text);
    let mut end = 0;
    for statement in &all {
        between(&text[end..statement.start]);
        end = statement.end;
        let statement = statement.text(text);
        assert!(!statement.is_empty());
        let _ = (sql::verb(statement), sql::only_reads(statement), sql::destroys(statement));
        let read = Reading::of(statement);
        let _ = (tables::named(statement), read.picks(["chrom"].into_iter()), read.is_paid());
        let keys: Columns = [("chrom", "string"), ("a", "int")].into_iter().collect();
        let _ = (prune::chosen(statement, |_| Some(&keys)), sources::sources(statement, "d"));
        let literals: Vec<(String, String)> =
            parameters::names(statement).into_iter().map(|name| (name, "1".to_owned())).collect();
        let bound = parameters::substitute(statement, &literals);
        assert!(bound.literals.len() >= literals.len(), "a name stays without its value");
        if let Some(new) = layout::laid_out(statement) {
            assert_eq!(said(&new), said(statement), "laid out it says something else");
        }
    }
    between(&text[end..]);
    if let Some(offer) = offer(text, cursor, &Two) {
        // What it takes the place of.
        let _ = &text[offer.start..cursor];
    }
    let here = sql::at(text, cursor);
    assert_eq!(here.is_some(), !all.is_empty());
    assert!(here.is_none_or(|here| all.contains(&here)));
    if let Some((from, to)) = layout::partners(text, cursor) {
        assert!(from < to && to < text.len());
    }
    let lines: Vec<&str> = text.split('\n').collect();
    assert_eq!(layout::toggled(&lines).len(), lines.len());
});

/// What is of no statement: blanks, comments and what ends one.
fn between(text: &str) {
    assert!(sql::tokens(text).all(|token| token.kind.is_blank() || token.kind == Kind::End));
}

/// All that an engine sees of it, in small letters where their case says nothing.
fn said(statement: &str) -> Vec<String> {
    let seen = sql::tokens(statement).filter(|token| !token.kind.is_blank());
    seen.map(|token| match token.kind {
        Kind::Word | Kind::Number => token.text(statement).to_uppercase(),
        _ => token.text(statement).to_owned(),
    })
    .collect()
}
