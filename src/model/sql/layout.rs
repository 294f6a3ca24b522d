//! Laying a statement out, commenting lines, the other end of a bracket. Nothing here ever
//! changes what a statement says.

use super::lexer::{Kind, Token, tokens};

/// The statement with its clauses on lines of their own and its keywords in capitals. `None`
/// where a quote or a comment has no end, and where more than blanks and the case of letters
/// would change.
pub fn laid_out(statement: &str) -> Option<String> {
    if tokens(statement).any(|token| !token.closed) {
        return None;
    }
    let options =
        sqlformat::FormatOptions { uppercase: Some(true), ..sqlformat::FormatOptions::default() };
    let new = sqlformat::format(statement, &sqlformat::QueryParams::None, &options);
    says_the_same(statement, &new).then_some(new)
}

fn says_the_same(one: &str, other: &str) -> bool {
    let words = |text: &str| -> Vec<(Kind, String)> {
        let kept = tokens(text).filter(|token| token.kind != Kind::Space);
        let said = |token: Token| {
            let text = token.text(text);
            let said = match token.kind {
                Kind::Word | Kind::Number => text.to_uppercase(),
                Kind::Comment => text.split_whitespace().collect::<Vec<_>>().join(" "),
                _ => text.to_owned(),
            };
            (token.kind, said)
        };
        kept.map(said).collect()
    };
    words(one) == words(other)
}

/// Lines as comments, or, where all of them are, as they were before. Blank ones stay.
pub fn toggled(lines: &[&str]) -> Vec<String> {
    let is_blank = |line: &str| line.trim().is_empty();
    let is_comment = |line: &str| line.trim_start().starts_with("--");
    let all = lines.iter().all(|line| is_blank(line) || is_comment(line));
    let indent = |line: &str| line.len() - line.trim_start().len();
    let least = lines.iter().filter(|line| !is_blank(line)).map(|line| indent(line)).min();
    let toggle = |line: &&str| match () {
        () if is_blank(line) => (*line).to_owned(),
        () if all => {
            let (blank, rest) = line.split_at(indent(line));
            let rest = rest.trim_start_matches("--");
            format!("{blank}{}", rest.strip_prefix(' ').unwrap_or(rest))
        }
        () => {
            let (blank, rest) = line.split_at(least.unwrap_or(0));
            format!("{blank}-- {rest}")
        }
    };
    lines.iter().map(toggle).collect()
}

/// The bytes at which the bracket at the cursor, or else the one before it, and its other end
/// stand. `None` where there is no bracket or no other end.
pub fn partners(text: &str, cursor: usize) -> Option<(usize, usize)> {
    let mut open: Vec<(&str, usize)> = Vec::new();
    let mut before = None;
    for token in tokens(text) {
        let mark = token.text(text);
        let pair = match (token.kind, mark) {
            (Kind::Mark, "(" | "[") => {
                open.push((mark, token.start));
                continue;
            }
            (Kind::Mark, ")" | "]") => {
                // What does not match has no partner, and what comes behind it none to be sure of.
                let Some((begun, at)) = open.pop() else { return before };
                if (begun == "(") != (mark == ")") {
                    return before;
                }
                (at, token.start)
            }
            _ => continue,
        };
        if pair.0 == cursor || pair.1 == cursor {
            return Some(pair);
        }
        if pair.0 + 1 == cursor || pair.1 + 1 == cursor {
            before = Some(pair);
        }
    }
    before
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_statement_is_laid_out_only_where_it_stays_the_same() {
        let new = laid_out("select a, 'It''s  two' from t where x=1 -- why").unwrap();
        assert!(new.starts_with("SELECT\n") && new.contains("'It''s  two'"), "{new}");
        assert!(new.contains("-- why"));
        assert_eq!(laid_out("select 'half"), None);
        assert_eq!(laid_out("select 1 /* half"), None);
        let lambda = "select transform(xs, x -> x + 1) from t";
        assert!(laid_out(lambda).is_none_or(|new| new.contains("->")));
    }

    #[test]
    fn comments_come_and_go() {
        let lines = ["  select 1", "", "    from t"];
        let on = toggled(&lines);
        assert_eq!(on, ["  -- select 1", "", "  --   from t"]);
        let on: Vec<&str> = on.iter().map(String::as_str).collect();
        assert_eq!(toggled(&on), lines);
        assert_eq!(toggled(&["--a", "b"]), ["-- --a", "-- b"]);
    }

    #[test]
    fn brackets_find_each_other() {
        let text = "f(a[1], ')') x)";
        assert_eq!(partners(text, 1), Some((1, 11)));
        assert_eq!(partners(text, 12), Some((1, 11)), "behind it too");
        assert_eq!(partners(text, 3), Some((3, 5)));
        assert_eq!(partners(text, 14), None);
        assert_eq!(partners("(]", 0), None);
        assert_eq!(partners("x", 0), None);
    }

    proptest! {
        #[test]
        fn nothing_typed_is_lost(text in "[a-z0-9 ()\\[\\],.'\"`;=<>|+*/\n-]{0,60}", at in 0usize..60) {
            if let Some(new) = laid_out(&text) {
                prop_assert!(says_the_same(&text, &new));
            }
            if let Some((from, to)) = partners(&text, at) {
                prop_assert!(from < to && to < text.len());
            }
            let lines: Vec<&str> = text.split('\n').collect();
            prop_assert_eq!(toggled(&lines).len(), lines.len());
        }
    }
}
