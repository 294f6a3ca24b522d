//! What a key was: its versions and delete markers, and what of them to take away so that it
//! is again what it was.

use jiff::Timestamp;

/// One version of a key, or a delete marker that stands in the place of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    pub key: String,
    /// As the store names it; what was written without versioning is `null`.
    pub id: String,
    pub modified: Option<Timestamp>,
    /// What a request that names no version gets.
    pub latest: bool,
    pub what: What,
}

/// What a version is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    Object {
        /// Bytes.
        size: u64,
        /// Without its quotes.
        etag: Option<String>,
        class: Option<String>,
    },
    /// A delete: there is nothing to be read.
    Marker,
}

impl Version {
    pub fn is_marker(&self) -> bool {
        self.what == What::Marker
    }

    /// Bytes; 0 for a delete marker.
    pub fn size(&self) -> u64 {
        match self.what {
            What::Object { size, .. } => size,
            What::Marker => 0,
        }
    }

    /// The name of a delete marker; `None` for a version that has content.
    pub fn marker(&self) -> Option<Marker> {
        self.is_marker().then(|| Marker { key: self.key.clone(), id: self.id.clone() })
    }
}

/// Names a delete marker that a listing has told. Only a [`Version`] makes one: what has
/// content is never taken away in the name of bringing something back.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Marker {
    key: String,
    id: String,
}

impl Marker {
    pub fn key(&self) -> &str {
        &self.key
    }

    pub fn id(&self) -> &str {
        &self.id
    }
}

/// What bringing a key back comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is not deleted, or was not there at the time.
    Leave,
    /// It is deleted, and was written to between the time and the delete: what is to come back
    /// is not what taking markers away brings.
    Overwritten,
    /// Without these delete markers, the newest first, it is what it was.
    Remove(Vec<Marker>),
}

/// What brings a deleted key back as it was at a time, its history being the newest first.
/// `None` is the time just before it was deleted last.
///
/// Only delete markers are ever named, and only where all that was done to the key since is
/// deletes: what lies below them is then what was there.
pub fn bring_back(history: &[Version], as_of: Option<Timestamp>) -> Verdict {
    let run = history.iter().take_while(|version| version.is_marker()).count();
    let Some(below) = history.get(run).filter(|_| run > 0) else { return Verdict::Leave };
    let Some(as_of) = as_of else {
        return Verdict::Remove(history[..run].iter().filter_map(Version::marker).collect());
    };
    let since = |version: &&Version| version.modified.is_some_and(|at| at > as_of);
    let younger = history.iter().take_while(since).count();
    match history.get(younger).filter(|then| !then.is_marker()) {
        // At that time there was a delete, or nothing yet.
        None => Verdict::Leave,
        Some(then) if then.id == below.id => {
            Verdict::Remove(history[..run].iter().filter_map(Version::marker).collect())
        }
        Some(_) => Verdict::Overwritten,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(hour: u32) -> Timestamp {
        format!("2026-11-20T{hour:02}:00:00Z").parse().unwrap()
    }

    /// `"d12 v9"`: deleted at twelve, written at nine.
    fn history(text: &str) -> Vec<Version> {
        let version = |(place, word): (usize, &str)| {
            let (kind, hour) = word.split_at(1);
            let object = What::Object { size: 1, etag: None, class: None };
            Version {
                key: "k".into(),
                id: word.to_owned(),
                modified: Some(at(hour.parse().unwrap())),
                latest: place == 0,
                what: if kind == "d" { What::Marker } else { object },
            }
        };
        text.split_whitespace().enumerate().map(version).collect()
    }

    fn verdict(text: &str, hour: Option<u32>) -> String {
        match bring_back(&history(text), hour.map(at)) {
            Verdict::Leave => "leave".to_owned(),
            Verdict::Overwritten => "overwritten".to_owned(),
            Verdict::Remove(markers) => {
                markers.iter().map(Marker::id).collect::<Vec<_>>().join(" ")
            }
        }
    }

    #[test]
    fn without_a_time_every_delete_at_the_top_is_taken_back() {
        assert_eq!(verdict("d12 v9", None), "d12");
        assert_eq!(verdict("d13 d12 v9 d8 v7", None), "d13 d12");
        assert_eq!(verdict("v9 d8 v7", None), "leave");
        assert_eq!(verdict("d12", None), "leave", "there is nothing below it");
        assert_eq!(verdict("", None), "leave");
    }

    #[test]
    fn as_of_a_time_a_key_is_what_it_was_then_or_is_left_alone() {
        assert_eq!(verdict("d12 v9", Some(10)), "d12");
        assert_eq!(verdict("d12 v9", Some(12)), "leave", "at that time it was deleted");
        assert_eq!(verdict("d13 d12 v9", Some(12)), "leave");
        assert_eq!(verdict("d13 d12 v9", Some(11)), "d13 d12");
        assert_eq!(verdict("d12 v9", Some(8)), "leave", "at that time there was nothing");
        assert_eq!(verdict("d12 v9 v7", Some(8)), "overwritten");
        assert_eq!(verdict("d12 v9 d8 v7", Some(7)), "overwritten");
        assert_eq!(verdict("d12 v9 d8 v7", Some(8)), "leave");
        assert_eq!(verdict("v12 d10 v9", Some(9)), "leave", "it is there, if another");
    }

    #[test]
    fn a_time_that_is_not_told_is_before_all_others() {
        let mut history = history("d12 v9");
        history[1].modified = None;
        assert!(matches!(bring_back(&history, Some(at(1))), Verdict::Remove(_)));
        history[0].modified = None;
        assert_eq!(bring_back(&history, Some(at(1))), Verdict::Leave);
    }

    proptest! {
        /// Taking away what is named leaves on top exactly what was on top at the time.
        #[test]
        fn what_is_brought_back_is_what_was_there(
            kinds in prop::collection::vec(any::<bool>(), 0..8),
            hour in prop::option::of(0u32..24),
        ) {
            let words: Vec<String> = kinds
                .iter()
                .enumerate()
                .map(|(age, gone)| format!("{}{}", if *gone { "d" } else { "v" }, 20 - 2 * age))
                .collect();
            let history = history(&words.join(" "));
            if let Verdict::Remove(markers) = bring_back(&history, hour.map(at)) {
                let is_named = |v: &&Version| markers.iter().any(|marker| marker.id() == v.id);
                prop_assert!(history.iter().filter(is_named).all(Version::is_marker));
                let left: Vec<&Version> = history.iter().filter(|v| !is_named(v)).collect();
                prop_assert!(!left[0].is_marker());
                if let Some(hour) = hour {
                    let then = history.iter().find(|v| v.modified <= Some(at(hour)));
                    prop_assert_eq!(Some(left[0]), then);
                }
            }
        }
    }
}
