//! How much lies below a prefix, summed up from the pages of a listing in whatever order they come.

use std::collections::HashMap;
use std::ops::Add;

use super::keys::{Key, Keys};

/// Folders that are told apart; what lies in others is counted without their names.
const MOST_FOLDERS: usize = 100_000;

/// Objects and their bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sum {
    pub objects: u64,
    pub bytes: u64,
}

impl Sum {
    fn count(&mut self, bytes: u64) {
        self.objects += 1;
        self.bytes = self.bytes.saturating_add(bytes);
    }
}

impl Add for Sum {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            objects: self.objects + other.objects,
            bytes: self.bytes.saturating_add(other.bytes),
        }
    }
}

/// An object that stands out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub key: String,
    /// Bytes.
    pub size: u64,
    /// Seconds since 1970.
    pub modified: Option<i64>,
}

/// What lies in the largest folders, and in all others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Folders<'a> {
    /// What follows the prefix, with its slash; the largest first.
    pub largest: Vec<(&'a str, Sum)>,
    /// How many others there are; at least so many where [`Totals::is_beyond`] is true.
    pub others: u64,
    pub in_others: Sum,
}

/// The sums of what was counted so far.
#[derive(Debug, Clone, Default)]
pub struct Totals {
    prefix: String,
    pub all: Sum,
    /// In no folder below the prefix.
    pub here: Sum,
    /// By storage class, as the store calls it; empty where it does not say.
    pub classes: Vec<(Box<str>, Sum)>,
    pub newest: Option<Found>,
    pub oldest: Option<Found>,
    pub largest: Option<Found>,
    folders: Vec<(Box<str>, Sum)>,
    places: HashMap<Box<str>, usize>,
    beyond: Sum,
}

impl Totals {
    pub fn below(prefix: &str) -> Self {
        Self { prefix: prefix.to_owned(), ..Self::default() }
    }

    /// Counts these too.
    pub fn count(&mut self, keys: &Keys) {
        let (mut folder, mut class) = (usize::MAX, usize::MAX);
        for key in keys.iter() {
            self.all.count(key.size);
            self.in_folder(&key, &mut folder).count(key.size);
            self.of_class(key.class.unwrap_or_default(), &mut class).count(key.size);
        }
        // Of each page one, so that no key is copied in vain.
        let dated = || keys.iter().filter(|key| key.modified.is_some());
        stands_out(&mut self.newest, dated().max_by_key(|key| key.modified), |a, b| {
            a.modified > b.modified
        });
        stands_out(&mut self.oldest, dated().min_by_key(|key| key.modified), |a, b| {
            a.modified < b.modified
        });
        stands_out(&mut self.largest, keys.iter().max_by_key(|key| key.size), |a, b| {
            a.size > b.size
        });
    }

    /// Where an object's folder is summed up. `last`: where the one before it was.
    fn in_folder(&mut self, key: &Key<'_>, last: &mut usize) -> &mut Sum {
        let tail = key.key.strip_prefix(&*self.prefix).unwrap_or(key.key);
        let Some(end) = tail.find('/') else { return &mut self.here };
        let name = &tail[..=end];
        if self.folders.get(*last).is_none_or(|(known, _)| **known != *name) {
            *last = match self.places.get(name) {
                Some(place) => *place,
                None if self.folders.len() < MOST_FOLDERS => {
                    self.places.insert(name.into(), self.folders.len());
                    self.folders.push((name.into(), Sum::default()));
                    self.folders.len() - 1
                }
                None => return &mut self.beyond,
            };
        }
        &mut self.folders[*last].1
    }

    fn of_class(&mut self, class: &str, last: &mut usize) -> &mut Sum {
        if self.classes.get(*last).is_none_or(|(known, _)| **known != *class) {
            let place = self.classes.iter().position(|(known, _)| **known == *class);
            *last = place.unwrap_or_else(|| {
                self.classes.push((class.into(), Sum::default()));
                self.classes.len() - 1
            });
        }
        &mut self.classes[*last].1
    }

    /// True where there are more folders than are told apart.
    pub fn is_beyond(&self) -> bool {
        self.beyond.objects > 0
    }

