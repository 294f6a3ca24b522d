//! Which rows a filter keeps: first those that contain every word of it, then those in which the
//! letters of every word follow one another, with others between.
//!
//! A page's names are one piece of memory, which is searched as one. Where a filter has only
//! grown, what it keeps is among what it kept; where rows were added, only those are new.

use std::num::NonZero;
use std::ops::Range;
use std::thread;

use memchr::memmem::Finder;
use nucleo_matcher::pattern::{Atom, AtomKind, CaseMatching, Normalization};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::bits::Bits;
use super::rows::Rows;
use crate::model::keys::Names;

/// Asked now and then; true where nobody waits for the answer any more.
pub type Stop<'a> = &'a (dyn Fn() -> bool + Sync);

/// From this many rows on it is worth another thread.
const SHARE: usize = 20_000;
/// Rows between two looks at [`Stop`].
const BREATH: usize = 4_096;

/// What is looked for: words, separated by spaces, in any order. Without a capital among them,
/// capitals are as good as small letters.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Query {
    text: String,
    exact: bool,
}

impl Query {
    /// `None` where nothing is looked for.
    pub fn of(text: &str) -> Option<Self> {
        let exact = text.chars().any(char::is_uppercase);
        (!text.trim().is_empty()).then(|| Self { text: text.to_owned(), exact })
    }

    /// True where it keeps nothing that the other does not keep.
    fn narrows(&self, other: &Self) -> bool {
        self.text.starts_with(&other.text)
    }

    /// The longest first: fewest rows have it.
    fn words(&self) -> Vec<&str> {
        let mut words: Vec<&str> = self.text.split_whitespace().collect();
        words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        words
    }
}

/// What a query keeps of the first rows, by their numbers in ascending order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Found {
    pub query: Query,
    /// How many rows were looked at.
    pub rows: usize,
    /// Those that contain its words.
    pub plain: Vec<u32>,
    /// The others that are like it, once that is known.
    pub alike: Option<Vec<u32>>,
}

/// The rows that contain every word. `None` where it was stopped.
pub fn plain(
    pages: &[Rows],
    query: &Query,
    known: Option<&Found>,
    stop: Stop<'_>,
) -> Option<Vec<u32>> {
    let words = query.words();
    let finders: Vec<Finder<'_>> = words.iter().map(|word| Finder::new(word.as_bytes())).collect();
    let known = known.filter(|known| query.narrows(&known.query));
    let mut found = match known {
        Some(known) if known.query == *query => known.plain.clone(),
        Some(known) => among(pages, &known.plain, stop, || {
            let mut folded = String::new();
            let finders = &finders;
            move |name: &str| {
                let name = if query.exact { name } else { fold(&mut folded, name) };
                finders.iter().all(|finder| finder.find(name.as_bytes()).is_some())
            }
        })?,
        None => Vec::new(),
    };
    let from = known.map_or(0, |known| known.rows);
    let fresh = on_threads(starting(pages, from), stop, |pages| {
        let mut found = Vec::new();
        let mut folded = String::new();
        for (start, page) in pages {
            if stop() {
                break;
            }
            let names = page.names();
            let text = if query.exact { names.text() } else { fold(&mut folded, names.text()) };
            let (row, skip) = (*start as u32, from.saturating_sub(*start));
            scan(names, text.as_bytes(), &finders, skip, |at| found.push(row + at as u32));
        }
        found
    })?;
    found.extend(fresh);
    Some(found)
}

/// The rows that are like the query and do not contain it: `plain` are those that do. `None`
/// where it was stopped.
pub fn alike(
    pages: &[Rows],
    query: &Query,
    plain: &[u32],
    known: Option<&Found>,
    stop: Stop<'_>,
) -> Option<Vec<u32>> {
    let contained: Bits = plain.iter().map(|row| *row as usize).collect();
    let others = |rows: Range<usize>| {
        rows.filter(|row| !contained.contains(*row)).map(|row| row as u32).collect::<Vec<_>>()
    };
    let all = pages.iter().map(Rows::len).sum();
    let known = known.filter(|known| query.narrows(&known.query));
    let (mut found, candidates) = match known.and_then(|known| Some((known, known.alike.as_ref()?)))
    {
        Some((known, alike)) if known.query == *query => (alike.clone(), others(known.rows..all)),
        Some((known, alike)) => {
            let mut rest: Vec<u32> = known.plain.iter().chain(alike).copied().collect();
            rest.retain(|row| !contained.contains(*row as usize));
            // Two runs, each in order.
            rest.sort();
            rest.extend(others(known.rows..all));
            (Vec::new(), rest)
        }
        None => (Vec::new(), others(0..all)),
    };
    let case = if query.exact { CaseMatching::Respect } else { CaseMatching::Ignore };
    let words = query.words();
    let atom = |word: &&str| Atom::new(word, case, Normalization::Never, AtomKind::Fuzzy, false);
    let atoms: Vec<Atom> = words.iter().map(atom).collect();
    found.extend(among(pages, &candidates, stop, || {
        let mut config = Config::DEFAULT;
        config.ignore_case = !query.exact;
        // Whoever types an accent wants it.
        config.normalize = query.text.is_ascii();
        let (mut matcher, mut chars) = (Matcher::new(config), Vec::new());
        let atoms = &atoms;
        let words = &words;
        let is_plain = query.text.is_ascii();
        move |name: &str| {
            // Nearly every name, and a fraction of the time that accents take.
            if is_plain && name.is_ascii() {
                return words.iter().all(|word| follow(word, name, query.exact));
            }
            let name = Utf32Str::new(name, &mut chars);
            atoms.iter().all(|atom| matcher.fuzzy_match_greedy(name, atom.needle_text()).is_some())
        }
    })?);
    Some(found)
}

