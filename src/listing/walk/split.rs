//! Where a range of keys may be cut, from nothing but the keys that were seen.
//!
//! Any text is a right place for a cut: what is at most that goes left, what is greater goes
//! right. A good one has keys on both sides. The middle between two keys' bytes seldom has: keys
//! are words and numbers, and share long beginnings. So the cuts that are tried lie where keys
//! branch: at the first character where there is a choice, each of those that occur; and behind
//! each longer beginning of the key at hand. One small request tells of each whether there is
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
/// ascending order; all lie strictly between the two. `after` is a key below `prefix`, of which
/// the first `span` bytes are those of a whole page: what branches further on is smaller than one.
pub fn candidates(
    prefix: &str,
    after: &str,
    until: Option<&str>,
    span: usize,
    alphabet: &Alphabet,
) -> Vec<String> {
    let settled = until.map_or(prefix.len(), |until| common(after, until).max(prefix.len()));
    let inside = |cut: &String| {
        cut.as_str() > after
            && until.is_none_or(|until| cut.as_str() < until)
            && cut.starts_with(prefix)
    };
    // Each place that is not settled, with what stands there.
    let open = after.get(settled..span).unwrap_or_default();
    let places: Vec<_> = open.char_indices().map(|(at, char)| (settled + at, char)).collect();
    // What may stand there instead, at the first place where anything may.
    let siblings = |(at, char): &(usize, char)| {
        let others = alphabet.0.iter().filter(|other| *other > char && alike(**other, *char));
        let mut others: Vec<char> = others.copied().collect();
        // One for all that are of another kind.
        others.extend(others.last().and_then(|last| following(*last)));
        let cuts = others.into_iter().map(|other| with(&after[..*at], other));
        cuts.filter(inside).collect::<Vec<_>>()
    };
    let siblings = places.iter().map(siblings).find(|cuts| !cuts.is_empty()).unwrap_or_default();
    // Behind everything that begins as the key does, longer and longer.
    let behind = |(at, char): &(usize, char)| Some(with(&after[..*at], following(*char)?));
    let deeper = places.iter().take(DEEPEST).filter_map(behind).filter(inside);
    deeper.chain(siblings).collect::<BTreeSet<_>>().into_iter().collect()
}

/// The cuts moved out of the folders that they lie in, so that none of these has two parts.
pub fn above_folders(cuts: Vec<String>, prefix: &str, after: &str) -> Vec<String> {
    let above = |mut cut: String| {
        let slash = cut[prefix.len()..].find('/');
        slash.into_iter().for_each(|at| cut.truncate(prefix.len() + at));
        cut
    };
    let cuts: BTreeSet<String> = cuts.into_iter().map(above).collect();
    cuts.into_iter().filter(|cut| cut.as_str() > after).collect()
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
pub fn common(one: &str, other: &str) -> usize {
    let same = one.bytes().zip(other.bytes()).take_while(|(one, other)| one == other).count();
    (0..=same).rev().find(|at| one.is_char_boundary(*at)).unwrap_or(0)
}

fn with(beginning: &str, char: char) -> String {
    let mut text = String::with_capacity(beginning.len() + char.len_utf8());
    text.push_str(beginning);
    text.push(char);
    text
}

/// Digits follow digits, and letters letters.
fn alike(one: char, other: char) -> bool {
    let kind =
        |char: char| (char.is_ascii_digit(), char.is_ascii_lowercase(), char.is_ascii_uppercase());
    kind(one) == kind(other)
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
        let cuts = candidates("k/", "k/0999", None, 6, &digits);
        assert_eq!(
            cuts,
            [
                "k/099:", "k/09:", "k/0:", "k/1", "k/2", "k/3", "k/4", "k/5", "k/6", "k/7", "k/8",
                "k/9", "k/:"
            ]
        );
        // Between neighbours there are only the deeper ones.
        assert_eq!(
            candidates("k/", "k/0999", Some("k/1"), 6, &digits),
            ["k/099:", "k/09:", "k/0:"]
        );
        assert_eq!(candidates("k/", "k/0899", Some("k/09"), 6, &digits), ["k/089:", "k/08:"]);
        // They are cut at the next place where there is a choice.
        let cuts = |span| candidates("k/", "k/0007", Some("k/01"), span, &alphabet("0123"));
        assert_eq!(cuts(6), ["k/0008", "k/001", "k/002", "k/003", "k/004"]);
        // But not into pieces of less than a page.
        assert_eq!(cuts(5), ["k/001", "k/002", "k/003", "k/004"]);
        assert_eq!(cuts(4), [""; 0]);
        assert_eq!(candidates("", "a", Some("a"), 1, &digits), [""; 0]);
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
            let cuts =
                candidates(&prefix, &after, until, after.len(), &alphabet("ab/é0\u{10ffff}"));
            prop_assert!(cuts.is_sorted());
            for cut in cuts {
                prop_assert!(cut.as_str() > after.as_str(), "{cut:?}");
                prop_assert!(until.is_none_or(|until| cut.as_str() < until), "{cut:?}");
            }
            prop_assert!(after.starts_with(folder(&prefix, &after, until)));
        }
    }
}
