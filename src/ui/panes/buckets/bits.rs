//! A set of rows, by their number: a bit each.

/// Which rows are in it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bits {
    words: Vec<u64>,
    count: usize,
}

impl Bits {
    pub fn len(&self) -> usize {
        self.count
    }

    pub fn contains(&self, row: usize) -> bool {
        self.words.get(row / 64).is_some_and(|word| word >> (row % 64) & 1 == 1)
    }

    /// False where it was in it.
    pub fn insert(&mut self, row: usize) -> bool {
        let fresh = !self.contains(row);
        if fresh {
            let at = row / 64;
            self.words.resize(self.words.len().max(at + 1), 0);
            self.words[at] |= 1 << (row % 64);
            self.count += 1;
        }
        fresh
    }

    /// False where it was not in it.
    pub fn remove(&mut self, row: usize) -> bool {
        let there = self.contains(row);
        if there {
            self.words[row / 64] &= !(1 << (row % 64));
            self.count -= 1;
        }
        there
    }

    /// In ascending order.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.words.iter().enumerate().flat_map(|(at, word)| {
            let rest = std::iter::successors(Some(*word), |rest| Some(rest & rest.wrapping_sub(1)));
            let some = rest.take_while(|rest| *rest != 0);
            some.map(move |rest| at * 64 + rest.trailing_zeros() as usize)
        })
    }
}

impl FromIterator<usize> for Bits {
    fn from_iter<T: IntoIterator<Item = usize>>(rows: T) -> Self {
        let mut bits = Self::default();
        rows.into_iter().for_each(|row| {
            bits.insert(row);
        });
        bits
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn it_is_a_set(acts in prop::collection::vec((0usize..300, any::<bool>()), 0..200)) {
            let (mut bits, mut set) = (Bits::default(), BTreeSet::new());
            for (row, put) in acts {
                match put {
                    true => prop_assert_eq!(bits.insert(row), set.insert(row)),
                    false => prop_assert_eq!(bits.remove(row), set.remove(&row)),
                }
            }
            prop_assert_eq!(bits.len(), set.len());
            prop_assert!(bits.iter().eq(set.iter().copied()));
            prop_assert!((0..400).all(|row| bits.contains(row) == set.contains(&row)));
        }
    }
}
