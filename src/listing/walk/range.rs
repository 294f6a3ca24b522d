//! A stretch of the keys below a prefix, walked page by page.

use std::collections::VecDeque;

use super::Stop;
use super::split::common;
use crate::model::keys::{KeyPage, Keys};

/// A page of keys that do not ascend, or that lie before what was asked for.
#[derive(Debug)]
pub struct Disorder(pub KeyPage);

/// A place where a range may be cut, and the first key behind it, where there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    pub at: String,
    pub next: Option<String>,
    /// The keys behind it, where they were asked for.
    pub page: Option<KeyPage>,
}

/// What is left over of a range that was cut.
#[derive(Debug, PartialEq, Eq)]
pub struct Piece {
    pub after: String,
    pub until: Option<String>,
    pub page: Option<KeyPage>,
}

/// The keys behind `after` up to and with `until`.
#[derive(Debug, Default)]
pub struct Range {
    pub id: u64,
    /// Where it begins, then the last key that was read; `None` at the very beginning.
    pub after: Option<String>,
    /// How many bytes all keys of the newest page begin with alike.
    pub span: usize,
    /// `None` for the last of all ranges.
    pub until: Option<String>,
    /// Where to go on behind a page.
    pub token: Option<String>,
    /// Read, not yet told.
    pub ready: VecDeque<Result<Keys, Stop>>,
    /// A page of it is asked for.
    pub busy: bool,
    /// Everything is read.
    pub over: bool,
    /// Cuts that are still looked at, and those that were.
    pub looking: usize,
    pub found: Vec<Cut>,
    /// Pages that were read, and with how many of them cuts are worth a look.
    pub pages: u32,
    pub look_at: u32,
}

impl Range {
    pub fn new(id: u64, after: Option<String>, until: Option<String>) -> Self {
        Self { id, after, until, look_at: 1, ..Self::default() }
    }

    /// Takes the next page, leaving out what lies behind its end.
    ///
    /// # Errors
    /// The page, where it is out of order.
    pub fn take(&mut self, mut page: KeyPage) -> Result<(), Disorder> {
        let names = page.keys.names();
        let follows = match (&self.after, names.first()) {
            (Some(after), Some(first)) => first > after.as_str(),
            _ => true,
        };
        if !follows || !names.is_ascending() {
            return Err(Disorder(page));
        }
        if let (Some(first), Some(last)) = (names.first(), names.last()) {
            self.span = common(first, last);
            self.after = Some(last.to_owned());
        }
        if let Some(until) = &self.until {
            page.keys.cut(until);
            self.over = self.after.as_ref().is_some_and(|after| after >= until);
        }
        self.keep(page);
        Ok(())
    }

    /// Takes a page as the store lists it.
    pub fn keep(&mut self, page: KeyPage) {
        self.pages += 1;
        self.over |= page.next.is_none();
        self.token = page.next;
        if !page.keys.is_empty() {
            self.ready.push_back(Ok(page.keys));
        }
    }

    pub fn fail(&mut self, why: impl Into<Stop>) {
        self.over = true;
        self.ready.push_back(Err(why.into()));
    }

    /// Ends where the first cut is that has keys on both sides; gives what is left over, in
    /// order.
    pub fn split(&mut self) -> Vec<Piece> {
        let (cuts, until) = self.settled();
        self.look_at = match (cuts.is_empty(), until == self.until) {
            (false, _) => self.pages + 1,
            // The end is nearer: the next look is at a place further on.
            (true, false) => self.pages,
            (true, true) => 2 * self.pages + 2,
        };
        let ends: Vec<_> = cuts.iter().map(|cut| cut.at.clone()).collect();
        let behind = ends.iter().skip(1).cloned().map(Some).chain([until.clone()]);
        let piece = |(cut, until): (Cut, _)| Piece { after: cut.at, until, page: cut.page };
        let pieces = cuts.into_iter().zip(behind).map(piece).collect();
        self.until = ends.into_iter().next().or(until);
        pieces
    }

