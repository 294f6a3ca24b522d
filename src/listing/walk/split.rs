//! Where a range of keys may be cut, from nothing but the keys that were seen.
//!
//! Any text is a right place for a cut: what is at most that goes left, what is greater goes
//! right. A good one has keys on both sides. The middle between two keys' bytes seldom has: keys
//! are words and numbers, and share long beginnings. So the cuts that are tried lie where keys
//! branch: at the first character that is not settled, each of those that occur; and behind
//! each deeper beginning of the key at hand. One small request tells of each whether there is
//! anything behind it.

use std::collections::BTreeSet;

/// Deeper beginnings of a key that are tried at once.
const DEEPEST: usize = 48;

/// The characters that keys were seen to be made of.
#[derive(Debug, Clone, Default)]
pub struct Alphabet(BTreeSet<char>);

impl Alphabet {
    pub fn learn(&mut self, text: &str) {
        self.0.extend(text.chars());
    }
}

/// Cuts to try of the keys behind `after` up to `until` (or the last below `prefix`), in
/// ascending order; all lie strictly between the two. `after` is a key below `prefix`.
pub fn candidates(
    prefix: &str,
    after: &str,
    until: Option<&str>,
    alphabet: &Alphabet,
) -> Vec<String> {
    let settled = until.map_or(prefix.len(), |until| common(after, until).max(prefix.len()));
    let Some(open) = after.get(settled..) else { return Vec::new() };
    let mut cuts = BTreeSet::new();
    // What stands at the first open place, and each that may stand there instead.
    let first = open.chars().next();
    let others = alphabet.0.iter().filter(|char| first.is_none_or(|first| **char > first));
    cuts.extend(others.map(|char| with(&after[..settled], *char)));
    // Behind everything that begins as the key does, longer and longer.
    for (at, char) in open.char_indices().take(DEEPEST) {
        if let Some(next) = following(char) {
            cuts.insert(with(&after[..settled + at], next));
        }
    }
    let inside = |cut: &String| {
        cut.as_str() > after
            && until.is_none_or(|until| cut.as_str() < until)
            && cut.starts_with(prefix)
    };
    cuts.into_iter().filter(inside).collect()
}

/// The folder that all keys from `after` up to `until` lie in, no higher than `prefix`.
pub fn folder<'a>(prefix: &'a str, after: &'a str, until: Option<&str>) -> &'a str {
    let shared = until.map_or(prefix.len(), |until| common(after, until));
    match after[..shared].rfind('/') {
        Some(at) if at + 1 > prefix.len() => &after[..=at],
        _ => prefix,
    }
}

/// At most `most` of them, as far apart as they can be.
pub fn thinned<T>(all: Vec<T>, most: usize) -> Vec<T> {
    let count = all.len();
    if count <= most {
        return all;
    }
    let chosen: BTreeSet<usize> = (0..most).map(|nth| (2 * nth + 1) * count / (2 * most)).collect();
    all.into_iter().enumerate().filter(|(at, _)| chosen.contains(at)).map(|(_, one)| one).collect()
}

/// Bytes that both begin with, whole characters only.
fn common(one: &str, other: &str) -> usize {
    let same = one.bytes().zip(other.bytes()).take_while(|(one, other)| one == other).count();
    (0..=same).rev().find(|at| one.is_char_boundary(*at)).unwrap_or(0)
}

fn with(beginning: &str, char: char) -> String {
    let mut text = String::with_capacity(beginning.len() + char.len_utf8());
    text.push_str(beginning);
    text.push(char);
    text
}

/// The next character, in the order of UTF-8's bytes too.
fn following(char: char) -> Option<char> {
    (char..=char::MAX).nth(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn alphabet(text: &str) -> Alphabet {
        let mut alphabet = Alphabet::default();
        alphabet.learn(text);
        alphabet
    }

    #[test]
    fn keys_are_cut_where_they_branch() {
        let digits = alphabet("0123456789");
        let cuts = candidates("k/", "k/0999", None, &digits);
        assert_eq!(
            cuts,
            [
                "k/099:", "k/09:", "k/0:", "k/1", "k/2", "k/3", "k/4", "k/5", "k/6", "k/7", "k/8",
                "k/9"
            ]
        );
        // Between neighbours there are only the deeper ones.
        assert_eq!(candidates("k/", "k/0999", Some("k/1"), &digits), ["k/099:", "k/09:", "k/0:"]);
        assert_eq!(candidates("k/", "k/0899", Some("k/09"), &digits), ["k/089:", "k/08:"]);
        assert_eq!(candidates("", "a", Some("a"), &digits), [""; 0]);
    }

    #[test]
    fn the_folder_is_the_deepest_that_holds_all() {
        assert_eq!(folder("", "a/b/c", None), "");
        assert_eq!(folder("", "a/b/c", Some("a/b/d")), "a/b/");
        assert_eq!(folder("a/b", "a/b/c", Some("a/bd")), "a/b");
        assert_eq!(folder("a/", "a/é", Some("a/è")), "a/");
    }

    #[test]
    fn what_is_too_much_is_thinned_evenly() {
        assert_eq!(thinned((0..10).collect(), 3), [1, 5, 8]);
        assert_eq!(thinned((0..3).collect(), 3), [0, 1, 2]);
        assert_eq!(thinned(vec![1, 2], 0), [0; 0]);
    }

    proptest! {
        #[test]
        fn cuts_are_strictly_inside(
            prefix in "[ab/é]{0,2}", one in "\\PC{0,6}", other in "\\PC{0,6}", bounded: bool
        ) {
            let (after, until) = (format!("{prefix}{one}"), format!("{prefix}{other}"));
            let until = bounded.then_some(until.as_str()).filter(|until| *until > after.as_str());
            let cuts = candidates(&prefix, &after, until, &alphabet("ab/é0\u{10ffff}"));
            prop_assert!(cuts.is_sorted());
            for cut in cuts {
                prop_assert!(cut.as_str() > after.as_str(), "{cut:?}");
                prop_assert!(until.is_none_or(|until| cut.as_str() < until), "{cut:?}");
            }
            prop_assert!(after.starts_with(folder(&prefix, &after, until)));
        }
    }
}
