//! What a column holds: how many values, how many different ones, least and greatest, the most
//! frequent, and how numbers and times are spread.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::io;

use tokio_util::sync::CancellationToken;

use super::BREATH;
use super::key;
use crate::model::query::Scale;
use crate::query::spool::Snapshot;

/// Different values are counted one by one up to so many; beyond that they are estimated.
const MOST: usize = 50_000;
/// What is kept of a value to be shown, in bytes.
const FACE: usize = 200;
/// The most frequent values that are told.
const TOP: usize = 12;
const BINS: usize = 40;
/// Bits of a hash that choose a register: 16,384 of them estimate to about 0.8 %.
const REGISTERS: u32 = 14;

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Profile {
    /// Rows that were read, NULLs among them.
    pub rows: usize,
    pub nulls: usize,
    /// Values that are the empty string.
    pub empty: usize,
    pub distinct: Distinct,
    /// Least and greatest value.
    pub range: Option<Range>,
    /// Of numbers.
    pub mean: Option<f64>,
    /// With how often they occur: exactly where `distinct` is exact, else at least.
    pub top: Vec<(String, usize)>,
    /// How often numbers or times fall into equal parts between the least and the greatest;
    /// empty until that is known, and for text.
    pub bins: Vec<usize>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Range {
    pub least: String,
    pub greatest: String,
}

/// How many different values there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Distinct {
    Exact(usize),
    /// To about one per cent.
    About(usize),
}

impl Default for Distinct {
    fn default() -> Self {
        Self::Exact(0)
    }
}

/// Reads a column, and once more where its values have a scale, to see how they are spread.
/// `told` hears what is known so far and whether this is the second reading.
///
/// # Errors
/// As reading the rows.
pub fn profile(
    rows: &Snapshot,
    column: usize,
    kind: Scale,
    cancel: &CancellationToken,
    told: &mut dyn FnMut(&dyn Fn() -> Profile),
) -> io::Result<Option<Profile>> {
    let mut sum = Sum::new(kind);
    let mut scan = rows.scan(0)?;
    while let Some(row) = scan.next_row()? {
        sum.take(row.cell(column));
        if sum.rows.is_multiple_of(BREATH) {
            if cancel.is_cancelled() {
                return Ok(None);
            }
            told(&|| sum.tell());
        }
    }
    let mut profile = sum.tell();
    let Some((low, high)) = sum.scale.filter(|(low, high)| low < high) else {
        return Ok(Some(profile));
    };
    profile.bins = vec![0; BINS];
    let mut scan = rows.scan(0)?;
    while let Some(row) = scan.next_row()? {
        if let Some(place) = row.cell(column).and_then(|text| key::place(kind, text)) {
            profile.bins[bin(place, low, high, BINS)] += 1;
        }
        if scan.number().is_multiple_of(BREATH) {
            if cancel.is_cancelled() {
                return Ok(None);
            }
            told(&|| profile.clone());
        }
    }
    Ok(Some(profile))
}

/// Which of `bins` equal parts a place falls into.
pub(super) fn bin(place: f64, low: f64, high: f64, bins: usize) -> usize {
    // Halves, lest the span of two huge numbers be infinite.
    let share = (place / 2.0 - low / 2.0) / (high / 2.0 - low / 2.0);
    ((share * bins as f64) as usize).min(bins - 1)
}

/// What has been seen of a column.
struct Sum {
    kind: Scale,
    rows: usize,
    nulls: usize,
    empty: usize,
    hashes: RandomState,
    /// Values by their hash. While there is room for all of them the counts are exact; then
    /// one that is new takes one from each other where there is no room (Misra and Gries), so
    /// that what is frequent stays.
    seen: HashMap<u64, (usize, String)>,
    is_full: bool,
    /// The most leading noughts of hashes, by their first bits (HyperLogLog).
    registers: Vec<u8>,
    least: Option<(Vec<u8>, String)>,
    greatest: Option<(Vec<u8>, String)>,
    key: Vec<u8>,
    scale: Option<(f64, f64)>,
    total: f64,
    numbers: usize,
}

impl Sum {
    fn new(kind: Scale) -> Self {
        Self {
            kind,
            rows: 0,
            nulls: 0,
            empty: 0,
            hashes: RandomState::new(),
            seen: HashMap::new(),
            is_full: false,
            registers: vec![0; 1 << REGISTERS],
            least: None,
            greatest: None,
            key: Vec::new(),
            scale: None,
            total: 0.0,
            numbers: 0,
        }
    }

    fn take(&mut self, value: Option<&str>) {
        self.rows += 1;
        let Some(text) = value else {
            self.nulls += 1;
            return;
        };
        self.empty += usize::from(text.is_empty());
        self.count(text);
        self.compare(text);
        if let Some(place) = key::place(self.kind, text) {
            let (low, high) = self.scale.unwrap_or((place, place));
            self.scale = Some((low.min(place), high.max(place)));
            self.total += place;
            self.numbers += 1;
        }
    }

