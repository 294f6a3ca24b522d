//! The statement around the cursor, without the word that is being typed: significant tokens and
//! the parentheses around them.
//!
//! What stands before the cursor and what stands behind it are cut up apart, so that a quote that
//! is being typed swallows nothing of the rest.

use super::super::lexer::{Kind, Token, tokens};
use super::super::words::is_keyword;

/// A token that means something.
#[derive(Debug, Clone, Copy)]
pub struct Word<'a> {
    pub kind: Kind,
    pub text: &'a str,
    closed: bool,
}

impl Word<'_> {
    /// True where it is this punctuation or, in any case of letters, this word.
    pub fn is(&self, wanted: &str) -> bool {
        matches!(self.kind, Kind::Word | Kind::Mark) && self.text.eq_ignore_ascii_case(wanted)
    }

    pub fn is_one_of(&self, wanted: &[&str]) -> bool {
        wanted.iter().any(|wanted| self.is(wanted))
    }

    /// The name that it can stand for, in small letters as the catalog keeps them.
    pub fn name(&self) -> Option<String> {
        match self.kind {
            Kind::Word => Some(self.text.to_lowercase()),
            Kind::Quoted if self.closed => {
                let quote = &self.text[..1];
                let inside = &self.text[1..self.text.len() - 1];
                Some(inside.replace(&quote.repeat(2), quote).to_lowercase())
            }
            _ => None,
        }
    }

    /// The same, where it is not a keyword: those are no aliases.
    pub fn alias(&self) -> Option<String> {
        let plain = self.kind == Kind::Quoted || !is_keyword(self.text);
        plain.then(|| self.name())?
    }
}

/// What is being typed at the cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Typed<'a> {
    /// The byte that it begins at, with its quote.
    pub start: usize,
    /// Without its quote; empty behind a blank, a dot or punctuation.
    pub word: &'a str,
    pub quoted: bool,
    /// True where only blanks stand between it and the beginning of the line.
    pub opens_line: bool,
}

/// See the module.
#[derive(Debug)]
pub struct Sentence<'a> {
    pub words: Vec<Word<'a>>,
    /// The cursor is before this word.
    pub cursor: usize,
    /// The parenthesis around each word, by its place; one more for the cursor.
    around: Vec<Option<usize>>,
    cursor_in: Option<usize>,
}

impl<'a> Sentence<'a> {
    /// `None` where nothing can be completed: inside strings, comments and numbers.
    pub fn at(text: &'a str, cursor: usize) -> Option<(Self, Typed<'a>)> {
        let head: Vec<Token> = tokens(text.get(..cursor)?).collect();
        let typed = typed(text, cursor, head.last())?;
        let tail = tokens(&text[cursor..]);
        let mut before: Vec<Word<'_>> = Vec::new();
        for token in head.iter().filter(|token| token.start < typed.start) {
            match token.kind {
                Kind::End => before.clear(),
                kind if kind.is_blank() => {}
                _ => before.push(word(text, token)),
            }
        }
        let rest = &text[cursor..];
        // What is left of the word that the cursor is in.
        let is_rest = |token: &Token| token.start == 0 && token.kind == Kind::Word;
        let behind = tail
            .skip_while(|token| !typed.word.is_empty() && is_rest(token))
            .take_while(|token| token.kind != Kind::End)
            .filter(|token| !token.kind.is_blank());
        let cursor = before.len();
        let mut words = before;
        words.extend(behind.map(|token| word(rest, &token)));
        let (around, cursor_in) = nested(&words, cursor);
        Some((Self { words, cursor, around, cursor_in }, typed))
    }

    /// The parenthesis that the cursor is in.
    pub fn inside(&self) -> Option<usize> {
        self.cursor_in
    }

    /// The parenthesis around the word at this place.
    pub fn around(&self, at: usize) -> Option<usize> {
        self.around.get(at).copied().flatten()
    }

    /// The places of the words directly inside this parenthesis, or inside none.
    pub fn level(&self, open: Option<usize>) -> Vec<usize> {
        (0..self.words.len()).filter(|at| self.around[*at] == open).collect()
    }

    /// The word before this place.
    pub fn before(&self, at: usize) -> Option<&Word<'a>> {
        self.words.get(at.checked_sub(1)?)
    }

    /// The first word that says what the statement does, past EXPLAIN and parentheses.
    pub fn verb(&self) -> &str {
        let passed = ["(", "EXPLAIN", "ANALYZE"];
        let first = self.words.iter().find(|word| !word.is_one_of(&passed));
        first.filter(|word| word.kind == Kind::Word).map_or("", |word| word.text)
    }
}

