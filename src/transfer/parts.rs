//! How an object is cut into parts. Pure.

use std::ops::Range;

pub const KIB: u64 = 1 << 10;
pub const MIB: u64 = 1 << 20;
pub const GIB: u64 = 1 << 30;

/// S3's limits, as its user guide states them: parts of 5 MiB to 5 GiB, 10,000 of them.
pub const SMALLEST_PART: u64 = 5 * MIB;
pub const LARGEST_PART: u64 = 5 * GIB;
pub const MOST_PARTS: u64 = 10_000;
/// Up to here an object goes in one PutObject, and no part is smaller by default.
pub const ONE_PUT: u64 = 16 * MIB;
/// The default part size aims at fewer parts than allowed, so that a file of a size known
/// only roughly still fits.
const AIM_PARTS: u64 = 9_500;

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadParts {
    #[error("a part is at least 5 MiB")]
    TooSmall,
    #[error("a part is at most 5 GiB")]
    TooLarge,
    #[error(
        "{size} bytes in parts of {part_size} make {parts} parts, and S3 takes 10,000: use parts of at least {least} bytes"
    )]
    TooMany { size: u64, part_size: u64, parts: u64, least: u64 },
    #[error("{size} bytes are more than S3 takes in one object")]
    TooBig { size: u64 },
}

/// How one object of `size` bytes is cut. Frozen when its upload begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    pub size: u64,
    pub part_size: u64,
}

impl Layout {
    /// The layout for a file of `size` bytes; `wanted` is the user's part size.
    pub fn new(size: u64, wanted: Option<u64>) -> Result<Self, BadParts> {
        let part_size = match wanted {
            Some(part_size) => checked(part_size)?,
            None => default_part_size(size),
        };
        if part_size > LARGEST_PART {
            return Err(BadParts::TooBig { size });
        }
        let parts = size.div_ceil(part_size);
        if parts > MOST_PARTS {
            let least = round_up(size.div_ceil(MOST_PARTS), MIB);
            return Err(BadParts::TooMany { size, part_size, parts, least });
        }
        Ok(Self { size, part_size })
    }

    /// A layout of few, large parts, for bytes that do not come through here: at least
    /// `least` bytes each.
    pub fn coarse(size: u64, least: u64) -> Result<Self, BadParts> {
        Self::new(size, Some(round_up(size.div_ceil(AIM_PARTS), MIB).max(least)))
    }

    /// True where one PutObject carries it all: up to 16 MiB, less where smaller parts are asked for.
    pub fn is_one_put(&self) -> bool {
        self.size <= ONE_PUT.min(self.part_size)
    }

    /// At least one: an empty object is one empty part.
    pub fn count(&self) -> u32 {
        u32::try_from(self.size.div_ceil(self.part_size).max(1)).unwrap_or(u32::MAX)
    }

    /// The bytes of part `number`, which counts from 1 as S3 does.
    pub fn range(&self, number: u32) -> Range<u64> {
        let start = (u64::from(number) - 1) * self.part_size;
        start.min(self.size)..(start + self.part_size).min(self.size)
    }
}

/// The user's part size, within S3's limits.
pub fn checked(part_size: u64) -> Result<u64, BadParts> {
    match part_size {
        ..SMALLEST_PART => Err(BadParts::TooSmall),
        SMALLEST_PART..=LARGEST_PART => Ok(part_size),
        _ => Err(BadParts::TooLarge),
    }
}

fn default_part_size(size: u64) -> u64 {
    round_up(size.div_ceil(AIM_PARTS), MIB).max(ONE_PUT)
}

fn round_up(value: u64, unit: u64) -> u64 {
    value.div_ceil(unit) * unit
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_default_grows_with_the_file() {
        let part = |size| Layout::new(size, None).unwrap().part_size;
        assert_eq!(part(0), 16 * MIB);
        assert_eq!(part(100 * GIB), 16 * MIB);
        assert_eq!(part(148 * GIB + 512 * MIB), 17 * MIB);
        assert_eq!(part(5 << 40), 552 * MIB);
    }

    #[test]
    fn the_limits_are_those_of_s3() {
        assert_eq!(Layout::new(1, Some(5 * MIB - 1)), Err(BadParts::TooSmall));
        assert_eq!(Layout::new(1, Some(5 * GIB + 1)), Err(BadParts::TooLarge));
        assert!(Layout::new(10_000 * 5 * MIB, Some(5 * MIB)).is_ok());
        assert_eq!(
            Layout::new(10_000 * 5 * MIB + 1, Some(5 * MIB)),
            Err(BadParts::TooMany {
                size: 10_000 * 5 * MIB + 1,
                part_size: 5 * MIB,
                parts: 10_001,
                least: 6 * MIB
            })
        );
        assert!(matches!(Layout::new(60 << 40, None), Err(BadParts::TooBig { .. })));
    }

    #[test]
    fn small_ones_go_in_one_request() {
        let one = |size, wanted| Layout::new(size, wanted).unwrap().is_one_put();
        assert!(one(0, None) && one(16 * MIB, None) && !one(16 * MIB + 1, None));
        assert!(one(5 * MIB, Some(5 * MIB)) && !one(6 * MIB, Some(5 * MIB)));
        assert!(!one(17 * MIB, Some(GIB)), "a larger part size does not raise the limit");
        assert_eq!(Layout::new(0, None).unwrap().count(), 1);
    }

    proptest! {
        #[test]
        fn parts_cover_the_file_exactly(size in 0u64..(1 << 42), mib in 5u64..600) {
            for wanted in [None, Some(mib * MIB)] {
                let Ok(layout) = Layout::new(size, wanted) else { continue };
                prop_assert!(u64::from(layout.count()) <= MOST_PARTS);
                prop_assert_eq!(layout.range(1).start, 0);
                prop_assert_eq!(layout.range(layout.count()).end, size);
                let middle = layout.count().div_ceil(2);
                if middle > 1 {
                    prop_assert_eq!(layout.range(middle - 1).end, layout.range(middle).start);
                }
            }
        }
    }
}