/// True where the letters of a word follow one another in the name; both are ASCII. The word has
/// no capitals unless they are meant.
fn follow(word: &str, name: &str, exact: bool) -> bool {
    let mut rest = name.bytes();
    word.bytes().all(|letter| match exact {
        true => rest.any(|byte| byte == letter),
        false => rest.any(|byte| byte.to_ascii_lowercase() == letter),
    })
}

/// The same with small letters for the capitals of ASCII: lengths stay.
fn fold<'a>(folded: &'a mut String, text: &str) -> &'a str {
    folded.clear();
    folded.push_str(text);
    folded.make_ascii_lowercase();
    folded
}

/// Tells of the names behind the first `skip` that contain all that is looked for. `text` is
/// theirs, byte by byte.
fn scan(
    names: &Names,
    text: &[u8],
    finders: &[Finder<'_>],
    skip: usize,
    mut tell: impl FnMut(usize),
) {
    let Some((first, others)) = finders.split_first() else {
        return (skip..names.len()).for_each(tell);
    };
    let (mut at, mut from) = (skip, names.span(skip).start);
    while let Some(hit) = first.find(&text[from..]) {
        let hit = from + hit;
        while names.span(at).end <= hit {
            at += 1;
        }
        let span = names.span(at);
        if hit + first.needle().len() > span.end {
            // Begun in one name and ended in the next.
            from = hit + 1;
            continue;
        }
        if others.iter().all(|other| other.find(&text[span.clone()]).is_some()) {
            tell(at);
        }
        from = span.end;
    }
}

/// Each page with the number of its first row, from the one on that holds `from`.
fn starting(pages: &[Rows], from: usize) -> Vec<(usize, &Rows)> {
    let mut end = 0;
    let starts = pages.iter().map(|page| {
        end += page.len();
        (end - page.len(), page)
    });
    starts.filter(|(start, page)| !page.is_empty() && start + page.len() > from).collect()
}

/// Those of the rows, which ascend, whose names are kept. Each thread makes its own judge.
fn among<J: FnMut(&str) -> bool>(
    pages: &[Rows],
    rows: &[u32],
    stop: Stop<'_>,
    judge: impl Fn() -> J + Sync,
) -> Option<Vec<u32>> {
    let all = starting(pages, 0);
    on_threads(rows.chunks(BREATH).map(|some| (some.len(), some)).collect(), stop, |chunks| {
        let mut judge = judge();
        let mut kept = Vec::new();
        let mut page = 0;
        for (_, rows) in chunks.iter().take_while(|_| !stop()) {
            for row in *rows {
                let at = *row as usize;
                while all[page].0 + all[page].1.len() <= at {
                    page += 1;
                }
                let (start, names) = (all[page].0, all[page].1.names());
                if judge(names.get(at - start)) {
                    kept.push(*row);
                }
            }
        }
        kept
    })
}

/// Gives each thread a run of the pieces, and puts together what they find. `None` where it was
/// stopped.
fn on_threads<T: Sync>(
    pieces: Vec<T>,
    stop: Stop<'_>,
    work: impl Fn(&[T]) -> Vec<u32> + Sync,
) -> Option<Vec<u32>> {
    let most = thread::available_parallelism().map_or(1, NonZero::get);
    let threads = pieces.len().div_ceil(SHARE / 1_000).clamp(1, most);
    let share = pieces.len().div_ceil(threads).max(1);
    let mut shares = pieces.chunks(share);
    let own = shares.next().unwrap_or_default();
    let found = thread::scope(|scope| {
        let work = &work;
        let others: Vec<_> = shares.map(|share| scope.spawn(move || work(share))).collect();
        let mut found = work(own);
        for other in others {
            match other.join() {
                Ok(rows) => found.extend(rows),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        found
    });
    (!stop()).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::super::rows::{Kind, Row};
    use super::*;
    use proptest::prelude::*;

    fn pages(names: &[&str], size: usize) -> Vec<Rows> {
        names
            .chunks(size)
            .map(|some| some.iter().map(|name| Row::new(Kind::Object, name)).collect())
            .collect()
    }

    fn search(pages: &[Rows], text: &str, known: Option<&Found>) -> Found {
        let query = Query::of(text).unwrap_or_default();
        let plain = plain(pages, &query, known, &|| false).unwrap();
        let alike = alike(pages, &query, &plain, known, &|| false);
        Found { rows: pages.iter().map(Rows::len).sum(), query, plain, alike }
    }

    fn told<'a>(names: &[&'a str], rows: &[u32]) -> Vec<&'a str> {
        rows.iter().map(|row| names[*row as usize]).collect()
    }

    const NAMES: &[&str] = &[
        "ab",
        "cd.csv",
        "",
        "sample-17.vcf.gz",
        "Sample 17.VCF",
        "größe.csv",
        "bc-a-b.txt",
        "s17",
    ];

    #[test]
    fn what_contains_the_words_comes_before_what_is_like_them() {
        let pages = pages(NAMES, 3);
        let told = |text| {
            let found = search(&pages, text, None);
            (told(NAMES, &found.plain), told(NAMES, &found.alike.unwrap()))
        };
        assert_eq!(told("s17"), (vec!["s17"], vec!["sample-17.vcf.gz", "Sample 17.VCF"]));
        assert_eq!(told("vcf 17"), (vec!["sample-17.vcf.gz", "Sample 17.VCF"], vec![]));
        assert_eq!(told("VCF"), (vec!["Sample 17.VCF"], vec![]), "a capital is meant");
        assert_eq!(told("bc"), (vec!["bc-a-b.txt"], vec![]), "no name ends in the next one");
        assert_eq!(told("grosse"), (vec![], vec![]));
        assert_eq!(told("groe"), (vec![], vec!["größe.csv"]), "the accent need not be typed");
        assert_eq!(told("größe"), (vec!["größe.csv"], vec![]));
        assert_eq!(told("").0.len(), NAMES.len());
    }

    #[test]
    fn who_is_not_waited_for_stops() {
        let pages = pages(NAMES, 3);
        let query = Query::of("a").unwrap();
        assert_eq!(plain(&pages, &query, None, &|| true), None);
        assert_eq!(alike(&pages, &query, &[], None, &|| true), None);
    }

    proptest! {
        #[test]
        fn letters_follow_as_the_matcher_sees_it(
            name in "[abAB/-]{0,8}", word in "[abAB]{1,4}", exact: bool,
        ) {
            let word = if exact { word } else { word.to_ascii_lowercase() };
            let mut config = Config::DEFAULT;
            config.ignore_case = !exact;
            let mut chars = (Vec::new(), Vec::new());
            let (name32, word32) =
                (Utf32Str::new(&name, &mut chars.0), Utf32Str::new(&word, &mut chars.1));
            let matched = Matcher::new(config).fuzzy_match_greedy(name32, word32).is_some();
            prop_assert_eq!(follow(&word, &name, exact), matched);
        }

        #[test]
        fn it_keeps_what_looking_at_each_name_keeps(
            names in prop::collection::vec("[abA/é]{0,5}", 0..80),
            size in 1usize..20,
            text in "[abA ]{0,3}",
            more in "[abAé ]{0,2}",
            early in 0usize..80,
        ) {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let pages = pages(&names, size);
            let early = pages.len().min(early / size);
            let grown = format!("{text}{more}");
            let before = search(&pages[..early], &text, None);
            // By one look at all, by a look at what there was, and by what was found before.
            let at_once = search(&pages, &grown, None);
            prop_assert_eq!(&search(&pages, &grown, Some(&before)), &at_once);
            prop_assert_eq!(&search(&pages, &text, Some(&before)), &search(&pages, &text, None));
            let query = Query::of(&grown).unwrap_or_default();
            let keeps = |name: &str| {
                let name = if query.exact { name.to_owned() } else { name.to_ascii_lowercase() };
                query.words().iter().all(|word| name.contains(word))
            };
            let expected: Vec<u32> =
                (0..names.len() as u32).filter(|row| keeps(names[*row as usize])).collect();
            prop_assert_eq!(at_once.plain, expected);
        }
    }
}