fn word<'a>(text: &'a str, token: &Token) -> Word<'a> {
    Word { kind: token.kind, text: token.text(text), closed: token.closed }
}

fn typed<'a>(text: &'a str, cursor: usize, last: Option<&Token>) -> Option<Typed<'a>> {
    let (start, word, quoted) = match last {
        None => (cursor, "", false),
        Some(last) => match last.kind {
            Kind::Word => (last.start, last.text(text), false),
            Kind::Quoted if !last.closed => (last.start, &text[last.start + 1..cursor], true),
            Kind::Space | Kind::Mark => (cursor, "", false),
            Kind::Comment if last.closed && last.text(text).starts_with("/*") => {
                (cursor, "", false)
            }
            // A closed quote, a string, a number, the end of a statement.
            _ => return None,
        },
    };
    let line = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let opens_line = text[line..start].chars().all(char::is_whitespace);
    Some(Typed { start, word, quoted, opens_line })
}

/// The parenthesis around each word, and around the cursor.
///
/// One that is never closed, since its call is being typed, ends where the query goes on:
/// `select count(po| from t`.
fn nested(words: &[Word<'_>], cursor: usize) -> (Vec<Option<usize>>, Option<usize>) {
    const GOES_ON: &[&str] = &["FROM", "WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", "UNION"];
    let never = never_closed(words);
    let mut around = Vec::with_capacity(words.len());
    // Each with whether a query is in it.
    let mut open: Vec<(usize, bool)> = Vec::new();
    let inside = |open: &Vec<(usize, bool)>| open.last().map(|(at, _)| *at);
    let mut at_cursor = None;
    for (at, word) in words.iter().enumerate() {
        if at == cursor {
            at_cursor = inside(&open);
        }
        let goes_on = at >= cursor && word.is_one_of(GOES_ON);
        while goes_on && open.last().is_some_and(|(open, query)| !query && never.contains(open)) {
            open.pop();
        }
        if word.is(")") {
            open.pop();
        }
        if let Some((_, query)) = open.last_mut() {
            *query |= word.is("SELECT");
        }
        around.push(inside(&open));
        if word.is("(") {
            open.push((at, false));
        }
    }
    if cursor == words.len() {
        at_cursor = inside(&open);
    }
    (around, at_cursor)
}

fn never_closed(words: &[Word<'_>]) -> Vec<usize> {
    let mut open = Vec::new();
    for (at, word) in words.iter().enumerate() {
        match () {
            () if word.is("(") => open.push(at),
            () if word.is(")") => _ = open.pop(),
            () => {}
        }
    }
    open
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(marked: &str) -> Option<(Vec<String>, usize, String)> {
        let cursor = marked.find('|').unwrap();
        let text = marked.replacen('|', "", 1);
        let (sentence, typed) = Sentence::at(&text, cursor)?;
        let words = sentence.words.iter().map(|word| word.text.to_owned()).collect();
        Some((words, sentence.cursor, typed.word.to_owned()))
    }

    #[test]
    fn the_word_at_the_cursor_is_left_out() {
        let (words, cursor, typed) = at("select 1; select ch|rom from t; select 2").unwrap();
        assert_eq!(words, ["select", "from", "t"]);
        assert_eq!((cursor, &*typed), (1, "ch"));
        let (words, _, typed) = at("select \"in| from t where \"x\" = 1").unwrap();
        assert_eq!(words, ["select", "from", "t", "where", "\"x\"", "=", "1"]);
        assert_eq!(typed, "in");
    }

    #[test]
    fn nothing_is_typed_inside_strings_comments_and_numbers() {
        for text in ["select 'a|", "-- a|", "select 1|", "/* a|", "select 'a'|", "select 1;|"] {
            assert!(at(text).is_none(), "{text}");
        }
    }

    #[test]
    fn parentheses_that_are_open_go_on() {
        let text = "select f(a, (select | from t)) from u";
        let plain = text.replace('|', "");
        let (sentence, _) = Sentence::at(&plain, text.find('|').unwrap()).unwrap();
        let inner = sentence.inside().unwrap();
        assert!(sentence.words[inner - 1].is(","));
        let level: Vec<&str> =
            sentence.level(Some(inner)).iter().map(|at| sentence.words[*at].text).collect();
        assert_eq!(level, ["select", "from", "t"]);
        let top: Vec<&str> =
            sentence.level(None).iter().map(|at| sentence.words[*at].text).collect();
        assert_eq!(top, ["select", "f", "(", ")", "from", "u"]);
    }
}
