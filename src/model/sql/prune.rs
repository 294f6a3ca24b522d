//! Which partitions of a table the conditions of a statement leave, as far as that can be told
//! from the text: as an expression of Glue's GetPartitions.
//!
//! It errs on the side of all: only a comparison of a key with a literal counts that stands
//! alone, or in a row of ANDs, in the WHERE of the very SELECT that reads the table.

use super::lexer::{Kind, Token, significant};
use super::tables::{self, Named, name_of};
use crate::model::columns::{ColumnOf, Columns};

/// The longest expression that GetPartitions takes, in characters
/// (<https://docs.aws.amazon.com/glue/latest/webapi/API_GetPartitions.html>).
const LONGEST: usize = 2048;

/// The tables that a statement names, each with the expression that chooses among its partitions;
/// `keys` answers the partition keys of a table, none where it is not known.
pub fn chosen<'a>(
    sql: &str,
    mut keys: impl FnMut(&Named) -> Option<&'a Columns>,
) -> Vec<(Named, Option<String>)> {
    let words: Vec<Token> = significant(sql).collect();
    let depths = depths(sql, &words);
    let expression = |at: usize, named: &Named, keys: &Columns| {
        let part = condition(sql, &words, &depths, at)?;
        let reader = Reader { sql, named, keys };
        let mut found = Vec::new();
        reader.conjunction(part, &mut found);
        let all = found.join(" AND ");
        (!all.is_empty() && all.chars().count() <= LONGEST).then_some(all)
    };
    let named = tables::places(sql, &words);
    named
        .into_iter()
        .map(|(at, named)| {
            let chosen = keys(&named).and_then(|keys| expression(at, &named, keys));
            (named, chosen)
        })
        .collect()
}

/// How many parentheses are open around each token; a parenthesis is outside of itself.
fn depths(sql: &str, words: &[Token]) -> Vec<usize> {
    let mut open: usize = 0;
    let mut depth = |word: &Token| {
        if word.is(sql, "(") {
            open += 1;
            return open - 1;
        }
        if word.is(sql, ")") {
            open = open.saturating_sub(1);
        }
        open
    };
    words.iter().map(&mut depth).collect()
}

/// What stands behind the WHERE of the SELECT that the token is in.
fn condition<'a>(
    sql: &str,
    words: &'a [Token],
    depths: &[usize],
    at: usize,
) -> Option<&'a [Token]> {
    let depth = depths[at];
    // The parenthesis that closes the SELECT stands outside of it.
    let ends = |i: &usize| {
        let here =
            depths[*i] == depth && tables::BEHIND_WHERE.iter().any(|end| words[*i].is(sql, end));
        depths[*i] < depth || here
    };
    let to = (at..words.len()).find(ends).unwrap_or(words.len());
    let is_where = |i: &usize| depths[*i] == depth && words[*i].is(sql, "WHERE");
    let from = (at..to).find(is_where)? + 1;
    (from < to).then(|| &words[from..to])
}

struct Reader<'a> {
    sql: &'a str,
    named: &'a Named,
    keys: &'a Columns,
}

impl Reader<'_> {
    fn is(&self, word: &Token, wanted: &str) -> bool {
        word.is(self.sql, wanted)
    }

    /// What of a row of ANDs can be decided. Of what holds an OR, a NOT or a CASE nothing can.
    fn conjunction(&self, words: &[Token], found: &mut Vec<String>) {
        let depths = depths(self.sql, words);
        let outside = |i: usize| depths[i] == 0;
        let open = ["OR", "NOT", "CASE"];
        if (0..words.len()).any(|i| outside(i) && open.iter().any(|w| self.is(&words[i], w))) {
            return;
        }
        let mut from = 0;
        let mut between = false;
        for i in 0..=words.len() {
            let end = i == words.len();
            if !end && outside(i) && self.is(&words[i], "BETWEEN") {
                between = true;
            } else if end || (outside(i) && self.is(&words[i], "AND")) {
                if !end && std::mem::take(&mut between) {
                    continue;
                }
                self.one(&words[from..i], found);
                from = i + 1;
            }
        }
    }

    fn one(&self, words: &[Token], found: &mut Vec<String>) {
        match words {
            [first, inside @ .., last] if self.is(first, "(") && self.is(last, ")") => {
                let depths = depths(self.sql, words);
                // `(a) = (b)` begins and ends with parentheses that are not one pair.
                if !depths[1..words.len() - 1].contains(&0) {
                    self.conjunction(inside, found);
                }
            }
            _ => found.extend(self.test(words)),
        }
    }

    /// One comparison of a key with literals, as GetPartitions writes it.
    fn test(&self, words: &[Token]) -> Option<String> {
        if let Some((key, rest)) = self.key(words) {
            return self.compared(key, rest);
        }
        // `'2026' <= year`
        let at = words.iter().position(|word| flipped(word.text(self.sql)).is_some())?;
        let (literal, rest) = words.split_at(at);
        let (key, behind) = self.key(&rest[1..])?;
        let literal = self.literal(key, literal).filter(|_| behind.is_empty())?;
        Some(format!("{} {} {literal}", key.name, flipped(rest[0].text(self.sql))?))
    }

    fn compared(&self, key: ColumnOf<'_>, rest: &[Token]) -> Option<String> {
        let (first, rest) = rest.split_first()?;
        let name = key.name;
        match first.text(self.sql) {
            operator if flipped(operator).is_some() => {
                Some(format!("{name} {operator} {}", self.literal(key, rest)?))
            }
            word if word.eq_ignore_ascii_case("BETWEEN") => {
                let and = rest.iter().position(|word| self.is(word, "AND"))?;
                let low = self.literal(key, &rest[..and])?;
                let high = self.literal(key, &rest[and + 1..])?;
                Some(format!("{name} BETWEEN {low} AND {high}"))
            }
            word if word.eq_ignore_ascii_case("IN") => {
                let [open, inside @ .., close] = rest else { return None };
                if !self.is(open, "(") || !self.is(close, ")") {
                    return None;
                }
                let values = inside.split(|word| self.is(word, ","));
                let values: Option<Vec<String>> = values.map(|v| self.literal(key, v)).collect();
                Some(format!("{name} IN ({})", values?.join(", ")))
            }
            _ => None,
        }
    }

    /// The key that the words begin with, and what stands behind it.
    fn key<'w>(&self, words: &'w [Token]) -> Option<(ColumnOf<'_>, &'w [Token])> {
        let first = name_of(self.sql, words.first()?)?;
        let (name, rest) = match words {
            [_, dot, name, rest @ ..] if self.is(dot, ".") => {
                let own = self.named.alias.as_ref().unwrap_or(&self.named.name);
                (name_of(self.sql, name).filter(|_| first == *own)?, rest)
            }
            _ => (first, &words[1..]),
        };
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let key = self.keys.iter().find(|key| key.name == name)?;
        key.name.chars().all(is_plain).then_some((key, rest))
    }

    /// A literal of the key's type, as it stands in an expression.
    fn literal(&self, key: ColumnOf<'_>, words: &[Token]) -> Option<String> {
        let kind = key.kind.to_ascii_lowercase();
        let kind = kind.split('(').next().unwrap_or_default().trim();
        let text = |token: &Token| {
            let closed = token.kind == Kind::Text && token.closed;
            closed.then(|| token.text(self.sql).to_owned())
        };
        match (kind, words) {
            ("string" | "varchar" | "char" | "date", [one]) => text(one),
            ("date", [word, one]) if self.is(word, "DATE") => text(one),
            ("tinyint" | "smallint" | "int" | "integer" | "bigint" | "long", [.., number]) => {
                let sign = match words {
                    [_] => "",
                    [minus, _] if self.is(minus, "-") => "-",
                    _ => return None,
                };
                let digits = number.text(self.sql);
                let whole =
                    number.kind == Kind::Number && digits.bytes().all(|b| b.is_ascii_digit());
                whole.then(|| format!("{sign}{digits}"))
            }
            _ => None,
        }
    }
}