    fn count(&mut self, text: &str) {
        let hash = self.hashes.hash_one(text);
        let register = (hash >> (64 - REGISTERS)) as usize;
        let noughts = (hash << REGISTERS).leading_zeros().min(64 - REGISTERS) as u8 + 1;
        self.registers[register] = self.registers[register].max(noughts);
        if let Some((count, _)) = self.seen.get_mut(&hash) {
            *count += 1;
        } else if self.seen.len() < MOST {
            self.seen.insert(hash, (1, face(text).to_owned()));
        } else {
            self.is_full = true;
            self.seen.retain(|_, (count, _)| {
                *count -= 1;
                *count > 0
            });
        }
    }

    fn compare(&mut self, text: &str) {
        self.key.clear();
        key::key(self.kind, text, &mut self.key);
        let known = || (self.key.clone(), face(text).to_owned());
        if self.least.as_ref().is_none_or(|(key, _)| self.key < *key) {
            self.least = Some(known());
        }
        if self.greatest.as_ref().is_none_or(|(key, _)| self.key > *key) {
            self.greatest = Some(known());
        }
    }

    fn tell(&self) -> Profile {
        let range = self.least.as_ref().zip(self.greatest.as_ref());
        let range = range.map(|(least, greatest)| Range {
            least: least.1.clone(),
            greatest: greatest.1.clone(),
        });
        let mean = (self.kind == Scale::Number && self.numbers > 0)
            .then(|| self.total / self.numbers as f64);
        let distinct = match self.is_full {
            true => Distinct::About(self.estimate()),
            false => Distinct::Exact(self.seen.len()),
        };
        let mut top: Vec<&(usize, String)> = self.seen.values().collect();
        top.sort_unstable_by(|one, other| other.0.cmp(&one.0).then_with(|| one.1.cmp(&other.1)));
        let top = top.into_iter().take(TOP).map(|(count, text)| (text.clone(), *count)).collect();
        let (rows, nulls, empty) = (self.rows, self.nulls, self.empty);
        Profile { rows, nulls, empty, distinct, range, mean, top, bins: Vec::new() }
    }

    /// HyperLogLog's estimate (Flajolet and others, 2007), without its correction for few
    /// values, of which there are not when it is asked for.
    fn estimate(&self) -> usize {
        let count = self.registers.len() as f64;
        let alpha = 0.7213 / (1.0 + 1.079 / count);
        let sum: f64 = self.registers.iter().map(|most| (-f64::from(*most)).exp2()).sum();
        (alpha * count * count / sum) as usize
    }
}

fn face(text: &str) -> &str {
    &text[..text.floor_char_boundary(FACE)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::batch::Batch;
    use crate::query::spool::Spool;

    fn of(values: impl IntoIterator<Item = Option<String>>, kind: Scale) -> Profile {
        let dir = tempfile::tempdir().unwrap();
        let mut spool = Spool::new(dir.path()).unwrap();
        let mut batch = Batch::default();
        for value in values {
            batch.push([value.as_deref()]).unwrap();
        }
        spool.append(&batch).unwrap();
        let cancel = CancellationToken::new();
        profile(&spool.snapshot(), 0, kind, &cancel, &mut |_| ()).unwrap().unwrap()
    }

    fn some(texts: &[&str]) -> Vec<Option<String>> {
        texts.iter().map(|text| (*text != "NULL").then(|| (*text).to_owned())).collect()
    }

    #[test]
    fn numbers_are_told_as_numbers() {
        let profile = of(some(&["9", "10", "NULL", "9", "-1", "110"]), Scale::Number);
        assert_eq!((profile.rows, profile.nulls, profile.empty), (6, 1, 0));
        assert_eq!(profile.distinct, Distinct::Exact(4));
        let range = profile.range.unwrap();
        assert_eq!((range.least.as_str(), range.greatest.as_str()), ("-1", "110"));
        assert_eq!(profile.mean, Some(137.0 / 5.0));
        assert_eq!(profile.top[0], ("9".to_owned(), 2));
        assert_eq!(profile.bins.iter().sum::<usize>(), 5);
        assert_eq!((profile.bins[0], profile.bins[BINS - 1]), (1, 1));
    }

    #[test]
    fn text_has_no_bins_and_null_is_not_the_empty_string() {
        let profile = of(some(&["b", "", "NULL", "", "a"]), Scale::Text);
        assert_eq!((profile.nulls, profile.empty), (1, 2));
        assert_eq!(profile.top[0], (String::new(), 2));
        assert_eq!(profile.range.unwrap().greatest, "b");
        assert!(profile.bins.is_empty() && profile.mean.is_none());
    }

    #[test]
    fn nothing_at_all_is_fine() {
        assert_eq!(of([], Scale::Number), Profile::default());
        let nulls = of([None, None], Scale::Time);
        assert_eq!((nulls.nulls, nulls.range), (2, None));
        assert!(of(some(&["5", "5"]), Scale::Number).bins.is_empty(), "one point has no width");
    }

    #[test]
    fn many_different_values_are_estimated_and_the_frequent_ones_found() {
        let many = 400_000;
        let values = (0..many)
            .map(|n| Some(format!("v{n}")))
            .flat_map(|value| [value, Some("often".to_owned())]);
        let profile = of(values, Scale::Text);
        let Distinct::About(about) = profile.distinct else { panic!("it is not exact") };
        assert!(about.abs_diff(many) < many / 20, "{about}");
        let (name, least) = &profile.top[0];
        assert_eq!(name, "often");
        assert!(*least <= many && *least > many * 9 / 10, "{least}");
    }
}
