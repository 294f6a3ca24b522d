//! Objects of a listing as columns: a million of them in some 80 MB, and nothing of its own for
//! any one of them. `lake` reads pages into them, walks pass them on.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::model::storage::Restore;

/// Strings one behind the other in one piece of memory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    text: String,
    ends: Vec<usize>,
}

impl Names {
    /// Room for so many names, of so many bytes together.
    pub fn with_capacity(names: usize, bytes: usize) -> Self {
        Self { text: String::with_capacity(bytes), ends: Vec::with_capacity(names) }
    }

    pub fn push(&mut self, name: &str) {
        self.text.push_str(name);
        self.ends.push(self.text.len());
    }

    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// # Panics
    /// Past the end.
    pub fn get(&self, at: usize) -> &str {
        &self.text[self.span(at)]
    }

    /// Where a name lies in [`Self::text`].
    ///
    /// # Panics
    /// Past the end.
    pub fn span(&self, at: usize) -> Range<usize> {
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        start..self.ends[at]
    }

    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &str> + ExactSizeIterator {
        (0..self.len()).map(|at| self.get(at))
    }

    pub fn first(&self) -> Option<&str> {
        (!self.is_empty()).then(|| self.get(0))
    }

    pub fn last(&self) -> Option<&str> {
        self.len().checked_sub(1).map(|at| self.get(at))
    }

    /// All of them without a break.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// True where each is greater than the one before it, by its bytes.
    pub fn is_ascending(&self) -> bool {
        (1..self.len()).all(|at| self.get(at - 1) < self.get(at))
    }

    fn truncate(&mut self, len: usize) {
        self.ends.truncate(len);
        self.text.truncate(self.ends.last().copied().unwrap_or(0));
    }

    fn append(&mut self, other: &Self) {
        let before = self.text.len();
        self.text.push_str(&other.text);
        self.ends.extend(other.ends.iter().map(|end| before + end));
    }
}

/// One object, as it lies in the columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key<'a> {
    pub key: &'a str,
    /// Bytes.
    pub size: u64,
    /// Seconds since 1970.
    pub modified: Option<i64>,
    pub etag: ETag<'a>,
    pub class: Option<&'a str>,
    /// Of an archived object, where the store was asked.
    pub restore: Option<Restore>,
}

/// An ETag without its quotes: nearly all are an MD5, with the number of parts behind it where
/// there was more than one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ETag<'a> {
    None,
    Md5([u8; 16]),
    OfParts([u8; 16], u16),
    Other(&'a str),
}

impl<'a> ETag<'a> {
    /// Of one without its quotes.
    pub fn read(text: &'a str) -> Self {
        let other = Self::Other(text);
        let Some((digest, rest)) = text.split_at_checked(32) else { return other };
        let mut md5 = [0; 16];
        for (byte, digits) in md5.iter_mut().zip(digest.as_bytes().chunks_exact(2)) {
            let (Some(high), Some(low)) = (digit(digits[0]), digit(digits[1])) else {
                return other;
            };
            *byte = high << 4 | low;
        }
        match rest.strip_prefix('-') {
            None if rest.is_empty() => Self::Md5(md5),
            // Only where it would be written the same.
            Some(parts) if !parts.starts_with(['0', '+']) => match parts.parse() {
                Ok(parts) if parts <= MOST_PARTS => Self::OfParts(md5, parts),
                _ => other,
            },
            _ => other,
        }
    }

    /// Adds it to `text`; false where there is none.
    pub fn write(self, text: &mut String) -> bool {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let digest = |md5: [u8; 16], text: &mut String| {
            let mut digits = [0; 32];
            for (pair, byte) in digits.chunks_exact_mut(2).zip(md5) {
                pair[0] = DIGITS[usize::from(byte >> 4)];
                pair[1] = DIGITS[usize::from(byte & 15)];
            }
            text.push_str(str::from_utf8(&digits).unwrap_or_default());
        };
        match self {
            Self::None => return false,
            Self::Md5(md5) => digest(md5, text),
            Self::OfParts(md5, parts) => {
                digest(md5, text);
                text.push('-');
                text.push_str(&parts.to_string());
            }
            Self::Other(other) => text.push_str(other),
        }
        true
    }
}

/// Of a hexadecimal digit as S3 writes it.
fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    }
}

/// In the column of parts: none, and one that is kept apart.
const NO_ETAG: u16 = u16::MAX;
const APART: u16 = u16::MAX - 1;
const MOST_PARTS: u16 = u16::MAX - 2;
const NO_TIME: i64 = i64::MIN;