    /// The folders right below the prefix: the largest `most` by their bytes, and the others.
    pub fn folders(&self, most: usize) -> Folders<'_> {
        let mut all: Vec<_> = self.folders.iter().map(|(name, sum)| (&**name, *sum)).collect();
        all.sort_by(|one, other| other.1.bytes.cmp(&one.1.bytes).then(one.0.cmp(other.0)));
        let others = all.split_off(most.min(all.len()));
        let in_others = others.iter().fold(self.beyond, |all, (_, sum)| all + *sum);
        Folders { largest: all, others: others.len() as u64, in_others }
    }
}

/// Keeps whichever of the two stands out.
fn stands_out(
    known: &mut Option<Found>,
    other: Option<Key<'_>>,
    more: impl Fn(&Found, &Found) -> bool,
) {
    let Some(other) = other else { return };
    let (size, modified) = (other.size, other.modified);
    let found = Found { key: String::new(), size, modified };
    if known.as_ref().is_none_or(|known| more(&found, known)) {
        *known = Some(Found { key: other.key.to_owned(), ..found });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn keys(rows: &[(&str, u64, Option<i64>, Option<&str>)]) -> Keys {
        let mut keys = Keys::default();
        rows.iter().for_each(|(key, size, at, class)| keys.push(key, *size, *at, None, *class));
        keys
    }

    fn sum(objects: u64, bytes: u64) -> Sum {
        Sum { objects, bytes }
    }

    #[test]
    fn folders_classes_and_what_stands_out() {
        let mut totals = Totals::below("in/");
        totals.count(&keys(&[
            ("in/a/1", 10, Some(5), Some("STANDARD")),
            ("in/a/2", 20, Some(9), Some("GLACIER")),
            ("in/top", 7, None, None),
        ]));
        totals.count(&keys(&[
            ("in/b/x/1", 40, Some(1), Some("GLACIER")),
            ("in//odd", 1, Some(2), Some("STANDARD")),
            ("in/a/3", 1, Some(9), Some("STANDARD")),
        ]));
        assert_eq!((totals.all, totals.here), (sum(6, 79), sum(1, 7)));
        let folders = totals.folders(2);
        assert_eq!(folders.largest, [("b/", sum(1, 40)), ("a/", sum(3, 31))]);
        assert_eq!((folders.others, folders.in_others), (1, sum(1, 1)));
        let mut classes = totals.classes.clone();
        classes.sort();
        assert_eq!(
            classes,
            [
                ("".into(), sum(1, 7)),
                ("GLACIER".into(), sum(2, 60)),
                ("STANDARD".into(), sum(3, 12))
            ]
        );
        let key = |found: &Option<Found>| found.as_ref().unwrap().key.clone();
        assert_eq!(
            [key(&totals.newest), key(&totals.oldest), key(&totals.largest)],
            ["in/a/2", "in/b/x/1", "in/b/x/1"]
        );
    }

    #[test]
    fn folders_without_end_are_counted_without_their_names() {
        let mut totals = Totals::below("");
        for first in (0..MOST_FOLDERS + 500).step_by(1000) {
            let mut page = Keys::default();
            (first..first + 1000).for_each(|n| page.push(&format!("{n}/x"), 1, None, None, None));
            totals.count(&page);
        }
        let folders = totals.folders(10);
        assert!(totals.is_beyond());
        assert_eq!(folders.others, MOST_FOLDERS as u64 - 10);
        assert_eq!(folders.in_others.objects, totals.all.objects - 10);
    }

    proptest! {
        #[test]
        fn parts_make_the_whole(
            rows in prop::collection::vec(("[ab/]{0,4}", 0u64..9, 0usize..3), 0..40), cut in 0usize..40
        ) {
            let mut pages = [Keys::default(), Keys::default()];
            for (at, (key, size, class)) in rows.iter().enumerate() {
                let class = [None, Some("A"), Some("B")][*class];
                pages[usize::from(at < cut)].push(&format!("p/{key}"), *size, None, None, class);
            }
            let mut totals = Totals::below("p/");
            pages.iter().for_each(|page| totals.count(page));
            let bytes = rows.iter().map(|row| row.1).sum::<u64>();
            prop_assert_eq!(totals.all, sum(rows.len() as u64, bytes));
            let folders = totals.folders(1);
            let named = folders.largest.iter().fold(totals.here, |all, (_, sum)| all + *sum);
            prop_assert_eq!(named + folders.in_others, totals.all);
            let classes = totals.classes.iter().fold(Sum::default(), |all, (_, sum)| all + *sum);
            prop_assert_eq!(classes, totals.all);
        }
    }
}