    /// The cuts that leave no piece empty, and the end behind which there is nothing.
    fn settled(&mut self) -> (Vec<Cut>, Option<String>) {
        let mut found = std::mem::take(&mut self.found);
        // Of two at one place the one that has its page.
        let place = |cut: &Cut| (cut.at.clone(), cut.page.is_none());
        found.sort_by_cached_key(place);
        found.dedup_by(|one, other| one.at == other.at);
        // The folders that follow in a folder may lie behind the end.
        found.retain(|Cut { at, .. }| {
            self.after.as_ref().is_none_or(|after| at > after)
                && self.until.as_ref().is_none_or(|until| at < until)
        });
        let mut until = self.until.clone();
        let mut cuts: Vec<Cut> = Vec::new();
        // From behind, since whether a piece is empty depends on where it ends.
        for cut in found.into_iter().rev() {
            let end = cuts.last().map(|cut| &cut.at).or(until.as_ref());
            let has_keys = cut.next.as_ref().is_some_and(|next| end.is_none_or(|end| next <= end));
            match (has_keys, cuts.is_empty()) {
                (true, _) => cuts.push(cut),
                (false, true) => until = Some(cut.at),
                (false, false) => {}
            }
        }
        cuts.reverse();
        (cuts, until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(keys: &[&str], next: Option<&str>) -> KeyPage {
        let mut page = KeyPage { next: next.map(Into::into), ..KeyPage::default() };
        keys.iter().for_each(|key| page.keys.push(key, 1, None, None, None));
        page
    }

    fn range(after: &str, until: Option<&str>, found: &[(&str, Option<&str>)]) -> Range {
        let mut range = Range::new(0, Some(after.into()), until.map(Into::into));
        let cut = |(at, next): &(&str, Option<&str>)| Cut {
            at: (*at).into(),
            next: next.map(Into::into),
            page: None,
        };
        range.found = found.iter().map(cut).collect();
        range
    }

    #[test]
    fn it_ends_where_the_next_begins() {
        let mut range = Range::new(0, Some("b".into()), Some("d".into()));
        range.take(page(&["c", "cc"], Some("t"))).unwrap();
        assert!(!range.over);
        range.take(page(&["d", "e"], Some("u"))).unwrap();
        assert!(range.over);
        let keys: Vec<String> = range
            .ready
            .iter()
            .flat_map(|keys| keys.as_ref().unwrap().names().iter().map(ToOwned::to_owned))
            .collect();
        assert_eq!(keys, ["c", "cc", "d"]);
    }

    #[test]
    fn what_does_not_ascend_is_no_page_of_it() {
        for keys in [&["c", "b"][..], &["a", "c"], &["c", "c"]] {
            let mut range = Range::new(0, Some("a".into()), None);
            assert!(range.take(page(keys, None)).is_err(), "{keys:?}");
        }
    }

    #[test]
    fn no_piece_is_empty() {
        let mut whole = range(
            "a",
            None,
            &[
                ("x", None),
                ("c", Some("f")),
                ("d", Some("f")),
                ("g", Some("h")),
                ("t", None),
                ("a", Some("b")),
            ],
        );
        let pieces = whole.split();
        assert_eq!(whole.until.as_deref(), Some("d"));
        let piece =
            |at: &str, end: &str| Piece { after: at.into(), until: Some(end.into()), page: None };
        assert_eq!(pieces, [piece("d", "g"), piece("g", "t")]);

        let mut bounded = range("a", Some("m"), &[("c", Some("n")), ("k", Some("n"))]);
        assert_eq!((bounded.split(), bounded.until.as_deref()), (Vec::new(), Some("c")));
    }

    #[test]
    fn no_piece_lies_behind_the_end() {
        let mut bounded = range("a", Some("m"), &[("k", Some("n")), ("o/", Some("o/"))]);
        assert_eq!((bounded.split(), bounded.until.as_deref()), (Vec::new(), Some("k")));
    }
}