/// The comparison from the other side; none for what is no comparison.
fn flipped(operator: &str) -> Option<&'static str> {
    Some(match operator {
        "=" => "=",
        "<" => ">",
        ">" => "<",
        "<=" => ">=",
        ">=" => "<=",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen_of(sql: &str) -> Vec<Option<String>> {
        let keys = [("chrom", "string"), ("year", "int"), ("day", "date")];
        let keys: Columns = keys.into_iter().collect();
        let all = chosen(sql, |named| (named.name == "t").then_some(&keys));
        all.into_iter().map(|(_, chosen)| chosen).collect()
    }

    fn of(condition: &str) -> Option<String> {
        chosen_of(&format!("select * from t v where {condition}")).remove(0)
    }

    #[test]
    fn comparisons_with_literals_choose() {
        for (condition, wanted) in [
            ("chrom = '17'", "chrom = '17'"),
            ("V.\"Chrom\" = 'it''s'", "chrom = 'it''s'"),
            ("chrom in ('1', 'X') and pos > 3", "chrom IN ('1', 'X')"),
            (
                "year between 2020 and 2022 and day < date '2026-01-01'",
                "year BETWEEN 2020 AND 2022 AND day < '2026-01-01'",
            ),
            ("2020 <= year AND ((chrom = 'X'))", "year >= 2020 AND chrom = 'X'"),
            ("year = -1 group by chrom order by 1", "year = -1"),
            ("pos in (1, 2) and (year > 5 and (note = 'a' or note = 'b'))", "year > 5"),
        ] {
            assert_eq!(of(condition).as_deref(), Some(wanted), "{condition}");
        }
    }

    #[test]
    fn what_cannot_be_decided_leaves_all() {
        for condition in [
            "chrom = '1' or pos = 2",
            "not chrom = '1'",
            "chrom <> '1'",
            "chrom = upper('x')",
            "chrom = 17",
            "year = '2020'",
            "year = 1.5",
            "other.chrom = '1'",
            "chrom in (select c from u)",
            "case when year = 1 and pos = 2 then true end",
            "chrom = '1",
            "(year) = (1)",
            "chrom = ",
            "",
        ] {
            assert_eq!(of(condition), None, "{condition}");
        }
        let many: Vec<String> = (0..500).map(|n| format!("'{n}'")).collect();
        assert_eq!(of(&format!("chrom in ({})", many.join(","))), None, "too long to ask");
    }

    #[test]
    fn only_the_where_of_the_same_select_counts() {
        let sql = "select * from (select * from t) x where chrom = '1'";
        assert_eq!(chosen_of(sql), [None]);
        let sql = "select * from u where id in (select id from t where chrom = '1') and year = 1";
        assert_eq!(chosen_of(sql), [None, Some("chrom = '1'".into())]);
        let sql = "select 1 from t where year = 1 union all select 2 from t where year = 2";
        assert_eq!(chosen_of(sql), [Some("year = 1".into()), Some("year = 2".into())]);
        let sql = "select 1 from t a join t b on a.id = b.id where a.year = 1";
        assert_eq!(chosen_of(sql), [Some("year = 1".into()), None]);
    }

    proptest::proptest! {
        #[test]
        fn no_text_breaks_it(text in "(from|where|and|or|in|between|t|chrom|=|\\(|\\)|'1'|,|\\.|year|1| ){0,30}") {
            chosen_of(&text);
        }
    }
}