/// Objects, in the order in which they were pushed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keys {
    names: Names,
    sizes: Vec<u64>,
    modified: Vec<i64>,
    md5s: Vec<[u8; 16]>,
    /// Parts of a multipart upload; 0 for none.
    parts: Vec<u16>,
    /// Those that are no MD5.
    etags: BTreeMap<usize, Box<str>>,
    /// One more than the place in `known`; 0 for none.
    classes: Vec<u8>,
    /// Each storage class once.
    known: Vec<Box<str>>,
    /// Of the few that are or were being restored.
    restores: BTreeMap<usize, Restore>,
}

impl Keys {
    /// Adds an object; `etag` is without its quotes.
    pub fn push(
        &mut self,
        key: &str,
        size: u64,
        modified: Option<i64>,
        etag: Option<&str>,
        class: Option<&str>,
    ) {
        let etag = etag.map_or(ETag::None, ETag::read);
        self.push_from(Key { key, size, modified, etag, class, restore: None });
    }

    /// Adds an object of other columns.
    pub fn push_from(&mut self, object: Key<'_>) {
        let (md5, parts) = match object.etag {
            ETag::None => ([0; 16], NO_ETAG),
            ETag::Md5(md5) => (md5, 0),
            ETag::OfParts(md5, parts) => (md5, parts),
            ETag::Other(other) => {
                self.etags.insert(self.len(), other.into());
                ([0; 16], APART)
            }
        };
        if let Some(restore) = object.restore {
            self.restores.insert(self.len(), restore);
        }
        let class = object.class.map_or(0, |class| self.intern(class));
        self.names.push(object.key);
        self.sizes.push(object.size);
        self.modified.push(object.modified.unwrap_or(NO_TIME));
        self.md5s.push(md5);
        self.parts.push(parts);
        self.classes.push(class);
    }

    /// A store that knows more than 255 classes is none of S3's kind: the rest are not told apart.
    fn intern(&mut self, class: &str) -> u8 {
        let at = self.known.iter().position(|known| **known == *class).unwrap_or_else(|| {
            if self.known.len() < usize::from(u8::MAX) {
                self.known.push(class.into());
            }
            self.known.len() - 1
        });
        u8::try_from(at + 1).unwrap_or(u8::MAX)
    }

    pub fn len(&self) -> usize {
        self.names.len()
    }

    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    pub fn names(&self) -> &Names {
        &self.names
    }

    /// # Panics
    /// Past the end.
    pub fn get(&self, at: usize) -> Key<'_> {
        let etag = match self.parts[at] {
            NO_ETAG => ETag::None,
            APART => self.etags.get(&at).map_or(ETag::None, |etag| ETag::Other(etag)),
            0 => ETag::Md5(self.md5s[at]),
            parts => ETag::OfParts(self.md5s[at], parts),
        };
        Key {
            key: self.names.get(at),
            size: self.sizes[at],
            modified: Some(self.modified[at]).filter(|at| *at != NO_TIME),
            etag,
            class: usize::from(self.classes[at]).checked_sub(1).map(|class| &*self.known[class]),
            restore: self.restores.get(&at).copied(),
        }
    }

    /// Bytes, object by object.
    pub fn sizes(&self) -> &[u64] {
        &self.sizes
    }

    /// Seconds since 1970, object by object; the least there is for none.
    pub fn times(&self) -> &[i64] {
        &self.modified
    }

    pub fn iter(&self) -> impl ExactSizeIterator<Item = Key<'_>> {
        (0..self.len()).map(|at| self.get(at))
    }

    /// Gives the keys other names, one for each.
    ///
    /// # Panics
    /// Where there are more or fewer.
    pub fn rename(&mut self, names: Names) {
        assert_eq!(names.len(), self.len(), "a name for each key");
        self.names = names;
    }

    /// Leaves out what lies behind `until`. For keys in ascending order.
    pub fn cut(&mut self, until: &str) {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low.midpoint(high);
            if self.names.get(middle) <= until { low = middle + 1 } else { high = middle }
        }
        self.truncate(low);
    }

    fn truncate(&mut self, len: usize) {
        self.names.truncate(len);
        self.sizes.truncate(len);
        self.modified.truncate(len);
        self.md5s.truncate(len);
        self.parts.truncate(len);
        self.etags.split_off(&len);
        self.restores.split_off(&len);
        self.classes.truncate(len);
    }

    /// The same objects in ascending order of their keys' bytes.
    #[must_use]
    pub fn sorted(&self) -> Self {
        let mut order: Vec<usize> = (0..self.len()).collect();
        order.sort_by_key(|at| self.names.get(*at));
        let mut sorted = Self::default();
        order.into_iter().for_each(|at| sorted.push_from(self.get(at)));
        sorted
    }

    /// Puts all of another's behind these.
    pub fn append(&mut self, other: &Self) {
        let before = self.len();
        let classes: Vec<u8> = other.known.iter().map(|class| self.intern(class)).collect();
        self.names.append(&other.names);
        self.sizes.extend_from_slice(&other.sizes);
        self.modified.extend_from_slice(&other.modified);
        self.md5s.extend_from_slice(&other.md5s);
        self.parts.extend_from_slice(&other.parts);
        self.etags.extend(other.etags.iter().map(|(at, etag)| (before + at, etag.clone())));
        self.restores.extend(other.restores.iter().map(|(at, restore)| (before + at, *restore)));
        let moved = |class: &u8| usize::from(*class).checked_sub(1).map_or(0, |at| classes[at]);
        self.classes.extend(other.classes.iter().map(moved));
    }
}

