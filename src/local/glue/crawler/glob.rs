//! Exclusion patterns of a crawler's target, as
//! [Glue has them](https://docs.aws.amazon.com/glue/latest/dg/define-crawler.html):
//! `*` within a folder, `**` across folders, `?`, `[a-c]`, `[!x]`, `{one,two}`, `\` before any.

use regex_lite::Regex;

/// A pattern for paths relative to the target.
pub struct Glob(Regex);

impl Glob {
    /// # Errors
    /// The pattern itself, where it is none.
    pub fn new(pattern: &str) -> Result<Self, String> {
        let bad = || format!("{pattern} is not a glob pattern");
        let regex = translate(pattern).ok_or_else(bad)?;
        Regex::new(&regex).map(Self).map_err(|_| bad())
    }

    pub fn matches(&self, path: &str) -> bool {
        self.0.is_match(path)
    }
}

fn translate(pattern: &str) -> Option<String> {
    let mut regex = "^(?s:".to_owned();
    let mut letters = pattern.chars().peekable();
    let mut braces = 0;
    while let Some(letter) = letters.next() {
        match letter {
            '*' if letters.next_if_eq(&'*').is_some() => regex.push_str(".*"),
            '*' => regex.push_str("[^/]*"),
            '?' => regex.push_str("[^/]"),
            '[' => class(&mut letters, &mut regex)?,
            '{' => {
                braces += 1;
                regex.push_str("(?:");
            }
            '}' if braces > 0 => {
                braces -= 1;
                regex.push(')');
            }
            ',' if braces > 0 => regex.push('|'),
            '\\' => literal(letters.next()?, &mut regex),
            other => literal(other, &mut regex),
        }
    }
    regex.push_str(")$");
    (braces == 0).then_some(regex)
}

fn class(letters: &mut impl Iterator<Item = char>, regex: &mut String) -> Option<()> {
    regex.push('[');
    let mut first = true;
    loop {
        match letters.next()? {
            ']' if !first => break,
            '!' if first => regex.push('^'),
            '-' => regex.push('-'),
            other => literal(other, regex),
        }
        first = false;
    }
    regex.push(']');
    Some(())
}

fn literal(letter: char, regex: &mut String) {
    if !letter.is_alphanumeric() && letter.is_ascii() && letter != '_' && letter != '/' {
        regex.push('\\');
    }
    regex.push(letter);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        let hits = |pattern: &str, path: &str| Glob::new(pattern).unwrap().matches(path);
        assert!(hits("*.csv", "a.csv"));
        assert!(!hits("*.csv", "x/a.csv"));
        assert!(hits("**.csv", "x/a.csv"));
        assert!(hits("**/old/**", "x/old/y/z"));
        assert!(hits("*.{csv,txt}", "a.txt"));
        assert!(hits("part-[0-9]?", "part-1x"));
        assert!(hits("[!a]b", "cb") && !hits("[!a]b", "ab"));
        assert!(hits("a\\*", "a*") && !hits("a\\*", "ab"));
        assert!(Glob::new("{a").is_err());
        assert!(Glob::new("[a").is_err());
    }
}
