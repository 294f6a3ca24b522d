//! The sanitiser: text from outside, made fit to be shown on a terminal.
//!
//! Keys, tags, results, logs, errors and file names are written by strangers. A control
//! character in one of them can move the cursor, change the title or the clipboard; a bidi
//! override can make `exe.txt` of `txt.exe`; a zero-width character makes two names look
//! alike. All of them become visible marks here, and [`Shown`] is the proof of it: what
//! reaches the screen, a notice or the clipboard is a `Shown`, while raw keys stay raw for
//! the requests.

use std::borrow::Cow;
use std::fmt;

/// The text with everything invisible or active replaced by a visible mark: `␛` for the C0
/// controls, `<U+202E>` for the rest. Borrowed where there was nothing to replace.
pub fn shown(text: &str) -> Cow<'_, str> {
    let Some(first) = text.char_indices().find(|(_, c)| is_hidden(*c)).map(|(at, _)| at) else {
        return Cow::Borrowed(text);
    };
    let mut out = String::with_capacity(text.len() + 8);
    out.push_str(&text[..first]);
    for c in text[first..].chars() {
        if is_hidden(c) {
            mark(c, &mut out);
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

fn mark(c: char, out: &mut String) {
    match c {
        '\0'..='\u{1f}' => out.extend(char::from_u32(0x2400 + c as u32)),
        '\u{7f}' => out.push('\u{2421}'),
        _ => out.push_str(&format!("<U+{:04X}>", c as u32)),
    }
}

/// JSON with every character that hides or acts on a terminal written as `\u…`: the same data,
/// and nothing for a terminal to obey. Line feeds between objects stay.
pub fn escape_hidden(json: &str) -> Cow<'_, str> {
    let hidden = |c: char| c != '\n' && is_hidden(c);
    if !json.contains(hidden) {
        return Cow::Borrowed(json);
    }
    let mut out = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        if hidden(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// True for a character that acts on a terminal, reorders text or takes no room on it.
pub fn is_hidden(c: char) -> bool {
    if ('\u{20}'..='\u{7e}').contains(&c) {
        return false;
    }
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0e}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

/// Text that has been through [`shown`], or was written in this program.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Shown(Box<str>);

impl Shown {
    /// One line of text from outside.
    pub fn of(text: &str) -> Self {
        Self(shown(text).into())
    }

    /// Text from outside that may have lines (a preview, a log): split at line ends, tabs
    /// widened to four columns, everything else marked.
    pub fn lines(text: &str) -> Vec<Self> {
        text.lines().map(|line| Self::of(&line.replace('\t', "    "))).collect()
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Sanitised pieces put together stay sanitised.
    pub fn join(parts: &[&Shown], between: &'static str) -> Self {
        let parts: Vec<&str> = parts.iter().map(|part| part.as_str()).collect();
        Self(parts.join(between).into())
    }
}

impl From<&'static str> for Shown {
    fn from(text: &'static str) -> Self {
        Self(text.into())
    }
}

/// Formatted text passes the sanitiser again: it cannot be told what went into it.
impl From<String> for Shown {
    fn from(text: String) -> Self {
        match shown(&text) {
            Cow::Borrowed(_) => Self(text.into_boxed_str()),
            Cow::Owned(marked) => Self(marked.into_boxed_str()),
        }
    }
}

impl From<fmt::Arguments<'_>> for Shown {
    fn from(text: fmt::Arguments<'_>) -> Self {
        text.to_string().into()
    }
}

impl AsRef<str> for Shown {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn json_hides_nothing_and_loses_nothing() {
        let text = "a\u{1b}\u{202e}\u{e0041}\u{9b}\n";
        let json = serde_json::to_string(text).unwrap();
        let safe = escape_hidden(&json);
        assert_eq!(safe, "\"a\\u001b\\u202e\\udb40\\udc41\\u009b\\n\"");
        assert_eq!(serde_json::from_str::<String>(&safe).unwrap(), text);
        assert!(matches!(escape_hidden("{\"k\":\"é\"}\n"), Cow::Borrowed(_)));
    }

    #[test]
    fn plain_text_is_not_copied() {
        for text in ["", "a b/c~.txt", "größe/日本語/🧬", "e\u{301}"] {
            assert!(matches!(shown(text), Cow::Borrowed(same) if same == text));
        }
    }

    #[test]
    fn what_acts_on_a_terminal_becomes_a_mark() {
        assert_eq!(shown("a\u{1b}[31mb\nc\u{7f}"), "a␛[31mb␊c␡");
        assert_eq!(shown("x\u{9b}2J"), "x<U+009B>2J");
        assert_eq!(shown("txt\u{202e}exe"), "txt<U+202E>exe");
        assert_eq!(shown("a\u{200b}b\u{feff}"), "a<U+200B>b<U+FEFF>");
    }

    #[test]
    fn lines_keep_their_shape_and_nothing_else() {
        let lines = Shown::lines("a\tb\r\n\u{1b}]52;c;eA==\u{7}\n");
        let texts: Vec<&str> = lines.iter().map(Shown::as_str).collect();
        assert_eq!(texts, ["a    b", "␛]52;c;eA==␇"]);
    }

    #[test]
    fn nothing_it_lets_through_is_hidden() {
        for c in ('\0'..=char::MAX).filter(|c| !c.is_alphanumeric()) {
            let text = c.to_string();
            let out = shown(&text);
            assert!(!out.chars().any(is_hidden), "{:04X}", c as u32);
            assert!(!out.chars().any(char::is_control), "{:04X}", c as u32);
        }
    }

    /// Plain text mixed with what does harm.
    fn hostile() -> impl Strategy<Value = String> {
        let bad = prop::sample::select(
            "\u{1b}\u{9b}\u{7}\n\r\t\0\u{7f}\u{202e}\u{2066}\u{200b}\u{feff}\u{e0041}\u{2028}\u{ad}␛<é漢"
                .chars()
                .collect::<Vec<_>>(),
        );
        prop::collection::vec(prop_oneof![any::<char>(), bad], 0..64)
            .prop_map(|chars| chars.into_iter().collect())
    }

    proptest! {
        #[test]
        fn hostile_text_comes_out_visible(text in hostile()) {
            let safe = shown(&text).into_owned();
            prop_assert!(!safe.contains(is_hidden));
            prop_assert!(matches!(shown(&safe), Cow::Borrowed(same) if same == safe));
            prop_assert!(safe.chars().count() >= text.chars().count());
            prop_assert_eq!(matches!(shown(&text), Cow::Borrowed(_)), !text.contains(is_hidden));
        }

        #[test]
        fn lines_come_out_visible(text in hostile()) {
            for line in Shown::lines(&text) {
                prop_assert!(!line.as_str().contains(is_hidden));
            }
        }
    }
}
