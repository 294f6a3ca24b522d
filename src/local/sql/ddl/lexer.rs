//! Tokens of Hive's DDL, whose strings and identifiers are not those of SQL: `` `name` ``,
//! `'\t'`, `"\001"`.

use crate::local::sql::error::SqlError;

/// A token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// A bare word or number, as written.
    Word(String),
    /// A name in backquotes.
    Name(String),
    /// A string in single or double quotes, escapes undone.
    Text(String),
    Symbol(char),
    End,
}

/// A token and where it stands (1-based line and column).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    pub token: Token,
    pub line: usize,
    pub column: usize,
}

/// Takes a statement apart.
pub fn lex(sql: &str) -> Result<Vec<Placed>, SqlError> {
    let chars: Vec<char> = sql.chars().collect();
    let mut tokens = Vec::new();
    let (mut at, mut line, mut start) = (0, 1, 0);
    while at < chars.len() {
        let c = chars[at];
        let (from_line, column) = (line, at - start + 1);
        let begin = at;
        let token = match c {
            '\n' => {
                line += 1;
                start = at + 1;
                at += 1;
                continue;
            }
            c if c.is_whitespace() => {
                at += 1;
                continue;
            }
            '-' if chars.get(at + 1) == Some(&'-') => {
                while at < chars.len() && chars[at] != '\n' {
                    at += 1;
                }
                continue;
            }
            '/' if chars.get(at + 1) == Some(&'*') => {
                at += 2;
                while at < chars.len() && !(chars[at] == '*' && chars.get(at + 1) == Some(&'/')) {
                    if chars[at] == '\n' {
                        line += 1;
                        start = at + 1;
                    }
                    at += 1;
                }
                at += 2;
                continue;
            }
            '`' => {
                at += 1;
                while at < chars.len() && chars[at] != '`' {
                    at += 1;
                }
                at += 1;
                Token::Name(
                    chars[(begin + 1).min(chars.len())..(at - 1).min(chars.len())].iter().collect(),
                )
            }
            '\'' | '"' => {
                let text = string(&chars, &mut at).ok_or_else(|| {
                    SqlError::user(format!("line {from_line}:{column}: the string does not end"))
                })?;
                for c in &chars[begin..at] {
                    if *c == '\n' {
                        line += 1;
                    }
                }
                if let Some(last) = chars[begin..at].iter().rposition(|c| *c == '\n') {
                    start = begin + last + 1;
                }
                Token::Text(text)
            }
            c if c.is_alphanumeric() || c == '_' || c == '$' => {
                while at < chars.len()
                    && (chars[at].is_alphanumeric() || matches!(chars[at], '_' | '$'))
                {
                    at += 1;
                }
                Token::Word(chars[begin..at].iter().collect())
            }
            c => {
                at += 1;
                Token::Symbol(c)
            }
        };
        tokens.push(Placed { token, line: from_line, column });
    }
    tokens.push(Placed { token: Token::End, line, column: chars.len().max(start) - start + 1 });
    Ok(tokens)
}

/// A quoted string from its opening quote; `at` is left after the closing one.
fn string(chars: &[char], at: &mut usize) -> Option<String> {
    let quote = chars[*at];
    let mut text = String::new();
    *at += 1;
    loop {
        let c = *chars.get(*at)?;
        *at += 1;
        if c == quote {
            if chars.get(*at) == Some(&quote) {
                text.push(quote);
                *at += 1;
                continue;
            }
            return Some(text);
        }
        if c != '\\' {
            text.push(c);
            continue;
        }
        let escaped = *chars.get(*at)?;
        *at += 1;
        match escaped {
            'n' => text.push('\n'),
            't' => text.push('\t'),
            'r' => text.push('\r'),
            'b' => text.push('\u{8}'),
            'u' => {
                let hex: String = chars.get(*at..*at + 4)?.iter().collect();
                text.push(char::from_u32(u32::from_str_radix(&hex, 16).ok()?)?);
                *at += 4;
            }
            '0'..='3'
                if chars.get(*at..*at + 2).is_some_and(|d| d.iter().all(char::is_ascii_digit)) =>
            {
                let octal: String = chars.get(*at - 1..*at + 2)?.iter().collect();
                text.push(char::from_u32(u32::from_str_radix(&octal, 8).ok()?)?);
                *at += 2;
            }
            '0' => text.push('\0'),
            other => text.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_names_and_places() {
        let tokens = lex("CREATE\n  `a-b` '\\t' \"\\001\" '\\\\' -- x\n;").unwrap();
        let kinds: Vec<&Token> = tokens.iter().map(|t| &t.token).collect();
        assert_eq!(kinds[1], &Token::Name("a-b".into()));
        assert_eq!(kinds[2], &Token::Text("\t".into()));
        assert_eq!(kinds[3], &Token::Text("\u{1}".into()));
        assert_eq!(kinds[4], &Token::Text("\\".into()));
        assert_eq!((tokens[1].line, tokens[1].column), (2, 3));
        assert!(lex("'abc").unwrap_err().message.starts_with("line 1:1"));
    }
}