/// One page of ListObjectsV2, in columns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyPage {
    pub keys: Keys,
    /// Common prefixes, with their trailing delimiter, from the bucket's root.
    pub folders: Names,
    /// Where to go on; `None` on the last page.
    pub next: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    const MD5: &str = "0123456789abcdef0123456789abcdef";

    fn sample() -> Keys {
        let mut keys = Keys::default();
        keys.push("a", 1, Some(-1), Some(MD5), Some("STANDARD"));
        keys.push("b//", 0, None, Some("W/odd"), None);
        keys.push("c", u64::MAX, Some(0), Some(&format!("{MD5}-17")), Some("GLACIER"));
        let (size, modified, etag, class) = (2, None, ETag::None, Some("STANDARD"));
        let restore = Some(Restore::Ongoing);
        keys.push_from(Key { key: "d", size, modified, etag, class, restore });
        keys
    }

    fn etag(keys: &Keys, at: usize) -> Option<String> {
        let mut text = String::new();
        keys.get(at).etag.write(&mut text).then_some(text)
    }

    #[test]
    fn what_goes_in_comes_out() {
        let keys = sample();
        let one = keys.get(0);
        assert_eq!(
            (one.key, one.size, one.modified, one.class),
            ("a", 1, Some(-1), Some("STANDARD"))
        );
        let two = keys.get(1);
        assert_eq!((two.key, two.size, two.modified, two.class), ("b//", 0, None, None));
        assert_eq!((keys.get(2).class, keys.get(2).restore), (Some("GLACIER"), None));
        assert_eq!(keys.get(3).restore, Some(Restore::Ongoing));
        let etags: Vec<_> = (0..4).map(|at| etag(&keys, at)).collect();
        assert_eq!(
            etags,
            [Some(MD5.to_owned()), Some("W/odd".into()), Some(format!("{MD5}-17")), None]
        );
    }

    #[test]
    fn etags_are_written_as_they_were_read() {
        let upper = MD5.to_uppercase();
        let long = "é".repeat(16);
        let mut odd = vec![String::new(), MD5[1..].to_owned(), upper, format!("{MD5}0"), long];
        odd.extend(
            ["-", "-0", "-01", "-+1", "-65535", "-9999", "-1x"].map(|end| format!("{MD5}{end}")),
        );
        for text in odd {
            let mut keys = Keys::default();
            keys.push("k", 0, None, Some(&text), None);
            assert_eq!(etag(&keys, 0), Some(text));
        }
    }

    #[test]
    fn columns_are_cut_and_put_together() {
        let whole = sample();
        let (mut front, mut both) = (whole.clone(), whole.clone());
        front.cut("b//");
        assert_eq!(front.names().iter().collect::<Vec<_>>(), ["a", "b//"]);
        front.cut("");
        assert!(front.is_empty());
        both.append(&whole);
        let rows: Vec<_> = both.iter().collect();
        assert!(rows.iter().eq(whole.iter().chain(whole.iter()).collect::<Vec<_>>().iter()));
        assert!(!both.names().is_ascending() && whole.names().is_ascending());
        assert_eq!(both.sorted().names().iter().collect::<String>(), "aab//b//ccdd");
    }

    #[test]
    fn a_key_takes_some_eighty_bytes() {
        let mut keys = Keys::default();
        for number in 0..10_000 {
            let key = format!("genomics/run-07/sample-{number:08}.vcf.gz");
            keys.push(&key, number, Some(1), Some(MD5), Some("STANDARD"));
        }
        let fixed = 3 * size_of::<u64>() + 16 + size_of::<u16>() + 1;
        let bytes = keys.names.text.len() + keys.len() * fixed;
        assert!(keys.etags.is_empty());
        assert!(bytes / keys.len() <= 85, "{}", bytes / keys.len());
    }
}
